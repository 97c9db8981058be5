"""What is opened when it is first used, so that `import picograd` stays quick: the one mechanism for it.

A module that offers names of other modules without importing them has a table of them, and

    __getattr__ = later.names(__name__, later.table({"functions.linalg": "det inverse=inv"}), otherwise)

A class has methods from such modules as `lu_solve = later.method("functions.factorisation", "lu_solve")`. At the first
look-up either of them puts the function itself in its place, so that nothing is slower afterwards and help(), name and
signature are the function's own. (No name may be that of a module beside it: importing that would take its place.)
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

Table = dict[str, tuple[str, str]]
TOP = __name__.rpartition(".")[0]


def table(rooms: dict[str, str]) -> Table:
    """name -> (module, name there), of module -> names; `lu=old_lu` is a name that is another there."""
    return {
        entry.partition("=")[0]: (module, entry.rpartition("=")[2])
        for module, entries in rooms.items()
        for entry in entries.split()
    }


def opened(module: str) -> Any:
    """A module of picograd, named from the top: "functions.linalg"."""
    return importlib.import_module(f"{TOP}.{module}")


def names(offering: str, known: Table, otherwise: Callable[[str], Any]) -> Callable[[str], Any]:
    """The `__getattr__` of the module `offering`; `otherwise` is asked for names that are not in the table."""

    def attribute(name: str) -> Any:
        if name not in known:
            return otherwise(name)
        module, there = known[name]
        value = getattr(opened(module), there)
        setattr(sys.modules[offering], name, value)
        return value

    return attribute


class _Method:
    """Stands in a class for a function until it is first looked up."""

    def __init__(self, module: str, name: str, made: Callable[[str, Any], Any] | None) -> None:
        self.module, self.name, self.made = module, name, made

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.known_as = owner, name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        function = getattr(opened(self.module), self.name)
        if self.made is not None:
            function = self.made(self.known_as, function)
        setattr(self.owner, self.known_as, function)
        return function if instance is None else function.__get__(instance, owner)


def method(module: str, name: str, made: Callable[[str, Any], Any] | None = None) -> Any:
    """The function `name` of a module as a method; `made(name of the method, function)` makes another of it first:
    `inplace.method`, for instance.
    """
    return _Method(module, name, made)

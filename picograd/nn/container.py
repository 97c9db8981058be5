"""Modules that hold modules: in a chain, a list or a dictionary."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Self, overload

from .module import Module, in_brackets, indented


class _Series(Module):
    """What Sequential and ModuleList have in common: modules under the names "0", "1", ... and a list's methods."""

    _modules: dict[str, Any]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def _name_at(self, index: Any) -> str:
        """The name of the module at a place; IndexError if there is none."""
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(
                f"{self._get_name()}: index {place} is out of range: it has {len(self)} modules; "
                f"give one from {-len(self)} to {len(self) - 1}"
            )
        return list(self._modules)[place]

    def _renumbered(self, modules: Iterable[Module]) -> None:
        """Hold these modules, under the names 0, 1, ..."""
        self.__dict__["_modules"] = {str(k): module for k, module in enumerate(modules)}

    def _slice(self, index: slice) -> Self:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: slice) -> Self: ...
    @overload
    def __getitem__(self, index: int) -> Any: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self._slice(index) if isinstance(index, slice) else self._modules[self._name_at(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name_at(index), module)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._modules)
        for name in names[index] if isinstance(index, slice) else [self._name_at(index)]:
            del self._modules[name]
        if all(name.isdigit() for name in names):
            self._renumbered(self)

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before the one at a place; all are numbered anew."""
        if not -len(self) <= index <= len(self):
            raise IndexError(
                f"{self._get_name()}.insert: index {index} is out of range: it has {len(self)} modules; "
                f"give one from {-len(self)} to {len(self)}"
            )
        modules = list(self)
        modules.insert(index, module)
        self.append(module)  # checks it
        self._renumbered(modules)
        return self

    def pop(self, index: int = -1) -> Any:
        """Take the module at a place out, and return it."""
        module = self[index]
        del self[index]
        return module

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def __add__(self, other: Iterable[Module]) -> Self:
        return type(self)().extend(self).extend(other)


class Sequential(_Series):
    """The modules one after the other: `Sequential(a, b)(x)` is b(a(x)).

    They are called "0", "1", ... in the state_dict, or as in the (ordered) dictionary that is given.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], Mapping) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        """The last module's result."""
        for module in self._modules.values():
            input = module(input)
        return input

    def _slice(self, index: slice) -> Self:
        return type(self)(dict(list(self._modules.items())[index]))

    def _checked(self, times: int) -> int:
        """How often the chain is to be repeated."""
        if not isinstance(times, int) or isinstance(times, bool):
            raise TypeError(f"Sequential: times {times!r}: it can be repeated a whole number of times only; give one")
        if times <= 0:
            raise ValueError(f"Sequential: times {times}: Non-positive multiplication factor; give 1 or more")
        return times

    def __mul__(self, other: int) -> Self:
        """A chain of the same modules, `other` times."""
        return type(self)(*(module for _ in range(self._checked(other)) for module in self))

    def __rmul__(self, other: int) -> Self:
        return self * other

    def __imul__(self, other: int) -> Self:
        modules = list(self)
        for _ in range(self._checked(other) - 1):
            self.extend(modules)
        return self


class ModuleList(_Series):
    """A list of modules whose parameters are found; it computes nothing itself."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(modules or ())

    def _slice(self, index: slice) -> Self:
        return type(self)(list(self)[index])

    def __repr__(self) -> str:
        # Equal neighbours once, with how many there are, as PyTorch prints them.
        groups = [list(g) for _, g in groupby(enumerate(map(repr, self)), key=lambda place: place[1])]
        lines = []
        for group in groups:
            (first, text), last = group[0], group[-1][0]
            text = indented(text)
            lines.append(f"({first}): {text}" if first == last else f"({first}-{last}): {len(group)} x {text}")
        return in_brackets(self._get_name(), "", lines)


class ModuleDict(Module):
    """A dictionary of modules whose parameters are found; it computes nothing itself."""

    _modules: dict[str, Any]

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(modules or {})

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """(name, module) for each."""
        return self._modules.items()

    def pop(self, key: str) -> Any:
        """Take a module out, and return it."""
        return self._modules.pop(key)

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def update(self, modules: Any) -> None:
        """Add the modules of a dictionary, or of (name, module) pairs."""
        for name, module in modules.items() if hasattr(modules, "items") else modules:
            self.add_module(name, module)


class Container(Module):
    """Modules under the names of the keyword arguments; PyTorch's oldest container."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        for name, module in kwargs.items():
            self.add_module(name, module)

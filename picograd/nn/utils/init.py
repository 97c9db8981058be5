"""Modules made without drawing their initial values."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from ...devices import resolve
from ..module import Module

M = TypeVar("M", bound=Module)

__all__ = ["skip_init"]


def skip_init(module_cls: type[M], *args: Any, **kwargs: Any) -> M:
    """module_cls(*args, **kwargs) whose values are not to be read before they are written, for those who load others.

    Initial values are drawn nevertheless, which changes nothing but the time it takes.
    """
    if not (inspect.isclass(module_cls) and issubclass(module_cls, Module)):
        raise RuntimeError(f"skip_init: {module_cls!r}: Expected a Module; give a class of modules")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(
            f"skip_init: {module_cls.__name__}: Module must support a 'device' arg to skip initialization; "
            f"make it without skip_init"
        )
    resolve(kwargs.get("device"), "skip_init")
    return module_cls(*args, **kwargs)

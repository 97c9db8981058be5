"""TorchScript: picograd runs a program as it is written, so what is scripted or traced stays as it is.

It can't be saved as a program of its own: save the `state_dict`, and build the module anew where it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from . import left_out
from .nn import Module as ScriptModule

__all__ = [
    "Attribute",
    "Error",
    "Final",
    "ScriptModule",
    "annotate",
    "export",
    "freeze",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "isinstance",
    "optimize_for_inference",
    "script",
    "script_if_tracing",
    "script_method",
    "trace",
    "trace_module",
    "unused",
]

_isinstance = isinstance


class Error(RuntimeError):
    """An error while a script runs: here never, but programs catch it."""


def script(obj: Any, *options: Any, **more: Any) -> Any:
    """The function, class or module as it is."""
    return obj


def trace(func: Any, example_inputs: Any = None, *options: Any, **more: Any) -> Any:
    """The function or module as it is; it is not run on the example."""
    return func


def trace_module(mod: Any, inputs: Any, *options: Any, **more: Any) -> Any:
    """The module as it is."""
    return mod


def freeze(mod: Any, *options: Any, **more: Any) -> Any:
    """The module as it is."""
    return mod


def optimize_for_inference(mod: Any, *options: Any, **more: Any) -> Any:
    """The module as it is."""
    return mod


def script_method(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A method to be scripted: it stays as it is."""
    return fn


def script_if_tracing(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function to be scripted while another is traced: it stays as it is."""
    return fn


def export(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A method that is scripted although `forward` doesn't call it: it stays as it is."""
    return fn


def unused(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A method that is not scripted: it stays as it is."""
    return fn


def interface(obj: Any) -> Any:
    """A class that says what modules have in common: it stays as it is."""
    return obj


def ignore(drop: Any = False, **more: Any) -> Any:
    """A method that is not scripted, `@ignore` or `@ignore()`: it stays as it is."""
    return drop if callable(drop) else lambda fn: fn


def is_scripting() -> bool:
    """Whether this is being scripted: no."""
    return False


def is_tracing() -> bool:
    """Whether this is being traced: no."""
    return False


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value; the type is for those who read it."""
    return the_value


class Attribute(tuple[Any, Any]):
    """A value and its type, for an attribute of a ScriptModule."""

    __slots__ = ()

    def __new__(cls, value: Any, type: Any) -> Any:
        """The pair."""
        return super().__new__(cls, (value, type))

    value = property(lambda self: self[0], doc="The value.")
    type = property(lambda self: self[1], doc="Its type.")


def isinstance(obj: Any, target_type: Any) -> bool:
    """Python's `isinstance`, for types as they are written in annotations: `List[int]` is a list."""
    types = target_type if _isinstance(target_type, tuple) else (target_type,)
    return any(_isinstance(obj, getattr(each, "__origin__", None) or each) for each in types)


__getattr__ = left_out.missing(__name__)

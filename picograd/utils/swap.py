"""Two Tensors exchange what they are, and other small tools of `torch.utils`."""

from __future__ import annotations

from typing import Any
from weakref import ref

from picograd.tensor import Tensor


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Exchange the values, gradients, graphs and attributes of two Tensors: whoever holds one has the other.

    Raises RuntimeError for a Tensor and a Parameter, whose classes can't be exchanged.
    """
    if type(t1) is not type(t2):
        raise RuntimeError(
            f"swap_tensors: a {type(t1).__name__} and a {type(t2).__name__}: they must be of one class; wrap one"
        )
    for name in ("value", "_grad", "node"):
        mine, others = getattr(t1, name), getattr(t2, name)
        setattr(t1, name, others)
        setattr(t2, name, mine)
    for tensor in (t1, t2):
        if tensor.node is not None:
            tensor.node.tensor = ref(tensor)
    bases = [getattr(tensor, "base", None) for tensor in (t2, t1)]
    for tensor, base in zip((t1, t2), bases, strict=True):
        if base is not None:
            tensor.base = base
        elif hasattr(tensor, "base"):
            del tensor.base
    if hasattr(t1, "__dict__"):
        mine, others = dict(vars(t1)), dict(vars(t2))
        for tensor, attributes in ((t1, others), (t2, mine)):
            vars(tensor).clear()
            vars(tensor).update(attributes)


def set_module(obj: Any, mod: str) -> None:
    """Say that a class or function belongs to the module `mod`: its `__module__`."""
    if not isinstance(mod, str):
        raise TypeError(f"set_module: a {type(mod).__name__} as the module: it is a name; give a string")
    obj.__module__ = mod

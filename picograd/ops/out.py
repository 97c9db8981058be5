"""`out=`: a result written into a Tensor that is there already, for every function that takes it; the one place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from .. import engine
from ..memory import wrote
from ..recording import switch
from .promotion import kind


def takes_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with an argument `out`: the Tensor, or for several results the tuple of them, to write into."""

    @wraps(function)
    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return result if out is None else into(out, result, function.__name__.rstrip("_"))

    return call


def takes_own_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for functions that pick elements, where PyTorch wants `out` to have the result's dtype and its own
    memory: not that of an input.
    """
    name = function.__name__.rstrip("_")

    @wraps(function)
    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if out is None:
            return result
        given = [m for a in args for m in (a if isinstance(a, tuple | list) else [a])]
        pairs = zip(out, result, strict=False) if isinstance(result, tuple) and not is_one(out) else [(out, result)]
        for target, value in pairs:
            if is_one(target) and target.dtype != value.dtype:
                raise TypeError(
                    f"{name}: a {value.dtype} result into out of {target.dtype}: they must be equal; give one of "
                    f"{value.dtype}"
                )
            if is_one(target) and any(is_one(x) and (x is target or np.shares_memory(x.value, target.value))
                                      for x in given):  # fmt: skip
                raise ValueError(
                    f"{name}: out of shape {target.shape} shares the memory of an input: it would be overwritten while "
                    f"it is read; give another"
                )
        return into(out, result, name)

    return call


def is_one(x: Any) -> bool:
    """Whether x is a Tensor."""
    return isinstance(x, engine.box)


def into(out: Any, result: Any, op: str) -> Any:
    """`out` with the elements of `result`. A Tensor of no elements takes its shape, any other must have it.

    Raises RuntimeError where a gradient would be lost, ValueError and TypeError for what doesn't fit. Then nothing
    has been written.
    """
    if not isinstance(result, tuple | list):
        checked(out, result, op)
        return write(out, result, op)
    if not isinstance(out, tuple | list) or len(out) != len(result):
        raise TypeError(
            f"{op}: out is a {type(out).__name__}: there are {len(result)} results; give a tuple of as many"
        )
    for target, value in zip(out, result, strict=True):
        checked(target, value, op)
    written = [write(target, value, op) for target, value in zip(out, result, strict=True)]
    return type(result)(*written) if hasattr(result, "_fields") else type(result)(written)


def checked(out: Any, result: Any, op: str) -> None:
    """Raise unless `result` can be written into `out`."""
    if not isinstance(out, engine.box):
        raise TypeError(f"{op}: out is a {type(out).__name__}: it must be a Tensor; give one to write into")
    if switch.on and (out.node is not None or result.node is not None):
        raise RuntimeError(
            f"{op}: out of shape {out.shape} where a Tensor requires a gradient: what is written into has none; "
            f"leave out= away, or compute under no_grad()"
        )
    if kind(result.dtype) > kind(out.dtype):
        raise TypeError(
            f"{op}: a {result.dtype} result into out of {out.dtype}: it would be cut off; give one of {result.dtype}"
        )
    if out.shape != result.shape and out.numel():
        raise ValueError(
            f"{op}: result {result.shape} into out {out.shape}: the shapes must be equal; give one of the result's "
            f"shape, or an empty one"
        )
    if out.numel() and not out.value.flags.writeable:
        raise RuntimeError(f"{op}: out of shape {out.shape}: its memory can't be written; clone() it first")


def write(out: Any, result: Any, op: str) -> Any:
    """`out` with the elements of `result`, cast to its dtype."""
    if out.shape != result.shape:
        out.value = result.value.astype(out.dtype)  # it was empty
        return out
    np.copyto(out.value, result.value, casting="unsafe")
    wrote(out.value, op)
    return out

"""What the losses share: input and target checked, losses weighted and reduced."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...tensor import Tensor


def reduction_of(op: str, reduction: str, size_average: Any, reduce: Any, known: tuple[str, ...] = ()) -> str:
    """The way to reduce, from its name or PyTorch's older arguments; ValueError for one that isn't known."""
    if size_average is not None or reduce is not None:
        averaged, reduced = (True if flag is None else flag for flag in (size_average, reduce))
        reduction = "none" if not reduced else "mean" if averaged else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=4,
        )
    known = ("none", "mean", "sum", *known)
    if reduction not in known:
        raise ValueError(f"{op}: {reduction} is not a valid value for reduction; give one of {', '.join(known)}")
    return reduction


def reduced(losses: Any, reduction: str) -> Any:
    """The elements' losses as they are, or their mean or sum."""
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def pair(op: str, input: Any, target: Any) -> tuple[Any, Any]:
    """Input and target as Tensors, of one shape: broadcasting here is nearly always a mistake, (N,) for (N, 1)."""
    x, y = Tensor._constant(input), Tensor._constant(target)
    if x.shape != y.shape:
        raise ValueError(
            f"{op}: input {x.shape} and target {y.shape}: their shapes must be equal; reshape or squeeze one of them"
        )
    if x.dtype.kind not in "fV":
        raise TypeError(f"{op}: input of {x.dtype}: it must be floats; convert it with float()")
    return x, y


def check_floats(op: str, x: Any) -> None:
    """TypeError unless x has floats."""
    if x.dtype.kind not in "fV":
        raise TypeError(f"{op}: input of {x.dtype}: it must be floats; convert it with float()")


def weighted(op: str, losses: Any, weight: Any) -> Any:
    """losses * weight, which may broadcast to the losses but not beyond."""
    if weight is None:
        return losses
    if not broadcasts(np.shape(weight), losses.shape):
        raise ValueError(
            f"{op}: weight {np.shape(weight)} and input {losses.shape}: the weight must broadcast to the input; "
            f"reshape it"
        )
    return losses * weight


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether an array of `shape` broadcasts to the shape `to`."""
    padded = (1,) * (len(to) - len(shape)) + shape
    return len(padded) == len(to) and all(n in (1, m) for n, m in zip(padded, to, strict=True))


def array_of(x: Any) -> np.ndarray[Any, Any]:
    """The values of a Tensor, or of what NumPy makes an array of."""
    return x.value if isinstance(x, Tensor) else np.asarray(x)

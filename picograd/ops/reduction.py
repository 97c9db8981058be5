"""Reductions: many elements to one, over all axes (`axis=None`), one axis or several.

`keepdims` leaves the reduced axes in place with size 1. A gradient goes back to every element that took part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..kernels import definition
from .primitive import Array, primitive

Axis = int | Sequence[int] | None


def axes(axis: Axis, ndim: int, op: str) -> tuple[int, ...]:
    """The reduced axes as numbers from 0 up; all of them for None. IndexError if there is no such axis."""
    if axis is None:
        return tuple(range(ndim))
    numbers = []
    several = tuple(axis) if isinstance(axis, Sequence) else (axis,)
    for a in several:
        if not isinstance(a, int | np.integer):
            raise TypeError(
                f"{op}: a {type(a).__name__} as axis: an axis is a whole number; give one, or a tuple of them"
            )
        # A 0-d Tensor has axis 0 and -1, as in PyTorch.
        if not -max(ndim, 1) <= a < max(ndim, 1):
            raise IndexError(
                f"{op}: axis {a} of a Tensor with {ndim} dimensions: there is no such axis; "
                f"give one from {-max(ndim, 1)} to {max(ndim, 1) - 1}"
            )
        numbers.append(int(a) % max(ndim, 1))
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"{op}: axis {axis}: an axis appears twice; name each once")
    return tuple(numbers) if ndim else ()


def spread(g: Array, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Array:
    """A result's gradient, repeated over the axes that were reduced: in the shape of the input."""
    g = unreduce(g, x_shape, axis, keepdims)
    # The view costs two microseconds whatever its size: a few elements are added to zeros in a quarter of that.
    return np.broadcast_to(g, x_shape) if math.prod(x_shape) > 256 else g + np.zeros(x_shape, g.dtype)


def unreduce(g: Array, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Array:
    """A reduction's result with the reduced axes put back as size 1."""
    if keepdims or axis is None:
        return g
    reduced = axes(axis, len(x_shape), "")
    return g.reshape(tuple(1 if k in reduced else n for k, n in enumerate(x_shape)))


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements go into one result."""
    size = 1
    for k in axes(axis, len(shape), ""):
        size *= shape[k]
    return size


@primitive(np.sum)
def sum_(x: Array, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Array:
    """The sum; integers and bools give int64. `dtype`: that of the computation and the result."""
    if dtype is None and x.dtype.kind in "iub":
        dtype = np.int64
    if dtype is not None:
        return np.sum(x, axis=axes(axis, x.ndim, "sum"), dtype=dtype, keepdims=keepdims)
    return sum_of_many(x, axes(axis, x.ndim, "sum"), keepdims)


@definition("numba_reduction", least=1 << 15)
def sum_of_many(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The sum over these axes."""
    return np.sum(x, axis=axis, keepdims=keepdims)


sum_.rule(x=spread)


@primitive(np.mean)
def mean(x: Array, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Array:
    """sum / count; nan for no elements. `dtype`: that of the computation and the result."""
    if dtype is not None:
        x = x.astype(dtype, copy=False)
    floats_only(x, "mean")
    with np.errstate(invalid="ignore"):
        return sum_of_many(x, axes(axis, x.ndim, "mean"), keepdims) / x.dtype.type(count(x.shape, axis))


mean.rule(x=lambda g, x_shape, axis, keepdims: spread(g / count(x_shape, axis), x_shape, axis, keepdims))


@primitive()
def var(x: Array, axis: Axis = None, correction: float = 1, keepdims: bool = False) -> Array:
    """sum((x - mean)^2) / (count - correction), as torch.var: unbiased by default (correction=1)."""
    return variance(x, axis, correction, keepdims, "var")


def variance(x: Array, axis: Axis, correction: float, keepdims: bool, op: str) -> Array:
    """The formula of `var`, for the op that its errors are to name."""
    floats_only(x, op)
    reduced = axes(axis, x.ndim, op)
    deviation = x - np.mean(x, axis=reduced, keepdims=True) if x.size else x
    with np.errstate(invalid="ignore", divide="ignore"):
        free = x.dtype.type(max(count(x.shape, axis) - correction, 0))
        return np.sum(deviation * deviation, axis=reduced, keepdims=keepdims) / free


def deviation(x: Array, axis: Axis) -> Array:
    """x - mean(x)"""
    return x - x.mean(axis=axes(axis, x.ndim, ""), keepdims=True)


var.rule(
    x=lambda g, x, x_shape, axis, correction, keepdims: (
        unreduce(g, x_shape, axis, keepdims) * (2 / (count(x_shape, axis) - correction)) * deviation(x, axis)
    )
)


@primitive()
def std(x: Array, axis: Axis = None, correction: float = 1, keepdims: bool = False) -> Array:
    """The square root of `var`."""
    return np.sqrt(variance(x, axis, correction, keepdims, "std"))


std.rule(
    x=lambda g, x, out, x_shape, axis, correction, keepdims: (
        unreduce(g / out, x_shape, axis, keepdims) * (1 / (count(x_shape, axis) - correction)) * deviation(x, axis)
    )
)


@primitive(np.max, np.amax)
def amax(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest element; nan if there is one. Equal largest elements share the gradient evenly."""
    return extreme(np.max, x, axis, keepdims, "amax")


@primitive(np.min, np.amin)
def amin(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest element; nan if there is one. Equal smallest elements share the gradient evenly."""
    return extreme(np.min, x, axis, keepdims, "amin")


def extreme(reduce: Any, x: Array, axis: Axis, keepdims: bool, op: str) -> Array:
    """`reduce` over the axes, with an error that names the op when there is nothing to choose from."""
    reduced = axes(axis, x.ndim, op)
    if count(x.shape, axis) == 0 and (x.size == 0 and np.prod([n for k, n in enumerate(x.shape) if k not in reduced])):
        raise IndexError(f"{op}: shape {x.shape}, axis {axis}: there are no elements to choose from; check the input")
    return reduce(x, axis=reduced, keepdims=keepdims)


def shared(g: Array, x: Array, out: Array, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Array:
    """The gradient at the elements equal to `out`, divided by how many there are."""
    chosen = x == unreduce(out, x_shape, axis, keepdims)
    ties = np.sum(chosen, axis=axes(axis, len(x_shape), ""), keepdims=True)
    return unreduce(g, x_shape, axis, keepdims) * chosen / ties.astype(x.dtype)


amax.rule(x=shared)
amin.rule(x=shared)


@primitive(floating=True)
def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """log(sum(e^x))"""
    reduced = axes(axis, x.ndim, "logsumexp")
    # Shifted by the largest element: exp overflows float32 above 88. An infinite one is not shifted by: inf - inf.
    top = np.max(x, axis=reduced, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    with np.errstate(divide="ignore"):
        out = np.log(np.sum(np.exp(x - top), axis=reduced, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=reduced)


logsumexp.rule(
    x=lambda g, x, out, x_shape, axis, keepdims: (
        unreduce(g, x_shape, axis, keepdims) * np.exp(x - unreduce(out, x_shape, axis, keepdims))
    )
)


# ---- without gradient ----------------------------------------------------------------------------------------------


@primitive(np.argmax)
def argmax(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index (int64) of the first largest element along `axis`; of the flattened input for None."""
    return arg(np.argmax, x, axis, keepdims, "argmax")


@primitive(np.argmin)
def argmin(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index (int64) of the first smallest element along `axis`; of the flattened input for None."""
    return arg(np.argmin, x, axis, keepdims, "argmin")


def arg(choose: Any, x: Array, axis: int | None, keepdims: bool, op: str) -> Array:
    """`choose` along the axis, checked."""
    reduced = axes(axis, x.ndim, op)
    if count(x.shape, axis) == 0:
        raise IndexError(f"{op}: shape {x.shape}, axis {axis}: there are no elements to choose from; check the input")
    return choose(x, axis=None if axis is None or not x.ndim else reduced[0], keepdims=keepdims)


@primitive(np.any)
def any_(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether any element is true (not 0); of uint8 as uint8, which held truth before there were bools."""
    out = np.any(x, axis=axes(axis, x.ndim, "any"), keepdims=keepdims)
    return out if x.dtype != np.uint8 else np.asarray(out, np.uint8)


@primitive(np.all)
def all_(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether all elements are true (not 0); of uint8 as uint8, which held truth before there were bools."""
    out = np.all(x, axis=axes(axis, x.ndim, "all"), keepdims=keepdims)
    return out if x.dtype != np.uint8 else np.asarray(out, np.uint8)


def floats_only(x: Array, op: str) -> None:
    """Raise for integers, of which a mean would be rounded or change the dtype."""
    if x.dtype.kind not in "fcV":
        raise TypeError(f"{op}: a Tensor of {x.dtype}: it needs floats; convert it with x.float()")

"""Scans: out[k] is a reduction of x[0] to x[k] along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from .elementwise import where
from .movement import one_axis
from .nested import nested
from .primitive import Array, primitive


def scanned(axis: int | None, ndim: int, op: str) -> int:
    """The axis from 0 up; a number has an axis 0."""
    return one_axis(axis, max(ndim, 1), op)  # type: ignore[arg-type]


def summed(x: Array, dtype: Any) -> Any:
    """The dtype in which x is added or multiplied up."""
    return dtype if dtype is not None else np.int64 if x.dtype.kind in "iub" else x.dtype


def from_behind(g: Array, axis: int) -> Array:
    """out[k] = g[k] + ... + g[-1]: the transpose of cumsum."""
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis) if g.ndim else g


@primitive(np.cumsum)
def cumsum(x: Array, axis: int, dtype: Any = None) -> Array:
    """x[0] + ... + x[k]; integers and bools give int64."""
    k = scanned(axis, x.ndim, "cumsum")
    return np.cumsum(x, k, dtype=summed(x, dtype)) if x.ndim else x.astype(summed(x, dtype))


cumsum.rule(x=from_behind)


@primitive(np.cumprod)
def cumprod(x: Array, axis: int, dtype: Any = None) -> Array:
    """x[0] * ... * x[k]; integers and bools give int64."""
    k = scanned(axis, x.ndim, "cumprod")
    return np.cumprod(x, k, dtype=summed(x, dtype)) if x.ndim else x.astype(summed(x, dtype))


def cumprod_x(g: Array, x: Array, out: Array, axis: int) -> Array:
    """The sum over k of g[k] times the product of all factors but one.

    That is out[k] / x, but at the first 0, where it is the product with this factor left out; behind it, it is 0.
    """
    if not g.ndim:
        return g
    zero = x == 0
    if not np.any(zero):
        return from_behind(g * out, axis) / x
    first = zero & (np.cumsum(zero, axis) == 1)
    without = np.cumprod(np.where(first, x * 0 + 1, x), axis)
    return np.where(first, from_behind(g * without, axis), from_behind(g * out, axis) / np.where(zero, x * 0 + 1, x))


cumprod.rule(x=cumprod_x)


@primitive(floating=True)
def logcumsumexp(x: Array, axis: int) -> Array:
    """log(e^x[0] + ... + e^x[k])"""
    k = scanned(axis, x.ndim, "logcumsumexp")
    with np.errstate(invalid="ignore"):
        return np.logaddexp.accumulate(x, k) if x.size and x.ndim else x.copy()


def logcumsumexp_x(g: Array, x: Array, out: Array, axis: int) -> Array:
    """The sum over k >= i of g[k] e^(x[i] - out[k]), in logarithms: no power of e overflows. Signs one by one."""
    if not g.ndim:
        return g
    scan = nested(logcumsumexp)

    def sent(g: Array) -> Array:
        """The part that positive elements of g send back."""
        logs = nested(where)(g > 0, np.log(np.where(g > 0, g, g * 0 + 1)) - out, -np.inf * np.ones_like(out))
        return np.exp(np.flip(scan(np.flip(logs, axis), axis), axis) + x)

    return sent(g) - sent(-g)


logcumsumexp.rule(x=logcumsumexp_x)


def running(x: Array, axis: int, largest: bool) -> Array:
    """Where the largest (smallest) of x[0] to x[k] is: of equal ones the last; nan counts as larger and smaller."""
    best = (np.maximum if largest else np.minimum).accumulate(x, axis)
    places = np.arange(x.shape[axis]).reshape(-1, *(1,) * (x.ndim - 1 - axis))
    return np.maximum.accumulate(np.where((x == best) | (x != x), places, 0), axis)

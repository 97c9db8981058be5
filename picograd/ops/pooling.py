"""Pooling: the largest element, or the sum, of each window; and windows as columns (unfold) and back (fold).

All arrays are (N, C, *size). A pooling goes through the taps of the kernel, not through the windows: the part of x
that one tap of all windows sees is a slice.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from ..kernels import definition
from .nested import nested
from .primitive import Array, primitive
from .windows import Shape, Windows, count, span

Index = tuple[Any, ...]


def taps(kernel: Shape, stride: Shape, dilation: Shape, out: Shape) -> Iterator[Index]:
    """For each tap of the kernel the index of what it sees of x (..., *size) in `out` windows."""
    for tap in np.ndindex(*kernel):
        starts = [t * d for t, d in zip(tap, dilation, strict=True)]
        yield (..., *(slice(a, a + (n - 1) * s + 1, s) for a, n, s in zip(starts, out, stride, strict=True)))


def bordered(x: Any, out: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, value: Any) -> Any:
    """x with `padding` before it and, after it, as much as `out` windows need; and where it lies in there."""
    needed = [(n - 1) * s + reach for n, s, reach in zip(out, stride, span(kernel, dilation), strict=True)]
    size = [max(p + n, m) for p, n, m in zip(padding, x.shape[2:], needed, strict=True)]
    inner = (..., *(slice(p, p + n) for p, n in zip(padding, x.shape[2:], strict=True)))
    if tuple(size) == x.shape[2:]:
        return x, inner
    padded: Any = np.full((*x.shape[:2], *size), value, x.dtype)
    padded[inner] = x
    return padded, inner


# ---- the largest element -------------------------------------------------------------------------------------------


def lowest(dtype: Any) -> Any:
    """A number that is nowhere the largest: what a window sees outside of x."""
    return -np.inf if dtype.kind in "fV" else np.iinfo(dtype).min


@primitive()
@definition("numba_pooling", least=4096)
def max_pool(x: Array, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, windows: Shape) -> Array:
    """The largest element of each window: (N, C, *size) -> (N, C, *windows). The first of equals has the gradient."""
    padded, _ = bordered(x, windows, kernel, stride, padding, dilation, lowest(x.dtype))
    largest: Any = None
    for tap in taps(kernel, stride, dilation, windows):
        largest = padded[tap].copy() if largest is None else np.maximum(largest, padded[tap], out=largest)
    return largest


def winners(
    x: Any, largest: Any, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape
) -> Iterator[tuple[Index, Any]]:
    """For each tap the index of what it sees, and in which windows it sees the largest element first.

    Which one it is doesn't change with x but in jumps: what is built on this has no gradient for x and the largest.
    """
    out = largest.shape[2:]
    padded, inner = bordered(x, out, kernel, stride, padding, dilation, lowest(x.dtype))
    inside = np.zeros((1, 1, *padded.shape[2:]), bool)
    inside[inner] = True
    free = np.ones(largest.shape, bool)
    strange = x.dtype.kind == "f" and bool(np.isnan(largest).any())  # nan is the largest and not equal to itself
    for tap in taps(kernel, stride, dilation, out):
        hit = padded[tap] == largest
        if strange:
            hit |= np.isnan(padded[tap])
        if padded is not x:
            hit &= inside[tap]
        hit &= free
        free ^= hit
        yield tap, hit


@primitive()
@definition("numba_pooling", least=1024)
def max_pool_back(
    y: Array, x: Array, largest: Array, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape
) -> Array:
    """Each y put where x has the largest element of its window, added up: (N, C, *out) -> (N, C, *size)."""
    spread, inner = bordered(np.zeros(x.shape, y.dtype), y.shape[2:], kernel, stride, padding, dilation, 0)
    apart = all(s >= reach for s, reach in zip(stride, span(kernel, dilation), strict=True))
    for tap, hit in winners(x, largest, kernel, stride, padding, dilation):
        if apart:  # no element lies in two windows
            np.multiply(y, hit, out=spread[tap])
        else:
            spread[tap] += y * hit
    return spread[inner]


@primitive()
def max_pool_pick(
    z: Array, x: Array, largest: Array, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape
) -> Array:
    """The element of z where x has the largest element of the window: (N, C, *size) -> (N, C, *out)."""
    picked = np.zeros(largest.shape, z.dtype)
    padded, _ = bordered(z, largest.shape[2:], kernel, stride, padding, dilation, 0)
    for tap, hit in winners(x, largest, kernel, stride, padding, dilation):
        np.copyto(picked, padded[tap], where=hit)
    return picked


back, pick = nested(max_pool_back), nested(max_pool_pick)

# It names all arguments: so the result, which people go on to write into, can be computed anew.
max_pool.rule(
    x=lambda g, x, out, kernel, stride, padding, dilation, windows: back(g, x, out, kernel, stride, padding, dilation)
)
max_pool_back.rule(
    y=lambda g, x, largest, kernel, stride, padding, dilation: pick(g, x, largest, kernel, stride, padding, dilation)
)
max_pool_pick.rule(
    z=lambda g, x, largest, kernel, stride, padding, dilation: back(g, x, largest, kernel, stride, padding, dilation)
)


@primitive()
def max_pool_index(x: Array, largest: Array, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> Array:
    """Where in each image the largest element of each window is, counted row by row (int64). No gradient."""
    places = np.arange(prod(x.shape[2:])).reshape(1, 1, *x.shape[2:])
    places, _ = bordered(places, largest.shape[2:], kernel, stride, padding, dilation, 0)
    index = np.zeros(largest.shape, np.int64)
    for tap, hit in winners(x, largest, kernel, stride, padding, dilation):
        np.copyto(index, np.broadcast_to(places[tap], index.shape), where=hit)
    return index


# ---- sums ----------------------------------------------------------------------------------------------------------


def along(axis: int, ndim: int, part: slice) -> Index:
    """The index of a part of one axis."""
    return (*(slice(None),) * axis, part, *(slice(None),) * (ndim - axis - 1))


@primitive()
def window_sum(x: Array, kernel: Shape, stride: Shape, windows: Shape) -> Array:
    """The sum over each window, one axis after the other: (N, C, *size) -> (N, C, *windows)."""
    for axis, (k, s, n) in enumerate(zip(kernel, stride, windows, strict=True), x.ndim - len(kernel)):
        parts = [along(axis, x.ndim, slice(t, t + (n - 1) * s + 1, s)) for t in range(k)]
        total = x[parts[0]].copy()
        for part in parts[1:]:
            total += x[part]
        x = total
    return x


@primitive()
def window_spread(y: Array, kernel: Shape, stride: Shape, size: Shape) -> Array:
    """The transpose of `window_sum`: each y added to all elements of its window. (N, C, *windows) -> (N, C, *size)"""
    for axis, (k, s, n) in reversed(list(enumerate(zip(kernel, stride, size, strict=True), y.ndim - len(kernel)))):
        spread = np.zeros((*y.shape[:axis], n, *y.shape[axis + 1 :]), y.dtype)
        for t in range(k):
            spread[along(axis, y.ndim, slice(t, t + (y.shape[axis] - 1) * s + 1, s))] += y
        y = spread
    return y


sums, spreads = nested(window_sum), nested(window_spread)
window_sum.rule(x=lambda g, x_shape, kernel, stride: spreads(g, kernel, stride, x_shape[-len(kernel) :]))
window_spread.rule(y=lambda g, y_shape, kernel, stride: sums(g, kernel, stride, y_shape[-len(kernel) :]))


# ---- windows as columns --------------------------------------------------------------------------------------------


@primitive()
def unfold(x: Array, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> Array:
    """The windows as columns, as a convolution takes them: (N, C, *size) -> (N, C kernel, number of windows)."""
    out = count(x.shape[2:], kernel, stride, padding, dilation)
    padded, _ = bordered(x, out, kernel, stride, padding, dilation, 0)
    columns = Windows(out, kernel, stride, dilation).view(padded).copy()  # (N, C, *kernel, *out)
    return columns.reshape(len(x), x.shape[1] * prod(kernel), prod(out))


@primitive()
def fold(y: Array, size: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> Array:
    """The transpose of `unfold`: each entry added to where it comes from. (N, C kernel, windows) -> (N, C, *size)"""
    out = count(size, kernel, stride, padding, dilation)
    channels = y.shape[1] // prod(kernel)
    padded, inner = bordered(np.zeros((len(y), channels, *size), y.dtype), out, kernel, stride, padding, dilation, 0)
    Windows(out, kernel, stride, dilation).add(y, padded)
    return padded[inner]


unfolded, folded = nested(unfold), nested(fold)
unfold.rule(
    x=lambda g, x_shape, kernel, stride, padding, dilation: folded(g, x_shape[2:], kernel, stride, padding, dilation)
)
fold.rule(y=lambda g, kernel, stride, padding, dilation: unfolded(g, kernel, stride, padding, dilation))

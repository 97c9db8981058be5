"""Triangles, diagonals, rolled and repeated arrays, sliding windows: movement that is more than an order of axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .indexing import put
from .movement import one_axis
from .nested import nested
from .primitive import Array, primitive

Shape = tuple[int, ...]


def matrices(x: Array, op: str) -> None:
    """Raise unless the last two axes are those of matrices."""
    if x.ndim < 2:
        raise ValueError(f"{op}: shape {x.shape}: it takes matrices, of at least 2 dimensions; reshape or unsqueeze it")


@primitive(np.tril)
def tril(x: Array, diagonal: int = 0) -> Array:
    """The lower triangle of each matrix, up to this diagonal (0: the main one, 1: that above it); 0 elsewhere."""
    matrices(x, "tril")
    return np.tril(x, diagonal)


tril.rule(x=lambda g, diagonal: np.tril(g, diagonal))


@primitive(np.triu)
def triu(x: Array, diagonal: int = 0) -> Array:
    """The upper triangle of each matrix, from this diagonal on (0: the main one, -1: that below it); 0 elsewhere."""
    matrices(x, "triu")
    return np.triu(x, diagonal)


triu.rule(x=lambda g, diagonal: np.triu(g, diagonal))


@primitive(np.roll)
def roll(x: Array, shift: Any, axis: Any = None) -> Array:
    """The elements moved on by `shift` along the axes, those that fall off put in at the front; flattened for None."""
    if axis is not None:
        shifts, over = np.atleast_1d(shift).tolist(), np.atleast_1d(axis).tolist()
        if len(shifts) != len(over):
            raise ValueError(f"roll: shifts {shift} along {axis}: one for each axis; give as many as axes")
        axis, shift = tuple(one_axis(k, x.ndim, "roll") for k in over), tuple(shifts)
    elif np.ndim(shift) and len(shift) != 1:
        raise ValueError(f"roll: shifts {shift} of the flattened Tensor: it has one axis; name the axes")
    return np.roll(x, shift, axis) if x.ndim else x.copy()


roll.rule(x=lambda g, shift, axis: nested(roll)(g, -np.asarray(shift), axis))


@primitive(np.tile)
def tile(x: Array, repeats: Sequence[int]) -> Array:
    """x repeated along each axis: (n, m) for (a, b) -> (a n, b m). More numbers than axes make new axes in front."""
    return np.tile(x, tuple(repeats))


def tile_x(g: Array, x_shape: Shape, repeats: Sequence[int]) -> Array:
    """The sum over the copies: with n as (repeat, n) that over the first of each pair."""
    copies = (1,) * (len(x_shape) - len(repeats)) + tuple(repeats)
    sizes = (1,) * (len(copies) - len(x_shape)) + x_shape
    pairs = tuple(n for pair in zip(copies, sizes, strict=True) for n in pair)
    return g.reshape(pairs).sum(axis=tuple(range(0, len(pairs), 2))).reshape(x_shape)


tile.rule(x=tile_x)


@primitive(np.diagonal, view=True)
def diagonal(x: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
    """The elements with equal positions on two axes (the second further on by `offset`), as the last axis. A view."""
    first, second = one_axis(dim1, x.ndim, "diagonal"), one_axis(dim2, x.ndim, "diagonal")
    if first == second:
        raise ValueError(f"diagonal: axes {dim1} and {dim2} of shape {x.shape}: they are one; name two")
    out = np.diagonal(x, offset, first, second)
    if out.size:
        out.flags.writeable = x.flags.writeable  # NumPy's is read-only
    return out


@primitive()
def diag_embed(x: Array, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Array:
    """Matrices (on the axes dim1 and dim2 of the result) with the last axis of x on a diagonal, 0 elsewhere."""
    first, second = one_axis(dim1, x.ndim + 1, "diag_embed"), one_axis(dim2, x.ndim + 1, "diag_embed")
    if first == second:
        raise ValueError(f"diag_embed: axes {dim1} and {dim2}: they are one; name two")
    n = x.shape[-1] + abs(offset)
    return on_diagonal(x, np.zeros((*x.shape[:-1], n, n), x.dtype), offset, first, second)


def on_diagonal(x: Array, out: Array, offset: int, first: int, second: int) -> Array:
    """`out`, whose last two axes are moved to `first` and `second`, with x on a diagonal of them."""
    below, right = max(-offset, 0), max(offset, 0)
    k = np.arange(x.shape[-1])
    out[..., k + below, k + right] = x
    return np.moveaxis(out, (-2, -1), (first, second))


diag_embed.rule(x=lambda g, offset, dim1, dim2: nested(diagonal)(g, offset, dim1, dim2))


@primitive()
def diagonal_put(x: Array, shape: Shape, offset: int, dim1: int, dim2: int) -> Array:
    """Zeros of `shape` with x on a diagonal: the transpose of `diagonal`."""
    first, second = dim1 % len(shape), dim2 % len(shape)
    rest = [n for k, n in enumerate(shape) if k not in (first, second)]
    return on_diagonal(x, np.zeros((*rest, shape[first], shape[second]), x.dtype), offset, first, second)


diagonal.rule(x=lambda g, x_shape, offset, dim1, dim2: nested(diagonal_put)(g, x_shape, offset, dim1, dim2))
diagonal_put.rule(x=lambda g, offset, dim1, dim2: nested(diagonal)(g, offset, dim1, dim2))


@primitive(view=True)
def windows_of(x: Array, axis: int, size: int, step: int) -> Array:
    """All slices of `size` elements along an axis, `step` apart: (.., n, ..) -> (.., windows, .., size). A view."""
    if not x.ndim:
        return x.reshape(1)[:size]
    k = one_axis(axis, x.ndim, "unfold")
    if size > x.shape[k] or size < 0 or step <= 0:
        raise ValueError(
            f"unfold: windows of {size} elements, {step} apart, along axis {axis} of {x.shape}: they don't fit; "
            f"give a size up to {x.shape[k]} and a positive step"
        )
    at = (slice(None),) * k + (slice(None, None, step),)
    return (
        np.lib.stride_tricks.sliding_window_view(x, size, k, writeable=x.flags.writeable)[at]
        if size
        else empty(x, k, step)
    )


def empty(x: Array, axis: int, step: int) -> Array:
    """Windows of no elements."""
    n = (x.shape[axis]) // step + 1
    return np.empty((*x.shape[:axis], n, *x.shape[axis + 1 :], 0), x.dtype)


@primitive()
def windows_sum(x: Array, shape: Shape, axis: int, step: int) -> Array:
    """Zeros of `shape` to which each window is added in its place: the transpose of `windows_of`."""
    out = np.zeros(shape, x.dtype)
    if not shape:
        return x.sum().reshape(())
    k = axis % len(shape)
    n, size = x.shape[k], x.shape[-1]
    before = (slice(None),) * k
    for offset in range(size):  # one slice of each window at a time: as many steps as a window is long
        out[(*before, slice(offset, offset + (n - 1) * step + 1, step))] += x[..., offset]
    return out


windows_of.rule(x=lambda g, x_shape, axis, step: nested(windows_sum)(g, x_shape, axis, step))
windows_sum.rule(x=lambda g, x_shape, axis, step: nested(windows_of)(g, axis, x_shape[-1], step))


@primitive()
def framed(x: Array, start: Shape, shape: Shape) -> Array:
    """Zeros of `shape` with x in them, from the position `start` on."""
    out = np.zeros(shape, x.dtype)
    out[part(start, x.shape)] = x
    return out


def part(start: Shape, shape: Shape) -> tuple[slice, ...]:
    """The index of what has this shape, from `start` on."""
    return tuple(slice(a, a + n) for a, n in zip(start, shape, strict=True))


framed.rule(x=lambda g, start, x_shape: g[part(start, x_shape)])


@primitive(view=True)
def strided(x: Array, size: Shape, stride: Shape, offset: int, places: Any = None) -> Array:
    """out[i, j, ..] is the element `offset + i stride[0] + j stride[1] + ..` of x's memory, counted from its first.

    `places`: where in x these elements are, as an index. A view.
    """
    step = x.itemsize
    first = np.lib.stride_tricks.as_strided(x, (1 + max(offset, 0),), (step,), writeable=x.flags.writeable)[-1:]
    if offset < 0:
        first = np.lib.stride_tricks.as_strided(x, (1 - offset,), (-step,), writeable=x.flags.writeable)[-1:]
    return np.lib.stride_tricks.as_strided(first, size, [n * step for n in stride], writeable=x.flags.writeable)


strided.rule(x=lambda g, x_shape, places: nested(put)(g, places, x_shape))

"""Indexing: elements picked by position, and the transpose of that, elements put at a position."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..delayed import Indexed
from .primitive import Array, primitive


def is_basic(index: Any) -> bool:
    """Whether an index takes a view: numbers, slices, None and ... only."""
    return all(
        i is None or i is Ellipsis or (isinstance(i, int | np.integer | slice) and not isinstance(i, bool))
        for i in (index if isinstance(index, tuple) else (index,))
    )


@primitive(view=True, indexed=True)
def getitem(x: Array, index: Any) -> Array:
    """x[index], any index that NumPy knows: numbers, slices, None, ..., arrays of integers or bools."""
    try:
        return x[index]
    except IndexError as error:
        raise IndexError(f"x[index]: shape {x.shape}: {error}; check the index") from None


def at_index(g: Array, index: Any, x_shape: tuple[int, ...]) -> Indexed:
    """g at the index, 0 elsewhere."""

    def add(buffer: np.ndarray[Any, Any], g: Any) -> None:
        if is_basic(index):
            buffer[index] += g
        else:
            np.add.at(buffer, index, g)  # an element picked twice gets both gradients

    many = type(g) is np.ndarray and g.size >= 1024  # for few it would take longer to look than to add
    return Indexed(g, add, lambda g: put(g, index, x_shape), part_at(index, x_shape) if many else None)


def part_at(index: Any, shape: tuple[int, ...]) -> tuple[int, int, int, Any] | None:
    """The axis, the range along it and the index, if it takes a range of one axis and all of the others."""
    *before, last = index if isinstance(index, tuple) and index else (index,)
    if any(type(i) is not slice or i != slice(None) for i in before):
        return None
    axis = len(before)
    if isinstance(last, int) and not isinstance(last, bool):
        return axis, last % shape[axis], last % shape[axis] + 1, index
    if not isinstance(last, slice):
        return None
    start, stop, step = last.indices(shape[axis])
    return (axis, start, stop, index) if step == 1 and start < stop else None


getitem.rule(x=at_index)


@primitive()
def put(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape` with x added at the index: the transpose of `getitem`."""
    out = np.zeros(shape, x.dtype)
    if is_basic(index):
        out[index] = x
    else:
        np.add.at(out, index, x)
    return out


put.rule(x=lambda g, index: g[index])


@primitive()
def setitem(x: Array, value: Array, index: Any) -> Array:
    """A copy of x with `value` (broadcast) at the index."""
    out = x.copy()
    try:
        out[index] = value
    except IndexError as error:
        raise IndexError(f"x[index] = value: shape {x.shape}: {error}; check the index") from None
    except ValueError:
        raise ValueError(
            f"x[index] = value: value {np.shape(value)} into {out[index].shape}: it does not broadcast to that shape; "
            f"reshape the value"
        ) from None
    return out


def outside(g: Array, index: Any) -> Array:
    """g with zeros at the index."""
    keep = np.ones(g.shape, dtype=g.dtype)
    keep[index] = 0
    return g * keep


setitem.rule(x=outside, value=lambda g, index: g[index])


@primitive(indexed=True)
def gather(x: Array, index: Any, axis: int) -> Array:
    """out[i][j][k] = x[i][index[i][j][k]][k] for axis 1: one element for each entry of `index` (integers)."""
    try:
        return x[along(index, axis)]
    except IndexError as error:
        raise IndexError(f"gather: shape {x.shape} and index {index.shape}: {error}; check the index") from None


def along(index: Array, axis: int) -> tuple[Array, ...]:
    """The index of the elements that `gather` picks: everywhere the own position, but `index` along the axis."""
    places: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    places[axis] = index
    return tuple(places)


gather.rule(x=lambda g, index, axis, x_shape: at_index(g, along(index, axis), x_shape))

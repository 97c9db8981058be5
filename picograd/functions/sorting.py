"""Sorted orders and what stands at a place in them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..ops import indexing, movement, scan, search
from ..ops.out import takes_out, takes_own_out
from ..ops.spelling import both_spellings
from .reduction import Extreme


class Sorted(NamedTuple):
    """Elements in order, and where they were."""

    values: Any
    indices: Any


def picked(x: Any, indices: Any, axis: int) -> Any:
    """The elements at these positions along the axis."""
    return indexing.gather(x, indices, axis) if x.ndim else movement.clone(x)


@takes_own_out
def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False, *, axis: int | None = None) -> Any:
    """(values, indices) along an axis, upwards or `descending`; equal elements stay in their order; nan is largest."""
    k = scan.scanned(dim if axis is None else axis, input.ndim, "sort")
    indices = search.argsort(input, k, descending)
    return Sorted(picked(input, indices, k), indices)


@takes_out
def argsort(
    input: Any, dim: int = -1, descending: bool = False, stable: bool = False, *, axis: int | None = None
) -> Any:
    """The order (int64) in which the elements along an axis go up or, `descending`, down."""
    return search.argsort(input, dim if axis is None else axis, descending)


@both_spellings
@takes_own_out
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest (smallest) elements along an axis, the best first."""
    axis = scan.scanned(dim, input.ndim, "topk")
    indices = search.top(input, k, axis, largest)
    return Sorted(picked(input, indices, axis) if indices.ndim == input.ndim else input.reshape(1)[:0], indices)


@both_spellings
@takes_own_out
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of the k-th smallest element along an axis, k from 1."""
    axis = scan.scanned(dim, input.ndim, "kthvalue")
    n = input.shape[axis] if input.ndim else 1
    if not 1 <= k <= n:
        raise ValueError(f"kthvalue: number {k} of {n} elements: there is none such; give 1 to {n}")
    return at_place(input, search.place_of(input, k - 1, axis) if input.ndim else None, axis, keepdim)


def at_place(x: Any, indices: Any, axis: int, keepdim: bool) -> Any:
    """(values, indices) for indices of one element along the axis."""
    if not x.ndim:
        return Extreme(movement.clone(x), engine.box._of(np.zeros((), np.int64)))
    values = indexing.gather(x, indices, axis)
    return Extreme(values, indices) if keepdim else Extreme(values.squeeze(axis), indices.squeeze(axis))


@takes_out
def msort(input: Any) -> Any:
    """The elements in ascending order along the first axis."""
    return sort(input, 0).values


def unique_with(value: Any, inverse: bool, counts: bool, axis: int | None) -> tuple[Any, Any, Any]:
    """np.unique's (values, inverse, counts), those that are not asked for None: they cost more than the values."""
    asked: dict[str, Any] = {"return_inverse": inverse, "return_counts": counts, "axis": axis}
    found: Any = np.unique(value, equal_nan=False, **asked)
    rest = list(found[1:]) if inverse or counts else []
    values = found[0] if inverse or counts else found
    return values, rest.pop(0) if inverse else None, rest.pop(0) if counts else None


def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The different elements (slices along `dim`) in order; then, if asked for, the place of each element among them,
    and how often each occurs.
    """
    axis = None if dim is None else movement.one_axis(dim, input.ndim, "unique")
    found, inverse, counts = unique_with(input.value, return_inverse, return_counts, axis)
    results = [
        found,
        *[inverse.reshape(input.shape if axis is None else -1) for _ in range(return_inverse)],
        *[counts] * return_counts,
    ]
    return engine.box._of(found) if len(results) == 1 else tuple(engine.box._of(r) for r in results)


@takes_out
def searchsorted(
    sorted_sequence: Any, input: Any, *, out_int32: bool = False, right: bool = False, side: str | None = None,
    sorter: Any = None,
) -> Any:  # fmt: skip
    """The position in a sorted sequence (the last axis) before which each element keeps it sorted; `right`: behind
    equal ones. `sorter`: the order that sorts it.
    """
    if side not in (None, "left", "right") or (side == "left" and right):
        raise ValueError(f"searchsorted: side {side!r}, right {right}: they disagree; give 'left' or 'right'")
    if sorter is not None:
        if sorter.shape != sorted_sequence.shape or sorter.dtype != np.int64:
            raise ValueError(
                f"searchsorted: sorter {sorter.shape} of {sorter.dtype} for a sequence {sorted_sequence.shape}: "
                f"it is an order of it; give int64 in the same shape"
            )
        sorted_sequence = indexing.gather(sorted_sequence, sorter.value, sorted_sequence.ndim - 1)
    if isinstance(sorted_sequence, engine.box):
        sorted_sequence = sorted_sequence.detach()
    value = input.detach() if isinstance(input, engine.box) else np.asarray(input)
    out = search.searchsorted(sorted_sequence, value, right or side == "right")
    return out.int() if out_int32 else out

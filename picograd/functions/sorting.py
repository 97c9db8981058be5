"""Sorted orders and what stands at a place in them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..ops import indexing, movement, scan, search
from .reduction import Extreme


class Sorted(NamedTuple):
    """Elements in order, and where they were."""

    values: Any
    indices: Any


def picked(x: Any, indices: Any, axis: int) -> Any:
    """The elements at these positions along the axis."""
    return indexing.gather(x, indices, axis) if x.ndim else movement.clone(x)


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False, *, axis: int | None = None) -> Any:
    """(values, indices) along an axis, upwards or `descending`; equal elements stay in their order; nan is largest."""
    k = scan.scanned(dim if axis is None else axis, input.ndim, "sort")
    indices = search.argsort(input, k, descending)
    return Sorted(picked(input, indices, k), indices)


def argsort(
    input: Any, dim: int = -1, descending: bool = False, stable: bool = False, *, axis: int | None = None
) -> Any:
    """The order (int64) in which the elements along an axis go up or, `descending`, down."""
    return search.argsort(input, dim if axis is None else axis, descending)


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest (smallest) elements along an axis, the best first."""
    axis = scan.scanned(dim, input.ndim, "topk")
    indices = search.top(input, k, axis, largest)
    return Sorted(picked(input, indices, axis) if indices.ndim == input.ndim else input.reshape(1)[:0], indices)


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


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The element in the middle, of two the lower; nan if there is one. With `dim`: (values, indices) along it."""
    if dim is None:
        if not input.numel():
            return engine.box._of(np.asarray(np.nan, input.dtype))
        return median(input.reshape(-1), 0).values
    axis = scan.scanned(dim, input.ndim, "median")
    if not input.ndim:
        return at_place(input, None, axis, keepdim)
    n = input.shape[axis]
    if not n:
        raise IndexError(
            f"median: shape {input.shape}, axis {dim}: there are no elements to choose from; check the input"
        )
    middle = search.place_of(input, (n - 1) // 2, axis).value
    bad = input.value != input.value
    # nan stands behind all numbers, but decides
    indices = np.where(bad.any(axis, keepdims=True), bad.argmax(axis, keepdims=True), middle)
    return at_place(input, engine.box._of(indices), axis, keepdim)


def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """The element below which the share q (0 to 1) of an axis lies; between two, in proportion or as `interpolation`
    says: "lower", "higher", "nearest", "midpoint". Several q stand along a new first axis.
    """
    kinds = ("linear", "lower", "higher", "nearest", "midpoint")
    share = np.asarray(q)
    if interpolation not in kinds or np.any(share < 0) or np.any(share > 1) or share.ndim > 1:
        raise ValueError(
            f"quantile: q {q}, interpolation {interpolation!r}: q is a share; give one from 0 to 1, or a vector of "
            f"them, and one of {', '.join(kinds)}"
        )
    x = input.reshape(-1) if dim is None else input
    axis = scan.scanned(0 if dim is None else dim, x.ndim, "quantile")
    x = movement.movedim(x, axis, -1) if x.ndim else x.reshape(1)  # (..., n)
    n = x.shape[-1]
    if not n:
        raise ValueError(f"quantile: shape {input.shape}: there are no elements to choose from; check the input")
    ordered = sort(x).values
    position = share.reshape(-1).astype(input.dtype) * (n - 1)
    # nan stands last: a slice that has one gives nan everywhere
    position = np.where(np.isnan(ordered.value[..., -1:]), n - 1.0, position)  # (..., q)
    if interpolation in ("lower", "higher", "nearest"):
        position = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation](position)
    low, high = np.floor(position), np.ceil(position)
    weight = (position - low if interpolation == "linear" else (high != low) * 0.5).astype(input.dtype)
    if isinstance(q, engine.box) and interpolation == "linear":
        weight = (q - q.detach()).reshape(-1) * (n - 1) + weight  # for the gradient of q
    below, above = (indexing.gather(ordered, k.astype(np.int64), x.ndim - 1) for k in (low, high))
    out = movement.movedim(below + (above - below) * weight, -1, 0)  # (q, ...)
    if keepdim:
        shape = [1] * input.ndim if dim is None else [n if k != axis else 1 for k, n in enumerate(input.shape)]
        out = out.reshape(out.shape[:1] + tuple(shape))
    return out if share.ndim else out.squeeze(0)


def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The different elements (slices along `dim`) in order; then, if asked for, the place of each element among them,
    and how often each occurs.
    """
    axis = None if dim is None else movement.one_axis(dim, input.ndim, "unique")
    found, inverse, counts = np.unique(input.value, False, True, True, axis, equal_nan=False)
    results = [
        found,
        *[inverse.reshape(input.shape if axis is None else -1)] * return_inverse,
        *[counts] * return_counts,
    ]
    return engine.box._of(found) if len(results) == 1 else tuple(engine.box._of(r) for r in results)


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

"""What stands in the middle of the elements, at other shares of them, or occurs most often."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine
from ..ops import indexing, movement, scan, search, selection, statistics
from ..ops.out import takes_out
from ..ops.spelling import both_spellings
from .reduction import Extreme
from .sorting import at_place, sort


@both_spellings
@takes_out
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The element in the middle, of two the lower; nan if there is one. With `dim`: (values, indices) along it.

    Without `dim`, equal elements share the gradient.
    """
    if dim is None:
        return statistics.middle(input, True)
    axis = scan.scanned(dim, input.ndim, "median")
    if not input.ndim:
        return at_place(input, None, axis, keepdim)
    filled(input, dim, "median")
    middle = search.place_of(input, (input.shape[axis] - 1) // 2, axis).value
    bad = input.value != input.value
    # nan stands behind all numbers, but decides
    indices = np.where(bad.any(axis, keepdims=True), bad.argmax(axis, keepdims=True), middle)
    return at_place(input, engine.box._of(indices), axis, keepdim)


@both_spellings
@takes_out
def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """`median` of what is not nan; nan only where nothing else is."""
    if dim is None:
        return statistics.middle(input, False)
    axis = scan.scanned(dim, input.ndim, "nanmedian")
    if not input.ndim:
        return at_place(input, None, axis, keepdim)
    filled(input, dim, "nanmedian")
    count = np.count_nonzero(input.value == input.value, axis, keepdims=True)
    order = np.argsort(input.value, axis, kind="stable")  # nan last
    indices = np.take_along_axis(order, np.maximum(count - 1, 0) // 2, axis)
    return at_place(input, engine.box._of(indices), axis, keepdim)


def filled(x: Any, dim: int, op: str) -> None:
    """Raise if there are no elements along the axis."""
    if not x.shape[dim]:
        raise IndexError(f"{op}: shape {x.shape}, axis {dim}: there are no elements to choose from; check the input")


@both_spellings
@takes_out
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of what occurs most often along an axis, of several the smallest; its last place."""
    axis = scan.scanned(dim, input.ndim, "mode")
    if not input.ndim:
        return Extreme(movement.clone(input), engine.box._of(np.zeros((), np.int64)))
    filled(input, dim, "mode")
    value = np.moveaxis(input.value, axis, -1)  # (.., n)
    order = np.argsort(value, -1, kind="stable")
    ordered = np.take_along_axis(value, order, -1)
    place = np.arange(value.shape[-1])
    starts = np.ones(value.shape, np.bool_)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    length = place - np.maximum.accumulate(np.where(starts, place, 0), -1)  # of the run of equal ones, so far
    indices = np.take_along_axis(order, length.argmax(-1)[..., None], -1)
    return at_place(input, engine.box._of(np.moveaxis(indices, -1, axis)), axis, keepdim)


@both_spellings
@takes_out
def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """The element below which the share q (0 to 1) of an axis lies; nan if there is one. Several q stand along a new
    first axis.

    Between two elements, in proportion or as `interpolation` says: "lower", "higher", "nearest", "midpoint".
    """
    return at_share(input, q, dim, keepdim, interpolation, "quantile")


@both_spellings
@takes_out
def nanquantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """`quantile` of what is not nan; nan only where nothing else is."""
    return at_share(input, q, dim, keepdim, interpolation, "nanquantile")


def at_share(input: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str, op: str) -> Any:
    """What the two have in common."""
    kinds = ("linear", "lower", "higher", "nearest", "midpoint")
    share = np.asarray(q)
    if interpolation not in kinds or np.any(share < 0) or np.any(share > 1) or share.ndim > 1:
        raise ValueError(
            f"{op}: q {q}, interpolation {interpolation!r}: q is a share; give one from 0 to 1, or a vector of "
            f"them, and one of {', '.join(kinds)}"
        )
    x = input.reshape(-1) if dim is None else input
    axis = scan.scanned(0 if dim is None else dim, x.ndim, op)
    x = movement.movedim(x, axis, -1) if x.ndim else x.reshape(1)  # (.., n)
    if not x.shape[-1]:
        raise ValueError(f"{op}: shape {input.shape}: there are no elements to choose from; check the input")
    ordered = sort(x).values
    # nan stands last: a slice that has one gives nan everywhere, unless they are passed over.
    last: Any = x.shape[-1] - 1
    if op == "nanquantile":
        last = np.maximum(np.count_nonzero(x.value == x.value, -1, keepdims=True) - 1, 0)
    position = share.reshape(-1).astype(input.dtype) * np.asarray(last, input.dtype)
    if op == "quantile":
        position = np.where(np.isnan(ordered.value[..., -1:]), last, position)
    position = np.broadcast_to(position, (*x.shape[:-1], share.size)).astype(input.dtype)  # (.., q)
    if interpolation in ("lower", "higher", "nearest"):
        position = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation](position)
    low, high = np.floor(position), np.ceil(position)
    weight = (position - low if interpolation == "linear" else (high != low) * 0.5).astype(input.dtype)
    if isinstance(q, engine.box) and interpolation == "linear":
        weight = (q - q.detach()).reshape(-1) * np.asarray(last, input.dtype) + weight  # for the gradient of q
    below, above = (indexing.gather(ordered, k.astype(np.int64), x.ndim - 1) for k in (low, high))
    with np.errstate(invalid="ignore"):  # between infinities
        out = movement.movedim(selection.lerp(below, above, weight), -1, 0)  # (q, ..)
    if keepdim:
        shape = [1] * input.ndim if dim is None else [n if k != axis else 1 for k, n in enumerate(input.shape)]
        out = out.reshape(out.shape[:1] + tuple(shape))
    return out if share.ndim else out.squeeze(0)

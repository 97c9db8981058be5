"""Copies of a Tensor with other elements in some places: what an assignment to a view would do, out of place."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine
from ..ops import indexing, layout, movement
from ..ops.out import takes_out
from ..ops.scatter import scatter_largest, scatter_product, scatter_smallest
from .elementwise import value_of
from .indexing import slices, together
from .scatter import at_least_1d, fitting, neutral
from .views import as_strided, offset_of, places


def fill(input: Any, value: Any) -> Any:
    """A copy in which every element is `value`, a number or 0-d Tensor."""
    if np.ndim(value):
        raise ValueError(f"fill: a value of shape {np.shape(value)}: it must be a number; use copy_")
    new = value.to(input.dtype) if isinstance(value, engine.box) else np.asarray(value, input.dtype)
    return movement.clone(movement.broadcast_to(new, input.shape))


@takes_out
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """A copy in which the elements where `mask` (bool, broadcast) holds are those of `source`, one after the other."""
    if mask.dtype != bool or source.dtype != input.dtype:
        raise TypeError(
            f"masked_scatter: a mask of {mask.dtype}, a source of {source.dtype} for {input.dtype}: the mask must be "
            f"bool, the dtypes equal; convert them"
        )
    shape = together("masked_scatter", input.shape, mask.shape)
    x = movement.broadcast_to(input, shape)
    at = np.nonzero(np.broadcast_to(mask.value, shape)) if shape else (mask.value,)
    n = int(np.count_nonzero(np.broadcast_to(mask.value, shape)))
    if n > source.numel():
        raise ValueError(
            f"masked_scatter: {n} places for a source of {source.numel()} elements: there are not enough; give more"
        )
    return indexing.setitem(x, source.reshape(-1)[:n], at)


def replaced(op: str, input: Any, src: Any, index: Any) -> Any:
    """A copy with `src` at the index, whose shape it must have."""
    expected = input.value[index].shape
    if src.shape != expected:
        raise ValueError(f"{op}: src {src.shape} for a part of shape {expected}: they must be equal; reshape it")
    return indexing.setitem(input, src.to(input.dtype), index)


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy with out[.., index, ..] = src along an axis."""
    k = movement.one_axis(dim, input.ndim, "select_scatter")
    if not -input.shape[k] <= index < input.shape[k]:
        raise IndexError(
            f"select_scatter: index {index} of shape {input.shape}, axis {dim}: there is none; give another"
        )
    return replaced("select_scatter", input, src, (slice(None),) * k + (int(index),))


def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """A copy with out[.., start:end:step, ..] = src along an axis."""
    k = movement.one_axis(dim, input.ndim, "slice_scatter")
    if step <= 0:
        raise ValueError(f"slice_scatter: step {step}: it must be positive; flip the source")
    return replaced("slice_scatter", input, src, (slice(None),) * k + (slice(start, end, step),))


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy in which a diagonal (see `diagonal`) is src."""
    own = layout.diagonal(input, offset, dim1, dim2)
    if src.shape != own.shape:
        raise ValueError(
            f"diagonal_scatter: src {src.shape} for a diagonal of shape {own.shape}: they must be equal; reshape it"
        )
    k = np.arange(own.shape[-1])
    x = movement.movedim(input, (dim1, dim2), (-2, -1))
    out = indexing.setitem(x, src.to(input.dtype), (..., k + max(-offset, 0), k + max(offset, 0)))
    return movement.movedim(out, (-2, -1), (dim1, dim2))


def as_strided_scatter(input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A copy in which the elements that `as_strided` looks at are those of src."""
    own = as_strided(input, size, stride, storage_offset)
    if src.shape != own.shape:
        raise ValueError(
            f"as_strided_scatter: src {src.shape} for a view of shape {own.shape}: they must be equal; reshape it"
        )
    offset = 0 if storage_offset is None else storage_offset - offset_of(input)
    return indexing.setitem(input, src.to(input.dtype), places(input, tuple(size), tuple(stride), offset))


@takes_out
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy in which the elements at these positions of the flattened input are those of source, or `accumulate`
    increased by them.
    """
    at, n = value_of(index), input.numel()
    if at.dtype.kind not in "iu" or at.size != source.numel() or (at.size and not -n <= at.min() <= at.max() < n):
        raise IndexError(
            f"put: index {at.shape} of {at.dtype} and source {source.shape} for {n} elements: there must be a place "
            f"among them for each of the source; check the index"
        )
    if source.dtype != input.dtype:
        raise TypeError(f"put: a source of {source.dtype} for {input.dtype}: they must be equal; convert one of them")
    x, at = input.reshape(-1), (at.reshape(-1),)
    source = source.reshape(-1)
    out = x + indexing.put(source, at, x.shape) if accumulate else indexing.setitem(x, source, at)
    return out.reshape(input.shape)


@takes_out
def index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """A copy in which the slices along an axis that `index` names are reduced with those of `source`.

    reduce: "prod", "mean", "amax", "amin"; `include_self=False`: without the slices that were there.
    """
    kinds = ("prod", "mean", "amax", "amin")
    if reduce not in kinds:
        raise ValueError(f"index_reduce: reduce {reduce!r}: there is none such; give one of {', '.join(kinds)}")
    x, at = slices(input, dim, index, "index_reduce")
    fitting(input, at, source, "index_reduce")
    source = at_least_1d(source)
    if not include_self:
        x = indexing.setitem(x, neutral(reduce, x.dtype), at)
    if reduce != "mean":
        named = {"prod": scatter_product, "amax": scatter_largest, "amin": scatter_smallest}
        return named[reduce](x, source, at).reshape(input.shape)
    here = np.bincount(at[-1] % x.shape[len(at) - 1], minlength=x.shape[len(at) - 1])
    count = (here + (1 if include_self else here == 0)).reshape((-1,) + (1,) * (x.ndim - len(at)))
    out = x + indexing.put(source, at, x.shape)
    return (out // count if x.dtype.kind in "iu" else out / count.astype(x.dtype)).reshape(input.shape)


# ---- positions -----------------------------------------------------------------------------------------------------


def argwhere(input: Any) -> Any:
    """The positions (int64) of what is not 0: (n, ndim)."""
    return engine.box._of(np.argwhere(input.value))


def nonzero_static(input: Any, *, size: int, fill_value: int = -1) -> Any:
    """The first `size` positions (int64) of what is not 0, filled up with `fill_value`: (size, ndim)."""
    if size < 0:
        raise ValueError(f"nonzero_static: size {size}: there can't be a negative number; give 0 or more")
    found = np.argwhere(input.value)[:size]
    out = np.full((size, input.ndim), fill_value, np.int64)
    out[: len(found)] = found
    return engine.box._of(out)

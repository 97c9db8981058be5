"""Elements and slices put at positions of a copy, as PyTorch writes it: scatter, index_add and their kin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import engine
from ..ops import indexing, search
from ..ops import scatter as ops
from ..ops.out import takes_out
from ..ops.spelling import both_spellings
from .indexing import getitem, places, plain_index, slices


def at_least_1d(x: Any) -> Any:
    """A number as a vector of one element."""
    return x if x.ndim else x.reshape(1)


def scattered(input: Any, dim: int, index: Any, source: Any, op: str) -> tuple[Any, tuple[Any, ...], Any]:
    """The input, the positions in it, and the source's element for each: what the ops of this file start from."""
    value = index.value if isinstance(index, engine.box) else np.asarray(index)
    at = places(input, dim, index, op)
    x = at_least_1d(input)
    if not isinstance(source, engine.box):
        filled = np.full(value.shape or (1,), source)
        return x, at, filled.astype(x.dtype) if value.size else np.empty((0,) * x.ndim, x.dtype)
    if source.dtype != input.dtype:
        raise TypeError(
            f"{op}: a source of {source.dtype} for a Tensor of {input.dtype}: they must be equal; convert one of them"
        )
    source = at_least_1d(source)
    if not value.size:
        return x, at, getitem(source, (slice(0, 0),) * source.ndim).reshape((0,) * x.ndim)
    if source.ndim != x.ndim or any(n > m for n, m in zip(value.shape, source.shape, strict=False)):
        raise IndexError(
            f"{op}: index {value.shape} and source {source.shape}: the source has no element for each entry of the "
            f"index; slice the index"
        )
    return x, at, getitem(source, tuple(slice(n) for n in (value.shape or (1,))))


@both_spellings
@takes_out
def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """A copy with out[index[i][j]][j] = src[i][j] for dim 0; `src` may be a number. reduce: "add" or "multiply"."""
    x, at, source = scattered(input, dim, index, value if src is None else src, "scatter")
    if reduce is None:
        out = indexing.setitem(x, source, at)
    elif reduce == "add":
        out = x + indexing.put(source, at, x.shape)
    elif reduce == "multiply":
        out = ops.scatter_product(x, source, at)
    else:
        raise ValueError(f"scatter: reduce {reduce!r}: there is none such; give 'add', 'multiply' or None")
    return out.reshape(input.shape)


@both_spellings
@takes_out
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy with out[index[i][j]][j] += src[i][j] for dim 0."""
    x, at, source = scattered(input, dim, index, src, "scatter_add")
    return (x + indexing.put(source, at, x.shape)).reshape(input.shape)


@takes_out
def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """A copy in which the elements of src that meet at a position are reduced: "sum", "prod", "mean", "amax", "amin".

    `include_self=False`: without the element that was there; a position that nothing meets at keeps it.
    """
    kinds = ("sum", "prod", "mean", "amax", "amin")
    if reduce not in kinds:
        raise ValueError(f"scatter_reduce: reduce {reduce!r}: there is none such; give one of {', '.join(kinds)}")
    x, at, source = scattered(input, dim, index, src, "scatter_reduce")
    if not include_self:
        x = indexing.setitem(x, neutral(reduce, x.dtype), at)
    if reduce in ("prod", "amax", "amin"):
        named = {"prod": ops.scatter_product, "amax": ops.scatter_largest, "amin": ops.scatter_smallest}
        return named[reduce](x, source, at).reshape(input.shape)
    out = x + indexing.put(source, at, x.shape)
    if reduce == "mean":
        here = np.bincount(np.ravel_multi_index(np.broadcast_arrays(*at), x.shape).ravel(), minlength=x.numel())
        count = here.reshape(x.shape) + (1 if include_self else here.reshape(x.shape) == 0)
        out = out // count if x.dtype.kind in "iu" else out / count.astype(x.dtype)
    return out.reshape(input.shape)


def neutral(reduce: str, dtype: Any) -> Any:
    """What changes nothing in a reduction."""
    if reduce in ("sum", "mean", "prod"):
        return np.asarray(reduce == "prod", dtype)
    if dtype.kind == "b":
        return np.asarray(reduce == "amin")
    limits = np.iinfo(dtype) if dtype.kind in "iu" else None
    if limits is None:
        return np.asarray(-np.inf if reduce == "amax" else np.inf, dtype)
    return np.asarray(limits.min if reduce == "amax" else limits.max, dtype)


# ---- whole slices --------------------------------------------------------------------------------------------------


@both_spellings
@takes_out
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """A copy to whose slices along an axis, those that `index` names, the slices of `source` are added."""
    x, at = slices(input, dim, index, "index_add")
    fitting(input, at, source, "index_add")
    added = at_least_1d(source) if alpha == 1 else at_least_1d(source) * alpha
    return (x + indexing.put(added, at, x.shape)).reshape(input.shape)


@both_spellings
@takes_out
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy in which the slices along an axis that `index` names are those of `source`."""
    x, at = slices(input, dim, index, "index_copy")
    fitting(input, at, source, "index_copy")
    return indexing.setitem(x, at_least_1d(source), at).reshape(input.shape)


def fitting(input: Any, at: tuple[Any, ...], source: Any, op: str) -> None:
    """Raise unless `source` has a slice for each that is named, in the input's shape and dtype."""
    expected = (*input.shape[: len(at) - 1], at[-1].size, *input.shape[len(at) :])
    if at_least_1d(source).shape != expected or source.dtype != input.dtype:
        raise ValueError(
            f"{op}: source {source.shape} of {source.dtype} for {at[-1].size} slices of {input.shape}, {input.dtype}: "
            f"it must be {expected} of the same dtype; reshape or convert it"
        )


@both_spellings
@takes_out
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy in which the slices along an axis that `index` names hold `value`, a number."""
    x, (*before, named) = slices(input, dim, index, "index_fill")
    at = (*before, np.unique(named))  # once: the gradient of the value counts each slice once
    if np.ndim(value):
        raise ValueError(f"index_fill: a value of shape {np.shape(value)}: it must be a number; use index_copy")
    new = value if isinstance(value, engine.box) else np.asarray(value, x.dtype)
    return indexing.setitem(x, new, at).reshape(input.shape)


def index_put(input: Any, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Any:
    """A copy after `copy[indices] = values`, or with `accumulate` += in which equal indices add up."""
    at = tuple(plain_index(i) for i in indices)
    if not accumulate:
        return indexing.setitem(input, values, at)
    return input + indexing.put(values, at, input.shape)


@takes_out
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """The number of the interval between ascending boundaries in which each element lies."""
    edges = boundaries.value if isinstance(boundaries, engine.box) else np.asarray(boundaries)
    if edges.ndim != 1:
        raise ValueError(f"bucketize: boundaries {edges.shape}: they must be a vector; use searchsorted for several")
    out = search.searchsorted(edges, input, right)
    return out.int() if out_int32 else out

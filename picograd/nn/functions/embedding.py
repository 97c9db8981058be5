"""Tables of vectors: rows looked up by number, alone or summed in bags."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...memory import wrote
from ...ops import elementwise, indexing
from ...ops import embedding as ops
from ...tensor import Tensor

__all__ = ["embedding", "embedding_bag"]

Numbers = np.ndarray[Any, Any]


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """weight[input]: numbers (...) and a table (V, D) -> (..., D).

    The row padding_idx gets no gradient. max_norm: rows that are used and longer are first shortened to it, in place.
    scale_grad_by_freq: a row's gradient is divided by how often it is picked. `sparse` is accepted and changes nothing.
    """
    index, weight = _numbers("embedding", input), Tensor._constant(weight)
    padding_idx = _checked("embedding", index, weight, padding_idx)
    if max_norm is not None:
        _shorten(weight, index, max_norm, norm_type)
    return ops.embedding(weight, index, _counts(index, weight, padding_idx, scale_grad_by_freq))


def _numbers(op: str, input: Any) -> Numbers:
    index = input.value if isinstance(input, Tensor) else np.asarray(input)
    if index.dtype.kind not in "iu":
        raise TypeError(f"{op}: input of {index.dtype}: it must be integers, the numbers of rows; use long()")
    return index


def _checked(op: str, index: Numbers, weight: Tensor, padding_idx: int | None) -> int | None:
    """padding_idx from 0 up; IndexError for a number of no row."""
    if weight.ndim != 2:
        raise ValueError(f"{op}: weight {weight.shape}: 'weight' must be 2-D, (V, D); reshape it")
    rows = len(weight)
    if index.size and (index.min() < 0 or index.max() >= rows):
        raise IndexError(
            f"{op}: numbers from {index.min()} to {index.max()} with weight {weight.shape}: index out of range in "
            f"self; there are {rows} rows, 0 to {rows - 1}"
        )
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise ValueError(f"{op}: padding_idx={padding_idx} with {rows} rows: Padding_idx must be within num_embeddings")
    return padding_idx % rows


def _counts(index: Numbers, weight: Tensor, padding_idx: int | None, by_frequency: bool) -> Numbers | None:
    """What each number's gradient counts, None for 1."""
    counts = None
    if by_frequency and index.size:
        often = np.bincount(index.reshape(-1), minlength=1)
        counts = (1 / often[index]).astype(weight.dtype)
    if padding_idx is not None:
        kept = (index != padding_idx).astype(weight.dtype)
        counts = kept if counts is None else counts * kept
    return counts


def _shorten(weight: Tensor, index: Numbers, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are picked to a length of at most max_norm, in place."""
    used = np.unique(index)
    lengths = np.linalg.norm(weight.value[used], norm_type, axis=1, keepdims=True)
    long = lengths[:, 0] > max_norm
    weight.value[used[long]] *= max_norm / (lengths[long] + 1e-7)
    wrote(weight.value, "embedding")


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or maximum of the rows of each bag: numbers (B, n), or (n,) with offsets (B,) -> (B, D).

    A bag of (n,) begins at each of the offsets (include_last_offset: the last one is an end, n, only).
    per_sample_weights, in the shape of the input, multiply the rows in a sum. padding_idx is left out of each bag.
    """
    op = "embedding_bag"
    index, weight = _numbers(op, input), Tensor._constant(weight)
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"{op}: mode={mode!r}: mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError(f"{op}: mode='max': max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and (mode != "sum" or np.shape(per_sample_weights) != index.shape):
        raise ValueError(
            f"{op}: per_sample_weights {np.shape(per_sample_weights)} with input {index.shape}, mode={mode!r}: they "
            f"are for mode='sum' and must have the same shape as the input"
        )
    padding_idx = _checked(op, index, weight, padding_idx)
    starts = _starts(index, offsets, include_last_offset)
    index = index.reshape(-1)
    if max_norm is not None:
        _shorten(weight, index, max_norm, norm_type)
    bag = np.searchsorted(starts, np.arange(index.size), side="right") - 1  # (n,): each number's bag
    rows = ops.embedding(weight, index, _counts(index, weight, padding_idx, scale_grad_by_freq))  # (n, D)
    if per_sample_weights is not None:
        rows = rows * Tensor._constant(per_sample_weights).reshape(-1, 1)
    if padding_idx is not None:
        kept = np.flatnonzero(index != padding_idx)
        rows, bag = rows[kept], bag[kept]
    if mode == "max":
        return _largest(rows, bag, len(starts))
    total = indexing.put(rows, bag, (len(starts), weight.shape[1]))
    if mode == "sum":
        return total
    sizes = np.maximum(np.bincount(bag, minlength=len(starts)), 1).astype(weight.dtype)
    return elementwise.div(total, sizes[:, None])


def _starts(index: Numbers, offsets: Any, include_last_offset: bool) -> Numbers:
    """Where in the flattened input each bag begins (B,)."""
    shape = index.shape
    if index.ndim == 2:
        if offsets is not None:
            raise ValueError(
                f"embedding_bag: input {shape} with offsets: if input is 2D, then offsets has to be None, as each row "
                f"is a bag"
            )
        return np.arange(0, index.size, shape[1]) if index.size else np.zeros(shape[0], np.int64)
    if index.ndim != 1:
        raise ValueError(f"embedding_bag: input {shape}: input has to be 1D or 2D; reshape it")
    if offsets is None or np.ndim(offsets) != 1:
        raise ValueError(f"embedding_bag: input {shape}: offsets has to be a 1D Tensor, the start of each bag; give it")
    starts: Numbers = _numbers("embedding_bag", offsets)
    if include_last_offset:
        if not starts.size:
            raise ValueError("embedding_bag: offsets (0,): include_last_offset: number of offsets should be at least 1")
        starts = starts[:-1]
    if starts.size and (starts[0] != 0 or starts[-1] > index.size or (np.diff(starts) < 0).any()):
        raise ValueError(
            f"embedding_bag: offsets from {starts[0]} to {starts[-1]} for {index.size} numbers: offsets[0] has to be 0 "
            f"and they must not decrease nor go beyond the end"
        )
    return starts


def _largest(rows: Any, bag: Numbers, bags: int) -> Any:
    """The maximum of the rows (n, D) of each bag (bags, D), 0 for none; the first of equals gets the gradient."""
    width = rows.shape[1]
    filled, first = np.unique(bag, return_index=True)  # rows of one bag are neighbours
    if not filled.size:
        return indexing.put(rows, bag, (bags, width))
    top = np.maximum.reduceat(rows.value, first, axis=0)  # (filled, D)
    at_top = rows.value == np.repeat(top, np.diff([*first, len(bag)]), axis=0)
    order = np.where(at_top, np.arange(len(bag))[:, None], len(bag))
    place = np.minimum(np.minimum.reduceat(order, first, axis=0), len(bag) - 1)  # (filled, D): the row that won
    return indexing.put(rows[place, np.arange(width)], filled, (bags, width))

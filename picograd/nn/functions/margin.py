"""Losses that ask for a margin: between pairs, triplets, and a sample's classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import functions
from ...ops import elementwise, loss
from ...tensor import Tensor
from .distance import pairwise_distance
from .reduction import pair, reduced, reduction_of, weighted

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """x where y is 1, max(margin - x, 0) where y is -1"""
    reduction = reduction_of("hinge_embedding_loss", reduction, size_average, reduce)
    x, y = Tensor._constant(input), np.asarray(target)
    near = functions.where(y != -1, x, x.dtype.type(0))
    far = functions.where(y != 1, elementwise.clamp(margin - x, min=0), x.dtype.type(0))
    return reduced(near + far, reduction)


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """1 - cos(x1, x2) where y is 1, max(cos(x1, x2) - margin, 0) where y is -1: (N, D), (N, D), (N,), or without N."""
    op = "cosine_embedding_loss"
    reduction = reduction_of(op, reduction, size_average, reduce)
    x1, x2, y = Tensor._constant(input1), Tensor._constant(input2), np.asarray(target)
    if y.ndim > 1 or x1.ndim != y.ndim + 1 or x2.ndim != x1.ndim:
        raise ValueError(
            f"{op}: inputs {x1.shape} and {x2.shape}, target {y.shape}: 1D target tensor expects 2D input tensors, a "
            f"0D target 1D ones; reshape them"
        )
    tiny = 1e-12  # so that a vector of zeros has a cosine
    product = (x1 * x2).sum(-1)
    cosine = product / elementwise.sqrt(((x1 * x1).sum(-1) + tiny) * ((x2 * x2).sum(-1) + tiny))
    zero = cosine.dtype.type(0)
    near = functions.where(y == 1, 1 - cosine, zero)
    far = functions.where(y == -1, elementwise.clamp(cosine - margin, min=0), zero)
    return reduced(near + far, reduction)


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(margin - y (x1 - x2), 0): y is 1 if x1 should be the larger one, else -1."""
    op = "margin_ranking_loss"
    reduction = reduction_of(op, reduction, size_average, reduce)
    x1, x2, y = (Tensor._constant(x) for x in (input1, input2, target))
    if not x1.ndim == x2.ndim == y.ndim:
        raise ValueError(
            f"{op}: inputs {x1.shape} and {x2.shape}, target {y.shape}: expected them to have the same number of "
            f"dimensions; reshape them"
        )
    return reduced(elementwise.clamp(margin - y * (x1 - x2), min=0), reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(d(anchor, positive) - d(anchor, negative) + margin, 0), d(x, y) = |x - y + eps|_p: (N, D) or (D,) each.

    `swap`: the negative's distance is the smaller one of those to the anchor and to the positive.
    """
    reduction = reduction_of("triplet_margin_loss", reduction, size_average, reduce)
    return _triplet(
        "triplet_margin_loss", anchor, positive, negative, lambda x, y: pairwise_distance(x, y, p, eps), margin, swap,
        reduction,
    )  # fmt: skip


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`triplet_margin_loss` with any distance (default: pairwise_distance)."""
    op = "triplet_margin_with_distance_loss"
    reduction = reduction_of(op, reduction, None, None)
    return _triplet(op, anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction)


def _triplet(
    op: str, anchor: Any, positive: Any, negative: Any, distance: Any, margin: float, swap: bool, reduction: str
) -> Any:
    if margin <= 0:
        raise ValueError(f"{op}: margin={margin}: margin must be greater than 0; give such a number")
    a, p, n = (Tensor._constant(x) for x in (anchor, positive, negative))
    if not a.ndim == p.ndim == n.ndim:
        raise ValueError(
            f"{op}: anchor {a.shape}, positive {p.shape}, negative {n.shape}: The anchor, positive, and negative "
            f"tensors are expected to have the same number of dimensions; reshape them"
        )
    far = distance(a, n)
    if swap:
        far = elementwise.minimum(far, distance(p, n))
    return reduced(elementwise.clamp(distance(a, p) - far + margin, min=0), reduction)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """sum over the other classes i of max(margin - x[y] + x[i], 0)^p / C: (N, C), (N,) -> (N,), or (C,), () -> ().

    `weight` (C,): what a sample of each class counts.
    """
    op = "multi_margin_loss"
    reduction = reduction_of(op, reduction, size_average, reduce)
    x, y = Tensor._constant(input), np.asarray(target)
    if p not in (1, 2):
        raise ValueError(f"{op}: p={p}: only p == 1 and p == 2 are supported; give one of them")
    x = x.unsqueeze(0) if not x.ndim else x
    if x.ndim not in (1, 2) or not x.shape[-1] or y.size != (len(x) if x.ndim == 2 else 1) or y.ndim > 1:
        raise ValueError(
            f"{op}: input {x.shape} and target {y.shape}: they must be (N, C) and (N,), or (C,) and (); reshape them"
        )
    rows, labels = x.reshape((-1, x.shape[-1])), y.reshape(-1)
    _check_labels(op, labels, rows.shape, 0)
    own = rows[np.arange(len(labels)), labels].unsqueeze(1)  # (N, 1)
    short = elementwise.clamp(margin - own + rows, min=0)
    short = short * short if p == 2 else short
    if weight is not None:
        if np.shape(weight) != rows.shape[1:]:
            raise ValueError(f"{op}: weight {np.shape(weight)}: it should have size {rows.shape[1]}, one a class")
        short = short * Tensor._constant(weight)[labels].unsqueeze(1)
    others = (labels[:, None] != np.arange(rows.shape[1])).astype(x.dtype)
    losses = (short * others).sum(1) / rows.shape[1]
    return reduced(losses if x.ndim == 2 or reduction != "none" else losses.squeeze(0), reduction)


def _check_labels(op: str, labels: Any, shape: tuple[int, ...], lowest: int) -> None:
    if labels.dtype.kind not in "iu" or (labels.size and not lowest <= labels.min() <= labels.max() < shape[-1]):
        raise ValueError(
            f"{op}: input {shape}, labels of {labels.dtype}: target out of range, they must be integers from {lowest} "
            f"to {shape[-1] - 1}; check the labels"
        )


def multilabel_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """sum over the labels j and all classes i that are none of max(1 - x[j] + x[i], 0) / C: (N, C), (N, C) -> (N,).

    A row of the target lists the labels of its sample; the first -1 ends the list.
    """
    op = "multilabel_margin_loss"
    reduction = reduction_of(op, reduction, size_average, reduce)
    x, y = Tensor._constant(input), np.asarray(target)
    if x.shape != y.shape or x.ndim > 2:
        raise ValueError(f"{op}: input {x.shape}, target {y.shape}: both must be (N, C) or (C,); reshape them")
    classes = x.shape[-1] if x.ndim else 1
    rows, labels = x.reshape((-1, classes)), y.reshape((-1, classes))
    _check_labels(op, labels, rows.shape, -1)
    listed = np.cumprod(labels >= 0, axis=1).astype(bool)  # (N, C): before the first -1
    at = np.where(listed, labels, 0)
    is_label = (listed[:, :, None] & (at[:, :, None] == np.arange(classes))).any(axis=1)  # (N, C)
    own = rows[np.arange(len(rows))[:, None], at].unsqueeze(2)  # (N, C labels, 1)
    short = elementwise.clamp(1 - own + rows.unsqueeze(1), min=0)  # (N, C labels, C classes)
    losses = (short * (listed[:, :, None] & ~is_label[:, None]).astype(x.dtype)).sum((1, 2)) / classes
    return reduced(losses if x.ndim == 2 or reduction != "none" else losses.squeeze(0), reduction)


def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """The mean over the classes of -(y log sigmoid(x) + (1 - y) log sigmoid(-x)): (N, C), (N, C) -> (N,)."""
    op = "multilabel_soft_margin_loss"
    reduction = reduction_of(op, reduction, size_average, reduce)
    x, y = Tensor._constant(input), Tensor._constant(target)
    losses = y * loss.softplus(-x) + (1 - y) * loss.softplus(x)
    losses = weighted(op, losses, weight)
    return reduced(losses.mean(-1), reduction)


def soft_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """log(1 + e^(-y x)), y is 1 or -1"""
    reduction = reduction_of("soft_margin_loss", reduction, size_average, reduce)
    x, y = pair("soft_margin_loss", input, target)
    return reduced(loss.softplus(-y * x), reduction)

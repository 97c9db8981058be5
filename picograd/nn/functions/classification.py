"""Losses of probabilities: of classes, of yes and no, of one distribution under another; labels as vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops import contraction, elementwise, loss, movement
from ...tensor import Tensor
from .reduction import array_of, broadcasts, check_floats, pair, reduced, reduction_of, weighted

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "kl_div",
    "linear_cross_entropy",
    "nll_loss",
    "one_hot",
]


def kl_div(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    log_target: bool = False,
) -> Any:  # fmt: skip
    """y (log y - x): x are log-probabilities, y probabilities (`log_target`: their logarithms).

    reduction="batchmean" divides the sum by N: that is the Kullback-Leibler divergence; "mean" divides by all elements.
    """
    reduction = reduction_of("kl_div", reduction, size_average, reduce, ("batchmean",))
    x, y = pair("kl_div", input, target)
    if log_target:
        losses = elementwise.exp(y) * (y - x)
    else:
        losses = y * (elementwise.log(y + (y.value == 0)) - x)  # 0 log 0 is 0
    if reduction == "batchmean":
        return losses.sum() / (x.shape[0] if x.ndim else 1)
    return reduced(losses, reduction)


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """-(y log x + (1 - y) log(1 - x)): x is the probability of y = 1."""
    reduction = reduction_of("binary_cross_entropy", reduction, size_average, reduce)
    x, y = pair("binary_cross_entropy", input, target)
    if ((x.value < 0) | (x.value > 1)).any():
        raise ValueError(
            f"binary_cross_entropy: input from {x.value.min():.4g} to {x.value.max():.4g}: all elements of input "
            f"should be between 0 and 1; apply sigmoid(), or use binary_cross_entropy_with_logits"
        )
    return reduced(weighted("binary_cross_entropy", loss.binary_cross_entropy(x, y), weight), reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", pos_weight: Any = None,
) -> Any:  # fmt: skip
    """`binary_cross_entropy` of sigmoid(x), stable for any x. `pos_weight`: what y = 1 counts, broadcast to x."""
    op = "binary_cross_entropy_with_logits"
    reduction = reduction_of(op, reduction, size_average, reduce)
    x, y = pair(op, input, target)
    factor: Any = 1.0
    if pos_weight is not None:
        factor = np.asarray(pos_weight, x.dtype)
        if not broadcasts(factor.shape, x.shape):
            raise ValueError(
                f"{op}: pos_weight {factor.shape} and input {x.shape}: it must broadcast to the input; reshape it"
            )
    losses = loss.binary_cross_entropy_with_logits(x, y, factor)
    return reduced(weighted(op, losses, weight), reduction)


def nll_loss(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100,
    reduce: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """-x[n, y[n]]: log-probabilities (N, C), (C,) or (N, C, d1, ...), labels (N,), () or (N, d1, ...).

    `weight` (C,): what each class counts; a mean is over the sum of what counts. Labels equal to `ignore_index` don't.
    """
    reduction = reduction_of("nll_loss", reduction, size_average, reduce)
    x, labels, shape = _samples("nll_loss", Tensor._constant(input), array_of(target))
    labels, counts, total = _labels("nll_loss", x, labels, weight, ignore_index)
    result = loss.nll_loss(x, labels, counts, {"none": None, "sum": 1.0, "mean": total}[reduction])
    return result.reshape(shape) if reduction == "none" and len(shape) != 1 else result


def cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100,
    reduce: Any = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Any:  # fmt: skip
    """-log softmax(x)[n, y[n]]: logits (N, C), (C,) or (N, C, d1, ...), labels (N,), () or (N, d1, ...).

    Targets of floats in the shape of the input are probabilities of the classes. `weight` (C,): what each class
    counts; a mean over labels is over the sum of what counts. Labels equal to `ignore_index` don't count.
    `label_smoothing`: this share of the probability goes to all classes alike.
    """
    op = "cross_entropy"
    reduction = reduction_of(op, reduction, size_average, reduce)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{op}: label_smoothing={label_smoothing}: label_smoothing must be between 0.0 and 1.0")
    x = Tensor._constant(input)
    y = array_of(target)
    if y.dtype.kind == "f" and y.shape == x.value.shape and y.ndim:
        return _probabilities(x, target, weight, ignore_index, reduction, label_smoothing)
    x, labels, shape = _samples(op, x, y)
    labels, counts, total = _labels(op, x, labels, weight, ignore_index)
    if not label_smoothing:
        result = loss.cross_entropy(x, labels, counts, {"none": None, "sum": 1.0, "mean": total}[reduction], [])
    else:
        wanted = loss.one_hot(labels, x) * (1 - label_smoothing)  # (N, C)
        smooth = np.full(x.shape, label_smoothing / x.shape[1], x.dtype)
        if counts is not None:
            wanted *= counts[:, None]
            smooth[array_of(target).reshape(-1) == ignore_index] = 0
        if weight is not None:
            smooth *= array_of(weight)
        result = loss.soft_cross_entropy(x, wanted + smooth)
        if reduction != "none":
            result = result.sum() * ((1 / total if total else np.nan) if reduction == "mean" else 1.0)
    return result.reshape(shape) if reduction == "none" and len(shape) != 1 else result


def linear_cross_entropy(
    input: Any, linear_weight: Any, target: Any, *, linear_bias: Any = None, weight: Any = None,
    reduction: str = "mean", ignore_index: int | None = None, label_smoothing: float = 0.0, options: Any = None,
) -> Any:  # fmt: skip
    """`cross_entropy` of x W^T + b: x (N, in) or (in,), W (C, in) or (C, d1, ..., in), b (C, d1, ...).

    `options` say in PyTorch how the batch is cut into pieces; they have no effect.
    """
    x, w = Tensor._constant(input), Tensor._constant(linear_weight)
    if x.ndim not in (1, 2) or w.ndim < 2 or (x.ndim == 1 and w.ndim > 2):
        raise ValueError(
            f"linear_cross_entropy: input {x.shape}, linear_weight {w.shape}: they must be (N, in_features) or "
            f"(in_features,) and (C, ..., in_features), with axes between for a batched input only; reshape them"
        )
    bias = None if linear_bias is None else Tensor._constant(linear_bias).reshape(-1)
    logits = contraction.linear(x, w.reshape(-1, w.shape[-1]), bias)
    logits = logits.reshape((*x.shape[:-1], *w.shape[:-1]))
    labelled = np.ndim(target) != logits.ndim or np.dtype(array_of(target).dtype).kind != "f"
    ignored = -100 if ignore_index is None and labelled else -1 if ignore_index is None else ignore_index
    return cross_entropy(
        logits, target, weight, ignore_index=ignored, reduction=reduction, label_smoothing=label_smoothing
    )


def _probabilities(x: Any, target: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float) -> Any:
    """`cross_entropy` for targets that are probabilities."""
    if ignore_index >= 0:
        raise ValueError(
            f"cross_entropy: ignore_index={ignore_index} with a target of floats: they are probabilities, not labels; "
            f"leave it out, or convert the target with long()"
        )
    check_floats("cross_entropy", x)
    y = Tensor._constant(target)
    y = y if y.requires_grad else y.type(x.dtype)
    classes = x.shape[1 if x.ndim > 1 else 0]
    shape = x.shape[:1] + x.shape[2:] if x.ndim > 1 else ()
    rows, wanted = _rows(x), _rows(y)
    if label_smoothing:
        wanted = wanted * (1 - label_smoothing) + label_smoothing / classes
    if weight is not None:
        wanted = wanted * _class_weights("cross_entropy", weight, rows)
    losses = loss.soft_cross_entropy(rows, wanted)
    return losses.reshape(shape) if reduction == "none" and len(shape) != 1 else reduced(losses, reduction)


def _rows(x: Any) -> Any:
    """(N, C), (C,) or (N, C, d1, ...) -> (all samples, C)"""
    if x.ndim == 2:
        return x
    return x.reshape(1, -1) if x.ndim == 1 else movement.movedim(x, 1, -1).reshape(-1, x.shape[1])


def _samples(op: str, x: Any, target: np.ndarray[Any, Any]) -> tuple[Any, np.ndarray[Any, Any], tuple[int, ...]]:
    """The input as (N, C), the labels as (N,), and the shape of the losses; checked."""
    check_floats(op, x)
    shape = x.value.shape
    ndim, shape = len(shape), (shape[:1] + shape[2:] if len(shape) > 1 else ())
    if not ndim or target.shape != shape:
        raise ValueError(
            f"{op}: input {x.shape} and target {target.shape}: for logits (N, C) or (N, C, d1, ...) the labels are "
            f"(N,) or (N, d1, ...); reshape or squeeze the target, or give probabilities (floats) in the input's shape"
        )
    if target.dtype.kind not in "iu":
        raise TypeError(
            f"{op}: target of {target.dtype}, shape {target.shape}: class labels must be integers; "
            f"convert it with long()"
        )
    return (x, target, shape) if ndim == 2 else (_rows(x), target.reshape(-1), shape)


def _class_weights(op: str, weight: Any, x: Any) -> np.ndarray[Any, Any]:
    """The weight of each class as an array (C,) in the dtype of x (N, C)."""
    weights = array_of(weight).astype(x.dtype, copy=False)
    if weights.shape != x.shape[1:]:
        raise ValueError(
            f"{op}: weight {weights.shape} and {x.shape[1]} classes: weight tensor should be defined either for all "
            f"{x.shape[1]} classes or no classes; give one number for each"
        )
    return weights


def _labels(
    op: str, x: Any, labels: np.ndarray[Any, Any], weight: Any, ignore_index: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None, float]:
    """The labels, 0 for those ignored; what each counts, None for 1; the sum of that. IndexError for no class."""
    classes = x.value.shape[1]
    counts = None
    # One look for both ends: a negative number read as one without sign is large.
    if 0 <= ignore_index < classes or np.maximum.reduce(unsigned(labels), initial=0) >= classes:
        kept = labels != ignore_index
        wrong = labels[kept & ((labels < 0) | (labels >= classes))]
        if wrong.size:
            raise IndexError(
                f"{op}: Target {wrong[0]} is out of bounds: with input (N, C) = {x.shape} there are {classes} classes, "
                f"labels run from 0 to {classes - 1}; check the labels, or the size of the last layer"
            )
        labels, counts = np.where(kept, labels, 0), kept.astype(x.dtype)
    if weight is not None:
        weights = _class_weights(op, weight, x)[labels]
        counts = weights if counts is None else weights * counts
    return labels, counts, float(len(labels) if counts is None else counts.sum())


def unsigned(labels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The memory of integers read as such without sign."""
    return labels.view(UNSIGNED[labels.itemsize])


UNSIGNED = {width: np.dtype(f"u{width}") for width in (1, 2, 4, 8)}  # quicker than its name in every call


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """(...) labels -> (..., num_classes): 1 (int64) at the label, else 0; -1: as many classes as are needed."""
    labels = array_of(tensor)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot: labels of {labels.dtype}: they must be integers; convert them with long()")
    if not labels.size and num_classes < 1:
        raise ValueError(f"one_hot: shape {labels.shape}: Can not infer total number of classes from empty tensor")
    classes = int(labels.max()) + 1 if num_classes == -1 else num_classes
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"one_hot: labels from {labels.min()} to {labels.max()} with {classes} classes: Class values must be "
            f"non-negative and smaller than num_classes; check the labels or num_classes"
        )
    return Tensor._of((labels[..., None] == np.arange(classes)).astype(np.int64))

"""Layers, activations and losses as functions: `import picograd.nn.functional as F`.

`inplace` is accepted and changes nothing: the result is always a new Tensor.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import functions
from ..ops import activation, contraction, elementwise, loss, movement
from ..random import default_generator
from ..tensor import Tensor

linear = contraction.linear


# ---- activations ---------------------------------------------------------------------------------------------------


def relu(input: Any, inplace: bool = False) -> Any:
    """max(x, 0)"""
    return elementwise.relu(input)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x where x > 0, else negative_slope * x"""
    return elementwise.leaky_relu(input, negative_slope)


def relu6(input: Any, inplace: bool = False) -> Any:
    """min(max(x, 0), 6)"""
    return hardtanh(input, 0.0, 6.0)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """min(max(x, min_val), max_val); unlike clamp's, the derivative at the bounds is 0."""
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val {min_val}, max_val {max_val}: the first must be smaller; swap them")
    x = Tensor._constant(input)
    bounded = x.detach().clamp(min_val, max_val).type(x.dtype)
    return functions.where((x.value > min_val) & (x.value < max_val), x, bounded)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where x > 0, else alpha (e^x - 1)"""
    x = Tensor._constant(input)
    t = elementwise.tanh(elementwise.clamp(x, max=0) * 0.5)
    return elementwise.relu(x) + alpha * 2 * t / (1 - t)  # 2t / (1 - t) is e^x - 1 without its cancellation at 0


def silu(input: Any, inplace: bool = False) -> Any:
    """x sigmoid(x)"""
    return input * elementwise.sigmoid(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + e^(beta x)) / beta; x itself where beta x > threshold"""
    x = Tensor._constant(input)
    return functions.where(x.value * beta > threshold, x, loss.softplus(x * beta) / beta)


def logsigmoid(input: Any) -> Any:
    """log(1 / (1 + e^-x))"""
    return -loss.softplus(-Tensor._constant(input))


def sigmoid(input: Any) -> Any:
    """1 / (1 + e^-x)"""
    return elementwise.sigmoid(input)


def tanh(input: Any) -> Any:
    """(e^x - e^-x) / (e^x + e^-x)"""
    return elementwise.tanh(input)


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """e^x / sum(e^x) along the axis `dim`; `dtype`: that of the computation and the result."""
    return activation.softmax(*_over_axis("softmax", input, dim, dtype))


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """x - log(sum(e^x)) along the axis `dim`; `dtype`: that of the computation and the result."""
    return activation.log_softmax(*_over_axis("log_softmax", input, dim, dtype))


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """softmax(-x)"""
    x, axis = _over_axis("softmin", input, dim, dtype)
    return activation.softmax(-x, axis)


def _over_axis(op: str, input: Any, dim: int | None, dtype: Any) -> tuple[Any, int]:
    """The input in `dtype`, and the axis: without `dim` PyTorch's guess, with a warning."""
    x = Tensor._constant(input)
    if dim is None:
        warnings.warn(
            f"Implicit dimension choice for {op} has been deprecated. Change the call to include dim=X as an argument.",
            stacklevel=3,
        )
        dim = 0 if x.ndim in (0, 1, 3) else 1
    return (x if dtype is None else x.type(dtype)), dim


# ---- dropout -------------------------------------------------------------------------------------------------------


def check_probability(p: float, op: str) -> None:
    """Raise unless p is a probability."""
    if not 0 <= p <= 1:
        raise ValueError(f"{op}: p={p}: dropout probability has to be between 0 and 1; give the share that becomes 0")


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element 0 with probability p, else x / (1 - p); x itself unless `training`.

    p is rounded to 1 / 65536.
    """
    check_probability(p, "dropout")
    if not training or p == 0:
        return input
    x = Tensor._constant(input)
    return x * _mask(x.shape, p, x.dtype.type if x.dtype.kind == "f" else np.float32)


def _mask(shape: tuple[int, ...], p: float, dtype: Any) -> np.ndarray[Any, Any]:
    """0 with probability p, else 1 / (1 - p)."""
    bits: type[np.unsignedinteger[Any]] = np.uint8 if (p * 256).is_integer() else np.uint16
    width = np.dtype(bits).itemsize
    size = contraction.size(shape)
    # Raw words from the bit generator, 8 or 4 elements each: a tenth of the time of floats from the generator.
    words = default_generator.rng.bit_generator.random_raw(-(-size * width // 8))
    drawn = words.view(bits)[:size].reshape(shape)
    mask: np.ndarray[Any, Any] = (drawn >= round(p * 256**width)).astype(dtype)
    if p < 1:
        mask *= dtype(1 / (1 - p))
    return mask


# ---- losses --------------------------------------------------------------------------------------------------------


def _reduction(op: str, reduction: str, size_average: Any, reduce: Any, known: tuple[str, ...] = ()) -> str:
    """The way to reduce, from its name or PyTorch's older arguments; ValueError for one that isn't known."""
    if size_average is not None or reduce is not None:
        averaged, reduced = (True if flag is None else flag for flag in (size_average, reduce))
        reduction = "none" if not reduced else "mean" if averaged else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=4,
        )
    known = ("none", "mean", "sum", *known)
    if reduction not in known:
        raise ValueError(f"{op}: {reduction} is not a valid value for reduction; give one of {', '.join(known)}")
    return reduction


def _reduced(losses: Any, reduction: str) -> Any:
    """The elements' losses as they are, or their mean or sum."""
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _pair(op: str, input: Any, target: Any) -> tuple[Any, Any]:
    """Input and target as Tensors, of one shape: broadcasting here is nearly always a mistake, (N,) for (N, 1)."""
    x, y = Tensor._constant(input), Tensor._constant(target)
    if x.shape != y.shape:
        raise ValueError(
            f"{op}: input {x.shape} and target {y.shape}: their shapes must be equal; reshape or squeeze one of them"
        )
    if x.dtype.kind not in "fV":
        raise TypeError(f"{op}: input of {x.dtype}: it must be floats; convert it with float()")
    return x, y


def _weighted(op: str, losses: Any, weight: Any) -> Any:
    """losses * weight, which may broadcast to the losses but not beyond."""
    if weight is None:
        return losses
    if not _broadcasts(np.shape(weight), losses.shape):
        raise ValueError(
            f"{op}: weight {np.shape(weight)} and input {losses.shape}: the weight must broadcast to the input; "
            f"reshape it"
        )
    return losses * weight


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether an array of `shape` broadcasts to the shape `to`."""
    padded = (1,) * (len(to) - len(shape)) + shape
    return len(padded) == len(to) and all(n in (1, m) for n, m in zip(padded, to, strict=True))


def _regression(op: str, losses: Any, weight: Any, reduction: str, over_weights: bool = True) -> Any:
    """The reduced losses of a regression; a weighted mean is over the sum of weights."""
    if weight is not None:
        if np.shape(weight) != losses.shape:
            raise ValueError(
                f"{op}: weight {np.shape(weight)} and input {losses.shape}: Weights and input must have the same size; "
                f"reshape the weight"
            )
        losses = losses * weight
        if reduction == "mean" and over_weights:
            return losses.sum() / Tensor._constant(weight).sum()
    return _reduced(losses, reduction)


def mse_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """(x - y)^2"""
    reduction = _reduction("mse_loss", reduction, size_average, reduce)
    x, y = _pair("mse_loss", input, target)
    return _regression("mse_loss", elementwise.square(x - y), weight, reduction)


def l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """|x - y|"""
    reduction = _reduction("l1_loss", reduction, size_average, reduce)
    x, y = _pair("l1_loss", input, target)
    return _regression("l1_loss", elementwise.abs_(x - y), weight, reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """d^2 / 2 where |d| < delta, else delta (|d| - delta / 2), for d = x - y"""
    reduction = _reduction("huber_loss", reduction, None, None)
    if delta <= 0:
        raise ValueError(f"huber_loss: delta={delta}: huber_loss does not support non-positive values for delta")
    x, y = _pair("huber_loss", input, target)
    return _regression("huber_loss", _huber(x - y, delta), weight, reduction, over_weights=False)


def smooth_l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, for d = x - y"""
    reduction = _reduction("smooth_l1_loss", reduction, size_average, reduce)
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta={beta}: smooth_l1_loss does not support negative values for beta")
    x, y = _pair("smooth_l1_loss", input, target)
    return _reduced(elementwise.abs_(x - y) if beta == 0 else _huber(x - y, beta) / beta, reduction)


def _huber(d: Any, delta: float) -> Any:
    bounded = elementwise.clamp(d, -delta, delta)
    return bounded * (d - 0.5 * bounded)


def kl_div(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    log_target: bool = False,
) -> Any:  # fmt: skip
    """y (log y - x): x are log-probabilities, y probabilities (`log_target`: their logarithms).

    reduction="batchmean" divides the sum by N: that is the Kullback-Leibler divergence; "mean" divides by all elements.
    """
    reduction = _reduction("kl_div", reduction, size_average, reduce, ("batchmean",))
    x, y = _pair("kl_div", input, target)
    if log_target:
        losses = elementwise.exp(y) * (y - x)
    else:
        losses = y * (elementwise.log(y + (y.value == 0)) - x)  # 0 log 0 is 0
    if reduction == "batchmean":
        return losses.sum() / (x.shape[0] if x.ndim else 1)
    return _reduced(losses, reduction)


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """-(y log x + (1 - y) log(1 - x)): x is the probability of y = 1."""
    reduction = _reduction("binary_cross_entropy", reduction, size_average, reduce)
    x, y = _pair("binary_cross_entropy", input, target)
    if ((x.value < 0) | (x.value > 1)).any():
        raise ValueError(
            f"binary_cross_entropy: input from {x.value.min():.4g} to {x.value.max():.4g}: all elements of input "
            f"should be between 0 and 1; apply sigmoid(), or use binary_cross_entropy_with_logits"
        )
    return _reduced(_weighted("binary_cross_entropy", loss.binary_cross_entropy(x, y), weight), reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", pos_weight: Any = None,
) -> Any:  # fmt: skip
    """`binary_cross_entropy` of sigmoid(x), stable for any x. `pos_weight`: what y = 1 counts, broadcast to x."""
    op = "binary_cross_entropy_with_logits"
    reduction = _reduction(op, reduction, size_average, reduce)
    x, y = _pair(op, input, target)
    factor: Any = 1.0
    if pos_weight is not None:
        factor = np.asarray(pos_weight, x.dtype)
        if not _broadcasts(factor.shape, x.shape):
            raise ValueError(
                f"{op}: pos_weight {factor.shape} and input {x.shape}: it must broadcast to the input; reshape it"
            )
    losses = loss.binary_cross_entropy_with_logits(x, y, factor)
    return _reduced(_weighted(op, losses, weight), reduction)


def nll_loss(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100,
    reduce: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """-x[n, y[n]]: log-probabilities (N, C), (C,) or (N, C, d1, ...), labels (N,), () or (N, d1, ...).

    `weight` (C,): what each class counts; a mean is over the sum of what counts. Labels equal to `ignore_index` don't.
    """
    reduction = _reduction("nll_loss", reduction, size_average, reduce)
    x, labels, shape = _samples("nll_loss", Tensor._constant(input), _array(target))
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
    reduction = _reduction(op, reduction, size_average, reduce)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{op}: label_smoothing={label_smoothing}: label_smoothing must be between 0.0 and 1.0")
    x = Tensor._constant(input)
    y = _array(target)
    if y.dtype.kind == "f" and y.shape == x.shape and x.ndim:
        return _probabilities(x, target, weight, ignore_index, reduction, label_smoothing)
    x, labels, shape = _samples(op, x, y)
    labels, counts, total = _labels(op, x, labels, weight, ignore_index)
    if not label_smoothing:
        result = loss.cross_entropy(x, labels, counts, {"none": None, "sum": 1.0, "mean": total}[reduction])
    else:
        wanted = loss.one_hot(labels, x) * (1 - label_smoothing)  # (N, C)
        smooth = np.full(x.shape, label_smoothing / x.shape[1], x.dtype)
        if counts is not None:
            wanted *= counts[:, None]
            smooth[_array(target).reshape(-1) == ignore_index] = 0
        if weight is not None:
            smooth *= _array(weight)
        result = loss.soft_cross_entropy(x, wanted + smooth)
        if reduction != "none":
            result = result.sum() * ((1 / total if total else np.nan) if reduction == "mean" else 1.0)
    return result.reshape(shape) if reduction == "none" and len(shape) != 1 else result


def _probabilities(x: Any, target: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float) -> Any:
    """`cross_entropy` for targets that are probabilities."""
    if ignore_index >= 0:
        raise ValueError(
            f"cross_entropy: ignore_index={ignore_index} with a target of floats: they are probabilities, not labels; "
            f"leave it out, or convert the target with long()"
        )
    _check_floats("cross_entropy", x)
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
    return losses.reshape(shape) if reduction == "none" and len(shape) != 1 else _reduced(losses, reduction)


def _array(x: Any) -> np.ndarray[Any, Any]:
    return x.value if isinstance(x, Tensor) else np.asarray(x)


def _check_floats(op: str, x: Any) -> None:
    if x.dtype.kind not in "fV":
        raise TypeError(f"{op}: input of {x.dtype}: it must be floats; convert it with float()")


def _rows(x: Any) -> Any:
    """(N, C), (C,) or (N, C, d1, ...) -> (all samples, C)"""
    if x.ndim == 2:
        return x
    return x.reshape(1, -1) if x.ndim == 1 else movement.movedim(x, 1, -1).reshape(-1, x.shape[1])


def _samples(op: str, x: Any, target: np.ndarray[Any, Any]) -> tuple[Any, np.ndarray[Any, Any], tuple[int, ...]]:
    """The input as (N, C), the labels as (N,), and the shape of the losses; checked."""
    _check_floats(op, x)
    shape = x.shape[:1] + x.shape[2:] if x.ndim > 1 else ()
    if not x.ndim or target.shape != shape:
        raise ValueError(
            f"{op}: input {x.shape} and target {target.shape}: for logits (N, C) or (N, C, d1, ...) the labels are "
            f"(N,) or (N, d1, ...); reshape or squeeze the target, or give probabilities (floats) in the input's shape"
        )
    if target.dtype.kind not in "iu":
        raise TypeError(
            f"{op}: target of {target.dtype}, shape {target.shape}: class labels must be integers; "
            f"convert it with long()"
        )
    return (x, target, shape) if x.ndim == 2 else (_rows(x), target.reshape(-1), shape)


def _class_weights(op: str, weight: Any, x: Any) -> np.ndarray[Any, Any]:
    """The weight of each class as an array (C,) in the dtype of x (N, C)."""
    weights = _array(weight).astype(x.dtype, copy=False)
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
    classes = x.shape[1]
    inside = (labels >= 0) & (labels < classes)
    counts = None
    if 0 <= ignore_index < classes or not inside.all():
        kept = labels != ignore_index
        wrong = labels[kept & ~inside]
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


# ---- vectors -------------------------------------------------------------------------------------------------------


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """(...) labels -> (..., num_classes): 1 (int64) at the label, else 0; -1: as many classes as are needed."""
    labels = _array(tensor)
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

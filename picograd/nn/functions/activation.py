"""Activations. With `inplace` the result is the input Tensor itself, which then has the new value."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ... import functions
from ...inplace import overwrite
from ...ops import activation, elementwise, loss
from ...ops.movement import one_axis
from ...random import rng_of
from ...recording import is_grad_enabled
from ...tensor import Tensor

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
]


def relu(input: Any, inplace: bool = False) -> Any:
    """max(x, 0)"""
    return overwrite(input, "relu_", elementwise.relu) if inplace else elementwise.relu(input)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x where x > 0, else negative_slope * x"""
    if inplace:
        return overwrite(input, "leaky_relu_", elementwise.leaky_relu, negative_slope)
    return elementwise.leaky_relu(input, negative_slope)


def relu6(input: Any, inplace: bool = False) -> Any:
    """min(max(x, 0), 6)"""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """min(max(x, min_val), max_val); unlike clamp's, the derivative at the bounds is 0."""
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val {min_val}, max_val {max_val}: the first must be smaller; swap them")
    if inplace:
        return overwrite(input, "hardtanh_", hardtanh, min_val, max_val)
    x = Tensor._constant(input)
    bounded = x.detach().clamp(min_val, max_val).type(x.dtype)
    return functions.where((x.value > min_val) & (x.value < max_val), x, bounded)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where x > 0, else alpha (e^x - 1)"""
    if inplace:
        return overwrite(input, "elu_", elu, alpha)
    x = Tensor._constant(input)
    t = elementwise.tanh(elementwise.clamp(x, max=0) * 0.5)
    return elementwise.relu(x) + alpha * 2 * t / (1 - t)  # 2t / (1 - t) is e^x - 1 without its cancellation at 0


def silu(input: Any, inplace: bool = False) -> Any:
    """x sigmoid(x)"""
    if inplace:
        return overwrite(input, "silu_", silu)
    return activation.silu(input)


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
    x, axis = _over_axis("softmax", input, dim, dtype)
    return activation.softmax(x, axis)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """x - log(sum(e^x)) along the axis `dim`; `dtype`: that of the computation and the result."""
    x, axis = _over_axis("log_softmax", input, dim, dtype)
    return activation.log_softmax(x, axis)


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


def gelu(input: Any, approximate: str = "none") -> Any:
    """x P(x) with the standard normal distribution P; approximate="tanh": P made of a tanh."""
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate={approximate!r}: approximate argument must be either none or tanh")
    op = activation.gelu if approximate == "none" else activation.gelu_tanh
    return op(input, [] if is_grad_enabled() and getattr(input, "requires_grad", False) else None)


def selu(input: Any, inplace: bool = False) -> Any:
    """scale * elu(x, alpha), with the two numbers that keep mean 0 and variance 1 from layer to layer."""
    if inplace:
        return overwrite(input, "selu_", selu)
    return elu(input, 1.6732632423543772) * 1.0507009873554805


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """max(x, 0) + min(alpha (e^(x / alpha) - 1), 0)"""
    if alpha == 0:
        raise ValueError("celu: alpha=0: ZeroDivisionError: alpha cannot be 0 for CELU; give another number")
    if inplace:
        return overwrite(input, "celu_", celu, alpha)
    return elu(Tensor._constant(input) / alpha) * alpha


def mish(input: Any, inplace: bool = False) -> Any:
    """x tanh(log(1 + e^x))"""
    if inplace:
        return overwrite(input, "mish_", mish)
    return input * elementwise.tanh(loss.softplus(input))


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """min(max(x + 3, 0), 6) / 6"""
    if inplace:
        return overwrite(input, "hardsigmoid_", hardsigmoid)
    return relu6(Tensor._constant(input) + 3.0) / 6


def hardswish(input: Any, inplace: bool = False) -> Any:
    """x min(max(x + 3, 0), 6) / 6"""
    if inplace:
        return overwrite(input, "hardswish_", hardswish)
    return input * hardsigmoid(input)


def softsign(input: Any) -> Any:
    """x / (1 + |x|)"""
    return input / (elementwise.abs_(input) + 1)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """x - lambd above lambd, x + lambd below -lambd, else 0"""
    if lambd < 0:
        raise ValueError(f"softshrink: lambd={lambd}: lambda must be greater or equal to 0; give such a number")
    x = Tensor._constant(input)
    # Not x - clamp(x): infinity less infinity is nan, and at a bound the derivative of clamp would count.
    return functions.where(np.abs(x.value) > lambd, x - lambd * elementwise.sign(x.detach()), _as_zero(x))


hardshrink, prelu = functions.hardshrink, functions.prelu  # methods of a Tensor, too


def _as_zero(x: Any) -> Any:
    """0, or nan where x is nan."""
    return Tensor._of(np.where(np.isnan(x.value), x.value, x.dtype.type(0)))


def tanhshrink(input: Any) -> Any:
    """x - tanh x"""
    return input - elementwise.tanh(input)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x where x > threshold, else value"""
    if inplace:
        return overwrite(input, "threshold_", _threshold, threshold, value)
    x = Tensor._constant(input)
    return functions.where(~(x.value <= threshold), x, Tensor._of(np.asarray(value, x.dtype)))


_threshold = threshold  # within these functions the name is the number's


def glu(input: Any, dim: int = -1) -> Any:
    """a sigmoid(b), where a and b are the two halves of x along `dim`."""
    x = Tensor._constant(input)
    if not x.ndim:
        raise ValueError("glu: a 0-d Tensor: it has no halves; give at least one axis")
    k = one_axis(dim, x.ndim, "glu")
    if x.shape[k] % 2:
        raise ValueError(
            f"glu: input {x.shape}, dim {dim}: Halving dimension must be even, but its size is {x.shape[k]}; "
            f"choose another axis"
        )
    half = x.shape[k] // 2
    at = (slice(None),) * k
    return x[(*at, slice(half))] * elementwise.sigmoid(x[(*at, slice(half, None))])


def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """x where x > 0, else a x; a is drawn from [lower, upper] for each element in training, else their mean."""
    if not lower <= upper:
        raise ValueError(f"rrelu: lower={lower}, upper={upper}: Lower bound should be less than or equal to the upper")
    if inplace:
        return overwrite(input, "rrelu_", rrelu, lower, upper, training)
    x = Tensor._constant(input)
    if not training:
        return elementwise.leaky_relu(x, (lower + upper) / 2)
    slope = rng_of(None).uniform(lower, upper, x.shape).astype(x.dtype)
    return x * np.where(x.value > 0, x.dtype.type(1), slope)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """softmax((x + noise) / tau), the noise from the Gumbel distribution: a draw from softmax(x), as tau nears 0.

    `hard`: the result is one-hot, its gradient still that of the soft one.
    """
    x = Tensor._constant(logits)
    noise = Tensor._of(rng_of(None).gumbel(size=x.shape).astype(x.dtype))
    soft = activation.softmax((x + noise) / tau, dim)
    if not hard:
        return soft
    k = one_axis(dim, x.ndim, "gumbel_softmax")
    best = np.argmax(soft.value, axis=k, keepdims=True)
    at = np.arange(x.shape[k]).reshape((-1,) + (1,) * (x.ndim - 1 - k))
    return Tensor._of((best == at).astype(x.dtype)) - soft.detach() + soft


# ---- in place, under PyTorch's names -------------------------------------------------------------------------------


def relu_(input: Any) -> Any:
    """`relu` in place"""
    return relu(input, inplace=True)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """`leaky_relu` in place"""
    return leaky_relu(input, negative_slope, inplace=True)


def elu_(input: Any, alpha: float = 1.0) -> Any:
    """`elu` in place"""
    return elu(input, alpha, inplace=True)


def selu_(input: Any) -> Any:
    """`selu` in place"""
    return selu(input, inplace=True)


def celu_(input: Any, alpha: float = 1.0) -> Any:
    """`celu` in place"""
    return celu(input, alpha, inplace=True)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """`hardtanh` in place"""
    return hardtanh(input, min_val, max_val, inplace=True)


def rrelu_(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Any:
    """`rrelu` in place"""
    return rrelu(input, lower, upper, training, inplace=True)


def threshold_(input: Any, threshold: float, value: float) -> Any:
    """`threshold` in place"""
    return _threshold(input, threshold, value, inplace=True)

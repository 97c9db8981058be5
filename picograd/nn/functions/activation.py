"""Activations beyond those of `nn.functional` itself. `inplace` is accepted and changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import functions
from ...ops import activation, elementwise, loss
from ...ops.movement import one_axis
from ...random import rng_of
from ...tensor import Tensor
from .. import functional as F  # which takes in this file: it is complete when a function here runs

__all__ = [
    "celu",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "mish",
    "prelu",
    "rrelu",
    "selu",
    "softshrink",
    "softsign",
    "tanhshrink",
    "threshold",
]


def gelu(input: Any, approximate: str = "none") -> Any:
    """x P(x) with the standard normal distribution P; approximate="tanh": P made of a tanh."""
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate={approximate!r}: approximate argument must be either none or tanh")
    return activation.gelu(input) if approximate == "none" else activation.gelu_tanh(input)


def selu(input: Any, inplace: bool = False) -> Any:
    """scale * elu(x, alpha), with the two numbers that keep mean 0 and variance 1 from layer to layer."""
    return F.elu(input, 1.6732632423543772) * 1.0507009873554805


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """max(x, 0) + min(alpha (e^(x / alpha) - 1), 0)"""
    if alpha == 0:
        raise ValueError("celu: alpha=0: ZeroDivisionError: alpha cannot be 0 for CELU; give another number")
    return F.elu(Tensor._constant(input) / alpha) * alpha


def mish(input: Any, inplace: bool = False) -> Any:
    """x tanh(log(1 + e^x))"""
    return input * elementwise.tanh(loss.softplus(input))


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """min(max(x + 3, 0), 6) / 6"""
    return F.relu6(Tensor._constant(input) + 3.0) / 6


def hardswish(input: Any, inplace: bool = False) -> Any:
    """x min(max(x + 3, 0), 6) / 6"""
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


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x where |x| > lambd, else 0"""
    x = Tensor._constant(input)
    return functions.where(~(np.abs(x.value) <= lambd), x, _as_zero(x))


def _as_zero(x: Any) -> Any:
    """0, or nan where x is nan."""
    return Tensor._of(np.where(np.isnan(x.value), x.value, x.dtype.type(0)))


def tanhshrink(input: Any) -> Any:
    """x - tanh x"""
    return input - elementwise.tanh(input)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x where x > threshold, else value"""
    x = Tensor._constant(input)
    return functions.where(~(x.value <= threshold), x, Tensor._of(np.asarray(value, x.dtype)))


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


def prelu(input: Any, weight: Any) -> Any:
    """x where x > 0, else weight * x; `weight` is one number, or one for each channel C of (N, C, ...)."""
    x, slope = Tensor._constant(input), Tensor._constant(weight)
    if slope.numel() != 1:
        channels = x.shape[1] if x.ndim > 1 else 1
        if slope.ndim != 1 or slope.numel() != channels or not x.ndim:
            raise ValueError(
                f"prelu: input {x.shape} and weight {slope.shape}: the weight must be one number, or one for each of "
                f"the {channels} channels (axis 1); reshape it"
            )
        slope = slope.reshape((-1,) + (1,) * (x.ndim - 2)) if x.ndim > 2 else slope
    elif slope.ndim > x.ndim:
        slope = slope.reshape(())
    return functions.where(x.value > 0, x, slope * x)


def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """x where x > 0, else a x; a is drawn from [lower, upper] for each element in training, else their mean."""
    if not lower <= upper:
        raise ValueError(f"rrelu: lower={lower}, upper={upper}: Lower bound should be less than or equal to the upper")
    x = Tensor._constant(input)
    if not training:
        return elementwise.leaky_relu(x, (lower + upper) / 2)
    slope = rng_of(None).uniform(lower, upper, x.shape).astype(x.dtype)
    return x * np.where(x.value > 0, x.dtype.type(1), slope)


def gumbel_softmax(logits: Any, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
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

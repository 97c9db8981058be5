"""Activations over an axis: softmax and its logarithm; and gates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import engine
from ..kernels import definition
from .elementwise import sigmoid, sigmoid_values
from .movement import one_axis
from .primitive import Array, primitive
from .special import erf_of, erf_values, in_blocks


@primitive(floating=True)
@definition("numba_softmax", least=4096)
def softmax(x: Array, axis: int = -1) -> Array:
    """e^x / sum(e^x) along `axis`."""
    k = one_axis(axis, max(x.ndim, 1), "softmax")
    if not x.size or not x.ndim:
        return np.ones_like(x)
    e = x - x.max(k, keepdims=True)  # exp overflows above 88
    np.exp(e, out=e)
    e /= e.sum(k, keepdims=True)
    return e


@definition("numba_softmax", least=4096)
def softmax_x(g: Array, out: Array, axis: int) -> Array:
    """y (g - sum(g y)) for the result y"""
    return out * (g - total(g * out, axis))


softmax.rule(x=softmax_x)


@primitive(floating=True)
@definition("numba_softmax", least=4096)
def log_softmax(x: Array, axis: int = -1) -> Array:
    """x - log(sum(e^x)) along `axis`."""
    k = one_axis(axis, max(x.ndim, 1), "log_softmax")
    if not x.size or not x.ndim:
        return x * 0
    out = x - x.max(k, keepdims=True)
    out -= np.log(np.exp(out).sum(k, keepdims=True))
    return out


@definition("numba_softmax", least=4096)
def log_softmax_x(g: Array, out: Array, axis: int) -> Array:
    """g - e^y sum(g) for the result y"""
    return g - np.exp(out) * total(g, axis)


log_softmax.rule(x=log_softmax_x)


def total(x: Array, axis: int) -> Array:
    """The sum along an axis, which stays with size 1."""
    return x.sum(axis=axis, keepdims=True) if x.ndim else x


# ---- gates: x times something between 0 and 1 ----------------------------------------------------------------------


def gelu_block(x: Array) -> Array:
    """The formula of `gelu` on a block of an array."""
    out = erf_values(x * x.dtype.type(math.sqrt(0.5)))
    out += 1
    out *= x
    out *= x.dtype.type(0.5)
    return out


def gelu_slope_block(x: Array) -> Array:
    """The formula of `gelu_slope` on a block of an array."""
    out = x * x
    out *= -0.5
    np.exp(out, out=out)
    out *= 1 / math.sqrt(2 * math.pi)
    out *= x
    distribution = erf_values(x * x.dtype.type(math.sqrt(0.5)))
    distribution *= 0.5
    distribution += 0.5
    out += distribution
    return out


def bell(x: Array) -> Array:
    """The density of the standard normal distribution."""
    return np.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


def gelu_slope(x: Array) -> Array:
    """P + x p, with the standard normal distribution P and its density p"""
    return 0.5 + 0.5 * erf_of(x * math.sqrt(0.5)) + x * bell(x)


@primitive(floating=True)
@definition("numba_activation", least=4096)
def gelu(x: Array) -> Array:
    """x P(x), where P(x) = (1 + erf(x / sqrt 2)) / 2 is the standard normal distribution."""
    return in_blocks(gelu_block, np.atleast_1d(x)).reshape(x.shape)


@definition("numba_activation", least=4096)
def gelu_x(g: Array, x: Array) -> Array:
    """g (P + x p)"""
    return g * (in_blocks(gelu_slope_block, x) if type(x) is np.ndarray and x.ndim else gelu_slope(x))


gelu.rule(x=gelu_x)

STEEP, CUBIC = math.sqrt(2 / math.pi), 0.044715


def bend(x: Array) -> Array:
    """tanh(sqrt(2 / pi) (x + 0.044715 x^3)), which is nearly erf(x / sqrt 2)"""
    return np.tanh((x * x * (STEEP * CUBIC) + STEEP) * x)


def gelu_tanh_block(x: Array) -> Array:
    """The formula of `gelu_tanh` on a block of an array."""
    return (bend(x) + 1) * x * 0.5


def gelu_tanh_slope(x: Array) -> Array:
    """(1 + t) / 2 + x (1 - t^2) u' / 2 for t = tanh u"""
    t = bend(x)
    return 0.5 + 0.5 * t + (0.5 * x) * (1 - t * t) * (x * x * (3 * STEEP * CUBIC) + STEEP)


@primitive(floating=True)
@definition("numba_activation", least=4096)
def gelu_tanh(x: Array) -> Array:
    """x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2"""
    return in_blocks(gelu_tanh_block, np.atleast_1d(x)).reshape(x.shape)


@definition("numba_activation", least=4096)
def gelu_tanh_x(g: Array, x: Array) -> Array:
    """g times the slope"""
    return g * (in_blocks(gelu_tanh_slope, x) if type(x) is np.ndarray and x.ndim else gelu_tanh_slope(x))


gelu_tanh.rule(x=gelu_tanh_x)


@primitive(floating=True)
@definition("numba_activation", least=4096)
def silu(x: Array) -> Array:
    """x sigmoid(x)"""
    return x * sigmoid_values(x)


def sigmoid_of(x: Any) -> Any:
    """sigmoid in a rule, where x may be an array or a Tensor: NumPy has no function that would tell them apart."""
    s = sigmoid(x)
    return s if isinstance(x, engine.box) else s.value


@definition("numba_activation", least=4096)
def silu_x(g: Array, x: Array) -> Array:
    """g (s + x s (1 - s)) for s = sigmoid(x)"""
    s = sigmoid_of(x)
    return g * (s * (1 + x * (1 - s)))


silu.rule(x=silu_x)

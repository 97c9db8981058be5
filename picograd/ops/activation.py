"""Activations over an axis: softmax and its logarithm; and gates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import engine
from ..kernels import definition
from ..kernels.coefficients import ERF
from .elementwise import sigmoid, sigmoid_values
from .movement import one_axis
from .primitive import Array, primitive
from .special import erf_of, erf_values, in_blocks, polynomial


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


# q in erf(x / sqrt 2) = tanh(x q(x^2)), for float32
GELU = [c * 2.0 ** (k - len(ERF)) * math.sqrt(0.5) for k, c in enumerate(ERF, 1)]


def gelu_block(x: Array, out: Array) -> None:
    """The formula of `gelu` on a block of an array."""
    if x.dtype == np.float32:
        u = polynomial(GELU, x * x)  # which grows also where it is no fit any more, and tanh is 1 there
        u *= x
        np.tanh(u, out=out)
    else:
        out[...] = erf_values(x * x.dtype.type(math.sqrt(0.5)))
    out += 1
    out *= x
    out *= x.dtype.type(0.5)


def share_passed(y: Array, x: Array) -> Array:
    """y / x for arrays, 1 / 2 where x is 0."""
    share = np.abs(x)
    other_than_0 = share > 1e-30
    share.fill(0.5)
    return np.divide(y, x, out=share, where=other_than_0)


def gelu_gradient_block(g: Array, x: Array, y: Array, out: Array) -> None:
    """The formula of `gelu_x` on a block of arrays, with P = y / x."""
    np.multiply(x, x, out=out)
    out *= -0.5
    np.exp(out, out=out)
    out *= 1 / math.sqrt(2 * math.pi)
    out *= x
    out += share_passed(y, x)
    out *= g


def bell(x: Array) -> Array:
    """The density of the standard normal distribution."""
    return np.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


def gelu_slope(x: Array) -> Array:
    """P + x p, with the standard normal distribution P and its density p"""
    return 0.5 + 0.5 * erf_of(x * math.sqrt(0.5)) + x * bell(x)


def gradient_in_blocks(block: Any, slope: Any, g: Array, x: Array, y: Array) -> Array:
    """g slope(x): of arrays by what computes it for a block, with the help of the result y."""
    if type(g) is type(x) is np.ndarray and x.ndim and g.dtype == x.dtype:
        return in_blocks(block, g, x, y)
    return g * slope(x)


@primitive(floating=True)
@definition("numba_activation", least=4096)
def gelu(x: Array) -> Array:
    """x P(x), where P(x) = (1 + erf(x / sqrt 2)) / 2 is the standard normal distribution."""
    return in_blocks(gelu_block, np.atleast_1d(x)).reshape(x.shape)


@definition("numba_activation", least=4096)
def gelu_x(g: Array, x: Array, out: Array) -> Array:
    """g (P + x p)"""
    return gradient_in_blocks(gelu_gradient_block, gelu_slope, g, x, out)


gelu.rule(x=gelu_x)

STEEP, CUBIC = math.sqrt(2 / math.pi), 0.044715


def bend(x: Array) -> Array:
    """tanh(sqrt(2 / pi) (x + 0.044715 x^3)), which is nearly erf(x / sqrt 2)"""
    return np.tanh((x * x * (STEEP * CUBIC) + STEEP) * x)


def gelu_tanh_block(x: Array, out: Array) -> None:
    """The formula of `gelu_tanh` on a block of an array."""
    np.multiply(bend(x) + 1, x, out=out)
    out *= 0.5


def gelu_tanh_gradient_block(g: Array, x: Array, y: Array, out: Array) -> None:
    """The formula of `gelu_tanh_x` on a block of arrays, with s = (1 + t) / 2 = y / x: s + 2 x s (1 - s) u'"""
    s = share_passed(y, x)
    np.multiply(x, x, out=out)
    out *= 6 * STEEP * CUBIC
    out += 2 * STEEP
    out *= x
    out *= 1 - s
    out += 1
    out *= s
    out *= g


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
def gelu_tanh_x(g: Array, x: Array, out: Array) -> Array:
    """g times the slope"""
    return gradient_in_blocks(gelu_tanh_gradient_block, gelu_tanh_slope, g, x, out)


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

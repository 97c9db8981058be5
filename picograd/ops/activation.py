"""Activations over an axis: softmax and its logarithm; and gates."""

from __future__ import annotations

import math
from collections.abc import Callable
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
    k = one_axis(axis, x.ndim or 1, "log_softmax")
    if not x.size or not x.ndim:
        return x * 0
    if x.size == x.shape[k]:  # a single row: its maximum and its sum are numbers, which takes 2 us less
        out = x - x.item(x.argmax())
        return out - np.log(np.exp(out).sum())
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


def gate(block: Callable[..., None], x: Array, kept: Any) -> Array:
    """What block(x, slope, out) writes into `out`. A list `kept` takes the derivative, which it then writes as well."""
    if kept is None:
        return in_blocks(lambda x, out: block(x, None, out), np.atleast_1d(x)).reshape(x.shape)
    slope = np.empty(x.shape, x.dtype)
    kept.append(slope)
    return in_blocks(block, np.atleast_1d(x), np.atleast_1d(slope)).reshape(x.shape)


def gate_x(g: Array, x: Array, kept: Any, slope: Callable[[Array], Array]) -> Array:
    """g slope(x), for which an array's slope may have been kept."""
    return g * (kept[0] if kept and type(g) is type(x) is np.ndarray else slope(x))


def gelu_block(x: Array, slope: Array, out: Array) -> None:
    """The formulas of `gelu` and `gelu_slope` on a block of an array."""
    square = x * x
    if x.dtype == np.float32:
        u = polynomial(GELU, square)  # which grows also where it is no fit any more, and tanh is 1 there
        u *= x
        np.tanh(u, out=out)
    else:
        out[...] = erf_values(x * x.dtype.type(math.sqrt(0.5)))
    out += 1
    out *= x.dtype.type(0.5)
    if slope is not None:
        square *= -0.5
        np.exp(square, out=square)
        square *= 1 / math.sqrt(2 * math.pi)
        square *= x
        np.add(out, square, out=slope)
    out *= x


def bell(x: Array) -> Array:
    """The density of the standard normal distribution."""
    return np.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


def gelu_slope(x: Array) -> Array:
    """P + x p, with the standard normal distribution P and its density p"""
    return 0.5 + 0.5 * erf_of(x * math.sqrt(0.5)) + x * bell(x)


@primitive(floating=True)
@definition("numba_activation", least=4096)
def gelu(x: Array, kept: Any = None) -> Array:
    """x P(x), where P(x) = (1 + erf(x / sqrt 2)) / 2 is the standard normal distribution.

    `kept`: an empty list for the derivative, which the rule then need not compute anew.
    """
    return gate(gelu_block, x, kept)


@definition("numba_activation", least=4096)
def gelu_x(g: Array, x: Array, kept: Any) -> Array:
    """g (P + x p)"""
    return gate_x(g, x, kept, gelu_slope)


gelu.rule(x=gelu_x)

STEEP, CUBIC = math.sqrt(2 / math.pi), 0.044715


def bend(x: Array) -> Array:
    """tanh(sqrt(2 / pi) (x + 0.044715 x^3)), which is nearly erf(x / sqrt 2)"""
    return np.tanh((x * x * (STEEP * CUBIC) + STEEP) * x)


def gelu_tanh_block(x: Array, slope: Array, out: Array) -> None:
    """The formulas of `gelu_tanh` on a block of an array. Its slope for s = (1 + tanh u) / 2: s + 2 x s (1 - s) u'"""
    s = bend(x)
    s += 1
    s *= 0.5
    if slope is not None:
        np.multiply(x, x, out=slope)
        slope *= 6 * STEEP * CUBIC
        slope += 2 * STEEP
        slope *= x
        slope *= 1 - s
        slope += 1
        slope *= s
    np.multiply(s, x, out=out)


def gelu_tanh_slope(x: Array) -> Array:
    """(1 + t) / 2 + x (1 - t^2) u' / 2 for t = tanh u"""
    t = bend(x)
    return 0.5 + 0.5 * t + (0.5 * x) * (1 - t * t) * (x * x * (3 * STEEP * CUBIC) + STEEP)


@primitive(floating=True)
@definition("numba_activation", least=4096)
def gelu_tanh(x: Array, kept: Any = None) -> Array:
    """x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2; `kept` as for `gelu`"""
    return gate(gelu_tanh_block, x, kept)


@definition("numba_activation", least=4096)
def gelu_tanh_x(g: Array, x: Array, kept: Any) -> Array:
    """g times the slope"""
    return gate_x(g, x, kept, gelu_tanh_slope)


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

"""Activations: one pass over memory each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import void

from .coefficients import TAIL, TAIL_END, TAIL_STEP
from .numba_math import ROW, exp, scalar, single
from .numba_math import sigmoid as at
from .numba_parts import each, loop_for

GRAIN = 1 << 16  # elements that are worth a second thread

HALF, PEAK = single(0.5), single(1 / math.sqrt(2 * math.pi))
STEEP, CUBIC = single(2 * math.sqrt(2 / math.pi)), single(0.044715)
P8, P7, P6, P5, P4, P3, P2, P1, P0 = map(single, TAIL)
STEP, END = single(TAIL_STEP), single(TAIL_END)


@scalar
def tail(size: Any, e: Any) -> Any:
    """1 - P(size) for size >= 0, e = e^(-size^2 / 2). One power of e serves P and p."""
    t = single(1) / (single(1) + STEP * size)
    p = P0 + t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * (P5 + t * (P6 + t * (P7 + t * P8)))))))
    return e * (t * p)


def gelu(x: Any, kept: Any) -> Any:
    """x P(x), as max(x, 0) - |x| (1 - P(|x|)), which is 0 at -infinity, where the definition has nan"""
    return each(gelu_loop, GRAIN, x)


@loop_for(void(ROW, ROW))
def gelu_loop(x: Any, out: Any) -> None:
    """The formula of `gelu`."""
    for i in range(x.size):
        t = x[i]
        size = END if abs(t) > END else abs(t)
        positive = single(0) if t < single(0) else t
        out[i] = positive - size * tail(size, exp(-HALF * size * size))


def gelu_x(g: Any, x: Any, kept: Any) -> Any:
    """g (P(x) + x p(x)), p(x) = e^(-x^2 / 2) / sqrt(2 pi)"""
    return each(gelu_x_loop, GRAIN, g, x)


@loop_for(void(ROW, ROW, ROW))
def gelu_x_loop(g: Any, x: Any, out: Any) -> None:
    """The formula of `gelu_x`."""
    for i in range(x.size):
        t = x[i]
        size = END if abs(t) > END else abs(t)
        e = exp(-HALF * size * size)
        out[i] = g[i] * (HALF + np.copysign(HALF - tail(size, e) + size * PEAK * e, t))


def gelu_tanh(x: Any, kept: Any) -> Any:
    """x s with s = (1 + tanh u) / 2 = sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)"""
    return each(gelu_tanh_loop, GRAIN, x)


@loop_for(void(ROW, ROW))
def gelu_tanh_loop(x: Any, out: Any) -> None:
    """The formula of `gelu_tanh`."""
    for i in range(x.size):
        t = x[i]
        out[i] = t * at(STEEP * t * (single(1) + CUBIC * t * t))


def gelu_tanh_x(g: Any, x: Any, kept: Any) -> Any:
    """g (s + x s (1 - s) (2 u)'), s and u as in `gelu_tanh`"""
    return each(gelu_tanh_x_loop, GRAIN, g, x)


@loop_for(void(ROW, ROW, ROW))
def gelu_tanh_x_loop(g: Any, x: Any, out: Any) -> None:
    """The formula of `gelu_tanh_x`."""
    for i in range(x.size):
        t = x[i]
        s = at(STEEP * t * (single(1) + CUBIC * t * t))
        out[i] = g[i] * (s + t * s * (single(1) - s) * (STEEP * (single(1) + single(3) * CUBIC * t * t)))


def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x)"""
    return each(sigmoid_loop, GRAIN, x)


@loop_for(void(ROW, ROW))
def sigmoid_loop(x: Any, out: Any) -> None:
    """The formula of `sigmoid`."""
    for i in range(x.size):
        out[i] = at(x[i])


def sigmoid_x(g: Any, out: Any) -> Any:
    """g s (1 - s)"""
    return each(sigmoid_x_loop, GRAIN, g, out)


@loop_for(void(ROW, ROW, ROW))
def sigmoid_x_loop(g: Any, s: Any, out: Any) -> None:
    """The formula of `sigmoid_x`."""
    for i in range(g.size):
        out[i] = g[i] * (s[i] * (single(1) - s[i]))


def silu(x: Any) -> Any:
    """x s with s = sigmoid(x)"""
    return each(silu_loop, GRAIN, x)


@loop_for(void(ROW, ROW))
def silu_loop(x: Any, out: Any) -> None:
    """The formula of `silu`."""
    for i in range(x.size):
        out[i] = x[i] * at(x[i])


def silu_x(g: Any, x: Any) -> Any:
    """g s (1 + x (1 - s))"""
    return each(silu_x_loop, GRAIN, g, x)


@loop_for(void(ROW, ROW, ROW))
def silu_x_loop(g: Any, x: Any, out: Any) -> None:
    """The formula of `silu_x`."""
    for i in range(x.size):
        s = at(x[i])
        out[i] = g[i] * (s * (single(1) + x[i] * (single(1) - s)))

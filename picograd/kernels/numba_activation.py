"""Activations: one pass over memory each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .coefficients import TAIL, TAIL_END, TAIL_STEP
from .numba_math import exp, fits, jit, scalar, single
from .threads import share

GRAIN = 1 << 16  # elements that are worth a second thread

HALF, PEAK = single(0.5), single(1 / math.sqrt(2 * math.pi))
P8, P7, P6, P5, P4, P3, P2, P1, P0 = map(single, TAIL)
STEP, END = single(TAIL_STEP), single(TAIL_END)


@scalar
def tail(size: Any, e: Any) -> Any:
    """1 - P(size) for size >= 0, e = e^(-size^2 / 2). One power of e serves P and p."""
    t = single(1) / (single(1) + STEP * size)
    p = P0 + t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * (P5 + t * (P6 + t * (P7 + t * P8)))))))
    return e * (t * p)


def gelu(x: Any) -> Any:
    """x P(x), as max(x, 0) - |x| (1 - P(|x|)), which is 0 at -infinity, where the definition has nan"""
    if not fits(x):
        return NotImplemented
    out = np.empty_like(x)
    flat, result = x.reshape(-1), out.reshape(-1)
    share(lambda start, stop: gelu_loop(flat[start:stop], result[start:stop]), x.size, GRAIN)
    return out


@jit
def gelu_loop(x: Any, out: Any) -> None:
    """The formula of `gelu`."""
    for i in range(x.size):
        t = x[i]
        size = END if abs(t) > END else abs(t)
        positive = single(0) if t < single(0) else t
        out[i] = positive - size * tail(size, exp(-HALF * size * size))


def gelu_x(g: Any, x: Any) -> Any:
    """g (P(x) + x p(x)), p(x) = e^(-x^2 / 2) / sqrt(2 pi)"""
    if not fits(g, x):
        return NotImplemented
    out = np.empty_like(x)
    upper, flat, result = g.reshape(-1), x.reshape(-1), out.reshape(-1)
    share(lambda start, stop: gelu_x_loop(upper[start:stop], flat[start:stop], result[start:stop]), x.size, GRAIN)
    return out


@jit
def gelu_x_loop(g: Any, x: Any, out: Any) -> None:
    """The formula of `gelu_x`."""
    for i in range(x.size):
        t = x[i]
        size = END if abs(t) > END else abs(t)
        e = exp(-HALF * size * size)
        out[i] = g[i] * (HALF + np.copysign(HALF - tail(size, e) + size * PEAK * e, t))

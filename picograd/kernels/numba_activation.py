"""Activations: one pass over memory each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .numba_math import erf, exp, fits, jit, single
from .threads import share

GRAIN = 1 << 16  # elements that are worth a second thread

HALF, ROOT_HALF, PEAK = single(0.5), single(math.sqrt(0.5)), single(1 / math.sqrt(2 * math.pi))


def gelu(x: Any) -> Any:
    """x P(x), P(x) = (1 + erf(x / sqrt 2)) / 2"""
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
        out[i] = x[i] * HALF * (single(1) + erf(x[i] * ROOT_HALF))


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
        out[i] = g[i] * (HALF * (single(1) + erf(t * ROOT_HALF)) + t * PEAK * exp(-HALF * t * t))

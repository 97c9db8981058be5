"""The rectifier: one pass over memory each, on all cores."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numba_math import fits, jit, single
from .threads import share

GRAIN = 1 << 17  # elements that are worth a second thread


def relu(x: Any) -> Any:
    """max(x, 0)"""
    if not fits(x):
        return NotImplemented
    out = np.empty_like(x)
    flat, result = x.reshape(-1), out.reshape(-1)
    share(lambda start, stop: relu_loop(flat[start:stop], result[start:stop]), x.size, GRAIN)
    return out


@jit
def relu_loop(x: Any, out: Any) -> None:
    """The formula of `relu`."""
    for i in range(x.size):
        out[i] = single(0) if x[i] <= single(0) else x[i]  # so nan stays


def relu_x(g: Any, out: Any) -> Any:
    """g where out > 0, else 0"""
    if not fits(g, out):
        return NotImplemented
    result = np.empty_like(g)
    upper, values, flat = g.reshape(-1), out.reshape(-1), result.reshape(-1)
    share(lambda start, stop: relu_x_loop(upper[start:stop], values[start:stop], flat[start:stop]), g.size, GRAIN)
    return result


@jit
def relu_x_loop(g: Any, out: Any, result: Any) -> None:
    """The formula of `relu_x`."""
    for i in range(g.size):
        result[i] = g[i] if out[i] > single(0) else single(0)

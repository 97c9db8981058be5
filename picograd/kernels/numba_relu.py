"""The rectifier: one pass over memory each, on all cores."""

from __future__ import annotations

from typing import Any

from numba import void

from .numba_math import ROW, single
from .numba_parts import each, loop_for

GRAIN = 1 << 17  # elements that are worth a second thread


def relu_of_many(x: Any) -> Any:
    """max(x, 0)"""
    return each(relu_loop, GRAIN, x)


@loop_for(void(ROW, ROW))
def relu_loop(x: Any, out: Any) -> None:
    """The formula of `relu_of_many`."""
    for i in range(x.size):
        out[i] = single(0) if x[i] <= single(0) else x[i]  # so nan stays


def relu_x(g: Any, out: Any) -> Any:
    """g where out > 0, else 0"""
    return each(relu_x_loop, GRAIN, g, out)


@loop_for(void(ROW, ROW, ROW))
def relu_x_loop(g: Any, out: Any, result: Any) -> None:
    """The formula of `relu_x`."""
    for i in range(g.size):
        result[i] = g[i] if out[i] > single(0) else single(0)

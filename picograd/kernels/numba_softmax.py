"""Softmax and its logarithm over the last axis: a row is read from memory once, and stays in the cache after that."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import void

from .numba_math import MATRIX, exp, fits, largest, scalar, single
from .numba_parts import Loop, loop_for, share_slices

GRAIN = 1 << 15  # elements that are worth a second thread
WIDE = 1 << 17  # rows of more are left to the definition: float32 sums would be off in the last places


def each_row(loop: Loop, axis: int, *arrays: Any) -> Any:
    """A new array, which loop(*arrays, new array) writes row by row, in parts on all cores."""
    if not fits(*arrays) or axis not in (-1, arrays[0].ndim - 1) or arrays[0].shape[-1] > WIDE:
        return NotImplemented
    out = np.empty_like(arrays[0])
    rows = [x.reshape(-1, x.shape[-1]) for x in (*arrays, out)]
    share_slices(loop, 1 + GRAIN // out.shape[-1], rows)
    return out


def softmax(x: Any, axis: int) -> Any:
    """e^(x - max) / sum(e^(x - max))"""
    return each_row(softmax_loop, axis, x)


@loop_for(void(MATRIX, MATRIX))
def softmax_loop(x: Any, out: Any) -> None:
    """The formula of `softmax`."""
    for i in range(x.shape[0]):
        row, result = x[i], out[i]
        top, total = largest(row), single(0)
        for j in range(row.size):
            result[j] = exp(row[j] - top)
            total += result[j]
        factor = single(1) / total
        for j in range(row.size):
            result[j] *= factor


def softmax_x(g: Any, out: Any, axis: int) -> Any:
    """y (g - sum(g y)) for the result y"""
    return each_row(softmax_x_loop, axis, g, out)


@loop_for(void(MATRIX, MATRIX, MATRIX))
def softmax_x_loop(g: Any, y: Any, out: Any) -> None:
    """The formula of `softmax_x`."""
    for i in range(g.shape[0]):
        upper, row, result = g[i], y[i], out[i]
        total = single(0)
        for j in range(row.size):
            total += upper[j] * row[j]
        for j in range(row.size):
            result[j] = row[j] * (upper[j] - total)


def log_softmax(x: Any, axis: int) -> Any:
    """x - max - log(sum(e^(x - max)))"""
    return each_row(log_softmax_loop, axis, x)


@scalar
def lowered(x: Any, top: Any, rest: Any) -> Any:
    """x - top - rest, in this order: top + rest would be rounded as coarsely as top is."""
    return (x - top) - rest


@loop_for(void(MATRIX, MATRIX))
def log_softmax_loop(x: Any, out: Any) -> None:
    """The formula of `log_softmax`."""
    for i in range(x.shape[0]):
        row, result = x[i], out[i]
        top, total = largest(row), single(0)
        for j in range(row.size):
            total += exp(row[j] - top)
        rest = np.log(total)
        for j in range(row.size):
            result[j] = lowered(row[j], top, rest)


def log_softmax_x(g: Any, out: Any, axis: int) -> Any:
    """g - e^y sum(g) for the result y"""
    return each_row(log_softmax_x_loop, axis, g, out)


@loop_for(void(MATRIX, MATRIX, MATRIX))
def log_softmax_x_loop(g: Any, y: Any, out: Any) -> None:
    """The formula of `log_softmax_x`."""
    for i in range(g.shape[0]):
        upper, row, result = g[i], y[i], out[i]
        total = single(0)
        for j in range(row.size):
            total += upper[j]
        for j in range(row.size):
            result[j] = upper[j] - exp(row[j]) * total

"""Sums over the last axes, on all cores and in vectors: NumPy takes one core, for the sake of its sums' exactness.

Here blocks are added up in vectors of float32, and their sums in float64, which is no less exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import void

from .numba_math import MATRIX, ROW, fits, inner
from .numba_parts import loop_for, share_slices

GRAIN = 1 << 15  # elements that are worth a second thread
BLOCK = 256  # elements whose sum is one of float32
LINE = 4096  # elements that are a row where all are summed
SHORT = 16  # elements of a row, below which there is no vector


def sum_of_many(x: Any, axis: Any, keepdims: bool) -> Any:
    """The sum over these axes, if they are the last ones"""
    first = x.ndim - len(axis)
    size = math.prod(x.shape[first:])
    if not fits(x) or axis != tuple(range(first, x.ndim)) or size < SHORT:
        return NotImplemented
    if first:
        return rows(x.reshape(-1, size)).reshape(x.shape[:first] + (1,) * len(axis) * keepdims)
    flat, whole = x.reshape(-1), x.size // LINE * LINE
    total = rows(flat[:whole].reshape(-1, LINE)).sum() + flat[whole:].sum()
    return total.reshape((1,) * x.ndim) if keepdims else total


def rows(x: Any) -> Any:
    """The sum of each row"""
    out = np.empty(len(x), np.float32)
    share_slices(rows_loop, 1 + GRAIN // x.shape[1], (x, out))
    return out


@loop_for(void(MATRIX, ROW))
def rows_loop(x: Any, out: Any) -> None:
    """The formula of `rows`."""
    for i in range(x.shape[0]):
        total = 0.0
        for start in range(0, x.shape[1], BLOCK):
            total += block(x[i, start : start + BLOCK])
        out[i] = total


@inner
def block(x: Any) -> Any:
    """The sum of a few elements"""
    total = x[0]
    for j in range(1, x.size):
        total += x[j]
    return total

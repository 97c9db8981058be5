"""Losses of classes: each sample's row of logits is read once from memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import int64, void

from .numba_math import MATRIX, ROW, exp, fits, largest, single
from .numba_parts import loop_for, share_slices

GRAIN = 1 << 14  # elements that are worth a second thread


def surprise(x: Any, target: Any, kept: Any) -> Any:
    """log(sum(e^(x - top))) + top - x[n, target[n]], top = max(x) in each row. Nothing is kept."""
    if not fits(x) or x.ndim != 2 or not labels(target):
        return NotImplemented
    out = np.empty(len(x), np.float32)
    share_slices(surprise_loop, 1 + GRAIN // x.shape[1], (x, target, out))
    return out


def labels(target: Any) -> bool:
    """Whether these are class numbers as they come."""
    return bool(target.dtype == np.int64 and target.flags.carray)


@loop_for(void(MATRIX, int64[::1], ROW))
def surprise_loop(x: Any, target: Any, out: Any) -> None:
    """The formula of `surprise`."""
    for n in range(x.shape[0]):
        row = x[n]
        top = largest(row)
        total = single(0)
        for j in range(row.size):
            total += exp(row[j] - top)
        out[n] = np.log(total) - (row[target[n]] - top)


def surprise_x(x: Any, g: Any, target: Any, kept: Any) -> Any:
    """g (softmax(x) - one_hot(target))"""
    if kept or not fits(x) or x.ndim != 2 or not labels(target) or not isinstance(g, np.ndarray | np.float32):
        return NotImplemented
    if g.dtype != np.float32 or g.shape not in ((), (len(x),)):
        return NotImplemented
    out = np.empty_like(x)
    upper = np.full(len(x), g) if g.ndim == 0 else np.array(g)
    share_slices(surprise_x_loop, 1 + GRAIN // x.shape[1], (x, upper, target, out))
    return out


@loop_for(void(MATRIX, ROW, int64[::1], MATRIX))
def surprise_x_loop(x: Any, g: Any, target: Any, out: Any) -> None:
    """The formula of `surprise_x`."""
    for n in range(x.shape[0]):
        row, result = x[n], out[n]
        top = largest(row)
        total = single(0)
        for j in range(row.size):
            result[j] = exp(row[j] - top)
            total += result[j]
        factor = g[n] / total
        for j in range(row.size):
            result[j] *= factor
        result[target[n]] -= g[n]

"""Dropout: mask and product in one pass over memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, int32, uint8, uint16, void

from .numba_math import ROW, fits, single
from .numba_parts import Loop, share_slices

GRAIN = 1 << 18  # elements that are worth a second thread


def masked(x: Any, bits: Any, threshold: int, scale: float) -> Any:
    """x scale where bits >= threshold, else 0"""
    if not fits(x) or not bits.flags.carray:
        return NotImplemented
    out = np.empty_like(x)
    flat = [a.reshape(-1) for a in (x, bits, out)]
    share_slices(loops[bits.itemsize], GRAIN, flat, np.int32(threshold), single(scale))
    return out


def masked_loop(x: Any, bits: Any, out: Any, threshold: Any, scale: Any) -> None:
    """The formula of `masked`."""
    for i in range(x.size):
        out[i] = x[i] * (scale if np.int32(bits[i]) >= threshold else single(0))


loops = {n: Loop(masked_loop, void(ROW, bits[::1], ROW, int32, float32)) for n, bits in ((1, uint8), (2, uint16))}

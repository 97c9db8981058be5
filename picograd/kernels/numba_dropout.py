"""Dropout: mask and product in one pass over memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numba_math import fits, jit, single
from .threads import share

GRAIN = 1 << 18  # elements that are worth a second thread


def masked(x: Any, bits: Any, threshold: int, scale: float) -> Any:
    """x scale where bits >= threshold, else 0"""
    if not fits(x) or not bits.flags.c_contiguous:
        return NotImplemented
    out = np.empty_like(x)
    flat, drawn, result = x.reshape(-1), bits.reshape(-1), out.reshape(-1)
    least, factor = np.int32(threshold), single(scale)

    def part(start: int, stop: int) -> None:
        masked_loop(flat[start:stop], drawn[start:stop], least, factor, result[start:stop])

    share(part, x.size, GRAIN)
    return out


@jit
def masked_loop(x: Any, bits: Any, threshold: Any, scale: Any, out: Any) -> None:
    """The formula of `masked`."""
    for i in range(x.size):
        out[i] = x[i] * (scale if np.int32(bits[i]) >= threshold else single(0))

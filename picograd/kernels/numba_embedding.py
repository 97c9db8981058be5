"""The gradient of a lookup."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numba_math import fits, jit


def add_rows(g: Any, table: Any, index: Any) -> Any:
    """table[index[n]] += g[n] for each n"""
    if not fits(g) or not fits(table) or index.dtype != np.int64 or not index.flags.c_contiguous:
        return NotImplemented
    add_rows_loop(g, table, index)
    return None


@jit
def add_rows_loop(g: Any, table: Any, index: Any) -> None:
    """The formula of `add_rows`."""
    for n in range(g.shape[0]):
        row, upper = table[index[n]], g[n]
        for j in range(row.size):
            row[j] += upper[j]

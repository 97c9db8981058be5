"""The matrix products of a linear layer: a panel of columns is laid out, and met by all rows, a tile at a time.

The bias is what a tile begins with, so that it costs nothing. What isn't whole tiles is computed by one that begins
earlier, some of it once more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import boolean, float32, int64, void

from .numba_math import fits, inner_for
from .numba_parts import loop_for, share_loop
from .numba_product import ROWS, WIDE, WIDTH, tile
from .threads import count

GRAIN = 1 << 20  # products that are worth a second thread
FEW = 128  # rows that a panel has to meet to be worth its layout
LINE = 16  # numbers in a line of the cache
DEPTHS = range(LINE, 4097)  # a panel has to fit the second cache
LARGEST = 1 << 19  # elements of a matrix of which columns can be read as rows
WASTE = 1.1  # columns that are computed for each that there is

MATRIX = float32[:, ::1]


@inner_for(void(MATRIX, int64, MATRIX))
def lay_out(x: Any, first: int, panel: Any) -> None:
    """panel[k, j] = x[k, first + j]"""
    for k in range(panel.shape[0]):
        row, to = x[k, first : first + WIDTH], panel[k]
        for j in range(WIDTH):
            to[j] = row[j]


@inner_for(void(MATRIX, int64, MATRIX))
def lay_out_turned(x: Any, first: int, panel: Any) -> None:
    """panel[k, j] = x[first + j, k], a line of the cache at a time"""
    depth = panel.shape[0]
    for line in range(0, depth, LINE):
        begin = min(line, depth - LINE)
        for j in range(WIDTH):
            row = x[first + j, begin : begin + LINE]
            for k in range(LINE):
                panel[begin + k, j] = row[k]


@loop_for(void(int64, int64, boolean, float32[:, :], MATRIX, float32[::1], MATRIX))
def product_loop(start: int, stop: int, turned: bool, x: Any, y: Any, bias: Any, out: Any) -> None:
    """The formula of `product` for the panels from start to stop; `turned`: y is the transpose."""
    rows, columns = out.shape
    panel = np.empty((x.shape[1], WIDTH), np.float32)
    begin = np.zeros((ROWS, WIDTH), np.float32)  # what a tile begins with
    for p in range(start, stop):
        first = min(p * WIDTH, columns - WIDTH)
        if turned:
            lay_out_turned(y, first, panel)
        else:
            lay_out(y, first, panel)
        if bias.size:
            for r in range(ROWS):
                for j in range(WIDTH):
                    begin[r, j] = bias[first + j]
        for i in range(0, rows, ROWS):
            n = min(i, rows - ROWS)
            tile(x, n, panel, 0, 0, x.shape[1], begin, out, n, first)


NO_BIAS = np.empty(0, np.float32)


def product(x: Any, y: Any, bias: Any) -> Any:
    """x y + bias: (M, K), (K, N), (N,) -> (M, N)"""
    (rows, depth), columns = x.shape, y.shape[-1]
    panels = -(-columns // WIDTH)
    computed = -(-panels // count()) * count() * WIDTH
    if not WIDE or rows < FEW or depth not in DEPTHS or columns < WIDTH or computed > WASTE * columns:
        return NotImplemented
    turned, across = not y.flags.c_contiguous, not x.flags.c_contiguous
    own = y.T if turned else y
    if not fits(own) or not fits(x.T if across else x) or (across and x.size > LARGEST):
        return NotImplemented
    if bias is not None and not (fits(bias) and bias.shape == (columns,)):
        return NotImplemented
    bias, out = NO_BIAS if bias is None else bias, np.empty((rows, columns), np.float32)
    share_loop(product_loop, panels, 1 + GRAIN // (x.size * WIDTH), turned, x, own, bias, out)
    return out

"""The matrix products of a linear layer: a panel of columns is laid out, and met by all rows, a tile at a time.

Where y, the weights, is the larger one, the transpose is computed, (x y)^T = y^T x^T: then it is x that is laid out,
and each number of y is read once, where it lies. The bias is what a tile begins with, so that it costs nothing. What
isn't whole tiles is computed by one that begins earlier, some of it once more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import boolean, float32, int64, void

from .numba_math import MATRIX, fits, inner_for
from .numba_parts import loop_for, share_loop
from .numba_product import ROWS, WIDE, WIDTH, tile
from .threads import count

GRAIN = 1 << 20  # products that are worth a second thread
FEW = 128  # rows that a panel of y has to meet to be worth its layout
LINE = 16  # numbers in a line of the cache
DEPTHS = range(LINE, 4097)  # a panel has to fit the second cache
LARGEST = 1 << 19  # elements of a matrix of which columns can be read as rows, again and again
LARGEST_ONCE = 3 << 18  # or once
CLASHING = 512  # numbers in a row; of columns of such rows the cache holds few
WASTE = 1.1  # columns that are computed for each that there is


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


@loop_for(void(int64, int64, float32[:, :], MATRIX, float32[::1], MATRIX))
def transpose_loop(start: int, stop: int, x: Any, y: Any, bias: Any, out: Any) -> None:
    """out = (x y^T + bias)^T for x's rows from start to stop, in ROWS: (N, K), (M, K), (N,) -> (M, N)"""
    (columns, rows), depth = out.shape, x.shape[1]
    panels = np.empty((-(-columns // WIDTH), depth, WIDTH), np.float32)
    for p in range(len(panels)):
        lay_out_turned(y, min(p * WIDTH, columns - WIDTH), panels[p])
    begin, result = np.zeros((ROWS, WIDTH), np.float32), np.empty((ROWS, WIDTH), np.float32)
    for t in range(start, stop):
        n = min(t * ROWS, rows - ROWS)
        if bias.size:
            for r in range(ROWS):
                for j in range(WIDTH):
                    begin[r, j] = bias[n + r]
        for p in range(len(panels)):
            first = min(p * WIDTH, columns - WIDTH)
            tile(x, n, panels[p], 0, 0, depth, begin, result, 0, 0)
            for j in range(WIDTH):
                row = out[first + j, n : n + ROWS]
                for r in range(ROWS):
                    row[r] = result[r, j]


NO_BIAS = np.empty(0, np.float32)


def product(x: Any, y: Any, bias: Any) -> Any:
    """x y + bias: (M, K), (K, N), (N,) -> (M, N)"""
    if not WIDE or x.shape[1] not in DEPTHS:
        return NotImplemented
    if bias is not None and not (fits(bias) and bias.shape == y.shape[1:]):
        return NotImplemented
    bias = NO_BIAS if bias is None else bias
    out = by_rows(x, y, bias) if y.size > x.size else NotImplemented
    return by_columns(x, y, bias) if out is NotImplemented else out


def wasteful(n: int, unit: int) -> bool:
    """Whether n is so much less than whole units that these are too many."""
    return n < unit or -(-n // unit) * unit > WASTE * n


def by_columns(x: Any, y: Any, bias: Any) -> Any:
    """The formula of `product`, a panel of y at a time."""
    rows, columns = len(x), y.shape[1]
    turned, across = not y.flags.c_contiguous, not x.flags.c_contiguous
    own = y.T if turned else y
    if rows < FEW or wasteful(columns, WIDTH * count()) or not fits(own) or not fits(x.T if across else x):
        return NotImplemented
    if across and x.size > LARGEST:
        return NotImplemented
    out = np.empty((rows, columns), np.float32)
    share_loop(product_loop, -(-columns // WIDTH), 1 + GRAIN // (x.size * WIDTH), turned, x, own, bias, out)
    return out


def by_rows(x: Any, y: Any, bias: Any) -> Any:
    """The formula of `product`, rows of y^T at a time."""
    rows, columns = len(x), y.shape[1]
    across = y.flags.c_contiguous
    if wasteful(rows, WIDTH) or columns < ROWS or not fits(x) or not fits(y if across else y.T) or x.size > LARGEST:
        return NotImplemented
    if across and (y.size > LARGEST_ONCE or columns % CLASHING == 0):
        return NotImplemented
    out = np.empty((rows, columns), np.float32)
    share_loop(transpose_loop, -(-columns // ROWS), 1 + GRAIN // (x.size * ROWS), y.T, x, bias, out)
    return out

"""Sums, differences and products of large arrays, on all cores: NumPy takes one."""

from __future__ import annotations

from typing import Any

from numba import void

from .numba_math import ROW, fits
from .numba_parts import each, loop_for, share_slices

GRAIN = 1 << 15  # elements that are worth a second thread


def sum_of(x: Any, y: Any) -> Any:
    """x + y"""
    return each(sum_loop, GRAIN, x, y)


@loop_for(void(ROW, ROW, ROW))
def sum_loop(x: Any, y: Any, out: Any) -> None:
    """The formula of `sum_of`."""
    for i in range(x.size):
        out[i] = x[i] + y[i]


def add_to(x: Any, y: Any) -> Any:
    """x, after x += y"""
    if not fits(x, y):
        return NotImplemented
    share_slices(add_loop, GRAIN, (x.reshape(-1), y.reshape(-1)))
    return x


@loop_for(void(ROW, ROW))
def add_loop(x: Any, y: Any) -> None:
    """The formula of `add_to`."""
    for i in range(x.size):
        x[i] += y[i]


def difference_of(x: Any, y: Any) -> Any:
    """x - y"""
    return each(difference_loop, GRAIN, x, y)


@loop_for(void(ROW, ROW, ROW))
def difference_loop(x: Any, y: Any, out: Any) -> None:
    """The formula of `difference_of`."""
    for i in range(x.size):
        out[i] = x[i] - y[i]


def product_of(x: Any, y: Any) -> Any:
    """x * y"""
    return each(product_loop, GRAIN, x, y)


@loop_for(void(ROW, ROW, ROW))
def product_loop(x: Any, y: Any, out: Any) -> None:
    """The formula of `product_of`."""
    for i in range(x.size):
        out[i] = x[i] * y[i]

"""Further reductions: products, and sums that pass over nan."""

from __future__ import annotations

from typing import Any

import numpy as np

from .primitive import Array, primitive
from .reduction import Axis, axes, unreduce


@primitive(np.prod)
def prod(x: Array, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Array:
    """The product; integers and bools give int64. `dtype`: that of the computation and the result."""
    if dtype is None and x.dtype.kind in "iub":
        dtype = np.int64
    return np.prod(x, axis=axes(axis, x.ndim, "prod"), dtype=dtype, keepdims=keepdims)


def prod_x(g: Array, x: Array, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Array:
    """g times the product of all other elements, which is 0 if one of them is."""
    zero = x == 0
    nonzero = np.where(zero, x * 0 + 1, x)
    over = axes(axis, len(x_shape), "")
    product, zeros = np.prod(nonzero, axis=over, keepdims=True), np.sum(zero, axis=over, keepdims=True)
    return unreduce(g, x_shape, axis, keepdims) * product * (zeros == zero) / nonzero


prod.rule(x=prod_x)


@primitive(np.nansum)
def nansum(x: Array, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Array:
    """The sum of what is not nan; integers and bools give int64. `dtype`: that of the computation and the result."""
    if dtype is None and x.dtype.kind in "iub":
        dtype = np.int64
    with np.errstate(invalid="ignore"):  # inf - inf
        return np.nansum(x, axis=axes(axis, x.ndim, "nansum"), dtype=dtype, keepdims=keepdims)


nansum.rule(x=lambda g, x, x_shape, axis, keepdims: unreduce(g, x_shape, axis, keepdims) * (x == x))


@primitive(np.count_nonzero)
def count_nonzero(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """How many elements are not 0 (int64)."""
    return np.asarray(np.count_nonzero(x, axis=axes(axis, x.ndim, "count_nonzero"), keepdims=keepdims), np.int64)


@primitive()
def middle(x: Array, nans: bool) -> Array:
    """The element in the middle of all, of two the lower; nan if there is one, or without `nans` the others' middle.

    Equal elements share the gradient.
    """
    flat = x.reshape(-1)
    bad = flat != flat
    if bad.any():
        flat = flat[bad] if nans else flat[~bad]
    if not flat.size:
        with np.errstate(invalid="ignore"):  # of integers
            return np.asarray(np.nan).astype(x.dtype)
    k = (flat.size - 1) // 2
    return np.partition(flat, k)[k]


def chosen(g: Array, x: Array, out: Array) -> Array:
    """g at the elements equal to the result, divided by how many there are"""
    same = (x == out) | ((x != x) & (out != out))
    return g * same / np.sum(same).astype(x.dtype)


middle.rule(x=chosen)

"""Elements put at positions that an index names, where several may meet at one position."""

from __future__ import annotations

from typing import Any

import numpy as np

from .indexing import put
from .nested import nested
from .primitive import Array, primitive


def met(x: Array, source: Array, index: Any, ufunc: Any) -> Array:
    """x with `source` taken in at the index by the ufunc."""
    out = x.copy()
    ufunc.at(out, index, source)
    return out


@primitive()
def scatter_largest(x: Array, source: Array, index: Any) -> Array:
    """x, or the largest element of `source` whose index names this position. Equal ones share the gradient."""
    return met(x, source, index, np.maximum)


@primitive()
def scatter_smallest(x: Array, source: Array, index: Any) -> Array:
    """x, or the smallest element of `source` whose index names this position. Equal ones share the gradient."""
    return met(x, source, index, np.minimum)


def even(g: Array, x: Array, source: Array, out: Array, index: Any) -> Array:
    """g divided by how many are equal to the result"""
    ties = (x == out).astype(x.dtype) + nested(put)((source == out[index]).astype(x.dtype), index, x.shape)
    return g / (ties + (ties == 0))  # none: nan


for op in (scatter_largest, scatter_smallest):
    op.rule(
        x=lambda g, x, source, out, index: even(g, x, source, out, index) * (x == out),
        source=lambda g, x, source, out, index: even(g, x, source, out, index)[index] * (source == out[index]),
    )


@primitive()
def scatter_product(x: Array, source: Array, index: Any) -> Array:
    """x times all elements of `source` whose index names this position."""
    return met(x, source, index, np.multiply)


def others(x: Array, source: Array, index: Any) -> tuple[Array, Array]:
    """The products of all factors that are not 0, and how many are."""
    x_zero, source_zero = x == 0, source == 0
    product = nested(scatter_product)(
        np.where(x_zero, x * 0 + 1, x), np.where(source_zero, source * 0 + 1, source), index
    )
    zeros = x_zero.astype(x.dtype) + nested(put)(source_zero.astype(x.dtype), index, x.shape)
    return product, zeros


def product_x(g: Array, x: Array, source: Array, index: Any) -> Array:
    """g times the product of the other factors, which is 0 if one of them is"""
    product, zeros = others(x, source, index)
    zero = x == 0
    return g * product * (zeros == zero) / np.where(zero, x * 0 + 1, x)


def product_source(g: Array, x: Array, source: Array, index: Any) -> Array:
    """The same, for each element of the source"""
    product, zeros = others(x, source, index)
    zero = source == 0
    return (g * product)[index] * (zeros[index] == zero) / np.where(zero, source * 0 + 1, source)


scatter_product.rule(x=product_x, source=product_source)

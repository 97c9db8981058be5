"""Products with rows that repeat. Text has few different characters: each one's row is multiplied once.

The inputs of a recurrent layer, (T, N, I), are often rows of a small table, or ones among zeros. Then their products
with a weight are as few as the different rows are, and the gradient of that weight is a product with these rows, after
the gradients of equal ones are summed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..delayed import Product
from .contraction import flat, linear_bias
from .embedding import add_rows
from .primitive import Array

WORTH = 1 << 25  # multiplications from which on it pays to look for equal rows


def distinct(x: Array, columns: int) -> tuple[Array, Any]:
    """x (T, N, I) as its different rows (U, I) and the number of each one, (T, N); as it is, and None, if U is large.

    `columns`: those of the product. Equal rows have equal sums of their bits, each times a random number; these are
    integers, so that the order in which they are added doesn't matter. The first rows tell whether it goes on.
    """
    count = x.shape[0] * x.shape[1]
    if count * x.shape[2] * columns < WORTH or x.dtype.itemsize not in (4, 8) or x.strides[2] != x.itemsize:
        return x, None
    bits = x.view(f"i{x.itemsize}")
    factors = np.random.default_rng(0).integers(1 << 31, size=x.shape[2]).astype(bits.dtype)
    for part, most in ((bits[: -(-len(x) // 8)], count // 16), (bits, count // 8)):
        sums = np.einsum("tni,i->tn", part, factors)
        _, first, number = np.unique(sums, return_index=True, return_inverse=True)
        if first.size > most:
            return x, None
    number, places = number.reshape(sums.shape), np.unravel_index(first, sums.shape)
    return (x[places], number) if np.array_equal(bits[places][number], bits) else (x, None)


def products_of(x: Array, number: Any, weight: Array, bias: Any) -> Callable[[int, slice], Array]:
    """W x + b, for what `distinct` found: a function that gives those of step t, of some sequences."""
    products = flat(x).dot(weight.T).reshape((*x.shape[:-1], len(weight)))
    if bias is not None:
        products += bias
    return lambda t, part: products[t, part] if number is None else products[number[t, part]]


def gradients_of(d: Array, rows: tuple[Array, Any], weight: Array) -> tuple[Callable[[], Any], ...]:
    """The gradients of x, W and b from d (T, N, G), that of W x + b: each is computed when it is asked for."""
    (x, number), sums = rows, flat(d)
    if number is not None:
        sums = np.zeros((len(x), d.shape[-1]), d.dtype)
        add_rows(flat(d), sums, number.reshape(-1))
    return (
        lambda: Product(d, weight),
        lambda: sums.T.dot(flat(x)),
        lambda: linear_bias(sums),
    )

"""Rows of a table picked by number: what a lookup is, and how its gradient finds the way back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..delayed import Indexed, Product, takes_products
from ..kernels import definition
from .indexing import put
from .primitive import Array, primitive


@primitive(indexed=True)
def embedding(weight: Array, index: Any, counts: Any = None) -> Array:
    """weight[index]: a table (V, D) and numbers (...) -> (..., D).

    `counts` (...): what each number's gradient counts; the result does not depend on it.
    """
    return weight[index]


@takes_products
def embedding_weight(g: Array, index: Any, counts: Any, weight_shape: tuple[int, ...]) -> Indexed:
    """g at the rows that were picked, summed where one was picked several times."""
    if type(g) is Product and counts is None and 2 * weight_shape[0] <= index.size:
        return Indexed(g, product_added(index), np.asarray)
    g = np.asarray(g) if type(g) is Product else g
    return Indexed(
        g if counts is None else g * np.expand_dims(counts, -1),
        rows_added(index),
        lambda g: put(g, index, weight_shape),
    )


def rows_added(index: Any) -> Any:
    """A function that adds rows (..., D) to a table (V, D) at `index` (...)."""

    def add(table: np.ndarray[Any, Any], g: Any) -> None:
        if g.size:
            add_rows(g.reshape(-1, table.shape[1]), table, index.reshape(-1))

    return add


def product_added(index: Any) -> Any:
    """The same for rows of a matrix product: what is on the left is summed, and fewer rows are multiplied."""

    def add(table: np.ndarray[Any, Any], g: Product) -> None:
        sums = np.zeros((len(table), g.left.shape[-1]), table.dtype)
        turned = g.ndim > 2 and not g.left.flags.c_contiguous  # the same in another order needs no copy
        left, places = (g.left.swapaxes(0, 1), index.swapaxes(0, 1)) if turned else (g.left, index)
        rows_added(places)(sums, left)
        table += sums.dot(g.right)

    return add


@definition("numba_embedding", least=1)
def add_rows(g: Any, table: Any, index: Any) -> None:
    """table[index[n]] += g[n] for each n, one after the other: all rows of a number at once, or a row of all numbers.

    NumPy's add.at and add.reduceat add element by element and take five times as long.
    """
    order = np.argsort(index, kind="stable")
    numbers = index[order]
    ends = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1], True])
    first, counts = ends[:-1], np.diff(ends)
    if len(counts) < 4 * max(counts):
        for start, stop in pairwise(ends):
            table[numbers[start]] += g[order[start:stop]].sum(axis=0)
    else:
        for k in range(max(counts)):
            rows = first[counts > k] + k
            table[numbers[rows]] += g[order[rows]]


embedding.rule(weight=embedding_weight)

"""Rows of a table picked by number: what a lookup is, and how its gradient finds the way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import Indexed
from ..kernels import definition
from .indexing import put
from .primitive import Array, primitive


@primitive(indexed=True)
def embedding(weight: Array, index: Any, counts: Any = None) -> Array:
    """weight[index]: a table (V, D) and numbers (...) -> (..., D).

    `counts` (...): what each number's gradient counts; the result does not depend on it.
    """
    return weight[index]


def embedding_weight(g: Array, index: Any, counts: Any, weight_shape: tuple[int, ...]) -> Indexed:
    """g at the rows that were picked, summed where one was picked several times."""
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


@definition("numba_embedding", least=1)
def add_rows(g: Any, table: Any, index: Any) -> None:
    """table[index[n]] += g[n] for each n, one after the other: the rows of one number side by side are summed at once.

    NumPy's add.at, made for this, adds element by element and takes five times as long.
    """
    order = np.argsort(index, kind="stable")
    numbers = index[order]
    first = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
    table[numbers[first]] += np.add.reduceat(g[order], first, axis=0)


embedding.rule(weight=embedding_weight)

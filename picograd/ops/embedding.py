"""Rows of a table picked by number: what a lookup is, and how its gradient finds the way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import Indexed
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
        if not g.size:
            return
        if table.flags.c_contiguous:
            # Element by element: NumPy's add.at has a fast way for one axis only, five times that for rows.
            places = index.reshape(-1, 1) * table.shape[1] + np.arange(table.shape[1])
            np.add.at(table.reshape(-1), places.reshape(-1), g.reshape(-1))
        else:
            np.add.at(table, index, g)

    return add


embedding.rule(weight=embedding_weight)

from __future__ import annotations

from typing import Any

import numpy as np
from kernel_rows import Calls, Row, normal

from picograd.kernels import disabled
from picograd.ops.pooling import max_pool

# shape, kernel, stride, padding; the first four are left to NumPy on the way there
CASES: list[tuple[Any, ...]] = [
    ((4, 8, 12, 24), (2, 2), (2, 2), (0, 0)),
    ((4, 30, 8, 6), (2, 2), (2, 2), (0, 0)),  # rows shorter than a short run
    ((4, 30, 8, 11), (2, 2), (2, 2), (0, 0)),  # and than a long one
    ((3, 5, 13, 33), (2, 2), (2, 2), (0, 0)),  # a line and a column that no window sees
    ((2, 6, 17, 16), (3, 3), (2, 2), (1, 1)),
    ((2, 3, 20, 15), (3, 2), (1, 3), (1, 0)),
]


def calls(rng: np.random.Generator, back: bool) -> Calls:
    """The arguments of `max_pool` for each case, or those of `max_pool_back`. Many elements are equal, some are nan."""
    result: Calls = []
    for shape, kernel, stride, padding in CASES if back else CASES[4:]:
        x = np.maximum(normal(rng, *shape).round(1), 0)
        x[0, 0, 5, 5:8], x[1, 1, 3, 3] = np.nan, -np.inf
        windows = tuple((n + 2 * p - k) // s + 1 for n, k, s, p in zip(shape[2:], kernel, stride, padding, strict=True))
        with disabled():
            largest = max_pool.primitive.forward(x, kernel, stride, padding, (1, 1), windows)
        if back:
            result.append((normal(rng, *largest.shape), x, largest, kernel, stride, padding, (1, 1)))
        else:
            result.append((x, kernel, stride, padding, (1, 1), windows))
    return result


ROWS: dict[str, Row] = {
    "numba_pooling.max_pool": lambda rng: calls(rng, back=False),
    "numba_pooling.max_pool_back": lambda rng: calls(rng, back=True),
}

from __future__ import annotations

from typing import Any

import numpy as np
from kernel_rows import Row, normal

import picograd.ops.dropout  # noqa: F401 - the definition


def masked(rng: np.random.Generator, p: float, dtype: Any) -> tuple[Any, ...]:
    x, largest = normal(rng, 50, 803), np.iinfo(dtype).max
    x[0, :3] = np.nan, np.inf, -np.inf
    return x, rng.integers(0, largest, x.shape, dtype, endpoint=True), round(p * (largest + 1)), 1 / (1 - p or 1)


ROWS: dict[str, Row] = {
    "numba_dropout.masked": lambda rng: [
        masked(rng, 0.5, np.uint8),
        masked(rng, 0.1, np.uint16),
        masked(rng, 1.0, np.uint8),
    ],
}

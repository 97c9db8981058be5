from __future__ import annotations

import numpy as np
from kernel_rows import Calls, Row, normal


def sums(rng: np.random.Generator) -> Calls:
    """Over all axes, with a rest behind whole rows and without, and over the last ones; of numbers that are none."""
    x, y, z = normal(rng, 600, 501), normal(rng, 8, 4096), normal(rng, 70, 3, 300)
    z[0, 0, 0], z[1, 2, 5], z[2, 0, 0], z[2, 0, 299] = np.inf, np.nan, np.inf, -np.inf
    return [
        (x + np.float32(1), (0, 1), False), (y + np.float32(1), (0, 1), True), (x, (1,), False), (x, (1,), True),
        (z, (2,), False), (z, (1, 2), True),
    ]  # fmt: skip


ROWS: dict[str, Row] = {"numba_reduction.sum_of_many": sums}

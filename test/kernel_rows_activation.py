from __future__ import annotations

import numpy as np
from kernel_rows import Row, normal

SPECIAL = np.array([0, -0.0, 1, -1, 5, -5, 30, -30, 1e-20, 1e30, -1e30, np.nan], np.float32)


def spread(rng: np.random.Generator) -> np.ndarray:
    """Numbers of all sizes, the special ones among them; a size that no vector length divides."""
    x = normal(rng, 40_003, scale=3)
    x[: len(SPECIAL)] = SPECIAL
    return x


ROWS: dict[str, Row] = {
    "numba_activation.gelu": lambda rng: [(spread(rng),), (normal(rng, 500, 401),)],
    "numba_activation.gelu_x": lambda rng: [
        (normal(rng, 40_003), spread(rng)),
        (normal(rng, 500, 401), normal(rng, 500, 401)),
    ],
}

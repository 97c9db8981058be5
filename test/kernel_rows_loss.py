from __future__ import annotations

import numpy as np
from kernel_rows import Calls, Row, normal


def samples(rng: np.random.Generator, n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits, those of the first sample large, and labels."""
    x = normal(rng, n, classes, scale=3)
    x[0] += 1000
    return x, rng.integers(0, classes, n)


def values(rng: np.random.Generator) -> Calls:
    x, target = samples(rng, 301, 65)
    x[1, 3], x[2, 4] = np.nan, np.inf
    return [(*call, None) for call in ((x, target), samples(rng, 500, 10), samples(rng, 3, 5003))]


def gradients(rng: np.random.Generator) -> Calls:
    calls: Calls = []
    for n, classes in ((301, 65), (500, 10), (3, 5003)):
        x, target = samples(rng, n, classes)
        calls += [(x, normal(rng, n), target, None), (x, np.float32(0.3), target, None)]
    return calls


ROWS: dict[str, Row] = {"numba_loss.surprise": values, "numba_loss.surprise_x": gradients}

from __future__ import annotations

import numpy as np
from kernel_rows import Calls, Row, normal


def scores(rng: np.random.Generator) -> Calls:
    """Square and not, causal and not; factors of both signs, large ones among them."""
    shapes = [(3, 4, 21, 21), (5, 19, 27), (5, 27, 19), (40, 33)]
    return [
        (normal(rng, *shape), None, scale, causal) for shape in shapes for scale in (0.3, -80.0) for causal in (0, 1)
    ]


def gradients(rng: np.random.Generator) -> Calls:
    p = np.exp(normal(rng, 3, 4, 21, 23))
    return [(normal(rng, *p.shape), p / p.sum(-1, keepdims=True), 0.3)]


ROWS: dict[str, Row] = {"numba_attention.weigh": scores, "numba_attention.weigh_x": gradients}

from __future__ import annotations

import numpy as np
from kernel_rows import Calls, Row, normal


def inputs(rng: np.random.Generator) -> Calls:
    """x and the axis; rows with all that is special, and rows far from 0."""
    wild = normal(rng, 90, 70, scale=3)
    wild[1, 4], wild[2, 6], wild[3, 0], wild[4, 69], wild[6, 60] = np.inf, np.nan, -np.inf, 1e30, -np.nan
    wild[5], wild[7], wild[8], wild[9] = -np.inf, 0, -0.0, np.inf
    return [
        (wild, -1),
        (normal(rng, 5, 71, 129) + 1000, 2),
        (normal(rng, 5, 71, 129) - 1000, 2),
        (normal(rng, 4001, 3, scale=30), -1),
        (normal(rng, 5001), 0),
    ]


def softmaxed(rng: np.random.Generator) -> Calls:
    """A gradient, the result of softmax and the axis."""
    calls: Calls = []
    for x, axis in inputs(rng)[1:]:
        e = np.exp(x - x.max(-1, keepdims=True))
        calls.append((normal(rng, *x.shape), e / e.sum(-1, keepdims=True), axis))
    return calls


def logarithms(rng: np.random.Generator) -> Calls:
    """The same for the logarithm."""
    return [(g, np.log(y + np.float32(1e-30)), axis) for g, y, axis in softmaxed(rng)]


ROWS: dict[str, Row] = {
    "numba_softmax.softmax": inputs,
    "numba_softmax.softmax_x": softmaxed,
    "numba_softmax.log_softmax": inputs,
    "numba_softmax.log_softmax_x": logarithms,
}

from __future__ import annotations

from typing import Any

import numpy as np
from kernel_rows import Calls, Row, normal


def kinds(rng: np.random.Generator) -> Calls:
    """x, weight, bias and axes: rows and channels, with parameters and without."""
    return [
        (normal(rng, 7, 90, 128), normal(rng, 128), normal(rng, 128), (2,)),
        (normal(rng, 90, 7, 11) + 3, normal(rng, 7, 11), None, (1, 2)),
        (normal(rng, 90, 70), None, None, (1,)),
        (normal(rng, 9, 40, 6, 7) - 2, normal(rng, 40, 1, 1), normal(rng, 40, 1, 1), (0, 2, 3)),
        (normal(rng, 5, 12, 131), None, None, (0, 2)),
    ]


def values(rng: np.random.Generator) -> Calls:
    wild = normal(rng, 90, 70)
    wild[3, 4], wild[5, 6] = np.inf, np.nan
    return [(*call, 1e-5, []) for call in (*kinds(rng), (wild, None, None, (1,)))]


def gradients(rng: np.random.Generator) -> Calls:
    calls: Calls = []
    for x, weight, _, axes in kinds(rng):
        mean: Any = x.mean(axes, keepdims=True)
        scale = 1 / np.sqrt(x.var(axes, keepdims=True) + np.float32(1e-5))
        calls.append((normal(rng, *x.shape), x, weight, axes, mean, scale))
    return calls


def rms_values(rng: np.random.Generator) -> Calls:
    return [(x, weight, axes, eps, kept) for x, weight, _, axes, eps, kept in values(rng)]


def rms_gradients(rng: np.random.Generator) -> Calls:
    calls: Calls = []
    for x, weight, _, axes in kinds(rng):
        scale: Any = 1 / np.sqrt((x * x).mean(axes, keepdims=True) + np.float32(1e-5))
        calls.append((normal(rng, *x.shape), x, weight, axes, scale))
    return calls


ROWS: dict[str, Row] = {
    "numba_normalisation.normalise": values,
    "numba_normalisation.normalise_gradients": gradients,
    "numba_normalisation.rms_norm": rms_values,
    "numba_normalisation.rms_norm_gradients": rms_gradients,
}

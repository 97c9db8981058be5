from __future__ import annotations

import numpy as np
from kernel_rows import Calls, Row, normal

# leading axes, queries, keys, features of queries and keys, of values
SHAPES = [
    ((3, 4), 21, 21, 24, 24),
    ((5,), 19, 69, 40, 33),
    ((5,), 67, 19, 33, 40),
    ((), 40, 33, 32, 64),
    ((2,), 100, 67, 32, 32),
]


def inputs(rng: np.random.Generator) -> Calls:
    """Queries, keys, values: of several shapes, and heads that lie side by side, as a layer makes them."""
    calls: Calls = [
        (normal(rng, *leading, n, width), normal(rng, *leading, m, width), normal(rng, *leading, m, own))
        for leading, n, m, width, own in SHAPES
    ]
    return [*calls, tuple(normal(rng, 2, 24, 3, 32).swapaxes(1, 2) for _ in range(3))]


def dropout(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return 2 * (rng.random(shape) < 0.5).astype(np.float32)


def values(rng: np.random.Generator) -> Calls:
    """Factors of both signs; masks, and a row that sees nothing; causal; dropout."""
    calls: Calls = []
    for q, k, v in inputs(rng):
        n, m = q.shape[-2], k.shape[-2]
        mask = np.where(rng.random((n, m)) < 0.5, normal(rng, n, m), np.float32(-np.inf))
        mask[3] = -np.inf
        drop = dropout(rng, *q.shape[:-2], n, m)
        calls += [
            (q, k, v, None, 0.3, None, True),
            (q, k, v, None, -0.3, None, False),
            (q, k, v, None, 0.3, drop, True),
        ]
        calls.append((q, k, v, mask, 0.3, drop, False))
    return calls


def gradients(rng: np.random.Generator) -> Calls:
    calls: Calls = []
    for q, k, v in inputs(rng):
        n, m = q.shape[-2], k.shape[-2]
        p, g = np.exp(normal(rng, *q.shape[:-2], n, m)), normal(rng, *q.shape[:-1], v.shape[-1])
        drop, below = dropout(rng, *p.shape), np.tril(p)
        p /= p.sum(axis=-1, keepdims=True)
        below /= below.sum(axis=-1, keepdims=True)
        calls += [(g, q, k, v, p, 0.3, None, False), (g, q, k, v, below, 0.3, None, True)]
        calls.append((g, q, k, v, below, -0.3, drop, True))
    return calls


ROWS: dict[str, Row] = {"numba_attention.attend": values, "numba_attention.attend_gradients": gradients}

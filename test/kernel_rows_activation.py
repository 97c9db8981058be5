from __future__ import annotations

import numpy as np
from kernel_rows import Calls, Row, normal

SPECIAL = np.array([0, -0.0, 1, -1, 5, -5, 30, -30, 1e-20, 1e30, -1e30, np.nan], np.float32)


def spread(rng: np.random.Generator) -> np.ndarray:
    """Numbers of all sizes, the special ones among them; a size that no vector length divides."""
    x = normal(rng, 40_003, scale=3)
    x[: len(SPECIAL)] = SPECIAL
    return x


def some(rng: np.random.Generator) -> Calls:
    """One array."""
    return [(spread(rng),), (normal(rng, 500, 401),)]


def pairs(rng: np.random.Generator) -> Calls:
    """A gradient and x."""
    return [(normal(rng, *x.shape), x) for (x,) in some(rng)]


def nothing_kept(row: Row) -> Row:
    """The same arguments, and None for what a call keeps for its rule."""
    return lambda rng: [(*call, None) for call in row(rng)]


def results(rng: np.random.Generator) -> Calls:
    """A gradient and a sigmoid."""
    return [(g, np.clip(np.abs(x), 0, 1)) for g, x in pairs(rng)]


ROWS: dict[str, Row] = {
    "numba_activation.gelu": nothing_kept(some),
    "numba_activation.gelu_x": nothing_kept(pairs),
    "numba_activation.gelu_tanh": nothing_kept(some),
    "numba_activation.gelu_tanh_x": nothing_kept(pairs),
    "numba_activation.sigmoid": some,
    "numba_activation.sigmoid_x": results,
    "numba_activation.silu": some,
    "numba_activation.silu_x": pairs,
}

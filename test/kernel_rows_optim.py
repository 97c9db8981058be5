from __future__ import annotations

from typing import Any

import numpy as np
from kernel_rows import Row, normal

import picograd.optim  # noqa: F401 - the definitions


def adam(
    rng: np.random.Generator, *sizes: int, sign: float = 1.0, decay: float = 0.0, stay: float = 1.0
) -> tuple[Any, ...]:
    """Averages, of which those of squares are at least 0, and constants as in the tenth step."""
    constants = np.array([0.1, 0.999, 0.001, 3e-4, 1e-9, sign, decay, stay], np.float32)
    return constants, [(*(normal(rng, n) for _ in range(3)), normal(rng, n) ** 2) for n in sizes]


def special(rng: np.random.Generator) -> tuple[Any, ...]:
    constants, together = adam(rng, 5000)
    _, g, m, v = together[0]
    g[:6] = [0, np.nan, np.inf, -np.inf, 1e30, 1e-30]
    m[0] = v[0] = 0
    return constants, together


def sgd(rng: np.random.Generator, nesterov: bool, *constants: float) -> tuple[Any, ...]:
    return normal(rng, 40_003), normal(rng, 40_003), normal(rng, 40_003), nesterov, np.array(constants, np.float32)


ROWS: dict[str, Row] = {
    "numba_optim.adam_of_many": lambda rng: [
        adam(rng, 40_003, 70_001, 500, 60_000),
        adam(rng, 4096, sign=-1.0, decay=0.1, stay=0.999),
        special(rng),
    ],
    "numba_optim.sgd": lambda rng: [
        sgd(rng, False, 0.1, 0.9, 0.9, 0.8, 1, 0),
        sgd(rng, True, 0.1, 0.9, 0.9, 1, -1, 0.01),
    ],
}

from __future__ import annotations

from typing import Any

import numpy as np
from kernel_rows import Row, normal

import picograd.optim  # noqa: F401 - the definitions


def adam(rng: np.random.Generator, n: int, sign: float = 1.0, decay: float = 0.0, stay: float = 1.0) -> tuple[Any, ...]:
    """Averages, of which those of squares are at least 0, and constants as in the tenth step."""
    constants = np.array([0.1, 0.999, 0.001, 3e-4, 1e-9, sign, decay, stay], np.float32)
    return normal(rng, n), normal(rng, n), normal(rng, n), normal(rng, n) ** 2, None, constants


def special(rng: np.random.Generator) -> tuple[Any, ...]:
    p, g, m, v, *rest = adam(rng, 5000)
    g[:6] = [0, np.nan, np.inf, -np.inf, 1e30, 1e-30]
    m[0] = v[0] = 0
    return p, g, m, v, *rest


def sgd(rng: np.random.Generator, nesterov: bool, *constants: float) -> tuple[Any, ...]:
    return normal(rng, 40_003), normal(rng, 40_003), normal(rng, 40_003), nesterov, np.array(constants, np.float32)


ROWS: dict[str, Row] = {
    "numba_optim.adam": lambda rng: [adam(rng, 40_003), adam(rng, 4096, -1.0, 0.1, 0.999), special(rng)],
    "numba_optim.sgd": lambda rng: [
        sgd(rng, False, 0.1, 0.9, 0.9, 0.8, 1, 0),
        sgd(rng, True, 0.1, 0.9, 0.9, 1, -1, 0.01),
    ],
}

from __future__ import annotations

import numpy as np
from kernel_rows import Calls, Row, normal

from picograd import kernels

SIZES = ((128, 128, 64), (203, 97, 128), (130, 300, 250), (300, 601, 64))  # rows, depth, columns
LARGER_SECOND = ((64, 260, 100), (32, 97, 300), (61, 300, 333))


def products(rng: np.random.Generator) -> Calls:
    """Whole tiles and not, either factor turned or not, with and without bias. None where there are no wide vectors."""
    if not kernels.switch.on or not kernels.opened("numba_linear").WIDE:
        return []
    calls: Calls = []
    for rows, depth, columns in SIZES:
        x, y, bias = normal(rng, rows, depth), normal(rng, depth, columns), normal(rng, columns)
        calls += [(x, y, None), (x, np.asfortranarray(y), bias), (np.asfortranarray(x), y, bias)]
    for rows, depth, columns in LARGER_SECOND:
        x, y, bias = normal(rng, rows, depth), normal(rng, depth, columns), normal(rng, columns)
        calls += [(x, y, None), (x, np.asfortranarray(y), bias)]
    return calls


ROWS: dict[str, Row] = {"numba_linear.product": products}

"""Arguments for each kernel, at which it is held against its definition: rows of the table in test_kernels.py.

A row gives the arguments of some calls, arrays of at least as many elements as the kernel asks for. Random numbers come
from `rng`. Each family of kernels has a file of rows, kernel_rows_*.py, which says `ROWS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Calls = list[tuple[Any, ...]]
Row = Callable[[np.random.Generator], Calls]


def normal(rng: np.random.Generator, *shape: int, scale: float = 1.0) -> np.ndarray:
    return (scale * rng.standard_normal(shape)).astype(np.float32)

"""Dropout: some elements at random become 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops import contraction
from ...random import default_generator
from ...tensor import Tensor

__all__ = [
    "dropout",
]


def check_probability(p: float, op: str) -> None:
    """Raise unless p is a probability."""
    if not 0 <= p <= 1:
        raise ValueError(f"{op}: p={p}: dropout probability has to be between 0 and 1; give the share that becomes 0")


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element 0 with probability p, else x / (1 - p); x itself unless `training`.

    p is rounded to 1 / 65536.
    """
    check_probability(p, "dropout")
    if not training or p == 0:
        return input
    x = Tensor._constant(input)
    return x * dropout_mask(x.shape, p, x.dtype.type if x.dtype.kind == "f" else np.float32)


def dropout_mask(shape: tuple[int, ...], p: float, dtype: Any) -> np.ndarray[Any, Any]:
    """0 with probability p, else 1 / (1 - p)."""
    bits: type[np.unsignedinteger[Any]] = np.uint8 if (p * 256).is_integer() else np.uint16
    width = np.dtype(bits).itemsize
    size = contraction.size(shape)
    # Raw words from the bit generator, 8 or 4 elements each: a tenth of the time of floats from the generator.
    words = default_generator.rng.bit_generator.random_raw(-(-size * width // 8))
    drawn = words.view(bits)[:size].reshape(shape)
    mask: np.ndarray[Any, Any] = (drawn >= round(p * 256**width)).astype(dtype)
    if p < 1:
        mask *= dtype(1 / (1 - p))
    return mask

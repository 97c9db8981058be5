"""Window functions: weights that fade a piece of a signal in and out, one for each of its samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops import promotion
from ..tensor import Tensor
from .creation import made, placed


def window(name: str, length: int, periodic: bool, formula: Any, dtype: Any, requires_grad: bool) -> Tensor:
    """formula(x) for `length` numbers x from 0 to 1; `periodic`: 1 would be the first of the next period."""
    if length < 0:
        raise ValueError(f"{name}: {length} samples: there can't be a negative number; give 0 or more")
    dtype = np.dtype(dtype or promotion.default_dtype)
    if dtype.kind not in "fV":
        raise TypeError(f"{name}: dtype {dtype}: weights are floats; give one of those")
    gaps = length if periodic else length - 1
    values = formula(np.arange(length) / gaps) if length > 1 else np.ones(length)
    return made(np.asarray(values).astype(dtype), requires_grad)


@placed
def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """1 - |2 x - 1|, x from 0 to 1: a triangle."""
    return window("bartlett_window", window_length, periodic, lambda x: 1 - np.abs(2 * x - 1), dtype, requires_grad)


@placed
def hann_window(window_length: int, periodic: bool = True, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """sin^2(pi x), x from 0 to 1"""
    return window("hann_window", window_length, periodic, lambda x: np.sin(np.pi * x) ** 2, dtype, requires_grad)


@placed
def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """alpha - beta cos(2 pi x), x from 0 to 1"""

    def formula(x: Any) -> Any:
        return alpha - beta * np.cos(2 * np.pi * x)

    return window("hamming_window", window_length, periodic, formula, dtype, requires_grad)


@placed
def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """0.42 - 0.5 cos(2 pi x) + 0.08 cos(4 pi x), x from 0 to 1"""

    def formula(x: Any) -> Any:
        return np.maximum(0.42 - 0.5 * np.cos(2 * np.pi * x) + 0.08 * np.cos(4 * np.pi * x), 0)

    return window("blackman_window", window_length, periodic, formula, dtype, requires_grad)


@placed
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """I0(beta sqrt(1 - (2 x - 1)^2)) / I0(beta), x from 0 to 1, for the modified Bessel function I0 of order 0

    Kaiser, "Nonrecursive digital filter design using the I0-sinh window function" (1974).
    """

    def formula(x: Any) -> Any:
        return np.i0(beta * np.sqrt(np.maximum(1 - (2 * x - 1) ** 2, 0))) / np.i0(beta)

    return window("kaiser_window", window_length, periodic, formula, dtype, requires_grad)

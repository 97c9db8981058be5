"""Dropout, of random numbers that were drawn before."""

from __future__ import annotations

from typing import Any

from ..kernels import definition
from .primitive import Array, primitive


@definition("numba_dropout", least=1024)
def masked(x: Array, bits: Any, threshold: int, scale: float) -> Array:
    """x scale where bits >= threshold, else 0 (nan if x is infinite)"""
    mask = (bits >= threshold).astype(x.dtype)
    mask *= x.dtype.type(scale)
    return x * mask


@primitive(floating=True)
def dropout(x: Array, bits: Any, threshold: int, scale: float) -> Array:
    """x scale where the whole number that was drawn is at least `threshold`, else 0: what is kept is a byte or two."""
    return masked(x, bits, threshold, scale)


dropout.rule(x=lambda g, bits, threshold, scale: masked(g, bits, threshold, scale))

"""PyTorch's numbers for the ways to reduce a loss; older programs call them as `F._Reduction.get_enum("mean")`."""

from __future__ import annotations

from typing import Any

from .functions.reduction import reduction_of

NUMBERS = {"none": 0, "mean": 1, "elementwise_mean": 1, "sum": 2}


def get_enum(reduction: str) -> int:
    """0, 1 or 2 for "none", "mean" or "sum"."""
    if reduction not in NUMBERS:
        raise ValueError(f"get_enum: {reduction} is not a valid value for reduction; give none, mean or sum")
    return NUMBERS[reduction]


def legacy_get_string(size_average: Any, reduce: Any, emit_warning: bool = True) -> str:
    """The way to reduce that the older arguments stand for."""
    if emit_warning:
        return reduction_of("legacy_get_string", "mean", True if size_average is None else size_average, reduce)
    averaged, reduced = (True if flag is None else flag for flag in (size_average, reduce))
    return "none" if not reduced else "mean" if averaged else "sum"


def legacy_get_enum(size_average: Any, reduce: Any, emit_warning: bool = True) -> int:
    """Its number."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))

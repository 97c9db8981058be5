"""More elementwise ops of two or three inputs: maxima that pass over nan, steps between two, and replacements."""

from __future__ import annotations

import numpy as np

from .primitive import Array, primitive


@primitive(np.fmax, selects=True)
def fmax(x: Array, y: Array) -> Array:
    """The larger of x and y; where one is nan, the other. Equal: x gets the gradient."""
    return np.fmax(x, y)


@primitive(np.fmin, selects=True)
def fmin(x: Array, y: Array) -> Array:
    """The smaller of x and y; where one is nan, the other. Equal: x gets the gradient."""
    return np.fmin(x, y)


# PyTorch's choice where both are equal, or both nan: the first gets the gradient.
fmax.rule(
    x=lambda g, x, y: g * ((x >= y) | (y != y)),
    y=lambda g, x, y: g * np.logical_not((x >= y) | (y != y)),
)
fmin.rule(
    x=lambda g, x, y: g * ((x <= y) | (y != y)),
    y=lambda g, x, y: g * np.logical_not((x <= y) | (y != y)),
)


@primitive()
def lerp(x: Array, y: Array, weight: Array) -> Array:
    """x + weight (y - x), from y backwards for weights above 1/2: exact at both ends."""
    difference = y - x
    if weight.ndim == 0:
        return x + weight * difference if abs(weight) < 0.5 else y - difference * (1 - weight)
    return np.where(np.abs(weight) < 0.5, x + weight * difference, y - difference * (1 - weight))


lerp.rule(
    x=lambda g, weight: g * (1 - weight),
    y=lambda g, weight: g * weight,
    weight=lambda g, x, y: g * (y - x),
)


@primitive(np.nan_to_num)
def nan_to_num(x: Array, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None) -> Array:
    """x with nan, inf and -inf replaced: by 0 and by the largest and smallest number of the dtype if not given."""
    return np.nan_to_num(x, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


nan_to_num.rule(x=lambda g, x: g * np.isfinite(x))


@primitive(np.logical_xor)
def logical_xor(x: Array, y: Array) -> Array:
    """Whether one of x and y holds and the other doesn't; numbers count as true unless 0."""
    return np.logical_xor(x, y)


@primitive(np.isclose)
def isclose(x: Array, y: Array, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether |x - y| <= atol + rtol |y|."""
    if min(rtol, atol) < 0:
        raise ValueError(f"isclose: rtol {rtol}, atol {atol}: a tolerance can't be negative; give 0 or more")
    return np.isclose(x, y, rtol, atol, equal_nan)

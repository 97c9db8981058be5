"""Functions that stay exact where the formula that they stand for does not: log(1 + x), e^x - 1, x log y, 1 - erf(x).

The last two, and the inverse of erf, are computed in float64 to its rounding, and given in the dtype of the input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .primitive import Array, primitive
from .special import LARGE, MIDDLE, SMALL, polynomial


@primitive(np.log1p, floating=True)
def log1p(x: Array) -> Array:
    """log(1 + x); -inf at -1, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log1p(x)


log1p.rule(x=lambda g, x: g / (1 + x))


@primitive(np.expm1, floating=True)
def expm1(x: Array) -> Array:
    """e^x - 1"""
    with np.errstate(over="ignore"):
        return np.expm1(x)


expm1.rule(x=lambda g, out: g * (out + 1))


@primitive(floating=True)
def xlogy(x: Array, y: Array) -> Array:
    """x log(y), and 0 where x is 0 (unless y is nan): what an entropy needs."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((x == 0) & ~np.isnan(y), x.dtype.type(0), x * np.log(y))


def xlogy_x(g: Array, x: Array, y: Array) -> Array:
    """log(y), and 0 where x is 0 and y not positive"""
    nothing = (x == 0) & (y <= 0)
    return np.where(nothing, g * 0, g * np.log(np.where(nothing, y * 0 + 1, y)))


def xlogy_y(g: Array, x: Array, y: Array) -> Array:
    """x / y"""
    with np.errstate(divide="ignore", invalid="ignore"):
        return g * (x / y)


xlogy.rule(x=xlogy_x, y=xlogy_y)


# ---- what the special functions here and in gamma.py are computed with ---------------------------------------------


def doubled(formula: Callable[[Any], Any], x: Array) -> Array:
    """formula(x), computed in float64 and given in the dtype of x; what it would warn of is in its result."""
    with np.errstate(all="ignore"):
        return np.asarray(formula(x.astype(np.float64))).astype(x.dtype, copy=False)


def piecewise(x: Any, pieces: Sequence[tuple[Any, Callable[[Any], Any]]]) -> Any:
    """Each formula at the elements of x at which its condition holds; nan at the others."""
    result = np.full_like(x, np.nan)
    for condition, formula in pieces:
        if np.any(condition):
            result[condition] = formula(x[condition])
    return result


# ---- the complement and the inverse of erf: W. J. Cody's approximations, as in special.py --------------------------


def erf_near(x: Any) -> Any:
    """erf x for |x| < 0.46875"""
    return x * polynomial(SMALL[0], x * x) / polynomial(SMALL[1], x * x)


def erfc_far(x: Any) -> Any:
    """1 - erf x for x >= 0.46875"""
    scaled = piecewise(
        x,
        [
            (x < 4, lambda x: polynomial(MIDDLE[0], x) / polynomial(MIDDLE[1], x)),
            (
                x >= 4,
                lambda x: (math.pi**-0.5 - (y := x**-2.0) * polynomial(LARGE[0], y) / polynomial(LARGE[1], y)) / x,
            ),
        ],
    )
    x = np.minimum(x, 27)  # from where on the result is below the smallest number
    # e^(-x^2) to full precision: the square of x cut to sixteenths is exact, and what that leaves is small.
    cut = np.trunc(x * 16) / 16
    return np.where(x < 27, np.exp(-cut * cut) * np.exp(-(x - cut) * (x + cut)) * scaled, x * 0)


def erfc_double(x: Any) -> Any:
    """1 - erf x in float64"""
    return piecewise(
        x,
        [
            (np.abs(x) < 0.46875, lambda x: 1 - erf_near(x)),
            (x >= 0.46875, erfc_far),
            (x <= -0.46875, lambda x: 2 - erfc_far(-x)),
        ],
    )


@primitive(floating=True)
def erfc(x: Array) -> Array:
    """1 - erf(x), the integral from x to infinity"""
    return doubled(erfc_double, x)


erfc.rule(x=lambda g, x: g * (-2 / math.sqrt(math.pi) * np.exp(-x * x)))


def erfinv_double(x: Any) -> Any:
    """The inverse of erf in float64: Winitzki's closed form (2008), right to 0.2 %, improved by Halley's steps."""
    size = np.minimum(np.abs(x), 1)
    log = np.log1p(-size * size)
    half = 2 / (math.pi * 0.147) + log / 2
    y = np.sqrt(-log / 0.147 / (np.sqrt(half * half - log / 0.147) + half))
    for _ in range(2):  # each cubes the error
        near = y < 0.46875
        # Far from 0 the distance from 1 is what is known exactly.
        error = np.where(near, erf_near(np.where(near, y, 0)) - size, (1 - size) - erfc_double(y))
        newton = error * (math.sqrt(math.pi) / 2) * np.exp(y * y)
        y = y - newton / (1 + y * newton)
    y = np.where(size == 1, np.inf, y)
    return np.where(np.abs(x) > 1, np.nan, np.copysign(y, x))


@primitive(floating=True)
def erfinv(x: Array) -> Array:
    """The y for which erf(y) = x; infinite at -1 and 1, nan outside."""
    return doubled(erfinv_double, x)


erfinv.rule(x=lambda g, out: g * (math.sqrt(math.pi) / 2 * np.exp(out * out)))

"""The normal distribution's functions and others close to erf: all in float64, given in the input's dtype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .nested import nested
from .precise import doubled, erf_near, erfc_double, piecewise
from .primitive import Array, primitive
from .special import LARGE, MIDDLE, polynomial

ROOT_2 = math.sqrt(2)


def erfcx_double(x: Any) -> Any:
    """e^(x^2) erfc(x) in float64, by Cody's approximations of it as in special.py"""
    return piecewise(
        x,
        [
            (np.abs(x) < 0.46875, lambda x: np.exp(x * x) * (1 - erf_near(x))),
            ((x >= 0.46875) & (x < 4), lambda x: polynomial(MIDDLE[0], x) / polynomial(MIDDLE[1], x)),
            (
                x >= 4,
                lambda x: (math.pi**-0.5 - (y := x**-2.0) * polynomial(LARGE[0], y) / polynomial(LARGE[1], y)) / x,
            ),
            (x <= -0.46875, lambda x: 2 * np.exp(x * x) - erfcx_double(-x)),
        ],
    )


@primitive(floating=True)
def erfcx(x: Array) -> Array:
    """e^(x^2) erfc(x), which neither underflows nor overflows for large x."""
    return doubled(erfcx_double, x)


erfcx.rule(x=lambda g, x, out: g * (2 * x * out - 2 / math.sqrt(math.pi)))


@primitive(floating=True)
def ndtr(x: Array) -> Array:
    """The integral of the normal density from -inf to x: erfc(-x / sqrt(2)) / 2"""
    return doubled(lambda x: erfc_double(-x / ROOT_2) / 2, x)


ndtr.rule(x=lambda g, x: g * (np.exp(-x * x / 2) / math.sqrt(2 * math.pi)))


def log_ndtr_double(x: Any) -> Any:
    """log(ndtr(x)) in float64: on the left by erfcx, which does not underflow"""
    return piecewise(
        x,
        [
            (x < -1, lambda x: np.log(erfcx_double(-x / ROOT_2) / 2) - x * x / 2),
            (x >= -1, lambda x: np.log1p(-erfc_double(x / ROOT_2) / 2)),
        ],
    )


@primitive(floating=True)
def log_ndtr(x: Array) -> Array:
    """log(ndtr(x)), also where ndtr underflows."""
    return doubled(log_ndtr_double, x)


# The density by ndtr: e^(-x^2 / 2) and its like in erfc cancel.
log_ndtr.rule(x=lambda g, x: g * (math.sqrt(2 / math.pi) / nested(erfcx)(-x / ROOT_2)))


def ndtri_double(p: Any) -> Any:
    """The inverse of ndtr in float64: Newton's steps for log(ndtr(x)) = log(p), which is concave, from its tail.

    Up to p = 1/2; above by symmetry, as 1 - p is exact there.
    """
    low = np.minimum(p, 1 - p)
    log = np.log(np.where((low > 0) & (low <= 0.5), low, 0.5))
    x = -np.sqrt(np.maximum(-2 * log - np.log(np.maximum(-4 * math.pi * log, 1)), 0))  # the tail is density / |x|
    for _ in range(7):
        x = x - (log_ndtr_double(x) - log) * erfcx_double(-x / ROOT_2) * math.sqrt(math.pi / 2)
    x = np.where(low == 0, -np.inf, np.where((p < 0) | (p > 1) | np.isnan(p), np.nan, x))
    return np.where(p > 0.5, -x, np.where(p == 0.5, 0, x))


@primitive(floating=True)
def ndtri(x: Array) -> Array:
    """The y for which ndtr(y) = x: -inf at 0, inf at 1, nan outside."""
    return doubled(ndtri_double, x)


ndtri.rule(x=lambda g, out: g * (math.sqrt(2 * math.pi) * np.exp(out * out / 2)))


@primitive(floating=True)
def entr(x: Array) -> Array:
    """-x log(x), what an outcome adds to the entropy; 0 at 0, -inf below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        y = -x * np.log(np.where(x > 0, x, 1))
        return np.where(x > 0, y, np.where(x == 0, 0, np.where(np.isnan(x), x, -np.inf))).astype(x.dtype)


entr.rule(x=lambda g, x: g * (-np.log(x) - 1))


@primitive(floating=True)
def xlog1py(x: Array, y: Array) -> Array:
    """x log(1 + y), and 0 where x is 0 (unless y is nan)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((x == 0) & ~np.isnan(y), x.dtype.type(0), x * np.log1p(y))


def xlog1py_x(g: Array, x: Array, y: Array) -> Array:
    """log(1 + y), and 0 where x is 0 and y not above -1"""
    nothing = (x == 0) & (y <= -1)
    return np.where(nothing, g * 0, g * np.log1p(np.where(nothing, y * 0, y)))


def xlog1py_y(g: Array, x: Array, y: Array) -> Array:
    """x / (1 + y)"""
    with np.errstate(divide="ignore", invalid="ignore"):
        return g * (x / (1 + y))


xlog1py.rule(x=xlog1py_x, y=xlog1py_y)

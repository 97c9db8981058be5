"""Powers and logarithms to other bases than e, roots and reciprocals."""

from __future__ import annotations

import math

import numpy as np

from .primitive import Array, primitive


@primitive(np.exp2, floating=True)
def exp2(x: Array) -> Array:
    """2 ** x"""
    with np.errstate(over="ignore"):
        return np.exp2(x)


exp2.rule(x=lambda g, out: g * (out * math.log(2)))


@primitive(np.log2, floating=True)
def log2(x: Array) -> Array:
    """The logarithm to base 2; -inf at 0, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log2(x)


log2.rule(x=lambda g, x: g / (x * math.log(2)))


@primitive(np.log10, floating=True)
def log10(x: Array) -> Array:
    """The logarithm to base 10; -inf at 0, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(x)


log10.rule(x=lambda g, x: g / (x * math.log(10)))


@primitive(floating=True)
def rsqrt(x: Array) -> Array:
    """1 / sqrt(x); inf at 0, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 / np.sqrt(x)


rsqrt.rule(x=lambda g, out: g * (out * out * out * -0.5))


@primitive(floating=True)
def reciprocal(x: Array) -> Array:
    """1 / x; inf at 0."""
    with np.errstate(divide="ignore"):
        return 1 / x


reciprocal.rule(x=lambda g, out: -g * out * out)


@primitive(np.logaddexp, floating=True)
def logaddexp(x: Array, y: Array) -> Array:
    """log(e^x + e^y), for which neither power is computed."""
    with np.errstate(invalid="ignore"):
        return np.logaddexp(x, y)


# The share of one of them in the sum is e^x / (e^x + e^y) = e^-log(1 + e^(y - x)), in which nothing overflows.
logaddexp.rule(
    x=lambda g, x, y: g * np.exp(-np.logaddexp(0, y - x)), y=lambda g, x, y: g * np.exp(-np.logaddexp(0, x - y))
)

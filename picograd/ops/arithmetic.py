"""Further arithmetic, element by element: signs, hypotenuses, powers of 2, whole numbers and their bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .primitive import Array, primitive

# ---- one input -----------------------------------------------------------------------------------------------------


@primitive(np.sinc, floating=True)
def sinc(x: Array) -> Array:
    """sin(pi x) / (pi x), which is 1 at 0"""
    return np.sinc(x).astype(x.dtype, copy=False)


def sinc_x(g: Array, x: Array) -> Array:
    """g (cos(pi x) - sinc(x)) / x, which is 0 at 0"""
    zero = x == 0
    z = np.where(zero, x * 0 + 1, x)
    return g * np.where(zero, x * 0, (np.cos(math.pi * z) - np.sin(math.pi * z) / (math.pi * z)) / z)


sinc.rule(x=sinc_x)


@primitive()
def mantissa(x: Array, scale: Any) -> Array:
    """The m of x = m 2^e with 0.5 <= |m| < 1, for scale 2^e"""
    return np.frexp(x)[0]


mantissa.rule(x=lambda g, scale: g / scale)


@primitive(np.angle, floating=True)
def angle(x: Array) -> Array:
    """The angle of a real number in the complex plane: 0, or pi for negative ones; its derivative is 0."""
    return np.where(np.isnan(x), x, np.where(x < 0, x.dtype.type(math.pi), x.dtype.type(0)))


angle.rule(x=lambda g: g * 0)


@primitive(np.signbit)
def signbit(x: Array) -> Array:
    """Whether the sign is minus, also that of -0.0"""
    return np.signbit(x) if x.dtype.kind == "f" else x < 0


@primitive(np.isposinf)
def isposinf(x: Array) -> Array:
    """Whether x is inf"""
    return x == np.inf


@primitive(np.isneginf)
def isneginf(x: Array) -> Array:
    """Whether x is -inf"""
    return x == -np.inf


# ---- two inputs ----------------------------------------------------------------------------------------------------


@primitive(np.copysign, floating=True)
def copysign(x: Array, y: Array) -> Array:
    """|x| with the sign of y, which has derivative 0; the derivative at x = 0 is 0."""
    return np.copysign(x, y)


copysign.rule(x=lambda g, x, out: g * (np.sign(x) * np.sign(out)), y=lambda g: g * 0)


@primitive(np.hypot, floating=True)
def hypot(x: Array, y: Array) -> Array:
    """sqrt(x^2 + y^2), for which neither square is computed"""
    return np.hypot(x, y)


hypot.rule(x=lambda g, x, out: g * (x / out), y=lambda g, y, out: g * (y / out))


@primitive(np.logaddexp2, floating=True)
def logaddexp2(x: Array, y: Array) -> Array:
    """log2(2^x + 2^y), for which neither power is computed"""
    with np.errstate(invalid="ignore"):
        return np.logaddexp2(x, y)


# As that of logaddexp: the share of one of them in the sum.
logaddexp2.rule(
    x=lambda g, x, y: g * np.exp2(-np.logaddexp2(0, y - x)), y=lambda g, x, y: g * np.exp2(-np.logaddexp2(0, x - y))
)


@primitive(np.heaviside)
def heaviside(x: Array, y: Array) -> Array:
    """0 for x < 0, y for x = 0, 1 for x > 0; without gradient."""
    return np.where(x != x, x, np.where(x == 0, y, (x > 0).astype(x.dtype)))


@primitive(np.nextafter, floating=True)
def nextafter(x: Array, y: Array) -> Array:
    """The number next to x on the side of y; without gradient."""
    return np.nextafter(x, y)


@primitive(np.gcd)
def gcd(x: Array, y: Array) -> Array:
    """The greatest common divisor of integers, not negative; gcd(0, y) is |y|."""
    return np.gcd(x, y)


@primitive(np.lcm)
def lcm(x: Array, y: Array) -> Array:
    """The least common multiple of integers, not negative; 0 if one of them is."""
    return np.lcm(x, y)


@primitive(np.left_shift)
def bitwise_left_shift(x: Array, y: Array) -> Array:
    """x << y, that is x 2^y, of integers"""
    return np.left_shift(x, y)


@primitive(np.right_shift)
def bitwise_right_shift(x: Array, y: Array) -> Array:
    """x >> y, that is floor(x / 2^y), of integers"""
    return np.right_shift(x, y)

"""Circular and hyperbolic functions and their inverses; sin, cos and tanh are among the elementwise ops."""

from __future__ import annotations

import numpy as np

from .primitive import Array, primitive


@primitive(np.tan, floating=True)
def tan(x: Array) -> Array:
    """sin x / cos x"""
    return np.tan(x)


tan.rule(x=lambda g, out: g + g * out * out)


@primitive(np.arcsin, floating=True)
def asin(x: Array) -> Array:
    """The angle between -pi/2 and pi/2 whose sine is x; nan outside [-1, 1]."""
    with np.errstate(invalid="ignore"):
        return np.arcsin(x)


asin.rule(x=lambda g, x: g / np.sqrt(1 - x * x))


@primitive(np.arccos, floating=True)
def acos(x: Array) -> Array:
    """The angle between 0 and pi whose cosine is x; nan outside [-1, 1]."""
    with np.errstate(invalid="ignore"):
        return np.arccos(x)


acos.rule(x=lambda g, x: -g / np.sqrt(1 - x * x))


@primitive(np.arctan, floating=True)
def atan(x: Array) -> Array:
    """The angle between -pi/2 and pi/2 whose tangent is x."""
    return np.arctan(x)


atan.rule(x=lambda g, x: g / (x * x + 1))


@primitive(np.sinh, floating=True)
def sinh(x: Array) -> Array:
    """(e^x - e^-x) / 2"""
    with np.errstate(over="ignore"):
        return np.sinh(x)


sinh.rule(x=lambda g, x: g * np.cosh(x))


@primitive(np.cosh, floating=True)
def cosh(x: Array) -> Array:
    """(e^x + e^-x) / 2"""
    with np.errstate(over="ignore"):
        return np.cosh(x)


cosh.rule(x=lambda g, x: g * np.sinh(x))


@primitive(np.arcsinh, floating=True)
def asinh(x: Array) -> Array:
    """log(x + sqrt(x^2 + 1))"""
    return np.arcsinh(x)


asinh.rule(x=lambda g, x: g / np.sqrt(x * x + 1))


@primitive(np.arccosh, floating=True)
def acosh(x: Array) -> Array:
    """log(x + sqrt(x^2 - 1)); nan below 1."""
    with np.errstate(invalid="ignore"):
        return np.arccosh(x)


acosh.rule(x=lambda g, x: g / np.sqrt((x - 1) * (x + 1)))


@primitive(np.arctanh, floating=True)
def atanh(x: Array) -> Array:
    """log((1 + x) / (1 - x)) / 2; infinite at -1 and 1, nan outside."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.arctanh(x)


atanh.rule(x=lambda g, x: g / (1 - x * x))


@primitive(np.arctan2, floating=True)
def atan2(x: Array, y: Array) -> Array:
    """The angle of the point (y, x): atan(x / y) in the right quadrant, from -pi to pi."""
    return np.arctan2(x, y)


def radius(x: Array, y: Array) -> Array:
    """x^2 + y^2, and 1 at the origin, where no angle is defined and the gradient is 0."""
    square = x * x + y * y
    return square + (square == 0)


atan2.rule(
    x=lambda g, x, y: g * (y / radius(x, y)),
    y=lambda g, x, y: g * (-x / radius(x, y)),
)

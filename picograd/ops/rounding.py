"""Rounding, and division with a whole quotient: what is left over has a gradient, what is whole has derivative 0."""

from __future__ import annotations

import numpy as np

from .primitive import Array, primitive


@primitive(np.floor)
def floor(x: Array) -> Array:
    """The largest whole number not above x."""
    return x.copy() if x.dtype.kind in "iu" else np.floor(x)


@primitive(np.ceil)
def ceil(x: Array) -> Array:
    """The smallest whole number not below x."""
    return x.copy() if x.dtype.kind in "iu" else np.ceil(x)


@primitive(np.trunc, np.fix)
def trunc(x: Array) -> Array:
    """The whole number next to x on the side of 0."""
    return x.copy() if x.dtype.kind in "iu" else np.trunc(x)


@primitive(np.round, np.around, np.rint)
def round_(x: Array, decimals: int = 0) -> Array:
    """The nearest number with this many decimals; halves go to the even one."""
    if x.dtype.kind == "b":
        raise TypeError("round: a bool Tensor: there is nothing to round; convert it with float()")
    if x.dtype.kind in "iu":
        return x.copy()
    if decimals < 0:
        return np.rint(x / 10.0**-decimals) * 10.0**-decimals
    return np.rint(x * 10.0**decimals) / 10.0**decimals if decimals else np.rint(x)


@primitive()
def frac(x: Array) -> Array:
    """What trunc cuts off: x - trunc(x)."""
    return x - np.trunc(x)


floor.rule(x=lambda g: g * 0)
ceil.rule(x=lambda g: g * 0)
trunc.rule(x=lambda g: g * 0)
round_.rule(x=lambda g: g * 0)
frac.rule(x=lambda g: g)


def whole_divisor(y: Array, op: str) -> None:
    """Raise for a division by 0 whose result has no infinity to be."""
    if y.dtype.kind in "iub" and not np.all(y):
        raise ZeroDivisionError(f"{op}: a {y.dtype} divisor: it is 0 somewhere; divide floats, or mask it")


@primitive(np.floor_divide)
def floor_divide(x: Array, y: Array) -> Array:
    """floor(x / y)"""
    whole_divisor(y, "floor_divide")
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.floor_divide(x, y)
        # NumPy gives nan where x is divided by 0 or infinite; PyTorch, as IEEE does, an infinity.
        return out if out.dtype.kind != "f" else np.where(np.isinf(x / y) & ~np.isinf(out), x / y, out)


floor_divide.rule(x=lambda g: g * 0, y=lambda g: g * 0)


@primitive()
def trunc_divide(x: Array, y: Array) -> Array:
    """trunc(x / y)"""
    whole_divisor(y, "div")
    with np.errstate(divide="ignore", invalid="ignore"):
        if x.dtype.kind == "f":
            return np.trunc(x / y)
        quotient = np.floor_divide(x, y)
        return quotient + ((np.remainder(x, y) != 0) & ((x < 0) != (y < 0))).astype(x.dtype)


trunc_divide.rule(x=lambda g: g * 0, y=lambda g: g * 0)


@primitive(np.remainder, np.mod)
def remainder(x: Array, y: Array) -> Array:
    """x - y floor(x / y): what is left of x, with the sign of y."""
    whole_divisor(y, "remainder")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.remainder(x, y)


remainder.rule(x=lambda g: g, y=lambda g, x, y: -g * np.floor(x / y))


@primitive(np.fmod)
def fmod(x: Array, y: Array) -> Array:
    """x - y trunc(x / y): what is left of x, with the sign of x."""
    whole_divisor(y, "fmod")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.fmod(x, y)


fmod.rule(x=lambda g: g, y=lambda g, x, y: -g * np.trunc(x / y))

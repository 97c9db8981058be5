"""Elementwise ops of one input, and broadcast ops of two: each formula with its derivative.

Every op works on inputs of any shape; two inputs broadcast together as in NumPy. Integer input gives float32 where
the result is not an integer. `g` is the incoming gradient, `out` the result.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np

from ..engine import MANY, sum_of
from ..kernels import definition
from .primitive import Array, primitive

# ---- one input -----------------------------------------------------------------------------------------------------


@primitive(np.negative)
def neg(x: Array) -> Array:
    """-x"""
    if x.dtype == bool:
        raise TypeError("neg: a bool Tensor: it has no negative; use ~x for logical not")
    return np.negative(x)


neg.rule(x=lambda g: -g)


@primitive(np.abs, np.fabs)
def abs_(x: Array) -> Array:
    """|x|; the derivative at 0 is 0."""
    return np.abs(x)


abs_.rule(x=lambda g, x: g * np.sign(x))


@primitive(np.sign)
def sign(x: Array) -> Array:
    """-1, 0 or 1 (0 for nan); its derivative is 0."""
    if x.dtype.kind == "f":
        return (x > 0).astype(x.dtype) - (x < 0)  # 0 for nan, as PyTorch has it
    return np.sign(x) if x.dtype != bool else x.copy()


sign.rule(x=lambda g: g * 0)


@primitive(np.exp, floating=True)
def exp(x: Array) -> Array:
    """e ** x"""
    return np.exp(x)


exp.rule(x=lambda g, out: g * out)


@primitive(np.log, floating=True)
def log(x: Array) -> Array:
    """The natural logarithm; -inf at 0, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(x)


log.rule(x=lambda g, x: g / x)


@primitive(np.sqrt, floating=True)
def sqrt(x: Array) -> Array:
    """x ** 0.5; nan below 0."""
    with np.errstate(invalid="ignore"):
        return np.sqrt(x)


sqrt.rule(x=lambda g, out: g / (2 * out))


@primitive(np.square)
def square(x: Array) -> Array:
    """x ** 2; bools give int64, as any power of them."""
    return x * x if x.dtype != bool else x.astype(np.int64)


square.rule(x=lambda g, x: g * (2 * x))


@primitive(np.sin, floating=True)
def sin(x: Array) -> Array:
    """sin x, x in radians"""
    return np.sin(x)


sin.rule(x=lambda g, x: g * np.cos(x))


@primitive(np.cos, floating=True)
def cos(x: Array) -> Array:
    """cos x, x in radians"""
    return np.cos(x)


cos.rule(x=lambda g, x: -g * np.sin(x))


@primitive(np.tanh, floating=True)
def tanh(x: Array) -> Array:
    """(e^x - e^-x) / (e^x + e^-x)"""
    return np.tanh(x)


tanh.rule(x=lambda g, out: g - g * out * out)


@primitive(floating=True)
@definition("numba_activation", least=4096)
def sigmoid(x: Array) -> Array:
    """e^x / (1 + e^x), which is 1 / (1 + e^-x)"""
    # x is cut off where e^x would overflow; the quotient is 1 there anyway.
    e = np.exp(np.minimum(x, largest_exponent(x.dtype)))
    return e / (one(x.dtype) + e)


@definition("numba_activation", least=4096)
def sigmoid_x(g: Array, out: Array) -> Array:
    """g s (1 - s) for the result s"""
    return g * (out * (one(out.dtype) - out))


sigmoid.rule(x=sigmoid_x)
sigmoid_values: Any = sigmoid.primitive.forward  # of arrays


@primitive(selects=True)
def relu(x: Array) -> Array:
    """max(x, 0); the derivative at 0 is 0."""
    # Of two arrays NumPy compares many elements at a time, with a number one after another.
    return np.maximum(x, zeros(x.shape, x.dtype)) if x.size <= 1 << 17 else relu_of_many(x)


@definition("numba_relu", least=1 << 18)
def relu_of_many(x: Array) -> Array:
    """The formula of `relu`."""
    return np.maximum(x, zeros((), x.dtype))


@definition("numba_relu", least=1 << 14)
def relu_x(g: Array, out: Array) -> Array:
    """g where x > 0, else 0"""
    return g * np.sign(out)  # which is 1 where x > 0, else 0


relu.rule(x=relu_x)


@primitive()
def leaky_relu(x: Array, negative_slope: float = 0.01) -> Array:
    """x where x > 0, else negative_slope * x"""
    return np.where(x > 0, x, x * negative_slope)


leaky_relu.rule(x=lambda g, x, negative_slope: np.where(x > 0, g, g * negative_slope))


# Numbers that are ready: NumPy converts one of Python's anew in each call, which costs as much as the call.


@cache
def one(dtype: Any) -> Array:
    """1 in this dtype."""
    return np.asarray(1, dtype)


@cache
def largest_exponent(dtype: Any) -> Array:
    """The largest number of which e^ does not overflow in this dtype, nearly."""
    return np.asarray(np.log(np.finfo(dtype).max) - 0.1, dtype)


@lru_cache(8)
def zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    """Zeros, to be read only. Those of the last few shapes are kept."""
    return np.zeros(shape, dtype)


# ---- two inputs ----------------------------------------------------------------------------------------------------


@primitive(np.add)
def add(x: Array, y: Array) -> Array:
    """x + y"""
    return x + y if x.size < MANY else sum_of(x, y)


add.rule(x=lambda g: g, y=lambda g: g)


@primitive(np.subtract)
def sub(x: Array, y: Array) -> Array:
    """x - y"""
    return x - y if x.size < MANY else difference_of(x, y)


@definition("numba_arithmetic", least=MANY)
def difference_of(x: Any, y: Any) -> Any:
    """x - y of large arrays"""
    return x - y


sub.rule(x=lambda g: g, y=lambda g: -g)


@primitive(np.multiply)
def mul(x: Array, y: Array) -> Array:
    """x * y"""
    return x * y if x.size < MANY else product_of(x, y)


@definition("numba_arithmetic", least=MANY)
def product_of(x: Any, y: Any) -> Any:
    """x * y of large arrays"""
    return x * y


mul.rule(x=lambda g, y: g * y, y=lambda g, x: g * x)


@primitive(np.divide, np.true_divide, floating=True)
def div(x: Array, y: Array) -> Array:
    """x / y; inf or nan where y is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return x / y


# Not from the result, which people go on to write into: x = a / b; x += 1.
div.rule(x=lambda g, y: g / y, y=lambda g, x, y: -g * (x / y) / y)


@primitive(np.power, np.float_power)
def pow_(x: Array, y: Array) -> Array:
    """x ** y; nan for a negative x and a y that is not whole."""
    if y.dtype.kind == "i" and y.ndim and np.any(y < 0):  # whole numbers: what is no whole number is 0
        odd = np.where(y % 2 == 0, x * x, x)
        return np.where(y < 0, odd * (np.abs(x) == 1), x ** np.maximum(y, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return x**y


# Where y is 0 the derivative y x^(y-1) is 0 also at x = 0: y - (y != 0) keeps 0^-1 out.
# Where x is 0 the other, x^y log x, is 0: log(x + (x == 0)) keeps log 0 out.
pow_.rule(
    x=lambda g, x, y: g * (y * x ** (y - (y != 0))),
    y=lambda g, x, out: g * (out * np.log(x + (x == 0))),
)


@primitive(np.maximum, selects=True)
def maximum(x: Array, y: Array) -> Array:
    """The larger of x and y; nan if one is nan. Where they are equal, each gets half of the gradient."""
    return np.maximum(x, y)


maximum.rule(
    x=lambda g, x, y: np.where(x == y, g / 2, g * (x > y)),
    y=lambda g, x, y: np.where(x == y, g / 2, g * (x < y)),
)


@primitive(np.minimum, selects=True)
def minimum(x: Array, y: Array) -> Array:
    """The smaller of x and y; nan if one is nan. Where they are equal, each gets half of the gradient."""
    return np.minimum(x, y)


minimum.rule(
    x=lambda g, x, y: np.where(x == y, g / 2, g * (x < y)),
    y=lambda g, x, y: np.where(x == y, g / 2, g * (x > y)),
)


@primitive(np.where)
def where(condition: Any, x: Array, y: Array) -> Array:
    """x where `condition` (bool) holds, else y; the three broadcast together."""
    return np.where(condition, x, y)


where.rule(
    # not g * condition: an infinite or nan g must not reach the branch that was not taken
    x=lambda g, condition: np.where(condition, g, 0),
    y=lambda g, condition: np.where(condition, 0, g),
)


@primitive(np.clip, selects=True)
def clamp(x: Array, min: Array = None, max: Array = None) -> Array:
    """min(max(x, min), max); None leaves a side open. The derivative is 1 within and at the bounds, 0 outside."""
    if min is None and max is None:
        raise ValueError("clamp: neither min nor max: there is nothing to do; give at least one of them")
    return np.clip(x, min, max)


# Where the bounds cross, the result is max.
clamp.rule(
    x=lambda g, x, min, max: g * ((True if min is None else x >= min) & (True if max is None else x <= max)),
    min=lambda g, x, min, max: g * ((x < min) & (True if max is None else min < max)),
    max=lambda g, x, min, max: g * ((x > max) | (False if min is None else min > max)),
)


# ---- comparisons and logic: results are bool and have no gradient --------------------------------------------------


@primitive(np.equal)
def eq(x: Array, y: Array) -> Array:
    """x == y"""
    return np.equal(x, y)


@primitive(np.not_equal)
def ne(x: Array, y: Array) -> Array:
    """x != y"""
    return np.not_equal(x, y)


@primitive(np.less)
def lt(x: Array, y: Array) -> Array:
    """x < y"""
    return np.less(x, y)


@primitive(np.less_equal)
def le(x: Array, y: Array) -> Array:
    """x <= y"""
    return np.less_equal(x, y)


@primitive(np.greater)
def gt(x: Array, y: Array) -> Array:
    """x > y"""
    return np.greater(x, y)


@primitive(np.greater_equal)
def ge(x: Array, y: Array) -> Array:
    """x >= y"""
    return np.greater_equal(x, y)


@primitive(np.logical_and)
def logical_and(x: Array, y: Array) -> Array:
    """x and y; numbers count as true unless 0."""
    return np.logical_and(x, y)


@primitive(np.logical_or)
def logical_or(x: Array, y: Array) -> Array:
    """x or y; numbers count as true unless 0."""
    return np.logical_or(x, y)


@primitive(np.logical_not)
def logical_not(x: Array) -> Array:
    """not x; numbers count as true unless 0."""
    return np.logical_not(x)


@primitive(np.bitwise_and)
def bitwise_and(x: Array, y: Array) -> Array:
    """x & y, of bools or integers"""
    return np.bitwise_and(x, y)


@primitive(np.bitwise_or)
def bitwise_or(x: Array, y: Array) -> Array:
    """x | y, of bools or integers"""
    return np.bitwise_or(x, y)


@primitive(np.bitwise_xor)
def bitwise_xor(x: Array, y: Array) -> Array:
    """x ^ y, of bools or integers"""
    return np.bitwise_xor(x, y)


@primitive(np.bitwise_not)
def bitwise_not(x: Array) -> Array:
    """~x, of bools or integers"""
    return np.bitwise_not(x)


@primitive(np.isnan)
def isnan(x: Array) -> Array:
    """Whether x is nan"""
    return np.isnan(x)


@primitive(np.isinf)
def isinf(x: Array) -> Array:
    """Whether x is infinite"""
    return np.isinf(x)


@primitive(np.isfinite)
def isfinite(x: Array) -> Array:
    """Whether x is neither infinite nor nan"""
    return np.isfinite(x)

"""Functions of single elements that are composed of ops, or read their arguments in PyTorch's way."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..ops import arithmetic, elementwise, movement, precise
from ..ops.out import takes_out
from .arithmetic import scaled


def value_of(x: Any) -> Any:
    """The array of a Tensor, or of numbers."""
    return x.value if isinstance(x, engine.box) else np.asarray(x)


@takes_out
def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """other - alpha input"""
    return elementwise.sub(other, scaled(input, alpha, "rsub"))


def positive(input: Any) -> Any:
    """The input itself: +x."""
    if input.dtype == bool:
        raise TypeError("positive: a bool Tensor: it has no sign; convert it with int()")
    return input


@takes_out
def deg2rad(input: Any) -> Any:
    """Degrees as radians: x pi / 180"""
    return floats(input) * (math.pi / 180)


@takes_out
def rad2deg(input: Any) -> Any:
    """Radians as degrees: x 180 / pi"""
    return floats(input) * (180 / math.pi)


def floats(x: Any) -> Any:
    """x, as float32 if it is of integers or bools."""
    return x.float() if x.dtype.kind in "iub" else x


@takes_out
def logit(input: Any, eps: float | None = None) -> Any:
    """log(x / (1 - x)), the inverse of sigmoid; `eps` keeps x within [eps, 1 - eps], and the derivative outside is 0.

    Without it: nan outside [0, 1].
    """
    x = floats(input)
    x = x if eps is None else elementwise.clamp(x, eps, 1 - eps)
    return elementwise.log(x) - precise.log1p(-x)


@takes_out
def float_power(input: Any, exponent: Any) -> Any:
    """input ** exponent, computed in float64"""
    x, y = (v.double() if isinstance(v, engine.box) else float(v) for v in (input, exponent))
    return elementwise.pow_(x, y) if isinstance(x, engine.box) else elementwise.pow_(np.asarray(x), y)


@takes_out
def ldexp(input: Any, other: Any) -> Any:
    """input 2^other; integers give float32."""
    return elementwise.mul(input, elementwise.pow_(2.0, other))


class MantissaExponent(NamedTuple):
    """What `frexp` gives: input = mantissa 2^exponent."""

    mantissa: Any
    exponent: Any


@takes_out
def frexp(input: Any) -> Any:
    """(mantissa, exponent): input = mantissa 2^exponent with 0.5 <= |mantissa| < 1, and exponents of int32."""
    if input.dtype.kind != "f":
        raise TypeError(f"frexp: a Tensor of {input.dtype}: it takes floats apart; convert it with float()")
    exponent = np.asarray(np.frexp(input.value)[1])
    scale = np.ldexp(np.ones((), input.dtype), exponent) if input.node is not None else None
    return MantissaExponent(arithmetic.mantissa(input, scale), engine.box._of(exponent.astype(np.int32)))


@takes_out
def heaviside(input: Any, values: Any) -> Any:
    """0 where input < 0, `values` where it is 0, 1 where it is greater; without gradient."""
    if input.dtype != values.dtype:
        raise TypeError(f"heaviside: {input.dtype} and {values.dtype}: they must be equal; convert one of them")
    return arithmetic.heaviside(input, values)


def isreal(input: Any) -> Any:
    """Whether each element is a real number: all are but complex ones with an imaginary part."""
    if input.dtype.kind == "c":
        return elementwise.eq(input.imag, 0)
    return engine.box._of(np.ones(input.shape, np.bool_))


def is_nonzero(input: Any) -> bool:
    """Whether the one element is not 0."""
    if input.numel() != 1:
        raise RuntimeError(f"is_nonzero: shape {input.shape}: it takes one element; use any() or all()")
    return bool(input.value.reshape(()) != 0)


def itself(input: Any) -> Any:
    """The input itself: real numbers are their own conjugates and real parts."""
    return input


def conj_physical(input: Any) -> Any:
    """A copy: real numbers are their own conjugates."""
    return movement.clone(input)


def shift(op: Any) -> Any:
    """A shift of bits that takes what PyTorch's takes."""

    def call(input: Any, other: Any) -> Any:
        for v in (input, other):
            if value_of(v).dtype.kind not in "iu":
                raise TypeError(
                    f"{op.__name__}: an operand of {value_of(v).dtype}: bits are those of integers; convert it"
                )
        return op(input, other)

    call.__name__ = call.__qualname__ = op.__name__
    call.__doc__ = op.__doc__
    return takes_out(call)


bitwise_left_shift = shift(arithmetic.bitwise_left_shift)
bitwise_right_shift = shift(arithmetic.bitwise_right_shift)


# ---- activations that are methods, too ----------------------------------------------------------------------------


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x where |x| > lambd, else 0"""
    x = engine.box._constant(input)
    return elementwise.where(~(np.abs(x.value) <= lambd), x, np.where(np.isnan(x.value), x.value, x.dtype.type(0)))


def prelu(input: Any, weight: Any) -> Any:
    """x where x > 0, else weight * x; `weight` is one number, or one for each channel C of (N, C, ...)."""
    x, slope = engine.box._constant(input), engine.box._constant(weight)
    if slope.numel() != 1:
        channels = x.shape[1] if x.ndim > 1 else 1
        if slope.ndim != 1 or slope.numel() != channels or not x.ndim:
            raise ValueError(
                f"prelu: input {x.shape} and weight {slope.shape}: the weight must be one number, or one for each of "
                f"the {channels} channels (axis 1); reshape it"
            )
        slope = slope.reshape((-1,) + (1,) * (x.ndim - 2)) if x.ndim > 2 else slope
    elif slope.ndim > x.ndim:
        slope = slope.reshape(())
    return elementwise.where(x.value > 0, x, slope * x)

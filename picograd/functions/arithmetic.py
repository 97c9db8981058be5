"""Arithmetic with PyTorch's options, and formulas of several ops."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from .. import engine
from ..ops import elementwise, rounding, selection
from ..ops.out import takes_out


def is_bool(x: Any) -> bool:
    """Whether x is a bool, or a Tensor or array of them."""
    return x.dtype == bool if hasattr(x, "dtype") else isinstance(x, bool)


def is_whole(x: Any) -> bool:
    """Whether x is an integer, or a Tensor or array of them."""
    return x.dtype.kind in "iub" if hasattr(x, "dtype") else isinstance(x, int)


def old_order(tensors: int, *names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For a function of so many Tensors: PyTorch's old order, too, in which the numbers (`names`) stand between them.

    `x.add_(2, y)` is `x.add_(y, alpha=2)`; `addmm(beta, x, alpha, y, z)` is `addmm(x, y, z, beta=beta, alpha=alpha)`.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if len(args) > tensors:
                arrays = [k for k, a in enumerate(args) if isinstance(a, engine.box | np.ndarray)]
                many = max(0, len(arrays) - tensors)
                surplus = [k for k in arrays[1:] if args[k].shape == ()][:many]  # 0-d Tensors are numbers, too
                given = [args[k] for k in arrays if k not in surplus]
                numbers = [a for k, a in enumerate(args) if k in surplus or k not in arrays]
                if len(given) == tensors and len(numbers) <= len(names):
                    return function(*given, **dict(zip(names, numbers, strict=False)), **kwargs)
            return function(*args, **kwargs)

        return call

    return decorate


def scaled(x: Any, alpha: Any, op: str) -> Any:
    """alpha x"""
    if isinstance(alpha, float) and is_whole(x):
        raise TypeError(f"{op}: alpha {alpha} for integers: the result would be no integer; give a whole alpha")
    return x if alpha == 1 and not isinstance(alpha, bool) else elementwise.mul(x, alpha)


@takes_out
@old_order(2, "alpha")
def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input + alpha other"""
    if is_bool(input) and is_bool(other):
        alpha = bool(alpha)
    return elementwise.add(input, scaled(other, alpha, "add"))


@takes_out
@old_order(2, "alpha")
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input - alpha other"""
    return elementwise.sub(input, scaled(other, alpha, "sub"))


@takes_out
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """input / other; `rounding_mode`: "floor" for its floor, "trunc" for its whole part."""
    if rounding_mode is None:
        return elementwise.div(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise ValueError(f"div: rounding_mode {rounding_mode!r}: there is none such; give 'floor', 'trunc' or None")
    return (rounding.floor_divide if rounding_mode == "floor" else rounding.trunc_divide)(input, other)


@takes_out
def pow_(input: Any, exponent: Any) -> Any:
    """input ** exponent; nan for a negative input and an exponent that is not whole.

    Of integers, a negative number as exponent is an error, a Tensor gives 0 (or 1 and -1), as the whole part.
    """
    if isinstance(exponent, engine.box) and not exponent.ndim and exponent.dtype.kind == "i":
        out = elementwise.pow_(input, exponent.reshape(1))
        return out if np.ndim(input) else out.reshape(())
    return elementwise.pow_(input, exponent)


@takes_out
def clamp_min(input: Any, min: Any) -> Any:
    """The larger of input and min; the derivative is 1 at min and above."""
    return elementwise.clamp(input, min=min)


@takes_out
def clamp_max(input: Any, max: Any) -> Any:
    """The smaller of input and max; the derivative is 1 at max and below."""
    return elementwise.clamp(input, max=max)


@takes_out
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight (end - input)"""
    return selection.lerp(input, end, weight)


@takes_out
@old_order(3, "value")
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value tensor1 tensor2"""
    product = elementwise.mul(tensor1, tensor2)
    return add(input, product, alpha=int(value) if is_whole(product) else value)


@takes_out
@old_order(3, "value")
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value tensor1 / tensor2"""
    return add(input, elementwise.div(tensor1, tensor2), alpha=value)


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether |input - other| <= atol + rtol |other| everywhere."""
    return bool(np.all(selection.isclose(input, other, rtol, atol, equal_nan).value))


def equal(input: Any, other: Any) -> bool:
    """Whether both have the same shape and the same elements."""
    x, y = (v.value if isinstance(v, engine.box) else v for v in (input, other))
    return bool(np.array_equal(x, y))

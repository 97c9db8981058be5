"""Losses of numbers: how far off a prediction is, or how unlikely it makes the target."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import functions
from ...ops import elementwise
from ...tensor import Tensor
from .reduction import broadcasts, pair, reduced, reduction_of

__all__ = [
    "gaussian_nll_loss",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
]


def mse_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """(x - y)^2"""
    reduction = reduction_of("mse_loss", reduction, size_average, reduce)
    x, y = pair("mse_loss", input, target)
    return _regression("mse_loss", elementwise.square(x - y), weight, reduction)


def l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """|x - y|"""
    reduction = reduction_of("l1_loss", reduction, size_average, reduce)
    x, y = pair("l1_loss", input, target)
    return _regression("l1_loss", elementwise.abs_(x - y), weight, reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """d^2 / 2 where |d| < delta, else delta (|d| - delta / 2), for d = x - y"""
    reduction = reduction_of("huber_loss", reduction, None, None)
    if delta <= 0:
        raise ValueError(f"huber_loss: delta={delta}: huber_loss does not support non-positive values for delta")
    x, y = pair("huber_loss", input, target)
    return _regression("huber_loss", _huber(x - y, delta), weight, reduction, over_weights=False)


def smooth_l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, for d = x - y"""
    reduction = reduction_of("smooth_l1_loss", reduction, size_average, reduce)
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta={beta}: smooth_l1_loss does not support negative values for beta")
    x, y = pair("smooth_l1_loss", input, target)
    return reduced(elementwise.abs_(x - y) if beta == 0 else _huber(x - y, beta) / beta, reduction)


def _regression(op: str, losses: Any, weight: Any, reduction: str, over_weights: bool = True) -> Any:
    """The reduced losses of a regression; a weighted mean is over the sum of weights."""
    if weight is not None:
        if np.shape(weight) != losses.shape:
            raise ValueError(
                f"{op}: weight {np.shape(weight)} and input {losses.shape}: Weights and input must have the same size; "
                f"reshape the weight"
            )
        losses = losses * weight
        if reduction == "mean" and over_weights:
            return losses.sum() / Tensor._constant(weight).sum()
    return reduced(losses, reduction)


def _huber(d: Any, delta: float) -> Any:
    bounded = elementwise.clamp(d, -delta, delta)
    return bounded * (d - 0.5 * bounded)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """(log v + (x - y)^2 / v) / 2 with v = max(var, eps); `full`: log(2 pi) / 2 more.

    `var` broadcasts to the shape of x, or lacks only its last axis, or is one number.
    """
    op = "gaussian_nll_loss"
    reduction = reduction_of(op, reduction, None, None)
    x, y = Tensor._constant(input), Tensor._constant(target)
    v = Tensor._of(np.full(x.shape, var, x.dtype)) if isinstance(var, int | float) else Tensor._constant(var)
    if v.shape != x.shape:
        if x.ndim and v.shape == x.shape[:-1]:
            v = v.unsqueeze(-1)
        elif not broadcasts(v.shape, x.shape):
            raise ValueError(
                f"{op}: input {x.shape} and var {v.shape}: var is of incorrect size; give one for each element or for "
                f"each row"
            )
    if (v.value < 0).any():
        raise ValueError(f"{op}: var from {v.value.min():.4g}: var has negative entry/entries; it is a variance")
    v = v + np.maximum(eps - v.value, 0).astype(v.dtype)  # as if it had been larger: the gradient passes through
    losses = 0.5 * (elementwise.log(v) + elementwise.square(x - y) / v)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """e^x - y x, or without log_input x - y log(x + eps); `full`: Stirling's log y! more, where y > 1."""
    reduction = reduction_of("poisson_nll_loss", reduction, size_average, reduce)
    x, y = Tensor._constant(input), Tensor._constant(target)
    losses = elementwise.exp(x) - y * x if log_input else x - y * elementwise.log(x + eps)
    if full:
        n = functions.where(y.value > 1, y, y.dtype.type(1))
        stirling = n * elementwise.log(n) - n + 0.5 * elementwise.log(2 * math.pi * n)
        losses = losses + functions.where(y.value > 1, stirling, y.dtype.type(0))
    return reduced(losses, reduction)

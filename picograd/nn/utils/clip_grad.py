"""Gradients kept from growing too large: their norm all together, or each element."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ...tensor import Tensor

Gradient = np.ndarray[Any, Any]


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Gradient]:
    """The gradients of those parameters that a backward pass has reached."""
    every = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p._grad for p in every if p._grad is not None]


def _norm(g: Gradient, order: float) -> float:
    """The norm of all elements as one vector."""
    flat = g.reshape(-1)
    if not flat.size:
        return 0.0
    if order == 2:
        with np.errstate(over="ignore"):
            square = float(flat.dot(flat))
        if math.isfinite(square):
            return math.sqrt(square)
    return float(np.linalg.norm(flat.astype(np.float64), order))  # what overflows float32 does not overflow float64


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients, in place, so that their norm as one vector is at most max_norm; returns the norm before.

    g * min(1, max_norm / (norm + 1e-6)). With `error_if_nonfinite` a norm of nan or infinity is a RuntimeError, and
    the gradients stay as they are. `foreach` is accepted and changes nothing.
    """
    gradients = _gradients(parameters)
    order = float(norm_type)
    norms = np.array([_norm(g, order) for g in gradients])
    total = float(np.linalg.norm(norms, order)) if gradients else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"clip_grad_norm_: The total norm of order {order} for gradients from `parameters` is non-finite, "
            f"{total}: it cannot be clipped; to scale by it anyway, set error_if_nonfinite=False"
        )
    scale = max_norm / (total + 1e-6)
    if not scale >= 1:  # also for nan
        for g in gradients:
            g *= scale
    with np.errstate(over="ignore"):
        return Tensor._of(np.asarray(total, gradients[0].dtype if gradients else np.float32))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Limit each element of each gradient, in place, to [-clip_value, clip_value]. `foreach` changes nothing."""
    for g in _gradients(parameters):
        np.clip(g, -float(clip_value), float(clip_value), out=g)

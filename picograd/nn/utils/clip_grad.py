"""Gradients kept from growing too large: their norm all together, or each element."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from ...tensor import Tensor

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]

Gradient = np.ndarray[Any, Any]


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Gradient]:
    """The gradients of those parameters that a backward pass has reached."""
    every = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [np.asarray(p._grad) for p in every if p._grad is not None]


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


def get_total_norm(
    tensors: Tensor | Iterable[Any],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of Tensors or arrays, such as gradients, as one vector. `foreach` changes nothing.

    With `error_if_nonfinite` a norm of nan or infinity is a RuntimeError.
    """
    arrays = [np.asarray(x) for x in ([tensors] if isinstance(tensors, Tensor) else tensors)]
    total = _total(arrays, float(norm_type), error_if_nonfinite, "get_total_norm")
    return _as_tensor(total, arrays)


def _total(arrays: list[Gradient], order: float, error_if_nonfinite: bool, op: str) -> float:
    norms = np.array([_norm(g, order) for g in arrays])
    total = float(np.linalg.norm(norms, order)) if arrays else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"{op}: The total norm of order {order} for gradients from `parameters` is non-finite, "
            f"{total}: it cannot be clipped; to scale by it anyway, set error_if_nonfinite=False"
        )
    return total


def _as_tensor(total: float, arrays: list[Gradient]) -> Tensor:
    with np.errstate(over="ignore"):
        return Tensor._of(np.asarray(total, arrays[0].dtype if arrays else np.float32))


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Any, foreach: bool | None = None
) -> None:
    """Scale all gradients, in place, by min(1, max_norm / (total_norm + 1e-6)). `foreach` changes nothing."""
    _scale(_gradients(parameters), float(max_norm) / (float(total_norm) + 1e-6))


def _scale(gradients: list[Gradient], scale: float) -> None:
    if not scale >= 1:  # also for nan
        for g in gradients:
            g *= scale


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
    total = _total(gradients, float(norm_type), error_if_nonfinite, "clip_grad_norm_")
    _scale(gradients, float(max_norm) / (total + 1e-6))
    return _as_tensor(total, gradients)


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """`clip_grad_norm_`, by its older name."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Limit each element of each gradient, in place, to [-clip_value, clip_value]. `foreach` changes nothing."""
    for g in _gradients(parameters):
        np.clip(g, -float(clip_value), float(clip_value), out=g)

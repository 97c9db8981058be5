"""Muon."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .optimizer import Array, Params
from .settings import at_least_zero, out_of_range, refuse
from .whole import Whole, slot


class Muon(Whole):
    """Momentum for matrices, whose steps have all singular values near 1: no direction is left behind.

        B_t = B_{t-1} + (1 - momentum) (g_t - B_{t-1})
        M_t = g_t + momentum (B_t - g_t)                        with `nesterov`; B_t without
        X_0 = M_t / max(|M_t|, eps)                             transposed if it has more rows than columns
        X_k = a X_{k-1} + (b A + c A A) X_{k-1},                A = X_{k-1} X_{k-1}^T,   k = 1 ... ns_steps
        p_t = (1 - lr weight_decay) p_{t-1} - lr r X

    with `ns_coefficients` = (a, b, c). For p of n rows and m columns r is sqrt(max(1, n / m)) (`adjust_lr_fn` None or
    "original"), or 0.2 sqrt(max(n, m)) ("match_rms_adamw"). X is computed in the dtype of p, where PyTorch rounds it
    to bfloat16.

    Jordan, "Muon: An optimizer for hidden layers in neural networks", 2024; Liu et al., "Muon is Scalable for LLM
    Training", arXiv:2502.16982. State: `momentum_buffer` (B). Raises ValueError for settings out of range and
    parameters that are no matrices, TypeError for unknown settings.
    """

    _names = ("momentum_buffer",)

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "weight_decay", "momentum")
        if settings["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            raise out_of_range(self, "adjust_lr_fn", settings["adjust_lr_fn"], "give 'original' or 'match_rms_adamw'")
        if len(settings["ns_coefficients"]) != 3:
            raise out_of_range(self, "ns_coefficients", settings["ns_coefficients"], "the polynomial has three; give 3")
        if settings["ns_steps"] >= 100:
            raise out_of_range(self, "ns_steps", settings["ns_steps"], "a handful is enough; give fewer than 100")
        for p in settings.get("params", ()):
            if p.ndim != 2:
                raise ValueError(
                    f"Muon: a parameter of shape {p.shape}: it has no singular values; give matrices only, and the "
                    f"other parameters to another optimizer"
                )

    def _update(self, group: dict[str, Any]) -> Callable[[Array, Array, dict[str, Any]], None]:
        lr, momentum, nesterov = float(group["lr"]), float(group["momentum"]), group["nesterov"]
        keep, to_rms = 1 - lr * float(group["weight_decay"]), group["adjust_lr_fn"] == "match_rms_adamw"
        coefficients, steps, eps = tuple(map(float, group["ns_coefficients"])), group["ns_steps"], float(group["eps"])

        def update(p: Array, g: Array, state: dict[str, Any]) -> None:
            b = slot(state, "momentum_buffer", p.shape, p.dtype)
            b += (1 - momentum) * (g - b)
            x = orthogonal(g + momentum * (b - g) if nesterov else b, coefficients, steps, eps)
            rows, columns = p.shape
            ratio = 0.2 * math.sqrt(max(rows, columns)) if to_rms else math.sqrt(max(1, rows / max(columns, 1)))
            p *= keep
            p -= lr * ratio * x

        return update


def orthogonal(m: Array, coefficients: tuple[float, ...], steps: int, eps: float) -> Array:
    """`m` (rows, columns) with its singular values brought near 1, by `steps` of Newton and Schulz."""
    a, b, c = coefficients
    tall = m.shape[0] > m.shape[1]
    x = m.T if tall else m  # the smaller of both products: (rows, rows)
    x = x / max(math.sqrt(np.vdot(x, x)), eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.T if tall else x

"""Adafactor."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from picograd.dtypes import finfo
from picograd.tensor import Tensor

from .optimizer import Array, Params
from .settings import at_least_zero, out_of_range, refuse
from .whole import Whole, slot


class Adafactor(Whole):
    """Adam without momentum, whose mean squares of a matrix are kept as those of its rows and of its columns.

        rho_t = min(lr, 1 / sqrt(t)),   alpha_t = max(eps2, rms(p_{t-1})) rho_t,   b_t = t^beta2_decay
        R_t = (1 - b_t) R_{t-1} + b_t mean of g_t^2 over a row            C_t: the same over a column
        V_t = R_t C_t / max(mean of R_t, eps1)                            a matrix; for fewer than two dimensions
        V_t = (1 - b_t) V_{t-1} + b_t g_t^2
        U_t = g_t / max(sqrt(V_t), eps1)
        p_t = p_{t-1} - alpha_t U_t / max(1, rms(U_t) / d)

    with `eps` = (eps1, eps2), eps1 the dtype's epsilon if it is None. A parameter of more than two dimensions is a
    stack of matrices. `weight_decay` multiplies p_{t-1} by 1 - lr weight_decay first. `maximize` goes up the gradient.
    `foreach` chooses among PyTorch's implementations and changes nothing here.

    Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", arXiv:1804.04235. State: `step`,
    `row_var` (R) and `col_var` (C), or `variance` (V). Raises ValueError for settings out of range, TypeError for
    unknown ones.
    """

    _names = ("step", "row_var", "col_var", "variance")

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "weight_decay")
        if not settings["beta2_decay"] <= 0:
            raise out_of_range(self, "beta2_decay", settings["beta2_decay"], "the power of t must be at most 0")
        eps1, eps2 = settings["eps"]
        if not (eps1 is None or eps1 >= 0) or not eps2 >= 0:
            raise out_of_range(self, "eps", (eps1, eps2), "both must be at least 0, or the first None")
        if not settings["d"] >= 1:
            raise out_of_range(self, "d", settings["d"], "the bound of a step's rms must be at least 1")

    def _shape(self, p: Tensor, name: str) -> tuple[int, ...] | None:
        shapes = {"step": (), "row_var": (*p.shape[:-1], 1), "col_var": (*p.shape[:-2], 1, *p.shape[-1:])}
        return shapes.get(name, p.shape)

    def _update(self, group: dict[str, Any]) -> Callable[[Array, Array, dict[str, Any]], None]:
        lr, (eps1, eps2), weight_decay = float(group["lr"]), group["eps"], group["weight_decay"]
        beta2_decay, d, maximize = float(group["beta2_decay"]), float(group["d"]), group["maximize"]

        def update(p: Array, g: Array, state: dict[str, Any]) -> None:
            if not p.size:
                return
            step = slot(state, "step", (), np.float32)
            step += 1
            t = float(step)
            new = t**beta2_decay
            alpha = max(eps2, rms(p)) * min(lr, 1 / math.sqrt(t))
            least = finfo(p.dtype).eps if eps1 is None else eps1
            if weight_decay:
                p *= 1 - lr * weight_decay
            if p.ndim > 1:
                rows, columns = p.shape[-2:]
                r = slot(state, "row_var", (*p.shape[:-1], 1), p.dtype)  # (..., rows, 1)
                c = slot(state, "col_var", (*p.shape[:-2], 1, columns), p.dtype)  # (..., 1, columns)
                r += (np.einsum("...ij,...ij->...i", g, g)[..., None] / columns - r) * new
                c += (np.einsum("...ij,...ij->...j", g, g)[..., None, :] / rows - c) * new
                u = r * (c / np.maximum(r.mean(-2, keepdims=True), least))
            else:
                v = slot(state, "variance", p.shape, p.dtype)
                v += (g * g - v) * new
                u = np.asarray(v, copy=True)
            np.sqrt(np.maximum(u, least * least, out=u), out=u)
            np.divide(g, u, out=u)
            u *= (alpha if maximize else -alpha) / max(1.0, rms(u) / d)
            p += u

        return update


def rms(x: Array) -> float:
    """The root of the mean square of the elements."""
    return math.sqrt(np.vdot(x, x) / x.size)

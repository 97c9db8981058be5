"""Adadelta."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .elementwise import Elementwise, Number
from .optimizer import Params
from .settings import at_least_zero, one_implementation, out_of_range, refuse

add, multiply, divide, sqrt = np.add, np.multiply, np.divide, np.sqrt
Array = np.ndarray[Any, Any]


class Adadelta(Elementwise):
    """Steps as long as the steps before, in proportion to the gradient: they have the unit of the parameter.

        v_t = rho v_{t-1} + (1 - rho) g_t^2
        D_t = sqrt(u_{t-1} + eps) / sqrt(v_t + eps) g_t
        u_t = rho u_{t-1} + (1 - rho) D_t^2
        p_t = p_{t-1} - lr D_t

    `weight_decay` adds weight_decay p_{t-1} to g_t. `maximize` goes up the gradient. `foreach` and `capturable` choose
    among PyTorch's implementations and change nothing here.

    Zeiler, "ADADELTA: An Adaptive Learning Rate Method", arXiv:1212.5701. State: `step`, `square_avg` (v), `acc_delta`
    (u). Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("step", "square_avg", "acc_delta")

    def __init__(
        self,
        params: Params,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "eps", "weight_decay")
        if not 0 <= settings["rho"] <= 1:
            raise out_of_range(self, "rho", settings["rho"], "it is the part of an average that is kept, from 0 to 1")
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self._names[1:]

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        rho, weight_decay, maximize = group["rho"], group["weight_decay"], group["maximize"]
        lr, keep, new, epsilon = number(float(group["lr"])), number(rho), number(1 - rho), number(group["eps"])
        decay = number(weight_decay)

        def update(p: Array, g: Array, t: Array, d: Array, v: Array, u: Array) -> None:
            if maximize:
                g = np.negative(g, d)
            if weight_decay:
                g = add(g, multiply(p, decay, t), d)
            v *= keep
            v += multiply(multiply(g, new, t), g, t)
            delta = multiply(g, sqrt(add(u, epsilon, t), t), t)
            delta = divide(delta, sqrt(add(v, epsilon, d), d), d)
            u *= keep
            u += multiply(multiply(delta, new, t), delta, t)
            p -= multiply(delta, lr, t)

        return update

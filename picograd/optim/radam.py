"""RAdam."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .elementwise import Elementwise, Number
from .optimizer import Params
from .settings import at_least_zero, decay_rates, one_implementation, refuse

add, subtract, multiply, divide, sqrt = np.add, np.subtract, np.multiply, np.divide, np.sqrt
Array = np.ndarray[Any, Any]


class RAdam(Elementwise):
    """Adam that trusts its scale only as far as the number of squares averaged so far allows.

        m_t = beta1 m_{t-1} + (1 - beta1) g_t                      m̂_t = m_t / (1 - beta1^t)
        v_t = beta2 v_{t-1} + (1 - beta2) g_t^2                    v̂_t = v_t / (1 - beta2^t)
        rho_t = rho - 2 t beta2^t / (1 - beta2^t)                  rho = 2 / (1 - beta2) - 1
        r_t = sqrt((rho_t - 4) (rho_t - 2) rho / ((rho - 4) (rho - 2) rho_t))
        p_t = p_{t-1} - lr r_t m̂_t / (sqrt(v̂_t) + eps)            where rho_t > 5
        p_t = p_{t-1} - lr m̂_t                                     before

    (eps is added to the square root before its correction, as in PyTorch.) `weight_decay` adds weight_decay p_{t-1} to
    g_t; with `decoupled_weight_decay` it multiplies p_{t-1} by 1 - lr weight_decay instead. `maximize` goes up the
    gradient. `foreach` and `capturable` choose among PyTorch's implementations and change nothing here.

    Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", arXiv:1908.03265. State: `step`, `exp_avg`
    (m), `exp_avg_sq` (v). Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("step", "exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "eps", "weight_decay")
        decay_rates(self, settings)
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self._names[1:]

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        lr, (beta1, beta2), weight_decay = float(group["lr"]), group["betas"], group["weight_decay"]
        maximize, decoupled = group["maximize"], group["decoupled_weight_decay"]
        correction1, correction2 = 1 - beta1**step, 1 - beta2**step
        rho = 2 / (1 - beta2) - 1
        rho_t = rho - 2 * step * beta2**step / correction2
        rectified, size = rho_t > 5, lr / correction1
        if rectified:
            size *= math.sqrt(correction2 * (rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))
        rate, epsilon = number(size), number(group["eps"])
        keep2, new1, new2 = number(beta2), number(1 - beta1), number(1 - beta2)
        decay = number(1 - lr * weight_decay if decoupled else weight_decay)

        def update(p: Array, g: Array, t: Array, d: Array, m: Array, v: Array) -> None:
            if maximize:
                g = np.negative(g, d)
            if weight_decay and decoupled:
                p *= decay
            elif weight_decay:
                g = add(g, multiply(p, decay, t), d)
            m += multiply(subtract(g, m, t), new1, t)
            v *= keep2
            v += multiply(multiply(g, new2, t), g, t)
            scaled = divide(m, add(sqrt(v, t), epsilon, t), t) if rectified else m
            p -= multiply(scaled, rate, t)

        return update

"""Adamax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .elementwise import Elementwise, Number
from .optimizer import Params
from .settings import at_least_zero, decay_rates, one_implementation, refuse

add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
Array = np.ndarray[Any, Any]


class Adamax(Elementwise):
    """Adam with the largest of the gradients, fading, in the place of the root of their mean square.

        m_t = beta1 m_{t-1} + (1 - beta1) g_t
        u_t = max(beta2 u_{t-1}, |g_t| + eps)
        p_t = p_{t-1} - lr / (1 - beta1^t) m_t / u_t

    `weight_decay` adds weight_decay p_{t-1} to g_t. `maximize` goes up the gradient. `foreach` and `capturable` choose
    among PyTorch's implementations and change nothing here.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980, section 7. State: `step`, `exp_avg`
    (m), `exp_inf` (u). Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("step", "exp_avg", "exp_inf")

    def __init__(
        self,
        params: Params,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "eps", "weight_decay")
        decay_rates(self, settings)
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self._names[1:]

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        (beta1, beta2), weight_decay, maximize = group["betas"], group["weight_decay"], group["maximize"]
        rate = number(float(group["lr"]) / (1 - beta1**step))
        keep2, new1, decay, epsilon = number(beta2), number(1 - beta1), number(weight_decay), number(group["eps"])

        def update(p: Array, g: Array, t: Array, d: Array, m: Array, u: Array) -> None:
            if maximize:
                g = np.negative(g, d)
            if weight_decay:
                g = add(g, multiply(p, decay, t), d)
            m += multiply(subtract(g, m, t), new1, t)
            u *= keep2
            np.maximum(u, add(np.abs(g, t), epsilon, t), out=u)
            p -= multiply(divide(m, u, t), rate, t)

        return update

"""NAdam."""

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


class NAdam(Elementwise):
    """Adam with Nesterov's momentum: the step goes along the average that the next gradient will meet.

        m_t = beta1 m_{t-1} + (1 - beta1) g_t
        v_t = beta2 v_{t-1} + (1 - beta2) g_t^2                    v̂_t = v_t / (1 - beta2^t)
        mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)             M_t = mu_1 mu_2 ... mu_t
        m̂_t = mu_{t+1} m_t / (1 - M_{t+1}) + (1 - mu_t) g_t / (1 - M_t)
        p_t = p_{t-1} - lr m̂_t / (sqrt(v̂_t) + eps)

    `weight_decay` adds weight_decay p_{t-1} to g_t; with `decoupled_weight_decay` it multiplies p_{t-1} by
    1 - lr weight_decay instead. `maximize` goes up the gradient. `foreach` and `capturable` choose among PyTorch's
    implementations and change nothing here.

    Dozat, "Incorporating Nesterov Momentum into Adam", ICLR workshop 2016. State: `step`, `exp_avg` (m), `exp_avg_sq`
    (v), `mu_product` (M, a number). Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("step", "mu_product", "exp_avg", "exp_avg_sq")
    _numbers = ("mu_product",)

    def __init__(
        self,
        params: Params,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "eps", "weight_decay", "momentum_decay")
        decay_rates(self, settings)
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def _first(self, group: dict[str, Any], name: str) -> float:
        return 1.0 if name == "mu_product" else 0.0

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        lr, (beta1, beta2), weight_decay = float(group["lr"]), group["betas"], group["weight_decay"]
        maximize, decoupled = group["maximize"], group["decoupled_weight_decay"]
        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (step, step + 1))
        numbers["mu_product"] *= mu  # in float32, as PyTorch's: else the two part at the eighth digit
        product = float(numbers["mu_product"])
        correction2 = math.sqrt(1 - beta2**step)
        of_g = number(lr * correction2 * (1 - mu) / (1 - product))
        of_m = number(lr * correction2 * mu_next / (1 - product * mu_next))
        epsilon = number(group["eps"] * correction2)
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
            ahead = add(multiply(g, of_g, d), multiply(m, of_m, t), d)
            p -= divide(ahead, add(sqrt(v, t), epsilon, t), t)

        return update

"""Adam and AdamW."""

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


class Adam(Elementwise):
    """Steps of the size `lr`, scaled by running averages of the gradient and of its square.

        m_t = beta1 m_{t-1} + (1 - beta1) g_t
        v_t = beta2 v_{t-1} + (1 - beta2) g_t^2
        p_t = p_{t-1} - lr m̂_t / (sqrt(v̂_t) + eps)     m̂_t = m_t / (1 - beta1^t),  v̂_t = v_t / (1 - beta2^t)

    `weight_decay` adds weight_decay p_{t-1} to g_t; with `decoupled_weight_decay` it multiplies p_{t-1} by
    1 - lr weight_decay instead (AdamW). `amsgrad` puts the largest v so far in the place of v. `maximize` goes up the
    gradient. `foreach`, `fused` and `capturable` choose among PyTorch's implementations and change nothing here.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980; AMSGrad: Reddi, Kale and Kumar,
    "On the Convergence of Adam and Beyond", ICLR 2018. State: `step`, `exp_avg` (m), `exp_avg_sq` (v),
    `max_exp_avg_sq`. Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq")

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
        **unknown: Any,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        refuse(self, unknown)
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "eps", "weight_decay")
        decay_rates(self, settings)
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self._names[1:] if group["amsgrad"] else self._names[1:3]

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        lr, (beta1, beta2), weight_decay = float(group["lr"]), map(float, group["betas"]), group["weight_decay"]
        maximize, decoupled = group["maximize"], group["decoupled_weight_decay"]
        correction1, correction2 = 1 - beta1**step, 1 - beta2**step
        # lr m̂ / (sqrt(v̂) + eps) = rate m / (sqrt(v) + epsilon): both corrections in numbers, none in the arrays
        rate = number(lr * math.sqrt(correction2) / correction1)
        epsilon = number(group["eps"] * math.sqrt(correction2))
        keep2, new1, new2 = number(beta2), number(1 - beta1), number(1 - beta2)
        decay = number(1 - lr * weight_decay if decoupled else weight_decay)

        def update(p: Array, g: Array, t: Array, d: Array, m: Array, v: Array, v_max: Array | None = None) -> None:
            if maximize:
                g = np.negative(g, d)
            if weight_decay and decoupled:
                p *= decay
            elif weight_decay:
                g = add(g, multiply(p, decay, t), d)
            m += multiply(subtract(g, m, t), new1, t)  # m + (1 - beta1) (g - m)
            v *= keep2
            v += multiply(multiply(g, new2, t), g, t)  # beta2 v + (1 - beta2) g^2
            if v_max is not None:
                v = np.maximum(v_max, v, out=v_max)
            p -= multiply(divide(m, add(sqrt(v, t), epsilon, t), t), rate, t)  # p - rate m / (sqrt(v) + epsilon)

        return update

"""RMSprop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .elementwise import Elementwise, Number
from .optimizer import Params
from .settings import at_least_zero, one_implementation, refuse

add, subtract, multiply, divide, sqrt = np.add, np.subtract, np.multiply, np.divide, np.sqrt
Array = np.ndarray[Any, Any]


class RMSprop(Elementwise):
    """Steps along the gradient, divided by the root of its mean square so far.

        v_t = alpha v_{t-1} + (1 - alpha) g_t^2
        a_t = alpha a_{t-1} + (1 - alpha) g_t
        s_t = sqrt(v_t) + eps                                   with `centered`: sqrt(v_t - a_t^2) + eps
        p_t = p_{t-1} - lr g_t / s_t                            without momentum
        b_t = momentum b_{t-1} + g_t / s_t
        p_t = p_{t-1} - lr b_t                                  with momentum

    `weight_decay` adds weight_decay p_{t-1} to g_t. `maximize` goes up the gradient. `foreach` and `capturable` choose
    among PyTorch's implementations and change nothing here.

    Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera 2012; centered: Graves, "Generating Sequences With Recurrent
    Neural Networks", arXiv:1308.0850. State: `step`, `square_avg` (v), `grad_avg` (a), `momentum_buffer` (b).
    Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("step", "square_avg", "grad_avg", "momentum_buffer")

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "alpha", "eps", "weight_decay", "momentum")
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return "square_avg", *("grad_avg",) * bool(group["centered"]), *("momentum_buffer",) * bool(group["momentum"])

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        alpha, weight_decay, maximize = group["alpha"], group["weight_decay"], group["maximize"]
        centered, with_momentum = group["centered"], bool(group["momentum"])
        lr, keep, new, epsilon = number(float(group["lr"])), number(alpha), number(1 - alpha), number(group["eps"])
        momentum, decay = number(group["momentum"]), number(weight_decay)

        def update(p: Array, g: Array, t: Array, d: Array, v: Array, *more: Array) -> None:
            if maximize:
                g = np.negative(g, d)
            if weight_decay:
                g = add(g, multiply(p, decay, t), d)
            v *= keep
            v += multiply(multiply(g, new, t), g, t)
            if centered:
                a = more[0]
                a += multiply(subtract(g, a, t), new, t)
                s = add(sqrt(subtract(v, multiply(a, a, t), t), t), epsilon, t)
            else:
                s = add(sqrt(v, t), epsilon, t)
            scaled = divide(g, s, t)
            if with_momentum:
                b = more[-1]
                b *= momentum
                b += scaled
                scaled = b
            p -= multiply(scaled, lr, t)

        return update

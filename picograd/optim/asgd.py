"""ASGD."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .elementwise import Elementwise, Number
from .optimizer import Params
from .settings import at_least_zero, one_implementation, refuse

add, subtract, multiply = np.add, np.subtract, np.multiply
Array = np.ndarray[Any, Any]


class ASGD(Elementwise):
    """Stochastic gradient descent that also keeps the mean of the parameters on the way, `ax` in its state.

        p_t  = (1 - lambd eta_{t-1}) p_{t-1} - eta_{t-1} g_t                           eta_0 = lr
        ax_t = ax_{t-1} + mu_{t-1} (p_t - ax_{t-1})                                    mu_0 = 1
        eta_t = lr / (1 + lambd lr t)^alpha,     mu_t = 1 / max(1, t - t0)

    So up to step t0 the mean is the parameter itself. `weight_decay` adds weight_decay p_{t-1} to g_t. `maximize` goes
    up the gradient. `foreach` and `capturable` choose among PyTorch's implementations and change nothing here.

    Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992. State: `step`, `ax`, and the
    numbers `eta` and `mu`. Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("step", "eta", "mu", "ax")
    _numbers = ("eta", "mu")

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "weight_decay")
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("ax",)

    def _first(self, group: dict[str, Any], name: str) -> float:
        return {"eta": float(group["lr"]), "mu": 1.0}.get(name, 0.0)

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        lr, lambd, weight_decay, maximize = float(group["lr"]), group["lambd"], group["weight_decay"], group["maximize"]
        eta, mu, decay = number(numbers["eta"]), number(numbers["mu"]), number(weight_decay)
        shrink, follows = number(1 - lambd * float(numbers["eta"])), numbers["mu"] == 1
        # PyTorch keeps both in float32, and so do we: else the two part at the eighth digit
        numbers["eta"] = np.float32(lr / (1 + lambd * lr * step) ** group["alpha"])
        numbers["mu"] = np.float32(1 / max(1, step - group["t0"]))

        def update(p: Array, g: Array, t: Array, d: Array, ax: Array) -> None:
            if maximize:
                g = np.negative(g, d)
            if weight_decay:
                g = add(g, multiply(p, decay, t), d)
            p *= shrink
            p -= multiply(g, eta, t)
            if follows:
                ax[...] = p
            else:
                ax += multiply(subtract(p, ax, t), mu, t)

        return update

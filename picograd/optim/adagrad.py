"""Adagrad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from picograd.tensor import Tensor

from .elementwise import Elementwise, Number
from .optimizer import Params
from .settings import at_least_zero, one_implementation, refuse

add, multiply, divide, sqrt = np.add, np.multiply, np.divide, np.sqrt
Array = np.ndarray[Any, Any]


class Adagrad(Elementwise):
    """Steps that become shorter where the gradients so far were large.

        s_t = s_{t-1} + g_t^2                        s_0 = initial_accumulator_value
        p_t = p_{t-1} - lr_t g_t / (sqrt(s_t) + eps)       lr_t = lr / (1 + (t - 1) lr_decay)

    `weight_decay` adds weight_decay p_{t-1} to g_t. `maximize` goes up the gradient. `foreach` and `fused` choose among
    PyTorch's implementations and change nothing here.

    Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", JMLR 12,
    2011. State: `step`, `sum` (s), there from the beginning. Raises ValueError for settings out of range, TypeError for
    unknown ones.
    """

    _names = ("step", "sum")

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for p in self._parameters():
            total = np.full_like(p.value, initial_accumulator_value)
            self.state[p] = {"step": Tensor._of(np.zeros((), np.float32)), "sum": Tensor._of(total)}

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
        one_implementation(self, settings)

    def share_memory(self) -> None:
        """Nothing to do: threads share memory as it is."""

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("sum",)

    def _first(self, group: dict[str, Any], name: str) -> float:
        return float(self.defaults["initial_accumulator_value"])

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        weight_decay, maximize = group["weight_decay"], group["maximize"]
        rate = number(float(group["lr"]) / (1 + (step - 1) * group["lr_decay"]))
        decay, epsilon = number(weight_decay), number(group["eps"])

        def update(p: Array, g: Array, t: Array, d: Array, s: Array) -> None:
            if maximize:
                g = np.negative(g, d)
            if weight_decay:
                g = add(g, multiply(p, decay, t), d)
            s[...] = add(s, multiply(g, g, t, dtype=t.dtype), t)  # in t small squares aren't lost to half precision
            p -= multiply(divide(g, add(sqrt(t, t), epsilon, t), t), rate, t)

        return update

"""Rprop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .elementwise import Elementwise, Number
from .optimizer import Params
from .settings import at_least_zero, one_implementation, out_of_range, refuse

multiply = np.multiply
Array = np.ndarray[Any, Any]


class Rprop(Elementwise):
    """Steps that follow the gradient's sign alone, longer while it stays and shorter when it turns.

        s_t = s_{t-1} eta+  where g_t g_{t-1} > 0,  s_{t-1} eta-  where it is < 0, within `step_sizes`     s_0 = lr
        g_t = 0             where g_t g_{t-1} < 0
        p_t = p_{t-1} - s_t sign(g_t)

    `etas` are (eta-, eta+), `step_sizes` the smallest and the largest step. `maximize` goes up the gradient. `foreach`
    and `capturable` choose among PyTorch's implementations and change nothing here.

    Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", 1993.
    State: `step`, `prev` (g), `step_size` (s). Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("step", "prev", "step_size")

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr")
        etas = settings["etas"]
        if not 0 < etas[0] < 1 < etas[1]:
            raise out_of_range(self, "etas", etas, "the first shortens a step, from 0 to 1, the second is above 1")
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self._names[1:]

    def _first(self, group: dict[str, Any], name: str) -> float:
        return float(group["lr"]) if name == "step_size" else 0.0

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Callable[..., None]:
        maximize, (shorter, longer) = group["maximize"], map(number, group["etas"])
        smallest, largest = map(number, group["step_sizes"])
        zero = number(0)

        def update(p: Array, g: Array, t: Array, d: Array, prev: Array, s: Array) -> None:
            if maximize:
                g = np.negative(g, d)
            multiply(g, prev, t)
            turned = t < zero
            multiply(s, longer, s, where=t > zero)
            multiply(s, shorter, s, where=turned)
            np.minimum(np.maximum(s, smallest, out=s), largest, out=s)
            prev[...] = g
            prev[turned] = 0
            p -= multiply(np.sign(prev, t), s, t)

        return update

"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from picograd.kernels import definition

from .elementwise import Elementwise, Number, Update
from .flat import blocks, share_parts
from .optimizer import Params
from .settings import at_least_zero, one_implementation, out_of_range, refuse

add, multiply = np.add, np.multiply
Array = np.ndarray[Any, Any]


class SGD(Elementwise):
    """Steps of `lr` times the gradient, or times a running sum of gradients.

        p_t = p_{t-1} - lr g_t                                                       without momentum
        b_t = momentum b_{t-1} + (1 - dampening) g_t     b_1 = g_1
        p_t = p_{t-1} - lr b_t                                                       with momentum
        p_t = p_{t-1} - lr (g_t + momentum b_t)                                      with `nesterov`

    `weight_decay` adds weight_decay p_{t-1} to g_t. `maximize` goes up the gradient. `foreach` and `fused` choose among
    PyTorch's implementations and change nothing here.

    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; Sutskever et al., "On the
    importance of initialization and momentum in deep learning", ICML 2013. State: `momentum_buffer` (b).
    Raises ValueError for settings out of range, TypeError for unknown ones.
    """

    _names = ("momentum_buffer",)
    _whole = True

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr", "momentum", "weight_decay")
        momentum, dampening = settings["momentum"], settings["dampening"]
        if settings["nesterov"] and (momentum <= 0 or dampening != 0):
            raise out_of_range(
                self, "momentum, dampening", (momentum, dampening), "nesterov needs momentum above 0 and dampening 0"
            )
        one_implementation(self, settings)

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self._names if group["momentum"] else ()

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Update:
        keep, new = (0.0, 1.0) if step == 1 else (group["momentum"], 1 - group["dampening"])
        sign, momentum, nesterov = -1.0 if group["maximize"] else 1.0, group["momentum"], group["nesterov"]
        constants = number([float(group["lr"]), momentum, keep, new, sign, group["weight_decay"]])

        def update(p: Array, g: Array, b: Array | None = None) -> None:
            sgd(p, g, b, nesterov, constants)

        return lambda together: share_parts([(arrays, update) for arrays in together])


@definition("numba_optim", least=4096)
def sgd(p: Array, g: Array, b: Array | None, nesterov: bool, constants: Array) -> None:
    """The formula of `SGD` of the gradient sign g + decay p, where keep b + new g is b_t.

    `constants`: lr, momentum, keep, new, sign, decay.
    """
    lr, momentum, keep, new, sign, decay = constants
    for p, g, t, d, b in blocks(constants.dtype, p, g, b):  # noqa: B020
        if sign != 1:
            g = multiply(g, sign, d)
        if decay:
            g = add(g, multiply(p, decay, t), d)
        if b is not None:
            b *= keep
            b += multiply(g, new, t)
            g = add(g, multiply(b, momentum, t), t) if nesterov else b
        p -= multiply(g, lr, t)

"""Adam and AdamW."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from picograd.kernels import definition

from .elementwise import Elementwise, Number, Update
from .flat import blocks, share_parts
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
    _whole = True

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

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Update:
        lr, (beta1, beta2), weight_decay = float(group["lr"]), map(float, group["betas"]), group["weight_decay"]
        decoupled, sign = group["decoupled_weight_decay"], -1.0 if group["maximize"] else 1.0
        correction1, correction2 = 1 - beta1**step, math.sqrt(1 - beta2**step)
        # lr m̂ / (sqrt(v̂) + eps) = rate m / (sqrt(v) + epsilon): both corrections in numbers, none in the arrays
        rate, epsilon = lr * correction2 / correction1, group["eps"] * correction2
        decay, stay = (0.0, 1 - lr * weight_decay) if decoupled else (weight_decay, 1.0)
        constants = number([1 - beta1, beta2, 1 - beta2, rate, epsilon, sign, decay, stay])
        return partial(adam, constants)


MANY = 4096  # elements that are worth a kernel


def adam(constants: Array, together: list[tuple[Array, ...]]) -> None:
    """`adam_of` for all these (p, g, m, v), or (p, g, m, v, v_max)."""
    if sum(arrays[0].size for arrays in together) < MANY:
        for arrays in together:
            adam_of(constants, *arrays)
    else:
        adam_of_many(constants, together)


@definition("numba_optim", least=1)
def adam_of_many(constants: Array, together: list[tuple[Array, ...]]) -> None:
    """The same on all cores."""
    share_parts([(arrays, partial(adam_of, constants)) for arrays in together])


def adam_of(constants: Array, p: Array, g: Array, m: Array, v: Array, v_max: Array | None = None) -> None:
    """The formula of `Adam`, with rate and epsilon for lr and eps, of the gradient sign g + decay p and from stay p on.

    `constants`: 1 - beta1, beta2, 1 - beta2, rate, epsilon, sign, decay, stay.
    """
    new1, keep2, new2, rate, epsilon, sign, decay, stay = constants
    for p, g, t, d, m, v, v_max in blocks(constants.dtype, p, g, m, v, v_max):  # noqa: B020
        if sign != 1:
            g = multiply(g, sign, d)
        if decay:
            g = add(g, multiply(p, decay, t), d)
        m += multiply(subtract(g, m, t), new1, t)  # m + (1 - beta1) (g - m)
        v *= keep2
        v += multiply(multiply(g, new2, t), g, t)  # beta2 v + (1 - beta2) g^2
        if v_max is not None:
            v = np.maximum(v_max, v, out=v_max)
        if stay != 1:
            p *= stay
        p -= multiply(divide(m, add(sqrt(v, t), epsilon, t), t), rate, t)  # p - rate m / (sqrt(v) + epsilon)

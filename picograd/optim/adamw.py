"""AdamW."""

from __future__ import annotations

from typing import Any

from .adam import Adam
from .optimizer import Params
from .settings import refuse


class AdamW(Adam):
    """Adam whose weight decay does not pass through the averages: p_{t-1} is multiplied by 1 - lr weight_decay.

    Then everything is as in `Adam`. Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101.
    """

    def __init__(
        self,
        params: Params,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # the decay is decoupled whatever was saved
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True

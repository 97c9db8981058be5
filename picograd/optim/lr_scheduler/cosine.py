"""Schedules along a cosine."""

from __future__ import annotations

import math

from ..optimizer import Optimizer
from .scheduler import LRScheduler, positive, whole


class CosineAnnealingLR(LRScheduler):
    """lr_t = eta_min + (lr_0 - eta_min) (1 + cos(pi t / T_max)) / 2.

    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv:1608.03983, without restarts:
    after T_max the rate rises again.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = positive(self, "T_max", T_max), eta_min
        super().__init__(optimizer, last_epoch)

    def _height(self, epoch: int) -> float:
        return 1 + math.cos(math.pi * epoch / self.T_max)  # from 2 down to 0

    def get_lr(self) -> list[float]:
        """The distance to eta_min times the quotient of the heights of t and t - 1."""
        t = self.last_epoch
        if self._is_initial:
            return self._unchanged()
        if self._step_count == 1 and t > 0:  # the state of a schedule just begun was loaded
            return self._get_closed_form_lr()
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:  # the height of t - 1 is 0: no quotient
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [
                float(group["lr"]) + (rate - self.eta_min) * rise
                for rate, group in zip(self.base_lrs, self._groups, strict=True)
            ]
        quotient = self._height(t) / self._height(t - 1)
        return [quotient * (float(group["lr"]) - self.eta_min) + self.eta_min for group in self._groups]

    def _get_closed_form_lr(self) -> list[float]:
        return [self.eta_min + (rate - self.eta_min) * self._height(self.last_epoch) / 2 for rate in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """lr_t = eta_min + (lr_0 - eta_min) (1 + cos(pi T_cur / T_i)) / 2: half a cosine down, and anew from the top.

    The first takes `T_0` epochs, each of the next `T_mult` times as many as the one before (T_i); T_cur are the epochs
    since the last restart. `step(epoch)` takes parts of an epoch: step(epoch + batch / batches).

    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv:1608.03983. Raises ValueError
    for a T_0 or T_mult that is no whole number above 0, an eta_min that is no number, or a negative epoch.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_0, self.T_mult = whole(self, "T_0", T_0), whole(self, "T_mult", T_mult)
        if not isinstance(eta_min, float | int):
            raise ValueError(f"CosineAnnealingWarmRestarts: eta_min {eta_min!r}: it is the lowest rate; give a number")
        self.eta_min = eta_min
        self.T_i: float = T_0
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The formula."""
        height = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (rate - self.eta_min) * height for rate in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to `epoch`, which may be a part of one."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch, self.T_cur = self.last_epoch + 1, self.T_cur + 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        elif epoch < 0:
            raise ValueError(f"CosineAnnealingWarmRestarts.step: epoch {epoch}: it must be at least 0; give another")
        elif self.T_mult == 1 or epoch < self.T_0:
            self.T_cur, self.T_i = epoch % self.T_0, self.T_0
        else:  # after n restarts T_0 (1 + T_mult + ... + T_mult^(n-1)) epochs are over
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_i = self.T_0 * self.T_mult**n
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
        self.last_epoch = math.floor(epoch)
        self._set_rates(self.get_lr())

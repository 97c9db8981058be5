"""A schedule that looks at how training goes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, check_optimizer, one_for_each, set_rate


class ReduceLROnPlateau(LRScheduler):
    """lr times `factor` when a metric has not become better for more than `patience` epochs: `step(metric)`.

    Better is below the best so far by more than `threshold`, relative to it ("rel") or absolute ("abs"); above it in
    mode "max". After a reduction `cooldown` epochs do not count. `min_lr`, a number or one for each group, is the
    lowest rate; a change of less than `eps` is left out.
    Raises ValueError for a factor of 1 or more, an unknown mode, or a min_lr list of another length than the groups;
    RuntimeError from `step` for one that a group was added after.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        check_optimizer(self, optimizer)
        if factor >= 1:
            raise ValueError(f"ReduceLROnPlateau: factor {factor}: it would not reduce; give one below 1")
        if mode not in ("min", "max"):
            raise ValueError(f"ReduceLROnPlateau: mode {mode!r}: unknown; give 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"ReduceLROnPlateau: threshold_mode {threshold_mode!r}: unknown; give 'rel' or 'abs'")
        self.optimizer = optimizer
        self.mode, self.factor, self.patience, self.cooldown, self.eps = mode, factor, patience, cooldown, eps
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.default_min_lr = None if isinstance(min_lr, Sequence) else min_lr
        self.min_lrs = one_for_each(self, "min_lr", min_lr, optimizer)
        self.last_epoch, self._last_lr = 0, self._unchanged()
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self._reset()

    def _reset(self) -> None:
        """Begin anew: nothing has been seen."""
        self.best, self.cooldown_counter, self.num_bad_epochs = self.mode_worse, 0, 0

    @property
    def in_cooldown(self) -> bool:
        """Whether the epochs do not count now."""
        return self.cooldown_counter > 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Go on to the next epoch, after one with this metric: a number or a Tensor of one element."""
        metric = float(metrics)
        if epoch is not None:
            warnings.warn(
                f"ReduceLROnPlateau.step: epoch={epoch}: giving it is deprecated; call step(metric) once an epoch",
                UserWarning,
                stacklevel=2,
            )
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(metric):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self._unchanged()

    def _is_better(self, metric: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            bound = self.best * (1 + sign * self.threshold)
        else:
            bound = self.best + sign * self.threshold
        return metric > bound if self.mode == "max" else metric < bound

    def _reduce(self) -> None:
        if len(self.min_lrs) != len(self._groups):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"ReduceLROnPlateau.step: {len(self.min_lrs)} min_lrs for {len(self._groups)} groups: a group was "
                    f"added; set scheduler.min_lrs to one for each"
                )
            self.min_lrs = [self.default_min_lr] * len(self._groups)
        for group, lowest in zip(self._groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, lowest)
            if old - new > self.eps:
                set_rate(group, new)

"""Schedules made of schedules: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .plateau import ReduceLROnPlateau
from .scheduler import LRScheduler, set_rate


class Combined(LRScheduler):
    """A schedule of other schedules of the same optimizer, `_schedulers`, whose states are a part of its own.

    Raises ValueError for none, for one of another optimizer and for ReduceLROnPlateau, TypeError for what is none.
    """

    _schedulers: Sequence[LRScheduler]

    def _check(self, optimizer: Optimizer | None, schedulers: Sequence[LRScheduler]) -> Optimizer:
        """The optimizer of all these schedules."""
        name = type(self).__name__
        if len(schedulers) < 1:
            raise ValueError(f"{name}: no schedules: there is nothing to follow; give at least one")
        for k, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name}: a {type(scheduler).__name__} for schedule {k}: it has no optimizer; give one")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name}: ReduceLROnPlateau for schedule {k}: its step needs a metric; step it on its own"
                )
            optimizer = optimizer or scheduler.optimizer
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{name}: schedule {k}, {type(scheduler).__name__}, has another optimizer: all must have the same; "
                    f"make it with this {type(optimizer).__name__}"
                )
        assert optimizer is not None
        return optimizer

    def state_dict(self) -> dict[str, Any]:
        """All that the schedules know, except the optimizer."""
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(Combined):
    """One schedule after the other: the next begins, in its epoch 0, where t reaches the next of the `milestones`.

    Raises ValueError for milestones that are not one fewer than the `schedulers`; see `Combined` for the rest.
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        self.optimizer = self._check(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: {len(milestones)} milestones for {len(schedulers)} schedules: one stands between each "
                f"two; give {len(schedulers) - 1}"
            )
        self._schedulers, self._milestones, self.last_epoch = schedulers, milestones, last_epoch + 1
        # Each has set its first rate already, all of them one after the other: that is undone, and the first begins.
        for group in self._groups:
            set_rate(group, group["initial_lr"])
        self.recursive_undo()
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def recursive_undo(self, sched: LRScheduler | None = None) -> None:
        """Take all schedules, or all within `sched`, one epoch back."""
        whole: Any = self if sched is None else sched
        if hasattr(whole, "_schedulers"):
            for scheduler in whole._schedulers:
                self.recursive_undo(scheduler)
        elif hasattr(whole, "last_epoch"):
            whole.last_epoch -= 1

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch."""
        t = self.last_epoch + 1
        at = bisect_right(self._milestones, t)
        scheduler = self._schedulers[at]
        if at > 0 and self._milestones[at - 1] == t:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self.last_epoch, self._last_lr = t, scheduler.get_last_lr()


class ChainedScheduler(Combined):
    """All schedules in every epoch, each upon the rate that the one before it has set; errors: see `Combined`."""

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.optimizer = self._check(optimizer, schedulers)
        self._schedulers, self._last_lr = schedulers, self._unchanged()

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._unchanged()

"""What all schedules have in common."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from picograd.tensor import Tensor

from ..optimizer import Optimizer

Group = dict[str, Any]


class LRScheduler:
    """Sets `lr` of each of the optimizer's groups, once an epoch; a schedule is a subclass with `get_lr`.

    `last_epoch` is the number of the epoch (-1: start anew); to resume, give the one reached and an optimizer whose
    groups have `initial_lr` from then. Raises TypeError for what is no optimizer, KeyError for groups without it.
    """

    _is_initial = False  # during the step that sets the first rates
    _get_lr_called_within_step = False  # schedules of one's own ask for it

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(self, optimizer)
        self.optimizer = optimizer
        for k, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{type(self).__name__}: last_epoch={last_epoch} for a group {k} without initial_lr: "
                    f"where it started is unknown; load the optimizer's state_dict first, or leave last_epoch out"
                )
        self.base_lrs = [float(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._steps_before = optimizer.steps_done
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the first rates."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    @property
    def _groups(self) -> list[Group]:
        return self.optimizer.param_groups

    def get_lr(self) -> list[float]:
        """The rates of the groups in epoch `last_epoch`, from those of the epoch before; called by `step`."""
        raise NotImplementedError(
            f"{type(self).__name__}.get_lr: a schedule without a formula: it has no rate to give; define get_lr in it"
        )

    def get_last_lr(self) -> list[float]:
        """The rates of the groups as `step` set them last."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch; `epoch` jumps to one, where the schedule has a formula for that (deprecated)."""
        if self._step_count == 1:
            self._warn_of_order()
        if epoch is not None:
            warnings.warn(
                f"{type(self).__name__}.step: epoch={epoch}: giving it is deprecated; call step() once an epoch",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        try:
            self._update_lr(epoch)
        except BaseException:
            self._step_count -= 1
            raise

    def _update_lr(self, epoch: int | None = None) -> None:
        """Set the rates of the next epoch, or of `epoch`; if that fails, none."""
        before, self.last_epoch = self.last_epoch, self.last_epoch + 1 if epoch is None else epoch
        self._get_lr_called_within_step = True
        try:
            closed = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
            rates = self.get_lr() if closed is None else closed()
        except BaseException:
            self.last_epoch = before
            raise
        finally:
            self._get_lr_called_within_step = False
        self._set_rates(rates)

    def _set_rates(self, rates: Sequence[float]) -> None:
        for group, rate in zip(self._groups, rates, strict=True):
            set_rate(group, rate)
        self._last_lr = self._unchanged()

    def _warn_of_order(self) -> None:
        if self.optimizer.steps_done == self._steps_before:
            warnings.warn(
                f"{type(self).__name__}: lr_scheduler.step() before optimizer.step(): the first rate of the schedule "
                f"is never used; call optimizer.step() first",
                UserWarning,
                stacklevel=3,
            )

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule knows, except the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key not in ("optimizer", "_steps_before")}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.__dict__.update(state_dict)

    def _scaled(self, factor: float) -> list[float]:
        """The present rates times `factor`."""
        return [float(group["lr"]) * factor for group in self._groups]

    def _unchanged(self) -> list[float]:
        return [float(group["lr"]) for group in self._groups]


def set_rate(group: Group, rate: float) -> None:
    """Give `group` the rate; one that is a Tensor is written into."""
    if isinstance(group["lr"], Tensor):
        group["lr"].value[...] = rate
    else:
        group["lr"] = rate


def check_optimizer(scheduler: LRScheduler, optimizer: Any) -> None:
    """Raise unless `optimizer` is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{type(scheduler).__name__}: a {type(optimizer).__name__} for the optimizer: it has no learning rate; "
            f"give an Optimizer"
        )


def one_for_each(scheduler: LRScheduler, name: str, value: Any, optimizer: Optimizer) -> list[Any]:
    """`value` for each group, or the list that has one for each."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(
            f"{type(scheduler).__name__}: {len(value)} values of {name} for {groups} parameter groups: they must be as "
            f"many; give one for each group, or one for all"
        )
    return list(value)


def positive(scheduler: LRScheduler, name: str, value: Any) -> Any:
    """`value`, which must be above 0."""
    if not value > 0:
        raise ValueError(f"{type(scheduler).__name__}: {name} {value}: it must be above 0; give another")
    return value


def from_zero_to_one(scheduler: LRScheduler, name: str, value: float, *, zero: bool = True) -> float:
    """`value`, which must be from 0 (or, without `zero`, above it) to 1."""
    if not 0 <= value <= 1 or (value == 0 and not zero):
        rule = "from 0 to 1" if zero else "above 0 and at most 1"
        raise ValueError(f"{type(scheduler).__name__}: {name} {value}: it must be {rule}; give another")
    return value


def whole(scheduler: LRScheduler, name: str, value: int) -> int:
    """`value`, which must be a whole number above 0."""
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"{type(scheduler).__name__}: {name} {value}: it must be a whole number above 0; give another")
    return value


def cycled_momentum(scheduler: LRScheduler, optimizer: Optimizer) -> str:
    """The setting of `optimizer` that a cycle of momentum moves: "momentum", or "betas", of which the first."""
    if not {"momentum", "betas"} & set(optimizer.defaults):
        raise ValueError(
            f"{type(scheduler).__name__}: cycle_momentum=True for {type(optimizer).__name__}: it has neither momentum "
            f"nor betas; give cycle_momentum=False"
        )
    return "betas" if "betas" in optimizer.defaults else "momentum"


def set_momentum(group: Group, momentum: float, use_beta1: bool) -> None:
    """Give `group` the momentum, which for Adam and its kin is the first beta."""
    if use_beta1:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def saved_function(function: Any) -> dict[str, Any] | None:
    """What a state keeps of a function: the attributes of an object, nothing of a plain function."""
    return None if isinstance(function, FunctionType) else dict(function.__dict__)

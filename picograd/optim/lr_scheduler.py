"""Schedules of the learning rate: what `lr` each group has in epoch t. After every epoch (or batch) `scheduler.step()`.

Most are written as the step from one epoch to the next, as in PyTorch, so that schedules can be chained and a rate that
was changed by hand stays changed. The formulas say what a schedule gives on its own, from the initial rate lr_0.
"""

from __future__ import annotations

import math
import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any

from picograd.tensor import Tensor

from .optimizer import Optimizer

__all__ = [
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "StepLR",
]

Group = dict[str, Any]


class LRScheduler:
    """Sets `lr` of each of the optimizer's groups, once an epoch; a schedule is a subclass with `get_lr`.

    `last_epoch` is the number of the epoch (-1: start anew); to resume, give the one reached and an optimizer whose
    groups have `initial_lr` from then. Raises TypeError for what is no optimizer, ValueError for groups without it.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(self, optimizer)
        self.optimizer = optimizer
        for k, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise ValueError(
                    f"{type(self).__name__}: last_epoch={last_epoch} for a group {k} without initial_lr: "
                    f"where it started is unknown; load the optimizer's state_dict first, or leave last_epoch out"
                )
        self.base_lrs = [float(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._steps_before = optimizer.steps_done
        self._step_count = 0
        self._is_initial = True
        self.step()
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
        before, self.last_epoch = self.last_epoch, self.last_epoch + 1 if epoch is None else epoch
        try:
            closed = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
            rates = self.get_lr() if closed is None else closed()
        except BaseException:
            self.last_epoch = before
            raise
        self._step_count += 1
        for group, rate in zip(self._groups, rates, strict=True):
            set_rate(group, rate)
        self._last_lr = [float(group["lr"]) for group in self._groups]

    def _warn_of_order(self) -> None:
        # An optimizer with a `step` of its own does not count its steps.
        if type(self.optimizer).step is Optimizer.step and self.optimizer.steps_done == self._steps_before:
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


class LambdaLR(LRScheduler):
    """lr_t = lr_0 f(t), with a function f = `lr_lambda`, or a list of one for each group.

    `state_dict` saves the attributes of functions that are objects, never a plain function or lambda.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(self, optimizer)
        self.lr_lambdas = one_for_each(self, "lr_lambda", lr_lambda, optimizer)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """lr_0 f(t)."""
        return [rate * f(self.last_epoch) for f, rate in zip(self.lr_lambdas, self.base_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule knows, except the optimizer and plain functions."""
        attributes = [None if isinstance(f, FunctionType) else dict(f.__dict__) for f in self.lr_lambdas]
        return {**super().state_dict(), "lr_lambdas": attributes}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned; plain functions stay as they are."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for f, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                f.__dict__.update(attributes)


class StepLR(LRScheduler):
    """lr_t = lr_0 gamma^(t // step_size)."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = positive(self, "step_size", step_size), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Every `step_size` epochs times gamma."""
        if self.last_epoch == 0 or self.last_epoch % self.step_size:
            return self._unchanged()
        return self._scaled(self.gamma)

    def _get_closed_form_lr(self) -> list[float]:
        return [rate * self.gamma ** (self.last_epoch // self.step_size) for rate in self.base_lrs]


class MultiStepLR(LRScheduler):
    """lr_t = lr_0 gamma^k, k the number of `milestones` up to t."""

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """At each milestone times gamma."""
        if self.last_epoch not in self.milestones:
            return self._unchanged()
        return self._scaled(self.gamma ** self.milestones[self.last_epoch])

    def _get_closed_form_lr(self) -> list[float]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [rate * self.gamma**passed for rate in self.base_lrs]


class ExponentialLR(LRScheduler):
    """lr_t = lr_0 gamma^t."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Every epoch times gamma."""
        return self._unchanged() if self._is_initial else self._scaled(self.gamma)

    def _get_closed_form_lr(self) -> list[float]:
        return [rate * self.gamma**self.last_epoch for rate in self.base_lrs]


class LinearLR(LRScheduler):
    """lr_t = lr_0 f_t, where f goes from `start_factor` to `end_factor` in a line over `total_iters` epochs: a warm-up.

    Raises ValueError for a start_factor outside (0, 1] or an end_factor outside [0, 1].
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(f"LinearLR: start_factor {start_factor}: it must be above 0 and at most 1; give another")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"LinearLR: end_factor {end_factor}: it must be from 0 to 1; give another")
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = positive(self, "total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        done = min(epoch, self.total_iters) / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * done

    def get_lr(self) -> list[float]:
        """Times f_t / f_{t-1}."""
        if self.last_epoch == 0:
            return self._scaled(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._unchanged()
        return self._scaled(self._factor(self.last_epoch) / self._factor(self.last_epoch - 1))

    def _get_closed_form_lr(self) -> list[float]:
        return [rate * self._factor(self.last_epoch) for rate in self.base_lrs]


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
        if self._step_count == 0 and t > 0:  # the state of a schedule just begun was loaded
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


class OneCycleLR(LRScheduler):
    """From max_lr / div_factor up to `max_lr`, then down to that start / final_div_factor; one step a batch.

    Of the `total_steps` (or epochs x steps_per_epoch) the part `pct_start` goes up; with `three_phase` the same part
    goes back to the start before the rest goes down to the end. Each phase runs along half a cosine, or a line
    (`anneal_strategy="linear"`). `cycle_momentum` moves momentum, or Adam's first beta, the other way between
    `max_momentum` and `base_momentum`. Rates and momenta may be lists, one for each group.

    Smith and Topin, "Super-Convergence", arXiv:1708.07120. Raises ValueError for settings that make no cycle, and for a
    step after the last.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(self, optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError(
                    f"OneCycleLR: total_steps=None, epochs={epochs}, steps_per_epoch={steps_per_epoch}: the cycle has "
                    f"no length; give total_steps, or both of the others"
                )
            total_steps = positive(self, "epochs", epochs) * positive(self, "steps_per_epoch", steps_per_epoch)
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: pct_start {pct_start}: it is a part of the cycle; give one from 0 to 1")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: anneal_strategy {anneal_strategy!r}: unknown; give 'cos' or 'linear'")
        if cycle_momentum and not {"momentum", "betas"} & set(optimizer.defaults):
            raise ValueError(
                f"OneCycleLR: cycle_momentum=True for {type(optimizer).__name__}: it has neither momentum nor betas; "
                f"give cycle_momentum=False"
            )
        self.total_steps = positive(self, "total_steps", total_steps)
        self.cycle_momentum, self.use_beta1 = cycle_momentum, "betas" in optimizer.defaults
        self._anneal_func_type = anneal_strategy
        self._schedule_phases = phases(self.total_steps, pct_start, three_phase)
        rates = one_for_each(self, "max_lr", max_lr, optimizer)
        momenta = zip(
            one_for_each(self, "max_momentum", max_momentum, optimizer),
            one_for_each(self, "base_momentum", base_momentum, optimizer),
            strict=True,
        )
        if last_epoch == -1:
            for group, rate, (high, low) in zip(optimizer.param_groups, rates, momenta, strict=True):
                start = rate / div_factor
                group.update(initial_lr=start, max_lr=rate, min_lr=start / final_div_factor)
                if cycle_momentum:
                    group.update(max_momentum=high, base_momentum=low)
        super().__init__(optimizer, last_epoch)

    def _anneal(self, start: float, end: float, done: float) -> float:
        if self._anneal_func_type == "linear":
            return start + (end - start) * done
        return end + (start - end) / 2 * (1 + math.cos(math.pi * done))

    def get_lr(self) -> list[float]:
        """The rates on the way through the phase that step `last_epoch` lies in; sets the momenta too."""
        t, begin = self.last_epoch, 0.0
        if t > self.total_steps:
            raise ValueError(
                f"OneCycleLR.step: step {t} of a cycle of {self.total_steps}: it is over; "
                f"make the cycle longer, or stop calling step()"
            )
        for phase in self._schedule_phases:
            if t <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            begin = phase["end_step"]
        done = (t - begin) / (phase["end_step"] - begin)
        if self.cycle_momentum:
            for group in self._groups:
                momentum = self._anneal(group[phase["start_momentum"]], group[phase["end_momentum"]], done)
                if self.use_beta1:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return [self._anneal(group[phase["start_lr"]], group[phase["end_lr"]], done) for group in self._groups]


def phases(total_steps: int, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
    """The phases of a cycle: the step that each ends at, and the names of what it runs between."""
    top = float(pct_start * total_steps) - 1

    def phase(end: float, rates: tuple[str, str], momenta: tuple[str, str]) -> dict[str, Any]:
        keys = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
        return dict(zip(keys, (end, *rates, *momenta), strict=True))

    up = phase(top, ("initial_lr", "max_lr"), ("max_momentum", "base_momentum"))
    if not three_phase:
        return [up, phase(total_steps - 1, ("max_lr", "min_lr"), ("base_momentum", "max_momentum"))]
    back = phase(2 * top, ("max_lr", "initial_lr"), ("base_momentum", "max_momentum"))
    return [up, back, phase(total_steps - 1, ("initial_lr", "min_lr"), ("max_momentum", "max_momentum"))]


class ReduceLROnPlateau(LRScheduler):
    """lr times `factor` when a metric has not become better for more than `patience` epochs: `step(metric)`.

    Better is below the best so far by more than `threshold`, relative to it ("rel") or absolute ("abs"); above it in
    mode "max". After a reduction `cooldown` epochs do not count. `min_lr`, a number or one for each group, is the
    lowest rate; a change of less than `eps` is left out.
    Raises ValueError for a factor of 1 or more, an unknown mode, or a min_lr list of another length than the groups.
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
        self.best = math.inf if mode == "min" else -math.inf
        self.cooldown_counter = self.num_bad_epochs = 0

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
        if self.cooldown_counter > 0:
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
                raise ValueError(
                    f"ReduceLROnPlateau.step: {len(self.min_lrs)} min_lrs for {len(self._groups)} groups: a group was "
                    f"added; set scheduler.min_lrs to one for each"
                )
            self.min_lrs = [self.default_min_lr] * len(self._groups)
        for group, lowest in zip(self._groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, lowest)
            if old - new > self.eps:
                set_rate(group, new)


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


def positive(scheduler: LRScheduler, name: str, value: int) -> int:
    """`value`, which must be a whole number above 0."""
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"{type(scheduler).__name__}: {name} {value}: it must be a whole number above 0; give another")
    return value

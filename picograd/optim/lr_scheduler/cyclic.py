"""Schedules that go up and down: again and again, or once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..optimizer import Optimizer
from .scheduler import (
    LRScheduler,
    check_optimizer,
    cycled_momentum,
    from_zero_to_one,
    one_for_each,
    positive,
    saved_function,
    set_momentum,
    set_rate,
    whole,
)


class CyclicLR(LRScheduler):
    """Up from `base_lr` to `max_lr` in `step_size_up` steps, down in `step_size_down`, and so on; one step a batch.

        lr_t = base_lr + (max_lr - base_lr) h s         h from 0 to 1 and back within a cycle

    `mode` says how the peaks change: s = 1 ("triangular"), 1/2^(c-1) in cycle c ("triangular2"), gamma^t ("exp_range").
    `scale_fn`, a function of the cycle, or of t with `scale_mode` "iterations", takes the place of s. `cycle_momentum`
    moves momentum, or Adam's first beta, the other way between `max_momentum` and `base_momentum`. Rates and momenta
    may be lists, one for each group.

    Smith, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186. Raises ValueError for an unknown
    mode, or an optimizer without momentum.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(self, optimizer)
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(
                f"CyclicLR: mode {mode!r}: unknown; give 'triangular', 'triangular2' or 'exp_range', or a scale_fn"
            )
        base_lrs = one_for_each(self, "base_lr", base_lr, optimizer)
        self.max_lrs = one_for_each(self, "max_lr", max_lr, optimizer)
        up = float(positive(self, "step_size_up", step_size_up))
        self.total_size = up + float(step_size_up if step_size_down is None else step_size_down)
        self.step_ratio = up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        self.use_beta1 = cycle_momentum and cycled_momentum(self, optimizer) == "betas"
        self.base_momentums = one_for_each(self, "base_momentum", base_momentum, optimizer)
        self.max_momentums = one_for_each(self, "max_momentum", max_momentum, optimizer)
        if last_epoch == -1:
            momenta = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, rate, (low, high) in zip(optimizer.param_groups, base_lrs, momenta, strict=True):
                set_rate(group, rate)
                if cycle_momentum:
                    group.update(max_momentum=high, base_momentum=low)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """s, in cycle or step `x`."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return float(self.gamma**x)
        return 1.0 if self.mode == "triangular" else 1 / 2.0 ** (x - 1)

    def get_lr(self) -> list[float]:
        """The formula; sets the momenta too."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        done = 1.0 + self.last_epoch / self.total_size - cycle  # of this cycle
        height = done / self.step_ratio if done <= self.step_ratio else (done - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momenta = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self._groups, momenta, strict=True):
                set_momentum(group, high - (high - low) * height, self.use_beta1)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule knows, except the optimizer and a plain `scale_fn`."""
        function = self._scale_fn_custom
        return {**super().state_dict(), "_scale_fn_custom": None if function is None else saved_function(function)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned; a plain `scale_fn` stays as it is."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_scale_fn_custom"})
        attributes = state_dict["_scale_fn_custom"]
        if attributes is not None and self._scale_fn_custom is not None:
            self._scale_fn_custom.__dict__.update(attributes)


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
            total_steps = whole(self, "epochs", epochs) * whole(self, "steps_per_epoch", steps_per_epoch)
        from_zero_to_one(self, "pct_start", pct_start)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: anneal_strategy {anneal_strategy!r}: unknown; give 'cos' or 'linear'")
        self.total_steps = whole(self, "total_steps", total_steps)
        self.cycle_momentum = cycle_momentum
        self.use_beta1 = cycle_momentum and cycled_momentum(self, optimizer) == "betas"
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
                set_momentum(group, momentum, self.use_beta1)
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

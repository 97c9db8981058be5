"""Averages of a model's parameters along training: the mean of the last epochs (SWA), or one that fades (EMA).

Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", arXiv:1803.05407; Polyak and
Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from picograd.nn.module import Module
from picograd.nn.norm import _BatchNorm
from picograd.recording import no_grad
from picograd.tensor import Tensor

from .lr_scheduler.scheduler import LRScheduler, check_optimizer, one_for_each
from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, Any], Any]
Averages = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


# ---- how to average ------------------------------------------------------------------------------------------------


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """For `avg_fn`: decay average + (1 - decay) current. Raises ValueError for a decay outside [0, 1]."""
    check_decay("get_ema_avg_fn", decay)

    @no_grad()
    def average(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Any:
        return decay * ema_param + (1 - decay) * current_param

    return average


def get_swa_avg_fn() -> Average:
    """For `avg_fn`: average + (current - average) / (n + 1), the mean of all n + 1."""

    @no_grad()
    def average(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return average


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """For `multi_avg_fn`: as `get_ema_avg_fn`, written into a list of averages."""
    check_decay("get_ema_multi_avg_fn", decay)

    def average(ema_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], _: Any) -> None:
        move(ema_param_list, current_param_list, 1 - decay)

    return average


def get_swa_multi_avg_fn() -> Averages:
    """For `multi_avg_fn`: as `get_swa_avg_fn`, written into a list of averages."""

    def average(averaged_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], num_averaged: Any) -> None:
        move(averaged_param_list, current_param_list, 1 / (int(num_averaged) + 1))

    return average


@no_grad()
def move(averages: Sequence[Tensor], currents: Sequence[Tensor], weight: float) -> None:
    """Move each average towards the current value, by this part of the way."""
    for average, current in zip(averages, currents, strict=True):
        if average.is_floating_point():
            average.lerp_(current, weight)
        else:  # fractions of a count are cut off
            average.copy_(average + (current - average) * weight)


def check_decay(name: str, decay: float) -> None:
    """Raise unless `decay` is from 0 to 1."""
    if not 0 <= decay <= 1:
        raise ValueError(f"{name}: decay {decay}: it is the part of the average that is kept; give one from 0 to 1")


# ---- the averaged model --------------------------------------------------------------------------------------------


class AveragedModel(Module):
    """A copy of `model` whose parameters are averages of the model's, as they were at each `update_parameters(model)`.

        average_1 = p,    average_{n+1} = average_n + (p - average_n) / (n + 1)

    or what `avg_fn(average, p, n)` returns for each, or `multi_avg_fn(averages, ps, n)` writes for all of them. Buffers
    are averaged too with `use_buffers`, else copied. `device` changes nothing. Calling it calls the copy, `module`;
    `n_averaged` counts. Raises ValueError for both functions.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("AveragedModel: avg_fn and multi_avg_fn: one of them says how to average; give only one")
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", Tensor._of(np.zeros((), np.int64)))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The averaged model's result."""
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take the parameters of `model` into the averages."""
        buffers = [b.detach() for b in self.module.buffers()], [b.detach() for b in model.buffers()]
        averages, currents = ([p.detach() for p in net.parameters()] for net in (self.module, model))
        if self.use_buffers:
            averages, currents = averages + buffers[0], currents + buffers[1]
        if self.n_averaged == 0:
            for average, current in zip(averages, currents, strict=True):
                average.copy_(current)
        elif self.multi_avg_fn is not None:
            # by dtype, as PyTorch does
            dtypes = dict.fromkeys(average.dtype for average in averages)
            for dtype in dtypes:
                chosen = [k for k, average in enumerate(averages) if average.dtype == dtype]
                self.multi_avg_fn([averages[k] for k in chosen], [currents[k] for k in chosen], self.n_averaged)
        else:
            average_of = self.avg_fn or get_swa_avg_fn()
            for average, current in zip(averages, currents, strict=True):
                average.copy_(average_of(average, current, self.n_averaged))
        if not self.use_buffers:
            for own_buffer, buffer in zip(*buffers, strict=True):
                own_buffer.copy_(buffer)
        self.n_averaged += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of all batch norms of `model` anew, as means over the batches of `loader`.

    A batch that is a list or tuple begins with the input. `device` changes nothing. Momenta and mode come back.
    """
    norms = {module: module.momentum for module in model.modules() if isinstance(module, _BatchNorm)}
    if not norms:
        return
    was_training = model.training
    for module in norms:
        module.reset_running_stats()
        module.momentum = None  # the mean of all batches
    try:
        model.train()
        for batch in loader:
            model(batch[0] if isinstance(batch, list | tuple) else batch)
    finally:
        for module, momentum in norms.items():
            module.momentum = momentum
        model.train(was_training)


# ---- the rate ------------------------------------------------------------------------------------------------------


class SWALR(LRScheduler):
    """From the rate as it is to `swa_lr` in `anneal_epochs`, along half a cosine ("cos") or a line; there it stays.

        lr_t = a_t swa_lr + (1 - a_t) lr_0         a_t = (1 - cos(pi t / anneal_epochs)) / 2  or  t / anneal_epochs

    `swa_lr` is a number, or a list of one for each group. Raises ValueError for an unknown strategy or a negative
    number of epochs.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(self, optimizer)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"SWALR: anneal_strategy {anneal_strategy!r}: unknown; give 'cos' or 'linear'")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"SWALR: anneal_epochs {anneal_epochs}: it must be a whole number of at least 0; give one")
        rates = one_for_each(self, "swa_lr", swa_lr, optimizer)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs, self._anneal_strategy = anneal_epochs, anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _done(self, step: int) -> float:
        """a, at this step."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def get_lr(self) -> list[float]:
        """From the rates of the epoch before: lr_0 is what they would have come from."""
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._done(step - 1), self._done(step)

        def rate(lr: float, swa_lr: float) -> float:
            start = swa_lr if before == 1 else (lr - before * swa_lr) / (1 - before)
            return now * swa_lr + (1 - now) * start

        return [rate(float(group["lr"]), group["swa_lr"]) for group in self._groups]

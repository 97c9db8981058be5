"""Training that can be watched: `Progress`, a bar or plain lines, and `History`, what was measured, by name."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sized
from shutil import get_terminal_size
from time import perf_counter
from typing import Any

import numpy as np
from tqdm import tqdm

from .plots import BLUE, GREY, RED, figure_of, legend, plain, save


class History(dict[str, list[float]]):
    """What was measured: a dict of plain lists, name -> the numbers that were logged under it, in order.

        history = History()
        history.log(loss=loss.item(), accuracy=0.93)
        history["loss"]                            # [2.31]

    A checkpoint takes it as it is, or as `state_dict()`; `load_state_dict` (or `History(lists)`) goes on from there.
    `tensorboard`: a folder into which everything logged is written for TensorBoard, too; it needs tensorboardX.
    """

    def __init__(self, lists: Mapping[str, Any] | None = None, *, tensorboard: Any = None) -> None:
        super().__init__()
        self.writer: Any = None
        if tensorboard is not None:
            from ..utils.tensorboard import SummaryWriter  # says what is missing

            self.writer = SummaryWriter(str(tensorboard))
        self.load_state_dict(lists or {})

    def log(self, **values: Any) -> None:
        """Add a number to each list."""
        numbers = {name: measured("log", name, value) for name, value in values.items()}  # all of them, or none
        for name, number in numbers.items():
            self.setdefault(name, []).append(number)
            if self.writer is not None:
                self.writer.add_scalar(name, number, len(self[name]))

    def mean(self, name: str, last: int = 100) -> float:
        """The mean of the last numbers that were logged."""
        if not self.get(name):
            raise KeyError(f"mean: {name!r}: nothing was logged under it; there is {', '.join(self) or 'nothing'}")
        return float(np.mean(self[name][-last:]))

    def state_dict(self) -> dict[str, list[float]]:
        """The lists, copied."""
        return {name: list(values) for name, values in self.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Replace all that was logged by these lists."""
        if not isinstance(state, Mapping):
            raise TypeError(
                f"History: a {type(state).__name__}: it takes lists of numbers by name; read a file first, with "
                f"json.load or picograd.load"
            )
        lists = {}
        for name, values in state.items():
            if isinstance(values, str) or not isinstance(values, Iterable):
                raise TypeError(f"History: {name}: a {type(values).__name__}: it must be a list of numbers; give one")
            lists[name] = [measured("History", name, value) for value in values]
        self.clear()
        self.update(lists)

    def plot(self, path: Any = None, names: Iterable[str] | None = None) -> Any:
        """`curves(self, path, names)`."""
        return curves(self, path, names)

    def close(self) -> None:
        """Finish TensorBoard's file."""
        if self.writer is not None:
            self.writer.close()


def measured(what: str, name: str, value: Any) -> float:
    """A number that was measured. Raises TypeError for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        kind = f"{type(value).__name__} of shape {value.shape}" if hasattr(value, "shape") else repr(value)[:40]
        raise TypeError(
            f"{what}: {name}: {kind}: it must be a number; give loss.item(), or the mean of several"
        ) from None


class Progress:
    """Steps of a training that say how far they are, and what was logged in them.

        progress = Progress(1000)                  # or Progress(loader)
        for step in progress:
            ...
            progress.log(loss=loss.item())

    On a terminal it draws a bar with the means of the last `last` numbers logged, the rate, and the time left.
    Elsewhere it prints a line now and then: after ten seconds, and whenever a tenth has been added to the time. With
    `quiet` it says nothing. `lines`: a line each so many steps instead, above the bar on a terminal; 0 for none.

    `steps`: how many, or what to go through; `total`: how many these are, if they can't say it themselves. `start`: how
    many are done, when a training goes on. `history`: where to log. `name` stands before all; `text`, anything whose
    str() is asked for when it is drawn, in place of step, numbers and rate. `step` counts what is done, `seconds` the
    time since the first.
    """

    def __init__(
        self, steps: int | Iterable[Any], *, total: int | None = None, start: int = 0, history: History | None = None,
        name: str = "", text: Any = None, unit: str = "steps", lines: int | None = None, last: int = 100,
        quiet: bool = False,
    ) -> None:  # fmt: skip
        count = int(steps) if isinstance(steps, int | np.integer) else None
        fits = hasattr(steps, "__iter__") or hasattr(steps, "__getitem__") if count is None else count >= 0
        if not fits:
            raise TypeError(f"Progress: {steps!r}: it goes through steps; give their number, or a loader or list")
        self.source: Any = steps if count is None else range(start, count)
        if total is None:
            total = start + len(steps) if isinstance(steps, Sized) else count
        self.total, self.start, self.step = total, start, start
        self.history = History() if history is None else history
        self.name, self.text, self.unit, self.lines, self.last, self.quiet = name, text, unit, lines, last, quiet
        self.names: tuple[str, ...] = ()  # what was logged last, which is what is shown
        self.bar: Any = None
        self.began: float | None = None
        self.told = 0.0  # seconds after which the last line was printed

    def __iter__(self) -> Iterator[Any]:
        self.began, self.told, self.step = perf_counter(), 0.0, self.start
        # The text is asked for when the bar is drawn, some ten times a second, not in each step.
        self.bar = tqdm(
            total=self.total, initial=self.start, desc=self.name, postfix=[self], leave=False,
            ncols=min(100, get_terminal_size((100, 24)).columns),
            bar_format="{desc}{postfix[0]} {bar} {remaining} left", disable=True if self.quiet else None,
        )  # fmt: skip
        try:
            for item in self.source:
                yield item
                self.step += 1
                self.bar.update()
                if self.line_is_due():
                    self.told = self.seconds
                    self.say(f"{self.name}{self}{f'  {self.left} left' if self.step != self.total else ''}")
        finally:
            self.close()

    def close(self) -> None:
        """Take the bar away; the end of the steps does it, too."""
        if self.bar is not None:
            self.bar.close()
        if self.history.writer is not None:
            self.history.writer.flush()

    def log(self, **values: Any) -> None:
        """Add to the history; these are shown from now on."""
        self.history.log(**values)
        self.names = tuple(values)

    def say(self, text: str) -> None:
        """Print a line, above the bar; not if `quiet`."""
        if not self.quiet:
            tqdm.write(text)
            sys.stdout.flush()

    def line_is_due(self) -> bool:
        """Whether it is time for a line."""
        if self.quiet or self.lines is not None:
            return bool(self.lines) and not self.quiet and self.step % (self.lines or 1) == 0
        return bool(self.bar.disable) and self.seconds - self.told >= max(10.0, self.told / 10)

    @property
    def seconds(self) -> float:
        """Since the first step began."""
        return 0.0 if self.began is None else perf_counter() - self.began

    @property
    def rate(self) -> float:
        """Steps a second."""
        return (self.step - self.start) / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> str:
        """The time left, `00:42`; ? if nobody knows."""
        if not self.rate or self.total is None:
            return "?"
        return str(tqdm.format_interval((self.total - self.step) / self.rate))

    def __str__(self) -> str:
        if self.text is not None:
            return str(self.text)
        of = "" if self.total is None else f"/{self.total}"
        numbers = [f"{name} {self.history.mean(name, self.last):.4g}" for name in self.names]
        rate = f"{self.rate:,.0f}" if self.rate >= 100 else f"{self.rate:.3g}"
        return "  ".join([f"step {self.step:{max(len(of) - 1, 1)}}{of}", *numbers, f"{rate} {self.unit}/s"])


# ---- curves --------------------------------------------------------------------------------------------------------

PREFIXES = ("train_", "training_", "test_", "val_", "valid_", "validation_", "unseen_")


def curves(history: Mapping[str, list[float]], path: Any = None, names: Iterable[str] | None = None) -> Any:
    """The lists of a history as curves: a matplotlib Figure, saved if a path is given.

    Lists that are called alike, "loss" and "test_loss", share a pair of axes. The longest list has a number a step; the
    others are spread over the same steps evenly. Of more than 100 numbers the running mean is drawn, pale what it is
    the mean of. What spans more than two powers of ten is drawn logarithmically. `names`: draw these only.
    """
    if not isinstance(history, Mapping):
        raise TypeError(f"curves: a {type(history).__name__}: it draws lists by name; give {{'loss': [...]}}")
    chosen = list(history) if names is None else [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if not history.get(name):
            known = ", ".join(name for name in history if history[name]) or "nothing"
            raise KeyError(f"curves: {name!r}: nothing was logged under it; there is {known}")
    if not chosen:
        raise ValueError("curves: an empty history: there is nothing to draw; log something first")
    groups: dict[str, list[str]] = {}
    for name in chosen:
        prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
        groups.setdefault(name.removeprefix(prefix) or name, []).append(name)
    steps = max(len(history[name]) for name in chosen)
    columns = min(len(groups), 3)
    rows = -(-len(groups) // columns)
    figure = figure_of("curves", (5 * columns + (3 if columns == 1 else 0), 3.8 * rows))
    for k, (title, members) in enumerate(groups.items(), start=1):
        axes = figure.add_subplot(rows, columns, k)
        for name, color in zip(members, (BLUE, RED, GREY, *["black"] * len(members)), strict=False):
            draw_curve(axes, np.asarray(history[name], float), steps, name, color)
        numbers = np.concatenate([np.asarray(history[name], float) for name in members])
        numbers = numbers[np.isfinite(numbers)]
        if numbers.size and numbers.min() > 0 and numbers.max() > 100 * numbers.min():
            axes.set_yscale("log")
        plain(axes, title, "step")
        if len(members) > 1:
            legend(axes)
    save(figure, path, 120, "curves")
    return figure


def draw_curve(axes: Any, values: Any, steps: int, name: str, color: str) -> None:
    """One list, spread over all steps."""
    x = np.arange(1, len(values) + 1) * (steps / len(values))
    if len(values) <= 100:
        axes.plot(
            x, values, color=color, linewidth=2, marker="o" if len(values) <= 20 else None, markersize=4, label=name
        )
        return
    width = max(len(values) // 50, 2)
    axes.plot(x, values, color=color, linewidth=0.5, alpha=0.25)
    smooth = np.convolve(values, np.ones(width) / width, "valid")
    axes.plot(x[width - 1 :], smooth, color=color, linewidth=2, label=f"{name}, mean of {width}")

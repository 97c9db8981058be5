"""How long parts of a program take: ops, and blocks named by `record_function`, by the wall clock while `profile` runs.

Of an op the forward in this thread is measured; the rules of a backward pass are not: put a block around it.
"""

from __future__ import annotations

import enum
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from . import left_out
from .watching import turn, watch


class ProfilerActivity(enum.Enum):
    """What is measured: there is the CPU."""

    CPU, XPU, MTIA, CUDA, HPU, PrivateUse1 = range(6)


class ProfilerAction(enum.Enum):
    """What a profiler does in a step."""

    NONE, WARMUP, RECORD, RECORD_AND_SAVE = range(4)


class Event(NamedTuple):
    """An op or a block that has run: its name, when it began and how long it took, in microseconds, and its thread."""

    name: str
    start: float
    cpu_time: float
    thread: int


_running: list[profile] = []  # the profilers that are measuring now


class record_function(ContextDecorator):
    """A block (or decorated function) with a name, measured while a profiler runs."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args, self._starts = name, args, list[float]()

    def _recreate_cm(self) -> record_function:
        return record_function(self.name, self.args)

    def __enter__(self) -> record_function:
        self._starts.append(time.perf_counter())
        return self

    def __exit__(self, *exception: object) -> None:
        start = self._starts.pop()
        event = Event(self.name, start * 1e6, (time.perf_counter() - start) * 1e6, threading.get_ident())
        for profiler in _running:
            profiler.record(event)


@dataclass
class Average:
    """The ops or blocks of one name together: how many there were, and their time in microseconds."""

    key: str
    count: int
    cpu_time_total: float

    @property
    def cpu_time(self) -> float:
        """The time of one, on average."""
        return self.cpu_time_total / self.count

    # Blocks are measured as a whole, so the time within one is its own time, and no GPU takes part.
    self_cpu_time_total = property(lambda self: self.cpu_time_total, doc="`cpu_time_total`")
    cuda_time_total = self_cuda_time_total = property(lambda self: 0.0, doc="0: there is no GPU.")
    device_time_total = self_device_time_total = cuda_time_total


class Averages(list[Average]):
    """The blocks by name; `table()` prints them."""

    def table(
        self, sort_by: str | None = None, row_limit: int = 100, max_src_column_width: int = 75,
        max_name_column_width: int = 55, max_shapes_column_width: int = 80, header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:  # fmt: skip
        """Name, number of calls, total and average time, one block a line; the longest first, or as `sort_by` says."""
        key = sort_by if sort_by in ("count", "cpu_time", "cpu_time_total", "self_cpu_time_total") else "cpu_time_total"
        rows = sorted(self, key=lambda average: -getattr(average, key))
        rows = rows[:row_limit] if row_limit >= 0 else rows
        width = min(max([len(row.key) for row in rows] + [4]), max_name_column_width)
        lines = [f"{'Name':{width}}  {'Calls':>8}  {'Total (ms)':>12}  {'Average (ms)':>12}"]
        for row in rows:
            name = row.key if len(row.key) <= width else row.key[: width - 3] + "..."
            total, average = row.cpu_time_total / 1e3, row.cpu_time / 1e3
            lines.append(f"{name:{width}}  {row.count:8}  {total:12.3f}  {average:12.3f}")
        return "\n".join([*([header] if header else []), *lines]) + "\n"

    def total_average(self) -> Average:
        """All together."""
        return Average("Total", sum(row.count for row in self), sum(row.cpu_time_total for row in self))


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """Which steps are measured: `skip_first` are not, then in turn `wait` not, `warmup` not, `active` are.

    After `repeat` rounds (0: without end) nothing more is. `skip_first_wait`: the first round has no wait.
    """

    def action(step: int) -> ProfilerAction:
        step -= skip_first
        if step < 0:
            return ProfilerAction.NONE
        step += wait if skip_first_wait else 0
        turn, place = divmod(step, wait + warmup + active)
        if (repeat > 0 and turn >= repeat) or place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD_AND_SAVE if place == wait + warmup + active - 1 else ProfilerAction.RECORD

    return action


class profile:
    """Measures the ops and the blocks that run inside it; `key_averages()` sums them up.

    `schedule` says which steps, as `step()` counts them, are measured; `on_trace_ready(profiler)` is called after each
    round of them, and without a schedule at the end. All other options have no effect: shapes, memory and stacks are
    not kept.
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[[profile], Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        **options: Any,
    ) -> None:
        self.schedule, self.on_trace_ready = schedule, on_trace_ready
        self.step_num, self._events = 0, list[Event]()
        self._action = ProfilerAction.NONE
        self._began = 0.0

    def record(self, event: Event) -> None:
        """Take note of a block."""
        if self._action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE):
            self._events.append(event)

    def _note(self, op: Any, result: Any, args: tuple[Any, ...]) -> None:
        self.record(Event(op.name, watch.started / 1e3, watch.took / 1e3, threading.get_ident()))

    def _act(self) -> None:
        before, self._action = self._action, self.schedule(self.step_num) if self.schedule else ProfilerAction.RECORD
        measuring = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        if self._action in measuring and before not in measuring[:1]:
            self._events = []  # of the round before

    def start(self) -> None:
        """Begin to measure."""
        self._began = time.perf_counter()
        self._act()
        _running.append(self)
        turn((*watch.watchers, self._note))

    def stop(self) -> None:
        """Measure no more."""
        _running.remove(self)
        turn(tuple(watcher for watcher in watch.watchers if watcher != self._note))
        self._step_event()
        ready = self._action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        self._action = ProfilerAction.NONE
        if ready and self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def _step_event(self) -> None:
        now = time.perf_counter()
        if self.schedule is not None:
            name = f"ProfilerStep#{self.step_num}"
            self.record(Event(name, self._began * 1e6, (now - self._began) * 1e6, threading.get_ident()))
        self._began = now

    def step(self) -> None:
        """The next step begins."""
        self._step_event()
        if self._action is ProfilerAction.RECORD_AND_SAVE and self.on_trace_ready is not None:
            self.on_trace_ready(self)
        self.step_num += 1
        self._act()

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def events(self) -> list[Event]:
        """The blocks that have run."""
        return list(self._events)

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0) -> Averages:
        """The blocks by name."""
        totals: dict[str, tuple[int, float]] = {}
        for event in self._events:
            count, total = totals.get(event.name, (0, 0.0))
            totals[event.name] = count + 1, total + event.cpu_time
        return Averages(Average(name, count, total) for name, (count, total) in totals.items())

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write the blocks to a file that chrome://tracing and Perfetto read."""
        rows = [
            {"name": e.name, "ph": "X", "ts": e.start, "dur": e.cpu_time, "pid": os.getpid(), "tid": e.thread}
            for e in self._events
        ]
        Path(path).write_text(json.dumps({"traceEvents": rows}))


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[profile], None]:
    """For `on_trace_ready`: writes each round to a file in a folder, named by the process and the time."""

    def handler(profiler: profile) -> None:
        folder = Path(dir_name)
        folder.mkdir(parents=True, exist_ok=True)
        profiler.export_chrome_trace(folder / f"{worker_name or os.getpid()}.{time.time_ns()}.pt.trace.json")

    return handler


def supported_activities() -> set[ProfilerActivity]:
    """What can be measured: the CPU."""
    return {ProfilerActivity.CPU}


def kineto_available() -> bool:
    """Whether PyTorch's own profiler is here: no."""
    return False


__getattr__ = left_out.missing(__name__)

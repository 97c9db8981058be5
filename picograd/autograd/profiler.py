"""Where the time goes, lightly: how often each op of a block was called and how long its forward took.

    with profile() as prof:
        model(x)
    print(prof.key_averages().table(sort_by="cpu_time_total", row_limit=10))

Forward passes of this thread are measured, and blocks named by `record_function`; the rules of a backward pass are
not. For more use Python's own profilers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ContextDecorator
from typing import Any

from .. import left_out
from ..watching import turn, watch

__getattr__ = left_out.missing(__name__)

__all__ = ["emit_itt", "emit_nvtx", "profile", "record_function"]

_blocks: list[tuple[str, int, int]] | None = None  # (name, start, duration in ns) of the profile that is running


class record_function(ContextDecorator):
    """A block with a name, which a `profile` around it lists."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._starts: list[int] = []

    def _recreate_cm(self) -> record_function:
        return type(self)(self.name, self.args)

    def __enter__(self) -> record_function:
        self._starts.append(time.perf_counter_ns())
        return self

    def __exit__(self, *exception: object) -> None:
        start = self._starts.pop()
        if _blocks is not None:
            _blocks.append((self.name, start, time.perf_counter_ns() - start))


class Average:
    """What one name took: `count` calls, `cpu_time_total` microseconds."""

    def __init__(self, key: str) -> None:
        self.key, self.count, self.cpu_time_total = key, 0, 0.0

    @property
    def cpu_time(self) -> float:
        """Microseconds a call."""
        return self.cpu_time_total / max(self.count, 1)

    self_cpu_time_total = property(lambda self: self.cpu_time_total)


class Averages:
    """The averages by name, as a sequence and as a table."""

    def __init__(self, events: list[tuple[str, int, int]]) -> None:
        found: dict[str, Average] = {}
        for name, _, duration in events:
            average = found.setdefault(name, Average(name))
            average.count += 1
            average.cpu_time_total += duration / 1000
        self._rows = list(found.values())

    def __iter__(self) -> Iterator[Average]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, k: int) -> Average:
        return self._rows[k]

    def table(self, sort_by: str | None = None, row_limit: int = 100, **others: Any) -> str:
        """Name, calls, total and mean time; `sort_by`: "count", "cpu_time" or "cpu_time_total". `others`: no effect."""
        rows = list(self._rows)
        if sort_by is not None:
            key = {"count": "count", "cpu_time": "cpu_time"}.get(sort_by, "cpu_time_total")
            rows.sort(key=lambda row: -getattr(row, key))
        width = max([len(row.key) for row in rows] + [4])
        lines = [f"{'Name':<{width}}  {'Calls':>8}  {'CPU total (us)':>15}  {'CPU avg (us)':>13}"]
        lines += (
            f"{row.key:<{width}}  {row.count:>8}  {row.cpu_time_total:>15.1f}  {row.cpu_time:>13.2f}"
            for row in rows[: row_limit if row_limit >= 0 else None]
        )
        return "\n".join(lines)


class profile:
    """A block whose ops are counted and timed. Arguments other than `enabled` are accepted and have no effect."""

    def __init__(self, enabled: bool = True, **options: Any) -> None:
        self.enabled = enabled
        self.events: list[tuple[str, int, int]] = []

    def __enter__(self) -> profile:
        global _blocks
        self._before = watch.watchers, _blocks
        if self.enabled:
            _blocks = self.events
            turn((*watch.watchers, self._note))
        return self

    def __exit__(self, *exception: object) -> None:
        global _blocks
        watchers, _blocks = self._before
        turn(watchers)

    def _note(self, op: Any, result: Any, args: tuple[Any, ...]) -> None:
        self.events.append((op.name, watch.started, watch.took))

    def key_averages(self, *args: Any, **kwargs: Any) -> Averages:
        """The events by name. Arguments are accepted and have no effect."""
        return Averages(self.events)

    def total_average(self) -> Average:
        """All events as one."""
        return Averages([("Total", start, took) for _, start, took in self.events])[0]

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds that the ops took together."""
        return sum(took for *_, took in self.events) / 1000

    def table(self, sort_by: str | None = None, row_limit: int = 100, **others: Any) -> str:
        """`key_averages().table(...)`."""
        return self.key_averages().table(sort_by, row_limit, **others)

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as a file that chrome://tracing and Perfetto show."""
        events = [
            {"name": name, "ph": "X", "ts": start / 1000, "dur": took / 1000, "pid": 0, "tid": 0}
            for name, start, took in self.events
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"traceEvents": events}, file)

    def __str__(self) -> str:
        return self.table()


class emit_nvtx(ContextDecorator):
    """No effect: marks for a GPU's profiler, of which there is none."""

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled = enabled

    def __enter__(self) -> emit_nvtx:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


emit_itt = emit_nvtx

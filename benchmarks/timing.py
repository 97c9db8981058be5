"""What the measures share: the clock, medians, the memory of this process. A figure is a number and its unit."""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

clock = time.perf_counter
BEGIN = clock()  # of this process's own work: what a program's user waits for counts from here

Figures = dict[str, tuple[float, str]]  # what was measured -> a number and its unit: "s", "MB", "1/s"


def median_time(call: Callable[[], Any], times: int) -> float:
    """Seconds of a call, after a tenth as many that are left out."""
    seconds = []
    for _ in range(times + max(1, times // 10)):
        begin = clock()
        call()
        seconds.append(clock() - begin)
    return statistics.median(seconds[-times:])


def steady_time(call: Callable[[], Any], budget: float) -> float:
    """Seconds of a call, however short: the median of groups of calls, as many as the budget of seconds allows."""
    call()
    begin = clock()
    call()
    once = max(clock() - begin, 1e-7)
    inner = max(1, int(budget / 20 / once))
    groups = max(3, min(20, int(budget / (inner * once))))

    def group() -> None:
        for _ in range(inner):
            call()

    return median_time(group, groups) / inner


def quantiles(what: str, call: Callable[[], Any], quick: bool) -> Figures:
    """Seconds of a call: the median, and what one call in a hundred exceeds."""
    seconds = []
    for _ in range(20 if quick else 2200):
        begin = clock()
        call()
        seconds.append(clock() - begin)
    seconds = sorted(seconds[len(seconds) // 11 :])
    last = seconds[int(0.99 * len(seconds))]
    return {f"{what}, median": (statistics.median(seconds), "s"), f"{what}, 99th percentile": (last, "s")}


def megabytes() -> float:
    """The memory this process occupies now; nan where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return math.nan
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def check_training(work: str, losses: list[float], quick: bool) -> None:
    """Refuse the figures of a network that did not learn."""
    if not all(map(math.isfinite, losses)):
        raise RuntimeError(f"{work}: a loss of {losses[-1]}: the network did not train; the figures mean nothing")
    part = max(1, len(losses) // 4)
    first, last = statistics.fmean(losses[:part]), statistics.fmean(losses[-part:])
    if not quick and last >= first:
        raise RuntimeError(f"{work}: the loss went from {first:.4f} to {last:.4f}; the figures mean nothing")

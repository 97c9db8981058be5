"""What looks at every op of a thread while it is on: anomaly mode (`anomaly.py`), and hooks on what the rules save.

Off, it costs nothing: ops look here only where they look for rewritten memory anyway (`memory.rebased`), into which an
entry is put while some thread watches. What is done then is said by whoever watches. How a
program looks at a single node is in `inspection.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import numpy as np

from ..memory import rebased

# (op, its result, the arguments) of each call, in the thread that it was added in.
Watcher = Callable[[Any, Any, tuple[Any, ...]], None]


class Watch(threading.local):
    """Whether this thread watches; `anomaly`: whether it is in anomaly mode, in which it looks for nan, and for inf.

    `origins`: there, where each nan and inf comes from that was let pass.
    """

    on = False
    anomaly = False
    check_nan = True
    check_inf = True
    watchers: tuple[Watcher, ...] = ()
    origins: dict[int, tuple[Any, str]] = {}  # noqa: RUF012 - replaced, not changed, for all threads
    started = took = 0  # when the last op began and how long it took, in ns


watch = Watch()
_threads = 0  # how many watch
_lock = threading.Lock()
_ENTRY = -1  # no array's id; in `rebased` it stands for "someone watches"


def turn(watchers: tuple[Watcher, ...]) -> None:
    """Set what watches the ops of this thread."""
    global _threads
    with _lock:
        _threads += bool(watchers) - bool(watch.watchers)
        if _threads:
            rebased[_ENTRY] = 1  # older than everything
        else:
            rebased.pop(_ENTRY, None)
    watch.watchers, watch.on = watchers, bool(watchers)


def watched(op: Any, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """call(*args, **kwargs), the result of `op`, shown to those that watch."""
    watch.on = False
    try:
        watch.started = perf_counter_ns()
        if watch.anomaly:
            with np.errstate(all="ignore"):  # what NumPy warns of is what anomaly mode finds
                result = call(*args, **kwargs)
        else:
            result = call(*args, **kwargs)
        watch.took = perf_counter_ns() - watch.started
    finally:
        watch.on = True
    show(op, result, (*args, *kwargs.values()))
    return result


def show(op: Any, result: Any, args: tuple[Any, ...]) -> None:
    """Show a result of `op` to those that watch; what they do themselves is not watched."""
    watch.on = False
    try:
        for watcher in watch.watchers:
            watcher(op, result, args)
    finally:
        watch.on = True

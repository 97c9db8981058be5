"""Python's own multiprocessing, and `spawn`. A Tensor that goes to another process is copied, memory is not shared."""

from __future__ import annotations

import math as _math
import multiprocessing as _python
import multiprocessing.connection as _connection
import time as _time
import traceback as _traceback
from multiprocessing import *  # noqa: F403
from typing import Any


class ProcessRaisedException(Exception):
    """A process that `spawn` started has raised an error."""

    def __init__(self, msg: str, error_index: int, pid: int | None) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.pid = msg, error_index, pid


class ProcessExitedException(ProcessRaisedException):
    """A process that `spawn` started has ended with an exit code other than 0."""


class ProcessContext:
    """The processes that `spawn` started."""

    def __init__(self, processes: list[Any], errors: list[Any]) -> None:
        self.processes, self.error_queues = processes, errors

    def pids(self) -> list[int | None]:
        """Their numbers in the system."""
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until all have ended (then True), or until the time is over; an error of one ends the others.

        Raises ProcessRaisedException with its traceback, ProcessExitedException for an exit code alone.
        """
        end = _math.inf if timeout is None else _time.monotonic() + timeout
        while (running := [p.sentinel for p in self.processes if p.exitcode is None]) and end > _time.monotonic():
            _connection.wait(running, None if timeout is None else end - _time.monotonic())
            if any(process.exitcode for process in self.processes):
                break
        failed = [k for k, process in enumerate(self.processes) if process.exitcode not in (None, 0)]
        if failed:
            for process in self.processes:
                process.terminate()
                process.join()
            k, process = failed[0], self.processes[failed[0]]
            if self.error_queues[k].empty():
                raise ProcessExitedException(
                    f"spawn: process {k}: it ended with exit code {process.exitcode}; look into what it printed",
                    k, process.pid,
                )  # fmt: skip
            raise ProcessRaisedException(f"spawn: process {k} raised:\n{self.error_queues[k].get()}", k, process.pid)
        return all(process.exitcode == 0 for process in self.processes)


SpawnContext = ProcessContext


def _run(fn: Any, k: int, args: tuple[Any, ...], errors: Any) -> None:
    """What each process does."""
    try:
        fn(k, *args)
    except Exception:
        errors.put(_traceback.format_exc())
        raise SystemExit(1) from None


def start_processes(
    fn: Any, args: Any = (), nprocs: int = 1, join: bool = True, daemon: bool = False, start_method: str = "spawn"
) -> ProcessContext | None:
    """Run `fn(k, *args)` for k from 0 to nprocs - 1, each in a process of its own.

    With `join` wait for them, and raise what one of them has raised; otherwise return them.
    """
    context: Any = _python.get_context(start_method)
    queues = [context.SimpleQueue() for _ in range(nprocs)]
    processes = [
        context.Process(target=_run, args=(fn, k, tuple(args), errors), daemon=daemon)
        for k, errors in enumerate(queues)
    ]
    for process in processes:
        process.start()
    started = ProcessContext(processes, queues)
    if not join:
        return started
    started.join()
    return None


def spawn(
    fn: Any, args: Any = (), nprocs: int = 1, join: bool = True, daemon: bool = False, start_method: str = "spawn"
) -> ProcessContext | None:
    """`start_processes`, each from a fresh Python."""
    return start_processes(fn, args, nprocs, join, daemon, start_method)


def get_all_sharing_strategies() -> set[str]:
    """The ways in which memory of Tensors is shared between processes: none, it is copied."""
    return {"copy"}


def get_sharing_strategy() -> str:
    """The way in use."""
    return "copy"


def set_sharing_strategy(new_strategy: str) -> None:
    """Choose a way: memory is copied in any case, so this has no effect."""

"""A loop over parts of an array, on all cores at once.

The threads are Python's: NumPy and compiled kernels let go of the interpreter's lock while they compute. Between two
loops they sleep, so that they are in nobody's way. To wake one takes some 50 us: a part should be worth more.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

from . import blas

Job = Callable[[int, int], Any]


_limit: int | None = None  # what was asked for, where NumPy's matrix products can't be


def count() -> int:
    """How many threads there are: as many as NumPy's matrix products use, or else the cores of this process."""
    if blas.get_threads is not None:
        return int(blas.get_threads())
    if _limit is not None:
        return _limit
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit(number: int) -> None:
    """Let there be that many from now on."""
    global _limit
    _limit = number
    if blas.set_threads is not None:
        blas.set_threads(number)


class Worker:
    """A thread that sleeps until it is given a part of a loop."""

    def __init__(self) -> None:
        self.parts: SimpleQueue[Any] = SimpleQueue()
        self.answers: SimpleQueue[BaseException | None] = SimpleQueue()
        threading.Thread(target=self.run, name="picograd", daemon=True).start()

    def run(self) -> None:
        """Do one part after another."""
        while True:
            part = self.parts.get()
            answer = None
            try:
                part()
            except BaseException as error:
                answer = error
            del part  # it holds arrays
            self.answers.put(answer)
            del answer


class Team:
    """The workers, and who uses them now."""

    def __init__(self) -> None:
        self.workers: list[Worker] = []
        self.busy = threading.Lock()

    def share(self, job: Job, ends: list[int]) -> None:
        """job(start, stop) between each two of `ends`, side by side; the first part here. Raises what a part raised."""
        parts = list(pairwise(ends))
        while len(self.workers) < len(parts) - 1:
            self.workers.append(Worker())
        given = []
        raised: list[BaseException] = []
        try:
            for worker, (start, stop) in zip(self.workers, parts[1:], strict=False):
                context = contextvars.copy_context()  # NumPy's errstate is in it
                worker.parts.put(lambda context=context, start=start, stop=stop: context.run(job, start, stop))
                given.append(worker)
            job(*parts[0])
        except BaseException as error:
            raised.append(error)
        for worker in given:
            answered = False
            while not answered:  # also after Ctrl-C: the arrays are in use until a part is done
                try:
                    answer = worker.answers.get()
                    answered = True
                    if answer is not None:
                        raised.append(answer)
                except KeyboardInterrupt as error:
                    raised.append(error)
        if raised:
            try:
                raise raised[0]
            finally:
                del raised


team = Team()


def begin_anew() -> None:
    """In a process that was forked off no thread is left but the one that forked."""
    global team
    team = Team()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=begin_anew)


def share(job: Job, n: int, grain: int) -> None:
    """job(start, stop) for parts of range(n), on as many threads as there are, each part at least `grain` long.

    The parts depend on `n` and the number of threads only, so that what is added up in a part is the same every time.
    Within a part matrix products use one thread. Where the threads are in use already, and within a part, it is all
    one part.
    """
    parts = min(count(), n // grain) if n >= 2 * grain else 1
    if parts < 2 or not team.busy.acquire(blocking=False):
        job(0, n)
        return
    mine = team
    try:
        if blas.set_threads is not None:
            threads = count()
            blas.set_threads(1)
        try:
            mine.share(job, [n * k // parts for k in range(parts + 1)])
        finally:
            if blas.set_threads is not None:
                blas.set_threads(threads)
    finally:
        mine.busy.release()

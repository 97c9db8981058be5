"""A loop over parts of an array, on all cores at once.

The threads are Python's: NumPy and compiled kernels let go of the interpreter's lock while they compute. With NumPy
alone they sleep between two loops, and to wake one takes some 50 us; where Numba is installed they are those of
`numba_pool.py`, which take 5 us. A part should be worth more.
"""

from __future__ import annotations

import contextvars
import itertools
import os
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

from . import blas, opened, switch

Job = Callable[[int, int], Any]
Part = Callable[[], Any]
MOST = 64  # threads


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
    """A thread that sleeps until it is given a part of a loop. It answers what that raised, and a mark with itself."""

    def __init__(self) -> None:
        self.parts: SimpleQueue[Any] = SimpleQueue()
        self.answers: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=self.run, name="picograd", daemon=True).start()

    def run(self) -> None:
        """Do one part after another."""
        while True:
            part = self.parts.get()
            try:
                if callable(part):
                    part()
                else:
                    self.answers.put(part)
            except BaseException as error:
                self.answers.put(error)
            del part  # it holds arrays


class Team:
    """The workers, and whose turn it is to share a loop with them."""

    def __init__(self) -> None:
        self.turn: dict[str, int] = {}
        self.workers: list[Any] = []
        self.at_work: list[Any] = []

    def begin(self, who: int) -> bool:
        """Whether nobody else had the turn; it is who's now, and matrix products use one thread."""
        if self.turn.setdefault("who", who) != who:
            return False
        if blas.set_threads is not None:
            blas.set_threads(1)
        return True

    def end(self, who: int, threads: int) -> None:
        """If it is who's turn, let products use so many threads again, and end it."""
        if self.turn.get("who") == who:
            if blas.set_threads is not None:
                blas.set_threads(threads)
            del self.turn["who"]

    def hand_out(self, parts: list[Part]) -> None:
        """Give each worker its part."""
        while len(self.workers) < len(parts):
            self.workers.append(Worker())
        self.at_work = self.workers[: len(parts)]
        for worker, part in zip(self.at_work, parts, strict=True):
            worker.parts.put(part)

    def collect(self, raised: list[BaseException]) -> None:
        """Wait until they are done, and add what they raised."""
        for worker in self.at_work:
            mark = object()  # where Ctrl-C came while parts were handed out, nobody knows who has one
            worker.parts.put(mark)
            while (answer := worker.answers.get()) is not mark:
                if isinstance(answer, BaseException):
                    raised.append(answer)
        self.at_work = []

    def share(self, job: Job, ends: list[int]) -> None:
        """job(start, stop) between each two of `ends`, side by side; the first part here. Raises what a part raised."""
        first, *others = itertools.pairwise(ends)
        raised: list[BaseException] = []
        try:
            # each in a copy of this thread's context: NumPy's errstate is in it
            self.hand_out([partial(contextvars.copy_context().run, job, *part) for part in others])
            job(*first)
        except BaseException as error:
            raised.append(error)
        waiting = True
        while waiting:  # also after Ctrl-C: the arrays are in use until the parts are done
            try:
                self.collect(raised)
                waiting = False
            except KeyboardInterrupt as error:
                raised.append(error)
        if raised:
            try:
                raise raised[0]
            finally:
                del raised


team: Team | None = None
turns = itertools.count(1)
founding = threading.Lock()


def found() -> Team:
    """The team of this process."""
    global team
    with founding:
        if team is None:
            kernel = opened("numba_pool") if switch.on else None
            team = Team() if kernel is None else kernel.Pool()
        return team


def begin_anew() -> None:
    """In a process that was forked off no thread is left but the one that forked."""
    global team, founding
    team, founding = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=begin_anew)


def parts_of(n: int, grain: int) -> int:
    """In how many parts range(n) goes to the threads there are, each part at least `grain` long; they are there then.

    It depends on `n` and the number of threads only, so that what is added up in a part is the same every time.
    """
    threads = count() if n >= 2 * grain else 1
    parts = min(threads, n // grain, MOST) if threads > 1 else 1
    if parts > 1 and team is None:
        found()
    return parts


def share(job: Job, n: int, grain: int) -> None:
    """job(start, stop) for parts of range(n), on as many threads as there are, each part at least `grain` long.

    Within a part matrix products use one thread. Where the threads are in use already, and within a part, it is all
    one part.
    """
    parts = parts_of(n, grain)
    if parts > 1:
        threads, mine, who = count(), team or found(), next(turns)
        try:
            if mine.begin(who):
                mine.share(job, [n * k // parts for k in range(parts + 1)])
                return
        finally:
            mine.end(who, threads)
    job(0, n)

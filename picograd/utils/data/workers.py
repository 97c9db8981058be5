"""Worker threads that load batches ahead of the consumer, in order."""

from __future__ import annotations

import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from picograd.random import default_generator

if TYPE_CHECKING:
    from concurrent.futures import Future

    Task = Callable[[], Any]
    Jobs = queue.SimpleQueue[tuple[Task, Future[Any]] | None]

_here = threading.local()


class WorkerInfo(NamedTuple):
    """Which worker a thread is: `id` of `num_workers`, the `dataset` it reads (the one object, not a copy), a `seed`.

    The seeds of one loader's workers differ, and repeat from `manual_seed`: for random numbers of the worker's own.
    """

    id: int
    num_workers: int
    dataset: Any
    seed: int = 0


def get_worker_info() -> WorkerInfo | None:
    """The worker that this thread is; None outside DataLoader's workers."""
    return getattr(_here, "info", None)


class Workers:
    """A few threads that run tasks ahead. `init_fn(id)` runs once in each of them, before its first task."""

    def __init__(self, count: int, dataset: Any, init_fn: Callable[[int], None] | None) -> None:
        self._jobs: Jobs = queue.SimpleQueue()
        base = int(default_generator.rng.integers(2**62))
        self.stuck = False  # whether a task outlasted its timeout
        # Daemons: a program ends even when a dataset hangs. They hold the queue, not this object, whose end ends them.
        self._threads = [
            threading.Thread(
                target=_work,
                args=(self._jobs, WorkerInfo(number, count, dataset, base + number), init_fn),
                name=f"picograd-loader-{number}",
                daemon=True,
            )
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def results(self, tasks: Iterator[Task], ahead: int, timeout: float, in_order: bool) -> Generator[Any, None, None]:
        """What the tasks return, with up to `ahead` of them started before they are asked for.

        What a task raises is raised here, where its result would have come. Raises RuntimeError when a result
        takes longer than `timeout` seconds (0: as long as it takes).
        """
        from concurrent.futures import FIRST_COMPLETED, Future, wait  # here: only loaders with workers pay for it

        started: deque[Future[Any]] = deque()
        try:
            while True:
                for task in itertools.islice(tasks, ahead - len(started)):
                    started.append(Future())
                    self._jobs.put((task, started[-1]))
                if not started:
                    return
                candidates = [started[0]] if in_order else list(started)
                finished = wait(candidates, timeout or None, FIRST_COMPLETED).done
                if not finished:
                    self.stuck = True
                    raise RuntimeError(
                        f"DataLoader: timeout={timeout}: the next batch did not come in that many seconds; give it a "
                        "longer timeout, or look what the dataset waits for"
                    )
                first = next(future for future in candidates if future in finished)
                started.remove(first)
                yield first.result()
        finally:
            for future in started:
                future.cancel()

    def stop(self) -> None:
        """Ends the threads, after the tasks that they are in the midst of (it doesn't wait for what is stuck)."""
        self._dismiss()
        if not self.stuck:
            for thread in self._threads:
                thread.join()

    def _dismiss(self) -> None:
        for _ in self._threads:
            self._jobs.put(None)

    __del__ = _dismiss


def _work(jobs: Jobs, info: WorkerInfo, init_fn: Callable[[int], None] | None) -> None:
    """A worker's life: run the jobs until there comes None."""
    _here.info = info
    failure: BaseException | None = None
    try:
        if init_fn is not None:
            init_fn(info.id)
    except BaseException as error:  # raised in the consumer, in place of this worker's results
        failure = error
    while (job := jobs.get()) is not None:
        task, future = job
        if not future.set_running_or_notify_cancel():
            continue
        try:
            if failure is not None:
                raise failure
            future.set_result(task())
        except BaseException as error:  # whatever it is, the consumer waits for it
            future.set_exception(error)
        del job, task, future  # while it waits for the next job, a batch is the consumer's alone

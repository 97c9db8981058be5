"""One pool of threads for loops and for matrix products, whose threads look for work for a moment before they sleep.

To wake a thread takes 35 to 50 us, as long as many a loop of ours takes itself. A worker of this pool waits in compiled
code, where it needs no lock of the interpreter and sees within 0.1 us that something was put on the desk; it sleeps
only when nothing came for half a millisecond. NumPy's OpenBLAS is told to give the parts of its products to these
workers (`openblas_set_threads_callback_function`), so that loops and products, which take turns, keep the same cores
awake. Which part of a product is computed by whom doesn't change it: the numbers are the same, bit for bit.

All of a product's parts have to run at once, as they wait for each other. So where the pool is in use, or smaller than
the product asks for, OpenBLAS's own threads take it.

Where there are more threads than cores, whoever looks for work uses up its time on a core, and when work comes it has
to wait some milliseconds for the next. A thread sees that it had no core for a while. For the next 100 jobs
workers sleep at once then, and products use OpenBLAS's own threads: who slept is the first to get a core.

The desk is a piece of memory of 64-bit numbers: one line for the job that is on, and one for each worker.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
import time
from functools import partial
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import boolean, int64, types, void
from numba.extending import intrinsic

from . import blas, threads
from .numba_math import inner_for, jit_for
from .threads import MOST, Part, Team

LINE = 256  # bytes: several lines of the cache, as processors fetch two together
desk_memory = np.zeros((MOST + 1) * LINE // 8, np.int64)
DESK = -(-desk_memory.ctypes.data // LINE) * LINE  # where the first whole line begins

# The line of the job, in bytes from its beginning. Who has the desk is a positive number for a loop.
BUSY, WORKERS, KIND, FUNCTION, DATA, SIZE, SLOTS = range(0, 56, 8)
CALLBACK, SET_CALLBACK, OWN_THREADS = range(56, 80, 8)  # addresses of functions
SET_THREADS, SLEEP, WAKE, YIELD, CLOCK = range(80, 120, 8)
CROWDED = 120  # for how many jobs more there are taken to be more threads than cores
# The line of a worker: how many jobs it was given, and has done.
GIVEN, DONE = range(0, 16, 8)
# Both: for how long the worker, or the giver, had no core so far; where the clock writes; whether it sleeps, on what.
AWAY, SECONDS, NANOSECONDS, ASLEEP, BELL = range(LINE - 40, LINE, 8)

COMPILED, LOOP, END = range(-3, 0)  # kinds of jobs

GLANCES = 200  # at the line in one round of some 0.5 us
PATIENCE = 1500  # rounds before a worker sleeps
GIVERS_PATIENCE = 300  # the same for who waits for the workers: their parts end at nearly the same time
LONG = 1_500_000  # nanoseconds: a thread that had no core for so long shares it with somebody else
JOBS = 100  # after that
HEAD_START = 5  # rounds in which the giver of a loop, with the interpreter's lock, begins its own part

WALL, OWN = (getattr(time, f"CLOCK_{name}", 0) for name in ("MONOTONIC", "THREAD_CPUTIME_ID"))  # kinds of clocks
INT = ir.IntType(64)


@intrinsic  # type: ignore[untyped-decorator]
def load(context: Any, address: Any) -> Any:
    """The number at an address, and all that was written before it was."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(builder.inttoptr(arguments[0], INT.as_pointer()), "seq_cst", 8)

    return types.int64(types.int64), code


@intrinsic  # type: ignore[untyped-decorator]
def store(context: Any, address: Any, number: Any) -> Any:
    """Put a number at an address, after all that was written before."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store_atomic(arguments[1], builder.inttoptr(arguments[0], INT.as_pointer()), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), code


@intrinsic  # type: ignore[untyped-decorator]
def swap(context: Any, address: Any, before: Any, after: Any) -> Any:
    """Put `after` where `before` is, in one step: 1; 0 if something else is there."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[0], INT.as_pointer())
        pair = builder.cmpxchg(place, arguments[1], arguments[2], "seq_cst", "seq_cst")
        return builder.zext(builder.extract_value(pair, 1), INT)

    return types.int64(types.int64, types.int64, types.int64), code


@intrinsic  # type: ignore[untyped-decorator]
def call(context: Any, address: Any, x: Any, y: Any, z: Any) -> Any:
    """Call the C function at an address. One that takes fewer or shorter integers doesn't look at the rest."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        function = ir.FunctionType(INT, [INT] * 3).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], function), arguments[1:])

    return types.int64(types.int64, types.int64, types.int64, types.int64), code


llvmlite.binding.add_symbol("picograd_desk", DESK)


@intrinsic  # type: ignore[untyped-decorator]
def the_desk(context: Any) -> Any:
    """The desk's address in this process: what is compiled is kept on disk, and used by others."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        name = "picograd_desk"
        if name not in builder.module.globals:
            ir.GlobalVariable(builder.module, ir.IntType(8), name).linkage = "external"
        return builder.ptrtoint(builder.module.globals[name], INT)

    return types.int64(), code


@inner_for(boolean(int64, int64, int64, int64))
def changed(desk: int, place: int, old: int, rounds: int) -> bool:
    """Whether the number at a place became another within so many rounds."""
    for _ in range(rounds):
        for _ in range(GLANCES):
            if load(place) != old:
                return True
        call(load(desk + YIELD), 0, 0, 0)  # whoever has no core may have this one
    return False


@inner_for(int64(int64, int64, int64))
def clock(desk: int, line: int, kind: int) -> int:
    """Nanoseconds; always 0 where the system has no such clocks."""
    if load(desk + CLOCK) == 0:
        return 0
    call(load(desk + CLOCK), kind, line + SECONDS, 0)
    return int(load(line + SECONDS) * 1_000_000_000 + load(line + NANOSECONDS))


@inner_for(int64(int64, int64))
def been_away(desk: int, line: int) -> int:
    """For how long this thread had no core since this was asked last."""
    before, after = load(line + AWAY), clock(desk, line, WALL) - clock(desk, line, OWN)
    store(line + AWAY, after)
    return int(after - before)


@inner_for(void(int64, int64))
def mind(desk: int, line: int) -> None:
    """See whether this thread had to leave its core since it was asked last."""
    if been_away(desk, line) > LONG:
        store(desk + CROWDED, JOBS)


@inner_for(boolean(int64))
def crowded(desk: int) -> bool:
    """Whether there are more threads than cores, for all that is known of the last jobs."""
    jobs = load(desk + CROWDED)
    if jobs > 0:
        store(desk + CROWDED, jobs - 1)
    return bool(jobs > 0)


@inner_for(void(int64, int64, int64, int64))
def sleep(desk: int, line: int, place: int, old: int) -> None:
    """Sleep, unless the number at a place is another by now."""
    store(line + ASLEEP, 1)
    # Either it is seen here that it has changed, or who changes it sees that this one sleeps, and wakes it.
    if load(place) == old or swap(line + ASLEEP, 1, 0) == 0:
        call(load(desk + SLEEP), load(line + BELL), 1, 0)


@inner_for(void(int64, int64))
def wake(desk: int, line: int) -> None:
    """Wake who sleeps."""
    if load(line + ASLEEP) == 1 and swap(line + ASLEEP, 1, 0) == 1:
        call(load(desk + WAKE), load(line + BELL), 0, 0)


@jit_for(int64(int64, int64, int64, int64))
def serve(desk: int, line: int, number: int, did: int) -> int:
    """Say that a loop's part is done (if one was), and do parts of products until another kind of job comes."""
    seen = load(line + DONE) + did
    while True:
        store(line + DONE, seen)
        wake(desk, desk)
        mind(desk, line)
        rounds = PATIENCE if load(desk + CROWDED) == 0 else 0
        while load(line + GIVEN) == seen:
            if not changed(desk, line + GIVEN, seen, rounds):
                sleep(desk, line, line + GIVEN, seen)
                been_away(desk, line)
        seen += 1
        kind = load(desk + KIND)
        if kind != COMPILED:
            if kind == LOOP:
                changed(desk, line + GIVEN, seen, HEAD_START)
            return int(kind)
        call(load(desk + FUNCTION), load(desk + SLOTS) - number, load(desk + DATA) + number * load(desk + SIZE), 0)


@jit_for(boolean(int64, int64))
def take(desk: int, who: int) -> bool:
    """Whether the desk was free; it is who's now, and matrix products use one thread."""
    crowded(desk)
    if not swap(desk + BUSY, 0, who):
        return False
    if load(desk + SET_THREADS) != 0:
        call(load(desk + SET_THREADS), 1, 0, 0)
    return True


@jit_for(void(int64, int64, int64))
def leave(desk: int, who: int, threads: int) -> None:
    """If the desk is who's, let products use so many threads again, and leave it."""
    if load(desk + BUSY) == who:
        if load(desk + SET_THREADS) != 0:
            call(load(desk + SET_THREADS), threads, 0, 0)
        store(desk + BUSY, 0)


@jit_for(void(int64, int64, int64))
def give(desk: int, kind: int, workers: int) -> None:
    """What is on the desk is for so many workers."""
    been_away(desk, desk)
    store(desk + KIND, kind)
    for number in range(1, workers + 1):
        line = desk + number * LINE
        store(line + GIVEN, load(line + GIVEN) + 1)
        wake(desk, line)


@jit_for(void(int64, int64))
def wait(desk: int, workers: int) -> None:
    """Until they have done it."""
    mind(desk, desk)
    for number in range(1, workers + 1):
        line = desk + number * LINE
        given = load(line + GIVEN)
        done = load(line + DONE)
        while done != given:
            if not changed(desk, line + DONE, done, GIVERS_PATIENCE):
                sleep(desk, desk, line + DONE, done)
            done = load(line + DONE)


@numba.cfunc(types.void(types.int32, types.int64, types.int32, types.int64, types.int64, types.int32), cache=True)  # type: ignore[untyped-decorator]
def product(sync: int, function: int, parts: int, size: int, data: int, extra: int) -> None:
    """What OpenBLAS calls for a product of several parts: part k is at data + k size, for function(slot, part, 0)."""
    desk = the_desk()
    workers = parts - 1
    if crowded(desk) or workers > load(desk + WORKERS) or not swap(desk + BUSY, 0, COMPILED):
        call(load(desk + SET_CALLBACK), 0, 0, 0)
        call(load(desk + OWN_THREADS), parts, data, 0)
        call(load(desk + SET_CALLBACK), load(desk + CALLBACK), 0, 0)
        return
    store(desk + FUNCTION, function)
    store(desk + DATA, data)
    store(desk + SIZE, size)
    give(desk, COMPILED, workers)
    call(function, load(desk + SLOTS), data, 0)
    wait(desk, workers)
    store(desk + BUSY, 0)


def address(function: Any) -> int:
    """Where a C function is; 0 if there is none."""
    return 0 if function is None else ctypes.cast(function, ctypes.c_void_p).value or 0


def put(place: int, number: int) -> None:
    """Put a number at an address."""
    ctypes.c_int64.from_address(place).value = number


def system(name: str) -> Any:
    """A function of the system's library; None if it isn't there."""
    return getattr(ctypes.CDLL("kernel32" if os.name == "nt" else None), name, None)


def new_bell() -> int:
    """A lock of Python's that is taken: who takes it once more sleeps until it is released."""
    new_lock, acquire = ctypes.pythonapi.PyThread_allocate_lock, ctypes.pythonapi.PyThread_acquire_lock
    new_lock.restype, acquire.argtypes = ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_int)
    bell = new_lock()
    acquire(bell, 1)
    return int(bell)


class Worker:
    """A thread of the pool: its part of a loop, and what that raised."""

    def __init__(self, number: int) -> None:
        self.number, self.line = number, DESK + number * LINE
        for field, value in ((GIVEN, 0), (DONE, 0), (AWAY, 0), (ASLEEP, 0), (BELL, new_bell())):
            put(self.line + field, value)
        self.part: Part | None = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.run, name="picograd", daemon=True)
        self.thread.start()

    def run(self) -> None:
        """Serve until the end."""
        kind = serve(DESK, self.line, self.number, 0)
        while kind != END:
            part, self.part = self.part, None
            try:
                part()  # type: ignore[misc]
            except BaseException as error:
                self.error = error
            del part  # it holds arrays
            kind = serve(DESK, self.line, self.number, 1)


class Pool(Team):
    """The workers of the desk, which serve products as well."""

    def __init__(self) -> None:
        super().__init__()
        python = ctypes.pythonapi
        for field, function in (
            (SLEEP, python.PyThread_acquire_lock),
            (WAKE, python.PyThread_release_lock),
            (YIELD, system("SwitchToThread" if os.name == "nt" else "sched_yield")),
            (CLOCK, system("clock_gettime")),
            (SET_THREADS, blas.set_threads),
        ):
            put(DESK + field, address(function))
        put(DESK + WORKERS, 0)
        put(DESK + BUSY, 0)
        put(DESK + CROWDED, 0)
        put(DESK + ASLEEP, 0)
        put(DESK + BELL, new_bell())
        # No method: between a method and its first call Ctrl-C can come.
        self.begin, self.end = partial(take, DESK), partial(leave, DESK)  # type: ignore[method-assign]
        self.grow(threads.count() - 1)

    def grow(self, number: int) -> None:
        """Have so many workers at least."""
        if len(self.workers) < number:
            while len(self.workers) < number:
                self.workers.append(Worker(len(self.workers) + 1))
            put(DESK + WORKERS, len(self.workers))
            self.serve_products()

    def serve_products(self) -> None:
        """Let OpenBLAS use the workers, where it can."""
        own_threads, slots = getattr(blas.openblas, "exec_blas", None), blas.slots()
        if blas.set_callback is None or own_threads is None or 2 * (len(self.workers) + 1) > slots:
            return
        # A product's part computes in a buffer of a numbered thread. OpenBLAS's own have the first numbers.
        put(DESK + SLOTS, slots - 1)
        put(DESK + CALLBACK, product.address)
        put(DESK + SET_CALLBACK, address(blas.set_callback))
        put(DESK + OWN_THREADS, address(own_threads))
        blas.set_callback(product.address)

    def hand_out(self, parts: list[Part]) -> None:
        """Give each worker its part."""
        self.grow(len(parts))
        self.at_work = self.workers[: len(parts)]
        for worker, part in zip(self.at_work, parts, strict=True):
            worker.part = part
        give(DESK, LOOP, len(parts))

    def collect(self, raised: list[BaseException]) -> None:
        """Wait until they are done, and add what they raised."""
        wait(DESK, len(self.at_work))
        for worker in self.at_work:
            if worker.error is not None:
                raised.append(worker.error)
                worker.error = None
        self.at_work = []


def alone() -> None:
    """In a process that was forked off there are no workers."""
    put(DESK + WORKERS, 0)
    if blas.set_callback is not None:
        blas.set_callback(None)


@atexit.register
def close() -> None:
    """Send the workers home: when the process ends, compiled code may be gone before the threads that run it."""
    pool = threads.team
    patience = 1000
    while isinstance(pool, Pool) and patience > 0:
        if pool.begin(next(threads.turns)):  # and nobody else after it
            alone()
            give(DESK, END, len(pool.workers))
            for worker in pool.workers:
                worker.thread.join(1)
            return
        patience -= 1
        time.sleep(0.001)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=alone)

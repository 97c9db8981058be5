"""Loops in parts, on Python's threads that sleep and on the pool that kernels bring; and on it products and kernels."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from picograd import kernels
from picograd.kernels import blas, threads

try:
    from picograd.kernels import numba_pool
except ImportError:
    numba_pool = None

TEAMS = [threads.Team] if numba_pool is None else [threads.Team, numba_pool.Pool]


def send_home():
    if numba_pool is not None:
        numba_pool.close()
    threads.team = None


@pytest.fixture(autouse=True, params=TEAMS, ids=lambda team: team.__name__)
def team(request):
    """Each test with both kinds."""
    send_home()
    threads.team = request.param()
    yield threads.team
    send_home()


def test_share_covers_each_number_once(monkeypatch):
    monkeypatch.setattr(threads, "count", lambda: 3)
    hits = np.zeros(1000, int)

    def job(start, stop):
        hits[start:stop] += 1

    for _ in range(50):
        threads.share(job, 1000, 100)
    assert (hits == 50).all()
    names = []
    threads.share(lambda start, stop: names.append((start, stop, threading.current_thread().name)), 1000, 100)
    assert sorted(n[:2] for n in names) == [(0, 333), (333, 666), (666, 1000)]
    assert all(n[2] == ("picograd" if n[0] else "MainThread") for n in names)
    names.clear()
    threads.share(lambda start, stop: names.append((start, stop)), 1000, 501)  # not worth it
    assert names == [(0, 1000)]


def test_share_within_share_is_one_part(monkeypatch):
    monkeypatch.setattr(threads, "count", lambda: 2)
    inner = []
    threads.share(lambda a, b: threads.share(lambda start, stop: inner.append((start, stop)), 10, 1), 10, 5)
    assert inner == [(0, 10), (0, 10)]


@pytest.mark.parametrize("where", [0, 1])
def test_share_raises_what_a_part_raised_and_goes_on(monkeypatch, where):
    monkeypatch.setattr(threads, "count", lambda: 2)

    def job(start, stop):
        if (start > 0) == bool(where):
            raise ValueError("in a part")

    for _ in range(3):
        with pytest.raises(ValueError, match="in a part"):
            threads.share(job, 10, 1)
    done = []
    threads.share(lambda start, stop: done.append(start), 10, 1)
    assert sorted(done) == [0, 5]


def test_parts_keep_numpys_errstate(monkeypatch):
    monkeypatch.setattr(threads, "count", lambda: 2)
    with np.errstate(over="ignore"):
        threads.share(lambda start, stop: np.exp(np.float32(1000)), 10, 1)


def test_products_in_parts_are_right(monkeypatch):
    """A part's matrix products use one thread, and afterwards there are as many as before."""
    before = threads.count()
    x, y = np.random.default_rng(0).random((2, 256, 256), np.float32)
    out = np.empty_like(x)
    threads.share(lambda start, stop: np.matmul(x[start:stop], y, out=out[start:stop]), 256, 64)
    np.testing.assert_allclose(out, x @ y, rtol=1e-5)
    assert threads.count() == before


# ---- products on the pool -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("team", TEAMS[1:], indirect=True)
@pytest.mark.parametrize("shape", [(500, 300, 400), (1, 2000, 2000), (64, 784, 800), (37, 1000, 3)])
@pytest.mark.parametrize("number", [2, 3])
def test_products_on_the_pool_are_the_same(team, shape, number):
    """Bit for bit: OpenBLAS cuts them, and who computes a part doesn't matter."""
    if blas.set_callback is None:
        pytest.skip("this NumPy's matrix products have threads of their own")
    n, k, m = shape
    x = np.random.default_rng(0).random((n, k), np.float32)
    y = np.random.default_rng(1).random((k, m), np.float32)
    before = threads.count()
    threads.limit(number)
    try:
        threads.share(lambda start, stop: None, number, 1)  # as many workers
        blas.set_callback(None)
        own = x @ y
        blas.set_callback(numba_pool.product.address)
        for _ in range(20):
            assert (x @ y == own).all()
    finally:
        threads.limit(before)


@pytest.mark.parametrize("team", TEAMS[1:], indirect=True)
def test_kernels_in_parts_are_right(team, monkeypatch):
    """On three threads, where the pool is in use, and where it is smaller than that: the parts are the same."""
    parts = kernels.opened("numba_parts")

    def part(start, stop, out):
        for k in range(start, stop):
            out[k] += k - start

    loop = parts.loop_for(numba_pool.void(numba_pool.int64, numba_pool.int64, numba_pool.int64[::1]))(part)
    monkeypatch.setattr(threads, "count", lambda: 3)
    expected = np.concatenate([np.arange(333), np.arange(333), np.arange(334)])

    def check(times):
        out = np.zeros(1000, np.int64)
        for _ in range(times):
            parts.share_loop(loop, 1000, 1, out)
        assert (out == times * expected).all()

    check(100)
    threads.share(lambda start, stop: check(100), 2, 1)
    monkeypatch.setattr(team, "workers", [])
    numba_pool.put(numba_pool.DESK + numba_pool.WORKERS, 0)
    check(100)


@pytest.mark.parametrize("team", TEAMS[1:], indirect=True)
@pytest.mark.parametrize("where", [0, 1])
def test_a_kernel_without_memory_says_so(team, monkeypatch, where):
    parts = kernels.opened("numba_parts")

    def hungry(start, stop, where, out):
        out[start] = np.empty(1 << 58 if (start > 0) == where else 1).size

    loop = parts.loop_for(numba_pool.void(*[numba_pool.int64] * 3, numba_pool.int64[::1]))(hungry)
    monkeypatch.setattr(threads, "count", lambda: 2)
    for _ in range(3):
        with pytest.raises(MemoryError, match=r"hungry_.*there is no memory for a part of the loop; free some"):
            parts.share_loop(loop, 10, 1, where, np.zeros(10, np.int64))
    out = np.zeros(10, np.int64)
    parts.share_loop(loop, 10, 1, 2, out)
    assert out.sum() == 2


# ---- threads, processes, and Ctrl-C, in a process of their own ------------------------------------------------------

BOTH = """
import os, signal, sys, threading, time
import numpy as np
import picograd
from picograd.kernels import switch, threads

threads.limit(2)
x, y = np.random.default_rng(0).random((2, 300, 300), np.float32)
right = x.astype(float) @ y
signed = picograd.from_numpy(np.random.default_rng(0).standard_normal(300_000, np.float32))
positive = np.maximum(signed.value, 0)

def both(times):
    for _ in range(times):
        assert (picograd.nn.functional.relu(signed).value == positive).all()
        z = np.zeros(20_000, np.float32)
        def job(start, stop):
            z[start:stop] += 1
        threads.share(job, z.size, 5_000)
        assert (z == 1).all()
        assert np.allclose(x @ y, right, rtol=1e-4)

both(5)
assert type(threads.team).__name__ == ("Pool" if switch.on else "Team")
"""
ENDS = {
    "several threads": """
failed = []
def go():
    try:
        both(100)
    except BaseException as error:
        failed.append(error)
users = [threading.Thread(target=go) for _ in range(4)]
[user.start() for user in users]
[user.join() for user in users]
assert not failed, failed
""",
    "a thread that goes on at the end": """
threading.Thread(target=both, args=(10**9,), daemon=True).start()
time.sleep(0.1)
""",
    "Ctrl-C": """
def ctrl_c(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, ctrl_c)
times = 0
for k in range(150):
    try:
        signal.setitimer(signal.ITIMER_REAL, 3e-4 + 1e-5 * k)
        both(10**9)
    except KeyboardInterrupt:
        times += 1
assert times == 150
both(5)
""",
    "fork": """
for how in range(2):
    child = os.fork()
    both(5)
    if not child:
        os._exit(0) if how else sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
""",
}


@pytest.mark.parametrize("end", list(ENDS))
def test_loops_and_products_are_right_with(team, end):
    if {"fork": not hasattr(os, "fork"), "Ctrl-C": not hasattr(signal, "setitimer")}.get(end):
        pytest.skip("not on this system")
    environment = {**os.environ, "PICOGRAD_KERNELS": str(int(type(team) is not threads.Team))}
    program = [sys.executable, "-W", "ignore", "-c", BOTH + ENDS[end]]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr

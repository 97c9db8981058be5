"""Every kernel against its definition, and the switch between them."""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernel_rows import Row

import picograd
from picograd import kernels, ops
from picograd.kernels import threads

ops.every_family()
HERE = Path(__file__).parent
ROWS: dict[str, Row] = {}
for path in sorted(HERE.glob("kernel_rows_*.py")):
    ROWS |= importlib.import_module(path.stem).ROWS
DEFINITIONS = dict(kernels.definitions)  # as they are now: examples in the documentation add others


def arrays_of(result: Any) -> list[Any]:
    """What a function gave, flat: it may be an array or a sequence of them, None among them."""
    if isinstance(result, tuple | list):
        return [array for member in result for array in arrays_of(member)]
    return [result]


def assert_same(got: Any, expected: Any) -> None:
    """Equal up to float32's rounding: 2e-6 of the size of each element, or of the largest where sums cancel."""
    got, expected = arrays_of(got), arrays_of(expected)
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        if b is None:
            assert a is None
            continue
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        finite = np.abs(b[np.isfinite(b)])
        largest = float(finite[finite < 1e6].max(initial=0.0)) if b.dtype.kind == "f" else 0.0
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6 * largest)


def test_every_definition_with_a_kernel_has_a_row():
    assert DEFINITIONS.keys() == ROWS.keys()


numba = pytest.mark.skipif(not kernels.switch.on, reason="kernels need Numba")


@numba
@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_kernel_gives_what_its_definition_gives(name):
    file, _, function = name.partition(".")
    kernel, definition = getattr(kernels.opened(file), function), DEFINITIONS[name]
    assert list(inspect.signature(kernel).parameters) == list(inspect.signature(definition).parameters)
    calls = ROWS[name](np.random.default_rng(0))
    again = ROWS[name](np.random.default_rng(0))  # a call may fill lists that are among its arguments
    for arguments, same in zip(calls, again, strict=True):
        got = kernel(*arguments)
        assert got is not NotImplemented, "the kernel is not made for the arguments of its own row"
        with kernels.disabled(), np.errstate(all="ignore"):
            expected = definition(*same)
        assert_same(got, expected)
        for a, b in zip(arguments, same, strict=True):  # what a call leaves in a list, or writes
            if isinstance(a, list | np.ndarray):
                assert_same(a, b)


@numba
@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_kernel_leaves_to_its_definition_what_it_is_not_made_for(name):
    file, _, function = name.partition(".")
    kernel = getattr(kernels.opened(file), function)
    (first, *rest), *_ = ROWS[name](np.random.default_rng(0))
    if first.dtype == np.float32:
        assert kernel(first.astype(np.float64), *rest) is NotImplemented


@numba
def test_the_switch(monkeypatch):
    calls = []
    module = kernels.opened("numba_activation")
    real = module.gelu_loop
    monkeypatch.setattr(module, "gelu_loop", lambda *a: calls.append(a) or real(*a))
    x = picograd.Tensor(np.ones(10_000, np.float32))
    y = picograd.nn.functional.gelu(x)
    assert calls
    calls.clear()
    with kernels.disabled():
        z = picograd.nn.functional.gelu(x)
        picograd.nn.functional.gelu(picograd.Tensor(np.ones(10_000)))
    assert not calls
    np.testing.assert_allclose(y.value, z.value, rtol=1e-6)
    picograd.nn.functional.gelu(picograd.Tensor([1.0]))  # too few to be worth the call
    assert not calls


def test_without_kernels():
    """PICOGRAD_KERNELS=0: NumPy alone, and Numba isn't even imported."""
    code = (
        "import sys, picograd, picograd.nn.functional as F; F.gelu(picograd.ones(100, 100)); "
        "print('numba' in sys.modules, picograd.kernels.switch.on)"
    )
    environment = {**os.environ, "PICOGRAD_KERNELS": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["False", "False"]


# ---- threads --------------------------------------------------------------------------------------------------------


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


def test_share_in_a_forked_process(monkeypatch):
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    monkeypatch.setattr(threads, "count", lambda: 2)
    threads.share(lambda start, stop: None, 10, 1)
    code = (
        "import os, sys; from picograd.kernels import threads; threads.count = lambda: 2; done = [];"
        "threads.share(lambda a, b: None, 10, 1); pid = os.fork();"
        "threads.share(lambda a, b: done.append(a), 10, 1); assert sorted(done) == [0, 5];"
        "pid and sys.exit(os.waitpid(pid, 0)[1])"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


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

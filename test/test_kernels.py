"""Every kernel against its definition, and the switch between them."""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernel_rows import Row

import picograd
from picograd import kernels, ops

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
    calls = ROWS[name](np.random.default_rng(0))
    if not calls:
        pytest.skip("not made for this processor")
    (first, *rest), *_ = calls
    if first.dtype == np.float32:
        assert kernel(first.astype(np.float64), *rest) is NotImplemented


@numba
def test_the_switch(monkeypatch):
    calls = []
    module = kernels.opened("numba_activation")
    real = module.each
    monkeypatch.setattr(module, "each", lambda *a: calls.append(a) or real(*a))
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

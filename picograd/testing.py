"""Whether two results are the same up to rounding, for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from . import left_out
from .tensor import Tensor

# How far apart two numbers of a dtype may be, relative and absolute; 0 for all others.
TOLERANCE = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}


def assert_close(
    actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None, atol: float | None = None,
    equal_nan: bool = False, check_device: bool = True, check_dtype: bool = True, check_layout: bool = True,
    check_stride: bool = False, msg: str | Callable[[str], str] | None = None,
) -> None:  # fmt: skip
    """|actual - expected| <= atol + rtol |expected| everywhere: of Tensors, numbers, sequences and mappings of them.

    Shapes and dtypes (`check_dtype`) must be equal. The tolerances are those of the dtype, the wider of two; give both
    or none. Raises AssertionError with the largest difference, or `msg`.
    """
    if (rtol is None) != (atol is None):
        raise ValueError("assert_close: one of rtol and atol: both or none must be given; give the other, too")

    def fail(text: str) -> None:
        raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)

    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        pairs = [(actual.get(k), expected.get(k)) for k in {**actual, **expected}]
        if actual.keys() != expected.keys():
            fail(f"The keys of the mappings do not match: {sorted(map(str, actual.keys() ^ expected.keys()))}")
    elif isinstance(expected, Sequence) and isinstance(actual, Sequence) and not isinstance(expected, str):
        if len(actual) != len(expected):
            fail(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        pairs = list(zip(actual, expected, strict=True))
    else:
        pairs = []
        compare(actual, expected, rtol, atol, equal_nan, check_dtype, fail)
    for one, other in pairs:
        assert_close(one, other, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, msg=msg)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """`assert_close` by its older name: dtypes may differ, and nan equals nan."""
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)


def compare(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, check_dtype: bool,
    fail: Callable[[str], None],
) -> None:  # fmt: skip
    """`assert_close` of two Tensors or numbers."""
    a, b = (np.asarray(x.value if isinstance(x, Tensor) else x) for x in (actual, expected))
    if a.shape != b.shape:
        fail(f"The values for attribute 'shape' do not match: {a.shape} != {b.shape}.")
    if check_dtype and a.dtype != b.dtype and isinstance(actual, Tensor) and isinstance(expected, Tensor):
        fail(f"The values for attribute 'dtype' do not match: {a.dtype} != {b.dtype}.")
    known = [TOLERANCE.get(x.dtype.name, (0.0, 0.0)) for x in (a, b)]
    relative = max(k[0] for k in known) if rtol is None else rtol
    absolute = max(k[1] for k in known) if atol is None else atol
    exact = a.dtype.kind in "iub" and b.dtype.kind in "iub"
    x, y = (a, b) if exact and not relative and not absolute else (a.astype(np.float64), b.astype(np.float64))
    if exact and x is a:
        good, distance = x == y, np.abs(x.astype(object) - y.astype(object)) if x.dtype.kind != "b" else x != y
    else:
        with np.errstate(invalid="ignore"):
            distance = np.abs(x - y)
            good = (x == y) | (np.isfinite(x) & np.isfinite(y) & (distance <= absolute + relative * np.abs(y)))
        good |= equal_nan & np.isnan(x) & np.isnan(y)
    if not np.all(good):
        wrong, n = int(np.sum(~np.asarray(good))), a.size
        fail(
            f"Tensor-likes are not close!\n\nMismatched elements: {wrong} / {n} ({100 * wrong / n:.1f}%)\n"
            f"Greatest absolute difference: {np.max(distance)} (up to {absolute} allowed), relative up to {relative}"
        )


__getattr__ = left_out.missing(__name__)

"""Broadcasting undone: every pair of broadcastable shapes up to four dimensions, against an independent sum.

The reference never reduces an axis. The broadcast F repeats element j of an input at every output place that reads it;
np.bincount adds up, place by place, what comes back from there: the product of F's transpose with the gradient.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from picograd import Tensor, autograd, ops

Shape = tuple[int, ...]

SIZES = (1, 2, 3)
SHAPES: list[Shape] = [shape for n in range(5) for shape in itertools.product(SIZES, repeat=n)]


def fits(a: Shape, b: Shape) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b), strict=False))


def transposed_broadcast(g: np.ndarray, shape: Shape) -> np.ndarray:
    """F^T g for the broadcast F of an input of `shape` to the shape of g."""
    size = int(np.prod(shape))
    read = np.broadcast_to(np.arange(size).reshape(shape), g.shape)  # which element each output place reads
    return np.bincount(read.ravel(), weights=g.ravel(), minlength=size).reshape(shape)


def check_pair(a: Shape, b: Shape, rng: np.random.Generator) -> None:
    x, y = Tensor(rng.standard_normal(a)), Tensor(rng.standard_normal(b))
    z = x * y
    g = rng.standard_normal(z.shape)
    z.backward(g)
    assert x.grad.shape == a and y.grad.shape == b
    np.testing.assert_allclose(x.grad, transposed_broadcast(g * y.value, a), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(y.grad, transposed_broadcast(g * x.value, b), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n", range(5))
@pytest.mark.parametrize("m", range(5))
def test_every_pair_of_shapes(m: int, n: int) -> None:
    rng = np.random.default_rng(10 * m + n)
    of = {k: [shape for shape in SHAPES if len(shape) == k] for k in (m, n)}
    pairs = [(a, b) for a in of[m] for b in of[n] if fits(a, b)]
    assert len(pairs) == 7 ** min(m, n) * 3 ** abs(m - n)  # none is left out: 7 of 9 pairs of sizes fit
    for a, b in pairs:
        check_pair(a, b, rng)


EMPTY = [((0,), ()), ((0,), (1,)), ((0, 3), (3,)), ((0, 1), (1, 3)), ((2, 0), (2, 1)), ((1, 0, 3), (2, 1, 3)),
         ((0,), (2, 1)), ((0, 1), (0,)), ((2, 0, 1, 3), (1, 1)), ((0, 0), (0, 0))]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), EMPTY)
def test_empty_shapes(a: Shape, b: Shape) -> None:
    check_pair(a, b, np.random.default_rng(0))
    check_pair(b, a, np.random.default_rng(0))


@pytest.mark.parametrize("to", [shape for shape in SHAPES if len(shape) == 3], ids=str)
def test_broadcast_to(to: Shape) -> None:
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        if len(shape) <= 3 and fits(shape, to) and np.broadcast_shapes(shape, to) == to:
            x = Tensor(rng.standard_normal(shape))
            g = rng.standard_normal(to)
            x.expand(*to).backward(g)
            np.testing.assert_allclose(x.grad, transposed_broadcast(g, shape), rtol=1e-12, atol=1e-12)


# Ops whose inputs broadcast, on shapes that they accept: the gradient comes back in each input's shape, of any order.
CASES: list[tuple[str, Any, list[Shape]]] = [
    ("add", ops.by_name["add"], [(2, 1, 3), (4, 1)]),
    ("div", lambda x, y: x / (y * y + 1), [(3, 1), (2, 1, 2)]),
    ("where", lambda x, y: ops.by_name["where"](np.array([[True], [False]]), x, y), [(3,), (4, 1, 1)]),
    ("clamp", lambda x, y, z: ops.by_name["clamp"](x, y - 1, z + 1), [(2, 3), (3,), (2, 1)]),
    ("matmul, left", ops.by_name["matmul"], [(2, 3), (4, 3, 2)]),
    ("matmul, both", ops.by_name["matmul"], [(3, 1, 2, 3), (2, 3, 2)]),
    ("linear", ops.by_name["linear"], [(2, 2, 3), (2, 3), (2,)]),
    ("einsum", lambda x, y: ops.dispatch.einsum("...i,...i->...", x, y), [(3, 1, 2), (4, 2)]),
    ("setitem", lambda x, y: ops.by_name["setitem"](x, y, slice(1, 3)), [(3, 2), (1,)]),
    ("in place", lambda x, y: (x * 1).add_(y), [(3, 2), (2,)]),
]


@pytest.mark.parametrize(("name", "op", "shapes"), CASES, ids=[name for name, *_ in CASES])
def test_of_any_order(name: str, op: Any, shapes: list[Shape]) -> None:
    rng = np.random.default_rng(0)
    inputs = [Tensor(rng.standard_normal(shape)) for shape in shapes]
    for x, g in zip(inputs, autograd.grad(op(*inputs).sum(), inputs), strict=True):
        assert g.shape == x.shape
    assert autograd.gradcheck(op, inputs)
    assert autograd.gradgradcheck(op, inputs)


@pytest.mark.parametrize("dtypes", [(np.float32, np.float64), (np.float16, np.float32), (np.float64, np.float16)])
def test_the_gradient_has_the_dtype_of_its_input(dtypes: Any) -> None:
    x, y = (Tensor(np.ones(shape, dtype)) for shape, dtype in zip([(2, 1), (3,)], dtypes, strict=True))
    (x * y + x).sum().backward()
    assert (x.grad.dtype, y.grad.dtype) == dtypes
    np.testing.assert_array_equal(x.grad, [[6], [6]])

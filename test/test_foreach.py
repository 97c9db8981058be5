"""PyTorch's ops on lists of Tensors, held against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor
from picograd.functions.foreach import ALONE, NAMES


def lists(torch: Any) -> tuple[list[Tensor], list[Any]]:
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.1, 0.9, shape) for shape in ((2, 2), (2, 2), ())]
    return [Tensor(a.copy(), requires_grad=False) for a in arrays], [torch.tensor(a) for a in arrays]


ARGUMENTS: dict[str, list[str]] = {  # beside the list; unary ones take none
    **{name: ["0.5", "b", "[0.5, 1.5, 2.0]"] for name in ("add", "sub", "mul", "div", "maximum", "minimum")},
    "pow": ["2.0", "b"],
    "clamp_max": ["0.5", "b"],
    "clamp_min": ["0.5", "b"],
    "lerp": ["b, 0.3"],
    "addcmul": ["b, b", "b, b, 0.5", "b, b, [0.5, 1.0, 2.0]", "b, b, value=0.5"],
    "addcdiv": ["b, b", "b, b, 0.5", "b, b, value=0.5"],
}
TEXTS = [
    f"{name}{mark}(a{', ' * bool(given)}{given})"
    for name in NAMES
    for given in ARGUMENTS.get(name, [""])
    for mark in ("", "_")
] + [
    "add(a, b, alpha=0.5)",
    "clone(a)",
    "copy_(a, b)",
    "max(a)",
    "norm(a)",
    "norm(a, 1)",
    "zero_(a)",
    "mm(a[:2], b[:2])",
]


@pytest.mark.parametrize("text", TEXTS)
def test_as_in_torch(torch: Any, text: str) -> None:
    ours, theirs = lists(torch)
    results = []
    for module, values in ((picograd, ours), (torch, theirs)):
        names = {"m": module, "a": values, "b": [x.clone() * 0.5 for x in values]}
        results.append(eval(f"m._foreach_{text}", names))
    for x, y in zip(results[0] or ours, results[1] or theirs, strict=True):
        np.testing.assert_allclose(x.value, y.numpy(), rtol=1e-12)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.value, y.numpy(), rtol=1e-12)


def test_gradients_in_the_list_are_written() -> None:
    x = Tensor([1.0, 2.0])
    (x * x).sum().backward()
    picograd._foreach_mul_([x.grad], 0.5)
    np.testing.assert_array_equal(x.grad, [1, 2])


def test_errors() -> None:
    assert set(ALONE) and not hasattr(picograd, "_foreach_nothing")
    with pytest.raises(TypeError, match="_foreach_add: a Tensor: it takes a list of Tensors; give one, or"):
        picograd._foreach_add(Tensor([1.0]), 1)
    with pytest.raises(RuntimeError, match="_foreach_add: lists of 1 and 2: they must be equally long; give one for"):
        picograd._foreach_add([Tensor([1.0])], [1, 2])

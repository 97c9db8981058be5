"""A text run in both libraries: `F`, `nn` and `m` are picograd's or PyTorch's, the rest are the text's inputs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, nn
from picograd.autograd import gradcheck, gradgradcheck

Arrays = dict[str, np.ndarray]


def ours() -> dict[str, Any]:
    """What the texts of the tables are evaluated with."""
    return {"F": nn.functional, "nn": nn, "m": picograd}


def theirs(torch: Any) -> dict[str, Any]:
    """PyTorch's names for a text."""
    return {"F": torch.nn.functional, "nn": torch.nn, "m": torch}


def real(*shape: int, low: float = -1.5, high: float = 1.5) -> Any:
    """Draws floats."""
    return lambda rng: np.asarray(rng.uniform(low, high, shape))


def whole(low: int, high: int, *shape: int) -> Any:
    """Draws integers."""
    return lambda rng: np.asarray(rng.integers(low, high, shape))


def fixed(*values: Any) -> Any:
    """These values."""
    return lambda rng: np.asarray(values if len(values) > 1 else values[0])


def draw(inputs: dict[str, Any], dtype: Any = np.float64) -> Arrays:
    """The inputs' arrays, always the same, floats in the dtype."""
    rng = np.random.default_rng(0)
    arrays = {name: make(rng) for name, make in inputs.items()}
    return {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in arrays.items()}


def leaves(arrays: Arrays) -> dict[str, Tensor]:
    return {k: Tensor(v.copy(), requires_grad=v.dtype.kind == "f") for k, v in arrays.items()}


def peer_leaves(torch: Any, arrays: Arrays) -> dict[str, Any]:
    made = {k: torch.from_numpy(v.copy()) for k, v in arrays.items()}
    return {k: v.requires_grad_() if v.is_floating_point() else v for k, v in made.items()}


def flat(result: Any) -> list[Any]:
    """The Tensors in nested tuples."""
    if isinstance(result, tuple | list):
        return [y for part in result for y in flat(part)]
    return [] if result is None else [result]


def near(mine: Any, other: Any, tolerance: float, what: str) -> None:
    """Equal shape and dtype, and values within `tolerance` of the largest."""
    other = other.detach().numpy() if hasattr(other, "detach") else other
    assert mine.shape == other.shape, f"{what}: shape {mine.shape}, expected {other.shape}"
    assert mine.dtype == other.dtype, f"{what}: {mine.dtype}, expected {other.dtype}"
    largest = float(np.abs(other[np.isfinite(other)]).max(initial=0)) if other.dtype.kind == "f" else 0
    np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance * largest, err_msg=what)


def loss(outs: list[Any], make: Any) -> Any:
    """A scalar in which every element of every result has its own weight."""
    rng = np.random.default_rng(1)
    total = 0.0
    for y in outs:
        weights = rng.uniform(0.5, 1.5, tuple(y.shape)).astype(str(y.dtype).removeprefix("torch."))
        total = total + (y * make(weights)).sum()
    return total


def compare_gradients(
    torch: Any, mine: list[Any], other: list[Any], pairs: list[tuple[str, Any, Any]], tolerance: float
) -> None:
    """The same weighted sum of results, differentiated on both sides; `pairs` of leaves to compare."""
    kept = [k for k, y in enumerate(other) if y.requires_grad]
    assert kept == [k for k, y in enumerate(mine) if y.requires_grad]
    if not kept:
        return
    loss([mine[k] for k in kept], Tensor._of).backward()
    loss([other[k] for k in kept], torch.from_numpy).backward()
    scale = max(float(y.grad.abs().max()) for _, _, y in pairs if y.grad is not None and y.numel())
    for name, x, y in pairs:
        expected = np.zeros_like(x.grad) if y.grad is None else y.grad.numpy()
        np.testing.assert_allclose(
            x.grad, expected, rtol=tolerance, atol=tolerance * scale, err_msg=f"gradient of {name}"
        )


def compare(torch: Any, text: str, inputs: dict[str, Any], gradients: float = 1e-9) -> None:
    """A function: float32 values to 1e-5, float64 values to 1e-9 and gradients, inputs equal after the call."""
    for dtype, tolerance in ((np.float32, 1e-5), (np.float64, 1e-9)):
        arrays = draw(inputs, dtype)
        mine_in, other_in = leaves(arrays), peer_leaves(torch, arrays)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mine, other = flat(eval(text, ours() | mine_in)), flat(eval(text, theirs(torch) | other_in))
        assert len(mine) == len(other)
        for y, z in zip(mine, other, strict=True):
            near(y.value, z, tolerance, text)
        for name in arrays:
            near(mine_in[name].value, other_in[name], tolerance, f"{name} after {text}")
    pairs = [(n, mine_in[n], other_in[n]) for n in arrays if arrays[n].dtype.kind == "f"]
    compare_gradients(torch, mine, other, pairs, gradients)


def compare_layer(
    torch: Any,
    make: str,
    call: str,
    inputs: dict[str, Any],
    modes: tuple[bool, ...] = (True,),
    gradients: float = 1e-9,
) -> None:
    """A layer, its state loaded from PyTorch's by name: values, gradients of inputs and parameters, buffers after."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other_net = eval(make, theirs(torch))
        rng = np.random.default_rng(2)
        for p in other_net.parameters():  # ones and zeros would hide much
            p.data += torch.from_numpy(np.asarray(rng.uniform(-0.3, 0.3, tuple(p.shape)), np.float32))
        net = eval(make, ours())
        assert [n for n, _ in net.named_parameters()] == [n for n, _ in other_net.named_parameters()]
        net.load_state_dict(other_net.state_dict())
        for dtype, tolerance in ((np.float32, 1e-5), (np.float64, 1e-9)):
            if dtype == np.float64:
                net.double(), other_net.double()
                net.load_state_dict(other_net.state_dict())
            arrays = draw(inputs, dtype)
            mine_in, other_in = leaves(arrays), peer_leaves(torch, arrays)
            mine, other = [], []
            for mode in modes:
                net.train(mode), other_net.train(mode)
                mine += flat(eval(call, ours() | mine_in | {"net": net}))
                other += flat(eval(call, theirs(torch) | other_in | {"net": other_net}))
            assert len(mine) == len(other)
            for y, z in zip(mine, other, strict=True):
                near(y.value, z, tolerance, f"{make}: {call}")
            for (name, b), (_, c) in zip(net.named_buffers(), other_net.named_buffers(), strict=True):
                near(b.value, c, tolerance, f"{name} after {make}: {call}")
    pairs = [(n, mine_in[n], other_in[n]) for n in arrays if arrays[n].dtype.kind == "f"]
    own = dict(net.named_parameters())
    pairs += [(n, own[n], p) for n, p in other_net.named_parameters()]
    compare_gradients(torch, mine, other, pairs, gradients)


def check_twice(text: str, inputs: dict[str, Any]) -> None:
    """First and second derivatives of a text against finite differences; the second may be 0 everywhere."""
    every = leaves(draw(inputs))
    names = [name for name, x in every.items() if x.requires_grad]

    def function(*reals: Tensor) -> Any:
        return tuple(flat(eval(text, ours() | every | dict(zip(names, reals, strict=True)))))

    function.__name__ = text
    assert gradcheck(function, [every[n] for n in names])
    try:
        assert gradgradcheck(function, [every[n] for n in names])
    except RuntimeError as error:
        if "every derivative is zero" not in str(error):
            raise


def refused(text: str, error: Any, message: str, inputs: dict[str, Any]) -> None:
    """A mistake: the error, and its words."""
    names = ours() | leaves(draw(inputs, np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(error, match=message):
            eval(text, names)

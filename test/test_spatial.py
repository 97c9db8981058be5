"""Functions and layers on images, sequences and volumes: tables, held against PyTorch and finite differences."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import itertools
import re
from typing import Any

import numpy as np
import pytest
from cases_spatial import BAD, CASES, CONV, LAYER, POOL, RESIZE, Case

import picograd
from picograd import Tensor, kernels
from picograd.autograd import gradcheck, gradgradcheck
from picograd.ops import windows

FUNCTIONS = [importlib.import_module(f"picograd.nn.functions.{name}")
             for name in ("conv", "pooling", "adaptive_pooling", "padding", "resize", "grid")]  # fmt: skip
LAYERS = [importlib.import_module(f"picograd.nn.{name}") for name in ("conv", "pooling", "padding", "resize")]


def public(modules: list[Any], kind: type) -> dict[str, Any]:
    """What the modules define under names of their own."""
    return {
        name: thing
        for module in modules
        for name, thing in vars(module).items()
        if isinstance(thing, kind) and thing.__module__ == module.__name__ and not name.startswith("_")
    }


F = public(FUNCTIONS, type(public))
NN = public(LAYERS, type)
HELPERS = {"keys", "mean_over", "largest_of"}  # what the functions share among themselves
ELSEWHERE = {
    "upsample", "upsample_nearest", "upsample_bilinear", "conv_tbc", "native_channel_shuffle",
    *(f"adaptive_max_pool{n}d_with_indices" for n in (1, 2, 3)),
}  # in test_nn.py and test_layers.py  # fmt: skip


# ---- running a case ------------------------------------------------------------------------------------------------


class Names(dict[str, Any]):
    """Functions or layers by attribute: `F.conv2d`."""

    __getattr__ = dict.__getitem__


def draw(shapes: tuple[tuple[int, ...], ...], dtype: Any = np.float64) -> list[Any]:
    """Inputs without equal numbers, so that the largest element is one only."""
    rng = np.random.default_rng(0)
    return [(rng.permutation(int(np.prod(s))).reshape(s) * (2.6 / max(np.prod(s), 1)) - 1.28).astype(dtype)
            for s in shapes]  # fmt: skip


def evaluate(text: str, inputs: list[Any], functions: Any) -> list[Any]:
    result = eval(text, {"F": functions, **dict(zip("xwb", inputs, strict=False))})
    return list(result) if isinstance(result, tuple) else [result]


def close(ours: Any, theirs: Any, tolerance: float) -> None:
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * max(np.abs(theirs).max(initial=0), 1))


def compare(ours: list[Any], theirs: list[Any], mine: list[Any], peers: list[Any], tolerance: float) -> None:
    """Values, and the gradients of `mine` and `peers` for random cotangents."""
    assert len(ours) == len(theirs)
    for y, z in zip(ours, theirs, strict=True):
        close(y.value, z.detach().numpy(), tolerance)
    y, z = ours[0], theirs[0]
    assert y.requires_grad == z.requires_grad
    if not y.requires_grad:
        return
    g = np.random.default_rng(1).standard_normal(y.shape).astype(y.dtype)
    y.backward(g)
    z.backward(z.new_tensor(g))
    for u, v in zip(mine, peers, strict=True):
        close(u.grad, np.zeros(u.shape, u.dtype) if v.grad is None else v.grad.numpy(), 10 * tolerance)


def ids(cases: list[Case]) -> list[str]:
    return [f"{text} {list(shapes[0])}" for text, shapes in cases]


@pytest.mark.parametrize(("text", "shapes"), CASES, ids=ids(CASES))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel", "ignore:Since version 1.3.0")
def test_functions(text: str, shapes: Any, dtype: Any, torch: Any) -> None:
    arrays = draw(shapes, dtype)
    mine = [Tensor(v.copy()) for v in arrays]
    peers = [torch.from_numpy(v).requires_grad_() for v in arrays]
    functions = torch.nn.functional
    compare(evaluate(text, mine, Names(F)), evaluate(text, peers, functions), mine, peers,
            1e-10 if dtype == np.float64 else 1e-5)  # fmt: skip


@pytest.mark.parametrize(("text", "shapes"), LAYER, ids=ids(LAYER))
def test_layers(text: str, shapes: Any, torch: Any) -> None:
    layer, peer = eval(text, {"nn": Names(NN)}), eval(text, {"nn": torch.nn}).double()
    layer.to(np.float64)
    assert repr(layer) == repr(peer)
    state = {name: value.numpy() for name, value in peer.state_dict().items()}
    assert list(layer.state_dict()) == list(state)
    layer.load_state_dict({name: Tensor(value, requires_grad=False) for name, value in state.items()})
    (array,) = draw(shapes)
    x, z = Tensor(array), torch.from_numpy(array.copy()).requires_grad_()
    mine, peers = [x, *layer.parameters()], [z, *peer.parameters()]
    if "Unpool" in text:
        pool = text.replace("Unpool", "Pool").replace("(2)", "(2, return_indices=True)")
        ours, theirs = eval(pool, {"nn": Names(NN)})(x), eval(pool, {"nn": torch.nn})(z)
        compare([layer(*ours, x.shape)], [peer(*theirs, z.shape)], mine, peers, 1e-10)
        return
    ours, theirs = layer(x), peer(z)
    as_list = [list(y) if isinstance(y, tuple) else [y] for y in (ours, theirs)]
    compare(*as_list, mine, peers, 1e-10)


# Finite differences take a pass for each element: the small ones.
SMALL_CONV = [case for case in CONV if max(np.prod(s) for s in case[1]) <= 200 and 0 not in case[1][0]]


@pytest.mark.parametrize(("text", "shapes"), SMALL_CONV, ids=ids(SMALL_CONV))
def test_convolutions_can_be_differentiated_twice(text: str, shapes: Any) -> None:
    assert gradgradcheck(lambda *inputs: evaluate(text, list(inputs), Names(F)), [Tensor(v) for v in draw(shapes)])


OTHERS = [case for case in POOL + RESIZE if np.prod(case[1][0]) <= 100 and 0 not in case[1][0]]


@pytest.mark.parametrize(("text", "shapes"), OTHERS, ids=ids(OTHERS))
@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
def test_finite_differences(check: Any, text: str, shapes: Any) -> None:
    assert check(lambda *inputs: evaluate(text, list(inputs), Names(F))[0], [Tensor(v) for v in draw(shapes)])


@pytest.mark.parametrize(
    "text", [f"F.grid_sample(x, w, {mode!r}, {padding!r}, {align})" for mode, padding, align in itertools.product(
        ("bilinear", "bicubic"), ("zeros", "border", "reflection"), (True, False))],
)  # fmt: skip
def test_grid_sample_can_be_differentiated_twice(text: str) -> None:
    rng = np.random.default_rng(3)
    inputs = [Tensor(rng.standard_normal((1, 1, 3, 4))), Tensor(rng.uniform(-1.4, 1.4, (1, 2, 2, 2)))]
    assert gradcheck(lambda *inputs: evaluate(text, list(inputs), Names(F)), inputs)
    assert gradgradcheck(lambda *inputs: evaluate(text, list(inputs), Names(F)), inputs)


# ---- what the tables leave out -------------------------------------------------------------------------------------


def test_everything_public_is_in_the_tables() -> None:
    texts = " ".join(text for text, _ in CASES + LAYER)
    assert {name for name in F if f"F.{name}(" not in texts} == HELPERS | ELSEWHERE
    assert [name for name in NN if f"nn.{name}(" not in texts] == []


@pytest.mark.parametrize("name", sorted({*F} - HELPERS))
def test_parameters_are_pytorchs(name: str, torch: Any) -> None:
    """The names, order and defaults, where Python knows those of PyTorch's."""
    try:
        theirs = inspect.signature(getattr(torch.nn.functional, name)).parameters.values()
    except ValueError:
        return
    if any(p.kind is p.VAR_POSITIONAL for p in theirs):
        return
    ours = inspect.signature(F[name]).parameters.values()
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


@pytest.mark.parametrize("name", sorted(NN))
def test_layers_parameters_are_pytorchs(name: str, torch: Any) -> None:
    ours, theirs = (inspect.signature(layer).parameters.values() for layer in (NN[name], getattr(torch.nn, name)))
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


@pytest.mark.parametrize("block", [1, 3000])
@pytest.mark.parametrize("columns", [1, 1000])
@pytest.mark.parametrize(("text", "shapes"), CONV, ids=ids(CONV))
def test_blocks_change_nothing(text: str, shapes: Any, block: int, columns: int, monkeypatch: Any) -> None:
    """Images one by one or in strips of rows, joined or not: the same numbers."""

    def results() -> list[Any]:
        inputs = [Tensor(v) for v in draw(shapes)]
        (y,) = evaluate(text, inputs, Names(F))
        y.backward(np.random.default_rng(1).standard_normal(y.shape))
        return [y.value, *(x.grad for x in inputs)]

    plain = results()
    monkeypatch.setattr(windows, "BLOCK", block)
    monkeypatch.setattr(windows, "COLUMNS", columns)
    for mine, expected in zip(results(), plain, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-10, atol=1e-10)


def test_infinite_elements_of_convolutions() -> None:
    """Sums of neighbours, of which fast ways are made, would make nan of them."""
    rng = np.random.default_rng(0)
    x, w = rng.random((2, 16, 12, 12), np.float32), rng.random((16, 16, 3, 3), np.float32)
    x[1, 3, 5, 6] = np.inf
    results = []
    for mode in (contextlib.nullcontext, kernels.disabled):
        with mode():
            weight = Tensor(w, requires_grad=True)
            y = picograd.nn.functional.conv2d(Tensor(x), weight)
            assert np.isposinf(y.value[1, :, 3:6, 4:7]).all()
            assert np.isinf(y.value).sum() == 16 * 9
            assert not np.isnan(y.value).any()
            y.backward(np.ones_like(y.value))
            results.append((y.value, weight.grad))
    for fast, plain in zip(*results, strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-5)


def test_equal_largest_elements(torch: Any) -> None:
    """The first of them has the index and the gradient; nan is larger than anything; -infinity can be the largest."""
    rng = np.random.default_rng(0)
    x = rng.choice([0.0, 1.0, np.nan, -np.inf], (2, 3, 6, 5), p=[0.4, 0.4, 0.05, 0.15])
    x[0, 0] = -np.inf
    y, index = F["max_pool2d"](Tensor(x), 3, 2, 1, return_indices=True)
    z, places = torch.nn.functional.max_pool2d(torch.from_numpy(x), 3, 2, 1, return_indices=True)
    np.testing.assert_array_equal(y.value, z.numpy())
    clean = ~np.isnan(y.value)
    np.testing.assert_array_equal(index.value[clean], places.numpy()[clean])


def test_whole_numbers(torch: Any) -> None:
    x = np.arange(-20, 16).reshape(1, 1, 6, 6)
    for text in (
        "F.avg_pool2d(x, 3, 2, 1)",
        "F.max_pool2d(x, 3, 2, 1)",
        "F.pad(x, (1, 2, 0, 1), 'circular')",
        "F.conv2d(x, x)",
    ):
        (y,), (z,) = (
            evaluate(text, [picograd.tensor(x)], Names(F)),
            evaluate(text, [torch.tensor(x)], torch.nn.functional),
        )
        close(y.value, z.numpy(), 0)


def test_initialisation() -> None:
    """Weight and bias are uniform up to 1 / sqrt(elements of weight[0])."""
    picograd.manual_seed(0)
    for layer, n in ((NN["Conv2d"](8, 64, 3, groups=2), 36), (NN["ConvTranspose2d"](64, 8, 3), 72)):
        for parameter in (layer.weight, layer.bias):
            assert np.abs(parameter.value).max() <= n**-0.5
            assert parameter.value.dtype == np.float32
        assert np.abs(layer.weight.value).max() > 0.99 * n**-0.5
        assert layer.weight.value.std() == pytest.approx((3 * n) ** -0.5, rel=0.03)


def test_output_size(torch: Any) -> None:
    layer, peer = NN["ConvTranspose2d"](2, 3, 3, 2), torch.nn.ConvTranspose2d(2, 3, 3, 2)
    x = np.zeros((1, 2, 4, 5), np.float32)
    for size in ((9, 11), (10, 12), (1, 3, 10, 11)):
        assert layer(Tensor(x), size).shape == tuple(peer(torch.from_numpy(x), size).shape)


def test_a_weight_computed_elsewhere() -> None:
    layer = NN["Conv2d"](2, 3, 3, padding=1, padding_mode="reflect")
    x = Tensor(np.random.default_rng(0).standard_normal((1, 2, 4, 4)).astype(np.float32))
    doubled = layer._conv_forward(x, layer.weight * 2, None)
    np.testing.assert_allclose(doubled.value, 2 * layer._conv_forward(x, layer.weight, None).value, rtol=1e-5)


def test_upsample_is_the_older_name() -> None:
    x = Tensor(np.arange(4.0).reshape(1, 1, 4))
    with pytest.warns(UserWarning, match="deprecated"):
        y = F["upsample"](x, scale_factor=2)
    assert y.tolist() == [[[0, 0, 1, 1, 2, 2, 3, 3]]]


@pytest.mark.parametrize("text", ["F.affine_grid(x, (2, 1, 2, 2))", "F.grid_sample(w, b)"])
def test_align_corners_warns(text: str) -> None:
    with pytest.warns(UserWarning, match="align_corners=False"):
        evaluate(text, draw(((2, 2, 3), (2, 1, 3, 3), (2, 2, 2, 2))), Names(F))


@pytest.mark.parametrize(("text", "message"), BAD, ids=[text for text, _ in BAD])
def test_mistakes(text: str, message: str) -> None:
    """One sentence: <op>: <what came>: <what is wrong>; <what to do>."""
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message) as caught:
        eval(text, {"F": Names(F), "nn": Names(NN), "m": picograd.ones})
    assert re.fullmatch(r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]", str(caught.value)), str(caught.value)


def test_max_pool_of_nothing_but_minus_infinity():
    """The border, which is -inf as well, gets no gradient."""
    value = np.full((1, 2, 32, 33), -np.inf, np.float32)
    value[0, 1, :9] = 1
    gradients = []
    for context in (contextlib.nullcontext, kernels.disabled):
        with context():
            x = Tensor(value, requires_grad=True)
            picograd.nn.functional.max_pool2d(x, 3, 2, 1).sum().backward()
            gradients.append(x.grad.value)
    assert gradients[0].sum() == 2 * 16 * 17
    np.testing.assert_array_equal(*gradients)

"""Optimizers and schedules, held against PyTorch: every setting, several groups, trajectories, saved states, errors."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from picograd import Tensor, enable_grad, is_grad_enabled, no_grad, optim
from picograd.optim import lr_scheduler
from picograd.optim.flat import BLOCK_BYTES, SMALL

Settings = dict[str, Any]

# ---- the table -----------------------------------------------------------------------------------------------------

# optimizer -> argument -> (settings without it, settings with it): the second moves parameters elsewhere than the
# first, and both move them where PyTorch does.
ROWS: dict[str, dict[str, tuple[Settings, Settings]]] = {
    "SGD": {
        "lr": ({}, {"lr": 0.1}),
        "momentum": ({"lr": 0.1}, {"lr": 0.1, "momentum": 0.9}),
        "dampening": ({"lr": 0.1, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
        "weight_decay": ({"lr": 0.1, "momentum": 0.5}, {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.2}),
        "nesterov": ({"lr": 0.1, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        "maximize": (
            {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.2},
            {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.2, "maximize": True},
        ),
    },
    "Adam": {
        "lr": ({}, {"lr": 0.05}),
        "betas": ({"lr": 0.05}, {"lr": 0.05, "betas": (0.6, 0.8)}),
        "eps": ({"lr": 0.05}, {"lr": 0.05, "eps": 0.1}),
        "weight_decay": ({"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.3}),
        "amsgrad": ({"lr": 0.05, "betas": (0.5, 0.5)}, {"lr": 0.05, "betas": (0.5, 0.5), "amsgrad": True}),
        "maximize": ({"lr": 0.05, "weight_decay": 0.3}, {"lr": 0.05, "weight_decay": 0.3, "maximize": True}),
        "decoupled_weight_decay": (
            {"lr": 0.05, "weight_decay": 0.3},
            {"lr": 0.05, "weight_decay": 0.3, "decoupled_weight_decay": True},
        ),
    },
    "AdamW": {
        "lr": ({}, {"lr": 0.05}),
        "betas": ({"lr": 0.05}, {"lr": 0.05, "betas": (0.0, 0.8)}),
        "eps": ({"lr": 0.05}, {"lr": 0.05, "eps": 0.1}),
        "weight_decay": ({"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.3}),
        "amsgrad": ({"lr": 0.05, "betas": (0.5, 0.5)}, {"lr": 0.05, "betas": (0.5, 0.5), "amsgrad": True}),
        "maximize": ({"lr": 0.05}, {"lr": 0.05, "maximize": True}),
    },
}
CHOOSES_IMPLEMENTATION = ("foreach", "fused", "capturable")  # as in PyTorch, these change no result
REFUSED = ("differentiable",)
CASES = [
    pytest.param(name, settings, id=f"{name}-{argument}-{'with' if k else 'without'}")
    for name, row in ROWS.items()
    for argument, pair in row.items()
    for k, settings in enumerate(pair)
]


def optimizers() -> list[str]:
    return [name for name in optim.__all__ if name != "Optimizer"]


def arguments(name: str) -> list[str]:
    signature = inspect.signature(getattr(optim, name))
    return [argument for argument in signature.parameters if argument not in ("params", "unknown")]


def test_every_optimizer_and_every_argument_has_a_row() -> None:
    assert sorted(ROWS) == sorted(optimizers())
    for name, row in ROWS.items():
        covered = {*row, *CHOOSES_IMPLEMENTATION, *REFUSED}
        assert set(arguments(name)) <= covered, name


def test_arguments_and_defaults_are_those_of_torch(torch: Any) -> None:
    for name in optimizers():
        theirs = inspect.signature(getattr(torch.optim, name)).parameters
        ours = inspect.signature(getattr(optim, name)).parameters
        described = [(p.name, p.kind, p.default) for p in ours.values() if p.name != "unknown"]
        assert described == [(p.name, p.kind, p.default) for p in theirs.values()], name


# ---- parameters and gradients --------------------------------------------------------------------------------------

SHAPES = ((3, 4), (4,), (), (0, 2), (2, 3, 2), (150, 100))  # the last is large enough to be moved on its own
assert math.prod(SHAPES[-1]) > SMALL > sum(math.prod(shape) for shape in SHAPES[:-1])


def start(dtype: Any = np.float64, shapes: Any = SHAPES) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    return [np.asarray(rng.standard_normal(shape)).astype(dtype) for shape in shapes]


def gradients(step: int, values: list[np.ndarray]) -> list[np.ndarray]:
    """Gradients of some bowl, with noise, in the dtype of the parameters."""
    rng = np.random.default_rng(1000 + step)
    return [np.asarray(0.5 * v + rng.standard_normal(v.shape)).astype(v.dtype) for v in values]


def give(p: Any, g: np.ndarray | None, torch: Any = None) -> None:
    p.grad = g if g is None or torch is None else torch.tensor(g)


def ours(arrays: list[np.ndarray]) -> list[Tensor]:
    return [Tensor(array.copy()) for array in arrays]


def values(params: list[Any]) -> list[np.ndarray]:
    return [p.value if isinstance(p, Tensor) else p.detach().numpy() for p in params]


def play(
    optimizer: Any, params: list[Any], steps: range, torch: Any = None, skips: Any = lambda step, k: False
) -> None:
    """Take the steps of these numbers, each with its gradients."""
    for step in steps:
        for k, (p, g) in enumerate(zip(params, gradients(step, values(params)), strict=True)):
            give(p, None if skips(step, k) else g, torch)
        optimizer.step()


def pair(torch: Any, name: str, settings: Settings, dtype: Any = np.float64) -> tuple[Any, list[Any], Any, list[Any]]:
    """Our optimizer and its parameters, PyTorch's and its."""
    params, theirs = ours(start(dtype)), [torch.tensor(array, requires_grad=True) for array in start(dtype)]
    return (
        getattr(optim, name)(params, **settings),
        params,
        getattr(torch.optim, name)(theirs, **settings),
        theirs,
    )


def same(some: list[Any], others: list[Any], tolerance: float) -> None:
    for a, b in zip(values(some), values(others), strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def moved(name: str, settings: Settings, steps: int = 5) -> np.ndarray:
    params = ours(start())
    play(getattr(optim, name)(params, **settings), params, range(steps))
    return np.concatenate([v.ravel() for v in values(params)])


# ---- against PyTorch -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 5e-6)])
@pytest.mark.parametrize(("name", "settings"), CASES)
def test_trajectory(torch: Any, name: str, settings: Settings, dtype: Any, tolerance: float) -> None:
    optimizer, params, peer, theirs = pair(torch, name, settings, dtype)
    for step in range(20):
        for k, g in enumerate(gradients(step, values(params))):
            give(params[k], g)
            give(theirs[k], g, torch)
        optimizer.step()
        peer.step()
        same(params, theirs, tolerance)
    for p, q in zip(params, theirs, strict=True):
        assert set(optimizer.state[p]) == set(peer.state[q])
        for key, value in peer.state[q].items():
            np.testing.assert_allclose(optimizer.state[p][key].value, value.numpy(), rtol=tolerance, atol=tolerance)
            assert optimizer.state[p][key].shape == tuple(value.shape)
            assert optimizer.state[p][key].dtype == value.numpy().dtype


@pytest.mark.parametrize("name", optimizers())
def test_every_setting_changes_the_result(name: str) -> None:
    for argument, (without, with_it) in ROWS[name].items():
        assert argument in with_it
        assert np.abs(moved(name, with_it) - moved(name, without)).max() > 1e-4, argument


@pytest.mark.parametrize("name", optimizers())
def test_what_chooses_an_implementation_changes_nothing(name: str) -> None:
    for argument in CHOOSES_IMPLEMENTATION:
        if argument in arguments(name):
            np.testing.assert_array_equal(moved(name, {argument: True}), moved(name, {}))


@pytest.mark.parametrize("name", optimizers())
def test_skipped_parameters(torch: Any, name: str) -> None:
    """Parameters without gradient stay, their state too; afterwards they are as many steps behind."""
    settings = {"lr": 0.05, "weight_decay": 0.1} | ({"momentum": 0.9} if name == "SGD" else {})
    optimizer, params, peer, theirs = pair(torch, name, settings)

    def skips(step: int, k: int) -> bool:
        return (step + k) % 3 == 0 or k == 1 or (k == 4 and step > 5)

    for step in range(12):
        before = [v.copy() for v in values(params)]
        for k, g in enumerate(gradients(step, values(params))):
            give(params[k], None if skips(step, k) else g)
            give(theirs[k], None if skips(step, k) else g, torch)
        optimizer.step()
        peer.step()
        same(params, theirs, 1e-10)
        for k, v in enumerate(values(params)):
            if skips(step, k):
                np.testing.assert_array_equal(v, before[k])
    assert not optimizer.state[params[1]]


def test_zeroed_gradients_are_skipped_or_not(torch: Any) -> None:
    for set_to_none in (True, False):
        optimizer, params, peer, theirs = pair(torch, "SGD", {"lr": 0.1, "momentum": 0.9})
        for step in range(4):
            for k, g in enumerate(gradients(step, values(params))):
                give(params[k], g)
                give(theirs[k], g, torch)
            gradient = params[0].grad
            optimizer.step()
            peer.step()
            optimizer.zero_grad(set_to_none)
            peer.zero_grad(set_to_none)
            assert np.abs(gradient).max() > 0  # whoever holds it keeps it
            assert all((p._grad is None) == set_to_none for p in params)
            optimizer.step()
            peer.step()
            same(params, theirs, 1e-10)
        before = ours(start())
        optim.SGD(before).zero_grad(set_to_none)
        assert all(p._grad is None for p in before)  # where there was none, there is none


@pytest.mark.parametrize("name", optimizers())
def test_groups(torch: Any, name: str) -> None:
    """Settings of groups, one added later, changed on the way."""
    extra = {"momentum": 0.5} if name == "SGD" else {"betas": (0.7, 0.9), "amsgrad": True}
    params, theirs = ours(start()), [torch.tensor(array, requires_grad=True) for array in start()]
    built = []
    for module, some in ((optim, params), (torch.optim, theirs)):
        groups = [{"params": iter(some[:2])}, {"params": some[2], "lr": 0.2, **extra}, {"params": some[3:5]}]
        built.append(getattr(module, name)(iter(groups), lr=0.05))
    optimizer, peer = built
    for step in range(9):
        if step == 3:
            optimizer.add_param_group({"params": params[5:], "weight_decay": 0.5})
            peer.add_param_group({"params": theirs[5:], "weight_decay": 0.5})
        if step == 6:
            for some in (optimizer, peer):
                some.param_groups[0]["lr"] = 0.5
                some.param_groups[2]["weight_decay"] = 0.25
        for k, g in enumerate(gradients(step, values(params))):
            give(params[k], g)
            give(theirs[k], g, torch)
        optimizer.step()
        peer.step()
        same(params, theirs, 1e-10)
    assert repr(optimizer) == repr(peer)


def test_a_setting_that_asks_for_more_state_on_the_way(torch: Any) -> None:
    optimizer, params, peer, theirs = pair(torch, "SGD", {"lr": 0.1})
    for step in range(4):
        optimizer.param_groups[0]["momentum"] = peer.param_groups[0]["momentum"] = 0.9 if step > 1 else 0
        play(optimizer, params, range(step, step + 1))
        play(peer, theirs, range(step, step + 1), torch)
        same(params, theirs, 1e-10)


@pytest.mark.parametrize("name", optimizers())
def test_half_precision(torch: Any, name: str) -> None:
    """The update is computed in float32 at least: small squares and a small eps do not vanish."""
    settings = {"lr": 0.05} | ({"momentum": 0.9} if name == "SGD" else {})
    optimizer, params, peer, theirs = pair(torch, name, settings, np.float16)
    play(optimizer, params, range(5))
    play(peer, theirs, range(5), torch)
    for a, b in zip(values(params), values(theirs), strict=True):
        assert a.dtype == np.float16 and np.isfinite(a).all()
        finite = np.isfinite(b)  # PyTorch's are nan where v and eps vanish in float16
        np.testing.assert_allclose(a[finite], b[finite], atol=1e-2)
    p = Tensor(np.ones(3, np.float16))
    p.grad = np.full(3, 300, np.float16)  # its square is beyond float16
    getattr(optim, name)([p], lr=0.01).step()
    assert np.isfinite(p.value).all() and (p.value < 1).all()


# ---- saved states --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_state_dict_goes_both_ways(torch: Any, name: str, settings: Settings) -> None:
    optimizer, params, peer, theirs = pair(torch, name, settings)
    play(optimizer, params, range(4))
    play(peer, theirs, range(4), torch)
    saved, peers = optimizer.state_dict(), peer.state_dict()
    assert list(saved) == list(peers) and saved["state"].keys() == peers["state"].keys()
    assert [set(group) for group in saved["param_groups"]] == [set(group) for group in peers["param_groups"]]
    assert saved["param_groups"][0]["params"] == peers["param_groups"][0]["params"]

    from_torch = getattr(optim, name)(params)
    from_torch.load_state_dict(peers)
    to_torch = {
        "state": {
            number: {key: torch.tensor(tensor.value) for key, tensor in entries.items()}
            for number, entries in saved["state"].items()
        },
        "param_groups": saved["param_groups"],
    }
    from_ours = getattr(torch.optim, name)(theirs)
    from_ours.load_state_dict(to_torch)
    play(from_torch, params, range(4, 10))
    play(from_ours, theirs, range(4, 10), torch)
    same(params, theirs, 1e-10)


@pytest.mark.parametrize(("name", "settings"), CASES)
@pytest.mark.parametrize("way", ["state_dict", "pickle", "deepcopy"])
def test_resumed_is_uninterrupted_to_the_bit(name: str, settings: Settings, way: str) -> None:
    params, again = ours(start(np.float32)), ours(start(np.float32))
    optimizer, twin = getattr(optim, name)(params, **settings), getattr(optim, name)(again, **settings)
    play(optimizer, params, range(8))
    play(twin, again, range(4))
    if way == "state_dict":
        again = ours(values(again))
        resumed = getattr(optim, name)(again)
        resumed.load_state_dict(twin.state_dict())
    elif way == "pickle":
        resumed, again = pickle.loads(pickle.dumps((twin, again)))
    else:
        resumed, again = copy.deepcopy((twin, again))
    play(twin, twin.param_groups[0]["params"], range(50, 52))  # what was resumed has nothing in common with it
    play(resumed, again, range(4, 8))
    for a, b in zip(values(params), values(again), strict=True):
        np.testing.assert_array_equal(a, b)


def test_loading_copies_and_takes_numbers_arrays_and_tensors() -> None:
    p = Tensor(np.ones((2, 3), np.float32))
    m, v = np.full((2, 3), 0.5), Tensor(np.full((2, 3), 0.25), requires_grad=False)
    optimizer = optim.Adam([p])
    optimizer.load_state_dict(
        {
            "state": {0: {"step": 3, "exp_avg": m, "exp_avg_sq": v}},
            "param_groups": [{"lr": 0.5, "betas": [0.9, 0.99], "params": [0]}],  # without what was added to Adam later
        }
    )
    entries = optimizer.state[p]
    assert entries["exp_avg"].dtype == np.float32 and optimizer.param_groups[0]["lr"] == 0.5
    p.grad = np.ones((2, 3))
    optimizer.step()
    assert float(entries["step"]) == 4
    assert (m == 0.5).all() and (v.value == 0.25).all()
    np.testing.assert_allclose(entries["exp_avg"].value, 0.55)
    np.testing.assert_allclose(entries["exp_avg_sq"].value, 0.2575)


def test_adamw_stays_decoupled_whatever_it_loads() -> None:
    params = ours(start())
    optimizer = optim.AdamW(params)
    optimizer.load_state_dict(optim.Adam(params).state_dict())
    assert optimizer.param_groups[0]["decoupled_weight_decay"] is True


def test_a_failed_load_changes_nothing() -> None:
    params = ours(start())
    optimizer = optim.Adam(params, lr=0.05)
    play(optimizer, params, range(2))
    groups = optimizer.param_groups
    saved = copy.deepcopy(optimizer.state_dict())
    before = copy.deepcopy(saved)
    saved["state"][5]["exp_avg"] = Tensor.zeros(3)
    saved["param_groups"][0]["lr"] = 7
    with pytest.raises(ValueError, match=r"exp_avg of shape \(3,\) for parameter 5 of shape \(150, 100\)"):
        optimizer.load_state_dict(saved)
    assert optimizer.param_groups is groups and groups[0]["lr"] == 0.05
    for number, entries in optimizer.state_dict()["state"].items():
        for key, tensor in entries.items():
            np.testing.assert_array_equal(tensor.value, before["state"][number][key].value)


@pytest.mark.parametrize("name", optimizers())
def test_state_can_be_written_reset_and_replaced(torch: Any, name: str) -> None:
    slot = "momentum_buffer" if name == "SGD" else "exp_avg"
    settings = {"lr": 0.1} | ({"momentum": 0.9} if name == "SGD" else {})
    optimizer, params, peer, theirs = pair(torch, name, settings)
    for step in range(5):
        if step == 1:  # in place
            for p, q in zip(params, theirs, strict=True):
                optimizer.state[p][slot].fill_(0.5)
                peer.state[q][slot].fill_(0.5)
        if step == 2:  # another Tensor
            for p, q in zip(params, theirs, strict=True):
                optimizer.state[p][slot] = Tensor(np.full(p.shape, 0.25), requires_grad=False)
                peer.state[q][slot] = torch.full(q.shape, 0.25, dtype=torch.float64)
        if step == 3:  # one parameter starts anew
            del optimizer.state[params[0]], peer.state[theirs[0]]
        if step == 4:
            optimizer.state.clear()
            peer.state.clear()
        play(optimizer, params, range(step, step + 1))
        play(peer, theirs, range(step, step + 1), torch)
        same(params, theirs, 1e-10)


# ---- memory --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", optimizers())
def test_parameters_keep_their_memory_and_gradients_are_not_written(name: str) -> None:
    params = ours(start())
    memory = [p.value for p in params]
    optimizer = getattr(optim, name)(params, weight_decay=0.1, maximize=True)
    for step in range(3):
        given = gradients(step, values(params))
        for p, g in zip(params, given, strict=True):
            p._grad = g
        kept = [g.copy() for g in given]
        optimizer.step()
        for p, g, k in zip(params, given, kept, strict=True):
            assert p._grad is g
            np.testing.assert_array_equal(g, k)
    assert all(p.value is m for p, m in zip(params, memory, strict=True))


@pytest.mark.parametrize("name", optimizers())
@pytest.mark.parametrize("shape", [(4, 6), (120, 110)])
def test_memory_that_is_not_contiguous(name: str, shape: tuple[int, int]) -> None:
    """Transposed, reversed and strided parameters and gradients, to the bit as contiguous ones."""
    rows, columns = shape
    layouts: list[Callable[[np.ndarray], np.ndarray]] = [
        lambda a: a,
        lambda a: np.asfortranarray(a),
        lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    ]
    settings = {"lr": 0.05} | ({"momentum": 0.9} if name == "SGD" else {})
    results = []
    for of_value, of_gradient in [(p, g) for p in layouts for g in layouts]:
        array = of_value(np.random.default_rng(0).standard_normal((rows, columns)).astype(np.float32))
        p = Tensor(array)
        optimizer = getattr(optim, name)([p], **settings)
        for step in range(3):
            p._grad = of_gradient(gradients(step, [np.ascontiguousarray(p.value)])[0])
            optimizer.step()
        assert p.value is array
        results.append(p.value.copy())
    for result in results:
        np.testing.assert_array_equal(result, results[0])


@pytest.mark.parametrize("name", optimizers())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_blocks_change_nothing(name: str, dtype: Any) -> None:
    """A parameter of several blocks, the last one cut off, moves as its rows on their own do."""
    length = 2 * BLOCK_BYTES // np.dtype(dtype).itemsize + 1000
    settings = {"lr": 0.05, "weight_decay": 0.1} | ({"momentum": 0.9} if name == "SGD" else {})
    whole = Tensor(np.random.default_rng(0).standard_normal(length).astype(dtype))
    parts = [Tensor(part.copy()) for part in np.array_split(whole.value, 50)]
    one, many = getattr(optim, name)([whole], **settings), getattr(optim, name)(parts, **settings)
    for step in range(3):
        whole.grad = gradients(step, [whole.value])[0]
        for p, g in zip(parts, np.array_split(whole.grad, 50), strict=True):
            p.grad = g
        one.step()
        many.step()
        np.testing.assert_array_equal(whole.value, np.concatenate([p.value for p in parts]))


@pytest.mark.parametrize("shape", [(3,), (SMALL + 1,)])
def test_a_value_that_a_rule_needs_is_not_overwritten_unnoticed(shape: tuple[int, ...]) -> None:
    w = Tensor(np.ones(shape, np.float32))
    for optimizer in (optim.SGD([w]), optim.Adam([w]), optim.AdamW([w])):
        loss = (w * w).sum()
        loss.backward(retain_graph=True)
        optimizer.step()
        with pytest.raises(RuntimeError, match=f"{type(optimizer).__name__}.step"):
            loss.backward()


def test_parameters_that_get_other_memory_on_the_way(torch: Any) -> None:
    optimizer, params, peer, theirs = pair(torch, "Adam", {"lr": 0.1})
    for step in range(3):
        for p, q in zip(params, theirs, strict=True):
            p.data = p.value.copy() * 0.5
            q.data = q.data * 0.5
        play(optimizer, params, range(step, step + 1))
        play(peer, theirs, range(step, step + 1), torch)
        same(params, theirs, 1e-10)


def test_a_step_that_fails_leaves_everything() -> None:
    for break_it, words in (
        (
            lambda params, optimizer: setattr(params[5], "_grad", np.zeros(3)),
            r"a gradient of shape \(3,\), float64 for",
        ),
        (
            lambda params, optimizer: setattr(params[4], "_grad", np.zeros((2, 3, 2), np.float32)),
            "parameter 4 of shape",
        ),
        (lambda params, optimizer: optimizer.param_groups[0].update(lr="fast"), "could not convert"),
        (lambda params, optimizer: optimizer.state[params[5]].update(exp_avg=Tensor.zeros(3)), "make a new optimizer"),
    ):
        params = ours(start())
        optimizer = optim.Adam(params, lr=0.1)
        play(optimizer, params, range(2))
        for p, g in zip(params, gradients(2, values(params)), strict=True):
            p.grad = g
        break_it(params, optimizer)
        before = copy.deepcopy([(p.value, p._grad, optimizer.state[p]) for p in params])
        with pytest.raises(ValueError, match=words):
            optimizer.step()
        for p, (value, gradient, state) in zip(params, before, strict=True):
            np.testing.assert_array_equal(p.value, value)
            np.testing.assert_array_equal(p._grad, gradient)
            for key, tensor in state.items():
                np.testing.assert_array_equal(optimizer.state[p][key].value, tensor.value)


def test_read_only_memory_is_refused_before_anything_moves() -> None:
    first, second = ours(start(shapes=[(3,), (3,)]))
    second.value.flags.writeable = False
    optimizer = optim.SGD([first, second])
    before = first.value.copy()
    first.grad = second.grad = np.ones(3)
    with pytest.raises(ValueError, match=r"SGD.step: read-only memory of shape \(3,\), float64 for parameter 1"):
        optimizer.step()
    np.testing.assert_array_equal(first.value, before)


def test_numbers_beyond_range_pass_through_without_stopping_half_way() -> None:
    first, second = ours(start(np.float32, shapes=[(3,), (3,)]))
    first.grad, second.grad = np.array([np.inf, np.nan, 1e30]), np.ones(3)
    before = second.value.copy()
    with np.errstate(all="raise"):
        optim.Adam([first, second]).step()
        assert np.geterr()["over"] == "raise"
    assert not np.isfinite(first.value[0]) and (second.value < before).all()


# ---- the rest of the interface -------------------------------------------------------------------------------------


def test_closure(torch: Any) -> None:
    p = Tensor(np.array([1.0, -2.0]))
    optimizer = optim.SGD([p], lr=0.1)
    recorded = []

    def closure() -> Tensor:
        recorded.append(is_grad_enabled())
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with no_grad():
        losses = [optimizer.step(closure).item() for _ in range(3)]
        assert not is_grad_enabled()
    assert recorded == [True] * 3
    np.testing.assert_allclose(losses, [5 * 0.64**k for k in range(3)])
    np.testing.assert_allclose(p.value, np.array([1.0, -2.0]) * 0.8**3)
    assert optimizer.step() is None


def test_learning_rate_as_a_tensor(torch: Any) -> None:
    for name in optimizers():
        params, theirs = ours(start()), [torch.tensor(array, requires_grad=True) for array in start()]
        rate = Tensor(np.array(0.05))
        optimizer = getattr(optim, name)(params, lr=rate)
        peer = getattr(torch.optim, name)(theirs, lr=torch.tensor(0.05, dtype=torch.float64))
        for step in range(4):
            if step == 2:
                rate.value[...] = 0.2
                peer.param_groups[0]["lr"].fill_(0.2)
            play(optimizer, params, range(step, step + 1))
            play(peer, theirs, range(step, step + 1), torch)
        same(params, theirs, 1e-10)


def test_names_of_parameters(torch: Any) -> None:
    params = ours(start())
    optimizer = optim.Adam([(f"layer{k}.weight", p) for k, p in enumerate(params)])
    assert optimizer.param_groups[0]["param_names"][1] == "layer1.weight"
    params[1]._grad = np.zeros(7)
    with pytest.raises(ValueError, match=r"Adam.step: a gradient of shape \(7,\), float64 for parameter layer1.weight"):
        optimizer.step()
    peer = torch.optim.Adam([(f"layer{k}.weight", torch.tensor(v)) for k, v in enumerate(start())])
    assert optimizer.state_dict()["param_groups"][0].keys() == peer.state_dict()["param_groups"][0].keys()


def test_an_optimizer_with_a_step_of_its_own() -> None:
    class SignDescent(optim.Optimizer):
        def __init__(self, params: Any, lr: float) -> None:
            super().__init__(params, {"lr": lr})

        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    state["count"] = state.get("count", 0) + 1
                    with no_grad():
                        p -= group["lr"] * np.sign(p.grad)

    p = Tensor(np.zeros(2))
    optimizer = SignDescent([p], 0.5)
    p.grad = np.array([3.0, -3.0])
    optimizer.step()
    np.testing.assert_array_equal(p.value, [-0.5, 0.5])
    again = SignDescent([p], 0.1)
    again.load_state_dict(optimizer.state_dict())
    assert again.state[p] == {"count": 1} and again.param_groups[0]["lr"] == 0.5
    base = optim.Optimizer([p], {})
    with pytest.raises(NotImplementedError, match=r"Optimizer.step: an optimizer without a formula"):
        base.step()


# ---- errors --------------------------------------------------------------------------------------------------------


def leaf() -> Tensor:
    return Tensor.ones(2)


ERRORS: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: optim.Adam([]), ValueError, "Adam: an empty list of parameters: there is nothing to move; give it some"),
    (
        lambda: optim.SGD(leaf()),
        TypeError,
        r"SGD: one Tensor of shape \(2,\): it takes a collection .* put it in a list",
    ),
    (lambda: optim.SGD({leaf()}), TypeError, "SGD: a set of parameters: its order changes .* give a list"),
    (lambda: optim.SGD([{"params": {leaf()}}]), TypeError, "SGD: a set of parameters"),
    (lambda: optim.SGD([leaf(), 3.0]), TypeError, "SGD: parameter 1 is a float: only Tensors can be optimized"),
    (lambda: optim.SGD([leaf() * 2]), ValueError, r"parameter 0 of shape \(2,\) is the result of an op: only a leaf"),
    (lambda: optim.SGD([leaf()] * 2), ValueError, r"parameter 1 of shape \(2,\) is parameter 0 once more"),
    (
        lambda: (lambda p: optim.SGD([{"params": [p]}, {"params": [leaf(), p]}]))(leaf()),
        ValueError,
        r"parameter 2 of shape \(2,\) is parameter 0 once more: it would be moved twice a step; give each",
    ),
    (
        lambda: optim.SGD([("w", leaf()), leaf()]),
        ValueError,
        r"parameters with names and without: .* give pairs \(name, parameter\) for all",
    ),
    (
        lambda: optim.SGD([{"params": [("w", leaf())]}, {"params": [leaf()]}]),
        ValueError,
        "parameters with names and without",
    ),
    (lambda: optim.SGD([leaf()]).add_param_group([leaf()]), TypeError, 'a list for a parameter group: .* "params"'),
    (
        lambda: optim.Adam([leaf()], learning_rate=0.1),
        TypeError,
        "Adam: unknown argument learning_rate: it is not among its settings; it takes lr, betas, eps, weight_decay, "
        "amsgrad, foreach, maximize, capturable, differentiable, fused, decoupled_weight_decay$",
    ),
    (
        lambda: optim.AdamW([leaf()], decay=1),
        TypeError,
        "AdamW: unknown argument decay: .* it takes lr, betas, .* fused$",
    ),
    (lambda: optim.SGD([leaf()], beta=1), TypeError, "SGD: unknown argument beta: .* it takes lr, momentum, dampening"),
    (lambda: optim.SGD([leaf()], lr=-1), ValueError, "SGD: lr -1: it must be at least 0; give another number"),
    (lambda: optim.Adam([leaf()], lr=math.nan), ValueError, "Adam: lr nan: it must be at least 0"),
    (lambda: optim.Adam([leaf()], lr=leaf()), ValueError, r"Adam: lr of shape \(2,\): it is one number; give a 0-d"),
    (lambda: optim.SGD([leaf()], momentum=-0.1), ValueError, "SGD: momentum -0.1: it must be at least 0"),
    (lambda: optim.SGD([leaf()], weight_decay=-0.1), ValueError, "SGD: weight_decay -0.1: it must be at least 0"),
    (
        lambda: optim.SGD([leaf()], nesterov=True),
        ValueError,
        r"SGD: momentum, dampening \(0, 0\): nesterov needs momentum above 0 and dampening 0",
    ),
    (lambda: optim.SGD([leaf()], momentum=0.9, dampening=0.1, nesterov=True), ValueError, "SGD: .* dampening 0"),
    (lambda: optim.Adam([leaf()], eps=-1e-8), ValueError, "Adam: eps -1e-08: it must be at least 0"),
    (lambda: optim.AdamW([leaf()], weight_decay=-1), ValueError, "AdamW: weight_decay -1: it must be at least 0"),
    (
        lambda: optim.Adam([leaf()], betas=(1.0, 0.9)),
        ValueError,
        r"Adam: betas \(1.0, 0.9\): the averages need two numbers, each at least 0 and below 1",
    ),
    (lambda: optim.Adam([leaf()], betas=(0.9, -0.1)), ValueError, "Adam: betas"),
    (lambda: optim.Adam([leaf()], betas=(0.9,)), ValueError, "Adam: betas"),
    (lambda: optim.SGD([{"params": [leaf()], "lr": -2}]), ValueError, "SGD: lr -2"),
    (
        lambda: optim.Adam([leaf()], differentiable=True),
        ValueError,
        "Adam: differentiable=True: a step is not recorded, as gradients are arrays; leave it out",
    ),
    (lambda: optim.SGD([leaf()], differentiable=True), ValueError, "SGD: differentiable=True"),
    (
        lambda: optim.SGD([leaf()], fused=True, foreach=True),
        ValueError,
        "SGD: fused=True, foreach=True: they exclude each other; give one of them, or neither",
    ),
    (
        lambda: optim.Adam([leaf()]).load_state_dict(optim.Adam([leaf(), leaf()]).state_dict()),
        ValueError,
        r"Adam.load_state_dict: groups of \[2\] parameters for groups of \[1\]: they must be equal",
    ),
    (
        lambda: optim.Adam([leaf()]).load_state_dict(optim.Adam([{"params": leaf()}, {"params": leaf()}]).state_dict()),
        ValueError,
        r"Adam.load_state_dict: groups of \[1, 1\] parameters for groups of \[1\]: they must be equal; make the",
    ),
    (
        lambda: optim.Adam([leaf()]).load_state_dict({"state": {3: {}}, "param_groups": [{"params": [0]}]}),
        ValueError,
        r"Adam.load_state_dict: state of parameter 3: the groups have no such parameter; load what state_dict\(\)",
    ),
    (
        lambda: optim.Adam([leaf()]).load_state_dict(
            {"state": {0: {"momentum_buffer": np.ones(2)}}, "param_groups": [{"params": [0]}]}
        ),
        ValueError,
        r"Adam.load_state_dict: momentum_buffer for parameter 0 of shape \(2,\), float32: this optimizer keeps step, "
        "exp_avg, exp_avg_sq, max_exp_avg_sq; load the state of the same kind of optimizer",
    ),
    (
        lambda: optim.SGD([leaf()]).load_state_dict({"state": {}, "param_groups": [{"params": [0], "lr": -3}]}),
        ValueError,
        "SGD: lr -3",
    ),
    (lambda: lr_scheduler.StepLR(None, 3), TypeError, "StepLR: a NoneType for the optimizer: it has no learning rate"),
    (lambda: lr_scheduler.LambdaLR(3, abs), TypeError, "LambdaLR: a int for the optimizer"),
    (
        lambda: lr_scheduler.StepLR(optim.SGD([leaf()]), 0),
        ValueError,
        "StepLR: step_size 0: it must be a whole number above 0; give another",
    ),
    (lambda: lr_scheduler.CosineAnnealingLR(optim.SGD([leaf()]), 0), ValueError, "CosineAnnealingLR: T_max 0"),
    (lambda: lr_scheduler.LinearLR(optim.SGD([leaf()]), total_iters=0), ValueError, "LinearLR: total_iters 0"),
    (lambda: lr_scheduler.LinearLR(optim.SGD([leaf()]), 0), ValueError, "LinearLR: start_factor 0: .* above 0"),
    (lambda: lr_scheduler.LinearLR(optim.SGD([leaf()]), 1, 2), ValueError, "LinearLR: end_factor 2: .* from 0 to 1"),
    (
        lambda: lr_scheduler.ExponentialLR(optim.SGD([leaf()]), 0.5, last_epoch=3),
        ValueError,
        "ExponentialLR: last_epoch=3 for a group 0 without initial_lr: where it started is unknown; load",
    ),
    (
        lambda: lr_scheduler.LambdaLR(optim.SGD([leaf()]), [abs, abs]),
        ValueError,
        "LambdaLR: 2 values of lr_lambda for 1 parameter groups: they must be as many; give one for each group",
    ),
    (lambda: lr_scheduler.LRScheduler(optim.SGD([leaf()])), NotImplementedError, "a schedule without a formula"),
    (lambda: lr_scheduler.OneCycleLR(optim.SGD([leaf()]), 1), ValueError, "OneCycleLR: .* the cycle has no length"),
    (lambda: lr_scheduler.OneCycleLR(optim.SGD([leaf()]), 1, 0), ValueError, "OneCycleLR: total_steps 0"),
    (
        lambda: lr_scheduler.OneCycleLR(optim.SGD([leaf()]), 1, epochs=-1, steps_per_epoch=2),
        ValueError,
        "OneCycleLR: epochs -1",
    ),
    (lambda: lr_scheduler.OneCycleLR(optim.SGD([leaf()]), 1, 9, pct_start=2), ValueError, "OneCycleLR: pct_start 2"),
    (
        lambda: lr_scheduler.OneCycleLR(optim.SGD([leaf()]), 1, 9, anneal_strategy="sin"),
        ValueError,
        "OneCycleLR: anneal_strategy 'sin': unknown; give 'cos' or 'linear'",
    ),
    (
        lambda: lr_scheduler.OneCycleLR(optim.Optimizer([leaf()], {"lr": 0.1}), 1, 9),
        ValueError,
        "OneCycleLR: cycle_momentum=True for Optimizer: it has neither momentum nor betas; give cycle_momentum=False",
    ),
    (
        lambda: lr_scheduler.ReduceLROnPlateau(optim.SGD([leaf()]), factor=1),
        ValueError,
        "factor 1: it would not reduce",
    ),
    (lambda: lr_scheduler.ReduceLROnPlateau(optim.SGD([leaf()]), "low"), ValueError, "mode 'low': unknown; give 'min'"),
    (
        lambda: lr_scheduler.ReduceLROnPlateau(optim.SGD([leaf()]), threshold_mode="x"),
        ValueError,
        "threshold_mode 'x': unknown; give 'rel' or 'abs'",
    ),
    (
        lambda: lr_scheduler.ReduceLROnPlateau(optim.SGD([leaf()]), min_lr=[0, 0]),
        ValueError,
        "ReduceLROnPlateau: 2 values of min_lr for 1 parameter groups",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), ERRORS)
def test_errors(call: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_refused_group_is_not_taken_in() -> None:
    p = leaf()
    optimizer = optim.SGD([p])
    given = {"params": [leaf()], "lr": -1}
    with pytest.raises(ValueError, match="lr -1"):
        optimizer.add_param_group(given)
    assert len(optimizer.param_groups) == 1 and set(given) == {"params", "lr"}


# ---- schedules -----------------------------------------------------------------------------------------------------


class Warm:
    """A schedule's function with something to save."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def __call__(self, epoch: int) -> float:
        return min(1.0, (epoch + 1) / self.epochs)


# scheduler -> argument -> settings with it; each row is compared with PyTorch and changes the rates against the first
SCHEDULES: dict[str, list[Settings]] = {
    "LambdaLR": [
        {"lr_lambda": lambda t: 0.95**t},
        {"lr_lambda": [lambda t: 1 / (1 + t), Warm(7)]},
    ],
    "StepLR": [{"step_size": 7}, {"step_size": 3}, {"step_size": 7, "gamma": 0.5}],
    "MultiStepLR": [{"milestones": [5, 20]}, {"milestones": [30, 8, 8]}, {"milestones": [5, 20], "gamma": 0.5}],
    "ExponentialLR": [{"gamma": 0.9}, {"gamma": 0.99}],
    "LinearLR": [
        {},
        {"start_factor": 0.1},
        {"end_factor": 0.5},
        {"total_iters": 20},
        {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 30},
    ],
    "CosineAnnealingLR": [{"T_max": 50}, {"T_max": 12}, {"T_max": 50, "eta_min": 0.01}],
    "OneCycleLR": [
        {"max_lr": 0.5, "total_steps": 50},
        {"max_lr": [0.5, 0.1], "total_steps": 50},
        {"max_lr": 0.5, "total_steps": 60},
        {"max_lr": 0.5, "epochs": 11, "steps_per_epoch": 5},
        {"max_lr": 0.5, "epochs": 13, "steps_per_epoch": 4},
        {"max_lr": 0.5, "total_steps": 50, "pct_start": 0.2},
        {"max_lr": 0.5, "total_steps": 50, "anneal_strategy": "linear"},
        {"max_lr": 0.5, "total_steps": 50, "cycle_momentum": False},
        {"max_lr": 0.5, "total_steps": 50, "base_momentum": 0.5},
        {"max_lr": 0.5, "total_steps": 50, "max_momentum": [0.9, 0.8]},
        {"max_lr": 0.5, "total_steps": 50, "div_factor": 5.0},
        {"max_lr": 0.5, "total_steps": 50, "final_div_factor": 10.0},
        {"max_lr": 0.5, "total_steps": 50, "three_phase": True},
    ],
    "ReduceLROnPlateau": [
        {},
        {"mode": "max"},
        {"factor": 0.5},
        {"patience": 2},
        {"threshold": 0.3, "patience": 2},
        {"threshold_mode": "abs", "threshold": 0.3, "patience": 2},
        {"threshold_mode": "abs", "threshold": 0.3, "patience": 2, "mode": "max"},
        {"cooldown": 5, "patience": 2},
        {"min_lr": 0.02},
        {"min_lr": [0.05, 0.001]},
        {"eps": 0.05},
    ],
}
SCHEDULE_CASES = [
    pytest.param(name, settings, id=f"{name}-{'-'.join(settings) or 'default'}-{k}")
    for name, rows in SCHEDULES.items()
    for k, settings in enumerate(rows)
]


def test_every_schedule_and_every_argument_has_a_row() -> None:
    assert sorted(SCHEDULES) == sorted(name for name in lr_scheduler.__all__ if name != "LRScheduler")
    for name, rows in SCHEDULES.items():
        covered = {argument for settings in rows for argument in settings}
        signature = inspect.signature(getattr(lr_scheduler, name)).parameters
        assert set(signature) - {"optimizer", "last_epoch"} == covered, name


def test_schedules_have_the_arguments_of_torch(torch: Any) -> None:
    for name in SCHEDULES:
        theirs = inspect.signature(getattr(torch.optim.lr_scheduler, name)).parameters.values()
        ours_ = inspect.signature(getattr(lr_scheduler, name)).parameters.values()
        assert [(p.name, p.default) for p in ours_] == [(p.name, p.default) for p in theirs], name


def two_groups(optimizer: str = "SGD", **settings: Any) -> Any:
    return getattr(optim, optimizer)([{"params": [leaf()]}, {"params": [leaf()], "lr": 0.03}], lr=0.1, **settings)


def two_groups_of_torch(torch: Any, optimizer: str = "SGD", **settings: Any) -> Any:
    groups = [{"params": [torch.ones(2)]}, {"params": [torch.ones(2)], "lr": 0.03}]
    return getattr(torch.optim, optimizer)(groups, lr=0.1, **settings)


def metric(t: int) -> float:
    return 3 / (1 + t) + (t % 5) * 0.1 if t < 12 else 1 + 0.01 * t  # better for a while, then not


def epoch(optimizer: Any, scheduler: Any, t: int) -> list[Any]:
    """One epoch: the rates, and the momenta, after it."""
    optimizer.step()
    if type(scheduler).__name__ == "ReduceLROnPlateau":
        scheduler.step(metric(t))
    else:
        scheduler.step()
    assert scheduler.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
    momenta = [group["betas"][0] if "betas" in group else group["momentum"] for group in optimizer.param_groups]
    return [*scheduler.get_last_lr(), *momenta, scheduler.last_epoch]


@pytest.mark.parametrize(("name", "settings"), SCHEDULE_CASES)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_schedule_over_50_epochs(torch: Any, name: str, settings: Settings, optimizer: str) -> None:
    one, other = two_groups(optimizer), two_groups_of_torch(torch, optimizer)
    scheduler = getattr(lr_scheduler, name)(one, **settings)
    peer = getattr(torch.optim.lr_scheduler, name)(other, **settings)
    assert [group["lr"] for group in one.param_groups] == pytest.approx([group["lr"] for group in other.param_groups])
    for t in range(50):
        np.testing.assert_allclose(epoch(one, scheduler, t), epoch(other, peer, t), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_argument_changes_the_schedule(name: str) -> None:
    def rates(settings: Settings) -> np.ndarray:
        optimizer = two_groups()
        scheduler = getattr(lr_scheduler, name)(optimizer, **settings)
        return np.array([epoch(optimizer, scheduler, t) for t in range(50)])

    first, *rows = SCHEDULES[name]
    for settings in rows:
        assert np.abs(rates(settings) - rates(first)).max() > 1e-4, settings


@pytest.mark.parametrize(("name", "settings"), SCHEDULE_CASES)
@pytest.mark.parametrize("source", ["ours", "torch's"])
def test_schedule_resumed(torch: Any, name: str, settings: Settings, source: str) -> None:
    """A state that was saved at epoch 20, here or by PyTorch, goes on as if nothing had been."""
    optimizer = two_groups() if source == "ours" else two_groups_of_torch(torch)
    make = getattr(lr_scheduler if source == "ours" else torch.optim.lr_scheduler, name)
    scheduler = make(optimizer, **settings)
    for t in range(20):
        epoch(optimizer, scheduler, t)
    again = two_groups()
    resumed = getattr(lr_scheduler, name)(again, **settings)
    again.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    resumed.load_state_dict(copy.deepcopy(scheduler.state_dict()))
    assert resumed.get_last_lr() == [group["lr"] for group in again.param_groups]
    for t in range(20, 40):
        np.testing.assert_allclose(epoch(again, resumed, t), epoch(optimizer, scheduler, t), rtol=1e-10)


@pytest.mark.parametrize(
    ("name", "settings"), [case for case in SCHEDULE_CASES if case.values[0] != "ReduceLROnPlateau"]
)
def test_schedule_begun_at_an_epoch(torch: Any, name: str, settings: Settings) -> None:
    one, other = two_groups(), two_groups_of_torch(torch)
    for optimizer, module in ((one, lr_scheduler), (other, torch.optim.lr_scheduler)):
        scheduler = getattr(module, name)(optimizer, **settings)
        for t in range(9):
            epoch(optimizer, scheduler, t)
    scheduler = getattr(lr_scheduler, name)(one, **settings, last_epoch=9)
    peer = getattr(torch.optim.lr_scheduler, name)(other, **settings, last_epoch=9)
    for t in range(10, 30):
        np.testing.assert_allclose(epoch(one, scheduler, t), epoch(other, peer, t), rtol=1e-10)


def test_schedules_chained_and_rates_changed_by_hand(torch: Any) -> None:
    one, other = two_groups(), two_groups_of_torch(torch)
    rates = []
    for optimizer, module in ((one, lr_scheduler), (other, torch.optim.lr_scheduler)):
        chain = [
            module.LinearLR(optimizer, 0.1, total_iters=4),
            module.CosineAnnealingLR(optimizer, 30),
            module.StepLR(optimizer, 10, 0.5),
            module.MultiStepLR(optimizer, [12], 2.0),
            module.ExponentialLR(optimizer, 0.99),
        ]
        seen = []
        for t in range(40):
            optimizer.step()
            if t == 25:
                optimizer.param_groups[0]["lr"] = 0.7
            for scheduler in chain:
                scheduler.step()
            seen.append(chain[-1].get_last_lr())
        rates.append(seen)
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-10)


def test_jump_to_an_epoch(torch: Any) -> None:
    for name, settings in (
        ("LambdaLR", {"lr_lambda": lambda t: 0.9**t}),
        ("StepLR", {"step_size": 3}),
        ("MultiStepLR", {"milestones": [2, 4]}),
        ("ExponentialLR", {"gamma": 0.9}),
        ("LinearLR", {}),
        ("CosineAnnealingLR", {"T_max": 9}),
    ):
        results = []
        for optimizer, module in ((two_groups(), lr_scheduler), (two_groups_of_torch(torch), torch.optim.lr_scheduler)):
            scheduler = getattr(module, name)(optimizer, **settings)
            optimizer.step()
            with pytest.warns(UserWarning, match="epoch"):
                scheduler.step(7)
            results.append(scheduler.get_last_lr())
        np.testing.assert_allclose(*results, rtol=1e-10, err_msg=name)
    optimizer = two_groups()
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.warns(UserWarning, match="ReduceLROnPlateau.step: epoch=7: giving it is deprecated"):
        scheduler.step(1.0, 7)
    assert scheduler.last_epoch == 7


def test_step_order_warns() -> None:
    optimizer = two_groups()
    scheduler = lr_scheduler.StepLR(optimizer, 3)
    with pytest.warns(UserWarning, match=r"StepLR: lr_scheduler.step\(\) before optimizer.step\(\): .* call optimizer"):
        scheduler.step()
    scheduler.step()  # once is enough

    class Own(optim.Optimizer):
        def step(self, closure: Any = None) -> None: ...

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        own = Own([leaf()], {"lr": 0.1})
        lr_scheduler.StepLR(own, 3).step()


def test_a_step_after_the_cycle_changes_nothing() -> None:
    optimizer = two_groups()
    scheduler = lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps=3)
    optimizer.step()
    for _ in range(3):
        scheduler.step()
    before = copy.deepcopy(scheduler.state_dict())
    with pytest.raises(ValueError, match=r"OneCycleLR.step: step 4 of a cycle of 3: it is over; make the cycle longer"):
        scheduler.step()
    assert scheduler.state_dict() == before


def test_groups_added_after_a_plateau_schedule() -> None:
    optimizer = optim.SGD([leaf()], lr=0.1)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    listed = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, min_lr=[0.01])
    optimizer.add_param_group({"params": [leaf()]})
    for _ in range(2):
        scheduler.step(1.0)
    np.testing.assert_allclose(scheduler.get_last_lr(), [0.01, 0.01])
    listed.step(1.0)
    with pytest.raises(ValueError, match=r"ReduceLROnPlateau.step: 1 min_lrs for 2 groups: a group was added; set"):
        listed.step(1.0)


def test_schedule_of_a_rate_that_is_a_tensor() -> None:
    rate = Tensor(np.array(0.1))
    optimizer = optim.SGD([leaf()], lr=rate)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    with enable_grad():
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] is rate
    np.testing.assert_allclose(rate.value, 0.05)
    assert scheduler.get_last_lr() == [0.05]
    metric_of_a_tensor = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    for _ in range(2):
        metric_of_a_tensor.step(Tensor(np.array(1.0)))
    np.testing.assert_allclose(rate.value, 0.005)

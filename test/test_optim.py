"""Optimizers, held against PyTorch: every setting, several groups, trajectories, saved states, errors."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases_optim import (
    CASES,
    CHOOSES_IMPLEMENTATION,
    REFUSED,
    ROWS,
    USUAL,
    Settings,
    arguments,
    elementwise,
    give,
    gradients,
    leaf,
    moved,
    optimizers,
    ours,
    pair,
    play,
    same,
    start,
    values,
)

from picograd import Tensor, is_grad_enabled, no_grad, optim
from picograd.optim.flat import BLOCK_BYTES, SMALL
from picograd.optim.optimizer import required


@pytest.fixture(autouse=True)
def muon_without_rounding(request: Any, monkeypatch: Any) -> None:
    """PyTorch's Muon rounds to bfloat16 half way; here it computes in the parameters' dtype, as ours."""
    if "torch" in request.fixturenames:
        monkeypatch.setattr(request.getfixturevalue("torch").Tensor, "bfloat16", lambda self: self.clone())


# ---- the table -----------------------------------------------------------------------------------------------------


def test_every_optimizer_and_every_argument_has_a_row() -> None:
    assert sorted([*ROWS, "LBFGS", "Optimizer"]) == sorted(
        name for name in optim.__all__ if isinstance(getattr(optim, name), type)
    )
    assert USUAL.keys() == ROWS.keys()
    for name, row in ROWS.items():
        covered = {*row, *CHOOSES_IMPLEMENTATION, *REFUSED}
        assert set(arguments(name)) <= covered, name


def test_arguments_and_defaults_are_those_of_torch(torch: Any) -> None:
    for name in [*optimizers(), "LBFGS"]:
        theirs = inspect.signature(getattr(torch.optim, name)).parameters
        ours = inspect.signature(getattr(optim, name)).parameters
        described = [(p.name, p.kind, p.default) for p in ours.values() if p.name != "unknown"]
        assert described == [(p.name, p.kind, p.default) for p in theirs.values()], name


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
    settings = USUAL[name][0]
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
    assert not optimizer.state[params[1]] or name == "Adagrad"  # whose state is there from the beginning


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
        before = ours(start("Adam"))
        optim.SGD(before).zero_grad(set_to_none)
        assert all(p._grad is None for p in before)  # where there was none, there is none


@pytest.mark.parametrize("name", optimizers())
def test_groups(torch: Any, name: str) -> None:
    """Settings of groups, one added later, changed on the way."""
    settings = USUAL[name][0] | ({"betas": (0.7, 0.9)} if "betas" in arguments(name) else {})
    extra = {argument: value for argument, value in settings.items() if argument != "lr"}
    decay = "weight_decay" if "weight_decay" in arguments(name) else "lr"
    params, theirs = ours(start(name)), [torch.tensor(array, requires_grad=True) for array in start(name)]
    built = []
    for module, some in ((optim, params), (torch.optim, theirs)):
        groups = [{"params": iter(some[:2])}, {"params": some[2], **extra, "lr": 0.2}, {"params": some[3:5]}]
        built.append(getattr(module, name)(iter(groups), lr=0.05))
    optimizer, peer = built
    for step in range(9):
        if step == 3:
            optimizer.add_param_group({"params": params[5:], decay: 0.5})
            peer.add_param_group({"params": theirs[5:], decay: 0.5})
        if step == 6:
            for some in (optimizer, peer):
                some.param_groups[0]["lr"] = 0.5
                some.param_groups[2][decay] = 0.25
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
    settings = USUAL[name][0]
    optimizer, params, peer, theirs = pair(torch, name, settings, np.float16)
    play(optimizer, params, range(5))
    play(peer, theirs, range(5), torch)
    for a, b in zip(values(params), values(theirs), strict=True):
        assert a.dtype == np.float16 and np.isfinite(a).all()
        finite = np.isfinite(b)  # PyTorch's are nan where v and eps vanish in float16
        np.testing.assert_allclose(a[finite], b[finite], atol=1e-2)
    p = Tensor(np.ones((3, 1), np.float16))
    p.grad = np.full((3, 1), 300, np.float16)  # its square is beyond float16
    getattr(optim, name)([p], lr=1.0 if name == "Adadelta" else 0.01).step()
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
    params, again = ours(start(name, np.float32)), ours(start(name, np.float32))
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
    params = ours(start("Adam"))
    optimizer = optim.AdamW(params)
    optimizer.load_state_dict(optim.Adam(params).state_dict())
    assert optimizer.param_groups[0]["decoupled_weight_decay"] is True


def test_a_failed_load_changes_nothing() -> None:
    params = ours(start("Adam"))
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
    settings, slot = USUAL[name]
    optimizer, params, peer, theirs = pair(torch, name, settings)
    for step in range(5):
        if step == 1:  # in place
            for p, q in zip(params, theirs, strict=True):
                if slot in peer.state[q]:
                    optimizer.state[p][slot].fill_(0.5)
                    peer.state[q][slot].fill_(0.5)
        if step == 2:  # another Tensor
            for p, q in zip(params, theirs, strict=True):
                if slot in peer.state[q]:
                    shape = tuple(peer.state[q][slot].shape)
                    optimizer.state[p][slot] = Tensor(np.full(shape, 0.25), requires_grad=False)
                    peer.state[q][slot] = torch.full(shape, 0.25, dtype=torch.float64)
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
    params = ours(start(name))
    memory = [p.value for p in params]
    settings: Settings = {"weight_decay": 0.1, "maximize": True}
    optimizer = getattr(optim, name)(params, **{k: v for k, v in settings.items() if k in arguments(name)})
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
    settings = USUAL[name][0]
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
        if name in elementwise():
            np.testing.assert_array_equal(result, results[0])
        else:  # sums are taken in the order of memory
            np.testing.assert_allclose(result, results[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", elementwise())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_blocks_change_nothing(name: str, dtype: Any) -> None:
    """A parameter of several blocks, the last one cut off, moves as its rows on their own do."""
    length = 2 * BLOCK_BYTES // np.dtype(dtype).itemsize + 1000
    settings = USUAL[name][0]
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
        params = ours(start("Adam"))
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


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_a_step_that_fails_leaves_everything_whole(name: str) -> None:
    first, second = params = ours(start(name, shapes=[(3, 2), (3, 2)]))
    optimizer = getattr(optim, name)(params)
    play(optimizer, params, range(1))
    for break_it, words in (
        (lambda: optimizer.state[second].update({USUAL[name][1]: Tensor.zeros(7)}), "make a new optimizer"),
        (lambda: setattr(second, "_grad", np.zeros(3)), r"a gradient of shape \(3,\), float64 for parameter 1"),
    ):
        before = copy.deepcopy((first.value, optimizer.state[first]))
        break_it()
        with pytest.raises(ValueError, match=words):
            optimizer.step()
        np.testing.assert_array_equal(first.value, before[0])
        for key, tensor in before[1].items():
            np.testing.assert_array_equal(optimizer.state[first][key].value, tensor.value)


def test_read_only_memory_is_refused_before_anything_moves() -> None:
    first, second = ours(start("SGD", shapes=[(3,), (3,)]))
    second.value.flags.writeable = False
    optimizer = optim.SGD([first, second])
    before = first.value.copy()
    first.grad = second.grad = np.ones(3)
    with pytest.raises(ValueError, match=r"SGD.step: read-only memory of shape \(3,\), float64 for parameter 1"):
        optimizer.step()
    np.testing.assert_array_equal(first.value, before)


def test_numbers_beyond_range_pass_through_without_stopping_half_way() -> None:
    first, second = ours(start("Adam", np.float32, shapes=[(3,), (3,)]))
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
        params, theirs = ours(start(name)), [torch.tensor(array, requires_grad=True) for array in start(name)]
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


def test_betas_as_tensors(torch: Any) -> None:
    for name in ("Adam", "AdamW"):
        params, theirs = ours(start(name)), [torch.tensor(array, requires_grad=True) for array in start(name)]
        optimizer = getattr(optim, name)(params, betas=(Tensor(np.array(0.5)), Tensor(np.array(0.75))))
        peer = getattr(torch.optim, name)(
            theirs, betas=tuple(torch.tensor(beta, dtype=torch.float64) for beta in (0.5, 0.75)), foreach=False
        )
        play(optimizer, params, range(3))
        play(peer, theirs, range(3), torch)
        same(params, theirs, 1e-10)


def test_names_of_parameters(torch: Any) -> None:
    params = ours(start("Adam"))
    optimizer = optim.Adam([(f"layer{k}.weight", p) for k, p in enumerate(params)])
    assert optimizer.param_groups[0]["param_names"][1] == "layer1.weight"
    params[1]._grad = np.zeros(7)
    with pytest.raises(ValueError, match=r"Adam.step: a gradient of shape \(7,\), float64 for parameter layer1.weight"):
        optimizer.step()
    peer = torch.optim.Adam([(f"layer{k}.weight", torch.tensor(v)) for k, v in enumerate(start("Adam"))])
    assert optimizer.state_dict()["param_groups"][0].keys() == peer.state_dict()["param_groups"][0].keys()
    saved = optim.Adam([(f"saved{k}", Tensor(p.value)) for k, p in enumerate(params)]).state_dict()
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["param_names"][1] == "saved1"  # as in PyTorch
    del saved["param_groups"][0]["param_names"]
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["param_names"][1] == "saved1"


# ---- errors --------------------------------------------------------------------------------------------------------


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
    (lambda: optim.NAdam([leaf()], momentum_decay=-1), ValueError, "NAdam: momentum_decay -1: it must be at least 0"),
    (lambda: optim.NAdam([leaf()], betas=(0.9, 1)), ValueError, "NAdam: betas"),
    (lambda: optim.RAdam([leaf()], eps=-1), ValueError, "RAdam: eps -1: it must be at least 0"),
    (lambda: optim.RAdam([leaf()], betas=(0.9, 1)), ValueError, "RAdam: betas"),
    (lambda: optim.Adamax([leaf()], betas=(-1, 0)), ValueError, r"Adamax: betas \(-1, 0\): the averages need two"),
    (lambda: optim.Adagrad([leaf()], lr_decay=-1), ValueError, "Adagrad: lr_decay -1: it must be at least 0"),
    (
        lambda: optim.Adagrad([leaf()], initial_accumulator_value=-1),
        ValueError,
        "Adagrad: initial_accumulator_value -1: it must be at least 0",
    ),
    (lambda: optim.Adagrad([leaf()], fused=True, foreach=True), RuntimeError, "Adagrad: fused=True, foreach=True"),
    (lambda: optim.Adadelta([leaf()], rho=1.5), ValueError, "Adadelta: rho 1.5: it is the part .* from 0 to 1"),
    (lambda: optim.RMSprop([leaf()], alpha=-1), ValueError, "RMSprop: alpha -1: it must be at least 0"),
    (lambda: optim.RMSprop([leaf()], momentum=-1), ValueError, "RMSprop: momentum -1: it must be at least 0"),
    (
        lambda: optim.Rprop([leaf()], etas=(1.1, 1.2)),
        ValueError,
        r"Rprop: etas \(1.1, 1.2\): the first shortens a step, from 0 to 1, the second is above 1",
    ),
    (lambda: optim.ASGD([leaf()], weight_decay=-1), ValueError, "ASGD: weight_decay -1: it must be at least 0"),
    (
        lambda: optim.Adafactor([leaf()], beta2_decay=1),
        ValueError,
        "Adafactor: beta2_decay 1: the power of t must be at most 0",
    ),
    (lambda: optim.Adafactor([leaf()], eps=(-1, 0)), ValueError, r"Adafactor: eps \(-1, 0\): both must be at least 0"),
    (lambda: optim.Adafactor([leaf()], eps=(None, -1)), ValueError, r"Adafactor: eps \(None, -1\): .* first None"),
    (lambda: optim.Adafactor([leaf()], d=0.5), ValueError, "Adafactor: d 0.5: the bound of a step's rms must be at"),
    (lambda: optim.Muon([leaf()]), ValueError, r"Muon: a parameter of shape \(2,\): it has no singular values; give"),
    (lambda: optim.Muon([Tensor.eye(2)], adjust_lr_fn="x"), ValueError, "Muon: adjust_lr_fn x: give 'original' or"),
    (lambda: optim.Muon([Tensor.eye(2)], ns_steps=100), ValueError, "Muon: ns_steps 100: a handful is enough"),
    (lambda: optim.Muon([Tensor.eye(2)], ns_coefficients=(1, 2)), ValueError, "Muon: ns_coefficients .* has three"),
    (
        lambda: optim.SparseAdam([leaf()]),
        NotImplementedError,
        "picograd.optim.SparseAdam: it is for sparse gradients, and there are no sparse Tensors; use Adam",
    ),
    (lambda: optim.Optimizer([leaf()], {"lr": required}), ValueError, "Optimizer: a group without lr: it has no defau"),
    (
        lambda: optim.Adafactor([Tensor.eye(2)]).load_state_dict(
            {"state": {0: {"row_var": np.ones((2, 2))}}, "param_groups": [{"params": [0]}]}
        ),
        ValueError,
        r"Adafactor.load_state_dict: row_var of shape \(2, 2\) for parameter 0 of shape \(2, 2\), float32: it and "
        r"\(2, 1\) must be equal; load",
    ),
    (
        lambda: optim.Adam([leaf()], differentiable=True),
        ValueError,
        "Adam: differentiable=True: a step is not recorded, as gradients are arrays; leave it out",
    ),
    (lambda: optim.SGD([leaf()], differentiable=True), ValueError, "SGD: differentiable=True"),
    (
        lambda: optim.SGD([leaf()], fused=True, foreach=True),
        RuntimeError,
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

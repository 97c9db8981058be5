"""L-BFGS, held against PyTorch: trajectories with and without line search, saved states, a closure that fails."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, no_grad, optim

Settings = dict[str, Any]
# argument -> settings; each moves the parameters elsewhere than the settings without it.
ROWS: dict[str, tuple[Settings, Settings]] = {
    "lr": ({"max_iter": 3}, {"max_iter": 3, "lr": 0.3}),
    "max_iter": ({"lr": 0.5}, {"lr": 0.5, "max_iter": 4}),
    "max_eval": ({"line_search_fn": "strong_wolfe"}, {"line_search_fn": "strong_wolfe", "max_eval": 6}),
    "tolerance_grad": ({"lr": 0.5}, {"lr": 0.5, "tolerance_grad": 5.0}),
    "tolerance_change": ({"lr": 0.5}, {"lr": 0.5, "tolerance_change": 0.2}),
    "history_size": ({"line_search_fn": "strong_wolfe"}, {"line_search_fn": "strong_wolfe", "history_size": 2}),
    "line_search_fn": ({"max_iter": 5, "lr": 0.1}, {"max_iter": 5, "lr": 0.1, "line_search_fn": "strong_wolfe"}),
}
CASES = {f"{name}-{k}": settings for name, pair in ROWS.items() for k, settings in enumerate(pair)}


def start() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.standard_normal((2, 3)), rng.standard_normal(4), np.asarray(0.5)]


def closure(optimizer: Any, params: list[Any]) -> Callable[[], Any]:
    """A valley that bends: Rosenbrock's function of all elements; the same text in both libraries."""

    def loss() -> Any:
        optimizer.zero_grad()
        a, b, c = params
        x = a.reshape(-1)
        value = (10 * (x[1:] - x[:-1] ** 2) ** 2).sum() + ((1 - x) ** 2).sum()
        value = value + ((b - x[:4]) ** 2).sum() + (c * b.sum() - 1) ** 2
        value.backward()
        return value

    return loss


def make(torch: Any, settings: Settings, dtype: Any = np.float64) -> tuple[Any, list[Any], Any, list[Any]]:
    params = [Tensor(array.astype(dtype)) for array in start()]
    theirs = [torch.tensor(array.astype(dtype), requires_grad=True) for array in start()]
    return optim.LBFGS(params, **settings), params, torch.optim.LBFGS(theirs, **settings), theirs


def same(params: list[Any], theirs: list[Any], tolerance: float) -> None:
    for p, q in zip(params, theirs, strict=True):
        np.testing.assert_allclose(p.value, q.detach().numpy(), rtol=tolerance, atol=tolerance)


def test_every_argument_has_a_row() -> None:
    for name, (without, with_it) in ROWS.items():
        results = []
        for settings in (without, with_it):
            params = [Tensor(array) for array in start()]
            optimizer = optim.LBFGS(params, **settings)
            for _ in range(3):
                optimizer.step(closure(optimizer, params))
            results.append(np.concatenate([p.value.ravel() for p in params]))
        assert np.abs(results[0] - results[1]).max() > 1e-4, name


@pytest.mark.parametrize("name", CASES)
def test_trajectory(torch: Any, name: str) -> None:
    optimizer, params, peer, theirs = make(torch, CASES[name])
    for step in range(3):
        loss = optimizer.step(closure(optimizer, params))
        np.testing.assert_allclose(loss.item(), peer.step(closure(peer, theirs)).item(), rtol=1e-9, atol=1e-9)
        same(params, theirs, 1e-9)
        if step == 0:  # to the last digits: each iteration makes a difference larger
            same(params, theirs, 1e-12)
    ours, other = optimizer.state[params[0]], peer.state[theirs[0]]
    assert set(ours) == set(other) - {"al"}  # which is PyTorch's scratch
    for key in ("func_evals", "n_iter"):
        assert ours[key] == other[key]
    assert len(ours["old_dirs"]) == len(other["old_dirs"])


def test_single_precision(torch: Any) -> None:
    optimizer, params, peer, theirs = make(torch, {"line_search_fn": "strong_wolfe", "max_iter": 4}, np.float32)
    optimizer.step(closure(optimizer, params))
    peer.step(closure(peer, theirs))
    same(params, theirs, 1e-4)
    assert all(p.dtype == np.float32 for p in params)


@pytest.mark.parametrize("name", ["lr-1", "line_search_fn-1"])
def test_state_goes_both_ways(torch: Any, name: str) -> None:
    optimizer, params, peer, theirs = make(torch, CASES[name])
    optimizer.step(closure(optimizer, params))
    peer.step(closure(peer, theirs))
    mine, others = optimizer.state_dict(), copy.deepcopy(peer.state_dict())
    assert set(mine["param_groups"][0]) == set(others["param_groups"][0])
    from_torch, from_ours = optim.LBFGS(params), torch.optim.LBFGS(theirs)
    from_torch.load_state_dict(others)

    def tensor(value: Any) -> Any:
        if isinstance(value, list):
            return [tensor(entry) for entry in value]
        return torch.tensor(value.value) if isinstance(value, Tensor) else value

    state = {
        number: {key: tensor(value) for key, value in entries.items()} for number, entries in mine["state"].items()
    }
    from_ours.load_state_dict({"state": state, "param_groups": mine["param_groups"]})
    for _ in range(2):
        from_torch.step(closure(from_torch, params))
        from_ours.step(closure(from_ours, theirs))
        same(params, theirs, 1e-9)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_a_closure_may_move_the_parameters(torch: Any, search: str | None) -> None:
    found = []
    for m in (picograd, torch):
        x = m.tensor([0.9, -0.2, 0.4], dtype=m.float64, requires_grad=True)
        optimizer = m.optim.LBFGS([x], lr=0.7, max_iter=6, line_search_fn=search)

        def loss(m: Any = m, x: Any = x, optimizer: Any = optimizer) -> Any:
            with m.no_grad():
                x.clamp_(0, 1)
            optimizer.zero_grad()
            value = ((x - m.tensor([2.0, 0.5, -1.0], dtype=m.float64)) ** 2).sum() + (x[0] * x[1] - 1) ** 4
            value.backward()
            return value

        found.append([optimizer.step(loss).item() for _ in range(3)] + x.tolist())
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_parameters_without_gradient_count_as_zeros(torch: Any) -> None:
    optimizer, params, peer, theirs = make(torch, {})
    for some, sides in ((optimizer, params), (peer, theirs)):

        def loss(some: Any = some, sides: list[Any] = sides) -> Any:
            some.zero_grad()
            value = (sides[0] ** 2).sum()
            value.backward()
            return value

        some.step(loss)
    same(params, theirs, 1e-12)
    assert np.abs(params[0].value).max() < 1e-6


def test_it_finds_the_minimum_and_then_stays() -> None:
    params = [Tensor(array) for array in start()]
    optimizer = optim.LBFGS(params, max_iter=100, tolerance_change=1e-14, line_search_fn="strong_wolfe")
    for _ in range(5):
        with no_grad():
            optimizer.step(closure(optimizer, params))
    evaluations = optimizer.state[params[0]]["func_evals"]
    before = [p.value.copy() for p in params]
    assert np.abs(np.concatenate([p.grad.ravel() for p in params])).max() < 1e-5
    optimizer.step(closure(optimizer, params))
    assert optimizer.state[params[0]]["func_evals"] <= evaluations + 3
    for p, value in zip(params, before, strict=True):
        np.testing.assert_allclose(p.value, value, atol=1e-5)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_a_closure_that_fails_leaves_parameters_and_state(search: str | None) -> None:
    params = [Tensor(array) for array in start()]
    optimizer = optim.LBFGS(params, line_search_fn=search)
    evaluate, calls = closure(optimizer, params), []

    def fails() -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return evaluate()

    before = [p.value.copy() for p in params]
    with pytest.raises(KeyboardInterrupt):
        optimizer.step(fails)
    for p, value in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.value, value)
    assert not optimizer.state[params[0]]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda p: optim.LBFGS([p]).step(), TypeError, "LBFGS.step: no closure: the loss is needed at several points"),
        (lambda p: optim.LBFGS([p], lr=-1), ValueError, "LBFGS: lr -1: it must be at least 0"),
        (
            lambda p: optim.LBFGS([p], line_search_fn="armijo"),
            RuntimeError,
            "LBFGS: line_search_fn 'armijo': there is none such; give 'strong_wolfe' or None",
        ),
        (
            lambda p: optim.LBFGS([{"params": [p]}, {"params": [Tensor.ones(2)]}]),
            ValueError,
            "LBFGS: a second parameter group: it moves all parameters as one vector; give them in one group",
        ),
        (lambda p: optim.LBFGS([p], decay=1), TypeError, "LBFGS: unknown argument decay: .* it takes lr, max_iter"),
    ],
)
def test_errors(call: Callable[[Tensor], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(Tensor.ones(2))

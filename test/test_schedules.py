"""Schedules of the learning rate, held against PyTorch: whole trajectories, saved states, errors."""

from __future__ import annotations

import copy
import inspect
import warnings
from typing import Any

import numpy as np
import pytest
from cases_optim import Settings, leaf

from picograd import Tensor, enable_grad, optim
from picograd.optim import lr_scheduler

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

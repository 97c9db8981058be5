"""Schedules of the learning rate, held against PyTorch: whole trajectories, saved states, errors."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable
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
    "MultiplicativeLR": [
        {"lr_lambda": lambda t: 0.95},
        {"lr_lambda": [lambda t: 1 - 0.1 / (1 + t), Warm(7)]},
    ],
    "ConstantLR": [{}, {"factor": 0.5}, {"total_iters": 20}, {"factor": 1.0, "total_iters": 0}],
    "PolynomialLR": [{}, {"total_iters": 30}, {"power": 2.0}],
    "CosineAnnealingWarmRestarts": [{"T_0": 7}, {"T_0": 12}, {"T_0": 7, "T_mult": 2}, {"T_0": 7, "eta_min": 0.01}],
    "CyclicLR": [
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6},
        {"base_lr": [0.2, 0.01], "max_lr": [0.5, 0.3], "step_size_up": 6},
        {"base_lr": 0.1, "max_lr": 0.7, "step_size_up": 6},
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 9},
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6, "step_size_down": 3},
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6, "mode": "triangular2"},
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6, "mode": "exp_range", "gamma": 0.97},
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6, "mode": "exp_range", "gamma": 0.9},
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6, "scale_fn": lambda cycle: 1 / cycle},
        {
            "base_lr": 0.1,
            "max_lr": 0.5,
            "step_size_up": 6,
            "scale_fn": lambda t: 1 / (1 + t),
            "scale_mode": "iterations",
        },
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6, "cycle_momentum": False},
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6, "base_momentum": 0.5},
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 6, "max_momentum": [0.95, 0.85]},
    ],
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
        {"total_iters": 0},
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
    others = {"LRScheduler", "SequentialLR", "ChainedScheduler"}
    assert sorted(SCHEDULES) == sorted(set(lr_scheduler.__all__) - others)
    for name, rows in SCHEDULES.items():
        covered = {argument for settings in rows for argument in settings}
        signature = inspect.signature(getattr(lr_scheduler, name)).parameters
        assert set(signature) - {"optimizer", "last_epoch"} == covered, name


def test_schedules_have_the_arguments_of_torch(torch: Any) -> None:
    for name in lr_scheduler.__all__:
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
@pytest.mark.parametrize("way", ["ours to ours", "theirs to ours", "ours to theirs"])
def test_schedule_resumed(torch: Any, name: str, settings: Settings, way: str) -> None:
    """A state that was saved at epoch 20, here or by PyTorch, goes on as if nothing had been."""
    source, target = way.split(" to ")
    make = {"ours": getattr(lr_scheduler, name), "theirs": getattr(torch.optim.lr_scheduler, name)}
    groups = {"ours": two_groups, "theirs": lambda: two_groups_of_torch(torch)}
    optimizer = groups[source]()
    scheduler = make[source](optimizer, **settings)
    for t in range(20):
        epoch(optimizer, scheduler, t)
    again = groups[target]()
    resumed = make[target](again, **settings)
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
        ("ConstantLR", {}),
        ("PolynomialLR", {"total_iters": 9, "power": 2.0}),
        ("MultiplicativeLR", {"lr_lambda": lambda t: 0.9}),
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

    own = Own([leaf()], {"lr": 0.1})
    scheduler = lr_scheduler.StepLR(own, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        own.step()
        scheduler.step()


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
    with pytest.raises(RuntimeError, match=r"ReduceLROnPlateau.step: 1 min_lrs for 2 groups: a group was added; set"):
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


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Muon"])
@pytest.mark.parametrize("cycle", ["OneCycleLR", "CyclicLR"])
def test_momentum_is_cycled_for_every_optimizer_that_has_one(torch: Any, name: str, cycle: str) -> None:
    settings: Settings = {
        "OneCycleLR": {"max_lr": 0.5, "total_steps": 13},
        "CyclicLR": {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 4, "mode": "triangular2"},
    }[cycle]
    one, other = (
        getattr(optim, name)([Tensor.eye(2)], lr=0.1),
        getattr(torch.optim, name)([torch.eye(2, requires_grad=True)], lr=0.1),
    )
    scheduler = getattr(lr_scheduler, cycle)(one, **settings)
    peer = getattr(torch.optim.lr_scheduler, cycle)(other, **settings)
    for t in range(13):
        np.testing.assert_allclose(epoch(one, scheduler, t), epoch(other, peer, t), rtol=1e-10, err_msg=str(t))


# ---- schedules of schedules ----------------------------------------------------------------------------------------

COMBINED: dict[str, Any] = {
    "warm-up": lambda m, o: m.SequentialLR(o, [m.LinearLR(o, 0.1, total_iters=4), m.CosineAnnealingLR(o, 20)], [4]),
    "three": lambda m, o: m.SequentialLR(
        o, [m.ConstantLR(o, 0.5, 3), m.ExponentialLR(o, 0.9), m.StepLR(o, 3, 0.5)], [5, 12]
    ),
    "restarts": lambda m, o: m.SequentialLR(o, [m.ConstantLR(o, 0.5), m.CosineAnnealingWarmRestarts(o, 6, 2)], [5]),
    "at once": lambda m, o: m.SequentialLR(o, [m.ConstantLR(o, 0.5, 3), m.ExponentialLR(o, 0.9)], [0]),
    "nested": lambda m, o: m.SequentialLR(
        o, [m.SequentialLR(o, [m.ConstantLR(o, 0.5), m.StepLR(o, 2)], [3]), m.ExponentialLR(o, 0.9)], [8]
    ),
    "cycles": lambda m, o: m.SequentialLR(
        o, [m.ConstantLR(o, 0.5, 3), m.CyclicLR(o, 0.1, 0.5, 4), m.PolynomialLR(o, 20)], [3, 12]
    ),
    "chained": lambda m, o: m.ChainedScheduler([m.LinearLR(o, 0.1, total_iters=6), m.StepLR(o, 5, 0.5)]),
    "chained with": lambda m, o: m.ChainedScheduler([m.ConstantLR(o, 0.1), m.ExponentialLR(o, 0.9)], optimizer=o),
}


def run(optimizer: Any, scheduler: Any, epochs: int) -> list[Any]:
    seen = []
    for _ in range(epochs):
        optimizer.step()
        scheduler.step()
        seen.append([*scheduler.get_last_lr(), *(group["lr"] for group in optimizer.param_groups)])
    return seen


@pytest.mark.parametrize("name", COMBINED)
def test_schedules_of_schedules(torch: Any, name: str) -> None:
    one, other = two_groups(), two_groups_of_torch(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of epoch 0, and of a nested schedule's first step
        scheduler, peer = COMBINED[name](lr_scheduler, one), COMBINED[name](torch.optim.lr_scheduler, other)
        np.testing.assert_allclose(scheduler.get_last_lr(), peer.get_last_lr(), rtol=1e-10)
        np.testing.assert_allclose(run(one, scheduler, 9), run(other, peer, 9), rtol=1e-10)
        for state in (scheduler.state_dict(), peer.state_dict()):  # resumed here from either side
            again, their_again = two_groups(), two_groups_of_torch(torch)
            resumed = COMBINED[name](lr_scheduler, again)
            their_resumed = COMBINED[name](torch.optim.lr_scheduler, their_again)
            again.load_state_dict(one.state_dict())
            their_again.load_state_dict(copy.deepcopy(other.state_dict()))
            resumed.load_state_dict(copy.deepcopy(state))
            their_resumed.load_state_dict(copy.deepcopy(state))
            np.testing.assert_allclose(run(again, resumed, 15), run(their_again, their_resumed, 15), rtol=1e-10)


def test_a_combined_step_that_fails_stays_where_it_was() -> None:
    optimizer = two_groups()
    cycle = lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps=2)
    scheduler = lr_scheduler.SequentialLR(optimizer, [cycle, lr_scheduler.StepLR(optimizer, 3)], [9])
    optimizer.step()
    scheduler.step()
    scheduler.step()
    before = copy.deepcopy(scheduler.state_dict())
    with pytest.raises(ValueError, match="it is over"):
        scheduler.step()
    assert scheduler.state_dict() == before


def test_restarts_within_an_epoch(torch: Any) -> None:
    for factor in (1, 2):
        one, other = two_groups(), two_groups_of_torch(torch)
        scheduler = lr_scheduler.CosineAnnealingWarmRestarts(one, 3, factor, 0.01)
        peer = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(other, 3, factor, 0.01)
        for k in (*range(40), 6, 100):
            scheduler.step(k / 4)
            peer.step(k / 4)
            np.testing.assert_allclose(scheduler.get_last_lr(), peer.get_last_lr(), rtol=1e-10)
            assert (scheduler.last_epoch, scheduler.T_cur, scheduler.T_i) == (peer.last_epoch, peer.T_cur, peer.T_i)


def test_a_constant_factor_of_zero_ends() -> None:
    optimizer = two_groups()
    scheduler = lr_scheduler.ConstantLR(optimizer, 0.0, total_iters=2)
    assert [rates[:2] for rates in run(optimizer, scheduler, 3)] == [[0, 0], [0.1, 0.03], [0.1, 0.03]]


def test_a_schedule_of_ones_own(torch: Any) -> None:
    """As programs write it: with the older name, the warning's condition, and a step that it extends."""
    rates = []
    for module, optimizer in ((lr_scheduler, two_groups()), (torch.optim.lr_scheduler, two_groups_of_torch(torch))):

        class Own(module._LRScheduler):  # type: ignore[misc, name-defined]
            def __init__(self, optimizer: Any, warm: int, last_epoch: int = -1) -> None:
                self.warm = warm
                super().__init__(optimizer, last_epoch)

            def get_lr(self) -> list[float]:
                if not self._get_lr_called_within_step:
                    warnings.warn("outside of step", UserWarning, stacklevel=2)
                if self.last_epoch < self.warm:
                    return [rate * self._step_count / self.warm for rate in self.base_lrs]
                return [group["lr"] * 0.9 for group in self.optimizer.param_groups]

            def step(self, epoch: Any = None) -> None:
                super().step(epoch)

        scheduler = Own(optimizer, 4)
        rates.append(run(optimizer, scheduler, 10))
        with pytest.warns(UserWarning, match="outside of step"):
            scheduler.get_lr()
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-12)


# ---- errors --------------------------------------------------------------------------------------------------------

ERRORS: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: lr_scheduler.StepLR(None, 3), TypeError, "StepLR: a NoneType for the optimizer: it has no learning rate"),
    (lambda: lr_scheduler.LambdaLR(3, abs), TypeError, "LambdaLR: a int for the optimizer"),
    (
        lambda: lr_scheduler.StepLR(optim.SGD([leaf()]), 0),
        ValueError,
        "StepLR: step_size 0: it must be above 0; give another",
    ),
    (lambda: lr_scheduler.CosineAnnealingLR(optim.SGD([leaf()]), 0), ValueError, "CosineAnnealingLR: T_max 0"),
    (lambda: lr_scheduler.LinearLR(optim.SGD([leaf()]), 0), ValueError, "LinearLR: start_factor 0: .* above 0"),
    (lambda: lr_scheduler.LinearLR(optim.SGD([leaf()]), 1, 2), ValueError, "LinearLR: end_factor 2: .* from 0 to 1"),
    (
        lambda: lr_scheduler.ExponentialLR(optim.SGD([leaf()]), 0.5, last_epoch=3),
        KeyError,
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
    (lambda: lr_scheduler.ConstantLR(optim.SGD([leaf()]), 2), ValueError, "ConstantLR: factor 2: .* from 0 to 1"),
    (
        lambda: lr_scheduler.MultiplicativeLR(optim.SGD([leaf()]), 0.5),
        TypeError,
        "MultiplicativeLR: a float for lr_lambda: it can't be called; give a function of the epoch",
    ),
    (
        lambda: lr_scheduler.CosineAnnealingWarmRestarts(optim.SGD([leaf()]), 0),
        ValueError,
        "CosineAnnealingWarmRestarts: T_0 0: it must be a whole number above 0",
    ),
    (
        lambda: lr_scheduler.CosineAnnealingWarmRestarts(optim.SGD([leaf()]), 3, 1.5),
        ValueError,
        "CosineAnnealingWarmRestarts: T_mult 1.5: it must be a whole number above 0",
    ),
    (
        lambda: lr_scheduler.CosineAnnealingWarmRestarts(optim.SGD([leaf()]), 3, eta_min="0"),
        ValueError,
        "CosineAnnealingWarmRestarts: eta_min '0': it is the lowest rate; give a number",
    ),
    (
        lambda: lr_scheduler.CosineAnnealingWarmRestarts(optim.SGD([leaf()]), 3).step(-1),
        ValueError,
        "CosineAnnealingWarmRestarts.step: epoch -1: it must be at least 0; give another",
    ),
    (
        lambda: lr_scheduler.CyclicLR(optim.SGD([leaf()]), 0.1, 1, mode="x"),
        ValueError,
        "CyclicLR: mode 'x': unknown; give 'triangular', 'triangular2' or 'exp_range', or a scale_fn",
    ),
    (lambda: lr_scheduler.CyclicLR(optim.SGD([leaf()]), 0.1, 1, 0), ValueError, "CyclicLR: step_size_up 0: .* above 0"),
    (
        lambda: lr_scheduler.CyclicLR(optim.Adagrad([leaf()]), 0.1, 1),
        ValueError,
        "CyclicLR: cycle_momentum=True for Adagrad: it has neither momentum nor betas; give cycle_momentum=False",
    ),
    (lambda: lr_scheduler.CyclicLR(optim.SGD([leaf()]), [0.1, 0.2], 1), ValueError, "CyclicLR: 2 values of base_lr"),
    (lambda: lr_scheduler.ChainedScheduler([]), ValueError, "ChainedScheduler: no schedules: there is nothing"),
    (lambda: lr_scheduler.ChainedScheduler([3]), TypeError, "ChainedScheduler: a int for schedule 0: it has no"),
    (
        lambda: lr_scheduler.ChainedScheduler([lr_scheduler.ReduceLROnPlateau(optim.SGD([leaf()]))]),
        ValueError,
        "ChainedScheduler: ReduceLROnPlateau for schedule 0: its step needs a metric; step it on its own",
    ),
    (
        lambda: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(optim.SGD([leaf()]), 3) for _ in range(2)]),
        ValueError,
        "ChainedScheduler: schedule 1, StepLR, has another optimizer: all must have the same; make it with this SGD",
    ),
    (
        lambda: (lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.StepLR(o, 3)], [4]))(optim.SGD([leaf()])),
        ValueError,
        "SequentialLR: 1 milestones for 1 schedules: one stands between each two; give 0",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), ERRORS)
def test_errors(call: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)

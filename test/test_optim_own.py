"""Optimizers that a program brings itself, and hooks around those of the library."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
from cases_optim import gradients, leaf, ours, play, start, values

from picograd import Tensor, no_grad, optim
from picograd.optim import lr_scheduler
from picograd.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook, required

# ---- an optimizer of one's own -------------------------------------------------------------------------------------


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


def adam_by_hand(base: Any) -> Any:
    """Adam as programs write it, on the class of either library."""

    class Own(base):  # type: ignore[misc]
        def __init__(self, params: Any, lr: Any = required, betas: tuple[float, float] = (0.9, 0.99)) -> None:
            super().__init__(params, {"lr": lr, "betas": betas})

        def __setstate__(self, state: Any) -> None:
            super().__setstate__(state)
            for group in self.param_groups:
                group.setdefault("added_later", 1)

        def step(self, closure: Any = None) -> Any:
            loss = None if closure is None else closure()
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    grad = p.grad.data
                    if grad.is_sparse:
                        raise RuntimeError
                    state = self.state[p]
                    if len(state) == 0:
                        state["step"] = 0
                        state["exp_avg"] = 0 * p.data
                        state["both"] = [p.data.clone(), {"square": p.data.new_zeros(p.shape)}]
                    m, v = state["exp_avg"], state["both"][1]["square"]
                    state["step"] += 1
                    m.mul_(beta1).add_(grad, alpha=1 - beta1)
                    v.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
                    denominator = v.sqrt().add_(1e-8)
                    p.data.addcdiv_(m, denominator, value=-group["lr"])
            return loss

    return Own


def test_adam_by_hand(torch: Any) -> None:
    params, theirs = ours(start("Adam")), [torch.tensor(array, requires_grad=True) for array in start("Adam")]
    optimizer, peer = adam_by_hand(optim.Optimizer)(params, lr=0.1), adam_by_hand(torch.optim.Optimizer)(theirs, 0.1)

    def compare() -> None:
        for p, q in zip(params, theirs, strict=True):
            np.testing.assert_allclose(p.value, q.detach().numpy(), rtol=1e-10, atol=1e-10)

    for step in (0, 1):
        play(optimizer, params, range(step, step + 1))
        play(peer, theirs, range(step, step + 1), torch)
        compare()
    again = adam_by_hand(optim.Optimizer)(params, lr=0.5)
    again.load_state_dict(copy.deepcopy(peer.state_dict()))  # nested, with whole numbers
    assert again.state[params[0]]["step"] == 2 and again.param_groups[0]["lr"] == 0.1
    assert again.param_groups[0]["added_later"] == 1
    assert type(again.state[params[0]]["both"][1]["square"]) is Tensor
    play(again, params, range(2, 5))
    play(peer, theirs, range(2, 5), torch)
    compare()
    with pytest.raises(ValueError, match="Own: a group without lr: it has no default; give it in each group"):
        adam_by_hand(optim.Optimizer)(ours(start("Adam")))


def test_state_of_no_parameter_is_kept() -> None:
    p = leaf()
    optimizer = optim.Optimizer([p], {"lr": 0.1})
    optimizer.state["of all"]["count"] = 3
    again = optim.Optimizer([p], {"lr": 0.1})
    again.load_state_dict(optimizer.state_dict())
    assert again.state["of all"] == {"count": 3}


def test_an_optimizer_that_never_calls_init_has_schedules_and_hooks() -> None:
    class Dummy(optim.Optimizer):
        def __init__(self) -> None:
            self.param_groups = [{"lr": 1.0}]

        def step(self) -> str:  # type: ignore[override]
            return "done"

    optimizer, calls = Dummy(), []
    handle = optimizer.register_step_post_hook(lambda *args: calls.append(args))
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: 1 / (1 + t))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            assert optimizer.step() == "done"
            scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.25
    handle.remove()
    optimizer.step()
    assert calls == [(optimizer, (optimizer,), {})] * 3
    assert not Dummy()._hooks


# ---- hooks ---------------------------------------------------------------------------------------------------------


def test_hooks_of_a_step() -> None:
    p = leaf()
    optimizer, calls = optim.SGD([p], lr=1.0), []
    handles = [
        register_optimizer_step_pre_hook(lambda *args: calls.append(("all", args))),
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, *args[1:]), {"closure": lambda: "loss"})),
        optimizer.register_step_post_hook(lambda *args: calls.append(("after", args, p.value[0]))),
        register_optimizer_step_post_hook(lambda *args: calls.append(("all after", args[0]))),
    ]
    p.grad = np.ones(2)
    try:
        assert optimizer.step() == "loss"
    finally:
        for handle in handles:
            handle.remove()
    assert calls[0] == ("all", (optimizer, (optimizer,), {}))
    assert calls[1][1][:2] == (optimizer, (optimizer,)) and calls[1][2] == 0.0
    assert calls[2] == ("all after", optimizer)
    optimizer.step()
    assert len(calls) == 3
    with optimizer.register_step_pre_hook(lambda *args: 3):
        before = p.value.copy()
        with pytest.raises(RuntimeError, match=r"SGD.step: a hook returned 3: it stands for the arguments; return"):
            optimizer.step()
        np.testing.assert_array_equal(p.value, before)
    optimizer.step()


def test_hooks_run_once_for_a_step_within_a_step() -> None:
    class Twice(optim.SGD):
        def step(self, closure: Any = None) -> Any:
            super().step(closure)
            return super().step()

    p, calls = leaf(), []
    optimizer = Twice([p], lr=1.0)
    optimizer.register_step_pre_hook(lambda *args: calls.append(1))
    p.grad = np.ones(2)
    optimizer.step()
    np.testing.assert_array_equal(p.value, [-1, -1])
    assert calls == [1] and optimizer.steps_done == 1


def test_hooks_of_saving_and_loading() -> None:
    p = leaf()
    optimizer, calls = optim.SGD([p], lr=1.0), []
    optimizer.register_state_dict_pre_hook(lambda o: calls.append("before"))
    optimizer.register_state_dict_pre_hook(lambda o: calls.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, saved: {**saved, "more": o.param_groups[0]["lr"]})
    optimizer.register_load_state_dict_pre_hook(lambda o, saved: {**saved, "param_groups": [{"params": [0], "lr": 7}]})
    optimizer.register_load_state_dict_post_hook(lambda o: calls.append(o.param_groups[0]["lr"]))
    saved = optimizer.state_dict()
    assert saved["more"] == 1.0
    optimizer.load_state_dict(saved)
    assert calls == ["first", "before", 7]
    assert saved["param_groups"][0]["lr"] == 1.0
    assert not copy.deepcopy(optimizer)._hooks  # as in PyTorch


# ---- other parameters and state for a while ------------------------------------------------------------------------


def test_swap_in_parameters_and_state(torch: Any) -> None:
    params, theirs = ours(start("Adam")), [torch.tensor(array, requires_grad=True) for array in start("Adam")]
    optimizer, peer = optim.Adam(params, lr=0.1), torch.optim.Adam(theirs, lr=0.1)
    play(optimizer, params, range(2))
    play(peer, theirs, range(2), torch)
    others, their_others = [0.5 * p.detach() for p in params], [0.5 * p.detach() for p in theirs]
    before, group = [v.copy() for v in values(params)], optimizer.param_groups[0]
    saved = copy.deepcopy(optimizer.state_dict())
    for module, some, kind, swapped in (
        (optim, optimizer, None, others),
        (torch.optim, peer, torch, their_others),
    ):
        state = copy.deepcopy(some.state_dict())
        state["param_groups"][0]["lr"] = 0.3
        with module.swap_in_optimizer_params_and_state(some, dict(enumerate(swapped)), state):
            for p, g in zip(swapped, gradients(9, before), strict=True):
                p.grad = g if kind is None else kind.tensor(g)
            some.step()
    for p, q in zip(others, their_others, strict=True):
        np.testing.assert_allclose(p.value, q.numpy(), rtol=1e-10, atol=1e-10)
    for p, value in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.value, value)
    assert optimizer.param_groups[0] is group and group["params"] == params and group["lr"] == 0.1
    for number, entries in optimizer.state_dict()["state"].items():
        for key, tensor in entries.items():
            np.testing.assert_array_equal(tensor.value, saved["state"][number][key].value)


def test_swap_in_refuses_what_does_not_fit() -> None:
    p = leaf()
    optimizer = optim.Adam([p])
    state = {"state": {}, "param_groups": optimizer.state_dict()["param_groups"]}
    swap = optim.swap_in_optimizer_params_and_state
    with pytest.raises(RuntimeError, match="Adam without state: there is none to swap; take a step first"):
        swap(optimizer, {"p": leaf()}, state).__enter__()
    p.grad = np.ones(2)
    optimizer.step()
    with pytest.raises(RuntimeError, match=r"0 parameters and groups of \[1\] for groups of \[1\]: sizes and settings"):
        swap(optimizer, {}, state).__enter__()
    with pytest.raises(RuntimeError, match="state of parameters that no group has: give what state_dict"):
        swap(optimizer, {"p": leaf()}, {**state, "state": {4: {}}}).__enter__()

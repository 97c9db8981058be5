"""Averages of models and the schedule for them, held against PyTorch."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases_optim import leaf

import picograd
from picograd import Tensor, nn, optim
from picograd.optim import swa_utils

Pair = tuple[Any, Any]


def networks(torch: Any) -> Pair:
    """The same network with batch norm on both sides."""
    net, peer = (m.nn.Sequential(m.nn.Linear(3, 4), m.nn.BatchNorm1d(4), m.nn.Linear(4, 2)) for m in (picograd, torch))
    net.load_state_dict(peer.state_dict())
    return net, peer


def batches(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.standard_normal((6, 3)).astype(np.float32) for _ in range(count)]


def disturb(nets: Pair, step: int, torch: Any) -> None:
    """Change the parameters alike, and let the batch norm see a batch."""
    rng = np.random.default_rng(step)
    for p, q in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        change = rng.standard_normal(p.shape).astype(np.float32)
        p.data.add_(change)
        q.data.add_(torch.from_numpy(change))
    batch = batches(step + 1)[-1]
    nets[0](Tensor(batch)), nets[1](torch.from_numpy(batch))


def same(net: Any, peer: Any) -> None:
    ours, theirs = net.state_dict(), peer.state_dict()
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        assert ours[name].value.dtype == value.numpy().dtype
        np.testing.assert_allclose(ours[name].value, value.numpy(), rtol=1e-5, atol=1e-5, err_msg=name)


# how to average -> the arguments on either side
WAYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "mean": lambda u: {},
    "buffers": lambda u: {"use_buffers": True},
    "avg_fn": lambda u: {"avg_fn": lambda average, current, n: 0.3 * average + 0.7 * current + 0.1 * n},
    "swa": lambda u: {"avg_fn": u.get_swa_avg_fn()},
    "ema": lambda u: {"avg_fn": u.get_ema_avg_fn(0.6), "use_buffers": True},
    "multi swa": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "multi ema": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.6), "use_buffers": True},
}


@pytest.mark.parametrize("way", WAYS)
def test_averaged_model(torch: Any, way: str) -> None:
    nets = networks(torch)
    averaged = swa_utils.AveragedModel(nets[0], **WAYS[way](swa_utils))
    peer = torch.optim.swa_utils.AveragedModel(nets[1], **WAYS[way](torch.optim.swa_utils))
    for step in range(4):
        disturb(nets, step, torch)
        averaged.update_parameters(nets[0])
        peer.update_parameters(nets[1])
        same(averaged, peer)
    assert averaged.n_averaged.item() == 4 and all(p.requires_grad for p in averaged.parameters())
    batch = batches(1)[0]
    averaged.eval(), peer.eval()
    np.testing.assert_allclose(
        averaged(Tensor(batch)).value, peer(torch.from_numpy(batch)).detach().numpy(), rtol=1e-5, atol=1e-5
    )
    same(nets[0], nets[1])  # the model itself is as it was


def test_whole_numbers_are_averaged_too() -> None:
    for function, expected in ((swa_utils.get_swa_multi_avg_fn(), 5), (swa_utils.get_ema_multi_avg_fn(0.5), 6)):
        count = Tensor(np.array([4]))
        function([count], [Tensor(np.array([8]))], 3 if expected == 5 else 0)
        assert count.tolist() == [expected]


@pytest.mark.parametrize("momentum", [0.1, None])
def test_update_bn(torch: Any, momentum: float | None) -> None:
    nets = networks(torch)
    for net in nets:
        net[1].momentum = momentum
        net.eval()
    swa_utils.update_bn([Tensor(batch) for batch in batches(3)], nets[0])
    torch.optim.swa_utils.update_bn([torch.from_numpy(batch) for batch in batches(3)], nets[1])
    same(*nets)
    swa_utils.update_bn(((Tensor(batch), 0) for batch in batches(2)), nets[0])
    torch.optim.swa_utils.update_bn(((torch.from_numpy(batch), 0) for batch in batches(2)), nets[1])
    same(*nets)
    assert nets[0][1].momentum == momentum and not nets[0].training
    swa_utils.update_bn([None], nn.Linear(2, 2))  # nothing to do

    def broken() -> Any:
        yield Tensor(batches(1)[0])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swa_utils.update_bn(broken(), nets[0])
    assert nets[0][1].momentum == momentum and not nets[0].training


@pytest.mark.parametrize(
    "settings",
    [
        {"swa_lr": 0.5},
        {"swa_lr": [0.5, 0.01], "anneal_epochs": 4},
        {"swa_lr": 0.5, "anneal_epochs": 4, "anneal_strategy": "linear"},
        {"swa_lr": 0.5, "anneal_epochs": 0},
    ],
)
def test_swalr(torch: Any, settings: dict[str, Any]) -> None:
    seen = []
    for m, tensor in ((optim, leaf), (torch.optim, lambda: torch.ones(2))):
        optimizer = m.SGD([{"params": [tensor()]}, {"params": [tensor()], "lr": 0.03}], lr=0.1)
        decay = m.lr_scheduler.ExponentialLR(optimizer, 0.9)
        for _ in range(3):
            optimizer.step()
            decay.step()
        scheduler = m.swa_utils.SWALR(optimizer, **settings)
        rates = [scheduler.get_last_lr()]
        for t in range(14):
            if t == 6:
                state = copy.deepcopy(scheduler.state_dict())
                saved = copy.deepcopy(optimizer.state_dict())
                optimizer = m.SGD([{"params": [tensor()]}, {"params": [tensor()], "lr": 0.03}], lr=0.1)
                scheduler = m.swa_utils.SWALR(optimizer, **settings)
                optimizer.load_state_dict(saved)
                scheduler.load_state_dict(state)
            optimizer.step()
            scheduler.step()
            rates.append(scheduler.get_last_lr())
        seen.append(rates)
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-10)


def test_signatures(torch: Any) -> None:
    assert sorted(swa_utils.__all__) == sorted(torch.optim.swa_utils.__all__)
    for name in swa_utils.__all__:
        ours, theirs = (inspect.signature(getattr(m, name)) for m in (swa_utils, torch.optim.swa_utils))
        assert [(p.name, p.default) for p in ours.parameters.values()] == [
            (p.name, p.default) for p in theirs.parameters.values()
        ]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: swa_utils.get_ema_avg_fn(1.5),
            "get_ema_avg_fn: decay 1.5: it is the part of the average",
        ),
        (lambda: swa_utils.get_ema_multi_avg_fn(-1), "get_ema_multi_avg_fn: decay -1"),
        (
            lambda: swa_utils.AveragedModel(nn.Linear(2, 2), avg_fn=min, multi_avg_fn=min),
            "AveragedModel: avg_fn and multi_avg_fn: one of them says how to average; give only one",
        ),
        (lambda: swa_utils.SWALR(optim.SGD([leaf()]), 0.1, anneal_strategy="x"), "SWALR: anneal_strategy 'x': unknown"),
        (lambda: swa_utils.SWALR(optim.SGD([leaf()]), 0.1, -1), "SWALR: anneal_epochs -1: it must be a whole number"),
        (lambda: swa_utils.SWALR(optim.SGD([leaf()]), [0.1, 0.2]), "SWALR: 2 values of swa_lr for 1 parameter groups"),
    ],
)
def test_errors(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()

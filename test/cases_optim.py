"""The table of optimizers, and what its rows are tried on: parameters and their gradients, here and in PyTorch."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

from picograd import Tensor, optim
from picograd.optim.flat import SMALL

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
    "NAdam": {
        "lr": ({}, {"lr": 0.05}),
        "betas": ({"lr": 0.05}, {"lr": 0.05, "betas": (0.6, 0.8)}),
        "eps": ({"lr": 0.05}, {"lr": 0.05, "eps": 0.1}),
        "weight_decay": ({"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.3}),
        "momentum_decay": ({"lr": 0.05}, {"lr": 0.05, "momentum_decay": 0.5}),
        "decoupled_weight_decay": (
            {"lr": 0.05, "weight_decay": 0.3},
            {"lr": 0.05, "weight_decay": 0.3, "decoupled_weight_decay": True},
        ),
        "maximize": ({"lr": 0.05, "weight_decay": 0.3}, {"lr": 0.05, "weight_decay": 0.3, "maximize": True}),
    },
    "RAdam": {  # with beta2 = 0.8 the rectified steps begin with the eighth
        "lr": ({"betas": (0.9, 0.8)}, {"betas": (0.9, 0.8), "lr": 0.05}),
        "betas": ({"lr": 0.05}, {"lr": 0.05, "betas": (0.6, 0.7)}),
        "eps": ({"lr": 0.05, "betas": (0.9, 0.8)}, {"lr": 0.05, "betas": (0.9, 0.8), "eps": 0.1}),
        "weight_decay": ({"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.3}),
        "decoupled_weight_decay": (
            {"lr": 0.05, "weight_decay": 0.3},
            {"lr": 0.05, "weight_decay": 0.3, "decoupled_weight_decay": True},
        ),
        "maximize": ({"lr": 0.05, "weight_decay": 0.3}, {"lr": 0.05, "weight_decay": 0.3, "maximize": True}),
    },
    "Adamax": {
        "lr": ({}, {"lr": 0.05}),
        "betas": ({"lr": 0.05}, {"lr": 0.05, "betas": (0.6, 0.8)}),
        "eps": ({"lr": 0.05}, {"lr": 0.05, "eps": 0.1}),
        "weight_decay": ({"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.3}),
        "maximize": ({"lr": 0.05, "weight_decay": 0.3}, {"lr": 0.05, "weight_decay": 0.3, "maximize": True}),
    },
    "Adagrad": {
        "lr": ({}, {"lr": 0.1}),
        "lr_decay": ({"lr": 0.1}, {"lr": 0.1, "lr_decay": 0.5}),
        "weight_decay": ({"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.3}),
        "initial_accumulator_value": ({"lr": 0.1}, {"lr": 0.1, "initial_accumulator_value": 0.5}),
        "eps": ({"lr": 0.1}, {"lr": 0.1, "eps": 0.1}),
        "maximize": ({"lr": 0.1, "weight_decay": 0.3}, {"lr": 0.1, "weight_decay": 0.3, "maximize": True}),
    },
    "Adadelta": {
        "lr": ({}, {"lr": 3.0}),
        "rho": ({"lr": 3.0}, {"lr": 3.0, "rho": 0.5}),
        "eps": ({"lr": 3.0}, {"lr": 3.0, "eps": 1e-3}),
        "weight_decay": ({"lr": 3.0}, {"lr": 3.0, "weight_decay": 0.9}),
        "maximize": ({"lr": 3.0, "weight_decay": 0.3}, {"lr": 3.0, "weight_decay": 0.3, "maximize": True}),
    },
    "RMSprop": {
        "lr": ({}, {"lr": 0.05}),
        "alpha": ({"lr": 0.05}, {"lr": 0.05, "alpha": 0.8}),
        "eps": ({"lr": 0.05}, {"lr": 0.05, "eps": 0.1}),
        "weight_decay": ({"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.3}),
        "momentum": ({"lr": 0.05}, {"lr": 0.05, "momentum": 0.5}),
        "centered": ({"lr": 0.01, "eps": 0.01}, {"lr": 0.01, "eps": 0.01, "momentum": 0.5, "centered": True}),
        "maximize": ({"lr": 0.05, "weight_decay": 0.3}, {"lr": 0.05, "weight_decay": 0.3, "maximize": True}),
    },
    "Rprop": {
        "lr": ({}, {"lr": 0.1}),
        "etas": ({"lr": 0.1}, {"lr": 0.1, "etas": (0.3, 1.5)}),
        "step_sizes": ({"lr": 0.1}, {"lr": 0.1, "step_sizes": (0.04, 0.11)}),
        "maximize": ({"lr": 0.1}, {"lr": 0.1, "maximize": True}),
    },
    "ASGD": {
        "lr": ({}, {"lr": 0.1}),
        "lambd": ({"lr": 0.1}, {"lr": 0.1, "lambd": 0.1}),
        "alpha": ({"lr": 0.1, "lambd": 0.1}, {"lr": 0.1, "lambd": 0.1, "alpha": 2.0}),
        "t0": ({"lr": 0.1, "lambd": 0.1}, {"lr": 0.1, "lambd": 0.1, "t0": 2}),  # moves the mean, not the parameter
        "weight_decay": ({"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.3}),
        "maximize": ({"lr": 0.1, "weight_decay": 0.3}, {"lr": 0.1, "weight_decay": 0.3, "maximize": True}),
    },
    "Adafactor": {
        "lr": ({}, {"lr": 0.1}),
        "beta2_decay": ({"lr": 0.1}, {"lr": 0.1, "beta2_decay": -0.3}),
        "eps": ({"lr": 0.1}, {"lr": 0.1, "eps": (0.5, 2.0)}),
        "d": ({"lr": 0.1}, {"lr": 0.1, "d": 1.2}),
        "weight_decay": ({"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.3}),
        "maximize": ({"lr": 0.1, "weight_decay": 0.3}, {"lr": 0.1, "weight_decay": 0.3, "maximize": True}),
    },
    "Muon": {
        "lr": ({}, {"lr": 0.1}),
        "weight_decay": ({"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.4}),
        "momentum": ({"lr": 0.1}, {"lr": 0.1, "momentum": 0.5}),
        "nesterov": ({"lr": 0.1}, {"lr": 0.1, "nesterov": False}),
        "ns_coefficients": ({"lr": 0.1}, {"lr": 0.1, "ns_coefficients": (2.0, -1.5, 0.5)}),
        "eps": ({"lr": 0.1}, {"lr": 0.1, "eps": 10.0}),
        "ns_steps": ({"lr": 0.1}, {"lr": 0.1, "ns_steps": 3}),
        "adjust_lr_fn": ({"lr": 0.1}, {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw"}),
    },
}
CHOOSES_IMPLEMENTATION = ("foreach", "fused", "capturable")  # as in PyTorch, these change no result
REFUSED = ("differentiable",)
# Settings under which all of the state that an optimizer keeps is at work, and the name of one of its arrays.
USUAL: dict[str, tuple[Settings, str]] = {
    "SGD": ({"lr": 0.1, "momentum": 0.9}, "momentum_buffer"),
    "Adam": ({"lr": 0.1, "amsgrad": True}, "exp_avg"),
    "AdamW": ({"lr": 0.1}, "exp_avg"),
    "NAdam": ({"lr": 0.1}, "exp_avg"),
    "RAdam": ({"lr": 0.1, "betas": (0.9, 0.8)}, "exp_avg"),
    "Adamax": ({"lr": 0.1}, "exp_inf"),
    "Adagrad": ({"lr": 0.1}, "sum"),
    "Adadelta": ({"lr": 3.0}, "acc_delta"),
    "RMSprop": ({"lr": 0.05, "momentum": 0.5, "centered": True, "eps": 0.1}, "momentum_buffer"),
    "Rprop": ({"lr": 0.1}, "step_size"),
    "ASGD": ({"lr": 0.1, "lambd": 0.1, "t0": 2}, "ax"),
    "Adafactor": ({"lr": 0.1}, "row_var"),
    "Muon": ({"lr": 0.1}, "momentum_buffer"),
}


def cases() -> list[Any]:
    """Each optimizer with each of the table's settings, once."""
    seen: dict[str, Any] = {}
    for name, row in ROWS.items():
        for argument, pair in row.items():
            for k, settings in enumerate(pair):
                seen.setdefault(f"{name}{settings}", (name, settings, f"{name}-{argument}-{('without', 'with')[k]}"))
    return [pytest.param(name, settings, id=label) for name, settings, label in seen.values()]


CASES = cases()


def optimizers() -> list[str]:
    """Those of the table: L-BFGS, which calls a closure many times a step, is tried on its own."""
    return [name for name in optim.__all__ if isinstance(getattr(optim, name), type) and name in ROWS]


def elementwise() -> list[str]:
    return [name for name in optimizers() if issubclass(getattr(optim, name), optim.elementwise.Elementwise)]


def arguments(name: str) -> list[str]:
    signature = inspect.signature(getattr(optim, name))
    return [argument for argument in signature.parameters if argument not in ("params", "unknown")]


# ---- parameters and gradients --------------------------------------------------------------------------------------

SHAPES = ((3, 4), (4,), (), (0, 2), (2, 3, 2), (150, 100))  # the last is large enough to be moved on its own
assert math.prod(SHAPES[-1]) > SMALL > sum(math.prod(shape) for shape in SHAPES[:-1])
OTHER_SHAPES = {
    "Adafactor": ((3, 4), (4,), (), (7,), (2, 3, 2), (15, 10)),  # PyTorch's fails for a parameter without elements
    "Muon": ((3, 4), (4, 3), (2, 2), (1, 5), (6, 1), (15, 10)),
}


def start(name: str, dtype: Any = np.float64, shapes: Any = None) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    shapes = OTHER_SHAPES.get(name, SHAPES) if shapes is None else shapes
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
    params = ours(start(name, dtype))
    theirs = [torch.tensor(array, requires_grad=True) for array in start(name, dtype)]
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


def moved(name: str, settings: Settings, steps: int = 12) -> np.ndarray:
    """Where the parameters, and the means that ASGD keeps of them, get to."""
    params = ours(start(name))
    optimizer = getattr(optim, name)(params, **settings)
    play(optimizer, params, range(steps))
    means = [optimizer.state[p]["ax"].value for p in params if name == "ASGD"]
    return np.concatenate([v.ravel() for v in [*values(params), *means]])


def leaf() -> Tensor:
    return Tensor.ones(2)

"""Checks of an optimizer's settings, each with its error in one sentence."""

from __future__ import annotations

import inspect
from typing import Any

from picograd.tensor import Tensor

from .optimizer import Optimizer


def refuse(optimizer: Optimizer, unknown: dict[str, Any]) -> None:
    """Raise if there are arguments that the optimizer does not know."""
    if unknown:
        known = [name for name in inspect.signature(type(optimizer)).parameters if name not in ("params", "unknown")]
        raise TypeError(
            f"{type(optimizer).__name__}: unknown argument {', '.join(unknown)}: it is not among its settings; "
            f"it takes {', '.join(known)}"
        )


def out_of_range(optimizer: Optimizer, name: str, value: Any, rule: str) -> ValueError:
    """The error of a setting that can't be: `rule` says what can."""
    return ValueError(f"{type(optimizer).__name__}: {name} {value}: {rule}")


def at_least_zero(optimizer: Optimizer, settings: dict[str, Any], *names: str) -> None:
    """Raise unless each of these settings is a number, or a Tensor of one element, of at least 0."""
    for name in names:
        value = settings[name]
        if isinstance(value, Tensor) and value.value.size != 1:
            raise out_of_range(
                optimizer, name, f"of shape {value.shape}", "it is one number; give a 0-d Tensor or a float"
            )
        if not float(value) >= 0:  # nan too
            raise out_of_range(optimizer, name, value, "it must be at least 0; give another number")


def decay_rates(optimizer: Optimizer, settings: dict[str, Any]) -> None:
    """Raise unless `betas` are two numbers from 0 to below 1."""
    betas = settings["betas"]
    if len(betas) != 2 or not all(0 <= float(beta) < 1 for beta in betas):
        raise out_of_range(optimizer, "betas", betas, "the averages need two numbers, each at least 0 and below 1")


def one_implementation(optimizer: Optimizer, settings: dict[str, Any]) -> None:
    """Raise for what PyTorch refuses too, and for a differentiable step."""
    name = type(optimizer).__name__
    if settings["differentiable"]:
        raise ValueError(
            f"{name}: differentiable=True: a step is not recorded, as gradients are arrays; leave it out, and "
            f"write the update with Tensors from autograd.grad(..., create_graph=True)"
        )
    if settings.get("fused") and settings["foreach"]:
        raise RuntimeError(f"{name}: fused=True, foreach=True: they exclude each other; give one of them, or neither")

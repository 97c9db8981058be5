"""A step on other parameters and another state, without touching the optimizer's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from picograd.tensor import Tensor

from .optimizer import Optimizer


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Optimizer, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Inside this block `optimizer` has these parameters and this state; what it had comes back afterwards.

    `swapin_parameters`: {name: Tensor} in the order of the optimizer's own; `swapin_optim_state`: as `state_dict`
    returns it, with the same groups and settings. A step writes into the Tensors that were given; entries that it adds
    to the state are forgotten. Raises RuntimeError for an optimizer without state, and for groups that are not its own.
    """
    groups = optimizer.param_groups
    given, params = swapin_optim_state["param_groups"], list(swapin_parameters.values())

    def layout(some: list[dict[str, Any]]) -> list[tuple[int, set[str]]]:
        return [(len(group["params"]), set(group)) for group in some]

    name = "swap_in_optimizer_params_and_state"
    if not optimizer.state:
        raise RuntimeError(
            f"{name}: {type(optimizer).__name__} without state: there is none to swap; take a step first"
        )
    if layout(given) != layout(groups) or len(params) < sum(len(group["params"]) for group in groups):
        raise RuntimeError(
            f"{name}: {len(params)} parameters and groups of {[n for n, _ in layout(given)]} for groups of "
            f"{[n for n, _ in layout(groups)]}: sizes and settings must be equal; give what state_dict() returned"
        )
    numbers = [number for group in given for number in group["params"]]
    if not set(swapin_optim_state["state"]) <= set(numbers):
        raise RuntimeError(f"{name}: state of parameters that no group has: give what state_dict() returned")
    own_state, own_groups = optimizer.state, [dict(group) for group in groups]
    left = iter(params)
    try:
        for group, settings in zip(groups, given, strict=True):
            group.update({**settings, "params": [next(left) for _ in settings["params"]]})
        state = ((p, dict(swapin_optim_state["state"].get(k, {}))) for k, p in zip(numbers, params, strict=False))
        optimizer.state = defaultdict(dict, state)
        yield
    finally:
        optimizer.state = own_state
        for group, own in zip(groups, own_groups, strict=True):
            group.clear()
            group.update(own)

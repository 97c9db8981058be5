"""A module as a function of its parameters, and several modules as one function of stacked parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..nn.norm import _BatchNorm
from ..nn.utils.stateless import _functional_call
from ..ops import movement
from ..tensor import Tensor

functional_call = _functional_call


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Let every batch norm in a module use its batch's statistics and keep none, as functions of samples need it.

    Changes `root`, and returns it.
    """
    for part in root.modules():
        if isinstance(part, _BatchNorm) and part.track_running_stats:
            part.running_mean = part.running_var = part.num_batches_tracked = None
            part.track_running_stats = False
    return root


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of several modules of one architecture, stacked along a new first axis.

    With `vmap` and `functional_call` they are one function: an ensemble.
    """
    if not models:
        raise RuntimeError("stack_module_state: no models: there is nothing to stack; give at least one")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError(
            f"stack_module_state: {', '.join(sorted({type(m).__name__ for m in models}))}: "
            f"the models must be of one class; stack those of each class by themselves"
        )
    states = [
        [dict(model.named_parameters()) for model in models],
        [dict(model.named_buffers()) for model in models],
    ]
    stacked = [
        {path: movement.stack([own[path].detach() for own in several]) for path in several[0]} for several in states
    ]
    for path, x in stacked[0].items():
        x.requires_grad = all(own[path].requires_grad for own in states[0])
    return stacked[0], stacked[1]

"""A module as a function of its parameters: `functional_call(net, parameters, x)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..ops import movement
from ..tensor import Tensor


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """module(*args, **kwargs) with these Tensors in place of the parameters and buffers of those paths.

    They are in place for this call only, also if it fails. `tie_weights`: a path stands for all places that share its
    Tensor. `strict`: every parameter and buffer must be given, and nothing else.
    """
    given: dict[str, Any] = {}
    dicts = [parameter_and_buffer_dicts] if isinstance(parameter_and_buffer_dicts, Mapping) else [
        *parameter_and_buffer_dicts
    ]  # fmt: skip
    for part in dicts:
        twice = given.keys() & part.keys()
        if twice:
            raise ValueError(f"functional_call: {sorted(twice)}: a path in two of the dicts; give it once")
        given.update(part)
    places = places_of(module)
    chosen = {path: places[path] for path in given if path in places}
    unknown = sorted(given.keys() - places.keys())
    if unknown:
        raise ValueError(
            f"functional_call: {unknown}: the module has no such parameter or buffer; "
            f"it has {', '.join(places) or 'none'}"
        )
    if tie_weights:
        for path in given:
            registry, name = places[path]
            for other, (there, its_name) in places.items():
                if there[its_name] is registry[name] and other not in given:
                    chosen[other] = places[other]
                    given = {**given, other: given[path]}
    missing = sorted(places.keys() - chosen.keys())
    if strict and missing:
        raise RuntimeError(f"functional_call: {missing} not given, and strict=True; give a Tensor for each path")
    for path, x in given.items():
        if x is not None and not isinstance(x, Tensor):
            raise TypeError(f"functional_call: {path!r}: a {type(x).__name__}: it must be a Tensor; give one")
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    before = [(registry, dict(registry)) for registry in {id(r): r for r, _ in places.values()}.values()]
    try:
        for path, (registry, name) in chosen.items():
            registry[name] = given[path]
        return module(*arguments, **(kwargs or {}))
    finally:
        for registry, members in before:
            registry.clear()
            registry.update(members)


def places_of(module: Any) -> dict[str, tuple[dict[str, Any], str]]:
    """Path -> (registry, name) of each parameter and buffer, one that is shared under each of its paths."""
    return {
        f"{path}.{name}" if path else name: (registry, name)
        for path, part in module.named_modules(remove_duplicate=False)
        for registry in (part._parameters, part._buffers)
        for name, member in registry.items()
        if member is not None
    }


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

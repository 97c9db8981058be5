"""A module as a function of its parameters: `functional_call(net, parameters, x)`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ...tensor import Tensor

__all__ = ["functional_call"]


def _functional_call(
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


def functional_call(
    module: Any,
    parameters_and_buffers: Mapping[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`func.functional_call`, by its older path; it warns."""
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future "
        "version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)

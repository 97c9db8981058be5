"""A weight as its length times its direction, so that an optimizer moves the two apart."""

from __future__ import annotations

from typing import Any, TypeVar

from ...ops import distance
from ...tensor import Tensor
from ..module import Module, RemovableHandle
from ..parameter import Parameter

M = TypeVar("M", bound=Module)

__all__ = ["remove_weight_norm", "weight_norm"]


class WeightNorm:
    """The hook that computes weight = g v / |v| before each forward; g has one number for each slice along `dim`."""

    handle: RemovableHandle

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, dim

    def length(self, v: Any) -> Any:
        """|v|, of each slice along `dim`, whose axis stays; of all of v for None."""
        if self.dim is None:
            return distance.p_norm(v)
        dim = self.dim % v.ndim
        return distance.p_norm(v, 2.0, tuple(k for k in range(v.ndim) if k != dim), True)

    def weight(self, module: Module) -> Any:
        """g v / |v|"""
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return v * (g / self.length(v))

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.weight(module))


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Replace the parameter `name` by name_g and name_v, of which it is g v / |v|; returns the module."""
    weight = _plain("weight_norm", module, name, WeightNorm)
    hook = WeightNorm(name, dim)
    length = hook.length(weight.detach())
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(length.value.copy()))
    module.register_parameter(name + "_v", Parameter(weight.value))
    setattr(module, name, hook.weight(module))
    hook.handle = module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make the parameter `name` one again, with its present value; returns the module."""
    hook = _hook("remove_weight_norm", module, name, WeightNorm)
    weight = hook.weight(module).value
    for part in (name + "_g", name + "_v"):
        del module._parameters[part]
    delattr(module, name)
    module.register_parameter(name, Parameter(weight))
    hook.handle.remove()
    return module


def _plain(op: str, module: Module, name: str, kind: type[Any]) -> Tensor:
    """The parameter of that name; an error if there is none, or if it is already normalised."""
    if any(isinstance(hook, kind) and hook.name == name for hook in module._forward_pre_hooks.values()):
        raise RuntimeError(
            f"{op}: parameter {name!r}: cannot register two {op} hooks on the same parameter; remove the first one"
        )
    weight = module._parameters.get(name)
    if weight is None:
        raise ValueError(f"{op}: {name!r} of a {type(module).__name__}: it has no such parameter; give another name")
    return weight


def _hook(op: str, module: Module, name: str, kind: type[Any]) -> Any:
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, kind) and hook.name == name:
            return hook
    raise ValueError(f"{op}: {name!r} of a {type(module).__name__}: it is not normalised; there is nothing to remove")

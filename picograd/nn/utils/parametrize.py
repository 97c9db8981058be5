"""Parameters computed from others: a module's tensor becomes a function of what an optimizer moves.

register_parametrization(module, "weight", p) makes `module.weight` the value of p(original), computed whenever it is
read; `original` stands at module.parametrizations.weight.original. `module.weight = value` sets it, by p.right_inverse.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...recording import no_grad
from ...tensor import Tensor
from ..container import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

_cache_enabled = 0
_cache: dict[tuple[int, str], Any] = {}


@contextmanager
def cached() -> Iterator[None]:
    """A block in which each parametrized tensor is computed once, however often it is read."""
    global _cache_enabled
    _cache_enabled += 1
    try:
        yield
    finally:
        _cache_enabled -= 1
        if not _cache_enabled:
            _cache.clear()


def _register(module: Module, name: str, tensor: Any) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _take(target: Tensor, source: Tensor) -> None:
    """Give `target`, which stays the same Tensor, the elements of `source`."""
    if source.value is not target.value:
        target.data = source.detach()


def _inverse(module: Any, value: Any) -> Any:
    """What `module` makes `value` of; the value itself if it cannot say."""
    if hasattr(module, "right_inverse"):
        try:
            return module.right_inverse(value)
        except NotImplementedError:
            pass
    return value


def _check(op: str, what: str, x: Any, like: Tensor) -> None:
    """ValueError unless x is a Tensor of the shape and dtype of `like`."""
    if not isinstance(x, Tensor):
        raise ValueError(f"{op}: {what} a {type(x).__name__}: it must return a tensor; return one")
    if x.dtype != like.dtype:
        raise ValueError(
            f"{op}: {what} {x.dtype} for {like.dtype}: it may not change the dtype of the tensor, unless the `unsafe` "
            f"flag is enabled; keep the dtype"
        )
    if x.shape != like.shape:
        raise ValueError(
            f"{op}: {what} shape {x.shape} for {like.shape}: it may not change the shape of the tensor, unless the "
            f"`unsafe` flag is enabled; keep the shape"
        )


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and the `original` (or original0, original1, ...) that they start from."""

    original: Tensor
    unsafe: bool

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList: no modules: it requires one or more modules; give a parametrization")
        super().__init__(modules)
        self.unsafe = unsafe
        op, before = "register_parametrization", original.detach()
        with no_grad():
            new: Any = original
            for module in reversed(list(self)):
                new = _inverse(module, new)
        if not isinstance(new, Tensor | Sequence):
            raise ValueError(
                f"{op}: right_inverse returned a {type(new).__name__}: it must return a Tensor or a sequence of tensors"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if isinstance(new, Tensor) else len(new)
        if isinstance(new, Tensor):
            if new.dtype != original.dtype:
                raise ValueError(
                    f"{op}: right_inverse returned {new.dtype} for {original.dtype}: When `right_inverse` outputs one "
                    f"tensor, it may not change the dtype; keep it"
                )
            _take(original, new)
            _register(self, "original", original)
        else:
            for k, part in enumerate(new):
                if not isinstance(part, Tensor):
                    raise ValueError(f"{op}: right_inverse returned a {type(part).__name__} in a sequence: each part "
                                     f"must be a tensor; return tensors")  # fmt: skip
                if isinstance(original, Parameter):
                    part = Parameter(part, original.requires_grad)
                _register(self, f"original{k}", part)
        if not unsafe:
            try:
                _check(op, "the parametrization returned", self(), before)
            except ValueError:
                _take(original, before)
                raise

    def right_inverse(self, value: Tensor) -> None:
        """Set the original so that the parametrized tensor becomes `value`."""
        op = "right_inverse"
        with no_grad():
            new: Any = value
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"{op}: parametrization {type(module).__name__}: it does not implement right_inverse, so the "
                        f"tensor can't be set; define it"
                    )
                new = module.right_inverse(new)
            if self.is_tensor:
                if not isinstance(new, Tensor):
                    raise ValueError(f"{op}: it returned a {type(new).__name__}: it should return a tensor")
                _take(self.original, new)
                return
            if not isinstance(new, Sequence) or len(new) != self.ntensors:
                raise ValueError(
                    f"{op}: it should return a sequence of {self.ntensors} tensors; return as many as before"
                )
            for k, part in enumerate(new):
                if not isinstance(part, Tensor):
                    raise ValueError(f"{op}: it returned a sequence with a {type(part).__name__}: it should be tensors")
                _take(getattr(self, f"original{k}"), part)

    def forward(self) -> Any:
        """The parametrized tensor."""
        first, *rest = self
        x = first(self.original) if self.is_tensor else first(*self._originals())
        for module in rest:
            x = module(x)
        return x

    def _originals(self) -> list[Tensor]:
        return [getattr(self, f"original{k}") for k in range(self.ntensors)]


def _refuse_pickle(self: Any) -> Any:
    raise RuntimeError(
        f"{type(self).__name__}: pickle: Serialization of parametrized modules is only supported through state_dict(); "
        f"save that"
    )


def _deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    twin = self.__new__(type(self))
    memo[id(self)] = twin
    twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return twin


def _inject_new_class(module: Any) -> None:
    """Give the module a class of its own, so that the tensors can be properties of it."""
    cls = type(module)
    own: dict[str, Any] = {"__getstate__": _refuse_pickle}
    if not hasattr(cls, "__deepcopy__"):
        own["__deepcopy__"] = _deepcopy
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), own)


def _inject_property(module: Any, tensor_name: str) -> None:
    """Make the name a property of the module's class: reading computes the tensor, writing inverts."""

    def get_parametrized(self: Any) -> Any:
        compute = self.parametrizations[tensor_name]
        if not _cache_enabled:
            return compute()
        key = (id(self), tensor_name)
        if key not in _cache:
            _cache[key] = compute()
        return _cache[key]

    def set_original(self: Any, value: Any) -> None:
        self.parametrizations[tensor_name].right_inverse(value)

    setattr(type(module), tensor_name, property(get_parametrized, set_original))


def register_parametrization(module: Any, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Any:
    """Compute a parameter or buffer by `parametrization`, after those that it has already; returns the module.

    What `parametrization.right_inverse` gives of the present value becomes the original; without it the value itself.
    `unsafe`: the shape or dtype may change, and nothing is checked.
    """
    parametrization.train(module.training)
    op = "register_parametrization"
    if is_parametrized(module, tensor_name):
        if not unsafe:
            y = getattr(module, tensor_name)
            x = parametrization(y)
            _check(op, "the parametrization returned", x, y)
            if hasattr(parametrization, "right_inverse"):
                try:
                    z = parametrization.right_inverse(x)
                except NotImplementedError:
                    pass
                else:
                    _check(op, "right_inverse returned", z, y)
        module.parametrizations[tensor_name].append(parametrization)
        module.parametrizations[tensor_name].unsafe |= unsafe
        return module
    original = module._parameters.get(tensor_name, module._buffers.get(tensor_name))
    if original is None:
        raise ValueError(
            f"{op}: {tensor_name!r}: {type(module).__name__} does not have a parameter, a buffer, or a parametrized "
            f"element with name {tensor_name!r}; give another name"
        )
    parametrizations = ParametrizationList([parametrization], original, unsafe=unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _inject_new_class(module)
        module.parametrizations = ModuleDict()
    _inject_property(module, tensor_name)
    module.parametrizations[tensor_name] = parametrizations
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether a tensor of the module is parametrized, or whether any is."""
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make the tensor an ordinary one again, with its present value or (not leave_parametrized) the original's."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(
            f"remove_parametrizations: {tensor_name!r}: {type(module).__name__} does not have a parametrization on it; "
            f"give another name"
        )
    parametrizations = module.parametrizations[tensor_name]
    if parametrizations.is_tensor:
        original = parametrizations.original
        if leave_parametrized:
            with no_grad():
                _take(original, getattr(module, tensor_name))
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "remove_parametrizations: leave_parametrized=False: Cannot leave unparametrized a tensor that is "
            "parametrized in terms of a sequence of tensors; leave it parametrized"
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Any) -> type[Any]:
    """The class that the module had before anything in it was parametrized."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: str | None = None) -> Any:
    """Parametrize `to_module` as `from_module` is, with the same values; returns it.

    `tensor_name`: only this tensor; else all that are parametrized.
    """
    if not is_parametrized(from_module):
        return to_module
    names = list(from_module.parametrizations) if tensor_name is None else [tensor_name]
    for name in names:
        source = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach().clone()))
        for part in source:
            register_parametrization(to_module, name, copy.deepcopy(part), unsafe=True)
        target = to_module.parametrizations[name]
        pairs = [("original", source.original)] if source.is_tensor else [
            (f"original{k}", part) for k, part in enumerate(source._originals())
        ]  # fmt: skip
        for part_name, original in pairs:
            setattr(target, part_name, original)
    return to_module

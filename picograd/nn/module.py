"""Module: parameters, buffers and other modules under names, and a function of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np

from ..tensor import Tensor
from . import hooks
from .conversion import Convertible
from .hooks import HOOKS, call_with_hooks, everywhere, hooked, registries
from .hooks import RemovableHandle as RemovableHandle
from .hooks import register_module_backward_hook as register_module_backward_hook
from .hooks import register_module_buffer_registration_hook as register_module_buffer_registration_hook
from .hooks import register_module_forward_hook as register_module_forward_hook
from .hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from .hooks import register_module_full_backward_hook as register_module_full_backward_hook
from .hooks import register_module_full_backward_pre_hook as register_module_full_backward_pre_hook
from .hooks import register_module_module_registration_hook as register_module_module_registration_hook
from .hooks import register_module_parameter_registration_hook as register_module_parameter_registration_hook
from .parameter import Buffer, Parameter
from .state import LoadedKeys as LoadedKeys
from .state import _IncompatibleKeys as _IncompatibleKeys

T = TypeVar("T", bound="Module")
T_destination = TypeVar("T_destination", bound=dict[str, Any])

USERS_MISTAKES = (ValueError, TypeError, RuntimeError, IndexError)  # the errors that are told where they happened
REGISTRIES = ("_parameters", "_buffers", "_modules")


def _forward_unimplemented(self: Module, *input: Any) -> Any:
    """What calling the module computes; each subclass writes its own."""
    name = type(self).__name__
    raise NotImplementedError(f'Module [{name}] is missing the required "forward" function; write one in class {name}')


class Module(Convertible):
    """The base class of layers and networks.

    A subclass calls `super().__init__()`, then sets Parameters and other Modules as attributes, and defines `forward`:

        class Net(Module):
            def __init__(self):
                super().__init__()
                self.fc1, self.fc2 = Linear(784, 800), Linear(800, 10)

            def forward(self, x):              # (N, 784)
                return self.fc2(F.relu(self.fc1(x)))  # (N, 10)
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    call_super_init: bool = False  # whether arguments of __init__ go to the next class, where there are several
    dump_patches: bool = False
    __constants__: list[str] = []  # noqa: RUF012 - TorchScript's; code written for PyTorch adds to it
    T_destination = T_destination

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            raise TypeError(
                f"{type(self).__name__}: {len(args) + len(kwargs)} arguments for Module.__init__(): it takes none; "
                f"keep them in the __init__ of your class"
            )
        # Straight into __dict__: __setattr__ looks into these.
        self.__dict__.update(training=True, _non_persistent_buffers_set=set())
        self.__dict__.update((registry, {}) for registry in REGISTRIES)
        self.__dict__.update(registries())
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(registries() | {"_non_persistent_buffers_set": set()} | state)

    forward: Callable[..., Any] = _forward_unimplemented

    # ---- calling ---------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """forward(), between the hooks; an error is told where in the network it happened."""
        try:
            if hooks.in_use and hooked(self):
                return call_with_hooks(self, args, kwargs)
            return self.forward(*args, **kwargs) if kwargs else self.forward(*args)
        except USERS_MISTAKES as error:
            say_where(error, self)
            raise

    _call_impl = _wrapped_call_impl = __call__

    # ---- attributes ------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        # Only reached for what is not in __dict__ nor in the class.
        own = self.__dict__
        if "_modules" in own:
            if name in (registry := own["_parameters"]):
                return registry[name]
            if name in (registry := own["_modules"]):
                return registry[name]
            if name in (registry := own["_buffers"]):
                return registry[name]
        elif name in REGISTRIES or name in HOOKS:
            raise AttributeError(
                f"{type(self).__name__}: {name} is used before Module.__init__() was called; "
                f"call super().__init__() first in its __init__"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self._forget(name, "parameters")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            self._forget(name, "modules")
            self.add_module(name, value)
        elif isinstance(value, Buffer):
            self._forget(name, "buffers")
            self.register_buffer(name, value, value.persistent)
        elif "_modules" in self.__dict__ and (registry := self._registry_of(name)) is not None:
            if value is not None and not (registry is self._buffers and isinstance(value, Tensor)):
                what = {id(self._parameters): "Parameter", id(self._modules): "Module"}.get(id(registry), "Tensor")
                raise TypeError(
                    f"{type(self).__name__}: cannot assign a {type(value).__name__} as {name!r}: that is the name of a "
                    f"{what}; give a {what} or None, or del the attribute first"
                )
            registry[name] = value
        else:
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        registry = self._registry_of(name) if "_modules" in self.__dict__ else None
        if registry is None:
            super().__delattr__(name)
        else:
            del registry[name]
            self._non_persistent_buffers_set.discard(name)

    def __dir__(self) -> list[str]:
        own = self.__dict__
        registered = itertools.chain.from_iterable(own.get(registry, ()) for registry in REGISTRIES)
        return sorted(name for name in {*super().__dir__(), *registered} if not name[:1].isdigit())

    def _registry_of(self, name: str) -> dict[str, Any] | None:
        """The registry that holds this name, None if none does."""
        return next((self.__dict__[r] for r in REGISTRIES if name in self.__dict__[r]), None)

    def _forget(self, name: str, what: str) -> None:
        """Make room for a Parameter, Module or Buffer of this name: an attribute of another kind goes."""
        if "_modules" not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__}: cannot assign {what} before Module.__init__() call; "
                f"call super().__init__() first in its __init__"
            )
        self.__dict__.pop(name, None)
        for registry in REGISTRIES:
            if registry != f"_{what}":
                self.__dict__[registry].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def _check_name(self, name: Any, what: str, registry: Mapping[str, Any]) -> None:
        if "_modules" not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__}: cannot assign {what} before Module.__init__() call; "
                f"call super().__init__() first in its __init__"
            )
        if not isinstance(name, str):
            raise TypeError(f"{what} name: a {type(name).__name__}: it should be a string; give one")
        if not name or "." in name:
            raise KeyError(f"{what} name {name!r}: it can't be empty or contain a dot; choose another")
        if name not in registry and hasattr(self, name):
            raise KeyError(f"{what} name {name!r}: the attribute already exists; choose another or del it first")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a Parameter, or None in its place, under a name."""
        self._check_name(name, "parameter", self.__dict__.get("_parameters", {}))
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"register_parameter: {name!r}: a {type(param).__name__}: it must be a Parameter or None; "
                f"wrap it in nn.Parameter()"
            )
        if param is not None and not param.is_leaf:
            raise ValueError(
                f"register_parameter: {name!r}: a result of an op: a parameter must be a leaf, or training would not "
                f"change it; compute it in forward()"
            )
        self._parameters[name] = (
            everywhere.registered("parameter", self, name, param) if everywhere.parameter else param
        )

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a Tensor that is no parameter under a name; it is in the state_dict if it is `persistent`."""
        self._check_name(name, "buffer", self.__dict__.get("_buffers", {}))
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"register_buffer: {name!r}: a {type(tensor).__name__}: it must be a Tensor or None; "
                f"wrap it in picograd.tensor()"
            )
        if everywhere.buffer:
            tensor = everywhere.registered("buffer", self, name, tensor)
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a Module, or None in its place, under a name."""
        self._check_name(name, "module", self.__dict__.get("_modules", {}))
        if module is not None and not isinstance(module, Module):
            raise TypeError(
                f"add_module: {name!r}: a {type(module).__name__}: it is not a Module subclass; "
                f"give an instance of one, or None"
            )
        if everywhere.module:
            module = everywhere.registered("module", self, name, module)
        self._modules[name] = module

    def register_module(self, name: str, module: Module | None) -> None:
        """`add_module`."""
        self.add_module(name, module)

    # ---- what is inside --------------------------------------------------------------------------------------------

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """(path, module) for this module, its path being `prefix`, and all below it; each once."""
        memo = set() if memo is None else memo
        if self not in memo:
            if remove_duplicate:
                memo.add(self)
            yield prefix, self
            for name, module in self._modules.items():
                if module is not None:
                    path = f"{prefix}.{name}" if prefix else name
                    yield from module.named_modules(memo, path, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all below it; each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) for the modules directly below this one; each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below this one; each once."""
        return (module for _, module in self.named_children())

    def _named_members(
        self, registry: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        places = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in places:
            for name, member in module.__dict__[registry].items():
                if member is not None and member not in seen:
                    if remove_duplicate:
                        seen.add(member)
                    yield f"{path}.{name}" if path else name, member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """(path, parameter); one that stands in several places (tied weights) comes once."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, those of modules below too unless not `recurse`; each once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """(path, buffer); each once."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, those of modules below too unless not `recurse`; each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module at a path such as "layers.0.attention"; this one for ""."""
        module: Module = self
        for name in target.split(".") if target else ():
            child = getattr(module, name, None)
            if not isinstance(child, Module):
                raise AttributeError(
                    f"get_submodule: {target!r}: {type(module).__name__} has no module {name!r}; "
                    f"it has {', '.join(module._modules) or 'none'}"
                )
            module = child
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module at a path such as "layers.0.attention". `strict`: in place of one that is there."""
        path, _, name = target.rpartition(".")
        if not name or not isinstance(module, Module):
            raise ValueError(
                f"set_submodule: {target!r}, a {type(module).__name__}: it takes a path that is not empty and a "
                f"Module; give these"
            )
        parent = self.get_submodule(path)
        if name not in parent._modules and (strict or hasattr(parent, name)):
            raise AttributeError(
                f"set_submodule: {target!r}: {type(parent).__name__} has no module {name!r}; "
                f"it has {', '.join(parent._modules) or 'none'}"
            )
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path such as "layers.0.weight"."""
        return self._get(target, Parameter, "_parameters", "get_parameter")  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a path such as "layers.1.running_mean"."""
        return self._get(target, Tensor, "_buffers", "get_buffer")  # type: ignore[no-any-return]

    def _get(self, target: str, wanted: type, registry: str, op: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        member = module.__dict__[registry].get(name)
        if not isinstance(member, wanted):
            raise AttributeError(
                f"{op}: {target!r}: {type(module).__name__} has no {registry[1:-1]} {name!r}; "
                f"it has {', '.join(module.__dict__[registry]) or 'none'}"
            )
        return member

    # ---- states ----------------------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Switch this module and all below it to training, or (False) to evaluation: dropout acts in training only."""
        if not isinstance(mode, bool):
            raise ValueError(f"train: {mode!r}: training mode is expected to be boolean; give True or False")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """`train(False)`"""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` of all parameters: False freezes them."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients of all parameters; with set_to_none=False they count as reached, by a gradient of 0."""
        for parameter in self.parameters():
            reached = parameter._grad is not None
            parameter._grad = np.zeros_like(parameter.value) if reached and not set_to_none else None

    def share_memory(self) -> Self:
        """Itself: threads share all memory."""
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: there is no compiler; the options are accepted."""

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module below, then with this one: `net.apply(initialise)`."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # ---- text ------------------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """The sizes and options of this module, as its repr shows them."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def _describe(self) -> str:
        """The module in a few words, for errors: its class and sizes."""
        return f"{self._get_name()} {self.extra_repr()}".strip()

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        return in_brackets(self._get_name(), extra, lines)


def in_brackets(name: str, extra: str, lines: list[str]) -> str:
    """A module's repr from its parts: on one line if it has no modules in it."""
    if not lines and "\n" not in extra:
        return f"{name}({extra})"
    return "\n  ".join([f"{name}(", *(extra.split("\n") if extra else ()), *lines]) + "\n)"


def indented(text: str) -> str:
    """All lines but the first two spaces further in."""
    return text.replace("\n", "\n  ")


class Trail(NamedTuple):
    """Where an error has come by: the outermost module so far, the path from it to the innermost, and that one."""

    outermost: Module
    path: str
    innermost: str
    message: str


def say_where(error: Exception, module: Module) -> None:
    """Begin the error's message with the path of the module in which it was raised: `fc2 (Linear 800 -> 10): ...`.

    Called once for each module that the error leaves, from the inside out; each adds its name for the last one.
    """
    trail: Trail | None = vars(error).get("_trail")
    if trail is None:
        if not error.args or not isinstance(error.args[0], str) or str(error) != error.args[0]:
            return  # an error that makes its own text
        trail = Trail(module, "", module._describe(), error.args[0])
    else:
        # By way of all modules: one in a ModuleList is called by what holds the list.
        name = next((name for name, inner in module.named_modules() if inner is trail.outermost), "")
        path = f"{name}.{trail.path}" if name and trail.path else name or trail.path
        trail = trail._replace(outermost=module, path=path)
    where = f"{trail.path} ({trail.innermost})" if trail.path else trail.innermost
    vars(error)["_trail"] = trail
    error.args = (f"{where}: {trail.message}", *error.args[1:])

"""Hooks: functions that a module calls before and after its forward, and when a backward pass crosses it."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

from ..autograd.function import Function
from ..recording import switch
from ..tensor import Tensor

__all__ = [
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

Hook = Callable[..., Any]
Hooks = dict[int, Hook]

# The registries of a module's hooks, each number -> hook: those that a call runs, and the others. The last four note
# which hooks want more.
CALL_HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
OTHER_HOOKS = (
    "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks",
    "_forward_pre_hooks_with_kwargs", "_forward_hooks_with_kwargs", "_forward_hooks_always_called",
    "_load_state_dict_pre_hooks_with_module",
)  # fmt: skip
HOOKS = CALL_HOOKS + OTHER_HOOKS

in_use = False  # whether there ever was a hook for a call: until then no module has to look for its own


class CallHooks(dict[int, Hook]):
    """Hooks that a call of a module runs, in the order of their registration."""

    def __setitem__(self, number: int, hook: Hook) -> None:
        global in_use
        in_use = True
        super().__setitem__(number, hook)


def registries() -> dict[str, Hooks]:
    """The registries of a new module, by their names."""
    return {name: CallHooks() for name in CALL_HOOKS} | {name: {} for name in OTHER_HOOKS}


class RemovableHandle:
    """A hook's registration; `remove()`, or the end of a `with` block, takes the hook away."""

    next_id = itertools.count()

    def __init__(
        self,
        hooks_dict: dict[int, Any],
        hook: Any = None,
        prepend: bool = False,
        extra: tuple[dict[int, Any], ...] = (),
    ) -> None:
        self.id, self._hooks, self._extra = next(self.next_id), hooks_dict, extra
        others = dict(hooks_dict) if prepend else {}
        for number in others:
            del hooks_dict[number]
        hooks_dict[self.id] = hook
        hooks_dict.update(others)
        for notes in extra:
            notes[self.id] = True

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        for registry in (self._hooks, *self._extra):
            registry.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


# ---- hooks of all modules ------------------------------------------------------------------------------------------


class Everywhere:
    """The hooks that every module calls, before its own."""

    def __init__(self) -> None:
        self.forward_pre: Hooks = CallHooks()
        self.forward: Hooks = CallHooks()
        self.backward_pre: Hooks = CallHooks()
        self.backward: Hooks = CallHooks()
        self.with_kwargs: dict[int, Any] = {}
        self.always_called: dict[int, Any] = {}
        # (module, name, what is registered): what they return is registered in its place.
        self.parameter: Hooks = {}
        self.buffer: Hooks = {}
        self.module: Hooks = {}

    def __bool__(self) -> bool:
        return bool(self.forward_pre or self.forward or self.backward_pre or self.backward)

    def registered(self, what: str, module: Any, name: str, value: Any) -> Any:
        """What is to be registered under a name, after the hooks for it."""
        for hook in tuple(getattr(self, what).values()):
            new = hook(module, name, value)
            value = value if new is None else new
        return value


everywhere = Everywhere()


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, args)` before the forward of every module; what it returns replaces the arguments."""
    return RemovableHandle(everywhere.forward_pre, hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after the forward of every module; what it returns replaces the output."""
    extra = (everywhere.with_kwargs,) * with_kwargs + (everywhere.always_called,) * always_call
    return RemovableHandle(everywhere.forward, hook, extra=extra)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_output)` when a backward pass reaches a module; what it returns replaces grad_output."""
    return RemovableHandle(everywhere.backward_pre, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` when a backward pass leaves a module; see `Module`."""
    return RemovableHandle(everywhere.backward, hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """`register_module_full_backward_hook`"""
    return register_module_full_backward_hook(hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, parameter)` when a parameter is registered; what it returns takes its place."""
    return RemovableHandle(everywhere.parameter, hook)


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, buffer)` when a buffer is registered; what it returns takes its place."""
    return RemovableHandle(everywhere.buffer, hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, submodule)` when a module is registered; what it returns takes its place."""
    return RemovableHandle(everywhere.module, hook)


# ---- a call with hooks ---------------------------------------------------------------------------------------------


def hooked(module: Any) -> bool:
    """Whether a call of this module has hooks to run."""
    own = module.__dict__  # half of the time of a module's attributes
    try:
        mine = (
            own["_forward_pre_hooks"] or own["_forward_hooks"] or own["_backward_hooks"] or own["_backward_pre_hooks"]
        )
    except KeyError:
        mine = module._forward_pre_hooks  # says what is missing
    return bool(mine or everywhere)


def call_with_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """module.forward(*args, **kwargs) between its hooks, those of all modules first."""
    result, called = None, set()
    try:
        args, kwargs = before_forward(module, args, kwargs)
        crossing = None
        if module._backward_hooks or module._backward_pre_hooks or everywhere.backward or everywhere.backward_pre:
            crossing = Crossing(module)
            args = crossing.enter(args)
        result = module.forward(*args, **kwargs)
        for number, hook in (*everywhere.forward.items(), *module._forward_hooks.items()):
            called.add(number)
            result = after_forward(module, number, hook, args, kwargs, result)
        return result if crossing is None else crossing.leave(result)
    except Exception:
        always = everywhere.always_called | module._forward_hooks_always_called
        for number, hook in (*everywhere.forward.items(), *module._forward_hooks.items()):
            if number in always and number not in called:
                try:
                    result = after_forward(module, number, hook, args, kwargs, result)
                except Exception as another:
                    warnings.warn(
                        f"forward hook with always_call=True: {another}: it failed as well, after the error of the "
                        f"forward, which is the one that is raised",
                        stacklevel=3,
                    )
        raise


def before_forward(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The arguments of the forward, as the pre-hooks leave them."""
    for number, hook in (*everywhere.forward_pre.items(), *module._forward_pre_hooks.items()):
        if number in module._forward_pre_hooks_with_kwargs:
            new = hook(module, args, kwargs)
            if new is None:
                continue
            if not (isinstance(new, tuple) and len(new) == 2):
                raise RuntimeError(
                    f"forward pre-hook: returned {type(new).__name__}: it was registered with_kwargs=True; "
                    f"return None or (args, kwargs)"
                )
            args, kwargs = new
        else:
            new = hook(module, args)
            args = args if new is None else new if isinstance(new, tuple) else (new,)
    return args, kwargs


def after_forward(module: Any, number: int, hook: Hook, args: Any, kwargs: Any, result: Any) -> Any:
    """The result as one forward hook leaves it."""
    if number in module._forward_hooks_with_kwargs or number in everywhere.with_kwargs:
        new = hook(module, args, kwargs, result)
    else:
        new = hook(module, args, result)
    return result if new is None else new


# ---- hooks of the backward pass ------------------------------------------------------------------------------------


class Pass(Function):
    """x, y, ... -> x, y, ...; on the way back `notify` is told the gradients, and gives those that go on.

    Those that did not come are zeros, or None without `zeros`.
    """

    @staticmethod
    def forward(ctx: Any, notify: Any, zeros: bool, *tensors: Tensor) -> Any:
        """The Tensors themselves."""
        ctx.notify = notify
        ctx.set_materialize_grads(zeros)
        wants = ctx.needs_input_grad[2:]
        ctx.mark_non_differentiable(*(x for x, wanted in zip(tensors, wants, strict=True) if not wanted))
        return tensors

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """What `notify` makes of them."""
        return (None, None, *ctx.notify(gradients))


def through(
    notify: Callable[..., Any], values: tuple[Any, ...], zeros: bool
) -> tuple[tuple[Any, ...], list[int] | None]:
    """The values, Tensors by way of `Pass`, and the places of these; None if none of them has a gradient."""
    at = [k for k, x in enumerate(values) if isinstance(x, Tensor)]
    if not switch.on or not any(values[k].requires_grad for k in at):
        return values, None
    result = list(values)
    for k, x in zip(at, Pass.apply(notify, zeros, *(values[k] for k in at)), strict=True):
        result[k] = x
    return tuple(result), at


class Crossing:
    """One call of a module with backward hooks: where a backward pass comes in at its outputs and out at its inputs."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.hooks = (*everywhere.backward.values(), *module._backward_hooks.values())
        self.pre_hooks = (*everywhere.backward_pre.values(), *module._backward_pre_hooks.values())
        self.inputs: list[int] | None = None  # places of the Tensors among the arguments
        self.grad_output: tuple[Any, ...] | None = None  # once the pass has come in

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, watched."""
        self.arguments = len(args)
        args, self.inputs = through(self.going_out, args, zeros=True)
        return args

    def leave(self, result: Any) -> Any:
        """The result, watched: a Tensor, or a tuple of them."""
        outs = result if isinstance(result, tuple) else (result,)
        watched, self.outputs = through(self.coming_in, outs, zeros=False)
        self.results = len(outs)
        if not isinstance(result, tuple):
            return watched[0]
        return type(result)(*watched) if hasattr(result, "_fields") else watched

    def coming_in(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the outputs have arrived."""
        at = self.outputs or []
        grad_output = placed(self.results, at, gradients)
        for hook in self.pre_hooks:
            new = hook(self.module, grad_output)
            grad_output = self.checked("full backward pre-hook", new, grad_output)
        if self.inputs is None:  # no argument has a gradient: the pass won't come out
            for hook in self.hooks:
                new = hook(self.module, (None,) * self.arguments, grad_output)
                if new is not None and any(g is not None for g in as_tuple(new)):
                    raise RuntimeError(
                        f"full backward hook: of a {self.module._get_name()} whose arguments have no gradient: it "
                        f"returned one; return None"
                    )
        else:
            self.grad_output = grad_output
        return tuple(grad_output[k] for k in at)

    def going_out(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the arguments are ready."""
        if self.grad_output is None:  # the pass came in by a result that is none of the outputs
            return gradients
        at = self.inputs or []
        grad_input = placed(self.arguments, at, gradients)
        for hook in self.hooks:
            new = hook(self.module, grad_input, self.grad_output)
            grad_input = self.checked("full backward hook", new, grad_input)
        self.grad_output = None
        return tuple(grad_input[k] for k in at)

    def checked(self, what: str, new: Any, before: tuple[Any, ...]) -> tuple[Any, ...]:
        """What a hook returned, as a tuple; the gradients as they were for None."""
        if new is None:
            return before
        gradients = as_tuple(new)
        if len(gradients) != len(before):
            raise RuntimeError(
                f"{what}: of {self.module._get_name()}: it returned {len(gradients)} gradients for {len(before)}: "
                f"there must be one for each; return as many, None where there is none"
            )
        return gradients


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A tuple of gradients; one alone is the only one."""
    return value if isinstance(value, tuple) else (value,)


def placed(count: int, at: list[int], values: tuple[Any, ...]) -> tuple[Any, ...]:
    """`count` places, None but for the values at theirs."""
    result: list[Any] = [None] * count
    for k, value in zip(at, values, strict=True):
        result[k] = value
    return tuple(result)


class Hooked:
    """What a Module has to do with hooks: their registration."""

    _forward_pre_hooks: Hooks
    _forward_hooks: Hooks
    _backward_pre_hooks: Hooks
    _backward_hooks: Hooks
    _forward_pre_hooks_with_kwargs: dict[int, Any]
    _forward_hooks_with_kwargs: dict[int, Any]
    _forward_hooks_always_called: dict[int, Any]
    _state_dict_hooks: Hooks
    _state_dict_pre_hooks: Hooks
    _load_state_dict_pre_hooks: Hooks
    _load_state_dict_pre_hooks_with_module: dict[int, Any]
    _load_state_dict_post_hooks: Hooks

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before each forward; what it returns replaces the arguments.

        With `with_kwargs`: `hook(module, args, kwargs)`, which returns None or (args, kwargs). `prepend`: before the
        hooks that are there.
        """
        extra = (self._forward_pre_hooks_with_kwargs,) * with_kwargs
        return RemovableHandle(self._forward_pre_hooks, hook, prepend, extra)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after each forward; what it returns replaces the output.

        With `with_kwargs`: `hook(module, args, kwargs, output)`. `always_call`: also after a forward that failed.
        """
        extra = (self._forward_hooks_with_kwargs,) * with_kwargs + (self._forward_hooks_always_called,) * always_call
        return RemovableHandle(self._forward_hooks, hook, prepend, extra)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when a backward pass reaches the outputs of a call.

        grad_output is a tuple of Tensors (None for what has no gradient); what the hook returns replaces it.
        """
        return RemovableHandle(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when a backward pass has come to the arguments of a call.

        Both are tuples of Tensors, one for each positional argument and each output, None for what has no gradient;
        what the hook returns replaces grad_input.
        """
        return RemovableHandle(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """`register_full_backward_hook`"""
        return self.register_full_backward_hook(hook)

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before this module's part of a state_dict is made."""
        return RemovableHandle(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after it; the hook changes the dict in place."""

        def checked(*args: Any) -> None:
            if hook(*args) is not None:
                raise RuntimeError(
                    "state_dict post-hook: it returned something: it must return None; change the dict it is given"
                )

        return RemovableHandle(self._state_dict_hooks, checked)

    def _register_state_dict_hook(self, hook: Hook) -> RemovableHandle:
        """The same; what the hook returns becomes the state_dict."""
        return RemovableHandle(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call a hook before this module takes its part of a state_dict, which the hook may change.

        hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook: Hook, with_module: bool = False) -> RemovableHandle:
        """The same; the hook is given the module only `with_module`."""
        extra = (self._load_state_dict_pre_hooks_with_module,) * with_module
        return RemovableHandle(self._load_state_dict_pre_hooks, hook, extra=extra)

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after a state_dict was loaded.

        The hook may change the lists incompatible_keys.missing_keys and incompatible_keys.unexpected_keys in place.
        """
        return RemovableHandle(self._load_state_dict_post_hooks, hook)

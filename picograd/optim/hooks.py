"""Functions called before and after an optimizer's step, its state_dict and its load_state_dict."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from picograd.nn.module import RemovableHandle

Hook = Callable[..., Any]

step_pre_hooks: dict[int, Hook] = {}  # of all optimizers
step_post_hooks: dict[int, Hook] = {}


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before every step of every optimizer; see `register_step_pre_hook`."""
    return RemovableHandle(step_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after every step of every optimizer."""
    return RemovableHandle(step_post_hooks, hook)


class Hooks:
    """What is called around the doings of an optimizer; each `register` returns a handle with `remove()`."""

    # The class has them, for optimizers of one's own that don't call __init__.
    _hooks: Mapping[str, dict[int, Hook]] = MappingProxyType({})
    steps_done = 0
    _stepping = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = hooked(cls.__dict__["step"])  # type: ignore[attr-defined]

    def _register(self, when: str, hook: Hook, prepend: bool = False) -> RemovableHandle:
        self._hooks = {**self._hooks}
        return RemovableHandle(self._hooks.setdefault(when, {}), hook, prepend)

    def _run(self, when: str, *args: Any) -> None:
        """Call the hooks for `when`."""
        for hook in tuple(self._hooks.get(when, {}).values()):
            hook(*args)

    def _passed(self, when: str, value: Any) -> Any:
        """`value` after the hooks for `when`, each of which may replace it."""
        for hook in tuple(self._hooks.get(when, {}).values()):
            new = hook(self, value)
            value = value if new is None else new
        return value

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; args begin with the optimizer.

        A pair (args, kwargs) that it returns replaces them; anything else but None raises RuntimeError.
        """
        return self._register("step_pre", hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return self._register("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict`; `prepend`: before the other hooks."""
        return self._register("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` after `state_dict`; what it returns replaces the result."""
        return self._register("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before `load_state_dict`; what it returns is loaded instead."""
        return self._register("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after `load_state_dict`."""
        return self._register("load_state_dict_post", hook, prepend)


def hooked(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step`, a method, between its hooks; it is counted. A step within it (of the superclass) is a part of it."""

    @functools.wraps(step)
    def call(self: Hooks, *args: Any, **kwargs: Any) -> Any:
        if self._stepping:
            return step(self, *args, **kwargs)
        self._stepping = True
        try:
            if not (step_pre_hooks or step_post_hooks or self._hooks):
                result = step(self, *args, **kwargs)
                self.steps_done += 1
                return result
            args = (self, *args)
            for hook in (*step_pre_hooks.values(), *self._hooks.get("step_pre", {}).values()):
                given = hook(self, args, kwargs)
                if given is None:
                    continue
                if not (isinstance(given, tuple) and len(given) == 2):
                    raise RuntimeError(
                        f"{type(self).__name__}.step: a hook returned {given!r}: it stands for the arguments; "
                        f"return None or a pair (args, kwargs)"
                    )
                args, kwargs = given
            result = step(*args, **kwargs)
            self.steps_done += 1
            for hook in (*self._hooks.get("step_post", {}).values(), *step_post_hooks.values()):
                hook(self, args, kwargs)
        finally:
            self._stepping = False
        return result

    return call

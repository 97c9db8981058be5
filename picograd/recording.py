"""Whether operations are recorded: a switch for each thread, on until it is turned off for a block or a function."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any


class Switch(threading.local):
    """The switch of a thread."""

    on = True


switch = Switch()
# How many threads have it off. Asking a thread's own switch costs as much as NumPy's overhead for a small op; as long
# as nobody has turned it off anywhere, `paused and not switch.on` doesn't ask.
paused = 0
_lock = threading.Lock()


def turn(on: bool) -> None:
    """Set the switch of this thread."""
    global paused
    if on != switch.on:
        with _lock:
            paused += -1 if on else 1
        switch.on = on


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded for a backward pass."""
    return switch.on


class _Recording(ContextDecorator):
    """A block (or decorated function) in which recording is on or off; what was before comes back in any case."""

    on: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        self = super().__new__(cls)
        return self if function is None else self(function)  # @no_grad and @no_grad() both decorate

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        self._before: list[bool] = []

    def _recreate_cm(self) -> _Recording:
        return type(self)()  # a decorated function may run in several threads, or call itself

    def __enter__(self) -> _Recording:
        self._before.append(switch.on)
        turn(self.on)
        return self

    def __exit__(self, *exception: object) -> None:
        turn(self._before.pop())


class no_grad(_Recording):
    """Inside this block, or in a function decorated with it, nothing is recorded: results have no gradient."""

    on = False


class enable_grad(_Recording):
    """Inside this block, or in a function decorated with it, operations are recorded, also within `no_grad`."""

    on = True


class set_grad_enabled(ContextDecorator):
    """Turn recording on or off, for good or for a block: `set_grad_enabled(False)`, `with set_grad_enabled(train):`."""

    def __init__(self, enabled: bool) -> None:
        self._enabled, self._before = bool(enabled), switch.on
        turn(self._enabled)

    def _recreate_cm(self) -> set_grad_enabled:
        return set_grad_enabled(self._enabled)

    def __call__(self, function: Callable[..., Any]) -> Any:
        """Decorate a function: recording is set while it runs, not before."""
        turn(self._before)
        return super().__call__(function)

    def __enter__(self) -> None:
        turn(self._enabled)

    def __exit__(self, *exception: object) -> None:
        turn(self._before)

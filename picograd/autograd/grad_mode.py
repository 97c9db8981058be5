"""The modes of recording under PyTorch's import path (`torch.autograd.grad_mode`)."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from ..recording import enable_grad, no_grad, set_grad_enabled, switch, turn

__all__ = [
    "enable_grad",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
    "set_multithreading_enabled",
]


class inference_mode(ContextDecorator):
    """`no_grad` under PyTorch's other name; `inference_mode(False)` changes nothing."""

    def __new__(cls, mode: Any = True) -> Any:
        """A block, or the decorated function if it is given one."""
        self = super().__new__(cls)
        if callable(mode):  # @inference_mode without brackets
            self.__init__(True)  # type: ignore[misc]
            return self(mode)
        return self

    def __init__(self, mode: bool = True) -> None:
        self._on = mode
        self._before: list[bool] = []

    def _recreate_cm(self) -> inference_mode:
        return type(self)(self._on)

    def __enter__(self) -> inference_mode:
        self._before.append(switch.on)
        turn(switch.on and not self._on)
        return self

    def __exit__(self, *exception: object) -> None:
        turn(self._before.pop())


class set_multithreading_enabled(ContextDecorator):
    """No effect: a backward pass runs in the thread that calls it. A function or a block, as in PyTorch."""

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        pass

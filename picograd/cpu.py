"""The CPU, asked in the words in which other devices are."""

from __future__ import annotations

from typing import Any

from . import left_out


def is_available() -> bool:
    """Whether there is one: yes."""
    return True


def is_initialized() -> bool:
    """Whether it has been used: yes."""
    return True


def device_count() -> int:
    """How many there are: 1."""
    return 1


def current_device() -> str:
    """The one in use."""
    return "cpu"


def set_device(device: Any) -> None:
    """Use it: it is in use."""


def synchronize(device: Any = None) -> None:
    """Wait for it: nothing runs behind the program's back, so there is nothing to wait for."""


__getattr__ = left_out.missing(__name__)

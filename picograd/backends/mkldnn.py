"""oneDNN, which is not here: its switches can be set, with no effect, and read back."""

from __future__ import annotations

from contextlib import AbstractContextManager

from .. import left_out
from . import switches

enabled: bool = True
deterministic: bool = False
allow_tf32: bool = True


def is_available() -> bool:
    """Whether oneDNN is here: no."""
    return False


def flags(enabled: bool = False, deterministic: bool = False, allow_tf32: bool = True) -> AbstractContextManager[None]:
    """A block in which the switches have these values."""
    return switches.flags_of(__name__, enabled=enabled, deterministic=deterministic, allow_tf32=allow_tf32)


__getattr__ = left_out.missing(__name__)

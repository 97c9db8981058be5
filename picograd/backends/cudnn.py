"""cuDNN, which is not here: its switches can be set, with no effect, and read back."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from .. import left_out
from . import switches

enabled: bool = True
benchmark: bool = False
benchmark_limit: int = 10
deterministic: bool = False
allow_tf32: bool = True


def is_available() -> bool:
    """Whether cuDNN is here: no."""
    return False


def version() -> int | None:
    """Its version: None, as it is not here."""
    return None


def is_acceptable(tensor: Any) -> bool:
    """Whether cuDNN could compute with a Tensor: no."""
    return False


def set_flags(
    _enabled: bool | None = None, _benchmark: bool | None = None, _benchmark_limit: int | None = None,
    _deterministic: bool | None = None, _allow_tf32: bool | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """Set the switches that are given; returns what all were."""
    before = enabled, benchmark, benchmark_limit, deterministic, allow_tf32
    switches.set_flags(
        __name__, enabled=_enabled, benchmark=_benchmark, benchmark_limit=_benchmark_limit,
        deterministic=_deterministic, allow_tf32=_allow_tf32,
    )  # fmt: skip
    return before


def flags(
    enabled: bool = False, benchmark: bool = False, benchmark_limit: int = 10, deterministic: bool = False,
    allow_tf32: bool = True,
) -> AbstractContextManager[None]:  # fmt: skip
    """A block in which the switches have these values."""
    return switches.flags_of(
        __name__, enabled=enabled, benchmark=benchmark, benchmark_limit=benchmark_limit, deterministic=deterministic,
        allow_tf32=allow_tf32,
    )  # fmt: skip


__getattr__ = left_out.missing(__name__)

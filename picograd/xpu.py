"""Intel's GPUs, as a program meets them where there is none: it asks, and is told so."""

from __future__ import annotations

from typing import Any

from . import left_out
from .devices import absent_type, refusing


def is_available() -> bool:
    """Whether there is such a GPU: no."""
    return False


def is_initialized() -> bool:
    """Whether it has been used: no."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether it computes in bfloat16: there is none."""
    return False


def device_count() -> int:
    """How many there are: 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Seed its random numbers: there are none, so nothing is done."""


manual_seed_all = manual_seed


def seed() -> None:
    """Seed its random numbers from the system: there are none, so nothing is done."""


seed_all = seed


def synchronize(device: Any = None) -> None:
    """Wait for it: there is nothing to wait for."""


def empty_cache() -> None:
    """Give back memory that its allocator keeps: there is none."""


def memory_allocated(device: Any = None) -> int:
    """Bytes of its memory in use: 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated
init = refusing("xpu.init", "Start it.")
current_device = refusing("xpu.current_device", "The index of the one in use.")
set_device = refusing("xpu.set_device", "Use one.")
get_device_name = refusing("xpu.get_device_name", "Its name.")
get_device_properties = refusing("xpu.get_device_properties", "Its properties.")
get_device_capability = refusing("xpu.get_device_capability", "What it can do.")
current_stream = refusing("xpu.current_stream", "The stream in use.")
get_rng_state = refusing("xpu.get_rng_state", "Where its random numbers are.")
set_rng_state = refusing("xpu.set_rng_state", "Go to a place in its random numbers.")
Event = absent_type("xpu.Event", "A mark in its queue of work: none can be made here.")
Stream = absent_type("xpu.Stream", "A queue of its work: none can be made here.")

__getattr__ = left_out.missing(__name__)

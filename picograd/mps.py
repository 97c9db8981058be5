"""Apple's GPUs, as a program meets them where there is none: it asks, and is told so."""

from __future__ import annotations

from . import left_out
from .devices import absent_type, refusing


def is_available() -> bool:
    """Whether there is such a GPU: no."""
    return False


def device_count() -> int:
    """How many there are: 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Seed its random numbers: there are none, so nothing is done."""


def seed() -> None:
    """Seed its random numbers from the system: there are none, so nothing is done."""


def synchronize() -> None:
    """Wait for it: there is nothing to wait for."""


def empty_cache() -> None:
    """Give back memory that its allocator keeps: there is none."""


def current_allocated_memory() -> int:
    """Bytes of its memory in use: 0."""
    return 0


driver_allocated_memory = recommended_max_memory = current_allocated_memory
get_rng_state = refusing("mps.get_rng_state", "Where its random numbers are.")
set_rng_state = refusing("mps.set_rng_state", "Go to a place in its random numbers.")
set_per_process_memory_fraction = refusing("mps.set_per_process_memory_fraction", "Use only part of its memory.")
Event = absent_type("mps.Event", "A mark in its queue of work: none can be made here.")

__getattr__ = left_out.missing(__name__)

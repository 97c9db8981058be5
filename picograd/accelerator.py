"""Whatever accelerator there is, asked for without its name: there is none, the CPU computes."""

from __future__ import annotations

from typing import Any

from . import left_out
from .devices import device, refusing


def is_available() -> bool:
    """Whether there is one: no."""
    return False


def device_count() -> int:
    """How many there are: 0."""
    return 0


def current_accelerator(check_available: bool = False) -> device | None:
    """The accelerator: None, as there is none."""
    return None


def synchronize(device: Any = None) -> None:
    """Wait for it: there is nothing to wait for."""


def empty_cache() -> None:
    """Give back memory that its allocator keeps: there is none."""


def memory_allocated(device_index: Any = None) -> int:
    """Bytes of its memory in use: 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def memory_stats(device_index: Any = None) -> dict[str, Any]:
    """What its allocator counts: nothing."""
    return {}


def reset_peak_memory_stats(device_index: Any = None) -> None:
    """Start counting anew: nothing is counted."""


reset_accumulated_memory_stats = reset_peak_memory_stats
current_device_index = refusing("accelerator.current_device_index", "The index of the one in use.")
set_device_index = refusing("accelerator.set_device_index", "Use one.")
current_device_idx, set_device_idx = current_device_index, set_device_index
device_index = refusing("accelerator.device_index", "A block in which one is used.")
current_stream = refusing("accelerator.current_stream", "The stream in use.")
set_stream = refusing("accelerator.set_stream", "Use a stream.")
get_device_capability = refusing("accelerator.get_device_capability", "What it can do.")
get_memory_info = refusing("accelerator.get_memory_info", "Its free and total memory.")

__getattr__ = left_out.missing(__name__)

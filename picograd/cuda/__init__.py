"""CUDA, as a program meets it where there is no GPU: it asks whether there is one, and is told so.

What asks, counts, seeds, empties or waits works and has nothing to do, as in PyTorch on the CPU. What needs a GPU
raises RuntimeError and says so.
"""

from __future__ import annotations

from typing import Any

from .. import left_out
from ..devices import absent, absent_type, refusing
from ..devices import device as any_device


class OutOfMemoryError(RuntimeError):
    """A GPU's memory is full: here never, but programs catch it."""


class AcceleratorError(RuntimeError):
    """An accelerator reports an error: here never, but programs catch it."""


class CudaError(RuntimeError):
    """CUDA reports an error: here never."""


# ---- is there one? -------------------------------------------------------------------------------------------------


def is_available() -> bool:
    """Whether there is a GPU to compute on: no."""
    return False


def device_count() -> int:
    """How many GPUs there are: 0."""
    return 0


def is_initialized() -> bool:
    """Whether the GPU has been used: no."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether the GPU computes in bfloat16: there is none."""
    return False


def is_tf32_supported() -> bool:
    """Whether the GPU computes in TF32: there is none."""
    return False


def is_current_stream_capturing() -> bool:
    """Whether a graph is being recorded: no."""
    return False


def get_arch_list() -> list[str]:
    """The GPU architectures that the library was built for: none."""
    return []


init = refusing("cuda.init", "Start CUDA.")
current_device = refusing("cuda.current_device", "The index of the GPU in use.")
get_device_name = refusing("cuda.get_device_name", "The name of a GPU.")
get_device_capability = refusing("cuda.get_device_capability", "The compute capability of a GPU.")
get_device_properties = refusing("cuda.get_device_properties", "The properties of a GPU.")
can_device_access_peer = refusing("cuda.can_device_access_peer", "Whether one GPU reads another's memory.")
mem_get_info = refusing("cuda.mem_get_info", "Free and total memory of a GPU.")
utilization = refusing("cuda.utilization", "How busy a GPU is.")
temperature = refusing("cuda.temperature", "How warm a GPU is.")
power_draw = refusing("cuda.power_draw", "How much power a GPU takes.")
clock_rate = refusing("cuda.clock_rate", "How fast a GPU's clock is.")
current_stream = refusing("cuda.current_stream", "The stream in use.")
default_stream = refusing("cuda.default_stream", "The stream that is used by default.")
set_stream = refusing("cuda.set_stream", "Use a stream.")
current_blas_handle = refusing("cuda.current_blas_handle", "cuBLAS's handle.")
list_gpu_processes = refusing("cuda.list_gpu_processes", "The processes that use a GPU.")
get_rng_state = refusing("cuda.get_rng_state", "Where a GPU's random numbers are.")
set_rng_state = refusing("cuda.set_rng_state", "Go to a place in a GPU's random numbers.")
initial_seed = refusing("cuda.initial_seed", "The seed of a GPU's random numbers.")


def set_device(device: Any) -> None:
    """Use a GPU. A negative index does nothing. Raises RuntimeError otherwise: there is none here."""
    if not (isinstance(device, int) and device < 0):
        absent("cuda.set_device")


class device:
    """A block in which a GPU is used: `with cuda.device(1):`. None and negative indices leave everything as it is."""

    def __init__(self, device: Any) -> None:
        index = any_device(device).index if isinstance(device, str | any_device) else device
        if index is not None and index >= 0:
            absent("cuda.device")

    def __enter__(self) -> None: ...

    def __exit__(self, *exception: object) -> None: ...


class device_of(device):
    """A block in which the GPU of a Tensor is used: all Tensors are on the CPU, so it leaves everything as it is."""

    def __init__(self, obj: Any) -> None:
        super().__init__(None)


Stream = absent_type("cuda.Stream", "A queue of a GPU's work: none can be made here.")
ExternalStream = absent_type("cuda.ExternalStream", "A queue that another library made: none can be used here.")
Event = absent_type("cuda.Event", "A mark in a queue of a GPU's work: none can be made here.")
CUDAGraph = absent_type("cuda.CUDAGraph", "Recorded work of a GPU: none can be made here.")


class StreamContext:
    """A block in which a stream is used; `stream(None)` leaves everything as it is."""

    def __init__(self, stream: Any) -> None:
        if stream is not None:
            absent("cuda.stream")

    def __enter__(self) -> None: ...

    def __exit__(self, *exception: object) -> None: ...


stream = StreamContext
graph = make_graphed_callables = refusing("cuda.graph", "Record a GPU's work.")

# ---- random numbers: there is one generator, the CPU's -------------------------------------------------------------

default_generators: tuple[Any, ...] = ()


def manual_seed(seed: int) -> None:
    """Seed the GPU's random numbers: there are none, so nothing is done."""


def manual_seed_all(seed: int) -> None:
    """Seed the random numbers of all GPUs: there are none, so nothing is done."""


def seed() -> None:
    """Seed the GPU's random numbers from the system: there are none, so nothing is done."""


seed_all = seed


def get_rng_state_all() -> list[Any]:
    """Where the random numbers of each GPU are: an empty list."""
    return []


def set_rng_state_all(new_states: Any) -> None:
    """Go to where `get_rng_state_all` was called: an empty list of states is all that fits."""
    if list(new_states):
        absent("cuda.set_rng_state_all")


# ---- memory and waiting: nothing to do -----------------------------------------------------------------------------


def empty_cache() -> None:
    """Give back memory that the GPU's allocator keeps: there is none."""


def ipc_collect() -> None:
    """Give back memory that was shared between processes: there is none."""


def synchronize(device: Any = None) -> None:
    """Wait for the GPU. On the CPU nothing runs behind the program's back, so there is nothing to wait for."""


def memory_allocated(device: Any = None) -> int:
    """Bytes of GPU memory in use: 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated
memory_cached = max_memory_cached = memory_allocated


def memory_stats(device: Any = None) -> dict[str, Any]:
    """What the GPU's allocator counts: nothing."""
    return {}


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """What the GPU's allocator counts, in words."""
    return "There is no GPU here, so none of its memory is in use."


def reset_peak_memory_stats(device: Any = None) -> None:
    """Start counting anew: nothing is counted."""


reset_max_memory_allocated = reset_max_memory_cached = reset_accumulated_memory_stats = reset_peak_memory_stats


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Use only part of a GPU's memory. Raises RuntimeError: there is none here."""
    absent("cuda.set_per_process_memory_fraction")


# ---- classes of Tensors --------------------------------------------------------------------------------------------


FloatTensor, DoubleTensor = absent_type("cuda.FloatTensor"), absent_type("cuda.DoubleTensor")
HalfTensor, BFloat16Tensor = absent_type("cuda.HalfTensor"), absent_type("cuda.BFloat16Tensor")
LongTensor, IntTensor = absent_type("cuda.LongTensor"), absent_type("cuda.IntTensor")
ShortTensor, CharTensor = absent_type("cuda.ShortTensor"), absent_type("cuda.CharTensor")
ByteTensor, BoolTensor = absent_type("cuda.ByteTensor"), absent_type("cuda.BoolTensor")

__getattr__ = left_out.missing(__name__, "amp")

"""`autocast`: a block in which PyTorch computes products in half precision. Here they are computed as they are.

On a CPU half precision saves no time (NumPy has no fast products for it) and loses digits. So the block changes
nothing, and `is_autocast_enabled` says so: whatever dtype is asked for, float32 stays float32.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any

import numpy as np

from ..devices import KNOWN
from ..dtypes import as_dtype, find_bfloat16
from ..ops.promotion import kind


class autocast(ContextDecorator):
    """A block (or decorated function) that changes nothing: products stay in the dtype of what is multiplied.

    `device_type` must be the name of a device, `dtype` a dtype; they and `enabled`, `cache_enabled` have no effect.
    Raises RuntimeError and TypeError otherwise.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if device_type not in KNOWN:
            raise RuntimeError(f"autocast: device_type {device_type!r}: no device is called so; give 'cpu' or 'cuda'")
        self.device, self.fast_dtype = device_type, get_autocast_dtype(device_type) if dtype is None else dtype
        if dtype is not None and dtype is not find_bfloat16() and kind(as_dtype(dtype, "autocast")) != 2:
            raise TypeError(f"autocast: {dtype}: products are of floats; give float16, bfloat16 or float32")

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *exception: object) -> None: ...


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` has an effect on a device: no."""
    return False


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether products are computed in half precision here: no."""
    return False


def get_autocast_dtype(device_type: str = "cpu") -> Any:
    """The dtype that PyTorch would compute products in: bfloat16 on a CPU, float16 on a GPU."""
    return find_bfloat16() if device_type == "cpu" else np.dtype(np.float16)


def get_autocast_cpu_dtype() -> Any:
    """`get_autocast_dtype("cpu")`"""
    return get_autocast_dtype("cpu")


def get_autocast_gpu_dtype() -> Any:
    """`get_autocast_dtype("cuda")`"""
    return get_autocast_dtype("cuda")


def set_autocast_enabled(*args: Any) -> None:
    """Switch half precision on or off without a block: no effect, as the block has none."""


def set_autocast_dtype(*args: Any) -> None:
    """Choose the dtype of products: no effect, as the block has none."""


set_autocast_cpu_dtype = set_autocast_gpu_dtype = set_autocast_ipu_dtype = set_autocast_xla_dtype = set_autocast_dtype


is_autocast_cpu_enabled = is_autocast_ipu_enabled = is_autocast_xla_enabled = is_autocast_enabled
get_autocast_ipu_dtype = get_autocast_xla_dtype = get_autocast_gpu_dtype
set_autocast_cpu_enabled = set_autocast_ipu_enabled = set_autocast_xla_enabled = set_autocast_enabled


def autocast_increment_nesting() -> int:
    """One block more around this place: blocks are not counted, as they have no effect."""
    return 0


autocast_decrement_nesting = autocast_increment_nesting


def is_autocast_cache_enabled() -> bool:
    """Whether parameters that were cast are kept: none are cast."""
    return False


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Keep parameters that were cast, or don't: none are cast."""


def clear_autocast_cache() -> None:
    """Forget parameters that were cast: none are."""


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str = "cpu", cast_inputs: Any = None
) -> Callable[..., Any]:
    """Decorate the forward of an `autograd.Function`: unchanged, as nothing is cast.

    `cast_inputs` has an effect in PyTorch only where autocast is on.
    """
    return (lambda function: function) if fwd is None else fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str = "cpu") -> Callable[..., Any]:
    """Decorate the backward of an `autograd.Function`: unchanged, as nothing is cast."""
    return (lambda function: function) if bwd is None else bwd

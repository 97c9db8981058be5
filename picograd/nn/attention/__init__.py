"""Which kernel computes `scaled_dot_product_attention`: PyTorch's switches, which have no effect as there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from ... import left_out

__all__ = ["WARN_FOR_UNFUSED_KERNELS", "SDPBackend", "sdpa_kernel"]

WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(IntEnum):
    """The kernels that PyTorch can choose from."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[None]:
    """A block in which PyTorch would use only these kernels; nothing changes. Raises TypeError for anything else."""
    for backend in [backends] if isinstance(backends, SDPBackend) else backends:
        if not isinstance(backend, SDPBackend):
            raise TypeError(
                f"sdpa_kernel: a {type(backend).__name__}: Backend must be an instance of SDPBackend or a list of "
                f"them; give nn.attention.SDPBackend.MATH"
            )
    yield


__getattr__ = left_out.missing(__name__, "bias", "flex_attention")

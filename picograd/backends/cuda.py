"""cuBLAS, cuSOLVER and the GPU's attention, which are not here: their switches can be set, with no effect."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from .. import left_out
from . import switches


class _Matmul:
    """The switches of matrix products: how precisely they may be computed. Here always as NumPy does."""

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = self.allow_bf16_reduced_precision_reduction = True
        self.allow_fp16_accumulation = False
        self.fp32_precision = "none"


matmul = _Matmul()
flash, mem_efficient, math, cudnn = True, True, True, True  # which of the GPU's ways to compute attention may be used


def is_built() -> bool:
    """Whether the library was built for CUDA: no."""
    return False


def _switch(name: str, key: str) -> tuple[Callable[[bool], None], Callable[[], bool]]:
    """The functions that set and tell whether one way to compute attention may be used."""

    def enable(enabled: bool) -> None:
        globals()[key] = bool(enabled)

    def is_enabled() -> bool:
        return bool(globals()[key])

    enable.__name__, is_enabled.__name__ = f"enable_{name}", f"{name}_enabled"
    enable.__doc__ = "Allow or forbid one of the GPU's ways to compute attention: no effect here."
    is_enabled.__doc__ = "Whether it is allowed."
    return enable, is_enabled


enable_flash_sdp, flash_sdp_enabled = _switch("flash_sdp", "flash")
enable_mem_efficient_sdp, mem_efficient_sdp_enabled = _switch("mem_efficient_sdp", "mem_efficient")
enable_math_sdp, math_sdp_enabled = _switch("math_sdp", "math")
enable_cudnn_sdp, cudnn_sdp_enabled = _switch("cudnn_sdp", "cudnn")


def is_flash_attention_available() -> bool:
    """Whether the GPU has flash attention: there is none."""
    return False


def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> AbstractContextManager[None]:
    """A block in which attention may be computed in these ways: no effect here."""
    return switches.flags_of(
        __name__, flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient, cudnn=enable_cudnn
    )


def preferred_linalg_library(backend: Any = None) -> str:
    """The library for linear algebra: LAPACK, through NumPy, whatever is asked for."""
    return "default"


preferred_blas_library = preferred_linalg_library

__getattr__ = left_out.missing(__name__)

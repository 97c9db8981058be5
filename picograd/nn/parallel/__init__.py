"""What PyTorch spreads over several GPUs: here there is one device, and the module is simply called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import left_out
from ..module import Module

__all__ = ["DataParallel", "data_parallel"]


class DataParallel(Module):
    """The module itself under the name `module`, so that state_dict has PyTorch's paths; a call calls it.

    device_ids, output_device and dim have no effect.
    """

    module: Any

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.dim, self.device_ids, self.output_device = dim, list(device_ids or ()), output_device
        self.module = module

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """module(*inputs, **kwargs)"""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Any,
    inputs: Any,
    device_ids: Sequence[Any] | None = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """module(*inputs, **module_kwargs); device_ids, output_device and dim have no effect."""
    return module(*(inputs if isinstance(inputs, tuple) else (inputs,)), **(module_kwargs or {}))


__getattr__ = left_out.missing(__name__)

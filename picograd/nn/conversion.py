"""A module's parameters and buffers in another dtype, or on another device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from ..devices import resolve
from ..dtypes import as_dtype, find_bfloat16
from ..methods.conversions import destination
from ..methods.layouts import arranged
from ..ops.promotion import kind
from ..tensor import Tensor
from .state import Stateful


class Convertible(Stateful):
    """What a Module has to do with dtypes and devices. All methods return the module, whose Tensors stay the same."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace the array of each parameter and buffer, and its gradient's, by that of fn(Tensor)."""
        if recurse:
            for module in self._modules.values():
                if module is not None:
                    module._apply(fn)
        for tensor in (*self._parameters.values(), *self._buffers.values()):
            if tensor is None:
                continue
            result = fn(tensor.detach())
            if result.value is tensor.value:
                continue
            g = tensor._grad
            tensor.data = result
            tensor._grad = None if g is None else fn(Tensor._of(g)).value
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Parameters and buffers of floats in another dtype, `to(float64)`; the Tensors stay the same objects.

        Takes what a Tensor's `to` takes: a dtype, a device (which must be here), another Tensor, `memory_format`.
        Raises TypeError for a dtype that is no float.
        """
        dtype, _, memory_format = destination("to", args, kwargs)
        if dtype is not None and kind(dtype) < 2:
            raise TypeError(f"to: {dtype}: a module's parameters are floats; give a float dtype")

        def moved(x: Tensor) -> Tensor:
            value = x.value.astype(dtype, copy=False) if dtype is not None and kind(x.dtype) >= 2 else x.value
            return Tensor._of(value if memory_format is None else arranged(value, memory_format))

        return self._apply(moved) if dtype is not None or memory_format is not None else self

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """New memory for every parameter and buffer, whose elements are not to be read before they are written."""
        resolve(device, "to_empty")
        return self._apply(lambda x: Tensor._of(np.empty_like(x.value)), recurse)

    def type(self, dst_type: Any) -> Self:
        """Every parameter and buffer in another dtype, integers too; also as `DoubleTensor` or its name."""
        dtype = as_dtype(dst_type, "type")
        return self._apply(lambda x: Tensor._of(x.value.astype(dtype, copy=False)))

    def float(self) -> Self:
        """`to(float32)`"""
        return self.to(np.float32)

    def double(self) -> Self:
        """`to(float64)`"""
        return self.to(np.float64)

    def half(self) -> Self:
        """`to(float16)`"""
        return self.to(np.float16)

    def bfloat16(self) -> Self:
        """`to(bfloat16)`"""
        return self.to(find_bfloat16())

    def cpu(self) -> Self:
        """On the CPU, where everything is."""
        return self._apply(lambda x: x.cpu())

    def cuda(self, device: Any = None) -> Self:
        """On a GPU. Raises RuntimeError: there is none here."""
        return self._moved("cuda", device)

    def xpu(self, device: Any = None) -> Self:
        """On an XPU. Raises RuntimeError: there is none here."""
        return self._moved("xpu", device)

    def ipu(self, device: Any = None) -> Self:
        """On an IPU. Raises RuntimeError: there is none here."""
        return self._moved("ipu", device)

    def mtia(self, device: Any = None) -> Self:
        """On an MTIA device. Raises RuntimeError: there is none here."""
        return self._moved("mtia", device)

    def _moved(self, type: str, device: Any) -> Self:
        resolve(type if device is None else f"{type}:{device}" if isinstance(device, int) else device, type)
        return self

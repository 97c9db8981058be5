"""Tensors that belong to a module: parameters, which are trained, and buffers, which are only kept with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..devices import resolve
from ..dtypes import as_dtype
from ..ops import promotion
from ..ops.promotion import DType
from ..tensor import Tensor


def dtype_of(layer: str, dtype: Any, device: Any) -> DType:
    """The dtype of the parameters of a new layer: the one asked for, else the default; the device is checked."""
    resolve(device, layer)
    return promotion.default_dtype if dtype is None else as_dtype(dtype, layer)


class Parameter(Tensor):
    """A Tensor that a module registers when it becomes its attribute, and that an optimizer changes.

    It shares the memory of the array or Tensor that it is made from, and forgets that Tensor's history.
    """

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        super().__init__(np.empty(0, promotion.default_dtype) if data is None else data, requires_grad=requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + Tensor.__repr__(self.detach() if self.node is None else self)


class Buffer(Tensor):
    """A Tensor without gradient that is saved with the module whose attribute it becomes, unless not `persistent`."""

    def __init__(self, data: Any = None, *, persistent: bool = True) -> None:
        super().__init__(np.empty(0, promotion.default_dtype) if data is None else data, requires_grad=False)
        self.persistent = persistent

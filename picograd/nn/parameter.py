"""Tensors that belong to a module: parameters, which are trained, and buffers, which are only kept with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..devices import resolve
from ..dtypes import as_dtype
from ..ops import promotion
from ..ops.promotion import DType
from ..size import Size
from ..tensor import Tensor

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


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


class UninitializedTensorMixin(Tensor):
    """A Tensor whose shape is not known yet; `materialize(shape)` makes it an ordinary one, the same object."""

    cls_to_become: type[Tensor]

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Take memory of this shape, its elements still to be written."""
        dtype = dtype_of("materialize", self.value.dtype if dtype is None else dtype, device)
        self.value = np.empty(tuple(shape), dtype)
        if self.node is not None:
            self.node.shape = self.value.shape
        self.__class__ = self.cls_to_become  # type: ignore[assignment]

    @property
    def shape(self) -> Size:
        """Not known yet."""
        raise RuntimeError(
            f"{type(self).__name__}: shape: Can't access the shape of an uninitialized parameter or buffer; call the "
            f"module once, or materialize() it"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A Parameter whose shape is not known yet: that of a lazy module before its first call."""

    cls_to_become = Parameter

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(np.empty(0, dtype_of(type(self).__name__, dtype, device)), requires_grad=requires_grad)


class UninitializedBuffer(UninitializedTensorMixin, Buffer):
    """A buffer whose shape is not known yet: that of a lazy module before its first call."""

    cls_to_become = Buffer

    def __init__(
        self, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> None:
        super().__init__(np.empty(0, dtype_of(type(self).__name__, dtype, device)), persistent=persistent)


def is_lazy(param: Any) -> bool:
    """Whether it is a parameter or buffer whose shape is not known yet."""
    return isinstance(param, UninitializedTensorMixin)

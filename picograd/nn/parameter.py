"""Tensors that belong to a module: parameters, which are trained, and buffers, which are only kept with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor


class Parameter(Tensor):
    """A Tensor that a module registers when it becomes its attribute, and that an optimizer changes.

    It shares the memory of the array or Tensor that it is made from, and forgets that Tensor's history.
    """

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        super().__init__(np.empty(0, np.float32) if data is None else data, requires_grad=requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + Tensor.__repr__(self.detach() if self.node is None else self)


class Buffer(Tensor):
    """A Tensor without gradient that is saved with the module whose attribute it becomes, unless not `persistent`."""

    def __init__(self, data: Any = None, *, persistent: bool = True) -> None:
        super().__init__(np.empty(0, np.float32) if data is None else data, requires_grad=False)
        self.persistent = persistent

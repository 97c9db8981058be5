"""The memory under a Tensor: `x.untyped_storage()` as bytes, `x.storage()` as elements. Views have the same one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .devices import CPU, device
from .memory import owner
from .ops.promotion import DType


class UntypedStorage:
    """The bytes of the memory that an array is a view of."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self._owner = owner(array)

    def data_ptr(self) -> int:
        """Where the memory begins: equal for all Tensors that share it."""
        return start_of(self._owner)

    def nbytes(self) -> int:
        """How many bytes there are."""
        return self._owner.nbytes

    size = __len__ = nbytes

    @property
    def device(self) -> device:
        """Where the memory is: device("cpu")."""
        return CPU

    def bytes(self) -> np.ndarray[Any, Any]:
        """The bytes, in the order of memory; a copy if the owner has gaps."""
        return self._owner.ravel(order="K").view(np.uint8)

    def tolist(self) -> list[int]:
        """The bytes as numbers."""
        numbers: list[int] = self.bytes().tolist()
        return numbers

    def is_shared(self) -> bool:
        """Whether other processes see it: no."""
        return False

    def __repr__(self) -> str:
        return f"UntypedStorage({self.nbytes()} bytes)"


class TypedStorage(UntypedStorage):
    """The same as elements of a dtype."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        super().__init__(array)
        self.dtype: DType = array.dtype

    def untyped(self) -> UntypedStorage:
        """As bytes."""
        return UntypedStorage(self._owner)

    def elements(self) -> np.ndarray[Any, Any]:
        """The elements, in the order of memory; a copy if the owner has gaps."""
        return self._owner.ravel(order="K").view(self.dtype)

    def size(self) -> int:
        """How many elements there are."""
        return self.nbytes() // self.dtype.itemsize

    __len__ = size

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    def tolist(self) -> list[Any]:
        """The elements as numbers."""
        numbers: list[Any] = self.elements().tolist()
        return numbers

    def __getitem__(self, index: Any) -> Any:
        part = self.elements()[index]
        return part.tolist()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __repr__(self) -> str:
        return f"TypedStorage({self.tolist()}, dtype={self.dtype})"


def start_of(array: np.ndarray[Any, Any]) -> int:
    """The address of the first element."""
    address: int = array.__array_interface__["data"][0]
    return address

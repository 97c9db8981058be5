"""Tensors on memory that comes from elsewhere: arrays, buffers, files, other libraries."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..devices import resolve
from ..dtypes import as_dtype
from ..ops import promotion
from ..ops.promotion import from_data
from ..tensor import Tensor
from .creation import made


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A Tensor on the memory of another library's array (anything with `__dlpack__`), without gradient.

    `copy`: in memory of its own. Raises TypeError for what has no such memory.
    """
    resolve(device, "from_dlpack")
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(
            f"from_dlpack: a {type(ext_tensor).__name__}: it has no __dlpack__; give the array or Tensor itself"
        )
    array = np.from_dlpack(ext_tensor)
    return made(array.copy() if copy else array)


def to_dlpack(tensor: Tensor) -> Any:
    """The memory of a Tensor as a capsule, for another library."""
    return tensor.__dlpack__()


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A 1-D Tensor on the memory of a buffer (bytes, an array.array, ...), from the byte `offset` on.

    `count` elements, or all. Raises ValueError where the buffer holds less, or no whole number of elements.
    """
    dtype = as_dtype(dtype, "frombuffer")
    size = memoryview(buffer).nbytes
    room = size - offset
    if not (0 <= offset < size) or (count < 0 and room % dtype.itemsize) or count == 0 or count * dtype.itemsize > room:
        raise ValueError(
            f"frombuffer: {size} bytes, offset {offset}, count {count} of {dtype} ({dtype.itemsize} bytes each): they "
            f"don't fit; give another offset or count"
        )
    return made(np.frombuffer(buffer, dtype, count if count > 0 else room // dtype.itemsize, offset), requires_grad)


def from_file(
    filename: str | os.PathLike[str], shared: bool | None = None, size: int = 0, *, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """A 1-D Tensor of the first `size` elements of a file, which is mapped into memory.

    `shared`: what is written into the Tensor goes to the file, which is made or enlarged if need be.
    """
    resolve(device, "from_file")
    dtype = promotion.default_dtype if dtype is None else as_dtype(dtype, "from_file")
    length = os.path.getsize(filename) if os.path.exists(filename) else 0
    if length < size * dtype.itemsize and not shared:
        raise RuntimeError(
            f"from_file: {size} elements of {dtype} from {os.fspath(filename)}: it has {length} bytes; ask for "
            f"fewer, or enlarge it with shared=True"
        )
    if size == 0:
        return made(np.empty(0, dtype))
    mode: Any = ("r+" if length >= size * dtype.itemsize else "w+") if shared else "c"
    if shared and 0 < length < size * dtype.itemsize:
        os.truncate(filename, size * dtype.itemsize)
        mode = "r+"
    return made(np.asarray(np.memmap(filename, dtype, mode, shape=(size,))))


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """`obj` as a Tensor: a Tensor, an array, a buffer, a number or nested lists.

    Memory is shared where that is possible; `copy=True` never, `copy=False` always, or ValueError. The gradient of a
    Tensor goes on unless `requires_grad=False`.
    """
    resolve(device, "asarray")
    wanted = None if dtype is None else as_dtype(dtype, "asarray")
    if isinstance(obj, Tensor):
        result = obj if wanted is None else obj.to(wanted)
        shared = result is obj or np.shares_memory(result.value, obj.value)
        result = result.clone() if copy and shared else result
        if requires_grad is False and result.node is not None:
            result = result.detach()
        elif requires_grad:
            result.requires_grad = True
    else:
        if isinstance(obj, bytes | bytearray | memoryview):
            obj = np.frombuffer(obj, promotion.default_dtype if wanted is None else wanted)
        array = from_data(obj) if wanted is None else from_data(obj, False).astype(wanted, copy=False)
        shared = isinstance(obj, np.ndarray) and np.shares_memory(array, obj)
        result = made(array.copy() if copy and shared else array, bool(requires_grad))
    if copy is False and not shared:
        raise ValueError(
            f"asarray: a {type(obj).__name__} as {result.dtype}, copy=False: that needs a copy; leave copy out"
        )
    return result

"""A Tensor in another dtype, on another device, in another order of its elements."""

# mypy: disable-error-code="no-any-return"
# What is called here are methods of the Tensor, which is built on this class.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import engine
from ..devices import device, resolve
from ..dtypes import as_dtype, class_name, find_bfloat16
from ..ops import movement
from ..ops.promotion import kind
from . import layouts

if TYPE_CHECKING:
    from ..tensor import Tensor


class Conversions:
    """Methods of a Tensor; it has a `value`. Their names hide Python's own `float`, `int` and `bool` in this class."""

    __slots__ = ()

    def to(self: Any, *args: Any, **kwargs: Any) -> Tensor:
        """In another dtype or memory format, on the device asked for; itself if nothing is to be done.

        `to(dtype, non_blocking, copy)`, `to(device, dtype, non_blocking, copy)`, `to(other, non_blocking, copy)`, where
        another Tensor gives the dtype, all with `memory_format`. `copy`: never itself. `non_blocking` has no effect.
        Raises RuntimeError for a device that is not here, TypeError for what is no dtype and no device.
        """
        if len(args) == 1 and not kwargs:  # the frequent forms, quickly
            (target,) = args
            if isinstance(target, np.dtype) or (isinstance(target, type) and issubclass(target, np.generic)):
                return self._as(target)
            if (isinstance(target, device) and target.type == "cpu") or (isinstance(target, str) and target == "cpu"):
                return self
        dtype, copy, memory_format = destination("to", args, kwargs)
        result = self if dtype is None else self._as(dtype)
        if memory_format is not None and memory_format is not layouts.preserve_format:
            result = result.contiguous(memory_format)
        return movement.clone(result) if copy and result is self else result

    def type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
        """In another dtype (itself if it has it), also as `LongTensor` or its name; "torch.FloatTensor" without one."""
        return class_name(self.value.dtype) if dtype is None else self._as(as_dtype(dtype, "type"))

    def type_as(self: Any, other: Tensor) -> Tensor:
        """In the dtype of another Tensor."""
        return self._as(other.dtype)

    def _as(self: Any, dtype: Any) -> Tensor:
        """In another dtype, itself if it has it."""
        return self.astype(dtype, copy=False)

    def astype(self: Any, dtype: Any, copy: bool = True) -> Tensor:
        """NumPy's name of `to(dtype)`. Integers and bools have no gradient."""
        dtype = np.dtype(dtype)
        if not copy and dtype == self.value.dtype:
            return self
        return movement.astype(self if kind(dtype) >= 2 else self.detach(), dtype)

    def cpu(self: Any, memory_format: Any = None) -> Tensor:
        """Itself: all Tensors are on the CPU."""
        return self if memory_format is None else self.to(memory_format=memory_format)

    def cuda(self: Any, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
        """On a GPU. Raises RuntimeError: there is none here."""
        resolve("cuda" if device is None else device, "cuda")
        return self

    def contiguous(self: Any, memory_format: Any = layouts.contiguous_format) -> Tensor:
        """Itself if the elements lie row by row (or as `memory_format` says), else a copy in which they do."""
        axes = layouts.order(memory_format, self.ndim, "contiguous")
        if layouts.lies(self.value, axes):
            return self
        if axes is None:
            return movement.clone(self)
        return movement.permute(movement.clone(movement.permute(self, axes)), tuple(np.argsort(axes).tolist()))

    def float(self: Any) -> Tensor:
        """In float32."""
        return self._as(np.float32)

    def double(self: Any) -> Tensor:
        """In float64."""
        return self._as(np.float64)

    def half(self: Any) -> Tensor:
        """In float16."""
        return self._as(np.float16)

    def bfloat16(self: Any) -> Tensor:
        """In bfloat16, which ml_dtypes brings."""
        return self._as(find_bfloat16())

    def short(self: Any) -> Tensor:
        """In int16; fractions are cut off."""
        return self._as(np.int16)

    def char(self: Any) -> Tensor:
        """In int8; fractions are cut off."""
        return self._as(np.int8)

    def byte(self: Any) -> Tensor:
        """In uint8; fractions are cut off."""
        return self._as(np.uint8)

    def long(self: Any) -> Tensor:
        """In int64; fractions are cut off."""
        return self._as(np.int64)

    def int(self: Any) -> Tensor:
        """In int32; fractions are cut off."""
        return self._as(np.int32)

    def bool(self: Any) -> Tensor:
        """In bool: whether not 0."""
        return self._as(np.bool_)


def destination(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, bool, Any]:
    """What `to` is asked for: the dtype (None: as it is), whether to copy, the memory format. The device is checked."""
    forms: list[tuple[str, ...]] = [
        ("dtype", "non_blocking", "copy"),
        ("device", "dtype", "non_blocking", "copy"),
        ("other", "non_blocking", "copy"),
    ]
    first = args[0] if args else None
    if isinstance(first, engine.box):
        names = forms[2]
    elif first is None or isinstance(first, device | str | int):
        names = forms[1]
    else:
        names = forms[0]
    asked = dict(zip(names, args, strict=False))
    unknown = kwargs.keys() - {"dtype", "device", "other", "tensor", "non_blocking", "copy", "memory_format"}
    if len(args) > len(names) or unknown or asked.keys() & kwargs.keys():
        raise TypeError(
            f"{op}: {len(args)} arguments and {', '.join(kwargs) or 'no keywords'}: that is none of its forms; write "
            f"to(dtype), to(device, dtype) or to(other), with non_blocking, copy, memory_format"
        )
    asked |= kwargs
    resolve(asked.get("device"), op)
    other, dtype = asked.get("other", asked.get("tensor")), asked.get("dtype")
    if other is not None:
        dtype = other.dtype
    elif dtype is not None:
        dtype = as_dtype(dtype, op)
    return dtype, bool(asked.get("copy")), asked.get("memory_format")

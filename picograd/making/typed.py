"""The classes that PyTorch names by dtype: `FloatTensor([1, 2])`, `isinstance(x, LongTensor)`, `x.type(LongTensor)`.

Each is a way to make a Tensor, and a question that can be asked of one; there is one class of Tensors, `Tensor`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..devices import resolve
from ..functions import as_shape
from ..later import TOP
from ..ops.promotion import DType, from_data
from ..size import Size
from ..tensor import Tensor


class TensorType(type):
    """The class of such classes: they have a dtype, no instances of their own, and make Tensors when called.

    - `LongTensor([1, 2])`, of lists or an array: these numbers, copied, in the dtype of the class.
    - `LongTensor(2, 3)`, `LongTensor(5)`, `LongTensor(x.shape)`, `LongTensor()`: zeros in this shape.
    - `LongTensor(x)`, of a Tensor that has the dtype: the same memory without history.

    Raises TypeError for a Tensor of another dtype and for a float alone, RuntimeError for another device.
    """

    name: str

    @property
    def dtype(cls) -> DType:
        """The dtype of the Tensors that the class stands for."""
        return np.dtype(dtypes.find_bfloat16() if cls.name == "bfloat16" else cls.name)

    def __call__(cls, *data: Any, device: Any = None) -> Tensor:
        """A Tensor of this dtype, without gradient."""
        resolve(device, cls.__name__)
        first = data[0] if data else 0
        if len(data) > 1 or not data or isinstance(first, Size | int | np.integer):
            return Tensor._of(np.zeros(as_shape(data or (0,)), cls.dtype))
        if isinstance(first, Tensor):
            if first.dtype != cls.dtype:
                raise TypeError(
                    f"{cls.__name__}: a Tensor of {first.dtype}: it is not {cls.dtype}; "
                    f"convert it with x.type({cls.__name__})"
                )
            return first.detach()
        if isinstance(first, float):
            raise TypeError(f"{cls.__name__}: the number {first}: it is neither a size nor a list; write [{first}]")
        return Tensor._of(np.array(from_data(first, False)).astype(cls.dtype, copy=False))

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype.name == cls.name

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def typed(dtype: str) -> TensorType:
    """The class for a dtype."""
    name = dtypes.CLASSES[dtype]
    return TensorType(name, (), {"name": dtype, "__doc__": f"Tensors of {dtype}, on the CPU.", "__module__": TOP})


FloatTensor, DoubleTensor, HalfTensor = typed("float32"), typed("float64"), typed("float16")
BFloat16Tensor = typed("bfloat16")
LongTensor, IntTensor, ShortTensor, CharTensor = typed("int64"), typed("int32"), typed("int16"), typed("int8")
ByteTensor, BoolTensor = typed("uint8"), typed("bool")

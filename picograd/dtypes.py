"""The dtypes under PyTorch's names, what is known of each, and the one that floats have by default.

They are NumPy's own: `float32` is `np.dtype("float32")`. What comes out where two meet is in `ops/promotion.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .ops import promotion
from .ops.promotion import DType, kind

float16, float32, float64 = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)
int8, int16, int32, int64 = np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.int32), np.dtype(np.int64)
uint8, uint16, uint32, uint64 = np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.uint32), np.dtype(np.uint64)
bool_ = np.dtype(np.bool_)

# PyTorch's names of the classes of Tensors by dtype: `x.type()` is "torch.FloatTensor".
CLASSES = {
    "float32": "FloatTensor", "float64": "DoubleTensor", "float16": "HalfTensor", "bfloat16": "BFloat16Tensor",
    "int64": "LongTensor", "int32": "IntTensor", "int16": "ShortTensor", "int8": "CharTensor", "uint8": "ByteTensor",
    "bool": "BoolTensor", "uint16": "UInt16Tensor", "uint32": "UInt32Tensor", "uint64": "UInt64Tensor",
}  # fmt: skip
BY_CLASS = {name: dtype for dtype, name in CLASSES.items()}


class _Absent:
    """What stands for bfloat16 where ml_dtypes is not installed: it can be named and compared, but not used."""

    @property
    def dtype(self) -> Any:
        """What NumPy asks for when it is given as a dtype."""
        raise ImportError("bfloat16: NumPy has no such dtype of its own: pip install ml_dtypes, which brings it")

    def __repr__(self) -> str:
        return "bfloat16"


_absent = _Absent()


def find_bfloat16() -> Any:
    """The dtype bfloat16, if ml_dtypes is installed; otherwise something that says so when it is used."""
    try:
        import ml_dtypes
    except ImportError:
        return _absent
    return np.dtype(ml_dtypes.bfloat16)


def __getattr__(name: str) -> Any:
    if name == "bfloat16":
        return find_bfloat16()
    raise AttributeError(f"{__name__} has no attribute {name!r}")


def as_dtype(asked: Any, op: str) -> DType:
    """The dtype that is meant: a dtype, a Python or NumPy type, a class like `LongTensor` or the name of one.

    Raises TypeError for what is none, RuntimeError for a class of Tensors on another device.
    """
    if isinstance(asked, str):
        room, _, name = asked.rpartition(".")
        if name in BY_CLASS and room in ("", "torch", "picograd"):
            return np.dtype(find_bfloat16() if name == "BFloat16Tensor" else BY_CLASS[name])
        if name in BY_CLASS:
            raise RuntimeError(
                f"{op}: {asked!r}: picograd computes on the CPU, which is the only device here; use 'torch.{name}'"
            )
        asked = name if room == "torch" else asked
    try:
        dtype: DType = np.dtype(asked)
        return dtype
    except TypeError:
        raise TypeError(f"{op}: {asked!r}: it is no dtype; give one, as float32 or int64") from None


def class_name(dtype: DType) -> str:
    """PyTorch's name of the class of Tensors of this dtype: "torch.FloatTensor"."""
    return f"torch.{CLASSES.get(dtype.name, dtype.name)}"


# ---- the default ---------------------------------------------------------------------------------------------------


def get_default_dtype() -> DType:
    """The dtype of Tensors made of Python floats, and of integers where an op needs floats: float32, unless set."""
    return promotion.default_dtype


def set_default_dtype(d: Any) -> None:
    """Choose that dtype: float16, bfloat16, float32 or float64. Raises TypeError for one that is not of floats."""
    dtype = as_dtype(d, "set_default_dtype")
    if kind(dtype) != 2:
        raise TypeError(f"set_default_dtype: {dtype}: only floats can be the default; give float32 or float64")
    promotion.default_dtype = dtype


def set_default_tensor_type(t: Any) -> None:
    """The old way to write `set_default_dtype`: by a class of Tensors, or its name."""
    set_default_dtype(as_dtype(t, "set_default_tensor_type"))


# ---- what is known of a dtype --------------------------------------------------------------------------------------


class finfo:
    """The limits of a float dtype (default: the default dtype) as Python numbers.

    `bits`; `eps`, the step from 1 to the next number; `max`, `min`; `tiny`, also `smallest_normal`; `resolution`,
    10 ** -(decimal digits that are sure); `dtype`, its name. Raises TypeError for a dtype that is not of floats.
    """

    def __init__(self, type: Any = None) -> None:
        dtype = promotion.default_dtype if type is None else as_dtype(type, "finfo")
        if kind(dtype) != 2:
            raise TypeError(f"finfo: {dtype}: it is not a dtype of floats; use iinfo()")
        if dtype.kind == "V":
            import ml_dtypes

            limits: Any = ml_dtypes.finfo(dtype)
        else:
            limits = np.finfo(dtype)
        self.dtype, self.bits = dtype.name, int(limits.bits)
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.smallest_normal)
        self.resolution = 10.0 ** -int(limits.precision)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype: `bits`, `max`, `min`, and `dtype`, its name. Raises TypeError for another."""

    def __init__(self, type: Any) -> None:
        dtype = as_dtype(type, "iinfo")
        if kind(dtype) != 1:
            raise TypeError(f"iinfo: {dtype}: it is not a dtype of integers; use finfo()")
        limits = np.iinfo(dtype)
        self.dtype, self.bits, self.max, self.min = dtype.name, int(limits.bits), int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def promote_types(type1: Any, type2: Any) -> DType:
    """The dtype in which Tensors of these two, both with dimensions, meet."""
    return promotion.pair(as_dtype(type1, "promote_types"), as_dtype(type2, "promote_types"))


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype of the result of an op on two Tensors or numbers."""
    return promotion.common_dtype([getattr(x, "value", x) for x in (tensor1, tensor2)])


def can_cast(from_: Any, to: Any) -> bool:
    """Whether a result of dtype `from_` may be written into one of `to`: its kind must be as high."""
    return kind(as_dtype(from_, "can_cast")) <= kind(as_dtype(to, "can_cast"))

"""Which dtype comes out when different ones meet: PyTorch's rules, in one place.

Kinds are ordered bool < integer < float < complex. Arrays with dimensions decide; a 0-d array counts only if its kind
is higher, a Python number only if its kind is higher still. So float32 never becomes float64 because of a scalar, and
integers meeting float32 give float32, not NumPy's float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

DType = np.dtype[Any]
default_dtype: DType = np.dtype(np.float32)  # of numbers and lists, and of integers where an op needs floats
KINDS = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2, "c": 3}  # V: bfloat16 as ml_dtypes registers it


class ComplexMet(TypeError):
    """An op on real arrays was given complex numbers: they are pairs of real Tensors (complex_numbers.py)."""


NUMBERS = {bool, int, float, complex}


def constant(value: Any) -> Any:
    """A constant operand: NumPy's scalars and 0-d arrays as Python numbers, which never promote an array."""
    if type(value) in NUMBERS:  # the most frequent first
        return value
    return value.item() if isinstance(value, np.generic | np.ndarray) and value.ndim == 0 else value


def kind(dtype: DType) -> int:
    """The rank of a dtype's kind: 0 bool, 1 integer, 2 float, 3 complex."""
    return KINDS.get(dtype.kind, 4)


def of_number(number: bool | int | float | complex) -> DType:
    """The dtype that a Python number stands for where nothing else decides."""
    if isinstance(number, bool):
        return np.dtype(np.bool_)
    if isinstance(number, int):
        return np.dtype(np.int64)
    return default_dtype if isinstance(number, float) else np.dtype(np.complex64)


def pair(a: DType, b: DType) -> DType:
    """The common dtype of two arrays of equal standing: the higher kind wins, within a kind the wider."""
    if kind(a) != kind(b):
        return a if kind(a) > kind(b) else b
    if a == b:
        return a
    if "V" in (a.kind, b.kind) and "float16" in (a.name, b.name):
        return np.dtype(np.float32)  # neither of float16 and bfloat16 holds the other
    common = np.promote_types(a, b)
    if common.kind == "f" and kind(a) == 1:
        raise TypeError(f"promote: {a} and {b}: no dtype of integers holds both; convert one of them, with long()")
    return common


def common_dtype(values: Sequence[Any]) -> DType:
    """The dtype in which an op on these arrays and numbers computes."""
    dtypes: list[DType | None] = [None, None, None]  # of arrays with dimensions, of 0-d arrays, of Python numbers
    for value in values:
        if isinstance(value, np.ndarray):
            place, dtype = (0 if value.ndim else 1), value.dtype
        else:
            place, dtype = 2, of_number(value)
        known = dtypes[place]
        dtypes[place] = dtype if known is None else pair(known, dtype)
    result: DType | None = None
    for dtype_ in dtypes:
        if dtype_ is not None and (result is None or kind(dtype_) > kind(result)):
            result = dtype_
    return default_dtype if result is None else result


def promote(values: Sequence[Any], floating: bool = False) -> list[Any]:
    """The values as arrays of their common dtype (`floating`: at least float32); None stays None."""
    arrays = [v if v is None or type(v) is np.ndarray or type(v) in NUMBERS else from_data(v) for v in values]
    dtype = common_dtype([v for v in arrays if v is not None])
    if dtype.kind == "c":
        raise ComplexMet("complex: numbers: this takes real numbers only; use their real and imag parts, or abs()")
    if floating and kind(dtype) < 2:
        dtype = default_dtype
    return [v if v is None or (type(v) is np.ndarray and v.dtype == dtype) else np.asarray(v, dtype) for v in arrays]


def promote_two(x: Any, y: Any, floating: bool) -> Any:
    """`promote` of two, quick in the two most frequent cases: equal floats, and a float array with a Python number."""
    if type(x) is np.ndarray and x.dtype.kind == "f":
        if type(y) is np.ndarray and x.dtype is y.dtype:
            return x, y
        if type(y) is float or type(y) is int:
            return x, np.asarray(y, x.dtype)
    return promote((x, y), floating)


def is_bfloat16(x: Any) -> bool:
    """Whether this is an array of bfloat16: NumPy has no products of it and takes a number with it for float32."""
    return type(x) is np.ndarray and x.dtype.kind == "V"


def widened(values: Sequence[Any], at: Sequence[int]) -> list[Any]:
    """The values, those at some places in float32 if they are in bfloat16: ops compute so, as PyTorch's do."""
    wide = list(values)
    for k in at:
        if is_bfloat16(wide[k]):
            wide[k] = wide[k].astype(np.float32)
    return wide


def narrowed(out: Any, like: np.ndarray[Any, Any]) -> Any:
    """A result in float32 of inputs that were widened, in their dtype again."""
    return out.astype(like.dtype) if out.dtype == np.float32 else out


def from_data(data: Any, rounded: bool = True) -> np.ndarray[Any, Any]:
    """An array of a list, a number or an array: floats become float32 if `rounded`, an array keeps its dtype."""
    array = plain_data(data, rounded)
    if array.dtype.kind == "c":
        raise ComplexMet("Tensor: complex numbers: it holds real ones; make them with picograd.tensor or .complex")
    return array


def plain_data(data: Any, rounded: bool = True) -> np.ndarray[Any, Any]:
    """The same for complex numbers as well. Who has a dtype of his own leaves the numbers exact until then."""
    if isinstance(data, np.ndarray):
        return np.asarray(data)  # no subclass: a matrix multiplies otherwise
    try:
        array = np.asarray(data)
    except ValueError:
        raise ValueError(
            "Tensor: nested lists of different lengths: they fill no array; make those of one level equally long"
        ) from None
    if array.dtype.kind not in KINDS:
        raise TypeError(
            f"Tensor: a {type(data).__name__}: it is no array of numbers; give numbers, nested lists or an array"
        )
    if not rounded:
        return array
    if array.dtype == np.float64 and (not isinstance(data, np.generic) or isinstance(data, float)):
        return array.astype(default_dtype)
    if array.dtype == np.complex128 and not isinstance(data, np.generic):
        return array.astype(np.complex128 if default_dtype == np.float64 else np.complex64)
    return array

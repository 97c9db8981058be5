"""Functions that make Tensors, as PyTorch names them: float32 and without gradient unless asked otherwise."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..complex_numbers import Complex, as_complex
from ..devices import resolve
from ..dtypes import as_dtype
from ..functions import as_shape, as_strided
from ..methods import layouts
from ..ops import promotion
from ..ops.out import into
from ..ops.promotion import DType, from_data, plain_data
from ..random import Generator, rng_of
from ..tensor import Tensor


def made(array: Any, requires_grad: bool = False) -> Tensor:
    """A Tensor around a new array."""
    array = np.asarray(array)
    if array.dtype.kind == "c":
        result: Tensor = as_complex(array)
        return result.requires_grad_() if requires_grad else result
    result = Tensor._of(array)
    if requires_grad:
        result.requires_grad = True
    return result


def sizes(size: Any) -> tuple[int, ...]:
    """The shape from arguments written `2, 3` or `(2, 3)`, none of them negative."""
    shape = as_shape(size)
    if min(shape, default=0) < 0:
        raise ValueError(f"shape: {shape}: a Tensor can't have a negative size; give 0 or more")
    return shape


PLACE = [  # the keywords of every function here, and what they are if not given
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
    for name, default in (
        ("out", None),
        ("layout", None),
        ("device", None),
        ("pin_memory", False),
        ("memory_format", None),
    )
]


def placed(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function that makes Tensors, with the keywords that say where: they are the same for all.

    `device` and `layout` are checked; `memory_format` orders the elements in memory; `pin_memory` has no effect, as it
    has none in PyTorch without a GPU. A dtype may be given in any way, a shape also as `size=`. `out`: a Tensor to
    write into, which gives the dtype.
    """
    name, signature = make.__name__, inspect.signature(make)
    parameters = list(signature.parameters.values())
    sized = parameters[0].kind is inspect.Parameter.VAR_POSITIONAL

    @functools.wraps(make)
    def call(
        *args: Any, layout: Any = None, device: Any = None, pin_memory: bool = False, memory_format: Any = None,
        out: Tensor | None = None, **options: Any,
    ) -> Tensor:  # fmt: skip
        if device is not None:
            resolve(device, name)
        if layout is not None:
            layouts.dense(layout, name)
        if options:
            if options.get("dtype") is not None:
                options["dtype"] = as_dtype(options["dtype"], name)
            if sized and "size" in options:
                args = (*args, options.pop("size"))
        if out is not None:
            options.setdefault("dtype", out.dtype)
            return into(out, make(*args, **options), name)  # type: ignore[no-any-return]
        result = make(*args, **options)
        if memory_format is not None:
            layouts.order(memory_format, result.ndim, name)
            result.value = layouts.arranged(result.value, memory_format)
        return result

    call.__signature__ = signature.replace(parameters=[*parameters, *PLACE])  # type: ignore[attr-defined]
    return call


@placed
def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A copy of numbers, nested lists or an array: floats become float32, integers int64, an array keeps its dtype."""
    if isinstance(data, Complex):
        return data.detach() if dtype is None else data.detach().to(dtype)
    array = np.array(plain_data(data.value if isinstance(data, Tensor) else data, dtype is None))
    return made(array if dtype is None else array.astype(dtype), requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a Tensor, sharing its memory where that is possible; a Tensor itself if the dtype fits."""
    resolve(device, "as_tensor")
    result = data if isinstance(data, Tensor) else made(plain_data(data, dtype is None))
    return result if dtype is None else result.type(dtype)


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A Tensor that shares the array's memory and keeps its dtype."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: a {type(array).__name__}: it takes an array; use tensor() for anything else")
    return made(array)


@placed
def zeros(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros of a shape."""
    return made(np.zeros(sizes(size), dtype or promotion.default_dtype), requires_grad)


@placed
def ones(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones of a shape."""
    return made(np.ones(sizes(size), dtype or promotion.default_dtype), requires_grad)


@placed
def empty(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A shape whose elements are whatever is in memory: to be written before it is read."""
    return made(np.empty(sizes(size), dtype or promotion.default_dtype), requires_grad)


@placed
def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`fill_value` everywhere; its kind decides the dtype."""
    value = from_data(fill_value.value if isinstance(fill_value, Tensor) else fill_value, dtype is None)
    return made(np.full(sizes((size,)), value, dtype or value.dtype), requires_grad)


def like(x: Tensor, dtype: Any) -> DType:
    """The dtype asked for, else that of x."""
    return x.dtype if dtype is None else np.dtype(dtype)


@placed
def zeros_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of another Tensor."""
    return zeros(input.shape, dtype=like(input, dtype), requires_grad=requires_grad)


@placed
def ones_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of another Tensor."""
    return ones(input.shape, dtype=like(input, dtype), requires_grad=requires_grad)


@placed
def empty_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Unwritten memory in the shape and dtype of another Tensor."""
    return empty(input.shape, dtype=like(input, dtype), requires_grad=requires_grad)


@placed
def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`fill_value` in the shape and dtype of another Tensor."""
    return full(input.shape, fill_value, dtype=like(input, dtype), requires_grad=requires_grad)


@placed
def arange(
    start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The numbers from start up to, not including, end, in steps: int64 for integers, else float32."""
    if end is None:
        start, end = 0, start
    if step == 0 or (end - start) * step < 0:
        raise ValueError(f"arange: from {start} to {end} by {step}: these steps don't lead there; turn the step's sign")
    if dtype is not None and np.dtype(dtype).kind in "iu":
        start, end, step = int(start), int(end), int(step)
    if dtype is None:
        dtype = promotion.default_dtype if any(isinstance(b, float) for b in (start, end, step)) else np.int64
    return made(np.arange(start, end, step).astype(dtype), requires_grad)


@placed
def linspace(start: float, end: float, steps: int, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`steps` numbers evenly from start to end, both included."""
    if np.ndim(start) or np.ndim(end):
        raise ValueError(f"linspace: from {np.shape(start)} to {np.shape(end)}: these are not numbers; give numbers")
    if steps < 0:
        raise ValueError(f"linspace: {steps} steps: there can't be a negative number; give 0 or more")
    if dtype is not None and np.dtype(dtype).kind in "iu":
        start, end = int(start), int(end)
    return made(np.linspace(start, end, steps).astype(dtype or promotion.default_dtype), requires_grad)


@placed
def logspace(
    start: float, end: float, steps: int, base: float = 10.0, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """base^x for `steps` numbers x evenly from start to end, both included."""
    if dtype is not None and np.dtype(dtype).kind in "iu":
        start, end = int(start), int(end)
    exponents = linspace(start, end, steps, dtype=np.float64).value
    return made((base**exponents).astype(dtype or promotion.default_dtype), requires_grad)


@placed
def range_(
    start: float = 0, end: Any = None, step: float = 1, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """The numbers from start up to and including end, in steps, as float32: `arange` is what one mostly wants."""
    if end is None:
        start, end = 0, start
    if step == 0 or (end - start) * step < 0:
        raise ValueError(f"range: from {start} to {end} by {step}: these steps don't lead there; turn the step's sign")
    count = int((end - start) / step) + 1
    return made((start + step * np.arange(count)).astype(dtype or promotion.default_dtype), requires_grad)


@placed
def scalar_tensor(s: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A number as a 0-d Tensor, float32 whatever its kind."""
    return made(np.asarray(s.item() if isinstance(s, Tensor) else s, dtype or promotion.default_dtype), requires_grad)


@placed
def empty_strided(size: Any, stride: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Unwritten memory in which neighbours along each axis lie `stride` elements apart."""
    shape, steps = sizes((size,)), sizes((stride,))
    if len(shape) != len(steps):
        raise ValueError(f"empty_strided: size {shape}, stride {steps}: one for each axis; give as many")
    last = sum((n - 1) * step for n, step in zip(shape, steps, strict=True)) if math.prod(shape) else -1
    memory = made(np.empty(last + 1, dtype or promotion.default_dtype))
    return made(as_strided(memory, shape, steps).value, requires_grad)


@placed
def empty_permuted(size: Any, physical_layout: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Unwritten memory in which the axes lie in this order, the last one without gaps."""
    shape, order = sizes((size,)), as_shape((physical_layout,))
    if sorted(order) != list(range(len(shape))):
        raise ValueError(
            f"empty_permuted: size {shape}, order {order}: each axis must appear once; give an order of 0 to "
            f"{len(shape) - 1}"
        )
    memory = np.empty([shape[k] for k in order], dtype or promotion.default_dtype)
    return made(memory.transpose(np.argsort(order)), requires_grad)


@placed
def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """(n, m) with ones on the diagonal."""
    return made(np.eye(n, m, dtype=dtype or promotion.default_dtype), requires_grad)


@placed
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None) -> Tensor:
    """The positions (2, n) of a matrix's lower triangle, up to the diagonal `offset`, row by row."""
    n, m = sizes((row, col))
    return made(np.argwhere(np.tri(n, m, offset) > 0).T.astype(dtype or np.int64, order="C"))


@placed
def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None) -> Tensor:
    """The positions (2, n) of a matrix's upper triangle, from the diagonal `offset` on, row by row."""
    n, m = sizes((row, col))
    above = np.tri(n, m, offset - 1) == 0
    return made(np.argwhere(above).T.astype(dtype or np.int64, order="C"))


# ---- random --------------------------------------------------------------------------------------------------------


@placed
def rand(*size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Draws from the uniform distribution on [0, 1)."""
    if dtype is not None and np.dtype(dtype).kind == "c":
        u, v = rng_of(generator).random((2, *sizes(size)))
        return made((u + 1j * v).astype(dtype), requires_grad)
    draws = rng_of(generator).random(sizes(size), np.float64 if dtype == np.float64 else np.float32)
    return made(np.asarray(draws, dtype or promotion.default_dtype), requires_grad)


@placed
def randn(*size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Draws from the standard normal distribution."""
    if dtype is not None and np.dtype(dtype).kind == "c":  # of variance 1 together
        u, v = rng_of(generator).standard_normal((2, *sizes(size))) / math.sqrt(2)
        return made((u + 1j * v).astype(dtype), requires_grad)
    draws = rng_of(generator).standard_normal(sizes(size), np.float64 if dtype == np.float64 else np.float32)
    return made(np.asarray(draws, dtype or promotion.default_dtype), requires_grad)


@placed
def randint(
    low: int, high: Any = None, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Integers (int64) from low (0), up to but not including high: `randint(10, (2, 3))`, `randint(3, 10, (4,))`."""
    if size is None:
        low, high, size = 0, low, high
    draws = rng_of(generator).integers(low, high, sizes((size,)))
    return made(draws.astype(dtype or np.int64), requires_grad)


@placed
def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The numbers 0 to n - 1 in random order (int64)."""
    return made(rng_of(generator).permutation(n).astype(dtype or np.int64), requires_grad)


@placed
def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Uniform draws in the shape and dtype of another Tensor."""
    return rand(input.shape, generator=generator, dtype=like(input, dtype), requires_grad=requires_grad)


@placed
def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Normal draws in the shape and dtype of another Tensor."""
    return randn(input.shape, generator=generator, dtype=like(input, dtype), requires_grad=requires_grad)


@placed
def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal draws with this mean and deviation: numbers with a `size`, or Tensors element by element."""
    mean, std = np.asarray(mean), np.asarray(std)
    if (std < 0).any():
        raise ValueError(f"normal: std {std.min()}: a standard deviation can't be negative; give 0 or more")
    draws = rng_of(generator).normal(mean, std, None if size is None else sizes((size,)))
    return made(np.asarray(draws, dtype or promotion.default_dtype), requires_grad)


@placed
def randint_like(
    input: Tensor, low: int, high: int | None = None, *, generator: Generator | None = None, dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Whole numbers from low (0) up to, not including, high, in the shape and dtype of another Tensor."""
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, input.shape, generator=generator, dtype=like(input, dtype), requires_grad=requires_grad)

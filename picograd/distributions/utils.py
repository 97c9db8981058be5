"""What distributions share: numbers as Tensors of one shape, chances and logits, random numbers, triangles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import expand as expanded
from ..functions import getitem, softmax
from ..ops import promotion
from ..ops.promotion import kind
from ..random import rng_of
from ..recording import enable_grad
from ..tensor import Tensor

euler_constant = 0.57721566490153286060  # Euler and Mascheroni's


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Numbers, arrays and Tensors as Tensors of one shape and one float dtype, the widest of those that came.

    Numbers take that dtype, or the default one if nothing but numbers and whole numbers came. ValueError if the shapes
    do not broadcast together or a value is nothing of the kind.
    """
    dtypes = [x.dtype for x in values if isinstance(x, Tensor | np.ndarray | np.generic) and kind(x.dtype) == 2]
    dtype = np.result_type(*dtypes) if dtypes else promotion.default_dtype
    for x in values:
        if not isinstance(x, Tensor | np.ndarray | np.generic | int | float):
            raise ValueError(f"parameters: a {type(x).__name__}: it must be a Tensor or a number; wrap it in tensor()")
    tensors = [x.to(dtype) if isinstance(x, Tensor) else Tensor._of(np.asarray(x, dtype)) for x in values]
    try:
        shape = np.broadcast_shapes(*(x.shape for x in tensors))
    except ValueError:
        raise ValueError(
            f"parameters: shapes {', '.join(str(x.shape) for x in tensors)}: they do not broadcast together; "
            f"reshape one of them"
        ) from None
    return tuple(x if x.shape == shape else expanded(x, shape) for x in tensors)


def one_of(name: str, **given: Any) -> str:
    """The name of the one argument that is not None."""
    named = [key for key, value in given.items() if value is not None]
    if len(named) != 1:
        raise ValueError(
            f"{name}: {' and '.join(named) or 'nothing'} given: it takes exactly one of {', '.join(given)}; give one"
        )
    return named[0]


def total(x: Any, dims: int) -> Any:
    """The sum over the last `dims` axes."""
    return x.sum(tuple(range(-dims, 0))) if dims > 0 else x


def filled(shape: Sequence[int], value: float, dtype: Any) -> Tensor:
    """A Tensor of one number without gradient."""
    return Tensor._of(np.full(tuple(shape), value, dtype))


class lazy_property:
    """A property that is computed when it is first asked for, with its gradient, and kept from then on."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped, self.name, self.__doc__ = wrapped, wrapped.__name__, wrapped.__doc__

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        known = vars(instance)
        if self.name not in known:  # else it is asked by way of super()
            with enable_grad():
                known[self.name] = self.wrapped(instance)
        return known[self.name]


# ---- chances -------------------------------------------------------------------------------------------------------


def clamp_probs(probs: Any) -> Any:
    """Chances moved away from 0 and 1 by the dtype's rounding, so that their logarithms are finite."""
    eps = float(np.finfo(probs.dtype).eps)
    return probs.clamp(eps, 1 - eps)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """log p of each category, or with `is_binary` log(p / (1 - p)); finite also for chances of 0 and 1."""
    p = clamp_probs(probs)
    return p.log() - (-p).log1p() if is_binary else p.log()


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """softmax over the last axis, or with `is_binary` the sigmoid of each."""
    return logits.sigmoid() if is_binary else softmax(logits, -1)


# ---- random numbers, from the library's generator ------------------------------------------------------------------


def _standard_normal(shape: Sequence[int], dtype: Any = None, device: Any = None) -> Tensor:
    """Draws of the standard normal distribution."""
    dtype = np.dtype(dtype or promotion.default_dtype)
    draws = rng_of(None).standard_normal(tuple(shape), np.float64 if dtype == np.float64 else np.float32)
    return Tensor._of(np.asarray(draws, dtype))


def _uniform(shape: Sequence[int], dtype: Any) -> Tensor:
    """Draws from the open interval (0, 1): neither end, of which logarithms are infinite, is ever drawn."""
    info = np.finfo(dtype)
    u = rng_of(None).random(tuple(shape))
    return Tensor._of(np.asarray(np.clip(u, info.tiny, 1 - info.epsneg), dtype))


# ---- triangles of matrices -----------------------------------------------------------------------------------------


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Any:
    """The lower triangle of each matrix, row by row, up to the diagonal `diag`: (..., n, n) -> (..., k)."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(
            f"tril_matrix_to_vec: diag {diag} of {n} x {n}: there is no such diagonal; give -{n} to {n - 1}"
        )
    rows, columns = np.tril_indices(n, diag)
    return getitem(mat, (..., rows, columns))


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Any:
    """The inverse of `tril_matrix_to_vec`, with zeros elsewhere: (..., k) -> (..., n, n)."""
    k = vec.shape[-1]
    n = round((-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * k + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2)
    rows, columns = np.tril_indices(n, diag)
    if len(rows) != k:
        raise ValueError(
            f"vec_to_tril_matrix: {k} elements up to the diagonal {diag}: no square matrix has so many; change the size"
        )
    place = np.zeros((n, n), np.int64)  # where each element comes from; the rest is masked
    place[rows, columns] = np.arange(k)
    inside = np.zeros((n, n), bool)
    inside[rows, columns] = True
    return getitem(vec, (..., place)) * inside.astype(vec.dtype)


__all__ = [
    "broadcast_all",
    "clamp_probs",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

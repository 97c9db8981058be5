"""Functions of Tensors that are more than one op, or take an op's arguments as PyTorch writes them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index as whole
from typing import Any, NamedTuple

import numpy as np

from . import engine
from .ops import activation, elementwise, indexing, movement, reduction
from .ops.dispatch import einsum as einsum


class Extreme(NamedTuple):
    """The largest or smallest elements along an axis, and where they are."""

    values: Any
    indices: Any


def as_shape(shape: Sequence[Any]) -> tuple[int, ...]:
    """The shape from arguments written `2, 3` or `(2, 3)`."""
    if len(shape) == 1 and not isinstance(shape[0], int | np.integer):
        shape = shape[0]
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    try:
        return tuple(whole(n) for n in sizes)
    except TypeError:
        raise TypeError(
            f"shape: {', '.join(type(n).__name__ for n in sizes)}: a size is a whole number; "
            f"give numbers, or a tuple of them"
        ) from None


def plain_index(index: Any) -> Any:
    """An index with arrays in place of Tensors and lists."""
    if isinstance(index, tuple):
        return tuple(plain_index(i) for i in index)
    if isinstance(index, engine.box):
        if index.dtype.kind not in "iub":
            raise IndexError(
                f"x[index]: an index of {index.dtype}: it must be integers or bools; convert it with long()"
            )
        return index.value
    return np.asarray(index, None if len(index) else np.int64) if isinstance(index, list) else index


def getitem(x: Any, index: Any) -> Any:
    """x[index]; Tensors of integers or bools and lists are indices too. A view for numbers and slices."""
    return indexing.getitem(x, plain_index(index))


def reshape(x: Any, *shape: Any) -> Any:
    """The same elements in another shape; one size may be -1: `x.reshape(2, -1)`, `x.reshape((2, -1))`."""
    if len(shape) == 1 and isinstance(shape[0], np.dtype | type):
        return x.type(shape[0])
    return movement.reshape(x, as_shape(shape))


def permute(x: Any, *order: Any, dims: Sequence[int] | None = None) -> Any:
    """The axes in the given order: `x.permute(0, 2, 1)`."""
    return movement.permute(x, as_shape(order if dims is None else dims))


def transpose(x: Any, *dims: Any, dim0: int | None = None, dim1: int | None = None) -> Any:
    """PyTorch's with two numbers: those axes exchanged. NumPy's otherwise: an order of all axes, or reversed."""
    dims += tuple(d for d in (dim0, dim1) if d is not None)
    if len(dims) == 2 and all(isinstance(d, int | np.integer) for d in dims):
        return movement.swapaxes(x, *dims)
    return movement.permute(x, as_shape(dims) if dims and dims[0] is not None else None)


def flip(x: Any, *axes: Any, dims: Any = None, axis: Any = None) -> Any:
    """The order of elements reversed along the axes: `x.flip(0, 1)`, `x.flip((0, 1))`; along all of them for none."""
    given = axes or tuple(a for a in (dims, axis) if a is not None)
    return movement.flip(x, as_shape(given) if given else None)


def t(x: Any) -> Any:
    """The transpose of a matrix; a vector or number is left as it is."""
    if x.ndim > 2:
        raise ValueError(f"t: shape {x.shape}: it takes at most 2 dimensions; use permute or mT")
    return movement.permute(x)


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from start_dim to end_dim, both included, as one: (2, 3, 4) -> (24,)."""
    if not x.ndim:
        return x.reshape(1)
    start, end = movement.one_axis(start_dim, x.ndim, "flatten"), movement.one_axis(end_dim, x.ndim, "flatten")
    if start > end:
        raise ValueError(f"flatten: from axis {start} to axis {end}: the first must not come after the last; swap them")
    size = int(np.prod(x.shape[start : end + 1]))
    return movement.reshape(x, (*x.shape[:start], size, *x.shape[end + 1 :]))


def unflatten(x: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One axis as several: (24,) -> (2, 3, 4) for sizes (2, 3, 4), one of which may be -1."""
    k = movement.one_axis(dim, x.ndim, "unflatten")
    return movement.reshape(x, (*x.shape[:k], *sizes, *x.shape[k + 1 :]))


def expand(x: Any, *shape: Any) -> Any:
    """x repeated along axes of size 1 and new leading axes, without copying; -1 keeps a size."""
    return movement.broadcast_to(x, as_shape(shape))


def split(x: Any, split_size: int | Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Parts of `split_size` elements along an axis (the last may be smaller), or of the sizes given. Views."""
    k = movement.one_axis(dim, x.ndim, "split")
    n = x.shape[k]
    if isinstance(split_size, int | np.integer):
        if split_size <= 0 and not (split_size == 0 and n == 0):
            raise ValueError(f"split: parts of {split_size} elements: a part needs at least one; give a positive size")
        sizes = [min(int(split_size), n - start) for start in range(0, n, int(split_size) or 1)] or [0]
    else:
        sizes = [int(s) for s in split_size]
        if sum(sizes) != n or min(sizes, default=0) < 0:
            raise ValueError(f"split: sizes {sizes} of {n} elements: they must add up to {n}; change them")
    starts = np.cumsum([0, *sizes])
    at = (slice(None),) * k
    return tuple(getitem(x, (*at, slice(int(a), int(a) + s))) for a, s in zip(starts, sizes, strict=False))


def chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` parts of equal size along an axis, the last one possibly smaller. Views."""
    if chunks <= 0:
        raise ValueError(f"chunk: {chunks} parts: there must be at least one; give a positive number")
    return split(x, max(-(-x.shape[movement.one_axis(dim, x.ndim, "chunk")] // chunks), 1), dim)


def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along an axis, without that axis. Views."""
    k = movement.one_axis(dim, x.ndim, "unbind")
    return tuple(getitem(x, (slice(None),) * k + (i,)) for i in range(x.shape[k]))


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Tensors joined along an existing axis; an empty 1-d Tensor among others counts for nothing."""
    if any(np.ndim(x) > 1 for x in tensors):
        tensors = [x for x in tensors if np.shape(x) != (0,)]
    return movement.concatenate(tensors, dim if axis is None else axis)


def max_(x: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element; with `dim` as PyTorch (values, indices) along it, with NumPy's `axis` the values alone.

    With another Tensor in place of `dim`: the larger one element by element. The gradient of `max(dim)` goes to the
    element at the index, that of `max()` is shared among equal elements.
    """
    return extreme(x, dim, keepdim, axis, keepdims, reduction.amax, reduction.argmax, elementwise.maximum)


def min_(x: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest element; otherwise as `max`."""
    return extreme(x, dim, keepdim, axis, keepdims, reduction.amin, reduction.argmin, elementwise.minimum)


def extreme(x: Any, dim: Any, keepdim: bool, axis: Any, keepdims: bool, over: Any, where: Any, between: Any) -> Any:
    """What `max` and `min` have in common."""
    if isinstance(dim, engine.box):
        return between(x, dim)
    if dim is None:
        return over(x, axis=axis, keepdims=keepdims or keepdim)
    indices = where(x, axis=dim, keepdims=True)
    if not x.ndim:
        return Extreme(movement.clone(x), indices)
    values = indexing.gather(x, indices, dim % x.ndim)
    return Extreme(values, indices) if keepdim else Extreme(values.squeeze(dim), indices.squeeze(dim))


def softmax(x: Any, dim: int | None = None, dtype: Any = None, *, axis: int | None = None) -> Any:
    """e^x / sum(e^x) along an axis (default: the last); `dtype`: that of the computation and the result."""
    return activation.softmax(x if dtype is None else x.to(dtype), chosen_axis(dim, axis))


def log_softmax(x: Any, dim: int | None = None, dtype: Any = None, *, axis: int | None = None) -> Any:
    """x - log(sum(e^x)) along an axis (default: the last); `dtype`: that of the computation and the result."""
    return activation.log_softmax(x if dtype is None else x.to(dtype), chosen_axis(dim, axis))


def chosen_axis(dim: int | None, axis: int | None) -> int:
    """The axis from its two spellings, the last one if neither is given."""
    return dim if dim is not None else axis if axis is not None else -1


def where(condition: Any, *branches: Any) -> Any:
    """`where(condition, x, y)`: x where the condition holds, else y. `where(condition)`: the indices where it does."""
    condition = condition.value if isinstance(condition, engine.box) else np.asarray(condition)
    if not branches:
        return tuple(engine.box._of(index) for index in np.nonzero(condition))
    return elementwise.where(condition, *branches)


def where_method(x: Any, condition: Any, other: Any) -> Any:
    """x where the condition holds, else other."""
    return elementwise.where(condition, x, other)


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """`value` where `mask` (bool, broadcast) holds, else x."""
    value = value if isinstance(value, engine.box) else x.dtype.type(value)
    return elementwise.where(mask, value, x)


def gather(x: Any, dim: int, index: Any, *, axis: int | None = None) -> Any:
    """out[i][j] = x[index[i][j]][j] for dim 0: one element of x for each entry of `index` (int64)."""
    return indexing.gather(x, index, movement.one_axis(dim if axis is None else axis, x.ndim, "gather"))


def index_select(x: Any, dim: int, index: Any) -> Any:
    """The slices of x along an axis that `index` (int64, 1-d) names, in its order."""
    return getitem(x, (slice(None),) * movement.one_axis(dim, x.ndim, "index_select") + (index,))

"""Shapes as PyTorch writes them, parts of Tensors and Tensors joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import index as whole
from typing import Any

import numpy as np

from ..ops import indexing, layout, movement
from ..ops.out import takes_out, takes_own_out
from ..ops.spelling import both_spellings
from .indexing import together


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


def reshape(input: Any, *sizes: Any, shape: Any = None) -> Any:
    """The same elements in another shape; one size may be -1: `x.reshape(2, -1)`, `x.reshape((2, -1))`."""
    return movement.reshape(input, as_shape(sizes if shape is None else (shape,)))


def permute(input: Any, *order: Any, dims: Sequence[int] | None = None) -> Any:
    """The axes in the given order: `x.permute(0, 2, 1)`."""
    return movement.permute(input, as_shape(order if dims is None else dims))


def transpose(input: Any, *dims: Any, dim0: int | None = None, dim1: int | None = None) -> Any:
    """PyTorch's with two numbers: those axes exchanged. NumPy's otherwise: an order of all axes, or reversed."""
    dims += tuple(d for d in (dim0, dim1) if d is not None)
    if len(dims) == 2 and all(isinstance(d, int | np.integer) for d in dims):
        return movement.swapaxes(input, *dims)
    return movement.permute(input, as_shape(dims) if dims and dims[0] is not None else None)


def flip(input: Any, *axes: Any, dims: Any = None, axis: Any = None) -> Any:
    """The order of elements reversed along the axes: `x.flip(0, 1)`, `x.flip((0, 1))`; along all of them for none."""
    given = axes or tuple(a for a in (dims, axis) if a is not None)
    return movement.flip(input, as_shape(given) if given else None)


def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """Two axes exchanged. A view."""
    return movement.swapaxes(input, axis0, axis1)


def swapdims(input: Any, dim0: int, dim1: int) -> Any:
    """Two axes exchanged. A view."""
    return movement.swapaxes(input, dim0, dim1)


def t(input: Any) -> Any:
    """The transpose of a matrix; a vector or number is left as it is."""
    if input.ndim > 2:
        raise ValueError(f"t: shape {input.shape}: it takes at most 2 dimensions; use permute or mT")
    return movement.permute(input)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from start_dim to end_dim, both included, as one: (2, 3, 4) -> (24,)."""
    if not input.ndim:
        return input.reshape(1)
    start, end = movement.one_axis(start_dim, input.ndim, "flatten"), movement.one_axis(end_dim, input.ndim, "flatten")
    if start > end:
        raise ValueError(f"flatten: from axis {start} to axis {end}: the first must not come after the last; swap them")
    size = int(np.prod(input.shape[start : end + 1]))
    return movement.reshape(input, (*input.shape[:start], size, *input.shape[end + 1 :]))


def ravel(input: Any) -> Any:
    """All elements in one axis."""
    return input.reshape(-1)


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One axis as several: (24,) -> (2, 3, 4) for sizes (2, 3, 4), one of which may be -1."""
    k = movement.one_axis(dim, input.ndim, "unflatten")
    return movement.reshape(input, (*input.shape[:k], *sizes, *input.shape[k + 1 :]))


def expand(input: Any, *shape: Any, size: Any = None, implicit: bool = False) -> Any:
    """x repeated along axes of size 1 and new leading axes, without copying; -1 keeps a size."""
    return movement.broadcast_to(input, as_shape(shape if size is None else (size,)))


def split(input: Any, split_size_or_sections: Any = None, dim: int = 0, *, split_size: Any = None) -> tuple[Any, ...]:
    """Parts of so many elements along an axis (the last may be smaller), or of the sizes given. Views."""
    split_size = split_size_or_sections if split_size is None else split_size  # the method's name of it
    k = movement.one_axis(dim, input.ndim, "split")
    n = input.shape[k]
    if isinstance(split_size, int | np.integer):
        if split_size <= 0 and not (split_size == 0 and n == 0):
            raise ValueError(f"split: parts of {split_size} elements: a part needs at least one; give a positive size")
        sizes = [min(int(split_size), n - start) for start in range(0, n, int(split_size) or 1)] or [0]
    else:
        sizes = [int(s) for s in split_size]
        if sum(sizes) != n or min(sizes, default=0) < 0:
            raise ValueError(f"split: sizes {sizes} of {n} elements: they must add up to {n}; change them")
    at = (slice(None),) * k
    return tuple(indexing.getitem(input, (*at, slice(a, b))) for a, b in pairwise(accumulate(sizes, initial=0)))


@both_spellings
def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` parts of equal size along an axis, the last one possibly smaller. Views."""
    if chunks <= 0:
        raise ValueError(f"chunk: {chunks} parts: there must be at least one; give a positive number")
    return split(input, max(-(-input.shape[movement.one_axis(dim, input.ndim, "chunk")] // chunks), 1), dim)


@both_spellings
def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along an axis, without that axis. Views."""
    k = movement.one_axis(dim, input.ndim, "unbind")
    return tuple(indexing.getitem(input, (slice(None),) * k + (i,)) for i in range(input.shape[k]))


@takes_own_out
def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Tensors joined along an existing axis; an empty 1-d Tensor among others counts for nothing."""
    if any(np.ndim(x) > 1 for x in tensors):
        tensors = [x for x in tensors if np.shape(x) != (0,)]
    return movement.concatenate(tensors, dim if axis is None else axis)


# ---- copies and rearrangements -------------------------------------------------------------------------------------


def repeat(input: Any, *repeats: Any) -> Any:
    """x repeated along each axis: `x.repeat(2, 3)`; more numbers than axes make new axes in front."""
    times = as_shape(repeats)
    if len(times) < input.ndim or min(times, default=0) < 0:
        raise ValueError(
            f"repeat: {times} times for shape {input.shape}: each axis needs a number from 0 up; "
            f"give {input.ndim} or more"
        )
    return layout.tile(input, times)


def tile(input: Any, *dims: Any) -> Any:
    """The same with fewer numbers than axes allowed: they count from the last axis."""
    times = as_shape(dims)
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


@both_spellings
def repeat_interleave(input: Any, repeats: Any, dim: int | None = None, *, output_size: int | None = None) -> Any:
    """Each slice along an axis (of the flattened Tensor for None) repeated: `repeats` times, or each its number."""
    if dim is None:
        input, dim = input.reshape(-1), 0
    k = movement.one_axis(dim, max(input.ndim, 1), "repeat_interleave")
    x = input if input.ndim else input.reshape(1)
    times = np.asarray(repeats)
    if times.ndim > 1 or (times.ndim and times.size not in (1, x.shape[k])) or np.any(times < 0):
        raise ValueError(
            f"repeat_interleave: {np.shape(repeats)} repeats of {x.shape[k]} slices: each needs one, from 0 up; "
            f"give a number, or one for each"
        )
    return indexing.getitem(x, (slice(None),) * k + (np.repeat(np.arange(x.shape[k]), times),))


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements moved on by `shifts` along `dims`, those that fall off put in at the front."""
    return layout.roll(input, shifts, None if dims is None or dims == () else dims)


@both_spellings
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` slices along an axis, from `start` on. A view."""
    k = movement.one_axis(dim, input.ndim, "narrow")
    if start is True or getattr(start, "dtype", np.dtype(int)).kind == "b":
        raise TypeError("narrow: a bool start: it is a position; give an integer")
    n, start = input.shape[k], whole(start)
    if length < 0 or not -n <= start <= n or (start + n * (start < 0)) + length > n:
        raise IndexError(f"narrow: {length} slices from {start} of {n}: there are not so many; give others")
    start += n * (start < 0)
    return indexing.getitem(input, (slice(None),) * k + (slice(start, start + length),))


@both_spellings
def select(input: Any, dim: int, index: int) -> Any:
    """One slice along an axis, without that axis. A view."""
    k = movement.one_axis(dim, input.ndim, "select")
    return indexing.getitem(input, (slice(None),) * k + (whole(index),))


@takes_out
def diag(input: Any, diagonal: int = 0) -> Any:
    """Of a vector the matrix with it on a diagonal, of a matrix the diagonal."""
    if input.ndim not in (1, 2):
        raise ValueError(f"diag: shape {input.shape}: it takes a vector or a matrix; use diagonal or diag_embed")
    return layout.diag_embed(input, diagonal) if input.ndim == 1 else layout.diagonal(input, diagonal)


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The elements with equal positions on two axes, as the last axis. A view."""
    return layout.diagonal(input, offset, dim1, dim2)


@takes_out
def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle of each matrix, up to this diagonal; 0 elsewhere."""
    return layout.tril(input, diagonal)


@takes_out
def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle of each matrix, from this diagonal on; 0 elsewhere."""
    return layout.triu(input, diagonal)


def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal."""
    if input.ndim != 2:
        raise ValueError(f"trace: shape {input.shape}: it takes a matrix; sum a diagonal(dim1=-2, dim2=-1)")
    return layout.diagonal(input).sum()


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """All slices of `size` elements along an axis, `step` apart, with those elements as the last axis. A view."""
    return layout.windows_of(input, dimension, size, step)


@both_spellings
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Into that many parts, whose sizes differ by at most one, or before each of the positions. Views."""
    if not input.ndim:
        raise ValueError("tensor_split: a 0-d Tensor: it has no parts; reshape it to (1,)")
    k = movement.one_axis(dim, input.ndim, "tensor_split")
    n, at = input.shape[k], (slice(None),) * movement.one_axis(dim, input.ndim, "tensor_split")
    cuts = np.asarray(indices_or_sections)
    if not cuts.ndim:
        parts = int(cuts)
        if parts <= 0:
            raise ValueError(f"tensor_split: {parts} parts: there must be at least one; give a positive number")
        cuts = np.cumsum([n // parts + (i < n % parts) for i in range(parts - 1)])
    bounds = [0, *(int(c) for c in cuts), n]
    return tuple(indexing.getitem(input, (*at, slice(a, b))) for a, b in pairwise(bounds))


def view_as(input: Any, other: Any) -> Any:
    """The same elements in the shape of another Tensor."""
    return movement.reshape(input, other.shape)


def expand_as(input: Any, other: Any) -> Any:
    """x repeated to the shape of another Tensor, without copying."""
    return movement.broadcast_to(input, other.shape)


# ---- several Tensors -----------------------------------------------------------------------------------------------


def several(tensors: Any) -> list[Any]:
    """The Tensors of a call written `f(x, y)` or `f([x, y])`."""
    return list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else list(tensors)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The Tensors, each repeated to the shape that they have together, without copying."""
    shape = together("broadcast_tensors", *(x.shape for x in several(tensors)))
    return tuple(movement.broadcast_to(x, shape) for x in several(tensors))


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid: for vectors of n and m elements two Tensors (n, m), or (m, n) for indexing "xy"."""
    xs = [x.reshape(-1) for x in several(tensors)]
    if indexing not in ("ij", "xy"):
        raise ValueError(f"meshgrid: indexing {indexing!r}: there is none such; give 'ij' or 'xy'")
    if any(x.ndim > 1 for x in several(tensors)) or not xs:
        raise ValueError(f"meshgrid: shapes {[x.shape for x in xs]}: it takes vectors; reshape them")
    shape = tuple(x.shape[0] for x in xs)
    grids = [x.reshape((-1, *(1,) * (len(xs) - 1 - k))).expand(shape) for k, x in enumerate(xs)]
    return tuple(g.transpose(0, 1) if indexing == "xy" and len(xs) > 1 else g for g in grids)


@takes_out
def hstack(tensors: Sequence[Any]) -> Any:
    """Joined along the second axis, vectors along their only one."""
    xs = [x if x.ndim else x.reshape(1) for x in tensors]
    return cat(xs, 0 if xs and xs[0].ndim == 1 else 1)


@takes_out
def vstack(tensors: Sequence[Any]) -> Any:
    """Joined along the first axis, vectors as rows."""
    return cat([x if x.ndim > 1 else x.reshape(1, -1) for x in tensors])

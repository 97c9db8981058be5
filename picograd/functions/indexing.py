"""Elements and slices picked by an index, put at an index, and added up there."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine
from ..ops import elementwise, indexing, movement
from ..ops.out import takes_out, takes_own_out
from ..ops.spelling import both_spellings


def plain_index(index: Any) -> Any:
    """An index with arrays in place of Tensors and lists."""
    if type(index) is int or type(index) is slice:  # the most frequent first
        return index
    if isinstance(index, tuple):
        return tuple(plain_index(i) for i in index)
    if isinstance(index, engine.box):
        if index.dtype.kind not in "iub":
            raise IndexError(
                f"x[index]: an index of {index.dtype}: it must be integers or bools; convert it with long()"
            )
        # uint8 is PyTorch's old dtype of masks
        return index.value if index.dtype != np.uint8 else index.value.astype(np.bool_)
    if isinstance(index, list | range):
        return np.asarray(index, None if len(index) else np.int64)
    return index


def getitem(x: Any, index: Any) -> Any:
    """x[index]; Tensors of integers or bools and lists are indices too. A view for numbers and slices."""
    index = plain_index(index)
    if type(index) is tuple and len(index) > 2 and (steps := in_two_steps(index)):
        return indexing.getitem(indexing.getitem(x, steps[0]), steps[1])
    return indexing.getitem(x, index)


def in_two_steps(index: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """The numbers of an index, and then the rest of it, where that makes a difference; else None.

    PyTorch picks by numbers first: they take no part in where the axes of arrays end up. With NumPy, which
    broadcasts numbers and arrays, those axes come first if a slice stands between them.
    """
    kinds = "".join("i" if is_number(k) else "a" if isinstance(k, np.ndarray | bool) else "s" for k in index)
    if "i" not in kinds or "a" not in kinds or "s" not in kinds.strip("s"):
        return None
    numbers: list[Any] = []
    rest: list[Any] = []
    for k, kind in zip(index, kinds, strict=True):
        if kind == "i":
            numbers.append(int(k))
            continue
        rest.append(k)
        if k is Ellipsis:
            numbers.append(k)
        elif kind == "a":
            mask = np.asarray(k).dtype == bool
            numbers += [slice(None)] * (np.ndim(k) if mask else 1)
        elif k is not None:
            numbers.append(slice(None))
    return tuple(numbers), tuple(rest)


def is_number(k: Any) -> bool:
    """Whether an index picks one position: an integer, or a 0-d array of one."""
    if isinstance(k, np.ndarray):
        return k.ndim == 0 and k.dtype != bool
    return isinstance(k, int | np.integer) and not isinstance(k, bool)


@takes_out
def where(condition: Any, *branches: Any, **named: Any) -> Any:
    """`where(condition, input, other)`: input where the condition holds, else other.

    `where(condition)`: the indices where it does, a vector for each axis.
    """
    branches += tuple(named.pop(name) for name in ("input", "other") if name in named)
    if named or len(branches) not in (0, 2):
        raise TypeError(
            f"where: {len(branches)} branches{''.join(f', {name}' for name in named)}: it takes input and other, or "
            f"none of them; call it as where(condition, input, other)"
        )
    condition = condition.value if isinstance(condition, engine.box) else np.asarray(condition)
    if not branches:
        return tuple(engine.box._of(index) for index in np.nonzero(condition))
    return elementwise.where(condition, *branches)


def where_method(input: Any, condition: Any, other: Any) -> Any:
    """x where the condition holds, else other."""
    return elementwise.where(condition, input, other)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """`value` where `mask` (bool, broadcast) holds, else input."""
    if np.ndim(value):
        raise ValueError(f"masked_fill: a value of shape {np.shape(value)}: it must be a number; use where")
    value = value if isinstance(value, engine.box) else input.dtype.type(value)
    return elementwise.where(mask, value, input)


def together(op: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that these broadcast to."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"{op}: shapes {' and '.join(map(str, shapes))}: they do not broadcast together; from the right, each pair "
            f"of sizes must be equal or one of them 1 (reshape or unsqueeze one of them)"
        ) from None


def places(x: Any, dim: int, index: Any, op: str) -> Any:
    """Where the entries of `index` lie in x, a position along an axis each: as an index of x."""
    value = index.value if isinstance(index, engine.box) else np.asarray(index)
    k = movement.one_axis(dim, max(x.ndim, 1), op)
    if value.dtype.kind not in "iu":
        raise TypeError(f"{op}: an index of {value.dtype}: it must be integers; convert it with long()")
    if value.size == 0:
        return (np.empty((0,) * bool(x.ndim), np.int64),) * max(x.ndim, 1)
    if max(value.ndim, 1) != max(x.ndim, 1) or any(
        n > m for d, (n, m) in enumerate(zip(value.shape, x.shape, strict=False)) if d != k
    ):
        raise IndexError(
            f"{op}: index {value.shape} for shape {x.shape}, axis {dim}: it must have as many axes and, but for that "
            f"axis, no larger sizes; slice or expand it"
        )
    if value.min() < 0 or value.max() >= (x.shape[k] if x.ndim else 1):
        raise IndexError(
            f"{op}: shape {x.shape} and index {value.shape}: {value.min()} to {value.max()} are not all positions "
            f"along axis {dim}; give 0 to {(x.shape[k] if x.ndim else 1) - 1}"
        )
    return indexing.along(value, k) if value.ndim else (value.reshape(1),)


@takes_own_out
def gather(
    input: Any, dim: int | None = None, index: Any = None, *, sparse_grad: bool = False, axis: int | None = None
) -> Any:
    """out[i][j] = input[index[i][j]][j] for dim 0: one element of input for each entry of `index` (int64)."""
    k: Any = dim if axis is None else axis
    at = places(input, k, index, "gather")
    x = input if input.ndim else input.reshape(1)
    if np.size(index) == 0 or not (input.ndim and np.ndim(index)):
        return getitem(x, at if np.size(index) else (slice(0, 0),) * x.ndim).reshape(np.shape(index))
    return indexing.gather(input, index, movement.one_axis(k, input.ndim, "gather"))


def slices(input: Any, dim: int, index: Any, op: str) -> tuple[Any, tuple[Any, ...]]:
    """`input` with at least one axis, and the index of the slices along an axis that `index` (0-d or 1-d) names."""
    value = index.value if isinstance(index, engine.box) else np.asarray(index)
    if value.ndim > 1 or value.dtype.kind not in "iu":
        raise IndexError(f"{op}: an index {value.shape} of {value.dtype}: it names slices; give integers in one axis")
    k = movement.one_axis(dim, input.ndim, op) if input.ndim else movement.one_axis(dim, 1, op)
    return (input if input.ndim else input.reshape(1)), (slice(None),) * k + (value.reshape(-1),)


@both_spellings
@takes_own_out
def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices of input along an axis that `index` (int64, 1-d) names, in its order."""
    x, at = slices(input, dim, index, "index_select")
    out = getitem(x, at)
    return out if input.ndim else out.reshape(())


# ---- elements picked by other means --------------------------------------------------------------------------------


@takes_out
def masked_select(input: Any, mask: Any) -> Any:
    """The elements where `mask` (bool) holds, one after the other; the two broadcast together."""
    if mask.dtype != bool:
        raise TypeError(f"masked_select: a mask of {mask.dtype}: it must be bool; compare it with something")
    shape = together("masked_select", input.shape, mask.shape)
    return getitem(movement.broadcast_to(input, shape), movement.broadcast_to(mask, shape))


@takes_out
def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The positions (int64) of what is not 0: (n, ndim), or with `as_tuple` a vector for each axis."""
    if as_tuple:
        return tuple(engine.box._of(k) for k in np.nonzero(np.atleast_1d(input.value)))
    return engine.box._of(np.argwhere(input.value))


@takes_own_out
def take(input: Any, index: Any) -> Any:
    """The elements at these positions (int64) in the flattened input, in the shape of `index`."""
    return getitem(input.reshape(-1), index)


@both_spellings
@takes_out
def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """`gather` that broadcasts: what argsort's indices along an axis pick; of the flattened input for None."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    k = movement.one_axis(dim, input.ndim, "take_along_dim")
    if indices.ndim != input.ndim:
        raise ValueError(
            f"take_along_dim: shapes {input.shape} and {indices.shape}: they must have as many axes; unsqueeze one"
        )
    if indices.dtype != np.int64:
        raise TypeError(f"take_along_dim: indices of {indices.dtype}: they must be int64; convert them with long()")
    one = [n if d != k else 1 for d, n in enumerate(input.shape)]
    other = [n if d != k else 1 for d, n in enumerate(indices.shape)]
    rest = together("take_along_dim", tuple(one), tuple(other))
    x = movement.broadcast_to(input, (*rest[:k], input.shape[k], *rest[k + 1 :]))
    index = movement.broadcast_to(indices, (*rest[:k], indices.shape[k], *rest[k + 1 :]))
    return indexing.gather(x, index.value, k)

"""Views and shapes beyond the everyday ones: flips and turns, parts by other names, strides, copies of views."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import engine
from ..memory import owner
from ..ops import layout, movement
from ..ops.out import takes_out
from .elementwise import value_of
from .indexing import getitem, together
from .shape import (
    as_shape,
    chunk,
    diagonal,
    expand,
    flip,
    narrow,
    permute,
    reshape,
    select,
    split,
    t,
    tensor_split,
    transpose,
    unbind,
    unfold,
)


def fliplr(input: Any) -> Any:
    """The columns in reversed order: the second axis flipped."""
    if input.ndim < 2:
        raise ValueError(f"fliplr: shape {input.shape}: it has no columns; use flip(0)")
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """The rows in reversed order: the first axis flipped."""
    if input.ndim < 1:
        raise ValueError(f"flipud: shape {input.shape}: it has no rows; reshape it to (1,)")
    return flip(input, 0)


def rot90(input: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """Turned by k quarters in the plane of two axes, from the first towards the second."""
    a, b = (movement.one_axis(d, input.ndim, "rot90") for d in dims)
    if a == b:
        raise ValueError(f"rot90: axes {tuple(dims)} of shape {input.shape}: they are one; name two")
    if k % 4 == 0:
        return movement.clone(input)
    if k % 4 == 2:
        return flip(input, (a, b))
    turned = flip(input, b if k % 4 == 1 else a)
    return movement.clone(movement.swapaxes(turned, a, b))


def adjoint(input: Any) -> Any:
    """The last two axes exchanged: for real numbers the adjoint of each matrix. A view."""
    if input.ndim < 2 and input.ndim:
        raise ValueError(f"adjoint: shape {input.shape}: it takes matrices; unsqueeze it")
    return movement.swapaxes(input, -1, -2)


def diagflat(input: Any, offset: int = 0) -> Any:
    """The matrix with all elements on a diagonal."""
    return layout.diag_embed(input.reshape(-1), offset)


def view(x: Any, *shape: Any, dtype: Any = None, size: Any = None) -> Any:
    """The same elements in another shape, as `reshape`; given a dtype, the same bytes read as that. A view."""
    shape = shape if size is None else (size,)
    if dtype is None and len(shape) == 1 and isinstance(shape[0], np.dtype | type):
        dtype = shape[0]
    if dtype is None:
        return reshape(x, *shape)
    new = np.dtype(dtype)
    if new == x.dtype:
        return reshape(x, x.shape)
    if not x.ndim and new.itemsize != x.dtype.itemsize:
        raise ValueError(f"view: a 0-d Tensor of {x.dtype} as {new}: another width needs an axis; reshape it to (1,)")
    try:
        out = engine.box._of(x.value.view(new))
    except ValueError:
        raise ValueError(
            f"view: shape {x.shape} of {x.dtype} as {new}: the last axis must lie in one piece and its bytes divide "
            f"evenly; use contiguous()"
        ) from None
    return out


# ---- parts ---------------------------------------------------------------------------------------------------------


def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Parts of the sizes given along an axis. Views."""
    return split(input, list(split_sizes), dim)


def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """`tensor_split` along the second axis, of a vector along its only one. Into equal parts, or before positions."""
    return evenly("hsplit", input, indices_or_sections, 0 if input.ndim == 1 else 1, 1)


def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """`tensor_split` along the first axis: into equal parts, or before the positions."""
    return evenly("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """`tensor_split` along the third axis: into equal parts, or before the positions."""
    return evenly("dsplit", input, indices_or_sections, 2, 3)


def evenly(op: str, x: Any, cuts: Any, axis: int, ndim: int) -> tuple[Any, ...]:
    """What the three have in common."""
    if x.ndim < ndim:
        raise ValueError(f"{op}: shape {x.shape}: it takes {ndim} dimensions or more; unsqueeze it")
    if not np.ndim(cuts) and (int(cuts) <= 0 or x.shape[axis] % int(cuts)):
        raise ValueError(f"{op}: {x.shape[axis]} elements into {int(cuts)} parts: they are not equal; use tensor_split")
    parts: tuple[Any, ...] = tensor_split(x, cuts, axis)
    return parts


# ---- strides -------------------------------------------------------------------------------------------------------


def strides(x: Any) -> tuple[int, ...]:
    """How many elements apart in memory neighbours along each axis are."""
    return tuple(int(n) // int(x.value.itemsize) for n in x.value.strides)


def storage_offset(x: Any) -> int:
    """How many elements the first one lies behind the start of the memory."""
    start = owner(x.value).__array_interface__["data"][0]
    return (int(x.value.__array_interface__["data"][0]) - int(start)) // int(x.value.itemsize)


def as_strided(input: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Any:
    """A view of the input's memory: out[i, j] is its element `storage_offset + i stride[0] + j stride[1]`.

    The offset counts from the start of the memory; None: from the input's first element. The gradient goes to the
    elements of the input, so all that is looked at must be among them if it has one.
    """
    shape, steps = as_shape((tuple(size),)), as_shape((tuple(stride),))
    if len(shape) != len(steps) or min(shape, default=0) < 0 or min(steps, default=0) < 0:
        raise ValueError(f"as_strided: size {shape}, stride {steps}: one from 0 up for each axis; give as many")
    here = offset_of(input)
    offset = 0 if storage_offset is None else storage_offset - here
    last = offset + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    if math.prod(shape) and (offset + here < 0 or last + here >= owner(input.value).size):
        raise ValueError(
            f"as_strided: size {shape}, stride {steps}, storage_offset {storage_offset} of a memory of "
            f"{owner(input.value).size} elements: it reaches beyond; give others"
        )
    return layout.strided(input, shape, steps, offset, places(input, shape, steps, offset) if input.node else None)


offset_of = storage_offset


def places(x: Any, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> tuple[Any, ...]:
    """Where among the elements of x those of a strided view of its memory are."""
    wanted = spread(size, stride) + offset
    if x.is_contiguous():
        found = wanted
    else:
        own = spread(x.shape, strides(x))
        order = np.argsort(own, axis=None)
        sorted_ = own.reshape(-1)[order]
        at = np.minimum(np.searchsorted(sorted_, wanted), max(sorted_.size - 1, 0))
        found = np.where(sorted_[at] == wanted, order[at], -1)
    if wanted.size and (found.min() < 0 or found.max() >= x.numel()):
        raise ValueError(
            f"as_strided: size {size}, stride {stride} of shape {x.shape}: it looks at elements that are not the "
            f"input's, which has a gradient; take it of the Tensor that the input is a view of"
        )
    return np.unravel_index(found, x.shape)


def spread(size: tuple[int, ...], stride: tuple[int, ...]) -> Any:
    """The offsets in memory of the elements of a shape."""
    out = np.zeros((), np.int64)
    for n, step in zip(size, stride, strict=True):
        out = out[..., None] + np.arange(n) * step
    return out


# ---- copies of views -----------------------------------------------------------------------------------------------


def copied(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function of a view, giving a copy with its own memory."""

    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return tuple(movement.clone(x) for x in result) if isinstance(result, tuple) else movement.clone(result)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{name.removesuffix('_copy')}`, as a copy with its own memory."
    return takes_out(call)


def detach(input: Any) -> Any:
    """The same memory without history: no gradient flows through the result."""
    return input.detach()


def alias(input: Any) -> Any:
    """The same elements in the same memory."""
    return movement.reshape(input, input.shape)


def slice_of(input: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """The elements from start to end along an axis, in steps."""
    return getitem(input, (slice(None),) * movement.one_axis(dim, input.ndim, "slice") + (slice(start, end, step),))


alias_copy, as_strided_copy = copied(alias, "alias_copy"), copied(as_strided, "as_strided_copy")
detach_copy = copied(detach, "detach_copy")
diagonal_copy, expand_copy = copied(diagonal, "diagonal_copy"), copied(expand, "expand_copy")
narrow_copy, permute_copy = copied(narrow, "narrow_copy"), copied(permute, "permute_copy")
select_copy, slice_copy = copied(select, "select_copy"), copied(slice_of, "slice_copy")
split_copy, split_with_sizes_copy = copied(split, "split_copy"), copied(split_with_sizes, "split_with_sizes_copy")
squeeze_copy, unsqueeze_copy = copied(movement.squeeze, "squeeze_copy"), copied(movement.unsqueeze, "unsqueeze_copy")
t_copy, transpose_copy = copied(t, "t_copy"), copied(transpose, "transpose_copy")
unbind_copy, unfold_copy, view_copy = (
    copied(unbind, "unbind_copy"),
    copied(unfold, "unfold_copy"),
    copied(view, "view_copy"),
)
# PyTorch's do not mark their results as views; here that makes no difference.
unsafe_chunk, unsafe_split, unsafe_split_with_sizes = chunk, split, split_with_sizes


# ---- shapes --------------------------------------------------------------------------------------------------------


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that these broadcast to."""
    return together("broadcast_shapes", *(as_shape((shape,)) for shape in shapes))


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """The positions along each axis (int64) of elements given by their place in the flattened Tensor."""
    sizes, value = as_shape((shape,)), value_of(indices)
    if value.dtype.kind not in "iu":
        raise TypeError(f"unravel_index: indices of {value.dtype}: they must be integers; convert them with long()")
    try:
        return tuple(engine.box._of(np.asarray(k)) for k in np.unravel_index(value, sizes))
    except ValueError:
        raise ValueError(
            f"unravel_index: {value.min()} to {value.max()} in shape {sizes}: they are not all places in it; "
            f"give 0 to {math.prod(sizes) - 1}"
        ) from None


def is_same_size(input: Any, other: Any) -> bool:
    """Whether both have the same shape."""
    return bool(input.shape == other.shape)

"""Movement: ops that rearrange elements without computing anything. Most give views of the input's memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..delayed import takes_products
from .primitive import Array, Arrays, primitive
from .promotion import ComplexMet
from .reduction import axes

Shape = tuple[int, ...]


def one_axis(axis: int, ndim: int, op: str) -> int:
    """`axis` from 0 up; IndexError if there is no such axis among `ndim`."""
    if type(axis) is not int and not isinstance(axis, int | np.integer):
        raise TypeError(f"{op}: a {type(axis).__name__} as axis: an axis is a whole number; give it after the Tensors")
    if not -ndim <= axis < ndim:
        raise IndexError(
            f"{op}: axis {axis} of {ndim} dimensions: there is no such axis; give one from {-ndim} to {ndim - 1}"
        )
    return axis % ndim


@primitive(np.reshape, view=True)
def reshape(x: Array, shape: Shape) -> Array:
    """The same elements, row by row, in another shape; one size may be -1. A view where the memory allows."""
    try:
        return x.reshape(shape)
    except ValueError:
        raise ValueError(
            f"reshape: {x.shape} to {shape}: {x.size} elements do not fill that shape; "
            f"the sizes must multiply to {x.size} (one may be -1)"
        ) from None


reshape.rule(x=lambda g, x_shape: g.reshape(x_shape))


@primitive(np.transpose, view=True)
def permute(x: Array, axes: Sequence[int] | None = None) -> Array:
    """The axes in the given order, reversed for None: out.shape[k] == x.shape[axes[k]]. A view."""
    if axes is not None and sorted(a % x.ndim if -x.ndim <= a < x.ndim else a for a in axes) != list(range(x.ndim)):
        raise ValueError(
            f"permute: axes {tuple(axes)} of shape {x.shape}: each axis must appear once; "
            f"give an order of 0 to {x.ndim - 1}"
        )
    return np.transpose(x, axes)


permute.rule(x=lambda g, axes: np.transpose(g, None if axes is None else inverse(axes)))


def inverse(order: Sequence[int]) -> Shape:
    """The permutation that undoes `order`."""
    return tuple(int(k) for k in np.argsort([a % len(order) for a in order]))


@primitive(np.swapaxes, view=True, indexed=True)
def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """Two axes exchanged. A view."""
    first, second = one_axis(axis1, max(x.ndim, 1), "transpose"), one_axis(axis2, max(x.ndim, 1), "transpose")
    return np.swapaxes(x, first, second) if x.ndim else x


swapaxes.rule(x=takes_products(lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2) if g.ndim else g))


@primitive(np.moveaxis, view=True)
def movedim(x: Array, source: Any, destination: Any) -> Array:
    """The axes `source` moved to `destination` (numbers or tuples), the others in their order. A view."""
    try:
        return np.moveaxis(x, source, destination)
    except np.exceptions.AxisError:
        raise IndexError(
            f"movedim: from {source} to {destination} of shape {x.shape}: there is no such axis; "
            f"give axes from {-x.ndim} to {x.ndim - 1}"
        ) from None


movedim.rule(x=lambda g, source, destination: np.moveaxis(g, destination, source))


@primitive(np.broadcast_to, view=True)
def broadcast_to(x: Array, shape: Shape) -> Array:
    """F: x repeated along new leading axes and axes of size 1. -1 keeps a size. The gradient is the sum over them."""
    kept = [
        n if n != -1 else x.shape[k - len(shape)] for k, n in enumerate(shape) if n != -1 or k >= len(shape) - x.ndim
    ]
    try:
        return np.broadcast_to(x, kept if len(kept) == len(shape) else shape)
    except ValueError:
        raise ValueError(
            f"broadcast_to: {x.shape} to {tuple(shape)}: a size can only grow where it is 1 or new on the left; "
            f"reshape or unsqueeze first"
        ) from None


broadcast_to.rule(x=lambda g: g)


@primitive(np.squeeze, view=True)
def squeeze(x: Array, axis: int | Sequence[int] | None = None) -> Array:
    """Axes of size 1 removed: all of them, or those named (others of the named stay). A view."""
    candidates = axes(axis, x.ndim, "squeeze")
    return x.reshape([n for k, n in enumerate(x.shape) if n != 1 or k not in candidates])


squeeze.rule(x=lambda g, x_shape: g.reshape(x_shape))


@primitive(np.expand_dims, view=True)
def unsqueeze(x: Array, axis: int | Sequence[int]) -> Array:
    """A new axis of size 1 at `axis` of the result. A view."""
    new = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    return np.expand_dims(x, tuple(one_axis(int(a), x.ndim + len(new), "unsqueeze") for a in new))


unsqueeze.rule(x=lambda g, x_shape: g.reshape(x_shape))


@primitive(np.flip)
def flip(x: Array, axis: int | Sequence[int] | None = None) -> Array:
    """The order of elements reversed along the axes."""
    return np.flip(x, axes(axis, x.ndim, "flip")).copy()


flip.rule(x=lambda g, axis: np.flip(g, axes(axis, g.ndim, "flip")))


@primitive(np.concatenate)
def concatenate(xs: Arrays, axis: int = 0) -> Array:
    """Joined along an existing axis: shapes (.., a, ..), (.., b, ..) -> (.., a + b, ..). All else must agree."""
    k = one_axis(axis, xs[0].ndim, "concatenate")
    rest = {(x.ndim, x.shape[:k], x.shape[k + 1 :]) for x in xs}
    if len(rest) > 1:
        raise ValueError(
            f"concatenate: shapes {', '.join(str(x.shape) for x in xs)} along axis {axis}: "
            f"all other sizes must be equal; reshape or slice them so that they are"
        )
    return np.concatenate(xs, k)


def joined_part(g: Array, i: int, xs_shape: Any, axis: int) -> Array:
    """The part of g that came from the i-th array."""
    k = axis % len(xs_shape[i])
    start = xs_shape.start(i, k)
    return g[(slice(None),) * k + (slice(start, start + xs_shape[i][k]),)]


concatenate.rule(xs=joined_part)


@primitive(np.stack)
def stack(xs: Arrays, axis: int = 0) -> Array:
    """Joined along a new axis: n arrays of one shape -> (.., n, ..)."""
    if len({x.shape for x in xs}) > 1:
        raise ValueError(
            f"stack: shapes {', '.join(str(x.shape) for x in xs)}: they must be equal; "
            f"use concatenate for an existing axis"
        )
    return np.stack(xs, one_axis(axis, xs[0].ndim + 1, "stack"))


stack.rule(xs=lambda g, i, axis: g[(slice(None),) * (axis % g.ndim) + (i,)])


@primitive(np.copy)
def clone(x: Array) -> Array:
    """A copy with its own memory; the gradient passes through."""
    return x.copy()


clone.rule(x=lambda g: g)


@primitive()
def astype(x: Array, dtype: Any) -> Array:
    """x in another dtype; the gradient comes back in the dtype of x. Integers and bools have no gradient."""
    if np.dtype(dtype).kind == "c":
        raise ComplexMet(f"astype: to {dtype}: this takes real dtypes only; use picograd.complex")
    return x.astype(dtype)


astype.rule(x=lambda g: g)

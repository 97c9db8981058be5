"""Writing into a Tensor's memory: `x += y`, `x[i] = v`, `x.zero_()`.

Outside recording that is a plain write. While recording, the Tensor takes over the history of the out-of-place op, so
that gradients come out as if it had been a new Tensor. Views share memory, and so history: a write through a view is
recorded in the Tensor that it looks into, and every other view takes its history anew from there when it is next used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from . import engine
from .memory import owner, tick, wrote
from .ops import indexing, movement
from .ops.promotion import kind
from .recording import switch

if TYPE_CHECKING:
    from .tensor import Tensor


def method(name: str, op: Callable[..., Any]) -> Any:
    """The method that writes op(self, ...) into the Tensor's own memory."""

    def call(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return write(self, name, op, *args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{getattr(op, '__name__', name).strip('_')}` into the Tensor's own memory; returns the Tensor."
    return call


def writing(*ops: Any) -> tuple[Any, ...]:
    """The in-place methods of these ops: named as they are, with an underscore."""
    return tuple(method(op.__name__.rstrip("_") + "_", op) for op in ops)


def moving(*ops: Any) -> tuple[Any, ...]:
    """The methods that give the Tensor itself another shape: `x.squeeze_()`."""

    def moved(op: Any) -> Any:
        name = op.__name__ + "_"

        def call(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            if self.node is not None and self.is_leaf:
                raise RuntimeError(
                    f"{name}: a leaf that requires a gradient, shape {self.shape}: its gradient has that shape; "
                    f"use {op.__name__}()"
                )
            before = engine.box._of(self.value)
            before.node = engine.current(self)
            result = op(before, *args, **kwargs)
            self.value, self._grad = result.value, None
            take_history(self, result)
            return self

        call.__name__ = call.__qualname__ = name
        call.__doc__ = f"`{op.__name__}` of the Tensor itself, which keeps its memory; returns the Tensor."
        return call

    return tuple(moved(op) for op in ops)


def write(tensor: Tensor, name: str, op: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
    """`tensor` becomes op(tensor, ...), in its own memory; recorded if recording is on and something has a graph.

    Raises RuntimeError for a leaf that requires a gradient (its history would be lost), for a view of one, and for
    memory that can't be written; ValueError and TypeError if the result doesn't fit. Then nothing has changed.
    """
    base = viewed(tensor)
    sources = [tensor, *(base,) * (base is not None), *args, *kwargs.values()]
    recording = switch.on and any(getattr(source, "node", None) is not None for source in sources)
    if recording:
        for target, role in ((tensor, "a leaf"), (base, "a view of a leaf")):
            if target is not None and target.node is not None and target.is_leaf:
                raise RuntimeError(
                    f"{name}: {role} that requires a gradient, shape {target.shape}: its history would be lost; "
                    f"write under no_grad(), or into a clone()"
                )
    if not tensor.value.flags.writeable:
        raise RuntimeError(
            f"{name}: shape {tensor.shape}: its memory can't be written, as one element stands for several (expand) "
            f"or the array is read-only; clone() it first"
        )
    before = engine.box._of(tensor.value.copy() if recording else tensor.value)
    if recording:
        before.node = engine.current(tensor)
    result: Tensor = op(before, *args, **kwargs)
    if result.shape != tensor.shape:
        raise ValueError(
            f"{name}: shapes {tensor.shape} and {result.shape}: the result does not fit into the Tensor's memory; "
            f"use the form that makes a new Tensor"
        )
    if kind(result.dtype) > kind(tensor.dtype):
        raise TypeError(
            f"{name}: a {result.dtype} result into a {tensor.dtype} Tensor: it would be cut off; "
            f"use the form that makes a new Tensor"
        )
    np.copyto(tensor.value, result.value, casting="unsafe")
    wrote(tensor.value, name, recorded=recording)
    if recording:
        take_history(tensor, result)
        if base is not None:
            index = place(tensor, base)
            whole = engine.box._of(base.value)
            whole.node = base.node
            take_history(base, indexing.setitem(whole, tensor, index))
            take_history(tensor, indexing.getitem(base, index))
    return tensor


def overwrite(tensor: Tensor, name: str, op: Callable[..., Any], *args: Any) -> Tensor:
    """`write` for layers that offer it (`relu(x, inplace=True)`): without a copy where nobody else sees the memory.

    Then the Tensor takes over the array and the history of op(tensor, ...). Those arrays that rules have saved stay as
    they were, and so do gradients, also where PyTorch gives up as an op needs what was overwritten.
    """
    if not isinstance(tensor, engine.box):
        return op(tensor, *args)  # type: ignore[no-any-return]
    node = engine.current(tensor)
    if (
        type(tensor) is not engine.box
        or (node is not None and (node.op is None or not switch.on))
        or (hasattr(tensor, "base") and viewed(tensor) is not None)
        or seen_elsewhere(tensor)
        or not tensor.value.flags.writeable
    ):
        return write(tensor, name, op, *args)
    result: Tensor = op(tensor, *args)
    before, after = tensor.value, result.value
    if after.shape != before.shape or after.dtype is not before.dtype:
        return write(tensor, name, op, *args)
    if result is not tensor:
        tensor.value = after
        take_history(tensor, result)
    return tensor


def seen_elsewhere(tensor: Tensor) -> bool:
    """Whether something else holds the Tensor's array, besides the rules of the op that made it."""
    others = sys.getrefcount(tensor.value) - 2  # less its own reference, and that of this call
    if others and tensor.node is not None and not isinstance(tensor.node.edges, engine.Freed):
        kept = {id(edge[2]): edge[2] for edge in tensor.node.edges}.values()
        others -= sum(array is tensor.value for arrays in kept for array in arrays)
    return others > 0


def take_history(tensor: Tensor, other: Tensor) -> None:
    """Give `tensor` the node of `other`, whose value it has."""
    if tensor.node is not None:
        tensor.node.tensor = NOBODY
    if other.dtype != tensor.dtype:
        other = movement.astype(other, tensor.dtype)
    tensor.node = other.node
    if tensor.node is not None:
        # Younger than the write that it belongs to: only what is older has to be renewed.
        tensor.node.tensor, tensor.node.birth = ref(tensor), tick()


def viewed(tensor: Tensor) -> Tensor | None:
    """The Tensor that `tensor` is a view of; None if it is none or that is gone."""
    reference = getattr(tensor, "base", None)
    base = None if reference is None else reference()
    return base if base is not None and owner(base.value) is owner(tensor.value) else None


def renew(tensor: Tensor) -> None:
    """Take the history of a view anew from what it looks into, after the memory was written through another Tensor."""
    base = viewed(tensor)
    if base is not None and base.node is not None:
        take_history(tensor, indexing.getitem(base, place(tensor, base)))
    elif base is None and getattr(tensor, "base", None) is not None:
        raise RuntimeError(
            f"view: shape {tensor.shape}: its memory was written through another view, and the Tensor that both look "
            f"into is gone; keep a name for it"
        )


def place(view: Tensor, base: Tensor) -> tuple[Any, ...]:
    """The index at which the elements of `view` lie in `base`."""
    there, here = addresses(base.value), addresses(view.value)
    if not base.ndim:  # one element, seen with axes of size 1
        return (None,) * view.ndim
    order = np.argsort(there, axis=None)
    return np.unravel_index(order[np.searchsorted(there.ravel(), here, sorter=order)], base.shape)


def addresses(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The address of each element, in the array's shape."""
    where = np.full((), array.__array_interface__["data"][0], np.int64)
    for n, step in zip(array.shape, array.strides, strict=True):
        where = where[..., None] + np.arange(n) * step
    return where


class _Nobody:
    """Something to have a dead reference to."""


NOBODY: Any = ref(_Nobody())

"""How a Tensor's elements lie in memory: layouts (there is one) and memory formats."""

from __future__ import annotations

from typing import Any

import numpy as np


class Named:
    """What prints its name, under which it stands at the top of picograd: so it is pickled by that."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __reduce__(self) -> str:
        return self._name


class layout(Named):
    """How a Tensor is stored; the one that there is here is `strided`: one array."""

    __slots__ = ()
    __module__ = "picograd"


class memory_format(Named):
    """The order in which the elements lie in memory; the shape says nothing of it."""

    __slots__ = ()
    __module__ = "picograd"


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")  # the last axis is the densest
preserve_format = memory_format("preserve_format")  # as it is
channels_last = memory_format("channels_last")  # (N, C, H, W), C being the densest
channels_last_3d = memory_format("channels_last_3d")  # (N, C, D, H, W), C being the densest

# The orders of axes, from the loosest to the densest, that are not the plain one.
ORDERS = {channels_last: (0, 2, 3, 1), channels_last_3d: (0, 2, 3, 4, 1)}


def order(asked: Any, ndim: int, op: str) -> tuple[int, ...] | None:
    """The order of axes that a memory format asks for; None for the plain one, or for leaving it as it is.

    Raises TypeError for what is no memory format, RuntimeError for a Tensor that has not its number of axes.
    """
    if asked is None:
        return None
    if not isinstance(asked, memory_format):
        raise TypeError(
            f"{op}: memory_format {asked!r}: it is none; give contiguous_format, or channels_last for images"
        )
    axes = ORDERS.get(asked)
    if axes is not None and len(axes) != ndim:
        raise RuntimeError(
            f"{op}: memory_format {asked} for {ndim} axes: it is one of {len(axes)} axes; unsqueeze the Tensor, or use "
            f"contiguous_format"
        )
    return axes


def lies(array: np.ndarray[Any, Any], axes: tuple[int, ...] | None) -> bool:
    """Whether the elements lie densely in this order of axes."""
    return bool((array if axes is None else array.transpose(axes)).flags.c_contiguous)


def dense(asked: Any, op: str) -> None:
    """Refuse a layout that is not `strided`."""
    if asked is not None and asked is not strided:
        raise RuntimeError(f"{op}: layout {asked!r}: a Tensor is one dense array here; leave the layout out")


def arranged(array: np.ndarray[Any, Any], asked: Any, op: str = "to") -> np.ndarray[Any, Any]:
    """The array with its elements in the order of a memory format, copied if they aren't; other shapes as they are."""
    if asked is None or asked is preserve_format or (asked in ORDERS and len(ORDERS[asked]) != array.ndim):
        return array
    axes = order(asked, array.ndim, op)
    return (
        np.ascontiguousarray(array)
        if axes is None
        else np.ascontiguousarray(array.transpose(axes)).transpose(np.argsort(axes))
    )

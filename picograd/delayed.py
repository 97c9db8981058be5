"""Gradients that are no arrays yet: a backward pass can do with less than the whole of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .engine import Node, Rule


class Indexed:
    """A gradient that is zero except at an index: what `x[index]` sends back to `x`.

    The walk adds it into one buffer, so that a loop over all `x[t]` costs as much as `x`, not its square. Where it
    is known to be for a range along an axis, `part` is the axis, the range and the index.
    """

    __slots__ = ("add", "dense", "g", "part")

    def __init__(
        self,
        g: Any,
        add: Callable[[np.ndarray[Any, Any], Any], None],
        dense: Callable[[Any], Any],
        part: tuple[int, int, int, Any] | None = None,
    ) -> None:
        self.g, self.add, self.dense, self.part = g, add, dense, part


class Parts:
    """A gradient of which neighbouring parts along an axis have come: they are put side by side, not added to zeros."""

    __slots__ = ("array", "axis", "high", "low")

    def __init__(self, like: Any, h: Indexed) -> None:
        self.array = np.empty(*like)
        self.axis, self.low, self.high, index = h.part or (0, 0, 0, ())
        self.array[index] = h.g

    def take(self, h: Indexed) -> bool:
        """Whether it was a neighbour of what there is; it is then a part of it."""
        axis, start, stop, index = h.part or (-1, 0, 0, ())
        if axis != self.axis or (start != self.high and stop != self.low):
            return False
        self.low, self.high = min(start, self.low), max(stop, self.high)
        self.array[index] = h.g
        return True

    def whole(self) -> np.ndarray[Any, Any]:
        """The gradient, with zeros where nothing has come."""
        for rest in (slice(self.low), slice(self.high, None)):
            self.array[(slice(None),) * self.axis + (rest,)] = 0
        return self.array

    def __add__(self, other: Any) -> Any:
        return np.add(self.whole(), other, out=self.array)


class Product:
    """A gradient that is a matrix product and not computed yet: left (..., K) times right (K, J).

    A rule that `takes_products` finds a shorter way with it, or hands it on. For everyone else `settle` makes it an
    array. It only waits on its way to nodes that nobody watches: whose Tensor nobody holds, and without hooks.
    """

    __slots__ = ("left", "right", "shape")

    def __init__(self, left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> None:
        self.left, self.right, self.shape = left, right, (*left.shape[:-1], right.shape[1])

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        flat = self.left.reshape((math.prod(self.shape[:-1]), len(self.right)))
        product: np.ndarray[Any, Any] = flat.dot(self.right).reshape(self.shape)
        return product

    def __add__(self, other: Any) -> Any:
        return np.asarray(self) + other

    def swapaxes(self, first: int, second: int) -> Any:
        """Two axes exchanged."""
        if self.ndim - 1 in (first % self.ndim, second % self.ndim):
            return np.asarray(self).swapaxes(first, second)
        return Product(self.left.swapaxes(first, second), self.right)

    def waits_for(self, node: Node) -> bool:
        """Whether the rule of a node can do with it as it is."""
        return (
            type(node.edges) is tuple
            and len(node.edges) == 1
            and getattr(node.edges[0][1], "takes_products", False)
            and node.hooks is None
            and node.tensor() is None
            and node.shape == self.shape
        )


def takes_products(rule: Rule) -> Rule:
    """The rule, which says that its gradient may be a Product."""
    rule.takes_products = True  # type: ignore[attr-defined]
    return rule

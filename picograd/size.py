"""The shape of a Tensor."""

from __future__ import annotations

import math
from typing import Any

item = tuple.__getitem__


class Size(tuple[int, ...]):
    """A tuple of sizes that knows the number of elements: `x.shape.numel()`; so do its slices and sums.

    It equals a tuple of the same numbers, and is printed as one.
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a Tensor of this shape."""
        return math.prod(self)

    def __getitem__(self, index: Any) -> Any:
        part = item(self, index)
        return part if type(part) is int else Size(part)

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return Size((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        return Size(tuple(self) * times)

    __rmul__ = __mul__

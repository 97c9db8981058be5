"""Transforms of the parts of a value along an axis, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..functions import cat
from ..ops.movement import stack
from . import constraints
from .transform import Transform
from .utils import total


class SideBySide(Transform):
    """Transforms `tseq` of parts of a value along the axis `dim`."""

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        if not all(isinstance(t, Transform) for t in tseq):
            raise TypeError(f"{type(self).__name__}: {tseq}: each must be a Transform; give a sequence of them")
        super().__init__(cache_size)
        self.transforms, self.dim = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq), dim

    @property
    def bijective(self) -> Any:
        """Whether all parts are"""
        return all(t.bijective for t in self.transforms)

    def _size(self) -> int:
        """How much of the axis the transforms take"""
        return len(self.transforms)

    def _within(self, x: Any) -> None:
        if not -x.ndim <= self.dim < x.ndim or x.shape[self.dim] != self._size():
            raise ValueError(
                f"{type(self).__name__}: shape {tuple(x.shape)}: axis {self.dim} must have {self._size()}; reshape it"
            )


class CatTransform(SideBySide):
    """Transforms of parts of the given lengths along an axis, joined by `cat`"""

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0
    ) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise ValueError(
                f"CatTransform: {len(self.lengths)} lengths for {len(self.transforms)} transforms: each has one; "
                f"give as many"
            )

    @property
    def event_dim(self) -> int:
        """The largest of the parts"""
        return max(t.event_dim for t in self.transforms)

    @property
    def length(self) -> int:
        """The size of the axis"""
        return sum(self.lengths)

    @constraints.dependent_property
    def domain(self) -> Any:
        """Those of the parts"""
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        """Those of the parts"""
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)

    def _size(self) -> int:
        return self.length

    def _parts(self, x: Any) -> list[Any]:
        self._within(x)
        starts = [sum(self.lengths[:k]) for k in range(len(self.lengths))]
        return [x.narrow(self.dim, start, n) for start, n in zip(starts, self.lengths, strict=True)]

    def _call(self, x: Any) -> Any:
        return cat([t(part) for t, part in zip(self.transforms, self._parts(x), strict=True)], self.dim)

    def _inverse(self, y: Any) -> Any:
        return cat([t._inv_call(part) for t, part in zip(self.transforms, self._parts(y), strict=True)], self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Those of the parts, joined, or summed if the axis belongs to the event"""
        each = [
            total(t.log_abs_det_jacobian(a, b), self.event_dim - t.event_dim)
            for t, a, b in zip(self.transforms, self._parts(x), self._parts(y), strict=True)
        ]
        axis = self.dim - x.ndim * (self.dim >= 0) + self.event_dim
        return cat(each, axis) if axis < 0 else sum(each)


class StackTransform(SideBySide):
    """Transforms of the slices along an axis, joined by `stack`"""

    @constraints.dependent_property
    def domain(self) -> Any:
        """Those of the parts"""
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        """Those of the parts"""
        return constraints.stack([t.codomain for t in self.transforms], self.dim)

    def _parts(self, x: Any) -> list[Any]:
        self._within(x)
        return [x.select(self.dim, k) for k in range(len(self.transforms))]

    def _call(self, x: Any) -> Any:
        return stack([t(part) for t, part in zip(self.transforms, self._parts(x), strict=True)], self.dim)

    def _inverse(self, y: Any) -> Any:
        return stack([t._inv_call(part) for t, part in zip(self.transforms, self._parts(y), strict=True)], self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Those of the parts, joined"""
        pairs = zip(self.transforms, self._parts(x), self._parts(y), strict=True)
        return stack([t.log_abs_det_jacobian(a, b) for t, a, b in pairs], self.dim)

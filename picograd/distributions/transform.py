"""What transforms have in common, and those made of another: inverses, compositions, more axes of an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import constraints
from .constraints import Constraint
from .utils import filled, lazy_property, total

Shape = tuple[int, ...]


class Transform:
    """An invertible function of draws: y = t(x), x = t.inv(y), and log |dy/dx|, which changes the density.

    With `cache_size=1` the last pair of x and y is kept, so that the inverse of a value that the transform has just
    given is exact and costs nothing.

    Your own: `_call`, `_inverse`, `log_abs_det_jacobian`, the constraints `domain` and `codomain`, whose `event_dim`
    says how many of the last axes are taken together, `bijective`, `sign` (of the derivative, for cdf), and, if shapes
    change, `forward_shape` and `inverse_shape`.
    """

    bijective: Any = False
    domain: Any
    codomain: Any

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError(f"{type(self).__name__}: cache_size {cache_size}: it keeps one pair or none; give 0 or 1")
        self._cache_size = cache_size
        self._cached_x_y: tuple[Any, Any] = (None, None)

    @property
    def event_dim(self) -> int:
        """How many of the last axes are taken together, if it is the same before and after"""
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError(
                f"{type(self).__name__}: event_dim: it is {self.domain.event_dim} before and "
                f"{self.codomain.event_dim} after; ask domain.event_dim or codomain.event_dim"
            )
        found: int = self.domain.event_dim
        return found

    @property
    def inv(self) -> Transform:
        """The inverse as a Transform."""
        return Inverse(self)

    @property
    def sign(self) -> Any:
        """Whether it rises (1) or falls (-1), if it does either everywhere"""
        raise NotImplementedError(
            f"{type(self).__name__}: sign: it neither rises nor falls everywhere; use no cdf of it"
        )

    def with_cache(self, cache_size: int = 1) -> Transform:
        """The same transform with another cache_size."""
        if cache_size == getattr(self, "_cache_size", 0):
            return self
        new = object.__new__(type(self))
        vars(new).update(vars(self), _cache_size=cache_size, _cached_x_y=(None, None))
        return new

    def __call__(self, x: Any) -> Any:
        """y = t(x)"""
        if self._cache_size == 0:
            return self._call(x)
        before, y = self._cached_x_y
        if x is not before or x is None:
            y = self._call(x)
            self._cached_x_y = x, y
        return y

    def _inv_call(self, y: Any) -> Any:
        """x for which t(x) = y"""
        if self._cache_size == 0:
            return self._inverse(y)
        x, before = self._cached_x_y
        if y is not before or y is None:
            x = self._inverse(y)
            self._cached_x_y = x, y
        return x

    def _call(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}: _call: it is missing; write y = t(x)")

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}: _inverse: it is missing; write x = t^-1(y)")

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |dy/dx|"""
        raise NotImplementedError(f"{type(self).__name__}: log_abs_det_jacobian: it is missing; write log |dy/dx|")

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """The shape of y for that of x."""
        return tuple(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Shape:
        """The shape of x for that of y."""
        return tuple(shape)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Inverse(Transform):
    """x = t^-1(y) for a Transform t"""

    def __init__(self, original: Transform) -> None:
        super().__init__(original._cache_size)
        self._original = original

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """Where the original leads"""
        return self._original.codomain

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """Whence the original comes"""
        return self._original.domain

    @property
    def bijective(self) -> Any:
        """As the original"""
        return self._original.bijective

    @property
    def sign(self) -> Any:
        """That of the original"""
        return self._original.sign

    @property
    def inv(self) -> Transform:
        """The original."""
        return self._original

    def with_cache(self, cache_size: int = 1) -> Transform:
        """The inverse of the original with that cache"""
        return self._original.with_cache(cache_size).inv

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inverse) and self._original == other._original

    __hash__ = Transform.__hash__

    def __call__(self, x: Any) -> Any:
        """t^-1(x)"""
        return self._original._inv_call(x)

    def _inv_call(self, y: Any) -> Any:
        return self._original(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """-log |dx/dy|"""
        return -self._original.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """That of the original backwards"""
        return self._original.inverse_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Shape:
        """That of the original"""
        return self._original.forward_shape(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._original!r})"


class ComposeTransform(Transform):
    """One after the other: the first of `parts` is applied first"""

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = [part.with_cache(cache_size) for part in parts] if cache_size else list(parts)

    def _widest(self, parts: Sequence[tuple[Constraint, Constraint]]) -> int:
        """How many axes an event must have at the last part, so that each has its own: (there, here) for each part"""
        axes: int = parts[0][0].event_dim
        for there, here in parts:
            axes = max(axes + here.event_dim - there.event_dim, here.event_dim)
        return axes

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """That of the first part, with as many axes as a later part needs"""
        if not self.parts:
            return constraints.real
        first = self.parts[0].domain
        axes = self._widest([(part.codomain, part.domain) for part in reversed(self.parts)])
        return constraints.independent(first, axes - first.event_dim) if axes > first.event_dim else first

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """That of the last part, with as many axes as an earlier part needs"""
        if not self.parts:
            return constraints.real
        last = self.parts[-1].codomain
        axes = self._widest([(part.domain, part.codomain) for part in self.parts])
        return constraints.independent(last, axes - last.event_dim) if axes > last.event_dim else last

    @lazy_property
    def bijective(self) -> Any:
        """Whether all parts are"""
        return all(part.bijective for part in self.parts)

    @lazy_property
    def sign(self) -> Any:
        """The product of those of the parts"""
        result: Any = 1
        for part in self.parts:
            result = result * part.sign
        return result

    @property
    def inv(self) -> Transform:
        """The inverses, the last first"""
        return InverseCompose(self)

    def with_cache(self, cache_size: int = 1) -> Transform:
        """All parts with that cache"""
        return self if cache_size == self._cache_size else ComposeTransform(self.parts, cache_size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    __hash__ = Transform.__hash__

    def __call__(self, x: Any) -> Any:
        """t_n(... t_1(x))"""
        for part in self.parts:
            x = part(x)
        return x

    def _inv_call(self, y: Any) -> Any:
        for part in reversed(self.parts):
            y = part._inv_call(y)
        return y

    _call, _inverse = __call__, _inv_call

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum of those of the parts"""
        if not self.parts:
            return filled(x.shape, 0.0, x.dtype)
        points = [x]
        for part in self.parts[:-1]:
            points.append(part(points[-1]))
        points.append(y)
        result: Any = 0.0
        axes = self.domain.event_dim
        for k, part in enumerate(self.parts):
            own = part.log_abs_det_jacobian(points[k], points[k + 1])
            result = result + total(own, axes - part.domain.event_dim)
            axes += part.codomain.event_dim - part.domain.event_dim
        return result

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """Through all parts"""
        for part in self.parts:
            shape = part.forward_shape(shape)
        return tuple(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Shape:
        """Back through all parts"""
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return tuple(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.parts))})"


class InverseCompose(ComposeTransform):
    """The inverse of a composition, which is the composition of the inverses in reversed order"""

    def __init__(self, original: ComposeTransform) -> None:
        super().__init__([part.inv for part in reversed(original.parts)])
        self._original = original

    @property
    def inv(self) -> Transform:
        """The original."""
        return self._original


class IndependentTransform(Transform):
    """A transform whose last axes of a batch belong to the event: log |dy/dx| is summed over them"""

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.base_transform, self.reinterpreted_batch_ndims = (
            base_transform.with_cache(cache_size),
            reinterpreted_batch_ndims,
        )

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """That of the base, of more axes"""
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """That of the base, of more axes"""
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    @property
    def bijective(self) -> Any:
        """As the base"""
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:
        """That of the base"""
        return self.base_transform.sign

    def _enough(self, x: Any, region: Constraint) -> None:
        if x.ndim < region.event_dim:
            raise ValueError(
                f"IndependentTransform: shape {tuple(x.shape)}: it takes {region.event_dim} axes or more; reshape it"
            )

    def _call(self, x: Any) -> Any:
        self._enough(x, self.domain)
        return self.base_transform(x)

    def _inverse(self, y: Any) -> Any:
        self._enough(y, self.codomain)
        return self.base_transform._inv_call(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """That of the base, summed over the axes of the event"""
        return total(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """That of the base"""
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Shape:
        """That of the base"""
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


identity_transform = ComposeTransform([])

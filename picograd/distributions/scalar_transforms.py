"""Transforms of single numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functions import expand as expanded
from ..ops.loss import softplus
from ..tensor import Tensor
from . import constraints
from .transform import Shape, Transform
from .utils import broadcast_all, lazy_property, total


class Elementwise(Transform):
    """A rising function of each number, without options: two of a class are equal"""

    bijective = True
    domain = constraints.real
    sign = 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self))

    __hash__ = Transform.__hash__


class ExpTransform(Elementwise):
    """y = e^x"""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """x"""
        return x


def clipped_sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x), kept within the open interval (0, 1)"""
    info = np.finfo(x.dtype)
    return x.sigmoid().clamp(float(info.tiny), float(1 - info.eps))


class SigmoidTransform(Elementwise):
    """y = 1 / (1 + e^-x), kept within the open interval (0, 1)"""

    codomain = constraints.unit_interval

    def _call(self, x: Any) -> Any:
        return clipped_sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        info = np.finfo(y.dtype)
        y = y.clamp(float(info.tiny), float(1 - info.eps))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(y (1 - y))"""
        return -softplus(-x) - softplus(x)


class SoftplusTransform(Elementwise):
    """y = log(1 + e^x)"""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """-log(1 + e^-x)"""
        return -softplus(-x)


class TanhTransform(Elementwise):
    """y = tanh x"""

    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(1 - y^2) = 2 (log 2 - x - log(1 + e^-2x)), which is exact also where y is nearly 1"""
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class AbsTransform(Transform):
    """y = |x|, which is not invertible: `inv` gives the x that is not negative"""

    domain = constraints.real
    codomain = constraints.positive

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AbsTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return abs(x)

    def _inverse(self, y: Any) -> Any:
        return y


class PowerTransform(Transform):
    """y = x^exponent"""

    domain = constraints.positive
    codomain = constraints.positive
    bijective = True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        (self.exponent,) = broadcast_all(exponent)

    @lazy_property
    def sign(self) -> Any:
        """That of the exponent"""
        return self.exponent.sign()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and equal(self.exponent, other.exponent)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return x**self.exponent

    def _inverse(self, y: Any) -> Any:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |exponent y / x|"""
        return abs(self.exponent * y / x).log()

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """Broadcast with the exponent"""
        return np.broadcast_shapes(tuple(shape), self.exponent.shape)

    inverse_shape = forward_shape


def equal(a: Any, b: Any) -> bool:
    """Whether two numbers or Tensors are equal everywhere."""
    values = [x.value if isinstance(x, Tensor) else x for x in (a, b)]
    return bool(np.all(np.equal(*values)))


class AffineTransform(Transform):
    """y = loc + scale x"""

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    @property
    def event_dim(self) -> int:
        """How many of the last axes belong to one event"""
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """All numbers"""
        return constraints.independent(constraints.real, self.event_dim) if self.event_dim else constraints.real

    codomain = domain

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AffineTransform) and equal(self.loc, other.loc) and equal(self.scale, other.scale)

    __hash__ = Transform.__hash__

    @property
    def sign(self) -> Any:
        """That of the scale"""
        return self.scale.sign() if isinstance(self.scale, Tensor) else int(np.sign(self.scale))

    def _call(self, x: Any) -> Any:
        return x * self.scale + self.loc

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |scale|, summed over the event"""
        if isinstance(self.scale, Tensor):
            slope = expanded(abs(self.scale).log(), np.broadcast_shapes(x.shape, self.scale.shape))
        else:
            slope = Tensor._of(np.full(x.shape, math.log(abs(self.scale)), x.dtype))
        return total(slope, self.event_dim)

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """Broadcast with loc and scale"""
        return np.broadcast_shapes(tuple(shape), np.shape(self.loc), np.shape(self.scale))

    inverse_shape = forward_shape


class CumulativeDistributionTransform(Transform):
    """y = cdf(x) of a distribution, so that a draw of it becomes a uniform one (and back: a copula)"""

    bijective = True
    codomain = constraints.unit_interval
    sign = 1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        """The support of the distribution"""
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log_prob(x)"""
        return self.distribution.log_prob(x)

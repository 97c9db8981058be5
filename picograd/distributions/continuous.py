"""Distributions of one real number whose draws are a formula of uniform or normal ones, so that they have gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..ops.elementwise import where
from ..ops.gamma import EULER
from ..ops.precise import erfinv, expm1, log1p
from ..ops.special import erf
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution, broadcast_all


class LocationScale(Distribution):
    """loc + scale * x, where x has a fixed distribution."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"loc": constraints.real, "scale": constraints.positive}
    has_rsample = True
    loc: Tensor
    scale: Tensor

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        loc, scale = broadcast_all(loc, scale)
        super().__init__({"loc": loc, "scale": scale}, loc.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        """All numbers."""
        return constraints.real

    def _standard(self, value: Tensor) -> Any:
        """(value - loc) / scale"""
        return (self._checked(value) - self.loc) / self.scale


class Normal(LocationScale):
    """density e^(-z^2 / 2) / (scale sqrt(2 pi)), z = (x - loc) / scale"""

    @property
    def mean(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """scale^2"""
        return self.scale**2

    @property
    def stddev(self) -> Tensor:
        """scale"""
        return self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + scale * (standard normal)"""
        draws = rng_of(None).standard_normal(self._extended(sample_shape))
        return self.loc + self.scale * Tensor._of(np.asarray(draws, self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """-z^2 / 2 - log(scale) - log(2 pi) / 2"""
        z = self._standard(value)
        result: Tensor = z * z * -0.5 - self.scale.log() - 0.5 * math.log(2 * math.pi)
        return result

    def cdf(self, value: Tensor) -> Tensor:
        """(1 + erf(z / sqrt 2)) / 2"""
        return (erf(self._standard(value) / math.sqrt(2)) + 1) / 2

    def icdf(self, value: Tensor) -> Tensor:
        """loc + scale sqrt(2) erfinv(2 p - 1)"""
        return self.loc + self.scale * erfinv(value * 2 - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        """log(scale) + log(2 pi e) / 2"""
        return self.scale.log() + 0.5 * math.log(2 * math.pi * math.e)


class Laplace(LocationScale):
    """density e^-|z| / (2 scale), z = (x - loc) / scale"""

    @property
    def mean(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """2 scale^2"""
        return 2 * self.scale**2

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """icdf(uniform)"""
        return self.icdf(self._uniform(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """-|z| - log(2 scale)"""
        result: Tensor = -abs(self._standard(value)) - (2 * self.scale).log()
        return result

    def cdf(self, value: Tensor) -> Tensor:
        """1/2 - sign(z) (e^-|z| - 1) / 2"""
        z = self._standard(value)
        result: Tensor = 0.5 - 0.5 * z.sign() * expm1(-abs(z))
        return result

    def icdf(self, value: Tensor) -> Tensor:
        """loc - scale sign(p - 1/2) log(1 - 2 |p - 1/2|)"""
        centred = value - 0.5
        return self.loc - self.scale * centred.sign() * log1p(-2 * abs(centred))

    def entropy(self) -> Tensor:
        """1 + log(2 scale)"""
        return (2 * self.scale).log() + 1


class Gumbel(LocationScale):
    """density e^(-z - e^-z) / scale, z = (x - loc) / scale: the largest of many"""

    @property
    def mean(self) -> Tensor:
        """loc + scale * 0.5772 (Euler's constant)"""
        return self.loc + self.scale * EULER

    @property
    def variance(self) -> Tensor:
        """(pi scale)^2 / 6"""
        return self.scale**2 * (math.pi**2 / 6)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """icdf(uniform)"""
        return self.icdf(self._uniform(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """-z - e^-z - log(scale)"""
        z = self._standard(value)
        result: Tensor = -z - (-z).exp() - self.scale.log()
        return result

    def cdf(self, value: Tensor) -> Tensor:
        """e^(-e^-z)"""
        result: Tensor = (-(-self._standard(value)).exp()).exp()
        return result

    def icdf(self, value: Tensor) -> Tensor:
        """loc - scale log(-log p)"""
        return self.loc - self.scale * (-value.log()).log()

    def entropy(self) -> Tensor:
        """log(scale) + 1 + 0.5772"""
        return self.scale.log() + (1 + EULER)


class Cauchy(LocationScale):
    """density 1 / (pi scale (1 + z^2)), z = (x - loc) / scale; it has no mean"""

    @property
    def mean(self) -> Tensor:
        """nan: there is none"""
        return Tensor._of(np.full_like(self.loc.value, np.nan))

    @property
    def variance(self) -> Tensor:
        """inf"""
        return Tensor._of(np.full_like(self.loc.value, np.inf))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + scale * (standard Cauchy)"""
        draws = rng_of(None).standard_cauchy(self._extended(sample_shape))
        return self.loc + self.scale * Tensor._of(np.asarray(draws, self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """-log(pi scale) - log(1 + z^2)"""
        result: Tensor = -math.log(math.pi) - self.scale.log() - log1p(self._standard(value) ** 2)
        return result

    def entropy(self) -> Tensor:
        """log(4 pi scale)"""
        return self.scale.log() + math.log(4 * math.pi)


class Uniform(Distribution):
    """density 1 / (high - low) from low up to, not including, high"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"low": constraints.real, "high": constraints.real}
    has_rsample = True
    low: Tensor
    high: Tensor

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        low, high = broadcast_all(low, high)
        super().__init__({"low": low, "high": high}, low.shape, (), validate_args)
        if self._validate_args and not (low.value < high.value).all():
            raise ValueError(
                f"Uniform: low and high of shape {low.shape}: low must be below high everywhere; exchange them"
            )

    @property
    def support(self) -> Constraint:
        """low to high"""
        return constraints.interval(self.low.value, self.high.value)

    @property
    def mean(self) -> Tensor:
        """(low + high) / 2"""
        return (self.low + self.high) / 2

    @property
    def variance(self) -> Tensor:
        """(high - low)^2 / 12"""
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """low + (high - low) * uniform"""
        return self.low + (self.high - self.low) * self._uniform(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """-log(high - low) inside, -inf outside"""
        x = self._checked(value).value
        outside = np.where((x >= self.low.value) & (x < self.high.value), 0, np.inf).astype(self._dtype)
        return -(self.high - self.low).log() - Tensor._of(outside)

    def cdf(self, value: Tensor) -> Tensor:
        """(x - low) / (high - low), within 0 and 1"""
        return ((self._checked(value) - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Tensor) -> Tensor:
        """low + (high - low) p"""
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        """log(high - low)"""
        return (self.high - self.low).log()


class Exponential(Distribution):
    """density rate e^(-rate x) for x >= 0"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.positive}
    has_rsample = True
    rate: Tensor

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (rate,) = broadcast_all(rate)
        super().__init__({"rate": rate}, rate.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        """x >= 0"""
        return constraints.nonnegative

    @property
    def mean(self) -> Tensor:
        """1 / rate"""
        result: Tensor = 1 / self.rate
        return result

    @property
    def variance(self) -> Tensor:
        """1 / rate^2"""
        return self.rate**-2

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """(standard exponential) / rate"""
        draws = rng_of(None).standard_exponential(self._extended(sample_shape))
        return Tensor._of(np.asarray(draws, self._dtype)) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        """log(rate) - rate x"""
        return self.rate.log() - self.rate * self._checked(value)

    def cdf(self, value: Tensor) -> Tensor:
        """1 - e^(-rate x)"""
        return -expm1(-self.rate * self._checked(value))

    def icdf(self, value: Tensor) -> Tensor:
        """-log(1 - p) / rate"""
        return -log1p(-value) / self.rate

    def entropy(self) -> Tensor:
        """1 - log(rate)"""
        result: Tensor = 1 - self.rate.log()
        return result


class HalfNormal(Distribution):
    """|x| for x normal around 0: density sqrt(2 / pi) e^(-z^2 / 2) / scale for z = x / scale >= 0"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"scale": constraints.positive}
    has_rsample = True
    scale: Tensor

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        (scale,) = broadcast_all(scale)
        super().__init__({"scale": scale}, scale.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        """x >= 0"""
        return constraints.nonnegative

    @property
    def mean(self) -> Tensor:
        """scale sqrt(2 / pi)"""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        """scale^2 (1 - 2 / pi)"""
        return self.scale**2 * (1 - 2 / math.pi)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """scale * |standard normal|"""
        draws = np.abs(rng_of(None).standard_normal(self._extended(sample_shape)))
        return self.scale * Tensor._of(np.asarray(draws, self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """-z^2 / 2 - log(scale) + log(2 / pi) / 2, and -inf below 0"""
        x = self._checked(value)
        inside = (x / self.scale) ** 2 * -0.5 - self.scale.log() + 0.5 * math.log(2 / math.pi)
        return where(x >= 0, inside, -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        """erf(z / sqrt 2)"""
        return erf(self._checked(value) / (self.scale * math.sqrt(2)))

    def icdf(self, value: Tensor) -> Tensor:
        """scale sqrt(2) erfinv(p)"""
        return self.scale * erfinv(value) * math.sqrt(2)

    def entropy(self) -> Tensor:
        """log(scale) + log(pi e / 2) / 2"""
        return self.scale.log() + 0.5 * math.log(math.pi * math.e / 2)

"""loc + scale * x, where x has a fixed distribution: Normal, Laplace, Gumbel, Cauchy."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..ops.precise import erfinv, expm1, log1p
from ..ops.special import erf
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .utils import _standard_normal, broadcast_all, euler_constant, filled


class LocationScale(Distribution):
    """loc + scale * x, where x has a fixed distribution."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    loc: Tensor
    scale: Tensor

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, (), validate_args)

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    def _standard(self, value: Tensor) -> Any:
        """(value - loc) / scale"""
        return (self._checked(value) - self.loc) / self.scale


class Normal(LocationScale, ExponentialFamily):
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

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """loc + scale * (standard normal)"""
        return self.loc + self.scale * _standard_normal(self._extended_shape(sample_shape), self._dtype)

    def log_prob(self, value: Any) -> Tensor:
        """-z^2 / 2 - log(scale) - log(2 pi) / 2"""
        z = self._standard(value)
        result: Tensor = z * z * -0.5 - self.scale.log() - 0.5 * math.log(2 * math.pi)
        return result

    def cdf(self, value: Any) -> Tensor:
        """(1 + erf(z / sqrt 2)) / 2"""
        return (erf(self._standard(value) / math.sqrt(2)) + 1) / 2

    def icdf(self, value: Any) -> Tensor:
        """loc + scale sqrt(2) erfinv(2 p - 1)"""
        return self.loc + self.scale * erfinv(value * 2 - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        """log(scale) + log(2 pi e) / 2"""
        return self.scale.log() + 0.5 * math.log(2 * math.pi * math.e)

    _mean_carrier_measure = 0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """loc / scale^2 and -1 / (2 scale^2)"""
        return self.loc / self.scale**2, -0.5 / self.scale**2

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """-x^2 / (4 y) + log(-pi / y) / 2"""
        x, y = natural_params
        result: Tensor = -0.25 * x * x / y + 0.5 * (-math.pi / y).log()
        return result


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

    @property
    def stddev(self) -> Tensor:
        """sqrt(2) scale"""
        return self.scale * math.sqrt(2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """icdf(uniform)"""
        return self.icdf(self._uniform(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """-|z| - log(2 scale)"""
        result: Tensor = -abs(self._standard(value)) - (2 * self.scale).log()
        return result

    def cdf(self, value: Any) -> Tensor:
        """1/2 - sign(z) (e^-|z| - 1) / 2"""
        z = self._standard(value)
        result: Tensor = 0.5 - 0.5 * z.sign() * expm1(-abs(z))
        return result

    def icdf(self, value: Any) -> Tensor:
        """loc - scale sign(p - 1/2) log(1 - 2 |p - 1/2|)"""
        centred = value - 0.5
        result: Tensor = self.loc - self.scale * centred.sign() * log1p(-2 * abs(centred))
        return result

    def entropy(self) -> Tensor:
        """1 + log(2 scale)"""
        return (2 * self.scale).log() + 1


class Gumbel(LocationScale):
    """density e^(-z - e^-z) / scale, z = (x - loc) / scale: the largest of many"""

    @property
    def mean(self) -> Tensor:
        """loc + scale * 0.5772 (Euler's constant)"""
        return self.loc + self.scale * euler_constant

    @property
    def variance(self) -> Tensor:
        """(pi scale)^2 / 6"""
        return self.scale**2 * (math.pi**2 / 6)

    @property
    def stddev(self) -> Tensor:
        """pi scale / sqrt 6"""
        return self.scale * (math.pi / math.sqrt(6))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """icdf(uniform)"""
        return self.icdf(self._uniform(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """-z - e^-z - log(scale)"""
        z = self._standard(value)
        result: Tensor = -z - (-z).exp() - self.scale.log()
        return result

    def cdf(self, value: Any) -> Tensor:
        """e^(-e^-z)"""
        result: Tensor = (-(-self._standard(value)).exp()).exp()
        return result

    def icdf(self, value: Any) -> Tensor:
        """loc - scale log(-log p)"""
        result: Tensor = self.loc - self.scale * (-value.log()).log()
        return result

    def entropy(self) -> Tensor:
        """log(scale) + 1 + 0.5772"""
        return self.scale.log() + (1 + euler_constant)


class Cauchy(LocationScale):
    """density 1 / (pi scale (1 + z^2)), z = (x - loc) / scale; it has no mean"""

    @property
    def mean(self) -> Tensor:
        """nan: there is none"""
        return filled(self._batch_shape, math.nan, self._dtype)

    @property
    def variance(self) -> Tensor:
        """inf"""
        return filled(self._batch_shape, math.inf, self._dtype)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """loc + scale * (standard Cauchy)"""
        draws = rng_of(None).standard_cauchy(self._extended_shape(sample_shape))
        return self.loc + self.scale * Tensor._of(np.asarray(draws, self._dtype))

    def log_prob(self, value: Any) -> Tensor:
        """-log(pi scale) - log(1 + z^2)"""
        result: Tensor = -math.log(math.pi) - self.scale.log() - log1p(self._standard(value) ** 2)
        return result

    def cdf(self, value: Any) -> Tensor:
        """arctan(z) / pi + 1/2"""
        result: Tensor = self._standard(value).atan() / math.pi + 0.5
        return result

    def icdf(self, value: Any) -> Tensor:
        """loc + scale tan(pi (p - 1/2))"""
        result: Tensor = (math.pi * (value - 0.5)).tan() * self.scale + self.loc
        return result

    def entropy(self) -> Tensor:
        """log(4 pi scale)"""
        return self.scale.log() + math.log(4 * math.pi)

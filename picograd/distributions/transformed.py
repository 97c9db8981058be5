"""Distributions that are a transform of another: LogNormal, HalfNormal, HalfCauchy, InverseGamma, Pareto, ..."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..ops.elementwise import where
from ..ops.gamma import digamma, lgamma
from ..tensor import Tensor
from . import constraints
from .bounded import Exponential, Uniform
from .constraints import Constraint
from .gamma import Gamma
from .location_scale import Cauchy, Normal
from .transformed_distribution import TransformedDistribution
from .transforms import AbsTransform, AffineTransform, ExpTransform, PowerTransform, StickBreakingTransform
from .utils import broadcast_all, euler_constant, filled


class LogNormal(TransformedDistribution):
    """e^x for a normal x"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive
    base_dist: Normal

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale, validate_args), ExpTransform(), validate_args)

    @property
    def loc(self) -> Tensor:
        """The mean of the logarithm"""
        return self.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """The deviation of the logarithm"""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        """e^(loc + scale^2 / 2)"""
        return (self.loc + self.scale**2 / 2).exp()

    @property
    def mode(self) -> Tensor:
        """e^(loc - scale^2)"""
        return (self.loc - self.scale**2).exp()

    @property
    def variance(self) -> Tensor:
        """(e^(scale^2) - 1) e^(2 loc + scale^2)"""
        squared = self.scale**2
        result: Tensor = squared.expm1() * (2 * self.loc + squared).exp()
        return result

    def entropy(self) -> Tensor:
        """entropy of the normal + loc"""
        return self.base_dist.entropy() + self.loc


class Folded(TransformedDistribution):
    """|x| for an x that is distributed symmetrically about 0 with a scale"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"scale": constraints.positive}
    support = constraints.nonnegative
    base_dist: Any

    @property
    def scale(self) -> Tensor:
        """That of x"""
        result: Tensor = self.base_dist.scale
        return result

    @property
    def mode(self) -> Tensor:
        """0"""
        return filled(self._batch_shape, 0.0, self._dtype)

    def log_prob(self, value: Any) -> Tensor:
        """log 2 + log_prob(x), and -inf below 0"""
        x = self._checked(value)
        return where(x >= 0, self.base_dist.log_prob(x) + math.log(2), -math.inf)

    def cdf(self, value: Any) -> Tensor:
        """2 cdf(x) - 1"""
        result: Tensor = 2 * self.base_dist.cdf(self._checked(value)) - 1
        return result

    def icdf(self, prob: Any) -> Tensor:
        """icdf((p + 1) / 2)"""
        result: Tensor = self.base_dist.icdf((prob + 1) / 2)
        return result

    def entropy(self) -> Tensor:
        """entropy(x) - log 2"""
        result: Tensor = self.base_dist.entropy() - math.log(2)
        return result


class HalfNormal(Folded):
    """|x| for x normal around 0: density sqrt(2 / pi) e^(-z^2 / 2) / scale for z = x / scale >= 0"""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), AbsTransform(), validate_args)

    @property
    def mean(self) -> Tensor:
        """scale sqrt(2 / pi)"""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        """scale^2 (1 - 2 / pi)"""
        return self.scale**2 * (1 - 2 / math.pi)


class HalfCauchy(Folded):
    """|x| for x of Cauchy's distribution around 0: density 2 / (pi scale (1 + z^2)) for z = x / scale >= 0"""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args)

    @property
    def mean(self) -> Tensor:
        """inf"""
        return filled(self._batch_shape, math.inf, self._dtype)

    @property
    def variance(self) -> Tensor:
        """inf"""
        return self.base_dist.variance  # type: ignore[no-any-return]


class InverseGamma(TransformedDistribution):
    """1 / x for x of Gamma(concentration, rate)"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.positive
    base_dist: Gamma

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args)
        super().__init__(base, PowerTransform(Tensor._of(np.array(-1.0, base._dtype))), validate_args)

    @property
    def concentration(self) -> Tensor:
        """That of 1 / x"""
        return self.base_dist.concentration

    @property
    def rate(self) -> Tensor:
        """That of 1 / x"""
        return self.base_dist.rate

    @property
    def mean(self) -> Tensor:
        """rate / (a - 1) for a > 1, else inf"""
        finite = self.concentration > 1
        return where(finite, self.rate / (where(finite, self.concentration, 2.0) - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        """rate / (a + 1)"""
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        """rate^2 / ((a - 1)^2 (a - 2)) for a > 2, else inf"""
        finite = self.concentration > 2
        a = where(finite, self.concentration, 3.0)
        return where(finite, self.rate**2 / ((a - 1) ** 2 * (a - 2)), math.inf)

    def entropy(self) -> Tensor:
        """a + log(rate) + log gamma(a) - (1 + a) psi(a)"""
        a = self.concentration
        result: Tensor = a + self.rate.log() + lgamma(a) - (1 + a) * digamma(a)
        return result


class Pareto(TransformedDistribution):
    """density alpha scale^alpha / x^(alpha + 1) for x >= scale: scale e^x for x of Exponential(alpha)"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"alpha": constraints.positive, "scale": constraints.positive}
    alpha: Tensor
    scale: Tensor

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = broadcast_all(scale, alpha)
        base = Exponential(self.alpha, validate_args)
        super().__init__(base, [ExpTransform(), AffineTransform(0, self.scale)], validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From the scale on"""
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Tensor:
        """alpha scale / (alpha - 1) for alpha > 1, else inf"""
        a = where(self.alpha > 1, self.alpha, 1.0)
        return a * self.scale / (a - 1)

    @property
    def mode(self) -> Tensor:
        """scale"""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """scale^2 alpha / ((alpha - 1)^2 (alpha - 2)) for alpha > 2, else inf"""
        a = where(self.alpha > 2, self.alpha, 2.0)
        return self.scale**2 * a / ((a - 1) ** 2 * (a - 2))

    def entropy(self) -> Tensor:
        """log(scale / alpha) + 1 + 1 / alpha"""
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())


class Weibull(TransformedDistribution):
    """density k / scale z^(k - 1) e^(-z^k), z = x / scale > 0, k = concentration: scale x^(1/k) for exponential x"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "scale": constraints.positive,
        "concentration": constraints.positive,
    }
    support = constraints.positive
    scale: Tensor
    concentration: Tensor

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        base = Exponential(filled(self.scale.shape, 1.0, self.scale.dtype), validate_args)
        power = PowerTransform(self.concentration_reciprocal)
        super().__init__(base, [power, AffineTransform(0, self.scale)], validate_args)

    @property
    def concentration_reciprocal(self) -> Tensor:
        """1 / k"""
        return self.concentration.reciprocal()

    def _moment(self, n: int) -> Any:
        """The expected value of z^n: gamma(1 + n / k)"""
        return lgamma(1 + n * self.concentration_reciprocal).exp()

    @property
    def mean(self) -> Tensor:
        """scale gamma(1 + 1 / k)"""
        result: Tensor = self.scale * self._moment(1)
        return result

    @property
    def mode(self) -> Tensor:
        """scale ((k - 1) / k)^(1 / k)"""
        return self.scale * ((self.concentration - 1) / self.concentration) ** self.concentration_reciprocal

    @property
    def variance(self) -> Tensor:
        """scale^2 (gamma(1 + 2 / k) - gamma(1 + 1 / k)^2)"""
        result: Tensor = self.scale**2 * (self._moment(2) - self._moment(1) ** 2)
        return result

    def entropy(self) -> Tensor:
        """0.5772 (1 - 1 / k) + log(scale / k) + 1"""
        inverse = self.concentration_reciprocal
        result: Tensor = euler_constant * (1 - inverse) + (self.scale * inverse).log() + 1
        return result


class Kumaraswamy(TransformedDistribution):
    """density a b x^(a - 1) (1 - x^a)^(b - 1) on 0 to 1, a = concentration1, b = concentration0: (1 - u^(1/b))^(1/a)

    Much like Beta, with a simple cdf (Kumaraswamy, "A generalized probability density function for double-bounded
    random processes", 1980).
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    concentration1: Tensor
    concentration0: Tensor

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = a, b = broadcast_all(concentration1, concentration0)
        base = Uniform(filled(a.shape, 0.0, a.dtype), filled(a.shape, 1.0, a.dtype), validate_args)
        parts = [PowerTransform(b.reciprocal()), AffineTransform(1.0, -1.0), PowerTransform(a.reciprocal())]
        super().__init__(base, parts, validate_args)

    def _moment(self, n: int) -> Any:
        """The expected value of x^n: b B(1 + n / a, b)"""
        a, b = self.concentration1, self.concentration0
        return b * (lgamma(1 + n / a) + lgamma(b) - lgamma(1 + n / a + b)).exp()

    @property
    def mean(self) -> Tensor:
        """b B(1 + 1 / a, b)"""
        result: Tensor = self._moment(1)
        return result

    @property
    def mode(self) -> Tensor:
        """((a - 1) / (a b - 1))^(1 / a) for a and b from 1 on, not both 1, else nan"""
        a, b = self.concentration1, self.concentration0
        peaked = (a >= 1) & (b >= 1) & (a * b > 1)
        a, b = where(peaked, a, 2.0), where(peaked, b, 2.0)
        return where(peaked, ((a - 1) / (a * b - 1)) ** (1 / a), math.nan)

    @property
    def variance(self) -> Tensor:
        """b B(1 + 2 / a, b) - mean^2"""
        result: Tensor = self._moment(2) - self.mean**2
        return result

    def entropy(self) -> Tensor:
        """1 - 1 / b + (1 - 1 / a) (psi(b + 1) + 0.5772) - log(a b)"""
        a, b = self.concentration1, self.concentration0
        harmonic = digamma(b + 1) + euler_constant
        result: Tensor = (1 - 1 / b) + (1 - 1 / a) * harmonic - a.log() - b.log()
        return result


class LogisticNormal(TransformedDistribution):
    """Rows of k + 1 parts that sum to 1: a stick broken by k normal numbers (see StickBreakingTransform)"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    base_dist: Any

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args)
        if not base.batch_shape:
            base = base.expand((1,))
        super().__init__(base, StickBreakingTransform(), validate_args)

    @property
    def loc(self) -> Tensor:
        """The means of the normal numbers"""
        return self.base_dist.base_dist.loc  # type: ignore[no-any-return]

    @property
    def scale(self) -> Tensor:
        """The deviations of the normal numbers"""
        return self.base_dist.base_dist.scale  # type: ignore[no-any-return]

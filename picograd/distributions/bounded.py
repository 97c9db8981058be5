"""Distributions within bounds whose cdf has a simple inverse: Uniform, Exponential and their generalizations."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..functions import expand as expanded
from ..ops.elementwise import where
from ..ops.loss import binary_cross_entropy_with_logits
from ..ops.precise import expm1, log1p
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .utils import broadcast_all, clamp_probs, filled, lazy_property, logits_to_probs, one_of, probs_to_logits


class Uniform(Distribution):
    """density 1 / (high - low) from low up to, not including, high"""

    has_rsample = True
    low: Tensor
    high: Tensor

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape, (), validate_args)

    @property
    def arg_constraints(self) -> dict[str, Constraint]:
        """low < high"""
        return {"low": constraints.less_than(self.high), "high": constraints.greater_than(self.low)}

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """low to high"""
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        """(low + high) / 2"""
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Tensor:
        """nan: there is no single one"""
        return math.nan * self.high

    @property
    def stddev(self) -> Tensor:
        """(high - low) / sqrt 12"""
        return (self.high - self.low) / 12**0.5

    @property
    def variance(self) -> Tensor:
        """(high - low)^2 / 12"""
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """low + (high - low) * uniform"""
        return self.low + (self.high - self.low) * self._uniform(sample_shape)

    def log_prob(self, value: Any) -> Tensor:
        """-log(high - low) inside, -inf outside"""
        x = self._checked(value).value
        outside = np.where((x >= self.low.value) & (x < self.high.value), 0, np.inf).astype(self._dtype)
        return -(self.high - self.low).log() - Tensor._of(outside)

    def cdf(self, value: Any) -> Tensor:
        """(x - low) / (high - low), within 0 and 1"""
        result: Tensor = ((self._checked(value) - self.low) / (self.high - self.low)).clamp(0, 1)
        return result

    def icdf(self, value: Any) -> Tensor:
        """low + (high - low) p"""
        result: Tensor = value * (self.high - self.low) + self.low
        return result

    def entropy(self) -> Tensor:
        """log(high - low)"""
        return (self.high - self.low).log()


class Exponential(ExponentialFamily):
    """density rate e^(-rate x) for x >= 0"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    rate: Tensor

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """1 / rate"""
        return self.rate.reciprocal()

    @property
    def mode(self) -> Tensor:
        """0"""
        return filled(self._batch_shape, 0.0, self._dtype)

    @property
    def stddev(self) -> Tensor:
        """1 / rate"""
        return self.rate.reciprocal()

    @property
    def variance(self) -> Tensor:
        """1 / rate^2"""
        return self.rate**-2

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """(standard exponential) / rate"""
        draws = rng_of(None).standard_exponential(self._extended_shape(sample_shape))
        return Tensor._of(np.maximum(np.asarray(draws, self._dtype), np.finfo(self._dtype).tiny)) / self.rate

    def log_prob(self, value: Any) -> Tensor:
        """log(rate) - rate x"""
        result: Tensor = self.rate.log() - self.rate * self._checked(value)
        return result

    def cdf(self, value: Any) -> Tensor:
        """1 - e^(-rate x)"""
        return -expm1(-self.rate * self._checked(value))

    def icdf(self, value: Any) -> Tensor:
        """-log(1 - p) / rate"""
        return -log1p(-value) / self.rate

    def entropy(self) -> Tensor:
        """1 - log(rate)"""
        result: Tensor = 1 - self.rate.log()
        return result

    _mean_carrier_measure = 0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """-rate"""
        return (-self.rate,)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """-log(-x)"""
        (x,) = natural_params
        return -(-x).log()


class GeneralizedPareto(Distribution):
    """density (1 + k z)^(-1 / k - 1) / scale, z = (x - loc) / scale >= 0, k = concentration; e^-z / scale at k = 0

    What exceeds a high threshold (Pickands, "Statistical inference using extreme order statistics", 1975).
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True
    loc: Tensor
    scale: Tensor
    concentration: Tensor

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, (), validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From loc on, for negative concentrations up to loc - scale / concentration"""
        falls = self.concentration < 0
        last = self.loc - self.scale / where(falls, self.concentration, -1.0)
        return constraints.interval(self.loc, where(falls, last, math.inf))

    def _shape(self) -> tuple[Any, Any]:
        """Where the concentration is 0, and the concentration with 1 there"""
        zero = abs(self.concentration) <= 1e-8
        return zero, where(zero, 1.0, self.concentration)

    def _z(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """icdf(uniform)"""
        return self.icdf(self._uniform(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """-(1 + 1 / k) log(1 + k z) - log(scale)"""
        z = self._z(self._checked(value))
        zero, k = self._shape()
        away, power = where(zero, 0.0, k) * z, 1 / k + 1
        away = where((power == 0) & (away <= -1), 0.0, away)  # 0 log 0 at the upper end of a uniform distribution
        result: Tensor = -self.scale.log() - where(zero, z, power * log1p(away))
        return result

    def log_survival_function(self, value: Any) -> Tensor:
        """log(1 - cdf) = -log(1 + k z) / k"""
        z = self._z(self._checked(value))
        zero, k = self._shape()
        return where(zero, -z, -log1p(where(zero, 0.0, k) * z) / k)

    def log_cdf(self, value: Any) -> Tensor:
        """log cdf"""
        return log1p(-self.log_survival_function(value).exp())

    def cdf(self, value: Any) -> Tensor:
        """1 - (1 + k z)^(-1 / k)"""
        return self.log_cdf(value).exp()

    def icdf(self, value: Any) -> Tensor:
        """loc + scale ((1 - p)^-k - 1) / k"""
        zero, k = self._shape()
        exponent = log1p(-value)
        return self.loc + self.scale * where(zero, -exponent, expm1(-k * exponent) / k)

    @property
    def mean(self) -> Tensor:
        """loc + scale / (1 - k) for k < 1, else nan"""
        finite = self.concentration < 1
        k = where(finite, self.concentration, 0.5)
        return where(finite, self.loc + self.scale / (1 - k), math.nan)

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """scale^2 / ((1 - k)^2 (1 - 2 k)) for k < 1/2, else nan"""
        finite = self.concentration < 0.5
        k = where(finite, self.concentration, 0.25)
        return where(finite, self.scale**2 / ((1 - k) ** 2 * (1 - 2 * k)), math.nan)

    def entropy(self) -> Tensor:
        """log(scale) + k + 1"""
        return self.scale.log() + self.concentration + 1


class ContinuousBernoulli(ExponentialFamily):
    """density C(p) p^x (1 - p)^(1 - x) for x from 0 to 1, C(p) = 2 atanh(1 - 2 p) / (1 - 2 p)

    For pixels that are no yes or no (Loaiza-Ganem and Cunningham, "The continuous Bernoulli", 2019). Between `lims`,
    where the formulas are 0 / 0, they are replaced by their series about p = 1/2.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        name = one_of("ContinuousBernoulli", probs=probs, logits=logits)
        (given,) = broadcast_all(probs if name == "probs" else logits)
        self._name, self._lims = name, lims
        vars(self)[name] = given
        super().__init__(given.shape, (), validate_args)
        if name == "probs":
            vars(self)[name] = clamp_probs(given)

    @lazy_property
    def logits(self) -> Any:
        """log(p / (1 - p))"""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The parameter p"""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    @property
    def param_shape(self) -> tuple[int, ...]:
        """That of probs"""
        return self._batch_shape

    def _cut(self) -> tuple[Any, Any]:
        """Where p is far enough from 1/2, and p with the lower limit elsewhere"""
        far = (self.probs <= self._lims[0]) | (self.probs > self._lims[1])
        return far, where(far, self.probs, self._lims[0])

    def _log_norm(self) -> Any:
        """log C(p)"""
        far, p = self._cut()
        norm = abs(log1p(-p) - p.log()).log() - abs(1 - 2 * p).log()
        x = (self.probs - 0.5) ** 2
        return where(far, norm, math.log(2) + (4 / 3 + 104 / 45 * x) * x)

    @property
    def mean(self) -> Tensor:
        """p / (2 p - 1) + 1 / (2 atanh(1 - 2 p))"""
        far, p = self._cut()
        x = self.probs - 0.5
        return where(far, p / (2 * p - 1) + 1 / (log1p(-p) - p.log()), 0.5 + (1 / 3 + 16 / 45 * x**2) * x)

    @property
    def variance(self) -> Tensor:
        """p (p - 1) / (1 - 2 p)^2 + 1 / (2 atanh(1 - 2 p))^2"""
        far, p = self._cut()
        x = (self.probs - 0.5) ** 2
        exact = p * (p - 1) / (1 - 2 * p) ** 2 + (log1p(-p) - p.log()) ** -2
        return where(far, exact, 1 / 12 - (1 / 15 - 128 / 945 * x) * x)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """icdf(uniform)"""
        return self.icdf(self._uniform(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """x log p + (1 - x) log(1 - p) + log C(p)"""
        x = self._checked(value)
        shape = np.broadcast_shapes(x.shape, self._batch_shape)
        result: Tensor = self._log_norm() - binary_cross_entropy_with_logits(
            expanded(self.logits, shape), expanded(x, shape)
        )
        return result

    def cdf(self, value: Any) -> Tensor:
        """(p^x (1 - p)^(1 - x) + p - 1) / (2 p - 1)"""
        x = self._checked(value)
        far, p = self._cut()
        inside = where(far, (p**x * (1 - p) ** (1 - x) + p - 1) / (2 * p - 1), x)
        return where(x <= 0, 0.0, where(x >= 1, 1.0, inside))

    def icdf(self, value: Any) -> Tensor:
        """log((1 - p + u (2 p - 1)) / (1 - p)) / log(p / (1 - p))"""
        far, p = self._cut()
        low = log1p(-p)
        return where(far, (log1p(-p + value * (2 * p - 1)) - low) / (p.log() - low), value)

    def entropy(self) -> Tensor:
        """mean (log(1 - p) - log p) - log C(p) - log(1 - p)"""
        low = log1p(-self.probs)
        result: Tensor = self.mean * (low - self.probs.log()) - self._log_norm() - low
        return result

    _mean_carrier_measure = 0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """logits"""
        return (self.logits,)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """log((e^x - 1) / x), its series about 0 near there"""
        (x,) = natural_params
        low, high = self._lims[0] - 0.5, self._lims[1] - 0.5
        far = (x <= low) | (x > high)
        cut = where(far, x, low)
        return where(far, abs(expm1(cut)).log() - abs(cut).log(), 0.5 * x + x**2 / 24 - x**4 / 2880)

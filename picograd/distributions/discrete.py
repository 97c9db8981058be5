"""Distributions of counts and of yes and no: Bernoulli, Geometric, Binomial, NegativeBinomial, Poisson."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..functions import expand as expanded
from ..ops.elementwise import where
from ..ops.gamma import lgamma
from ..ops.loss import binary_cross_entropy_with_logits, softplus
from ..ops.precise import log1p, xlogy
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .utils import broadcast_all, filled, lazy_property, logits_to_probs, one_of, probs_to_logits


class Chance(Distribution):
    """A batch of chances of yes, given as `probs` or as `logits`, log(p / (1 - p)); the other is computed from it."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        name = one_of(type(self).__name__, probs=probs, logits=logits)
        (given,) = broadcast_all(probs if name == "probs" else logits)
        vars(self)[name] = given
        super().__init__(given.shape, (), validate_args)

    @lazy_property
    def logits(self) -> Any:
        """log(p / (1 - p)), finite also for 0 and 1: these are moved by the dtype's rounding"""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """1 / (1 + e^-logit)"""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> tuple[int, ...]:
        """That of probs"""
        return self._batch_shape

    def _drawn(self, draws: Any) -> Tensor:
        """Draws in the dtype of the parameters"""
        return Tensor._of(np.asarray(draws).astype(self._dtype))

    def _cross_entropy(self, target: Any) -> Any:
        """-t log p - (1 - t) log(1 - p)"""
        shape = np.broadcast_shapes(target.shape, self._batch_shape)
        return binary_cross_entropy_with_logits(expanded(self.logits, shape), expanded(target, shape))


class Bernoulli(Chance, ExponentialFamily):
    """1 with probability p, else 0"""

    support = constraints.boolean
    has_enumerate_support = True

    @property
    def mean(self) -> Tensor:
        """p"""
        result: Tensor = self.probs
        return result

    @property
    def mode(self) -> Tensor:
        """The likelier of 0 and 1, nan for p = 1/2"""
        p = self.probs.value
        return self._drawn(np.where(p == 0.5, np.nan, p >= 0.5))

    @property
    def variance(self) -> Tensor:
        """p (1 - p)"""
        result: Tensor = self.probs * (1 - self.probs)
        return result

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """1 where a uniform number is below p"""
        return self._drawn(rng_of(None).random(self._extended_shape(sample_shape)) < self.probs.value)

    def log_prob(self, value: Any) -> Tensor:
        """x log p + (1 - x) log(1 - p)"""
        result: Tensor = -self._cross_entropy(self._checked(value))
        return result

    def entropy(self) -> Tensor:
        """-p log p - (1 - p) log(1 - p)"""
        result: Tensor = self._cross_entropy(self.probs)
        return result

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 and 1 along a new first axis"""
        values = np.arange(2, dtype=self._dtype).reshape(2, *(1,) * len(self._batch_shape))
        return Tensor._of(np.broadcast_to(values, (2, *self._batch_shape)) if expand else values)

    _mean_carrier_measure = 0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """log(p / (1 - p))"""
        return (self.probs.log() - log1p(-self.probs),)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """log(1 + e^x)"""
        (x,) = natural_params
        return softplus(x)


class Geometric(Chance):
    """How many times no comes before the first yes: p (1 - p)^x"""

    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(probs, logits, validate_args)
        if self._validate_args and not (self.probs.value > 0).all():
            raise ValueError(
                f"Geometric: parameter probs of shape {self.probs.shape}: it must be more than 0; change it, or pass "
                f"validate_args=False"
            )

    @property
    def mean(self) -> Tensor:
        """1 / p - 1"""
        result: Tensor = 1 / self.probs - 1
        return result

    @property
    def mode(self) -> Tensor:
        """0"""
        return filled(self._batch_shape, 0.0, self._dtype)

    @property
    def variance(self) -> Tensor:
        """(1 / p - 1) / p"""
        result: Tensor = (1 / self.probs - 1) / self.probs
        return result

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """floor(log u / log(1 - p))"""
        with np.errstate(divide="ignore"):
            draws = np.floor(np.log(self._uniform(sample_shape).value) / np.log1p(-self.probs.value))
        return self._drawn(draws + 0.0)

    def log_prob(self, value: Any) -> Tensor:
        """x log(1 - p) + log p"""
        x = self._checked(value)
        shape = np.broadcast_shapes(x.shape, self._batch_shape)
        sure = Tensor._of((self.probs.value == 1) & (expanded(x, shape).value == 0))
        result: Tensor = x * log1p(-where(sure, 0.0, self.probs)) + self.probs.log()
        return result

    def entropy(self) -> Tensor:
        """(-p log p - (1 - p) log(1 - p)) / p"""
        result: Tensor = self._cross_entropy(self.probs) / self.probs
        return result


class Trials(Chance):
    """Chances with a count, `total_count`."""

    total_count: Tensor

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        name = one_of(type(self).__name__, probs=probs, logits=logits)
        given, self.total_count = broadcast_all(probs if name == "probs" else logits, total_count)
        vars(self)[name] = given
        Distribution.__init__(self, given.shape, (), validate_args)


class Binomial(Trials):
    """How many of `total_count` trials say yes: n! / (x! (n - x)!) p^x (1 - p)^(n - x)"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """0, 1, ... n"""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        """n p"""
        result: Tensor = self.total_count * self.probs
        return result

    @property
    def mode(self) -> Tensor:
        """floor((n + 1) p), at most n"""
        counts = self.total_count.value
        return self._drawn(np.minimum(np.floor((counts + 1) * self.probs.value), counts))

    @property
    def variance(self) -> Tensor:
        """n p (1 - p)"""
        result: Tensor = self.total_count * self.probs * (1 - self.probs)
        return result

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without gradient."""
        counts, chances = self.total_count.value.astype(np.int64), np.clip(self.probs.value.astype(np.float64), 0, 1)
        return self._drawn(rng_of(None).binomial(counts, chances, self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """log n! - log x! - log (n - x)! + x logit - n log(1 + e^logit)"""
        x, n = self._checked(value), self.total_count
        ways = lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1)
        result: Tensor = ways + x * self.logits - n * softplus(self.logits)
        return result

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0, 1, ... n along a new first axis; all n must be equal"""
        n = int(self.total_count.value.max(initial=0))
        if not (self.total_count.value == n).all():
            raise NotImplementedError(
                f"Binomial: total_count of shape {self.total_count.shape}: the counts differ, so their supports do; "
                f"use one count for all"
            )
        values = np.arange(n + 1, dtype=self._dtype).reshape(-1, *(1,) * len(self._batch_shape))
        return Tensor._of(np.broadcast_to(values, (n + 1, *self._batch_shape)) if expand else values)

    def entropy(self) -> Tensor:
        """The sum of -P log P over 0 ... n"""
        log_prob = self.log_prob(self.enumerate_support())
        return -(log_prob.exp() * log_prob).sum(0)


class NegativeBinomial(Trials):
    """How often yes comes before `total_count` times no, with the chance p of yes

    gamma(n + x) / (gamma(n) x!) (1 - p)^n p^x; n need not be a whole number.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(total_count, probs, logits, validate_args)

    @property
    def mean(self) -> Tensor:
        """n p / (1 - p)"""
        result: Tensor = self.total_count * self.logits.exp()
        return result

    @property
    def mode(self) -> Tensor:
        """floor((n - 1) p / (1 - p)), at least 0"""
        return self._drawn(np.maximum(np.floor((self.total_count.value - 1) * np.exp(self.logits.value)), 0.0))

    @property
    def variance(self) -> Tensor:
        """n p / (1 - p)^2"""
        result: Tensor = self.mean / (-self.logits).sigmoid()
        return result

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Poisson(r) for a draw r of Gamma(n, (1 - p) / p)"""
        rng, shape = rng_of(None), self._extended_shape(sample_shape)
        rates = rng.standard_gamma(self.total_count.value.astype(np.float64), shape) * np.exp(self.logits.value)
        return self._drawn(rng.poisson(rates))

    def log_prob(self, value: Any) -> Tensor:
        """n log(1 - p) + x log p + log gamma(n + x) - log gamma(n) - log x!"""
        x, n = self._checked(value), self.total_count
        chances = -n * softplus(self.logits) - x * softplus(-self.logits)
        nothing = Tensor._of((n + x).value == 0)
        n, x = where(nothing, 1.0, n), where(nothing, 0.0, x)  # of no trial comes no yes, surely
        result: Tensor = chances + lgamma(n + x) - lgamma(x + 1) - lgamma(n)
        return result


class Poisson(ExponentialFamily):
    """How many of independent events happen: rate^x e^-rate / x!"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer
    rate: Tensor

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """rate"""
        return self.rate

    @property
    def mode(self) -> Tensor:
        """floor(rate)"""
        return Tensor._of(np.floor(self.rate.value))

    @property
    def variance(self) -> Tensor:
        """rate"""
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without gradient."""
        draws = rng_of(None).poisson(self.rate.value, self._extended_shape(sample_shape))
        return Tensor._of(np.asarray(draws).astype(self._dtype))

    def log_prob(self, value: Any) -> Tensor:
        """x log(rate) - rate - log x!"""
        x = self._checked(value)
        return xlogy(x, self.rate) - self.rate - lgamma(x + 1)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """log(rate)"""
        return (self.rate.log(),)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """e^x"""
        (x,) = natural_params
        return x.exp()

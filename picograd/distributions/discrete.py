"""Distributions of counts and of yes and no: Bernoulli, Geometric, Binomial, Poisson."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..ops.gamma import lgamma
from ..ops.loss import binary_cross_entropy_with_logits, softplus
from ..ops.precise import log1p, xlogy
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution, broadcast_all, one_of


def logits_of(probs: Tensor) -> Tensor:
    """log(p / (1 - p)), finite also for 0 and 1: these are moved by the dtype's rounding"""
    eps = float(np.finfo(probs.dtype).eps)
    p = probs.clamp(eps, 1 - eps)
    return p.log() - log1p(-p)


class Chance(Distribution):
    """A batch of chances of yes, given as `probs` or as `logits`, log(p / (1 - p)); the other is computed."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    probs: Tensor
    logits: Tensor

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        name = one_of(type(self).__name__, probs=probs, logits=logits)
        (given,) = broadcast_all(probs if name == "probs" else logits)
        super().__init__({name: given}, given.shape, (), validate_args)
        self._derive()

    def _derive(self) -> None:
        """Compute logits from probs, or the other way round."""
        if "probs" in self._parameters:
            self.logits = logits_of(self.probs)
        else:
            self.probs = self.logits.sigmoid()


class Bernoulli(Chance):
    """1 with probability p, else 0"""

    @property
    def support(self) -> Constraint:
        """0 and 1"""
        return constraints.boolean

    @property
    def mean(self) -> Tensor:
        """p"""
        return self.probs

    @property
    def variance(self) -> Tensor:
        """p (1 - p)"""
        result: Tensor = self.probs * (1 - self.probs)
        return result

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """1 where a uniform number is below p"""
        draws = rng_of(None).random(self._extended(sample_shape)) < self.probs.value
        return Tensor._of(np.asarray(draws).astype(self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """x log p + (1 - x) log(1 - p)"""
        return -binary_cross_entropy_with_logits(self.logits, self._checked(value))

    def entropy(self) -> Tensor:
        """-p log p - (1 - p) log(1 - p)"""
        return binary_cross_entropy_with_logits(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 and 1 along a new first axis"""
        values = np.arange(2, dtype=self._dtype).reshape(2, *(1,) * len(self._batch_shape))
        return Tensor._of(np.broadcast_to(values, (2, *self._batch_shape)) if expand else values)


class Geometric(Chance):
    """How many times no comes before the first yes: p (1 - p)^x"""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(probs, logits, validate_args)
        if self._validate_args and not (self.probs.value > 0).all():
            raise ValueError(
                f"Geometric: parameter probs of shape {self.probs.shape}: it must be more than 0; change it, or pass "
                f"validate_args=False"
            )

    @property
    def support(self) -> Constraint:
        """0, 1, 2, ..."""
        return constraints.nonnegative_integer

    @property
    def mean(self) -> Tensor:
        """1 / p - 1"""
        result: Tensor = 1 / self.probs - 1
        return result

    @property
    def variance(self) -> Tensor:
        """(1 / p - 1) / p"""
        result: Tensor = (1 / self.probs - 1) / self.probs
        return result

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """floor(log u / log(1 - p))"""
        with np.errstate(divide="ignore"):
            draws = np.floor(np.log(self._uniform(sample_shape).value) / np.log1p(-self.probs.value))
        return Tensor._of(np.asarray(draws + 0.0).astype(self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """x log(1 - p) + log p"""
        return xlogy(self._checked(value), 1 - self.probs) + self.probs.log()

    def entropy(self) -> Tensor:
        """(-p log p - (1 - p) log(1 - p)) / p"""
        return binary_cross_entropy_with_logits(self.logits, self.probs) / self.probs


class Binomial(Chance):
    """How many of `total_count` trials say yes: n! / (x! (n - x)!) p^x (1 - p)^(n - x)"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    total_count: Tensor

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        name = one_of("Binomial", probs=probs, logits=logits)
        given, count = broadcast_all(probs if name == "probs" else logits, total_count)
        Distribution.__init__(self, {name: given, "total_count": count}, given.shape, (), validate_args)
        self._derive()

    @property
    def support(self) -> Constraint:
        """0, 1, ... n"""
        return constraints.integer_interval(0, self.total_count.value)

    @property
    def mean(self) -> Tensor:
        """n p"""
        return self.total_count * self.probs

    @property
    def variance(self) -> Tensor:
        """n p (1 - p)"""
        result: Tensor = self.total_count * self.probs * (1 - self.probs)
        return result

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws, without gradient."""
        counts, chances = self.total_count.value.astype(np.int64), np.clip(self.probs.value.astype(np.float64), 0, 1)
        draws = rng_of(None).binomial(counts, chances, self._extended(sample_shape))
        return Tensor._of(np.asarray(draws).astype(self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """log n! - log x! - log (n - x)! + x logit - n log(1 + e^logit)"""
        x, n = self._checked(value), self.total_count
        ways = lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1)
        return ways + x * self.logits - n * softplus(self.logits)

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


class Poisson(Distribution):
    """How many of independent events happen: rate^x e^-rate / x!"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.nonnegative}
    rate: Tensor

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (rate,) = broadcast_all(rate)
        super().__init__({"rate": rate}, rate.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        """0, 1, 2, ..."""
        return constraints.nonnegative_integer

    @property
    def mean(self) -> Tensor:
        """rate"""
        return self.rate

    @property
    def variance(self) -> Tensor:
        """rate"""
        return self.rate

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws, without gradient."""
        draws = rng_of(None).poisson(self.rate.value, self._extended(sample_shape))
        return Tensor._of(np.asarray(draws).astype(self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """x log(rate) - rate - log x!"""
        x = self._checked(value)
        return xlogy(x, self.rate) - self.rate - lgamma(x + 1)

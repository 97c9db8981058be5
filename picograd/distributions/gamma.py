"""The gamma family: Gamma, Chi2, Beta, Dirichlet and Student's t. Their draws have no gradient here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..ops.elementwise import where
from ..ops.gamma import digamma, lgamma
from ..ops.precise import log1p, xlogy
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution, broadcast_all


class GammaFamily(Distribution):
    """What its members have in common: `sample` draws, `rsample` says why it can't."""

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Not there: the derivative of a gamma draw by its shape parameter has no closed form."""
        raise NotImplementedError(
            f"{type(self).__name__}: rsample: draws of the gamma family have no gradient here; use sample(), or a "
            f"distribution whose has_rsample is True"
        )

    def _positive(self, draws: Any) -> Tensor:
        """Draws in the dtype of the parameters; none is 0, of which the density may be infinite."""
        return Tensor._of(np.maximum(np.asarray(draws, self._dtype), np.finfo(self._dtype).tiny))


class Gamma(GammaFamily):
    """density rate^a x^(a - 1) e^(-rate x) / gamma(a) for x > 0, a = concentration"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    concentration: Tensor
    rate: Tensor

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        concentration, rate = broadcast_all(concentration, rate)
        parameters = {"concentration": concentration, "rate": rate}
        super().__init__(parameters, concentration.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        """x >= 0"""
        return constraints.nonnegative

    @property
    def mean(self) -> Tensor:
        """a / rate"""
        return self.concentration / self.rate

    @property
    def variance(self) -> Tensor:
        """a / rate^2"""
        return self.concentration / self.rate**2

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """(standard gamma) / rate"""
        draws = rng_of(None).standard_gamma(self.concentration.value, self._extended(sample_shape))
        return self._positive(draws / self.rate.value)

    def log_prob(self, value: Tensor) -> Tensor:
        """a log(rate) + (a - 1) log(x) - rate x - log gamma(a)"""
        x, a = self._checked(value), self.concentration
        return xlogy(a, self.rate) + xlogy(a - 1, x) - self.rate * x - lgamma(a)

    def entropy(self) -> Tensor:
        """a - log(rate) + log gamma(a) + (1 - a) psi(a)"""
        a = self.concentration
        result: Tensor = a - self.rate.log() + lgamma(a) + (1 - a) * digamma(a)
        return result


class Chi2(Gamma):
    """The sum of `df` squared standard normal numbers: Gamma(df / 2, 1 / 2)"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"df": constraints.positive}
    df: Tensor

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        (df,) = broadcast_all(df)
        Distribution.__init__(self, {"df": df}, df.shape, (), validate_args)
        self.concentration, self.rate = df / 2, Tensor._of(np.full_like(df.value, 0.5))


class Beta(GammaFamily):
    """density x^(a - 1) (1 - x)^(b - 1) / B(a, b) on 0 to 1, a = concentration1, b = concentration0"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    concentration1: Tensor
    concentration0: Tensor

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        a, b = broadcast_all(concentration1, concentration0)
        super().__init__({"concentration1": a, "concentration0": b}, a.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        """0 to 1"""
        return constraints.unit_interval

    @property
    def mean(self) -> Tensor:
        """a / (a + b)"""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def variance(self) -> Tensor:
        """a b / ((a + b)^2 (a + b + 1))"""
        a, b = self.concentration1, self.concentration0
        return a * b / ((a + b) ** 2 * (a + b + 1))

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws, without gradient."""
        shape = self._extended(sample_shape)
        draws = rng_of(None).beta(self.concentration1.value, self.concentration0.value, shape)
        return Tensor._of(np.minimum(self._positive(draws).value, 1 - np.finfo(self._dtype).epsneg))

    def log_prob(self, value: Tensor) -> Tensor:
        """(a - 1) log x + (b - 1) log(1 - x) - log B(a, b)"""
        x, a, b = self._checked(value), self.concentration1, self.concentration0
        return xlogy(a - 1, x) + xlogy(b - 1, 1 - x) - log_beta(a, b)

    def entropy(self) -> Tensor:
        """log B(a, b) - (a - 1) psi(a) - (b - 1) psi(b) + (a + b - 2) psi(a + b)"""
        a, b = self.concentration1, self.concentration0
        return log_beta(a, b) - (a - 1) * digamma(a) - (b - 1) * digamma(b) + (a + b - 2) * digamma(a + b)


def log_beta(a: Tensor, b: Tensor) -> Tensor:
    """log B(a, b) = log (gamma(a) gamma(b) / gamma(a + b))"""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


class Dirichlet(GammaFamily):
    """density prod x_k^(a_k - 1) gamma(sum a) / prod gamma(a_k), on rows of K numbers that sum to 1"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.independent(constraints.positive, 1)
    }
    concentration: Tensor

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        (a,) = broadcast_all(concentration)
        if not a.ndim:
            raise ValueError(
                "Dirichlet: concentration of shape (): it needs an axis of parts; give at least one dimension"
            )
        super().__init__({"concentration": a}, a.shape[:-1], a.shape[-1:], validate_args)

    @property
    def support(self) -> Constraint:
        """Rows that sum to 1"""
        return constraints.simplex

    @property
    def mean(self) -> Tensor:
        """a_k / sum a"""
        return self.concentration / self.concentration.sum(-1, keepdims=True)

    @property
    def variance(self) -> Tensor:
        """m (1 - m) / (sum a + 1), m the mean"""
        result: Tensor = self.mean * (1 - self.mean) / (self.concentration.sum(-1, keepdims=True) + 1)
        return result

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Gamma draws, divided by their sum"""
        draws = rng_of(None).standard_gamma(self.concentration.value.astype(np.float64), self._extended(sample_shape))
        draws = np.maximum(draws, np.finfo(np.float64).tiny)
        return self._positive(draws / draws.sum(-1, keepdims=True))

    def log_prob(self, value: Tensor) -> Tensor:
        """sum (a - 1) log x + log gamma(sum a) - sum log gamma(a)"""
        a = self.concentration
        return xlogy(a - 1, self._checked(value)).sum(-1) + lgamma(a.sum(-1)) - lgamma(a).sum(-1)

    def entropy(self) -> Tensor:
        """sum log gamma(a) - log gamma(A) - (K - A) psi(A) - sum (a - 1) psi(a), A = sum a"""
        a = self.concentration
        whole = a.sum(-1)
        spread = (a.shape[-1] - whole) * digamma(whole) + ((a - 1) * digamma(a)).sum(-1)
        result: Tensor = lgamma(a).sum(-1) - lgamma(whole) - spread
        return result


class StudentT(GammaFamily):
    """density ~ (1 + z^2 / df)^(-(df + 1) / 2), z = (x - loc) / scale"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    df: Tensor
    loc: Tensor
    scale: Tensor

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        df, loc, scale = broadcast_all(df, loc, scale)
        super().__init__({"df": df, "loc": loc, "scale": scale}, df.shape, (), validate_args)

    @property
    def support(self) -> Constraint:
        """All numbers"""
        return constraints.real

    @property
    def mean(self) -> Tensor:
        """loc for df > 1, else nan"""
        return where(self.df > 1, self.loc, math.nan)

    @property
    def variance(self) -> Tensor:
        """scale^2 df / (df - 2) for df > 2, inf for df > 1, else nan"""
        finite = self.df > 2
        df = where(finite, self.df, 3.0)  # not 2, where the quotient and its derivative are infinite
        return where(finite, self.scale**2 * df / (df - 2), where(self.df > 1, math.inf, math.nan))

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + scale * (standard t)"""
        draws = rng_of(None).standard_t(self.df.value, self._extended(sample_shape))
        return Tensor._of(np.asarray(self.loc.value + self.scale.value * draws, self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """-(df + 1) / 2 log(1 + z^2 / df) - log(scale sqrt(df)) - log B(df / 2, 1 / 2)"""
        z, df = (self._checked(value) - self.loc) / self.scale, self.df
        norm = self.scale.log() + 0.5 * df.log() + self._log_beta()
        return -0.5 * (df + 1) * log1p(z * z / df) - norm

    def _log_beta(self) -> Tensor:
        return lgamma(0.5 * self.df) + 0.5 * math.log(math.pi) - lgamma(0.5 * (self.df + 1))

    def entropy(self) -> Tensor:
        """log(scale sqrt(df)) + (df + 1) / 2 (psi((df + 1) / 2) - psi(df / 2)) + log B(df / 2, 1 / 2)"""
        df = self.df
        slope = 0.5 * (df + 1) * (digamma(0.5 * (df + 1)) - digamma(0.5 * df))
        return self.scale.log() + slope + 0.5 * df.log() + self._log_beta()

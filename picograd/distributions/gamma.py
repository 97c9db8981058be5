"""The gamma family: Gamma, Chi2, FisherSnedecor and Student's t.

Their draws have gradients: how a draw moves with its shape, the uniform number behind it held, has no closed form but
follows from the derivative of the cdf (Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", 2018).
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..functions import expand as expanded
from ..ops.elementwise import where
from ..ops.gamma import digamma, lgamma
from ..ops.incomplete import gammainc
from ..ops.precise import log1p, xlogy
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .sampling import standard_gamma
from .utils import _standard_normal, broadcast_all


class Gamma(ExponentialFamily):
    """density rate^a x^(a - 1) e^(-rate x) / gamma(a) for x > 0, a = concentration"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.nonnegative
    has_rsample = True
    concentration: Tensor
    rate: Tensor

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """a / rate"""
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        """(a - 1) / rate, at least 0"""
        result: Tensor = ((self.concentration - 1) / self.rate).clamp(min=0)
        return result

    @property
    def variance(self) -> Tensor:
        """a / rate^2"""
        return self.concentration / self.rate**2

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """(standard gamma) / rate; never 0, of which the density may be infinite"""
        shape = self._extended_shape(sample_shape)
        draws = standard_gamma(expanded(self.concentration, shape)) / self.rate
        tiny = float(np.finfo(self._dtype).tiny)
        if (draws.value < tiny).any():
            draws.value[draws.value < tiny] = tiny
        return draws

    def log_prob(self, value: Any) -> Tensor:
        """a log(rate) + (a - 1) log(x) - rate x - log gamma(a)"""
        x, a = self._checked(value), self.concentration
        result: Tensor = xlogy(a, self.rate) + xlogy(a - 1, x) - self.rate * x - lgamma(a)
        return result

    def cdf(self, value: Any) -> Tensor:
        """P(a, rate x), the regularized incomplete gamma function"""
        result: Tensor = gammainc(self.concentration, self.rate * self._checked(value))
        return result

    def entropy(self) -> Tensor:
        """a - log(rate) + log gamma(a) + (1 - a) psi(a)"""
        a = self.concentration
        result: Tensor = a - self.rate.log() + lgamma(a) + (1 - a) * digamma(a)
        return result

    _mean_carrier_measure = 0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """a - 1 and -rate"""
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """log gamma(x + 1) - (x + 1) log(-y)"""
        x, y = natural_params
        return lgamma(x + 1) - (x + 1) * (-y).log()


class Chi2(Gamma):
    """The sum of `df` squared standard normal numbers: Gamma(df / 2, 1 / 2)"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"df": constraints.positive}

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        (df,) = broadcast_all(df)
        super().__init__(0.5 * df, 0.5, validate_args)

    @property
    def df(self) -> Tensor:
        """The degrees of freedom"""
        return self.concentration * 2

    @property
    def _dtype(self) -> Any:
        return self.concentration.dtype

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distributions, broadcast to another batch shape"""
        new = super().expand(batch_shape, _instance)
        new.concentration = expanded(self.concentration, tuple(batch_shape))
        new.rate = expanded(self.rate, tuple(batch_shape))
        return new


class FisherSnedecor(Distribution):
    """(X1 / df1) / (X2 / df2) for X1, X2 drawn from Chi2(df1), Chi2(df2): the F distribution"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True
    df1: Tensor
    df2: Tensor

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        super().__init__(self.df1.shape, (), validate_args)
        self._gamma1 = Gamma(self.df1 * 0.5, self.df1, validate_args=False)
        self._gamma2 = Gamma(self.df2 * 0.5, self.df2, validate_args=False)

    @property
    def mean(self) -> Tensor:
        """df2 / (df2 - 2) for df2 > 2, else nan"""
        df2 = where(self.df2 > 2, self.df2, math.nan)
        return df2 / (df2 - 2)

    @property
    def mode(self) -> Tensor:
        """(df1 - 2) / df1 * df2 / (df2 + 2) for df1 > 2, else nan"""
        return where(self.df1 > 2, (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2), math.nan)

    @property
    def variance(self) -> Tensor:
        """2 df2^2 (df1 + df2 - 2) / (df1 (df2 - 2)^2 (df2 - 4)) for df2 > 4, else nan"""
        df1, df2 = self.df1, where(self.df2 > 4, self.df2, math.nan)
        return 2 * df2**2 * (df1 + df2 - 2) / (df1 * (df2 - 2) ** 2 * (df2 - 4))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Gamma(df1 / 2, df1) / Gamma(df2 / 2, df2)"""
        draws = self._gamma1.rsample(sample_shape) / self._gamma2.rsample(sample_shape)
        result: Tensor = draws.clamp(min=float(np.finfo(self._dtype).tiny))
        return result

    def log_prob(self, value: Any) -> Tensor:
        """-log B(a, b) + a log r + (a - 1) log x - (a + b) log(1 + r x), a = df1 / 2, b = df2 / 2, r = df1 / df2"""
        x, a, b, ratio = self._checked(value), self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        norm = lgamma(a + b) - lgamma(a) - lgamma(b)
        result: Tensor = norm + a * ratio.log() + (a - 1) * x.log() - (a + b) * log1p(ratio * x)
        return result


class StudentT(Distribution):
    """density ~ (1 + z^2 / df)^(-(df + 1) / 2), z = (x - loc) / scale"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True
    df: Tensor
    loc: Tensor
    scale: Tensor

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.shape, (), validate_args)
        self._chi2 = Chi2(self.df, validate_args=False)

    @property
    def mean(self) -> Tensor:
        """loc for df > 1, else nan"""
        return where(self.df > 1, self.loc, math.nan)

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """scale^2 df / (df - 2) for df > 2, inf for df > 1, else nan"""
        finite = self.df > 2
        df = where(finite, self.df, 3.0)  # not 2, where the quotient and its derivative are infinite
        return where(finite, self.scale**2 * df / (df - 2), where(self.df > 1, math.inf, math.nan))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """loc + scale X / sqrt(Z / df), X standard normal, Z from Chi2(df)"""
        x = _standard_normal(self._extended_shape(sample_shape), self._dtype)
        return self.loc + self.scale * (x * (self._chi2.rsample(sample_shape) / self.df).rsqrt())

    def log_prob(self, value: Any) -> Tensor:
        """-(df + 1) / 2 log(1 + z^2 / df) - log(scale sqrt(df)) - log B(df / 2, 1 / 2)"""
        z, df = (self._checked(value) - self.loc) / self.scale, self.df
        norm = self.scale.log() + 0.5 * df.log() + self._log_beta()
        result: Tensor = -0.5 * (df + 1) * log1p(z * z / df) - norm
        return result

    def _log_beta(self) -> Any:
        return lgamma(0.5 * self.df) + 0.5 * math.log(math.pi) - lgamma(0.5 * (self.df + 1))

    def entropy(self) -> Tensor:
        """log(scale sqrt(df)) + (df + 1) / 2 (psi((df + 1) / 2) - psi(df / 2)) + log B(df / 2, 1 / 2)"""
        df = self.df
        slope = 0.5 * (df + 1) * (digamma(0.5 * (df + 1)) - digamma(0.5 * df))
        result: Tensor = self.scale.log() + slope + 0.5 * df.log() + self._log_beta()
        return result

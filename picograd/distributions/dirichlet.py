"""Dirichlet's distribution of rows that sum to 1, and Beta, that of two parts."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..functions import expand as expanded
from ..ops.elementwise import where
from ..ops.gamma import digamma, lgamma
from ..ops.movement import stack
from ..ops.precise import xlogy
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .exp_family import ExponentialFamily
from .sampling import dirichlet
from .utils import broadcast_all


class Dirichlet(ExponentialFamily):
    """density prod x_k^(a_k - 1) gamma(sum a) / prod gamma(a_k), on rows of K numbers that sum to 1"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.independent(constraints.positive, 1)
    }
    support = constraints.simplex
    has_rsample = True
    concentration: Tensor

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        (a,) = broadcast_all(concentration)
        if not a.ndim:
            raise ValueError(
                "Dirichlet: concentration of shape (): it needs an axis of parts; give at least one dimension"
            )
        self.concentration = a
        super().__init__(a.shape[:-1], a.shape[-1:], validate_args)

    @property
    def mean(self) -> Tensor:
        """a_k / sum a"""
        return self.concentration / self.concentration.sum(-1, keepdims=True)

    @property
    def mode(self) -> Tensor:
        """(a_k - 1) / sum (a - 1), parts below 0 as 0; where all a are below 1 a corner, that of the first part"""
        peak = (self.concentration - 1).clamp(min=0)
        height = peak.sum(-1, keepdims=True)
        flat = height.value == 0
        corner = np.eye(peak.shape[-1], dtype=peak.dtype)[np.zeros(flat.shape[:-1], np.int64)]
        below = np.broadcast_to((self.concentration.value < 1).all(-1, keepdims=True), peak.shape)
        interior = peak / where(Tensor._of(flat & below[..., :1]), 1.0, height)
        return where(Tensor._of(below), Tensor._of(corner), interior)

    @property
    def variance(self) -> Tensor:
        """a_k (A - a_k) / (A^2 (A + 1)), A = sum a"""
        a, whole = self.concentration, self.concentration.sum(-1, keepdims=True)
        return a * (whole - a) / (whole**2 * (whole + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Gamma draws, divided by their sum"""
        return dirichlet(expanded(self.concentration, self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
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

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """a"""
        return (self.concentration,)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """sum log gamma(x) - log gamma(sum x)"""
        (x,) = natural_params
        return lgamma(x).sum(-1) - lgamma(x.sum(-1))


class Beta(ExponentialFamily):
    """density x^(a - 1) (1 - x)^(b - 1) / B(a, b) on 0 to 1, a = concentration1, b = concentration0

    x and 1 - x are a draw of Dirichlet((a, b)).
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        a, b = broadcast_all(concentration1, concentration0)
        self._dirichlet = Dirichlet(stack([a, b], -1), validate_args=False)
        super().__init__(a.shape, (), validate_args)

    @property
    def concentration1(self) -> Tensor:
        """a"""
        result: Tensor = self._dirichlet.concentration[..., 0]
        return result

    @property
    def concentration0(self) -> Tensor:
        """b"""
        result: Tensor = self._dirichlet.concentration[..., 1]
        return result

    @property
    def _dtype(self) -> Any:
        return self._dirichlet._dtype

    @property
    def mean(self) -> Tensor:
        """a / (a + b)"""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Tensor:
        """(a - 1) / (a + b - 2) for a, b > 1; an end of the interval elsewhere, nan for a = b = 1"""
        result: Tensor = self._dirichlet.mode[..., 0]
        return result

    @property
    def variance(self) -> Tensor:
        """a b / ((a + b)^2 (a + b + 1))"""
        a, b = self.concentration1, self.concentration0
        return a * b / ((a + b) ** 2 * (a + b + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """The first part of a draw of Dirichlet((a, b))"""
        result: Tensor = self._dirichlet.rsample(sample_shape)[..., 0]
        return result

    def log_prob(self, value: Any) -> Tensor:
        """(a - 1) log x + (b - 1) log(1 - x) - log B(a, b)"""
        x, a, b = self._checked(value), self.concentration1, self.concentration0
        result: Tensor = xlogy(a - 1, x) + xlogy(b - 1, 1 - x) - log_beta(a, b)
        return result

    def entropy(self) -> Tensor:
        """log B(a, b) - (a - 1) psi(a) - (b - 1) psi(b) + (a + b - 2) psi(a + b)"""
        return self._dirichlet.entropy()

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """a and b"""
        return self.concentration1, self.concentration0

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """log B(x, y)"""
        x, y = natural_params
        result: Tensor = log_beta(x, y)
        return result


def log_beta(a: Any, b: Any) -> Any:
    """log B(a, b) = log (gamma(a) gamma(b) / gamma(a + b))"""
    return lgamma(a) + lgamma(b) - lgamma(a + b)

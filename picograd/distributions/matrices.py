"""Distributions of matrices: Wishart's of positive definite ones, and LKJ's of factors of correlation matrices."""

from __future__ import annotations

import math
import warnings
from typing import Any, ClassVar

import numpy as np

from ..functions import expand as expanded
from ..functions.special import mvlgamma
from ..ops.elementwise import where
from ..ops.gamma import digamma, lgamma
from ..ops.layout import diag_embed
from ..ops.linalg import logabsdet
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .dirichlet import Beta
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .gamma import Chi2
from .multivariate_normal import Covariance, log_diagonal, spread
from .utils import _standard_normal, broadcast_all, one_of, vec_to_tril_matrix
from .vector_transforms import diagonal


def halves(x: Any, n: int) -> Any:
    """x, x - 1/2, ... x - (n - 1) / 2 along a new last axis"""
    return x.unsqueeze(-1) - np.arange(n).astype(x.dtype) / 2


class Wishart(Covariance, ExponentialFamily):
    """The sum of `df` outer products x x^T of vectors x drawn from N(0, V): density

        |X|^((df - n - 1) / 2) e^(-trace(V^-1 X) / 2) / (2^(df n / 2) |V|^(df / 2) Gamma_n(df / 2))

    V is given by one of `covariance_matrix`, `precision_matrix`, its inverse, and `scale_tril`, its Cholesky factor;
    `df` is any number above n - 1.
    """

    support = constraints.positive_definite
    has_rsample = True
    df: Tensor

    def __init__(
        self,
        df: Any,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        matrices = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        name = one_of("Wishart", **matrices)
        matrix: Any = matrices[name]
        if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
            raise ValueError(f"Wishart: {name} {matrix.shape}: it takes square matrices, (..., n, n); reshape it")
        n = matrix.shape[-1]
        df = df.to(matrix.dtype) if isinstance(df, Tensor) else Tensor._of(np.asarray(df, matrix.dtype))
        batch = np.broadcast_shapes(df.shape, matrix.shape[:-2])
        self.df = expanded(df, batch)
        if (self.df.value <= n - 1).any():
            raise ValueError(
                f"Wishart: df of shape {df.shape} and {n} x {n} matrices: it must be more than {n - 1}, found "
                f"{self.df.value.min():g}; give more"
            )
        if (self.df.value < n).any():
            warnings.warn(
                f"Wishart: df {self.df.value.min():g} and {n} x {n} matrices: draws are nearly singular below {n}; "
                f"give more",
                stacklevel=2,
            )
        self._given(name, matrix, batch)
        super().__init__(batch, (n, n), validate_args)
        _ = self._unbroadcasted_scale_tril  # a matrix without a factor is said to be so at once

    @property
    def arg_constraints(self) -> dict[str, Constraint]:
        """df > n - 1, and what each of the matrices must be"""
        return {
            "df": constraints.greater_than(self._event_shape[-1] - 1),
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
        }

    def _of_matrix(self, x: Any) -> Any:
        """A number of each distribution against its matrices"""
        return x.unsqueeze(-1).unsqueeze(-1)

    @property
    def mean(self) -> Tensor:
        """df V"""
        result: Tensor = self._of_matrix(self.df) * self.covariance_matrix
        return result

    @property
    def mode(self) -> Tensor:
        """(df - n - 1) V for df > n + 1, else nan"""
        factor = self.df - self._event_shape[-1] - 1
        result: Tensor = self._of_matrix(where(factor > 0, factor, math.nan)) * self.covariance_matrix
        return result

    @property
    def variance(self) -> Tensor:
        """df (V_ij^2 + V_ii V_jj)"""
        v = self.covariance_matrix
        own = diagonal(v)
        result: Tensor = self._of_matrix(self.df) * (v**2 + own.unsqueeze(-1) * own.unsqueeze(-2))
        return result

    def _bartlett(self, sample_shape: Any) -> Any:
        """L A A^T L^T, A lower triangular with the roots of Chi2(df - k) on its diagonal and normal numbers below

        Bartlett, "On the theory of statistical regression", 1933.
        """
        n, (*shape, _, _) = self._event_shape[-1], self._extended_shape(sample_shape)
        squares = Chi2(self.df.unsqueeze(-1) - np.arange(n).astype(self._dtype), validate_args=False)
        roots = squares.rsample(sample_shape).sqrt().clamp(min=float(np.finfo(self._dtype).eps))
        factor = diag_embed(roots)
        if n > 1:
            factor = factor + vec_to_tril_matrix(_standard_normal((*shape, n * (n - 1) // 2), self._dtype), -1)
        factor = self.scale_tril @ factor
        return factor @ factor.mT

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Tensor:
        """Bartlett's draws; singular ones are drawn again, up to `max_try_correction` times (10 if it isn't given)"""
        draws: Tensor = self._bartlett(sample_shape)
        for _ in range(10 if max_try_correction is None else max_try_correction):
            singular = ~np.asarray(self.support.check(draws).value)
            if not singular.any():
                break
            draws = where(Tensor._of(singular[..., None, None]), self._bartlett(sample_shape), draws)
        return draws

    def log_prob(self, value: Any) -> Tensor:
        """(df - n - 1) / 2 log |X| - trace(V^-1 X) / 2 - df (n log(2) / 2 + log |L|) - log Gamma_n(df / 2)"""
        x, df, n = self._checked(value), self.df, self._event_shape[-1]
        half = spread(self.scale_tril, x)  # L^-1 X
        trace = (spread(self.scale_tril, half.mT)).diagonal(0, -2, -1).sum(-1)  # of L^-1 X L^-T
        norm = df * (n * math.log(2) / 2 + log_diagonal(self.scale_tril)) + mvlgamma(df / 2, n)
        result: Tensor = (df - n - 1) / 2 * logabsdet(x) - trace / 2 - norm
        return result

    def entropy(self) -> Tensor:
        """(n + 1) (n log(2) / 2 + log |L|) + log Gamma_n(df / 2) - (df - n - 1) / 2 sum psi((df - k) / 2) + df n / 2"""
        df, n = self.df, self._event_shape[-1]
        slopes = digamma(halves(df / 2, n)).sum(-1)
        scale = (n + 1) * (n * math.log(2) / 2 + log_diagonal(self.scale_tril))
        result: Tensor = scale + mvlgamma(df / 2, n) - (df - n - 1) / 2 * slopes + df * n / 2
        return result

    _mean_carrier_measure = 0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """-V^-1 / 2 and (df - n - 1) / 2"""
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        """(y + (n + 1) / 2) (n log 2 - log |-2 x|) + log Gamma_n(y + (n + 1) / 2)"""
        (x, y), n = natural_params, self._event_shape[-1]
        a = y + (n + 1) / 2
        result: Tensor = a * (n * math.log(2) - logabsdet(-2 * x)) + mvlgamma(a, n)
        return result


class LKJCholesky(Distribution):
    """Factors L of correlation matrices R = L L^T with a density ~ |R|^(concentration - 1)

    At concentration 1 all correlation matrices are equally likely; above it, those near the identity are likelier.
    Drawn row by row, the onion method of Lewandowski, Kurowicka and Joe, "Generating random correlation matrices based
    on vines and extended onion method", 2009.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"concentration": constraints.positive}
    support = constraints.corr_cholesky
    concentration: Tensor

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"LKJCholesky: dim {dim}: a correlation takes two variables; give 2 or more")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Row k: a direction among the first k axes, of a length whose square is Beta(k / 2, ...), and the rest"""
        n = self.dim
        concentration = self.concentration.detach()
        offset = 0.5 * np.maximum(np.arange(n) - 1, 0).astype(self._dtype)
        rest = concentration.unsqueeze(-1) + 0.5 * (n - 2) - offset
        squared = Beta(Tensor._of(offset + 0.5), rest, validate_args=False).sample(sample_shape).value  # (..., n)
        shape = self._extended_shape(sample_shape)
        normal = np.tril(np.asarray(rng_of(None).standard_normal(shape)), -1)
        length = np.sqrt((normal**2).sum(-1, keepdims=True))
        direction = normal / np.where(length > 0, length, 1)
        rows = np.sqrt(squared)[..., None] * direction  # the first is 0
        left = np.maximum(1 - (rows**2).sum(-1), np.finfo(self._dtype).tiny)
        rows += np.eye(n) * np.sqrt(left)[..., None]
        return Tensor._of(np.asarray(rows, self._dtype))

    def log_prob(self, value: Any) -> Tensor:
        """sum_k (2 (concentration - 1) + n - k) log L_kk, k = 2 ... n, less the logarithm of its integral"""
        x, n = self._checked(value), self.dim
        order = 2 * (self.concentration - 1).unsqueeze(-1) + (n - np.arange(2, n + 1)).astype(self._dtype)
        density = (order * diagonal(x)[..., 1:].log()).sum(-1)
        a = self.concentration + 0.5 * (n - 1)
        norm = 0.5 * (n - 1) * math.log(math.pi) + mvlgamma(a - 0.5, n - 1) - lgamma(a) * (n - 1)
        result: Tensor = density - norm
        return result

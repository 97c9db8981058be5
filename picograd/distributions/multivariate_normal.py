"""The normal distribution of vectors, and that whose covariance is a matrix of low rank and a diagonal."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..functions import expand as expanded
from ..ops.contraction import swap
from ..ops.layout import diag_embed
from ..ops.system import cholesky, solve
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution
from .utils import _standard_normal, lazy_property, one_of
from .vector_transforms import diagonal


def lower(matrix: Any) -> Any:
    """A triangular matrix, whose upper triangle is 0 and has no gradient"""
    return matrix * np.tri(matrix.shape[-1], dtype=matrix.dtype)


def spread(scale_tril: Any, right: Any) -> Any:
    """L^-1 B, batches broadcast: (..., n, n), (..., n, k) -> (..., n, k)"""
    batch = np.broadcast_shapes(scale_tril.shape[:-2], right.shape[:-2])
    factor = expanded(lower(scale_tril), (*batch, *scale_tril.shape[-2:]))
    return solve(factor, expanded(right, (*batch, *right.shape[-2:])))


def whitened(scale_tril: Any, difference: Any) -> Any:
    """L^-1 x for vectors x: (..., n, n), (..., n) -> (..., n)"""
    return spread(scale_tril, difference.unsqueeze(-1)).squeeze(-1)


def log_diagonal(scale_tril: Any) -> Any:
    """log det L"""
    return diagonal(scale_tril).log().sum(-1)


class Covariance(Distribution):
    """A covariance given by `covariance_matrix`, its inverse `precision_matrix` or its Cholesky factor `scale_tril`."""

    def _given(self, matrices: dict[str, Any], batch: tuple[int, ...], n: int) -> None:
        """Keep the one that is given, and the factor L."""
        (name,) = (key for key, value in matrices.items() if value is not None)
        vars(self)[name] = expanded(matrices[name], (*batch, n, n))
        self._source = name

    def _factored(self) -> None:
        """Compute L, once the matrix has been checked."""
        if self._source == "precision_matrix":
            inverse = self.covariance_matrix
            vars(self)["scale_tril"] = cholesky(inverse)
        elif self._source == "covariance_matrix":
            vars(self)["scale_tril"] = cholesky(self.covariance_matrix)

    def _identity(self, like: Any) -> Tensor:
        return Tensor._of(np.broadcast_to(np.eye(like.shape[-1], dtype=like.dtype), like.shape))

    @lazy_property
    def scale_tril(self) -> Any:
        """L with L L^T = covariance"""
        return cholesky(self.covariance_matrix)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """L L^T"""
        if self._source == "precision_matrix":
            inverse = solve(self.precision_matrix, self._identity(self.precision_matrix))
            return (inverse + swap(inverse)) / 2
        return self.scale_tril @ swap(self.scale_tril)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance"""
        inverse = spread(self.scale_tril, self._identity(self.scale_tril))
        return swap(inverse) @ inverse

    @property
    def _unbroadcasted_scale_tril(self) -> Any:
        return self.scale_tril


class MultivariateNormal(Covariance):
    """density e^(-|z|^2 / 2) / (det L (2 pi)^(n / 2)), z = L^-1 (x - loc), where L L^T is the covariance

    Given is one of `covariance_matrix`, its inverse `precision_matrix`, and `scale_tril`, which is L; the others are
    computed.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True
    loc: Tensor

    def __init__(
        self,
        loc: Tensor,
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
        name = one_of("MultivariateNormal", **matrices)
        matrix: Any = matrices[name]
        n = loc.shape[-1] if loc.ndim else 0
        if matrix.ndim < 2 or not loc.ndim or matrix.shape[-2:] != (n, n):
            raise ValueError(
                f"MultivariateNormal: loc {loc.shape} and {name} {matrix.shape}: it takes (..., n) and (..., n, n); "
                f"reshape them"
            )
        batch = np.broadcast_shapes(loc.shape[:-1], matrix.shape[:-2])
        self.loc = expanded(loc, (*batch, n))
        self._given(matrices, batch, n)
        super().__init__(batch, (n,), validate_args)
        self._factored()

    @property
    def mean(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The diagonal of the covariance"""
        result: Tensor = (self.scale_tril**2).sum(-1)
        return result

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """loc + L (standard normal)"""
        draws = _standard_normal(self._extended_shape(sample_shape), self._dtype)
        result: Tensor = self.loc + (self.scale_tril @ draws.unsqueeze(-1)).squeeze(-1)
        return result

    def log_prob(self, value: Any) -> Tensor:
        """-|z|^2 / 2 - log det L - n log(2 pi) / 2"""
        z = whitened(self.scale_tril, self._checked(value) - self.loc)
        norm = log_diagonal(self.scale_tril) + 0.5 * self._event_shape[0] * math.log(2 * math.pi)
        result: Tensor = (z * z).sum(-1) * -0.5 - norm
        return result

    def entropy(self) -> Tensor:
        """n log(2 pi e) / 2 + log det L"""
        result: Tensor = log_diagonal(self.scale_tril) + 0.5 * self._event_shape[0] * math.log(2 * math.pi * math.e)
        return result


class LowRankMultivariateNormal(Distribution):
    """The normal distribution of vectors of n numbers with the covariance W W^T + D, W (n, m) and D diagonal

    `cov_factor` is W, `cov_diag` the diagonal of D. The inverse and the determinant of the covariance are computed from
    the m x m matrix K = 1 + W^T D^-1 W (Woodbury's identity and the matrix determinant lemma), which is cheap for m
    below n.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True
    loc: Tensor
    cov_factor: Tensor
    cov_diag: Tensor

    def __init__(self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None) -> None:
        n = loc.shape[-1] if loc.ndim else -1
        if cov_factor.ndim < 2 or cov_factor.shape[-2] != n or cov_diag.shape[-1:] != (n,):
            raise ValueError(
                f"LowRankMultivariateNormal: loc {loc.shape}, factor {cov_factor.shape}, diagonal {cov_diag.shape}: "
                f"it takes (..., n), (..., n, m) and (..., n); reshape them"
            )
        try:
            batch = np.broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        except ValueError:
            raise ValueError(
                f"LowRankMultivariateNormal: loc {loc.shape}, factor {cov_factor.shape}, diagonal {cov_diag.shape}: "
                f"their batches do not broadcast; reshape them"
            ) from None
        self.loc, self.cov_diag = expanded(loc, (*batch, n)), expanded(cov_diag, (*batch, n))
        self.cov_factor = expanded(cov_factor, (*batch, *cov_factor.shape[-2:]))
        super().__init__(batch, (n,), validate_args)

    @lazy_property
    def _capacitance_tril(self) -> Any:
        """The Cholesky factor of K: (..., m, m)"""
        capacitance = self._scaled() @ self.cov_factor
        return cholesky(capacitance + np.eye(capacitance.shape[-1], dtype=self._dtype))

    def _scaled(self) -> Any:
        """W^T D^-1: (..., m, n)"""
        return swap(self.cov_factor) / self.cov_diag.unsqueeze(-2)

    def _log_det(self) -> Any:
        """log det of the covariance"""
        return 2 * log_diagonal(self._capacitance_tril) + self.cov_diag.log().sum(-1)

    def _mahalanobis(self, difference: Any) -> Any:
        """x^T (covariance)^-1 x"""
        inner = (self._scaled() @ difference.unsqueeze(-1)).squeeze(-1)
        return (difference**2 / self.cov_diag).sum(-1) - (whitened(self._capacitance_tril, inner) ** 2).sum(-1)

    @property
    def mean(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The diagonal of the covariance"""
        result: Tensor = (self.cov_factor**2).sum(-1) + self.cov_diag
        return result

    @lazy_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance, by way of D^(-1/2) W W^T D^(-1/2) + 1, which is well conditioned"""
        root = self.cov_diag.sqrt().unsqueeze(-1)
        factor = self.cov_factor / root
        inner = factor @ swap(factor) + np.eye(self._event_shape[0], dtype=self._dtype)
        return root * cholesky(inner)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """W W^T + D"""
        return self.cov_factor @ swap(self.cov_factor) + diag_embed(self.cov_diag)

    @lazy_property
    def precision_matrix(self) -> Any:
        """D^-1 - D^-1 W K^-1 W^T D^-1"""
        half = spread(self._capacitance_tril, self._scaled())
        return diag_embed(self.cov_diag.reciprocal()) - swap(half) @ half

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """loc + W x + sqrt(D) y, x and y standard normal"""
        shape = self._extended_shape(sample_shape)
        x = _standard_normal((*shape[:-1], self.cov_factor.shape[-1]), self._dtype)
        y = _standard_normal(shape, self._dtype)
        result: Tensor = self.loc + (self.cov_factor @ x.unsqueeze(-1)).squeeze(-1) + self.cov_diag.sqrt() * y
        return result

    def log_prob(self, value: Any) -> Tensor:
        """-(x^T (covariance)^-1 x + log det + n log(2 pi)) / 2"""
        away = self._mahalanobis(self._checked(value) - self.loc)
        result: Tensor = -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + away)
        return result

    def entropy(self) -> Tensor:
        """(n log(2 pi e) + log det) / 2"""
        result: Tensor = 0.5 * (self._event_shape[0] * math.log(2 * math.pi * math.e) + self._log_det())
        return result

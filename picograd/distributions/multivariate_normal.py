"""The normal distribution of vectors, and that whose covariance is a matrix of low rank and a diagonal."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

import numpy as np

from ..functions import expand as expanded
from ..ops.contraction import swap
from ..ops.layout import diag_embed
from ..ops.movement import movedim
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
    """L^-1 x for vectors x: (*batch, n, n), (*sample, *batch, n) -> (*sample, *batch, n)

    The samples of a batch are the columns of one system, so that each L is factored once.
    """
    batch, n = scale_tril.shape[:-2], scale_tril.shape[-1]
    whole = np.broadcast_shapes(difference.shape, (*batch, n))
    rows = expanded(difference, whole).reshape(-1, *batch, n) if whole[-1 - len(batch) : -1] == batch else None
    if rows is None:  # an L for many of the batch
        return spread(scale_tril, difference.unsqueeze(-1)).squeeze(-1)
    return movedim(solve(lower(scale_tril), movedim(rows, 0, -1)), -1, 0).reshape(*whole)


def log_diagonal(scale_tril: Any) -> Any:
    """log det L"""
    return diagonal(scale_tril).log().sum(-1)


class Covariance(Distribution):
    """A covariance given by `covariance_matrix`, its inverse `precision_matrix` or its Cholesky factor `scale_tril`."""

    def _given(self, name: str, matrix: Any, batch: tuple[int, ...]) -> None:
        """Keep the one that is given, as it came and for the batch."""
        vars(self)[name] = expanded(matrix, (*batch, *matrix.shape[-2:]))
        self._source, self._matrix = name, matrix

    def _for_batch(self, matrix: Any) -> Any:
        return expanded(matrix, (*self._batch_shape, *matrix.shape[-2:]))

    def _inverse(self) -> Any:
        """The covariance from the precision"""
        identity = np.broadcast_to(np.eye(self._matrix.shape[-1], dtype=self._matrix.dtype), self._matrix.shape)
        inverse = solve(self._matrix, Tensor._of(identity))
        return (inverse + swap(inverse)) / 2

    @lazy_property
    def _unbroadcasted_scale_tril(self) -> Any:
        """L with L L^T = covariance, with as much of the batch as the matrix came with"""
        if self._source == "scale_tril":
            return self._matrix
        return cholesky(self._matrix if self._source == "covariance_matrix" else self._inverse())

    @lazy_property
    def scale_tril(self) -> Any:
        """L with L L^T = covariance"""
        return self._for_batch(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """L L^T"""
        factor = self._unbroadcasted_scale_tril
        return self._for_batch(factor @ swap(factor))

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance"""
        factor = self._unbroadcasted_scale_tril
        identity = Tensor._of(np.broadcast_to(np.eye(factor.shape[-1], dtype=factor.dtype), factor.shape))
        inverse = spread(factor, identity)
        return self._for_batch(swap(inverse) @ inverse)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        """The same distributions, broadcast to another batch shape"""
        new = super().expand(batch_shape, _instance)
        vars(new)["_unbroadcasted_scale_tril"] = self._unbroadcasted_scale_tril
        return new


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
        self._given(name, matrix, batch)
        super().__init__(batch, (n,), validate_args)
        _ = self._unbroadcasted_scale_tril  # a matrix without a factor is said to be so at once

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
        result: Tensor = expanded((self._unbroadcasted_scale_tril**2).sum(-1), (*self._batch_shape, *self._event_shape))
        return result

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """loc + L (standard normal)"""
        draws = _standard_normal(self._extended_shape(sample_shape), self._dtype)
        result: Tensor = self.loc + (self._unbroadcasted_scale_tril @ draws.unsqueeze(-1)).squeeze(-1)
        return result

    def log_prob(self, value: Any) -> Tensor:
        """-|z|^2 / 2 - log det L - n log(2 pi) / 2"""
        factor = self._unbroadcasted_scale_tril
        z = whitened(factor, self._checked(value) - self.loc)
        norm = log_diagonal(factor) + 0.5 * self._event_shape[0] * math.log(2 * math.pi)
        result: Tensor = (z * z).sum(-1) * -0.5 - norm
        return result

    def entropy(self) -> Tensor:
        """n log(2 pi e) / 2 + log det L"""
        log_det = log_diagonal(self._unbroadcasted_scale_tril)
        result: Tensor = expanded(log_det, self._batch_shape) + 0.5 * self._event_shape[0] * math.log(
            2 * math.pi * math.e
        )
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
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        super().__init__(batch, (n,), validate_args)

    @lazy_property
    def _capacitance_tril(self) -> Any:
        """The Cholesky factor of K: (..., m, m)"""
        capacitance = self._scaled() @ self._unbroadcasted_cov_factor
        return cholesky(capacitance + np.eye(capacitance.shape[-1], dtype=self._dtype))

    def _scaled(self) -> Any:
        """W^T D^-1: (..., m, n)"""
        return swap(self._unbroadcasted_cov_factor) / self._unbroadcasted_cov_diag.unsqueeze(-2)

    def _log_det(self) -> Any:
        """log det of the covariance"""
        return 2 * log_diagonal(self._capacitance_tril) + self._unbroadcasted_cov_diag.log().sum(-1)

    def _mahalanobis(self, difference: Any) -> Any:
        """x^T (covariance)^-1 x"""
        inner = (self._scaled() @ difference.unsqueeze(-1)).squeeze(-1)
        return (difference**2 / self._unbroadcasted_cov_diag).sum(-1) - (
            whitened(self._capacitance_tril, inner) ** 2
        ).sum(-1)

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
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        factor = self._unbroadcasted_cov_factor / root
        inner = factor @ swap(factor) + np.eye(self._event_shape[0], dtype=self._dtype)
        return self._for_batch(root * cholesky(inner))

    def _for_batch(self, matrix: Any) -> Any:
        return expanded(matrix, (*self._batch_shape, *matrix.shape[-2:]))

    @lazy_property
    def covariance_matrix(self) -> Any:
        """W W^T + D"""
        factor = self._unbroadcasted_cov_factor
        return self._for_batch(factor @ swap(factor) + diag_embed(self._unbroadcasted_cov_diag))

    @lazy_property
    def precision_matrix(self) -> Any:
        """D^-1 - D^-1 W K^-1 W^T D^-1"""
        half = spread(self._capacitance_tril, self._scaled())
        return self._for_batch(diag_embed(self._unbroadcasted_cov_diag.reciprocal()) - swap(half) @ half)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """loc + W x + sqrt(D) y, x and y standard normal"""
        shape = self._extended_shape(sample_shape)
        x = _standard_normal((*shape[:-1], self.cov_factor.shape[-1]), self._dtype)
        y = _standard_normal(shape, self._dtype)
        away = (self._unbroadcasted_cov_factor @ x.unsqueeze(-1)).squeeze(-1)
        result: Tensor = self.loc + away + self._unbroadcasted_cov_diag.sqrt() * y
        return result

    def log_prob(self, value: Any) -> Tensor:
        """-(x^T (covariance)^-1 x + log det + n log(2 pi)) / 2"""
        away = self._mahalanobis(self._checked(value) - self.loc)
        result: Tensor = -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + away)
        return result

    def entropy(self) -> Tensor:
        """(n log(2 pi e) + log det) / 2"""
        log_det = expanded(self._log_det(), self._batch_shape)
        result: Tensor = 0.5 * (self._event_shape[0] * math.log(2 * math.pi * math.e) + log_det)
        return result

"""The normal distribution of vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..functions import expand as expanded
from ..functions import getitem
from ..ops.contraction import swap
from ..ops.system import cholesky, solve
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution, one_of


def diagonal(matrix: Tensor) -> Tensor:
    """The diagonal of each matrix: (..., n, n) -> (..., n)"""
    k = np.arange(matrix.shape[-1])
    result: Tensor = getitem(matrix, (..., k, k))
    return result


class MultivariateNormal(Distribution):
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
    has_rsample = True
    loc: Tensor
    scale_tril: Tensor

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
        matrix = matrices[name]
        if matrix is None or matrix.ndim < 2 or not loc.ndim or matrix.shape[-2:] != (loc.shape[-1],) * 2:
            raise ValueError(
                f"MultivariateNormal: loc {loc.shape} and {name} {matrix.shape if matrix is not None else ()}: it "
                f"takes (..., n) and (..., n, n); reshape them"
            )
        batch = np.broadcast_shapes(loc.shape[:-1], matrix.shape[:-2])
        n = loc.shape[-1]
        loc, matrix = expanded(loc, (*batch, n)), expanded(matrix, (*batch, n, n))
        super().__init__({"loc": loc, name: matrix}, batch, (n,), validate_args)
        if name == "precision_matrix":
            identity = Tensor._of(np.broadcast_to(np.eye(n, dtype=matrix.dtype), matrix.shape))
            matrix = solve(matrix, identity)
            matrix = (matrix + swap(matrix)) / 2
        self.scale_tril = matrix if name == "scale_tril" else cholesky(matrix)

    def __getattr__(self, name: str) -> Any:
        if name == "covariance_matrix":
            return self.scale_tril @ swap(self.scale_tril)
        if name == "precision_matrix":
            identity = np.broadcast_to(np.eye(self._event_shape[0], dtype=self._dtype), self.scale_tril.shape)
            inverse = solve(self._lower(), Tensor._of(identity))
            return swap(inverse) @ inverse
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def support(self) -> Constraint:
        """All vectors"""
        return constraints.real_vector

    @property
    def mean(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The diagonal of the covariance"""
        return (self.scale_tril**2).sum(-1)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + L (standard normal)"""
        draws = np.asarray(rng_of(None).standard_normal(self._extended(sample_shape)), self._dtype)
        return self.loc + (self.scale_tril @ Tensor._of(draws[..., None])).squeeze(-1)

    def _whitened(self, difference: Tensor) -> Tensor:
        """L^-1 (x - loc)"""
        shape = np.broadcast_shapes(difference.shape, (*self._batch_shape, *self._event_shape))
        columns = expanded(difference, shape).unsqueeze(-1)
        return solve(expanded(self._lower(), (*shape, shape[-1])), columns).squeeze(-1)

    def _lower(self) -> Tensor:
        """L, whose upper triangle is 0 and has no gradient"""
        return self.scale_tril * np.tri(self._event_shape[0], dtype=self._dtype)

    def _half_log_det(self) -> Tensor:
        """log det L"""
        return diagonal(self.scale_tril).log().sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """-|z|^2 / 2 - log det L - n log(2 pi) / 2"""
        z = self._whitened(self._checked(value) - self.loc)
        return (z * z).sum(-1) * -0.5 - self._half_log_det() - 0.5 * self._event_shape[0] * math.log(2 * math.pi)

    def entropy(self) -> Tensor:
        """n log(2 pi e) / 2 + log det L"""
        return self._half_log_det() + 0.5 * self._event_shape[0] * math.log(2 * math.pi * math.e)

"""What a distribution allows its parameters and values to be: a constraint says of every element whether it holds.

Those that take bounds are classes (`greater_than(2)`), the others objects (`positive`). Bounds may be Tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor
from .constraint import (
    Boolean,
    Bounded,
    Constraint,
    Dependent,
    GreaterThan,
    GreaterThanEq,
    HalfOpenInterval,
    IntegerGreaterThan,
    IntegerInterval,
    Interval,
    LessThan,
    Real,
    array,
    dependent_property,
    is_dependent,
    shown,
)

# ---- of rows -------------------------------------------------------------------------------------------------------


class Simplex(Constraint):
    """Rows of numbers from 0 on that add up to 1."""

    event_dim = 1
    words = "from 0 on, with rows that sum to 1"

    def holds(self, x: Any) -> Any:
        """all x >= 0 and sum x = 1"""
        return (x >= 0).all(-1) & (np.abs(x.sum(-1) - 1) < 1e-6)


class OneHot(Constraint):
    """Rows of zeros with a single one."""

    event_dim = 1
    is_discrete = True
    words = "zeros with a single 1 in each row"

    def holds(self, x: Any) -> Any:
        """x is 0 or 1, and sum x = 1"""
        return ((x == 0) | (x == 1)).all(-1) & (x.sum(-1) == 1)


class Counts(Bounded):
    """Rows of numbers from 0 on that add up to at most a total, the `upper_bound`."""

    event_dim = 1
    is_discrete = True
    bounds = ("upper_bound",)

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    @property
    def words(self) -> str:
        """rows that sum to at most the bound"""
        return f"from 0 on, with rows that sum to at most {shown(self.upper_bound)}"

    def holds(self, x: Any) -> Any:
        """x >= 0, sum x <= total"""
        return (x >= 0).all(-1) & (x.sum(-1) <= array(self.upper_bound))


# ---- of matrices ---------------------------------------------------------------------------------------------------


class LowerTriangular(Constraint):
    """Matrices with zeros above the diagonal."""

    event_dim = 2
    words = "lower triangular"

    def holds(self, x: Any) -> Any:
        """x = tril(x)"""
        return (np.tril(x) == x).all((-1, -2))


class LowerCholesky(LowerTriangular):
    """Lower triangular matrices with a positive diagonal."""

    words = "lower triangular, with a positive diagonal"

    def holds(self, x: Any) -> Any:
        """x = tril(x), diag(x) > 0"""
        return super().holds(x) & (np.diagonal(x, axis1=-2, axis2=-1) > 0).all(-1)


class CorrCholesky(LowerCholesky):
    """Lower triangular matrices with a positive diagonal and rows of length 1: factors of correlation matrices."""

    words = "lower triangular, with a positive diagonal and rows of length 1"

    def holds(self, x: Any) -> Any:
        """x = tril(x), diag(x) > 0, |row| = 1 up to rounding"""
        length = np.sqrt((x * x).sum(-1))
        return super().holds(x) & (np.abs(length - 1) <= 10 * np.finfo(x.dtype).eps * x.shape[-1]).all(-1)


class Square(Constraint):
    """Square matrices."""

    event_dim = 2
    words = "square"

    def holds(self, x: Any) -> Any:
        """as many rows as columns"""
        return np.full(x.shape[:-2], x.shape[-2] == x.shape[-1])


class Symmetric(Square):
    """Symmetric matrices."""

    words = "symmetric"

    def holds(self, x: Any) -> Any:
        """x = x^T up to rounding"""
        if x.shape[-2] != x.shape[-1]:
            return super().holds(x)
        return np.isclose(x, np.swapaxes(x, -1, -2), atol=1e-6).all((-1, -2))


class PositiveSemidefinite(Symmetric):
    """Symmetric matrices whose eigenvalues are not negative."""

    words = "symmetric and positive semidefinite"

    def holds(self, x: Any) -> Any:
        """x = x^T, eigenvalues >= 0"""
        right = super().holds(x)
        return right & (np.linalg.eigvalsh(x) >= 0).all(-1) if right.all() else right


class PositiveDefinite(Symmetric):
    """Symmetric matrices whose eigenvalues are positive."""

    words = "symmetric and positive definite"

    def holds(self, x: Any) -> Any:
        """x = x^T, eigenvalues > 0"""
        right = super().holds(x)
        return right & (np.linalg.eigvalsh(x) > 0).all(-1) if right.all() else right


# ---- made of others ------------------------------------------------------------------------------------------------


class Compound(Constraint):
    """A constraint made of others, whose `check` decides."""

    def holds(self, x: Any) -> Any:
        """What `check` says"""
        return self.check(Tensor._of(np.asarray(x))).value


class Independent(Compound):
    """A constraint on events, as one on events of `reinterpreted_batch_ndims` more axes: all must lie within."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint, self.reinterpreted_batch_ndims = base_constraint, reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    @property
    def words(self) -> str:
        """Those of the base"""
        return self.base_constraint.words

    def check(self, value: Any) -> Tensor:
        """The base holds for all of the event"""
        if value.ndim < self.event_dim:
            raise ValueError(
                f"independent: a value of shape {tuple(value.shape)}: it takes {self.event_dim} axes; reshape it"
            )
        right = self.base_constraint.check(value).value
        axes = tuple(range(-self.reinterpreted_batch_ndims, 0))
        return Tensor._of(np.asarray(right.all(axes) if axes else right))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Compound):
    """Where the components of a mixture, along the last axis of a batch, have their values: all of them must."""

    def __init__(self, base_constraint: Constraint) -> None:
        self.base_constraint = base_constraint
        self.is_discrete, self.event_dim = base_constraint.is_discrete, base_constraint.event_dim

    @property
    def words(self) -> str:
        """Those of the base"""
        return self.base_constraint.words

    def check(self, value: Any) -> Tensor:
        """The base holds for the value under every component"""
        x = value.unsqueeze(-1 - self.event_dim)  # (..., 1, *event) against (..., K, *event)
        right = self.base_constraint.check(x).value  # (..., K)
        kept = value.ndim - self.event_dim
        return Tensor._of(np.asarray(right.all(tuple(range(kept, right.ndim)))))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


class Sequenced(Compound):
    """Constraints `cseq` on parts of a value along the axis `dim`."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0) -> None:
        if not all(isinstance(c, Constraint) for c in cseq):
            raise TypeError(f"{type(self).__name__}: {cseq}: each must be a Constraint; give a sequence of them")
        self.cseq, self.dim = list(cseq), dim
        self.is_discrete = any(c.is_discrete for c in cseq)
        self.event_dim = max(c.event_dim for c in cseq)

    def _within(self, value: Any) -> None:
        if not -value.ndim <= self.dim < value.ndim:
            raise ValueError(
                f"{type(self).__name__}: a value of shape {tuple(value.shape)}: it has no axis {self.dim}; reshape it"
            )


class Cat(Sequenced):
    """Constraints on parts of the given lengths along an axis, as `cat` would join them."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0, lengths: Sequence[int] | None = None) -> None:
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.cseq):
            raise ValueError(
                f"cat: {len(self.lengths)} lengths for {len(self.cseq)} constraints: each has one; give as many"
            )

    def check(self, value: Any) -> Tensor:
        """Each part by its constraint"""
        self._within(value)
        starts = np.cumsum([0, *self.lengths])
        parts = [
            c.check(value.narrow(self.dim, int(start), n)).value
            for c, start, n in zip(self.cseq, starts, self.lengths, strict=False)
        ]
        return Tensor._of(np.concatenate(parts, self.dim))


class Stack(Sequenced):
    """Constraints on the slices along an axis, as `stack` would join them."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0) -> None:
        super().__init__(cseq, dim)
        if dim + self.event_dim < 0:
            self.event_dim += 1

    def check(self, value: Any) -> Tensor:
        """Each slice by its constraint"""
        self._within(value)
        slices = [value.select(self.dim, k) for k in range(value.shape[self.dim])]
        return Tensor._of(np.stack([c.check(x).value for c, x in zip(self.cseq, slices, strict=True)], self.dim))


dependent = Dependent()
independent, cat, stack = Independent, Cat, Stack
greater_than, greater_than_eq, less_than = GreaterThan, GreaterThanEq, LessThan
interval, half_open_interval, integer_interval, multinomial = Interval, HalfOpenInterval, IntegerInterval, Counts
real, boolean, simplex, one_hot = Real(), Boolean(), Simplex(), OneHot()
real_vector = Independent(real, 1)
positive, nonnegative, unit_interval = GreaterThan(0.0), GreaterThanEq(0.0), Interval(0.0, 1.0)
nonnegative_integer, positive_integer = IntegerGreaterThan(0), IntegerGreaterThan(1)
lower_triangular, lower_cholesky, corr_cholesky = LowerTriangular(), LowerCholesky(), CorrCholesky()
square, symmetric = Square(), Symmetric()
positive_semidefinite, positive_definite = PositiveSemidefinite(), PositiveDefinite()

__all__ = [
    "Constraint",
    "MixtureSameFamilyConstraint",
    "boolean",
    "cat",
    "corr_cholesky",
    "dependent",
    "dependent_property",
    "greater_than",
    "greater_than_eq",
    "half_open_interval",
    "independent",
    "integer_interval",
    "interval",
    "is_dependent",
    "less_than",
    "lower_cholesky",
    "lower_triangular",
    "multinomial",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "positive_definite",
    "positive_integer",
    "positive_semidefinite",
    "real",
    "real_vector",
    "simplex",
    "square",
    "stack",
    "symmetric",
    "unit_interval",
]

"""What a distribution allows its parameters and values to be: a constraint says of every element whether it holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor


class Constraint:
    """A region: `check(x)` says where x lies in it. The last `event_dim` axes are judged together."""

    event_dim = 0
    is_discrete = False
    words = "anything"

    def check(self, value: Any) -> Tensor:
        """A bool Tensor: whether each element (or event) of value lies in the region."""
        return Tensor._of(np.asarray(self.holds(np.asarray(value))))

    def holds(self, x: Any) -> Any:
        """The same on an array."""
        return np.ones(x.shape, bool)

    def __repr__(self) -> str:
        return self.words


class Real(Constraint):
    """Any number but nan."""

    words = "numbers"

    def holds(self, x: Any) -> Any:
        """x == x"""
        return x == x


class Above(Constraint):
    """Numbers above a bound, or (`closed`) from it on."""

    def __init__(self, bound: float, closed: bool = False) -> None:
        self.bound, self.closed = bound, closed
        self.words = f"{'at least' if closed else 'more than'} {bound:g}"

    def holds(self, x: Any) -> Any:
        """x > bound"""
        return x >= self.bound if self.closed else x > self.bound


class Interval(Constraint):
    """Numbers between two bounds, which are included; the bounds may be arrays."""

    def __init__(self, lower: Any, upper: Any) -> None:
        self.lower, self.upper = np.asarray(lower), np.asarray(upper)
        shown = f" {self.lower:g} and {self.upper:g}" if not (self.lower.ndim or self.upper.ndim) else " the bounds"
        self.words = f"between{shown}"

    def holds(self, x: Any) -> Any:
        """lower <= x <= upper"""
        return (x >= self.lower) & (x <= self.upper)


class Whole(Constraint):
    """Whole numbers between two bounds, which are included; the upper may be an array."""

    is_discrete = True

    def __init__(self, lower: float = 0, upper: Any = np.inf) -> None:
        self.lower, self.upper = lower, np.asarray(upper)
        shown = "" if self.upper.ndim else f" to {self.upper:g}"
        self.words = f"whole numbers from {lower:g}{shown}"

    def holds(self, x: Any) -> Any:
        """x = round(x), lower <= x <= upper"""
        return (x >= self.lower) & (x <= self.upper) & (x == np.floor(x))


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


class Counts(Constraint):
    """Rows of whole numbers from 0 on that add up to a total."""

    event_dim = 1
    is_discrete = True

    def __init__(self, total: int) -> None:
        self.total = total
        self.words = f"whole numbers with rows that sum to {total}"

    def holds(self, x: Any) -> Any:
        """x whole, x >= 0, sum x = total"""
        return ((x >= 0) & (x == np.floor(x))).all(-1) & (x.sum(-1) == self.total)


class LowerCholesky(Constraint):
    """Lower triangular matrices with a positive diagonal."""

    event_dim = 2
    words = "lower triangular, with a positive diagonal"

    def holds(self, x: Any) -> Any:
        """x = tril(x), diag(x) > 0"""
        return (np.tril(x) == x).all((-1, -2)) & (np.diagonal(x, axis1=-2, axis2=-1) > 0).all(-1)


class PositiveDefinite(Constraint):
    """Symmetric matrices whose eigenvalues are positive."""

    event_dim = 2
    words = "symmetric and positive definite"

    def holds(self, x: Any) -> Any:
        """x = x^T, eigenvalues > 0"""
        mirrored = np.swapaxes(x, -1, -2)
        return np.isclose(x, mirrored, atol=1e-6).all((-1, -2)) & (np.linalg.eigvalsh(x) > 0).all(-1)


class Each(Constraint):
    """A constraint on single elements, as one on events of `event_dim` more axes."""

    def __init__(self, base: Constraint, event_dim: int) -> None:
        self.base, self.event_dim = base, base.event_dim + event_dim
        self.is_discrete, self.words = base.is_discrete, base.words
        self._axes = tuple(range(-event_dim, 0))

    def holds(self, x: Any) -> Any:
        """base holds for every element of the event"""
        return self.base.holds(x).all(self._axes) if self._axes else self.base.holds(x)


real: Constraint = Real()
positive: Constraint = Above(0)
nonnegative: Constraint = Above(0, closed=True)
greater_than, greater_than_eq = Above, lambda bound: Above(bound, closed=True)
interval = half_open_interval = Interval
unit_interval: Constraint = Interval(0, 1)
nonnegative_integer: Constraint = Whole()
integer_interval = Whole
boolean: Constraint = Whole(0, 1)
simplex: Constraint = Simplex()
one_hot: Constraint = OneHot()
multinomial = Counts
lower_cholesky: Constraint = LowerCholesky()
positive_definite: Constraint = PositiveDefinite()
independent = Each
real_vector: Constraint = Each(real, 1)

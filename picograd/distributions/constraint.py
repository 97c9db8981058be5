"""Constraints: what they have in common, those that are known only of an object, and those of single numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor


def array(x: Any) -> Any:
    """A bound as NumPy sees it."""
    return x.value if isinstance(x, Tensor) else np.asarray(x)


def shown(x: Any) -> str:
    """A bound in words."""
    x = array(x)
    return f"{x.item():g}" if x.ndim == 0 else "the bounds"


class Constraint:
    """A region: `check(x)` says where x lies in it. The last `event_dim` axes are judged together.

    Your own: write `check`, and set `event_dim` and `is_discrete` where they are not 0 and False.
    """

    event_dim: Any = 0
    is_discrete: Any = False

    def check(self, value: Any) -> Tensor:
        """A bool Tensor: whether each element (or event) of value lies in the region."""
        return Tensor._of(np.asarray(self.holds(array(value))))

    def holds(self, x: Any) -> Any:
        """The same on an array."""
        raise NotImplementedError(f"{type(self).__name__}: check: it is missing; write which elements lie within")

    @property
    def words(self) -> str:
        """What a value must be, for errors."""
        return f"in {self!r}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Bounded(Constraint):
    """A constraint with bounds, which its repr shows."""

    bounds: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)}' for name in self.bounds)})"


# ---- what can't be said before the distribution is made ------------------------------------------------------------


class Dependent(Constraint):
    """The constraint depends on other parameters: it is known only of an object, not of its class."""

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> None:
        self._is_discrete, self._event_dim = is_discrete, event_dim

    def _known(self, name: str) -> Any:
        found = getattr(self, f"_{name}")
        if found is NotImplemented:
            raise NotImplementedError(f"dependent: {name}: it is not known of the class; ask an object of it")
        return found

    @property
    def is_discrete(self) -> Any:
        """Whether values are separate points, if it is known."""
        return self._known("is_discrete")

    @property
    def event_dim(self) -> Any:
        """How many axes are judged together, if it is known."""
        return self._known("event_dim")

    def __call__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> Dependent:
        """The same with more known of it."""
        return Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, value: Any) -> Tensor:
        """Not there: it is not known of the class."""
        raise ValueError("dependent: check: the constraint is not known of the class; ask an object of it")


class dependent_property(property, Dependent):
    """A property whose value is a constraint: of an object the property, of its class a `Dependent`."""

    def __init__(
        self,
        fn: Callable[[Any], Any] | None = None,
        *,
        is_discrete: Any = NotImplemented,
        event_dim: Any = NotImplemented,
    ) -> None:
        property.__init__(self, fn)
        Dependent.__init__(self, is_discrete=is_discrete, event_dim=event_dim)

    def __call__(self, fn: Any) -> Any:  # type: ignore[override]
        """Decorate: `@dependent_property(event_dim=1)`"""
        return dependent_property(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


def is_dependent(constraint: Any) -> bool:
    """Whether a constraint is known only of an object."""
    return isinstance(constraint, Dependent)


# ---- of single numbers ---------------------------------------------------------------------------------------------


class Real(Constraint):
    """Any number but nan."""

    words = "numbers"

    def holds(self, x: Any) -> Any:
        """x == x"""
        return x == x


class Boolean(Constraint):
    """0 and 1."""

    is_discrete = True
    words = "0 or 1"

    def holds(self, x: Any) -> Any:
        """x is 0 or 1"""
        return (x == 0) | (x == 1)


class GreaterThan(Bounded):
    """Numbers above a bound."""

    bounds = ("lower_bound",)

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound

    @property
    def words(self) -> str:
        """more than the bound"""
        return f"more than {shown(self.lower_bound)}"

    def holds(self, x: Any) -> Any:
        """x > lower"""
        return x > array(self.lower_bound)


class GreaterThanEq(GreaterThan):
    """Numbers from a bound on."""

    @property
    def words(self) -> str:
        """at least the bound"""
        return f"at least {shown(self.lower_bound)}"

    def holds(self, x: Any) -> Any:
        """x >= lower"""
        return x >= array(self.lower_bound)


class LessThan(Bounded):
    """Numbers below a bound."""

    bounds = ("upper_bound",)

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    @property
    def words(self) -> str:
        """less than the bound"""
        return f"less than {shown(self.upper_bound)}"

    def holds(self, x: Any) -> Any:
        """x < upper"""
        return x < array(self.upper_bound)


class Interval(Bounded):
    """Numbers between two bounds, which are included."""

    bounds = ("lower_bound", "upper_bound")

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    @property
    def words(self) -> str:
        """between the bounds"""
        ends = [shown(self.lower_bound), shown(self.upper_bound)]
        return "between the bounds" if "the bounds" in ends else f"between {' and '.join(ends)}"

    def holds(self, x: Any) -> Any:
        """lower <= x <= upper"""
        return (x >= array(self.lower_bound)) & (x <= array(self.upper_bound))


class HalfOpenInterval(Interval):
    """Numbers between two bounds, of which the upper is not included."""

    @property
    def words(self) -> str:
        """between the bounds, the upper left out"""
        return f"{super().words}, the upper left out"

    def holds(self, x: Any) -> Any:
        """lower <= x < upper"""
        return (x >= array(self.lower_bound)) & (x < array(self.upper_bound))


class IntegerGreaterThan(GreaterThan):
    """Whole numbers from a bound on."""

    is_discrete = True

    @property
    def words(self) -> str:
        """whole numbers from the bound on"""
        return f"whole numbers from {shown(self.lower_bound)}"

    def holds(self, x: Any) -> Any:
        """x = floor x, x >= lower"""
        return (x == np.floor(x)) & (x >= array(self.lower_bound)) & np.isfinite(x)


class IntegerInterval(Interval):
    """Whole numbers between two bounds, which are included."""

    is_discrete = True

    @property
    def words(self) -> str:
        """whole numbers from one bound to the other"""
        return f"whole numbers from {shown(self.lower_bound)} to {shown(self.upper_bound)}"

    def holds(self, x: Any) -> Any:
        """x = floor x, lower <= x <= upper"""
        return (x == np.floor(x)) & (x >= array(self.lower_bound)) & (x <= array(self.upper_bound))

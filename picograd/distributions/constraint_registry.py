"""From a constraint to a transform of unconstrained numbers onto it.

`biject_to(constraint)` gives an invertible one, with a determinant, for densities; `transform_to(constraint)` one for
optimization, which may have more numbers than the constraint has dimensions. `register` adds your own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import constraints, transforms
from .transform import Transform

Factory = Callable[[Any], Transform]
Decorator = Callable[[Factory], Factory]


class ConstraintRegistry:
    """Which transform leads to which class of constraints."""

    def __init__(self) -> None:
        self._registry: dict[type, Factory] = {}

    def register(self, constraint: Any, factory: Factory | None = None) -> Any:
        """Use `factory(constraint)` for constraints of this class (or that of this constraint); also as a decorator."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        given = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not (isinstance(given, type) and issubclass(given, constraints.Constraint)):
            raise TypeError(f"register: {constraint!r}: it is no constraint; give a Constraint or a class of them")
        self._registry[given] = factory
        return factory

    def __call__(self, constraint: Any) -> Transform:
        """The transform of all numbers (or vectors, matrices) onto what the constraint allows."""
        if type(constraint) not in self._registry:
            raise NotImplementedError(
                f"{type(constraint).__name__}: no transform leads to it; register one, or use another constraint"
            )
        return self._registry[type(constraint)](constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def leads_to(*given: Any, registries: tuple[ConstraintRegistry, ...] = (biject_to, transform_to)) -> Decorator:
    """Register a factory for these constraints, in both registries if not told otherwise."""

    def decorate(factory: Factory) -> Factory:
        for registry in registries:
            for constraint in given:
                registry.register(constraint, factory)
        return factory

    return decorate


@leads_to(constraints.real)
def to_real(constraint: Any) -> Transform:
    """x"""
    return transforms.identity_transform


@leads_to(constraints.greater_than, constraints.greater_than_eq)
def to_greater_than(constraint: Any) -> Transform:
    """bound + e^x"""
    return transforms.ComposeTransform(
        [transforms.ExpTransform(), transforms.AffineTransform(constraint.lower_bound, 1)]
    )


@leads_to(constraints.less_than)
def to_less_than(constraint: Any) -> Transform:
    """bound - e^x"""
    return transforms.ComposeTransform(
        [transforms.ExpTransform(), transforms.AffineTransform(constraint.upper_bound, -1)]
    )


@leads_to(constraints.interval, constraints.half_open_interval)
def to_interval(constraint: Any) -> Transform:
    """lower + (upper - lower) sigmoid x"""
    lower, upper = constraint.lower_bound, constraint.upper_bound
    if isinstance(lower, int | float) and isinstance(upper, int | float) and (lower, upper) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform(
        [transforms.SigmoidTransform(), transforms.AffineTransform(lower, upper - lower)]
    )


@leads_to(constraints.corr_cholesky)
def to_corr_cholesky(constraint: Any) -> Transform:
    """The factor of a correlation matrix"""
    return transforms.CorrCholeskyTransform()


@leads_to(constraints.simplex, registries=(biject_to,))
def bijection_to_simplex(constraint: Any) -> Transform:
    """k numbers to k + 1 parts"""
    return transforms.StickBreakingTransform()


@leads_to(constraints.simplex, registries=(transform_to,))
def to_simplex(constraint: Any) -> Transform:
    """softmax"""
    return transforms.SoftmaxTransform()


@leads_to(constraints.lower_cholesky, registries=(transform_to,))
def to_lower_cholesky(constraint: Any) -> Transform:
    """A lower triangle, exponentials on its diagonal"""
    return transforms.LowerCholeskyTransform()


@leads_to(constraints.positive_definite, constraints.positive_semidefinite, registries=(transform_to,))
def to_positive_definite(constraint: Any) -> Transform:
    """L L^T"""
    return transforms.PositiveDefiniteTransform()


def made_of_others(registry: ConstraintRegistry) -> None:
    """Register the constraints that are made of others, whose transforms come from the same registry."""
    registry.register(
        constraints.independent,
        lambda c: transforms.IndependentTransform(registry(c.base_constraint), c.reinterpreted_batch_ndims),
    )
    registry.register(
        constraints.cat, lambda c: transforms.CatTransform([registry(part) for part in c.cseq], c.dim, c.lengths)
    )
    registry.register(
        constraints.stack, lambda c: transforms.StackTransform([registry(part) for part in c.cseq], c.dim)
    )


made_of_others(biject_to)
made_of_others(transform_to)

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]

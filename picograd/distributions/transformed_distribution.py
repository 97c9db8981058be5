"""Distributions of t(x) for a draw x of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from ..recording import no_grad
from ..tensor import Tensor
from . import constraints
from .distribution import Distribution
from .independent import Independent
from .transform import ComposeTransform, Transform
from .utils import total


class TransformedDistribution(Distribution):
    """y = t(x) for a draw x of `base_distribution`: log_prob(y) = log_prob(x) - log |dy/dx|

    Axes of the base's batch that a transform takes together become part of the event.
    """

    def __init__(
        self,
        base_distribution: Distribution,
        transforms: Transform | Sequence[Transform],
        validate_args: bool | None = None,
    ) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        for t in self.transforms:
            if not isinstance(t, Transform):
                raise ValueError(
                    f"TransformedDistribution: a {type(t).__name__} among the transforms: it must be a Transform; "
                    f"give one"
                )
        whole = ComposeTransform(self.transforms)
        shape = (*base_distribution.batch_shape, *base_distribution.event_shape)
        own, before, after = len(base_distribution.event_shape), whole.domain.event_dim, whole.codomain.event_dim
        if len(shape) < before:
            raise ValueError(
                f"TransformedDistribution: a base of shape {shape}: the transforms take {before} axes; expand it"
            )
        result = whole.forward_shape(shape)
        wider = whole.inverse_shape(result)
        if wider != shape:
            base_distribution = base_distribution.expand(wider[: len(wider) - own])
        if before > own:
            base_distribution = Independent(base_distribution, before - own)
        self.base_dist = base_distribution
        self.has_rsample = base_distribution.has_rsample
        cut = len(result) - max(after, own + after - before)
        super().__init__(result[:cut], result[cut:], validate_args)

    @property
    def _dtype(self) -> Any:
        return self.base_dist._dtype

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        """Where the last transform leads"""
        if not self.transforms:
            return self.base_dist.support
        codomain = self.transforms[-1].codomain
        missing = len(self._event_shape) - codomain.event_dim
        return constraints.independent(codomain, missing) if missing > 0 else codomain

    def _forward(self, x: Any) -> Any:
        """t(x)"""
        for t in self.transforms:
            x = t(x)
        return x

    def _backward(self, y: Any) -> Any:
        """t^-1(y)"""
        for t in reversed(self.transforms):
            y = t._inv_call(y)
        return y

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """t(a draw of the base)"""
        with no_grad():
            result: Tensor = self._forward(self.base_dist.sample(sample_shape))
            return result

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """t(a draw of the base)"""
        result: Tensor = self._forward(self.base_dist.rsample(sample_shape))
        return result

    def log_prob(self, value: Any) -> Tensor:
        """log_prob(x) - log |dy/dx|"""
        y = self._checked(value)
        change: Any = 0.0
        axes = len(self._event_shape)
        for t in reversed(self.transforms):
            x = t._inv_call(y)
            axes += t.domain.event_dim - t.codomain.event_dim
            change = change + total(t.log_abs_det_jacobian(x, y), axes - t.domain.event_dim)
            y = x
        result: Tensor = total(self.base_dist.log_prob(y), axes - len(self.base_dist.event_shape)) - change
        return result

    def _rising(self, p: Any) -> Any:
        """p, or 1 - p where t falls"""
        sign: Any = 1
        for t in self.transforms:
            sign = sign * t.sign
        return p if isinstance(sign, int) and sign == 1 else sign * (p - 0.5) + 0.5

    def cdf(self, value: Any) -> Tensor:
        """cdf(x), or 1 - cdf(x) where t falls"""
        x = self._backward(value if isinstance(value, Tensor) else self._checked(value))
        result: Tensor = self._rising(self.base_dist.cdf(x))
        return result

    def icdf(self, value: Any) -> Tensor:
        """t(icdf(p))"""
        result: Tensor = self._forward(self.base_dist.icdf(self._rising(value)))
        return result

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        """The base and the parameters, expanded"""
        new = super().expand(batch_shape, _instance)
        shape = (*batch_shape, *self._event_shape)
        for t in reversed(self.transforms):
            shape = t.inverse_shape(shape)
        new.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        return new

    def __repr__(self) -> str:
        own = super().__repr__()
        return own if self.arg_constraints else f"{type(self).__name__}({self.base_dist}, {self.transforms})"

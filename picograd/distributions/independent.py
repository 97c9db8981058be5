"""Independent: axes of a batch as axes of the event, and a mixture of the distributions along the last axis."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ..functions import expand as expanded
from ..functions import gather, log_softmax
from ..ops.reduction import logsumexp
from ..tensor import Tensor
from . import constraints
from .categorical import Categorical
from .distribution import Distribution
from .utils import total


class Independent(Distribution):
    """The last axes of the batch of `base_distribution` as part of one event: log_prob is summed over them."""

    def __init__(
        self, base_distribution: Distribution, reinterpreted_batch_ndims: int, validate_args: bool | None = None
    ) -> None:
        shape, n = base_distribution.batch_shape, reinterpreted_batch_ndims
        if not 0 <= n <= len(shape):
            raise ValueError(
                f"Independent: {n} of the axes of batch {shape}: there are only {len(shape)}; give at most that many"
            )
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, n
        self.has_rsample = base_distribution.has_rsample
        self.has_enumerate_support = base_distribution.has_enumerate_support and n == 0
        cut = len(shape) - n
        super().__init__(shape[:cut], (*shape[cut:], *base_distribution.event_shape), validate_args)

    @property
    def _dtype(self) -> Any:
        return self.base_dist._dtype

    @constraints.dependent_property
    def support(self) -> Any:
        """That of the base, for all of the event"""
        n = self.reinterpreted_batch_ndims
        return constraints.independent(self.base_dist.support, n) if n else self.base_dist.support

    @property
    def mean(self) -> Tensor:
        """The base's"""
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        """The base's"""
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        """The base's"""
        return self.base_dist.variance

    @property
    def stddev(self) -> Tensor:
        """The base's"""
        return self.base_dist.stddev

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """The base's"""
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """The base's"""
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Any) -> Tensor:
        """The sum over the axes that became part of the event"""
        result: Tensor = total(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)
        return result

    def entropy(self) -> Tensor:
        """The sum over the axes that became part of the event"""
        result: Tensor = total(self.base_dist.entropy(), self.reinterpreted_batch_ndims)
        return result

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """The base's, if no axis of the batch became part of the event"""
        if self.reinterpreted_batch_ndims:
            raise NotImplementedError(
                f"Independent: enumerate_support: an event of shape {self.event_shape} takes all combinations of "
                f"values; enumerate base_dist and combine them"
            )
        return self.base_dist.enumerate_support(expand)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        """The base, expanded"""
        new = super().expand(batch_shape, _instance)
        kept = self.event_shape[: self.reinterpreted_batch_ndims]
        new.base_dist = self.base_dist.expand((*batch_shape, *kept))
        return new

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamily(Distribution):
    """One of K components, drawn by a Categorical: density sum_k p_k density_k(x)

    The last axis of the components' batch is K.
    """

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Distribution, validate_args: bool | None = None
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                f"MixtureSameFamily: a {type(mixture_distribution).__name__} as mixture distribution: it must be a "
                f"Categorical; give one"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                f"MixtureSameFamily: a {type(component_distribution).__name__} as components: it must be a "
                f"Distribution; give one"
            )
        shape, k = component_distribution.batch_shape, mixture_distribution.param_shape[-1]
        if not shape or shape[-1] != k:
            raise ValueError(
                f"MixtureSameFamily: {k} categories and components of batch {shape}: the last axis of the batch must "
                f"have {k}; make them fit"
            )
        try:
            np.broadcast_shapes(mixture_distribution.batch_shape, shape[:-1])
        except ValueError:
            raise ValueError(
                f"MixtureSameFamily: batches {mixture_distribution.batch_shape} of the mixture and {shape[:-1]} of the "
                f"components: they do not broadcast; make them fit"
            ) from None
        self.mixture_distribution, self.component_distribution = mixture_distribution, component_distribution
        super().__init__(shape[:-1], component_distribution.event_shape, validate_args)

    @property
    def _dtype(self) -> Any:
        return self.component_distribution._dtype

    @constraints.dependent_property
    def support(self) -> Any:
        """That of all components"""
        return constraints.MixtureSameFamilyConstraint(self.component_distribution.support)

    def _chances(self) -> Any:
        """p, with an axis of size 1 for each of the event"""
        probs = self.mixture_distribution.probs
        return probs.reshape(*probs.shape, *(1,) * len(self._event_shape))

    def _average(self, x: Any) -> Any:
        """The components' x, averaged by their chances"""
        return (self._chances() * x).sum(-1 - len(self._event_shape))

    @property
    def mean(self) -> Tensor:
        """sum p mean_k"""
        result: Tensor = self._average(self.component_distribution.mean)
        return result

    @property
    def variance(self) -> Tensor:
        """sum p variance_k + sum p (mean_k - mean)^2"""
        means = self.component_distribution.mean
        away = means - self.mean.unsqueeze(-1 - len(self._event_shape))
        result: Tensor = self._average(self.component_distribution.variance) + self._average(away**2)
        return result

    def _outer(self, value: Any) -> Any:
        """A value for all components: with an axis of size 1 before the event"""
        return value.unsqueeze(value.ndim - len(self._event_shape))

    def cdf(self, x: Any) -> Tensor:
        """sum p cdf_k"""
        each = self.component_distribution.cdf(self._outer(x))
        result: Tensor = (each * self.mixture_distribution.probs).sum(-1)
        return result

    def log_prob(self, x: Any) -> Tensor:
        """log sum p_k e^log_prob_k"""
        each = self.component_distribution.log_prob(self._outer(self._checked(x)))
        return logsumexp(each + log_softmax(self.mixture_distribution.logits, -1), -1)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A draw of each component, and of these the one that the mixture picks"""
        mixture = self.mixture_distribution
        if mixture.batch_shape != self._batch_shape:
            mixture = mixture.expand(self._batch_shape)
        picked = mixture.sample(sample_shape)  # (*sample, *batch)
        drawn = self.component_distribution.sample(sample_shape)  # (*sample, *batch, K, *event)
        own = len(self._event_shape)
        k = drawn.ndim - own - 1
        index = expanded(picked, drawn.shape[:k]).reshape(*drawn.shape[:k], 1, *(1,) * own)
        index = expanded(index, (*drawn.shape[:k], 1, *self._event_shape))
        result: Tensor = gather(drawn, k, index).squeeze(k)
        return result.detach()

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        """Both parts, expanded"""
        new = super().expand(batch_shape, _instance)
        k = self.mixture_distribution.param_shape[-1]
        new.mixture_distribution = self.mixture_distribution.expand(batch_shape)
        new.component_distribution = self.component_distribution.expand((*batch_shape, k))
        return new

    def __repr__(self) -> str:
        return f"MixtureSameFamily({self.mixture_distribution}, {self.component_distribution})"

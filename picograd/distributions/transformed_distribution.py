"""Distributions of t(x) for a draw x of another; LogNormal, and the relaxed Bernoulli and categorical ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from ..functions import log_softmax
from ..ops.gamma import lgamma
from ..ops.loss import softplus
from ..ops.precise import log1p
from ..ops.reduction import logsumexp
from ..tensor import Tensor
from . import constraints
from .categorical import Categories
from .constraints import Constraint
from .continuous import Normal
from .discrete import Chance
from .distribution import Distribution, total
from .transforms import ComposeTransform, ExpTransform, SigmoidTransform, Transform


class TransformedDistribution(Distribution):
    """y = t(x) for a draw x of `base_distribution`: log_prob(y) = log_prob(x) - log |dy/dx|"""

    def __init__(
        self,
        base_distribution: Distribution,
        transforms: Transform | Sequence[Transform],
        validate_args: bool | None = None,
    ) -> None:
        self.base_dist = base_distribution
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        for t in self.transforms:
            if not isinstance(t, Transform):
                raise ValueError(
                    f"TransformedDistribution: a {type(t).__name__} among the transforms: it must be a Transform; "
                    f"give one"
                )
        self.has_rsample = base_distribution.has_rsample
        self._transform = ComposeTransform(self.transforms)
        shape = (*base_distribution.batch_shape, *base_distribution.event_shape)
        self._event_dim = max(len(base_distribution.event_shape), self._transform.event_dim)
        cut = len(shape) - self._event_dim
        super().__init__({}, shape[:cut], shape[cut:], validate_args)

    @property
    def _dtype(self) -> Any:
        return self.base_dist._dtype

    @property
    def support(self) -> Constraint:
        """Where the last transform leads"""
        codomain = self._transform.codomain if self.transforms else self.base_dist.support
        return constraints.independent(codomain, self._event_dim) if self._event_dim else codomain

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """t(a draw of the base)"""
        return self._transform(self.base_dist.sample(sample_shape)).detach()

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """t(a draw of the base)"""
        return self._transform(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """log_prob(x) - log |dy/dx|"""
        y = self._checked(value)
        change: Any = 0.0
        for t in reversed(self.transforms):
            x = t.inverse(y)
            change = change + total(t.log_abs_det_jacobian(x, y), self._event_dim - t.event_dim)
            y = x
        log_prob = total(self.base_dist.log_prob(y), self._event_dim - len(self.base_dist.event_shape))
        result: Tensor = log_prob - change
        return result

    def cdf(self, value: Tensor) -> Tensor:
        """cdf(x), or 1 - cdf(x) where t falls"""
        p = self.base_dist.cdf(self._transform.inverse(self._checked(value)))
        sign = self._transform.sign
        result: Tensor = sign * (p - 0.5) + 0.5
        return result

    def icdf(self, value: Tensor) -> Tensor:
        """t(icdf(p))"""
        sign = self._transform.sign
        return self._transform(self.base_dist.icdf(sign * (value - 0.5) + 0.5))

    def expand(self, batch_shape: Sequence[int]) -> Self:
        """The base, expanded"""
        own = self.event_shape[: self._event_dim - len(self.base_dist.event_shape)]
        other = object.__new__(type(self))
        base = self.base_dist.expand((*batch_shape, *own))
        TransformedDistribution.__init__(other, base, self.transforms, self._validate_args)
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.transforms})"


class LogNormal(TransformedDistribution):
    """e^x for a normal x"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"loc": constraints.real, "scale": constraints.positive}
    base_dist: Normal

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale, validate_args), ExpTransform(), validate_args)

    @property
    def loc(self) -> Tensor:
        """The mean of the logarithm"""
        return self.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """The deviation of the logarithm"""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        """e^(loc + scale^2 / 2)"""
        return (self.loc + self.scale**2 / 2).exp()

    @property
    def variance(self) -> Tensor:
        """(e^(scale^2) - 1) e^(2 loc + scale^2)"""
        squared = self.scale**2
        return (squared.exp() - 1) * (2 * self.loc + squared).exp()

    def entropy(self) -> Tensor:
        """entropy of the normal + loc"""
        return self.base_dist.entropy() + self.loc


class LogitRelaxedBernoulli(Chance):
    """(logit + logistic noise) / temperature: the logit of a RelaxedBernoulli"""

    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        super().__init__(probs, logits, validate_args)

    def _options(self) -> dict[str, Any]:
        return {"temperature": self.temperature}

    @property
    def support(self) -> Constraint:
        """All numbers"""
        return constraints.real

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """(logit + log(u / (1 - u))) / temperature"""
        u = self._uniform(sample_shape)
        result: Tensor = (u.log() - log1p(-u) + self.logits) / self.temperature
        return result

    def log_prob(self, value: Tensor) -> Tensor:
        """log(temperature) + d - 2 log(1 + e^d), d = logit - temperature x"""
        d = self.logits - self._checked(value) * self.temperature
        scale = self.temperature if isinstance(self.temperature, Tensor) else Tensor._of(np.asarray(self.temperature))
        result: Tensor = scale.to(self._dtype).log() + d - 2 * softplus(d)
        return result


class RelaxedBernoulli(TransformedDistribution):
    """A number in (0, 1) that is a Bernoulli draw at temperature 0, with a gradient to the chance"""

    base_dist: LogitRelaxedBernoulli

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits, validate_args)
        super().__init__(base, SigmoidTransform(), validate_args)

    @property
    def temperature(self) -> Any:
        """How soft it is"""
        return self.base_dist.temperature

    @property
    def probs(self) -> Tensor:
        """The chance of 1"""
        return self.base_dist.probs

    @property
    def logits(self) -> Tensor:
        """log(p / (1 - p))"""
        return self.base_dist.logits


class ExpRelaxedCategorical(Categories):
    """log softmax((logits + Gumbel noise) / temperature): the logarithm of a RelaxedOneHotCategorical"""

    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        super().__init__(probs, logits, validate_args)

    def _options(self) -> dict[str, Any]:
        return {"temperature": self.temperature}

    @property
    def support(self) -> Constraint:
        """All vectors"""
        return constraints.real_vector

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """log softmax((logits - log(-log u)) / temperature)"""
        noise = -(-self._uniform(sample_shape).log()).log()
        result: Tensor = log_softmax((self.logits + noise) / self.temperature, -1)
        return result

    def log_prob(self, value: Tensor) -> Tensor:
        """log((K - 1)! temperature^(K - 1)) + sum (d - logsumexp d), d = logits - temperature x"""
        d = self.logits - self._checked(value) * self.temperature
        k = self.param_shape[-1]
        scale = self.temperature if isinstance(self.temperature, Tensor) else Tensor._of(np.asarray(self.temperature))
        factor = lgamma(Tensor._of(np.asarray(float(k), self._dtype))) + scale.to(self._dtype).log() * (k - 1)
        result: Tensor = (d - logsumexp(d, -1, keepdims=True)).sum(-1) + factor
        return result


class RelaxedOneHotCategorical(TransformedDistribution):
    """A row in the simplex that is a one-hot draw at temperature 0, with a gradient to the chances"""

    base_dist: ExpRelaxedCategorical

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args)
        super().__init__(base, ExpTransform(), validate_args)

    @property
    def support(self) -> Constraint:
        """Rows that sum to 1"""
        return constraints.simplex

    @property
    def temperature(self) -> Any:
        """How soft it is"""
        return self.base_dist.temperature

    @property
    def probs(self) -> Tensor:
        """The chances"""
        return self.base_dist.probs

    @property
    def logits(self) -> Tensor:
        """Their logarithms"""
        return self.base_dist.logits

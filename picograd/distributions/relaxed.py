"""Bernoulli and OneHotCategorical made soft: their draws have gradients to the chances.

Maddison, Mnih and Teh, "The concrete distribution", 2017; Jang, Gu and Poole, "Categorical reparameterization with
Gumbel-softmax", 2017.
"""

from __future__ import annotations

from typing import Any, ClassVar

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
from .discrete import Chance
from .transformed_distribution import TransformedDistribution
from .transforms import ExpTransform, SigmoidTransform
from .utils import clamp_probs


def log_of(temperature: Any, dtype: Any) -> Any:
    """log(temperature), of a number or a Tensor"""
    return temperature.log() if isinstance(temperature, Tensor) else Tensor._of(np.asarray(np.log(temperature), dtype))


class LogitRelaxedBernoulli(Chance):
    """(logit + logistic noise) / temperature: the logit of a RelaxedBernoulli"""

    support = constraints.real
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        super().__init__(probs, logits, validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """(log(p / (1 - p)) + log(u / (1 - u))) / temperature"""
        u = clamp_probs(self._uniform(sample_shape))
        p = clamp_probs(self.probs)
        result: Tensor = (u.log() - log1p(-u) + p.log() - log1p(-p)) / self.temperature
        return result

    def log_prob(self, value: Any) -> Tensor:
        """log(temperature) + d - 2 log(1 + e^d), d = logit - temperature x"""
        d = self.logits - self._checked(value) * self.temperature
        result: Tensor = log_of(self.temperature, self._dtype) + d - 2 * softplus(d)
        return result


class RelaxedBernoulli(TransformedDistribution):
    """A number in (0, 1) that is a Bernoulli draw at temperature 0, with a gradient to the chance"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
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
    def probs(self) -> Any:
        """The chance of 1"""
        return self.base_dist.probs

    @property
    def logits(self) -> Any:
        """log(p / (1 - p))"""
        return self.base_dist.logits

    @property
    def param_shape(self) -> tuple[int, ...]:
        """That of probs"""
        return self.base_dist.param_shape


class ExpRelaxedCategorical(Categories):
    """log softmax((logits + Gumbel noise) / temperature): the logarithm of a RelaxedOneHotCategorical"""

    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        super().__init__(probs, logits, validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """log softmax((logits - log(-log u)) / temperature)"""
        noise = -(-clamp_probs(self._uniform(sample_shape)).log()).log()
        result: Tensor = log_softmax((self.logits + noise) / self.temperature, -1)
        return result

    def log_prob(self, value: Any) -> Tensor:
        """log((K - 1)! temperature^(K - 1)) + sum (d - logsumexp d), d = logits - temperature x"""
        d = self.logits - self._checked(value) * self.temperature
        k = self._num_events
        factor = lgamma(Tensor._of(np.asarray(float(k), self._dtype))) + log_of(self.temperature, self._dtype) * (k - 1)
        result: Tensor = (d - logsumexp(d, -1, keepdims=True)).sum(-1) + factor
        return result


class RelaxedOneHotCategorical(TransformedDistribution):
    """A row in the simplex that is a one-hot draw at temperature 0, with a gradient to the chances"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex
    base_dist: ExpRelaxedCategorical

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args)
        super().__init__(base, ExpTransform(), validate_args)

    @property
    def temperature(self) -> Any:
        """How soft it is"""
        return self.base_dist.temperature

    @property
    def probs(self) -> Any:
        """The chances"""
        return self.base_dist.probs

    @property
    def logits(self) -> Any:
        """Their logarithms"""
        return self.base_dist.logits

    @property
    def param_shape(self) -> tuple[int, ...]:
        """That of probs"""
        return self.base_dist.param_shape

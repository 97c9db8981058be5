"""Distributions over K categories: Categorical, OneHotCategorical and, of several draws, Multinomial."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..functions import getitem, log_softmax
from ..ops.elementwise import where
from ..ops.gamma import lgamma
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .discrete import Binomial
from .distribution import Distribution, shape_of
from .utils import broadcast_all, filled, lazy_property, logits_to_probs, one_of, probs_to_logits


def picked(chances: Any, sample_shape: tuple[int, ...]) -> Any:
    """Numbers of categories (int64), for each row of `chances` (..., K): where a uniform number falls among their sums

    By bisection, so that many draws of one row cost log K each.
    """
    ends = np.cumsum(chances.astype(np.float64), -1)
    batch, k = ends.shape[:-1], ends.shape[-1]
    ends = ends.reshape(-1, k)  # (rows, K)
    whole = ends[:, -1]
    u = np.asarray(rng_of(None).random((*sample_shape, *batch))).reshape(-1, len(ends))  # (draws, rows)
    u = np.minimum(u * whole, np.nextafter(whole, 0))  # below the end of the last category that has a chance
    low, high = np.zeros(u.shape, np.int64), np.full(u.shape, k - 1)
    rows = np.arange(len(ends))
    for _ in range((k - 1).bit_length()):
        middle = (low + high) // 2
        above = (u >= ends[rows, middle]) & (low < high)
        low, high = np.where(above, middle + 1, low), np.where(above, high, middle)
    return low.reshape((*sample_shape, *batch))


class Categories(Distribution):
    """Rows of K chances: `probs` (divided by their sum) or `logits` (any numbers whose exponentials are)."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.simplex,
        "logits": constraints.real_vector,
    }

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        name = type(self).__name__
        which = one_of(name, probs=probs, logits=logits)
        (given,) = broadcast_all(probs if which == "probs" else logits)
        if not given.ndim:
            raise ValueError(
                f"{name}: {which} of shape (): it needs an axis of categories; give at least one dimension"
            )
        checks = self._validate_args if validate_args is None else validate_args
        if which == "probs":
            if checks:
                self._require(constraints.independent(constraints.nonnegative, 1), given, "parameter probs")
                if not (given.value.sum(-1) > 0).all():
                    raise ValueError(f"{name}: probs of shape {given.shape}: a row sums to 0; give each row a chance")
            vars(self)[which] = given / given.sum(-1, keepdims=True)
        else:
            vars(self)[which] = log_softmax(given, -1)
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1], self._event(given.shape[-1]), validate_args)

    def _event(self, k: int) -> tuple[int, ...]:
        return (k,)

    @lazy_property
    def logits(self) -> Any:
        """log p, finite also for 0, which is moved by the dtype's rounding"""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Any:
        """The chances, which sum to 1"""
        return logits_to_probs(self.logits)

    @property
    def param_shape(self) -> tuple[int, ...]:
        """(*batch_shape, K)"""
        return (*self._batch_shape, self._num_events)

    def _indices(self, sample_shape: Any) -> Any:
        """Draws of categories (int64)"""
        return picked(self.probs.value, shape_of(sample_shape))

    def _chosen(self, indices: Any) -> Any:
        """log p of the category at each index; indices broadcast with the batch"""
        batch = self._batch_shape
        grid = [np.arange(n).reshape(n, *(1,) * (len(batch) - 1 - k)) for k, n in enumerate(batch)]
        return getitem(self.logits, (*grid, indices))

    def _entropy(self) -> Any:
        """-sum p log p"""
        finite = self.logits.clamp(min=float(np.finfo(self._dtype).min))
        return -(self.probs * finite).sum(-1)


class Categorical(Categories):
    """One of the numbers 0 to K - 1, with the chances of the last axis"""

    has_enumerate_support = True

    def _event(self, k: int) -> tuple[int, ...]:
        return ()

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """0 to K - 1"""
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        """nan: categories are no numbers"""
        return filled(self._batch_shape, np.nan, self._dtype)

    @property
    def mode(self) -> Tensor:
        """The likeliest category"""
        return Tensor._of(np.asarray(self.probs.value.argmax(-1)))

    @property
    def variance(self) -> Tensor:
        """nan: categories are no numbers"""
        return self.mean

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws (int64)"""
        return Tensor._of(np.asarray(self._indices(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """log p[x]"""
        result: Tensor = self._chosen(self._checked(value).value.astype(np.int64))
        return result

    def entropy(self) -> Tensor:
        """-sum p log p"""
        result: Tensor = self._entropy()
        return result

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 to K - 1 along a new first axis"""
        k = self._num_events
        values = np.arange(k).reshape(k, *(1,) * len(self._batch_shape))
        return Tensor._of(np.broadcast_to(values, (k, *self._batch_shape)) if expand else values)


class OneHotCategorical(Categories):
    """One of K, as a row of zeros with a 1"""

    support = constraints.one_hot
    has_enumerate_support = True

    @property
    def mean(self) -> Tensor:
        """p"""
        result: Tensor = self.probs
        return result

    def _one_hot(self, indices: Any) -> Tensor:
        return Tensor._of(np.eye(self._num_events, dtype=self._dtype)[indices])

    @property
    def mode(self) -> Tensor:
        """1 at the likeliest category"""
        return self._one_hot(self.probs.value.argmax(-1))

    @property
    def variance(self) -> Tensor:
        """p (1 - p)"""
        result: Tensor = self.probs * (1 - self.probs)
        return result

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, in the dtype of the parameters"""
        return self._one_hot(self._indices(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """log p at the 1"""
        result: Tensor = self._chosen(self._checked(value).value.argmax(-1))
        return result

    def entropy(self) -> Tensor:
        """-sum p log p"""
        result: Tensor = self._entropy()
        return result

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """The K rows along a new first axis"""
        k = self._num_events
        rows = np.eye(k, dtype=self._dtype).reshape(k, *(1,) * len(self._batch_shape), k)
        return Tensor._of(np.broadcast_to(rows, (k, *self._batch_shape, k)) if expand else rows)


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """OneHotCategorical whose draws pass their gradient straight to the chances, as if they were the chances

    Bengio, Leonard and Courville, "Estimating or propagating gradients through stochastic neurons", 2013.
    """

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A draw + p - p, the latter without gradient"""
        result: Tensor = self.sample(sample_shape) + (self.probs - self.probs.detach())
        return result


class Multinomial(Categories):
    """How often each of K comes in `total_count` draws: n! / (x1! x2! ...) p1^x1 p2^x2 ..."""

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError(
                f"Multinomial: a {type(total_count).__name__} as total_count: one number serves the whole batch; "
                f"give an int"
            )
        self.total_count = total_count
        super().__init__(probs, logits, validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Rows of counts that sum to n"""
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        """n p"""
        result: Tensor = self.probs * self.total_count
        return result

    @property
    def variance(self) -> Tensor:
        """n p (1 - p)"""
        result: Tensor = self.total_count * self.probs * (1 - self.probs)
        return result

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, in the dtype of the parameters"""
        chances = self.probs.value.astype(np.float64)
        shape = self._extended_shape(sample_shape)[:-1]
        draws = rng_of(None).multinomial(self.total_count, chances / chances.sum(-1, keepdims=True), shape)
        return Tensor._of(np.asarray(draws).astype(self._dtype))

    def log_prob(self, value: Any) -> Tensor:
        """log n! - sum log x! + sum x log p"""
        x = self._checked(value)
        ways = lgamma(x.sum(-1) + 1) - lgamma(x + 1).sum(-1)
        never = Tensor._of((x.value == 0) & np.isneginf(self.logits.value))
        result: Tensor = ways + (where(never, 0.0, self.logits) * x).sum(-1)
        return result

    def entropy(self) -> Tensor:
        """n (entropy of one draw) - log n! + the expected value of sum log x!"""
        n = self.total_count
        each = Binomial(n, probs=self.probs, validate_args=False)
        counts = each.enumerate_support(expand=True)[1:]
        surplus = (each.log_prob(counts).exp() * lgamma(counts + 1)).sum((0, -1))
        result: Tensor = n * self._entropy() - lgamma(Tensor._of(np.asarray(n + 1.0, self._dtype))) + surplus
        return result

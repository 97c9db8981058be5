"""Distributions over K categories: Categorical, OneHotCategorical and, of several draws, Multinomial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..functions import expand as expanded
from ..functions import gather, log_softmax
from ..ops.elementwise import where
from ..ops.gamma import lgamma
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .discrete import Binomial
from .distribution import Distribution, broadcast_all, one_of


class Categories(Distribution):
    """Rows of K chances: `probs` (divided by their sum) or `logits` (any numbers whose exponentials are)."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.independent(constraints.nonnegative, 1),
        "logits": constraints.real_vector,
    }
    probs: Tensor
    logits: Tensor

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        name = type(self).__name__
        self._name = one_of(name, probs=probs, logits=logits)
        (given,) = broadcast_all(probs if self._name == "probs" else logits)
        if not given.ndim:
            raise ValueError(
                f"{name}: {self._name} of shape (): it needs an axis of categories; give at least one dimension"
            )
        self._set(given, validate_args)

    def _set(self, given: Tensor, validate_args: bool | None) -> None:
        super().__init__({self._name: given}, given.shape[:-1], self._event(given.shape[-1]), validate_args)
        if self._name == "probs":
            if self._validate_args and not (given.value.sum(-1) > 0).all():
                raise ValueError(
                    f"{type(self).__name__}: probs of shape {given.shape}: a row sums to 0; give each row a chance"
                )
            self.probs = given / given.sum(-1, keepdims=True)
            eps = float(np.finfo(given.dtype).eps)
            self.logits = self.probs.clamp(eps, 1 - eps).log()
        else:
            self.logits = log_softmax(given, -1)
            self.probs = self.logits.exp()

    def _event(self, k: int) -> tuple[int, ...]:
        return (k,)

    @property
    def param_shape(self) -> tuple[int, ...]:
        """(*batch_shape, K)"""
        return self.logits.shape

    def _indices(self, sample_shape: Sequence[int]) -> Any:
        """Draws of categories (int64): where a uniform number falls among the summed chances."""
        shape = (*((sample_shape,) if isinstance(sample_shape, int) else sample_shape), *self._batch_shape)
        ends = np.cumsum(self.probs.value.astype(np.float64), -1)
        u = np.asarray(rng_of(None).random(shape))[..., None] * ends[..., -1:]
        return (u >= ends[..., :-1]).sum(-1)

    def _entropy(self) -> Tensor:
        """-sum p log p"""
        finite = self.logits.clamp(min=float(np.finfo(self.logits.dtype).min))
        return -(self.probs * finite).sum(-1)


class Categorical(Categories):
    """One of the numbers 0 to K - 1, with the chances of the last axis"""

    def _event(self, k: int) -> tuple[int, ...]:
        return ()

    @property
    def support(self) -> Constraint:
        """0 to K - 1"""
        return constraints.integer_interval(0, self.param_shape[-1] - 1)

    @property
    def mean(self) -> Tensor:
        """nan: categories are no numbers"""
        return Tensor._of(np.full(self._batch_shape, np.nan, self._dtype))

    @property
    def variance(self) -> Tensor:
        """nan: categories are no numbers"""
        return self.mean

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws (int64)"""
        return Tensor._of(np.asarray(self._indices(sample_shape), np.int64))

    def log_prob(self, value: Tensor) -> Tensor:
        """log p[x]"""
        x = self._checked(value).value.astype(np.int64)
        shape = np.broadcast_shapes(x.shape, self._batch_shape)
        logits = expanded(self.logits, (*shape, self.param_shape[-1]))
        index = Tensor._of(np.broadcast_to(x, shape)[..., None])
        result: Tensor = gather(logits, -1, index).squeeze(-1)
        return result

    def entropy(self) -> Tensor:
        """-sum p log p"""
        return self._entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 to K - 1 along a new first axis"""
        k = self.param_shape[-1]
        values = np.arange(k).reshape(k, *(1,) * len(self._batch_shape))
        return Tensor._of(np.broadcast_to(values, (k, *self._batch_shape)) if expand else values)


class OneHotCategorical(Categories):
    """One of K, as a row of zeros with a 1"""

    @property
    def support(self) -> Constraint:
        """Rows with a single 1"""
        return constraints.one_hot

    @property
    def mean(self) -> Tensor:
        """p"""
        return self.probs

    @property
    def variance(self) -> Tensor:
        """p (1 - p)"""
        result: Tensor = self.probs * (1 - self.probs)
        return result

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws, in the dtype of the parameters"""
        return Tensor._of(np.eye(self.param_shape[-1], dtype=self._dtype)[self._indices(sample_shape)])

    def log_prob(self, value: Tensor) -> Tensor:
        """log p at the 1"""
        x = self._checked(value).value
        logits = expanded(self.logits, np.broadcast_shapes(x.shape, self.param_shape))
        index = np.broadcast_to(x, logits.shape).argmax(-1)[..., None]
        result: Tensor = gather(logits, -1, Tensor._of(index)).squeeze(-1)
        return result

    def entropy(self) -> Tensor:
        """-sum p log p"""
        return self._entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """The K rows along a new first axis"""
        k = self.param_shape[-1]
        rows = np.eye(k, dtype=self._dtype).reshape(k, *(1,) * len(self._batch_shape), k)
        return Tensor._of(np.broadcast_to(rows, (k, *self._batch_shape, k)) if expand else rows)


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

    def _options(self) -> dict[str, Any]:
        return {"total_count": self.total_count}

    @property
    def support(self) -> Constraint:
        """Rows of counts that sum to n"""
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        """n p"""
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        """n p (1 - p)"""
        result: Tensor = self.total_count * self.probs * (1 - self.probs)
        return result

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws, in the dtype of the parameters"""
        chances = self.probs.value.astype(np.float64)
        shape = self._extended(sample_shape)[:-1]
        draws = rng_of(None).multinomial(self.total_count, chances / chances.sum(-1, keepdims=True), shape)
        return Tensor._of(np.asarray(draws).astype(self._dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """log n! - sum log x! + sum x log p"""
        x = self._checked(value)
        ways = lgamma(x.sum(-1) + 1) - lgamma(x + 1).sum(-1)
        never = Tensor._of((x.value == 0) & np.isneginf(self.logits.value))
        return ways + (where(never, 0.0, self.logits) * x).sum(-1)

    def entropy(self) -> Tensor:
        """n (entropy of one draw) - log n! + the expected value of sum log x!"""
        n = self.total_count
        each = Binomial(n, probs=self.probs, validate_args=False)
        counts = each.enumerate_support(expand=True)[1:]
        surplus = (each.log_prob(counts).exp() * lgamma(counts + 1)).sum((0, -1))
        return n * self._entropy() - lgamma(Tensor._of(np.asarray(n + 1.0, self._dtype))) + surplus

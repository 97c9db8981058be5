"""Random draws whose distribution the elements of a Tensor give. They have no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine
from ..ops.out import takes_out
from ..random import Generator, rng_of


@takes_out
def bernoulli(input: Any, p: float | None = None, *, generator: Generator | None = None) -> Any:
    """1 with the probability that each element of `input` (or p) gives, else 0."""
    chance = np.asarray(input.value if p is None else p)
    if not ((chance >= 0) & (chance <= 1)).all():
        raise ValueError(f"bernoulli: {chance.min()} to {chance.max()}: these are no probabilities; give 0 to 1")
    return engine.box._of((rng_of(generator).random(input.shape) < chance).astype(input.dtype))


@takes_out
def multinomial(input: Any, num_samples: int, replacement: bool = False, *, generator: Generator | None = None) -> Any:
    """Indices (int64) drawn with probabilities proportional to each row: (n,) -> (k,), (rows, n) -> (rows, k)."""
    rows = np.atleast_2d(input.value).astype(np.float64)
    if input.ndim not in (1, 2) or not np.isfinite(rows).all() or (rows < 0).any() or (rows.sum(1) <= 0).any():
        raise ValueError(
            f"multinomial: shape {input.shape}: it takes a vector or rows of weights, finite, not negative, and not "
            f"all 0; check the input"
        )
    rng = rng_of(generator)
    if num_samples <= 0 or (not replacement and num_samples > np.count_nonzero(rows, 1).min()):
        raise ValueError(
            f"multinomial: {num_samples} samples of shape {input.shape}: a row has fewer elements that can be drawn; "
            f"draw 1 or more, and few enough, or with replacement=True"
        )
    if replacement:
        # A uniform draw lies in the k-th part of the sum with the probability of k. Row i is moved up by i.
        parts = np.cumsum(rows, 1)
        parts = parts / parts[:, -1:]
        offset = np.arange(len(rows))[:, None]
        places = rng.random((len(rows), num_samples)) + offset
        draws = np.searchsorted((parts + offset).ravel(), places, "right") - offset * rows.shape[1]
        # Rounding may lead behind the last element that has a weight.
        last = rows.shape[1] - 1 - (rows[:, ::-1] > 0).argmax(1)
        draws = np.minimum(draws, last[:, None])
    else:
        # A race: of exponential clocks with these rates, each rings first with its probability, and so on.
        with np.errstate(divide="ignore"):
            times = rng.exponential(size=rows.shape) / rows
        draws = np.argpartition(times, num_samples - 1, 1)[:, :num_samples]
        draws = np.take_along_axis(draws, np.argsort(np.take_along_axis(times, draws, 1), 1), 1)
    return engine.box._of(draws.astype(np.int64) if input.ndim > 1 else draws[0].astype(np.int64))


def poisson(input: Any, generator: Generator | None = None) -> Any:
    """Whole numbers, in the dtype of `input`, of the Poisson distribution with these rates."""
    if input.dtype.kind != "f" or (input.value < 0).any():
        raise ValueError(f"poisson: {input.shape} of {input.dtype}: rates are floats from 0 up; check the input")
    return engine.box._of(np.asarray(rng_of(generator).poisson(input.value)).astype(input.dtype))


def binomial(count: Any, prob: Any, generator: Generator | None = None) -> Any:
    """How many of `count` trials succeed with probability `prob`, in their dtype."""
    n, p = count.value, prob.value
    if count.dtype != prob.dtype or count.dtype.kind != "f" or (n < 0).any() or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(
            f"binomial: counts of {count.dtype}, probabilities of {prob.dtype}: floats of one dtype, from 0 up and "
            f"from 0 to 1; convert or check them"
        )
    return engine.box._of(np.asarray(rng_of(generator).binomial(n.astype(np.int64), p)).astype(count.dtype))

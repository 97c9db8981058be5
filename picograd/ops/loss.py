"""Losses that are fused because that makes them stable, and fast: formula and derivative.

N samples, C classes. `column` and the other helpers serve rules, so they too run on arrays and on Tensors.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ..kernels import definition
from .primitive import Array, primitive


def column(v: Array) -> Array:
    """(N,) -> (N, 1); a scalar as it is."""
    return np.expand_dims(v, 1) if v.ndim else v


def one_hot(target: Any, x: Any) -> Any:
    """(N,) labels -> (N, C): 1 at the label, else 0, in the dtype of x (N, C)."""
    hot = np.zeros(x.shape, x.dtype)
    hot[np.arange(len(target)), target] = 1
    return hot


# ---- classes: what a sample costs is -log(probability of its class) ------------------------------------------------


def share(weight: Any, total: float | None) -> Any:
    """What a sample's loss counts: weight / total, 1 for None; 0 where there is nothing to divide by."""
    scale = 1.0 if total is None else 1 / total if total else 0.0
    return scale if weight is None else weight * scale


def collected(losses: Any, weight: Any, total: float | None) -> Any:
    """The samples' losses, weighted; their sum over `total` if that is given."""
    if weight is not None:
        losses = losses * weight
    return losses if total is None else np.add.reduce(losses) / losses.dtype.type(total)


def unwarned() -> Any:
    """No warning of nan: the mean of nothing is nan, so is 0 times infinity, and a row with infinity, as in PyTorch."""
    return np.errstate(divide="ignore", invalid="ignore")


def centred(x: Array) -> Array:
    """x - max x in each row: exp of anything more overflows float32 above 88."""
    with unwarned():
        return x - x.max(axis=1, keepdims=True)


@primitive()
def nll_loss(x: Array, target: Any, weight: Any = None, total: float | None = None) -> Array:
    """-x[n, target[n]]: log-probabilities (N, C), labels (N,) -> (N,), or () if `total` is given.

    `weight` (N,): what each sample counts. `total`: the result is the sum over the samples, divided by it.
    """
    with unwarned():
        return collected(-x[np.arange(len(x)), target], weight, total)


def nll_loss_x(g: Array, x: Array, target: Any, weight: Any, total: float | None) -> Array:
    """-one_hot(target)"""
    if type(g) is np.ndarray:
        h = np.zeros(x.shape, x.dtype)
        h[np.arange(len(target)), target] = g * -share(weight, total)
        return h
    return column(g * -share(weight, total)) * one_hot(target, x)


nll_loss.rule(x=nll_loss_x)


def exponentials(x: Any, target: Any) -> tuple[Any, Any, Any, Any]:
    """With r = x - max x in each row of an array x (N, C): e^r (C, N), their sums (N,), and r[n, target[n]] (N,).

    Last the places of these in memory: an index for each takes a quarter of the time of one for each axis.
    """
    (N, C), target = x.shape, target.astype(np.intp, copy=False)
    # NumPy's loops run along the last axis: where that of the classes is short, that of the samples takes its place.
    r = x.T.copy() if C <= 16 else x.T
    r = r - np.maximum.reduce(r)
    places = target * N + count(N) if r.flags.c_contiguous else count(N) * C + target
    picked = r.ravel("K")[places]
    e = np.exp(r, out=r)
    return e, np.add.reduce(e), picked, places


@lru_cache(8)
def count(n: int) -> Any:
    """0 ... n - 1, to be read only. The last few are kept."""
    return np.arange(n)


@primitive()
def cross_entropy(x: Array, target: Any, weight: Any = None, total: float | None = None, kept: Any = None) -> Array:
    """-log softmax(x)[n, target[n]]: logits (N, C), labels (N,) -> (N,), or () if `total` is given (see nll_loss).

    `kept`, a list that belongs to the call, takes the exponentials for the rule.
    """
    with unwarned():
        return collected(surprise(x, target, kept), weight, total)


@definition("numba_loss", least=2048)
def surprise(x: Any, target: Any, kept: Any) -> Any:
    """-log softmax(x)[n, target[n]]: (N, C), (N,) -> (N,)"""
    e, sums, picked, places = exponentials(x, target)
    if kept is not None:
        kept.append((e, sums, places))
    return np.log(sums) - picked


def cross_entropy_x(g: Array, x: Array, target: Any, weight: Any, total: float | None, kept: Any) -> Array:
    """softmax(x) - one_hot(target)"""
    if type(g) is np.ndarray:
        return surprise_x(x, np.asarray(g * share(weight, total)), target, kept)
    g, e = column(g * share(weight, total)), np.exp(centred(x))
    return e * (g / e.sum(axis=1, keepdims=True)) - g * one_hot(target, x)


@definition("numba_loss", least=2048)
def surprise_x(x: Any, g: Any, target: Any, kept: Any) -> Any:
    """g (softmax(x) - one_hot(target)), g of each sample (N,) or of all ()"""
    if kept:
        e, sums, places = kept[0]
    else:
        e, sums, _, places = exponentials(x, target)
    h = e * (g / sums)
    h.ravel("K")[places] -= g
    return h.T


cross_entropy.rule(x=cross_entropy_x)


@primitive()
def soft_cross_entropy(x: Array, target: Array) -> Array:
    """-sum(target * log softmax(x)): logits (N, C), a weight for each class in each sample (N, C) -> (N,)."""
    rest = centred(x)
    with np.errstate(invalid="ignore"):
        return np.sum(target * (np.log(np.exp(rest).sum(axis=1, keepdims=True)) - rest), axis=1)


def soft_cross_entropy_x(g: Array, x: Array, target: Array) -> Array:
    """softmax(x) sum(target) - target"""
    e = np.exp(centred(x))
    return column(g) * (e * (target.sum(axis=1, keepdims=True) / e.sum(axis=1, keepdims=True)) - target)


def soft_cross_entropy_target(g: Array, x: Array) -> Array:
    """-log softmax(x)"""
    rest = centred(x)
    return column(g) * (np.log(np.exp(rest).sum(axis=1, keepdims=True)) - rest)


soft_cross_entropy.rule(x=soft_cross_entropy_x, target=soft_cross_entropy_target)


# ---- yes or no -----------------------------------------------------------------------------------------------------


def logistic(x: Array) -> Array:
    """1 / (1 + e^-x) in a form in which no power of e overflows."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def log1p_exp(x: Array) -> Array:
    """log(1 + e^-|x|), which is in (0, log 2]"""
    return np.log1p(np.exp(-np.abs(x)))


def bounded_log(x: Array) -> Array:
    """max(log x, -100): a probability of 0 costs 100, not infinity."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(x), -100)


@primitive(floating=True)
def softplus(x: Array) -> Array:
    """log(1 + e^x)"""
    return np.maximum(x, 0) + log1p_exp(x)


softplus.rule(x=lambda g, x: g * logistic(x))


@primitive(floating=True)
def binary_cross_entropy(x: Array, target: Array) -> Array:
    """-(t log x + (1 - t) log(1 - x)): x is the probability that the target t is 1. Logarithms end at -100."""
    with np.errstate(divide="ignore"):
        no = np.maximum(np.log1p(-x), -100)
    return -(target * bounded_log(x) + (1 - target) * no)


binary_cross_entropy.rule(
    x=lambda g, x, target: g * (x - target) / np.maximum(x * (1 - x), 1e-12),
    target=lambda g, x: g * (bounded_log(1 - x) - bounded_log(x)),
)


@primitive(floating=True)
def binary_cross_entropy_with_logits(x: Array, target: Array, pos_weight: Any = 1.0) -> Array:
    """pos_weight t log(1 + e^-x) + (1 - t) log(1 + e^x): the above for x = sigmoid(logit), in the stable form."""
    yes = pos_weight * target
    return yes * np.maximum(-x, 0) + (1 - target) * np.maximum(x, 0) + (yes + 1 - target) * log1p_exp(x)


binary_cross_entropy_with_logits.rule(
    x=lambda g, x, target, pos_weight: g * ((1 - target) * logistic(x) - pos_weight * target * logistic(-x)),
    target=lambda g, x, pos_weight: g * (pos_weight * unlikely(x) - unlikely(-x)),
)


def unlikely(x: Array) -> Array:
    """log(1 + e^-x)"""
    return np.maximum(-x, 0) + np.log(1 + np.exp(-np.abs(x)))

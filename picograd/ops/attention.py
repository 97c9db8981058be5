"""Attention: every query's mean of the values, weighted by how well the keys match it.

L queries, S keys and values, of E numbers each (values: V numbers). Leading axes, for batch and heads, broadcast.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..engine import ones
from ..kernels import definition
from .contraction import swap
from .primitive import Array, primitive


def weights(q: Array, k: Array, mask: Array, scale: float) -> Array:
    """softmax(q k^T scale + mask): (..., L, S). A row whose mask is all -inf is 0."""
    s = (q * scale) @ swap(k)  # scaled before the product: E numbers a row, not S
    if mask is not None:
        s = s + mask
    top = np.maximum(np.max(s, axis=-1, keepdims=True), np.finfo(s.dtype).min)  # not -inf: inf - inf is nan
    e = np.exp(s - top)
    total = np.sum(e, axis=-1, keepdims=True)
    return e / (total + (total == 0))


CALM = 16.0  # e to this is 9e6, and its reciprocal 1e-7: sums of such need no shift


def weigh(s: Any, mask: Any, scale: float, causal: bool) -> Any:
    """softmax(s scale + mask) of arrays, in place; `causal`: of the keys up to the query's number."""
    s *= s.dtype.type(scale)
    calm = s.size and s.max() <= CALM and s.min() >= -CALM and (causal or mask is None)
    if causal:
        mask = causal_mask(*s.shape[-2:], s.dtype)
    if mask is not None:
        s = np.add(s, mask, out=s) if np.broadcast_shapes(s.shape, mask.shape) == s.shape else s + mask
    if not calm:
        s -= s.max(axis=-1, keepdims=True, initial=np.finfo(s.dtype).min)
    np.exp(s, out=s)
    total = s.reshape((-1, s.shape[-1])).dot(ones(s.shape[-1], s.dtype)) if s.size else np.ones(s.shape[:-1], s.dtype)
    total[total == 0] = 1
    s /= total.reshape((*s.shape[:-1], 1))
    return s


def turned(x: Any) -> Any:
    """The transpose of each matrix, laid out anew: as the second factor of small products it takes half of the time."""
    return np.ascontiguousarray(swap(x))


@primitive()
def attention(
    q: Array,
    k: Array,
    v: Array,
    mask: Array = None,
    scale: float = 1.0,
    drop: Any = None,
    causal: bool = False,
    kept: Any = None,
) -> Array:
    """(softmax(q k^T scale + mask) * drop) v: (..., L, E), (..., S, E), (..., S, V) -> (..., L, V).

    `mask` and `drop` (dropout's, with 0 and 1 / (1 - p)) are (..., L, S). `causal`: query i sees the keys up to i, and
    there is no mask. `kept`: an empty list for the weights, which the rules then need not compute anew.
    """
    out, p = attend(q, k, v, mask, scale, drop, causal)
    if kept is not None:
        kept.append(p)
    return out


@definition("numba_attention", least=1024)
def attend(q: Any, k: Any, v: Any, mask: Any, scale: float, drop: Any, causal: bool) -> tuple[Any, Any]:
    """The formula of `attention`, and the weights before dropout."""
    p = weigh(np.matmul(q, turned(k)), mask, scale, causal)
    # The axes of the result lie in memory as the query's do, so that to put the heads side by side is no copy.
    fits = v.shape == q.shape and p.shape[:-1] == q.shape[:-1] and v.dtype == q.dtype
    return np.matmul(dropped(p, drop), v, out=np.empty_like(q) if fits else None), p


def forbidden(where: Any, dtype: Any) -> Any:
    """0, and -inf where bools hold: what is added to scores."""
    return np.where(where, np.array(-math.inf, dtype), np.array(0, dtype))


@lru_cache(4)
def causal_mask(queries: int, keys: int, dtype: Any) -> Any:
    """(L, S): -inf where the key comes after the query, else 0."""
    return forbidden(np.arange(keys) > np.arange(queries)[:, None], dtype)


def dropped(p: Array, drop: Any) -> Array:
    """The weights after dropout."""
    return p if drop is None else p * drop


def attended(q: Array, k: Array, mask: Array, scale: float, causal: bool, kept: Any) -> Array:
    """The weights: those that the call has kept, or anew, with their own derivative, where that is to be recorded."""
    if type(q) is type(k) is np.ndarray and (mask is None or type(mask) is np.ndarray):
        return kept[0] if kept else weigh(np.matmul(q, swap(k)), mask, scale, causal)
    return weights(q, k, causal_mask(q.shape[-2], k.shape[-2], np.dtype(q.dtype)) if causal else mask, scale)


def score_gradient(
    g: Array, q: Array, k: Array, v: Array, mask: Array, scale: float, drop: Any, causal: bool, kept: Any
) -> Array:  # fmt: skip
    """The gradient (..., L, S) of the scores q k^T scale + mask. With h = (g v^T) drop: p (h - sum(h p))."""
    p = attended(q, k, mask, scale, causal, kept)
    h = g @ swap(v)
    if drop is not None:
        h = h * drop
    return p * (h - np.sum(h * p, axis=-1, keepdims=True))


def gradient(
    which: int, g: Array, q: Array, k: Array, v: Array, mask: Array, scale: float, drop: Any, causal: bool, kept: Any
) -> Array:  # fmt: skip
    """That of q, k or v: 0, 1 or 2. With s the scores' gradient: s k scale, s^T q scale, (p drop)^T g.

    On arrays they are computed together, by the first who asks, and left in `kept` for the others.
    """
    if all(type(x) is np.ndarray for x in (g, q, k, v)) and kept:
        if len(kept) == 1 or kept[1] is not g:
            kept[1:] = (g, *attend_gradients(g, q, k, v, kept[0], scale, drop, causal))
        return kept[2 + which]
    if which == 2:
        return swap(dropped(attended(q, k, mask, scale, causal, kept), drop)) @ g
    s = score_gradient(g, q, k, v, mask, scale, drop, causal, kept)
    return swap(s) @ (q * scale) if which else s @ (k * scale)


@definition("numba_attention", least=1024)
def attend_gradients(
    g: Any, q: Any, k: Any, v: Any, p: Any, scale: float, drop: Any, causal: bool
) -> tuple[Any, Any, Any]:  # fmt: skip
    """The formulas of `gradient` on arrays, for the weights p; with `causal` those beyond the diagonal are 0."""
    h = np.matmul(g, turned(v))
    if drop is not None:
        h *= drop
    h -= np.einsum("...s,...s->...", h, p)[..., None]
    h *= p
    h *= h.dtype.type(scale)
    return np.matmul(h, k), np.matmul(swap(h), q), np.matmul(swap(dropped(p, drop)), g)


attention.rule(
    q=lambda g, q, k, v, mask, scale, drop, causal, kept: gradient(0, g, q, k, v, mask, scale, drop, causal, kept),
    k=lambda g, q, k, v, mask, scale, drop, causal, kept: gradient(1, g, q, k, v, mask, scale, drop, causal, kept),
    v=lambda g, q, k, v, mask, scale, drop, causal, kept: gradient(2, g, q, k, v, mask, scale, drop, causal, kept),
    mask=score_gradient,
)

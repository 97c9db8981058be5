"""Attention: every query's mean of the values, weighted by how well the keys match it.

L queries, S keys and values, of E numbers each (values: V numbers). Leading axes, for batch and heads, broadcast.
"""

from __future__ import annotations

from typing import Any

import numpy as np

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


def weights_in_place(q: Array, k: Array, mask: Array, scale: float) -> Array:
    """The same for arrays, in the one array (..., L, S) that the product needs anyway."""
    s = np.matmul(q * q.dtype.type(scale), swap(k))
    if mask is not None:
        s = np.add(s, mask, out=s) if np.broadcast_shapes(s.shape, mask.shape) == s.shape else s + mask
    top = s.max(axis=-1, keepdims=True, initial=np.finfo(s.dtype).min)
    s -= top
    np.exp(s, out=s)
    total = s.sum(axis=-1, keepdims=True)
    total[total == 0] = 1
    s /= total
    return s


@primitive()
def attention(
    q: Array, k: Array, v: Array, mask: Array = None, scale: float = 1.0, drop: Any = None, kept: Any = None
) -> Array:
    """(softmax(q k^T scale + mask) * drop) v: (..., L, E), (..., S, E), (..., S, V) -> (..., L, V).

    `mask` and `drop` (dropout's, with 0 and 1 / (1 - p)) are (..., L, S). `kept`: an empty list for the weights, which
    the rules then need not compute anew.
    """
    p = weights_in_place(q, k, mask, scale)
    if kept is not None:
        kept.append(p)
    return np.matmul(dropped(p, drop), v)


def dropped(p: Array, drop: Any) -> Array:
    """The weights after dropout."""
    return p if drop is None else p * drop


def attended(q: Array, k: Array, mask: Array, scale: float, kept: Any) -> Array:
    """The weights: those that the call has kept, or anew, with their own derivative, where that is to be recorded."""
    if type(q) is type(k) is np.ndarray and (mask is None or type(mask) is np.ndarray):
        return kept[0] if kept else weights_in_place(q, k, mask, scale)
    return weights(q, k, mask, scale)


def score_gradient(g: Array, q: Array, k: Array, v: Array, mask: Array, scale: float, drop: Any, kept: Any) -> Array:
    """The gradient (..., L, S) of the scores q k^T scale + mask. With h = (g v^T) drop: p (h - sum(h p)).

    q, k and mask need it all three: the first of them computes it and leaves it in `kept` for the others.
    """
    if kept and len(kept) == 3 and kept[1] is g:
        return kept[2]
    p = attended(q, k, mask, scale, kept)
    h = g @ swap(v)
    if drop is not None:
        h = h * drop
    if type(h) is np.ndarray:
        h -= np.einsum("...s,...s->...", h, p)[..., None]
        h *= p
        if kept and kept[0] is p:
            kept[1:] = (g, h)
        return h
    return p * (h - np.sum(h * p, axis=-1, keepdims=True))


attention.rule(
    q=lambda g, q, k, v, mask, scale, drop, kept: score_gradient(g, q, k, v, mask, scale, drop, kept) @ (k * scale),
    k=lambda g, q, k, v, mask, scale, drop, kept: (
        swap(score_gradient(g, q, k, v, mask, scale, drop, kept)) @ (q * scale)
    ),
    v=lambda g, q, k, mask, scale, drop, kept: swap(dropped(attended(q, k, mask, scale, kept), drop)) @ g,
    mask=lambda g, q, k, v, mask, scale, drop, kept: score_gradient(g, q, k, v, mask, scale, drop, kept),
)

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
from ..kernels.threads import share
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


GRAIN = 1 << 15  # scores that are worth a second thread


def weigh(q: Any, k: Any, mask: Any, causal: bool, out: Any = None) -> Any:
    """softmax(q k + mask) of arrays, where a column of k is a key; `causal`: of the keys up to the query's number.

    A shift of the scores, which the softmax does not see, would keep e^s in the range of floats. It takes two passes;
    so at first there is none, and where a sum turns out to be very large or small all is computed once more.
    """
    for shifted in (False, True):
        s = np.matmul(q, k, out=out)
        if not s.size:
            return s
        if causal:
            mask = causal_mask(*s.shape[-2:], s.dtype)
        if mask is not None:
            s = np.add(s, mask, out=s) if np.broadcast_shapes(s.shape, mask.shape) == s.shape else s + mask
        if shifted:
            s -= s.max(axis=-1, keepdims=True, initial=np.finfo(s.dtype).min)
        with np.errstate(over="ignore"):
            np.exp(s, out=s)
        total = s.reshape((-1, s.shape[-1])).dot(ones(s.shape[-1], s.dtype))
        least = math.sqrt(np.finfo(s.dtype).tiny)
        if shifted:
            total[total == 0] = 1
        elif total.min() > least and total.max() < 1 / least:
            break
    s *= np.divide(1, total, out=total).reshape((*s.shape[:-1], -1))
    return s


def turned(x: Any, scale: float) -> Any:
    """The transpose of each matrix times a number, laid out anew: as a second factor it takes half of the time."""
    x = swap(x)
    return np.multiply(x, x.dtype.type(scale), out=np.empty(x.shape, x.dtype))


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
    leading = np.broadcast_shapes(*[x.shape[:-2] for x in (q, k, v, mask, drop) if x is not None])
    q, k, v = (repeated(x, leading + x.shape[-2:]) for x in (q, k, v))
    p = np.empty((*q.shape[:-1], k.shape[-2]), q.dtype)
    mask, drop = repeated(mask, p.shape), repeated(drop, p.shape)
    # The axes of the result lie in memory as the query's do, so that to put the heads side by side is no copy.
    out = np.empty_like(q, shape=(*q.shape[:-1], v.shape[-1]))

    def part(some: Any) -> None:
        own = weigh(q[some], turned(k[some], scale), cut(mask, some), causal, p[some])
        np.matmul(dropped(own, cut(drop, some)), v[some], out=out[some])

    in_parts(part, p)
    return out, p


def repeated(x: Any, shape: tuple[int, ...]) -> Any:
    """x, or a view of it in that shape."""
    return x if x is None or x.shape == shape else np.broadcast_to(x, shape)


def cut(x: Any, some: Any) -> Any:
    """x[some], or None."""
    return None if x is None else x[some]


def in_parts(part: Any, p: Any) -> None:
    """part(slice) for parts of the first leading axis of weights p, on all cores; for all at once if there is none."""
    if p.ndim < 3:
        part(...)
        return
    share(lambda start, stop: part(slice(start, stop)), len(p), 1 + GRAIN // max(math.prod(p.shape[1:]), 1))


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
        return kept[0] if kept else weigh(q, turned(k, scale), mask, causal)
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
    q, k, v = (repeated(x, p.shape[:-2] + x.shape[-2:]) for x in (q, k, v))
    results = [np.empty_like(x) for x in (q, k, v)]

    def part(some: Any) -> None:
        h, own = np.matmul(g[some], turned(v[some], scale)), p[some]
        if drop is not None:
            h *= drop[some]
        h -= np.einsum("...s,...s->...", h, own)[..., None]
        h *= own
        np.matmul(h, k[some], out=results[0][some])
        np.matmul(swap(h), q[some], out=results[1][some])
        np.matmul(swap(dropped(own, cut(drop, some))), g[some], out=results[2][some])

    in_parts(part, p)
    return tuple(results)


attention.rule(
    q=lambda g, q, k, v, mask, scale, drop, causal, kept: gradient(0, g, q, k, v, mask, scale, drop, causal, kept),
    k=lambda g, q, k, v, mask, scale, drop, causal, kept: gradient(1, g, q, k, v, mask, scale, drop, causal, kept),
    v=lambda g, q, k, v, mask, scale, drop, causal, kept: gradient(2, g, q, k, v, mask, scale, drop, causal, kept),
    mask=score_gradient,
)

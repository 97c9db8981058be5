"""Attention, a head at a time: its scores stay in the cache between the products, which are made of tiles.

The scores and weights lie in memory by keys, each with the numbers of all queries side by side: so softmax, a sum over
keys, needs no sum within a vector. They are computed for WIDTH queries at a time. With `causal` query i sees the keys
up to i, and tiles that none of their queries see are left out. A last tile that isn't whole begins earlier and
computes some rows once more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import boolean, float32, int64, void
from numpy.lib.stride_tricks import as_strided

from .numba_math import FLOAT32, inner_for, single
from .numba_parts import loop_for, share_loop
from .numba_product import NOTHING, ROWS, WIDTH, tile
from .numba_vector import SIDE, at, at_least, exp_below, prefetch, put, turn, without

LINE = 16  # numbers that come into the cache together
GRAIN = 1 << 14  # scores that are worth a second thread
ZERO, ONE, TINY = single(0), single(1), single(2e-38)
HIDDEN, LEAST = single(-np.inf), single(-3.4028235e38)

HEADS = float32[:, :, :, :]  # (N, H, length, features), in any layout
MATRIX, ROOM = float32[:, :], float32[:, ::1]  # in any layout; row by row
SCORES = float32[:, :, :, ::1]  # (N, H, S, L), row by row


def heads(*arrays: Any) -> Any:
    """These as (N, H, ...) each; None if they are not what the loops are made for."""
    leading = arrays[0].shape[:-2]
    for x in arrays:
        if type(x) is not np.ndarray or x.dtype != FLOAT32 or not x.flags.writeable:
            return None
        if len(leading) > 2 or x.shape[:-2] != leading or x.shape[-2] < ROWS or not x.size:
            return None
    return [x.reshape((1,) * (4 - x.ndim) + x.shape) for x in arrays]


def repeated(x: Any, p: Any) -> Any:
    """A mask as a view in the shape of the scores (N, H, L, S) of p, empty for none; None if it doesn't fit."""
    if x is None:
        return np.empty((*p.shape[:2], 0, 0), np.float32)
    if type(x) is not np.ndarray or x.dtype != FLOAT32 or not x.flags.writeable or x.ndim > 4:
        return None
    shape = p.swapaxes(-1, -2).shape
    return as_strided(x, shape, np.broadcast_to(x, shape).strides)  # unlike NumPy's, it may be written


def attend(q: Any, k: Any, v: Any, mask: Any, scale: float, drop: Any, causal: bool) -> Any:
    """p = softmax(q k^T scale + mask) and (p drop) v; p is laid out as p^T would be."""
    views = heads(q, k, v)
    if views is None:
        return NotImplemented
    out, p = np.empty_like(q, shape=(*q.shape[:-1], v.shape[-1])), np.empty((*k.shape[:-1], q.shape[-2]), np.float32)
    views += heads(out, p)
    masks = repeated(mask, views[-1]), repeated(drop, views[-1])
    if any(m is None for m in masks):
        return NotImplemented
    rest: list[Any] = [bool(causal), single(scale), *views, *masks]
    each_head(attend_loop, views[-1], *rest)
    return out, p.swapaxes(-1, -2)


def each_head(loop: Any, p: Any, *arguments: Any) -> None:
    """loop(start, stop, *arguments) for the heads, in parts on all cores."""
    share_loop(loop, p.shape[0] * p.shape[1], 1 + GRAIN // p[0, 0].size, *arguments)


@inner_for(ROOM(int64, int64))
def room(rows: int, columns: int) -> Any:
    """Memory for matrices below each other, with as many columns as whole tiles have."""
    return np.zeros((rows, -(-columns // WIDTH) * WIDTH), np.float32)


@inner_for(ROOM(MATRIX, ROOM))
def lay_out(x: Any, memory: Any) -> Any:
    """x (K, J) row by row in `memory`, whose further columns stay as they are."""
    if x.shape[1] % WIDTH == 0 and x.strides[1] == 4:
        for k in range(x.shape[0]):
            for j in range(0, x.shape[1], WIDTH):
                put(memory, k, j, at(x, k, j))
    else:
        for k in range(x.shape[0]):
            row, to = x[k], memory[k]
            for j in range(row.size):
                to[j] = row[j]
    return memory


@inner_for(void(MATRIX, float32, ROOM))
def lay_out_turned(x: Any, factor: Any, memory: Any) -> None:
    """x^T times a factor row by row in `memory`, x (J, K), in squares if it is as large as one."""
    if min(x.shape) < SIDE or x.strides[1] != 4:
        for j in range(x.shape[0]):
            for k in range(x.shape[1]):
                memory[k, j] = x[j, k] * factor
        return
    for j in range(0, x.shape[0], SIDE):
        for k in range(0, x.shape[1], SIDE):
            turn(x, min(j, x.shape[0] - SIDE), min(k, x.shape[1] - SIDE), factor, memory)


@inner_for(void(MATRIX))
def expect(x: Any) -> None:
    """x will be read or written soon: the processor sees no pattern in rows that are far apart."""
    for i in range(x.shape[0]):
        for j in range(0, x.shape[1], LINE):
            prefetch(x, i, j)


@inner_for(boolean(MATRIX))
def tiled(x: Any) -> bool:
    """Whether the rows of x are whole tiles, number by number in memory."""
    return bool(x.shape[1] % WIDTH == 0 and x.strides[1] == 4)


@inner_for(void(MATRIX, int64, ROOM, int64, int64, ROOM, MATRIX, int64))
def multiply_rows(x: Any, i: int, y: Any, first: int, stop: int, tiles: Any, out: Any, m: int) -> None:
    """out[m + r] = x[i + r, first:stop] y[first:stop], r < ROWS; by way of memory for whole tiles if need be."""
    whole, to, row = tiled(out), out, m
    if not whole:
        to, row = tiles, 0
    for c in range(0, out.shape[1], WIDTH):
        tile(x, i, y, c, first, stop, NOTHING, to, row, c)
    if not whole:
        for r in range(ROWS):
            for j in range(out.shape[1]):
                out[m + r, j] = tiles[r, j]


@inner_for(void(ROOM, ROOM, int64))
def soften(scores: Any, to: Any, column: int) -> None:
    """Softmax of each column of `scores`, in columns of `to`, where rows that `scores` doesn't have become 0."""
    top = at_least(at(scores, 0, 0), LEAST)  # not -inf: inf - inf is nan
    for j in range(1, scores.shape[0]):
        top = at_least(top, at(scores, j, 0))
    total = at(NOTHING, 0, 0)
    for j in range(scores.shape[0]):
        e = exp_below(at(scores, j, 0) - top)
        put(scores, j, 0, e)
        total += e
    factor = ONE / at_least(total, TINY)  # 0 is that of a query that sees nothing
    for j in range(scores.shape[0]):
        put(to, j, column, at(scores, j, 0) * factor)
    for j in range(scores.shape[0], to.shape[0]):
        put(to, j, column, ZERO)


@loop_for(void(int64, int64, boolean, float32, *[HEADS] * 4, SCORES, HEADS, HEADS))
def attend_loop(
    start: int, stop: int, causal: bool, scale: Any,
    q: Any, k: Any, v: Any, out: Any, p: Any, mask: Any, drop: Any,
) -> None:  # fmt: skip
    """The formula of `attend` for some of the heads."""
    keys, queries, depth, size = p.shape[2], p.shape[3], k.shape[3], min(WIDTH, p.shape[3])
    across, v_room, tiles = room(depth, queries), room(keys, v.shape[3]), room(ROWS, v.shape[3])
    scores, extra, weights = room(keys, WIDTH), room(keys, WIDTH), room(keys, WIDTH)  # of a block of queries
    for head in range(start, stop):
        n, h = divmod(head, p.shape[1])
        after = divmod(min(head + 1, stop - 1), p.shape[1])
        k_own, p_own, out_own, mask_own, drop_own = k[n, h], p[n, h], out[n, h], mask[n, h], drop[n, h]
        for x in (q, k, v, out):
            expect(x[after])
        expect(p[after])
        lay_out_turned(q[n, h], scale, across)
        v_own = lay_out(v[n, h], v_room)
        for block in range(0, queries, WIDTH):
            c = min(block, queries - size)
            seen = min(keys, c + size) if causal else keys
            to, column = (p_own, c) if size == WIDTH else (weights, 0)
            for first in range(0, seen, ROWS):
                j = min(first, seen - ROWS)
                tile(k_own, j, across, c, 0, depth, NOTHING, scores, j, 0)
            if mask_own.size:
                lay_out_turned(mask_own[c : c + size], ONE, extra)
                for j in range(seen):
                    put(scores, j, 0, at(scores, j, 0) + at(extra, j, 0))
            if causal:
                for j in range(c, seen):
                    put(scores, j, 0, without(at(scores, j, 0), j - c, HIDDEN))
            soften(scores[:seen], to, column)
            if size < WIDTH:
                for j in range(keys):  # an assignment to p_own[:] takes two seconds to compile
                    for i in range(size):
                        p_own[j, i] = weights[j, i]
            if drop_own.size:
                lay_out_turned(drop_own[c : c + size], ONE, extra)
                for j in range(seen):
                    put(scores, j, 0, at(to, j, column) * at(extra, j, 0))
                to, column = scores, 0
            for first in range(0, size, ROWS):
                i = min(first, size - ROWS)
                some = min(keys, c + i + ROWS) if causal else keys
                multiply_rows(to.T, column + i, v_own, 0, some, tiles, out_own, c + i)


def attend_gradients(
    g: Any, q: Any, k: Any, v: Any, p: Any, scale: float, drop: Any, causal: bool
) -> Any:  # fmt: skip
    """With h = (g v^T) drop and s = p (h - sum(h p)) scale: s k, s^T q, (p drop)^T g"""
    views = heads(g, q, k, v, np.ascontiguousarray(p.swapaxes(-1, -2)))
    if views is None:
        return NotImplemented
    results = [np.empty_like(x) for x in (q, k, v)]
    mask = repeated(drop, views[-1])
    if mask is None:
        return NotImplemented
    rest: list[Any] = [bool(causal), single(scale), *views, mask, *heads(*results)]
    each_head(gradients_loop, views[-1], *rest)
    return tuple(results)


@inner_for(void(ROOM, ROOM, boolean, ROOM, MATRIX))
def multiply_seen(x: Any, y: Any, causal: bool, tiles: Any, out: Any) -> None:
    """out = x y: (S, L), (L, J) -> (S, J), where x is 0 for the queries that do not see a key."""
    keys, queries = out.shape[0], y.shape[0]
    for block in range(0, keys, ROWS):
        j = min(block, keys - ROWS)
        first = min(j, queries - 1) if causal else 0  # the first query that sees one of these keys
        multiply_rows(x, j, y, first, queries, tiles, out, j)


@loop_for(void(int64, int64, boolean, float32, *[HEADS] * 4, SCORES, *[HEADS] * 4))
def gradients_loop(
    start: int, stop: int, causal: bool, scale: Any,
    g: Any, q: Any, k: Any, v: Any, p: Any, drop: Any, dq: Any, dk: Any, dv: Any,
) -> None:  # fmt: skip
    """The formulas of `attend_gradients` for some of the heads."""
    keys, queries, depth, size = p.shape[2], p.shape[3], v.shape[3], min(WIDTH, p.shape[3])
    across, scores, used = room(depth, queries), room(keys, queries), room(keys if drop.size else 0, queries)
    wide = max(k.shape[3], depth)
    k_room, q_room, g_room, tiles = room(keys, wide), room(queries, wide), room(queries, wide), room(ROWS, wide)
    weights, extra = room(keys, WIDTH), room(keys, WIDTH)  # of a block of queries
    for head in range(start, stop):
        n, h = divmod(head, p.shape[1])
        after = divmod(min(head + 1, stop - 1), p.shape[1])
        v_own, p_own, drop_own = v[n, h], p[n, h], drop[n, h]
        for x in (g, q, k, v, dq, dk, dv):
            expect(x[after])
        expect(p[after])
        lay_out_turned(g[n, h], ONE, across)
        k_own, q_own, g_own = lay_out(k[n, h], k_room), lay_out(q[n, h], q_room), lay_out(g[n, h], g_room)
        if size < WIDTH:
            lay_out(p_own, weights)
        for block in range(0, queries, WIDTH):
            c = min(block, queries - size)
            seen = min(keys, c + size) if causal else keys
            own, column = (p_own, c) if size == WIDTH else (weights, 0)
            for first in range(0, seen, ROWS):
                j = min(first, seen - ROWS)
                tile(v_own, j, across, c, 0, depth, NOTHING, scores, j, c)
            if drop_own.size:
                lay_out_turned(drop_own[c : c + size], ONE, extra)
                for j in range(seen, keys):
                    put(used, j, c, ZERO)
                for j in range(seen):
                    put(scores, j, c, at(scores, j, c) * at(extra, j, 0))
                    put(used, j, c, at(own, j, column) * at(extra, j, 0))
            mean = at(NOTHING, 0, 0)
            for j in range(seen):
                mean += at(scores, j, c) * at(own, j, column)
            for j in range(seen):
                put(scores, j, c, at(own, j, column) * (at(scores, j, c) - mean) * scale)
            for j in range(seen, keys):
                put(scores, j, c, ZERO)
            for first in range(c, c + size, ROWS):
                i = min(first, c + size - ROWS)
                some = min(keys, i + ROWS) if causal else keys
                multiply_rows(scores.T, i, k_own, 0, some, tiles, dq[n, h], i)
        multiply_seen(scores, q_own, causal, tiles, dk[n, h])
        multiply_seen(used if drop.size else p_own, g_own, causal, tiles, dv[n, h])

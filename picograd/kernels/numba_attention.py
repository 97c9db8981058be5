"""Attention, a head at a time: its scores stay in the cache between the products, which are made of tiles.

With `causal` query i sees the keys up to i, and tiles that none of their queries see are left out. A last tile that
isn't whole begins earlier and computes some rows once more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import boolean, float32, int64, void
from numpy.lib.stride_tricks import as_strided

from .numba_math import FLOAT32, exp, inner_for, largest, single
from .numba_parts import loop_for, share_loop
from .numba_product import NOTHING, ROWS, WIDTH, tile

GRAIN = 1 << 14  # scores that are worth a second thread
ONE, INFINITY, LEAST = single(1), single(np.inf), single(-3.4028235e38)

HEADS = float32[:, :, :, :]  # (N, H, length, features), in any layout
MATRIX, ROOM = float32[:, :], float32[:, ::1]  # in any layout; row by row
SCORES = float32[:, :, :, ::1]  # (N, H, L, S), row by row


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
    """A mask as a view in the shape of the scores p, empty matrices for none; None if it doesn't fit."""
    if x is None:
        return np.empty((*p.shape[:2], 0, 0), np.float32)
    if type(x) is not np.ndarray or x.dtype != FLOAT32 or not x.flags.writeable or x.ndim > 4:
        return None
    return as_strided(x, p.shape, np.broadcast_to(x, p.shape).strides)  # unlike NumPy's, it may be written


def attend(q: Any, k: Any, v: Any, mask: Any, scale: float, drop: Any, causal: bool) -> Any:
    """p = softmax(q k^T scale + mask) and (p drop) v"""
    views = heads(q, k, v)
    if views is None:
        return NotImplemented
    out, p = np.empty_like(q, shape=(*q.shape[:-1], v.shape[-1])), np.empty((*q.shape[:-1], k.shape[-2]), np.float32)
    views += heads(out, p)
    masks = repeated(mask, views[-1]), repeated(drop, views[-1])
    if any(m is None for m in masks):
        return NotImplemented
    rest: list[Any] = [bool(causal), single(scale), *views, *masks]
    each_head(attend_loop, views[-1], *rest)
    return out, p


def each_head(loop: Any, p: Any, *arguments: Any) -> None:
    """loop(start, stop, *arguments) for the heads, in parts on all cores."""
    share_loop(loop, p.shape[0] * p.shape[1], 1 + GRAIN // p[0, 0].size, *arguments)


@inner_for(ROOM(int64, int64))
def room(rows: int, columns: int) -> Any:
    """Memory for matrices below each other, with as many columns as whole tiles have."""
    return np.zeros((rows, -(-columns // WIDTH) * WIDTH), np.float32)


@inner_for(MATRIX(MATRIX, float32, MATRIX))
def lay_out(x: Any, factor: Any, memory: Any) -> Any:
    """x (K, J) times a factor, row by row in `memory`, whose further columns stay as they are."""
    for first in range(0, x.shape[1], WIDTH):
        part, there = x[:, first : first + WIDTH], memory[:, first:]
        for k in range(part.shape[0]):
            row, to = part[k], there[k]
            for j in range(row.size):
                to[j] = row[j] * factor
    return memory


@inner_for(boolean(MATRIX))
def tiled(x: Any) -> bool:
    """Whether the rows of x are whole tiles, number by number in memory."""
    return bool(x.shape[1] % WIDTH == 0 and x.strides[1] == 4)


@inner_for(void(MATRIX, int64, MATRIX, int64, int64, MATRIX, MATRIX, int64))
def multiply_rows(x: Any, i: int, y: Any, first: int, stop: int, tiles: Any, out: Any, m: int) -> None:
    """out[m + r] = x[i + r, first:stop] y[first:stop], r < ROWS; by way of memory for whole tiles if need be."""
    whole, to, row = tiled(out), out, m
    if not whole:
        to, row = tiles, 0
    for c in range(0, out.shape[1], WIDTH):
        tile(x, i, y, c, first, stop, NOTHING, to, row, c)
    if not whole:
        lay_out(tiles[:, : out.shape[1]], ONE, out[m:])


@loop_for(void(int64, int64, boolean, float32, *[HEADS] * 4, SCORES, HEADS, HEADS))
def attend_loop(
    start: int, stop: int, causal: bool, scale: Any,
    q: Any, k: Any, v: Any, out: Any, p: Any, mask: Any, drop: Any,
) -> None:  # fmt: skip
    """The formula of `attend` for some of the heads."""
    queries, keys, depth = p.shape[2], p.shape[3], k.shape[3]
    across, down = room(depth + ROWS, keys), room(keys + ROWS, v.shape[3])  # k^T above scores; v above tiles
    scores, tiles = across[depth:], down[keys:]
    for head in range(start, stop):
        n, h = divmod(head, p.shape[1])
        q_own, p_own, out_own, mask_own, drop_own = q[n, h], p[n, h], out[n, h], mask[n, h], drop[n, h]
        lay_out(k[n, h].T, scale, across)
        own = v[n, h]
        if not tiled(own):
            own = lay_out(own, ONE, down)
        for block in range(0, queries, ROWS):
            i = min(block, queries - ROWS)
            seen = min(keys, i + ROWS) if causal else keys
            width = -(-seen // WIDTH) * WIDTH
            for c in range(0, width, WIDTH):
                tile(q_own, i, across, c, 0, depth, NOTHING, scores, 0, c)
            for r in range(ROWS):
                row, weights = scores[r, :width], p_own[i + r]  # of whole vectors: what isn't seen counts 0
                if mask_own.size:
                    for j in range(seen):
                        row[j] += mask_own[i + r, j]
                for j in range(min(seen, i + r + 1) if causal else seen, width):
                    row[j] = -INFINITY
                top, total = largest(row), single(0)
                top = top if top > LEAST else LEAST  # not -inf: inf - inf is nan
                for j in range(row.size):
                    row[j] = exp(row[j] - top)
                    total += row[j]
                factor = single(1) / (total if total != single(0) else single(1))
                for j in range(min(width, keys)):
                    row[j] *= factor
                    weights[j] = row[j]
                for j in range(width, keys):
                    weights[j] = single(0)
                if drop_own.size:
                    for j in range(seen):
                        row[j] *= drop_own[i + r, j]
            multiply_rows(scores, 0, own, 0, seen, tiles, out_own, i)


def attend_gradients(
    g: Any, q: Any, k: Any, v: Any, p: Any, scale: float, drop: Any, causal: bool
) -> Any:  # fmt: skip
    """With h = (g v^T) drop and s = p (h - sum(h p)) scale: s k, s^T q, (p drop)^T g"""
    views = heads(g, q, k, v, p)
    if views is None or not p.flags.c_contiguous:
        return NotImplemented
    results = [np.empty_like(x) for x in (q, k, v)]
    mask = repeated(drop, views[-1])
    if mask is None:
        return NotImplemented
    rest: list[Any] = [bool(causal), single(scale), *views, mask, *heads(*results)]
    each_head(gradients_loop, views[-1], *rest)
    return tuple(results)


@loop_for(void(int64, int64, boolean, float32, *[HEADS] * 4, SCORES, *[HEADS] * 4))
def gradients_loop(
    start: int, stop: int, causal: bool, scale: Any,
    g: Any, q: Any, k: Any, v: Any, p: Any, drop: Any, dq: Any, dk: Any, dv: Any,
) -> None:  # fmt: skip
    """The formulas of `attend_gradients` for some of the heads."""
    queries, keys, depth = p.shape[2], p.shape[3], v.shape[3]
    across = room(depth + (2 * queries if drop.size else queries), keys)  # v^T above the scores and p drop
    down = room(keys + 2 * queries + ROWS, max(k.shape[3], depth))  # k above q, g and tiles
    scores, used = across[depth:], across[depth + queries :]
    q_memory, g_memory, tiles = down[keys:], down[keys + queries :], down[keys + 2 * queries :]
    for head in range(start, stop):
        n, h = divmod(head, p.shape[1])
        k_own, q_own, g_own, p_own, drop_own = k[n, h], q[n, h], g[n, h], p[n, h], drop[n, h]
        dq_own, dk_own, dv_own = dq[n, h], dk[n, h], dv[n, h]
        lay_out(v[n, h].T, ONE, across)
        if not tiled(k_own):
            k_own = lay_out(k_own, ONE, down)
        if not tiled(q_own):
            q_own = lay_out(q_own, ONE, q_memory)
        if not tiled(g_own):
            g_own = lay_out(g_own, ONE, g_memory)
        for block in range(0, queries, ROWS):
            i = min(block, queries - ROWS)
            seen = min(keys, i + ROWS) if causal else keys
            width = -(-seen // WIDTH) * WIDTH
            for c in range(0, width, WIDTH):
                tile(g_own, i, across, c, 0, depth, NOTHING, scores, i, c)
            for r in range(i, i + ROWS):
                row, weights, size = scores[r], p_own[r], min(width, keys)
                if drop.size:
                    for j in range(size):
                        row[j] *= drop_own[r, j]
                        used[r, j] = weights[j] * drop_own[r, j]
                mean = single(0)
                for j in range(size):
                    mean += row[j] * weights[j]
                for j in range(size):
                    row[j] = weights[j] * (row[j] - mean) * scale
            multiply_rows(scores, i, k_own, 0, seen, tiles, dq_own, i)
        s, shares = scores.T, (used if drop.size else p_own).T
        for block in range(0, keys, ROWS):
            j = min(block, keys - ROWS)
            first = min(j, queries - 1) if causal else 0  # the first query that sees one of these keys
            multiply_rows(s, j, q_own, first, queries, tiles, dk_own, j)
            multiply_rows(shares, j, g_own, first, queries, tiles, dv_own, j)

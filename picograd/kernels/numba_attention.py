"""Attention: between the matrix products, the rows of scores are read once from memory and written in place."""

from __future__ import annotations

from typing import Any

from .numba_math import exp, fits, jit, single
from .threads import share

GRAIN = 1 << 15  # elements that are worth a second thread


def weigh(s: Any, mask: Any, scale: float, causal: bool) -> Any:
    """softmax(s scale) in place, with `causal` up to the diagonal and 0 beyond"""
    if mask is not None or not fits(s):
        return NotImplemented
    rows = s.reshape(-1, *s.shape[-2:])
    share(
        lambda start, stop: weigh_loop(rows[start:stop], single(scale), causal),
        len(rows),
        1 + GRAIN // rows[0].size,
    )
    return s


@jit
def weigh_loop(s: Any, scale: Any, causal: bool) -> None:
    """The formula of `weigh`."""
    for n in range(s.shape[0]):
        for i in range(s.shape[1]):
            row = s[n, i]
            seen = row[: i + 1] if causal else row
            top = single(-3.4028235e38)
            for j in range(seen.size):
                seen[j] *= scale
            for j in range(seen.size):
                top = max(top, seen[j])
            total = single(0)
            for j in range(seen.size):
                seen[j] = exp(seen[j] - top)
                total += seen[j]
            factor = single(1) / total
            for j in range(seen.size):
                seen[j] *= factor
            row[seen.size :] = single(0)


def weigh_x(h: Any, p: Any, scale: float) -> Any:
    """p (h - sum(h p)) scale in place of h"""
    if not fits(h, p):
        return NotImplemented
    upper, rows = h.reshape(-1, h.shape[-1]), p.reshape(-1, h.shape[-1])
    share(
        lambda start, stop: weigh_x_loop(upper[start:stop], rows[start:stop], single(scale)),
        len(rows),
        1 + GRAIN // h.shape[-1],
    )
    return h


@jit
def weigh_x_loop(h: Any, p: Any, scale: Any) -> None:
    """The formula of `weigh_x`."""
    for i in range(h.shape[0]):
        upper, row = h[i], p[i]
        mean = single(0)
        for j in range(row.size):
            mean += upper[j] * row[j]
        for j in range(row.size):
            upper[j] = row[j] * (upper[j] - mean) * scale

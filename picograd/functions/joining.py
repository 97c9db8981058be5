"""Tensors joined into larger ones: side by side, one behind the other, on a diagonal, in all combinations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ops import layout, movement
from ..ops.out import takes_out
from .shape import cat, meshgrid, several


def atleast(ndim: int) -> Any:
    """The function that gives Tensors at least so many axes."""

    def call(*tensors: Any) -> Any:
        out = tuple(widened(x, ndim) for x in several(tensors))
        return out[0] if len(tensors) == 1 and not isinstance(tensors[0], list | tuple) else out

    call.__name__ = call.__qualname__ = f"atleast_{ndim}d"
    call.__doc__ = f"The Tensors with {ndim} axes at least, new ones of size 1: one Tensor, or a tuple of several."
    return call


def widened(x: Any, ndim: int) -> Any:
    """x with at least so many axes: (), (n,), (n, m) become (1, 1, 1), (1, n, 1), (n, m, 1) for three."""
    if x.ndim >= ndim:
        return x
    shapes = {1: (1,), 2: (1, x.numel()), 3: (1, x.numel(), 1) if x.ndim < 2 else (*x.shape, 1)}
    return movement.reshape(x, shapes[ndim])


atleast_1d, atleast_2d, atleast_3d = atleast(1), atleast(2), atleast(3)


@takes_out
def dstack(tensors: Sequence[Any]) -> Any:
    """Joined along the third axis, vectors and matrices after they were given one."""
    return cat([widened(x, 3) for x in tensors], 2)


@takes_out
def column_stack(tensors: Sequence[Any]) -> Any:
    """Joined along the second axis, vectors as columns."""
    return cat([x.reshape(-1, 1) if x.ndim < 2 else x for x in tensors], 1)


def block_diag(*tensors: Any) -> Any:
    """Matrices one after the other on a diagonal, 0 elsewhere; a vector is a row, a number a matrix of one element."""
    xs = [widened(x, 2) for x in tensors]
    if any(x.ndim > 2 for x in xs) or not xs:
        raise ValueError(f"block_diag: shapes {[x.shape for x in xs]}: it takes matrices; reshape them")
    width, before, rows = sum(x.shape[1] for x in xs), 0, []
    for x in xs:
        rows.append(layout.framed(x, (0, before), (x.shape[0], width)))
        before += x.shape[1]
    return cat(rows)


@takes_out
def kron(input: Any, other: Any) -> Any:
    """The products of each element of the input with all of other: (a, b) (c, d) -> (a c, b d)."""
    n = max(input.ndim, other.ndim)
    a, b = ((1,) * (n - x.ndim) + x.shape for x in (input, other))
    x = input.reshape(tuple(size for k in a for size in (k, 1)))  # (a, 1, b, 1)
    y = other.reshape(tuple(size for k in b for size in (1, k)))  # (1, c, 1, d)
    return (x * y).reshape(tuple(j * k for j, k in zip(a, b, strict=True)))


def cartesian_prod(*tensors: Any) -> Any:
    """All tuples with one element of each vector, as rows in order: (n,) (m,) -> (n m, 2)."""
    if any(x.ndim != 1 for x in tensors) or not tensors:
        raise ValueError(f"cartesian_prod: shapes {[x.shape for x in tensors]}: it takes vectors; flatten them")
    if len(tensors) == 1:
        return tensors[0]
    return movement.stack([g.reshape(-1) for g in meshgrid(*tensors)], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of r elements of a vector, in its order, as rows; `with_replacement`: an element also several times.

    n elements: (n! / (r! (n - r)!), r)
    """
    if input.ndim != 1 or r < 0:
        raise ValueError(f"combinations: shape {input.shape}, r {r}: it chooses 0 or more of a vector; flatten it")
    if r == 0:
        return input[:0]
    n = input.shape[0]
    rows = np.arange(n).reshape(-1, 1)
    for _ in range(r - 1):  # each row goes on with all positions from its last (the next) one up
        start = rows[:, -1] + (0 if with_replacement else 1)
        count = n - start
        first = np.repeat(np.cumsum(count) - count, count)
        after = np.repeat(start, count) + np.arange(count.sum()) - first
        rows = np.concatenate([np.repeat(rows, count, 0), after[:, None]], 1)
    return input[rows]

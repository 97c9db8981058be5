"""Where things are: sorted orders, the first positions that fit, what is not 0. Results are int64, without gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from .primitive import Array, primitive
from .scan import scanned


@primitive(np.argsort)
def argsort(x: Array, axis: int = -1, descending: bool = False, stable: bool = False) -> Array:
    """The order in which the elements along the axis go up (down); equal ones in theirs, nan counts as the largest."""
    k = scanned(axis, x.ndim, "argsort")
    if not x.ndim:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, k, kind="stable")
    # The stable order downwards is the reverse of the stable order upwards of the reversed.
    return x.shape[k] - 1 - np.flip(np.argsort(np.flip(x, k), k, kind="stable"), k)


@primitive()
def top(x: Array, k: int, axis: int, largest: bool = True) -> Array:
    """The positions of the k largest (smallest) elements along the axis, the best first."""
    n = x.shape[axis] if x.ndim else 1
    if not 0 <= k <= n:
        raise ValueError(f"topk: {k} of {n} elements along axis {axis}: there are not so many; give 0 to {n}")
    if not x.ndim:
        return np.zeros((k,) if k == 0 else (), np.int64)
    if k == 0:
        return np.zeros((*x.shape[:axis], 0, *x.shape[axis + 1 :]), np.int64)
    at = (slice(None),) * axis
    # A partition takes linear time; then only the k are sorted.
    chosen = np.argpartition(x, n - k if largest else k - 1, axis)[(*at, slice(n - k, n) if largest else slice(0, k))]
    values = np.take_along_axis(x, chosen, axis)
    order = np.argsort(values, axis, kind="stable")
    return np.take_along_axis(chosen, np.flip(order, axis) if largest else order, axis)


@primitive()
def place_of(x: Array, k: int, axis: int) -> Array:
    """The position along the axis of the k-th smallest element, from 0; the axis stays with size 1."""
    at = (slice(None),) * axis
    return np.argpartition(x, k, axis)[(*at, slice(k, k + 1))]


@primitive()
def searchsorted(sorted_sequence: Any, x: Array, right: bool = False) -> Array:
    """The position in the last axis of `sorted_sequence` before which each element of x keeps it sorted."""
    side: Any = "right" if right else "left"
    sequence = np.asarray(sorted_sequence)
    if sequence.ndim == 1:
        return np.searchsorted(sequence, x, side).astype(np.int64)
    if sequence.shape[:-1] != x.shape[:-1]:
        raise ValueError(
            f"searchsorted: {sequence.shape} for values {x.shape}: all sizes but the last must be equal; "
            f"give one sequence, or one for each row of values"
        )
    out = np.empty(x.shape, np.int64)
    for row in np.ndindex(*x.shape[:-1]):
        out[row] = np.searchsorted(sequence[row], x[row], side)
    return out

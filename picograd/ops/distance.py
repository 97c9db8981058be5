"""The length of vectors, from which distances and similarities are made."""

from __future__ import annotations

from typing import Any

import numpy as np

from .primitive import Array, primitive
from .reduction import axes, unreduce


@primitive()
def p_norm(x: Array, p: float = 2.0, axis: Any = None, keepdims: bool = False) -> Array:
    """sum(|x|^p)^(1/p) over the axes; p = inf: the largest |x|, -inf: the smallest, 0: how many are not 0."""
    over = axes(axis, x.ndim, "p_norm")
    if p == 0:
        return np.sum(x != 0, axis=over, keepdims=keepdims).astype(x.dtype)
    size = np.abs(x)
    if np.isinf(p):
        return (np.max if p > 0 else np.min)(size, axis=over, keepdims=keepdims)
    if p == 1:
        return np.sum(size, axis=over, keepdims=keepdims)
    if p == 2:
        return np.sqrt(np.sum(x * x, axis=over, keepdims=keepdims))
    with np.errstate(divide="ignore"):
        return np.sum(size**p, axis=over, keepdims=keepdims) ** (1 / p)


def p_norm_x(g: Array, x: Array, out: Array, x_shape: Any, p: float, axis: Any, keepdims: bool) -> Array:
    """g sign(x) (|x| / out)^(p - 1); 0 for the vector 0, where there is no derivative"""
    g, out = unreduce(g, x_shape, axis, keepdims), unreduce(out, x_shape, axis, keepdims)
    if p == 0:
        return np.broadcast_to(g * 0, x_shape)
    if np.isinf(p):
        chosen = np.abs(x) == out
        ties = np.sum(chosen, axis=axes(axis, len(x_shape), ""), keepdims=True)
        return g * np.sign(x) * chosen / ties.astype(x.dtype)
    if p == 1:
        return g * np.sign(x)
    safe = out + (out == 0)  # where x is 0 too, and makes the gradient 0
    if p == 2:
        return g / safe * x
    size = np.abs(x)
    return g * np.sign(x) * ((size + (size == 0)) / safe) ** (p - 1)


p_norm.rule(x=p_norm_x)

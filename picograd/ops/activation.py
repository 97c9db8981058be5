"""Activations over an axis: softmax and its logarithm."""

from __future__ import annotations

import numpy as np

from .movement import one_axis
from .primitive import Array, primitive


@primitive(floating=True)
def softmax(x: Array, axis: int = -1) -> Array:
    """e^x / sum(e^x) along `axis`."""
    k = one_axis(axis, max(x.ndim, 1), "softmax")
    if not x.size:
        return x.copy()
    e = np.exp(x - np.max(x, k, keepdims=True)) if x.ndim else np.ones_like(x)  # shifted: exp overflows above 88
    return e / np.sum(e, k, keepdims=True) if x.ndim else e


softmax.rule(x=lambda g, out, axis: out * (g - total(g * out, axis)))


@primitive(floating=True)
def log_softmax(x: Array, axis: int = -1) -> Array:
    """x - log(sum(e^x)) along `axis`."""
    k = one_axis(axis, max(x.ndim, 1), "log_softmax")
    if not x.size or not x.ndim:
        return x * 0
    shifted = x - np.max(x, k, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), k, keepdims=True))


log_softmax.rule(x=lambda g, out, axis: g - np.exp(out) * total(g, axis))


def total(x: Array, axis: int) -> Array:
    """The sum along an axis, which stays with size 1."""
    return x.sum(axis=axis, keepdims=True) if x.ndim else x

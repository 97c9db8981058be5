"""Normalisation: to mean 0 and variance 1 over some axes, then scaled and shifted. Formula and derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from .primitive import Array, primitive

Axes = tuple[int, ...]


def moments_of(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """x - mean and 1 / sqrt(var + eps) over the axes, which stay with size 1; var is the biased one."""
    centred = x - x.mean(axis=axes, keepdims=True)
    return centred, 1 / np.sqrt(mean_of_product(centred, centred, axes) + eps)


def mean_of_product(x: Array, y: Array, axes: Axes) -> Array:
    """mean(x y) over the axes, which stay with size 1; the product itself is never stored."""
    letters = "abcdefghij"[: x.ndim]
    kept = "".join(c for k, c in enumerate(letters) if k not in axes)
    shape = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    count = 1
    for k in axes:
        count *= x.shape[k]
    return np.einsum(f"{letters},{letters}->{kept}", x, y).reshape(shape) / (count or float("nan"))


@primitive()
def normalise(
    x: Array, weight: Array = None, bias: Array = None, axes: Axes = (-1,), eps: float = 1e-5, kept: Any = None
) -> Array:
    """(x - mean) / sqrt(var + eps) * weight + bias, mean and var over `axes` (from 0 up).

    `weight` and `bias` broadcast to x. `kept`: an empty list, which the call fills with mean and 1 / sqrt(var + eps),
    for the rules; without it these compute them anew.
    """
    mean = x.mean(axis=axes, keepdims=True)
    out = x - mean
    scale = 1 / np.sqrt(mean_of_product(out, out, axes) + x.dtype.type(eps))
    if kept is not None:
        kept += (mean, scale)
    out *= scale
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out


def normalised(x: Array, axes: Axes, eps: float, kept: Any) -> tuple[Array, Array]:
    """(x - mean) / sqrt(var + eps), and 1 / sqrt(var + eps)."""
    if kept and type(x) is np.ndarray:  # not for a Tensor: the mean and var have derivatives too
        mean, scale = kept
        return (x - mean) * scale, scale
    centred, scale = moments_of(x, axes, eps)
    return centred * scale, scale


def normalise_x(g: Array, x: Array, weight: Array, axes: Axes, eps: float, kept: Any) -> Array:
    """With y the normalised x and h = g weight: (h - mean(h) - y mean(h y)) / sqrt(var + eps)"""
    h = g if weight is None else g * weight
    y, scale = normalised(x, axes, eps, kept)
    return (h - h.mean(axis=axes, keepdims=True) - y * mean_of_product(h, y, axes)) * scale


normalise.rule(
    x=normalise_x,
    weight=lambda g, x, axes, eps, kept: g * normalised(x, axes, eps, kept)[0],
    bias=lambda g: g,
)


@primitive()
def rms_norm(x: Array, weight: Array = None, axes: Axes = (-1,), eps: float = 1e-6) -> Array:
    """x / sqrt(mean(x^2) + eps) * weight, the mean over `axes` (from 0 up). `weight` broadcasts to x."""
    out = x * (1 / np.sqrt(mean_of_product(x, x, axes) + x.dtype.type(eps)))
    if weight is not None:
        out *= weight
    return out


def rms_norm_x(g: Array, x: Array, weight: Array, axes: Axes, eps: float) -> Array:
    """With s = 1 / sqrt(mean(x^2) + eps) and h = g weight: h s - x s^3 mean(h x)"""
    h = g if weight is None else g * weight
    scale = 1 / np.sqrt(mean_of_product(x, x, axes) + eps)
    return h * scale - x * (mean_of_product(h, x, axes) * scale * scale * scale)


rms_norm.rule(
    x=rms_norm_x,
    weight=lambda g, x, axes, eps: g * (x * (1 / np.sqrt(mean_of_product(x, x, axes) + eps))),
)

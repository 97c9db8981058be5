"""Normalisation: to mean 0 and variance 1 over some axes, then scaled and shifted. Formula and derivative."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine import ones, settle
from ..kernels import definition
from .primitive import Array, primitive

Axes = tuple[int, ...]
LONG = 1 << 14  # elements beyond which NumPy's own sum, in pairs, is more exact


def moments_of(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """x - mean and 1 / sqrt(var + eps) over the axes, which stay with size 1; var is the biased one."""
    centred = x - x.mean(axis=axes, keepdims=True)
    return centred, 1 / np.sqrt(mean_of_product(centred, centred, axes) + eps)


def row_length(axes: Axes, *arrays: Array) -> int:
    """The size of a row, where the axes are whole rows of arrays, all of one shape; else 0, and 0 where it is LONG."""
    x = arrays[0]
    n = math.prod(x.shape[x.ndim - len(axes) :])
    rows = axes == tuple(range(x.ndim - len(axes), x.ndim)) and all(type(y) is np.ndarray for y in arrays)
    return n if rows and n <= LONG and x.dtype.char in "fd" else 0


def mean_of(x: Array, axes: Axes) -> Array:
    """mean(x) over the axes, which stay with size 1; of whole rows as a product with ones, in a quarter of the time."""
    if n := row_length(axes, x):
        means = x.reshape((-1, n)).dot(ones(n, x.dtype)) / n
        return means.reshape(x.shape[: x.ndim - len(axes)] + (1,) * len(axes))
    return x.mean(axis=axes, keepdims=True)


def mean_of_product(x: Array, y: Array, axes: Axes) -> Array:
    """mean(x y) over the axes, which stay with size 1; the product itself is never stored."""
    shape = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    if n := row_length(axes, x, y):
        return np.vecdot(x.reshape((-1, n)), y.reshape((-1, n))).reshape(shape) / n
    count = math.prod(x.shape[k] for k in axes)
    return sum_of_product(x, y, shape) / (count or math.nan)


def sum_of_product(x: Array, y: Array, shape: tuple[int, ...]) -> Array:
    """The sum of x y over the axes along which an array of this shape is repeated; the product is never stored."""
    letters = "abcdefghij"[: x.ndim]
    sizes = (1,) * (x.ndim - len(shape)) + shape
    kept = "".join(c for c, n, m in zip(letters, x.shape, sizes, strict=True) if n == m)
    return np.einsum(f"{letters},{letters}->{kept}", x, y).reshape(shape)


@primitive()
@definition("numba_normalisation", least=4096)
def normalise(
    x: Array, weight: Array = None, bias: Array = None, axes: Axes = (-1,), eps: float = 1e-5, kept: Any = None
) -> Array:
    """(x - mean) / sqrt(var + eps) * weight + bias, mean and var over `axes` (from 0 up).

    `weight` and `bias` broadcast to x. `kept`: an empty list, which the call fills with mean and 1 / sqrt(var + eps),
    for the rules; without it these compute them anew.
    """
    mean = mean_of(x, axes)
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


def normalise_x(g: Array, x: Array, weight: Array, axes: Axes, eps: float, kept: Any) -> Array:
    """With y the normalised x and h = g weight: (h - mean(h) - y mean(h y)) / sqrt(var + eps)

    On arrays the gradients of weight and bias are computed with it, and left in `kept` behind g for their rules.
    """
    if kept and type(g) is type(x) is np.ndarray:  # not for a Tensor: the mean and var have derivatives too
        h, *others = normalise_gradients(g, x, weight, axes, *kept[:2])
        kept[2:] = (g, *others)
        return h
    h = g if weight is None else g * weight
    centred, scale = moments_of(x, axes, eps)
    y = centred * scale
    return (h - h.mean(axis=axes, keepdims=True) - y * mean_of_product(h, y, axes)) * scale


@definition("numba_normalisation", least=4096)
def normalise_gradients(g: Any, x: Any, weight: Any, axes: Axes, mean: Any, scale: Any) -> tuple[Any, Any, Any]:
    """The gradients of x, weight and bias; None for the last two where there is no weight, whose shape they have.

    With s for `scale`, y = x - mean and h = g s weight: h - mean(h) - y s^2 mean(h y), sum(g s y) and sum(g).
    """
    y, h = x - mean, g * scale
    of_weight = None if weight is None else sum_of_product(h, y, weight.shape)
    if weight is not None:
        h *= weight
    y *= mean_of_product(h, y, axes) * scale * scale
    y += mean_of(h, axes)
    h -= y
    return h, of_weight, None if weight is None else settle(g, (weight.shape, g.dtype))


def normalise_weight(g: Array, x: Array, axes: Axes, eps: float, kept: Any) -> Array:
    """g y"""
    if len(kept or ()) == 5 and kept[2] is g and kept[3] is not None:
        return kept[3]
    if kept and type(x) is np.ndarray:
        mean, scale = kept[:2]
        return g * ((x - mean) * scale)
    centred, scale = moments_of(x, axes, eps)
    return g * (centred * scale)


normalise.rule(
    x=normalise_x,
    weight=normalise_weight,
    bias=lambda g, bias_shape, kept: (
        kept[4] if len(kept or ()) == 5 and kept[2] is g and np.shape(kept[4]) == bias_shape else g
    ),
)


@primitive()
@definition("numba_normalisation", least=4096)
def rms_norm(x: Array, weight: Array = None, axes: Axes = (-1,), eps: float = 1e-6, kept: Any = None) -> Array:
    """x / sqrt(mean(x^2) + eps) * weight, the mean over `axes` (from 0 up). `weight` broadcasts to x.

    `kept`: as for `normalise`, filled with 1 / sqrt(mean(x^2) + eps).
    """
    scale = 1 / np.sqrt(mean_of_product(x, x, axes) + x.dtype.type(eps))
    if kept is not None:
        kept.append(scale)
    out = x * scale
    if weight is not None:
        out *= weight
    return out


def rms_norm_x(g: Array, x: Array, weight: Array, axes: Axes, eps: float, kept: Any) -> Array:
    """With s = 1 / sqrt(mean(x^2) + eps) and h = g weight: h s - x s^3 mean(h x)

    On arrays the gradient of weight is computed with it, and left in `kept` behind g for its rule.
    """
    if kept and type(g) is type(x) is np.ndarray:
        h, other = rms_norm_gradients(g, x, weight, axes, kept[0])
        kept[1:] = (g, other)
        return h
    h = g if weight is None else g * weight
    scale = 1 / np.sqrt(mean_of_product(x, x, axes) + eps)
    return h * scale - x * (mean_of_product(h, x, axes) * scale * scale * scale)


@definition("numba_normalisation", least=4096)
def rms_norm_gradients(g: Any, x: Any, weight: Any, axes: Axes, scale: Any) -> tuple[Any, Any]:
    """The gradients of x and weight; None for the last where there is no weight, whose shape it has.

    With s for `scale` and h = g s weight: h - x s^2 mean(h x) and sum(g s x).
    """
    h = g * scale
    of_weight = None if weight is None else sum_of_product(h, x, weight.shape)
    if weight is not None:
        h *= weight
    h -= x * (mean_of_product(h, x, axes) * scale * scale)
    return h, of_weight


def rms_norm_weight(g: Array, x: Array, axes: Axes, eps: float, kept: Any) -> Array:
    """g x / sqrt(mean(x^2) + eps)"""
    if len(kept or ()) == 3 and kept[1] is g and kept[2] is not None:
        return kept[2]
    return g * (x * (1 / np.sqrt(mean_of_product(x, x, axes) + eps)))


rms_norm.rule(x=rms_norm_x, weight=rms_norm_weight)

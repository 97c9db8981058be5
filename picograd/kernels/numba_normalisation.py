"""Normalisation: what a row or a channel needs is computed while it is in the cache, all its gradients together.

The mean is 0 for `rms_norm`, whose formulas are those of `normalise` otherwise. Two kinds are made. Rows: x is (n, m),
each row is normalised by itself, and weight and bias are (m,). Channels: x is (n, c, m), mean and var are those of each
c, and weight and bias (c,).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import boolean, float32, int64, void

from .numba_math import MATRIX, ROW, fits, single
from .numba_parts import loop_for, share_loop
from .threads import parts_of

GRAIN = 1 << 15  # elements that are worth a second thread
PLANES = float32[:, :, ::1]
NARROW = 16  # channels of fewer elements in a sample are left to the definition: less than a vector


def shape_of(x: Any, axes: Any, *parameters: Any) -> Any:
    """The shape (n, m) or (n, c, m) that a kernel sees x in; None where the axes or the parameters are others'."""
    first, last = axes[0], x.ndim
    if first and axes == tuple(range(first, last)):
        shape, own = (math.prod(x.shape[:first]), math.prod(x.shape[first:])), x.shape[first:]
    elif axes == (0, *range(2, last)) and math.prod(x.shape[2:]) >= NARROW:
        shape, own = (*x.shape[:2], math.prod(x.shape[2:])), (x.shape[1],) + (1,) * (last - 2)
    else:
        return None
    return shape if all(p is None or (p.shape == own and fits(p)) for p in parameters) else None


def normalise(x: Any, weight: Any, bias: Any, axes: Any, eps: float, kept: Any) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias"""
    return values(True, x, weight, bias, axes, eps, kept)


def rms_norm(x: Any, weight: Any, axes: Any, eps: float, kept: Any) -> Any:
    """x / sqrt(mean(x^2) + eps) * weight"""
    return values(False, x, weight, None, axes, eps, kept)


def values(centred: bool, x: Any, weight: Any, bias: Any, axes: Any, eps: float, kept: Any) -> Any:
    """The formula of `normalise`; not `centred`, that of `rms_norm`, which is the same with mean = 0."""
    shape = shape_of(x, axes, weight, bias) if fits(x) else None
    if shape is None:
        return NotImplemented
    out = np.empty_like(x)
    rows, result = x.reshape(shape), out.reshape(shape)
    weight = np.ones(shape[1], np.float32) if weight is None else weight.reshape(-1)
    bias = np.zeros(shape[1], np.float32) if bias is None else bias.reshape(-1)
    loop, count = (rows_loop, shape[0]) if len(shape) == 2 else (channels_loop, shape[1])
    mean, scale = np.empty((2, count), np.float32)
    grain = max(1, GRAIN * count // x.size)
    share_loop(loop, count, grain, centred, rows, weight, bias, single(eps), result, mean, scale)
    if kept is not None:
        singles = [1 if k in axes else n for k, n in enumerate(x.shape)]
        kept += (mean.reshape(singles), scale.reshape(singles)) if centred else (scale.reshape(singles),)
    return out


@loop_for(void(int64, int64, boolean, MATRIX, ROW, ROW, float32, MATRIX, ROW, ROW))
def rows_loop(
    start: int, stop: int, centred: bool, x: Any, weight: Any, bias: Any, eps: Any, out: Any, mean: Any, scale: Any
) -> None:  # fmt: skip
    """The formula of `values` for some of the rows."""
    for i in range(start, stop):
        row, result = x[i], out[i]
        total = single(0)
        for j in range(row.size):
            total += row[j]
        middle = total / single(row.size) if centred else single(0)
        squares = single(0)
        for j in range(row.size):
            squares += (row[j] - middle) * (row[j] - middle)
        factor = single(1) / np.sqrt(squares / single(row.size) + eps)
        for j in range(row.size):
            result[j] = (row[j] - middle) * factor * weight[j] + bias[j]
        mean[i], scale[i] = middle, factor


@loop_for(void(int64, int64, boolean, PLANES, ROW, ROW, float32, PLANES, ROW, ROW))
def channels_loop(
    start: int, stop: int, centred: bool, x: Any, weight: Any, bias: Any, eps: Any, out: Any, mean: Any, scale: Any
) -> None:  # fmt: skip
    """The formula of `values` for some of the channels."""
    size = x.shape[0] * x.shape[2]
    for c in range(start, stop):
        whole = 0.0  # in float64: a channel may be long
        for i in range(x.shape[0]):
            row, total = x[i, c], single(0)
            for j in range(row.size):
                total += row[j]
            whole += float(total)
        middle = single(whole / size) if centred else single(0)
        whole = 0.0
        for i in range(x.shape[0]):
            row, total = x[i, c], single(0)
            for j in range(row.size):
                total += (row[j] - middle) * (row[j] - middle)
            whole += float(total)
        mean[c], scale[c] = middle, single(1) / np.sqrt(single(whole / size) + eps)
        factor = scale[c] * weight[c]
        for i in range(x.shape[0]):
            row, result = x[i, c], out[i, c]
            for j in range(row.size):
                result[j] = (row[j] - middle) * factor + bias[c]


def normalise_gradients(g: Any, x: Any, weight: Any, axes: Any, mean: Any, scale: Any) -> Any:
    """With y the normalised x and h = g weight: (h - mean(h) - y mean(h y)) scale, sum(g y), sum(g)"""
    return gradients(True, g, x, weight, axes, mean, scale)


def rms_norm_gradients(g: Any, x: Any, weight: Any, axes: Any, scale: Any) -> Any:
    """With y = x scale and h = g weight: (h - y mean(h y)) scale, sum(g y)"""
    result = gradients(False, g, x, weight, axes, np.zeros_like(scale), scale)
    return result if result is NotImplemented else result[:2]


def gradients(centred: bool, g: Any, x: Any, weight: Any, axes: Any, mean: Any, scale: Any) -> Any:
    """The formula of `normalise_gradients`; not `centred`, without mean(h)."""
    shape = shape_of(x, axes, weight) if fits(g, x) else None
    if shape is None:
        return NotImplemented
    out = np.empty_like(x)
    upper, rows, result = g.reshape(shape), x.reshape(shape), out.reshape(shape)
    own = np.ones(shape[1], np.float32) if weight is None else weight.reshape(-1)
    mean, scale = mean.reshape(-1), scale.reshape(-1)
    loop, grain = rows_x_loop if len(shape) == 2 else channels_x_loop, max(1, GRAIN * mean.size // x.size)
    sums = np.zeros((parts_of(mean.size, grain), 2, shape[1]), np.float32)
    share_loop(loop, mean.size, grain, centred, upper, rows, own, mean, scale, result, sums)
    if weight is None:
        return out, None, None
    total = sums.sum(axis=0)
    return out, total[0].reshape(weight.shape), total[1].reshape(weight.shape)


@loop_for(void(int64, int64, boolean, MATRIX, MATRIX, ROW, ROW, ROW, MATRIX, PLANES))
def rows_x_loop(
    start: int, stop: int, centred: bool, g: Any, x: Any, weight: Any, mean: Any, scale: Any, out: Any, sums: Any
) -> None:  # fmt: skip
    """The formula of `gradients` for some of the rows."""
    own = sums[-(-start * len(sums) // len(mean))]  # this part's
    weight_sums, bias_sums = own[0], own[1]
    for i in range(start, stop):
        upper, row, result = g[i], x[i], out[i]
        middle, factor = mean[i], scale[i]
        first, second = single(0), single(0)
        for j in range(row.size):
            h = upper[j] * weight[j]
            y = (row[j] - middle) * factor
            first += h
            second += h * y
            weight_sums[j] += upper[j] * y
            bias_sums[j] += upper[j]
        first, second = first / single(row.size) if centred else single(0), second / single(row.size)
        for j in range(row.size):
            y = (row[j] - middle) * factor
            result[j] = (upper[j] * weight[j] - first - y * second) * factor


@loop_for(void(int64, int64, boolean, PLANES, PLANES, ROW, ROW, ROW, PLANES, PLANES))
def channels_x_loop(
    start: int, stop: int, centred: bool, g: Any, x: Any, weight: Any, mean: Any, scale: Any, out: Any, sums: Any
) -> None:  # fmt: skip
    """The formula of `gradients` for some of the channels."""
    size, own = x.shape[0] * x.shape[2], sums[-(-start * len(sums) // len(mean))]  # this part's
    for c in range(start, stop):
        middle, factor = mean[c], scale[c]
        plain, product = 0.0, 0.0
        for i in range(x.shape[0]):
            upper, row = g[i, c], x[i, c]
            first, second = single(0), single(0)
            for j in range(row.size):
                first += upper[j]
                second += upper[j] * (row[j] - middle)
            plain += float(first)
            product += float(second)
        own[0, c], own[1, c] = single(product) * factor, single(plain)
        first, second = single(plain / size) if centred else single(0), single(product / size) * factor * factor
        for i in range(x.shape[0]):
            upper, row, result = g[i, c], x[i, c], out[i, c]
            for j in range(row.size):
                result[j] = (upper[j] - first - (row[j] - middle) * second) * (factor * weight[c])

"""Resampling along an axis, and borders: linear ops whose transposes are ops of the same kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from .nested import nested
from .primitive import Array, primitive

Taps = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]  # places (K, out), weights (K, out); None: all 1


@primitive()
def resample(x: Array, places: Any, weights: Any, axis: int) -> Array:
    """out[p] = sum_k weights[k, p] x[places[k, p]] along an axis; each element of the result has K taps.

    Interpolation, averages over unequal windows, nearest neighbours and borders that mirror are all of this form.
    """
    if weights is None:
        return np.take(x, places[0], axis)
    weights = weights.astype(x.dtype, copy=False)
    column = (-1, *(1,) * (x.ndim - 1 - axis % x.ndim))  # along the axis
    out = np.take(x, places[0], axis)
    out *= weights[0].reshape(column)
    for k in range(1, len(places)):
        part = np.take(x, places[k], axis)
        part *= weights[k].reshape(column)
        out += part
    return out


def transposed(places: Any, weights: Any, size: int) -> Taps:
    """The taps of the transpose: for each of `size` elements of x the elements of the result that it went into."""
    into = np.broadcast_to(np.arange(places.shape[1]), places.shape).ravel()
    source = places.ravel()
    order = np.argsort(source, kind="stable")
    number = np.bincount(source, minlength=size)  # of taps, for each element of x
    row = np.arange(len(source)) - np.repeat(np.cumsum(number) - number, number)
    shape = (int(number.max(initial=1)), size)
    back, amounts = np.zeros(shape, np.int64), np.zeros(shape)
    back[row, source[order]] = into[order]
    amounts[row, source[order]] = 1.0 if weights is None else weights.ravel()[order]
    return back, amounts


@primitive()
def resample_back(y: Array, places: Any, weights: Any, size: int, axis: int) -> Array:
    """The transpose of `resample`, for an axis of `size` elements."""
    if not places.size:
        return np.zeros((*y.shape[:axis], size, *y.shape[axis:][1:]), y.dtype)
    return resample.primitive.forward(y, *transposed(places, weights, size), axis)


back, there = nested(resample_back), nested(resample)
resample.rule(x=lambda g, x_shape, places, weights, axis: back(g, places, weights, x_shape[axis], axis))
resample_back.rule(y=lambda g, places, weights, axis: there(g, places, weights, axis))


@primitive()
def pad(x: Array, widths: Any, value: Any = 0) -> Array:
    """`value` around x: (before, after) elements along each axis; negative numbers cut off instead."""
    shape = [n + a + b for n, (a, b) in zip(x.shape, widths, strict=True)]
    out = np.full(shape, value, x.dtype)
    source, target = [], []
    for n, m, (a, b) in zip(x.shape, shape, widths, strict=True):
        source.append(slice(max(-a, 0), n - max(-b, 0)))
        target.append(slice(max(a, 0), m - max(b, 0)))
    out[tuple(target)] = x[tuple(source)]
    return out


padded = nested(pad)
pad.rule(x=lambda g, widths: padded(g, [(-a, -b) for a, b in widths]))

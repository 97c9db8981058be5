"""Adaptive pooling: the means or largest elements of a given number of windows that cover the input."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...ops import indexing, pooling
from ...ops.resampling import resample
from ...ops.windows import Shape
from ...tensor import Tensor
from .sizes import batched, each, some_channels, unbatched


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The means of output_size windows that cover the input: (N, C, L) -> (N, C, output_size).

    Window i goes from floor(i L / output_size) to ceil((i + 1) L / output_size); neighbours may overlap.
    """
    return mean_over("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The means of output_size windows along each axis (None keeps a size): (N, C, H, W) -> (N, C, *output_size)."""
    return mean_over("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The means of output_size windows along each axis (None keeps a size): (N, C, D, H, W) -> (N, C, *output_size)."""
    return mean_over("adaptive_avg_pool3d", 3, input, output_size)


def mean_over(op: str, axes: int, input: Any, output_size: Any) -> Any:
    """`adaptive_avg_pool1d` for any number of axes: a window is a product, so its mean is one axis after the other."""
    x, has_batch = batched(op, input, axes)
    out = _output_size(op, x, output_size, axes)
    if set(out) == {1}:
        return unbatched(x.mean(tuple(range(2, x.ndim)), keepdims=True), has_batch)
    whole = tuple(n // m if m else 0 for n, m in zip(x.shape[2:], out, strict=True))
    if 0 not in whole and all(k * m == n for n, m, k in zip(x.shape[2:], out, whole, strict=True)):
        return unbatched(pooling.window_sum(x, whole, whole, out) / prod(whole), has_batch)
    for axis, m in enumerate(out, 2):
        if x.shape[axis] != m:
            places, inside = _uneven(x.shape[axis], m)
            x = resample(x, places, inside / np.maximum(inside.sum(0), 1), axis)
    return unbatched(x, has_batch)


def _output_size(op: str, x: Any, output_size: Any, axes: int) -> Shape:
    """The number of windows along each axis; None stands for the input's size."""
    some_channels(op, x)
    wanted = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size,) * axes
    if len(wanted) != axes:
        raise ValueError(f"{op}: output_size={output_size}: it must have {axes} numbers; give one for each axis")
    return each(op, "output_size", [n if m is None else m for n, m in zip(x.shape[2:], wanted, strict=True)], axes, 0)


def _uneven(size: int, windows: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Windows that cover an axis: the places (K, windows) of their elements, and whether they belong to the window."""
    number = np.arange(windows)
    first, end = number * size // max(windows, 1), -(-(number + 1) * size // max(windows, 1))
    places = first + np.arange(int((end - first).max(initial=1))).reshape(-1, 1)
    return np.minimum(places, end - 1), (places < end).astype(np.float64)


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of output_size windows that cover the input: (N, C, L) -> (N, C, output_size)."""
    return largest_of("adaptive_max_pool1d", 1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of output_size windows along each axis: (N, C, H, W) -> (N, C, *output_size)."""
    return largest_of("adaptive_max_pool2d", 2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of output_size windows along each axis: (N, C, D, H, W) -> (N, C, *output_size)."""
    return largest_of("adaptive_max_pool3d", 3, input, output_size, return_indices)


def largest_of(op: str, axes: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    """`adaptive_max_pool1d` for any number of axes: all elements of the windows side by side, and the first largest."""
    x, has_batch = batched(op, input, axes)
    out = _output_size(op, x, output_size, axes)
    flat = np.arange(prod(x.shape[2:])).reshape(x.shape[2:])
    for axis, (n, m) in enumerate(zip(x.shape[2:], out, strict=True)):
        flat = np.take(flat, _uneven(n, m)[0].T, 2 * axis)  # (m1, K1, m2, K2, ..., sizes not reached yet)
    flat = flat.transpose(*range(0, 2 * axes, 2), *range(1, 2 * axes, 2)).reshape(prod(out), -1)
    rows = x.value.reshape(*x.shape[:2], prod(x.shape[2:]))
    best = rows[:, :, flat].argmax(-1) if prod(out) else np.zeros((*x.shape[:2], 0), np.int64)
    index = flat[np.arange(prod(out)), best]  # (N, C, windows)
    largest = indexing.gather(x.reshape(rows.shape), index, 2).reshape(*x.shape[:2], *out)
    if not return_indices:
        return unbatched(largest, has_batch)
    return unbatched(largest, has_batch), unbatched(Tensor._of(index.reshape(largest.shape)), has_batch)


def adaptive_max_pool1d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool1d` and where the elements were in the image."""
    return adaptive_max_pool1d(input, output_size, return_indices=True)


def adaptive_max_pool2d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool2d` and where the elements were in the image."""
    return adaptive_max_pool2d(input, output_size, return_indices=True)


def adaptive_max_pool3d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool3d` and where the elements were in the image."""
    return adaptive_max_pool3d(input, output_size, return_indices=True)

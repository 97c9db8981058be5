"""Fractional max pooling: windows at random places, so that the size shrinks by any factor (Graham 2014)."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from ... import functions
from ...random import default_generator
from ...tensor import Tensor
from .sizes import batched, each, unbatched

__all__ = [
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
]

Numbers = np.ndarray[Any, Any]


def fractional_max_pool2d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The largest element of each of output_size windows: (N, C, H, W) -> (N, C, *output_size).

    output_ratio: the size as a share of the input's, instead. The windows are a random one of two distances apart.
    `_random_samples` (N, C, 2) in [0, 1) decides where; drawn if not given. With return_indices also where in
    the image.
    """
    result = _fractional("fractional_max_pool2d", 2, input, kernel_size, output_size, output_ratio, _random_samples)
    return result if return_indices else result[0]


def fractional_max_pool3d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The largest element of each window: (N, C, D, H, W) -> (N, C, *output_size). See `fractional_max_pool2d`."""
    result = _fractional("fractional_max_pool3d", 3, input, kernel_size, output_size, output_ratio, _random_samples)
    return result if return_indices else result[0]


def fractional_max_pool2d_with_indices(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """`fractional_max_pool2d` and where the elements were in the image."""
    return fractional_max_pool2d(input, kernel_size, output_size, output_ratio, True, _random_samples)


def fractional_max_pool3d_with_indices(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """`fractional_max_pool3d` and where the elements were in the image."""
    return fractional_max_pool3d(input, kernel_size, output_size, output_ratio, True, _random_samples)


def _fractional(op: str, axes: int, input: Any, kernel_size: Any, size: Any, ratio: Any, samples: Any) -> Any:
    """The pooled elements and their places in the image."""
    if (size is None) == (ratio is None):
        raise ValueError(
            f"{op}: output_size={size}, output_ratio={ratio}: requires specifying either an output_size or an "
            f"output_ratio; give one of them"
        )
    x, has_batch = batched(op, input, axes)
    kernel = each(op, "kernel_size", kernel_size, axes, 1)
    if size is None:
        shares = tuple(ratio) if isinstance(ratio, tuple | list) else (ratio,) * axes
        size = [int(n * share) for n, share in zip(x.shape[2:], shares, strict=True)]
    out = each(op, "output_size", size, axes, 1)
    if any(m + k - 1 > n for n, m, k in zip(x.shape[2:], out, kernel, strict=True)):
        raise ValueError(
            f"{op}: input {x.shape}, kernel_size={kernel}, output_size={out}: the windows do not fit into the input, "
            f"output_size + kernel_size - 1 must not be greater; give smaller sizes"
        )
    if samples is None:
        draws = default_generator.rng.random((*x.shape[:2], axes))
    else:
        draws = np.asarray(samples)
    draws = draws.astype(x.dtype)
    if draws.shape != (*x.shape[:2], axes):
        raise ValueError(
            f"{op}: _random_samples {draws.shape} for an input {x.shape}: one number for each axis of each image, "
            f"{(*x.shape[:2], axes)}; give such samples"
        )
    # PyTorch's order of the samples: the last axis first in two dimensions, the first axis first in three.
    order = range(axes)[::-1] if axes == 2 else range(axes)
    starts = [_starts(draws[..., k], n, m, r) for k, n, m, r in zip(order, x.shape[2:], out, kernel, strict=True)]
    place = _largest(x.value, starts, kernel)  # (N, C, *out)
    pooled = functions.gather(in_rows(x), 2, in_rows(place)).reshape(place.shape)
    return unbatched(pooled, has_batch), unbatched(Tensor._of(place), has_batch)


def in_rows(x: Any) -> Any:
    """(N, C, ...) -> (N, C, all others), for an empty batch as well."""
    return x.reshape((*x.shape[:2], prod(x.shape[2:])))


def _starts(sample: Numbers, size: int, windows: int, reach: int) -> Numbers:
    """Where the windows of each image begin along one axis: (N, C) -> (N, C, windows)"""
    last = np.full((*sample.shape, 1), size - reach)
    if windows == 1:
        return last
    step = sample.dtype.type((size - reach) / (windows - 1))
    u = sample[..., None]
    begin = ((np.arange(windows - 1) + u) * step).astype(np.int64) - (u * step).astype(np.int64)
    return np.concatenate([begin, last], axis=-1)


def _largest(x: Numbers, starts: list[Numbers], kernel: tuple[int, ...]) -> Numbers:
    """The place of the largest element of each window, counted through the image."""
    axes, size = len(kernel), x.shape[2:]
    flat = in_rows(x)
    best: Any = None
    where: Any = None
    for tap in product(*map(range, kernel)):
        place = np.zeros((1,) * (2 + axes), np.int64)
        for k, (start, t) in enumerate(zip(starts, tap, strict=True)):
            at = start.reshape((*start.shape[:2], *(start.shape[2] if j == k else 1 for j in range(axes))))
            place = place * size[k] + (at + t)
        value = np.take_along_axis(flat, in_rows(place), 2).reshape(place.shape)
        if best is None:
            best, where = value, place
        else:
            better = (value > best) | np.isnan(value)
            best, where = np.where(better, value, best), np.where(better, place, where)
    return np.asarray(where)

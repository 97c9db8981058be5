"""Pooling: the largest element, the mean or the p-norm of each window."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...ops import elementwise, indexing, pooling
from ...ops.resampling import pad
from ...ops.windows import Shape, span
from ...tensor import Tensor
from .sizes import batched, each, some_channels, unbatched


def _windows(op: str, x: Any, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, ceil_mode: bool) -> Shape:
    """How many windows there are along each axis. With ceil_mode the last may reach beyond the end, not begin there."""
    some_channels(op, x)
    reach, size = span(kernel, dilation), x.shape[2:]
    if any(2 * p > r for p, r in zip(padding, reach, strict=True)):
        raise ValueError(
            f"{op}: padding={padding}, kernel_size={kernel}: pad should be at most half of effective kernel size; "
            f"give less padding"
        )
    out = []
    for n, r, s, p in zip(size, reach, stride, padding, strict=True):
        number = (n + 2 * p - r + (s - 1 if ceil_mode else 0)) // s + 1
        out.append(number - 1 if ceil_mode and (number - 1) * s >= n + p else number)
    if min(out) < 1:
        raise ValueError(
            f"{op}: input {x.shape}, kernel_size={kernel}: the kernel is larger than the input with its padding "
            f"{padding}; give a smaller kernel or more padding"
        )
    return tuple(out)


# ---- the largest element -------------------------------------------------------------------------------------------


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window: (N, C, L) -> (N, C, L'); with return_indices also where it was in the image.

    The windows are `stride` (default: kernel_size) apart, their elements `dilation`. Outside of the input there is
    -infinity, `padding` of it on each side. With ceil_mode a last window that reaches beyond the end counts too.
    """
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window: (N, C, H, W) -> (N, C, H', W'). See `max_pool1d`."""
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window: (N, C, D, H, W) -> (N, C, D', H', W'). See `max_pool1d`."""
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_pool(
    op: str,
    axes: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    """`max_pool1d` for any number of axes."""
    x, has_batch = batched(op, input, axes)
    kernel, steps = _kernel_and_stride(op, kernel_size, stride, axes)
    border, dilation = each(op, "padding", padding, axes, 0), each(op, "dilation", dilation, axes, 1)
    windows = _windows(op, x, kernel, steps, border, dilation, ceil_mode)
    largest = pooling.max_pool(x, kernel, steps, border, dilation, windows)
    if not return_indices:
        return unbatched(largest, has_batch)
    index = pooling.max_pool_index(x, largest, kernel, steps, border, dilation)
    return unbatched(largest, has_batch), unbatched(index, has_batch)


def _kernel_and_stride(op: str, kernel_size: Any, stride: Any, axes: int) -> tuple[Shape, Shape]:
    """Both as tuples; without stride the windows lie side by side."""
    kernel = each(op, "kernel_size", kernel_size, axes, 1)
    return kernel, kernel if stride is None or stride in ((), []) else each(op, "stride", stride, axes, 1)


def max_pool1d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool1d` with return_indices=True, whatever it is."""
    return max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool2d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool2d` with return_indices=True, whatever it is."""
    return max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool3d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool3d` with return_indices=True, whatever it is."""
    return max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """What `max_pool1d` leaves of its input: each element where it was, 0 elsewhere. (N, C, L') -> (N, C, L).

    `indices`: those of `max_pool1d`. `output_size`: the size to come back to, where the pooling left several possible.
    """
    return _max_unpool("max_unpool1d", 1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """What `max_pool2d` leaves of its input: (N, C, H', W') -> (N, C, H, W). See `max_unpool1d`."""
    return _max_unpool("max_unpool2d", 2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """What `max_pool3d` leaves of its input: (N, C, D', H', W') -> (N, C, D, H, W). See `max_unpool1d`."""
    return _max_unpool("max_unpool3d", 3, input, indices, kernel_size, stride, padding, output_size)


def _max_unpool(
    op: str, axes: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Any:
    """`max_unpool1d` for any number of axes."""
    x, has_batch = batched(op, input, axes)
    places = np.asarray(indices)
    if places.shape != x.shape[0 if has_batch else 1 :]:
        raise ValueError(
            f"{op}: input {x.shape} and indices {places.shape}: there must be an index for each element; "
            f"give those that the pooling returned"
        )
    kernel, steps = _kernel_and_stride(op, kernel_size, stride, axes)
    border = each(op, "padding", padding, axes, 0)
    size = tuple((n - 1) * s + k - 2 * p for n, s, k, p in zip(x.shape[2:], steps, kernel, border, strict=True))
    if output_size is not None:
        wanted = tuple(output_size)[-axes:]
        if any(not n - s < m < n + s for n, m, s in zip(size, wanted, steps, strict=True)):
            raise ValueError(
                f"{op}: output_size={tuple(output_size)}: each size must be less than the stride {steps} away from "
                f"{size}; give the size of what was pooled"
            )
        size = wanted
    if places.size and not (places.min() >= 0 and places.max() < prod(size)):
        raise ValueError(
            f"{op}: an index up to {places.max()} for images of size {size}: found an invalid max index; "
            f"give output_size, or the indices of this pooling"
        )
    images = np.arange(x.shape[0] * x.shape[1]).reshape(-1, 1) * prod(size)
    flat = (images + places.reshape(len(images), -1)).ravel()
    empty = np.zeros(x.shape[0] * x.shape[1] * prod(size), x.dtype)
    y = indexing.setitem(empty, x.reshape(-1), flat)
    return unbatched(y.reshape(*x.shape[:2], *size), has_batch)


# ---- means ---------------------------------------------------------------------------------------------------------


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window: (N, C, L) -> (N, C, L').

    The windows are `stride` (default: kernel_size) apart; outside of the input there are `padding` zeros on each side,
    which count as elements unless count_include_pad is False. With ceil_mode a last window that reaches beyond the end
    counts too, without what lies beyond the padding.
    """
    return _avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window, or its sum over divisor_override: (N, C, H, W) -> (N, C, H', W'). See `avg_pool1d`."""
    return _avg_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window, or its sum over divisor_override: (N, C, D, H, W) -> (N, C, D', H', W')."""
    return _avg_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _avg_pool(
    op: str,
    axes: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    """`avg_pool1d` for any number of axes."""
    x, has_batch = batched(op, input, axes)
    kernel, steps = _kernel_and_stride(op, kernel_size, stride, axes)
    border = each(op, "padding", padding, axes, 0)
    windows = _windows(op, x, kernel, steps, border, (1,) * axes, ceil_mode)
    if divisor_override == 0:
        raise ValueError(f"{op}: divisor_override=0: divisor must be not zero; give another number, or None")
    size = x.shape[2:]
    after = [
        max((m - 1) * s + k - n - p, 0) for m, s, k, n, p in zip(windows, steps, kernel, size, border, strict=True)
    ]
    if any(border) or any(after):
        x = pad(x, [(0, 0), (0, 0), *zip(border, after, strict=True)])
    total = pooling.window_sum(x, kernel, steps, windows)
    divisor = _elements(kernel, steps, border, size, windows, count_include_pad, x.dtype)
    if divisor_override is not None:
        divisor = divisor_override
    if x.dtype.kind not in "fV":  # whole numbers are divided as whole numbers
        return unbatched(Tensor._of(np.trunc(total.value / divisor).astype(x.dtype)), has_batch)
    return unbatched(total / divisor, has_batch)


def _elements(
    kernel: Shape, stride: Shape, padding: Shape, size: Shape, windows: Shape, with_padding: bool, dtype: Any
) -> Any:
    """How many elements each window has, its padding among them or not: a number if it is the same for all."""
    counted = np.ones((), dtype)
    for m, s, k, n, p in zip(windows, stride, kernel, size, padding, strict=True):
        first = np.arange(m) * s - p
        low, high = (-p, n + p) if with_padding else (0, n)
        counted = np.multiply.outer(counted, (np.minimum(first + k, high) - np.maximum(first, low)).astype(dtype))
    return prod(kernel) if np.all(counted == prod(kernel)) else counted


def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window, (sum x^p)^(1/p), for p = norm_type: (N, C, L) -> (N, C, L')."""
    return _lp_pool("lp_pool1d", 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window, (sum x^p)^(1/p), for p = norm_type: (N, C, H, W) -> (N, C, H', W')."""
    return _lp_pool("lp_pool2d", 2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window, (sum x^p)^(1/p), for p = norm_type: (N, C, D, H, W) -> (N, C, D', H', W')."""
    return _lp_pool("lp_pool3d", 3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(op: str, axes: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    """`lp_pool1d` for any number of axes."""
    kernel, _ = _kernel_and_stride(op, kernel_size, stride, axes)
    mean = _avg_pool(op, axes, Tensor._constant(input) ** norm_type, kernel, stride, 0, ceil_mode, True, None)
    total = elementwise.sign(mean) * elementwise.relu(elementwise.abs_(mean))  # an odd p may leave it below 0
    return (total * prod(kernel)) ** (1.0 / norm_type)

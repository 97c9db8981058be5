"""Convolutions in two dimensions: for each kind the way that moves the fewest numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import numba_depthwise, numba_direct, numba_winograd

Shape = tuple[int, ...]

CHANNELS = 16  # that a convolution needs for matrix products of its channels to pay
FEW = 3  # channels of a group for which they don't


def convolved(x: Any, w: Any, b: Any, stride: Shape, padding: Shape, dilation: Shape, groups: int) -> Any:
    """What `ops.convolution.convolved` says."""
    if not plane(x, w) or not x.size or not w.size:
        return NotImplemented
    if by_tiles(w.shape[2:], stride, dilation, groups, w.shape[:2]):
        return numba_winograd.convolved(x, w, b, padding)
    if numba_depthwise.fits(w.shape, x.shape[2:], stride, padding, dilation, groups) and np.isfinite(w).all():
        return numba_depthwise.convolved(x, w, b, stride[0])
    if few(w.shape[1], groups):
        return numba_direct.convolved(x, w, b, stride, padding, dilation, groups)
    return NotImplemented


def conv_transpose(
    y: Any, w: Any, b: Any, size: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int
) -> Any:
    """What `ops.convolution.conv_transpose` says."""
    if not plane(y, w) or not y.size or not w.size:
        return NotImplemented
    depthwise = numba_depthwise.fits(w.shape, size, stride, padding, dilation, groups)
    if depthwise and y.shape[2:] == numba_depthwise.apart(size, stride[0]) and np.isfinite(w).all():
        return numba_depthwise.conv_transpose(y, w, b, size, stride[0])
    if few(len(w) // groups, groups):
        return numba_direct.conv_transpose(y, w, b, size, stride, padding, dilation, groups)
    return NotImplemented


def conv_weight(y: Any, x: Any, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int) -> Any:
    """What `ops.convolution.conv_weight` says."""
    if not plane(y, x) or not y.size or not x.size:
        return NotImplemented
    if by_tiles(kernel, stride, dilation, groups, (y.shape[1], x.shape[1])):
        return numba_winograd.conv_weight(y, x, padding)
    weight = (y.shape[1], x.shape[1] // groups, *kernel)
    depthwise = numba_depthwise.fits(weight, x.shape[2:], stride, padding, dilation, groups)
    if depthwise and y.shape[2:] == numba_depthwise.apart(x.shape[2:], stride[0]):
        return numba_depthwise.conv_weight(y, x, stride[0])
    if few(x.shape[1] // groups, groups):
        return numba_direct.conv_weight(y, x, kernel, stride, padding, dilation, groups)
    return NotImplemented


def plane(*arrays: Any) -> bool:
    """Whether these are float32, row by row in memory, and of four axes."""
    return all(x.dtype == np.float32 and x.ndim == 4 and x.flags.c_contiguous for x in arrays)


def by_tiles(kernel: Shape, stride: Shape, dilation: Shape, groups: int, channels: Shape) -> bool:
    """Whether the way of `numba_winograd` is open and pays."""
    return kernel == (3, 3) and (*stride, *dilation, groups) == (1,) * 5 and min(channels) >= CHANNELS


def few(channels: int, groups: int) -> bool:
    """Whether the way of `numba_direct` pays."""
    return groups > 1 and channels <= FEW

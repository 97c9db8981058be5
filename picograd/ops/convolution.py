"""Convolution in any number of dimensions: three ops, of which each is the derivative of the others.

A convolution is bilinear in an input x (N, C, *size) and a weight w (O, C/groups, *kernel). Its product with any
array y (N, O, *out) of its result's shape, summed up, is trilinear:

    sum_{n o p}  y[n, o, p]  sum_{c t}  w[o, c, t]  x[n, c, p stride + t dilation - padding]

and each op is the derivative of this with respect to one of the three, so that its rules are the other two:

    conv(x, w)            with respect to y
    conv_transpose(y, w)  with respect to x
    conv_weight(y, x)     with respect to w

All three are one matrix product for each block of images, with the windows of x as the columns of a matrix
(`windows.py`): Y = W X, X = W^T Y, W = Y X^T. x outside of its size is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels import definition
from ..kernels.threads import share
from .nested import nested
from .primitive import Array, primitive
from .windows import Blocks, Shape, count, span


def summed(g: Array) -> Array:
    """The gradient of a bias: the sum over everything but the channels. (N, O, *out) -> (O,)"""
    n, channels, *out = g.shape
    windows = int(np.prod(out))
    # A product with ones is the fastest sum along rows.
    return (g.reshape(n * channels, windows) @ np.ones(windows, g.dtype)).reshape(n, channels).sum(axis=0)


@definition("numba_convolution", least=1024)
def convolved(x: Array, w: Array, b: Array, stride: Shape, padding: Shape, dilation: Shape, groups: int) -> Array:
    """What `conv` says."""
    out_channels, kernel = len(w), w.shape[2:]
    out = np.empty((len(x), out_channels, *count(x.shape[2:], kernel, stride, padding, dilation)), x.dtype)
    matrix = w.reshape(groups, out_channels // groups, w[0].size if len(w) else 0)
    blocks = blocks_of(x.shape[2:], w, out.shape[2:], stride, padding, dilation, groups)
    parts = blocks.parts(len(x))

    def job(start: int, stop: int) -> None:
        for n, rows in parts[start:stop]:
            here = out[n, :, rows]
            blocks.windows(rows).product(matrix, blocks.columns(x[n], rows), here)
            if b is not None:
                here += b.reshape(-1, *(1,) * len(kernel))

    share(job, len(parts), 1)
    return out


@primitive()
def conv(
    x: Array,
    w: Array,
    b: Array = None,
    stride: Shape = (1,),
    padding: Shape = (0,),
    dilation: Shape = (1,),
    groups: int = 1,
) -> Array:
    """y[n, o, p] = b[o] + sum_{c t} w[o, c, t] x[n, c, p stride + t dilation - padding]

    Shapes: x (N, C, *size), w (O, C/groups, *kernel), b (O,) -> (N, O, *out), out as `windows.count` has it. With
    groups the channels c of x and o of y are divided into as many parts, and a part sees only its own.
    """
    return convolved(x, w, b, stride, padding, dilation, groups)


@primitive()
@definition("numba_convolution", least=1024)
def conv_transpose(
    y: Array,
    w: Array,
    b: Array = None,
    size: Shape = (),
    stride: Shape = (1,),
    padding: Shape = (0,),
    dilation: Shape = (1,),
    groups: int = 1,
) -> Array:
    """x[n, c, q] = b[c] + sum of w[o, c, t] y[n, o, p] over all o, p, t with p stride + t dilation - padding = q

    Shapes: y (N, O, *out), w (O, C/groups, *kernel), b (C,) -> (N, C, *size).
    """
    out_channels, kernel, channels = len(w), w.shape[2:], w.shape[1] * groups
    border = tuple(reach - 1 - p for reach, p in zip(span(kernel, dilation), padding, strict=True))
    natural = min(border) >= 0 and size == count(y.shape[2:], kernel, stride, border, dilation)
    if natural and set(stride) == {1} and out_channels <= 2 * channels:  # with many more there is too much to copy
        # What is added to an element of x is all in one window of y, over which the kernel lies turned round.
        return convolved(y, turned(w, groups), b, stride, border, dilation, groups)
    out = np.zeros((len(y), channels, *size), y.dtype)
    matrix = w.reshape(groups, out_channels // groups, w[0].size if len(w) else 0).swapaxes(1, 2)
    blocks = blocks_of(size, w, y.shape[2:], stride, padding, dilation, groups)
    padded = any(padding)
    batches = blocks.batches(len(y))

    def job(start: int, stop: int) -> None:
        for n in batches[start:stop]:
            x: Any = np.zeros((len(out[n]), channels, *blocks.padded), y.dtype) if padded else out[n]
            for rows in blocks.strips():
                windows = blocks.windows(rows)
                columns = windows.images(matrix @ windows.matrices(y[n, :, rows]), len(x))
                windows.add(columns, x[:, :, blocks.seen(rows)])
            if padded:
                out[n] = x[blocks.inner]

    share(job, len(batches), 1)
    if b is not None:
        out += b.reshape(-1, *(1,) * len(kernel))
    return out


@primitive()
@definition("numba_convolution", least=1024)
def conv_weight(
    y: Array,
    x: Array,
    kernel: Shape,
    stride: Shape = (1,),
    padding: Shape = (0,),
    dilation: Shape = (1,),
    groups: int = 1,
) -> Array:
    """w[o, c, t] = sum_{n p} y[n, o, p] x[n, c, p stride + t dilation - padding]

    Shapes: y (N, O, *out), x (N, C, *size) -> (O, C/groups, *kernel).
    """
    out_channels, channels = y.shape[1], x.shape[1] // groups
    w = np.zeros((out_channels, channels, *kernel), y.dtype)
    blocks = blocks_of(x.shape[2:], w, y.shape[2:], stride, padding, dilation, groups)
    parts = blocks.parts(len(x))
    sums: dict[int, Array] = {}  # of each thread

    def job(start: int, stop: int) -> None:
        total = np.zeros((groups, out_channels // groups, w[0].size if len(w) else 0), y.dtype)
        for n, rows in parts[start:stop]:
            windows = blocks.windows(rows)
            product = windows.matrices(y[n, :, rows]) @ blocks.columns(x[n], rows).swapaxes(-1, -2)
            total += product if windows.joined else product.sum(axis=0)
        sums[start] = total

    share(job, len(parts), 1)
    for start in sorted(sums):  # in order: the same sum every time
        w += sums[start].reshape(w.shape)
    return w


def blocks_of(size: Shape, w: Array, out: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int) -> Blocks:
    """The blocks for a weight of this shape."""
    numbers = len(w) + w.shape[1] * groups * int(np.prod(w.shape[2:]))  # of a window and its result
    return Blocks(size, out, w.shape[2:], stride, padding, dilation, groups, numbers * w.itemsize)


def turned(w: Array, groups: int) -> Array:
    """Each kernel turned round, the channels exchanged: (O, C/groups, *kernel) -> (C, O/groups, *kernel)."""
    parts = np.flip(w, tuple(range(2, w.ndim))).reshape(groups, len(w) // groups, *w.shape[1:])
    exchanged = parts.swapaxes(1, 2).reshape(w.shape[1] * groups, len(w) // groups, *w.shape[2:])
    return np.ascontiguousarray(exchanged)  # BLAS takes no array that runs backwards


def first(y: Array, shape: Shape) -> Array:
    """The first windows, `shape` of them: x may have been made larger than they reach, and there are more."""
    return y if y.shape == shape else y[(..., *(slice(n) for n in shape[2:]))]


forward, transpose, weight = nested(conv), nested(conv_transpose), nested(conv_weight)

conv.rule(
    x=lambda g, w, x_shape, stride, padding, dilation, groups: transpose(
        g, w, None, x_shape[2:], stride, padding, dilation, groups
    ),
    w=lambda g, x, w_shape, stride, padding, dilation, groups: weight(
        g, x, w_shape[2:], stride, padding, dilation, groups
    ),
    b=summed,
)
conv_transpose.rule(
    y=lambda g, w, y_shape, stride, padding, dilation, groups: first(
        forward(g, w, None, stride, padding, dilation, groups), y_shape
    ),
    w=lambda g, y, w_shape, stride, padding, dilation, groups: weight(
        y, g, w_shape[2:], stride, padding, dilation, groups
    ),
    b=summed,
)
conv_weight.rule(
    y=lambda g, x, y_shape, stride, padding, dilation, groups: first(
        forward(x, g, None, stride, padding, dilation, groups), y_shape
    ),
    x=lambda g, y, x_shape, stride, padding, dilation, groups: transpose(
        y, g, None, x_shape[2:], stride, padding, dilation, groups
    ),
)

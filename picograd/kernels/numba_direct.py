"""Convolutions that see few channels at a time, depthwise ones above all: sums of shifted images, no matrices.

The images of a group of channels are laid out so that each tap of the kernel sees its elements of all windows as one
long line of memory: with a border of zeros, and where windows are `stride` apart with the rows and columns of each
remainder by `stride` for themselves (`lay`). With the place where tap t begins to see,

    y = b + sum_t w_t line[place_t :]

over a whole image, whose rows end in some elements that mean nothing. The gradient of x is of the same kind: y with a
border is the line, and to the elements of x of one remainder come the taps of that remainder, turned round. The
gradient of w_t is the product of the line from place_t on with y, laid out with zeros at the ends of its rows.

Depthwise convolutions of 3 x 3 on small planes have a shorter way (`numba_depthwise.py`).

An infinite number makes nan of the zeros: what can't be right then is left to the definition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .numba_math import jit, single
from .threads import share

Shape = tuple[int, ...]

BLOCK = 1 << 11  # elements of a line that stay in the cache nearest to the core
GRAIN = 1 << 14  # elements of results that are worth a second thread
VECTOR = 16  # elements: lines are of whole vectors, the rest of one is slow


def convolved(x: Any, w: Any, b: Any, stride: Shape, padding: Shape, dilation: Shape, groups: int) -> Any:
    """What `ops.convolution.convolved` says."""
    size, kernel, channels = x.shape[2:], w.shape[2:], w.shape[1]
    out = [
        (n + 2 * p - (k - 1) * d - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    ]
    y = np.empty((len(x) * groups, len(w) // groups, *out), np.float32)
    images, weights = x.reshape(-1, channels, *size), w.reshape(groups, len(w) // groups, -1)
    bias = np.zeros(weights.shape[:2], np.float32) if b is None else b.reshape(weights.shape[:2])
    rows, columns, places = places_of(channels, size, kernel, stride, padding, dilation)

    def job(start: int, stop: int) -> None:
        flat, line, apart = empty_line((channels, *stride, rows, columns))
        sums = np.empty((out[0] + VECTOR, columns), np.float32)
        part = images[start:stop], weights, bias, padding, places, flat, line, apart
        convolved_loop(*part, sums, ends_of(sums, out), y[start:stop], start)

    share(job, len(y), 1 + GRAIN // y[0].size)
    return y.reshape(len(x), len(w), *out)


def conv_transpose(
    y: Any, w: Any, b: Any, size: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int
) -> Any:
    """What `ops.convolution.conv_transpose` says."""
    if not np.isfinite(w).all():
        return NotImplemented
    results, channels, kernel, (down, right) = len(w) // groups, w.shape[1], w.shape[2:], stride
    x = np.empty((len(y) * groups, channels, *size), np.float32)
    bias = np.zeros((groups, channels), np.float32) if b is None else b.reshape(groups, channels)
    rows, columns = (-(-(n + 2 * p) // s) for n, p, s in zip(size, padding, stride, strict=True))
    above, before = ((k - 1) * d // s for k, d, s in zip(kernel, dilation, stride, strict=True))
    o, i, j = taps(results, kernel, dilation)
    # The taps in the order of their remainders, and where those of one end.
    remainder = (i % down * right + j % right + 0 * o).reshape(-1)
    order = remainder.argsort(kind="stable")
    ends = remainder[order].searchsorted(np.arange(down * right + 1))
    places = (o * (above + rows) + above - i // down) * (before + columns) + before - j // right
    places = places.reshape(-1)[order]
    weights = w.reshape(groups, results, channels, -1).swapaxes(1, 2).reshape(groups, channels, -1).take(order, axis=2)
    images = y.reshape(-1, results, *y.shape[2:])

    def job(start: int, stop: int) -> None:
        flat, line, apart = empty_line((results, 1, 1, above + rows, before + columns))
        sums = np.empty((rows + VECTOR, before + columns), np.float32)
        mixed = np.empty((rows, (before + columns) * right), np.float32)
        part = images[start:stop], weights, bias, (above, before), places, flat, line, apart
        inner = sums, ends_of(sums, (rows, columns)), ends, mixed
        transpose_loop(*part, *inner, stride, padding, x[start:stop], start)

    share(job, len(x), 1 + GRAIN // x[0].size)
    return x.reshape(len(y), groups * channels, *size)


def conv_weight(y: Any, x: Any, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int) -> Any:
    """What `ops.convolution.conv_weight` says."""
    size, out, channels, results = x.shape[2:], y.shape[2:], x.shape[1] // groups, y.shape[1] // groups
    images, upper = x.reshape(-1, channels, *size), y.reshape(-1, results, *out)
    rows, columns, places = places_of(channels, size, kernel, stride, padding, dilation)
    totals: dict[int, Any] = {}

    def job(start: int, stop: int) -> None:
        flat, line, apart = empty_line((channels, *stride, rows, columns))
        factor = np.zeros((out[0] + VECTOR, columns), np.float32)
        totals[start] = np.zeros((groups, results, places.size), np.float32)
        part = images[start:stop], upper[start:stop], padding, places, flat, line, apart
        weight_loop(*part, factor, ends_of(factor, out), totals[start], start)

    share(job, len(images), 1 + GRAIN // upper[0].size)
    w = sum(totals[start] for start in sorted(totals))  # in order: the same sum every time
    return w.reshape(y.shape[1], channels, *kernel) if np.isfinite(w).all() else NotImplemented


def taps(channels: int, kernel: Shape, dilation: Shape) -> Any:
    """For each channel and tap the channel's number and how far down and right the tap lies."""
    c, i, j = np.ogrid[:channels, : kernel[0], : kernel[1]]
    return c, i * dilation[0], j * dilation[1]


def places_of(
    channels: int, size: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape
) -> tuple[int, int, Any]:
    """How many rows and columns the planes of a line have, and where in it each tap sees the first window."""
    rows, columns = (-(-(n + 2 * p) // s) for n, p, s in zip(size, padding, stride, strict=True))
    (c, i, j), (down, right) = taps(channels, kernel, dilation), stride
    plane = (c * down + i % down) * right + j % right
    return rows, columns, ((plane * rows + i // down) * columns + j // right).reshape(-1)


def empty_line(shape: Shape) -> tuple[Any, Any, Any]:
    """A line of zeros, flat and as `lay` sees it, and planes of which the columns aren't divided yet."""
    _, down, right, rows, columns = shape
    flat = np.zeros(math.prod(shape) + VECTOR, np.float32)
    return flat, flat[:-VECTOR].reshape(shape), np.zeros((down, rows, columns * right), np.float32)


def ends_of(sums: Any, out: Sequence[int]) -> Any:
    """Of rows of sums those up to the last that means something, in whole vectors."""
    length = (out[0] - 1) * sums.shape[1] + out[1]
    return sums.reshape(-1)[: -(-length // VECTOR) * VECTOR]


@jit
def convolved_loop(
    x: Any,
    w: Any,
    b: Any,
    padding: Shape,
    places: Any,
    flat: Any,
    line: Any,
    apart: Any,
    sums: Any,
    seen: Any,
    y: Any,
    start: int,
) -> None:
    """y (parts, O/groups, H', W') from x (parts, C/groups, H, W); the first part is number `start`."""
    for part in range(len(x)):
        group = (start + part) % len(w)
        lay(x[part], padding, apart, line)
        for o in range(y.shape[1]):
            weigh(flat, places, w[group, o], b[group, o], seen)
            for i in range(y.shape[2]):
                copy(sums[i], y[part, o, i])


@jit
def transpose_loop(
    y: Any,
    w: Any,
    b: Any,
    border: Shape,
    places: Any,
    flat: Any,
    line: Any,
    apart: Any,
    sums: Any,
    seen: Any,
    ends: Any,
    mixed: Any,
    stride: Shape,
    padding: Shape,
    x: Any,
    start: int,
) -> None:
    """x (parts, C/groups, H, W) from y (parts, O/groups, H', W'); the first part is number `start`."""
    (down, right), (top, left), height = stride, padding, x.shape[2]
    for part in range(len(x)):
        group = (start + part) % len(w)
        lay(y[part], border, apart, line)
        for c in range(x.shape[1]):
            for r in range(down):
                for k in range(right):
                    here = slice(ends[r * right + k], ends[r * right + k + 1])
                    weigh(flat, places[here], w[group, c, here], b[group, c], seen)
                    if right > 1:
                        mix(sums, k, right, mixed)
                first = (r - top) % down
                whole = sums if right == 1 else mixed
                for t in range((height - first + down - 1) // down):
                    copy(whole[(first + top) // down + t, left:], x[part, c, first + t * down])


@jit
def weight_loop(
    x: Any,
    y: Any,
    padding: Shape,
    places: Any,
    flat: Any,
    line: Any,
    apart: Any,
    factor: Any,
    seen: Any,
    w: Any,
    start: int,
) -> None:
    """w (groups, O/groups, taps) += the products of x (parts, C/groups, H, W) and y (parts, O/groups, H', W')."""
    width = y.shape[3]
    for part in range(len(x)):
        group = (start + part) % len(w)
        lay(x[part], padding, apart, line)
        for o in range(y.shape[1]):
            for i in range(y.shape[2]):
                copy(y[part, o, i], factor[i, :width])
            multiply(flat, places, seen, w[group, o])


@jit
def lay(x: Any, padding: Shape, apart: Any, line: Any) -> None:
    """line (C, *stride, rows, columns) = x (C, H, W), rows and columns of each remainder for themselves. The border is
    zeros already."""
    (top, left), (down, right) = padding, line.shape[1:3]
    channels, height, width = x.shape
    for c in range(channels):
        for r in range(down):
            first = (r - top) % down
            whole = line[c, r, 0] if right == 1 else apart[r]
            for t in range((height - first + down - 1) // down):
                copy(x[c, first + t * down], whole[(first + top) // down + t, left : left + width])
            if right > 1:
                divide(whole.reshape(-1), line[c, r].reshape(right, -1))


@jit
def copy(x: Any, out: Any) -> None:
    """out = x, as much of it as there is room"""
    for t in range(out.size):
        out[t] = x[t]


@jit
def divide(x: Any, out: Any) -> None:
    """out[k] = x[k :: len(out)]. The compiler makes vectors where it knows the step and sees all of x in use."""
    if len(out) == 2:
        even, odd = out[0], out[1]
        for t in range(even.size):
            even[t] = x[2 * t]
            odd[t] = x[2 * t + 1]
    else:
        for k in range(len(out)):
            for t in range(out.shape[1]):
                out[k, t] = x[t * len(out) + k]


@jit
def mix(x: Any, first: int, step: int, out: Any) -> None:
    """The columns first, first + step, ... of out = x"""
    for i in range(out.shape[0]):
        for t in range(x.shape[1]):
            out[i, first + t * step] = x[i, t]


@jit
def weigh(line: Any, places: Any, weights: Any, bias: Any, sums: Any) -> None:
    """sums = bias + sum_t weights_t line[places_t :]"""
    taps = places.size
    for start in range(0, sums.size, BLOCK):
        part = sums[start : start + BLOCK]
        for i in range(part.size):
            part[i] = bias
        for t in range(0, taps - 2, 3):
            a, b, c = line[start + places[t] :], line[start + places[t + 1] :], line[start + places[t + 2] :]
            u, v, w = weights[t], weights[t + 1], weights[t + 2]
            for i in range(part.size):
                part[i] += u * a[i] + v * b[i] + w * c[i]
        for t in range(taps - taps % 3, taps):
            a, u = line[start + places[t] :], weights[t]
            for i in range(part.size):
                part[i] += u * a[i]


@jit
def multiply(line: Any, places: Any, upper: Any, w: Any) -> None:
    """w_t += sum of line[places_t :] upper"""
    taps = places.size
    for start in range(0, upper.size, BLOCK):
        part = upper[start : start + BLOCK]
        for t in range(0, taps - 2, 3):
            a, b, c = line[start + places[t] :], line[start + places[t + 1] :], line[start + places[t + 2] :]
            p, q, r = single(0), single(0), single(0)
            for i in range(part.size):
                p += a[i] * part[i]
                q += b[i] * part[i]
                r += c[i] * part[i]
            w[t] += p
            w[t + 1] += q
            w[t + 2] += r
        for t in range(taps - taps % 3, taps):
            a, p = line[start + places[t] :], single(0)
            for i in range(part.size):
                p += a[i] * part[i]
            w[t] += p

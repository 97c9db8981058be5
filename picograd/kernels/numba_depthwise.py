"""Depthwise convolutions of 3 x 3 with a border of one, for which no row needs a border of its own.

A plane lies in a line of memory, a row and one more of zeros before and behind it. Then tap (i, j) of all windows sees

    line[i W + j :]

and only the first column of windows sees something else than zeros to the left of its image (the end of the row above),
the last one to the right: there the taps of that side are left out. The gradient of x is the same with the taps in
reverse order; that of w is the products of what the taps see with y.

Where windows are `step` apart, those between them are computed as well and left out, or are zeros of y: planes are
small, and to take rows and columns apart costs more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .numba_direct import GRAIN, copy
from .numba_math import inner, jit, single
from .threads import share

Shape = tuple[int, ...]

LARGEST: dict[Shape, int] = {
    (1, 1): 200 * 200,
    (2, 2): 48 * 48,
}  # elements of a plane; from there on numba_direct is faster
VECTOR = 32  # elements: lines are of whole vectors, the rest of one is slow


def fits(w: Shape, plane: Shape, stride: Shape, padding: Shape, dilation: Shape, groups: int) -> bool:
    """Whether a convolution with weights of shape w is of this kind, and `plane`, x's, not too large for this way."""
    if w != (groups, 1, 3, 3) or (*padding, *dilation) != (1,) * 4:
        return False
    return plane[0] * plane[1] <= LARGEST.get(stride, 0)


def apart(size: Shape, step: int) -> Shape:
    """How many windows see a plane of this size."""
    return (size[0] - 1) // step + 1, (size[1] - 1) // step + 1


def convolved(x: Any, w: Any, b: Any, step: int) -> Any:
    """What `ops.convolution.convolved` says; w finite."""
    return weighed(x, w, b, x.shape[2:], (1, step))


def conv_transpose(y: Any, w: Any, b: Any, size: Shape, step: int) -> Any:
    """What `ops.convolution.conv_transpose` says; w finite."""
    return weighed(y, np.ascontiguousarray(w[:, :, ::-1, ::-1]), b, size, (step, 1))


def weighed(x: Any, w: Any, b: Any, size: Shape, steps: Shape) -> Any:
    """The sums over planes of this size, of which x has the elements steps[0] apart, and the result those steps[1]."""
    y = np.empty((*x.shape[:2], *apart(size, steps[1])), np.float32)
    images, results = x.reshape(-1, *x.shape[2:]), y.reshape(-1, *y.shape[2:])
    bias = np.zeros(len(w), np.float32) if b is None else b
    inner = sides(size)

    def job(start: int, stop: int) -> None:
        weigh_loop(images[start:stop], w.reshape(-1, 9), bias, size, steps, *inner, results[start:stop], start)

    share(job, len(images), 1 + GRAIN // (size[0] * size[1]))
    return y


def conv_weight(y: Any, x: Any, step: int) -> Any:
    """What `ops.convolution.conv_weight` says."""
    images, upper = x.reshape(-1, *x.shape[2:]), y.reshape(-1, *y.shape[2:])
    inner = sides(x.shape[2:])
    totals: dict[int, Any] = {}

    def job(start: int, stop: int) -> None:
        totals[start] = np.zeros((x.shape[1], 9), np.float32)
        multiply_loop(images[start:stop], upper[start:stop], step, *inner, totals[start], start)

    share(job, len(images), 1 + GRAIN // images[0].size)
    w = sum(totals[start] for start in sorted(totals))  # in order: the same sum every time
    return w.reshape(-1, 1, 3, 3) if np.isfinite(w).all() else NotImplemented


def sides(size: Shape) -> tuple[Any, Any]:
    """Which windows have something to the left of their middle, and which to the right, in whole vectors."""
    column = np.arange(-(-size[0] * size[1] // VECTOR) * VECTOR, dtype=np.int32) % np.int32(size[1])
    return (column > 0).astype(np.int32), (column < size[1] - 1).astype(np.int32)


@jit
def weigh_loop(x: Any, w: Any, b: Any, size: Shape, steps: Shape, left: Any, right: Any, y: Any, start: int) -> None:
    """The formula of `weighed`; the first plane is number `start`."""
    width, elements, flat = size[1], size[0] * size[1], y.reshape(-1)
    line, sums = np.zeros(left.size + 2 * width + 2, np.float32), np.empty(left.size, np.float32)
    seen = line[width + 1 :][:elements]
    for plane in range(len(x)):
        channel = (start + plane) % len(w)
        if steps[0] == 1:
            copy(x[plane].reshape(-1), seen)
        else:
            spread(x[plane], width, seen)
        place = flat[plane * elements :][: left.size]
        if steps[1] == 1 and place.size == left.size:  # what is behind the plane belongs to the next, which comes then
            weigh(line, width, w[channel], b[channel], left, right, place)
            continue
        weigh(line, width, w[channel], b[channel], left, right, sums)
        if steps[1] == 1:
            copy(sums, place[:elements])
        else:
            pick(sums, width, y[plane])


@jit
def multiply_loop(x: Any, y: Any, step: int, left: Any, right: Any, w: Any, start: int) -> None:
    """w (C, 9) += the products of the planes of x with those of y; the first is number `start`."""
    _, height, width = x.shape
    line, factor = np.zeros(left.size + 2 * width + 2, np.float32), np.zeros(left.size, np.float32)
    seen, upper = line[width + 1 :][: height * width], factor[: height * width]
    for plane in range(len(x)):
        copy(x[plane].reshape(-1), seen)
        if step == 1:
            copy(y[plane].reshape(-1), upper)
        else:
            spread(y[plane], width, upper)
        multiply(line, width, factor, left, right, w[(start + plane) % len(w)])


@inner
def spread(x: Any, width: int, out: Any) -> None:
    """Every second element of every second row of out, whose rows have this width, = x"""
    for i in range(x.shape[0]):
        row = out[2 * i * width :]
        for j in range(x.shape[1]):
            row[2 * j] = x[i, j]


@inner
def pick(x: Any, width: int, out: Any) -> None:
    """out = every second element of every second row of x, whose rows have this width"""
    for i in range(out.shape[0]):
        row = x[2 * i * width :]
        for j in range(out.shape[1]):
            out[i, j] = row[2 * j]


@inner
def weigh(line: Any, width: int, w: Any, bias: Any, left: Any, right: Any, sums: Any) -> None:
    """sums = bias + sum_t w_t line[place_t :]"""
    a, b, c = line, line[1:], line[2:]
    d, e, f = line[width:], line[width + 1 :], line[width + 2 :]
    g, h, k = line[2 * width :], line[2 * width + 1 :], line[2 * width + 2 :]
    p, q, r, s, t, u, v, x, y = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]
    for i in range(sums.size):
        before, behind = p * a[i] + s * d[i] + v * g[i], r * c[i] + u * f[i] + y * k[i]
        middle = bias + q * b[i] + t * e[i] + x * h[i]
        sums[i] = middle + (before if left[i] else single(0)) + (behind if right[i] else single(0))


@inner
def multiply(line: Any, width: int, upper: Any, left: Any, right: Any, w: Any) -> None:
    """w_t += sum of line[place_t :] upper"""
    a, b, c = line, line[1:], line[2:]
    d, e, f = line[width:], line[width + 1 :], line[width + 2 :]
    g, h, k = line[2 * width :], line[2 * width + 1 :], line[2 * width + 2 :]
    p = q = r = s = t = u = v = x = y = single(0)
    for i in range(upper.size):
        middle = upper[i]
        before, behind = middle if left[i] else single(0), middle if right[i] else single(0)
        p, q, r = p + before * a[i], q + middle * b[i], r + behind * c[i]
        s, t, u = s + before * d[i], t + middle * e[i], u + behind * f[i]
        v, x, y = v + before * g[i], x + middle * h[i], y + behind * k[i]
    for i, total in enumerate((p, q, r, s, t, u, v, x, y)):
        w[i] += total

"""Max pooling in two dimensions: one pass over the images, forward and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numba_direct import BLOCK, VECTOR, copy, empty_line, ends_of, lay, places_of
from .numba_math import jit, single
from .threads import share

Shape = tuple[int, ...]

GRAIN = 1 << 16  # elements that are worth a second thread
FEW = 4  # elements of a window whose largest NumPy finds as fast


def planes(*arrays: Any) -> bool:
    """Whether these are float32, row by row in memory, of four axes, with something in them."""
    return all(x.dtype == np.float32 and x.ndim == 4 and x.flags.c_contiguous and x.size for x in arrays)


def max_pool(x: Any, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, windows: Shape) -> Any:
    """max over the window's elements, nan if one is"""
    if not planes(x) or dilation != (1, 1) or kernel[0] * kernel[1] <= FEW:
        return NotImplemented
    out = np.empty((*x.shape[:2], *windows), np.float32)
    images, results = x.reshape(-1, *x.shape[2:]), out.reshape(-1, *windows)

    def job(start: int, stop: int) -> None:
        max_pool_loop(images[start:stop], kernel, stride, padding, results[start:stop])

    share(job, len(images), 1 + GRAIN // images[0].size)
    return out


@jit
def max_pool_loop(x: Any, kernel: Shape, stride: Shape, padding: Shape, out: Any) -> None:
    """The formula of `max_pool`, first along columns, then along lines: x (images, H, W), out (images, H', W')."""
    (tall, wide), (down, right), (top, left) = kernel, stride, padding
    images, height, width = x.shape
    line = np.full(left + max(width, (out.shape[2] - 1) * right + wide), -np.inf, np.float32)
    inner = line[left : left + width]
    for image in range(images):
        for row in range(out.shape[1]):
            first = max(row * down - top, 0)
            inner[:] = x[image, first]
            for k in range(first + 1, min(row * down - top + tall, height)):
                larger(x[image, k], 1, inner)
            largest = out[image, row]
            largest[:] = -np.inf
            for j in range(wide):
                larger(line[j:], right, largest)


@jit
def larger(x: Any, step: int, largest: Any) -> None:
    """largest = max(largest, x[::step]), nan if one is. The compiler makes vectors where it knows the step."""
    if step == 1:
        for t in range(largest.size):
            largest[t] = x[t] if (x[t] > largest[t]) | (x[t] != x[t]) else largest[t]
    elif step == 2:
        for t in range(largest.size):
            a = x[2 * t]
            largest[t] = a if (a > largest[t]) | (a != a) else largest[t]
    else:
        for t in range(largest.size):
            a = x[t * step]
            largest[t] = a if (a > largest[t]) | (a != a) else largest[t]


def max_pool_back(y: Any, x: Any, largest: Any, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> Any:
    """Each y added to the first element of its window that is the largest."""
    if not planes(y, x, largest) or dilation != (1, 1):
        return NotImplemented
    pairs = (kernel, stride, padding) == ((2, 2), (2, 2), (0, 0))
    out = np.empty_like(x) if pairs else np.zeros_like(x)
    size, windows = x.shape[2:], y.shape[2:]
    images, results = x.reshape(-1, *size), out.reshape(-1, *size)
    maxima, upper = (a.reshape(-1, *windows) for a in (largest, y))
    rows, columns, places = places_of(1, size, kernel, stride, padding, dilation)
    steps = (np.arange(kernel[0])[:, None] * size[1] + np.arange(kernel[1])).reshape(-1)
    lowest: list[bool] = []

    def job(start: int, stop: int) -> None:
        part = upper[start:stop], images[start:stop], maxima[start:stop], results[start:stop]
        if pairs:
            max_pool_back_pairs(*part)
            return
        flat, line, apart = empty_line((1, *stride, rows, columns))
        flat[:], apart[:] = -np.inf, -np.inf
        near = np.zeros((windows[0] + VECTOR, columns), np.float32)
        taps = np.zeros(near.shape, np.int32)
        seen = ends_of(near, windows), ends_of(taps, windows)
        lowest.append(max_pool_back_loop(*part, stride, padding, places, steps, flat, line, apart, near, taps, *seen))

    share(job, len(images), 1 + GRAIN // images[0].size)
    return NotImplemented if any(lowest) else out


@jit
def max_pool_back_pairs(y: Any, x: Any, largest: Any, out: Any) -> None:
    """The formula of `max_pool_back` for windows of 2 x 2 side by side: each element is written once."""
    zero = single(0)
    images, height, width = y.shape
    for image in range(images):
        for i in range(height):
            for j in range(width):
                a, b, c = x[image, 2 * i, 2 * j], x[image, 2 * i, 2 * j + 1], x[image, 2 * i + 1, 2 * j]
                g, m = y[image, i, j], largest[image, i, j]
                first, second, third = (a == m) | (a != a), (b == m) | (b != b), (c == m) | (c != c)  # | has no jump
                out[image, 2 * i, 2 * j] = g if first else zero
                out[image, 2 * i, 2 * j + 1] = g if second & (not first) else zero
                out[image, 2 * i + 1, 2 * j] = g if third & (not (first | second)) else zero
                out[image, 2 * i + 1, 2 * j + 1] = zero if first | second | third else g
            out[image, 2 * i : 2 * i + 2, 2 * width :] = zero
        out[image, 2 * height :] = zero


@jit
def max_pool_back_loop(
    y: Any,
    x: Any,
    largest: Any,
    out: Any,
    stride: Shape,
    padding: Shape,
    places: Any,
    steps: Any,
    flat: Any,
    line: Any,
    apart: Any,
    near: Any,
    taps: Any,
    near_seen: Any,
    taps_seen: Any,
) -> Any:
    """The formula of `max_pool_back`: for an image first which taps see the largest, then the sums. Whether one is
    -inf, of which the border can't be told, and so is left out."""
    lowest = False
    _, height, width = y.shape
    for image in range(len(x)):
        lay(x[image : image + 1], padding, apart, line)
        for i in range(height):
            copy(largest[image, i], near[i, :width])
        winners(flat, places, near_seen, taps_seen)
        target = out[image].reshape(-1)
        for i in range(height):
            corner = (i * stride[0] - padding[0]) * x.shape[2] - padding[1]
            for j in range(width):
                if near[i, j] == -np.inf:
                    lowest = True
                else:
                    target[corner + j * stride[1] + steps[taps[i, j]]] += y[image, i, j]
    return lowest


@jit
def winners(line: Any, places: Any, largest: Any, taps: Any) -> None:
    """taps = the first t for which line[place_t :] is the largest, or nan"""
    for start in range(0, largest.size, BLOCK):
        m, part = largest[start : start + BLOCK], taps[start : start + BLOCK]
        for t in range(places.size - 1, -1, -1):  # backwards: the first one stays
            x, tap = line[start + places[t] :], np.int32(t)
            for i in range(m.size):
                part[i] = tap if (x[i] == m[i]) | (x[i] != x[i]) else part[i]

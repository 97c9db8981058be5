"""Max pooling in two dimensions: one pass over the images, forward and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numba_math import jit, single
from .threads import share

Shape = tuple[int, ...]

GRAIN = 1 << 16  # elements that are worth a second thread


def planes(*arrays: Any) -> bool:
    """Whether these are float32, row by row in memory, of four axes, with something in them."""
    return all(x.dtype == np.float32 and x.ndim == 4 and x.flags.c_contiguous and x.size for x in arrays)


def max_pool(x: Any, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, windows: Shape) -> Any:
    """max over the window's elements, nan if one is"""
    if not planes(x) or dilation != (1, 1):
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
    images, results = x.reshape(-1, *x.shape[2:]), out.reshape(-1, *x.shape[2:])
    maxima, upper = (a.reshape(-1, *a.shape[2:]) for a in (largest, y))

    def job(start: int, stop: int) -> None:
        part = upper[start:stop], images[start:stop], maxima[start:stop]
        if pairs:
            max_pool_back_pairs(*part, results[start:stop])
        else:
            max_pool_back_loop(*part, kernel, stride, padding, results[start:stop])

    share(job, len(images), 1 + GRAIN // images[0].size)
    return out


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
def max_pool_back_loop(y: Any, x: Any, largest: Any, kernel: Shape, stride: Shape, padding: Shape, out: Any) -> None:
    """The formula of `max_pool_back`: for a line of windows first which taps see the largest, then the sums."""
    (tall, wide), (down, right), (top, left) = kernel, stride, padding
    images, height, width = x.shape
    lines, columns = y.shape[1:]
    taps = np.empty(columns, np.int32)
    for image in range(images):
        flat = out[image].reshape(-1)
        for row in range(lines):
            g, m = y[image, row], largest[image, row]
            above = row * down - top
            for k in range(tall - 1, -1, -1):  # backwards: the first one stays
                if 0 <= above + k < height:
                    line = x[image, above + k]
                    for j in range(wide - 1, -1, -1):
                        # The windows whose element j is within the line.
                        start = max(0, (left - j + right - 1) // right)
                        stop = min(columns, (width - 1 - j + left) // right + 1)
                        if start < stop:
                            hits(line[start * right + j - left :], right, m[start:stop], k * width + j, taps[start:])
            for t in range(columns):
                flat[above * width + t * right - left + taps[t]] += g[t]


@jit
def hits(x: Any, step: int, largest: Any, tap: Any, taps: Any) -> None:
    """taps = tap where x[::step] is the largest"""
    tap = np.int32(tap)
    if step == 1:
        for t in range(largest.size):
            taps[t] = tap if (x[t] == largest[t]) | (x[t] != x[t]) else taps[t]
    elif step == 2:
        for t in range(largest.size):
            a = x[2 * t]
            taps[t] = tap if (a == largest[t]) | (a != a) else taps[t]
    else:
        for t in range(largest.size):
            a = x[t * step]
            taps[t] = tap if (a == largest[t]) | (a != a) else taps[t]

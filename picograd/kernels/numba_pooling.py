"""Max pooling in two dimensions: one pass over the images, forward and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import float32, int64, types, void
from numba.extending import intrinsic

from .numba_direct import BLOCK, VECTOR, copy, empty_line, ends_of, lay, places_of
from .numba_math import jit, single
from .numba_parts import loop_for, share_slices
from .threads import share

Shape = tuple[int, ...]

GRAIN = 1 << 16  # elements that are worth a second thread
SHORT, LONG = 4, 8  # windows of 2 x 2 that are done at a time
PLANES, PAIR = float32[:, :, ::1], types.UniTuple(int64, 2)
FEW = 4  # elements of a window whose largest NumPy finds as fast


def planes(*arrays: Any) -> bool:
    """Whether these are float32, row by row in memory, of four axes, with something in them."""
    return all(x.dtype == np.float32 and x.ndim == 4 and x.flags.carray and x.size for x in arrays)


def max_pool(x: Any, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, windows: Shape) -> Any:
    """max over the window's elements, nan if one is"""
    if not planes(x) or dilation != (1, 1) or kernel[0] * kernel[1] <= FEW:
        return NotImplemented
    out = np.empty((*x.shape[:2], *windows), np.float32)
    images, results = x.reshape(-1, *x.shape[2:]), out.reshape(-1, *windows)
    share_slices(max_pool_loop, 1 + GRAIN // images[0].size, (images, results), kernel, stride, padding)
    return out


@loop_for(void(PLANES, PLANES, PAIR, PAIR, PAIR))
def max_pool_loop(x: Any, out: Any, kernel: Shape, stride: Shape, padding: Shape) -> None:
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
    upper, images, maxima, results = arrays = [a.reshape(-1, *a.shape[2:]) for a in (y, x, largest, out)]
    grain = 1 + GRAIN // (size[0] * size[1])
    if pairs:
        loop = back_pairs_by_runs if windows[1] >= SHORT else back_pairs
        share_slices(loop, grain, arrays)
        return out
    rows, columns, places = places_of(1, size, kernel, stride, padding, dilation)
    steps = (np.arange(kernel[0])[:, None] * size[1] + np.arange(kernel[1])).reshape(-1)
    lowest: list[bool] = []

    def job(start: int, stop: int) -> None:
        part = upper[start:stop], images[start:stop], maxima[start:stop], results[start:stop]
        flat, line, apart = empty_line((1, *stride, rows, columns))
        flat[:], apart[:] = -np.inf, -np.inf
        near = np.zeros((windows[0] + VECTOR, columns), np.float32)
        taps = np.zeros(near.shape, np.int32)
        seen = ends_of(near, windows), ends_of(taps, windows)
        lowest.append(max_pool_back_loop(*part, stride, padding, places, steps, flat, line, apart, near, taps, *seen))

    share(job, len(images), grain)
    return NotImplemented if any(lowest) else out


def back_run(n: int) -> Any:
    """The formula for n windows in vectors, by addresses: the compiler makes none for rows that short."""
    one, two = ir.VectorType(ir.FloatType(), n), ir.VectorType(ir.FloatType(), 2 * n)
    zero = ir.Constant(one, [0.0] * n)

    def lanes(numbers: range | list[int]) -> Any:
        return ir.Constant(ir.VectorType(ir.IntType(32), len(numbers)), list(numbers))

    def code(context: Any, builder: Any, signature: Any, addresses: Any) -> Any:
        vectors = [one, one, two, two, two, two]
        places = [builder.inttoptr(a, v.as_pointer()) for a, v in zip(addresses, vectors, strict=True)]
        rest, m, *pairs = (builder.load(place, align=4) for place in places[:4])
        elements = [builder.shuffle_vector(p, p, lanes(range(k, 2 * n, 2))) for p in pairs for k in (0, 1)]
        parts = []
        for x in elements[:3]:
            hit = builder.or_(builder.fcmp_ordered("==", x, m), builder.fcmp_unordered("uno", x, x))
            parts.append(builder.select(hit, rest, zero))
            rest = builder.select(hit, zero, rest)  # of the gradient, for the elements behind
        parts.append(rest)
        mixed = lanes([k // 2 + n * (k % 2) for k in range(2 * n)])
        for place, even, odd in zip(places[4:], parts[::2], parts[1::2], strict=True):
            builder.store(builder.shuffle_vector(even, odd, mixed), place, align=4)
        return context.get_dummy_value()

    @intrinsic  # type: ignore[untyped-decorator]
    def run(context: Any, y: Any, largest: Any, upper: Any, lower: Any, out_upper: Any, out_lower: Any) -> Any:
        return types.void(*[types.int64] * 6), code

    return run


back_short, back_long = back_run(SHORT), back_run(LONG)


@loop_for(void(*[PLANES] * 4))
def back_pairs(y: Any, x: Any, largest: Any, out: Any) -> None:
    """The formula of `max_pool_back` for windows of 2 x 2 side by side."""
    images, height, width = y.shape
    for image in range(images):
        target = out[image].reshape(-1)
        target[:] = single(0)
        for i in range(height):
            upper, lower, corner = x[image, 2 * i], x[image, 2 * i + 1], target[2 * i * x.shape[2] :]
            for j in range(width):
                a, b, c, m = upper[2 * j], upper[2 * j + 1], lower[2 * j], largest[image, i, j]
                first, second, third = (a == m) | (a != a), (b == m) | (b != b), (c == m) | (c != c)  # | has no jump
                place = 0 if first else 1 if second else x.shape[2] if third else x.shape[2] + 1
                corner[2 * j + place] = y[image, i, j]


@loop_for(void(*[PLANES] * 4))
def back_pairs_by_runs(y: Any, x: Any, largest: Any, out: Any) -> None:
    """The same for rows of `SHORT` windows at least: each element is written once, many at a time."""
    (images, height, width), (_, rows, columns) = y.shape, x.shape
    if (2 * height, 2 * width) != (rows, columns):
        out[:] = single(0)  # what no window sees
    g, m, elements, results = y.ctypes.data, largest.ctypes.data, x.ctypes.data, out.ctypes.data
    run = LONG if width >= LONG else SHORT
    for image in range(images):
        for i in range(height):
            row, upper = (image * height + i) * width, (image * rows + 2 * i) * columns
            for start in range(0, width, run):
                j = min(start, width - run)  # the last run begins within the one before, and writes the same
                window, pair, below = 4 * (row + j), 4 * (upper + 2 * j), 4 * (upper + columns + 2 * j)
                places = g + window, m + window, elements + pair, elements + below, results + pair, results + below
                if run == LONG:
                    back_long(*places)
                else:
                    back_short(*places)


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

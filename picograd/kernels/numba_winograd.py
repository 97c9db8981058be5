"""Convolution with kernels of 3 x 3, one step apart, in 4/9 of the multiplications.

Two neighbours y of a convolution along one axis see four elements d of the input through a kernel g of three taps.
With sums taken before and after, four products give them, where the definition takes six (Winograd's F(2, 3)):

    y = A^T (G g * B^T d)

    B^T d = (d0 - d2, d1 + d2, d2 - d1, d1 - d3)
    G g   = (g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2)
    A^T m = (m0 + m1 + m2, m1 - m2 - m3)

Along both axes that is 16 products for a tile of 2 x 2 results, not 36; over all channels and tiles it is 16 matrix
products. The form is trilinear in y, d and g, as the convolution is: so the gradient of the kernels is
G^T (A y * B^T d), added up over all tiles. See Lavin and Gray, arXiv:1509.09308. In float32 the result is as exact as
the definition's (with larger tiles it would not be).

Channels come last in here: then all sums before and after are of long rows of memory. Where an element is infinite the
sums make nan of it, and so these kernels leave to the definition whatever gives a result that isn't finite.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .numba_math import jit, single
from .threads import share

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], np.float32)
BOTH = np.kron(G, G)  # G along both axes: (16, 9)

BLOCK = 1 << 20  # bytes of sums that a thread works on at a time
TILES = 128  # tiles that a matrix product needs to be fast

Shape = tuple[int, ...]
Parts = list[tuple[int, int, int, int]]


def convolved(x: Any, w: Any, b: Any, padding: Shape) -> Any:
    """A^T (G w * B^T x) + b: x (N, C, H, W), w (O, C, 3, 3), b (O,) -> (N, O, H', W')"""
    n, channels, *size = x.shape
    height, width = (s + 2 * p - 2 for s, p in zip(size, padding, strict=True))
    out_channels, across = len(w), (width + 1) // 2
    out = np.empty((n, out_channels, height, width), np.float32)
    taps = w.transpose(1, 0, 2, 3).reshape(channels * out_channels, 9)
    weight = (BOTH @ taps.T).reshape(16, channels, out_channels)
    bias = np.zeros(out_channels, np.float32) if b is None else b
    parts, most = parts_of(n, (height + 1) // 2, across, channels + out_channels)
    sums: list[float] = []

    def job(start: int, stop: int) -> None:
        seen = np.empty((16, most * channels), np.float32)
        products = np.empty((16, most * out_channels), np.float32)
        for first, last, top, bottom in parts[start:stop]:
            tiles = (last - first) * (bottom - top) * across
            windows(x[first:last], 2 * top - padding[0], bottom - top, -padding[1], across, seen)
            matrix = matrices(seen, tiles, channels)
            np.matmul(matrix, weight, out=matrices(products, tiles, out_channels))
            sums.append(results(products, bias, out[first:last], 2 * top, bottom - top, across))

    share(job, len(parts), 1)
    return out if math.isfinite(sum(sums)) else NotImplemented


def conv_weight(y: Any, x: Any, padding: Shape) -> Any:
    """G^T (A y * B^T x), summed over tiles and images: y (N, O, H', W'), x (N, C, H, W) -> (O, C, 3, 3)"""
    n, channels = x.shape[:2]
    out_channels, height, width = y.shape[1:]
    across = (width + 1) // 2
    parts, most = parts_of(n, (height + 1) // 2, across, channels + out_channels)
    totals: dict[int, Any] = {}

    def job(start: int, stop: int) -> None:
        seen = np.empty((16, most * channels), np.float32)
        upper = np.empty((16, most * out_channels), np.float32)
        total: Any = np.zeros((16, channels, out_channels), np.float32)
        product = np.empty_like(total)
        for first, last, top, bottom in parts[start:stop]:
            tiles = (last - first) * (bottom - top) * across
            windows(x[first:last], 2 * top - padding[0], bottom - top, -padding[1], across, seen)
            gradients(y[first:last], 2 * top, bottom - top, across, upper)
            rows = matrices(seen, tiles, channels).swapaxes(1, 2)
            total += np.matmul(rows, matrices(upper, tiles, out_channels), out=product)
        totals[start] = total

    share(job, len(parts), 1)
    total = sum(totals[start] for start in sorted(totals))  # in order: the same sum every time
    w = (BOTH.T @ total.reshape(16, -1)).reshape(3, 3, channels, out_channels).transpose(3, 2, 0, 1)
    return np.ascontiguousarray(w) if np.isfinite(w.sum()) else NotImplemented


def parts_of(n: int, rows: int, across: int, channels: int) -> tuple[Parts, int]:
    """The work on n images of `rows` x `across` tiles in parts, some images or some rows of one: (first image, last,
    first row, last); and how many tiles the largest has."""
    most = max(BLOCK // (16 * 4 * channels), TILES)  # tiles
    if rows * across <= most:
        images = most // (rows * across)
        parts = [(k, min(k + images, n), 0, rows) for k in range(0, n, images)]
    else:
        strips = -(-rows // max(most // across, 1))
        ends = [rows * k // strips for k in range(strips + 1)]
        parts = [(k, k + 1, *ends[i : i + 2]) for k in range(n) for i in range(strips)]  # type: ignore[misc]
    return parts, max(((last - first) * (bottom - top) for first, last, top, bottom in parts), default=0) * across


def matrices(sums: Any, tiles: int, channels: int) -> Any:
    """The first `tiles` rows of 16 matrices."""
    return sums[:, : tiles * channels].reshape(16, tiles, channels)


@jit
def windows(x: Any, top: int, rows: int, left: int, across: int, out: Any) -> None:
    """out (16, tiles C) = B^T x along both axes, for `rows` rows of tiles from (top, left) of images (B, C, H, W)."""
    images, channels, height, width = x.shape
    n = across * channels
    lines = np.empty((4, 4, n), np.float32)  # the last four lines of an image, their sums along the line
    even, odd = np.zeros(n + channels, np.float32), np.zeros(n + channels, np.float32)
    start, stop = max(top, 0), min(top + 2 * rows + 2, height)
    near = np.empty((channels, stop - start, width), np.float32)
    for image in range(images):
        for c in range(channels):
            fetch(x[image, c, start:stop], near[c])
        for k in range(2 * rows + 2):
            line = lines[k % 4]
            if top + k < 0 or top + k >= height:
                line[:] = 0
            else:
                split(near, top + k - start, left, even, odd)
                before(even[:n], odd[:n], even[channels:], odd[channels:], line[0], line[1], line[2], line[3])
            if k % 2 == 1 and k > 1:
                at = (image * rows + k // 2 - 1) * n
                a, b, c, d = lines[k - 3 & 3], lines[k - 2 & 3], lines[k - 1 & 3], lines[k & 3]
                for j in range(4):
                    p, q, r, s = out[j, at:], out[4 + j, at:], out[8 + j, at:], out[12 + j, at:]
                    before(a[j], b[j], c[j], d[j], p, q, r, s)


@jit
def gradients(y: Any, top: int, rows: int, across: int, out: Any) -> None:
    """out (16, tiles O) = A y along both axes, for `rows` rows of tiles from `top` on of images (B, O, H', W')."""
    images, channels, height, width = y.shape
    n = across * channels
    lines = np.empty((2, 4, n), np.float32)
    even, odd = np.zeros(n, np.float32), np.zeros(n, np.float32)
    near = np.empty((channels, min(2 * rows, height - top), width), np.float32)
    for image in range(images):
        for c in range(channels):
            fetch(y[image, c, top : top + 2 * rows], near[c])
        for row in range(rows):
            for i in range(2):
                line = lines[i]
                if top + 2 * row + i >= height:
                    line[:] = 0
                else:
                    split(near, 2 * row + i, 0, even, odd)
                    spread(even, odd, line[0], line[1], line[2], line[3])
            at = (image * rows + row) * n
            for j in range(4):
                p, q, r, s = out[j, at:], out[4 + j, at:], out[8 + j, at:], out[12 + j, at:]
                spread(lines[0, j], lines[1, j], p, q, r, s)


@jit
def results(products: Any, bias: Any, out: Any, top: int, rows: int, across: int) -> Any:
    """`rows` rows of tiles of images `out` (B, O, H', W') = A^T products + bias. Gives a sum that shows inf and nan."""
    images, channels, height, width = out.shape
    n = across * channels
    lines = np.empty((2, 4, n), np.float32)
    even, odd = np.empty(n, np.float32), np.empty(n, np.float32)
    step = np.uint64(channels)
    total = single(0)
    stop = min(top + 2 * rows, height)
    near = np.empty((channels, stop - top, width), np.float32)
    for image in range(images):
        for row in range(rows):
            at = (image * rows + row) * n
            for j in range(4):
                p, q, r, s = products[j, at:], products[4 + j, at:], products[8 + j, at:], products[12 + j, at:]
                after(p, q, r, s, lines[0, j], lines[1, j])
            for i in range(min(2, height - top - 2 * row)):
                total += after(lines[i, 0], lines[i, 1], lines[i, 2], lines[i, 3], even, odd)
                for c in range(channels):
                    target, first, second = near[c, 2 * row + i], even[c:], odd[c:]
                    for t in range(width // 2):
                        target[2 * t] = first[np.uint64(t) * step] + bias[c]
                        target[2 * t + 1] = second[np.uint64(t) * step] + bias[c]
                    if width % 2:
                        target[width - 1] = first[np.uint64(width // 2) * step] + bias[c]
        for c in range(channels):
            fetch(near[c], out[image, c, top:stop])
    return total


@jit
def fetch(x: Any, out: Any) -> None:
    """out = x, lines of an image. Memory is fast where it is read and written in order."""
    a, b = x.reshape(-1), out.reshape(-1)
    for i in range(a.size):
        b[i] = a[i]


@jit
def split(x: Any, row: int, left: int, even: Any, odd: Any) -> None:
    """even, odd (pairs C) = the columns of one line of x (C, H, W) from `left` on; beyond the ends they stay 0."""
    channels, _, width = x.shape
    step, pairs = np.uint64(channels), even.size // channels
    for c in range(channels):
        line = x[c, row]
        for half in range(2):
            first = max(0, (1 - left - half) // 2)
            count = min(pairs, (width - left - half + 1) // 2) - first
            source = line[left + half + 2 * first :]
            target = (odd if half else even)[first * channels + c :]
            for t in range(max(count, 0)):
                target[np.uint64(t) * step] = source[2 * t]


@jit
def before(a: Any, b: Any, c: Any, d: Any, p: Any, q: Any, r: Any, s: Any) -> None:
    """p, q, r, s = B^T (a, b, c, d)"""
    for i in range(a.size):
        p[i] = a[i] - c[i]
        q[i] = b[i] + c[i]
        r[i] = c[i] - b[i]
        s[i] = b[i] - d[i]


@jit
def spread(a: Any, b: Any, p: Any, q: Any, r: Any, s: Any) -> None:
    """p, q, r, s = A (a, b)"""
    for i in range(a.size):
        p[i] = a[i]
        q[i] = a[i] + b[i]
        r[i] = a[i] - b[i]
        s[i] = -b[i]


@jit
def after(p: Any, q: Any, r: Any, s: Any, a: Any, b: Any) -> Any:
    """a, b = A^T (p, q, r, s); gives the sum of both."""
    total = single(0)
    for i in range(a.size):
        t, u = q[i] + r[i], q[i] - r[i]
        a[i] = p[i] + t
        b[i] = u - s[i]
        total += a[i] + b[i]
    return total

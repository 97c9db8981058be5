"""Windows: the places at which a kernel lies over an input, as matrices that a product can take."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

Shape = tuple[int, ...]

BLOCK = 1 << 19  # bytes of columns and results worked on at a time: they stay in a core's cache
COLUMNS = 256  # but at least so many windows, or a large weight is read from memory for each few of them
WASTE = 1.3  # how many times the windows may be computed to have long rows


def span(kernel: Shape, dilation: Shape) -> Shape:
    """How far the kernel reaches along each axis: (k - 1) dilation + 1."""
    return tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))


def count(size: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> Shape:
    """How many windows there are along each axis: (size + 2 padding - span) // stride + 1."""
    reach = span(kernel, dilation)
    return tuple((n + 2 * p - r) // s + 1 for n, p, r, s in zip(size, padding, reach, stride, strict=True))


class Windows:
    """Kernels over an array (B, C, *size): `out` of them along each axis, `stride` apart, their taps `dilation` apart.

    The matrix of columns (C kernel, B grid) holds a window in each column. `grid` is `out`, except that for stride 1
    it has the windows of one image in a single row, those that wrap around its right edge among them: they are
    computed and thrown away, and for that columns are copied in long rows, which is several times as fast.
    """

    def __init__(self, size: Shape, out: Shape, kernel: Shape, stride: Shape, dilation: Shape, rows: bool = True):
        self.out, self.kernel, self.stride, self.dilation = out, kernel, stride, dilation
        self.steps = tuple(prod(size[k + 1 :]) for k in range(len(size)))  # elements from one place to the next
        length = 1 + sum((n - 1) * step for n, step in zip(out, self.steps, strict=True))
        self.wide = rows and set(stride) == {1} and 0 < length <= WASTE * prod(out)
        self.grid = (length,) if self.wide else out

    def view(self, x: Any) -> Any:
        """x (B, C, *size) as (C, *kernel, B, *grid): what each tap of each window sees. It overlaps itself."""
        b, c, *steps = x.strides
        taps = [d * s for d, s in zip(self.dilation, steps, strict=True)]
        moves = [steps[-1]] if self.wide else [d * s for d, s in zip(self.stride, steps, strict=True)]
        return as_strided(x, (x.shape[1], *self.kernel, len(x), *self.grid), (c, *taps, b, *moves))

    def columns(self, x: Any, groups: int) -> Any:
        """(B, C, *size) -> (groups, C/groups kernel, B grid)"""
        rows = x.shape[1] // groups * prod(self.kernel)
        return self.view(x).reshape(groups, rows, len(x) * prod(self.grid))

    def add_columns(self, columns: Any, x: Any) -> None:
        """The transpose of `columns`: add each entry to the element of x from which it would have been taken."""
        view = self.view(x)
        columns = columns.reshape(view.shape)
        for tap in np.ndindex(*self.kernel):  # one tap of all windows sees no element twice
            view[(slice(None), *tap)] += columns[(slice(None), *tap)]

    def images(self, y: Any, batch: int) -> Any:
        """Results (groups, O/groups, B grid) as (B, O, *out). A view."""
        channels = y.size // max(batch * prod(self.grid), 1)
        y = y.reshape(channels, batch, *self.grid)
        if not self.wide:
            return y.swapaxes(0, 1)
        steps = [step * y.itemsize for step in self.steps]
        return as_strided(y, (batch, channels, *self.out), (y.strides[1], y.strides[0], *steps))

    def flattened(self, g: Any, groups: int) -> Any:
        """Images (B, O, *out) as (groups, O/groups, B grid), 0 for windows that wrap around."""
        shape = (g.shape[1], len(g), *self.grid)
        y = np.zeros(shape, g.dtype) if self.wide else np.empty(shape, g.dtype)
        self.images(y, len(g))[...] = g
        return y.reshape(groups, g.shape[1] // groups, len(g) * prod(self.grid))


class Blocks:
    """The batch in blocks of a few images, or an image in strips of a few rows, so that a block stays in the cache."""

    def __init__(
        self, size: Shape, out: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, column: int
    ):
        self.size, self.out, self.kernel, self.stride, self.dilation = size, out, kernel, stride, dilation
        self.padding = padding
        self.padded = tuple(n + 2 * p for n, p in zip(size, padding, strict=True))
        self.inner = (..., *(slice(p, p + n) for n, p in zip(size, padding, strict=True)))
        image = max(prod(out) * column, 1)  # bytes; `column`: those of a window and its result
        self.images = max(1, BLOCK // image, -(-COLUMNS // max(prod(out), 1)))
        strips = -(-image // BLOCK) if image > 4 * BLOCK else 1
        self.rows = max(1, -(-out[0] // strips))

    def batches(self, n: int) -> Iterator[slice]:
        """The images of each block."""
        return (slice(k, min(k + self.images, n)) for k in range(0, n, self.images))

    def pad(self, x: Any) -> Any:
        """x within a border of zeros, in one piece of memory."""
        if not any(self.padding):
            return np.ascontiguousarray(x)
        padded = np.zeros((*x.shape[:2], *self.padded), x.dtype)
        padded[self.inner] = x
        return padded

    def strips(self, x: Any) -> Iterator[tuple[slice, Any, Windows]]:
        """For a padded x: some rows of the result, the part of x that they see, and the windows on it."""
        (reach, *_), stride = span(self.kernel, self.dilation), self.stride[0]
        for first in range(0, self.out[0], self.rows):
            rows = slice(first, min(first + self.rows, self.out[0]))
            part = x[:, :, rows.start * stride : (rows.stop - 1) * stride + reach]
            out = (rows.stop - rows.start, *self.out[1:])
            yield rows, part, Windows(part.shape[2:], out, self.kernel, self.stride, self.dilation)

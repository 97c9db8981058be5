"""Windows: the places at which a kernel lies over an input, as matrices that a product can take."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

Shape = tuple[int, ...]

BLOCK = 1 << 21  # bytes of columns and results worked on at a time: they stay in a core's cache
COLUMNS = 256  # columns that a product needs to be fast: with fewer a large weight is read from memory for each few


def span(kernel: Shape, dilation: Shape) -> Shape:
    """How far the kernel reaches along each axis: (k - 1) dilation + 1."""
    return tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))


def count(size: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape) -> Shape:
    """How many windows there are along each axis: (size + 2 padding - span) // stride + 1."""
    reach = span(kernel, dilation)
    return tuple((n + 2 * p - r) // s + 1 for n, p, r, s in zip(size, padding, reach, stride, strict=True))


class Windows:
    """Kernels over images (B, C, *size): `out` of them along each axis, `stride` apart, their taps `dilation` apart.

    `columns` is the matrix with a window in each column: one for each image, (B, groups, C/groups kernel, windows),
    or, where an image has few windows, one for all of them `joined`, (groups, C/groups kernel, B windows).
    """

    def __init__(self, out: Shape, kernel: Shape, stride: Shape, dilation: Shape, groups: int = 1) -> None:
        self.out, self.kernel, self.stride, self.dilation, self.groups = out, kernel, stride, dilation, groups
        self.number = prod(out)
        self.joined = self.number < COLUMNS

    def view(self, x: Any) -> Any:
        """Images (B, C, *size) as (B, C, *kernel, *out): what each tap of each window sees. It overlaps itself."""
        b, c, *steps = x.strides
        taps = [d * step for d, step in zip(self.dilation, steps, strict=True)]
        moves = [s * step for s, step in zip(self.stride, steps, strict=True)]
        return as_strided(x, (*x.shape[:2], *self.kernel, *self.out), (b, c, *taps, *moves))

    def columns(self, x: Any) -> Any:
        """The columns of images (B, C, *size)."""
        return self.matrices(self.view(x), prod(self.kernel))

    def add(self, columns: Any, x: Any) -> None:
        """The transpose of `view`: add each entry (B, C kernel, *out) to the element of x that is seen there."""
        view = self.view(x)
        columns = columns.reshape(view.shape)
        for tap in np.ndindex(*self.kernel):  # one tap of all windows sees no element twice
            at: Any = (slice(None), slice(None), *tap)
            view[at] += columns[at]

    def matrices(self, x: Any, rows: int = 1) -> Any:
        """(B, C, ..., *out), with `rows` elements in ..., as matrices; a copy where it must be."""
        batch, per_group = len(x), x.shape[1] // self.groups * rows
        if not self.joined:
            return x.reshape(batch, self.groups, per_group, self.number)
        before = x.ndim - len(self.out)
        order = (*range(1, before), 0, *range(before, x.ndim))  # the batch just before the windows
        return x.transpose(order).reshape(self.groups, per_group, batch * self.number)

    def images(self, y: Any, batch: int) -> Any:
        """Matrices as images (B, O, *out). A view."""
        rows = self.groups * y.shape[-2]
        if not self.joined:
            return y.reshape(batch, rows, *self.out)
        return y.reshape(rows, batch, *self.out).swapaxes(0, 1)

    def product(self, matrix: Any, columns: Any, out: Any) -> None:
        """out (B, O, *out) = matrix @ columns, without a copy where the memory allows."""
        if self.joined or not out.flags.c_contiguous:
            out[...] = self.images(matrix @ columns, len(out))
        else:
            np.matmul(matrix, columns, out=out.reshape(len(out), *matrix.shape[:2], self.number))


class Blocks:
    """The batch in blocks of a few images, or an image in strips of a few rows, so that a block stays in the cache."""

    def __init__(
        self,
        size: Shape,
        out: Shape,
        kernel: Shape,
        stride: Shape,
        padding: Shape,
        dilation: Shape,
        groups: int,
        column: int,
    ) -> None:
        self.out, self.kernel, self.stride, self.dilation, self.groups = out, kernel, stride, dilation, groups
        self.padding = padding
        self.padded = tuple(n + 2 * p for n, p in zip(size, padding, strict=True))
        self.inner = (..., *(slice(p, p + n) for n, p in zip(size, padding, strict=True)))
        image = max(prod(out) * column, 1)  # bytes; `column`: those of a window and its result
        self.images = max(1, BLOCK // image, -(-COLUMNS // max(prod(out), 1)))
        strips = -(-image // BLOCK) if image > 4 * BLOCK else 1
        self.rows = max(1, -(-out[0] // strips))
        self.reach = span(kernel, dilation)[0]

    def batches(self, n: int) -> list[slice]:
        """The images of each block."""
        return [slice(k, min(k + self.images, n)) for k in range(0, n, self.images)]

    def strips(self) -> list[slice]:
        """The rows of a block's result."""
        return [slice(k, min(k + self.rows, self.out[0])) for k in range(0, self.out[0], self.rows)]

    def parts(self, n: int) -> list[tuple[slice, slice]]:
        """All the blocks of n images: which images, and which rows of their results."""
        return [(images, rows) for images in self.batches(n) for rows in self.strips()]

    def seen(self, rows: slice) -> slice:
        """The rows of an image within its padding that these rows of the result see."""
        return slice(rows.start * self.stride[0], (rows.stop - 1) * self.stride[0] + self.reach)

    def windows(self, rows: slice) -> Windows:
        """The windows of these rows."""
        return Windows((rows.stop - rows.start, *self.out[1:]), self.kernel, self.stride, self.dilation, self.groups)

    def columns(self, x: Any, rows: slice) -> Any:
        """The columns of these rows of the images x (B, C, *size)."""
        seen = self.seen(rows)
        if any(self.padding):
            padding, size = self.padding[0], x.shape[2]
            first, last = max(seen.start - padding, 0), max(min(seen.stop - padding, size), 0)
            part: Any = np.zeros((*x.shape[:2], seen.stop - seen.start, *self.padded[1:]), x.dtype)
            at = first + padding - seen.start
            part[(slice(None), slice(None), slice(at, at + last - first), *self.inner[2:])] = x[:, :, first:last]
        else:
            part = x[:, :, seen]
        return self.windows(rows).columns(part)

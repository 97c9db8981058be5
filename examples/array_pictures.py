"""Arrays drawn as grids of coloured cells, for the notebook on broadcasting.

    row([grid(x, "x"), "+", grid(y, "y"), "=", grid(x + y, "x + y")])

A notebook shows the result, which is SVG. Cells that hold the same element have the same colour; one with a dashed
border is a repetition, and holds no memory of its own.
"""

from html import escape
from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT, GAP, TOP = 46, 30, 18, 44  # of a cell, between two arrays, above an array, in pixels
COLORS = ["#cfe2ff", "#ffe0b8", "#cdeecf", "#f9d0de", "#e3d5fa", "#fdf3b0", "#c9eef0", "#e2e2e2"]
WHITE, INK, GREY = "#ffffff", "#1a1a2e", "#9295a5"


class Grid(NamedTuple):
    """An array as it is to be drawn: a matrix of numbers, which element each is, which cells are repetitions."""

    values: np.ndarray  # (rows, columns)
    elements: np.ndarray  # (rows, columns); -1 for no colour
    repeated: np.ndarray  # (rows, columns)
    title: str
    shape: tuple[int, ...]

    @property
    def size(self):
        """(width, height) in pixels"""
        rows, columns = self.values.shape
        return max(columns * WIDTH, 7.5 * max(len(self.title), len(str(self.shape)))), rows * HEIGHT

    def draw(self, x, y):
        """The grid with its upper left corner at (x, y)."""
        (rows, columns), (width, _) = self.values.shape, self.size
        middle, left = x + width / 2, x + (width - columns * WIDTH) / 2
        yield text(middle, y - 24, self.title, size=14, weight="bold")
        yield text(middle, y - 8, str(self.shape), color=GREY)
        for i, j in np.ndindex(rows, columns):
            element, dashed = self.elements[i, j], self.repeated[i, j]
            dashes = "3 3" if dashed else "none"
            color = COLORS[element % len(COLORS)] if element >= 0 else WHITE
            yield (
                f'<rect x="{left + j * WIDTH + 1:g}" y="{y + i * HEIGHT + 1:g}" width="{WIDTH - 2}" '
                f'height="{HEIGHT - 2}" rx="3" fill="{color}" fill-opacity="{0.45 if dashed else 1}" '
                f'stroke="{GREY}" stroke-dasharray="{dashes}"/>'
            )
            ink = GREY if dashed else INK
            yield text(left + (j + 0.5) * WIDTH, y + (i + 0.5) * HEIGHT + 5, f"{self.values[i, j]:.4g}", color=ink)


class Picture(NamedTuple):
    """What a notebook shows as a picture."""

    svg: str

    def _repr_svg_(self):
        return self.svg

    def __repr__(self):
        return "Picture"


def text(x, y, content, *, size=13, color=INK, weight="normal"):
    style = f'font-size="{size}" font-weight="{weight}" fill="{color}"'
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle" {style}>{escape(content)}</text>'


def matrix(x):
    """An array of up to two axes as (rows, columns): an array (3,) is a row."""
    return np.atleast_2d(x)


def grid(x, title="", *, colors_of=None):
    """The array as it is. Its colours are those of the elements of an array of shape `colors_of` that it came from."""
    x = np.asarray(x)
    elements = np.full(x.shape, -1) if colors_of is None else numbered(colors_of, x.shape)
    return Grid(matrix(x), matrix(elements), np.zeros(matrix(x).shape, bool), title, x.shape)


def repeated(x, shape, title=""):
    """The array broadcast to a shape: repetitions are dashed, and have the colour of their element."""
    x = np.asarray(x)
    elements = numbered(x.shape, shape)
    first = np.zeros(elements.size, bool)
    first[np.unique(elements.ravel(), return_index=True)[1]] = True
    return Grid(matrix(np.broadcast_to(x, shape)), matrix(elements), matrix(~first.reshape(shape)), title, shape)


def numbered(shape, to):
    """0, 1, 2, ... for the elements of an array, broadcast to another shape."""
    return np.broadcast_to(np.arange(np.prod(shape, dtype=int)).reshape(shape), to)


def row(parts):
    """Grids, and signs between them, side by side."""
    high = max(part.size[1] for part in parts if isinstance(part, Grid))
    x, drawn = GAP, []
    for part in parts:
        if isinstance(part, Grid):
            drawn += part.draw(x, TOP + (high - part.size[1]) / 2)
            x += part.size[0] + GAP
        else:
            wide = 10 * len(part)
            drawn.append(text(x + wide / 2, TOP + high / 2 + 7, part, size=20))
            x += wide + GAP
    size = f'width="{x:g}" height="{high + TOP + 10:g}" viewBox="0 0 {x:g} {high + TOP + 10:g}"'
    page = f'<rect width="100%" height="100%" fill="{WHITE}"/>'
    return Picture(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">{page}{"".join(drawn)}</svg>'
    )

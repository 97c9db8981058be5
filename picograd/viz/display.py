"""Tensors at a glance: what an array is, its statistics, and where in it the large and the small values lie."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from ..gradient import Gradient
from ..methods import printing
from ..tensor import Tensor

Array = np.ndarray[Any, Any]
BLOCKS = "▁▂▃▄▅▆▇█"
SMALL = 64  # elements up to which a notebook shows all numbers
FROM = 64  # elements from which on a text has statistics
CELLS = 48  # of a strip in text


def show(x: Any) -> Shown:
    """A Tensor, a gradient or an array at a glance: shape, dtype, device, op, statistics, a heat strip.

    Printed, it is text; a notebook shows a heat map, and a table of the numbers if they are few.
    """
    if isinstance(x, Tensor | Gradient):
        return Shown(x)
    try:
        array = np.asarray(x)
        numbers = array.dtype.kind in "biufcV"
    except ValueError:  # lists of different lengths
        numbers = False
    if not numbers:
        raise TypeError(f"show: a {type(x).__name__}: it shows numbers; give a Tensor or an array of them")
    return Shown(array)


class Shown:
    """What `show` returns: it prints, and a notebook shows it."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __repr__(self) -> str:
        return f"{type(self.x).__name__} {in_words(self.x)}"

    def _repr_html_(self) -> str:
        return html(self.x)


# ---- in words ------------------------------------------------------------------------------------------------------


def in_words(x: Any) -> str:
    """Shape, dtype, device, op, statistics; and on a second line the heat strip, for more than a few numbers."""
    array = array_of(x)
    bad = not_finite(array)
    usual = [words for words in statistics(array) if words not in bad]
    said = "; ".join(", ".join(words) for words in (usual, bad) if words)
    return "\n".join(filter(None, (f"{', '.join(facts(x))}: {said}", strip(array) if array.size >= FROM else "")))


def added_to_repr(x: Tensor) -> str:
    """What the repr of a Tensor says below its elements where some of them are left out; nothing otherwise."""
    if x.value.size < FROM or x.value.size <= printing.options["threshold"]:
        return ""
    return "\n" + "\n".join(f"  {line}" for line in in_words(x).splitlines())


def array_of(x: Any) -> Array:
    """The array of a Tensor or gradient; bfloat16 as float32, as NumPy can't compute with it."""
    array = np.asarray(x)
    return array.astype(np.float32) if array.dtype.kind == "V" else array


def facts(x: Any) -> list[str]:
    """Shape, dtype, device, and what it is in a graph."""
    if not isinstance(x, Tensor):
        return [str(x.shape), str(x.dtype)]
    found = [str(tuple(x.shape)), str(x.dtype), str(x.device)]
    if x.node is not None:
        found.append("requires grad" if x.is_leaf else f"op {x.node.op.name}")
    return found


def statistics(array: Array) -> list[str]:
    """min, mean, max and std of what is finite; then, in words, what is not."""
    if not array.size:
        return ["no elements"]
    if array.dtype.kind == "b":
        return [f"{np.count_nonzero(array):,} of {array.size:,} True"]
    if array.dtype.kind not in "fiuc":
        return [f"{array.size:,} elements"]
    if array.dtype.kind == "c":
        array = np.abs(array)
    finite = array[np.isfinite(array)]
    words = []
    if finite.size:
        wide = finite.astype(np.float64)
        numbers = {"min": finite.min(), "mean": wide.mean(), "max": finite.max(), "std": wide.std()}
        words = [f"{name} {number:.4g}" for name, number in numbers.items()] if array.size > 1 else [f"{finite[0]:.6g}"]
    return words + not_finite(array)


def not_finite(array: Array) -> list[str]:
    """`["3 nan", "1 inf"]`; empty if all is finite."""
    if array.dtype.kind != "f":
        return []
    counts = {"nan": np.isnan(array), "inf": np.isposinf(array), "-inf": np.isneginf(array)}
    return [f"{n:,} {name}" for name, where in counts.items() if (n := np.count_nonzero(where))]


def strip(array: Array) -> str:
    """One line: the array from its first element to its last, in as many parts as there is room for.

    The height of a block is the mean of its part, between the least and the greatest of these means; ! stands for a
    part in which something is nan or infinite. Nothing if all is the same.
    """
    means = pooled(array.reshape(1, -1), 1, CELLS)[0]
    finite = means[np.isfinite(means)]
    if not finite.size:
        return "!" * len(means)
    low, high = float(finite.min()), float(finite.max())
    if low == high and finite.size == means.size:
        return ""
    levels = (means - low) / ((high - low) or 1)
    marks = ["!" if not np.isfinite(level) else BLOCKS[min(int(level * 8), 7)] for level in levels]
    return f"{''.join(marks)}  {BLOCKS[0]} {low:.3g} to {BLOCKS[-1]} {high:.3g}"


def pooled(matrix: Array, rows: int, columns: int) -> Array:
    """The means of a matrix in at most rows x columns blocks of it, as float64."""
    if matrix.dtype.kind == "c":
        matrix = np.abs(matrix)
    if not matrix.size:
        return np.zeros((0, 0))
    result = matrix.astype(np.float64)
    with np.errstate(all="ignore"):
        for axis, most in enumerate((rows, columns)):
            n = result.shape[axis]
            if n > most:
                starts = np.arange(most) * n // most
                counts = np.diff([*starts, n])
                sums = np.add.reduceat(result, starts, axis=axis)
                result = sums / (counts[:, None] if axis == 0 else counts)
    return result


# ---- in a notebook -------------------------------------------------------------------------------------------------

MOST_TILES = 12  # of an array with more than two axes
NOTE = "color:#b3261e;font-weight:bold"


def html(x: Any) -> str:
    """What a notebook shows of a Tensor, a gradient or an array."""
    if type(x).__name__.startswith("Uninitialized"):  # it has no shape to ask for
        return f"<code>{escape(repr(x))}</code>"
    array = array_of(x)
    parts = [
        f"<div><b>{escape(type(x).__name__)}</b> {escape(' · '.join(facts(x)))}</div>",
        f'<div style="opacity:.75">{said(array)}</div>',
    ]
    if array.size > 1:
        few = array.size <= SMALL and array.ndim <= 2 and array.shape[-1] <= 16
        parts.append(table(array) if few else heat_map(array) + numbers(array))
    if isinstance(x, Tensor) and x._grad is not None:
        g = array_of(x._grad)
        parts.append(f'<div style="opacity:.75">gradient: {said(g)}</div>')
    if isinstance(x, Tensor) and x.node is not None and not x.is_leaf:
        parts.append(graph_of(x))
    return f'<div style="font-size:90%;line-height:1.5">{"".join(parts)}</div>'


def graph_of(x: Tensor) -> str:
    """The picture of the graph that a Tensor came from, to be opened."""
    from .inline import graph_html  # displaying a leaf takes no drawing

    return graph_html(x)


def said(array: Array) -> str:
    """The statistics, what is not finite in red."""
    bad = not_finite(array)
    usual = escape(" · ".join(words for words in statistics(array) if words not in bad))
    return f'{usual} <span style="{NOTE}">{escape(", ".join(bad))}</span>' if bad else usual


def numbers(array: Array) -> str:
    """The elements as text, to be opened."""
    text = escape(printing.text(array, ""))
    return f'<details><summary style="opacity:.75">elements</summary><pre style="margin:.3em 0">{text}</pre></details>'


def table(array: Array) -> str:
    """All numbers, each on its colour."""
    matrix = array.reshape(1, -1) if array.ndim < 2 else array
    colors = shades(matrix)
    digits = printing.options["precision"]
    body = ""
    for row, tones in zip(matrix, colors, strict=True):
        cells = "".join(
            f'<td style="padding:.15em .5em;text-align:right;background:{tone};color:{ink(tone)}">'
            f"{escape(str(value) if array.dtype.kind in 'iub' else f'{value:.{digits}g}')}</td>"
            for value, tone in zip(row, tones, strict=True)
        )
        body += f"<tr>{cells}</tr>"
    style = "border-collapse:collapse;margin:.3em 0;font-variant-numeric:tabular-nums"
    return f'<table style="{style}"><tbody>{body}</tbody></table>'


def heat_map(array: Array) -> str:
    """The array as an SVG: its matrices side by side, each of at most some hundred blocks, which are means.

    Blue is negative, red positive, the stronger the further from 0; without negative values it is light to dark. Black
    blocks have a nan or inf in them.
    """
    stack = array.reshape(-1, *array.shape[-2:]) if array.ndim >= 2 else array.reshape(1, 1, -1)
    count = min(len(stack), MOST_TILES)
    rows, columns = (24, 64) if count == 1 else (12, 12)
    tiles = [pooled(matrix, rows, columns) for matrix in stack[:count]]
    height, width = tiles[0].shape
    side = max(3, min(12, 480 // width, 240 // height)) if count == 1 else max(4, 60 // max(height, width))
    colors = shades(np.concatenate(tiles, axis=0)).reshape(count, height, width)
    paths: dict[str, list[str]] = {}
    per_line = max(1, 600 // (width * side + 8)) if count > 1 else 1
    for k in range(count):
        left, top = (k % per_line) * (width * side + 8), (k // per_line) * (height * side + 8)
        for i in range(height):
            for j in range(width):
                square = f"M{left + j * side} {top + i * side}h{side}v{side}h-{side}z"
                paths.setdefault(colors[k, i, j], []).append(square)
    lines = -(-count // per_line)
    w = min(count, per_line) * (width * side + 8) - 8
    h = lines * (height * side + 8) - 8
    drawn = "".join(f'<path fill="{color}" d="{"".join(squares)}"/>' for color, squares in paths.items())
    sizes = [whole / part for whole, part in zip(stack.shape[1:], (height, width), strict=True)]
    block = " x ".join(f"{size:.3g}" for size in sizes[array.ndim < 2 :])
    notes = [f"a block is the mean of {block} elements"] * (max(sizes) > 1)
    notes += [f"the first {count} of {len(stack):,} matrices"] * (len(stack) > count)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
        f'shape-rendering="crispEdges" style="display:block;margin:.3em 0;outline:1px solid #8884">{drawn}</svg>'
        + (f'<div style="opacity:.6;font-size:90%">{"; ".join(notes)}</div>' if notes else "")
    )


def shades(matrix: Array) -> Array:
    """A colour for each number: blue to white to red around 0, or white to blue if nothing is negative."""
    values = (np.abs(matrix) if matrix.dtype.kind == "c" else matrix).astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low < 0:
        most = max(-low, high)
        levels, palette = (values / most + 1) / 2, DIVERGING
    else:
        levels, palette = (values - low) / (high - low) if high > low else np.zeros(values.shape), SEQUENTIAL
    with np.errstate(invalid="ignore"):
        places = np.clip(np.nan_to_num(levels, posinf=0, neginf=0) * len(palette), 0, len(palette) - 1).astype(int)
    return np.where(np.isfinite(values), np.array(palette)[places], "#000000")


def blend(*stops: tuple[int, int, int], steps: int) -> list[str]:
    """Colours from the first stop to the last."""
    at = np.linspace(0, len(stops) - 1, steps)
    channels = [np.interp(at, range(len(stops)), [stop[k] for stop in stops]) for k in range(3)]
    return [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in zip(*channels, strict=True)]


DIVERGING = blend((33, 82, 175), (122, 166, 224), (247, 247, 247), (236, 146, 120), (178, 34, 45), steps=25)
SEQUENTIAL = blend((247, 250, 255), (146, 186, 231), (24, 66, 148), steps=16)


def ink(color: str) -> str:
    """Black or white, whichever can be read on the colour."""
    r, g, b = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return "#000000" if 0.3 * r + 0.6 * g + 0.1 * b > 130 else "#ffffff"

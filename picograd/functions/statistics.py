"""Statistics: counts, histograms, spread of several variables together, areas and slopes of sampled functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..ops import elementwise, movement, reduction, scan
from ..ops.out import takes_out
from ..ops.spelling import both_spellings
from .elementwise import value_of
from .products import mm
from .reduction import vector_norm


@takes_out
def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The norm of order p of input - other, over all elements."""
    return vector_norm(elementwise.sub(input, other), p)


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each of the numbers 0, 1, ... occurs in a vector of integers; with `weights`: their sums."""
    value = input.value
    if value.ndim != 1 or value.dtype.kind not in "iu" or (value.size and value.min() < 0) or minlength < 0:
        raise ValueError(
            f"bincount: input {input.shape} of {input.dtype}, minlength {minlength}: it counts whole numbers from 0 "
            f"up, in a vector; flatten or convert it"
        )
    if weights is not None and weights.shape != input.shape:
        raise ValueError(
            f"bincount: weights {weights.shape} for input {input.shape}: each element needs one; reshape them"
        )
    out = np.bincount(value, None if weights is None else weights.value, minlength)
    return engine.box._of(out.astype(np.float32) if weights is not None and weights.dtype == np.float32 else out)


# ---- histograms ----------------------------------------------------------------------------------------------------


class Histogram(NamedTuple):
    """Counts, and the edges of the bins."""

    hist: Any
    bin_edges: Any


def limits(low: Any, high: Any, value: Any, op: str) -> tuple[float, float]:
    """The ends of a histogram: those given, those of the data if they are equal, never the same number twice."""
    if low == high and value.size:
        low, high = value.min(), value.max()
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise ValueError(f"{op}: a range from {low} to {high}: it must be finite and go upwards; give min and max")
    return (low - 1, high + 1) if low == high else (low, high)


@takes_out
def histc(input: Any, bins: int = 100, min: Any = 0, max: Any = 0) -> Any:
    """How many elements lie in each of `bins` equal intervals from min to max (equal: those of the data).

    In the input's dtype; what lies outside is not counted.
    """
    reduction.floats_only(input.value, "histc")
    if bins <= 0:
        raise ValueError(f"histc: {bins} bins: there must be at least one; give a positive number")
    value = input.value.reshape(-1)
    low, high = limits(min, max, value, "histc")
    value = value[(value >= low) & (value <= high)]
    place = np.minimum(((value - low) * (bins / (high - low))).astype(np.int64), bins - 1)
    return engine.box._of(np.bincount(place, minlength=bins).astype(input.dtype))


@takes_out
def histogram(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """(hist, bin_edges): how many elements (what `weight`) lie in each bin.

    `bins`: how many of equal width, or the edges; the last one includes its right edge. `density`: as shares of the
    whole, divided by the widths.
    """
    counts, (edges,) = counted(input.value.reshape(-1, 1), [bins], range, weight, density, "histogram")
    return Histogram(engine.box._of(counts), engine.box._of(edges))


def histogramdd(input: Any, bins: Any, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """(hist, bin_edges) of points (.., n) in n dimensions: as `histogram` along each of them."""
    n = input.shape[-1]
    each = [bins] * n if isinstance(bins, int) else list(bins)
    if len(each) != n:
        raise ValueError(
            f"histogramdd: {len(each)} bins for points of {n} dimensions: each needs its own; give as many"
        )
    counts, edges = counted(input.value.reshape(-1, n), each, range, weight, density, "histogramdd")
    return Histogram(engine.box._of(counts), tuple(engine.box._of(e) for e in edges))


def counted(points: Any, bins: list[Any], span: Any, weight: Any, density: bool, op: str) -> tuple[Any, list[Any]]:
    """The counts of points (N, n) in a grid of bins, and its edges, in the dtype of the points."""
    reduction.floats_only(points, op)
    edges: list[Any] = []
    for k, b in enumerate(bins):
        if isinstance(b, int):
            ends = (0, 0) if span is None else tuple(span)[2 * k : 2 * k + 2]
            edges.append(np.linspace(*limits(ends[0], ends[1], points[:, k], op), b + 1, dtype=points.dtype))
        else:
            edges.append(value_of(b).astype(points.dtype))
    inside = np.ones(len(points), np.bool_)
    places = []
    for column, edge in zip(points.T, edges, strict=True):
        inside &= (column >= edge[0]) & (column <= edge[-1])
        place = np.searchsorted(edge, column, "right") - 1
        places.append(np.where(column == edge[-1], len(edge) - 2, place))
    shape = tuple(len(edge) - 1 for edge in edges)
    flat = np.ravel_multi_index([p[inside] for p in places], shape)
    weights = None if weight is None else weight.value.reshape(-1)[inside]
    counts = np.bincount(flat, weights, math.prod(shape)).reshape(shape).astype(points.dtype)
    if density:
        for k, edge in enumerate(edges):
            counts = counts / np.diff(edge).reshape((-1,) + (1,) * (len(shape) - 1 - k))
        total = len(flat) if weights is None else weights.sum()
        counts = (counts / total).astype(points.dtype)
    return counts, edges


# ---- several variables ---------------------------------------------------------------------------------------------


def cov(input: Any, *, correction: float = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariances (n, n) of n variables, the rows of (n, observations).

    sum_k w_k (x_ik - mean_i) (x_jk - mean_j) / (sum w - correction), for w how often each observation counts:
    `fweights` (integers) times `aweights`.
    """
    if input.ndim > 2:
        raise ValueError(f"cov: shape {input.shape}: it takes variables as rows of a matrix; reshape it")
    x = input.reshape(1, -1) if input.ndim < 2 else input
    x = x if x.is_floating_point() else x.float()
    weights: Any = None
    for weight, kinds, name in ((fweights, "iu", "fweights"), (aweights, "f", "aweights")):
        if weight is None:
            continue
        if weight.shape != (x.shape[1],) or weight.dtype.kind not in kinds or (weight.value < 0).any():
            raise ValueError(
                f"cov: {name} {weight.shape} of {weight.dtype} for {x.shape[1]} observations: each needs one, not "
                f"negative, {'integers' if kinds == 'iu' else 'floats'}; convert or reshape them"
            )
        weights = weight if weights is None else weights * weight
    if weights is None:
        total: Any = x.shape[1]
        mean = reduction.sum_(x, 1, True) / total
        free: Any = max(total - correction, 0)
    else:
        total = weights.sum()
        mean = reduction.sum_(x * weights, 1, True) / total
        squares = total if aweights is None else (weights * aweights).sum() / total
        free = elementwise.clamp(total - correction * squares, min=0)  # as NumPy: weights of importance count once
        if aweights is None:
            free = elementwise.clamp(total - correction, min=0)
    centred = x - mean
    out = mm(centred if weights is None else centred * weights, centred.mT)
    with np.errstate(divide="ignore", invalid="ignore"):
        out = elementwise.div(out, free)
    return out.reshape(()) if x.shape[0] == 1 else out


def corrcoef(input: Any) -> Any:
    """The correlation coefficients (n, n) of n variables, the rows of (n, observations): cov_ij / (std_i std_j)."""
    c = cov(input)
    if not c.ndim:
        return c / c
    deviation = elementwise.sqrt(c.diagonal())
    return elementwise.clamp(c / movement.unsqueeze(deviation, 1) / deviation, -1, 1)


# ---- sampled functions ---------------------------------------------------------------------------------------------


def areas(y: Any, x: Any, dx: float | None, dim: int, op: str) -> Any:
    """Twice the area under y between each two neighbours along an axis, which is the last one of the result."""
    if x is not None and dx is not None:
        raise TypeError(f"{op}: x and dx: either places the samples; give one of them")
    if not y.ndim:
        raise ValueError(f"{op}: a 0-d Tensor: it has no neighbours; reshape it to (1,)")
    k = movement.one_axis(dim, y.ndim, op)
    y = movement.movedim(y, k, -1)
    if x is None:
        y = y if y.is_floating_point() else y.float()
        twice = y[..., 1:] + y[..., :-1]
        return twice if dx is None or dx == 1 else twice * dx
    twice = y[..., 1:] + y[..., :-1]
    if x.ndim > 1:
        x = movement.movedim(x, k - y.ndim, -1)
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"{op}: x {x.shape} for y {y.shape}, axis {dim}: each value has its place; give as many")
    return twice * (x[..., 1:] - x[..., :-1])


@both_spellings
def trapezoid(y: Any, x: Any = None, *, dx: float | None = None, dim: int = -1) -> Any:
    """The area under samples y along an axis, at places x or `dx` (1) apart: sum (x_k+1 - x_k) (y_k + y_k+1) / 2."""
    return reduction.sum_(areas(y, x, dx, dim, "trapezoid"), -1) / 2


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float | None = None, dim: int = -1) -> Any:
    """The area under samples y up to each of them but the first."""
    out = areas(y, x, dx, dim, "cumulative_trapezoid")
    return movement.movedim(scan.cumsum(out, -1) / 2, -1, movement.one_axis(dim, y.ndim, "cumulative_trapezoid"))


def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Any, ...]:
    """The slope along each axis (of `dim`) of a sampled function, from the neighbours on both sides.

    `spacing`: the distance of the samples, or one for each axis, or their places along each axis (vectors).
    At the ends: from one neighbour (edge_order 1) or two (2).
    """
    over = reduction.axes(dim, input.ndim, "gradient")
    each: list[Any] = (
        list(spacing) if isinstance(spacing, Sequence) and not isinstance(spacing, str) else [spacing] * len(over)
    )
    if len(each) != len(over) or edge_order not in (1, 2):
        raise ValueError(
            f"gradient: {len(each)} spacings for {len(over)} axes, edge_order {edge_order}: each axis has one, the "
            f"order is 1 or 2; give others"
        )
    with np.errstate(divide="ignore", invalid="ignore"):  # samples at one place
        return tuple(slope(input, k, step, edge_order) for k, step in zip(over, each, strict=True))


def slope(x: Any, axis: int, step: Any, order: int) -> Any:
    """The slope along one axis."""
    n = x.shape[axis]
    if n <= order:
        raise ValueError(f"gradient: {n} samples along axis {axis}: it needs {order + 1} or more; give more")
    x = movement.movedim(x if x.is_floating_point() else x.float(), axis, -1)
    if np.ndim(step) and step.shape != (n,):
        raise ValueError(
            f"gradient: places {step.shape} for {n} samples along axis {axis}: each has its own; give a vector of {n}"
        )
    gaps = step[1:] - step[:-1] if np.ndim(step) else None
    a, b = (step, step) if gaps is None else (gaps[:-1], gaps[1:])  # to the left and to the right of inner samples
    left, middle, right = x[..., :-2], x[..., 1:-1], x[..., 2:]
    # Exact for a parabola through the three.
    inner = (right * (a / b) - left * (b / a) + middle * (b / a - a / b)) / (a + b) if n > 2 else middle
    if gaps is None:
        first = last = (step, step)
    else:
        first, last = (gaps[0], gaps[min(1, n - 2)]), (gaps[-1], gaps[max(-2, 1 - n)])
    front = at_end(x[..., :1], x[..., 1:2], x[..., 2:3], *first, order)
    back = at_end(x[..., -1:], x[..., -2:-1], x[..., -3:-2], *last, order)
    return movement.movedim(movement.concatenate([front, inner, -back], -1), -1, axis)


def at_end(p: Any, q: Any, r: Any, h: Any, g: Any, order: int) -> Any:
    """The slope at p, at the start of the samples p, q, r at distances h and g."""
    if order == 1:
        return (q - p) / h
    return q * ((h + g) / (h * g)) - p * ((2 * h + g) / (h * (h + g))) - r * (h / (g * (h + g)))


@both_spellings
def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Each slice along an axis scaled down to a norm (of order p) of `maxnorm`, if it has a larger one."""
    k = movement.one_axis(dim, input.ndim, "renorm")
    if input.ndim < 2 or p <= 0 or maxnorm < 0:
        raise ValueError(
            f"renorm: shape {input.shape}, p {p}, maxnorm {maxnorm}: it takes slices, a positive order and a norm from "
            f"0 up; reshape it"
        )
    norms = vector_norm(input, p, tuple(d for d in range(input.ndim) if d != k), True)
    # PyTorch's 1e-7 keeps the norm of the result below maxnorm, however it is rounded.
    return input * elementwise.where(norms.value > maxnorm, maxnorm / (norms + 1e-7), 1.0)


# ---- sets ----------------------------------------------------------------------------------------------------------


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element occurs among `test_elements`; `invert`: whether it does not."""
    return engine.box._of(np.isin(value_of(elements), value_of(test_elements), assume_unique, invert))


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """One of each run of equal elements (slices along `dim`); then, if asked for, which run each element is of, and
    how long each is.
    """
    axis = 0 if dim is None else movement.one_axis(dim, input.ndim, "unique_consecutive")
    value = input.value.reshape(-1) if dim is None else np.moveaxis(input.value, axis, 0)
    n = len(value)
    rows = value.reshape(n, math.prod(value.shape[1:]))
    first = np.ones(n, np.bool_)
    first[1:] = (rows[1:] != rows[:-1]).any(1)
    starts = np.flatnonzero(first)
    inverse = (np.cumsum(first) - 1).reshape(input.shape if dim is None else -1)
    results = [
        np.moveaxis(value[starts], 0, axis) if dim is not None else value[starts],
        *[inverse] * return_inverse,
        *[np.diff(np.append(starts, n))] * return_counts,
    ]
    return engine.box._of(results[0]) if len(results) == 1 else tuple(engine.box._of(r) for r in results)

"""Sampling at given places: grids of an affine map, and images read at the points of a grid."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...tensor import Tensor

PADDING = ("zeros", "border", "reflection")


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Any:
    """Where an affine map sends each pixel: theta (N, 2, 3), size (N, C, H, W) -> (N, H, W, 2), or one dimension more.

    The pixels of an axis lie between -1 and 1: with align_corners the centres of the outer ones are at the ends, else
    their edges. A point's coordinates are (x, y), the last axis of the image first; the map is theta (x, y, 1).
    """
    t, shape = Tensor._constant(theta), tuple(int(n) for n in size)
    axes = len(shape) - 2
    if axes not in (2, 3) or t.shape != (shape[0], axes, axes + 1) or min(shape) <= 0:
        raise ValueError(
            f"affine_grid: theta {t.shape}, size={shape}: Expected a batch of affine matrices of shape Nx2x3 for size "
            f"(N, C, H, W) or Nx3x4 for (N, C, D, H, W), positive sizes and the same N; make them fit"
        )
    if t.dtype.kind not in "fV":
        raise TypeError(f"affine_grid: theta of {t.dtype}: it must be floats; convert it with float()")
    align = _aligned("affine_grid", align_corners)
    lines = [_line(n, align) for n in shape[2:]]
    points = np.stack([*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(shape[2:])], -1).astype(t.dtype)
    return (points.reshape(-1, axes + 1) @ t.mT).reshape(shape[0], *shape[2:], axes)


def _aligned(op: str, align_corners: bool | None) -> bool:
    """The default is False, with PyTorch's warning."""
    if align_corners is None:
        warnings.warn(
            f"Default {'grid_sample and affine_grid' if op else ''} behavior has changed to align_corners=False since "
            f"1.3.0. Please specify align_corners=True if the old behavior is desired.",
            stacklevel=3,
        )
    return bool(align_corners)


def _line(n: int, align: bool) -> Any:
    """The places of n pixels between -1 and 1."""
    if n == 1:
        return np.zeros(1)
    return np.linspace(-1, 1, n) * (1 if align else (n - 1) / n)


def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Any:
    """The input read at the points of a grid: (N, C, H, W), (N, H', W', 2) -> (N, C, H', W'); or one dimension more.

    Points are (x, y), -1 to 1 across the image as in `affine_grid`. Between pixels: "bilinear" (also for volumes),
    "nearest", "bicubic" (images only). Outside: "zeros", "border" (the edge pixel), "reflection" (mirrored).
    """
    x, points = Tensor._constant(input), Tensor._constant(grid)
    axes = x.ndim - 2
    if axes not in (2, 3) or points.ndim != x.ndim or len(x) != len(points) or points.shape[-1] != axes:
        raise ValueError(
            f"grid_sample: input {x.shape} and grid {points.shape}: expected grid and input to have same batch size "
            f"and dimensions, 4 or 5, and grid to have size {axes} in last dimension; give (N, C, H, W), (N, H', W', 2)"
        )
    if mode not in ("bilinear", "nearest", "bicubic") or (mode == "bicubic" and axes != 2):
        raise ValueError(
            f"grid_sample: input {x.shape}, mode={mode!r}: expected mode to be 'bilinear', 'nearest' or, for 4 "
            f"dimensions, 'bicubic'; choose one of these"
        )
    if padding_mode not in PADDING:
        raise ValueError(f"grid_sample: padding_mode={padding_mode!r}: it is unknown; give one of {', '.join(PADDING)}")
    if 0 in x.shape[1:] or x.dtype != points.dtype:
        raise ValueError(
            f"grid_sample: input {x.shape} of {x.dtype}, grid of {points.dtype}: expected input and grid to have same "
            f"dtype, and the input to have non-empty spatial dimensions; convert or check them"
        )
    align, size = _aligned("grid_sample", align_corners), x.shape[2:]
    places = []  # of each axis, in pixels
    for axis, n in enumerate(size):
        c = points[..., axes - 1 - axis]
        c = (c + 1) * ((n - 1) / 2) if align else ((c + 1) * n - 1) / 2
        places.append(c if mode == "bicubic" else _brought_inside(c, n, padding_mode, align))
    pixels = x.movedim(1, -1).reshape(-1, x.shape[1])  # (N H W, C): an element to read is a row
    number = np.arange(len(x)).reshape(-1, *(1,) * axes)
    total: Any = None
    for corner in itertools.product(*(_neighbours(c, mode) for c in places)):
        row, weight = number, None
        for (at, share), n in zip(corner, size, strict=True):
            if mode == "bicubic":
                at = _inside(at, n, padding_mode, align)[0]
            known = (at >= 0) & (at < n)
            row = row * n + np.where(known, at, 0).astype(np.int64)
            share = share * known
            weight = share if weight is None else weight * share
        part = pixels[row] * _column(weight)  # (N, H', W', C)
        total = part if total is None else total + part
    return total.movedim(-1, 1).contiguous()


def _column(weight: Any) -> Any:
    return weight.reshape(*weight.shape, 1)


def _neighbours(c: Any, mode: str) -> list[tuple[Any, Any]]:
    """The pixels along an axis that a place c (a Tensor) is made of, and their shares, which depend on c."""
    if mode == "nearest":
        return [(np.rint(c.value), np.ones(c.shape, c.dtype))]
    first = np.floor(c.value)
    t = c - first  # from 0 to 1 behind the first
    if mode == "bilinear":
        return [(first, 1 - t), (first + 1, t)]
    return [(first - 1, _far(t + 1)), (first, _near(t)), (first + 1, _near(1 - t)), (first + 2, _far(2 - t))]


def _near(d: Any) -> Any:
    """Keys' cubic kernel with a = -0.75, as for `interpolate`, for distances d up to 1."""
    return (1.25 * d - 2.25) * d * d + 1


def _far(d: Any) -> Any:
    """The same for distances from 1 to 2."""
    return ((-0.75 * d + 3.75) * d - 6) * d + 3


def _brought_inside(c: Any, n: int, padding_mode: str, align: bool) -> Any:
    """Places outside of n pixels moved to where they are read. Their slope: 1, -1 if mirrored, 0 at a border."""
    if padding_mode == "zeros":
        return c
    inside, slope = _inside(c.value, n, padding_mode, align)
    with np.errstate(invalid="ignore"):
        return c * slope + np.where(slope == 0, inside, inside - slope * c.value)


def _inside(c: Any, n: int, padding_mode: str, align: bool) -> tuple[Any, Any]:
    """Places (an array) moved inside, and the derivative of that."""
    slope = np.ones_like(c)
    if padding_mode == "reflection":
        low, length = (0.0, n - 1.0) if align else (-0.5, float(n))
        if length == 0:
            return np.zeros_like(c), np.zeros_like(c)
        distance = np.abs(c - low)
        turns, rest = np.floor(distance / length), np.fmod(distance, length)
        odd = turns % 2 == 1
        slope = np.where(odd, -1, 1) * np.where(c < low, -1, 1).astype(c.dtype)
        c = np.where(odd, length - rest, rest) + c.dtype.type(low)
    if padding_mode != "zeros":
        slope = slope * ((c > 0) & (c < n - 1))
        c = c.clip(0, n - 1)
    return c, slope.astype(c.dtype)

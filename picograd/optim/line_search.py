"""How far to go along a direction: a search for a point that satisfies the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Point(NamedTuple):
    """A point x + t d on the way: the loss there, its gradient (n,), and the slope along the direction d."""

    t: Any
    loss: Any
    gradient: Array
    slope: Any


def strong_wolfe(
    evaluate: Callable[[Array], tuple[float, Array]],
    start: Point,
    t: Any,
    d: Array,
    most: int,
    c1: float = 1e-4,
    c2: float = 0.9,
    shortest: float = 1e-9,
) -> tuple[Point, int]:
    """A point on the way along `d` from `start` (t = 0), with `t` the first guess, and how many were evaluated.

        loss(t) <= loss(0) + c1 t slope(0)   and   |slope(t)| <= c2 |slope(0)|

    First an interval that holds such a point is found, then it is narrowed; `evaluate(t d)` gives loss and gradient.
    After `most` evaluations more than the first, or when the interval is as short as `shortest`, the lowest point so
    far is good enough. Nocedal and Wright, "Numerical Optimization", algorithms 3.5 and 3.6.
    """

    def at(t: Any) -> Point:
        loss, gradient = evaluate(t * d)
        return Point(t, loss, gradient, gradient @ d)

    def too_high(point: Point) -> bool:
        return bool(point.loss > start.loss + c1 * point.t * start.slope)

    def flat_enough(point: Point) -> bool:
        return bool(abs(point.slope) <= -c2 * start.slope)

    previous, new, searched = start, at(t), 0
    while searched < most:
        if too_high(new) or (searched > 1 and new.loss >= previous.loss):
            break
        if flat_enough(new):
            return new, searched + 1
        if new.slope >= 0:
            break
        t = lowest(previous, new, new.t + 0.01 * (new.t - previous.t), new.t * 10)
        previous, new, searched = new, at(t), searched + 1
    else:
        previous = start

    ends, stuck = [previous, new], False
    low = lower(ends)
    while searched < most and abs(ends[1].t - ends[0].t) * np.abs(d).max() >= shortest:
        left, right = min(end.t for end in ends), max(end.t for end in ends)
        t = lowest(ends[0], ends[1], left, right)
        margin = 0.1 * (right - left)
        close = min(right - t, t - left) < margin
        # The second time that the guess comes close to an end, it is moved off: the interval must shrink.
        if close and (stuck or t >= right or t <= left):
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            close = False
        stuck = close
        new, searched = at(t), searched + 1
        if too_high(new) or new.loss >= ends[low].loss:
            ends[1 - low] = new
            low = lower(ends)
            continue
        if flat_enough(new):
            return new, searched + 1
        if new.slope * (ends[1 - low].t - ends[low].t) >= 0:
            ends[1 - low] = ends[low]
        ends[low] = new
    return ends[low], searched + 1


def lower(ends: list[Point]) -> int:
    """Which end has the lower loss."""
    return 0 if ends[0].loss <= ends[1].loss else 1


def lowest(a: Point, b: Point, left: Any, right: Any) -> Any:
    """Where the cubic through two points, with their slopes, is lowest: within [left, right]; else its middle."""
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (left + right) / 2.0
    d2 = np.sqrt(square)
    if a.t > b.t:
        a, b = b, a
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, left), right)

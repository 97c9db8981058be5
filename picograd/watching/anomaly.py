"""Anomaly mode: every op looks whether it makes a nan or inf, forward and backward, and keeps the line of its call.

What is an anomaly: a nan, or an inf, in the result of an op whose inputs have none. One that came in may go out again:
the op to blame is the first. Minus infinity is what a logarithm rightly gives at 0, the log-probability of what cannot
happen, and a mask is made of it; so it is let pass from a logarithm, and where it comes in as a constant. But where it
came from is remembered, and said when a nan comes of it or a backward pass starts at it. In the backward pass the same
holds for an infinite derivative, such as that of sqrt at 0, which clamp and where may still drop: it is an error when
it becomes a nan or reaches a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from weakref import ref

import numpy as np

from ..lines import described as path_of
from ..lines import user_place
from . import turn, watch

LOGARITHMS = {"log", "log2", "log10", "log1p"}
# array's id -> the array, and where the nan or inf in it comes from
Origins = dict[int, tuple[Any, str]]


def turn_anomaly(on: bool, check_nan: bool = True, check_inf: bool = True) -> None:
    """Set the mode of this thread: whether it is on, and whether values are looked at or only lines kept."""
    others = tuple(watcher for watcher in watch.watchers if watcher is not look)
    turn((look, *others) if on else others)
    watch.anomaly, watch.check_nan, watch.check_inf = on, check_nan, check_inf
    watch.origins = watch.origins if on else {}


# ---- forward -------------------------------------------------------------------------------------------------------


def look(op: Any, result: Any, args: tuple[Any, ...]) -> None:
    """Keep the place of a result; RuntimeError if `op` has made a nan or inf in it."""
    node, value = result.node, result.value
    if node is not None:
        node.place = user_place()
    if not watch.check_nan or finite(value):
        return
    place = user_place()
    inputs = [*arrays(args)]
    guilty = [x for x in inputs if not finite(x)]
    made = f"{op.name}, {place}, from {' and '.join(map(statistics, inputs)) or 'no input'}"
    if nans(value) and not any(map(nans, guilty)):
        origin = next(filter(None, map(origin_of, guilty)), None)
        raise RuntimeError(
            f"{op.name}: {' and '.join(map(statistics, inputs)) or 'no input'}: {nans(value)} of {value.size} values "
            f"of the result are nan, {place}{f' (the inf was made by {origin})' if origin else ''}; look where the "
            f"input comes from (clamp it, or add a small number, where the op is not defined)"
        )
    if guilty:
        came = next(filter(None, map(origin_of, guilty)), None)
        remember(value, came or f"{came_in(args, place)}, which {op.name} was given, {place}")
    elif op.name in LOGARITHMS or not watch.check_inf:
        remember(value, made)
    else:
        raise RuntimeError(
            f"{op.name}: {' and '.join(map(statistics, inputs)) or 'no input'}: {value.size - finites(value)} of "
            f"{value.size} values of the result are inf, {place}; keep the input in the range where the result is "
            f"finite (scale or clamp it), or give detect_anomaly check_inf=False where it is meant"
        )


def remember(array: Any, origin: str) -> None:
    """Note where the nan or inf in an array comes from."""
    origins, key = watch.origins, id(array)
    origins[key] = ref(array, lambda _: origins.pop(key, None)), origin


def origin_of(array: Any) -> str | None:
    """Where the nan or inf in an array comes from, if that is known."""
    there, origin = watch.origins.get(id(array), (None, None))
    return origin if there is not None and there() is array else None


def came_in(args: tuple[Any, ...], place: Any) -> str:
    """The first input that is not finite, in words: the parameter's name, or the input's shape and statistics."""
    for argument in args:
        array = next((x for x in arrays([argument]) if not finite(x)), None)
        if array is None:
            continue
        outermost = place.modules[0] if place.modules else None
        for name, parameter in outermost.named_parameters() if outermost is not None else ():
            if parameter is argument:
                return f"the parameter {name} of {path_of(place.modules[:1])}, {statistics(array)}"
        return f"an input, {statistics(array)}"
    return "an input"


# ---- backward ------------------------------------------------------------------------------------------------------


class Checks:
    """What a backward pass in anomaly mode looks at; `origin`: the rule that made the first infinite gradient."""

    def __init__(self) -> None:
        self.origin: str | None = None

    def checked(self, rule: Callable[..., Any], node: Any, parent: Any) -> Callable[..., Any]:
        """`rule`, of the edge from `node` to `parent`; RuntimeError for a nan it makes, and for an inf at a leaf."""

        def checking(g: Any, *saved: Any) -> Any:
            h = rule(g, *saved)
            if watch.check_nan:
                after = [x for x in arrays([h]) if not finite(x)]
                if after:
                    self.judge(node, parent, [*arrays([g])], [*arrays(saved)], after)
            return h

        return checking

    def judge(self, node: Any, parent: Any, before: list[Any], saved: list[Any], after: list[Any]) -> None:
        """What a rule has made of gradients, not all of which are finite."""
        infinite = not all(map(finite, before))
        made = sum(map(nans, after))
        infs = sum(x.size - finites(x) for x in after) - made
        if infinite and getattr(node.op, "selects", False):
            made = 0  # 0 * inf, where the op passes nothing on: the engine drops it

        kept = f" and the saved {' and '.join(map(statistics, saved))}" if saved else ""
        words = (
            f"{node.op.name}, {described(node)}: from the gradient {' and '.join(map(statistics, before))}{kept} it "
            f"makes {f'{made} nan' if made else f'{infs} inf'} in the gradient of an input of shape {parent.shape}"
        )
        advice = "keep the input away from where the derivative is not finite (clamp it, or add a small number)"
        if made and not any(map(nans, before)):
            began = f" (the inf began in {self.origin})" if infinite and self.origin else ""
            raise RuntimeError(f"backward: {words}{began}; {advice}")
        if not infinite and not self.origin:
            self.origin = words
        if parent.op is None and (made or infs) and watch.check_inf and self.origin:
            raise RuntimeError(f"backward: {self.origin}, which reaches a leaf of shape {parent.shape}; {advice}")


def check_start(tensor: Any, gradient: Any = None) -> None:
    """RuntimeError if a backward pass is to start at a nan or inf: it would pass silently."""
    for what, array in (("value", tensor.value), ("incoming gradient", gradient)):
        if array is None or not watch.check_nan or finite(x := np.asarray(array)):
            continue
        kind = "nan" if nans(x) else "inf"
        if kind == "inf" and not watch.check_inf:
            continue
        origin = origin_of(array)
        raise RuntimeError(
            f"backward: the {what} of shape {x.shape} that it starts from: {nans(x) or x.size - finites(x)} of "
            f"{x.size} elements are {kind}; "
            + (
                f"look at where it comes from: {origin}"
                if origin
                else "find the first one, in the data or in the parameters (no op has made it in anomaly mode)"
            )
        )


def described(node: Any) -> str:
    """Where the node's op was called, as far as it is known."""
    return str(getattr(node, "place", None) or "called outside anomaly mode")


# ---- values --------------------------------------------------------------------------------------------------------


def arrays(values: Iterable[Any]) -> Iterator[Any]:
    """The arrays and numbers among the values, those of Tensors and within gradients of other forms too."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from arrays(value)
        elif isinstance(getattr(value, "value", value), np.ndarray | np.generic | float):
            yield np.asarray(getattr(value, "value", value))
        elif hasattr(value, "dense"):  # a gradient at some positions only
            yield from arrays([value.g])
        elif hasattr(value, "gradients"):  # those of several outputs
            yield from arrays(value.gradients.values())


def nans(array: Any) -> int:
    """How many elements are nan."""
    return int(np.count_nonzero(array != array)) if array.dtype.kind in "fcV" else 0


def finites(array: Any) -> int:
    """How many elements are neither nan nor infinite."""
    if array.dtype.kind == "V":  # bfloat16
        array = array.astype(np.float32)
    return int(np.count_nonzero(np.isfinite(array))) if array.dtype.kind in "fc" else array.size


def finite(array: Any) -> bool:
    """Whether all elements are neither nan nor infinite."""
    return bool(finites(array) == array.size)


def statistics(array: Any) -> str:
    """An array in a few words: shape, dtype, least, greatest and mean value, and what is not finite."""
    words = f"shape {array.shape} of {array.dtype}"
    if array.dtype.kind != "f" or not array.size:
        return words
    numbers = array[np.isfinite(array)].astype(np.float64)
    bad = array.size - numbers.size
    odd = [f"{n} {kind}" for n, kind in ((nans(array), "nan"), (bad - nans(array), "inf")) if n]
    if not numbers.size:
        return f"{words} ({', '.join(odd)})"
    usual = f"min {numbers.min():.4g}, max {numbers.max():.4g}, mean {numbers.mean():.4g}"
    return f"{words} ({', '.join([usual, *odd])})"

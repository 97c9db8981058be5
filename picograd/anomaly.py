"""Anomaly mode: every op looks whether it makes a nan, forward and backward, and keeps the line of its call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .lines import user_place
from .watching import turn, watch


def turn_anomaly(on: bool, check_nan: bool = True) -> None:
    """Set the mode of this thread: whether it is on, and whether values are looked at or only lines kept."""
    others = tuple(watcher for watcher in watch.watchers if watcher is not look)
    turn((look, *others) if on else others)
    watch.anomaly, watch.check_nan = on, check_nan


def look(op: Any, result: Any, args: tuple[Any, ...]) -> None:
    """Keep the place of a result; RuntimeError if `op` has made a nan in it.

    A nan that came in may go out again: the op to blame is the first.
    """
    node = result.node
    if node is not None:
        node.place = user_place()
    if watch.check_nan and nans(result.value):
        inputs = [*arrays(args)]
        if not any(map(nans, inputs)):
            raise RuntimeError(
                f"{op.name}: {' and '.join(map(statistics, inputs)) or 'no input'}: {nans(result.value)} of "
                f"{result.value.size} values of the result are nan, {user_place()}; look where the input comes from "
                f"(clamp it, or add a small number, where the op is not defined)"
            )


def checking(rule: Callable[..., Any], node: Any, parent: Any) -> Callable[..., Any]:
    """`rule`, of the edge from `node` to `parent`: RuntimeError if it makes a nan of a gradient that has none."""

    def checked(g: Any, *saved: Any) -> Any:
        h = rule(g, *saved)
        after = list(arrays([h]))
        if watch.check_nan and any(map(nans, after)) and not any(map(nans, arrays([g]))):
            values = " and ".join(map(statistics, arrays(saved)))
            raise RuntimeError(
                f"backward: {node.op.name}, {described(node)}: from the gradient "
                f"{' and '.join(map(statistics, arrays([g])))}{f' and the saved {values}' if values else ''} it makes "
                f"{sum(map(nans, after))} nan in the gradient of an input of shape {parent.shape}; keep the input away "
                f"from where the derivative is not finite (clamp it, or add a small number)"
            )
        return h

    return checked


def check_start(tensor: Any, gradient: Any = None) -> None:
    """RuntimeError if a backward pass is to start at a nan: it would pass silently."""
    for what, array in (("value", tensor.value), ("incoming gradient", gradient)):
        if array is not None and watch.check_nan and nans(np.asarray(array)):
            raise RuntimeError(
                f"backward: the {what} of shape {np.shape(array)} that it starts from: {nans(np.asarray(array))} of "
                f"{np.size(array)} elements are nan; find the first nan, in the data or in the parameters (no op has "
                f"made it in anomaly mode)"
            )


def described(node: Any) -> str:
    """Where the node's op was called, as far as it is known."""
    return str(getattr(node, "place", None) or "called outside anomaly mode")


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


def statistics(array: Any) -> str:
    """An array in a few words: shape, dtype, least, greatest and mean value, and what is not finite."""
    words = f"shape {array.shape} of {array.dtype}"
    if array.dtype.kind != "f" or not array.size:
        return words
    finite = array[np.isfinite(array)].astype(np.float64)
    if not finite.size:
        return f"{words} (nothing finite)"
    words += f" (min {finite.min():.4g}, max {finite.max():.4g}, mean {finite.mean():.4g}"
    return f"{words}, {array.size - finite.size} not finite)" if finite.size < array.size else f"{words})"

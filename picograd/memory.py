"""Who overwrote what, and when: so that a value that a rule still needs is never silently changed.

Tensors share memory freely (views, `detach`, `from_numpy`), so a write is noted for the memory itself: the array
that owns it. Memory that was never written in place has no entry, and then a backward pass checks nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any
from weakref import ref

import numpy as np

from .lines import Line, Spot, line_at, user_spot

# One clock for nodes and writes. It counts down: the youngest has the smallest number and comes first from a heap.
tick = itertools.count(0, -1).__next__


# The last write into some memory: its time, the operation that did it, where in the user's code it did, how many writes
# there were, and the memory (to notice its end).
Write = tuple[int, str, Spot | None, int, ref[np.ndarray[Any, Any]]]
writes: dict[int, Write] = {}
last_write = 1  # the time of the youngest write: what was saved after it needs no look
# Memory that was written while recording -> the time of the last such write: views of it that were taken before carry
# a history that is out of date.
rebased: dict[int, int] = {}


def owner(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array that owns the memory that `array` is a view of (`array` itself if it is no view)."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def wrote(array: np.ndarray[Any, Any], by: str, recorded: bool = False, spot: Spot | None = None) -> None:
    """Note that the operation named `by` has changed the memory of `array` (`recorded`: and that the graph knows).

    `spot`: the user's line, from `user_spot`, if it is known already as many arrays are written at once.
    """
    global last_write
    memory = owner(array)
    key = id(memory)
    last_write = time = tick()
    known = writes.get(key)
    if known is None:
        writes[key] = time, by, spot or user_spot(), 1, ref(memory, forgetting(key))
    else:
        writes[key] = time, by, spot or user_spot(), known[3] + 1, known[4]
    if recorded:
        rebased[key] = time


def wrote_all(memories: Iterable[np.ndarray[Any, Any]], by: str, spot: Spot | None) -> None:
    """`wrote` for many arrays, which own their memory, at once and outside recording."""
    global last_write
    last_write = time = tick()
    for memory in memories:
        key = id(memory)
        known = writes.get(key)
        if known is None:
            writes[key] = time, by, spot, 1, ref(memory, forgetting(key))
        else:
            writes[key] = time, by, spot, known[3] + 1, known[4]


def forgetting(key: int) -> Callable[[object], None]:
    """A function that takes out the entries of memory that is gone: another array may get the same id."""

    def forget(_: object) -> None:
        writes.pop(key, None)
        rebased.pop(key, None)

    return forget


def overwritten_since(array: np.ndarray[Any, Any], time: int) -> tuple[str, Line | None] | None:
    """The operation that wrote into the memory of `array` after `time`, and the user's line at which; or None."""
    write = writes.get(id(owner(array)))
    return (write[1], line_at(write[2])) if write is not None and write[0] < time else None


def version(array: np.ndarray[Any, Any]) -> int:
    """How often the memory of `array` was written in place."""
    write = writes.get(id(owner(array)))
    return 0 if write is None else write[3]


# glibc gives memory that is freed at the heap's end back to the system, and each step of training pays for it with
# thousands of page faults (a third of its time). From which size on, it learns from the largest block freed so far; so
# here one is, which nobody ever touches. From now on up to 64 MiB stay with the process. Elsewhere it does nothing.
np.empty((32 << 20) - (1 << 16), np.uint8)

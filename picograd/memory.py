"""Who overwrote what, and when: so that a value that a rule still needs is never silently changed.

Tensors share memory freely (views, `detach`, `from_numpy`), so a write is noted for the memory itself: the array
that owns it. Memory that was never written in place has no entry, and then a backward pass checks nothing.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

# One clock for nodes and writes. It counts down: the youngest has the smallest number and comes first from a heap.
tick = itertools.count(0, -1).__next__


class Write(NamedTuple):
    """The last write into some memory: its time, the operation that did it, and the memory (to notice its end)."""

    time: int
    by: str
    memory: ref[np.ndarray[Any, Any]]


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


def wrote(array: np.ndarray[Any, Any], by: str, recorded: bool = False) -> None:
    """Note that the operation named `by` has changed the memory of `array` (`recorded`: and that the graph knows)."""
    global last_write
    memory = owner(array)
    key = id(memory)
    known = writes.get(key)

    def forget(_: object) -> None:
        writes.pop(key, None)  # another array may get the same id
        rebased.pop(key, None)

    last_write = time = tick()
    writes[key] = Write(time, by, known.memory if known else ref(memory, forget))
    if recorded:
        rebased[key] = time


def overwritten_since(array: np.ndarray[Any, Any], time: int) -> str | None:
    """The name of the operation that wrote into the memory of `array` after `time`, or None."""
    write = writes.get(id(owner(array)))
    return write.by if write is not None and write.time < time else None

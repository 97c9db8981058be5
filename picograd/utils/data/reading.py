"""How a dataset is read: by the batch where it lies in memory, item by item where it does not.

A dataset that lies in memory has a method `batch(indices)`, by that name and with that parameter: `indices` is an
int64 array (B,) or a slice, the answer is the batch itself. DataLoader then slices the arrays once a batch, where
collating would touch every item. `batch` may be a property: it is looked up once a pass, and None means that this
dataset is to be read item by item.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picograd.tensor import Tensor
from picograd.utils.data.collate import NUMERIC_KINDS

Indices = NDArray[np.int64] | slice
Reader = Callable[[Indices], Any]


def rows(tensor: Tensor, indices: Indices) -> Tensor:
    """The rows `indices` (B) of a Tensor (N, ...): (B, ...), without gradient, a view for a slice."""
    value = tensor.value
    return Tensor._of(value[indices] if type(indices) is slice else value.take(indices, axis=0))


def batch_reader(dataset: Any) -> Reader | None:
    """How the dataset gives a whole batch at once; None where its items are to be read one by one."""
    if isinstance(dataset, Tensor):
        return functools.partial(rows, dataset)
    if isinstance(dataset, np.ndarray):
        return functools.partial(rows, Tensor._of(dataset)) if dataset.dtype.kind in NUMERIC_KINDS else None
    reader = _newest(dataset, "batch")
    # By the parameter's name: elsewhere a `batch(batch_size)` means something else.
    return reader if callable(reader) and [*inspect.signature(reader).parameters][:1] == ["indices"] else None


def read_items(dataset: Any, indices: Sequence[Any]) -> list[Any]:
    """The items of a dataset one by one, or by its `__getitems__`; an exception names the item in its message."""
    getitems = _newest(dataset, "__getitems__")
    items: list[Any] = []
    try:
        if getitems is not None:
            return list(getitems(indices))
        items.extend(dataset[index] for index in indices)  # one by one: after a failure `items` tells which it was
    except Exception as error:
        name_place(error, f"items {describe(indices)}" if getitems is not None else f"item {indices[len(items)]!r}")
        raise
    return items


def name_place(error: Exception, place: str) -> None:
    """Puts the place where an exception arose in front of its message, or in a note where it has no plain message."""
    if len(error.args) == 1 and isinstance(error.args[0], str):
        error.args = (f"{place}: {error.args[0]}",)
    if place not in str(error):
        error.add_note(place)


def _newest(dataset: Any, name: str) -> Any:
    """A method of a dataset, None where a subclass has changed `__getitem__` since: no change may be passed over."""
    for ancestor in type(dataset).__mro__:
        if name in vars(ancestor):
            return getattr(dataset, name)
        if "__getitem__" in vars(ancestor):
            return None
    return None


def describe(indices: Any) -> str:
    """A few words for a message: the first and the last of the indices."""
    if isinstance(indices, slice):
        return f"{indices.start}:{indices.stop}"
    words = [repr(index) for index in (indices.tolist() if isinstance(indices, np.ndarray) else indices)]
    return f"[{', '.join(words if len(words) < 5 else [*words[:3], '...', words[-1]])}]"


def length_of(dataset: Any) -> int:
    """`len(dataset)`; raises TypeError, with what to do, where it has none."""
    if not hasattr(dataset, "__len__"):
        raise TypeError(
            f"dataset: {type(dataset).__name__}: it has no length; define __len__(self) in it (a stream needs none if "
            "it is an IterableDataset and nobody asks for the loader's length)"
        )
    return len(dataset)

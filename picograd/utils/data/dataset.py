"""Datasets: collections that can be asked for an item or, when they lie in memory, for a whole batch.

A dataset that lies in memory has a method `batch(indices)`, by that name and with that parameter: `indices` is an
int64 array (B,) or a slice, the answer is the batch itself. DataLoader then slices the arrays once a batch, where
collating would touch every item.
"""

from __future__ import annotations

import bisect
import functools
import inspect
import math
import operator
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from picograd import random
from picograd.tensor import Tensor
from picograd.utils.data.collate import NUMERIC_KINDS, default_collate
from picograd.utils.data.sampler import check_generator, index_array

ItemT_co = TypeVar("ItemT_co", covariant=True)
ItemT = TypeVar("ItemT")
Indices = NDArray[np.int64] | slice


class Dataset(Generic[ItemT_co]):
    """A collection of items by index: a subclass defines `__getitem__` and, nearly always, `__len__`."""

    def __getitem__(self, index: Any) -> ItemT_co:
        raise NotImplementedError(
            f"Dataset: {type(self).__name__}: it cannot give items yet; define __getitem__(self, index) in it"
        )

    def __add__(self, other: Dataset[Any]) -> ConcatDataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[ItemT_co]):
    """A stream of items: a subclass defines `__iter__`; a length is welcome, not needed."""

    def __iter__(self) -> Iterator[ItemT_co]:
        raise NotImplementedError(
            f"IterableDataset: {type(self).__name__}: it cannot give items yet; define __iter__(self) in it"
        )


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors (N, ...) side by side: item `i` is the tuple of their rows `i`.

    Arrays are taken too, without a copy. Raises ValueError for no tensors, a tensor of shape () or different N,
    TypeError for what is neither Tensor nor array.
    """

    def __init__(self, *tensors: Tensor | NDArray[Any]) -> None:
        if not tensors:
            raise ValueError("TensorDataset: no tensors: a dataset needs at least one; give TensorDataset(x, y)")
        for tensor in tensors:
            if not isinstance(tensor, Tensor | np.ndarray):
                raise TypeError(
                    f"TensorDataset: {type(tensor).__name__}: it holds Tensors or arrays; convert it with Tensor(...)"
                )
        self.tensors = tuple(tensor if isinstance(tensor, Tensor) else Tensor(tensor) for tensor in tensors)
        shapes = [tuple(tensor.shape) for tensor in self.tensors]
        if any(not shape or shape[0] != len(self.tensors[0]) for shape in shapes):
            raise ValueError(
                f"TensorDataset: shapes {', '.join(map(str, shapes))}: all need one length along the first axis; "
                "cut or index them to as many rows"
            )

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def batch(self, indices: Indices) -> list[Tensor]:
        """The rows `indices` (B) of each tensor: Tensors (B, ...), views of the dataset's memory for a slice."""
        return [rows(tensor, indices) for tensor in self.tensors]


class ConcatDataset(Dataset[ItemT_co]):
    """Datasets one after the other. Raises ValueError for none of them, TypeError for an IterableDataset."""

    def __init__(self, datasets: Iterable[Dataset[ItemT_co]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: no datasets: it joins at least one; give ConcatDataset([a, b])")
        for dataset in self.datasets:
            if isinstance(dataset, IterableDataset):
                raise TypeError(
                    f"ConcatDataset: {type(dataset).__name__}: a stream has no indices to join; chain the streams in "
                    "an IterableDataset of your own"
                )
        self.cumulative_sizes = np.cumsum([length_of(dataset) for dataset in self.datasets]).tolist()

    def __len__(self) -> int:
        return int(self.cumulative_sizes[-1])

    def __getitem__(self, index: Any) -> ItemT_co:
        number = operator.index(index)
        if not -len(self) <= number < len(self):
            raise IndexError(
                f"ConcatDataset: index {number} of {len(self)} items: there is no such item; count from 0, or from -1 "
                "backwards"
            )
        number %= len(self)
        part = bisect.bisect_right(self.cumulative_sizes, number)
        return self.datasets[part][number - self._start(part)]

    def batch(self, indices: Indices) -> Any:
        """The items `indices` (B) as one batch; a slice that stays inside one part is that part's own slice."""
        numbers = np.arange(len(self))[indices]  # (B,)
        part_of = np.searchsorted(self.cumulative_sizes, numbers, side="right")  # (B,)
        parts = np.unique(part_of).tolist()
        readers = [batch_reader(self.datasets[part]) for part in parts]
        if isinstance(indices, slice) and len(parts) == 1 and readers[0] is not None:
            start = self._start(parts[0])
            return readers[0](slice(int(numbers[0]) - start, int(numbers[-1]) + 1 - start))
        pieces = [
            reader(numbers[part_of == part] - self._start(part))
            for part, reader in zip(parts, readers, strict=True)
            if reader is not None
        ]
        if len(pieces) < len(parts) or not all(_is_tensor_list(piece) for piece in pieces):
            return default_collate([self[number] for number in numbers.tolist()])
        # The pieces stand part after part: where_from[k] says where the k-th item asked for went.
        where_from = np.argsort(np.argsort(part_of, kind="stable"), kind="stable")  # (B,)
        return [
            Tensor(np.concatenate([tensor.value for tensor in field])[where_from])
            for field in zip(*pieces, strict=True)
        ]

    def _start(self, part: int) -> int:
        return int(self.cumulative_sizes[part - 1]) if part else 0


class Subset(Dataset[ItemT_co]):
    """The items `indices` of a dataset, in that order.

    Where the dataset lies in memory, `indices` is read by the first batch: to change it, set a new sequence.
    """

    def __init__(self, dataset: Dataset[ItemT_co], indices: Sequence[Any]) -> None:
        self.dataset = dataset
        self.indices = indices

    @property
    def indices(self) -> Sequence[Any]:
        return self._indices

    @indices.setter
    def indices(self, indices: Sequence[Any]) -> None:
        self._indices = indices
        self._numbers: NDArray[np.int64] | None = None  # `indices` as an array, made by the first batch
        self._consecutive = False

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> ItemT_co:
        if isinstance(index, list):
            return self.dataset[[self.indices[number] for number in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: Sequence[int]) -> list[ItemT_co]:
        return read_items(self.dataset, [self.indices[number] for number in indices])

    def batch(self, indices: Indices) -> Any:
        """The items `indices` (B) of the subset as one batch, by slicing where the dataset can be sliced."""
        reader = batch_reader(self.dataset)
        if reader is None:
            return default_collate(self.__getitems__(np.arange(len(self))[indices].tolist()))
        if self._numbers is None:
            self._numbers = index_array("Subset", self.indices)
            steps = np.diff(self._numbers, prepend=self._numbers[:1] - 1)
            self._consecutive = bool((steps == 1).all() and (self._numbers >= 0).all())
        chosen = self._numbers[indices]  # (B,)
        if isinstance(indices, slice) and self._consecutive and len(chosen):
            return reader(slice(int(chosen[0]), int(chosen[-1]) + 1))  # still a view
        return reader(chosen)


def random_split(
    dataset: Dataset[ItemT], lengths: Sequence[int | float], generator: random.Generator | None = None
) -> list[Subset[ItemT]]:
    """Splits a dataset of N items at random into disjoint Subsets.

    `lengths` are counts that sum to N, or fractions that sum to 1: then each part has floor(fraction * N) items and
    what is left over goes one by one to the first parts. Raises ValueError for lengths that do not sum or are
    negative, TypeError for counts that are not ints.
    """
    count = length_of(dataset)
    counts = _split_counts(count, lengths)
    check_generator("random_split", generator)
    order = random.rng_of(generator).permutation(count).tolist()
    ends = np.cumsum(counts).tolist()
    return [Subset(dataset, order[end - size : end]) for size, end in zip(counts, ends, strict=True)]


def _split_counts(count: int, lengths: Sequence[int | float]) -> list[int]:
    if any(not isinstance(length, int | float | np.integer | np.floating) for length in lengths):
        raise TypeError(f"random_split: lengths {list(lengths)}: they are not all numbers; give counts or fractions")
    total = sum(lengths)
    if any(length < 0 for length in lengths):
        raise ValueError(f"random_split: lengths {list(lengths)}: a part cannot be negative; give counts from 0 on")
    if math.isclose(total, 1):
        counts = [math.floor(count * fraction) for fraction in lengths]
        for extra in range(count - sum(counts)):
            counts[extra % len(counts)] += 1
        if 0 in counts:
            warnings.warn(
                f"random_split: fractions {list(lengths)} of {count} items: part {counts.index(0)} is empty; give it "
                "a larger fraction",
                stacklevel=3,
            )
        return counts
    if total != count:
        raise ValueError(
            f"random_split: lengths {list(lengths)} sum to {total}: the dataset has {count} items; give counts that "
            f"sum to {count}, or fractions that sum to 1"
        )
    if any(isinstance(length, float | np.floating) for length in lengths):
        raise TypeError(
            f"random_split: lengths {list(lengths)}: counts are ints; convert them with int(), or give fractions that "
            "sum to 1"
        )
    return [int(length) for length in lengths]


def rows(tensor: Tensor, indices: Indices) -> Tensor:
    """The rows `indices` (B) of a Tensor (N, ...): (B, ...), a view for a slice, with its gradient where it has one."""
    try:
        if tensor.requires_grad:
            return tensor[indices]
        return Tensor(tensor.value[indices])
    except IndexError as error:
        raise IndexError(
            f"batch: indices {describe(indices)} of {len(tensor)} items: {error}; give indices below {len(tensor)}"
        ) from None


def batch_reader(dataset: Any) -> Callable[[Indices], Any] | None:
    """How the dataset gives a whole batch at once; None where its items are to be read one by one."""
    if isinstance(dataset, Tensor):
        return functools.partial(rows, dataset)
    if isinstance(dataset, np.ndarray) and dataset.dtype.kind in NUMERIC_KINDS:
        return functools.partial(rows, Tensor(dataset))
    reader = _newest_method(dataset, "batch")
    return reader if reader is not None and _takes_indices(getattr(reader, "__func__", reader)) else None


@functools.cache
def _takes_indices(method: Callable[..., Any]) -> bool:
    """Whether a method is `batch(self, indices)`: elsewhere a `batch(self, batch_size)` means something else."""
    return [*inspect.signature(method).parameters][1:2] == ["indices"]


def read_items(dataset: Any, indices: Sequence[Any]) -> list[Any]:
    """The items of a dataset one by one, or by its `__getitems__`; an exception names the item in its message."""
    getitems = _newest_method(dataset, "__getitems__")
    items: list[Any] = []
    try:
        if getitems is not None:
            return list(getitems(indices))
        for index in indices:
            items.append(dataset[index])
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


def _newest_method(dataset: Any, name: str) -> Callable[..., Any] | None:
    """A method by its name, unless a subclass has changed `__getitem__` since: that change must not be passed over."""
    for ancestor in type(dataset).__mro__:
        if name in vars(ancestor):
            method: Callable[..., Any] = getattr(dataset, name)
            return method
        if "__getitem__" in vars(ancestor):
            return None
    return None


def describe(indices: Any) -> str:
    """A few words for a message: the first and the last of the indices."""
    if isinstance(indices, slice):
        return f"{indices.start}:{indices.stop}"
    few = [repr(index) for index in indices]
    return f"[{', '.join(few if len(few) < 5 else [*few[:3], '...', few[-1]])}]"


def length_of(dataset: Any) -> int:
    """`len(dataset)`; raises TypeError, with what to do, where it has none."""
    try:
        return len(dataset)
    except TypeError:
        raise TypeError(
            f"dataset: {type(dataset).__name__}: it has no length; define __len__(self) in it, or derive it from "
            "IterableDataset"
        ) from None


def _is_tensor_list(piece: Any) -> bool:
    return isinstance(piece, list | tuple) and all(
        isinstance(field, Tensor) and not field.requires_grad for field in piece
    )

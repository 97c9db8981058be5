"""Datasets: collections that can be asked for an item or, when they lie in memory, for a whole batch (`reading.py`)."""

from __future__ import annotations

import bisect
import math
import operator
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from picograd import random
from picograd.tensor import Tensor
from picograd.utils.data.reading import Indices, Reader, batch_reader, describe, length_of, read_items, rows
from picograd.utils.data.sampler import check_generator, index_array

ItemT_co = TypeVar("ItemT_co", covariant=True)
ItemT = TypeVar("ItemT")


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

    def __add__(self, other: Dataset[Any]) -> Any:
        from picograd.utils.data.combined import ChainDataset

        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors (N, ...) side by side: item `i` is the tuple of their rows `i`.

    Arrays are taken too. Memory is shared, a gradient is not: what a dataset gives has none.
    Raises ValueError for no tensors, a tensor of shape () or different N, TypeError for what is neither Tensor nor
    array.
    """

    def __init__(self, *tensors: Tensor | NDArray[Any]) -> None:
        if not tensors:
            raise ValueError("TensorDataset: no tensors: a dataset needs at least one; give TensorDataset(x, y)")
        for tensor in tensors:
            if not isinstance(tensor, Tensor | np.ndarray):
                raise TypeError(
                    f"TensorDataset: {type(tensor).__name__}: it holds Tensors or arrays; convert it with Tensor(...)"
                )
        # Detached: `Tensor(x)` asks for a gradient unless told otherwise, and nobody wants that of a data set.
        self.tensors = tuple(
            tensor.detach() if isinstance(tensor, Tensor) else Tensor._of(tensor) for tensor in tensors
        )
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
                    f"ConcatDataset: {type(dataset).__name__}: a stream has no indices to join; chain streams "
                    "with ChainDataset"
                )
        self.cumulative_sizes = np.cumsum([length_of(dataset) for dataset in self.datasets]).tolist()

    def __len__(self) -> int:
        return int(self.cumulative_sizes[-1])

    def __getitem__(self, index: Any) -> ItemT_co:
        number = operator.index(index)
        if not -len(self) <= number < len(self):
            raise _no_such_item(number, len(self))
        number %= len(self)
        part = bisect.bisect_right(self.cumulative_sizes, number)
        start = self.cumulative_sizes[part - 1] if part else 0
        return self.datasets[part][number - start]

    @property
    def batch(self) -> Reader | None:
        """`batch(indices)` gathers from the parts' batches; None unless all have it and give Tensors of like rows."""
        readers = [reader for reader in map(batch_reader, self.datasets) if reader is not None]
        row_shapes = list(map(_row_shapes, readers))
        if len(readers) < len(self.datasets) or None in row_shapes or any(s != row_shapes[0] for s in row_shapes):
            return None
        ends = np.array(self.cumulative_sizes)
        starts = ends - [length_of(dataset) for dataset in self.datasets]

        def batch(indices: Indices) -> Any:
            numbers = np.arange(*indices.indices(len(self))) if isinstance(indices, slice) else indices  # (B,)
            if len(numbers) == 0:
                return readers[0](slice(0, 0))
            if not -len(self) <= numbers.min() <= numbers.max() < len(self):
                raise _no_such_item(describe(indices), len(self))
            numbers = numbers % len(self)
            part_of = np.searchsorted(ends, numbers, side="right")  # (B,)
            parts = np.unique(part_of).tolist()
            if isinstance(indices, slice) and len(parts) == 1:
                start = starts[parts[0]]
                return readers[parts[0]](slice(numbers[0] - start, numbers[-1] + 1 - start))  # still a view
            places = [np.flatnonzero(part_of == part) for part in parts]  # where in the batch a part's items go
            pieces = [readers[part](numbers[place] - starts[part]) for part, place in zip(parts, places, strict=True)]
            return [_scattered(field, places) for field in zip(*pieces, strict=True)]

        return batch


class Subset(Dataset[ItemT_co]):
    """The items `indices` of a dataset, in that order."""

    def __init__(self, dataset: Dataset[ItemT_co], indices: Sequence[Any]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> ItemT_co:
        if isinstance(index, list):
            return self.dataset[[self.indices[number] for number in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: Sequence[int]) -> list[ItemT_co]:
        return read_items(self.dataset, [self.indices[number] for number in indices])

    @property
    def batch(self) -> Reader | None:
        """`batch(indices)` slices the dataset, as views where a slice of consecutive items is asked for; None where
        the dataset cannot be sliced."""
        reader = batch_reader(self.dataset)
        if reader is None:
            return None
        numbers = index_array("Subset", self.indices)  # (N,)
        consecutive = len(numbers) > 0 and numbers[0] >= 0 and bool((np.diff(numbers) == 1).all())

        def batch(indices: Indices) -> Any:
            chosen = numbers[indices]  # (B,)
            if consecutive and isinstance(indices, slice) and len(chosen):
                return reader(slice(int(chosen[0]), int(chosen[-1]) + 1))
            return reader(chosen)

        return batch


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


def _scattered(pieces: Sequence[Tensor], places: Sequence[NDArray[np.intp]]) -> Tensor:
    """Pieces (B_k, ...) put together to one Tensor (B, ...), the rows of piece k at places[k]."""
    values = [piece.value for piece in pieces]
    out = np.empty((sum(map(len, values)), *values[0].shape[1:]), np.result_type(*values))
    for value, place in zip(values, places, strict=True):
        out[place] = value
    return Tensor._of(out)


def _no_such_item(index: Any, count: int) -> IndexError:
    return IndexError(
        f"ConcatDataset: index {index} of {count} items: there is no such item; count from 0, or from -1 backwards"
    )


def _row_shapes(reader: Reader) -> list[tuple[int, ...]] | None:
    """The shapes (...) of a batch's fields (B, ...), asked from an empty batch; None where it is no list of Tensors."""
    fields = reader(slice(0, 0))
    if not isinstance(fields, list | tuple) or not all(isinstance(field, Tensor) for field in fields):
        return None
    return [tuple(field.shape[1:]) for field in fields]

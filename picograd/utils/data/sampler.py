"""Samplers: in which order a dataset's indices come.

The samplers here give their indices in chunks (an int64 array, or a range), from which batches are cut by slicing.
Iterating a sampler gives the same indices as ints. A sampler of your own needs only `__iter__`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from picograd import random
from picograd.tensor import Tensor

IndexT_co = TypeVar("IndexT_co", covariant=True)
Chunk = NDArray[Any] | range

# Draws with replacement come in chunks of so many: a sampler may be asked for more indices than memory holds.
CHUNK_SIZE = 16384


class Sampler(Generic[IndexT_co]):
    """Gives indices of a dataset: a subclass defines `__iter__` (or `chunks`) and, nearly always, `__len__`.

    `data_source` is not kept: PyTorch once took it, and programs still give it.
    """

    def __init__(self, data_source: Any = None) -> None:
        pass

    def chunks(self) -> Iterator[Chunk]:
        """The indices of one pass, as arrays (any length) or ranges one after the other."""
        raise NotImplementedError(
            f"Sampler: {type(self).__name__}: it cannot give indices yet; define __iter__(self) in it"
        )

    def __iter__(self) -> Iterator[IndexT_co]:
        for chunk in self.chunks():
            indices: Iterable[Any] = chunk.tolist() if isinstance(chunk, np.ndarray) else chunk
            yield from indices


class SequentialSampler(Sampler[int]):
    """0, 1, ... N - 1 for a dataset of N items."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def chunks(self) -> Iterator[Chunk]:
        """All of them, as one range."""
        yield range(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """The indices of a dataset of N items in random order, another one each pass.

    Without replacement every index comes once before any comes again; with it each draw is free. `num_samples`
    (default N) are drawn. Raises ValueError for `num_samples` < 1 (an empty dataset), TypeError for wrong types.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: random.Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = boolean("RandomSampler", "replacement", replacement)
        self._num_samples = num_samples
        self.generator = generator
        check_generator("RandomSampler", generator)
        if len(data_source) == 0:
            raise ValueError("RandomSampler: a dataset of 0 items: there is nothing to shuffle; give it items")
        if num_samples is not None:
            positive("RandomSampler", "num_samples", num_samples)

    @property
    def num_samples(self) -> int:
        """How many indices a pass draws; asked anew each time, for a dataset may grow."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def chunks(self) -> Iterator[Chunk]:
        """A permutation after the other, or free draws."""
        stream = stream_of(self.generator)
        count = len(self.data_source)
        chunk_size = CHUNK_SIZE if self.replacement else count
        for start in range(0, self.num_samples, chunk_size):
            wanted = min(chunk_size, self.num_samples - start)
            if self.replacement:
                yield stream.integers(count, size=wanted)
            else:
                yield stream.permutation(count)[:wanted]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order, without replacement. Raises TypeError for indices that are not ints."""

    def __init__(self, indices: Sequence[int], generator: random.Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator
        check_generator("SubsetRandomSampler", generator)
        index_array("SubsetRandomSampler", indices)

    def chunks(self) -> Iterator[Chunk]:
        """One permutation."""
        yield stream_of(self.generator).permutation(index_array("SubsetRandomSampler", self.indices))

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """`num_samples` indices from 0 ... N - 1, drawn in proportion to `weights` (N,), which need not sum to 1.

    Raises ValueError for weights that are no distribution (negative, not finite, all zero, not one row), for
    `num_samples` < 1 and for more samples without replacement than there are weights above zero.
    """

    def __init__(
        self,
        weights: Sequence[float] | NDArray[Any] | Tensor,
        num_samples: int,
        replacement: bool = True,
        generator: random.Generator | None = None,
    ) -> None:
        self.num_samples = positive("WeightedRandomSampler", "num_samples", num_samples)
        self.replacement = boolean("WeightedRandomSampler", "replacement", replacement)
        self.generator = generator
        check_generator("WeightedRandomSampler", generator)
        if not isinstance(weights, Tensor | np.ndarray):
            weights = np.array([float(weight) for weight in weights])
        self.weights = Tensor._of(np.asarray(weights.value if isinstance(weights, Tensor) else weights, np.float64))
        self._check()

    def _check(self) -> None:
        weights = self.weights.value
        came = f"WeightedRandomSampler: weights of shape {weights.shape}"
        if weights.ndim != 1:
            raise ValueError(f"{came}: they are one row, a weight an item; flatten them")
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
            raise ValueError(
                f"{came}: they are to be finite, not negative, and not all zero; give each item a weight from 0 on"
            )
        above_zero = int(np.count_nonzero(weights))
        if not self.replacement and self.num_samples > above_zero:
            raise ValueError(
                f"{came}: num_samples={self.num_samples} without replacement, and only {above_zero} weights are above "
                "zero; draw fewer, or with replacement=True"
            )

    def chunks(self) -> Iterator[Chunk]:
        """One array of draws."""
        weights = self.weights.value
        stream = stream_of(self.generator)
        yield stream.choice(len(weights), self.num_samples, self.replacement, weights / weights.sum())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Groups a sampler's indices in lists of `batch_size`; the last is shorter, or left out with `drop_last`.

    Raises ValueError for `batch_size` < 1, TypeError for wrong types.
    """

    def __init__(self, sampler: Sampler[Any] | Iterable[Any], batch_size: int, drop_last: bool) -> None:
        self.sampler = sampler
        self.batch_size = positive("BatchSampler", "batch_size", batch_size)
        self.drop_last = boolean("BatchSampler", "drop_last", drop_last)

    def __iter__(self) -> Iterator[list[Any]]:
        for indices in self.index_batches():
            yield indices.tolist() if isinstance(indices, np.ndarray) else list(indices)

    def index_batches(self) -> Iterator[Chunk | list[Any]]:
        """The same batches, uncopied: slices of the sampler's chunks where it has chunks."""
        sampler = self.sampler
        # A sampler with an `__iter__` of its own is asked through it: there its order is decided.
        if isinstance(sampler, Sampler) and type(sampler).__iter__ is Sampler.__iter__:
            yield from self._cut(sampler.chunks())
            return
        indices = iter(sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def _cut(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        size = self.batch_size
        rest: Chunk = range(0)
        for chunk in chunks:
            if len(rest):
                chunk = np.concatenate([rest, chunk])
            whole = len(chunk) - len(chunk) % size
            for start in range(0, whole, size):
                yield chunk[start : start + size]
            rest = chunk[whole:]
        if len(rest) and not self.drop_last:
            yield rest

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]  # without a length: Python's own TypeError
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def stream_of(generator: random.Generator | None) -> np.random.Generator:
    """The stream of random numbers for one pass.

    Without a generator it is a new one, seeded from the global generator: what else draws from that one during the
    pass (dropout) does not change the order.
    """
    if generator is None:
        return np.random.default_rng(random.default_generator.rng.integers(2**63))
    return generator.rng


def check_generator(op: str, generator: Any) -> None:
    """Raises TypeError for what is neither None nor a picograd generator."""
    if generator is not None and not isinstance(generator, random.Generator):
        raise TypeError(
            f"{op}: generator of type {type(generator).__name__}: it is no picograd generator; give "
            "picograd.Generator().manual_seed(0)"
        )


def index_array(op: str, indices: Any) -> NDArray[np.int64]:
    """Indices in a sequence, array or Tensor as an int64 array (B,). Raises TypeError for what are no integers."""
    array = np.asarray(indices.value if isinstance(indices, Tensor) else indices)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise TypeError(
            f"{op}: indices of dtype {array.dtype} and shape {array.shape}: they are integers in one row; give a list "
            "of ints"
        )
    return array.astype(np.int64, copy=False)


def positive(op: str, name: str, value: Any) -> int:
    """`value` as an int of at least 1. Raises ValueError, or TypeError for what is no int."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{op}: {name}={value!r}: it is a count; give an int of at least 1")
    if value < 1:
        raise ValueError(f"{op}: {name}={value}: it is a count; give an int of at least 1")
    return int(value)


def boolean(op: str, name: str, value: Any) -> bool:
    """`value` itself. Raises TypeError for what is no bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{op}: {name}={value!r}: it is a choice; give True or False")
    return value

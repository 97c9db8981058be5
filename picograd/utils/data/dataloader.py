"""DataLoader: a dataset, an order and a batch size make an iterable of batches."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from picograd import random
from picograd.utils.data.collate import default_collate, default_convert
from picograd.utils.data.dataset import Dataset, IterableDataset
from picograd.utils.data.reading import Indices, Reader, batch_reader, describe, length_of, name_place, read_items
from picograd.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    boolean,
    check_generator,
    index_array,
    positive,
)
from picograd.utils.data.workers import Workers

ItemT_co = TypeVar("ItemT_co", covariant=True)

_END = object()  # what a stream gives when it has nothing more: None may be an item


class DataLoader(Generic[ItemT_co]):
    """Gives a dataset batch by batch, in order or shuffled, as often as it is iterated.

    A batch is a list with one Tensor (B, ...) a field, for a dataset of tuples `(x, y)`: `for x, y in loader`. A
    dataset in memory (TensorDataset, MNIST, a Subset of one: what has a method `batch(indices)`) is sliced once a
    batch, without workers; unshuffled, the batches are views of its memory: copy one before writing into it. Any
    other dataset is read item by item, and `collate_fn(items)` (default: `default_collate`) makes the batch.

    | argument | meaning |
    |---|---|
    | `batch_size` | items a batch; None: single items, through `default_convert` |
    | `shuffle`, `generator` | a new random order each pass, repeatable from the generator (default: the global one) |
    | `sampler`, `batch_sampler` | your own order of indices, or of lists of indices |
    | `drop_last` | leave out a last batch that is not full |
    | `num_workers`, `prefetch_factor` | so many threads, each loading so many (default 2) batches ahead |
    | `worker_init_fn`, `persistent_workers` | called with its id in each thread; keep the threads between passes |
    | `timeout` | seconds to wait for a worker's batch, 0: as long as it takes |
    | `in_order` | False: batches come as they are ready |
    | `pin_memory`, `pin_memory_device`, `multiprocessing_context` | accepted, without effect: workers are threads |

    Threads share the dataset and the global generator: a dataset that draws random numbers repeats only without
    workers. An IterableDataset is read by one thread, so nothing comes twice. Leaving the loop early ends the threads.
    What goes wrong in a worker is raised in the loop, with the item's index in its message.

    Raises ValueError for arguments that contradict each other or are out of range, TypeError for wrong types.
    """

    _fixed = frozenset({"dataset", "batch_size", "sampler", "batch_sampler", "drop_last", "persistent_workers"})
    _ready = False

    def __init__(
        self,
        dataset: Dataset[ItemT_co] | Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: Sampler[list[Any]] | Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: random.Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        check_generator("DataLoader", generator)
        _check_order(dataset, batch_size, shuffle, sampler, batch_sampler, drop_last)
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        sized: Any = dataset
        self.dataset = sized
        self.generator = generator
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.batch_size = batch_size if batch_sampler is None else None
        self.drop_last = drop_last
        if not isinstance(dataset, IterableDataset):
            if sampler is None:
                self.sampler = RandomSampler(sized, generator=generator) if shuffle else SequentialSampler(sized)
            if self.batch_size is not None and self.sampler is not None:
                self.batch_sampler = BatchSampler(self.sampler, self.batch_size, drop_last)
        self.collate_fn = collate_fn or (default_convert if self._single_items else default_collate)
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.worker_init_fn = worker_init_fn
        self.timeout = timeout
        self.in_order = in_order
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.multiprocessing_context = multiprocessing_context
        self._workers: Workers | None = None
        self._ready = True

    def __setattr__(self, name: str, value: Any) -> None:
        # the samplers are built from these: a later change would silently do nothing
        if self._ready and name in self._fixed:
            raise ValueError(
                f"DataLoader: {name}={value!r}: it is fixed once the loader is made; make a new DataLoader"
            )
        super().__setattr__(name, value)

    @property
    def _single_items(self) -> bool:
        return self.batch_size is None and self.batch_sampler is None

    def __len__(self) -> int:
        """Batches a pass (items, for `batch_size=None`). Raises TypeError where dataset or sampler has no length."""
        if not isinstance(self.dataset, IterableDataset):
            return len(self.sampler if self._single_items else self.batch_sampler)  # type: ignore[arg-type]
        count = length_of(self.dataset)
        if self.batch_size is None:
            return count
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        if isinstance(self.dataset, IterableDataset):
            if self.num_workers == 0:
                return self._stream()
            # one thread at a time may advance an iterator, so one worker reads it all
            return self._ahead(itertools.repeat(functools.partial(next, self._stream(), _END)), 1)
        if self.collate_fn is default_collate:
            reader = batch_reader(self.dataset)
            if reader is not None:
                return self._slices(reader)  # too quick for threads to be of use
        if self.num_workers == 0:
            return (task() for task in self._tasks())
        return self._ahead(self._tasks(), self.num_workers)

    def _ahead(self, tasks: Iterator[Callable[[], Any]], threads: int) -> Iterator[Any]:
        """What the tasks return, run ahead in worker threads, up to the end of the stream."""
        workers = self._workers or Workers(threads, self.dataset, self.worker_init_fn)
        if self.persistent_workers:
            self._workers = workers
        assert self.prefetch_factor is not None
        results = workers.results(tasks, threads * self.prefetch_factor, self.timeout, self.in_order)
        try:
            yield from itertools.takewhile(lambda result: result is not _END, results)
        finally:
            results.close()  # before the threads end: it cancels what they have not begun
            if workers.stuck or not self.persistent_workers:
                workers.stop()
                self._workers = None

    def _slices(self, reader: Reader) -> Iterator[Any]:
        for chunk in self._index_batches():
            indices = _sliceable(chunk)
            try:
                batch = reader(indices)
            except Exception as error:
                name_place(error, f"items {describe(indices)}")
                raise
            yield batch

    def _tasks(self) -> Iterator[Callable[[], Any]]:
        """For each batch (or single item) of a pass over items, what is to be called for it."""
        if self._single_items:
            assert self.sampler is not None
            return (functools.partial(self._read_item, index) for index in self.sampler)
        return (functools.partial(self._collate_batch, indices) for indices in self._index_batches())

    def _index_batches(self) -> Iterator[Any]:
        sampler = self.batch_sampler
        assert sampler is not None
        # a BatchSampler that iterates in its own way is asked through that
        if isinstance(sampler, BatchSampler) and type(sampler).__iter__ is BatchSampler.__iter__:
            return sampler.index_batches()
        return iter(sampler)

    def _collate_batch(self, indices: Any) -> Any:
        numbers = indices.tolist() if isinstance(indices, np.ndarray) else list(indices)
        items = read_items(self.dataset, numbers)
        try:
            return self.collate_fn(items)
        except Exception as error:
            name_place(error, f"items {describe(numbers)}")
            raise

    def _read_item(self, index: Any) -> Any:
        try:
            return self.collate_fn(self.dataset[index])
        except Exception as error:
            name_place(error, f"item {index!r}")
            raise

    def _stream(self) -> Iterator[Any]:
        """One pass over an IterableDataset."""
        items = iter(self.dataset)
        count = 0
        try:
            if self.batch_size is None:
                for item in items:
                    yield self.collate_fn(item)
                    count += 1
                return
            while batch := list(itertools.islice(items, self.batch_size)):
                if len(batch) == self.batch_size or not self.drop_last:
                    yield self.collate_fn(batch)
                count += len(batch)
        except Exception as error:
            name_place(error, f"after item {count} of the stream")
            raise


def _sliceable(indices: Any) -> Indices:
    """The indices of a batch as a slice, where they are consecutive by construction, or an int64 array (B,)."""
    if isinstance(indices, np.ndarray) and indices.dtype == np.int64:
        return indices
    if isinstance(indices, range) and indices.step == 1 and indices.start >= 0:
        return slice(indices.start, indices.stop)
    return index_array("DataLoader", indices)


def _check_order(
    dataset: Any, batch_size: int | None, shuffle: bool | None, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """Raises where dataset, batch size, shuffle, samplers and drop_last do not go together."""
    boolean("DataLoader", "drop_last", drop_last)
    if batch_size is not None:
        positive("DataLoader", "batch_size", batch_size)
    if not isinstance(dataset, IterableDataset):
        if sampler is None and batch_sampler is None:
            length_of(dataset)
    elif shuffle or sampler is not None or batch_sampler is not None:
        name = "shuffle" if shuffle else "a sampler" if sampler is not None else "a batch_sampler"
        raise ValueError(
            f"DataLoader: {name} with an IterableDataset: a stream has its own order; leave it out, and order the "
            "items in the dataset's __iter__"
        )
    if sampler is not None and shuffle:
        raise ValueError("DataLoader: shuffle together with a sampler: both decide the order; leave one of them out")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            "DataLoader: a batch_sampler together with batch_size, shuffle, sampler or drop_last: it decides all of "
            "them; leave the others out"
        )
    if batch_size is None and drop_last:
        raise ValueError("DataLoader: drop_last with batch_size=None: there is no last batch; give a batch_size")


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    """Raises where the arguments about workers are out of range or there are no workers to apply them to."""
    boolean("DataLoader", "persistent_workers", persistent_workers)
    if isinstance(num_workers, bool) or not isinstance(num_workers, int | np.integer):
        raise TypeError(f"DataLoader: num_workers={num_workers!r}: it is a count; give an int, 0 for no threads")
    if num_workers < 0:
        raise ValueError(f"DataLoader: num_workers={num_workers}: it is a count; give 0 for no threads, or more")
    if not isinstance(timeout, int | float):
        raise TypeError(f"DataLoader: timeout={timeout!r}: it is in seconds; give a number, 0 for as long as it takes")
    if timeout < 0:
        raise ValueError(
            f"DataLoader: timeout={timeout}: it is in seconds; give 0 to wait as long as it takes, or more"
        )
    if prefetch_factor is not None:
        positive("DataLoader", "prefetch_factor", prefetch_factor)
    for name, given in (
        ("prefetch_factor", prefetch_factor is not None),
        ("persistent_workers", persistent_workers),
        ("timeout", timeout != 0),
    ):
        if given and num_workers == 0:
            raise ValueError(f"DataLoader: {name} without workers: it is about worker threads; give num_workers too")

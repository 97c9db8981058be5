"""Datasets made of datasets: streams one after the other, and collections side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from picograd.utils.data.dataset import Dataset, IterableDataset
from picograd.utils.data.reading import Indices, Reader, batch_reader, length_of, read_items


class ChainDataset(IterableDataset[Any]):
    """Streams one after the other. Raises TypeError, when it is read, for a dataset that is no IterableDataset."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        super().__init__()
        self.datasets = datasets

    def _streams(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise TypeError(
                    f"ChainDataset: {type(dataset).__name__}: it chains streams; give IterableDatasets, and join "
                    f"others with ConcatDataset"
                )
            yield dataset

    def __iter__(self) -> Iterator[Any]:
        for stream in self._streams():
            yield from stream

    def __len__(self) -> int:
        return sum(length_of(stream) for stream in self._streams())


class StackDataset(Dataset[Any]):
    """Datasets of one length side by side: item i is the tuple of their items i, or a dict of them.

        StackDataset(images, texts)[i]               (images[i], texts[i])
        StackDataset(image=images, text=texts)[i]    {"image": images[i], "text": texts[i]}

    Raises ValueError for none, for both forms at once, and for different lengths.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError(
                f"StackDataset: {len(args)} datasets by place and {len(kwargs)} by name: items are either tuples or "
                f"dicts; give datasets in one of the two ways"
            )
        self.datasets: tuple[Any, ...] | dict[str, Any] = args or kwargs
        lengths = [length_of(dataset) for dataset in self._parts]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"StackDataset: datasets of {', '.join(map(str, lengths))} items: side by side they need as many each; "
                f"cut them with Subset"
            )
        self._length = lengths[0]

    @property
    def _parts(self) -> list[Any]:
        return list(self.datasets.values() if isinstance(self.datasets, dict) else self.datasets)

    def _joined(self, fields: Sequence[Any]) -> Any:
        """One value of each dataset, as an item is."""
        return dict(zip(self.datasets, fields, strict=True)) if isinstance(self.datasets, dict) else tuple(fields)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        return self._joined([dataset[index] for dataset in self._parts])

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        columns = [read_items(dataset, indices) for dataset in self._parts]
        for items in columns:
            if len(items) != len(indices):
                raise ValueError(
                    f"StackDataset: {len(items)} items for {len(indices)} indices: a dataset's __getitems__ must give "
                    f"one for each; correct it"
                )
        return [self._joined(row) for row in zip(*columns, strict=True)]

    @property
    def batch(self) -> Reader | None:
        """`batch(indices)` slices each dataset; None unless all can be sliced."""
        readers = [reader for reader in map(batch_reader, self._parts) if reader is not None]
        if len(readers) < len(self._parts):
            return None

        def batch(indices: Indices) -> Any:
            fields = [reader(indices) for reader in readers]
            return self._joined(fields) if isinstance(self.datasets, dict) else fields

        return batch

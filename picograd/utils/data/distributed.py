"""A sampler for several processes that train together, each on its own part of the data."""

from __future__ import annotations

from collections.abc import Iterator, Sized

import numpy as np

from picograd import random
from picograd.utils.data.sampler import Chunk, Sampler, boolean, positive

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th index of a dataset of N items, from `rank` on: the part of one of so many processes.

    With `shuffle` the order comes from `seed` and the epoch, the same in all processes: call `set_epoch(epoch)` before
    each pass, or the order stays. Where N is no multiple of `num_replicas`, indices from the beginning come again, or
    with `drop_last` the rest is left out, so that all get as many. There are no process groups to ask for
    `num_replicas` and `rank`: they are to be given (RuntimeError). Raises ValueError for a rank out of range.
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise RuntimeError(
                f"DistributedSampler: num_replicas={num_replicas} and rank={rank}: there is no process group to ask; "
                f"give both"
            )
        self.num_replicas = positive("DistributedSampler", "num_replicas", num_replicas)
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"DistributedSampler: rank={rank} of num_replicas={num_replicas}: there is no such one; "
                f"give 0 to {num_replicas - 1}"
            )
        self.dataset, self.rank, self.shuffle, self.seed = dataset, rank, shuffle, seed
        self.drop_last = boolean("DistributedSampler", "drop_last", drop_last)
        self.epoch = 0
        count = len(dataset)
        self.num_samples = count // num_replicas if drop_last else -(-count // num_replicas)
        self.total_size = self.num_samples * num_replicas

    def chunks(self) -> Iterator[Chunk]:
        """The indices of this process."""
        count = len(self.dataset)
        order = np.arange(count)
        if self.shuffle:
            order = random.Generator().manual_seed(self.seed + self.epoch).rng.permutation(count)
        yield np.resize(order, self.total_size)[self.rank :: self.num_replicas]  # from the beginning again, if longer

    def __iter__(self) -> Iterator[int]:
        for chunk in self.chunks():
            yield from chunk.tolist()  # type: ignore[union-attr]

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Another order for the next pass."""
        self.epoch = epoch

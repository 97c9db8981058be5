"""Datasets, samplers and the loader that brings them together, in PyTorch's structure."""

from picograd import left_out as _left_out
from picograd.utils.data.collate import default_collate, default_convert
from picograd.utils.data.combined import ChainDataset, StackDataset
from picograd.utils.data.dataloader import DataLoader
from picograd.utils.data.dataset import (
    ConcatDataset,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    random_split,
)
from picograd.utils.data.distributed import DistributedSampler
from picograd.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from picograd.utils.data.workers import WorkerInfo, get_worker_info

__getattr__ = _left_out.missing(__name__)

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "WorkerInfo",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]

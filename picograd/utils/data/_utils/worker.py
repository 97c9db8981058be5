"""`get_worker_info` under PyTorch's inner import path."""

from picograd.utils.data.workers import WorkerInfo, get_worker_info

__all__ = ["WorkerInfo", "get_worker_info"]

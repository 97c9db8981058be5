"""The import path that some programs take to what is in `picograd.utils.data`."""

from picograd.utils.data._utils import collate, worker

__all__ = ["collate", "worker"]

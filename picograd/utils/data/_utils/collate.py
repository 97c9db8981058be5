"""`default_collate` and `default_convert` under PyTorch's inner import path."""

from picograd.utils.data.collate import default_collate, default_convert

__all__ = ["default_collate", "default_convert"]

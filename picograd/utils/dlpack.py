"""Memory shared with other libraries, under PyTorch's path."""

from .. import left_out
from ..making.interchange import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]

__getattr__ = left_out.missing(__name__)

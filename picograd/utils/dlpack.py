"""Memory shared with other libraries, under PyTorch's path."""

from ..interchange import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]

"""The version under PyTorch's path."""

from .version import Version as TorchVersion
from .version import __version__

__all__ = ["TorchVersion", "__version__"]

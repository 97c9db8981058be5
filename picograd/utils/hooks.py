"""The registration of a module's hook under PyTorch's import path (`torch.utils.hooks`)."""

from picograd.nn.hooks import RemovableHandle

__all__ = ["RemovableHandle"]

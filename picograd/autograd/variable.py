"""PyTorch's old name of a Tensor, under its import path (`torch.autograd.variable`)."""

from .backward import Variable

__all__ = ["Variable"]

"""Dropout."""

from __future__ import annotations

from typing import Any

from .functions import dropout as F
from .module import Module


class Dropout(Module):
    """In training each element is 0 with probability p, else x / (1 - p); x itself in evaluation."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        F.check_probability(p, "Dropout")
        self.p, self.inplace = p, inplace

    def forward(self, input: Any) -> Any:
        """x * mask / (1 - p)"""
        return F.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """The options."""
        return f"p={self.p}, inplace={self.inplace}"

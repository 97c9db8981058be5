"""Dropout layers: they act in training; in evaluation the result is the input itself."""

from __future__ import annotations

from typing import Any

from .functions import dropout as F
from .module import Module

__all__ = [
    "AlphaDropout",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
]


class _DropoutNd(Module):
    """What these layers share: the probability, and whether they write into their input."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        F.check_probability(p, type(self).__name__)
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        """The options."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Each element 0 with probability p, else x / (1 - p) (Srivastava et al. 2014)."""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)"""
        return F.dropout(input, self.p, True, self.inplace) if self.training else input


class Dropout1d(_DropoutNd):
    """Each channel of (N, C, L) or (C, L) as a whole 0 with probability p, else x / (1 - p)."""

    def forward(self, input: Any) -> Any:
        """(N, C, L) -> (N, C, L)"""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Each channel of (N, C, H, W) as a whole 0 with probability p, else x / (1 - p) (Tompson et al. 2015)."""

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, H, W)"""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Each channel of (N, C, D, H, W) or (C, D, H, W) as a whole 0 with probability p, else x / (1 - p)."""

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W) -> (N, C, D, H, W)"""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance behind selu; see `functional.alpha_dropout`."""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)"""
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_DropoutNd):
    """`AlphaDropout` of whole channels: (N, C, ...) -> (N, C, ...)."""

    def forward(self, input: Any) -> Any:
        """(N, C, ...) -> (N, C, ...)"""
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)

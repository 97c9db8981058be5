"""How far apart, or how much alike, vectors are, and products of pairs of them, as modules."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import init
from .functions import distance
from .module import Module
from .parameter import Parameter, dtype_of

__all__ = [
    "Bilinear",
    "CosineSimilarity",
    "PairwiseDistance",
]


class CosineSimilarity(Module):
    """x1 . x2 / (|x1| |x2|) along `dim`, no length taken for less than eps"""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Any, x2: Any) -> Any:
        """(N, D, ...), (N, D, ...) -> (N, ...)"""
        return distance.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """|x1 - x2 + eps|_p along the last axis"""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        """(N, D), (N, D) -> (N,)"""
        return distance.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class Bilinear(Module):
    """x1^T W_o x2 + b_o: (..., in1_features), (..., in2_features) -> (..., out_features).

    `weight` (out, in1, in2) and `bias` (out,) are drawn from the uniform distribution on [-1/sqrt(in1), 1/sqrt(in1)].
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"Bilinear: in1_features={in1_features}: in1_features must be > 0; give such a number")
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        dtype = dtype_of(self._get_name(), dtype, device)
        self.weight = Parameter(np.empty((out_features, in1_features, in2_features), dtype))
        self.register_parameter("bias", Parameter(np.empty(out_features, dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights and biases."""
        bound = 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Any:
        """(..., in1_features), (..., in2_features) -> (..., out_features)"""
        return distance.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )

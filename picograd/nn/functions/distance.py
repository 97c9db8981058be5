"""How far apart, or how much alike, vectors are; and products of pairs of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import functions
from ...ops import contraction, distance
from ...tensor import Tensor

__all__ = ["bilinear", "cosine_similarity", "pairwise_distance", "pdist"]


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1 . x2 / (|x1| |x2|) along `dim`, no length taken for less than eps."""
    x, y = Tensor._constant(x1), Tensor._constant(x2)
    for v in (x, y):
        if v.dtype.kind not in "fV":
            raise TypeError(f"cosine_similarity: a Tensor of {v.dtype}: it needs floats; convert it with float()")
    if x.shape != y.shape:
        shape = np.broadcast_shapes(x.shape, y.shape)
        x, y = functions.expand(x, *shape), functions.expand(y, *shape)
    x, y = (v / _length(v, dim, eps) for v in (x, y))
    return (x * y).sum(dim)


def _length(x: Any, dim: int, eps: float) -> Any:
    """|x| along `dim`, which stays, raised to eps as if by a constant: so the gradient is |x|'s, as PyTorch's."""
    length = distance.p_norm(x, 2.0, dim, True)
    return length + np.maximum(eps - length.value, 0).astype(x.dtype)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """|x1 - x2 + eps|_p along the last axis"""
    return distance.p_norm(Tensor._constant(x1) - x2 + eps, p, -1, keepdim)


def pdist(input: Any, p: float = 2.0) -> Any:
    """|x_i - x_j|_p for all pairs i < j of rows: (N, M) -> (N (N - 1) / 2,)"""
    x = Tensor._constant(input)
    if x.ndim != 2 or p < 0:
        raise ValueError(f"pdist: input {x.shape}, p={p}: pdist only supports 2D tensors and p >= 0; reshape it")
    i, j = np.triu_indices(len(x), 1)
    return distance.p_norm(x[i] - x[j], p, -1)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """x1^T W_o x2 + b_o for each o: (..., I), (..., J), (O, I, J), (O,) -> (..., O)."""
    x, y, w = Tensor._constant(input1), Tensor._constant(input2), Tensor._constant(weight)
    if w.ndim != 3 or x.shape[:-1] != y.shape[:-1] or (x.shape[-1:] + y.shape[-1:]) != w.shape[1:]:
        raise ValueError(
            f"bilinear: inputs {x.shape} and {y.shape}, weight {w.shape}: they must be (..., I), (..., J), (O, I, J); "
            f"reshape them or make the layer fit"
        )
    outputs, _, width = w.shape
    rows = x.reshape((contraction.size(x.shape[:-1]), x.shape[-1]))  # (N, I)
    left = contraction.matmul(rows, w.permute(1, 0, 2).reshape((x.shape[-1], outputs * width)))  # (N, O J)
    left = left.reshape((len(rows), outputs, width))
    out = contraction.matmul(left, y.reshape((len(rows), width, 1))).reshape((*x.shape[:-1], outputs))
    return out if bias is None else out + bias

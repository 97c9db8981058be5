"""Helpers that attention layers copied from PyTorch's sources call, under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops import contraction
from ...ops.attention import forbidden
from ...tensor import Tensor


def _none_or_dtype(input: Any) -> Any:
    """The dtype of a mask; None for None."""
    if input is None:
        return None
    if not isinstance(input, Tensor):
        raise RuntimeError(f"_none_or_dtype: a {type(input).__name__}: input must be None or a Tensor; give one")
    return input.dtype


def _canonical_mask(
    mask: Any, mask_name: str, other_type: Any, other_name: str, target_type: Any, check_other: bool = True
) -> Any:
    """A mask of bools, True for what is left out, as one of numbers that are added: 0 and -inf."""
    if mask is None or mask.is_floating_point():
        return mask
    if mask.dtype != np.bool_:
        raise RuntimeError(
            f"{mask_name}: a mask of {mask.dtype}: only bool and floating types are supported; convert it"
        )
    return Tensor._of(forbidden(mask.value, target_type))


def _in_projection_packed(q: Any, k: Any, v: Any, w: Any, b: Any = None) -> list[Any]:
    """Queries, keys and values after their projections, whose weights (3 E, E) are one above the other."""
    weights = w.chunk(3)
    biases = (None, None, None) if b is None else b.chunk(3)
    return [contraction.linear(x, weight, bias) for x, weight, bias in zip((q, k, v), weights, biases, strict=True)]


def _in_projection(
    q: Any, k: Any, v: Any, w_q: Any, w_k: Any, w_v: Any, b_q: Any = None, b_k: Any = None, b_v: Any = None
) -> tuple[Any, Any, Any]:
    """Queries, keys and values after their projections."""
    linear = contraction.linear
    return linear(q, w_q, b_q), linear(k, w_k, b_k), linear(v, w_v, b_v)


def _get_softmax_dim(name: str, ndim: int, stacklevel: int) -> int:
    """The axis of a softmax without `dim`."""
    return 0 if ndim in (0, 1, 3) else 1

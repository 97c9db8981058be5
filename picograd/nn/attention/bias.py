"""Causal masks of queries and keys of different numbers, for `scaled_dot_product_attention(attn_mask=...)`."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from ...tensor import Tensor

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(IntEnum):
    """Whether the first query sees the first key (UPPER_LEFT), or the last query the last key and no more."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(Tensor):
    """A mask (seq_len_q, seq_len_kv) of bools, True for the keys that a query sees."""

    def __init__(self, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> None:
        shift = 0 if variant == CausalVariant.UPPER_LEFT else seq_len_kv - seq_len_q
        super().__init__(np.tri(seq_len_q, seq_len_kv, shift, dtype=bool), requires_grad=False)
        self.variant, self.seq_len_q, self.seq_len_kv = CausalVariant(variant), seq_len_q, seq_len_kv


def causal_upper_left(*size: int) -> CausalBias:
    """Query i sees the keys up to i: size (L, S)."""
    return CausalBias(CausalVariant.UPPER_LEFT, *_pair(size))


def causal_lower_right(*size: int) -> CausalBias:
    """Query i sees the keys up to i + S - L: size (L, S)."""
    return CausalBias(CausalVariant.LOWER_RIGHT, *_pair(size))


def _pair(size: tuple[int, ...]) -> tuple[int, int]:
    if len(size) != 2:
        raise ValueError(f"causal bias: size {size}: only 2D tensors, (queries, keys); give two numbers")
    return size[0], size[1]

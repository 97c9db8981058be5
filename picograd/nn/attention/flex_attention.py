"""Attention whose scores are changed by a function of one's own, and masks made of functions (`flex_attention`).

The functions are given all positions at once, as index Tensors that broadcast: b (B, 1, 1, 1), h (H, 1, 1), q_idx
(L, 1), kv_idx (S,), and the scores (B, H, L, S). Operators and indexing give for these what they give for numbers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

import numpy as np

from ... import functions
from ...devices import resolve
from ...ops import activation, reduction
from ...tensor import Tensor
from ..functions.attention import _for_each_query

__all__ = [
    "AuxOutput",
    "AuxRequest",
    "BlockMask",
    "FlexKernelOptions",
    "and_masks",
    "create_block_mask",
    "create_mask",
    "flex_attention",
    "noop_mask",
    "or_masks",
]

Mask = Callable[..., Any]


class FlexKernelOptions(TypedDict, total=False):
    """Options of PyTorch's kernel; they have no effect."""

    BLOCK_M: int
    BLOCK_N: int
    num_warps: int
    num_stages: int


class AuxRequest(NamedTuple):
    """What `flex_attention` is to return besides the result."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was asked for: the logarithms of the sums of e^scores, and the largest scores, (B, H, L) each."""

    lse: Any = None
    max_scores: Any = None


class BlockMask:
    """A mask (B, H, L, S) that a function of the positions describes: `mask_mod(b, h, q_idx, kv_idx)`."""

    def __init__(self, mask: Tensor, mask_mod: Mask, block_size: tuple[int, int]) -> None:
        self.mask, self.mask_mod, self.BLOCK_SIZE = mask, mask_mod, block_size
        self.seq_lengths = mask.shape[-2:]

    @property
    def shape(self) -> tuple[int, ...]:
        """(B, H, L, S)"""
        return self.mask.shape

    def numel(self) -> int:
        """B H L S"""
        return self.mask.numel()

    def to_dense(self) -> Tensor:
        """1 for each block with anything in it, else 0: (B, H, blocks of L, blocks of S) in int32."""
        *batch, rows, columns = self.mask.shape
        high, wide = self.BLOCK_SIZE
        some = np.zeros((*batch, -(-rows // high) * high, -(-columns // wide) * wide), bool)
        some[..., :rows, :columns] = self.mask.value
        blocks = some.reshape(*batch, some.shape[-2] // high, high, some.shape[-1] // wide, wide).any((-3, -1))
        return Tensor._of(blocks.astype(np.int32))

    def sparsity(self) -> float:
        """How many blocks in a hundred have nothing in them."""
        return 100 * (1 - float(self.to_dense().value.mean()))

    def to(self, device: Any) -> BlockMask:
        """Itself; the device must be here."""
        resolve(device, "BlockMask.to")
        return self

    def __repr__(self) -> str:
        return f"BlockMask(shape={tuple(self.shape)}, sparsity={self.sparsity():.2f}%)"


def _positions(B: int, H: int, L: int, S: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The index Tensors b, h, q_idx and kv_idx."""
    shapes = ((B, 1, 1, 1), (H, 1, 1), (L, 1), (S,))
    b, h, q, kv = (Tensor._of(np.arange(n).reshape(s)) for n, s in zip((B, H, L, S), shapes, strict=True))
    return b, h, q, kv


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Tensor:
    """True everywhere."""
    return Tensor._of(np.ones((), bool))


def and_masks(*mask_mods: Mask) -> Mask:
    """The mask that holds where all of these do."""

    def both(b: Any, h: Any, q_idx: Any, kv_idx: Any) -> Any:
        result: Any = noop_mask(b, h, q_idx, kv_idx)
        for mask in mask_mods:
            result = result & mask(b, h, q_idx, kv_idx)
        return result

    return both


def or_masks(*mask_mods: Mask) -> Mask:
    """The mask that holds where one of these does."""

    def either(b: Any, h: Any, q_idx: Any, kv_idx: Any) -> Any:
        result: Any = ~noop_mask(b, h, q_idx, kv_idx)
        for mask in mask_mods:
            result = result | mask(b, h, q_idx, kv_idx)
        return result

    return either


def create_mask(mod_fn: Mask, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None) -> Any:
    """A mask (B, H, Q_LEN, KV_LEN) of bools, from mask(b, h, q_idx, kv_idx); None stands for 1.

    A function of five arguments, score(score, b, h, q_idx, kv_idx), is applied to zeros.
    """
    resolve(device, "create_mask")
    shape = (B or 1, H or 1, Q_LEN, KV_LEN)
    code = getattr(mod_fn, "__code__", None)
    if code is not None and code.co_argcount == 5:
        scores = mod_fn(Tensor._of(np.zeros(shape, np.float32)), *_positions(*shape))
        return functions.where(np.isneginf(scores.value), scores, 0.0)
    return functions.expand(Tensor._constant(mod_fn(*_positions(*shape))), *shape)


def create_block_mask(
    mask_mod: Mask,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | tuple[int, int] = 128,
    _compile: bool = False,
    separate_full_blocks: bool = True,
    compute_dq_write_order: bool = False,
    dq_kv_order: bool = True,
) -> BlockMask:
    """A mask for `flex_attention`. The size of the blocks matters for `sparsity` and `to_dense` only."""
    size = BLOCK_SIZE if isinstance(BLOCK_SIZE, tuple) else (BLOCK_SIZE, BLOCK_SIZE)
    return BlockMask(create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device), mask_mod, size)


def flex_attention(
    query: Any,
    key: Any,
    value: Any,
    score_mod: Callable[..., Any] | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: FlexKernelOptions | None = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """softmax(score_mod(q k^T scale)) v of the keys that block_mask lets through: (B, H, L, E) -> (B, H, L, V).

    key is (B, H, S, E), value (B, H, S, V); score_mod(score, b, h, q_idx, kv_idx), see above for what it is given;
    scale: 1 / sqrt(E) for None. A query that sees no key gives 0. return_aux: an `AuxOutput` as well. kernel_options
    have no effect.
    """
    op = "flex_attention"
    q, k, v = (Tensor._constant(x) for x in (query, key, value))
    if not q.ndim == k.ndim == v.ndim == 4 or q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ValueError(
            f"{op}: query {q.shape}, key {k.shape}, value {v.shape}: they must be (B, H, L, E), (B, H, S, E) and "
            f"(B, H, S, V); reshape them"
        )
    if q.shape[1] != k.shape[1] and not enable_gqa:
        raise ValueError(
            f"{op}: query {q.shape} and key {k.shape}: Expect query and key/value to have the same number of heads; "
            f"set enable_gqa=True"
        )
    k, v = _for_each_query(q, k), _for_each_query(q, v)
    scores = (q @ k.mT) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if score_mod is not None:
        scores = score_mod(scores, *_positions(*scores.shape))
    if block_mask is not None:
        if block_mask.shape[-2] < scores.shape[-2] or block_mask.shape[-1] < scores.shape[-1]:
            raise ValueError(
                f"{op}: block_mask {tuple(block_mask.shape)} for scores {scores.shape}: it was created for shorter "
                f"sequences; create it for these"
            )
        seen = block_mask.mask.value[..., : scores.shape[-2], : scores.shape[-1]]
        scores = functions.where(seen, scores, -math.inf)
    blind = np.isneginf(scores.value).all(-1, keepdims=True)
    out = activation.softmax(functions.where(blind, 0.0, scores), -1) * ~blind @ v
    if return_lse:
        warnings.warn(
            "return_lse is deprecated and will be removed in v2.10. "
            "Please use return_aux=AuxRequest(lse=True) instead.",
            FutureWarning,
            stacklevel=2,
        )
        return out, _lse(scores)
    if return_aux is None:
        return out
    largest = reduction.amax(scores, -1) if return_aux.max_scores else None
    return out, AuxOutput(_lse(scores) if return_aux.lse else None, largest)


def _lse(scores: Any) -> Any:
    return reduction.logsumexp(scores, -1)

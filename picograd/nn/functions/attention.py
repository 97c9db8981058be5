"""Attention of one head or many.

N sequences, L queries, S keys and values, E features, H heads of D = E / H features.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import functions
from ...ops import activation, attention, contraction
from ...tensor import Tensor
from .dropout import check_probability, dropout, dropout_mask

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(q k^T scale + mask) v: (..., L, E), (..., S, E), (..., S, V) -> (..., L, V).

    attn_mask (..., L, S): numbers that are added, or bools, True for those that take part. is_causal: query i sees the
    keys up to i. scale: 1 / sqrt(E) for None. enable_gqa: fewer heads of keys and values, each for several queries'.
    dropout_p acts always: give 0 in evaluation.
    """
    op = "scaled_dot_product_attention"
    q, k, v = (Tensor._constant(x) for x in (query, key, value))
    if min(q.ndim, k.ndim, v.ndim) < 2 or q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ValueError(
            f"{op}: query {q.shape}, key {k.shape}, value {v.shape}: they must be (..., L, E), (..., S, E) and "
            f"(..., S, V); transpose or reshape them so that E and S agree"
        )
    check_probability(dropout_p, op)
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            f"{op}: attn_mask {np.shape(attn_mask)} and is_causal=True: Explicit attn_mask should not be set when "
            f"is_causal=True; give one of them"
        )
    if enable_gqa:
        k, v = _for_each_query(q, k), _for_each_query(q, v)
    mask = attn_mask
    if mask is not None and _is_bool(mask):
        mask = attention.forbidden(~np.asarray(mask), q.dtype)
    drop = None
    if dropout_p:
        batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
        drop = dropout_mask((*batch, q.shape[-2], k.shape[-2]), dropout_p, q.dtype.type)
    scale = (1 / math.sqrt(q.shape[-1]) if q.shape[-1] else 1.0) if scale is None else scale
    return attention.attention(q, k, v, mask, scale, drop, is_causal, [])


def _is_bool(mask: Any) -> bool:
    return bool(getattr(mask, "dtype", None) == np.bool_)


def _for_each_query(q: Any, x: Any) -> Any:
    """Keys or values of fewer heads than the queries have, each head repeated for its queries: (N, H, S, E)."""
    heads, mine = q.shape[-3], x.shape[-3]
    if mine == heads:
        return x
    if not mine or heads % mine:
        raise ValueError(
            f"scaled_dot_product_attention: query {q.shape} and key or value {x.shape}: with enable_gqa the {heads} "
            f"heads of the query must be a multiple of theirs, {mine}; change one of the numbers"
        )
    *batch, _, keys, width = x.shape
    repeated = functions.expand(x.unsqueeze(-3), *batch, mine, heads // mine, keys, width)
    return repeated.reshape((*batch, heads, keys, width))


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
    *,
    batch_first: bool = False,
) -> tuple[Any, Any]:
    """Attention of H heads at once, each on its own projection: (L, N, E), (S, N, E) -> (L, N, E), and the weights.

    The weights are (N, L, S), their mean over the heads, or (N, H, L, S); None without need_weights.
    key_padding_mask (N, S) and attn_mask (L, S) or (N H, L, S) are bools, True for what is left out, or numbers that
    are added to the scores. Unbatched input has no axis N. batch_first, which is not PyTorch's: (N, L, E).
    """
    q, k, v = (Tensor._constant(x) for x in (query, key, value))
    batched = _check_shapes(q, k, v, embed_dim_to_check, num_heads)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "multi_head_attention_forward: is_causal=True without attn_mask: Need attn_mask if specifying the "
            "is_causal hint; make one with Transformer.generate_square_subsequent_mask"
        )
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight
    same = q is k is v
    if not batched:  # (L, E) -> (L, N, E)
        q, k, v = (x.unsqueeze(0 if batch_first else 1) for x in (q, k, v))
        q, k, v = (q, q, q) if same else (q, k, v)
    q, k, v = _heads(q, k, v, weights, in_proj_bias, num_heads, batch_first)  # (N, H, L, D), (N, H, S, D) twice
    if static_k is not None:
        k = Tensor._constant(static_k).reshape((q.shape[0], num_heads, -1, q.shape[3]))
    if static_v is not None:
        v = Tensor._constant(static_v).reshape((q.shape[0], num_heads, -1, q.shape[3]))
    mask = _merged_mask(q, k, attn_mask, key_padding_mask)
    if bias_k is not None:
        k, v, mask = _one_more(k, bias_k), _one_more(v, bias_v), _seen_by_all(mask)
    if add_zero_attn:
        nothing = Tensor._of(np.zeros(q.shape[1] * q.shape[3], q.dtype))
        k, v, mask = _one_more(k, nothing), _one_more(v, nothing), _seen_by_all(mask)
    share = dropout_p if training else 0.0
    p: Any = None
    if need_weights:
        scores = (q * (1 / math.sqrt(q.shape[-1]))) @ k.mT
        p = dropout(activation.softmax(scores if mask is None else scores + mask, -1), share)
        out = p @ v
        p = p.mean(1) if average_attn_weights else p
    else:
        out = scaled_dot_product_attention(q, k, v, mask, share)
    out = out.permute(0, 2, 1, 3) if batch_first else out.permute(2, 0, 1, 3)
    out = contraction.linear(out.reshape((*out.shape[:2], -1)), out_proj_weight, out_proj_bias)
    if not batched:
        out, p = out.squeeze(0 if batch_first else 1), p if p is None else p.squeeze(0)
    return out, p


def _check_shapes(q: Any, k: Any, v: Any, width: int, heads: int) -> bool:
    """Whether the input has an axis for the batch; ValueError where it does not fit."""
    op = "multi_head_attention_forward"
    if q.ndim not in (2, 3) or not q.ndim == k.ndim == v.ndim:
        raise ValueError(
            f"{op}: query {q.shape}, key {k.shape}, value {v.shape}: query should be unbatched 2D or batched 3D, and "
            f"key and value as well; reshape them"
        )
    if q.shape[-1] != width or width % heads:
        raise ValueError(
            f"{op}: query {q.shape}, {heads} heads: was expecting embedding dimension of {width}, a multiple of the "
            f"number of heads; make the layer fit"
        )
    if k.shape[:-1] != v.shape[:-1]:
        raise ValueError(
            f"{op}: key {k.shape} and value {v.shape}: key's sequence and batch dims do not match value's; "
            f"each key has one value"
        )
    return bool(q.ndim == 3)


def _heads(q: Any, k: Any, v: Any, weights: Any, bias: Any, heads: int, batch_first: bool) -> list[Any]:
    """The projections of queries, keys and values, each as (N, H, length, D)."""
    order = (0, 2, 1, 3) if batch_first else (1, 2, 0, 3)
    if not isinstance(weights, tuple) and q is k is v:  # one product for all three: (N, L, 3 E) -> (3, N, H, L, D)
        y = contraction.linear(q, weights, bias)
        y = y.reshape((*y.shape[:2], 3, heads, -1)).permute((2, *(a if a < 2 else a + 1 for a in order)))
        return [y[0], y[1], y[2]]
    if not isinstance(weights, tuple):
        weights = Tensor._constant(weights).chunk(3)
    biases = (None, None, None) if bias is None else Tensor._constant(bias).chunk(3)
    result = []
    for x, weight, b in zip((q, k, v), weights, biases, strict=True):
        y = contraction.linear(x, weight, b)
        result.append(y.reshape((*y.shape[:2], heads, -1)).permute(order))
    return result


def _one_more(x: Any, row: Any) -> Any:
    """(N, H, S, D) -> (N, H, S + 1, D) with the row of E numbers at the end of each sequence."""
    n, heads, _, width = x.shape
    return functions.cat([x, functions.expand(row.reshape((1, heads, 1, width)), n, heads, 1, width)], 2)


def _seen_by_all(mask: Any) -> Any:
    """The mask with a column of zeros added: one more key, which every query sees."""
    if mask is None:
        return None
    return functions.cat([mask, Tensor._of(np.zeros((*mask.shape[:-1], 1), mask.dtype))], -1)


def _merged_mask(q: Any, k: Any, attn_mask: Any, key_padding_mask: Any) -> Any:
    """Both masks as one that is added to the scores (N, H, L, S); None if there is none."""
    n, heads, queries, _ = q.shape
    keys = k.shape[2]
    masks = []
    for name, mask, shapes in (
        ("attn_mask", attn_mask, {(queries, keys): (1, 1), (n * heads, queries, keys): (n, heads)}),
        ("key_padding_mask", key_padding_mask, {(n, keys): (n, 1, 1), (keys,): (1, 1, 1)}),
    ):
        if mask is None:
            continue
        if np.shape(mask) not in shapes:
            raise ValueError(
                f"multi_head_attention_forward: {name} {np.shape(mask)} for {n} sequences of {queries} queries and "
                f"{keys} keys, {heads} heads: it should be {' or '.join(map(str, shapes))}; reshape it"
            )
        leading = shapes[np.shape(mask)]
        mask = attention.forbidden(np.asarray(mask), q.dtype) if _is_bool(mask) else mask
        mask = Tensor._constant(mask)
        masks.append(mask.reshape((*leading, *mask.shape[-2 if len(leading) == 2 else -1 :])))
    return masks[0] + masks[1] if len(masks) == 2 else masks[0] if masks else None

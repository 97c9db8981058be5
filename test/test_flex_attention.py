"""Attention with functions of one's own against PyTorch."""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import nn
from picograd.autograd import gradcheck
from picograd.nn.attention import bias, flex_attention

MODS: dict[str, Callable[[Any], Any]] = {
    "none": lambda m: None,
    "causal": lambda m: lambda s, b, h, q, kv: m.where(q >= kv, s, -math.inf),
    "relative": lambda m: lambda s, b, h, q, kv: s + (q - kv) * 0.1,
    "alibi": lambda m: lambda s, b, h, q, kv: s + m.tensor([0.5, 0.25], dtype=m.float64)[h] * (kv - q),
    "soft cap": lambda m: lambda s, b, h, q, kv: m.tanh(s / 2) * 2,
    "by document": lambda m: lambda s, b, h, q, kv: m.where(
        m.tensor([0, 0, 1, 1, 1])[q] == m.tensor([0, 0, 0, 1, 1, 2, 2])[kv], s, -math.inf),
}  # fmt: skip
MASKS: dict[str, Any] = {
    "none": None,
    "causal": lambda b, h, q, kv: q >= kv,
    "window": lambda b, h, q, kv: (q - kv).abs() <= 1,
    "nothing for some": lambda b, h, q, kv: (q > 1) & (kv > 2) & (h == 0),
}


def inputs(m: Any, heads: int = 2) -> Any:
    rng = np.random.default_rng(0)
    shapes = ((3, 2, 5, 4), (3, heads, 7, 4), (3, heads, 7, 4))
    return [m.tensor(rng.standard_normal(shape), requires_grad=m is picograd) for shape in shapes]


def attention(m: Any, score: str, mask: str, **options: Any) -> Any:
    room = flex_attention if m is picograd else importlib.import_module("torch.nn.attention.flex_attention")
    q, k, v = inputs(m, options.pop("heads", 2))
    block = MASKS[mask] and room.create_block_mask(MASKS[mask], 3 if "some" in mask else None, 2, 5, 7, device="cpu")
    out, aux = room.flex_attention(q, k, v, MODS[score](m), block, return_aux=room.AuxRequest(lse=True), **options)
    return [x.detach().numpy() for x in (out, aux.lse)]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("score", MODS)
def test_scores_and_masks(score: str, mask: str, torch: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = attention(torch, score, mask)
    for k, (got, other) in enumerate(zip(attention(picograd, score, mask), wanted, strict=True)):
        np.testing.assert_allclose(got, other, rtol=1e-9, atol=1e-10, err_msg=str(k))


@pytest.mark.parametrize("score", MODS)
def test_derivatives(score: str) -> None:
    """PyTorch has none on a CPU."""
    block = flex_attention.create_block_mask(MASKS["window"], None, None, 5, 7)
    gradcheck(lambda *x: flex_attention.flex_attention(*x, MODS[score](picograd), block), inputs(picograd))


def test_options(torch: Any) -> None:
    for options in ({"scale": 0.3}, {"heads": 1, "enable_gqa": True}):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = attention(torch, "relative", "causal", **options)
        for got, other in zip(attention(picograd, "relative", "causal", **options), wanted, strict=True):
            np.testing.assert_allclose(got, other, rtol=1e-9, atol=1e-10)
    q, k, v = inputs(picograd)
    with pytest.warns(FutureWarning, match="return_lse is deprecated"):
        out, lse = flex_attention.flex_attention(q, k, v, return_lse=True)
    assert lse.shape == (3, 2, 5)
    assert flex_attention.flex_attention(q, k, v).value.tolist() == out.value.tolist()
    assert flex_attention.flex_attention(q, k, v, return_aux=flex_attention.AuxRequest())[1] == (None, None)
    _, aux = flex_attention.flex_attention(q, k, v, scale=1.0, return_aux=flex_attention.AuxRequest(max_scores=True))
    np.testing.assert_allclose(
        aux.max_scores.value, (q.value @ k.value.swapaxes(-1, -2)).max(-1)
    )  # not on PyTorch's CPU


def test_masks_made_of_functions(torch: Any) -> None:
    theirs = importlib.import_module("torch.nn.attention.flex_attention")
    causal, window = MASKS["causal"], MASKS["window"]
    for make in (
        lambda r: r.create_mask(causal, 2, None, 5, 7, device="cpu"),
        lambda r: r.create_mask(r.and_masks(causal, window), None, 2, 5, 7, device="cpu"),
        lambda r: r.create_mask(r.or_masks(causal, window), None, 2, 5, 7, device="cpu"),
        lambda r: r.create_mask(r.and_masks(), 1, 1, 2, 2, device="cpu"),
        lambda r: r.create_mask(r.or_masks(), 1, 1, 2, 2, device="cpu"),
        lambda r: r.create_mask(r.noop_mask, 1, 1, 2, 2, device="cpu"),
        lambda r: r.create_block_mask(causal, 2, None, 300, 200, device="cpu").to_dense(),
        lambda r: r.create_block_mask(causal, 2, None, 30, 20, device="cpu", BLOCK_SIZE=8).to_dense(),
    ):
        got, wanted = make(flex_attention), make(theirs)
        np.testing.assert_array_equal(got.value, wanted.numpy())
        assert str(wanted.dtype) == f"torch.{got.dtype}"
    for size in ((384, 256), (256, 256)):
        got, wanted = (r.create_block_mask(causal, 2, None, *size, device="cpu") for r in (flex_attention, theirs))
        assert tuple(got.shape) == tuple(wanted.shape) and got.numel() == wanted.numel()
        assert got.sparsity() == wanted.sparsity() and got.to("cpu") is got
        assert repr(got) == f"BlockMask(shape={tuple(got.shape)}, sparsity={got.sparsity():.2f}%)"
    scores = flex_attention.create_mask(MODS["causal"](picograd), 1, 1, 2, 3)
    assert scores.value.tolist() == [[[[0, -math.inf, -math.inf], [0, 0, -math.inf]]]]


def test_causal_biases(torch: Any) -> None:
    theirs = importlib.import_module("torch.nn.attention.bias")
    q, k, v = inputs(picograd)
    for name in ("causal_upper_left", "causal_lower_right"):
        mask = getattr(bias, name)(5, 7)
        t = [torch.from_numpy(x.value) for x in (q, k, v)]
        wanted = torch.nn.functional.scaled_dot_product_attention(*t, attn_mask=getattr(theirs, name)(5, 7))
        got = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        np.testing.assert_allclose(got.value, wanted.numpy(), rtol=1e-9)
        assert mask.variant.name == getattr(theirs, name)(5, 7).variant.name and mask.seq_len_kv == 7


def test_mistakes() -> None:
    q, k, v = inputs(picograd)
    with pytest.raises(ValueError, match=r"flex_attention: query \(2, 5, 4\)"):
        flex_attention.flex_attention(q[0], k, v)
    with pytest.raises(ValueError, match="the same number of heads; set enable_gqa=True"):
        flex_attention.flex_attention(q, k[:, :1], v[:, :1])
    with pytest.raises(ValueError, match="it was created for shorter sequences"):
        flex_attention.flex_attention(q, k, v, block_mask=flex_attention.create_block_mask(MASKS["causal"], 1, 1, 2, 2))
    with pytest.raises(ValueError, match=r"size \(5,\): only 2D tensors"):
        bias.causal_upper_left(5)

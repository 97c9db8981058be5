"""Embedding, attention, transformers and recurrent networks against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from peer import check_twice, compare, compare_layer, draw, fixed, leaves, near, real, refused, whole

from picograd import Tensor, delayed, kernels, manual_seed, nn, no_grad
from picograd.nn import recurrent
from picograd.nn.embedding import Embedding, EmbeddingBag
from picograd.nn.functions import attention, embedding
from picograd.nn.multihead import MultiheadAttention
from picograd.nn.recurrent import LSTM, RNN
from picograd.nn.transformer import Transformer, TransformerEncoder, TransformerEncoderLayer
from picograd.nn.utils import rnn
from picograd.ops import repeated
from picograd.ops.attention import attention as attention_op

Inputs = dict[str, Any]
TABLE: Inputs = {"w": real(6, 3), "i": whole(0, 6, 2, 4)}
BAGS: Inputs = {"w": real(6, 3), "i": whole(0, 6, 7), "o": fixed(0, 2, 2, 5)}
QKV: Inputs = {"q": real(2, 3, 4, 5), "k": real(2, 3, 6, 5), "v": real(2, 3, 6, 2)}
SOME = fixed(np.array([[1, 0, 1, 1, 0, 1], [0, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]]) > 0)

FUNCTIONS: list[tuple[str, Inputs]] = [
    ("F.embedding(i, w)", TABLE),
    ("F.embedding(i, w, 2)", TABLE),
    ("F.embedding(i, w, -1, scale_grad_by_freq=True)", TABLE),
    ("F.embedding(i[0, 0], w)", TABLE),
    ("F.embedding_bag(i, w)", TABLE),
    ("F.embedding_bag(i, w, mode='max')", TABLE),
    ("F.embedding_bag(i, w, o, mode='sum')", BAGS),
    ("F.embedding_bag(i, w, o, mode='mean', padding_idx=1)", BAGS),
    ("F.embedding_bag(i, w, o, mode='max', padding_idx=1)", BAGS),
    ("F.embedding_bag(i, w, o, mode='sum', per_sample_weights=s)", BAGS | {"s": real(7)}),
    ("F.embedding_bag(i, w, o, mode='sum', include_last_offset=True)", BAGS | {"o": fixed(0, 2, 5, 7)}),
    ("F.scaled_dot_product_attention(q, k, v)", QKV),
    ("F.scaled_dot_product_attention(q, k, v, scale=0.2, is_causal=True)", QKV),
    ("F.scaled_dot_product_attention(q, k, v, a)", QKV | {"a": real(3, 4, 6)}),
    ("F.scaled_dot_product_attention(q, k, v, a)", QKV | {"a": SOME}),
    ("F.scaled_dot_product_attention(q, k, v, enable_gqa=True)", QKV | {"q": real(2, 6, 4, 5)}),
    ("F.scaled_dot_product_attention(q[0, 0], k[0, 0], v[0, 0])", QKV),
]


@pytest.mark.parametrize(("text", "inputs"), FUNCTIONS)
def test_functions(text: str, inputs: Inputs, torch: Any) -> None:
    compare(torch, text, inputs)


@pytest.mark.parametrize(("text", "inputs"), [f for f in FUNCTIONS if "freq" not in f[0] and ", 2)" not in f[0]])
def test_second_derivatives(text: str, inputs: Inputs) -> None:
    check_twice(text, inputs)


def test_max_norm_shortens_the_rows_that_are_used(torch: Any) -> None:
    table = np.random.default_rng(0).standard_normal((5, 3)) * 3
    mine, other = Tensor(table.copy(), requires_grad=False), torch.from_numpy(table.copy())
    ours = embedding.embedding(np.array([1, 3, 1]), mine, max_norm=1.5, norm_type=3.0)
    theirs = torch.nn.functional.embedding(torch.tensor([1, 3, 1]), other, max_norm=1.5, norm_type=3.0)
    near(ours.value, theirs, 1e-6, "result")
    near(mine.value, other, 1e-6, "table")


def test_the_gradient_of_a_large_table_takes_time_by_the_batch() -> None:
    w, i = Tensor(np.zeros((1000, 4))), np.arange(2000) % 7
    embedding.embedding(i, w).sum().backward()
    assert w.grad.sum() == 8000 and (w.grad[7:] == 0).all()


# ---- attention -----------------------------------------------------------------------------------------------------


def test_dropout_of_the_weights() -> None:
    manual_seed(0)
    q = Tensor(np.zeros((1, 9, 1)))
    v = Tensor(np.ones((1, 1000, 1)))
    out = attention.scaled_dot_product_attention(q, Tensor(np.zeros((1, 1000, 1))), v, dropout_p=0.25)
    np.testing.assert_allclose(out.value, 1, atol=0.1)
    assert len(np.unique(out.value)) > 1  # each query has its own mask
    out.sum().backward()
    np.testing.assert_allclose(v.grad * 750, np.rint(v.grad * 750), atol=1e-9)  # 1 / 750 for each that is kept


def test_one_table_of_weights_is_all_that_attention_keeps() -> None:
    q = Tensor(np.random.default_rng(0).standard_normal((2, 50, 4)))
    kept: list[Any] = []
    out = attention_op(q, q, q, None, 0.5, None, False, kept)
    assert [p.shape for p in kept] == [(2, 50, 50)]
    out.sum().backward(retain_graph=True)
    first = q.grad
    q.grad = None
    out.sum().backward()
    np.testing.assert_array_equal(q.grad, first)


@pytest.mark.parametrize("size", [1.0, -30.0, 300.0])
@pytest.mark.parametrize("heads", [1, 2])
def test_scores_of_any_size_in_parts(torch: Any, size: float, heads: int) -> None:
    """So many that heads are shared between cores; so large that e to their power is none; keys of one head for two."""
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((6, n, 96, 8)).astype(np.float32) for n in (2, heads, 2)]
    arrays[0][4] *= size
    mine, others = [Tensor(x) for x in arrays], [torch.from_numpy(x).requires_grad_() for x in arrays]
    with kernels.disabled():
        out = attention.scaled_dot_product_attention(*mine, is_causal=True)
        (out * out).sum().backward()
    expected = torch.nn.functional.scaled_dot_product_attention(*others, is_causal=True)
    (expected * expected).sum().backward()
    near(out.value, expected.detach(), 1e-5, "result")
    for x, y in zip(mine, others, strict=True):
        near(x.grad, y.grad, 1e-5 * max(1, abs(size)), "gradient")


SEQ: Inputs = {"x": real(4, 3, 8)}
CROSS: Inputs = {"q": real(4, 3, 8), "k": real(5, 3, 8), "v": real(5, 3, 8)}
PAD = fixed(np.array([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]]))
MASK = fixed(np.triu(np.ones((4, 5), bool), 2))

LAYERS: list[tuple[str, str, Inputs]] = [
    ("nn.Embedding(6, 3)", "net(i)", {"i": TABLE["i"]}),
    ("nn.Embedding(6, 3, padding_idx=2, max_norm=1.0, scale_grad_by_freq=True)", "net(i)", {"i": TABLE["i"]}),
    ("nn.EmbeddingBag(6, 3, mode='max', padding_idx=1)", "net(i, o)", {"i": BAGS["i"], "o": BAGS["o"]}),
    ("nn.EmbeddingBag(6, 3, max_norm=1.0, include_last_offset=True)", "net(i, o)",
     {"i": BAGS["i"], "o": fixed(0, 3, 7)}),
    ("nn.MultiheadAttention(8, 2)", "net(x, x, x)", SEQ),
    ("nn.MultiheadAttention(8, 4)", "net(q, k, v)", CROSS),
    ("nn.MultiheadAttention(8, 2, batch_first=True)", "net(x, x, x, need_weights=False)", SEQ),
    ("nn.MultiheadAttention(8, 2, bias=False)", "net(q, k, v, p, average_attn_weights=False)", CROSS | {"p": PAD}),
    ("nn.MultiheadAttention(8, 2)", "net(q, k, v, p, False, m)", CROSS | {"p": PAD, "m": MASK}),
    ("nn.MultiheadAttention(8, 2)", "net(q, k, v, attn_mask=m)", CROSS | {"m": real(6, 4, 5)}),
    ("nn.MultiheadAttention(8, 2)", "net(x, x, x, attn_mask=m, is_causal=True)",
     SEQ | {"m": fixed(np.triu(np.ones((4, 4), bool), 1))}),
    ("nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True)", "net(q, k, v, p, True, m)",
     CROSS | {"p": PAD, "m": MASK}),
    ("nn.MultiheadAttention(8, 2, kdim=6, vdim=7)", "net(q, k, v)",
     {"q": real(4, 3, 8), "k": real(5, 3, 6), "v": real(5, 3, 7)}),
    ("nn.MultiheadAttention(8, 2)", "net(q, k, v)", {"q": real(4, 8), "k": real(5, 8), "v": real(5, 8)}),
    ("nn.TransformerEncoderLayer(8, 2, 6, 0.0)", "net(x)", SEQ),
    ("nn.TransformerEncoderLayer(8, 2, 6, 0.0, 'gelu', 0.1, True, True, bias=False)", "net(x, m, p)",
     {"x": real(3, 5, 8), "m": fixed(np.triu(np.ones((5, 5), bool), 1)), "p": PAD}),
    ("nn.TransformerDecoderLayer(8, 2, 6, 0.0)", "net(q, k)", CROSS),
    ("nn.TransformerDecoderLayer(8, 2, 6, 0.0, m.tanh, norm_first=True)",
     "net(q, k, memory_mask=m, memory_key_padding_mask=p)", CROSS | {"m": MASK, "p": PAD}),
    ("nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 6, 0.0), 2, nn.LayerNorm(8))", "net(x)", SEQ),
    ("nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 6, 0.0), 2)", "net(q, k)", CROSS),
    ("nn.Transformer(8, 2, 1, 1, 6, 0.0)",
     "net(k, q, tgt_mask=net.generate_square_subsequent_mask(4).to(q.dtype))", CROSS),
    ("nn.Transformer(8, 2, 1, 1, 6, 0.0, batch_first=True)", "net(x, x)", SEQ),
    ("nn.Transformer(8, 2, 1, 1, 6, 0.0)", "net(x[:, 0], x[:, 1])", SEQ),
]  # fmt: skip


@pytest.mark.parametrize(("make", "call", "inputs"), LAYERS)
def test_layers(make: str, call: str, inputs: Inputs, torch: Any) -> None:
    compare_layer(torch, make, call, {k: v for k, v in inputs.items() if k != "w"})


def test_evaluation_is_training_without_dropout(torch: Any) -> None:
    compare_layer(torch, "nn.TransformerEncoderLayer(8, 2, 6, 0.5)", "net(x)", SEQ, modes=(False,))


def test_dropout_acts_in_training() -> None:
    layer = TransformerEncoderLayer(8, 2, 6, 0.5)
    x = leaves(draw(SEQ, np.float32))["x"]
    assert not np.allclose(layer(x).value, layer(x).value)
    net = TransformerEncoder(layer, 2).eval()
    np.testing.assert_array_equal(net(x).value, net(x).value)
    assert net.layers[0].linear1.weight is not net.layers[1].linear1.weight


def test_square_subsequent_mask() -> None:
    mask = Transformer.generate_square_subsequent_mask(3)
    assert mask.tolist() == [[0, -np.inf, -np.inf], [0, 0, -np.inf], [0, 0, 0]]


# ---- recurrent -----------------------------------------------------------------------------------------------------

STEPS: Inputs = {"x": real(5, 3, 4)}
RECURRENT: list[tuple[str, str, Inputs]] = [
    ("nn.RNN(4, 6)", "net(x)", STEPS),
    ("nn.RNN(4, 6, 2, 'relu', False, True, bidirectional=True)", "net(x)", STEPS),
    ("nn.RNN(4, 6)", "net(x, h)", STEPS | {"h": real(1, 3, 6)}),
    ("nn.LSTM(4, 6)", "net(x)", STEPS),
    ("nn.LSTM(4, 6, 2, bidirectional=True)", "net(x, (h, c))", STEPS | {"h": real(4, 3, 6), "c": real(4, 3, 6)}),
    ("nn.LSTM(4, 6, 2, False, True, proj_size=2, bidirectional=True)", "net(x)", STEPS),
    ("nn.LSTM(4, 6)", "net(x, (h, c))", {"x": real(5, 4), "h": real(1, 6), "c": real(1, 6)}),
    ("nn.GRU(4, 6, 3)", "net(x)", STEPS),
    ("nn.GRU(4, 6, bias=False, batch_first=True, bidirectional=True)", "net(x, h)", STEPS | {"h": real(2, 5, 6)}),
    ("nn.GRU(4, 6)", "net(x)[1]", {"x": real(5, 4)}),
    ("nn.RNNCell(4, 6)", "net(x, h)", {"x": real(3, 4), "h": real(3, 6)}),
    ("nn.RNNCell(4, 6, False, 'relu')", "net(x)", {"x": real(4)}),
    ("nn.LSTMCell(4, 6)", "net(x, (h, c))", {"x": real(3, 4), "h": real(3, 6), "c": real(3, 6)}),
    ("nn.GRUCell(4, 6)", "net(x, h)", {"x": real(3, 4), "h": real(3, 6)}),
]


@pytest.mark.parametrize(("make", "call", "inputs"), RECURRENT)
def test_recurrent_layers(make: str, call: str, inputs: Inputs, torch: Any) -> None:
    compare_layer(torch, make, call, inputs)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("sizes", [(4, 5, 1), (5, 5, 5)])
def test_packed_sequences(kind: str, sizes: tuple[int, ...], torch: Any) -> None:
    other_net = getattr(torch.nn, kind)(4, 6, 2, bidirectional=True).double()
    net = getattr(recurrent, kind)(4, 6, 2, bidirectional=True).double()
    net.load_state_dict(other_net.state_dict())
    other_rnn = torch.nn.utils.rnn
    x = draw(STEPS)["x"]
    mine, other = Tensor(x), torch.from_numpy(x.copy()).requires_grad_()
    rng = np.random.default_rng(1)
    state = [rng.standard_normal((4, 3, 6)) for _ in range(2)] if kind == "LSTM" else [rng.standard_normal((4, 3, 6))]
    hx, other_hx = [Tensor(s) for s in state], [torch.from_numpy(s) for s in state]
    packed, last = net(rnn.pack_padded_sequence(mine, sizes, enforce_sorted=False), hx if kind == "LSTM" else hx[0])
    packed_, last_ = other_net(
        other_rnn.pack_padded_sequence(other, sizes, enforce_sorted=False),
        tuple(other_hx) if kind == "LSTM" else other_hx[0],
    )
    out, lengths = rnn.pad_packed_sequence(packed, padding_value=-1.0)
    out_, lengths_ = other_rnn.pad_packed_sequence(packed_, padding_value=-1.0)
    assert lengths.tolist() == lengths_.tolist()
    for a, b in ((out, out_), (packed.data, packed_.data)):
        near(a.value, b, 1e-9, "out")
    ends, ends_ = (last, last_) if kind == "LSTM" else ((last,), (last_,))
    for a, b in zip(ends, ends_, strict=True):
        near(a.value, b, 1e-9, "last state")
    (sum((a * a).sum() for a in (out, *ends))).backward()
    (sum((b * b).sum() for b in (out_, *ends_))).backward()
    near(mine.grad, other.grad, 1e-9, "gradient of the input")
    for (name, p), (_, q) in zip(net.named_parameters(), other_net.named_parameters(), strict=True):
        near(p.grad, q.grad, 1e-9, f"gradient of {name}")


def test_packing_there_and_back(torch: Any) -> None:
    rows = [np.arange(n * 2.0).reshape(n, 2) + n for n in (2, 4, 1)]
    other_rnn = torch.nn.utils.rnn
    for batch_first in (False, True):
        for side in ("left", "right"):
            mine = rnn.pad_sequence([Tensor(r) for r in rows], batch_first, -1.0, side)
            near(mine.value, other_rnn.pad_sequence([torch.tensor(r) for r in rows], batch_first, -1.0, side), 0, side)
    mine = rnn.pack_sequence([Tensor(r) for r in rows], enforce_sorted=False)
    other = other_rnn.pack_sequence([torch.tensor(r) for r in rows], enforce_sorted=False)
    for a, b in zip(mine, other, strict=True):
        near(a.value, b, 0, "packed")
    for a, r in zip(rnn.unpack_sequence(mine), rows, strict=True):
        np.testing.assert_array_equal(a.value, r)
    padded, lengths = rnn.pad_packed_sequence(mine, batch_first=True, total_length=6)
    assert padded.shape == (3, 6, 2) and lengths.tolist() == [2, 4, 1]
    assert rnn.pack_sequence([Tensor(r) for r in rows[1::-1]]).sorted_indices is None
    assert mine.to(np.float32).data.dtype == np.float32


@pytest.mark.parametrize(("make", "call"), [(m, c) for m, c, i in RECURRENT[:12] if i is STEPS])
def test_recurrent_second_derivatives(make: str, call: str) -> None:
    check_twice(f"{make}.double()(x)[0] if m.manual_seed(0) else 0", {"x": real(2, 3, 4)})


def test_dropout_between_layers() -> None:
    x = leaves(draw(STEPS, np.float32))["x"]
    net = RNN(4, 6, 2, dropout=0.5)
    assert not np.allclose(net(x)[0].value, net(x)[0].value)
    net.eval()
    np.testing.assert_array_equal(net(x)[0].value, net(x)[0].value)
    one = RNN(4, 6, 1, dropout=0.5)
    np.testing.assert_array_equal(one(x)[0].value, one(x)[0].value)


def test_layers_of_recurrent_networks_list_their_weights() -> None:
    net = LSTM(2, 3, 2, bidirectional=True, proj_size=1)
    assert [len(weights) for weights in net.all_weights] == [5] * 4
    net.flatten_parameters()
    with no_grad():
        assert net(Tensor(np.zeros((2, 1, 2), np.float32)))[0].shape == (2, 1, 2)


def test_tables_from_given_values() -> None:
    table = np.arange(6.0).reshape(3, 2)
    assert not Embedding.from_pretrained(table).weight.requires_grad
    assert Embedding.from_pretrained(table, freeze=False, padding_idx=-1).padding_idx == 2
    assert EmbeddingBag.from_pretrained(table, mode="sum")(np.array([[0, 2]])).tolist() == [[4.0, 6.0]]
    assert (Embedding(3, 2, padding_idx=1).weight.value[1] == 0).all()


BAD: list[tuple[str, Any, str, Inputs]] = [
    ("F.embedding(i + 6, w)", IndexError, r"with weight \(6, 3\): index out of range in self", TABLE),
    ("F.embedding(w, w)", TypeError, r"embedding: input of float32: it must be integers", TABLE),
    ("F.embedding(i, w, 6)", ValueError, r"padding_idx=6 with 6 rows", TABLE),
    ("F.embedding(i, w[0])", ValueError, r"weight \(3,\): 'weight' must be 2-D", TABLE),
    ("F.embedding_bag(i, w, mode='min')", ValueError, r"mode='min': mode has to be one of", TABLE),
    ("F.embedding_bag(i, w, o)", ValueError, r"if input is 2D, then offsets has to be",
     TABLE | {"o": fixed(0, 1)}),
    ("F.embedding_bag(i[0], w)", ValueError, r"offsets has to be a 1D Tensor", TABLE),
    ("F.embedding_bag(i, w, o + 1)", ValueError, r"offsets\[0\] has to be 0", BAGS),
    ("F.embedding_bag(i, w, mode='max', scale_grad_by_freq=True)", ValueError, r"max mode does not support", TABLE),
    ("F.embedding_bag(i, w, per_sample_weights=w)", ValueError, r"per_sample_weights \(6, 3\)", TABLE),
    ("nn.Embedding(3, 2, padding_idx=3)", ValueError, r"padding_idx=3 with 3 rows", {}),
    ("nn.Embedding(3, 2, _weight=w)", ValueError, r"weight \(6, 3\) for 3 rows of 2", TABLE),
    ("nn.Embedding.from_pretrained(w[0])", ValueError, r"embeddings \(3,\): Embeddings parameter", TABLE),
    ("F.scaled_dot_product_attention(q, v, v)", ValueError, r"query \(2, 3, 4, 5\), key \(2, 3, 6, 2\)", QKV),
    ("F.scaled_dot_product_attention(q, k, v, q, is_causal=True)", RuntimeError, r"Explicit attn_mask", QKV),
    ("F.scaled_dot_product_attention(q, k, v, dropout_p=2)", ValueError, r"dropout probability", QKV),
    ("F.scaled_dot_product_attention(q[:, :2], k, v, enable_gqa=True)", ValueError, r"must be a multiple of", QKV),
    ("nn.MultiheadAttention(8, 3)", ValueError, r"embed_dim=8, num_heads=3: embed_dim must be divisible", {}),
    ("nn.MultiheadAttention(4, 2)(x, x, x)", ValueError, r"was expecting embedding dimension of 4", SEQ),
    ("nn.MultiheadAttention(8, 2)(q, k, v[:2])", ValueError, r"key \(5, 3, 8\) and value \(2, 3, 8\)", CROSS),
    ("nn.MultiheadAttention(8, 2)(q, k[0], v)", ValueError, r"unbatched 2D or batched 3D", CROSS),
    ("nn.MultiheadAttention(8, 2)(x, x, x, is_causal=True)", RuntimeError, r"Need attn_mask if", SEQ),
    ("nn.MultiheadAttention(8, 2)(q, k, v, attn_mask=q[0])", ValueError, r"attn_mask \(3, 8\) for 3 sequences", CROSS),
    ("nn.MultiheadAttention(8, 2)(q, k, v, q[0])", ValueError, r"key_padding_mask \(3, 8\) for 3", CROSS),
    ("nn.TransformerEncoderLayer(8, 2, activation='tanh')", ValueError, r"activation should be relu/gelu", {}),
    ("nn.Transformer(6, 2, 1, 1)(x, x)", ValueError, r"the feature number of src and tgt", SEQ),
    ("nn.Transformer(8, 2, 1, 1)(x, x[:, :2])", ValueError, r"the batch number of src and tgt", SEQ),
    ("nn.RNN(4, 6, nonlinearity='gelu')", ValueError, r"Unknown nonlinearity", {}),
    ("nn.RNNCell(4, 6, nonlinearity='gelu')(x[0])", RuntimeError, r"Unknown nonlinearity", STEPS),
    ("nn.RNN(4, 0)", ValueError, r"hidden_size=0, num_layers=1: they must be greater than zero", {}),
    ("nn.LSTM(4, 6, proj_size=6)", ValueError, r"proj_size has to be smaller than", {}),
    ("nn.LSTM(4, 6, dropout=2)", ValueError, r"dropout probability", {}),
    ("nn.GRU(3, 6)(x)", ValueError, r"input \(5, 3, 4\): Expected 2D \(unbatched\) or 3D", STEPS),
    ("nn.GRU(4, 6)(x[:0])", ValueError, r"Expected sequence length to be larger than 0", STEPS),
    ("nn.GRU(4, 6)(x, h)", ValueError, r"Expected hidden size \(1, 3, 6\)", STEPS | {"h": real(3, 6)}),
    ("nn.GRUCell(3, 6)(x[0])", ValueError, r"input \(3, 4\): Expected input to be 1D or 2D", STEPS),
    ("nn.GRUCell(4, 6)(x[0], x[0])", ValueError, r"hx \(3, 4\): hx must be \(3, 6\)", STEPS),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "message", "inputs"), BAD)
def test_mistakes(text: str, error: Any, message: str, inputs: Inputs) -> None:
    refused(text, error, message, inputs)


def test_mistakes_in_packing() -> None:
    x = nn.Identity()(Tensor(np.zeros((3, 2, 1))))
    with pytest.raises(RuntimeError, match=r"must be sorted in decreasing order"):
        rnn.pack_padded_sequence(x, [1, 3])
    with pytest.raises(ValueError, match=r"lengths \[3, 0\]: .*greater than 0"):
        rnn.pack_padded_sequence(x, [3, 0])
    with pytest.raises(ValueError, match=r"total_length=1: Expected total_length"):
        rnn.pad_packed_sequence(rnn.pack_padded_sequence(x, [3, 1]), total_length=1)
    with pytest.raises(ValueError, match=r"padding_side='middle'"):
        rnn.pad_sequence([x], padding_side="middle")


def test_heads_share_nothing_with_the_input() -> None:
    layer, x = MultiheadAttention(8, 2), leaves(draw(SEQ, np.float32))["x"]
    before = x.value.copy()
    layer(x, x, x)[0].sum().backward()
    np.testing.assert_array_equal(x.value, before)


def test_rows_that_repeat_are_found() -> None:
    rng = np.random.default_rng(0)
    table, number = rng.standard_normal((5, 300), dtype=np.float32), rng.integers(0, 5, (40, 30))
    for x in (table[number], table[number.T].swapaxes(0, 1), table.astype(float)[number], np.eye(300)[number]):
        rows, numbers = repeated.distinct(x, 1 << 10)
        assert rows.shape == (5, 300)
        assert np.array_equal(rows[numbers], x)
    x = table[number]
    x[-1, -1, -1] = np.nan
    rows, numbers = repeated.distinct(x, 1 << 10)
    assert rows.shape == (6, 300)
    assert np.array_equal(rows[numbers], x, equal_nan=True)
    different = rng.standard_normal((40, 30, 300), dtype=np.float32)
    half = np.concatenate([table[number], different])
    for rows in (different, half, table[number][:1, :8], x[..., ::-1]):
        assert repeated.distinct(rows, 1 << 10) == (rows, None)


@pytest.mark.parametrize(
    "layer", ["RNN(3, 4)", "GRU(3, 4, bidirectional=True)", "LSTM(3, 4, 2)", "LSTM(3, 4, proj_size=2)"]
)
def test_rows_that_repeat_are_multiplied_once(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    manual_seed(0)
    model = eval(f"nn.{layer}")
    table, number = Tensor.random(2, 3), np.random.default_rng(0).integers(0, 2, (20, 10))
    found = []

    def run() -> list[np.ndarray]:
        table.zero_grad()
        model.zero_grad()
        out, _ = model(embedding.embedding(Tensor(number), table))
        (out * np.linspace(0, 1, out.value.size, dtype=np.float32).reshape(out.shape)).sum().backward()
        return [out.value, table.grad, *(p.grad for p in model.parameters())]

    expected = run()
    monkeypatch.setattr(repeated, "WORTH", 0)
    real = recurrent.ops.distinct
    monkeypatch.setattr(recurrent.ops, "distinct", lambda *a: found.append(real(*a)) or found[-1])
    for got, array in zip(run(), expected, strict=True):
        np.testing.assert_allclose(got, array, rtol=1e-5, atol=1e-6)
    assert found[0][1] is not None


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("case", ["alone", "held", "twice", "hook", "padding", "again"])
def test_a_lookup_sums_before_it_multiplies(case: str, first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gradient that is a product waits for the lookup where nobody sees the difference."""
    manual_seed(0)
    model, index = LSTM(4, 5, batch_first=first), Tensor(np.random.default_rng(0).integers(0, 3, (6, 6)))
    table, seen, waited = Tensor.random(3, 4), [], []
    real = delayed.Product.waits_for
    monkeypatch.setattr(delayed.Product, "waits_for", lambda *a: waited.append(real(*a)) or waited[-1])

    def run() -> list[np.ndarray]:
        table.zero_grad()
        x = embedding.embedding(index, table, padding_idx=0 if case == "padding" else None)
        other = (x * x).sum() if case == "twice" else 0.0
        if case == "hook":
            x.register_hook(seen.append)
        held = x if case == "held" else None
        loss = (model(x)[0] ** 2).sum() + other
        del x
        loss.backward(retain_graph=case == "again")
        if case == "again":
            loss.backward()
        return [table.grad.copy(), *([] if held is None else [held.grad]), *map(np.asarray, seen)]

    got = run()
    assert waited[-1] == (case not in ("held", "hook"))
    seen.clear()
    monkeypatch.setattr(delayed.Product, "waits_for", lambda *a: False)
    for a, b in zip(got, run(), strict=True):
        assert np.abs(a).max() > 0
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)

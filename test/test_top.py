"""What of nn is at the top, called as PyTorch's top functions are and compared with them: values and gradients."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import nn

SHAPES = {
    "x": (2, 4, 6), "im": (2, 4, 5, 6), "vol": (1, 2, 4, 4, 4), "flat": (3, 5), "other": (3, 5), "third": (3, 5),
    "w1": (6, 2, 3), "w2": (6, 4, 3, 3), "w3": (2, 2, 2, 2, 2), "t1": (4, 3, 2), "t2": (4, 3, 2, 2),
    "t3": (2, 3, 2, 2, 2),
    "b6": (6,), "c4": (4,), "d4": (4,), "tbc": (7, 2, 4), "wt": (3, 4, 5), "b5": (5,), "table": (7, 4),
    "theta": (2, 2, 3),
    "grid": (2, 3, 3, 2), "grid3": (1, 2, 2, 2, 3), "bil": (2, 5, 5), "seq": (4, 2, 3), "h": (1, 2, 5), "c": (1, 2, 5),
    "g_ih": (15, 3), "g_hh": (15, 5), "g_b": (15,), "l_ih": (20, 3), "l_hh": (20, 5), "l_b": (20,), "r_ih": (5, 3),
    "r_hh": (5, 5), "r_b": (5,), "l_hh2": (20, 2), "l_hr": (2, 5), "h2": (1, 2, 2), "logp": (6, 2, 4),
}  # fmt: skip

CALLS = re.split(
    r"\n\s*|  +",
    """\
m.adaptive_avg_pool1d(x, 3)  m.adaptive_max_pool1d(x, 3)  m.avg_pool1d(x, 2, 2)  m.max_pool1d(x, 2)
m.max_pool1d_with_indices(x, 2)  m.max_pool2d(im, 2)  m.max_pool3d(vol, 2)
m.affine_grid_generator(theta, [2, 3, 4, 5], False)  m.batch_norm(im, c4, d4, rm, rv, True, 0.2, 1e-5, False)
m.batch_norm(im, c4, d4, rm, rv, False, 0.1, 1e-5, True)
m.instance_norm(im, c4, d4, None, None, True, 0.1, 1e-5, False)  m.layer_norm(flat, [5], b5, b5, 1e-5)
m.group_norm(im, 2, c4, d4)  m.rms_norm(flat, [5], b5)  m.native_layer_norm(flat, [5], b5, b5, 1e-5)
m.native_group_norm(im, c4, d4, 2, 4, 30, 2, 1e-5)  m.native_batch_norm(im, c4, d4, rm, rv, True, 0.1, 1e-5)
m.native_batch_norm(im, c4, d4, rm, rv, False, 0.1, 1e-5)[0]  m.norm_except_dim(w2, 2, 0)
m.norm_except_dim(w2, 2, -1)  m.bilinear(flat, other, bil)  m.celu(flat, 0.7)  m.selu(flat)
m.channel_shuffle(im, 2)  m.native_channel_shuffle(im.detach(), 2) + 0 * im  m.constant_pad_nd(flat, [1, 2], 0.5)
m.conv1d(x, w1, b6, groups=2)  m.conv2d(im, w2, b6, 1, 1)  m.conv2d(im, w2, padding="same")  m.conv3d(vol, w3)
m.conv_tbc(tbc, wt, b5, 1)  m.conv_transpose1d(x, t1)  m.conv_transpose2d(im, t2, stride=2)
m.conv_transpose3d(vol, t3)  m.convolution(im, w2, b6, [1, 1], [1, 1], [1, 1], False, [0, 0], 1)
m.convolution(im, t2, None, [2, 2], [0, 0], [1, 1], True, [1, 1], 1)  m.cosine_similarity(flat, other)
m.pairwise_distance(flat, other)  m.pdist(flat)  m.pixel_shuffle(im, 2)  m.pixel_unshuffle(im[..., :4, :], 2)
m.prelu(im, c4)  im.prelu(c4)  m.hardshrink(flat, 0.4)  flat.hardshrink()  m.rrelu(flat)
m.threshold(flat, 0.1, 0.2)  m.dropout(flat, 0.5, False)  m.alpha_dropout(flat, 0.5, False)
m.feature_dropout(im, 0.5, False)  m.feature_alpha_dropout(im, 0.5, False)  m.native_dropout(flat, 0.5, False)[0]
m.embedding(table, ids)  m.embedding(table, ids, 2)  m.grid_sampler(im, grid, 0, 1, False)
m.grid_sampler_2d(im, grid, 1, 0, True)  m.grid_sampler_3d(vol, grid3, 0, 2, True)
m.binary_cross_entropy_with_logits(flat, prob)  m.binary_cross_entropy_with_logits(flat, prob, prob[0], prob[1], 1)
m.cosine_embedding_loss(flat, other, sign, 0.2, 2)  m.ctc_loss(logp.log_softmax(2), labels, lens, tlens, 0, 2)
m.hinge_embedding_loss(flat, sign[:, None].expand(3, 5), 1.0, 0)  m.kl_div(flat, prob, 2)
m.kl_div(flat, prob, log_target=True)  m.margin_ranking_loss(flat[:, 0], other[:, 0], sign, 0.1, 0)
m.poisson_nll_loss(flat, prob, True, False, 1e-8, 1)
m.triplet_margin_loss(flat, other, third, 1.0, 2.0, 1e-6, False, 0)
m.lstm_cell(seq[0], (h[0], c[0]), l_ih, l_hh, l_b, l_b)  m.gru_cell(seq[0], h[0], g_ih, g_hh, g_b, g_b)
m.rnn_tanh_cell(seq[0], h[0], r_ih, r_hh)  m.rnn_relu_cell(seq[0], h[0], r_ih, r_hh, r_b, r_b)
m.lstm(seq, (h, c), [l_ih, l_hh, l_b, l_b], True, 1, 0.0, False, False, False)
m.lstm(seq.transpose(0, 1), (h, c), [l_ih, l_hh], False, 1, 0.0, False, False, True)
m.lstm(seq, (h2, c), [l_ih, l_hh2, l_b, l_b, l_hr], True, 1, 0.0, False, False, False)
m.lstm(seq[:2].reshape(4, 3)[:3], sizes, (h, c), [l_ih, l_hh, l_b, l_b], True, 1, 0.0, False, False)
m.gru(seq, h.expand(2, 2, 5), [g_ih, g_hh, g_b, g_b] * 2, True, 1, 0.0, False, True, False)
m.gru(seq[:2].reshape(4, 3)[:3], sizes, h, [g_ih, g_hh], False, 1, 0.0, False, False)
m.rnn_tanh(seq, h, [r_ih, r_hh, r_b, r_b], True, 1, 0.0, False, False, False)
m.rnn_relu(seq, h, [r_ih, r_hh], False, 1, 0.0, False, False, False)  m.cosine_embedding_loss(flat, other, sign)
m.hinge_embedding_loss(flat, sign[:, None].expand(3, 5))  m.margin_ranking_loss(flat[:, 0], other[:, 0], sign)
m.triplet_margin_loss(flat, other, third)  m.ctc_loss(logp.log_softmax(2), labels, lens, tlens)""",
)


def run(module: Any, text: str, make: Any) -> tuple[list[Any], dict[str, Any]]:
    rng = np.random.default_rng(0)
    leaves = {k: make(rng.standard_normal(s) * 0.5, True) for k, s in SHAPES.items()}
    rest = {"rm": np.zeros(4), "rv": np.ones(4), "ids": np.array([[1, 2], [2, 6]]),
            "prob": rng.uniform(0.1, 0.9, (3, 5)),
            "sign": np.array([1.0, -1.0, 1.0]), "labels": np.array([[1, 2], [3, 1]]), "lens": np.array([6, 5]),
            "tlens": np.array([2, 1]), "sizes": np.array([2, 1])}  # fmt: skip
    given = {k: make(v, False) for k, v in rest.items()}
    result = eval(text, {"m": module, **leaves, **given})
    return list(result) if isinstance(result, tuple | list) else [result], leaves


@pytest.mark.parametrize("text", CALLS)
def test_as_pytorch(text: str, torch: Any) -> None:
    ours, mine = run(picograd, text, lambda v, g: picograd.tensor(v, requires_grad=g))
    theirs, peers = run(torch, text, lambda v, g: torch.tensor(v, requires_grad=g))
    assert len(ours) == len(theirs)
    loss, reference = 0, 0
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.value, b.detach().numpy(), rtol=1e-9, atol=1e-12)
        assert str(a.dtype) == str(b.dtype).removeprefix("torch.")
        if b.requires_grad:
            loss, reference = loss + (a * a).sum(), reference + (b * b).sum()
    assert loss.requires_grad
    loss.backward()
    reference.backward()
    for name, x in mine.items():
        g = peers[name].grad
        np.testing.assert_allclose(x.grad, 0 * x.value if g is None else g.numpy(), rtol=1e-7, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("name", ["dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout", "rrelu"])
def test_draws(name: str) -> None:
    x = picograd.ones(50, 40, 3)
    options = (0.125, 1 / 3, True) if name == "rrelu" else (0.5, True)
    x = -x if name == "rrelu" else x
    picograd.manual_seed(0)
    out = getattr(picograd, name)(x, *options)
    assert out is not x and float((out.value != x.value).mean()) > 0.4
    if name.startswith("feature"):
        assert (out.value == out.value[:, :, :1]).all() and len(np.unique(out.value)) == 2
    if name != "rrelu":
        np.testing.assert_allclose(out.value.mean(), 1.0 if "alpha" not in name else out.value.mean(), atol=0.1)
    picograd.manual_seed(0)
    y = x.clone()
    assert getattr(picograd, f"{name}_")(y, *options) is y  # dropout_ alpha_dropout_ feature_dropout_ rrelu_ ...
    np.testing.assert_array_equal(y.value, out.value)


def test_in_place() -> None:
    x = picograd.tensor([-1.0, 0.5])
    for name, args in {"celu_": (0.7,), "selu_": (), "threshold_": (0.1, 0.2)}.items():
        y = x.clone()
        assert getattr(picograd, name)(y, *args) is y
        assert y.tolist() == getattr(picograd, name[:-1])(x, *args).tolist()
    assert picograd.feature_alpha_dropout_(x, 0.5, False) is x


def test_native_dropout() -> None:
    out, kept = picograd.native_dropout(picograd.ones(1000), 0.25, True)
    np.testing.assert_allclose(out.value, kept.value / 0.75, rtol=1e-6)
    assert kept.dtype == bool and 0.7 < kept.value.mean() < 0.8


def test_embedding_renorm(torch: Any) -> None:
    table, ids = np.arange(12.0).reshape(4, 3), np.array([1, 3, 3])
    results = []
    for m in (picograd, torch):
        weight = m.tensor(table)
        assert m.embedding_renorm_(weight, m.tensor(ids), 2.0, 2.0) is weight
        results.append(weight.tolist())
    np.testing.assert_allclose(*results, rtol=1e-6)


def test_same_as_the_layers() -> None:
    layer = nn.LSTM(3, 5, 2, bidirectional=True)
    x, states = picograd.randn(4, 2, 3), (picograd.randn(4, 2, 5), picograd.randn(4, 2, 5))
    params = [p for each in layer.all_weights for p in each]
    before = picograd.default_generator.get_state().tolist()
    out, h, c = picograd.lstm(x, states, params, True, 2, 0.0, True, True, False)
    assert picograd.default_generator.get_state().tolist() == before  # nothing was drawn
    expected, (h_, c_) = layer(x, states)
    for a, b in ((out, expected), (h, h_), (c, c_)):
        np.testing.assert_array_equal(a.value, b.value)


def test_mistakes() -> None:
    x = picograd.ones(2, 3)
    with pytest.raises(ValueError, match=r"kl_div: number 3: it stands for nothing; give 0 to 2: none, mean, sum"):
        picograd.kl_div(x, x, 3)
    with pytest.raises(ValueError, match=r"convolution: weight \(2, 3\): it takes 3 to 5 axes"):
        picograd.convolution(x, x, None, 1, 0, 1, False, 0, 1)


def test_nn_is_opened_when_it_is_used() -> None:
    code = "import sys, picograd; print('picograd.nn' in sys.modules, picograd.conv2d, 'picograd.nn' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert (found[0], found[-1]) == ("False", "True")

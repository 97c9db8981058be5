"""bfloat16 through a sample of all ops, forward and gradient, against PyTorch; and a network trained in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, io, nn

# On x, y (2, 3) in bfloat16 with gradient, f float32, h float16, i integers.
OPS = """
x+y; x-y; x*y; x/y; x*2.0; 1-x; x**2; x.abs()**y; -x; x==y; x<y; x+f; x*h; f-x; h/x; x+1; x.sum(); x.sum(0); x.mean(1)
x.mean(); x.var(); x.std(0); x.prod(1); x.norm(); x.max(); x.min(1)[0]; x.amax(1); x.argmax(1); x.sort(1)[0]
x.topk(2)[0]; x.cumsum(1); x.cumprod(1); x.logsumexp(1); x.median(); x.nansum(); x.exp(); x.abs().log(); x.abs().sqrt()
x.tanh(); x.sigmoid(); x.sin(); x.cos(); x.erf(); x.abs().rsqrt(); x.reciprocal(); x.square(); x.expm1()
x.abs().log1p(); x.sign(); x.floor(); x.round(); x.trunc(); x.frac(); x.atan2(y); x.hypot(y); x.fmod(y)
x.remainder(y); x.lerp(y, 0.5); x.clamp(0, 1); x.clamp(min=0.1); x.nan_to_num(); x.isnan(); x.pow(3); x.float()
x.half(); x.double(); x.long(); x.bool(); x@y.t(); x.mm(y.t()); m.bmm(x[None], y.t()[None]); m.outer(x[0], y[0])
m.einsum('ij,kj->ik', x, y); m.addmm(f.bfloat16()[:, :2], x, y.t()); x[0].dot(y[0]); m.cat([x, y]); m.stack([x, y])
x[0]; x[:, i]; x[x > 0.6]; x.reshape(3, 2); x.t(); x.unsqueeze(0); x.expand(2, 2, 3); x.flip(0); x.roll(1); x.tril()
x.repeat(2, 1); x.diag(); x.gather(1, i.repeat(2, 1)); x.index_add(0, i[:1], y[:1]); x.masked_fill(x > 1, 0)
x.scatter(1, i[None, :1], y[:1, :1]); m.where(x > 0, x, y); m.maximum(x, y); m.logaddexp(x, y); x.softmax(1)
F.relu(x); F.gelu(x); F.silu(x); F.mish(x); F.elu(x); F.selu(x); F.leaky_relu(x); F.softplus(x); F.logsigmoid(x)
F.hardtanh(x); F.hardswish(x); F.softsign(x); F.tanhshrink(x); F.glu(x[:, :2]); F.log_softmax(x, -1); F.linear(x, y)
F.layer_norm(x, (3,)); F.rms_norm(x, (3,)); F.group_norm(x[None].transpose(1, 2), 3); F.normalize(x)
F.batch_norm(x, None, None, training=True); F.embedding(i[:1], x); F.dropout(x, 0.5, False); F.pad(x, (1, 1))
F.conv1d(x[None], y[None, :, :2]); F.conv2d(x[None, None], y[None, None, :1, :2])
F.conv_transpose1d(x[None], y[None].transpose(0, 1)); F.avg_pool1d(x[None], 2); F.max_pool1d(x[None], 2)
F.adaptive_avg_pool1d(x[None], 1); F.interpolate(x[None], scale_factor=2); F.mse_loss(x, y); F.l1_loss(x, y)
F.smooth_l1_loss(x, y); F.huber_loss(x, y); F.cross_entropy(x, i[:1].repeat(2)); F.cosine_similarity(x, y)
F.nll_loss(F.log_softmax(x, 1), i[:1].repeat(2)); F.binary_cross_entropy_with_logits(x, y.sigmoid())
F.kl_div(x, y.softmax(1), reduction='batchmean'); F.scaled_dot_product_attention(x[None], y[None], x[None])
m.arange(3, dtype=m.bfloat16); m.linspace(0, 1, 3, dtype=m.bfloat16); m.full((2,), 1.5, dtype=m.bfloat16)
m.zeros(2, dtype=m.bfloat16) + 1.0; m.tensor(3.0, dtype=m.bfloat16) * x; x.new_ones(2); m.ones_like(x)
"""
ROWS = [row.strip() for line in OPS.strip().splitlines() for row in line.split(";")]


def run(text: str, m: Any) -> tuple[str, Any, str, Any]:
    """The dtype and value of a form, and those of x's gradient."""
    x = m.tensor([[0.5, 1.5, -0.25], [2.0, 0.75, 1.0]], dtype=m.bfloat16, requires_grad=True)
    y = m.tensor([[1.0, 2.0, 0.5], [0.25, 1.25, -1.5]], dtype=m.bfloat16, requires_grad=True)
    names = {"m": m, "x": x, "y": y, "f": m.ones(2, 3), "h": m.ones(2, 3, dtype=m.float16), "F": m.nn.functional}
    out = eval(text, names | {"i": m.tensor([0, 2])})
    kind, gradient = str(out.dtype).split(".")[-1], None
    value = np.array(out.detach().double().tolist())
    if out.requires_grad:
        weights = m.linspace(0.5, 1.5, out.numel()).reshape(out.shape)
        (out.float() * weights).sum().backward()
        gradient = x.grad
    dtype = "" if gradient is None else str(gradient.dtype).split(".")[-1]
    return kind, value, dtype, np.array([] if gradient is None else gradient.tolist(), np.float64)


@pytest.mark.parametrize("text", ROWS)
def test_ops_as_pytorchs(text: str, torch: Any) -> None:
    ours, theirs = run(text, picograd), run(text, torch)
    assert (ours[0], ours[2]) == (theirs[0], theirs[2])  # dtypes
    # bfloat16 has 8 bits: a result is within two roundings, a gradient within some more, of sums of a few terms.
    np.testing.assert_allclose(ours[1], theirs[1], rtol=2**-7, atol=2**-7)
    np.testing.assert_allclose(ours[3], theirs[3], rtol=2**-5, atol=2**-5)


def test_a_network_learns_in_bfloat16() -> None:
    picograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 16), nn.LayerNorm(16), nn.GELU(), nn.Dropout(0.1), nn.Linear(16, 3)).bfloat16()
    x = picograd.randn(32, 4).bfloat16()
    labels = x[:, :3].argmax(1)
    optimizer = picograd.optim.AdamW(net.parameters(), lr=0.05)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    assert {p.dtype for p in net.parameters()} == {picograd.bfloat16} and loss.dtype == picograd.bfloat16
    assert {p.grad.dtype for p in net.parameters()} == {picograd.bfloat16} and losses[-1] < 0.4 * losses[0]


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    x = picograd.tensor([1.5, -2.25], dtype=picograd.bfloat16)
    io.save({"x": x}, tmp_path / "file")
    loaded = io.load(tmp_path / "file")["x"]
    assert loaded.dtype == picograd.bfloat16 and loaded.tolist() == [1.5, -2.25]


def test_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    absent = picograd.bfloat16
    assert {"bfloat16": absent}["bfloat16"] is picograd.bfloat16 and repr(absent) == "bfloat16"
    for use in (lambda: picograd.zeros(2, dtype=absent), lambda: Tensor([1.0]).to(absent), Tensor([1.0]).bfloat16,
                nn.Linear(1, 1).bfloat16):  # fmt: skip
        with pytest.raises(ImportError, match="bfloat16: NumPy has no such dtype of its own: pip install ml_dtypes"):
            use()

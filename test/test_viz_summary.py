"""The table of a network: each number against what it must be, and a model that is left as it was."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import picograd
from picograd import Tensor, nn, ops
from picograd.nn import functional as F
from picograd.random import default_generator
from picograd.viz import summary
from picograd.viz.counting import COUNTS, is_free, is_ours
from picograd.viz.layers import cut, scaled
from picograd.watching import watch


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(8 * 4 * 4, 10)

    def forward(self, x: Any) -> Any:
        x = self.drop(F.relu(self.norm(self.conv(x))))
        return self.head(self.drop(F.max_pool2d(x, 2).flatten(1)))


def row(table: Any, path: str) -> Any:
    return next(row for row in table.rows if row.path == path)


def test_the_table_as_it_is_printed() -> None:
    table = summary(Net(), (2, 3, 8, 8))
    assert str(table) == repr(table)
    assert str(table).splitlines()[:8] == [
        "layer                                             output            parameters   multiply-adds      kept",
        "-" * 104,
        "Net                                               (2, 10)                                        5.12 kB",
        "  conv (Conv2d 3 -> 8)                            (2, 8, 8, 8)             224          27.6 k   1.54 kB",
        "  norm (BatchNorm2d 8, eps=1e-05, momentum=0.1)   (2, 8, 8, 8)              16                   4.19 kB",
        "  drop (Dropout p=0.5, inplace=False)             (2, 8, 8, 8) x2",
        "  head (Linear 128 -> 10)                         (2, 10)                1,290          2.56 k",
        "-" * 104,
    ]


# A network or function of inputs, the inputs, and the multiply-adds by hand.
PRODUCTS: dict[str, tuple[Any, Any, int]] = {
    "linear": (nn.Linear(5, 7), [(3, 5)], 3 * 5 * 7),
    "linear of a sequence": (nn.Linear(5, 7, bias=False), [(2, 4, 5)], 2 * 4 * 5 * 7),
    "conv": (nn.Conv2d(4, 6, 3, stride=2, groups=2), [(2, 4, 9, 9)], 2 * 6 * 4 * 4 * 2 * 9),
    "conv1d": (nn.Conv1d(4, 6, 3, padding=1), [(2, 4, 10)], 2 * 6 * 10 * 4 * 3),
    "conv_transpose": (nn.ConvTranspose2d(4, 6, 3, stride=2), [(2, 4, 5, 5)], 2 * 4 * 5 * 5 * 6 * 9),
    "lstm": (nn.LSTM(5, 6, 2), [(7, 3, 5)], 7 * 3 * (4 * 6 * (5 + 6) + 4 * 6 * (6 + 6))),
    "lstm with projection": (nn.LSTM(5, 6, proj_size=2), [(7, 3, 5)], 7 * 3 * (4 * 6 * (5 + 2) + 2 * 6)),
    "gru": (nn.GRU(5, 6, bidirectional=True), [(7, 3, 5)], 2 * 7 * 3 * 3 * 6 * (5 + 6)),
    "rnn": (nn.RNN(5, 6), [(7, 3, 5)], 7 * 3 * 6 * (5 + 6)),
    "attention": (lambda q, k: F.scaled_dot_product_attention(q, k, k), [(2, 3, 5, 8), (2, 3, 4, 8)], 6 * 5 * 4 * 16),
    "multihead": (nn.MultiheadAttention(8, 2), [(5, 3, 8)] * 3, 3 * (4 * 5 * 8 * 8 + 2 * 5 * 5 * 8)),
    "matmul": (lambda x, y: x @ y, [(2, 3, 4), (4, 5)], 2 * 3 * 4 * 5),
    "matrix by vector": (lambda x, y: x @ y, [(3, 4), (4,)], 3 * 4),
    "dot": (lambda x, y: np.dot(x, y), [(4,), (4,)], 4),
    "einsum": (lambda x, y: picograd.einsum("bij,bkj->bik", x, y), [(2, 3, 4), (2, 5, 4)], 2 * 3 * 4 * 5),
    "bmm": (picograd.bmm, [(2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
    "addmm": (lambda c, x, y: picograd.addmm(c, x, y), [(3, 5), (3, 4), (4, 5)], 3 * 4 * 5),
    "elementwise": (lambda x, y: (x * y).sum().exp(), [(3, 4), (3, 4)], 0),
}


# Those that multiply without a formula in the table: a summary says so. Any other op has a row, or nothing to count.
NOT_COUNTED = {
    "cholesky", "cofactors", "det", "det_sign", "dft", "eigh", "inv", "logabsdet", "lu", "matrix_exp", "pinv", "qr",
    "solve", "svd", "svdvals",
}  # fmt: skip


def test_every_op_is_counted_or_said_not_to_be() -> None:
    ops.every_family()
    ours = {name: op.primitive for name, op in ops.by_name.items() if is_ours(op.primitive)}
    assert len(ours) > 200 and COUNTS.keys() <= ours.keys()
    assert {name for name, op in ours.items() if name not in COUNTS and not is_free(op)} == NOT_COUNTED
    assert not [name for name in COUNTS if is_free(ours[name])]


def test_what_is_not_counted_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ops.by_name, "linear", ops.by_name["linear"])  # and comes back

    @ops.primitive()
    def linear(x: ops.Array) -> ops.Array:  # called like ours
        return x * 2

    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(3, 4)

        def forward(self, x: Any) -> Any:
            return linear(picograd.linalg.svdvals(self.inner(x))[:3])

    table = summary(nn.Sequential(Odd(), nn.Linear(3, 2)), (5, 3))
    assert table.multiply_adds == 5 * 3 * 4 + 3 * 2
    assert re.search(r"0 \(Odd\) +\(3,\) +\? ", str(table)) and re.search(
        r"1 \(Linear 3 -> 2\) +\(2,\) +8 +6 ", str(table)
    )
    assert "multiply-adds   66 forward, and those of svdvals, linear, not counted" in str(table)
    assert "60 + ?" in str(summary(nn.Sequential(Odd()), (5, 3), depth=0))


def test_a_kernels_gradient() -> None:
    x, w = Tensor(np.ones((2, 3, 8), np.float32)), Tensor(np.ones((4, 3, 3), np.float32))
    call = Call(lambda x: picograd.autograd.grad(F.conv1d(x, w).sum(), w, create_graph=True)[0])
    assert summary(call, x).multiply_adds == (2 * 4 * 6) * 9 + (4 * 3 * 3) * 2 * 6


class Call(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Any) -> Any:
        return self.function(*inputs)


@pytest.mark.parametrize("name", PRODUCTS)
def test_multiply_adds(name: str) -> None:
    model, inputs, expected = PRODUCTS[name]
    table = summary(model if isinstance(model, nn.Module) else Call(model), *inputs)
    assert table.multiply_adds == expected == sum(row.multiply_adds for row in table.rows)


def test_parameters_are_counted_once_and_frozen_ones_named() -> None:
    net = Net()
    net.conv.weight.requires_grad = False
    table = summary(net)
    assert table.parameters == sum(p.numel() for p in net.parameters()) == 1530
    assert table.trainable == 1530 - 216
    assert re.search(r"conv \(Conv2d 3 -> 8\) +224 \(216 frozen\)\n", str(table))
    assert "1,530 (1,314 trainable, 216 frozen)" in str(table)
    assert "output" not in str(table) and "kept" not in str(table)  # it was not called
    net.requires_grad_(False)
    assert re.search(r"head \(Linear 128 -> 10\) +1,290 frozen\n", str(summary(net)))
    assert summary(net, (2, 3, 8, 8)).kept_bytes == 0


def test_shared_modules_and_parameters() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(10, 4)
            self.block = nn.Linear(4, 4)
            self.again = self.block
            self.head = nn.Linear(4, 10, bias=False)
            self.head.weight = self.embedding.weight

        def forward(self, tokens: Any) -> Any:
            return self.head(self.again(self.block(self.embedding(tokens))))

    table = summary(Tied(), picograd.tensor([[1, 2, 3]]))
    assert table.parameters == 40 + 20
    assert table.multiply_adds == 3 * 4 * (4 + 4 + 10)
    assert re.search(r"block \(Linear 4 -> 4\) +\(1, 3, 4\) x2 +20 +96", str(table))
    assert re.search(r"again \(Linear 4 -> 4\) += block\n", str(table))
    assert re.search(r"head \(Linear 4 -> 10\) +\(1, 3, 10\) +shared +120", str(table))


def test_what_is_kept() -> None:
    net = nn.Sequential(nn.Linear(100, 50), nn.Tanh(), nn.Linear(50, 20))
    table = summary(net, (8, 100))
    assert [row.kept for row in table.rows] == [0, 8 * 100 * 4, 8 * 50 * 4, 0]  # tanh's result is the next input
    assert table.total.parameter_bytes == 4 * table.parameters
    assert "24.3 kB parameters + 4.80 kB kept for the backward pass = 29.1 kB" in str(table)


def test_depth_adds_up_what_lies_deeper() -> None:
    net = nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4), nn.ReLU())), nn.Linear(4, 2))
    full, short = summary(net, (3, 4)), summary(net, (3, 4), depth=1)
    assert len(full.shown()) == 7 and [row.path for row in short.shown()] == ["", "0", "1"]
    assert [row.parameters for row in short.shown()] == [0, 40, 10] and short.parameters == full.parameters
    assert short.shown()[1].multiply_adds == 2 * 3 * 16
    assert summary(net, (3, 4), depth=0).shown()[0].parameters == 50


def test_functions_count_where_they_are_called_and_what_is_not_called_is_said() -> None:
    class Product(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(4, 4)
            self.unused = nn.Linear(4, 4)

        def forward(self, x: Any, times: int = 1) -> Any:
            return (self.inner(x) @ x.T) * times, {"x": x}

    table = summary(Product(), (3, 4), times=2)
    assert (row(table, "").multiply_adds, row(table, "inner").multiply_adds) == (3 * 4 * 3, 3 * 4 * 4)
    assert row(table, "unused").calls == 0 and "not called" in str(table)
    assert row(table, "").output == [(3, 3), (3, 4)] and "(3, 3) and 1 more" in str(table)


class Restless(nn.Module):
    """Changes all that a call can change, and fails if it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        self.register_buffer("calls", picograd.zeros(1))
        self.register_buffer("last", None)
        self.norm.eval()

    def forward(self, x: Any, fail: bool = False) -> Any:
        self.calls += 1
        self.norm.running_mean.add_(5)
        self.last = picograd.rand(2)
        if fail:
            raise ValueError("forward: no: it fails; don't")
        return self.norm(x)


@pytest.mark.parametrize("fail", [False, True])
@pytest.mark.parametrize("recording", [False, True])
def test_the_model_is_left_as_it_was(fail: bool, recording: bool) -> None:
    model = Restless()
    seen: list[Any] = []
    model.norm.register_forward_hook(lambda *_: seen.append(1))
    before = {name: buffer.value.copy() for name, buffer in model.named_buffers()}
    arrays = {name: buffer.value for name, buffer in model.named_buffers()}
    state = default_generator.get_state().value.copy()
    hooks = [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()]
    with picograd.set_grad_enabled(recording):
        if fail:
            with pytest.raises(ValueError, match="Restless: forward: no: it fails"):
                summary(model, (4, 3), fail=True)
        else:
            assert summary(model, (4, 3)).parameters == 6
        assert picograd.is_grad_enabled() is recording
    assert model.training and not model.norm.training and model.last is None
    for name, buffer in model.named_buffers():
        assert buffer.value is arrays[name] and np.array_equal(buffer.value, before[name])
    assert np.array_equal(default_generator.get_state().value, state)
    assert [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()] == hooks
    assert all(not parameter.grad.any() for parameter in model.parameters()) and not watch.on
    assert len(seen) == (not fail)


def test_inputs_of_all_kinds() -> None:
    class Takes(nn.Module):
        def forward(self, x: Any, y: Any, sizes: Any) -> Any:
            assert isinstance(x, Tensor) and isinstance(y, Tensor) and sizes == [2, 1]
            return x + y

    assert row(summary(Takes(), (2, 3), np.ones((2, 3), np.float32), [2, 1]), "").output == [(2, 3)]


def test_shapes_within_dicts_and_tuples() -> None:
    class Takes(nn.Module):
        def forward(self, batch: Any, pair: Any) -> Any:
            return batch["x"] + pair[0] + pair[1]

    table = summary(Takes(), {"x": (np.int64(2), 3)}, ((2, 3), np.ones((2, 3), np.float32)))
    assert row(table, "").output == [(2, 3)]
    assert row(summary(nn.Sequential(nn.Linear(2, 3)), (np.int64(4), np.int32(2))), "").output == [(4, 3)]


def test_mistakes_get_one_sentence() -> None:
    with pytest.raises(TypeError, match="summary: a function: it is no Module; give a network"):
        summary(row)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"summary: input 0: \(2, -1\) is no shape; give sizes from 0 on"):
        summary(nn.ReLU(), (2, -1))
    with pytest.raises(ValueError, match="summary: depth -1: it can't be negative; give 0"):
        summary(nn.ReLU(), depth=-1)
    with pytest.raises(ValueError, match=r"summary: 0\.weight has no shape yet; call the network once before"):
        summary(nn.Sequential(nn.LazyLinear(3)), (2, 2))
    with pytest.raises(TypeError, match=r"embedding: .*use long\(\) \(a shape is random float32 "):
        summary(nn.Embedding(10, 3), (4, 2))
    with pytest.raises(ValueError, match=r"1 \(Linear 4 -> 5\): linear: "):  # the network's own, with the layer
        summary(nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 5)), (2, 2))


def test_html_is_well_formed_and_escaped() -> None:
    class Odd(nn.Module):
        def extra_repr(self) -> str:
            return "<script>&"

        def forward(self, x: Any) -> Any:
            return x

    html = summary(nn.Sequential(Odd(), nn.Linear(3, 2)), (1, 3))._repr_html_()
    root = ElementTree.fromstring(f"<div>{html}</div>")
    assert len(root.findall(".//tbody/tr")) == 3 and "Odd <script>&" in "".join(root.itertext())
    assert "<script>" not in html


def test_numbers_in_few_characters() -> None:
    given = (0, 12, 999, 1000, 1234, 99_950, 999_499, 999_999, 1_276_810, 5e15)
    assert [scaled(n) for n in given] == [
        "0", "12", "999", "1.00 k", "1.23 k", "100 k", "999 k", "1.00 M", "1.28 M", "5.00 P",
    ]  # fmt: skip
    assert cut("LayerNorm (128,), eps=1e-05, elementwise_affine=True", 30) == "LayerNorm (128,), eps=1e-05"

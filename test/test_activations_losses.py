"""Activations, distances and losses that are neither in test_nn.py nor in test_losses.py, against PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from peer import check_twice, compare, compare_layer, draw, fixed, leaves, ours, real, refused, whole

from picograd import Tensor, kernels, manual_seed
from picograd.nn.activation import RReLU
from picograd.nn.functions import activation, ctc
from picograd.ops.activation import gelu, gelu_tanh
from picograd.ops.special import erf

Inputs = dict[str, Any]
X: Inputs = {"x": real(3, 4, low=-4, high=4)}
PAIR: Inputs = {"x": real(3, 4), "y": real(3, 4)}
SIGNS: Inputs = {"x": real(3, 4), "t": fixed(np.array([[1, -1, 1, -1]] * 3))}
TRIPLET: Inputs = {"a": real(3, 4), "p": real(3, 4), "n": real(3, 4)}
CLASSES: Inputs = {"x": real(3, 4), "t": whole(0, 4, 3)}
LISTED: Inputs = {"x": real(2, 4), "t": fixed(np.array([[3, 0, -1, 1], [2, -1, 0, 1]]))}

SMOOTH: list[tuple[str, Inputs]] = [
    ("F.gelu(x)", X),
    ("F.gelu(x, approximate='tanh')", X),
    ("F.selu(x)", X),
    ("F.celu(x)", X),
    ("F.celu(x, 0.5)", X),
    ("F.mish(x)", X),
    ("F.hardsigmoid(x)", X),
    ("F.hardswish(x)", X),
    ("F.softsign(x)", X),
    ("F.softshrink(x)", X),
    ("F.softshrink(x, 1.5)", X),
    ("F.hardshrink(x)", X),
    ("F.hardshrink(x, 1.5)", X),
    ("F.tanhshrink(x)", X),
    ("F.threshold(x, 1.5, -7.0)", X),
    ("F.glu(x)", X),
    ("F.glu(x, 0)", {"x": real(4, 3)}),
    ("F.prelu(x, w)", X | {"w": real(4)}),
    ("F.prelu(x, w)", {"x": real(2, 3, 4), "w": real(3)}),
    ("F.prelu(x, w)", X | {"w": real(1)}),
    ("F.rrelu(x, 0.1, 0.7)", X),
    ("F.cosine_similarity(x, y)", PAIR),
    ("F.cosine_similarity(x, y, 0, 3.0)", PAIR),
    ("F.cosine_similarity(x, y, -1)", {"x": real(3, 1, 4), "y": real(2, 4)}),
    ("F.pairwise_distance(x, y)", PAIR),
    ("F.pairwise_distance(x, y, 3.0, 0.1, True)", PAIR),
    ("F.pdist(x)", {"x": real(4, 3)}),
    ("F.pdist(x, 1.0)", {"x": real(4, 3)}),
    ("F.bilinear(x, y, w, b)", {"x": real(2, 3), "y": real(2, 4), "w": real(5, 3, 4), "b": real(5)}),
    ("F.bilinear(x, y, w)", {"x": real(3), "y": real(4), "w": real(5, 3, 4)}),
    ("F.hinge_embedding_loss(x, t)", SIGNS),
    ("F.hinge_embedding_loss(x, t, 0.3, reduction='none')", SIGNS),
    ("F.cosine_embedding_loss(x, y, t)", PAIR | {"t": fixed(1, -1, -1)}),
    ("F.cosine_embedding_loss(x, y, t, -0.6, reduction='none')", PAIR | {"t": fixed(1, -1, -1)}),
    ("F.cosine_embedding_loss(x, y, t)", {"x": real(4), "y": real(4), "t": fixed(1)}),
    ("F.margin_ranking_loss(x, y, t)", PAIR | {"t": SIGNS["t"]}),
    ("F.margin_ranking_loss(x, y, t, 0.4, reduction='sum')", PAIR | {"t": SIGNS["t"]}),
    ("F.triplet_margin_loss(a, p, n)", TRIPLET),
    ("F.triplet_margin_loss(a, p, n, 2.0, 3.0, 0.1, True, reduction='none')", TRIPLET),
    ("F.triplet_margin_with_distance_loss(a, p, n, margin=0.7, swap=True)", TRIPLET),
    ("F.triplet_margin_with_distance_loss(a, p, n, distance_function=lambda x, y: (x * y).sum(-1))", TRIPLET),
    ("F.multi_margin_loss(x, t)", CLASSES),
    ("F.multi_margin_loss(x, t, 2, 0.7, w.detach(), reduction='none')", CLASSES | {"w": real(4, low=0.5)}),
    ("F.multi_margin_loss(x, t)", {"x": real(4), "t": fixed(2)}),
    ("F.multilabel_margin_loss(x, t)", LISTED),
    ("F.multilabel_margin_loss(x, t, reduction='none')", LISTED),
    ("F.multilabel_margin_loss(x[0], t[0])", LISTED),
    ("F.multilabel_soft_margin_loss(x, y, w.detach())", PAIR | {"w": real(4)}),
    ("F.multilabel_soft_margin_loss(x, y, reduction='none')", PAIR),
    ("F.soft_margin_loss(x, t)", SIGNS),
    ("F.soft_margin_loss(x, t, reduction='sum')", SIGNS),
    ("F.gaussian_nll_loss(x, y, v)", PAIR | {"v": real(3, 4, low=0.3)}),
    ("F.gaussian_nll_loss(x, y, v, True, 0.6, 'none')", PAIR | {"v": real(3, 1, low=0.3)}),
    ("F.gaussian_nll_loss(x, y, v)", PAIR | {"v": real(3, low=0.3)}),
    ("F.gaussian_nll_loss(x, y, 0.7)", PAIR),
    ("F.poisson_nll_loss(x, y)", {"x": real(3, 4), "y": real(3, 4, low=0.1, high=3)}),
    ("F.poisson_nll_loss(x, y, False, True, eps=0.1)", {k: real(3, 4, low=0.1, high=3) for k in "xy"}),
]
# What is raised to eps has PyTorch's gradient, not that of the formula; and differences would see what is detached.
NOT_TWICE = ("0.6, 'none'", "0, 3.0", "detach")


@pytest.mark.parametrize(("text", "inputs"), SMOOTH)
def test_functions(text: str, inputs: Inputs, torch: Any) -> None:
    compare(torch, text, inputs, gradients=1e-7 if "hardsigmoid" in text else 1e-9)  # PyTorch has 1/6 in float32


@pytest.mark.parametrize(("text", "inputs"), [(t, i) for t, i in SMOOTH if not any(part in t for part in NOT_TWICE)])
def test_second_derivatives(text: str, inputs: Inputs) -> None:
    check_twice(text, inputs)


SPECIAL = {"x": fixed(np.array([math.nan, math.inf, -math.inf, 0.0, -0.0, 100.0, -100.0, 1e-30, 0.5, -0.5, 3.0, -3.0]))}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(
    "text",
    [
        "F.gelu(x[3:])", "F.selu(x)", "F.celu(x)", "F.hardsigmoid(x)", "F.softsign(x[3:])", "F.softshrink(x)",
        "F.hardshrink(x)", "F.threshold(x, 0.5, -1.0)", "F.mish(x[3:])", "F.tanhshrink(x[3:])", "m.erf(x)",
    ],
)  # fmt: skip
def test_infinities_and_bounds(text: str, torch: Any) -> None:
    values = np.asarray(SPECIAL["x"](None), np.float32)
    names = ours() | {"x": Tensor(values, requires_grad=False)}
    mine = erf(names["x"]) if text == "m.erf(x)" else eval(text, names)
    other = eval(text, {"F": torch.nn.functional, "m": torch, "x": torch.from_numpy(values)})
    np.testing.assert_allclose(mine.value, other.numpy(), rtol=1e-5, atol=1e-6)


def test_erf_to_the_rounding_of_each_dtype() -> None:
    x = np.concatenate([np.linspace(-7, 7, 4001), 10.0 ** np.arange(-300, 2)])
    expected = np.array([math.erf(v) for v in x])
    np.testing.assert_allclose(erf(x).value, expected, rtol=5e-16, atol=0)
    np.testing.assert_allclose(erf(x.astype(np.float32)).value, expected, rtol=4e-7, atol=1e-30)
    assert erf(np.zeros(100_000, np.float32)).shape == (100_000,)  # more than a block


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_of_more_than_a_block(approximate: str) -> None:
    """Its gradient from what the call has kept, in parts on all cores, and that of a row from the formula."""
    x = np.random.default_rng(0).standard_normal((3, 100_001)).astype(np.float32)
    every, row = Tensor(x), Tensor(x[1])
    op = gelu if approximate == "none" else gelu_tanh
    with kernels.disabled():
        y, z = activation.gelu(every, approximate), op(row)
        y.sum().backward()
        z.sum().backward()
    np.testing.assert_allclose(y.value[1], z.value, rtol=1e-6)
    np.testing.assert_allclose(every.grad[1], row.grad, rtol=1e-5, atol=1e-6)


LAYERS: list[tuple[str, str, Inputs]] = [
    ("nn.GELU()", "net(x)", X),
    ("nn.GELU('tanh')", "net(x)", X),
    ("nn.SELU()", "net(x)", X),
    ("nn.CELU(0.5)", "net(x)", X),
    ("nn.Mish()", "net(x)", X),
    ("nn.Hardswish()", "net(x)", X),
    ("nn.Hardsigmoid()", "net(x)", X),
    ("nn.Hardshrink(1.5)", "net(x)", X),
    ("nn.Softshrink(1.5)", "net(x)", X),
    ("nn.Softsign()", "net(x)", X),
    ("nn.Tanhshrink()", "net(x)", X),
    ("nn.GLU(0)", "net(x)", {"x": real(4, 3)}),
    ("nn.Threshold(0.3, 7.0)", "net(x)", X),
    ("nn.Softmin(0)", "net(x)", X),
    ("nn.Softmax2d()", "net(x)", {"x": real(2, 3, 2, 2)}),
    ("nn.PReLU()", "net(x)", X),
    ("nn.PReLU(4, 0.6)", "net(x)", X),
    ("nn.HingeEmbeddingLoss(0.3)", "net(x, t)", SIGNS),
    ("nn.CosineEmbeddingLoss(-0.6)", "net(x, y, t)", PAIR | {"t": fixed(1, -1, -1)}),
    ("nn.MarginRankingLoss(0.4)", "net(x, y, t)", PAIR | {"t": SIGNS["t"]}),
    ("nn.TripletMarginLoss(2.0, 3.0, 0.1, True)", "net(a, p, n)", TRIPLET),
    ("nn.TripletMarginWithDistanceLoss(margin=2.0, swap=True, reduction='sum')", "net(a, p, n)", TRIPLET),
    ("nn.MultiMarginLoss(2, 0.7, reduction='sum')", "net(x, t)", CLASSES),
    ("nn.MultiLabelMarginLoss()", "net(x, t)", LISTED),
    ("nn.MultiLabelSoftMarginLoss(reduction='sum')", "net(x, y)", PAIR),
    ("nn.SoftMarginLoss(reduction='none')", "net(x, t)", SIGNS),
    ("nn.GaussianNLLLoss(full=True, eps=0.1)", "net(x, y, v)", PAIR | {"v": real(3, 4, low=0.3)}),
    ("nn.PoissonNLLLoss(False, True, eps=0.1)", "net(x, y)", {k: real(3, 4, low=0.1, high=3) for k in "xy"}),
    (
        "nn.CTCLoss(1, 'sum')",
        "net(x.log_softmax(-1), t, (5, 4), (2, 1))",
        {"x": real(5, 2, 4), "t": fixed([2, 2], [3, 0])},
    ),
    ("nn.CosineSimilarity(0, 3.0)", "net(x, y)", PAIR),
    ("nn.PairwiseDistance(3.0, 0.1, True)", "net(x, y)", PAIR),
    ("nn.Bilinear(3, 4, 2)", "net(x, y)", {"x": real(5, 3), "y": real(5, 4)}),
    ("nn.Bilinear(3, 4, 2, bias=False)", "net(x, y)", {"x": real(5, 3), "y": real(5, 4)}),
]


@pytest.mark.parametrize(("make", "call", "inputs"), LAYERS)
def test_layers(make: str, call: str, inputs: Inputs, torch: Any) -> None:
    compare_layer(torch, make, call, inputs, gradients=1e-7 if "Hardsigmoid" in make else 1e-9)


# ---- what is drawn -------------------------------------------------------------------------------------------------


def test_rrelu_draws_a_slope_for_each_element() -> None:
    x = -np.ones((50, 50), np.float32)
    slopes = -RReLU(0.2, 0.6)(Tensor(x)).value
    assert 0.2 <= slopes.min() < 0.25 < 0.55 < slopes.max() <= 0.6
    assert RReLU(0.2, 0.6).eval()(Tensor(x)).value[0, 0] == pytest.approx(-0.4)


def test_gumbel_softmax_draws_from_the_softmax() -> None:
    manual_seed(0)
    logits = Tensor(np.tile(np.log([0.2, 0.5, 0.3]), (4000, 1)))
    hard = activation.gumbel_softmax(logits, hard=True)
    assert set(np.unique(hard.value.round(6))) == {0.0, 1.0}
    np.testing.assert_allclose(hard.value.mean(axis=0), [0.2, 0.5, 0.3], atol=0.03)
    soft = activation.gumbel_softmax(logits, tau=0.5, dim=1)
    np.testing.assert_allclose(soft.value.sum(axis=1), 1)
    (hard * np.array([1.0, 2.0, 3.0])).sum().backward()
    assert np.abs(logits.grad).max() > 0.1  # the gradient is the soft one's


# ---- CTC -----------------------------------------------------------------------------------------------------------

CTC: list[tuple[str, Inputs]] = [
    ("F.ctc_loss(x.log_softmax(-1), t, (6, 6, 6), (3, 2, 1))",
     {"x": real(6, 3, 4), "t": fixed([1, 1, 2], [3, 3, 0], [2, 0, 0])}),
    ("F.ctc_loss(x.log_softmax(-1), t, n, s, reduction='none')",
     {"x": real(6, 3, 4), "t": whole(1, 4, 3, 3), "n": fixed(6, 5, 3), "s": fixed(1, 2, 0)}),
    ("F.ctc_loss(x.log_softmax(-1), t, n, s, 3, 'sum')",
     {"x": real(6, 2, 4), "t": fixed(0, 1, 1, 2, 2), "n": fixed(6, 5), "s": fixed(3, 2)}),
    ("F.ctc_loss(x.log_softmax(-1), t, n, s, zero_infinity=True)",
     {"x": real(6, 2, 4), "t": fixed([1, 1, 1], [1, 2, 3]), "n": fixed(4, 6), "s": fixed(3, 3)}),
    ("F.ctc_loss(x, t, (6,), (2,))", {"x": real(6, 4), "t": fixed(1, 2)}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "inputs"), CTC)
def test_ctc(text: str, inputs: Inputs, torch: Any) -> None:
    compare(torch, text, inputs)


def test_ctc_twice() -> None:
    check_twice("F.ctc_loss(x.log_softmax(-1), [[1, 1], [2, 0]], (4, 4), (2, 1))", {"x": real(4, 2, 3)})


def test_ctc_sums_over_all_timings() -> None:
    """Two frames, one letter: a-, -a or aa, each of probability 1/9 with three classes alike."""
    x = Tensor(np.full((2, 1, 3), math.log(1 / 3)))
    assert ctc.ctc_loss(x, [[1]], [2], [1], reduction="sum").item() == pytest.approx(-math.log(3 / 9))
    assert ctc.ctc_loss(x, [[1, 1]], [2], [2], reduction="sum").item() == math.inf  # needs a blank between


BAD: list[tuple[str, Any, str, Inputs]] = [
    ("F.gelu(x, 'fast')", ValueError, r"approximate='fast': approximate argument must be either none or tanh", X),
    ("F.celu(x, 0)", ValueError, r"celu: alpha=0: ", X),
    ("F.softshrink(x, -1)", ValueError, r"lambd=-1: lambda must be greater or equal to 0", X),
    ("F.glu(x, 0)", ValueError, r"input \(3, 4\), dim 0: Halving dimension must be even", X),
    ("F.glu(x.sum())", ValueError, r"glu: a 0-d Tensor", X),
    ("F.prelu(x, w)", ValueError, r"input \(3, 4\) and weight \(3,\)", X | {"w": real(3)}),
    ("F.rrelu(x, 0.5, 0.1)", ValueError, r"Lower bound should be less than or equal", X),
    ("F.cosine_similarity(t, t)", TypeError, r"cosine_similarity: a Tensor of int64", {"t": whole(0, 3, 2, 2)}),
    ("F.pdist(x)", ValueError, r"input \(2, 2, 2\), p=2.0: pdist only supports 2D", {"x": real(2, 2, 2)}),
    ("F.bilinear(x, x, w)", ValueError, r"weight \(2, 3, 4\)", {"x": real(5, 3), "w": real(2, 3, 4)}),
    ("F.cosine_embedding_loss(x, y, t)", ValueError, r"1D target tensor expects 2D input", PAIR | {"t": fixed(1)}),
    ("F.margin_ranking_loss(x, y, t)", ValueError, r"to have the same number of dimensions", PAIR | {"t": fixed(1)}),
    ("F.triplet_margin_loss(x, y, x, margin=0)", ValueError, r"margin=0: margin must be greater than 0", PAIR),
    ("F.triplet_margin_loss(x, y, x[0])", ValueError, r"The anchor, positive, and negative tensors", PAIR),
    ("F.multi_margin_loss(x, t, 3)", ValueError, r"p=3: only p == 1 and p == 2", CLASSES),
    ("F.multi_margin_loss(x, t + 4)", ValueError, r"target out of range", CLASSES),
    ("F.multi_margin_loss(x, t[:2])", ValueError, r"input \(3, 4\) and target \(2,\)", CLASSES),
    ("F.multi_margin_loss(x, t, weight=x[0, :2])", ValueError, r"weight \(2,\): it should have size 4", CLASSES),
    ("F.multilabel_margin_loss(x, t[:1])", ValueError, r"input \(2, 4\), target \(1, 4\)", LISTED),
    ("F.multilabel_margin_loss(x, t + 3)", ValueError, r"target out of range", LISTED),
    ("F.soft_margin_loss(x, y[0])", ValueError, r"input \(3, 4\) and target \(4,\)", PAIR),
    ("F.gaussian_nll_loss(x, y, -1.0)", ValueError, r"var has negative entry/entries", PAIR),
    ("F.gaussian_nll_loss(x, y, x[:2] ** 2)", ValueError, r"var is of incorrect size", PAIR),
    ("F.poisson_nll_loss(x, y, reduction='all')", ValueError, r"all is not a valid value for reduction", PAIR),
    ("F.ctc_loss(x, [[1]], [3], [1])", ValueError, r"log_probs \(2, 2, 3\)", {"x": real(2, 2, 3)}),
    ("F.ctc_loss(x, [[1]], [3], [1])", ValueError, r"Expected input_lengths", {"x": real(2, 1, 3)}),
    ("F.ctc_loss(x, [[1]], [2], [1], 3)", ValueError, r"blank=3 of 3 classes", {"x": real(2, 1, 3)}),
    ("F.ctc_loss(x, [[1]], [2], [2])", ValueError, r"targets \(1, 1\), target_lengths \[2\]", {"x": real(2, 1, 3)}),
    ("nn.MultiMarginLoss(3)", ValueError, r"p=3: only p == 1 and p == 2", {}),
    ("nn.TripletMarginLoss(0)", ValueError, r"expected margin to be greater than 0", {}),
    ("nn.TripletMarginWithDistanceLoss(margin=-1)", ValueError, r"expected margin to be greater than 0", {}),
    ("nn.Bilinear(0, 1, 1)", ValueError, r"in1_features must be > 0", {}),
    ("nn.Softmax2d()(x)", ValueError, r"input \(3, 4\): expected 3D or 4D", X),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "message", "inputs"), BAD)
def test_mistakes(text: str, error: Any, message: str, inputs: Inputs) -> None:
    refused(text, error, message, inputs)


def test_leaves_of_the_table_are_what_they_say() -> None:
    assert {k: x.requires_grad for k, x in leaves(draw(SIGNS)).items()} == {"x": True, "t": False}

"""Losses: one table, held against PyTorch in values and gradients, and against finite differences twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import picograd.nn.functional as F
from picograd import Tensor, nn
from picograd.autograd import gradcheck, gradgradcheck

# ---- inputs: a function of a random generator, float64 -------------------------------------------------------------


def real(*shape: int) -> Any:
    return lambda rng: rng.standard_normal(shape)


def chance(*shape: int) -> Any:
    return lambda rng: rng.uniform(0.05, 0.95, shape)


def share(*shape: int) -> Any:
    """Probabilities that add up to 1 over axis 1."""

    def draw(rng: np.random.Generator) -> Any:
        p = rng.uniform(0.1, 1, shape)
        return p / p.sum(1 if len(shape) > 1 else 0, keepdims=True)

    return draw


def fixed(values: Any) -> Any:
    return lambda rng: np.array(values)


def labels(classes: int, *shape: int) -> Any:
    return lambda rng: rng.integers(0, classes, shape)


@dataclass(frozen=True)
class Row:
    """One case of one loss. Options that are lists become Tensors; `soft`: the target has a gradient too."""

    loss: str  # the class
    function: str
    x: Any
    y: Any
    options: dict[str, Any] = field(default_factory=dict)
    soft: bool = False
    smooth: bool = True  # False: drawn where finite differences say nothing
    reductions: tuple[str, ...] = ("mean", "sum", "none")

    @property
    def id(self) -> str:
        shape = "x".join(map(str, self.x(np.random.default_rng(0)).shape))
        return f"{self.loss}-{shape}-" + "-".join(f"{k}={v}" for k, v in self.options.items()).replace(" ", "")

    def draw(self) -> tuple[Any, Any]:
        rng = np.random.default_rng(3)
        return self.x(rng), self.y(rng)


def regression(loss: str, function: str, **options: Any) -> list[Row]:
    shapes = ((4, 3), (), (2, 1, 3))
    return [Row(loss, function, real(*s), real(*s), options, soft=True) for s in shapes]


def classes(x: Any, y: Any, soft: bool = False, smooth: bool = True, **options: Any) -> Row:
    return Row("CrossEntropyLoss", "cross_entropy", x, y, options, soft, smooth)


def picked(x: Any, y: Any, **options: Any) -> Row:
    return Row("NLLLoss", "nll_loss", x, y, options)


def binary(logits: bool, shape: tuple[int, ...], smooth: bool = True, x: Any = None, **options: Any) -> Row:
    loss, function = (
        ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits") if logits else ("BCELoss", "binary_cross_entropy")
    )
    return Row(loss, function, x or (real if logits else chance)(*shape), chance(*shape), options, smooth, smooth)


KL = {"reductions": ("sum", "none", "batchmean")}
WEIGHT = [0.5, 2.0, 1.5, 0.7]
SOME_IGNORED = fixed([1, -100, 3, 0, -100])
ROWS = [
    *regression("MSELoss", "mse_loss"),
    *regression("L1Loss", "l1_loss"),
    *regression("SmoothL1Loss", "smooth_l1_loss"),
    *regression("SmoothL1Loss", "smooth_l1_loss", beta=0.5),
    *regression("SmoothL1Loss", "smooth_l1_loss", beta=0.0),
    *regression("HuberLoss", "huber_loss"),
    *regression("HuberLoss", "huber_loss", delta=0.4),
    Row("KLDivLoss", "kl_div", real(4, 3), share(4, 3), soft=True, **KL),
    Row("KLDivLoss", "kl_div", real(4, 3), real(4, 3), {"log_target": True}, soft=True, **KL),
    Row("KLDivLoss", "kl_div", real(2, 3), fixed([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]), smooth=False, **KL),
    binary(False, (4, 3)),
    binary(False, (4, 3), weight=[0.5, 2.0, 1.5]),
    binary(False, (4,), smooth=False, x=fixed([0.0, 1.0, 0.5, 1e-30])),  # PyTorch's 1e-12 is a float32: see below
    binary(True, (4, 3)),
    binary(True, (4, 3), weight=[0.5, 2.0, 1.5]),
    binary(True, (4, 3), pos_weight=[0.5, 2.0, 1.5], weight=[[2.0], [1.0], [0.5], [1.0]]),
    binary(True, (5,), smooth=False, x=fixed([-1000.0, -30.0, 0.0, 30.0, 1000.0])),
    picked(real(5, 4), labels(4, 5)),
    picked(real(4), labels(4)),
    picked(real(3, 4, 2, 2), labels(4, 3, 2, 2), weight=WEIGHT),
    picked(real(5, 4), labels(4, 5), ignore_index=1),
    picked(real(5, 4), SOME_IGNORED, weight=WEIGHT),
    classes(real(5, 4), labels(4, 5)),
    classes(real(4), labels(4)),
    classes(real(4), labels(4), label_smoothing=0.2),
    classes(real(3, 4, 2, 2), labels(4, 3, 2, 2), weight=WEIGHT),
    classes(real(3, 4, 2), labels(4, 3, 2), label_smoothing=0.1, weight=WEIGHT),
    classes(real(5, 4), labels(4, 5), weight=WEIGHT),
    classes(real(5, 4), labels(4, 5), ignore_index=1),
    classes(real(5, 4), labels(4, 5), ignore_index=1, label_smoothing=0.3, weight=WEIGHT),
    classes(real(5, 4), SOME_IGNORED, label_smoothing=0.3),
    classes(real(5, 4), SOME_IGNORED, weight=WEIGHT),
    classes(real(5, 4), share(5, 4), soft=True),
    classes(real(4), share(4), soft=True),
    classes(real(3, 4, 2), share(3, 4, 2), soft=True, weight=WEIGHT),
    classes(real(5, 4), share(5, 4), soft=True, label_smoothing=0.1, weight=WEIGHT),
    classes(fixed([[1000.0, -1000, 0], [-1000, -1000, -999], [88, 89, 90]]), labels(3, 3), smooth=False),
]  # fmt: skip
CASES = [(row, reduction) for row in ROWS for reduction in row.reductions]
each = pytest.mark.parametrize(("row", "reduction"), CASES, ids=[f"{row.id}-{r}" for row, r in CASES])


def options_for(row: Row, tensor: Any) -> dict[str, Any]:
    return {k: tensor(np.array(v)) if isinstance(v, list) else v for k, v in row.options.items()}


def constant(array: Any) -> Tensor:
    return Tensor(array, requires_grad=False)


# ---- values and gradients ------------------------------------------------------------------------------------------


@each
def test_value_and_gradients_are_pytorch_s(row: Row, reduction: str, torch: Any) -> None:
    x, y = row.draw()
    options = {"reduction": reduction}
    ours = getattr(nn, row.loss)(**options_for(row, constant), **options)
    theirs = getattr(torch.nn, row.loss)(**options_for(row, torch.from_numpy), **options)
    a, b = Tensor(x.copy()), Tensor(y.copy(), requires_grad=row.soft)
    ta, tb = torch.from_numpy(x.copy()).requires_grad_(), torch.from_numpy(y.copy()).requires_grad_(row.soft)
    got, wanted = ours(a, b), theirs(ta, tb)
    g = np.random.default_rng(1).uniform(0.5, 1.5, got.shape)
    got.backward(g)
    wanted.backward(torch.from_numpy(np.asarray(g)))
    close = {"rtol": 1e-9 if np.abs(a.grad).max(initial=0) < 1e9 else 1e-8, "atol": 1e-12}
    np.testing.assert_allclose(got.value, wanted.detach().numpy(), **close)
    np.testing.assert_allclose(a.grad, ta.grad.numpy(), **close)
    if row.soft:
        np.testing.assert_allclose(b.grad, tb.grad.numpy(), **close)
    function = getattr(F, row.function)
    np.testing.assert_array_equal(function(constant(x), y, **options_for(row, constant), **options).value, got.value)


@each
def test_float32_stays_float32_and_is_precise(row: Row, reduction: str, torch: Any) -> None:
    x, y = row.draw()
    x = x.astype(np.float32)
    y = y.astype(np.float32) if y.dtype.kind == "f" else y
    a = Tensor(x)
    got = getattr(F, row.function)(
        a, y, **options_for(row, lambda w: constant(w.astype(np.float32))), reduction=reduction
    )
    got.sum().backward()
    assert got.dtype == np.float32 and a.grad.dtype == np.float32
    wanted = getattr(torch.nn.functional, row.function)(
        torch.from_numpy(x), torch.from_numpy(y),
        **options_for(row, lambda w: torch.from_numpy(w.astype(np.float32))), reduction=reduction,
    ).numpy()  # fmt: skip
    np.testing.assert_allclose(got.value, wanted, rtol=1e-5, atol=1e-6)


@each
def test_derivatives_by_finite_differences_twice(row: Row, reduction: str) -> None:
    if not row.smooth:
        return
    x, y = row.draw()
    target = Tensor(y) if row.soft else y
    options = options_for(row, constant)

    def loss(x: Tensor, *soft: Tensor) -> Tensor:
        return getattr(F, row.function)(x, *(soft or (target,)), **options, reduction=reduction)

    inputs = [Tensor(x), target] if row.soft else [Tensor(x)]
    gradcheck(loss, inputs)
    gradgradcheck(loss, inputs)


# ---- what a row does not say ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["mse_loss", "l1_loss", "huber_loss"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_weights_of_regressions(function: str, reduction: str, torch: Any) -> None:
    rng = np.random.default_rng(0)
    x, y, w = rng.standard_normal((3, 4, 2))
    got = getattr(F, function)(constant(x), y, weight=w, reduction=reduction)
    wanted = getattr(torch.nn.functional, function)(
        *map(torch.from_numpy, (x, y)), weight=torch.from_numpy(w), reduction=reduction
    )
    np.testing.assert_allclose(got.value, wanted.numpy(), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_of_any_integers(dtype: Any) -> None:
    x = np.random.default_rng(0).standard_normal((5, 4))
    y = np.array([0, 3, 1, 1, 2])
    assert F.cross_entropy(constant(x), y.astype(dtype)).item() == F.cross_entropy(constant(x), constant(y)).item()


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
def test_mean_of_nothing_is_nan_and_has_gradient_zero(function: Any, torch: Any) -> None:
    x = Tensor(np.ones((2, 3)))
    loss = function(x, np.array([-100, -100]))
    loss.backward()
    assert np.isnan(loss.item()) and not x.grad.any()
    assert np.isnan(function(constant(np.ones((0, 3))), np.zeros(0, np.int64)).item())
    assert function(constant(np.ones((0, 3))), np.zeros(0, np.int64), reduction="sum").item() == 0
    theirs = getattr(torch.nn.functional, function.__name__)
    assert np.isnan(theirs(torch.ones(2, 3), torch.tensor([-100, -100])).item())


@pytest.mark.parametrize(
    ("size_average", "reduce", "reduction"),
    [(None, False, "none"), (False, None, "sum"), (True, None, "mean"), (None, True, "mean"), (False, False, "none")],
)
def test_older_arguments(size_average: Any, reduce: Any, reduction: str) -> None:
    x, y = np.random.default_rng(0).standard_normal((2, 3))
    wanted = F.mse_loss(constant(x), y, reduction=reduction).value
    with pytest.warns(UserWarning, match=f"please use reduction='{reduction}' instead"):
        np.testing.assert_array_equal(F.mse_loss(constant(x), y, size_average, reduce).value, wanted)
    with pytest.warns(UserWarning, match="will be deprecated"):
        layer = nn.MSELoss(size_average, reduce)
    np.testing.assert_array_equal(layer(constant(x), y).value, wanted)


def test_weights_are_buffers(torch: Any) -> None:
    for name in ("NLLLoss", "CrossEntropyLoss", "BCELoss", "BCEWithLogitsLoss"):
        ours, theirs = getattr(nn, name)(weight=constant(np.ones(3))), getattr(torch.nn, name)(weight=torch.ones(3))
        assert list(ours.state_dict()) == list(theirs.state_dict()) == ["weight"]
        assert repr(ours) == repr(theirs)
        assert getattr(nn, name)().state_dict() == {}
    assert list(nn.BCEWithLogitsLoss(pos_weight=np.ones(3)).state_dict()) == ["pos_weight"]


def test_probabilities_of_another_dtype_do_not_promote() -> None:
    x = Tensor(np.zeros((2, 3), np.float32))
    assert F.cross_entropy(x, np.full((2, 3), 1 / 3)).dtype == np.float32


def test_infinite_logits_rule_a_class_out(torch: Any) -> None:
    x = np.array([[0.0, -np.inf, 1.0], [2.0, 0.0, -np.inf]])
    a, ta = Tensor(x), torch.from_numpy(x.copy()).requires_grad_()
    F.cross_entropy(a, np.array([0, 1])).backward()
    torch.nn.functional.cross_entropy(ta, torch.tensor([0, 1])).backward()
    np.testing.assert_allclose(a.grad, ta.grad.numpy(), rtol=1e-12)


x34, y3 = constant(np.full((3, 4), 0.5)), np.array([0, 1, 2])
BAD: list[tuple[Any, type[Exception], str]] = [
    *[(lambda f=f: getattr(F, f)(x34, x34[:, :1]), ValueError, rf"^{f}: input \(3, 4\) and target \(3, 1\): .* equal; ")
      for f in ("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss", "kl_div", "binary_cross_entropy",
                "binary_cross_entropy_with_logits")],
    *[(lambda f=f: f(x34, np.array([0, 1, 4])), IndexError, r": Target 4 is out of bounds: .* labels run from 0 to 3")
      for f in (F.cross_entropy, F.nll_loss)],
    (lambda: F.cross_entropy(x34, np.array([0, -1, 2])), IndexError, "Target -1 is out of bounds"),
    (lambda: F.cross_entropy(x34, np.array([0, -1, 7]), ignore_index=-1), IndexError, "Target 7 is out of bounds"),
    (lambda: F.cross_entropy(x34, np.array([0, 1])), ValueError, r"cross_entropy: input \(3, 4\) and target \(2,\): "),
    (lambda: F.cross_entropy(x34, y3[:, None]), ValueError, r"and target \(3, 1\): .* reshape or squeeze"),
    (lambda: F.nll_loss(x34, x34), ValueError, r"nll_loss: input \(3, 4\) and target \(3, 4\)"),
    (lambda: F.cross_entropy(constant(np.array(1.0)), np.array(0)), ValueError, r"input \(\) and target \(\)"),
    (lambda: F.cross_entropy(x34, y3.astype(float)), TypeError, r"float64, shape \(3,\): class labels must be int"),
    (lambda: F.nll_loss(x34, y3 > 0), TypeError, "nll_loss: target of bool, .* convert it with long"),
    (lambda: F.cross_entropy(x34.long(), y3), TypeError, "cross_entropy: input of int64: it must be floats"),
    (lambda: F.cross_entropy(x34.long(), np.full((3, 4), 0.25)), TypeError, "input of int64"),
    (lambda: F.mse_loss(x34.long(), x34.long()), TypeError, "mse_loss: input of int64: it must be floats"),
    (lambda: F.cross_entropy(x34, y3, weight=np.ones(3)), ValueError, r"weight \(3,\) and 4 classes: "),
    (lambda: F.cross_entropy(x34, x34, weight=np.ones(3)), ValueError, r"weight \(3,\) and 4 classes: "),
    (lambda: F.cross_entropy(x34, x34, ignore_index=1), ValueError, "ignore_index=1 with a target of floats"),
    (lambda: F.cross_entropy(x34, y3, label_smoothing=1.5), ValueError, "label_smoothing must be between 0.0 and 1.0"),
    (lambda: F.cross_entropy(x34, y3, reduction="avg"), ValueError, "cross_entropy: avg is not a valid value"),
    (lambda: nn.MSELoss(reduction="avg")(x34, x34), ValueError, "^MSELoss: mse_loss: avg is not a valid value"),
    (lambda: F.binary_cross_entropy(x34 * 4, x34), ValueError, "input from 2 to 2: all elements .* between 0 and 1"),
    (lambda: F.binary_cross_entropy(x34, x34, weight=np.ones((2, 3, 4))), ValueError, r"weight \(2, 3, 4\) and"),
    (lambda: F.binary_cross_entropy_with_logits(x34, x34, pos_weight=np.ones(3)), ValueError, r"pos_weight \(3,\)"),
    (lambda: F.mse_loss(x34, x34, weight=np.ones(4)), ValueError, "Weights and input must have the same size"),
    (lambda: F.huber_loss(x34, x34, delta=0), ValueError, "delta=0: .* non-positive"),
    (lambda: F.smooth_l1_loss(x34, x34, beta=-1), ValueError, "beta=-1: .* negative"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), BAD, ids=[words for *_, words in BAD])
def test_mistakes_are_named(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()

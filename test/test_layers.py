"""Layers and functions of smaller families against PyTorch: lazy ones, dropouts, fractional pooling, in-place forms."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from peer import check_twice, compare, compare_layer, draw, fixed, leaves, ours, real, theirs, whole

import picograd
import picograd.nn.functional as F
from picograd import Tensor, nn
from picograd.nn.modules.utils import _list_with_default, _ntuple, _pair, _reverse_repeat_tuple

Inputs = dict[str, Any]
IMAGE: Inputs = {"x": real(2, 3, 9, 8), "r": real(2, 3, 2, low=0.0, high=0.999)}
VOLUME: Inputs = {"x": real(2, 2, 6, 7, 8), "r": real(2, 2, 3, low=0.0, high=0.999)}
ROWS: Inputs = {"x": real(5, 4), "w": real(7, 4), "b": real(7), "y": whole(0, 7, 5), "c": real(7, low=0.5, high=2.0)}

FUNCTIONS: list[tuple[str, Inputs]] = [
    ("F.conv_tbc(x, w, b)", {"x": real(6, 2, 3), "w": real(2, 3, 4), "b": real(4)}),
    ("F.conv_tbc(x, w, b, 2)", {"x": real(6, 2, 3), "w": real(3, 3, 4), "b": real(4)}),
    ("F.fractional_max_pool2d(x, 2, (5, 4), _random_samples=r.detach())", IMAGE),
    ("F.fractional_max_pool2d(x, (3, 2), None, (0.5, 0.7), return_indices=True, _random_samples=r.detach())", IMAGE),
    ("F.fractional_max_pool2d_with_indices(x, 2, (1, 7), _random_samples=r.detach())", IMAGE),
    ("F.fractional_max_pool2d(x[0], 2, 3, _random_samples=r.detach()[:1])", IMAGE),
    ("F.fractional_max_pool2d(x[:0], 2, 3)", IMAGE),
    ("F.fractional_max_pool3d(x[:0], 2, 3, return_indices=True)", VOLUME),
    ("F.fractional_max_pool3d(x, 2, (4, 4, 3), _random_samples=r.detach())", VOLUME),
    ("F.fractional_max_pool3d(x, (1, 2, 3), output_ratio=0.5, _random_samples=r.detach())", VOLUME),
    ("F.fractional_max_pool3d_with_indices(x, 2, 3, _random_samples=r.detach())", VOLUME),
    ("F.adaptive_max_pool1d_with_indices(x, 3)", {"x": real(2, 3, 7)}),
    ("F.adaptive_max_pool2d_with_indices(x, (3, 2))", {"x": real(2, 3, 7, 5)}),
    ("F.adaptive_max_pool3d_with_indices(x, 2)", {"x": real(2, 2, 4, 3, 5)}),
    ("F.linear_cross_entropy(x, w, y)", ROWS),
    ("F.linear_cross_entropy(x, w, y, linear_bias=b, weight=c.detach(), ignore_index=3, label_smoothing=0.1)", ROWS),
    ("F.linear_cross_entropy(x[0], w, y[0], reduction='sum')", ROWS),
    ("F.linear_cross_entropy(x, w, p.softmax(1), linear_bias=b)", ROWS | {"p": real(5, 7)}),
    ("F.linear_cross_entropy(x, w, y, linear_bias=b, reduction='none')",
     {"x": real(5, 4), "w": real(7, 2, 4), "b": real(7, 2), "y": whole(0, 7, 5, 2)}),
    ("F.native_channel_shuffle(x.detach(), 3)", {"x": real(2, 6, 2, 2)}),
    ("F.relu_(x * 1)", {"x": real(3, 4)}),
    ("F.elu_(x * 1, 0.7)", {"x": real(3, 4)}),
    ("F.selu_(x * 1)", {"x": real(3, 4)}),
    ("F.celu_(x * 1, 0.7)", {"x": real(3, 4)}),
    ("F.leaky_relu_(x * 1, 0.2)", {"x": real(3, 4)}),
    ("F.rrelu_(x * 1, 0.2, 0.4)", {"x": real(3, 4)}),
    ("F.threshold_(x * 1, 0.2, 3)", {"x": real(3, 4)}),
    ("F.hardtanh_(x * 1, -0.5, 0.7)", {"x": real(3, 4)}),
]  # fmt: skip

DEPRECATED: list[tuple[str, Inputs]] = [
    ("F.upsample_nearest(x, scale_factor=2)", {"x": real(1, 2, 3, 4)}),
    ("F.upsample_nearest(x, (5, 3))", {"x": real(1, 2, 3, 4)}),
    ("F.upsample_bilinear(x, scale_factor=2)", {"x": real(1, 2, 3, 4)}),
    ("F.upsample_bilinear(x, (5, 3))", {"x": real(1, 2, 3, 4)}),
]


@pytest.mark.parametrize(("text", "inputs"), FUNCTIONS)
def test_functions(text: str, inputs: Inputs, torch: Any) -> None:
    compare(
        torch, text, inputs, 1e-7 if "celu_" in text else 1e-9
    )  # PyTorch's derivative from celu's result is so rough


@pytest.mark.parametrize(("text", "inputs"), DEPRECATED)
def test_older_functions(text: str, inputs: Inputs, torch: Any) -> None:
    compare(torch, text, inputs)
    with pytest.warns(UserWarning, match="is deprecated. Use `nn.functional.interpolate` instead"):
        eval(text, ours() | leaves(draw(inputs)))


def test_local_response_norm_of_integers(torch: Any) -> None:
    for shape in ((2, 5, 3), (2, 5, 3, 2)):
        x = np.random.default_rng(0).integers(0, 50, shape)
        wanted = torch.nn.functional.local_response_norm(torch.from_numpy(x), 3, 0.1, 0.6)
        got = F.local_response_norm(Tensor(x), 3, 0.1, 0.6)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got.value, wanted.numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "inputs"), [row for row in FUNCTIONS if "detach" not in row[0] and "[:0]" not in row[0]]
)
def test_second_derivatives(text: str, inputs: Inputs) -> None:
    check_twice(text, {name: make for name, make in inputs.items() if name in text.replace("softmax", "")})


@pytest.mark.parametrize("options", ["3, 0.1, 0.6, 2.0", "1, 0.3", "4, 0.3", "9, 0.3"])
def test_the_older_local_response_norm(options: str, torch: Any) -> None:
    """Its forward is PyTorch's; PyTorch's backward is not the derivative of that."""
    inputs = {"x": real(2, 6, 3, 2)}
    text = f"nn.CrossMapLRN2d({options})(x.detach())"
    compare(torch, text, inputs)
    check_twice(text.replace(".detach()", ""), inputs)
    assert repr(eval(f"nn.CrossMapLRN2d({options})", ours())) == repr(
        eval(f"nn.CrossMapLRN2d({options})", theirs(torch))
    )


LAYERS: list[tuple[str, Inputs]] = [
    ("nn.Dropout1d(0.0)", {"x": real(2, 3, 4)}),
    ("nn.Dropout2d(1.0)", {"x": real(2, 3, 4, 2)}),
    ("nn.Dropout3d(0.0)", {"x": real(2, 3, 4, 2, 2)}),
    ("nn.AlphaDropout(1.0)", {"x": real(2, 3)}),
    ("nn.FeatureAlphaDropout(0.0)", {"x": real(2, 3)}),
    ("nn.DataParallel(nn.Sequential(nn.Linear(4, 3), nn.Tanh()))", {"x": real(2, 4)}),
    ("nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm1d(3), nn.ReLU()))", {"x": real(4, 3)}),
    ("nn.modules.linear.NonDynamicallyQuantizableLinear(3, 2)", {"x": real(4, 3)}),
]


@pytest.mark.parametrize(("make", "inputs"), LAYERS)
def test_layers(make: str, inputs: Inputs, torch: Any) -> None:
    modes = (False,) if "Sync" in make else (True, False)  # PyTorch's wants a GPU in training
    compare_layer(torch, make, "net(x)", inputs, modes=modes)


LOSSES: list[tuple[str, str, Inputs]] = [
    ("nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7])", "tuple(net(x, y))", {"x": real(9, 8), "y": whole(0, 12, 9)}),
    ("nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7], 2.0, True)", "tuple(net(x, y))",
     {"x": real(9, 8), "y": whole(0, 12, 9)}),
    ("nn.AdaptiveLogSoftmaxWithLoss(8, 12, [5])", "tuple(net(x[0], y[0]))", {"x": real(9, 8), "y": whole(0, 12, 9)}),
    ("nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7])", "net.log_prob(x)", {"x": real(9, 8)}),
    ("nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7])", "net.predict(x), net.log_prob(x)", {"x": real(30, 8)}),
    ("nn.LinearCrossEntropyLoss(4, 7)", "net(x, y)", ROWS),
    ("nn.LinearCrossEntropyLoss(4, 7, bias=True, reduction='sum', ignore_index=2, label_smoothing=0.2)", "net(x, y)",
     ROWS),
    ("nn.LinearCrossEntropyLoss(4, 7, out_features=(2,), bias=True)", "net(x, y)",
     {"x": real(5, 4), "y": whole(0, 7, 5, 2)}),
]  # fmt: skip


@pytest.mark.parametrize(("make", "call", "inputs"), LOSSES)
def test_losses_with_weights(make: str, call: str, inputs: Inputs, torch: Any) -> None:
    compare_layer(torch, make, call, inputs)


def test_options_of_a_linear_cross_entropy_are_pytorch_s(torch: Any) -> None:
    assert repr(nn.LinearCrossEntropyOptions()) == repr(torch.nn.LinearCrossEntropyOptions())


@pytest.mark.parametrize("name", ["FractionalMaxPool2d", "FractionalMaxPool3d"])
def test_fractional_layers(name: str, torch: Any) -> None:
    inputs = IMAGE if name.endswith("2d") else VOLUME
    text = f"nn.{name}(2, output_ratio=0.5, return_indices=True, _random_samples=r.detach())(x)"
    compare(torch, text, inputs)
    layer = nn.FractionalMaxPool2d(2, (3, 4))
    x = picograd.randn(2, 3, 9, 8)
    assert layer(x).shape == (2, 3, 3, 4) and np.isin(layer(x).value, x.value).all()
    assert (layer(x).value != layer(x).value).any()  # drawn anew


# ---- lazy layers ---------------------------------------------------------------------------------------------------

LAZY: list[tuple[str, str, tuple[int, ...]]] = [
    ("nn.LazyLinear(5)", "nn.Linear(4, 5)", (3, 4)),
    ("nn.LazyLinear(5, bias=False)", "nn.Linear(4, 5, bias=False)", (2, 3, 4)),
    ("nn.LazyConv1d(6, 3, groups=2)", "nn.Conv1d(4, 6, 3, groups=2)", (2, 4, 8)),
    ("nn.LazyConv2d(6, 3, 2, 1)", "nn.Conv2d(4, 6, 3, 2, 1)", (4, 8, 7)),
    ("nn.LazyConv3d(2, 2, bias=False)", "nn.Conv3d(3, 2, 2, bias=False)", (1, 3, 3, 4, 3)),
    ("nn.LazyConvTranspose1d(6, 3)", "nn.ConvTranspose1d(4, 6, 3)", (2, 4, 8)),
    ("nn.LazyConvTranspose2d(6, 3, 2)", "nn.ConvTranspose2d(4, 6, 3, 2)", (2, 4, 5, 4)),
    ("nn.LazyConvTranspose3d(2, 2)", "nn.ConvTranspose3d(3, 2, 2)", (1, 3, 3, 4, 3)),
    ("nn.LazyBatchNorm1d()", "nn.BatchNorm1d(4)", (3, 4)),
    ("nn.LazyBatchNorm2d(0.1, affine=False)", "nn.BatchNorm2d(4, 0.1, affine=False)", (3, 4, 2, 2)),
    ("nn.LazyBatchNorm3d(track_running_stats=False)", "nn.BatchNorm3d(2, track_running_stats=False)", (3, 2, 2, 2, 1)),
    ("nn.LazyInstanceNorm1d()", "nn.InstanceNorm1d(4, affine=True, track_running_stats=True)", (3, 4, 5)),
    ("nn.LazyInstanceNorm2d(affine=False)", "nn.InstanceNorm2d(4, track_running_stats=True)", (3, 4, 5, 2)),
    ("nn.LazyInstanceNorm3d()", "nn.InstanceNorm3d(2, affine=True, track_running_stats=True)", (3, 2, 5, 2, 2)),
]


@pytest.mark.parametrize(("lazy", "full", "shape"), LAZY)
def test_lazy_layers(lazy: str, full: str, shape: tuple[int, ...], torch: Any) -> None:
    layer, other = eval(lazy, ours()), eval(lazy, theirs(torch))
    assert repr(layer) == repr(other) and list(layer.state_dict()) == list(other.state_dict())
    assert [type(p).__name__ for p in layer.parameters()] == [type(p).__name__ for p in other.parameters()]
    wanted = eval(full, ours())
    twin, loaded = copy.deepcopy(layer), copy.deepcopy(layer)
    parameters = list(layer.parameters())
    x = picograd.randn(*shape)
    for module in (layer, twin):
        picograd.manual_seed(0)
        module(x)
        other(torch.from_numpy(x.value))
        assert type(module) is type(wanted) and repr(module) == repr(wanted) == repr(other)
        assert not module._forward_pre_hooks and not module._load_state_dict_pre_hooks
    assert all(p is q and type(p) is nn.Parameter for p, q in zip(layer.parameters(), parameters, strict=True))
    if list(wanted.parameters()):
        picograd.manual_seed(0)
        wanted.reset_parameters()
    for name, value in layer.named_parameters():
        np.testing.assert_array_equal(value.value, wanted.get_parameter(name).value)
    loaded.load_state_dict(layer.state_dict())
    np.testing.assert_allclose(loaded.eval()(x).value, layer.eval()(x).value)
    assert type(loaded) is type(wanted)


def test_lazy_parameters_before_their_time(torch: Any) -> None:
    for library in (nn, torch.nn):
        lazy = library.LazyLinear(3)
        assert library.parameter.is_lazy(lazy.weight) and lazy.has_uninitialized_params()
        with pytest.raises((RuntimeError, ValueError), match="uninitialized parameter"):
            print(lazy.weight.shape)
        assert "UninitializedParameter" in repr(lazy.weight)
        assert lazy.double().weight.dtype == (np.float64 if library is nn else torch.float64)
        lazy.weight.materialize((3, 2))
        assert type(lazy.weight) is library.Parameter and tuple(lazy.weight.shape) == (3, 2)
    again = nn.LazyLinear(3)
    again.load_state_dict(nn.LazyLinear(3).state_dict())  # neither has a shape
    assert again.has_uninitialized_params()
    buffer = nn.UninitializedBuffer()
    buffer.materialize((2,), dtype=np.float64)
    assert type(buffer) is nn.Buffer and buffer.dtype == np.float64


class Forgetful(nn.modules.lazy.LazyModuleMixin):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.UninitializedParameter()

    def initialize_parameters(self, *args: Any) -> None: ...


# ---- dropout -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "shape"), [("1d", (60, 50, 4)), ("2d", (60, 50, 2, 2)), ("3d", (60, 50, 2, 1, 2))])
@pytest.mark.parametrize("p", [0.25, 0.6])
def test_dropout_of_channels(name: str, shape: tuple[int, ...], p: float) -> None:
    x = Tensor(np.ones(shape, np.float32))
    layer = getattr(nn, f"Dropout{name}")(p)
    y = layer(x)
    channels = y.value.reshape(shape[0], shape[1], -1)
    assert (channels == channels[..., :1]).all() and set(np.unique(channels)) == {0, np.float32(1 / (1 - p))}
    assert abs((channels[..., 0] == 0).mean() - p) < 4 * math.sqrt(p * (1 - p) / 3000)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.value)
    assert layer.eval()(x) is x and getattr(F, f"dropout{name}")(x, 0.0) is x
    single = getattr(F, f"dropout{name}")
    if name != "2d":  # (C, ...): the first axis has the channels
        y = single(x[0]).value.reshape(50, -1)
        assert (y == y[:, :1]).all() and len(np.unique(y)) == 2
    else:
        with pytest.warns(UserWarning, match=r"it is taken as \(N, C, ...\)"):
            y = single(x[:, :, 0]).value
        assert (y == y[..., :1]).all() and (y[0] != y[1]).any()
    with pytest.warns(UserWarning, match="dropout3d: input"):
        F.dropout3d(Tensor(np.ones((2, 3, 4))))


@pytest.mark.parametrize("name", ["alpha_dropout", "feature_alpha_dropout"])
@pytest.mark.parametrize("p", [0.1, 0.5])
def test_dropout_that_keeps_mean_and_variance(name: str, p: float) -> None:
    x = Tensor(np.random.default_rng(0).standard_normal((400, 500, 2)).astype(np.float32))
    y = getattr(F, name)(x, p, True)
    assert y.dtype == np.float32 and abs(y.value.mean()) < 0.02 and abs(y.value.std() - 1) < 0.02
    a = 1 / math.sqrt((1.7580993408473766**2 * p + 1) * (1 - p))
    y.backward(np.ones(y.shape))
    dropped = x.grad == 0
    np.testing.assert_allclose(y.value[dropped], a * 1.7580993408473766 * (p - 1), rtol=1e-6)
    assert abs(dropped.mean() - p) < 0.01
    np.testing.assert_allclose(
        y.value[~dropped], x.value[~dropped] * a + a * 1.7580993408473766 * p, rtol=1e-4, atol=1e-5
    )
    together = dropped.all(-1) | ~dropped.any(-1)
    assert together.all() if name.startswith("feature") else 0.2 < together.mean() < 0.9
    np.testing.assert_allclose(x.grad, np.where(dropped, 0, a), rtol=1e-6)
    assert getattr(F, name)(x, p) is x  # not in training unless it is said
    layer = {"alpha_dropout": nn.AlphaDropout, "feature_alpha_dropout": nn.FeatureAlphaDropout}[name](p)
    assert (layer(x).value != x.value).any() and layer.eval()(x) is x


# ---- in place ------------------------------------------------------------------------------------------------------

IN_PLACE = [
    "F.relu(x, inplace=True)", "F.relu6(x, True)", "F.leaky_relu(x, 0.3, True)", "F.elu(x, 0.5, True)",
    "F.selu(x, True)", "F.celu(x, 0.5, True)", "F.silu(x, True)", "F.mish(x, True)", "F.hardtanh(x, -1, 0.5, True)",
    "F.hardswish(x, True)", "F.hardsigmoid(x, True)", "F.threshold(x, 0.1, 2.0, True)",
    "F.rrelu(x, 0.2, 0.4, False, True)", "nn.ReLU(True)(x)", "nn.ReLU6(True)(x)", "nn.LeakyReLU(0.3, True)(x)",
    "nn.ELU(0.5, True)(x)", "nn.SELU(True)(x)", "nn.CELU(0.5, True)(x)", "nn.SiLU(True)(x)", "nn.Mish(True)(x)",
    "nn.Hardtanh(-1, 0.5, True)(x)", "nn.Hardswish(True)(x)", "nn.Hardsigmoid(True)(x)",
    "nn.Threshold(0.1, 2.0, True)(x)", "nn.RReLU(0.2, 0.4, True).eval()(x)",
]  # fmt: skip
# What else is done with x: before, and after.
USES = {
    "read afterwards": "x = a * 2; y = {f}; out = y * 3 + x",
    "a residual block that overwrites its input": "x = a * 2; h = nn.Sequential()(x); y = {f}; out = x + (y * w).sum()",
    "of a view": "z = a * 2; x = z[:, 1:3]; y = {f}; out = z * y.sum()",
    "with a view": "x = a * 2; z = x.reshape(-1)[2:5]; y = {f}; out = z * y.sum()",
    "with a detached twin": "x = a * 2; z = x.detach(); y = {f}; out = (y * z).sum()",
    "twice": "x = a * 2; y = {f}; x = y; y = {f}; out = y * w",
    "without recording": "x = (a * 2).detach(); y = {f}; out = x * a",
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("text", IN_PLACE)
def test_in_place(text: str, use: str, torch: Any) -> None:
    results = []
    program = compile(USES[use].format(f=text), use, "exec")
    for m, names in ((torch, theirs(torch)), (picograd, ours())):
        a = m.tensor(draw({"a": real(3, 4)})["a"], requires_grad=True)
        scope: dict[str, Any] = {**names, "a": a, "w": m.tensor(draw({"w": real(3, 4)})["w"])}
        try:
            exec(program, scope)
            assert scope["y"] is scope["x"]
            scope["out"].sum().backward()
        except RuntimeError as error:
            if "modified by an inplace" not in str(error) and "overwrote it since" not in str(error):
                raise
            results.append(None)
            continue
        results.append([np.asarray(v.detach().numpy() if hasattr(v, "detach") else v) for v in
                        (scope["out"], scope["x"], scope.get("z", a), a.grad)])  # fmt: skip
    if results[0] is not None:
        for got, wanted in zip(results[1], results[0], strict=True):
            rough = 1e-7 if "ardsigmoid" in text else 1e-12  # PyTorch's sixth is a float32
            np.testing.assert_allclose(got, wanted, rtol=rough, atol=rough)


def test_what_pytorch_refuses_in_place_but_rules_have_kept() -> None:
    a = Tensor(np.array([-1.0, 0.5, 2.0]))
    y = F.relu(a.sigmoid() - 0.5, inplace=True)
    x = a.sigmoid()
    y = F.hardtanh(x, -0.6, 0.6, inplace=True)  # sigmoid's rule needs its result, and still has it
    y.sum().backward()
    s = 1 / (1 + np.exp(-a.value))
    np.testing.assert_allclose(a.grad, s * (1 - s) * (s < 0.6), rtol=1e-12)


@pytest.mark.parametrize("name", ["dropout", "dropout1d", "alpha_dropout", "feature_alpha_dropout"])
def test_dropout_in_place(name: str) -> None:
    a = picograd.randn(20, 30, 2, requires_grad=True)
    x = a * 1
    y = getattr(F, name)(x, 0.5, True, True)
    assert y is x and (x.value != a.value).any()
    y.sum().backward()
    assert 0.2 < (a.grad == 0).mean() < 0.8


def test_in_place_into_a_leaf_is_an_error() -> None:
    a = picograd.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="relu_: a leaf that requires a gradient"):
        F.relu(a, inplace=True)
    with picograd.no_grad():
        assert F.threshold_(a, 2.0, 7.0) is a and a.tolist() == [7, 7, 7]
    array = np.array([-1.0, 1.0])
    assert F.relu(array, inplace=True).tolist() == [0, 1]
    kept = Tensor(array, requires_grad=False)
    F.relu_(kept)
    assert array.tolist() == [0, 1]  # shared memory is written


# ---- lists and dictionaries of parameters --------------------------------------------------------------------------


def containers(m: Any) -> Any:
    """What these containers do, in either library."""
    log: list[Any] = []
    p = m.nn.ParameterList([m.ones(2), m.nn.Parameter(m.zeros(1)), 3])
    p.append(m.ones(1, 2)).extend([m.zeros(2)])
    p += [m.ones(3)]
    p[1] = m.ones(4)
    log += [len(p), [n for n, _ in p.named_parameters()], p[2], [tuple(v.shape) for v in p[3:]], p[-1].requires_grad]
    log += [list(p.state_dict()), sum(isinstance(v, m.nn.Parameter) for v in p)]
    d = m.nn.ParameterDict({"b": m.ones(2), "a": m.nn.Parameter(m.zeros(1)), "n": 5})
    d["c"] = m.ones(3)
    log += [list(d), list(d.keys()), len(d), "a" in d, "z" in d, d["n"], [tuple(v.shape) for v in [d["a"], d["c"]]]]
    log += [d.get("z", 4), d.setdefault("y", 6), d.pop("n"), d.popitem()[0], list(reversed(d)), list(d.state_dict())]
    d.update([("q", m.ones(1))])
    log += [list(d | {"r": m.ones(1)}), list({"r": m.ones(1)} | d), list(d.copy()), list(d.fromkeys("xy", 1))]
    d |= {"s": m.ones(2)}
    log += [[k for k, _ in d.items()], len(list(d.values())), [n for n, _ in d.named_parameters()]]
    del d["a"]
    log += [list(d)]
    d.clear()
    log += [len(d), len(m.nn.ParameterList()), len(m.nn.ParameterDict())]
    c = m.nn.Container(first=m.nn.Linear(1, 1), second=m.nn.Tanh())
    return [*log, [n for n, _ in c.named_modules()]]


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_containers_of_parameters(torch: Any) -> None:
    assert containers(picograd) == containers(torch)
    for lines in ("nn.ParameterList([m.ones(2, 3), 4])", "nn.ParameterDict({'a': m.ones(2, 3), 'b': 4})"):
        assert repr(eval(lines, ours())) == repr(eval(lines, theirs(torch))).replace("torch.float32", "float32")
    twin = copy.deepcopy(nn.ParameterDict({"a": picograd.ones(2)}))
    assert list(twin) == ["a"] and isinstance(twin["a"], nn.Parameter)


# ---- paths and small helpers ---------------------------------------------------------------------------------------


def test_helpers_of_modules_utils(torch: Any) -> None:
    other = torch.nn.modules.utils
    for args in ((3,), ((1, 2),), ([4, 5],)):
        assert tuple(_pair(*args)) == tuple(other._pair(*args)) and tuple(_ntuple(3)(*args)) == tuple(
            other._ntuple(3)(*args)
        )
    assert _reverse_repeat_tuple((1, 2), 2) == other._reverse_repeat_tuple((1, 2), 2)
    assert _list_with_default([None, 3], [5, 6, 7]) == other._list_with_default([None, 3], [5, 6, 7])
    net = nn.DataParallel(nn.Sequential(nn.Linear(1, 1)))
    twin = torch.nn.DataParallel(torch.nn.Sequential(torch.nn.Linear(1, 1)))
    states = [net.state_dict(), twin.state_dict()]
    for state, library in zip(states, (nn, torch.nn), strict=True):
        library.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    assert list(states[0]) == list(states[1]) and list(states[0]._metadata) == list(states[1]._metadata)
    assert nn.parallel.data_parallel(net, (picograd.ones(2, 1),)).shape == (2, 1)


def test_sync_batch_norms_take_over_parameters_and_statistics() -> None:
    net = nn.Sequential(nn.BatchNorm2d(3), nn.Sequential(nn.BatchNorm1d(2, affine=False), nn.Linear(2, 2)))
    parameters, buffers = list(net.parameters()), list(net.buffers())
    done = nn.SyncBatchNorm.convert_sync_batchnorm(net.eval())
    assert done is net and isinstance(net[0], nn.SyncBatchNorm) and isinstance(net[1][0], nn.SyncBatchNorm)
    assert all(p is q for p, q in zip(net.parameters(), parameters, strict=True)) and not net[0].training
    assert all(p is q for p, q in zip(net.buffers(), buffers, strict=True))


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("options", ["", ", stride=2, padding=1", ", dilation=2, groups=2"])
def test_gradients_of_convolutions(n: int, options: str, torch: Any) -> None:
    size, kernel = (9, 8, 7)[:n], (3, 2, 2)[:n]
    x, w = (
        real(2, 4, *size)(np.random.default_rng(0)),
        real(6, 2 if "groups" in options else 4, *kernel)(np.random.default_rng(1)),
    )
    y = eval(f"F.conv{n}d(x, w{options}).shape", {**ours(), "x": Tensor(x), "w": Tensor(w)})
    g = real(*y)(np.random.default_rng(2))
    for text in (
        f"nn.grad.conv{n}d_input({x.shape}, w, g{options})",
        f"nn.grad.conv{n}d_weight(x, {w.shape}, g{options})",
    ):
        got = eval(text, {**ours(), "x": Tensor(x), "w": Tensor(w), "g": Tensor(g, requires_grad=False)})
        t = torch.from_numpy
        wanted = eval(text, {**theirs(torch), "x": t(x), "w": t(w), "g": t(g)})
        np.testing.assert_allclose(got.value, wanted.numpy(), rtol=1e-10, atol=1e-10)


def test_kernels_of_attention_can_be_named() -> None:
    from picograd.nn.attention import SDPBackend, sdpa_kernel

    q = picograd.randn(1, 2, 3, 4)
    plain = F.scaled_dot_product_attention(q, q, q).value
    for backends in (SDPBackend.MATH, [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION]):
        with sdpa_kernel(backends, set_priority=True):
            np.testing.assert_array_equal(F.scaled_dot_product_attention(q, q, q).value, plain)
    with pytest.raises(TypeError, match="sdpa_kernel: a int: Backend must be"), sdpa_kernel([3]):
        pass


def test_the_older_name_of_nll_loss() -> None:
    with pytest.warns(FutureWarning, match="NLLLoss2d has been deprecated"):
        layer = nn.NLLLoss2d()
    assert isinstance(layer, nn.NLLLoss)


def test_factory_kwargs(torch: Any) -> None:
    for library in (nn, torch.nn):
        assert library.factory_kwargs(None) == {} and library.factory_kwargs({"dtype": 3}) == {"dtype": 3}
        assert library.factory_kwargs({"factory_kwargs": {"dtype": 3}, "device": 1}) == {"dtype": 3, "device": 1}
        for bad in ({"x": 3}, {"dtype": 1, "factory_kwargs": {"dtype": 3}}):
            with pytest.raises(TypeError):
                library.factory_kwargs(bad)


BAD: list[tuple[str, Any, str, Inputs]] = [
    ("F.dropout1d(x)", ValueError, r"dropout1d: input \(3,\): Expected 2D or 3D", {"x": real(3)}),
    ("F.feature_alpha_dropout(x, 0.5, True)", ValueError, r"input \(3,\): Feature dropout requires", {"x": real(3)}),
    ("F.alpha_dropout(x, 2.0)", ValueError, "alpha_dropout: p=2.0: dropout probability", {"x": real(3)}),
    ("nn.AlphaDropout(-1)", ValueError, "AlphaDropout: p=-1", {}),
    ("F.conv_tbc(x, x, None)", ValueError, r"conv_tbc: input \(3, 2\)", {"x": real(3, 2)}),
    ("F.fractional_max_pool2d(x, 2)", ValueError, "output_size=None, output_ratio=None: requires", IMAGE),
    ("F.fractional_max_pool2d(x, 2, 9)", ValueError, "the windows do not fit", IMAGE),
    ("F.fractional_max_pool2d(x, 2, 3, _random_samples=x)", ValueError, "_random_samples", IMAGE),
    ("nn.FractionalMaxPool2d(2)", ValueError, "requires specifying either", {}),
    ("nn.FractionalMaxPool3d(2, output_ratio=2)", ValueError, "output_ratio must be between 0 and 1", {}),
    ("F.linear_cross_entropy(x, x[0], x)", ValueError, "linear_cross_entropy: input", {"x": real(3, 2)}),
    ("nn.CrossMapLRN2d(3)(x)", ValueError, "Expected input to be 4D", {"x": real(3, 2)}),
    ("nn.SyncBatchNorm(3)(x)", ValueError, "expected at least 2D input", {"x": real(3)}),
    ("nn.AdaptiveLogSoftmaxWithLoss(4, 5, [3, 2])", ValueError, "cutoffs should be a sequence", {}),
    ("nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(x, fixed)", RuntimeError, "should have the same size",
     {"x": real(3, 4), "fixed": fixed(1, 2)}),
    ("nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(x, fixed)", RuntimeError, r"Target values should be in \[0, 4\]",
     {"x": real(2, 4), "fixed": fixed(1, 7)}),
    ("nn.LazyConv2d(4, 2)(x)", RuntimeError, "Expected 3D .unbatched. or 4D", {"x": real(2, 4)}),
    ("nn.LazyConv2d(4, 2, groups=2)(x)", ValueError, "its 3 channels must be divisible", {"x": real(2, 3, 4, 4)}),
    ("nn.ParameterList([1])[2]", IndexError, "ParameterList: index 2 is out of range", {}),
    ("nn.ParameterList(3)", TypeError, "should be called with an iterable", {}),
    ("nn.ParameterList()(3)", RuntimeError, "ParameterList: it should not be called", {}),
    ("nn.ParameterDict({1: 2})", TypeError, "ParameterDict: key 1: a int", {}),
    ("nn.ParameterDict().popitem()", KeyError, "the ParameterDict is empty", {}),
    ("nn.ParameterDict()['a']", KeyError, "a", {}),
    ("nn.modules.utils._list_with_default([1, 2], [3])", ValueError, "the input must have more axes", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "message", "inputs"), BAD)
def test_mistakes(text: str, error: Any, message: str, inputs: Inputs) -> None:
    with pytest.raises(error, match=message):
        eval(text, {**ours(), **leaves(draw(inputs))})


def test_mistakes_of_lazy_modules() -> None:
    with pytest.raises(RuntimeError, match="a parameter without shape after the first call"):
        Forgetful()(3)
    with pytest.raises(NotImplementedError, match="initialize_parameters is not implemented"):
        nn.modules.lazy.LazyModuleMixin()(3)

"""Layers in one table, held against PyTorch; modules, containers, dropout, initial values, clipping."""

from __future__ import annotations

import copy
import math
import pickle
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import cases_spatial
import numpy as np
import pytest
import test_activations_losses
import test_layers
import test_losses
import test_norm
import test_sequence

import picograd
import picograd.nn.functional as F
from picograd import Tensor, nn
from picograd.autograd import gradcheck, gradgradcheck
from picograd.nn import init
from picograd.nn.utils import clip_grad_norm_, clip_grad_value_, parameters_to_vector, vector_to_parameters

# ---- the table of layers -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One layer: how it is made, the shape of its input, and its text as a function."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] = (3, 4)
    function: str = ""
    curved: bool = True  # whether its second derivative is other than 0

    @property
    def id(self) -> str:
        return f"{self.name}{self.args or ''}{self.kwargs or ''}-{self.shape}".replace(" ", "")


ROWS = [
    Row("Identity", (1, 2), {"a": 3}),
    Row("Linear", (4, 5)),
    Row("Linear", (4, 5, False)),
    Row("Linear", (4, 5), {"bias": True}, (4,)),
    Row("Linear", (4, 1), {}, (2, 3, 4)),
    Row("Flatten", (), {}, (2, 3, 4)),
    Row("Flatten", (0, 1), {}, (2, 3, 4)),
    Row("Unflatten", (1, (2, 2))),
    Row("Unflatten", (-1, [2, -1])),
    Row("ReLU", (), {}, (3, 4), "relu"),
    Row("ReLU", (True,)),
    Row("ReLU6", (), {}, (3, 4), "relu6"),
    Row("LeakyReLU", (), {}, (3, 4), "leaky_relu"),
    Row("LeakyReLU", (0.3,), {"inplace": True}),
    Row("ELU", (), {}, (3, 4), "elu"),
    Row("ELU", (0.7,)),
    Row("SiLU", (), {}, (3, 4), "silu"),
    Row("Hardtanh", (), {}, (3, 4), "hardtanh"),
    Row("Hardtanh", (-0.5, 0.3)),
    Row("Softplus", (), {}, (3, 4), "softplus"),
    Row("Softplus", (2.0, 1.0)),
    Row("LogSigmoid", (), {}, (3, 4), "logsigmoid"),
    Row("Sigmoid", (), {}, (3, 4), "sigmoid"),
    Row("Tanh", (), {}, (3, 4), "tanh"),
    Row("Softmax", (1,), {}, (3, 4), "softmax"),
    Row("Softmax", (), {"dim": 0}, (2, 3, 4)),
    Row("LogSoftmax", (1,), {}, (3, 4), "log_softmax"),
    Row("LogSoftmax", (), {"dim": -1}, (2, 3, 4)),
    Row("Dropout", (0.0,)),
    Row("Dropout", (1.0,)),
]
each = pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
ELSEWHERE = {
    "Module", "Parameter", "Buffer", "Sequential", "ModuleList", "ModuleDict", "functional", "init", "utils",
    "RNNBase", "RNNCellBase",  # what RNN, LSTM, GRU and the cells are made from
    "RReLU", "SyncBatchNorm",  # random; BatchNorm: each has its own test
    "AlphaDropout", "FeatureAlphaDropout", "FractionalMaxPool2d", "FractionalMaxPool3d",  # random
    "CrossMapLRN2d", "NLLLoss2d", "Container", "ParameterDict", "ParameterList", # in test_layers.py
    "UninitializedBuffer", "UninitializedParameter", "LinearCrossEntropyOptions", "factory_kwargs",
    "attention", "common_types", "grad", "modules", "parallel", "parameter",  # rooms
}  # fmt: skip
FUNCTIONS_ELSEWHERE = {
    "linear", "dropout", "one_hot", "gumbel_softmax", "upsample",  # each has its own test
    "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
    "softmin", "multi_head_attention_forward",  # in rows of Softmin and MultiheadAttention
}  # fmt: skip


def number(*shape: int, seed: int = 0) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).standard_normal(shape) * 2)


def layer(row: Row, library: Any = nn) -> Any:
    return getattr(library, row.name)(*row.args, **row.kwargs)


def in_tables(prefix: str) -> set[str]:
    """The names after `prefix` in the tables of every family of layers and functions."""
    tables: list[Any] = [
        test_layers.FUNCTIONS, test_layers.DEPRECATED, test_layers.LAYERS, test_layers.LOSSES, test_layers.LAZY,
        test_norm.FUNCTIONS, test_norm.LAYERS, test_sequence.FUNCTIONS, test_sequence.LAYERS, test_sequence.RECURRENT,
        test_activations_losses.SMOOTH, test_activations_losses.LAYERS, test_activations_losses.CTC,
        cases_spatial.CASES, cases_spatial.LAYER,
    ]  # fmt: skip
    texts = " ".join(part for table in tables for row in table for part in row if isinstance(part, str))
    return set(re.findall(rf"\b{prefix}\.(\w+)\(", texts))


def test_every_layer_has_a_row() -> None:
    rows = {row.name for row in ROWS} | {row.loss for row in test_losses.ROWS} | in_tables("nn")
    assert set(nn.__all__) - ELSEWHERE == rows - ELSEWHERE
    assert sorted(nn.__all__, key=lambda n: (not n.isupper(), n[0].islower(), n)) == nn.__all__
    assert all(hasattr(nn, name) for name in nn.__all__)


def test_every_function_has_a_row() -> None:
    rows = {row.function for row in [*ROWS, *test_losses.ROWS] if row.function} | in_tables("F")
    assert set(F.__all__) - FUNCTIONS_ELSEWHERE == rows - FUNCTIONS_ELSEWHERE
    assert sorted(F.__all__) == F.__all__


@each
def test_layer_is_pytorch_s(row: Row, torch: Any) -> None:
    ours, theirs = layer(row).double(), layer(row, torch.nn).double()
    assert repr(ours) == repr(theirs)
    assert [*ours.state_dict()] == [*theirs.state_dict()]
    ours.load_state_dict(theirs.state_dict())
    x, y = Tensor(number(*row.shape)), torch.from_numpy(number(*row.shape)).requires_grad_()
    got, wanted = ours(x * 1), theirs(y * 1)  # * 1: an in-place layer can't write into a leaf
    np.testing.assert_allclose(got.value, wanted.detach().numpy(), rtol=1e-9)
    g = number(*got.shape, seed=1)
    got.backward(g)
    wanted.backward(torch.from_numpy(g))
    np.testing.assert_allclose(x.grad, y.grad.numpy(), rtol=1e-9, atol=1e-12)
    for (name, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == other and p.shape == tuple(q.shape)
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-9, atol=1e-12)
    theirs.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in ours.state_dict().items()})  # and back


@each
def test_layer_in_float32(row: Row, torch: Any) -> None:
    ours, theirs = layer(row), layer(row, torch.nn)
    theirs.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in ours.state_dict().items()})
    x = number(*row.shape).astype(np.float32)
    got = ours(picograd.tensor(x))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got.value, theirs(torch.from_numpy(x.copy())).detach().numpy(), rtol=1e-5, atol=1e-6)


@each
def test_layer_s_derivatives_by_finite_differences_twice(row: Row) -> None:
    module = layer(row).double()
    if row.args == (1.0,):
        return  # Dropout(1) is 0
    inputs = [Tensor(number(*row.shape)), *module.parameters()]
    gradcheck(lambda x, *_: module(x * 1), inputs)
    gradgradcheck(lambda x, *_: module(x * 1), inputs)


@pytest.mark.parametrize("row", [row for row in ROWS if row.function], ids=[row.name for row in ROWS if row.function])
def test_activations_at_their_kinks_and_far_out(row: Row, torch: Any) -> None:
    x = np.array([[-1000.0, -100, -30, -1, -0.0, 0, 1, 6, 20, 30, 100, 1000], [-1e-4, 1e-4, *range(10)]])
    a, b = Tensor(x), torch.from_numpy(x.copy()).requires_grad_()
    got, wanted = getattr(F, row.function)(a, *row.args), getattr(torch.nn.functional, row.function)(b, *row.args)
    np.testing.assert_allclose(got.value, wanted.detach().numpy(), rtol=1e-9, atol=1e-300)
    got.backward(np.ones(x.shape))
    wanted.backward(torch.ones(x.shape, dtype=torch.float64))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_softmax_without_dim_warns_and_guesses_as_pytorch(torch: Any) -> None:
    for shape in ((4,), (3, 4), (2, 3, 4)):
        for name in ("softmax", "log_softmax", "softmin"):
            with pytest.warns(UserWarning, match=f"Implicit dimension choice for {name} has been deprecated"):
                got = getattr(F, name)(picograd.tensor(number(*shape)))
            with pytest.warns(UserWarning, match="Implicit dimension choice"):
                wanted = getattr(torch.nn.functional, name)(torch.from_numpy(number(*shape)))
            np.testing.assert_allclose(got.value, wanted.numpy(), rtol=1e-9)


def test_log_softmax_of_a_single_row_is_that_of_a_row_among_others() -> None:
    for values in ([1, 2, 0.5, -3], [1000, 999, 0, -1e4], [-np.inf, 0, 1, 2], [np.nan, 1, 2, 3], [np.inf, 0, 1, 2]):
        for dtype in (np.float16, np.float32, np.float64):
            row = np.array(values, dtype)
            with np.errstate(invalid="ignore"):
                wanted = F.log_softmax(picograd.tensor(np.stack([row, row])), 1).value[0]
                for shape, axis in (((4,), 0), ((1, 4), 1), ((4, 1), 0), ((1, 4, 1), -2)):
                    got = F.log_softmax(picograd.tensor(row.reshape(shape)), axis)
                    assert got.shape == shape and got.dtype == dtype
                    np.testing.assert_allclose(got.value.ravel(), wanted, rtol=2 * np.finfo(dtype).eps)


def test_softmax_in_another_dtype() -> None:
    x = Tensor(np.array([1, 2, 3]))
    assert F.softmax(x, 0, dtype=np.float64).dtype == np.float64
    assert F.log_softmax(x, 0, dtype=np.float64).dtype == np.float64
    assert F.softmin(x, 0, dtype=np.float64).dtype == np.float64


def test_one_hot(torch: Any) -> None:
    labels = np.array([[0, 2], [1, 1]])
    np.testing.assert_array_equal(F.one_hot(labels).value, torch.nn.functional.one_hot(torch.tensor(labels)).numpy())
    assert F.one_hot(Tensor(labels), 5).shape == (2, 2, 5)


# ---- a network -----------------------------------------------------------------------------------------------------


class Block(nn.Module):
    def __init__(self, wide: int = 5) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, wide)
        self.fc2 = nn.Linear(5, 3)
        self.register_buffer("scale", picograd.ones(3))
        self.register_buffer("scratch", picograd.zeros(2), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.fc2(self.fc1(x).relu()) * self.scale


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = Block()
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Dropout(0.2)])
        self.gain = nn.Parameter(np.ones(1, np.float32))
        self.nothing = None
        self.register_parameter("absent", None)

    def forward(self, x: Any) -> Any:
        x = self.block(x)
        for module in self.layers:
            x = module(x)
        return x * self.gain


X = picograd.tensor(number(2, 4).astype(np.float32))
NAMES = ["gain", "block.fc1.weight", "block.fc1.bias", "block.fc2.weight", "block.fc2.bias",
         "layers.0.weight", "layers.0.bias"]  # fmt: skip
STATE = [*NAMES[:1], "block.scale", *NAMES[1:]]


def test_what_is_in_a_module() -> None:
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert len(list(net.parameters())) == 7 and list(net.parameters(recurse=False)) == [net.gain]
    assert [name for name, _ in net.named_parameters(prefix="net", recurse=False)] == ["net.gain"]
    assert [name for name, _ in net.named_buffers()] == ["block.scale", "block.scratch"]
    assert len(list(net.buffers())) == 2 and list(net.buffers(recurse=False)) == []
    assert [name for name, _ in net.named_children()] == ["block", "layers"]
    assert list(net.children()) == [net.block, net.layers]
    assert [name for name, _ in net.named_modules()] == [
        "", "block", "block.fc1", "block.fc2", "layers", "layers.0", "layers.1",
    ]  # fmt: skip
    assert next(net.modules()) is net
    assert net.get_submodule("layers.0") is net.layers[0] and net.get_submodule("") is net
    assert net.get_parameter("block.fc1.bias") is net.block.fc1.bias
    assert net.get_buffer("block.scale") is net.block.scale
    assert {"gain", "block", "forward", "training"} <= set(dir(net)) and "0" not in dir(net.layers)
    assert list(net.state_dict()) == STATE and type(net.state_dict()) is OrderedDict


def test_tied_weights_are_one_parameter() -> None:
    net = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Tanh(), nn.Linear(4, 4, bias=False))
    net[2].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight"]
    assert [name for name, _ in net.named_parameters(remove_duplicate=False)] == ["0.weight", "2.weight"]
    assert list(net.state_dict()) == ["0.weight", "2.weight"]
    twin = copy.deepcopy(net)
    assert twin[2].weight is twin[0].weight is not net[0].weight
    net(X).sum().backward()
    assert net[0].weight.grad is net[2].weight.grad and net[0].weight.grad.any()
    net.double()
    assert net[2].weight is net[0].weight and net[0].weight.dtype == np.float64
    shared = nn.Linear(2, 2)
    assert len(list(nn.Sequential(shared, shared).modules())) == 2


def test_train_eval_freeze_zero_grad_apply() -> None:
    net = Net()
    assert net.eval() is net and not any(m.training for m in net.modules())
    assert net.train() is net and all(m.training for m in net.modules())
    net(X).sum().backward()
    assert all(p._grad is not None for p in net.parameters())
    net.zero_grad(set_to_none=False)
    assert all(p._grad is not None and not p._grad.any() for p in net.parameters())
    net.zero_grad()
    assert all(p._grad is None for p in net.parameters())
    assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())
    assert not net(X).requires_grad
    seen: list[Any] = []
    assert net.apply(seen.append) is net
    assert seen[-1] is net and len(seen) == 7 and seen[0] is net.block.fc1


def test_dtype_changes_keep_the_parameters() -> None:
    net = Net()
    net(X).sum().backward()
    parameters, buffer = list(net.parameters()), net.block.scale
    net.register_buffer("count", Tensor(np.array(0)))
    for change, dtype in ((net.double, np.float64), (net.half, np.float16), (net.float, np.float32)):
        assert change() is net
        assert {p.dtype for p in net.parameters()} == {p.grad.dtype for p in net.parameters()} == {np.dtype(dtype)}
        assert net.block.scale.dtype == dtype and net.count.dtype == np.int64
    assert all(p is q for p, q in zip(net.parameters(), parameters, strict=True)) and net.block.scale is buffer
    for target in (picograd.float64, np.float64, Tensor(np.zeros(1))):
        assert net.float().to(target).gain.dtype == np.float64
    assert net.to("cpu").cpu().to(device="cpu", dtype=np.float32).gain.dtype == np.float32
    assert net.type(np.float64).count.dtype == np.float64


def test_attributes() -> None:
    net = Net()
    net.gain = nn.Parameter(np.zeros(2, np.float32))
    assert net.get_parameter("gain").shape == (2,)
    net.gain = None
    assert net.gain is None and "gain" not in net.state_dict()
    net.nothing = nn.Linear(1, 1)  # an attribute before, now a module
    assert "nothing" in dict(net.named_children()) and "nothing" not in net.__dict__
    net.block = None
    assert net.block is None and "block.fc1.weight" not in net.state_dict()
    del net.nothing, net.gain, net.layers
    assert not hasattr(net, "nothing") and not hasattr(net, "gain") and not list(net.children())
    net.kept = nn.Buffer(picograd.ones(2))
    net.lost = nn.Buffer(picograd.ones(2), persistent=False)
    assert [name for name, _ in net.named_buffers()] == ["kept", "lost"] and list(net.state_dict()) == ["kept"]
    net.kept = picograd.zeros(3)
    assert net.get_buffer("kept").shape == (3,)
    net.free = picograd.zeros(3)  # an ordinary Tensor is no buffer
    assert len(list(net.buffers())) == 2
    del net.lost
    net.register_buffer("lost", None)
    assert net.lost is None and "lost" not in dict(net.named_buffers())


def test_parameter() -> None:
    array = np.ones(3, np.float32)
    p = nn.Parameter(array)
    assert p.value is array and p.requires_grad and p.is_leaf and isinstance(p, Tensor)
    assert repr(p) == "Parameter containing:\nParameter([1., 1., 1.], requires_grad=True)"
    assert not nn.Parameter(array, requires_grad=False).requires_grad
    assert nn.Parameter(p * 2).is_leaf and nn.Parameter().shape == (0,)
    for twin in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        assert type(twin) is nn.Parameter and twin.requires_grad and twin is not p
        np.testing.assert_array_equal(twin.value, array)
    assert type(p * 2) is Tensor


def test_copies() -> None:
    net = Net().eval()
    net(X).sum().backward()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(twin(X).value, net(X).value)
        assert list(twin.state_dict()) == STATE and not twin.training
        twin.gain.value[...] = 5
        assert net.gain.item() == 1
        np.testing.assert_array_equal(twin.block.fc1.weight.grad, net.block.fc1.weight.grad)


def test_hooks() -> None:
    layer, seen = nn.Linear(4, 2, bias=False), []
    plain = layer(X).value
    handles = [
        layer.register_forward_pre_hook(lambda m, args: seen.append(("pre", m is layer, len(args)))),
        layer.register_forward_hook(lambda m, args, out: seen.append(("post", m is layer, out.shape))),
    ]
    np.testing.assert_array_equal(layer(X).value, plain)
    assert seen == [("pre", True, 1), ("post", True, (2, 2))]
    for handle in handles * 2:
        handle.remove()
    with (
        layer.register_forward_pre_hook(lambda m, args: args[0] * 2),
        layer.register_forward_pre_hook(lambda m, args, kwargs: (args, {}), with_kwargs=True),
        layer.register_forward_hook(lambda m, args, kwargs, out: out + 1, with_kwargs=True),
        layer.register_forward_hook(lambda m, args, out: out * 10, prepend=True),
    ):
        np.testing.assert_allclose(layer(X).value, plain * 20 + 1, rtol=1e-5)
    np.testing.assert_array_equal(layer(X).value, plain)


# ---- state_dict ----------------------------------------------------------------------------------------------------


def test_state_dict_shares_memory_and_takes_a_prefix() -> None:
    net = nn.Linear(2, 3)
    state = net.state_dict(prefix="fc.")
    assert list(state) == ["fc.weight", "fc.bias"]
    assert state["fc.weight"].value is net.weight.value and not state["fc.weight"].requires_grad
    assert net.state_dict(keep_vars=True)["weight"] is net.weight
    destination = {"other": 1}
    assert net.state_dict(destination=destination) is destination and list(destination) == ["other", "weight", "bias"]


def test_load_state_dict_from_tensors_arrays_and_pytorch(torch: Any) -> None:
    source = Net()
    for convert in (lambda v: v, lambda v: v.value, lambda v: torch.from_numpy(v.value).requires_grad_(),
                    lambda v: v.value.astype(np.float64)):  # fmt: skip
        net = Net()
        before = dict(net.named_parameters())
        result = net.load_state_dict({k: convert(v) for k, v in source.state_dict().items()})
        assert repr(result) == str(result) == "<All keys matched successfully>" and result == ([], [])
        assert all(p is before[name] for name, p in net.named_parameters())
        for name, value in net.state_dict().items():
            np.testing.assert_array_equal(value.value, source.state_dict()[name].value)
            assert value.dtype == np.float32 and value.value is not source.state_dict()[name].value


def test_load_state_dict_that_is_not_strict() -> None:
    net, state = nn.Linear(2, 3), {"weight": np.ones((3, 2)), "more": np.ones(1)}
    result = net.load_state_dict(state, strict=False)
    assert result.missing_keys == ["bias"] and result.unexpected_keys == ["more"]
    assert repr(result) == "_IncompatibleKeys(missing_keys=['bias'], unexpected_keys=['more'])"
    assert (net.weight.value == 1).all()


def test_load_state_dict_with_assign() -> None:
    net, state = nn.Linear(2, 3), {"weight": np.ones((3, 2)), "bias": picograd.zeros(3)}
    weight = net.weight
    net.load_state_dict(state, assign=True)
    assert net.weight is weight and net.weight.value is state["weight"] and net.weight.dtype == np.float64
    assert net.bias.value is state["bias"].value and net.weight.requires_grad
    with pytest.raises(RuntimeError, match="weight is of int64, the module's of float64"):
        net.load_state_dict({**state, "weight": np.ones((3, 2), np.int64)}, assign=True)


def test_load_state_dict_that_fails_says_all_and_changes_nothing() -> None:
    net = Net()
    state = {k: v.value + 1 for k, v in net.state_dict().items()}
    before = {k: v.value.copy() for k, v in net.state_dict().items()}
    del state["block.scale"], state["gain"]
    state["more"], state["block.fc1.weight"], state["layers.0.bias"] = np.ones(1), np.ones((2, 2)), ["a", "b"]
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    for words in ("Error(s) in loading state_dict for Net: ", 'Missing key(s) in state_dict: "gain", "block.scale"',
                  'Unexpected key(s) in state_dict: "more"', "nothing was loaded",
                  "size mismatch for block.fc1.weight: it has shape (2, 2), the module's (5, 4)"):  # fmt: skip
        assert words in str(caught.value)
    with pytest.raises(RuntimeError, match=r"size mismatch for layers.0.bias: it has shape \(2,\)"):
        net.load_state_dict(state, strict=False)
    state["layers.0.bias"] = np.array(["a", "b", "c"])
    with pytest.raises(RuntimeError, match=r"layers\.0\.bias is of <U1, the module's of float32"):
        net.load_state_dict(state, strict=False)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value.value, before[name])
    with pytest.raises(TypeError, match="load_state_dict: a list: it takes a mapping"):
        net.load_state_dict([1])  # type: ignore[arg-type]


def test_read_only_memory_is_refused_before_anything_is_loaded() -> None:
    net = nn.Linear(2, 3)
    net.bias.value.flags.writeable = False
    weight = net.weight.value.copy()
    state = {"weight": np.ones((3, 2)), "bias": np.ones(3)}
    with pytest.raises(RuntimeError, match=r"bias can't be written, .* read-only"):
        net.load_state_dict(state)
    np.testing.assert_array_equal(net.weight.value, weight)
    net.load_state_dict(state, assign=True)


def test_values_that_a_graph_needs_are_not_silently_replaced() -> None:
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    loss = net(X).sum()
    net.load_state_dict(net.state_dict())
    with pytest.raises(RuntimeError, match="load_state_dict overwrote it since"):
        loss.backward()


# ---- where an error happened ---------------------------------------------------------------------------------------


class Raising(nn.Module):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def extra_repr(self) -> str:
        return "at work"

    def forward(self, x: Any) -> Any:
        raise self.error from KeyError("cause")


def test_errors_carry_the_path_once() -> None:
    net = Net()
    net.block.fc2 = nn.Linear(6, 3)
    with pytest.raises(
        ValueError, match=r"^block\.fc2 \(Linear 6 -> 3\): linear: input \(2, 5\) and weight \(3, 6\): "
    ):
        net(X)
    with pytest.raises(ValueError, match=r"^fc2 \(Linear 6 -> 3\): linear: "):
        net.block(X)
    with pytest.raises(ValueError, match=r"^Linear 6 -> 3: linear: "):
        net.block.fc2(X)
    net = Net()
    net.layers[0] = nn.Linear(7, 3)
    with pytest.raises(ValueError, match=r"^layers\.0 \(Linear 7 -> 3\): linear: "):
        net(X)
    net = Net()
    net.block.scale = picograd.ones(4)
    with pytest.raises(ValueError, match=r"^block \(Block\): mul: shapes \(2, 3\) and \(4,\)"):
        net(X)
    with pytest.raises(
        NotImplementedError, match=r'^0 \(Module\): Module \[Module\] is missing the required "forward"'
    ):
        nn.Sequential(nn.Module())(X)


@pytest.mark.parametrize("kind", [ValueError, TypeError, RuntimeError, IndexError, np.linalg.LinAlgError])
def test_errors_keep_their_kind_and_cause(kind: type[Exception]) -> None:
    error = kind("bad: thing", 7)
    error = kind("bad: thing") if str(error) != "bad: thing" else error
    net = nn.Sequential(nn.Identity(), nn.Sequential(OrderedDict(inner=Raising(error))))
    with pytest.raises(kind, match=r"^1\.inner \(Raising at work\): bad: thing$") as caught:
        net(X)
    assert caught.value is error and isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    "error", [KeyError("key"), ValueError(), ValueError(3), UnicodeDecodeError("ascii", b"a", 0, 1, "r")]
)
def test_other_errors_are_left_alone(error: Exception) -> None:
    before = str(error)
    with pytest.raises(type(error)) as caught:
        nn.Sequential(Raising(error))(X)
    assert str(caught.value) == before


# ---- containers ----------------------------------------------------------------------------------------------------


def linear(n: int = 4) -> nn.Linear:
    return nn.Linear(4, n)


def test_sequential() -> None:
    a, b, c = nn.Tanh(), linear(), nn.ReLU()
    net = nn.Sequential(a, b, c)
    np.testing.assert_array_equal(net(X).value, c(b(a(X))).value)
    assert len(net) == 3 and list(net) == [a, b, c] and net[-1] is c and net[np.int64(1)] is b
    assert (
        list(net[1:]) == [b, c]
        and isinstance(net[1:], nn.Sequential)
        and list(net[1:].state_dict()) == ["1.weight", "1.bias"]
    )
    d, e, f = nn.ELU(), nn.SiLU(), nn.Identity()
    assert net.append(d) is net and net.insert(1, e) is net and net.extend([f]) is net
    assert list(net) == [a, e, b, c, d, f] and list(net._modules) == list("012345")
    net[0] = f
    del net[1]
    assert net[0] is f and list(net) == [f, b, c, d, f] and list(net._modules) == list("01234")
    assert net.pop() is f and net.pop(0) is f and list(net) == [b, c, d]
    del net[1:]
    assert list(net) == [b] and list(net + nn.Sequential(a)) == [b, a] and list(net) == [b]
    named = nn.Sequential(OrderedDict(one=linear(), two=nn.ReLU()))
    assert list(named.state_dict()) == ["one.weight", "one.bias"] and named.one is named[0] and "two" in dir(named)
    assert list(named[:1].state_dict()) == ["one.weight", "one.bias"]


def test_module_list() -> None:
    a, b, c = linear(), linear(), nn.ReLU()
    modules = nn.ModuleList([a]).extend([b])
    assert modules.append(c) is modules and list(modules) == [a, b, c] and list(modules[::2]) == [a, c]
    modules += [a]
    assert len(modules) == 4 and list(modules.state_dict()) == [
        f"{k}.{n}" for k in (0, 1, 3) for n in ("weight", "bias")
    ]
    modules.insert(-1, c)
    assert list(modules) == [a, b, c, c, a] and modules.pop(0) is a and len(nn.ModuleList()) == 0


def test_module_dict() -> None:
    a, b = linear(), nn.ReLU()
    modules = nn.ModuleDict({"a": a})
    modules["b"] = b
    modules.update([("c", b)])
    assert list(modules) == list(modules.keys()) == ["a", "b", "c"] and "b" in modules and len(modules) == 3
    assert list(modules.values()) == [a, b, b] and dict(modules.items())["a"] is modules["a"] is a
    assert list(modules.state_dict()) == ["a.weight", "a.bias"]
    del modules["b"]
    assert modules.pop("c") is b and list(modules) == ["a"]
    modules.clear()
    assert not list(modules.parameters())


def test_reprs_are_pytorch_s(torch: Any) -> None:
    def make(nn: Any) -> Any:
        return nn.Sequential(
            nn.Linear(2, 3, bias=False), nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.Tanh()]),
            nn.ModuleDict({"x": nn.Sequential(nn.LeakyReLU(0.1), nn.Sequential())}), nn.ModuleList(), nn.MSELoss(),
        )  # fmt: skip

    assert repr(make(nn)) == repr(make(torch.nn))


# ---- dropout -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.5, 0.25, 0.2, 0.9, 1 / 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_dropout_s_distribution_and_scale(p: float, dtype: Any) -> None:
    picograd.manual_seed(0)
    x = Tensor(np.ones((400, 501), dtype))
    y = F.dropout(x, p)
    assert y.dtype == dtype and set(np.unique(y.value)) == {dtype(0), dtype(1 / (1 - p))}
    n = y.value.size
    assert abs((y.value == 0).mean() - p) < 4 * math.sqrt(p * (1 - p) / n)  # four standard deviations
    rows = (y.value == 0).mean(0)
    assert abs(rows.std() - math.sqrt(p * (1 - p) / 400)) < 0.1 * rows.std()  # the elements are independent
    y.backward(np.ones(y.shape))
    np.testing.assert_array_equal(x.grad, y.value)


def test_dropout_in_training_only() -> None:
    layer, x = nn.Dropout(0.4), Tensor(np.ones((50, 50), np.float32))
    assert layer.eval()(x) is x and F.dropout(x, 0.4, training=False) is x and F.dropout(x, 0.0) is x
    assert (layer.train()(x).value == 0).any()
    assert not F.dropout(x, 1.0).value.any()
    assert F.dropout(picograd.ones(0, 3)).shape == (0, 3) and F.dropout(Tensor(np.float32(1))).shape == ()
    picograd.manual_seed(3)
    first = F.dropout(x).value
    assert (F.dropout(x).value != first).any()
    picograd.manual_seed(3)
    np.testing.assert_array_equal(F.dropout(x).value, first)


# ---- initial values ------------------------------------------------------------------------------------------------


def test_linear_starts_as_in_pytorch() -> None:
    picograd.manual_seed(0)
    layer = nn.Linear(400, 300)
    for p in layer.parameters():
        bound = 1 / math.sqrt(400)
        assert p.dtype == np.float32 and np.abs(p.value).max() <= bound
        assert abs(p.value.std() - bound / math.sqrt(3)) < 0.1 * bound
    assert nn.Linear(2, 3, dtype=picograd.float64).weight.dtype == np.float64
    weight = layer.weight.value.copy()
    layer.reset_parameters()
    assert (layer.weight.value != weight).any()


A, B = 300, 200
SPREAD: list[tuple[str, dict[str, Any], float, float]] = [  # function, options, mean, standard deviation
    ("uniform_", {}, 0.5, 1 / math.sqrt(12)),
    ("uniform_", {"a": -2, "b": 4}, 1, 6 / math.sqrt(12)),
    ("normal_", {}, 0, 1),
    ("normal_", {"mean": 2, "std": 3}, 2, 3),
    ("xavier_uniform_", {}, 0, math.sqrt(2 / (A + B))),
    ("xavier_normal_", {"gain": 3}, 0, 3 * math.sqrt(2 / (A + B))),
    ("kaiming_uniform_", {}, 0, math.sqrt(2 / B)),
    ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"}, 0, math.sqrt(2 / A)),
    ("kaiming_normal_", {"a": 1}, 0, math.sqrt(1 / B)),
    ("kaiming_normal_", {"nonlinearity": "tanh"}, 0, 5 / 3 / math.sqrt(B)),
    ("trunc_normal_", {}, 0, 0.8796),
    ("trunc_normal_", {"mean": 1, "std": 2, "a": 0.5, "b": 1.5}, 1, 0.2874),
    ("trunc_normal_", {"std": 0.02}, 0, 0.02),
    ("orthogonal_", {}, 0, 1 / math.sqrt(A)),
    ("sparse_", {"sparsity": 0.25, "std": 2.0}, 0, math.sqrt(0.75) * 2),
]


@pytest.mark.parametrize(("name", "options", "mean", "std"), SPREAD, ids=[f"{n}{o}" for n, o, *_ in SPREAD])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_initial_values_are_spread_as_they_should(name: str, options: Any, mean: float, std: float, dtype: Any) -> None:
    p = nn.Parameter(np.empty((A, B), dtype))
    generator = picograd.Generator().manual_seed(1)
    memory = p.value
    assert getattr(init, name)(p, **options, generator=generator) is p
    assert p.value is memory and p.requires_grad and p.is_leaf
    assert abs(memory.mean() - mean) < 0.02 * std + 1e-3 * abs(mean) and abs(memory.std() - std) < 0.02 * std
    first = memory.copy()
    getattr(init, name)(p, **options, generator=generator.manual_seed(1))
    np.testing.assert_array_equal(memory, first)


def test_initial_values_that_are_fixed(torch: Any) -> None:
    for name, args, shape in (
        ("ones_", (), (2, 3)), ("zeros_", (), (2,)), ("constant_", (0.3,), (2, 3)), ("eye_", (), (2, 3)),
        ("dirac_", (), (4, 2, 3, 3)), ("dirac_", (2,), (4, 2, 3)),
    ):  # fmt: skip
        ours, theirs = nn.Parameter(np.full(shape, 7.0)), torch.full(shape, 7.0, dtype=torch.float64)
        np.testing.assert_array_equal(
            getattr(init, name)(ours, *args).value, getattr(torch.nn.init, name)(theirs, *args)
        )


def test_init_has_what_pytorch_s_has(torch: Any) -> None:
    names = {n for n in dir(torch.nn.init) if n.endswith("_") and n[0] != "_"} | {"calculate_gain"}
    assert all(callable(getattr(init, name)) for name in names)
    for args in (
        ("linear",),
        ("relu",),
        ("tanh",),
        ("selu",),
        ("sigmoid",),
        ("conv2d",),
        ("leaky_relu",),
        ("leaky_relu", 0.3),
    ):
        assert math.isclose(init.calculate_gain(*args), torch.nn.init.calculate_gain(*args))
    assert init._calculate_fan_in_and_fan_out(picograd.empty(4, 3, 2, 2)) == (12, 16)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (4, 2, 3)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    w = init.orthogonal_(nn.Parameter(np.empty(shape)), gain=2).value.reshape(shape[0], -1)
    gram = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_truncation_and_sparsity_are_exact() -> None:
    x = init.trunc_normal_(picograd.empty(1000), std=3.0, a=-0.1, b=5.0).value
    assert x.min() >= -0.1 and x.max() <= 5
    with pytest.warns(UserWarning, match="mean is more than 2 std"):
        x = init.trunc_normal_(picograd.empty(1000), a=4, b=100).value
    assert x.min() >= 4 and 4.1 < x.mean() < 4.4
    assert ((init.sparse_(picograd.empty(10, 7), 0.3).value == 0).sum(0) == 3).all()
    with pytest.warns(UserWarning, match="zero-element"):
        assert init.kaiming_uniform_(picograd.empty(0, 3)).shape == (0, 3)


# ---- utils ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.0, "inf"])
@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_clip_grad_norm(norm_type: Any, max_norm: float, torch: Any) -> None:
    arrays = [number(3, 4), number(5, seed=1), number(seed=2)]
    ours = [nn.Parameter(a.copy()) for a in arrays] + [nn.Parameter(np.ones(2))]  # the last one has no gradient
    theirs = [torch.nn.Parameter(torch.tensor(a)) for a in arrays]
    for p, q, a in zip(ours, theirs, arrays, strict=False):
        p.grad, q.grad = a, torch.tensor(a)
    held = ours[0].grad
    total = clip_grad_norm_(iter(ours), max_norm, norm_type)
    wanted = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert math.isclose(total.item(), wanted.item()) and isinstance(total, Tensor) and total.dtype == np.float64
    for p, q in zip(ours, theirs, strict=False):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-12)
    assert ours[-1]._grad is None and held is ours[0].grad  # in place
    np.testing.assert_array_equal(arrays[0], number(3, 4))  # not in what the caller gave


def test_clip_grad_norm_that_is_not_finite() -> None:
    p = nn.Parameter(np.ones(2))
    p.grad = np.array([np.nan, 1.0])
    with pytest.raises(RuntimeError, match=r"total norm of order 2\.0 .* non-finite"):
        clip_grad_norm_(p, 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(p.grad, [np.nan, 1.0])
    assert np.isnan(clip_grad_norm_(p, 1.0).item()) and np.isnan(p.grad).all()
    p = nn.Parameter(np.ones(2, np.float32))
    p.grad = np.full(2, 1e30, np.float32)  # its square is no float32
    assert math.isclose(clip_grad_norm_(p, 1.0).item(), math.sqrt(2) * 1e30, rel_tol=1e-6)
    np.testing.assert_allclose(p.grad, math.sqrt(0.5), rtol=1e-6)
    assert clip_grad_norm_([], 1.0).item() == 0


def test_clip_grad_value() -> None:
    p = nn.Parameter(np.zeros(3))
    p.grad = [-3.0, 0.2, 3.0]
    clip_grad_value_([p, nn.Parameter(np.zeros(1))], 0.5)
    np.testing.assert_array_equal(p.grad, [-0.5, 0.2, 0.5])


def test_parameters_as_a_vector() -> None:
    net = Net()
    vector = parameters_to_vector(net.parameters())
    assert vector.shape == (sum(p.numel() for p in net.parameters()),) and vector.requires_grad
    vector_to_parameters(vector.detach() * 2, net.parameters())
    np.testing.assert_allclose(parameters_to_vector(net.parameters()).value, vector.value * 2)


# ---- mistakes ------------------------------------------------------------------------------------------------------


class Early(nn.Module):
    """Sets an attribute before super().__init__()."""

    def __init__(self, value: Any) -> None:
        self.early = value


def assign(module: Any, name: str, value: Any) -> None:
    setattr(module, name, value)


BAD: list[tuple[Any, type[Exception], str]] = [
    (lambda: Early(nn.Parameter(np.ones(1))), AttributeError, "Early: cannot assign parameters before Module.__init__"),
    (lambda: Early(nn.ReLU()), AttributeError, "cannot assign modules before Module.__init__"),
    (lambda: Early(nn.Buffer(np.ones(1))), AttributeError, "cannot assign buffers before Module.__init__"),
    (lambda: Early(3).eval(), AttributeError, r"is used before Module.__init__\(\) was called; call super"),
    (lambda: Net().unknown, AttributeError, "'Net' object has no attribute 'unknown'"),
    (lambda: assign(Net(), "gain", 3.0), TypeError, "Net: cannot assign a float as 'gain': .* a Parameter"),
    (lambda: assign(Net(), "gain", X), TypeError, "cannot assign a Tensor as 'gain'"),
    (lambda: assign(Net(), "block", 3), TypeError, "cannot assign a int as 'block': that is the name of a Module"),
    (lambda: assign(Block(), "scale", [1]), TypeError, "cannot assign a list as 'scale': that is the name of a Tensor"),
    (lambda: Net().register_parameter("x", X), TypeError, "register_parameter: 'x': a Tensor: it must be a Parameter"),
    (lambda: Net().register_parameter("a.b", None), KeyError, "parameter name 'a.b': it can't be empty or contain"),
    (lambda: Net().register_parameter("forward", None), KeyError, "'forward': the attribute already exists"),
    (lambda: Net().register_parameter(3, None), TypeError, "parameter name: a int: it should be a string"),
    (lambda: Net().register_buffer("x", np.ones(2)), TypeError, "register_buffer: 'x': a ndarray: it must be a Tensor"),
    (lambda: Net().register_buffer("gain", X), KeyError, "buffer name 'gain': the attribute already exists"),
    (lambda: Net().add_module("", None), KeyError, "module name ''"),
    (lambda: Net().register_module("x", 3), TypeError, "add_module: 'x': a int: it is not a Module subclass"),
    (lambda: nn.Sequential(nn.ReLU), TypeError, "add_module: '0': a type: it is not a Module subclass"),
    (lambda: Net().get_submodule("block.fc3"), AttributeError, "Block has no module 'fc3'; it has fc1, fc2"),
    (lambda: Net().get_parameter("block.scale"), AttributeError, "Block has no parameter 'scale'"),
    (lambda: Net().get_buffer("block.fc1.x"), AttributeError, "Linear has no buffer 'x'; it has none"),
    (lambda: Net().train("yes"), ValueError, "training mode is expected to be boolean"),
    (lambda: Net().to(np.int64), TypeError, "to: int64: a module's parameters are floats"),
    (lambda: nn.Module()(X), NotImplementedError, 'is missing the required "forward" function'),
    (lambda: nn.Sequential(nn.ReLU())[1], IndexError, "Sequential: index 1 is out of range: it has 1 modules"),
    (lambda: nn.ModuleList().insert(2, nn.ReLU()), IndexError, "ModuleList.insert: index 2 is out of range"),
    (lambda: nn.Parameter(np.ones(2, np.int64)), TypeError, "only floats can be differentiated"),
    (lambda: nn.Dropout(1.5), ValueError, "Dropout: p=1.5: dropout probability has to be between 0 and 1"),
    (lambda: F.dropout(X, -0.1), ValueError, "dropout: p=-0.1: "),
    (lambda: nn.Unflatten(1, 3), TypeError, "unflattened_size 3: it must be a tuple of ints"),
    (lambda: nn.Hardtanh(1, 0), ValueError, "Hardtanh: min_val 1, max_val 0"),
    (lambda: F.hardtanh(X, 1, 0), ValueError, "hardtanh: min_val 1, max_val 0"),
    (lambda: F.one_hot(np.array([0, 5]), 3), ValueError, "labels from 0 to 5 with 3 classes"),
    (lambda: F.one_hot(np.array([0.5])), TypeError, "one_hot: labels of float64"),
    (lambda: F.one_hot(np.zeros(0, np.int64)), ValueError, "Can not infer total number of classes"),
    (lambda: init.calculate_gain("gelu"), ValueError, "Unsupported nonlinearity 'gelu'; give one of "),
    (lambda: init.calculate_gain("leaky_relu", True), ValueError, "negative_slope True not a valid number"),
    (lambda: init.xavier_uniform_(picograd.empty(3)), ValueError, r"shape \(3,\): Fan in and fan out can not"),
    (lambda: init.kaiming_uniform_(picograd.empty(3, 3), mode="fan"), ValueError, "Mode fan not supported"),
    (lambda: init.eye_(picograd.empty(3)), ValueError, "Only tensors with 2 dimensions"),
    (lambda: init.sparse_(picograd.empty(3), 0.1), ValueError, "Only tensors with 2 dimensions"),
    (lambda: init.dirac_(picograd.empty(3, 2)), ValueError, "Only tensors with 3, 4, or 5 dimensions"),
    (lambda: init.orthogonal_(picograd.empty(3)), ValueError, "Only tensors with 2 or more dimensions"),
    (lambda: init.trunc_normal_(picograd.empty(3), a=1, b=0), ValueError, "trunc_normal_: a 1, b 0"),
    (lambda: vector_to_parameters(picograd.ones(3), [nn.Parameter(np.ones(2))]), ValueError, r"vector \(3,\) for"),
    (lambda: vector_to_parameters(np.ones(2), [nn.Parameter(np.ones(2))]), TypeError, "expected a Tensor"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), BAD, ids=[words for *_, words in BAD])
def test_mistakes_are_named(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_a_result_is_no_parameter() -> None:
    p = nn.Parameter(np.ones(2))
    result = p * 2
    p.node = result.node
    with pytest.raises(ValueError, match="register_parameter: 'x': a result of an op"):
        nn.Module().register_parameter("x", p)

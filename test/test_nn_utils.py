"""nn.utils and nn.init: the same program runs with PyTorch and with picograd, with the same result."""

from __future__ import annotations

import copy
import importlib
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_module import data, net, plain

import picograd
from picograd import nn

PROGRAMS: list[Callable[[Any], Any]] = []


def program(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    PROGRAMS.append(function)
    return function


def fill(m: Any, module: Any) -> Any:
    """The module in float64, its parameters the same in both libraries."""
    module = module.double()
    for k, p in enumerate(module.parameters()):
        p.data.copy_(m.tensor(np.cos(np.arange(p.numel()) ** 2 * 0.7 + k).reshape(tuple(p.shape))))
    return module


def linear(m: Any, i: int = 4, o: int = 3) -> Any:
    return fill(m, m.nn.Linear(i, o))


def grads(module: Any) -> Any:
    return plain([p.grad for p in module.parameters()])


# ---- parametrize ---------------------------------------------------------------------------------------------------


def symmetric(m: Any) -> Any:
    class Symmetric(m.nn.Module):
        def forward(self, x: Any) -> Any:
            return x.triu() + x.triu(1).transpose(-1, -2)

        def right_inverse(self, x: Any) -> Any:
            return x.triu()

    return Symmetric()


def scaled(m: Any) -> Any:
    class Scaled(m.nn.Module):
        calls = 0

        def __init__(self) -> None:
            super().__init__()
            self.scale = m.nn.Parameter(m.full((1,), 2.0, dtype=m.float64))

        def forward(self, x: Any) -> Any:
            type(self).calls += 1
            return x * self.scale

    return Scaled()


def split(m: Any) -> Any:
    class Split(m.nn.Module):
        def forward(self, a: Any, b: Any) -> Any:
            return a * b

        def right_inverse(self, x: Any) -> Any:
            return x.abs(), x.sign()

    return Split()


@program
def a_symmetric_weight(m: Any) -> Any:
    P = m.nn.utils.parametrize
    layer = linear(m, 4, 4)
    weight = layer.weight
    P.register_parametrization(layer, "weight", symmetric(m))
    x = data(m)
    layer(x).pow(2).sum().backward()
    log = [layer.weight, layer.parametrizations.weight.original is weight, list(layer.state_dict()), grads(layer)]
    log += [[n for n, _ in layer.named_parameters()], P.is_parametrized(layer), P.is_parametrized(layer, "bias")]
    log += [type(layer).__name__, P.type_before_parametrizations(layer) is m.nn.Linear, isinstance(layer, m.nn.Linear)]
    new = m.arange(16.0, dtype=m.float64).reshape(4, 4)
    layer.weight = new + new.T
    log += [layer.weight, layer.parametrizations.weight.original]
    P.remove_parametrizations(layer, "weight")
    log += [
        layer.weight,
        type(layer) is m.nn.Linear,
        isinstance(layer.weight, m.nn.Parameter),
        list(layer.state_dict()),
    ]
    return log


@program
def parametrizations_in_a_row(m: Any) -> Any:
    P = m.nn.utils.parametrize
    layer, scale = linear(m, 4, 4), scaled(m)
    P.register_parametrization(layer, "weight", symmetric(m))
    P.register_parametrization(layer, "weight", scale)
    P.register_parametrization(layer, "bias", scaled(m))
    layer(data(m)).sin().sum().backward()
    log = [list(layer.state_dict()), grads(layer), len(layer.parametrizations.weight), layer.bias]
    log += [str(layer).replace("\n", "|")]
    before = type(scale).calls
    with P.cached():
        assert layer.weight is layer.weight
    log += [type(scale).calls - before]
    twin = copy.deepcopy(layer)
    log += [twin(data(m)), type(twin).__name__]
    P.remove_parametrizations(layer, "weight", leave_parametrized=False)
    log += [layer.weight, P.is_parametrized(layer), type(layer).__name__]
    P.remove_parametrizations(layer, "bias", leave_parametrized=True)
    return [*log, layer.bias, type(layer).__name__]


@program
def a_tensor_from_two(m: Any) -> Any:
    P = m.nn.utils.parametrize
    layer = linear(m)
    weight = layer.weight.detach().clone()
    P.register_parametrization(layer, "weight", split(m))
    layer(data(m)).sin().sum().backward()
    log = [list(layer.state_dict()), grads(layer), layer.weight - weight]
    layer.weight = weight * 2
    log += [layer.weight, layer.parametrizations.weight.ntensors, layer.parametrizations.weight.is_tensor]
    with pytest.raises(ValueError, match="Cannot leave unparametrized"):
        P.remove_parametrizations(layer, "weight", leave_parametrized=False)
    P.remove_parametrizations(layer, "weight")
    return [*log, layer.weight, list(layer.state_dict())]


@program
def buffers_states_and_transfer(m: Any) -> Any:
    P = m.nn.utils.parametrize
    module = m.nn.Module()
    module.register_buffer("scale", m.ones(2, dtype=m.float64))
    P.register_parametrization(module, "scale", scaled(m))
    log = [module.scale, list(module.state_dict()), [n for n, _ in module.named_buffers()]]
    layer, other = linear(m, 4, 4), linear(m, 4, 4)
    P.register_parametrization(layer, "weight", symmetric(m))
    P.register_parametrization(other, "weight", symmetric(m))
    layer.weight = m.eye(4, dtype=m.float64) * 3
    other.load_state_dict(layer.state_dict())
    log += [other.weight]
    third = m.nn.Linear(4, 4).double()
    P.transfer_parametrizations_and_params(layer, third)
    log += [third.weight, P.is_parametrized(third, "weight")]
    with pytest.raises(RuntimeError, match="Serialization of parametrized modules"):
        pickle.dumps(layer)
    return log


@program
def what_a_parametrization_may_not_do(m: Any) -> Any:
    class Flat(m.nn.Module):
        def forward(self, x: Any) -> Any:
            return x.reshape(-1)

    class Half(m.nn.Module):
        def forward(self, x: Any) -> Any:
            return x.float()

    P = m.nn.utils.parametrize
    layer = linear(m)
    before = plain(layer.weight)
    for bad in (Flat(), Half()):
        with pytest.raises(ValueError, match=r"may not change the (shape|dtype)"):
            P.register_parametrization(layer, "weight", bad)
    with pytest.raises(ValueError, match="does not have a parameter, a buffer"):
        P.register_parametrization(layer, "nothing", scaled(m))
    with pytest.raises(ValueError, match="does not have a parametrization"):
        P.remove_parametrizations(layer, "weight")
    P.register_parametrization(layer, "bias", scaled(m))
    for bad in (Flat, Half):
        with pytest.raises(ValueError, match="may not change the"):
            P.register_parametrization(layer, "bias", bad() if bad is Half else Wide(m))
    P.register_parametrization(layer, "weight", Flat(), unsafe=True)
    with pytest.raises(RuntimeError, match="right_inverse"):
        layer.weight = m.zeros(12)
    return before == plain(layer.parametrizations.weight.original), tuple(layer.weight.shape)


def Wide(m: Any) -> Any:
    class Wide(m.nn.Module):
        def forward(self, x: Any) -> Any:
            return m.cat([x, x])

    return Wide()


@program
def weight_norm_as_parametrization(m: Any) -> Any:
    log = []
    for dim in (0, 1, None):
        layer = m.nn.utils.parametrizations.weight_norm(linear(m), "weight", dim)
        layer(data(m)).sin().sum().backward()
        log += [layer.weight, list(layer.state_dict()), grads(layer), plain(layer.parametrizations.weight.original0)]
    old = {"weight_g": m.ones(3, 1, dtype=m.float64), "weight_v": m.eye(3, 4, dtype=m.float64),
           "bias": m.zeros(3, dtype=m.float64)}  # fmt: skip
    layer = m.nn.utils.parametrizations.weight_norm(linear(m))
    layer.load_state_dict(old)
    m.nn.utils.parametrize.remove_parametrizations(layer, "weight")
    conv = m.nn.utils.parametrizations.weight_norm(fill(m, m.nn.Conv1d(2, 3, 2)))
    return [*log, layer.weight, conv(m.ones(1, 2, 4, dtype=m.float64)), [tuple(p.shape) for p in conv.parameters()]]


@program
def spectral_norm_as_parametrization(m: Any) -> Any:
    log = []
    for layer in (linear(m), fill(m, m.nn.Conv2d(2, 3, 2)), fill(m, m.nn.ConvTranspose1d(2, 3, 2))):
        m.nn.utils.parametrizations.spectral_norm(layer, n_power_iterations=50)
        layer.weight  # noqa: B018 - a step of the iteration
        layer.eval()
        x = m.ones(
            *{"Linear": (2, 4), "Conv2d": (1, 2, 3, 3)}.get(type(layer).__name__[12:], (1, 2, 3)), dtype=m.float64
        )
        layer(x).sin().sum().backward()
        log += [layer(x), list(layer.state_dict()), grads(layer), layer.parametrizations.weight[0]._u.abs()]
    vector = m.nn.utils.parametrizations.spectral_norm(linear(m), "bias")
    return [*log, vector.bias]


@program
def orthogonal_weights(m: Any) -> Any:
    orthogonal = m.nn.utils.parametrizations.orthogonal
    log = []
    for shape in ((4, 4), (6, 4), (4, 6)):
        for kind in ("matrix_exp", "cayley", "householder"):
            layer = linear(m, *shape[::-1])
            if kind == "householder":
                orthogonal(layer, orthogonal_map=kind, use_trivialization=False)
            else:
                m.nn.utils.parametrize.register_parametrization(layer, "weight", Plain(m, kind), unsafe=True)
            w = layer.weight
            gram = w @ w.T if shape[0] < shape[1] else w.T @ w
            layer(m.ones(1, shape[1], dtype=m.float64)).sin().sum().backward()
            log += [w, gram, grads(layer), list(layer.state_dict())]
    square = m.eye(4, dtype=m.float64)[[1, 0, 2, 3]]
    layer = orthogonal(linear(m, 4, 4))
    log += [type(layer.parametrizations.weight[0]).__name__, layer.weight @ layer.weight.T, layer.weight]
    layer.weight = square
    log += [layer.weight, layer.parametrizations.weight.original, list(layer.state_dict())]
    (layer.weight * m.arange(16.0, dtype=m.float64).reshape(4, 4)).sum().backward()
    return [*log, plain(layer.parametrizations.weight.original.grad)]


def Plain(m: Any, kind: str) -> Any:
    """The maps without trivialization, written out: PyTorch has them, but no way to start from a weight."""
    module = m.nn.utils.parametrizations.orthogonal(m.nn.Linear(2, 2), orthogonal_map=kind).parametrizations.weight[0]

    class Map(m.nn.Module):
        def forward(self, x: Any) -> Any:
            module.base = None
            shaped = copy.copy(module)
            base = m.eye(max(x.shape), dtype=m.float64)
            shaped.__dict__["_buffers"] = {"base": base}
            return shaped(x)

    return Map()


# ---- pruning -------------------------------------------------------------------------------------------------------


@program
def pruning_by_size(m: Any) -> Any:
    prune = m.nn.utils.prune
    model = net(m)
    prune.l1_unstructured(model[0], "weight", amount=0.3)
    prune.l1_unstructured(model[0], "bias", 1)
    log = [model[0].weight, model[0].bias, list(model.state_dict()), prune.is_pruned(model), prune.is_pruned(model[2])]
    model(data(m)).sum().backward()
    log += [grads(model), [n for n, _ in model.named_buffers()], len(model[0]._forward_pre_hooks)]
    prune.l1_unstructured(model[0], "weight", amount=3)
    prune.ln_structured(model[0], "weight", amount=1, n=2, dim=1)
    hook = next(h for h in model[0]._forward_pre_hooks.values() if h._tensor_name == "weight")
    log += [model[0].weight_mask, type(hook).__name__, len(hook), [type(p).__name__ for p in hook], hook[0].amount]
    log += [model(data(m))]
    prune.remove(model[0], "weight")
    log += [model[0].weight, isinstance(model[0].weight, m.nn.Parameter), list(model.state_dict()), model(data(m))]
    with pytest.raises(ValueError, match="has to be pruned before"):
        prune.remove(model[0], "weight")
    return log


@program
def pruning_of_channels_masks_and_scores(m: Any) -> Any:
    prune = m.nn.utils.prune
    log = []
    for n in (1, 2, float("inf"), -float("inf"), "fro"):
        for dim in (0, 1, -1):
            conv = fill(m, m.nn.Conv1d(3, 4, 3))
            prune.ln_structured(conv, "weight", 0.5, n, dim)
            log += [conv.weight_mask]
    layer = prune.identity(linear(m), "weight")
    log += [layer.weight_mask, list(layer.state_dict())]
    layer = prune.custom_from_mask(linear(m), "bias", m.tensor([1, 0, 1]))
    log += [layer.bias, layer.bias_mask]
    layer = linear(m)
    prune.l1_unstructured(layer, "weight", 2, importance_scores=-layer.weight.detach().abs())
    log += [layer.weight_mask]
    pruner = prune.L1Unstructured(0.25)
    t = m.tensor([3.0, -1.0, 2.0, 4.0])
    log += [
        pruner.prune(t),
        pruner.prune(t, default_mask=m.tensor([0.0, 1, 1, 1])),
        plain(pruner.compute_mask(t, m.ones(4))),
    ]
    return log


@program
def pruning_of_a_whole_network(m: Any) -> Any:
    prune = m.nn.utils.prune
    model = fill(m, net(m))
    places = [(model[0], "weight"), (model[2][0], "weight"), (model[2][0], "bias")]
    prune.global_unstructured(places, prune.L1Unstructured, amount=0.4)
    log = [model[0].weight, model[2][0].weight, model[2][0].bias]
    prune.global_unstructured(
        places[:1], prune.L1Unstructured, importance_scores={places[0]: -model[0].weight.detach().abs()}, amount=2
    )
    with pytest.raises(TypeError, match="PRUNING_TYPE"):
        prune.global_unstructured(places, prune.RandomStructured, amount=2)
    with pytest.raises(TypeError, match=r"importance.scores"):
        prune.global_unstructured(places, prune.L1Unstructured, importance_scores=3, amount=2)
    return [*log, model[0].weight_mask, model(data(m))]


@program
def pruning_in_a_way_of_one_s_own(m: Any) -> Any:
    class EveryOther(m.nn.utils.prune.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t: Any, default_mask: Any) -> Any:
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    layer = linear(m)
    EveryOther.apply(layer, "weight")
    log = [layer.weight]
    EveryOther.apply(layer, "weight")
    return [*log, layer.weight]


# ---- fusion, vectors, clipping, the rest ---------------------------------------------------------------------------


@program
def a_norm_taken_into_the_layer_before(m: Any) -> Any:
    log = []
    for layer, norm, shape, more in (
        (m.nn.Conv2d(2, 3, 2), m.nn.BatchNorm2d(3), (2, 2, 4, 3), ()),
        (m.nn.Conv1d(2, 3, 2, bias=False), m.nn.BatchNorm1d(3, affine=False), (2, 2, 4), ()),
        (m.nn.ConvTranspose2d(2, 3, 2), m.nn.BatchNorm2d(3), (2, 2, 4, 3), (True,)),
        (m.nn.Linear(4, 3), m.nn.BatchNorm1d(3), (2, 4), None),
        (m.nn.Linear(4, 3, bias=False), m.nn.BatchNorm1d(3), (2, 4), None),
    ):
        fill(m, layer).eval(), fill(m, norm).eval()
        norm.running_mean.copy_(m.tensor([0.3, -0.2, 1.0]))
        norm.running_var.copy_(m.tensor([0.3, 2.0, 1.0]))
        if more is None:
            fused = m.nn.utils.fuse_linear_bn_eval(layer, norm)
        else:
            fused = m.nn.utils.fuse_conv_bn_eval(layer, norm, *more)
        x = m.tensor(np.sin(np.arange(np.prod(shape))).reshape(shape))
        np.testing.assert_allclose(fused(x).detach().numpy(), norm(layer(x)).detach().numpy(), atol=1e-12)
        log += [fused(x), list(fused.state_dict()), fused is layer, isinstance(fused.bias, m.nn.Parameter)]
        log += [fused.weight.requires_grad, fused.bias.requires_grad]
        with pytest.raises((RuntimeError, AssertionError), match="only for eval"):
            (m.nn.utils.fuse_linear_bn_eval if more is None else m.nn.utils.fuse_conv_bn_eval)(layer.train(), norm)
    return log


@program
def total_norms(m: Any) -> Any:
    U = m.nn.utils
    log = []
    for order in (1.0, 2, float("inf"), 0.5):
        model = net(m)
        model(data(m)).sum().backward()
        gs = [m.as_tensor(p.grad) for p in model.parameters()]
        total = U.get_total_norm(gs, order)
        U.clip_grads_with_norm_(model.parameters(), 0.1, total)
        log += [total, grads(model)]
        with pytest.warns(FutureWarning, match="is now deprecated"):
            log += [U.clip_grad_norm(model.parameters(), 0.05, order)]
        log += [grads(model), U.get_total_norm([], order)]
    with pytest.raises(RuntimeError, match="is non-finite"):
        U.get_total_norm([m.tensor([float("inf")])], error_if_nonfinite=True)
    return log


@program
def modules_as_functions(m: Any) -> Any:
    F = m.nn.utils.stateless.functional_call
    model = net(m)
    new = {"0.bias": m.ones(3, dtype=m.float64, requires_grad=True)}
    with pytest.warns(FutureWarning, match="is deprecated as of PyTorch 2.0"):
        y = F(model, new, (data(m),))
    y.sum().backward()
    return y, plain(new["0.bias"].grad), model(data(m))


@program
def packed_sequences(m: Any) -> Any:
    R = m.nn.utils.rnn
    xs = [m.arange(float(n * 2)).reshape(n, 2) for n in (2, 4, 3)]
    packed = R.pack_sequence(xs, enforce_sorted=False)
    log = [packed.data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices]
    padded, lengths = R.pad_packed_sequence(packed, batch_first=True, padding_value=-1, total_length=6)
    log += [padded, lengths, R.unpack_sequence(packed), R.unpad_sequence(padded, lengths, batch_first=True)]
    for change in ("double", "half", "float", "long", "int", "short", "char", "byte", "cpu"):
        other = getattr(packed, change)()
        log += [str(other.data.dtype).removeprefix("torch."), other.batch_sizes]
    log += [packed.is_cuda, packed.is_pinned(), packed.to(m.float64).data.sum(), len(packed)]
    log += [R.pad_sequence(xs, True, 5.0, "left"), R.invert_permutation(m.tensor([2, 0, 1]))]
    again = R.PackedSequence(packed.data, packed.batch_sizes, packed.sorted_indices)
    return [*log, again.unsorted_indices, isinstance(packed, tuple), packed._fields]


@program
def memory_formats_and_skipped_values(m: Any) -> Any:
    U = m.nn.utils
    conv = U.convert_conv2d_weight_memory_format(fill(m, m.nn.Conv2d(2, 3, 2)), m.channels_last)
    cube = U.convert_conv3d_weight_memory_format(m.nn.Sequential(m.nn.Conv3d(2, 3, 2)), m.channels_last_3d)
    log = [conv.weight, conv.weight.is_contiguous(), conv.weight.is_contiguous(memory_format=m.channels_last)]
    skipped = U.skip_init(m.nn.Linear, 3, 2, bias=False)
    for bad, words in ((m.nn.Tanh, "must support a 'device'"), (dict, "Expected a Module")):
        with pytest.raises(RuntimeError, match=words):
            U.skip_init(bad)
    return [*log, tuple(skipped.weight.shape), skipped.bias is None, cube[0].weight.is_contiguous()]


@program
def older_names_of_initial_values(m: Any) -> Any:
    log = []
    for name, args in (("constant", (3.0,)), ("eye", ()), ("dirac", ())):
        x = m.zeros(*((3, 2, 3) if name == "dirac" else (3, 2)))
        with pytest.warns(FutureWarning, match=f"nn.init.{name}` is now deprecated"):
            getattr(m.nn.init, name)(x, *args)
        log += [x]
    for name in (
        "uniform",
        "normal",
        "xavier_uniform",
        "xavier_normal",
        "kaiming_uniform",
        "kaiming_normal",
        "orthogonal",
    ):
        x = m.zeros(30, 20)
        with pytest.warns(FutureWarning, match=f"in favor of `nn.init.{name}_`"):
            assert getattr(m.nn.init, name)(x) is x
        log += [bool((x != 0).all())]
    x = m.zeros(10, 5)
    with pytest.warns(FutureWarning, match="nn.init.sparse"):
        m.nn.init.sparse(x, 0.3)
    log += [(x == 0).sum(0), m.nn.init._calculate_correct_fan(m.zeros(3, 4, 2), "fan_out")]
    x = m.zeros(4)
    for name, args in (
        ("_no_grad_fill_", (3.0,)), ("_no_grad_zero_", ()), ("_no_grad_uniform_", (5.0, 6.0)),
        ("_no_grad_normal_", (9.0, 0.1)), ("_no_grad_trunc_normal_", (0.0, 1.0, -1.0, 1.0)),
    ):  # fmt: skip
        getattr(m.nn.init, name)(x, *args)
        log += [bool((x > 4).all()), bool((x == 0).all())]
    return log


@pytest.mark.parametrize("run", PROGRAMS, ids=lambda f: f.__name__)
def test_the_same_program(run: Callable[[Any], Any], torch: Any) -> None:
    importlib.import_module("torch.nn.utils.prune")
    assert plain(run(picograd)) == plain(run(torch))


# ---- what is random, or has no peer --------------------------------------------------------------------------------


def test_random_pruning() -> None:
    prune = nn.utils.prune
    layer = prune.random_unstructured(nn.Linear(20, 30), "weight", 0.25)
    assert (layer.weight_mask.value == 0).sum() == 150 and (
        (layer.weight.value == 0) == (layer.weight_mask.value == 0)
    ).all()
    prune.random_unstructured(layer, "weight", 50)
    assert (layer.weight_mask.value == 0).sum() == 200
    layer = prune.random_structured(nn.Linear(20, 30), "weight", 0.5, 1)
    columns = layer.weight_mask.value.all(0)
    assert columns.sum() == 10 and not layer.weight_mask.value[:, ~columns].any()


def test_spectral_norm_converges_in_training() -> None:
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(10, 8))
    before = layer.parametrizations.weight[0]._u.value.copy()
    for _ in range(30):
        layer(picograd.randn(2, 10))
    assert abs(np.linalg.norm(layer.weight.value, 2) - 1) < 1e-4
    assert (layer.parametrizations.weight[0]._u.value != before).any()


@pytest.mark.parametrize("shape", [(5, 5), (7, 4), (4, 7), (2, 5, 3)])
@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder", None])
def test_orthogonal_weights_stay_so_in_training(shape: tuple[int, ...], kind: Any) -> None:
    module = nn.Module()
    module.weight = nn.Parameter(np.random.default_rng(0).standard_normal(shape))
    nn.utils.parametrizations.orthogonal(module, "weight", kind)
    target = np.random.default_rng(1).standard_normal(shape)
    start = ((module.weight - target) ** 2).sum().item()
    for _ in range(5):
        loss = ((module.weight - target) ** 2).sum()
        loss.backward()
        p = module.parametrizations.weight.original
        p.value -= 0.02 * p.grad
        p.grad = None
    w = module.weight.value
    wide = shape[-2] < shape[-1]
    gram = w @ w.swapaxes(-1, -2) if wide else w.swapaxes(-1, -2) @ w
    np.testing.assert_allclose(gram, np.broadcast_to(np.eye(min(shape[-2:])), gram.shape), atol=1e-12)
    assert loss.item() < start


U, P = nn.utils, nn.utils.parametrizations
BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: P.orthogonal(nn.Linear(2, 2), "none"), ValueError, "orthogonal: 'none': Module Linear has no"),
    (lambda: P.orthogonal(nn.Linear(2, 2), "bias"), ValueError, "Expected a matrix or batch of matrices"),
    (lambda: P.orthogonal(nn.Linear(2, 2), "weight", "x"), ValueError, "orthogonal_map has to be one of"),
    (lambda: P.orthogonal(nn.Linear(2, 2), orthogonal_map="cayley", use_trivialization=False)
     .__setattr__("weight", picograd.eye(2)), NotImplementedError, "use_trivialization=False; use householder"),
    (lambda: setattr(P.orthogonal(nn.Linear(2, 2)), "weight", picograd.eye(3)), ValueError,
     r"a tensor \(3, 3\) for \(2, 2\)"),
    (lambda: P.spectral_norm(nn.Linear(2, 2), n_power_iterations=0), ValueError, "to be positive"),
    (lambda: P.spectral_norm(nn.Linear(2, 2), dim=3), IndexError, "Dimension out of range"),
    (lambda: P.weight_norm(nn.Linear(2, 2), "x"), ValueError, "weight_norm: 'x': Module Linear has no"),
    (lambda: U.parametrize.ParametrizationList([], picograd.ones(2)), ValueError, "it requires one or more modules"),
    (lambda: U.prune.l1_unstructured(nn.Linear(2, 2), "x", 1), AttributeError, "prune: 'x': Linear has no such"),
    (lambda: U.prune.l1_unstructured(nn.Linear(2, 2), "weight", 5), ValueError, "amount=5 of 4: it should be smaller"),
    (lambda: U.prune.l1_unstructured(nn.Linear(2, 2), "weight", 1.5), ValueError, "amount=1.5: it should either be"),
    (lambda: U.prune.l1_unstructured(nn.Linear(2, 2), "weight", "all"), TypeError, "Must be of type int or float"),
    (lambda: U.prune.l1_unstructured(nn.Linear(2, 2), "weight", 1, picograd.ones(3)), ValueError, "importance_scores"),
    (lambda: U.prune.L1Unstructured(1).prune(picograd.ones(2), importance_scores=picograd.ones(3)), ValueError,
     r"importance_scores \(3,\) for a tensor"),
    (lambda: U.prune.ln_structured(nn.Linear(2, 2), "bias", 1, 2, 0), ValueError, "applied to multidimensional"),
    (lambda: U.prune.ln_structured(nn.Linear(2, 2), "weight", 1, 2, 2), IndexError, "dim 2 for a tensor"),
    (lambda: U.prune.custom_from_mask(nn.Linear(2, 2), "bias", picograd.ones(3)), ValueError, "mask .3,. for a"),
    (lambda: U.prune.PruningContainer(3), TypeError, "it is not a BasePruningMethod subclass"),
    (lambda: U.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(2).eval()), ValueError, "3 out_features, 2"),
    (lambda: U.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(3, track_running_stats=False).eval()),
     RuntimeError, "a norm without running statistics"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), BAD, ids=[words for *_, words in BAD])
def test_mistakes_are_named(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_a_failed_pruning_or_parametrization_changes_nothing() -> None:
    layer = nn.Linear(2, 2)
    weight, state = layer.weight, {k: v.value.copy() for k, v in layer.state_dict().items()}
    with pytest.raises(ValueError, match="amount=9"):
        U.prune.l1_unstructured(layer, "weight", 9)
    with pytest.raises(ValueError, match="may not change the shape"):
        U.parametrize.register_parametrization(layer, "weight", nn.Flatten(0))
    assert layer.weight is weight and list(layer.state_dict()) == ["weight", "bias"] and not layer._forward_pre_hooks
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value.value, state[name])

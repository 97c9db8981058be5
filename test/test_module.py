"""Module's interface beyond the basics: the same program runs with PyTorch and with picograd, with the same result."""

from __future__ import annotations

import contextlib
import copy
import operator
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import nn

X = np.linspace(-2, 2, 12).reshape(3, 4)


def plain(x: Any) -> Any:
    """A result as nested lists of rounded numbers, whichever library it comes from."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, tuple | list):
        return [plain(v) for v in x]
    if hasattr(x, "detach"):
        x = x.detach().numpy()
    if isinstance(x, np.ndarray):
        return np.round(np.asarray(x, np.float64), 9).tolist() if x.dtype.kind in "fiub" else x.tolist()
    return x


def net(m: Any) -> Any:
    """A small network in float64 whose weights are the same in both libraries."""
    model = m.nn.Sequential(m.nn.Linear(4, 3), m.nn.Tanh(), m.nn.Sequential(m.nn.Linear(3, 2), m.nn.Sigmoid())).double()
    for k, p in enumerate(model.parameters()):
        p.data.copy_(m.tensor(np.cos(np.arange(p.numel()) + k).reshape(tuple(p.shape))))
    return model


def data(m: Any, requires_grad: bool = True) -> Any:
    return m.tensor(X.copy(), requires_grad=requires_grad)


PROGRAMS: list[Callable[[Any], Any]] = []


def program(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    PROGRAMS.append(function)
    return function


# ---- hooks of calls ------------------------------------------------------------------------------------------------


@program
def forward_hooks_in_order(m: Any) -> Any:
    model, log = net(m), []
    handles = [
        model.register_forward_pre_hook(lambda mod, args: log.append(("pre", len(args)))),
        model.register_forward_pre_hook(lambda mod, args, kwargs: log.append(("kw", dict(kwargs))), with_kwargs=True),
        model.register_forward_pre_hook(lambda mod, args: log.append("first"), prepend=True),
        model.register_forward_hook(lambda mod, args, out: log.append(("post", tuple(out.shape)))),
        model.register_forward_hook(lambda mod, args, kwargs, out: (log.append(sorted(kwargs)), out * 2)[1],
                                    with_kwargs=True),
        model.register_forward_hook(lambda mod, args, out: log.append("first post"), prepend=True),
    ]  # fmt: skip
    out = model(input=data(m)), model(data(m))
    for handle in handles:
        handle.remove()
    return log, out, model(data(m)), len(model._forward_hooks), len(model._forward_hooks_with_kwargs)


@program
def a_hook_that_is_always_called(m: Any) -> Any:
    class Broken(m.nn.Module):
        def forward(self, x: Any) -> Any:
            raise ValueError("broken")

    log: list[Any] = []
    model = Broken()
    model.register_forward_hook(lambda mod, args, out: log.append(("never", out)))
    model.register_forward_hook(lambda mod, args, out: log.append(("always", out)), always_call=True)
    model.register_forward_hook(
        lambda mod, args, kwargs, out: log.append(("kw", kwargs)), always_call=True, with_kwargs=True
    )
    with pytest.raises(ValueError, match="broken"):
        model(data(m), a=1) if False else model(data(m))
    return log


@program
def hooks_of_all_modules(m: Any) -> Any:
    model, log = net(m), []
    mod = m.nn.modules.module
    handles = [
        mod.register_module_forward_pre_hook(lambda mod, args: log.append(("pre", type(mod).__name__))),
        mod.register_module_forward_hook(lambda mod, args, out: log.append(("post", type(mod).__name__))),
        mod.register_module_forward_hook(lambda mod, args, kwargs, out: log.append(sorted(kwargs)), with_kwargs=True),
        mod.register_module_full_backward_pre_hook(lambda mod, g: log.append(("in", type(mod).__name__, len(g)))),
        mod.register_module_full_backward_hook(lambda mod, gi, go: log.append(("out", type(mod).__name__, gi, go))),
        mod.register_module_module_registration_hook(lambda mod, name, new: log.append(("module", name))),
        mod.register_module_parameter_registration_hook(lambda mod, name, new: log.append(("parameter", name))),
        mod.register_module_buffer_registration_hook(lambda mod, name, new: log.append(("buffer", name))),
    ]
    x = data(m)
    model(x).sum().backward()
    m.nn.Sequential(m.nn.BatchNorm1d(2))
    for handle in handles:
        handle.remove()
    before = len(log)
    model(x).sum().backward()
    m.nn.Linear(1, 1)
    assert len(log) == before
    return log, x.grad


@program
def a_registration_hook_may_replace(m: Any) -> Any:
    doubled = m.nn.modules.module.register_module_parameter_registration_hook(
        lambda mod, name, p: m.nn.Parameter(m.ones(7)) if name == "bias" else None
    )
    with doubled:
        layer = m.nn.Linear(3, 2)
    return tuple(layer.bias.shape), layer.bias.requires_grad


# ---- hooks of the backward pass ------------------------------------------------------------------------------------


@program
def backward_hooks(m: Any) -> Any:
    model, log, x = net(m), [], data(m)
    model[0].register_full_backward_hook(lambda mod, gi, go: log.append(("0", gi, go)))
    model[2].register_full_backward_hook(lambda mod, gi, go: (gi[0] * 2,))
    model[2].register_full_backward_hook(lambda mod, gi, go: log.append(("2", gi, go)))
    model[2].register_full_backward_hook(lambda mod, gi, go: log.append("first"), prepend=True)
    model[1].register_full_backward_pre_hook(lambda mod, go: (go[0] * 3,))
    model[1].register_full_backward_pre_hook(lambda mod, go: log.append(("1", go)))
    (model(x) ** 2).sum().backward()
    return log, x.grad, [p.grad for p in model.parameters()]


@program
def backward_hooks_without_a_gradient_of_the_input(m: Any) -> Any:
    model, log = net(m), []
    handle = model[0].register_full_backward_hook(lambda mod, gi, go: log.append((gi, go)))
    with pytest.warns(UserWarning, match="no inputs require") if m is not picograd else contextlib.nullcontext():
        model(data(m, False)).sum().backward()
    handle.remove()
    model(data(m, False)).sum().backward()
    with m.no_grad():
        model[0].register_full_backward_hook(lambda mod, gi, go: log.append("never"))
        model(data(m))
    return log, [p.grad for p in model.parameters()]


@program
def backward_hooks_of_several_inputs_and_outputs(m: Any) -> Any:
    class Two(m.nn.Module):
        def forward(self, a: Any, n: int, b: Any, c: Any) -> Any:
            return a * n + b, "text", b * c

    log: list[Any] = []
    two = Two()
    two.register_full_backward_hook(lambda mod, gi, go: log.append((gi, go)))
    a, b, c = data(m), data(m), data(m, False)
    y, text, z = two(a, 2, b, c)
    (y.sum() + (z * z).sum()).backward()
    grads = plain([a.grad, b.grad])
    y, text, z = two(a, 2, b, c)
    z.sum().backward()  # y has no gradient
    return log, grads, text


@program
def the_grad_cam_pattern(m: Any) -> Any:
    model, kept = net(m), {}
    model[1].register_forward_hook(lambda mod, args, out: kept.update(activation=out))
    model[1].register_full_backward_hook(lambda mod, gi, go: kept.update(gradient=go[0]))
    model(data(m))[:, 0].sum().backward()
    weights = m.mean(kept["gradient"], dim=0, keepdim=True)
    return (weights * kept["activation"]).sum(1).clamp(min=0), kept["gradient"].abs().max(), kept["gradient"].shape[0]


@program
def backward_hooks_with_create_graph(m: Any) -> Any:
    model, log, x = net(m), [], data(m)
    model[0].register_full_backward_hook(lambda mod, gi, go: log.append(gi[0].requires_grad))
    (g,) = m.autograd.grad(model(x).sum(), x, create_graph=True)
    (second,) = m.autograd.grad((g * g).sum(), x)
    return log[:1], g, second


# ---- state_dict ----------------------------------------------------------------------------------------------------


def stateful(m: Any) -> Any:
    class Counter(m.nn.Module):
        _version = 3

        def __init__(self) -> None:
            super().__init__()
            self.weight = m.nn.Parameter(m.ones(2))
            self.count = 0

        def get_extra_state(self) -> Any:
            return {"count": self.count}

        def set_extra_state(self, state: Any) -> None:
            self.count = state["count"]

    return Counter


@program
def extra_state(m: Any) -> Any:
    class Plain(m.nn.Module):
        pass

    model = m.nn.Sequential(stateful(m)(), m.nn.Linear(1, 1))
    model[0].count = 5
    state = model.state_dict()
    other = m.nn.Sequential(stateful(m)(), m.nn.Linear(1, 1))
    result = [other.load_state_dict(state).missing_keys, other[0].count]
    del state["0._extra_state"]
    found = other.load_state_dict(state, strict=False)
    state["1._extra_state"] = 3
    more = other.load_state_dict(state, strict=False)
    for call in (Plain().get_extra_state, lambda: Plain().set_extra_state(1)):
        with pytest.raises(RuntimeError, match="extra_state"):
            call()
    return result, found.missing_keys, more.unexpected_keys, list(model.state_dict())


@program
def versions_are_in_the_metadata(m: Any) -> Any:
    state = m.nn.Sequential(stateful(m)(), m.nn.BatchNorm1d(2)).state_dict()
    seen: list[Any] = []

    class Reader(stateful(m)):
        def _load_from_state_dict(self, state_dict: Any, prefix: Any, local_metadata: Any, *more: Any) -> None:
            seen.append((prefix, local_metadata.get("version")))
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *more)

    m.nn.Sequential(Reader(), m.nn.BatchNorm1d(2)).load_state_dict(state)
    m.nn.Sequential(Reader(), m.nn.BatchNorm1d(2)).load_state_dict(dict(state))
    return {k: dict(v) for k, v in state._metadata.items()}, seen


@program
def old_batch_norms_had_no_count(m: Any) -> Any:
    state = dict(m.nn.BatchNorm1d(2).state_dict())
    del state["num_batches_tracked"]
    layer = m.nn.BatchNorm1d(2)
    layer(m.ones(3, 2))
    new = m.nn.BatchNorm1d(2).state_dict()
    del new["num_batches_tracked"]
    keys = m.nn.BatchNorm1d(2).load_state_dict(new, strict=False)
    return layer.load_state_dict(state).missing_keys, layer.num_batches_tracked, keys.missing_keys


@program
def hooks_of_state_dicts(m: Any) -> Any:
    model, log = net(m), []
    model.register_state_dict_pre_hook(lambda mod, prefix, keep: log.append(("pre", prefix, keep)))
    model[0].register_state_dict_post_hook(lambda mod, state, prefix, meta: (state.pop(prefix + "bias"), None)[1])
    model[2]._register_state_dict_hook(lambda mod, state, prefix, meta: log.append((prefix, meta["version"])))
    state = model.state_dict(prefix="net.", keep_vars=True)
    model[0]._register_load_state_dict_pre_hook(
        lambda state, prefix, meta, strict, missing, unexpected, errors: state.update(
            {prefix + "bias": m.zeros(3), prefix + "more": m.zeros(1)}
        )
    )
    model[2].register_load_state_dict_pre_hook(lambda mod, state, prefix, *more: log.append((prefix, len(state))))
    model.register_load_state_dict_post_hook(lambda mod, keys: (log.append(list(keys)), keys[1].clear())[1])
    found = model.load_state_dict({k.removeprefix("net."): v for k, v in state.items()})
    return log, list(state), found.missing_keys, model[0].bias


@program
def a_state_dict_hook_may_replace_the_dict(m: Any) -> Any:
    model = net(m)
    model._register_state_dict_hook(lambda mod, state, prefix, meta: {"model": len(state)})
    return model.state_dict()


@program
def modules_that_save_in_their_own_way(m: Any) -> Any:
    class Own(m.nn.Linear):
        def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
            super()._save_to_state_dict(destination, prefix, keep_vars)
            destination[prefix + "scale"] = m.tensor(2.0)

        def _load_from_state_dict(self, state_dict: Any, prefix: str, *args: Any) -> None:
            scale = state_dict.pop(prefix + "scale")
            super()._load_from_state_dict(state_dict, prefix, *args)
            with m.no_grad():
                self.weight *= scale  # what was loaded is there already

    model = m.nn.Sequential(Own(2, 2), m.nn.Tanh())
    state = model.state_dict()
    weight = state["0.weight"].clone()
    found = model.load_state_dict(state)
    return list(state), found.unexpected_keys, plain(model[0].weight / weight)


@program
def state_dict_s_older_arguments(m: Any) -> Any:
    destination: Any = OrderedDict()
    with pytest.warns(FutureWarning) if m is not picograd else contextlib.nullcontext():
        result = m.nn.Linear(1, 1).state_dict(destination, "fc.")
    return result is destination, list(result)


# ---- registration, access, copies ----------------------------------------------------------------------------------


@program
def submodules_by_path(m: Any) -> Any:
    model = net(m)
    model.set_submodule("2.0", m.nn.Identity())
    model.set_submodule("extra", m.nn.Tanh())
    model.get_submodule("2").set_submodule("new", m.nn.ReLU())
    for bad in (("", m.nn.Tanh()), ("2.0", 3), ("4.x", m.nn.Tanh())):
        with pytest.raises((ValueError, AttributeError)):
            model.set_submodule(*bad)
    with pytest.raises(AttributeError):
        model.set_submodule("absent", m.nn.Tanh(), strict=True)
    with pytest.raises(AttributeError):
        model[0].set_submodule("weight", m.nn.Tanh())
    return [(name, type(mod).__name__) for name, mod in model.named_modules()]


@program
def names_with_prefixes_and_duplicates(m: Any) -> Any:
    shared = m.nn.BatchNorm1d(2)
    model = m.nn.Sequential(shared, m.nn.Sequential(shared, m.nn.Linear(2, 2)))
    return (
        [
            [[name for name, _ in walk(prefix="net", remove_duplicate=flag)] for flag in (True, False)]
            for walk in (model.named_parameters, model.named_buffers, model.named_modules)
        ],
        [name for name, _ in model.named_children()],
        [n for n, _ in model.named_parameters("p", recurse=False)],
    )


@program
def conversions(m: Any) -> Any:
    model = m.nn.Sequential(m.nn.Linear(2, 2), m.nn.BatchNorm1d(2))
    log = []
    for change in (
        model.double, model.half, model.float, lambda: model.to(m.float64), lambda: model.to("cpu", m.float32),
        lambda: model.to(m.zeros(1, dtype=m.float64)), lambda: model.type(m.float32),
    ):  # fmt: skip
        assert change() is model
        log.append([str(v.dtype).removeprefix("torch.") for v in model.state_dict().values()])
    assert model.share_memory() is model and model.cpu() is model
    shapes = [tuple(p.shape) for p in model.to_empty(device="cpu").parameters()]
    return log, shapes


@program
def a_module_that_applies_to_more(m: Any) -> Any:
    class Wide(m.nn.Linear):
        def _apply(self, fn: Any, recurse: bool = True) -> Any:
            super()._apply(fn)
            self.table = fn(self.table)
            return self

    model = Wide(2, 2)
    model.table = m.ones(2)
    m.nn.Sequential(model).double()
    return str(model.table.dtype).removeprefix("torch."), str(model.weight.dtype).removeprefix("torch.")


@program
def several_base_classes(m: Any) -> Any:
    class Named:
        def __init__(self, name: str = "none") -> None:
            self.name = name

    class Both(m.nn.Module, Named):
        call_super_init = True

        def __init__(self) -> None:
            super().__init__(name="both")

    with pytest.raises(TypeError, match="argument"):
        m.nn.Module(3)
    return Both().name, m.nn.Module.dump_patches, m.nn.Module.call_super_init


@pytest.mark.parametrize("run", PROGRAMS, ids=lambda f: f.__name__)
def test_the_same_program(run: Callable[[Any], Any], torch: Any) -> None:
    assert plain(run(picograd)) == plain(run(torch))


# ---- what has no peer ----------------------------------------------------------------------------------------------


def double(x: Any) -> Any:
    return x * 2


def hook(module: Any, args: Any, out: Any) -> Any:
    return double(out)


def test_copies_keep_their_hooks_and_old_pickles_load() -> None:
    model = net(picograd)
    model.register_forward_hook(hook)
    x = data(picograd, False)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(twin(x).value, model(x).value)
        assert twin._forward_hooks is not model._forward_hooks
    state = dict(vars(model[0]))
    for name in list(state):
        if "hooks" in name:
            del state[name]
    old = nn.Linear.__new__(nn.Linear)
    old.__setstate__(state)
    np.testing.assert_array_equal(old(x).value, model[0](x).value)


def test_calls_look_for_hooks_from_the_first_one_on(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = nn.Identity(), data(picograd)
    model.register_forward_hook(hook)
    pickled = pickle.dumps(model)
    others = {
        "registered": lambda: nn.Identity().register_forward_hook(hook),
        "of all modules": lambda: nn.hooks.register_module_forward_hook(hook),
        "into the registry": lambda: operator.setitem(nn.Identity()._forward_hooks, 1, hook),
        "copied": lambda: copy.deepcopy(model),
        "unpickled": lambda: pickle.loads(pickled),
    }
    for how, bring in others.items():
        monkeypatch.setattr(nn.hooks, "in_use", False)
        assert model(x) is x
        brought = bring()
        assert nn.hooks.in_use, how
        np.testing.assert_array_equal(model(x).value, x.value * (4 if how == "of all modules" else 2))
        if isinstance(brought, nn.hooks.RemovableHandle):
            brought.remove()


def test_a_module_without_hooks_pays_nothing_for_them() -> None:
    model = net(picograd)
    assert model(data(picograd)).node.op.name == "sigmoid"  # no node of a hook's


def test_there_is_no_other_device() -> None:
    for method in ("cuda", "xpu", "ipu", "mtia"):
        with pytest.raises((RuntimeError, AssertionError), match=f"{method}.*only device"):
            getattr(nn.Linear(1, 1), method)()


class Half(nn.Linear):
    """Loads at once, as a class with its own way does."""

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *args: Any) -> None:
        super()._load_from_state_dict(state_dict, prefix, *args)
        if prefix == "1.":
            args[-1].append("1 refuses")


@pytest.mark.parametrize("assign", [False, True])
def test_a_load_that_fails_is_undone(assign: bool) -> None:
    model = nn.Sequential(Half(2, 2), Half(2, 2), nn.Linear(2, 2))
    before = {k: v.value.copy() for k, v in model.state_dict().items()}
    arrays = [p.value for p in model.parameters()]
    with pytest.raises(RuntimeError, match="1 refuses; nothing was loaded"):
        model.load_state_dict({k: v + 1 for k, v in before.items()}, assign=assign)
    for (name, value), array in zip(model.state_dict().items(), arrays, strict=True):
        np.testing.assert_array_equal(value.value, before[name])
        assert value.value is array


@pytest.mark.parametrize(
    ("register", "call", "words"),
    [
        ("register_full_backward_hook", lambda mod, gi, go: (gi[0], gi[0]), "it returned 2 gradients for 1"),
        ("register_full_backward_pre_hook", lambda mod, go: (), "it returned 0 gradients for 1"),
        ("register_state_dict_post_hook", lambda *a: 3, "state_dict post-hook: it returned something"),
        ("register_load_state_dict_post_hook", lambda *a: 3, "load_state_dict post-hook: it returned something"),
    ],
)
def test_hooks_that_return_what_they_should_not(register: str, call: Any, words: str) -> None:
    model = net(picograd)
    getattr(model, register)(call)

    def use() -> None:
        model.load_state_dict(model.state_dict())
        model(data(picograd)).sum().backward()

    with pytest.raises(RuntimeError, match=words):
        use()


def test_a_backward_hook_without_gradient_of_the_input_may_return_none_only() -> None:
    model = net(picograd)
    model.register_full_backward_hook(lambda mod, gi, go: (go[0],))
    with pytest.raises(RuntimeError, match="whose arguments have no gradient: it returned one"):
        model(data(picograd, False)).sum().backward()


def test_an_always_called_hook_that_fails_too_is_a_warning() -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("hook broke")

    model = nn.Linear(3, 1)
    model.register_forward_hook(broken, always_call=True)
    with pytest.warns(UserWarning, match="always_call=True: hook broke"), pytest.raises(ValueError, match="linear"):
        model(picograd.ones(2, 4))


# ---- what subclasses and copied sources reach for ------------------------------------------------------------------


def blocks(m: Any) -> Any:
    """Transformer layers whose steps are overridden, as programs do."""

    class Encoder(m.nn.TransformerEncoderLayer):
        def _sa_block(self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
            return super()._sa_block(x, attn_mask, key_padding_mask, is_causal) * 2

        def _ff_block(self, x: Any) -> Any:
            return super()._ff_block(x) - 1

    class Decoder(m.nn.TransformerDecoderLayer):
        def _mha_block(self, x: Any, mem: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
            return super()._mha_block(x, mem, attn_mask, key_padding_mask, is_causal) * 3

    log = []
    for norm_first in (False, True):
        layers = [kind(4, 2, 8, dropout=0.0, norm_first=norm_first).double() for kind in (Encoder, Decoder)]
        for layer in layers:
            for k, p in enumerate(layer.parameters()):
                p.data.copy_(m.tensor(np.cos(np.arange(p.numel()) ** 2 + k).reshape(tuple(p.shape))))
        x = data(m).reshape(3, 1, 4)
        memory = layers[0](x)
        y = layers[1](x, memory)
        y.sin().sum().backward()
        log += [memory, y, [p.grad for p in layers[0].parameters()]]
        log += [type(layers[0].self_attn.out_proj).__name__]
    return log


def normalised_recurrences(m: Any) -> Any:
    """Weights of an LSTM that are computed from others."""
    lstm = m.nn.LSTM(4, 3, batch_first=True).double()
    for k, p in enumerate(lstm.parameters()):
        p.data.copy_(m.tensor(np.cos(np.arange(p.numel()) ** 2 + k).reshape(tuple(p.shape))))
    m.nn.utils.parametrizations.weight_norm(lstm, "weight_hh_l0")
    out, _ = lstm(data(m).reshape(1, 3, 4))
    out.sin().sum().backward()
    names = [n for n, _ in lstm.named_parameters()]
    return out, names, plain([p.grad for p in lstm.parameters()])


def helpers_of_attention(m: Any) -> Any:
    """What copies of PyTorch's attention call in nn.functional."""
    F = m.nn.functional
    x = data(m)
    mask = m.tensor([[True, False, True]])
    w = m.tensor(np.sin(np.arange(48.0)).reshape(12, 4))
    added = F._canonical_mask(mask, "mask", F._none_or_dtype(None), "other", x.dtype)
    packed = F._in_projection_packed(x, x, x, w, m.arange(12.0, dtype=m.float64))
    for call in (lambda: F._none_or_dtype(3), lambda: F._canonical_mask(m.tensor([1]), "mask", None, "", x.dtype)):
        with pytest.raises((RuntimeError, AssertionError), match=r"_none_or_dtype|only bool and floating"):
            call()
    return [
        (added == 0), F._canonical_mask(added, "mask", None, "", x.dtype) is added, F._canonical_mask(
            None, "mask", None, "", x.dtype), list(packed), F._in_projection(x, x, x, w[:4], w[4:8], w[8:]),
        [F._get_softmax_dim("softmax", n, 3) for n in range(5)] if m is picograd else [0, 0, 1, 0, 1],
        [F._Reduction.get_enum(r) for r in ("none", "mean", "sum")], F._Reduction.legacy_get_string(None, False, False),
        F._Reduction.legacy_get_enum(False, None, False), m.nn.modules.transformer._get_activation_fn("relu") is F.relu,
        len(m.nn.modules.transformer._get_clones(m.nn.Linear(1, 1), 3)),
        m.nn.modules.rnn.apply_permutation(x, m.tensor([2, 0, 1, 3])) if m is picograd else x[:, [2, 0, 1, 3]],
    ]  # fmt: skip


def subclasses(m: Any) -> Any:
    """Layers that programs derive from PyTorch's own."""
    nn, F = m.nn, m.nn.functional

    class Standardised(nn.Conv2d):
        def forward(self, x: Any) -> Any:
            w = self.weight
            w = (w - w.mean(dim=(1, 2, 3), keepdim=True)) / (w.std(dim=(1, 2, 3), keepdim=True) + 1e-5)
            x = F.pad(x, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            return F.conv2d(x, w, self.bias, self.stride, 0, self.dilation, self.groups)

    class Mine(nn.modules.conv._ConvNd):
        def __init__(self, i: int, o: int, k: int) -> None:
            pair = nn.modules.utils._pair
            super().__init__(i, o, pair(k), pair(1), pair(1), pair(1), False, pair(0), 1, True, "zeros")

        def forward(self, x: Any) -> Any:
            return F.conv2d(x, self.weight * 2, self.bias, self.stride, self.padding)

    class Up(nn.ConvTranspose1d):
        def forward(self, x: Any, output_size: Any = None) -> Any:
            more = self._output_padding(x, output_size, self.stride, self.padding, self.kernel_size, 1, self.dilation)
            return F.conv_transpose1d(x, self.weight, self.bias, self.stride, self.padding, more)

    class Norm(nn.modules.batchnorm._BatchNorm):
        def _check_input_dim(self, input: Any) -> None:
            log.append(input.dim())

    class Flat(nn.LSTM):
        def sizes(self) -> Any:
            return [tuple(w.shape) for w in self._flat_weights], self._flat_weights_names, self._all_weights

    log: list[Any] = []
    x = m.tensor(np.sin(np.arange(96.0)).reshape(2, 2, 4, 6))
    for layer in (
        Standardised(2, 3, 3, padding=1, padding_mode="reflect"),
        Standardised(2, 3, (3, 2), padding="same", padding_mode="circular"),
        Mine(2, 3, 3),
        Norm(2),
    ):
        layer.double()
        for k, p in enumerate(layer.parameters()):
            p.data.copy_(m.tensor(np.cos(np.arange(p.numel()) ** 2 + k).reshape(tuple(p.shape))))
        log += [layer(x), [tuple(p.shape) for p in layer.parameters()]]
        if isinstance(layer, nn.Conv2d):
            log += [list(layer._reversed_padding_repeated_twice)]
    up = Up(2, 3, 3, stride=2).double()
    log += [tuple(up(x[:, :, 0], [14]).shape), tuple(up(x[:, :, 0]).shape)]
    log += [Flat(2, 3, 2, bidirectional=True, proj_size=2).sizes(), Flat(2, 3, bias=False).sizes()]
    chain = nn.Sequential(nn.Tanh(), nn.Sigmoid())
    chain *= 2
    log += [len(chain), len(chain * 2), len(3 * chain), chain(x)]
    for times, error in ((0, ValueError), (1.5, TypeError)):
        with pytest.raises(error):
            chain * times
    with pytest.warns(FutureWarning, match="keyword argument `min_value` is deprecated and renamed to `min_val`"):
        log += [nn.Hardtanh(min_value=-0.5)(x)]
    with pytest.warns(FutureWarning, match="keyword argument `max_value` is deprecated and renamed to `max_val`"):
        log += [nn.Hardtanh(max_value=0.5)(x)]
    return [*log, isinstance(nn.ReLU6(), nn.Hardtanh), nn.RMSNorm(6).double()(x=x)]


@pytest.mark.parametrize(
    "run", [blocks, normalised_recurrences, helpers_of_attention, subclasses], ids=lambda f: f.__name__
)
def test_what_subclasses_reach_for(run: Callable[[Any], Any], torch: Any) -> None:
    assert plain(run(picograd)) == plain(run(torch))
    with pytest.raises(ValueError, match="average is not a valid value for reduction"):
        nn.functional._Reduction.get_enum("average")
    with pytest.warns(UserWarning, match="please use reduction='sum'"):
        assert nn.functional._Reduction.legacy_get_string(False, None) == "sum"

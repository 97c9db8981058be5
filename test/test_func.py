"""picograd.func and autograd.functional against PyTorch's: the same text runs with either library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, func, nn
from picograd.autograd import functional, grad, no_grad

rng = np.random.default_rng(0)
X, Y, V = (rng.uniform(0.5, 1.5, 3) for _ in range(3))
M = rng.uniform(0.5, 1.5, (2, 3))


def tree(result: Any) -> Any:
    """The arrays of a nested result, in its structure."""
    if isinstance(result, dict):
        return {key: tree(part) for key, part in result.items()}
    if isinstance(result, tuple | list):
        return [tree(part) for part in result]
    return result.value if isinstance(result, Tensor) else result.detach().numpy()


def same(ours: Any, theirs: Any) -> None:
    """Equal structures, shapes, dtypes and numbers."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        ours, theirs = list(ours.values()), list(theirs.values())
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            same(mine, other)
        return
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, 1e-9, 1e-12)


def requires(result: Any) -> list[bool]:
    """Whether each Tensor of a nested result has a graph."""
    return [x.requires_grad for x in func.tree.leaves(result)]


# Each text is a function of m (the library), F (its func), A (its autograd.functional), arrays as Tensors x, y, v (3,)
# and w (2, 3), and f: vector -> number, g: vector -> vector.
TRANSFORMS = [
    "F.grad(f)(x)",
    "F.grad(lambda x: F.grad(f)(x).sum())(x)",
    "F.grad(lambda x: F.grad(lambda x: F.grad(f)(x).sum())(x).sum())(x)",
    "F.grad(lambda x: F.grad(lambda y: f(x * y))(x * 2).sum())(x)",
    "F.grad(lambda x, y: f(x * y), argnums=1)(x, y)",
    "F.grad(lambda x, y: f(x * y), argnums=(0, 1))(x, y)",
    "F.grad(lambda x, y: f(x * y), argnums=-1)(x, y)",
    "F.grad(lambda x: f(y))(x)",
    "F.grad(lambda d: f(d['a'] * d['b'][0]))({'a': x, 'b': (y, v)})",
    "F.grad(lambda x: (f(x), {'more': x * 2}), has_aux=True)(x)",
    "F.grad(lambda x, scale: f(x) * scale)(x, scale=2.0)",
    "F.vjp(g, x)[0]",
    "F.vjp(g, x)[1](v)",
    "F.vjp(lambda x, y: (g(x), {'k': x * y}), x, y)[1]((v, {'k': y}))",
    "F.vjp(lambda x: (g(x), x), x, has_aux=True)[2]",
    "F.grad(lambda v: F.vjp(g, x)[1](v)[0].sum())(v)",
    "F.grad(lambda x: (F.vjp(g, x)[1](v)[0] ** 2).sum())(x)",
    "F.jvp(g, (x,), (v,))",
    "F.jvp(lambda x, y: (x * y, g(y)), (x, y), (v, x))",
    "F.jvp(lambda x: (g(x), x), (x,), (v,), has_aux=True)",
    "F.grad(lambda x: F.jvp(f, (x,), (x * 2,))[1])(x)",
    "F.jvp(F.grad(f), (x,), (v,))",
    "F.jvp(lambda x: F.jvp(f, (x,), (v,))[1], (x,), (v,))",
    "F.jacrev(g)(x)",
    "F.jacfwd(g)(x)",
    "F.jacrev(lambda x, y: (x.sum(), w @ (x * y)), argnums=(0, 1))(x, y)",
    "F.jacfwd(lambda x, y: (x.sum(), w @ (x * y)), argnums=(0, 1))(x, y)",
    "F.jacrev(lambda x: (g(x), x), has_aux=True)(x)",
    "F.jacfwd(lambda x: (g(x), x), has_aux=True)(x)",
    "F.jacrev(lambda d: {'r': d['a'] * y})({'a': x})",
    "F.jacrev(F.jacrev(g))(x)",
    "F.jacfwd(F.jacrev(g))(x)",
    "F.jacrev(F.jacfwd(g))(x)",
    "F.jacfwd(F.jacfwd(g))(x)",
    "F.hessian(f)(x)",
    "F.hessian(lambda x, y: f(x * y), argnums=(0, 1))(x, y)",
    "F.grad(lambda x: (F.hessian(f)(x) ** 2).sum())(x)",
    "F.vmap(f)(w)",
    "F.vmap(lambda a, b: m.dot(a, b), in_dims=(0, None))(w, x)",
    "F.vmap(lambda a, b: a * b, in_dims=(1, 0), out_dims=1)(w, x)",
    "F.vmap(lambda a: (a.sum(), a * 2), out_dims=(0, 1))(w)",
    "F.vmap(lambda d: d['p'] * d['q'], in_dims=({'p': 0, 'q': None},))({'p': w, 'q': x})",
    "F.vmap(F.vmap(lambda a: m.sin(a) * a))(w)",
    "F.vmap(F.vmap(lambda a, b: a * b, in_dims=(0, None)), in_dims=(None, 0))(x, y)",
    "F.vmap(F.grad(f))(w)",
    "F.vmap(F.grad(lambda z: m.sin(z) * z))(x)",
    "F.grad(lambda w: F.vmap(F.grad(f))(w).sum())(w)",
    "F.vmap(lambda a, scale: a * scale)(w, scale=m.stack([x, y]))",
    "F.vmap(F.jacrev(g))(w)",
    "F.vmap(f, chunk_size=1)(w)",
    "m.vmap(f)(w)",
    "F.vmap(lambda a: F.vmap(lambda b: b * a.sum())(a), in_dims=1)(w)",
    "F.vmap(lambda a: F.jvp(g, (a,), (a * 2,))[1])(w)",
    "F.vmap(lambda a: F.vjp(g, a)[1](a)[0])(w)",
    "F.vmap(F.hessian(f))(w)",
    "F.vmap(lambda a, d: a + d['k'], in_dims=(0, {'k': 1}))(w, {'k': w.T})",
    "F.vmap(lambda a: (a, {'s': a.sum()}), out_dims=(1, 0))(w)",
    "F.grad(lambda w: F.vmap(F.vmap(lambda a: m.sin(a) * a))(w).sum())(w)",
    "F.hessian(lambda w: F.vmap(f)(w).sum())(w)",
    "F.hessian(lambda w: F.vmap(f, in_dims=1)(w).sum())(w)",
    "F.linearize(g, x)[0]",
    "F.linearize(g, x)[1](v)",
    "F.linearize(lambda x, y: (x * y, {'k': g(y)}), x, y)[1](v, x)",
    "F.jvp(g, (x,), (v,), strict=True)",
    "F.jacrev(g, chunk_size=2)(x)",
    "F.jacfwd(g, randomness='same')(x)",
    "F.jacfwd(lambda x: (g(x), x), 0, True)(x)",
    "F.functionalize(g)(x)",
    "F.jacrev(F.vmap(f))(w)",
    "A.jacobian(g, x)",
    "A.jacobian(lambda x, y: (x.sum(), w @ (x * y)), (x, y))",
    "A.jacobian(lambda x, y: (x.sum(), w @ (x * y)), (x, y), vectorize=True)",
    "A.jacobian(g, x, vectorize=True, strategy='forward-mode')",
    "A.hessian(f, x)",
    "A.hessian(lambda x, y: f(x * y), (x, y))",
    "A.hessian(lambda x, y: f(x) + f(y), (x, y))",
    "A.vjp(g, x, v)",
    "A.vjp(f, x)",
    "A.vjp(lambda x, y: (x * y, x), (x, y), (v, x))",
    "A.jvp(g, x, v)",
    "A.jvp(lambda x, y: (x * y, x), (x, y), (v, x))",
    "A.hvp(f, x, v)",
    "A.vhp(f, x, v)",
    "A.hvp(lambda x, y: f(x * y), (x, y), (v, x))",
    "A.vhp(lambda x, y: f(x * y), (x, y), (v, x))",
]


def run(text: str, m: Any, functions: Any, leaf: Callable[[Any], Any]) -> Any:
    def f(x: Any) -> Any:
        return (m.sin(x) * x**2).sum() * m.exp(x[0])

    def g(x: Any) -> Any:
        return m.sin(x) * x * x[0]

    scope = {"m": m, "F": functions, "A": m.autograd.functional if m is not picograd else functional, "f": f, "g": g}
    return eval(text, scope | {"x": leaf(X), "y": leaf(Y), "v": leaf(V), "w": leaf(M)})


@pytest.fixture
def peer(torch: Any) -> Any:
    return torch.func


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", TRANSFORMS)
def test_against_pytorch(text: str, torch: Any, peer: Any) -> None:
    ours = run(text, picograd, func, lambda a: Tensor(a, requires_grad=False))
    same(tree(ours), tree(run(text, torch, peer, torch.from_numpy)))
    assert not any(requires(ours))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "text", [text for text in TRANSFORMS if text[0] == "F" and "aux" not in text and "linearize" not in text]
)
def test_derivatives_of_results(text: str, torch: Any, peer: Any) -> None:
    """A transform of leaves that require a gradient can be differentiated by the recording around it."""

    def gradients(m: Any, functions: Any, leaf: Any) -> list[Any]:
        leaves = []

        def kept(a: Any) -> Any:
            leaves.append(leaf(a))
            return leaves[-1]

        results = [y for y in func.tree.leaves(run(text, m, functions, kept)) if y.requires_grad]
        if not results:
            return []
        total = sum((y * y).sum() for y in results)
        return [None if h is None else tree(h) for h in m.autograd.grad(total, leaves, allow_unused=True)]

    ours = gradients(picograd, func, Tensor)
    theirs = gradients(torch, peer, lambda a: torch.from_numpy(a).requires_grad_())
    for mine, other in zip(ours, theirs, strict=True):
        zeros = np.zeros(())
        np.testing.assert_allclose(zeros if mine is None else mine, zeros if other is None else other, 1e-7, 1e-9)


def test_value_and_grad() -> None:
    value, (gx, gy) = func.value_and_grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(Tensor(X), Tensor(Y))
    assert value.item() == pytest.approx((X * Y).sum())
    same([gx.value, gy.value], [Y, X])
    (value, aux), g = func.value_and_grad(lambda x: ((x * x).sum(), "more"), has_aux=True)(Tensor(X))
    assert aux == "more"
    np.testing.assert_allclose(g.value, 2 * X)


def test_what_is_recorded_around() -> None:
    w = Tensor(Y)

    def f(x: Any) -> Any:
        return (x * x * w).sum()

    x = Tensor(X, requires_grad=False)
    gradient = func.grad(f)(x)
    assert gradient.requires_grad  # w has a gradient, and the function uses it
    (h,) = grad(gradient.sum(), w)
    np.testing.assert_allclose(h.value, 2 * X)
    with no_grad():
        plain = func.grad(f)(x)
    assert not plain.requires_grad
    np.testing.assert_allclose(plain.value, gradient.value)
    assert not x.requires_grad and w._grad is None


@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "hvp", "vhp"])
def test_create_graph(name: str) -> None:
    def f(x: Any) -> Any:
        return (x**3).sum()

    x = Tensor(X)
    arguments = (f, x) if name in ("jacobian", "hessian", "vjp") else (f, x, Tensor(V, requires_grad=False))
    for create in (False, True):
        result = getattr(functional, name)(*arguments, create_graph=create)
        results = result if isinstance(result, tuple) else (result,)
        assert [y.requires_grad for y in results] == [create] * len(results)
    expected = {"jacobian": 6 * X, "hessian": 6 + 0 * X, "vjp": 6 * X, "jvp": 6 * X * V, "hvp": 6 * V, "vhp": 6 * V}
    np.testing.assert_allclose(grad(results[-1].sum(), x)[0].value, expected[name])


def test_strict() -> None:
    def f(x: Any, y: Any) -> Any:
        return (x * x).sum()

    inputs = (Tensor(X), Tensor(Y))
    for name in ("jacobian", "hessian", "vjp", "hvp", "vhp"):
        arguments = (f, inputs, inputs) if name in ("hvp", "vhp") else (f, inputs)
        getattr(functional, name)(*arguments)
        with pytest.raises(RuntimeError, match=rf"{name}: .*independent of .*, and strict=True; .*strict=False"):
            getattr(functional, name)(*arguments, strict=True)
    with pytest.raises(RuntimeError, match=r"jvp: output 0: it is independent of the other side, and strict=True"):
        functional.jvp(lambda x: Tensor(X) * 1, Tensor(X), Tensor(V), strict=True)


# ---- vmap ----------------------------------------------------------------------------------------------------------


def test_vmap_random_numbers() -> None:
    def noisy(x: Any) -> Any:
        return x + picograd.rand(2)

    x = picograd.zeros(4, 2)
    different = func.vmap(noisy, randomness="different")(x).value
    assert len({tuple(row) for row in different}) == 4
    same_ = func.vmap(noisy, randomness="same")(x).value
    assert len({tuple(row) for row in same_}) == 1
    state = picograd.default_generator.get_state()
    with pytest.raises(RuntimeError, match=r"vmap: random numbers inside the function: .*; pass randomness="):
        func.vmap(noisy)(x)
    first = picograd.rand(1).item()
    picograd.default_generator.set_state(state)
    assert picograd.rand(1).item() == first


# ---- functional_call -----------------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
        self.b.weight = self.a.weight
        self.register_buffer("steps", picograd.zeros(1))

    def forward(self, x: Any, scale: float = 1.0) -> Any:
        self.steps = self.steps + 1
        if x.shape[-1] != 3:
            raise ValueError("net: wrong")
        return self.b(self.a(x)) * scale + self.steps


def test_functional_call() -> None:
    net = Net()
    x = picograd.randn(2, 3)
    before = {path: (t, t.value.copy()) for path, t in (*net.named_parameters(), *net.named_buffers())}
    weight = picograd.randn(3, 3)
    y = func.functional_call(net, {"a.weight": weight, "steps": picograd.ones(1)}, x, {"scale": 2.0})
    hidden = x.value @ weight.value.T + net.a.bias.value
    expected = 2 * (hidden @ weight.value.T + net.b.bias.value) + 2
    np.testing.assert_allclose(y.value, expected, 1e-5)
    untied = func.functional_call(net, [{"a.weight": weight}, {"steps": picograd.ones(1)}], (x,), tie_weights=False)
    assert not np.allclose(untied.value * 2 - 2, y.value)
    with pytest.raises(ValueError, match="net: wrong"):
        func.functional_call(net, {"a.weight": weight}, picograd.ones(2, 4))
    for path, (tensor, value) in before.items():
        now = dict((*net.named_parameters(), *net.named_buffers()))[path]
        assert now is tensor
        np.testing.assert_array_equal(now.value, value)


def test_functional_call_is_differentiable(torch: Any) -> None:
    ours, theirs = nn.Linear(3, 2), torch.nn.Linear(3, 2)
    theirs.load_state_dict({k: torch.from_numpy(v.value) for k, v in ours.state_dict().items()})
    x = rng.standard_normal((4, 3)).astype(np.float32)

    def per_sample(m: Any, functions: Any, net: Any, x: Any) -> Any:
        parameters = {k: p.detach() for k, p in net.named_parameters()}

        def loss(parameters: Any, x: Any) -> Any:
            return (functions.functional_call(net, parameters, (x,)) ** 2).sum()

        return functions.vmap(functions.grad(loss), in_dims=(None, 0))(parameters, x)

    mine = per_sample(picograd, func, ours, picograd.tensor(x))
    other = per_sample(torch, torch.func, theirs, torch.from_numpy(x))
    for key in other:
        np.testing.assert_allclose(mine[key].value, other[key].numpy(), 1e-4, 1e-5)


class Tanh(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.second(picograd.tanh(self.first(x)))


def test_per_sample_gradients(torch: Any) -> None:
    """vmap(grad(loss)) over a batch is a loop of backward passes, and PyTorch's numbers."""
    net = Tanh()
    x = rng.standard_normal((5, 3)).astype(np.float32)
    target = np.array([0, 1, 1, 0, 1])

    class Other(torch.nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)

        def forward(self, x: Any) -> Any:
            return self.second(torch.tanh(self.first(x)))

    other = Other()
    other.load_state_dict({name: torch.tensor(p.value) for name, p in net.state_dict().items()})

    def gradients(m: Any, functions: Any, module: Any) -> Any:
        parameters = {name: p.detach() for name, p in module.named_parameters()}

        def loss(parameters: Any, x: Any, target: Any) -> Any:
            out = functions.functional_call(module, (parameters, {}), (x.unsqueeze(0),))
            return m.nn.functional.cross_entropy(out, target.unsqueeze(0))

        per_sample = functions.vmap(functions.grad(loss), in_dims=(None, 0, 0))
        return per_sample(parameters, m.tensor(x), m.tensor(target))

    mine, theirs = gradients(picograd, func, net), gradients(torch, torch.func, other)
    for name, g in theirs.items():
        np.testing.assert_allclose(mine[name].value, g.numpy(), rtol=2e-5, atol=1e-6)
    whole = nn.functional.cross_entropy(net(picograd.tensor(x)), picograd.tensor(target), reduction="sum")
    whole.backward()
    for name, p in net.named_parameters():
        np.testing.assert_allclose(mine[name].value.sum(0), p.grad, rtol=1e-4, atol=1e-5)


def test_linearize_is_differentiable_and_runs_once() -> None:
    calls = []

    def g(x: Any) -> Any:
        calls.append(1)
        return picograd.sin(x) * x

    x, v = Tensor(X), Tensor(V)
    out, push = func.linearize(g, x)
    first, second = push(v), push(v * 2)
    assert len(calls) == 1 and out.requires_grad
    slope = np.cos(X) * X + np.sin(X)
    np.testing.assert_allclose(first.value, slope * V)
    np.testing.assert_allclose(second.value, 2 * slope * V)
    np.testing.assert_allclose(grad(second.sum(), v, retain_graph=True)[0].value, 2 * slope)
    np.testing.assert_allclose(grad(first.sum(), x)[0].value, (2 * np.cos(X) - X * np.sin(X)) * V)
    with pytest.raises(RuntimeError, match=r"linearize: tangent of shape \(2,\) where \(3,\) is expected: they"):
        push(picograd.ones(2))


def test_vmap_is_not_quadratic() -> None:
    """A recorded backward through n slices makes one stack of them, not n gradients of the whole shape."""
    import tracemalloc

    x = Tensor(np.ones((1000, 1000)))
    out = func.vmap(lambda row: (row**2).sum())(x).sum()
    tracemalloc.start()
    (g,) = grad(out, x, create_graph=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * x.nbytes  # n of them are 1000 times that
    np.testing.assert_array_equal(g.value, 2 * x.value)


def test_batch_norms_without_statistics() -> None:
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Sequential(nn.BatchNorm2d(2)), nn.Linear(3, 3))
    assert func.replace_all_batch_norm_modules_(net) is net
    assert net[0].running_mean is None and net[1][0].num_batches_tracked is None and not net[0].track_running_stats
    x = picograd.randn(4, 3)
    net[0].eval()
    np.testing.assert_allclose(net[0](x).value.mean(0), 0, atol=1e-6)


def test_the_other_names(torch: Any) -> None:
    assert [name for name in torch.func.__all__ if not hasattr(func, name)] == []
    x = picograd.ones(2)
    assert func.debug_unwrap(x) is x
    with pytest.raises(NotImplementedError, match=r"picograd.func.rearrange: einops does it"):
        func.rearrange(x, "a -> a 1")


def test_ensemble() -> None:
    nets = [nn.Linear(3, 2) for _ in range(4)]
    parameters, buffers = func.stack_module_state(nets)
    assert parameters["weight"].shape == (4, 2, 3) and parameters["weight"].requires_grad and not buffers
    x = picograd.randn(5, 3)
    outs = func.vmap(lambda p: func.functional_call(nets[0], p, x))(parameters)
    for net, out in zip(nets, outs, strict=True):
        np.testing.assert_allclose(net(x).value, out.value, 1e-5, 1e-6)


def t(*shape: int) -> Tensor:
    return picograd.ones(*shape)


BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: func.grad(lambda x: x)(t(2)), RuntimeError, r"grad: the function returned shape \(2,\): .*; sum\(\) or"),
    (lambda: func.grad(lambda x: 1.0)(t(2)), RuntimeError, r"grad: the function returned float: it must be a scalar"),
    (lambda: func.grad(lambda x: x.sum(), has_aux=True)(t(2)), RuntimeError, r"grad: the function returned Tensor: "),
    (lambda: func.grad(lambda x: x.sum(), argnums=1)(t(2)), RuntimeError, r"grad: argnums 1 of 1 arguments: "),
    (lambda: func.grad(lambda x: x)(1.0), TypeError, r"grad: a float to be differentiated by: it must be a Tensor; "),
    (lambda: func.grad(lambda x: x)(t(2).long()), TypeError, r"grad: a Tensor of int64 to be differentiated by: "),
    (lambda: func.vjp(lambda x: x, t(2))[1](t(3)), RuntimeError, r"vjp: cotangent of shape \(3,\) where \(2,\) is"),
    (lambda: func.jvp(lambda x: x, t(2), t(2)), RuntimeError, r"jvp: primals Tensor and tangents Tensor: they must be"),
    (lambda: func.jvp(lambda x: x, (t(2),), (t(3),)), RuntimeError, r"jvp: tangent of shape \(3,\) where \(2,\) is"),
    (lambda: func.vmap(abs, randomness="some"), RuntimeError, r"vmap: randomness 'some': it is unknown; give 'error'"),
    (lambda: func.vmap(abs, in_dims=(0, 0))(t(2)), ValueError, r"vmap: in_dims \(0, 0\): it doesn't fit the 1 values"),
    (lambda: func.vmap(abs, in_dims=1)(t(2)), ValueError, r"vmap: in_dims 1 for shape \(2,\): there is no such axis; "),
    (lambda: func.vmap(abs)(1.0), ValueError, r"vmap: in_dims 0 for a float: there is no such axis; give None"),
    (lambda: func.vmap(abs, in_dims=None)(t(2)), ValueError, r"vmap: no axis to map over: there must be one size; "),
    (lambda: func.vmap(lambda a, b: a)(t(2), t(3)), ValueError, r"vmap: sizes \[2, 3\] to map over: there must be one"),
    (lambda: func.vmap(abs, chunk_size=0), ValueError, r"vmap: chunk_size 0: it counts slices; give 1 or more, or"),
    (lambda: func.jvp(lambda x: t(2), (t(2),), (t(2),), strict=True), RuntimeError,
     r"jvp: result 0 of the function: it depends on no primal, and strict=True; check"),
    (lambda: func.functionalize(abs, remove="all"), RuntimeError, r"functionalize: remove 'all': it is unknown; give"),
    (lambda: func.vmap(abs)(t(0)), ValueError, r"vmap: a batch of 0: "),
    (lambda: func.vmap(lambda x: 1.0)(t(2)), ValueError,
     r"vmap: the function returned a float: results must be Tensors"),
    (lambda: func.functional_call(Net(), {"c": t(1)}, t(2, 3)), ValueError,
     r"functional_call: \['c'\]: the module has"),
    (lambda: func.functional_call(Net(), [{"steps": t(1)}, {"steps": t(1)}], t(2, 3)), ValueError,
     r"functional_call: \['steps'\]: a path in two of the dicts; give it once"),
    (lambda: func.functional_call(Net(), {"steps": 1.0}, t(2, 3)), TypeError, r"functional_call: 'steps': a float: "),
    (lambda: func.functional_call(Net(), {"steps": t(1)}, t(2, 3), strict=True), RuntimeError,
     r"functional_call: \['a.bias', 'a.weight', 'b.bias', 'b.weight'\] not given, and strict=True; "),
    (lambda: func.stack_module_state([]), RuntimeError, r"stack_module_state: no models: "),
    (lambda: func.stack_module_state([nn.Linear(1, 1), Net()]), RuntimeError, r"stack_module_state: Linear, Net: "),
    (lambda: functional.vjp(lambda x: x, t(2)), RuntimeError, r"vjp: no v for outputs of shape \(2,\): only for one"),
    (lambda: functional.jvp(lambda x: x, t(2), t(3)), RuntimeError,
     r"jvp: v of shape \(3,\) for inputs of shape \(2,\)"),
    (lambda: functional.hessian(lambda x: x, t(2)), RuntimeError,
     r"hessian: <lambda> returned shape \(2,\): it must be"),
    (lambda: functional.jacobian(lambda x: 1.0, t(2)), TypeError, r"jacobian: a float among the results of <lambda>: "),
    (lambda: functional.jacobian(abs, [1.0]), TypeError, r"jacobian: a float among the inputs: it must be a Tensor"),
    (lambda: functional.jacobian(abs, t(2), strategy="both"), ValueError,
     r"jacobian: strategy 'both': it is unknown; "),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), BAD, ids=[message[:40] for *_, message in BAD])
def test_mistakes(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert ": " in str(caught.value)

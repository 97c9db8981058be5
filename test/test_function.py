"""Function: ops of one's own; and `backward` of several Tensors, Variable, inference_mode, checkpoint."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import numpy as np
import pytest

import picograd
from picograd import Tensor, nn
from picograd.autograd import grad, gradcheck, gradgradcheck, inference_mode, no_grad
from picograd.autograd.backward import Variable, backward
from picograd.autograd.function import Function, once_differentiable
from picograd.utils.checkpoint import checkpoint, checkpoint_sequential

rng = np.random.default_rng(0)


def real(*shape: int) -> Tensor:
    return Tensor(rng.uniform(0.5, 1.5, shape))


class Exp(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (y,) = ctx.saved_tensors
        return g * y


class Scaled(Function):
    """x y k and x + y: two outputs, an argument that is no Tensor, inputs and an output saved."""

    @staticmethod
    def forward(x: Any, y: Any, k: float) -> Any:
        return x * y * k, x + y

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        x, y, ctx.k = inputs
        ctx.save_for_backward(x, y, None, output[0])

    @staticmethod
    def backward(ctx: Any, a: Any, b: Any) -> Any:
        x, _, nothing, product = ctx.saved_tensors
        assert nothing is None
        return a * product / x + b, a * x * ctx.k + b, None


CONSTANT = real(2, 3).detach()
FUNCTIONS = {
    "one output": lambda x, y: Exp.apply(x * y),
    "both": lambda x, y: Scaled.apply(x, y, 3.0),
    "the first": lambda x, y: Scaled.apply(x, y, 3.0)[0],
    "the second": lambda x, y: Scaled.apply(x, y, 3.0)[1] * x,
    "one input": lambda x, y: Scaled.apply(CONSTANT, y, 3.0)[0] * x,
    "nested": lambda x, y: Exp.apply(Scaled.apply(Exp.apply(x), y, 0.1)[0]),
    "the same twice": lambda x, y: Scaled.apply(x * y, x * y, 2.0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives(name: str) -> None:
    x, y = real(2, 3), real(2, 3)
    assert gradcheck(FUNCTIONS[name], [x, y])
    assert gradgradcheck(FUNCTIONS[name], [x, y])


def test_third_derivative() -> None:
    x = real(3)
    g: Any = Exp.apply(x)
    for _ in range(3):
        (g,) = grad(g.sum(), x, create_graph=True)
    np.testing.assert_allclose(g.value, np.exp(x.value))


def test_the_graph_shows_the_inputs() -> None:
    x, y = real(2), real(2)
    z, w = Scaled.apply(x, y, 3.0)
    assert z.parents == w.parents == {x, y}
    assert z.grad_fn is not None and z.grad_fn.op.name == "Scaled"
    for h, expected in zip(z._backward(np.ones(2)), (y.value * 3, x.value * 3), strict=True):
        np.testing.assert_allclose(h, expected)
    (z + w).sum().backward()
    np.testing.assert_allclose(x.grad, 3 * y.value + 1)
    np.testing.assert_array_equal(z.grad, np.ones(2))
    assert z.parents == {x, y}
    with pytest.raises(RuntimeError, match="a second pass over a graph"):
        z.sum().backward()


def test_retain_graph_gives_the_same_again() -> None:
    x, y = real(2), real(2)
    z = Scaled.apply(x, y, 3.0)[0].sum()
    z.backward(retain_graph=True)
    first = x.grad
    z.backward()
    np.testing.assert_allclose(x.grad, 2 * first)


def test_nothing_is_left_in_memory() -> None:
    gc.collect()
    gc.disable()
    try:
        x = real(3)
        z, w = Scaled.apply(x, x * 2, 3.0)
        (g,) = grad((z * w).sum(), x, create_graph=True)
        g.sum().backward()
        y = Exp.apply(x)
        y.sum().backward()
        alive = [ref(t) for t in (x, z, w, g, y)]
        del x, z, w, g, y
        assert [r() for r in alive] == [None] * 5
    finally:
        gc.enable()


def test_gradient_of_a_kept_output() -> None:
    """Second derivatives reach the output itself, which backward has saved."""
    x = real(3)
    y = Exp.apply(x)
    (g,) = grad(y.sum(), x, create_graph=True)
    (h,) = grad(g.sum(), y)
    np.testing.assert_array_equal(h.value, np.ones(3))


class Recorder(Function):
    """Notes what backward gets."""

    seen: Any = None

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, zeros: bool) -> Any:
        ctx.set_materialize_grads(zeros)
        index = (x * 10).long()
        ctx.mark_non_differentiable(constant := x + 1)
        return x * 2, y * 3, index, constant, "text"

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        Recorder.seen = (gradients, ctx.needs_input_grad)
        a, b = gradients[:2]
        return None if a is None else a * 2, None if b is None else b * 3, None


def test_what_backward_gets() -> None:
    x, y = real(2), Tensor([1.0, 2.0], requires_grad=False)
    a, b, index, constant, text = Recorder.apply(x, y, True)
    assert (a.requires_grad, b.requires_grad) == (True, True)
    assert not index.requires_grad and not constant.requires_grad and text == "text"
    a.sum().backward()
    gradients, needed = Recorder.seen
    assert needed == (True, False, False)
    assert [type(g) for g in gradients[:4]] == [Tensor] * 4
    np.testing.assert_array_equal(gradients[1].value, np.zeros(2))
    assert gradients[1].dtype == np.float32 and gradients[2].dtype == np.int64
    Recorder.apply(x, y, False)[0].sum().backward()
    assert Recorder.seen[0][1:] == (None,) * 4


def test_no_gradient_leaves_the_input_unreached() -> None:
    x, y = real(2), real(2)
    a = Recorder.apply(x, y, False)[0]
    a.sum().backward()
    assert y._grad is None
    a = Recorder.apply(x, y, False)[0]
    assert grad(a.sum(), [x, y], allow_unused=True)[1] is None


def test_unrecorded() -> None:
    assert not Exp.apply(real(2).detach()).requires_grad
    with no_grad():
        assert not Exp.apply(real(2)).requires_grad


def test_broadcast_gradient_is_summed() -> None:
    class Row(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, g

    x, y = real(2, 3), real(3)
    Row.apply(x, y).sum().backward()
    np.testing.assert_array_equal(y.grad, 2 * np.ones(3))


def test_identity_has_memory_of_its_own() -> None:
    class Reversed(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return -g

    x = real(2)
    y = Reversed.apply(x)
    assert y is not x and not np.shares_memory(y.value, x.value)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, -np.ones(2))


class Doubled(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        x.mul_(2)
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        assert x.shape == g.shape
        return g * 2


def test_mark_dirty() -> None:
    x = real(3)
    y = x * 1
    z = Doubled.apply(y)
    assert z is y
    np.testing.assert_allclose(y.value, 2 * x.value)
    (y * y).sum().backward()
    np.testing.assert_allclose(x.grad, 8 * x.value)
    w = x * 1
    v = w.exp() * w
    Doubled.apply(w)
    with pytest.raises(RuntimeError, match=r"mul saved .* and Doubled overwrote it since"):
        v.sum().backward()


def test_overwritten_saved_tensor() -> None:
    x = real(3)
    y = x * 1
    z = Scaled.apply(y, y, 1.0)[0]
    y.mul_(2)
    with pytest.raises(
        RuntimeError, match=r"backward: Scaled saved an array of shape \(3,\) .* mul_ overwrote it since"
    ):
        z.sum().backward()


class Once(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return Tensor(2 * g.value * x.value)


def test_once_differentiable() -> None:
    x = real(3)
    Once.apply(x).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * x.value)
    (g,) = grad(Once.apply(x).sum(), x, create_graph=True)
    with pytest.raises(
        RuntimeError, match=r"once_differentiable: a second derivative: .*; write it in Tensor operations"
    ):
        g.sum().backward()


def broken(result: Any) -> Any:
    class Broken(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x * y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return result(g)

    return Broken


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (lambda g: g, RuntimeError, "Broken: backward returned 1 gradients for 2 arguments: each needs one; return as"),
        (lambda g: (g, g, g), RuntimeError, "Broken: backward returned 3 gradients for 2 arguments: "),
        (lambda g: (g, 1.0), TypeError, "Broken: backward returned a float: it is no gradient; return Tensors"),
        (lambda g: (g, g[:2]), RuntimeError, r"Broken: backward returned a gradient of shape \(2,\) for an input of"),
    ],
)
def test_wrong_backward(result: Any, error: Any, message: str) -> None:
    x, y = real(3), real(3)
    with pytest.raises(error, match=message):
        broken(result).apply(x, y).sum().backward()
    assert x._grad is None


def test_trailing_none_is_allowed() -> None:
    x, y = real(3), real(3)
    broken(lambda g: (g, None, None)).apply(x, y).sum().backward()
    assert y._grad is None


def test_mistakes() -> None:
    x = real(3)
    whole = x * 1

    class NotReturned(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x * 2

    class Saves(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(1.0)
            return x

    class Reads(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return ctx.saved_tensors

    with pytest.raises(
        RuntimeError, match=r"NotReturned: an input .* marked dirty: it is not among the outputs; return it"
    ):
        NotReturned.apply(x * 1)
    with pytest.raises(RuntimeError, match=r"mark_dirty: a leaf that requires a gradient, shape \(3,\): .*; clone\(\)"):
        Doubled.apply(x)
    with pytest.raises(RuntimeError, match=r"mark_dirty: a view that requires"):
        Doubled.apply(whole[:2])
    with pytest.raises(TypeError, match="save_for_backward: a float as argument 0: it takes Tensors and None; keep"):
        Saves.apply(x)
    with pytest.raises(RuntimeError, match="saved_tensors: read outside backward: "):
        Reads.apply(x)
    with pytest.raises(NotImplementedError, match=r"Function.forward: it is missing; write it"):
        Function.apply(x)
    with pytest.raises(NotImplementedError, match=r"Function.setup_context: it is missing; "):
        Function.setup_context(None, (), None)
    with pytest.raises(NotImplementedError, match=r"Function.backward: it is missing; "):
        Function.backward(None)


def test_against_pytorch(torch: Any) -> None:
    """The same class body under either library."""

    def run(m: Any, array: Any) -> list[Any]:
        class Cube(m.autograd.Function if m is torch else Function):  # type: ignore[misc]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return x**3, x**2

            @staticmethod
            def backward(ctx: Any, a: Any, b: Any) -> Any:
                (x,) = ctx.saved_tensors
                return a * 3 * x**2 + b * 2 * x

        x = array
        y, z = Cube.apply(x)
        take = m.autograd.grad
        (g,) = take((y * z).sum(), x, create_graph=True)
        (h,) = take((g * g).sum(), x)
        return [y.detach().numpy(), g.detach().numpy(), h.detach().numpy()]

    value = rng.uniform(0.5, 1.5, 3)
    for mine, theirs in zip(
        run(picograd, Tensor(value)), run(torch, torch.from_numpy(value).requires_grad_()), strict=True
    ):
        np.testing.assert_allclose(mine, theirs)


# ---- backward, Variable, inference_mode ----------------------------------------------------------------------------


def test_backward_of_several() -> None:
    x, y = real(3), real(3)
    u, v = (x * y).sum(), x * 2
    backward([u, v], [None, Tensor([1.0, 2.0, 3.0])])
    np.testing.assert_allclose(x.grad, y.value + np.array([2, 4, 6]))
    np.testing.assert_allclose(y.grad, x.value)
    x.grad = y.grad = None
    backward((x * y).sum(), inputs=[x])
    np.testing.assert_allclose(x.grad, y.value)
    assert y._grad is None
    z = (x * y).sum()
    backward(z, retain_graph=True, inputs=x)
    backward([z, z])
    np.testing.assert_allclose(x.grad, 4 * y.value)
    with pytest.raises(RuntimeError, match="backward: 1 grad_tensors for 2 tensors: each needs its own; give as many"):
        backward([u, v], [None])
    with pytest.raises(RuntimeError, match="backward: inputs is empty: "):
        backward(x.sum(), inputs=[])


def test_variable() -> None:
    x = picograd.tensor([1.0, 2.0])
    v = Variable(x, requires_grad=True)
    assert isinstance(v, Tensor) and isinstance(v, Variable) and isinstance(x, Variable)
    assert v.requires_grad and not x.requires_grad and np.shares_memory(v.value, x.value)
    assert not Variable([1.0]).requires_grad
    assert not isinstance(1.0, Variable)


def test_inference_mode() -> None:
    x = real(2)
    with inference_mode():
        assert not (x * 2).requires_grad
        with inference_mode(False):
            assert not (x * 2).requires_grad
    with inference_mode(False):
        assert (x * 2).requires_grad
    assert not inference_mode(lambda: x * 2)().requires_grad
    assert not inference_mode()(lambda: x * 2)().requires_grad
    assert (x * 2).requires_grad


# ---- checkpoint ----------------------------------------------------------------------------------------------------


def network() -> Any:
    picograd.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Dropout(0.5), nn.Linear(5, 3))


@pytest.mark.parametrize(
    "run",
    [
        lambda net, x: checkpoint(net, x, use_reentrant=False),
        lambda net, x: checkpoint(net, x, use_reentrant=True),
        lambda net, x: checkpoint(lambda x, scale: net(x) * scale, x, scale=1.0),
        lambda net, x: checkpoint_sequential(net, 2, x),
        lambda net, x: checkpoint_sequential(list(net.children()), 4, x, use_reentrant=False),
        lambda net, x: checkpoint(lambda x: checkpoint(net, x), x),
    ],
)
def test_checkpoint_gives_the_same(run: Any) -> None:
    def gradients(run: Any) -> list[Any]:
        net = network()
        x = Tensor(np.random.default_rng(1).standard_normal((2, 4)).astype(np.float32))
        picograd.manual_seed(1)
        y = run(net, x)
        (y * y).sum().backward()
        return [y.value, x.grad, *(p.grad for p in net.parameters()), picograd.rand(1).value]

    for mine, plain in zip(gradients(run), gradients(lambda net, x: net(x)), strict=True):
        np.testing.assert_array_equal(mine, plain)


def test_checkpoint_differentiates_twice_and_what_it_closes_over() -> None:
    w, x = real(3), real(3)

    def function(x: Any, w_: Any) -> Any:
        u = x * 2  # from x, and both go into the segment
        return checkpoint(lambda x: ((x * u * w_).sin(), x + w_), x)

    assert gradcheck(function, [x, w])
    assert gradgradcheck(function, [x, w])


def test_checkpoint_keeps_nothing_inside() -> None:
    inner = []

    def segment(x: Any) -> Any:
        y = x.exp()
        inner.append(ref(y.value))
        return y.sin()

    x = real(3)
    y = checkpoint(segment, x)
    assert inner[0]() is None
    y.sum().backward()
    assert len(inner) == 2
    np.testing.assert_allclose(x.grad, np.cos(np.exp(x.value)) * np.exp(x.value))


def test_checkpoint_random_numbers() -> None:
    x = real(50)

    def noisy(x: Any) -> Any:
        return x * picograd.rand(50, dtype=picograd.float64)

    y = checkpoint(noisy, x)
    y.sum().backward()
    np.testing.assert_allclose(x.grad, y.value / x.value)
    x.grad = None
    y = checkpoint(noisy, x, preserve_rng_state=False)
    y.sum().backward()
    assert not np.allclose(x.grad, y.value / x.value)


def test_checkpoint_contexts_and_checks() -> None:
    x = real(3)
    times = []

    def growing(x: Any) -> Any:
        times.append(0)
        return x * 2 if len(times) % 2 else x[:2] * 2

    with pytest.raises(
        RuntimeError, match=r"checkpoint: outputs of shape \[\(3,\)\] at first and \[\(2,\)\] in backward: "
    ):
        checkpoint(growing, x).sum().backward()
    with pytest.raises(
        ValueError, match="checkpoint: determinism_check 'never': it is unknown; give 'default' or 'none'"
    ):
        checkpoint(growing, x, determinism_check="never")
    with pytest.raises(ValueError, match="checkpoint_sequential: 3 segments of 2 functions: "):
        checkpoint_sequential([abs, abs], 3, x)
    entered: list[str] = []

    class Noting:
        def __init__(self, name: str) -> None:
            self.name = name

        def __enter__(self) -> None:
            entered.append(self.name)

        def __exit__(self, *exception: object) -> None:
            pass

    y = checkpoint(lambda x: x.exp(), x, context_fn=lambda: (Noting("forward"), Noting("again")))
    assert entered == ["forward"]
    y.sum().backward()
    assert entered == ["forward", "again"]
    with no_grad():
        assert not checkpoint(lambda x: x * 2, x).requires_grad
    assert not checkpoint(lambda x: x * 2, x.detach()).requires_grad
    assert checkpoint(lambda x: (x, 1), x)[0] is x


def test_checkpoint_lowers_the_peak() -> None:
    """Of a chain of segments only their inputs and the values of one segment are alive at a time."""
    import tracemalloc

    size = 50_000

    def segment(x: Any) -> Any:
        for _ in range(10):
            x = (x * 1.01).tanh()
        return x

    def peak(run: Any) -> float:
        x = Tensor(np.full(size, 0.1))
        gc.collect()
        tracemalloc.start()
        y = x
        for _ in range(10):
            y = run(segment, y)
        y.sum().backward()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most / x.nbytes

    plain = peak(lambda f, x: f(x))
    lean = [peak(lambda f, x, r=reentrant: checkpoint(f, x, use_reentrant=r)) for reentrant in (True, False)]
    assert plain > 100 and max(lean) < 40


def test_checkpoints_other_names(torch: Any) -> None:
    from picograd.utils import checkpoint as room

    theirs = torch.utils.checkpoint.__all__
    assert [name for name in theirs if not hasattr(room, name)] == []
    x = real(3)
    with room.set_checkpoint_early_stop(False), room.set_checkpoint_debug_enabled(True):
        y = room.CheckpointFunction.apply(lambda a: (a.exp(), a * 2), True, x)
    (y[0] + y[1]).sum().backward()
    np.testing.assert_allclose(x.grad, np.exp(x.value) + 2)
    detached = room.detach_variable((x, 3, x.detach()))
    assert [getattr(d, "requires_grad", None) for d in detached] == [True, None, False] and detached[0].is_leaf
    with pytest.raises(RuntimeError, match="detach_variable: a list: it takes the arguments of a call; give a tuple"):
        room.detach_variable([x])
    room.check_backward_validity([x])
    with pytest.warns(UserWarning, match="checkpoint: no input requires a gradient: only what the function closes"):
        room.check_backward_validity([x.detach()])
    assert room.get_device_states(x) == ([], [])
    room.set_device_states([], [])
    with pytest.raises(NotImplementedError, match=r"picograd.utils.checkpoint.CheckpointPolicy: which values of a seg"):
        room.CheckpointPolicy()


def test_checkpoint_notices_an_overwritten_input() -> None:
    x = real(3)
    y = x * 1
    z = checkpoint(lambda y: y.exp(), y)
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"backward: checkpoint saved .* add_ overwrote it since"):
        z.sum().backward()


def test_backward_differentiates_what_it_computes_anew_from_saved_inputs(torch: Any) -> None:
    found = []
    for m in (picograd, torch):
        layer = m.nn.Linear(2, 2)
        weight = m.tensor([[1.0, -2.0], [0.5, 3.0]])
        with m.no_grad():
            layer.weight.copy_(weight)
            layer.bias.copy_(weight[0])

        class Again(m.autograd.Function):  # type: ignore[misc,name-defined]
            @staticmethod
            def forward(ctx: Any, x: Any, layer: Any, *parameters: Any) -> Any:
                ctx.layer = layer
                ctx.save_for_backward(x, *parameters)
                return layer(x).sin()

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                x, *parameters = ctx.saved_tensors
                assert all(p.requires_grad for p in parameters)
                with m.enable_grad():
                    x = x.detach().requires_grad_()
                    out = ctx.layer(x).sin()
                first, *others = m.autograd.grad(out, [x, *parameters], g)
                return first, None, *others

        x = m.tensor([[1.0, 2.0]], requires_grad=True)
        Again.apply(x, layer, *layer.parameters()).sum().backward()
        plain = m.autograd.grad(layer(x).sin().sum(), [x, layer.weight, layer.bias])
        grads = [np.asarray(t.grad) for t in (x, layer.weight, layer.bias)]
        for ours, theirs in zip(grads, plain, strict=True):
            np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-6)
        found.append(grads)
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)

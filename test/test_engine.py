"""The engine: what the graph keeps and frees, grad modes, threads, `autograd.grad`, random graphs against PyTorch."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from weakref import ref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import picograd
from picograd import Tensor, autograd, enable_grad, is_grad_enabled, no_grad, ops, set_grad_enabled
from picograd.autograd import grad
from picograd.ops import Array, primitive

# ---- memory: freed at once, without the garbage collector ----------------------------------------------------------


@pytest.fixture
def no_collector() -> Iterator[None]:
    while gc.collect():  # what other tests have left, some of which is free only when the rest is
        pass
    gc.disable()
    yield
    gc.enable()


EXPRESSIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "elementwise": lambda x, y: (x * y).tanh() + x.exp() / y,
    "broadcast": lambda x, y: x * y[0] + y.sum(0),
    "reductions": lambda x, y: x.mean(1) + y.amax(1) + x.logsumexp(1) + y.std(1),
    "contractions": lambda x, y: (x @ y.T).dot(x) + picograd.einsum("ij,kj->ik", x, y) @ y,
    "movement": lambda x, y: picograd.cat([x.T, y.T]).reshape(-1)[1:].flip(0) * picograd.stack([x[0], y[1]]).sum(),
    "indexing": lambda x, y: x[[0, 0, 1]] + y[y > 0].sum() + x.gather(1, picograd.tensor([[0], [1]])).sum(),
    "in place": lambda x, y: (x * 1).mul_(y).add_(x),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("differentiate", [False, True])
def test_no_reference_cycles(name: str, differentiate: bool, no_collector: None) -> None:
    x, y = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[0.5, 1.5], [2.5, 3.5]])
    z = EXPRESSIONS[name](x, y)
    if differentiate:
        z.sum().backward()
        grad(EXPRESSIONS[name](x, y).sum(), [x, y], create_graph=True)
    watched = [ref(t) for t in (x, y, z)] + [ref(t.value) for t in (x, y, z)]
    del x, y, z
    assert [w() for w in watched] == [None] * 6
    assert gc.collect() == 0


# What the graph keeps of inputs x, y and of the result once nobody holds them.
KEEPS: list[tuple[str, Callable[[Tensor, Tensor], Tensor], set[str]]] = [
    ("add", lambda x, y: x + y, set()),
    ("sub", lambda x, y: x - y, set()),
    ("neg", lambda x, y: -x, set()),
    ("mul", lambda x, y: x * y, {"x", "y"}),
    ("mul by a number", lambda x, y: x * 2.0, set()),
    ("div", lambda x, y: x / y, {"x", "y"}),
    ("exp", lambda x, y: x.exp(), {"out"}),
    ("tanh", lambda x, y: x.tanh(), {"out"}),
    ("sigmoid", lambda x, y: x.sigmoid(), {"out"}),
    ("relu", lambda x, y: x.relu(), {"out"}),
    ("sqrt", lambda x, y: x.sqrt(), {"out"}),
    ("log", lambda x, y: x.log(), {"x"}),
    ("square", lambda x, y: x.square(), {"x"}),
    ("sin", lambda x, y: x.sin(), {"x"}),
    ("matmul", lambda x, y: x @ y, {"x", "y"}),
    ("sum", lambda x, y: x.sum(0), set()),
    ("mean", lambda x, y: x.mean(0), set()),
    ("amax", lambda x, y: x.amax(0), {"x", "out"}),
    ("clone", lambda x, y: x.clone(), set()),
    ("cat", lambda x, y: picograd.cat([x, y]), set()),
    ("stack", lambda x, y: picograd.stack([x, y]), set()),
    ("take rows", lambda x, y: x[[0, 0]], set()),
    ("flip", lambda x, y: x.flip(0), set()),
    ("double", lambda x, y: x.double(), set()),
    ("softmax", lambda x, y: x.softmax(1), {"out"}),
    ("x without gradient", lambda x, y: x.detach() * y, {"x"}),
    ("y without gradient", lambda x, y: x @ y.detach(), {"y"}),
]


@pytest.mark.parametrize(("name", "function", "kept"), KEEPS, ids=[name for name, *_ in KEEPS])
def test_saved_is_what_a_rule_names(name: str, function: Any, kept: set[str], no_collector: None) -> None:
    x, y = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]])) * 1, Tensor(np.array([[0.5, 1.5], [2.5, 3.5]])) * 1
    out = function(x, y)
    last = out + 0
    arrays = {"x": ref(x.value), "y": ref(y.value), "out": ref(out.value)}
    del x, y, out
    assert {name for name, array in arrays.items() if array() is not None} == kept
    last.backward(np.ones(last.shape))
    assert {name for name, array in arrays.items() if array() is not None} == set()  # the pass has freed them


def test_views_keep_no_more_than_the_memory_they_look_into(no_collector: None) -> None:
    x = Tensor(np.ones((2, 2))) * 1
    tensor, memory = ref(x), ref(x.value)
    y = x.T.reshape(4)[1:] + 0
    del x
    assert tensor() is None and memory() is None and y.requires_grad


def test_nothing_is_kept_under_no_grad(no_collector: None) -> None:
    x = Tensor([1.0, 2.0])
    with no_grad():
        y = x.exp()
        kept = ref(y.value)
        z = y * y
        del y
    assert kept() is None and z.parents == set() and not z.requires_grad


def test_a_failed_op_leaves_nothing_behind(no_collector: None) -> None:
    x = Tensor([1.0, 2.0])
    kept = ref(x.value)
    for mistake in ("x @ picograd.ones(3)", "x + picograd.ones(3)", "x.reshape(3)", "x[5]", "picograd.cat([x, 2])"):
        with suppress(ValueError, IndexError, TypeError):  # pytest.raises would hold the error, and so its frames
            pytest.fail(f"{mistake} gives {eval(mistake, {'x': x, 'picograd': picograd})}")
    del x
    assert kept() is None


def test_a_chain_of_a_million_ops() -> None:
    """Building, walking and freeing are iterative, take linear time, and give the memory back."""
    n = 1_000_000
    x = Tensor(1.0)
    gc.collect()
    blocks = sys.getallocatedblocks()
    start = time.process_time()
    y = x
    for _ in range(n):
        y = -y
    assert sys.getallocatedblocks() - blocks > n
    y.backward()
    assert x.grad == 1 and y.item() == 1
    assert sys.getallocatedblocks() - blocks < n / 100  # a backward pass frees what it has passed
    y = x
    for _ in range(n // 4):
        y = -y
    del y  # and so does letting go of the result
    assert sys.getallocatedblocks() - blocks < n / 100
    assert time.process_time() - start < 10


def test_a_loop_over_rows_costs_as_much_as_its_tensor() -> None:
    """The gradients of all x[t] are added into one buffer, not each spread over zeros of the size of x."""
    x = Tensor(np.ones((3000, 300), np.float32))
    total = x[0].sum()
    for t in range(1, 3000):
        total = total + x[t].sum()
    start = time.process_time()
    total.backward()
    assert time.process_time() - start < 1.5  # with zeros each time: 3000 x 3.6 MB, some 3 s
    np.testing.assert_array_equal(x.grad, 1)


# ---- grad modes ----------------------------------------------------------------------------------------------------


def test_modes_nest_and_come_back() -> None:
    assert is_grad_enabled()
    with no_grad():
        assert not is_grad_enabled()
        with enable_grad():
            assert is_grad_enabled() and (Tensor([1.0]) * 2).requires_grad
            with set_grad_enabled(False):
                assert not is_grad_enabled()
            assert is_grad_enabled()
        assert not is_grad_enabled() and not (Tensor([1.0]) * 2).requires_grad
    assert is_grad_enabled()


@pytest.mark.parametrize("mode", [no_grad, lambda: set_grad_enabled(False)])
def test_modes_come_back_after_an_exception(mode: Any) -> None:
    with pytest.raises(ZeroDivisionError), mode():
        raise ZeroDivisionError
    assert is_grad_enabled()
    with no_grad():
        with pytest.raises(ZeroDivisionError), enable_grad():
            raise ZeroDivisionError
        assert not is_grad_enabled()


def test_a_mode_can_be_entered_again() -> None:
    mode = no_grad()
    with mode:
        with mode:
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_set_grad_enabled_for_good() -> None:
    try:
        set_grad_enabled(False)
        assert not is_grad_enabled()
    finally:
        set_grad_enabled(True)
    assert is_grad_enabled()


@pytest.mark.parametrize(
    ("decorator", "inside"),
    [(no_grad, False), (no_grad(), False), (enable_grad, True), (set_grad_enabled(True), True)],
)
def test_modes_decorate(decorator: Any, inside: bool) -> None:
    @decorator
    def function(depth: int) -> bool:
        """What it says."""
        here = is_grad_enabled()
        assert depth == 0 or function(depth - 1) is here
        return here

    assert function(2) is inside and is_grad_enabled()
    with no_grad():
        assert function(1) is inside and not is_grad_enabled()
    assert function.__doc__ == "What it says."


def test_set_grad_enabled_decorates_without_acting() -> None:
    @set_grad_enabled(False)
    def off() -> bool:
        return is_grad_enabled()

    assert is_grad_enabled() and off() is False and is_grad_enabled()


def run_in_threads(*functions: Callable[[], Any]) -> None:
    failures: list[BaseException] = []

    def guarded(function: Callable[[], Any]) -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_modes_are_of_a_thread() -> None:
    def off() -> None:
        with no_grad():
            barrier.wait()
            barrier.wait()

    def on() -> None:
        barrier.wait()
        assert is_grad_enabled() and (Tensor([1.0]) * 2).requires_grad
        barrier.wait()

    barrier = threading.Barrier(2, timeout=10)
    run_in_threads(off, on)
    with no_grad():
        run_in_threads(lambda: is_grad_enabled() or pytest.fail("a new thread starts with recording on"))


def test_two_threads_differentiate_at_once() -> None:
    def train(seed: int) -> Callable[[], None]:
        def function() -> None:
            rng = np.random.default_rng(seed)
            for _ in range(40):
                x, w = Tensor(rng.standard_normal((5, 4))), Tensor(rng.standard_normal((4, 3)))
                h = (x @ w).tanh()
                (h * h).sum().backward()
                t = np.tanh(x.value @ w.value)
                np.testing.assert_allclose(w.grad, x.value.T @ (2 * t * (1 - t * t)), rtol=1e-9)

        return function

    run_in_threads(train(0), train(1), train(2))


# ---- autograd.grad -------------------------------------------------------------------------------------------------


def test_grad_returns_tensors_and_touches_no_grad() -> None:
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    h = x * y
    gx, gh = grad((h * h).sum(), [x, h])
    assert isinstance(gx, Tensor) and not gx.requires_grad
    np.testing.assert_array_equal([gx.value, gh.value], [[18, 64], [6, 16]])
    for t in (x, y, h):
        np.testing.assert_array_equal(t.grad, 0)
    (only,) = grad((x * 2).sum(), x)
    np.testing.assert_array_equal(only.value, [2, 2])


def test_grad_to_the_third_order() -> None:
    x = Tensor(np.array([0.5, -1.5]))
    y = (x.sin() * x**3).sum()
    (first,) = grad(y, x, create_graph=True)
    (second,) = grad(first.sum(), x, create_graph=True)
    (third,) = grad(second.sum(), x)
    s, c, v = np.sin(x.value), np.cos(x.value), x.value
    np.testing.assert_allclose(first.value, c * v**3 + s * 3 * v**2)
    np.testing.assert_allclose(second.value, -s * v**3 + 6 * c * v**2 + 6 * s * v)
    np.testing.assert_allclose(third.value, -c * v**3 - 9 * s * v**2 + 18 * c * v + 6 * s)


def test_a_gradient_penalty_trains() -> None:
    """A loss made of a gradient, differentiated by backward()."""
    rng = np.random.default_rng(0)
    x, w = Tensor(rng.standard_normal((3, 4))), Tensor(rng.standard_normal((4, 1)))
    (g,) = grad((x @ w).tanh().sum(), x, create_graph=True)
    (g * g).sum().backward()

    def penalty(w: Any) -> Any:
        return (((1 - np.tanh(x.value @ w) ** 2) @ w.T) ** 2).sum()

    for k in range(4):
        step = np.eye(4)[:, k : k + 1] * 1e-6
        numeric = (penalty(w.value + step) - penalty(w.value - step)) / 2e-6
        np.testing.assert_allclose(w.grad[k, 0], numeric, rtol=1e-5)


def test_grad_of_unused_inputs() -> None:
    x, y = Tensor([1.0, 2.0]), Tensor([3.0])
    z = (x * 2).sum()
    assert grad(z, [x, y], allow_unused=True, retain_graph=True)[1] is None
    zeros = grad(z, [x, y], materialize_grads=True, retain_graph=True)[1]
    assert zeros.shape == (1,) and zeros.item() == 0
    with pytest.raises(RuntimeError, match="input 1 of shape"):
        grad(z, [x, y])


def test_grad_of_several_outputs_with_incoming_gradients() -> None:
    x = Tensor([1.0, 2.0])
    a, b = x * 2, x * x
    (g,) = grad([a, b], [x], [np.array([1, 10]), Tensor([100.0, 1000.0])])
    np.testing.assert_array_equal(g.value, [2 + 200, 20 + 4000])
    (g,) = grad([x.sum(), (x * x).sum()], x)
    np.testing.assert_array_equal(g.value, [3, 5])
    (g,) = grad(x, x, [1.0, 5.0])
    np.testing.assert_array_equal(g.value, [1, 5])
    y = x * 3
    (g,) = grad([y, y], x, [np.ones(2), np.ones(2)])
    np.testing.assert_array_equal(g.value, [6, 6])


def test_grad_is_differentiated_with_respect_to_the_incoming_gradient() -> None:
    x, v = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    (g,) = grad(x * x, x, v, create_graph=True)
    (gv,) = grad(g.sum(), v)
    np.testing.assert_array_equal(gv.value, [2, 4])


def test_grad_frees_the_graph_unless_told_otherwise() -> None:
    x = Tensor([1.0])
    y = x.exp().sum()
    grad(y, x, retain_graph=True)
    grad(y, x)
    with pytest.raises(RuntimeError, match="a second pass over a graph whose saved values were freed"):
        grad(y, x)
    z = x.exp().sum()
    grad(z, x, create_graph=True)
    grad(z, x)


def test_a_second_order_gradient_leaves_the_graph_as_it_was() -> None:
    x, w = Tensor(np.array([0.5])), Tensor(np.array([2.0]))
    y = (x * w).exp()
    (g,) = grad(y.sum(), x, create_graph=True)
    del g
    y.sum().backward()
    np.testing.assert_allclose(w.grad, 0.5 * np.exp(1.0))


def test_grad_computes_nothing_off_the_path(registry: Any) -> None:
    ran: list[str] = []

    def watched(x: Array) -> Array:
        return x * 1

    primitive()(watched).rule(x=lambda g: ran.append("rule") or g)
    x, y = Tensor([1.0]), Tensor([2.0])
    h = registry["watched"](y)
    (g,) = grad((x * h).sum(), x, retain_graph=True)
    assert ran == [] and g.item() == 2
    (g,) = grad((x * h).sum(), h)  # up to h, not through it
    assert ran == [] and g.item() == 1
    grad((x * h).sum(), y)
    assert ran == ["rule"]


def test_inputs_that_are_intermediates() -> None:
    x = Tensor([2.0])
    h = x * x
    z = (h * h).sum()
    gh, gx = grad(z, [h, x], retain_graph=True)
    assert (gh.item(), gx.item()) == (8, 32)
    (gz,) = grad(z, z)
    assert gz.item() == 1


def test_a_failing_rule_leaves_all_grads_untouched(registry: Any) -> None:
    def broken(x: Array) -> Array:
        return x * 1

    def rule(g: Any) -> Any:
        raise FloatingPointError("broken")

    primitive()(broken).rule(x=rule)
    x, y = Tensor([1.0]), Tensor([2.0])
    x.grad = [7.0]
    a = y * 3
    z = (registry["broken"](x) * a).sum()
    with pytest.raises(FloatingPointError):
        z.backward()
    np.testing.assert_array_equal([x.grad, y.grad, a.grad], [[7], [0], [0]])
    assert z.grad == 0 and is_grad_enabled()
    with pytest.raises(FloatingPointError):
        grad(registry["broken"](x).sum(), x, create_graph=True)
    assert is_grad_enabled()


# ---- gradcheck -----------------------------------------------------------------------------------------------------


def test_gradcheck_names_input_index_and_both_numbers(registry: Any) -> None:
    def wrong(x: Array, y: Array) -> Array:
        return x * y

    primitive()(wrong).rule(x=lambda g, y: g * y, y=lambda g, x: g * x * (1 + (x > 2.5)))
    x, y = Tensor(np.array([1.0, 2.0, 3.0])), Tensor(np.array([1.0, 1.0, 1.0]))
    with pytest.raises(RuntimeError, match=r"gradcheck: wrong: input 1 at \(2,\): the rule gives .*differences give"):
        autograd.gradcheck(registry["wrong"], (x, y))
    assert autograd.gradcheck(registry["wrong"], (x, y), raise_exception=False) is False
    np.testing.assert_array_equal(x.value, [1, 2, 3])


def test_gradcheck_refuses_what_proves_nothing() -> None:
    x = Tensor(np.array([1.0, 2.0]))
    with pytest.raises(RuntimeError, match="every derivative is zero: that proves nothing"):
        autograd.gradcheck(lambda t: t.sign(), x)
    with pytest.raises(RuntimeError, match="the result has no graph"):
        autograd.gradcheck(lambda t: t.detach(), x)


def test_gradcheck_takes_several_outputs_and_other_arguments() -> None:
    x, y = Tensor(np.array([1.0, 2.0])), Tensor(np.array([3.0]))
    assert autograd.gradcheck(lambda a, n, b: (a**n, a * b, picograd.tensor([1])), (x, 3, y))
    assert autograd.gradgradcheck(lambda a, n, b: (a**n, a * b), (x, 3, y))
    assert autograd.gradgradcheck(lambda a: a.exp(), x, Tensor(np.array([1.0, -2.0])))


# ---- random graphs against PyTorch ---------------------------------------------------------------------------------

UNARY = ["tanh({})", "sigmoid({})", "sin({})", "exp({} * 0.1)", "relu({})", "square({})", "abs({})", "neg({})"]
BINARY = ["{} + {}", "{} - {}", "{} * {}", "{} / ({} * {} + 2)", "m.maximum({}, {})"]
OTHER = [
    "m.sum({}, -1, keepdim=True)", "m.mean({}, 0, keepdim=True)", "m.softmax({}, -1)", "{}[..., :1]",
    "m.swapaxes({}, 0, -1) @ {}", "m.cat([{}, {}], 0)[:2]", "m.flip({}, (0,))", "{}.reshape(-1)[:3]", "m.amax({}, 0)",
    "{}.expand(2, 3)", "m.stack([{}, {}]).sum(0)", "m.logsumexp({}, -1)",
]  # fmt: skip
TEXTS = [f"m.{text}" for text in UNARY] + BINARY + OTHER
SHAPES = [(2, 3), (3,), (2, 1), (1, 3), ()]


@st.composite
def programs(draw: Any) -> tuple[list[tuple[int, ...]], list[str]]:
    """Shapes of leaves, and lines that compute each a new value from earlier ones."""
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3))
    lines = []
    for k in range(draw(st.integers(1, 10))):
        text = draw(st.sampled_from(TEXTS))
        operands = [draw(st.integers(0, len(shapes) + k - 1)) for _ in range(text.count("{}"))]
        if text.startswith("{} /"):
            operands[2] = operands[1]
        lines.append(text.format(*(f"v[{i}]" for i in operands)))
    return shapes, lines


def run_program(lines: list[str], module: Any, leaves: list[Any]) -> list[Any]:
    """All values; a line that does not fit its operands adds the first leaf again."""
    values = list(leaves)
    for line in lines:
        try:
            values.append(eval(line, {"m": module, "v": values}))
        except (RuntimeError, ValueError, IndexError, TypeError):
            values.append(values[0])
    return values


@given(programs())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_random_graphs(torch: Any, program: Any) -> None:
    shapes, lines = program
    rng = np.random.default_rng(0)
    arrays = [np.asarray(rng.standard_normal(shape)) for shape in shapes]
    ours = run_program(lines, picograd, [Tensor(a) for a in arrays])
    theirs = run_program(lines, torch, [torch.tensor(a, requires_grad=True) for a in arrays])
    assert [v.shape for v in ours] == [tuple(v.shape) for v in theirs], lines
    for v in theirs:
        v.retain_grad()
    sum((v * v).sum() for v in ours).backward()
    sum((v * v).sum() for v in theirs).backward()
    for line, mine, peer in zip([*map(str, shapes), *lines], ours, theirs, strict=True):
        np.testing.assert_allclose(mine.value, peer.detach().numpy(), rtol=1e-9, atol=1e-9, err_msg=line)
        np.testing.assert_allclose(mine.grad, peer.grad.numpy(), rtol=1e-9, atol=1e-9, err_msg=line)


@given(programs())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_random_graphs_second_order(torch: Any, program: Any) -> None:
    shapes, lines = program
    rng = np.random.default_rng(0)
    arrays = [np.asarray(rng.standard_normal(shape)) for shape in shapes]

    def second(module: Any, leaves: list[Any]) -> list[Any]:
        values = run_program(lines, module, leaves)
        total = sum((v * v).sum() for v in values)
        firsts = module.autograd.grad(total, leaves, create_graph=True)
        return module.autograd.grad(sum((g * g).sum() for g in firsts), leaves)

    ours = second(picograd, [Tensor(a) for a in arrays])
    theirs = second(torch, [torch.tensor(a, requires_grad=True) for a in arrays])
    for mine, peer in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.value, peer.detach().numpy(), rtol=1e-7, atol=1e-7, err_msg=str(lines))


def test_every_rule_runs_on_tensors() -> None:
    """No rule is out of reach of create_graph: each is named by the registry with what it wants."""
    for operation in ops.by_name.values():
        op = operation.primitive
        assert set(op.rules) <= {op.parameters[k] for k in op.inputs}


# ---- what is dropped is 0, even if it was infinite ------------------------------------------------------------------

DROPPED = """
x.relu().sqrt()
x.clamp(min=0).sqrt()
x.clamp(0, 1).sqrt()
m.maximum(x, y * 0).sqrt()
m.minimum(-x, y * 0).abs().sqrt()
m.fmax(x, y * 0).sqrt()
m.where(x > 0, x, y * 0).sqrt()
m.nn.functional.hardtanh(x, 0.0, 5.0).sqrt()
(x.relu().sqrt() * y).relu().log()
""".strip().splitlines()


@pytest.mark.parametrize("text", DROPPED)
def test_an_infinite_gradient_is_dropped_as_in_pytorch(text: str, torch: Any) -> None:
    x, y = np.array([-2.0, 0.5, -1.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0])
    ours = [Tensor(v.copy()) for v in (x, y)]
    theirs = [torch.tensor(v, requires_grad=True) for v in (x, y)]
    eval(text, {"m": picograd, "x": ours[0], "y": ours[1]}).sum().backward()
    eval(text, {"m": torch, "x": theirs[0], "y": theirs[1]}).sum().backward()
    for leaf, peer in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(leaf.grad, 0 * leaf.value if peer.grad is None else peer.grad.numpy(), rtol=1e-12)
    (first,) = grad(eval(text, {"m": picograd, "x": ours[0], "y": ours[1]}).sum(), ours[0], create_graph=True)
    np.testing.assert_array_equal(first.value, ours[0].grad)


@pytest.mark.parametrize("parts", [[0, 1, 2], [2, 1, 0], [0, 2], [1], [1, 1, 0]])
def test_gradients_of_parts_are_put_side_by_side(parts):
    """Neighbours or not, in any order, some twice or never, beside a gradient for all of it."""
    x = Tensor(np.ones((10, 12, 120), np.float32))
    for index in ((slice(None), slice(None), slice(None)), (slice(None),), ()):
        expected = np.zeros(x.shape, np.float32)
        total, y = 0, x * 1
        width = x.shape[len(index) - 1 if index else 0] // 3
        for weight, k in enumerate(parts, 2):
            at = (*index[:-1], slice(k * width, (k + 1) * width)) if index else k
            total = total + (y[at] * weight).sum()
            expected[at] += weight
        for whole in (0, 1):
            x.grad = None
            (total + whole * y.sum()).backward(retain_graph=True)
            np.testing.assert_array_equal(x.grad, expected + whole)

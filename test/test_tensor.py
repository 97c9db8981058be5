"""The contract of a Tensor: what it holds, what backward does to it, how it is made, and who it works with."""

from __future__ import annotations

import copy
import operator
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import FloatTensor, Generator, Tensor, autograd, no_grad

# ---- the example ---------------------------------------------------------------------------------------------------

EXAMPLE = """
from {path} import Tensor
x = Tensor.eye(3); y = Tensor([[2.0, 0, -2.0]])
z = y.dot(x).sum()
z.backward()
print(x.grad, y.grad)
"""


@pytest.mark.parametrize("path", ["picograd.Tensor", "picograd", "picograd.tensor"])
def test_the_example_prints(path: str) -> None:
    ran = subprocess.run([sys.executable, "-c", EXAMPLE.format(path=path)], capture_output=True, text=True, check=False)
    assert ran.stdout == "[[ 2.  2.  2.]\n [ 0.  0.  0.]\n [-2. -2. -2.]] [[1. 1. 1.]]\n", ran.stderr


# ---- parents, _backward, grad --------------------------------------------------------------------------------------


def leaves_of(tensor: Tensor) -> set[Tensor]:
    """As micrograd walks: by `parents` alone."""
    found: set[Tensor] = set()

    def visit(t: Tensor) -> None:
        if not t.parents:
            found.add(t)
        for parent in t.parents:
            visit(parent)

    visit(tensor)
    return found


def test_parents_are_the_tensors_that_it_was_computed_from() -> None:
    x, y = Tensor([1.0, 0.0]), Tensor([0.0, 2.0])
    z = x * y
    assert isinstance(z.parents, set) and z.parents == {x, y}
    assert x.parents == set() and (x + x).parents == {x} and (x + 1.0).parents == {x}
    assert (x * picograd.ones(2)).parents == {x}  # what has no gradient is no parent
    assert picograd.stack([x, y, x]).parents == {x, y}


def test_parents_that_nobody_held_have_a_stable_handle() -> None:
    x, y = Tensor([1.0]), Tensor([2.0])
    z = (x * y).exp().sum()
    (inner,) = z.parents
    assert z.parents == {inner} and inner.shape == (1,)
    assert leaves_of(z) == {x, y}
    (product,) = inner.parents
    assert product.parents == {x, y}
    z.backward()
    np.testing.assert_allclose(product.grad, np.exp(2.0), rtol=1e-6)  # held now: it has its gradient
    assert z.parents == {inner} and leaves_of(z) >= {x, y}


def test_a_leaf_that_nobody_held_is_a_parent_too() -> None:
    z = Tensor([2.0, 3.0]) * Tensor([4.0, 5.0])
    handles = z.parents
    assert len(handles) == 2 and z.parents == handles and repr(handles)
    z.sum().backward()
    assert sorted(h.grad.tolist() for h in handles) == [[2, 3], [4, 5]]


def test_parents_after_backward_are_those_still_held() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 2
    z = y.sum()
    z.backward()
    assert z.parents == {y} and y.parents == {x}


def test_backward_rule_of_a_node() -> None:
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    z = x * y
    np.testing.assert_array_equal(z._backward(np.array([1, 10], np.float32)), [[3, 40], [1, 20]])
    np.testing.assert_array_equal(z._backward(), np.zeros((2, 2)))  # by default the gradient here
    assert x._backward() == []


def test_grad_is_zeros_before_and_after_a_reset() -> None:
    x = Tensor(np.ones((2, 3)))
    for reset in (lambda: None, lambda: setattr(x, "grad", None), x.zero_grad):
        reset()
        assert isinstance(x.grad, np.ndarray) and x.grad.shape == (2, 3) and x.grad.dtype == np.float64
        np.testing.assert_array_equal(x.grad, 0)
        (x * 2).sum().backward()
        np.testing.assert_array_equal(x.grad, 2)


def test_gradients_accumulate() -> None:
    x = Tensor([1.0, 2.0])
    before = x.grad
    (x * 2).sum().backward()
    once = x.grad
    (x * 3).sum().backward()
    np.testing.assert_array_equal(x.grad, [5, 5])
    np.testing.assert_array_equal(once, [2, 2])  # whoever holds the old gradient keeps it
    np.testing.assert_array_equal(before, [0, 0])


def test_grad_can_be_set() -> None:
    x = Tensor([1.0, 2.0])
    given = np.array([3.0, 4.0])
    x.grad = given
    given[:] = 0
    np.testing.assert_array_equal(x.grad, [3, 4])
    assert x.grad.dtype == np.float32
    x.grad = Tensor([5.0, 6.0])
    (x * 1).sum().backward()
    np.testing.assert_array_equal(x.grad, [6, 7])


def test_its_own_gradient_is_one() -> None:
    x = Tensor([2.0])
    z = (x * x).sum()
    z.backward()
    assert z.grad.shape == () and z.grad == 1
    leaf = Tensor(3.0)
    leaf.backward()
    assert leaf.grad == 1


def test_held_intermediates_have_their_gradient() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 3
    z = (y * y).sum()
    z.backward()
    np.testing.assert_array_equal(y.grad, [6, 12])
    y.retain_grad()
    assert not y.is_leaf and y.grad_fn is not None and x.grad_fn is None


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a + b,
        lambda a, b: a.reshape(3) + b.T,
        lambda a, b: a - b,
        lambda a, b: (a.sum() + b.sum()).expand(3),
    ],
)
def test_gradients_share_no_memory(function: Any) -> None:
    a, b = Tensor([1.0, 2.0, 3.0]), Tensor([4.0, 5.0, 6.0])
    c = function(a, b)
    d = c.sum()
    g = np.ones((), np.float32)
    d.backward(g)
    grads = [np.asarray(t._grad) for t in (a, b, c, d)] + [g]
    for k, one in enumerate(grads):
        assert one.flags.writeable and one.flags.owndata
        assert not any(np.shares_memory(one, other) for other in grads[:k])


def test_a_tensor_used_in_two_branches() -> None:
    x = Tensor([3.0])
    y = x * x
    (y * x + y).sum().backward()
    np.testing.assert_array_equal(x.grad, [3 * 9 + 2 * 3])
    np.testing.assert_array_equal(y.grad, [4])


def test_backward_of_anything_else_than_a_scalar() -> None:
    x = Tensor([1.0, 2.0])
    for g in ([1.0, 10.0], np.array([1, 10]), Tensor([1.0, 10.0])):
        x.zero_grad()
        (x * x).backward(g)
        np.testing.assert_array_equal(x.grad, [2, 40])
    Tensor([[5.0]]).backward()  # one element is a scalar


def test_retain_graph_gives_right_sums() -> None:
    x = Tensor([2.0])
    y = x * x
    z = (y * y).sum()
    for passes in (1, 2, 3):
        z.backward(retain_graph=True)
        np.testing.assert_array_equal([x.grad, y.grad], [[32.0 * passes], [8.0 * passes]])
        assert z.grad == passes
    z.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        z.backward()
    np.testing.assert_array_equal(x.grad, [128])


def test_two_results_over_a_shared_part() -> None:
    x = Tensor([2.0])
    shared = x.exp()
    (shared * 2).sum().backward(retain_graph=True)
    (shared * 3).sum().backward()
    np.testing.assert_allclose(x.grad, 5 * np.exp([2.0]), rtol=1e-6)


# ---- hooks ---------------------------------------------------------------------------------------------------------


def test_hooks_on_leaf_and_intermediate_in_order_and_replacing() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 3
    seen: list[tuple[str, Any]] = []

    def note(name: str, factor: float | None) -> Any:
        def hook(g: Any) -> Any:
            seen.append((name, g.copy()))
            return None if factor is None else g * factor

        return hook

    y.register_hook(note("first", 10))
    second = y.register_hook(note("second", None))
    x.register_hook(note("leaf", 2))
    z = y.sum()
    z.backward(retain_graph=True)
    assert [name for name, _ in seen] == ["first", "second", "leaf"]
    np.testing.assert_array_equal([g for _, g in seen], [[1, 1], [10, 10], [30, 30]])
    np.testing.assert_array_equal([y.grad, x.grad], [[10, 10], [60, 60]])
    second.remove()
    second.remove()
    seen.clear()
    z.backward()
    assert [name for name, _ in seen] == ["first", "leaf"]


def test_a_hook_sees_the_whole_gradient_once() -> None:
    x = Tensor([1.0])
    seen: list[Any] = []
    x.register_hook(lambda g: seen.append(g.copy()))
    (x * 2 + x * 3).sum().backward()
    np.testing.assert_array_equal(seen, [[5]])


def test_a_hook_registered_after_use_and_as_context() -> None:
    x = Tensor([1.0])
    z = (x * 2).sum()
    with x.register_hook(lambda g: g * 0):
        z.backward(retain_graph=True)
        np.testing.assert_array_equal(x.grad, [0])
    z.backward()
    np.testing.assert_array_equal(x.grad, [2])


# ---- how it is made ------------------------------------------------------------------------------------------------

MADE: list[tuple[str, tuple[int, ...], Any, bool]] = [  # what, shape, dtype, gradient
    ("Tensor(2.0)", (), np.float32, True),
    ("Tensor(2)", (2,), np.float32, False),
    ("Tensor(2.5)", (), np.float32, True),
    ("Tensor([1, 2])", (2,), np.float32, True),
    ("Tensor([[1.0], [2.0]])", (2, 1), np.float32, True),
    ("Tensor((1.0, 2.0))", (2,), np.float32, True),
    ("Tensor([])", (0,), np.float32, True),
    ("Tensor(np.ones(2))", (2,), np.float64, True),
    ("Tensor(np.ones(2, np.float16))", (2,), np.float16, True),
    ("Tensor(np.ones(2, np.int64))", (2,), np.int64, False),
    ("Tensor(np.array([True]))", (1,), np.bool_, False),
    ("Tensor([1.0], requires_grad=False)", (1,), np.float32, False),
    ("Tensor([1.0], True)", (1,), np.float32, True),
    ("Tensor([1.0], dtype=np.float64)", (1,), np.float64, True),
    ("Tensor([1], dtype=np.int64)", (1,), np.int64, False),
    ("Tensor(2, 3)", (2, 3), np.float32, False),
    ("Tensor(2, 3, requires_grad=True)", (2, 3), np.float32, True),
    ("FloatTensor(2, 3)", (2, 3), np.float32, False),
    ("FloatTensor([1, 2])", (2,), np.float32, False),
    ("Tensor.eye(3)", (3, 3), np.float32, True),
    ("Tensor.eye(2, 3)", (2, 3), np.float32, True),
    ("Tensor.zeros(2, 3)", (2, 3), np.float32, True),
    ("Tensor.ones((2, 3))", (2, 3), np.float32, True),
    ("Tensor.full((2,), 7)", (2,), np.float32, True),
    ("Tensor.arange(3)", (3,), np.float32, True),
    ("Tensor.random(2, 3)", (2, 3), np.float32, True),
    ("Tensor.randn(2, 3)", (2, 3), np.float32, True),
    ("Tensor.random()", (), np.float32, True),
    ("m.tensor(1)", (), np.int64, False),
    ("m.tensor(1.0)", (), np.float32, False),
    ("m.tensor([1, 2])", (2,), np.int64, False),
    ("m.tensor([True])", (1,), np.bool_, False),
    ("m.tensor([1.0, 2])", (2,), np.float32, False),
    ("m.tensor(np.ones(2))", (2,), np.float64, False),
    ("m.tensor([1.0], requires_grad=True)", (1,), np.float32, True),
    ("m.tensor([1], dtype=m.float64)", (1,), np.float64, False),
    ("m.as_tensor([1.0])", (1,), np.float32, False),
    ("m.as_tensor(np.ones(2, np.int32), dtype=m.float32)", (2,), np.float32, False),
    ("m.from_numpy(np.ones(2))", (2,), np.float64, False),
    ("m.zeros(2, 3)", (2, 3), np.float32, False),
    ("m.zeros((2, 3), dtype=m.int64)", (2, 3), np.int64, False),
    ("m.ones([2], requires_grad=True)", (2,), np.float32, True),
    ("m.empty(2, 0)", (2, 0), np.float32, False),
    ("m.full((2, 2), 1.5)", (2, 2), np.float32, False),
    ("m.full((2,), 3)", (2,), np.int64, False),
    ("m.full((2,), True)", (2,), np.bool_, False),
    ("m.zeros_like(m.ones(2, dtype=m.float64))", (2,), np.float64, False),
    ("m.ones_like(m.zeros(2), dtype=m.int32)", (2,), np.int32, False),
    ("m.empty_like(m.zeros(2, 3))", (2, 3), np.float32, False),
    ("m.full_like(m.zeros(2), 3)", (2,), np.float32, False),
    ("m.arange(3)", (3,), np.int64, False),
    ("m.arange(1, 2, 0.25)", (4,), np.float32, False),
    ("m.arange(3.0)", (3,), np.float32, False),
    ("m.linspace(0, 1, 5)", (5,), np.float32, False),
    ("m.eye(2)", (2, 2), np.float32, False),
    ("m.rand(2, 3)", (2, 3), np.float32, False),
    ("m.rand(2, dtype=m.float64)", (2,), np.float64, False),
    ("m.randn((2, 3))", (2, 3), np.float32, False),
    ("m.randint(5, (2, 3))", (2, 3), np.int64, False),
    ("m.randint(2, 5, (4,))", (4,), np.int64, False),
    ("m.randperm(5)", (5,), np.int64, False),
    ("m.rand_like(m.zeros(2))", (2,), np.float32, False),
    ("m.randn_like(m.zeros(2, dtype=m.float64))", (2,), np.float64, False),
    ("m.normal(0.0, 1.0, (2, 3))", (2, 3), np.float32, False),
    ("m.bernoulli(m.full((2,), 0.5))", (2,), np.float32, False),
    ("m.multinomial(m.ones(4), 2)", (2,), np.int64, False),
    ("m.multinomial(m.ones(3, 4), 2)", (3, 2), np.int64, False),
]


def make(text: str, module: Any = picograd) -> Any:
    return eval(text, {"m": module, "np": np, "Tensor": Tensor, "FloatTensor": FloatTensor})


@pytest.mark.parametrize(("text", "shape", "dtype", "gradient"), MADE, ids=[text for text, *_ in MADE])
def test_creation(text: str, shape: Any, dtype: Any, gradient: bool) -> None:
    t = make(text)
    assert type(t) is Tensor and type(t.value) is np.ndarray
    assert (t.shape, t.dtype, t.requires_grad, t.is_leaf) == (shape, dtype, gradient, True)


@pytest.mark.parametrize("text", [text for text, *_ in MADE if text.startswith("m.")])
def test_creation_as_pytorch(text: str, torch: Any) -> None:
    ours, theirs = make(text), make(text.replace("np.", "np."), torch) if "from_numpy" not in text else None
    if theirs is not None:
        assert ours.shape == tuple(theirs.shape) and str(ours.dtype) == str(theirs.dtype).removeprefix("torch.")
        if not any(word in text for word in ("rand", "empty", "normal", "bernoulli", "multinomial")):
            np.testing.assert_allclose(ours.value, theirs.detach().numpy())


def test_memory_is_shared_where_it_says_so() -> None:
    array = np.ones(3, np.float32)
    assert Tensor(array).value is array and picograd.from_numpy(array).value is array
    assert picograd.as_tensor(array).value is array and picograd.tensor(array).value is not array
    t = picograd.tensor([1.0])
    assert picograd.as_tensor(t) is t and picograd.tensor(t).value is not t.value
    assert t.numpy() is t.value and t.detach().value is t.value and t.data.value is t.value and t.cpu() is t
    assert np.asarray(t) is t.value and np.array(t) is not t.value


def test_seeds() -> None:
    def draw() -> list[Any]:
        return [picograd.rand(3).tolist(), picograd.randperm(9).tolist(), Tensor.randn(2).value.tolist()]

    picograd.manual_seed(7)
    first = draw()
    assert picograd.initial_seed() == 7
    picograd.manual_seed(7)
    assert draw() == first
    assert picograd.seed() == picograd.initial_seed() == picograd.default_generator.initial_seed()
    assert draw() != first
    one, two = Generator().manual_seed(-3), Generator().manual_seed(-3)
    state = one.get_state()
    drawn = picograd.randn(4, generator=one).tolist()
    assert drawn == picograd.randn(4, generator=two).tolist()
    one.set_state(state)
    assert drawn == picograd.randn(4, generator=one).tolist()


def test_draws_are_where_they_should_be() -> None:
    picograd.manual_seed(0)
    assert sorted(picograd.randperm(50).tolist()) == list(range(50))
    assert set(picograd.randint(2, 5, (200,)).tolist()) == {2, 3, 4}
    assert set(picograd.bernoulli(picograd.tensor([0.0, 1.0])).tolist()) == {0.0, 1.0}
    assert 0.2 < picograd.bernoulli(picograd.zeros(400), 0.3).value.mean() < 0.4
    assert sorted(picograd.multinomial(picograd.tensor([0.5, 0.0, 0.5]), 2).tolist()) == [0, 2]
    assert set(picograd.multinomial(picograd.tensor([0.0, 3.0]), 20, replacement=True).tolist()) == {1}
    draws = picograd.normal(5.0, 0.1, (1000,)).value
    assert abs(draws.mean() - 5) < 0.02 and abs(draws.std() - 0.1) < 0.01
    assert picograd.normal(picograd.zeros(3), picograd.ones(3)).shape == (3,)


# ---- dtypes --------------------------------------------------------------------------------------------------------

SCALARS = {
    "int": 2,
    "float": 2.5,
    "np.float64": np.float64(2.5),
    "np.float32": np.float32(2.5),
    "np.int64": np.int64(2),
    "0-d array": np.asarray(2.5),
    "0-d Tensor": Tensor(np.asarray(2.5), requires_grad=False),
}
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("operation", OPERATORS)
@pytest.mark.parametrize("scalar", SCALARS)
def test_a_scalar_never_promotes(scalar: str, operation: Any, dtype: Any) -> None:
    value = SCALARS[scalar]
    for left in (False, True):
        x = Tensor(np.array([1.5, 2.0], dtype))
        y = operation(value, x) if left else operation(x, value)
        assert isinstance(y, Tensor) and y.dtype == dtype
        y.sum().backward()
        assert x.grad.dtype == dtype
        number = float(value)
        expected = operation(number, x.value) if left else operation(x.value, number)
        np.testing.assert_allclose(y.value, expected, rtol=1e-2 if dtype == np.float16 else 1e-6)


DTYPES = ["float16", "float32", "float64", "int32", "int64", "uint8", "bool"]


@pytest.mark.parametrize("second", DTYPES)
@pytest.mark.parametrize("first", DTYPES)
def test_promotion_is_pytorchs(first: str, second: str, torch: Any) -> None:
    for shape, other in (((2,), (2,)), ((2,), ()), ((), (2,)), ((), ())):
        x, y = np.ones(shape, first), np.ones(other, second)
        for operation in (operator.add, operator.mul, operator.truediv, operator.lt):
            ours = operation(Tensor(x), Tensor(y)).dtype
            theirs = operation(torch.from_numpy(x), torch.from_numpy(y)).dtype
            assert str(ours) == str(theirs).removeprefix("torch."), (operation, shape, other)


def test_conversions() -> None:
    x = Tensor([1.5, -2.0])
    for name, dtype in [("half", np.float16), ("double", np.float64), ("int", np.int32), ("long", np.int64),
                        ("bool", np.bool_)]:  # fmt: skip
        assert getattr(x, name)().dtype == dtype
    assert x.float() is x and x.to(picograd.float32) is x and x.to("cpu") is x
    assert (
        x.to(Tensor(np.ones(1))).dtype == np.float64
        and x.type() == "torch.FloatTensor"
        and x.astype(np.int8).dtype == np.int8
    )
    assert not x.long().requires_grad and x.double().requires_grad
    (x.double() * 2).sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad, [2, 2])
    copied = x.astype(np.float32)
    assert not np.shares_memory(copied.value, x.value)  # NumPy's astype copies
    assert (picograd.half, picograd.double, picograd.long, picograd.short) == tuple(map(np.dtype, "edqh"))
    assert (picograd.int8, picograd.int16, picograd.int32, picograd.uint8) == tuple(map(np.dtype, "bhiB"))
    assert (picograd.float16, picograd.float64, picograd.int64, picograd.int) == tuple(map(np.dtype, "edqi"))
    assert picograd.bool == np.bool_ and picograd.float == np.float32
    assert (picograd.pi, picograd.e, picograd.inf) == (np.pi, np.e, np.inf) and picograd.nan != picograd.nan


# ---- NumPy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [*OPERATORS, operator.matmul])
def test_an_array_on_either_side(operation: Any) -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    for ours in (lambda t: operation(a, t), lambda t: operation(t, a)):
        t = Tensor(np.array([[0.5, 1.5], [2.5, 3.5]]))
        y = ours(t)
        assert isinstance(y, Tensor)
        np.testing.assert_allclose(y.value, ours(t.value))
        assert autograd.gradcheck(ours, t)


@pytest.mark.parametrize("operation", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
def test_comparisons_with_arrays_and_numbers(operation: Any) -> None:
    t, a = Tensor([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])
    for other in (a, 2.0, np.float64(2)):
        assert isinstance(operation(t, other), Tensor) and isinstance(operation(other, t), Tensor)
        np.testing.assert_array_equal(operation(t, other).value, operation(t.value, other))
        np.testing.assert_array_equal(operation(other, t).value, operation(other, t.value))


def test_numpy_as_the_caller() -> None:
    t = Tensor([[1.0, -2.0], [3.0, 4.0]])
    for call in (np.sum, np.mean, np.tanh, np.exp, lambda x: np.sum(x, axis=0), lambda x: np.einsum("ij->j", x),
                 lambda x: np.maximum(x, 0), lambda x: np.add.reduce(x), lambda x: np.maximum.reduce(x, axis=1),
                 lambda x: np.concatenate([x, x.value]), lambda x: np.where(x.value > 0, x, 0)):  # fmt: skip
        y = call(t)
        assert isinstance(y, Tensor) and y.requires_grad
        np.testing.assert_allclose(y.value, call(t.detach()).value)
    assert np.argmax(t).item() == 3 and np.shape(t) == (2, 2) and np.ndim(t) == 2 and np.size(t) == 4
    assert isinstance(np.floor(t), Tensor) and np.array_equal(t, t.value) and np.allclose(t, t.value)
    assert isinstance(np.linalg.inv(t.detach()), Tensor) and isinstance(np.arctan(t.detach()), Tensor)
    with no_grad():
        assert isinstance(np.arctan(t), Tensor)
    out = np.zeros((2, 2), np.float32)
    assert np.add(t.value, t.value, out=out) is out
    with pytest.raises(TypeError, match=r"np\.add"):
        np.add(t, t, out=out)
    np.testing.assert_array_equal(np.array(t, dtype=np.float64), t.value)


# ---- what it says of itself ----------------------------------------------------------------------------------------

REPR = [
    ("m.tensor([1.0, 2.5])", "Tensor([1. , 2.5])"),
    ("m.tensor([1, 2])", "Tensor([1, 2])"),
    ("m.tensor(True)", "Tensor(True)"),
    ("Tensor([1.0])", "Tensor([1.], requires_grad=True)"),
    ("m.ones(2, dtype=m.float64)", "Tensor([1., 1.], dtype=float64)"),
    ("m.zeros(0, 3)", "Tensor([], shape=(0, 3))"),
    ("Tensor([1.0]) * 2", "Tensor([2.], op=mul)"),
    ("Tensor([[1.0, 2.0]]).sum(1)", "Tensor([3.], op=sum)"),
]


@pytest.mark.parametrize(("text", "expected"), REPR)
def test_repr(text: str, expected: str) -> None:
    assert repr(make(text)) == str(make(text)) == expected


def test_format() -> None:
    assert f"{Tensor(2.5):.2f}" == "2.50" and f"{Tensor([2.5])}" == repr(Tensor([2.5]))


def test_attributes(torch: Any) -> None:
    t, peer = picograd.zeros(2, 3), torch.zeros(2, 3)
    for name in ("shape", "ndim", "itemsize", "nbytes", "requires_grad", "is_leaf", "is_cuda"):
        assert getattr(t, name) == getattr(peer, name), name
    for name in ("size", "dim", "numel", "nelement", "element_size", "is_floating_point", "is_contiguous", "tolist"):
        assert getattr(t, name)() == getattr(peer, name)(), name
    assert t.size(-1) == 3 and len(t) == 2 and str(t.device) == "cpu" and not t.T.is_contiguous()
    assert t.base is None if hasattr(t, "base") else True
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = t.no_such_thing


def test_as_a_number() -> None:
    assert float(Tensor(2.5)) == 2.5 and int(Tensor([2.5])) == 2 and bool(Tensor(0.0)) is False
    assert [10, 20, 30][picograd.tensor(1)] == 20 and list(range(picograd.tensor(2))) == [0, 1]
    assert Tensor([[7.0]]).item() == 7.0 and type(Tensor(7.0).item()) is float
    assert 2.0 in Tensor([1.0, 2.0]) and 3.0 not in Tensor([1.0, 2.0])
    assert [x.item() for x in Tensor([1.0, 2.0])] == [1.0, 2.0]
    assert abs(Tensor([-1.0])).item() == 1 and (+Tensor([1.0])).item() == 1


def test_identity_equality_and_none() -> None:
    t, u = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    assert (t == None) is False and (t != None) is True  # noqa: E711
    assert {t, u, t} == {t, u} and len({t, u}) == 2 and {t: 1, u: 2}[u] == 2
    assert (t == u).value.all() and not (t != u).value.any()
    assert (t == "text") is False and (t != "text") is True and (t == object()) is False
    assert [None, t].index(t) == 1 and None not in [t]


# ---- leaves, copies, detach ----------------------------------------------------------------------------------------


def test_requires_grad() -> None:
    t = picograd.ones(2)
    assert t.requires_grad_() is t and t.requires_grad and t.is_leaf
    assert not t.requires_grad_(False).requires_grad
    t.requires_grad = True
    y = t * 2
    assert y.requires_grad and not y.is_leaf and y.requires_grad_() is y
    with no_grad():
        assert not (t * 2).requires_grad and Tensor.ones(1).requires_grad


def test_detach_shares_memory_and_stops_gradients() -> None:
    x = Tensor([1.0, 2.0])
    y = x.detach()
    assert y.value is x.value and not y.requires_grad and y.parents == set()
    (x * y).sum().backward()
    np.testing.assert_array_equal(x.grad, [1, 2])


def test_assigning_data() -> None:
    x = Tensor([1.0, 2.0])
    x.data = np.array([3.0, 4.0, 5.0], np.float32)
    assert x.shape == (3,) and x.requires_grad and not x.data.requires_grad
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [6, 8, 10])
    x.data = Tensor([7.0])
    assert x.item() == 7 and x.grad.shape == (1,)


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t)), copy.copy])
def test_copies(twin_of: Any) -> None:
    x = Tensor([1.0, 2.0])
    (x * 3).sum().backward()
    y = twin_of(x)
    assert y is not x and y.is_leaf and y.requires_grad and y.dtype == x.dtype
    np.testing.assert_array_equal([y.value, y.grad], [x.value, x.grad])
    (y * 1).sum().backward()
    np.testing.assert_array_equal([x.grad, y.grad], [[3, 3], [4, 4]])
    integers = twin_of(picograd.tensor([1, 2]))
    assert integers.dtype == np.int64 and not integers.requires_grad


def test_copies_keep_what_is_shared_and_refuse_results() -> None:
    x = Tensor([1.0])
    first, second = copy.deepcopy([x, x])
    assert first is second and first is not x and not np.shares_memory(first.value, x.value)
    with pytest.raises(RuntimeError, match="deepcopy: a result of mul: only leaves"):
        copy.deepcopy(x * 2)


def test_notes_on_a_tensor_stay_with_it() -> None:
    x = Tensor([1.0, 2.0])
    x.no_decay = True  # type: ignore[attr-defined]
    x.require_grad = False  # type: ignore[attr-defined]
    assert copy.deepcopy(x).no_decay and x.requires_grad  # type: ignore[attr-defined]
    for other in (x * 1, x.detach(), x.clone(), Tensor([1.0])):
        assert not hasattr(other, "no_decay")
    with pytest.raises(AttributeError, match="no_such_note"):
        _ = x.no_such_note  # type: ignore[attr-defined]


def test_subclasses() -> None:
    class Named(Tensor):
        def __init__(self, data: Any, name: str) -> None:
            super().__init__(data)
            self.name = name

    x = Named([1.0, 2.0], "w")
    y = x * 2
    y.sum().backward()
    assert type(y) is Tensor and y.parents == {x} and copy.deepcopy(x).name == "w"
    np.testing.assert_array_equal(x.grad, [2, 2])


def test_new_tensors_like_another(torch: Any) -> None:
    for dtype in ("float32", "float64", "int64"):
        ours, theirs = picograd.zeros(2, dtype=getattr(picograd, dtype)), torch.zeros(2, dtype=getattr(torch, dtype))
        for text in (
            "new_zeros(2, 3)",
            "new_zeros((2, 3))",
            "new_ones(4)",
            "new_full((2, 2), 3)",
            "new_tensor([1, 2])",
        ):
            mine, peer = eval(f"t.{text}", {"t": ours}), eval(f"t.{text}", {"t": theirs})
            assert str(mine.dtype) == dtype and not mine.requires_grad
            np.testing.assert_array_equal(mine.value, peer.numpy())
    assert picograd.ones(1).new_zeros(2, requires_grad=True).requires_grad
    assert picograd.ones(1).new_ones(2, dtype=picograd.int64).dtype == np.int64


@pytest.mark.parametrize("offset", [-1, 0, 2])
def test_triangles_indices(offset: int, torch: Any) -> None:
    for name in ("tril_indices", "triu_indices"):
        mine = getattr(picograd, name)(3, 4, offset)
        assert mine.dtype == np.int64
        np.testing.assert_array_equal(mine.value, getattr(torch, name)(3, 4, offset).numpy())

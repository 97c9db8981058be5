"""The general functions that are no ops of numbers: shapes, strides, draws, memory, and errors of the new families."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from table import evaluate

import picograd
from picograd import Tensor


def both(torch: Any, text: str, **arrays: Any) -> tuple[Any, Any]:
    """A text's value here and in PyTorch, Tensors as lists."""

    def plain(x: Any) -> Any:
        if isinstance(x, tuple | list):
            return [plain(k) for k in x]
        return x.tolist() if hasattr(x, "tolist") else x

    results = []
    for m in (picograd, torch):
        given = {k: m.tensor(v) for k, v in arrays.items()}
        results.append(plain(eval(text, {"m": m, **given})))
    return results[0], results[1]


GRID = np.arange(12.0).reshape(3, 4)
SAME = re.split(
    r"\s\s+",
    """m.is_nonzero(x[0, 1:2])  x[0, 0].is_nonzero()  m.is_same_size(x, x.T)  x.is_same_size(x)  m.positive(x)
    x.positive()  m.conj(x)  x.conj()  m.real(x)  x.real  m.resolve_conj(x)  x.resolve_conj()  m.resolve_neg(x)
    x.resolve_neg()  m.isreal(x)  m.newaxis  x[m.newaxis].shape  x.stride()  x.T.stride()  x[:, 1:].stride(0)
    x[:, ::2].storage_offset()  x[1:, 2:].storage_offset()  x.view(4, 3)  x.view(-1)  x.float().view(m.int32)
    x.float().view(dtype=m.uint8).shape  x.view(m.float64).shape  x.H.shape  x[None].mH.shape
    m.broadcast_shapes((2, 1), (3,), (1, 1, 1))  m.broadcast_shapes(3, (2, 1))  x.as_strided((2, 2), (4, 1), 1)
    x[1:].as_strided((2, 2), (1, 1))  x[1:].as_strided((2, 2), (1, 1), 0)  m.logspace(0, 2, 5)
    m.logspace(0, 4, 5, base=2)  m.scalar_tensor(3)  m.scalar_tensor(2.5, dtype=m.float64)
    m.empty_strided((2, 3), (1, 2)).stride()  m.empty_permuted((2, 3, 4), (0, 2, 1)).stride()
    x.new_empty_strided((2, 3), (1, 2)).stride()  m.hann_window(7)
    m.hann_window(7, False)  m.hamming_window(6)  m.hamming_window(6, True, 0.6, 0.4)  m.blackman_window(5)
    m.bartlett_window(6, periodic=False)  m.kaiser_window(6)  m.kaiser_window(6, False, beta=4.0)  m.hann_window(1)
    m.hann_window(0)  m.hann_window(4, dtype=m.float64)  x.clone().fill_diagonal_(7)
    m.zeros(7, 3).fill_diagonal_(2, wrap=True)  m.zeros(2, 2, 2).fill_diagonal_(1)  x.clone().resize_(2, 3)
    x.clone().resize_as_(x[0])  x.clone().swapaxes_(0, 1)  x.clone().swapdims_(0, 1)
    x.clone().as_strided_((2, 2), (1, 2))  x.clone().apply_(lambda v: v + 1)  x.clone().map_(x, lambda v, w: v * w)
    m.zeros(2).double().set_(x)  m.zeros(2).set_().shape""",
)


@pytest.mark.parametrize("text", SAME)
def test_same_as_pytorch(text: str, torch: Any) -> None:
    mine, theirs = both(torch, text, x=GRID)
    if mine is not None:
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-7)
    assert type(mine) is type(theirs)


def test_what_pytorch_warns_of(torch: Any) -> None:
    x = GRID
    for text in ("m.range(1, 4)", "m.range(0, 1, 0.5)", "m.range(3, 0, -1)", "m.chain_matmul(x, x.T, x)"):
        with pytest.warns(Warning, match="range|chain_matmul"):
            mine, theirs = both(torch, text, x=x)
        assert mine == theirs


def test_detach() -> None:
    x = picograd.ones(3, requires_grad=True)
    y = picograd.detach(x)
    assert not y.requires_grad and np.shares_memory(x.value, y.value)


def test_real_and_complex(torch: Any) -> None:
    for m in (picograd, torch):
        assert m.isreal(m.tensor([1 + 2j, 3 + 0j])).tolist() == [False, True]


def test_map2() -> None:
    x = picograd.tensor([1.0, 2.0])
    assert x.map2_(x, x * 10, lambda a, b, c: a + b + c) is x and x.tolist() == [12.0, 24.0]


def test_strided_views_share_memory() -> None:
    x = picograd.zeros(3, 4)
    x.as_strided((3,), (5,)).fill_(1.0)
    assert x.tolist() == picograd.eye(3, 4).tolist()
    x.T.as_strided((2,), (4,), 3).add_(2.0)
    assert x[0, 3].item() == 2.0 and x[1, 3].item() == 2.0
    y = picograd.ones(3, 4, requires_grad=True)
    (y.T.as_strided((2, 2), (1, 1)) * picograd.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert y.grad[0].tolist() == [1.0, 5.0, 4.0, 0.0] and not y.grad[1:].any()


def test_writes_through_views_of_another_dtype() -> None:
    x = picograd.tensor([1.0, -2.0])
    x.view(picograd.int32).bitwise_and_(0x7FFFFFFF)
    assert x.tolist() == [1.0, 2.0]


# ---- draws ---------------------------------------------------------------------------------------------------------

N = 20000
DRAWS: dict[str, tuple[Any, float, float]] = {  # the call: how, the mean and the deviation that it has
    "bernoulli_": (lambda x: x.bernoulli_(0.3), 0.3, 0.21**0.5),
    "bernoulli_ of a Tensor": (lambda x: x.bernoulli_(picograd.full((N,), 0.3)), 0.3, 0.21**0.5),
    "bernoulli": (lambda x: x.fill_(0.3).bernoulli(), 0.3, 0.21**0.5),
    "picograd.bernoulli": (lambda x: picograd.bernoulli(x, 0.3), 0.3, 0.21**0.5),
    "exponential_": (lambda x: x.exponential_(2.0), 0.5, 0.5),
    "geometric_": (lambda x: x.geometric_(0.25), 4.0, 12**0.5),
    "log_normal_": (lambda x: x.log_normal_(0.5, 0.25), np.exp(0.5 + 0.03125),
                    ((np.exp(0.0625) - 1) * np.exp(1.0625)) ** 0.5),
    "normal_": (lambda x: x.normal_(1.0, 2.0), 1.0, 2.0),
    "uniform_": (lambda x: x.uniform_(-1, 2), 0.5, 0.75**0.5),
    "uniform_ from to": (lambda x: x.uniform_(**{"from": -1, "to": 2}), 0.5, 0.75**0.5),
    "random_": (lambda x: x.random_(10), 4.5, 8.25**0.5),
    "random_ from to": (lambda x: x.random_(5, 15), 9.5, 8.25**0.5),
    "random_ of all": (lambda x: x.random_() / 2**24, 0.5, (1 / 12) ** 0.5),
    "poisson": (lambda x: picograd.poisson(x.fill_(4.0)), 4.0, 2.0),
    "binomial": (lambda x: picograd.binomial(x.fill_(10.0), picograd.full((N,), 0.3)), 3.0, 2.1**0.5),
    "randint_like": (lambda x: picograd.randint_like(x, 5, 15), 9.5, 8.25**0.5),
    "randint_like below": (lambda x: picograd.randint_like(x, 10), 4.5, 8.25**0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWS)
def test_draws(name: str) -> None:
    how, mean, deviation = DRAWS[name]
    picograd.manual_seed(0)
    x = picograd.zeros(N)
    drawn = how(x)
    assert drawn.shape == (N,) and drawn.dtype == np.float32 and not drawn.requires_grad
    assert abs(float(drawn.mean()) - mean) < 5 * deviation / N**0.5
    assert abs(float(drawn.std()) - deviation) < 0.05 * deviation
    picograd.manual_seed(0)
    assert how(picograd.zeros(N)).tolist() == drawn.tolist()


def test_cauchy() -> None:
    x = picograd.zeros(N).cauchy_(1.0, 2.0)
    quarters = np.quantile(x.value, [0.25, 0.5, 0.75])
    np.testing.assert_allclose(quarters, [-1.0, 1.0, 3.0], atol=0.15)


def test_a_generator_of_ones_own() -> None:
    def generator() -> Any:
        return picograd.Generator().manual_seed(3)

    x = picograd.zeros(9)
    for fill in (Tensor.bernoulli_, Tensor.exponential_, Tensor.cauchy_, Tensor.random_, Tensor.normal_):
        first = fill(x.clone(), generator=generator())
        picograd.rand(3)
        assert fill(x.clone(), generator=generator()).tolist() == first.tolist() != x.tolist()


@pytest.mark.parametrize("replacement", [False, True])
def test_multinomial(replacement: bool) -> None:
    weights = picograd.tensor([[1.0, 0.0, 3.0, 6.0], [2.0, 2.0, 0.0, 0.0]])
    rows = weights.repeat(4000, 1)
    drawn = rows.multinomial(2, replacement)
    assert drawn.shape == (8000, 2) and drawn.dtype == np.int64
    assert (np.take_along_axis(rows.value, drawn.value, 1) > 0).all()
    assert replacement or (drawn.value[:, 0] != drawn.value[:, 1]).all()
    for k in range(2):
        share = np.bincount(drawn.value[k::2, 0], minlength=4) / 4000
        np.testing.assert_allclose(share, weights.value[k] / weights.value[k].sum(), atol=0.04)
    if not replacement:  # given the first, the second in proportion to the rest
        after = drawn.value[::2][drawn.value[::2, 0] == 3, 1]
        np.testing.assert_allclose(np.bincount(after, minlength=4) / len(after), [0.25, 0, 0.75, 0], atol=0.04)
    assert picograd.multinomial(weights[0], 3).shape == (3,)


def test_filling_a_leaf_needs_no_grad() -> None:
    w = picograd.zeros(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="exponential_: a leaf that requires a gradient"):
        w.exponential_()
    with picograd.no_grad():
        assert w.exponential_() is w


# ---- indexing ------------------------------------------------------------------------------------------------------

CUBE = np.arange(24.0).reshape(2, 3, 4)
INDICES = re.split(
    r"\s\s+",
    """x[0, :, [0, 1]]  x[m.tensor(0), :, [0, 1]]  x[:, 0, [0, 1]]  x[[0, 1], :, [0, 1]]  x[[0, 1], 0]
    x[None, ..., [0, 1]]  x[..., None, 1]  x[m.tensor([True, False])]  x[:, m.tensor([True, False, True])]  x[x > 5]
    x[[True, False]]  x[1, ..., 0]  x[m.tensor([[0, 1], [1, 0]])].shape  x[range(2)]  x[-1, [0, -1], 1:3]
    x[:, [2, 0]][:, :, 0]  x[True].shape  x[m.tensor(True)].shape  x[0, m.tensor([0, 2]), m.tensor([1, 3])]
    x[0, [0, 2], :, None].shape  x[()].shape  x[1, :, m.tensor([[0], [1]])].shape  x[0][None, :, [1]].shape
    x[m.tensor([0, 1]), :, 0]  x[0, ..., [0]].shape  x[m.tensor([], dtype=m.long)].shape  x[[]].shape
    x[:, [], 1].shape  x[:, None, [0, 1], 1].shape  x[0, None, [0, 1]].shape  x[[0, 1], None, 1].shape""",
)


@pytest.mark.parametrize("text", INDICES)
def test_indices(text: str, torch: Any) -> None:
    mine, theirs = both(torch, text, x=CUBE)
    assert mine == theirs
    if not text.endswith("shape"):
        leaves = [m.tensor(CUBE, requires_grad=True) for m in (picograd, torch)]
        for m, x in zip((picograd, torch), leaves, strict=True):
            eval(text, {"m": m, "x": x}).sum().backward()
        np.testing.assert_array_equal(leaves[0].grad, leaves[1].grad.numpy())


WRITES = re.split(
    r"\s\s+",
    """x[0, :, [0, 1]] = v  x[m.tensor(0), :, [0, 1]] = 9.0  x[0] += 1  x[[0, 1], 1] *= 2  x[x > 5] = 0  x[x > 5] += 1
    x[..., 0] = x[..., 1]  x[:, 1] = m.tensor([1, 2, 3, 4])  x[0, 1, 2] = m.tensor(7)  x[0, :, [1]] -= 1
    x[None, 0] = 3  x[1][0][0] = 5  x[:, m.tensor([True, False, True])] = 1  x[:, :, range(2)] = 4""",
)


@pytest.mark.parametrize("text", WRITES)
def test_writes(text: str, torch: Any) -> None:
    results = []
    for m in (picograd, torch):
        x = m.tensor(CUBE)
        exec(text, {"m": m, "x": x, "v": m.tensor(np.ones((3, 2)) * 0.5)})
        results.append(x.tolist())
    assert results[0] == results[1]


def test_writes_of_another_dtype_are_cast(torch: Any) -> None:
    for m in (picograd, torch):
        i = m.tensor([1, 2, 3])
        i[0] = m.tensor(2.7)
        i[1:] = m.tensor([4.6, -1.5])
        assert i.tolist() == [2, 4, -1]


def test_old_masks_of_bytes(torch: Any) -> None:
    x, mask = np.arange(4.0), np.array([1, 0, 1, 0], np.uint8)
    with pytest.warns(UserWarning, match="uint8"):
        expected = torch.tensor(x)[torch.tensor(mask)]
    assert picograd.tensor(x)[picograd.tensor(mask)].tolist() == expected.tolist() == [0.0, 2.0]


# ---- in-place functions at the top ---------------------------------------------------------------------------------


def test_in_place_functions_are_the_methods(torch: Any) -> None:
    names = [n for n in dir(torch) if n.endswith("_") and n[0] != "_" and hasattr(torch.Tensor, n)]
    assert len(names) > 50
    for name in names:
        if hasattr(Tensor, name):
            assert getattr(picograd, name) is getattr(Tensor, name)
    x = picograd.tensor([-1.0, 2.0])
    assert picograd.relu_(x) is x and x.tolist() == [0.0, 2.0]
    with pytest.raises(AttributeError, match="no attribute 'no_such_'"):
        picograd.no_such_  # noqa: B018


# ---- users' mistakes -----------------------------------------------------------------------------------------------

BAD: list[tuple[str, type[Exception], str]] = [
    ("m.positive(c)", TypeError, r"positive: a bool Tensor: "),
    ("m.frexp(i)", TypeError, r"frexp: a Tensor of int64: "),
    ("m.heaviside(x, i)", TypeError, r"heaviside: float32 and int64: "),
    ("m.is_nonzero(x)", RuntimeError, r"is_nonzero: shape \(2, 3\): "),
    ("x << 1", TypeError, r"bitwise_left_shift: an operand of float32: "),
    ("m.bincount(v)", ValueError, r"bincount: input \(3,\) of float32, minlength 0: "),
    ("m.bincount(i, v)", ValueError, r"bincount: weights \(3,\) for input \(2,\): "),
    ("m.histc(v, 0)", ValueError, r"histc: 0 bins: "),
    ("m.histc(v, 3, 2, 1)", ValueError, r"histc: a range from 2 to 1: "),
    ("m.histogramdd(x, [2, 2])", ValueError, r"histogramdd: 2 bins for points of 3 dimensions: "),
    ("m.cov(m.ones(2, 2, 2))", ValueError, r"cov: shape \(2, 2, 2\): "),
    ("m.cov(x, fweights=i)", ValueError, r"cov: fweights \(2,\) of int64 for 3 observations: "),
    ("m.trapezoid(x, v, dx=1)", TypeError, r"trapezoid: x and dx: "),
    ("m.trapezoid(s)", ValueError, r"trapezoid: a 0-d Tensor: "),
    ("m.trapezoid(y, v)", ValueError, r"trapezoid: x \(3,\) for y \(4, 5\), axis -1: "),
    ("m.gradient(x, spacing=[1, 2, 3])", ValueError, r"gradient: 3 spacings for 2 axes, edge_order 1: "),
    ("m.gradient(x[:, :1], dim=1)", ValueError, r"gradient: 1 samples along axis 1: "),
    ("m.gradient(x, spacing=(v, v))", ValueError, r"gradient: places \(3,\) for 2 samples along axis 0: "),
    ("m.renorm(v, 2, 0, 1.0)", ValueError, r"renorm: shape \(3,\), p 2, maxnorm 1.0: "),
    ("m.mode(x[:, :0])", IndexError, r"mode: shape \(2, 0\), axis -1: "),
    ("m.nanquantile(x, 1.5)", ValueError, r"nanquantile: q 1.5, interpolation 'linear': "),
    ("m.addmv(v, x, s)", ValueError, r"mv: shapes \(2, 3\) and \(\): "),
    ("m.addbmm(x, x[None], y[None])", ValueError, r"plus|addbmm|matmul: "),
    ("x.sum_to_size(3, 3)", ValueError, r"sum_to_size: shape \(2, 3\) to \(3, 3\): "),
    ("m.fliplr(v)", ValueError, r"fliplr: shape \(3,\): "),
    ("m.flipud(s)", ValueError, r"flipud: shape \(\): "),
    ("m.rot90(x, 1, (0, 0))", ValueError, r"rot90: axes \(0, 0\) of shape \(2, 3\): "),
    ("m.adjoint(v)", ValueError, r"adjoint: shape \(3,\): "),
    ("v.H", ValueError, r"H: shape \(3,\): "),
    ("m.hsplit(x, 2)", ValueError, r"hsplit: 3 elements into 2 parts: "),
    ("m.vsplit(v, 1)", ValueError, r"vsplit: shape \(3,\): "),
    ("s.view(m.int8)", ValueError, r"view: a 0-d Tensor of float32 as int8: "),
    ("x.T.view(m.int8)", ValueError, r"view: shape \(3, 2\) of float32 as int8: "),
    ("x.as_strided((9,), (1,))", ValueError, r"as_strided: size \(9,\), stride \(1,\), storage_offset None of a "),
    ("x.as_strided((2,), (1, 1))", ValueError, r"as_strided: size \(2,\), stride \(1, 1\): "),
    ("x[1].as_strided((2,), (1,), 0)", ValueError, r"as_strided: size \(2,\), stride \(1,\) of shape \(3,\): "),
    ("m.unravel_index(i, (1, 1))", ValueError, r"unravel_index: 0 to 1 in shape \(1, 1\): "),
    ("m.unravel_index(v, (1, 1))", TypeError, r"unravel_index: indices of float32: "),
    ("m.block_diag(m.ones(2, 2, 2))", ValueError, r"block_diag: shapes "),
    ("m.cartesian_prod(v, x)", ValueError, r"cartesian_prod: shapes "),
    ("m.combinations(x)", ValueError, r"combinations: shape \(2, 3\), r 2: "),
    ("m.fill(x, v)", ValueError, r"fill: a value of shape \(3,\): "),
    ("m.masked_scatter(x, x > 0, v)", ValueError, r"masked_scatter: 6 places for a source of 3 elements: "),
    ("m.masked_scatter(x, x, v)", TypeError, r"masked_scatter: a mask of float32, a source of float32 for float32: "),
    ("m.select_scatter(x, v, 0, 2)", IndexError, r"select_scatter: index 2 of shape \(2, 3\), axis 0: "),
    ("m.select_scatter(x, v, 1, 0)", ValueError, r"select_scatter: src \(3,\) for a part of shape \(2,\): "),
    ("m.slice_scatter(x, v, 0, 0, 1, 0)", ValueError, r"slice_scatter: step 0: "),
    ("m.diagonal_scatter(x, v)", ValueError, r"diagonal_scatter: src \(3,\) for a diagonal of shape \(2,\): "),
    ("m.as_strided_scatter(x, v, (2,), (1,))", ValueError, r"as_strided_scatter: src \(3,\) for a view"),
    ("m.put(x, i, v)", IndexError, r"put: index \(2,\) of int64 and source \(3,\) for 6 elements: "),
    ("m.put(x, i, i)", TypeError, r"put: a source of int64 for float32: "),
    ("m.index_reduce(x, 0, i, x, 'sum')", ValueError, r"index_reduce: reduce 'sum': "),
    ("m.nonzero_static(x, size=-1)", ValueError, r"nonzero_static: size -1: "),
    ("m.range(1, 0)", ValueError, r"range: from 1 to 0 by 1: "),
    ("m.empty_strided((2,), (1, 1))", ValueError, r"empty_strided: size \(2,\), stride \(1, 1\): "),
    ("m.empty_permuted((2, 3), (0, 0))", ValueError, r"empty_permuted: size \(2, 3\), order \(0, 0\): "),
    ("m.hann_window(-1)", ValueError, r"hann_window: -1 samples: "),
    ("m.hann_window(3, dtype=m.int64)", TypeError, r"hann_window: dtype int64: "),
    ("m.bernoulli(v * 2)", ValueError, r"bernoulli: 2.0 to 2.0: "),
    ("m.poisson(-v)", ValueError, r"poisson: \(3,\) of float32: "),
    ("m.binomial(v, v.double())", ValueError, r"binomial: counts of float32, probabilities of float64: "),
    ("m.multinomial(v, 0)", ValueError, r"multinomial: 0 samples of shape \(3,\): "),
    ("m.multinomial(-v, 1)", ValueError, r"multinomial: shape \(3,\): "),
    ("y.bernoulli_(2)", ValueError, r"bernoulli_: p 2: "),
    ("y.exponential_(0)", ValueError, r"exponential_: lambd 0: "),
    ("y.geometric_(0)", ValueError, r"geometric_: p 0: "),
    ("y.cauchy_(0, 0)", ValueError, r"cauchy_: sigma 0: "),
    ("y.log_normal_(0, 0)", ValueError, r"log_normal_: std 0: "),
    ("y.normal_(0, -1)", ValueError, r"normal_: std -1: "),
    ("y.uniform_(1, 0)", ValueError, r"uniform_: from 1 to 0: "),
    ("y.random_(3, 3)", ValueError, r"random_: from 3 to 3: "),
    ("v.fill_diagonal_(1)", ValueError, r"fill_diagonal_: shape \(3,\): "),
    ("m.ones(1, 2, 2).fill_diagonal_(1)", ValueError, r"fill_diagonal_: shape \(1, 2, 2\): "),
    ("x.resize_(3)", RuntimeError, r"resize_: a Tensor that requires a gradient, shape \(2, 3\): "),
    ("(x * 2).set_(v)", RuntimeError, r"set_: a result of mul: "),
    ("x.apply_(abs)", ValueError, r"map_: a Tensor that requires a gradient: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "message"), BAD, ids=[text for text, *_ in BAD])
def test_mistakes(text: str, error: type[Exception], message: str) -> None:
    x, y = picograd.ones(2, 3, requires_grad=True), picograd.ones(4, 5)
    i, c = picograd.tensor([0, 1]), picograd.tensor([True, False])
    with pytest.raises(error, match=message) as caught:
        evaluate(text, picograd, {"x": x, "y": y, "i": i, "c": c, "v": picograd.ones(3), "s": picograd.ones(())})
    assert re.fullmatch(r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]", str(caught.value)), str(caught.value)


# ---- scaling -------------------------------------------------------------------------------------------------------


def test_thousands_of_parts_are_joined_in_linear_time() -> None:
    """The gradient of 20000 joined parts: what each edge keeps is shared, or this would take minutes."""
    x = picograd.ones(20000, 2, requires_grad=True)
    parts = x.split(1)
    (picograd.cat(parts) * picograd.stack(x.unbind())).sum().backward()
    np.testing.assert_array_equal(x.grad, np.full((20000, 2), 2.0))


@pytest.mark.parametrize(
    "subscripts", ["ij,kj->ik", "bhid,bhjd->bhij", "bij,bjk->bki", "aibj,jcbd->bdiac", "ij,jk->ki"]
)
def test_einsum_of_large_arrays_is_a_matrix_product(subscripts: str, torch: Any) -> None:
    rng = np.random.default_rng(0)
    sizes = dict(zip("abcdhijk", (2, 3, 4, 5, 2, 30, 20, 10), strict=True))
    x, y = (rng.standard_normal([sizes[c] for c in name]) for name in subscripts.split("->")[0].split(","))
    mine = [picograd.tensor(v, requires_grad=True) for v in (x, y)]
    theirs = [torch.tensor(v, requires_grad=True) for v in (x, y)]
    out, expected = picograd.einsum(subscripts, *mine), torch.einsum(subscripts, *theirs)
    np.testing.assert_allclose(out.value, expected.detach().numpy(), rtol=1e-9, atol=1e-9)
    g = rng.standard_normal(out.shape)
    out.backward(g)
    expected.backward(torch.tensor(g))
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-9)


def test_einsum_by_numbers(torch: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3)), rng.standard_normal((3, 4))
    for text in ("m.einsum(x, [0, 1], y, [1, 2], [0, 2])", "m.einsum(x, [0, 1], y, [1, 2])",
                 "m.einsum(x, [..., 1], [...])"):  # fmt: skip
        np.testing.assert_allclose(*both(torch, text, x=x, y=y), rtol=1e-12)

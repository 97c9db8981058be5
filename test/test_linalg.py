"""Linear algebra: what the table can't say of a row, and users' mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import picograd as pg
from picograd import Tensor
from picograd.functions.factorisation import LuFactor


def symmetric(n: int, seed: int = 0, zero_diagonal: bool = False) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((n, n))
    x = x + x.T
    if zero_diagonal:  # makes the first block of D one of 2
        np.fill_diagonal(x, 0)
    return np.asarray(x)


@pytest.mark.parametrize("n", [1, 2, 5, 9])
@pytest.mark.parametrize("zero_diagonal", [False, True])
def test_ldl(n: int, zero_diagonal: bool, torch: Any) -> None:
    x = np.stack([symmetric(n, k, zero_diagonal and n > 1) for k in range(4)])
    LD, pivots = pg.linalg.ldl_factor(Tensor(x, requires_grad=False))
    theirs = torch.linalg.ldl_factor(torch.from_numpy(x))
    np.testing.assert_allclose(LD.value, theirs.LD.numpy(), 1e-9, 1e-12)
    np.testing.assert_array_equal(pivots.value, theirs.pivots.numpy())
    assert pivots.dtype == np.int32
    b = Tensor(np.random.default_rng(1).standard_normal((4, n, 2)))
    solution = pg.linalg.ldl_solve(LD, pivots, b)
    np.testing.assert_allclose(x @ solution.value, b.value, 1e-8, 1e-9)
    solution.sum().backward()
    np.testing.assert_allclose(b.grad, np.linalg.solve(x, np.ones((4, n, 2))), 1e-8)


def test_geqrf(torch: Any) -> None:
    for shape in ((4, 3), (2, 3, 3), (3, 5)):
        x = np.random.default_rng(0).standard_normal(shape)
        mine, theirs = pg.geqrf(Tensor(x, requires_grad=False)), torch.geqrf(torch.from_numpy(x))
        np.testing.assert_allclose(mine.a.value, theirs.a.numpy(), 1e-9, 1e-12)
        np.testing.assert_allclose(mine.tau.value, theirs.tau.numpy(), 1e-9)
    x = np.random.default_rng(0).standard_normal((4, 3))
    a, tau = Tensor(x, requires_grad=False).geqrf()
    Q = pg.linalg.householder_product(a, tau)
    np.testing.assert_allclose((Q @ a[:3].triu()).value, x, 1e-9)


def test_what_failed_is_named_and_has_no_result() -> None:
    good, singular = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, 2.0], [2.0, 4.0]])
    A = pg.tensor(np.stack([good, singular]))
    inverse, info = pg.linalg.inv_ex(A)
    assert info.tolist() == [0, 2] and info.dtype == np.int32
    np.testing.assert_allclose(inverse.value[0], np.linalg.inv(good))
    assert np.isnan(inverse.value[1]).all()
    for b in (pg.ones(2, 2, dtype=np.float64), pg.ones(2, 2, 3, dtype=np.float64)):
        result, info = pg.linalg.solve_ex(A, b)
        assert info.tolist() == [0, 2] and np.isnan(result.value[1]).all() and not np.isnan(result.value[0]).any()
    L, info = pg.linalg.cholesky_ex(A - 2 * pg.tensor([[0.0, 0.0], [0.0, 1.0]], dtype=np.float64))
    assert info.tolist() == [0, 2] and np.isnan(L.value[1]).all()
    for upper in (False, True):
        assert pg.linalg.cholesky_ex(-pg.eye(3), upper=upper).info == 1
    assert pg.linalg.lu_factor_ex(A).info.tolist() == [0, 2]
    assert pg.linalg.cond(A, "fro").tolist()[1] == np.inf


def test_cholesky_ex_beside_pytorch(torch: Any) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((30, 4, 4))
    x = x + np.swapaxes(x, -1, -2) + np.eye(4) * rng.uniform(0, 6, (30, 1, 1))
    for upper in (False, True):
        info = pg.linalg.cholesky_ex(pg.tensor(x), upper=upper).info.value
        np.testing.assert_array_equal(info, torch.linalg.cholesky_ex(torch.from_numpy(x), upper=upper).info.numpy())
        assert len(set(info.tolist())) > 2


@pytest.mark.filterwarnings("ignore:.*is deprecated")
def test_names_of_the_results(torch: Any) -> None:
    """Every tuple has PyTorch's fields, in their order."""
    x = np.eye(2)
    calls = """linalg.inv_ex linalg.cholesky_ex linalg.lu linalg.lu_factor linalg.lu_factor_ex linalg.ldl_factor
        linalg.ldl_factor_ex linalg.slogdet linalg.svd linalg.qr linalg.eigh svd geqrf slogdet"""
    for path in calls.split():
        mine, theirs = pg, torch
        for part in path.split("."):
            mine, theirs = getattr(mine, part), getattr(theirs, part)
        fields = re.findall(r"(\w+)=", re.sub(r"tensor\(.*?\)", "", repr(theirs(torch.from_numpy(x))), flags=re.S))
        assert mine(pg.tensor(x))._fields == tuple(fields), path
    assert pg.linalg.lstsq(pg.tensor(x), pg.tensor(x))._fields == ("solution", "residuals", "rank", "singular_values")
    assert pg.linalg.solve_ex(pg.tensor(x), pg.tensor(x))._fields == ("result", "info")
    assert pg.triangular_solve(pg.tensor(x), pg.tensor(x))._fields == ("solution", "cloned_coefficient")


def test_lu_unpack_of_what_is_asked_for() -> None:
    compact, pivots = LuFactor(*pg.linalg.lu_factor(pg.tensor(symmetric(3))))
    assert [x.numel() for x in pg.lu_unpack(compact, pivots, unpack_data=False)] == [9, 0, 0]
    assert [x.numel() for x in pg.lu_unpack(compact, pivots, unpack_pivots=False)] == [0, 9, 9]


def test_lstsq_of_less_than_full_rank(torch: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((5, 2)) @ rng.standard_normal((2, 3)), rng.standard_normal((5, 2))
    for driver in ("gelsy", "gelsd", "gelss"):
        mine = pg.linalg.lstsq(pg.tensor(x), pg.tensor(y), rcond=1e-10, driver=driver)
        theirs = torch.linalg.lstsq(torch.from_numpy(x), torch.from_numpy(y), rcond=1e-10, driver=driver)
        assert mine.rank.item() == theirs.rank.item() == 2
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a.value, b.numpy(), 1e-9, 1e-12)


def test_matrix_exp_of_large_empty_and_infinite(torch: Any) -> None:
    x = np.random.default_rng(0).standard_normal((3, 5, 5)) * np.array([1e-9, 1.0, 40.0])[:, None, None]
    for dtype, tolerance in ((np.float64, 1e-11), (np.float32, 1e-4)):
        mine = pg.matrix_exp(pg.tensor(x.astype(dtype)))
        theirs = torch.matrix_exp(torch.from_numpy(x.astype(dtype))).numpy()
        assert np.isfinite(mine.value[:2]).all()
        for a, b in zip(mine.value[: 3 if dtype is np.float64 else 2], theirs, strict=False):
            np.testing.assert_allclose(a, b, tolerance, tolerance * abs(b).max())
    assert pg.matrix_exp(pg.zeros(2, 0, 0)).shape == (2, 0, 0)
    assert np.isinf(pg.matrix_exp(pg.eye(2) * 200).value[0, 0])


def test_multi_dot_takes_the_cheapest_order() -> None:
    from picograd.functions.matrices import splits

    assert splits([30, 35, 15, 5, 10, 20, 25])[0, 5] == 2  # the example of Cormen et al.


def test_eig(torch: Any) -> None:
    """The functions of the room eigen."""
    x = np.random.default_rng(0).standard_normal((2, 4, 4))
    for dtype, tolerance in ((np.float32, 1e-4), (np.float64, 1e-10)):
        A = pg.tensor(x.astype(dtype))
        w, v = pg.linalg.eig(A)
        theirs = torch.linalg.eigvals(torch.from_numpy(x.astype(dtype))).numpy()
        assert w.dtype == v.dtype == theirs.dtype
        np.testing.assert_allclose(np.sort_complex(w.numpy()), np.sort_complex(theirs), tolerance, tolerance)
        np.testing.assert_allclose(np.sort_complex(pg.linalg.eigvals(A).numpy()), np.sort_complex(theirs), tolerance)
        np.testing.assert_allclose(
            (pg.complex(A, A * 0) @ v).numpy(), (v * w.unsqueeze(-2)).numpy(), atol=tolerance * 9
        )


def test_out() -> None:
    A = pg.tensor(symmetric(3) + 9 * np.eye(3))
    out = pg.empty(3, 3, dtype=np.float64)
    assert pg.linalg.inv(A, out=out) is out
    np.testing.assert_allclose(out.value, np.linalg.inv(A.value))
    Q, R = pg.empty(0, dtype=np.float64), pg.empty(0, dtype=np.float64)
    result = pg.linalg.qr(A, out=(Q, R))
    assert result.Q is Q and R.shape == (3, 3)
    np.testing.assert_allclose((Q @ R).value, A.value)


x, v, eye = pg.ones(2, 3), pg.ones(3), pg.eye(3)
MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: pg.linalg.lu(v), ValueError, r"lu_factor: shape \(3,\): it takes matrices"),
    (lambda: pg.linalg.lu_solve(*pg.linalg.lu_factor(eye), x), ValueError,
     r"lu_solve: shapes \(3, 3\) and \(2, 3\): the right side does not fit; "),
    (lambda: pg.linalg.inv_ex(x), ValueError, r"inv_ex: shape \(2, 3\): it takes square matrices; "),
    (lambda: pg.linalg.inv_ex(pg.zeros(2, 2), check_errors=True), RuntimeError,
     r"inv_ex: shape \(2, 2\): a matrix is singular; "),
    (lambda: pg.linalg.solve_ex(pg.zeros(2, 2), x, check_errors=True), RuntimeError,
     r"solve_ex: shape \(2, 2\): a matrix is singular; "),
    (lambda: pg.linalg.cholesky_ex(-eye, check_errors=True), RuntimeError,
     r"cholesky_ex: shape \(3, 3\): the leading minor of order 1 of a matrix is not positive definite; "),
    (lambda: pg.linalg.lu_factor_ex(pg.zeros(2, 2), check_errors=True), RuntimeError,
     r"lu_factor: shape \(2, 2\): pivot 1 of a matrix is 0: .*; check the input"),
    (lambda: pg.linalg.ldl_factor(pg.zeros(2, 2)), RuntimeError, r"ldl_factor: shape \(2, 2\): a matrix is singular; "),
    (lambda: pg.linalg.ldl_factor(eye.clone().requires_grad_()), RuntimeError,
     r"ldl_factor: shape \(3, 3\) with gradient: it has none here; detach\(\) it"),
    (lambda: pg.geqrf(eye.clone().requires_grad_()), RuntimeError, r"geqrf: shape \(3, 3\) with gradient: it has none"),
    (lambda: pg.linalg.eig(eye.clone().requires_grad_()), RuntimeError, r"eig: shape \(3, 3\) with gradient: it has "),
    (lambda: pg.linalg.eigvals(x), ValueError, r"eigvals: shape \(2, 3\): it takes square matrices; "),
    (lambda: pg.cholesky_solve(x, eye), ValueError, r"cholesky_solve: shapes \(2, 3\) and \(3, 3\): a row for each "),
    (lambda: pg.cholesky_inverse(x), ValueError, r"cholesky_inverse: shape \(2, 3\): it takes square matrices; "),
    (lambda: pg.linalg.householder_product(x, v), ValueError,
     r"householder_product: shapes \(2, 3\) and \(3,\): matrices not wider than high, .*; reshape them"),
    (lambda: pg.ormqr(eye, v, x), ValueError, r"ormqr: shapes \(3, 3\) and \(2, 3\): they do not fit together; "),
    (lambda: pg.matrix_exp(x), ValueError, r"matrix_exp: shape \(2, 3\): it takes square matrices; "),
    (lambda: pg.matrix_power(eye, 0.5), TypeError, r"matrix_power: n = 0.5: it is no whole number; give an int"),
    (lambda: pg.matrix_power(x, 2), ValueError, r"matrix_power: shape \(2, 3\): it takes square matrices; "),
    (lambda: pg.linalg.lstsq(x, v), ValueError, r"lstsq: shapes \(2, 3\) and \(3,\): the right side needs a row "),
    (lambda: pg.linalg.lstsq(x, x, driver="qr"), ValueError, r"lstsq: driver 'qr': there is none such; give 'gels', "),
    (lambda: pg.linalg.multi_dot([x]), ValueError, r"multi_dot: 1 Tensors: it takes at least two; give more"),
    (lambda: pg.linalg.multi_dot([x, x]), ValueError, r"multi_dot: shapes \(2, 3\) \(2, 3\): they are no chain of "),
    (lambda: pg.linalg.tensorinv(x, 0), ValueError, r"tensorinv: ind = 0: .*; give 1 or more"),
    (lambda: pg.linalg.tensorinv(x, 1), ValueError, r"tensorinv: shape \(2, 3\), ind 1: no square map; "),
    (lambda: pg.linalg.tensorsolve(x, v), ValueError, r"tensorsolve: shapes \(2, 3\) and \(3,\): no square map; "),
    (lambda: pg.linalg.vander(pg.tensor(1.0)), ValueError, r"vander: a 0-d Tensor without N: .*; give N"),
    (lambda: pg.linalg.vander(v, N=0), ValueError, r"vander: N = 0: there must be a column; give 1 or more"),
    (lambda: pg.vander(x), ValueError, r"vander: shape \(2, 3\): it takes a vector; reshape it, or use linalg.vander"),
    (lambda: pg.linalg.matrix_rank(v), ValueError, r"matrix_rank: shape \(3,\): it takes matrices"),
    (lambda: pg.linalg.cond(x, "fro"), ValueError, r"cond: shape \(2, 3\): it takes square matrices; "),
    (lambda: pg.nuclear_norm(v), ValueError, r"nuclear_norm: shape \(3,\): it takes a matrix; name the two axes "),
    (lambda: pg.frobenius_norm(pg.ones(2, 2, 2), dim=(0, 1, 2)), ValueError,
     r"frobenius_norm: axes \(0, 1, 2\): it takes one or two; use linalg.vector_norm for more"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
def test_mistakes(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert re.fullmatch(r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]", str(caught.value))

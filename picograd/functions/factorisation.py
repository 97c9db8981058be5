"""Factorisations of matrices as PyTorch names them: LU, LDL, QR by reflections, and solutions from the factors.

Those with `_ex` don't raise for a matrix that has none: `info` says where it failed, 0 where it didn't.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..ops import factorisation, indexing, layout, linalg, movement
from ..ops.out import takes_out
from .linalg import Qr, inv, qr, solve, solve_triangular, svd, swap


class Lu(NamedTuple):
    """A = P L U"""

    P: Any
    L: Any
    U: Any


class LuFactor(NamedTuple):
    """L and U in one matrix, and the row (from 1) that each row was exchanged with."""

    LU: Any
    pivots: Any


class LuFactorEx(NamedTuple):
    """As `LuFactor`, and the first pivot (from 1) that is 0, or 0."""

    LU: Any
    pivots: Any
    info: Any


class LdlFactor(NamedTuple):
    """L and D in one matrix, and the rows (from 1) that were exchanged."""

    LD: Any
    pivots: Any


class LdlFactorEx(NamedTuple):
    """As `LdlFactor`, and the first block of D (from 1) that is 0, or 0."""

    LD: Any
    pivots: Any
    info: Any


class CholeskyEx(NamedTuple):
    """A = L L^T, and the first leading minor that is not positive definite, or 0."""

    L: Any
    info: Any


class InvEx(NamedTuple):
    """The inverse, and the first pivot (from 1) that is 0, or 0."""

    inverse: Any
    info: Any


class SolveEx(NamedTuple):
    """The solution, and the first pivot (from 1) that is 0, or 0."""

    result: Any
    info: Any


class Geqrf(NamedTuple):
    """R on and above the diagonal, the reflections below it, and their factors."""

    a: Any
    tau: Any


class Triangular(NamedTuple):
    """The solution, and the matrix that was solved for."""

    solution: Any
    cloned_coefficient: Any


class OldSvd(NamedTuple):
    """A = U diag(S) V^T"""

    U: Any
    S: Any
    V: Any


def plain(x: Any) -> Any:
    """The array of a Tensor."""
    return x.value if isinstance(x, engine.box) else np.asarray(x)


def no_gradient(x: Any, op: str) -> None:
    """Raise if x has a gradient, which the function would lose."""
    if x.requires_grad:
        raise RuntimeError(f"{op}: shape {x.shape} with gradient: it has none here; detach() it")


# ---- LU ------------------------------------------------------------------------------------------------------------


@takes_out
def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> LuFactorEx:
    """(LU, pivots, info): as `lu_factor`, and the first pivot that is 0. `check_errors`: raise if there is one."""
    linalg.matrices(A.value, "lu_factor")
    compact, pivots = factorisation.eliminated(A.value, pivot)
    info = first_zero(compact)
    if check_errors and info.any():
        raise linalg.LinAlgError(
            f"lu_factor: shape {A.shape}: pivot {info.max()} of a matrix is 0: a system with it has no single "
            f"solution; check the input"
        )
    if A.requires_grad:
        order = factorisation.order_of(pivots, A.shape[-2])
        LU = factorisation.lu(indexing.gather(A, np.broadcast_to(order[..., None], A.shape), A.ndim - 2))
    else:
        LU = engine.box._of(compact)
    return LuFactorEx(LU, engine.box._of(pivots + np.int32(1)), engine.box._of(info))


def first_zero(compact: Any) -> Any:
    """The first zero on the diagonal of each matrix, counted from 1; 0 where there is none."""
    zero = np.diagonal(compact, 0, -2, -1) == 0
    first = zero.argmax(-1) + 1 if zero.shape[-1] else np.zeros(zero.shape[:-1])
    return np.where(zero.any(-1), first, 0).astype(np.int32)


@takes_out
def lu_factor(A: Any, *, pivot: bool = True) -> LuFactor:
    """(LU, pivots) with A = P L U: U on and above the diagonal of LU, L below it, ones on its diagonal; row k was
    exchanged with row pivots[k], counted from 1. A (.., n, m) of any size.
    """
    return LuFactor(*lu_factor_ex(A, pivot=pivot)[:2])


@takes_out
def lu(A: Any, *, pivot: bool = True) -> Lu:
    """(P, L, U) with A = P L U: P (n, n) a permutation, L (n, k) with ones on its diagonal, U (k, m) upper triangular,
    k = min(n, m).
    """
    return Lu(*lu_unpack(*lu_factor(A, pivot=pivot)))


@takes_out
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Lu:
    """(P, L, U) from what `lu_factor` gives; empty in place of what is not asked for."""
    n, m = LU_data.shape[-2:]
    k, dtype = min(n, m), LU_data.dtype
    P = L = U = engine.box._of(np.empty(0, dtype))
    if unpack_pivots:
        order = factorisation.order_of(plain(LU_pivots) - 1, n)
        P = engine.box._of(np.ascontiguousarray(np.swapaxes(np.eye(n, dtype=dtype)[order], -1, -2)))
    if unpack_data:
        L = layout.tril(LU_data[..., :k], -1) + np.eye(n, k, dtype=dtype)
        U = layout.triu(LU_data[..., :k, :])
    return Lu(P, L, U)


@takes_out
def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """X with A X = B (or X A = B), from A's LU and pivots; `adjoint`: with A^T in place of A."""
    linalg.squares(LU.value, "lu_solve")
    if B.ndim < 2 or B.shape[-2 if left else -1] != LU.shape[-1]:
        raise ValueError(f"lu_solve: shapes {LU.shape} and {B.shape}: the right side does not fit; reshape it")
    P, L, U = lu_unpack(LU, pivots)
    if not left:  # X A = B is A^T X^T = B^T
        B, adjoint = swap(B), not adjoint
    if adjoint:
        X = P @ solve_triangular(swap(L), solve_triangular(swap(U), B, upper=False), upper=True, unitriangular=True)
    else:
        X = solve_triangular(U, solve_triangular(L, swap(P) @ B, upper=False, unitriangular=True), upper=True)
    return X if left else swap(X)


@takes_out
def old_lu(A: Any, pivot: bool = True, get_infos: bool = False) -> tuple[Any, ...]:
    """(LU, pivots), and with `get_infos` the first pivot that is 0: `torch.lu`, from before `linalg.lu_factor`."""
    parts = lu_factor_ex(A, pivot=pivot)
    return tuple(parts) if get_infos else tuple(parts[:2])


@takes_out
def old_lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """X with A X = b, from A's LU and pivots: `linalg.lu_solve` in the old order."""
    return lu_solve(LU_data, LU_pivots, b)


# ---- with what they failed at --------------------------------------------------------------------------------------


def elimination_info(A: Any, op: str, check_errors: bool) -> Any:
    """The first pivot (from 1) of each matrix that is 0, or 0."""
    linalg.squares(A.value, op)
    info = first_zero(factorisation.eliminated(A.value)[0])
    if check_errors and info.any():
        raise linalg.LinAlgError(f"{op}: shape {A.shape}: a matrix is singular; check the input")
    return info


def possible(A: Any, info: Any) -> Any:
    """A with the identity in place of the matrices that failed."""
    good = (info == 0)[..., None, None]
    return A if good.all() else chosen(good, A, np.eye(A.shape[-1], dtype=A.dtype))


def chosen(good: Any, x: Any, other: Any) -> Any:
    """x where `good`, elsewhere `other`."""
    return np.where(good, x, other)  # a Tensor's, by NumPy's dispatch


def without_failed(X: Any, info: Any) -> Any:
    """X with nan in place of the results that failed."""
    good = (info == 0)[..., None, None]
    return X if good.all() else chosen(good, X, np.asarray(np.nan, X.dtype))


@takes_out
def inv_ex(A: Any, *, check_errors: bool = False) -> InvEx:
    """(inverse, info): the inverse of each matrix, nan where there is none, and the first pivot that is 0."""
    info = elimination_info(A, "inv_ex", check_errors)
    return InvEx(without_failed(inv(possible(A, info)), info), engine.box._of(info))


@takes_out
def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> SolveEx:
    """(result, info): as `solve`, nan where there is no single solution, and the first pivot that is 0."""
    info = elimination_info(A, "solve_ex", check_errors)
    result = solve(possible(A, info), B, left=left)
    if info.any():
        good = (info == 0).reshape(info.shape + (1,) * (result.ndim - info.ndim))
        result = chosen(good, result, np.asarray(np.nan, A.dtype))
    return SolveEx(result, engine.box._of(info))


@takes_out
def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """(L, info): as `cholesky`, nan for a matrix that is not positive definite, and its first minor that is not."""
    linalg.squares(A.value, "cholesky_ex")
    below = np.triu(A.value) if upper else np.swapaxes(np.tril(A.value), -1, -2)
    try:
        np.linalg.cholesky(np.swapaxes(below, -1, -2))
        info = np.zeros(A.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        whole = below + np.swapaxes(np.triu(below, 1), -1, -2)
        with np.errstate(all="ignore"):
            pivots = np.diagonal(factorisation.eliminated(whole, False)[0], 0, -2, -1)
        failed = ~(pivots > 0)
        info = np.where(failed.any(-1), failed.argmax(-1) + 1, 0).astype(np.int32)
    if check_errors and info.any():
        raise linalg.LinAlgError(
            f"cholesky_ex: shape {A.shape}: the leading minor of order {info.max()} of a matrix is not positive "
            f"definite; check the input"
        )
    L = linalg.cholesky(possible(swap(A) if upper else A, info))
    return CholeskyEx(without_failed(swap(L) if upper else L, info), engine.box._of(info))


# ---- from Cholesky's factor ----------------------------------------------------------------------------------------


@takes_out
def old_cholesky(input: Any, upper: bool = False) -> Any:
    """`linalg.cholesky` under its old name."""
    return swap(linalg.cholesky(swap(input))) if upper else linalg.cholesky(input)


@takes_out
def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """X with A X = B, from the factor L of A = L L^T (or the upper one of A = U^T U)."""
    linalg.squares(L.value, "cholesky_solve")
    if B.ndim < 2 or B.shape[-2] != L.shape[-1]:
        raise ValueError(f"cholesky_solve: shapes {B.shape} and {L.shape}: a row for each row of L; reshape the first")
    lower = swap(L) if upper else L
    return solve_triangular(swap(lower), solve_triangular(lower, B, upper=False), upper=True)


@takes_out
def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """The inverse of A, from the factor L of A = L L^T (or the upper one of A = U^T U)."""
    linalg.squares(L.value, "cholesky_inverse")
    eye = engine.box._of(np.eye(L.shape[-1], dtype=L.dtype))
    half = solve_triangular(swap(L) if upper else L, eye, upper=False)
    return swap(half) @ half


@takes_out
def triangular_solve(
    b: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Triangular:
    """(X, A) with A X = b for triangular A, or A^T X = b: `linalg.solve_triangular` in the old order."""
    triangle = layout.triu(A) if upper else layout.tril(A)
    X = solve_triangular(
        swap(triangle) if transpose else triangle, b, upper=upper is not transpose, unitriangular=unitriangular
    )
    return Triangular(X, movement.clone(A))


# ---- LDL -----------------------------------------------------------------------------------------------------------


@takes_out
def ldl_factor_ex(A: Any, *, hermitian: bool = False, check_errors: bool = False) -> LdlFactorEx:
    """(LD, pivots, info): as `ldl_factor`, and the first block of D that is 0."""
    linalg.squares(A.value, "ldl_factor")
    no_gradient(A, "ldl_factor")
    n, batch = A.shape[-1], A.shape[:-2]
    LD, pivots = np.zeros(A.shape, A.dtype), np.zeros(A.shape[:-1], np.int32)
    for at in np.ndindex(batch):
        LD[at], pivots[at] = factorisation.symmetric_factors(A.value[at])
    first = first_zero(np.where((pivots > 0)[..., None] | ~np.eye(n, dtype=bool), LD, 1))
    if check_errors and first.any():
        raise linalg.LinAlgError(f"ldl_factor: shape {A.shape}: a matrix is singular; check the input")
    return LdlFactorEx(engine.box._of(LD), engine.box._of(pivots), engine.box._of(first))


@takes_out
def ldl_factor(A: Any, *, hermitian: bool = False) -> LdlFactor:
    """(LD, pivots) of symmetric matrices, of which the lower triangle is read, definite or not: A = P L D L^T P^T with
    D of blocks of 1 and 2 (Bunch and Kaufman). For real matrices `hermitian` changes nothing.
    """
    return LdlFactor(*ldl_factor_ex(A, hermitian=hermitian, check_errors=True)[:2])


@takes_out
def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False) -> Any:
    """X with A X = B, from what `ldl_factor` gives."""
    linalg.squares(LD.value, "ldl_solve")
    no_gradient(LD, "ldl_solve")
    whole = np.zeros_like(LD.value)
    for at in np.ndindex(LD.shape[:-2]):
        whole[at] = factorisation.from_symmetric_factors(LD.value[at], plain(pivots)[at])
    return linalg.solve(whole, B)


# ---- reflections ---------------------------------------------------------------------------------------------------


@takes_out
def geqrf(input: Any) -> Geqrf:
    """(a, tau) with input = Q R: R on and above the diagonal of a; Q = `householder_product(a, tau)`. No gradient."""
    linalg.matrices(input.value, "geqrf")
    no_gradient(input, "geqrf")
    a, tau = np.linalg.qr(input.value, "raw")
    return Geqrf(engine.box._of(np.ascontiguousarray(np.swapaxes(a, -1, -2))), engine.box._of(tau))


def reflected(x: Any, A: Any, tau: Any, order: Any) -> Any:
    """The reflections I - tau v v^T applied to x; v has 1 in its place and what stands below it in A."""
    n, k = A.shape[-2], tau.shape[-1]
    V = layout.tril(A[..., :k], -1) + np.eye(n, k, dtype=A.dtype)
    for j in order:
        v = V[..., j : j + 1]  # (.., n, 1)
        x = x - (tau[..., j : j + 1].unsqueeze(-1) * v) @ (swap(v) @ x)
    return x


@takes_out
def householder_product(A: Any, tau: Any) -> Any:
    """The first columns of H1 H2 .. Hk, Hj = I - tau[j] v v^T: A (.., n, m) with v below its diagonal, tau (.., k),
    k <= m <= n; the result (.., n, m).
    """
    linalg.matrices(A.value, "householder_product")
    n, m = A.shape[-2:]
    k = tau.shape[-1] if tau.ndim else 0
    if not k <= m <= n or tau.shape[:-1] != A.shape[:-2]:
        raise ValueError(
            f"householder_product: shapes {A.shape} and {tau.shape}: matrices not wider than high, and a factor for "
            f"each of their columns at most; reshape them"
        )
    start = np.where(np.zeros((n, m), bool), A, np.eye(n, m, dtype=A.dtype))  # recorded also if there is no reflection
    return reflected(start, A, tau, range(k - 1, -1, -1))


@takes_out
def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """Q other (or Q^T other, other Q, other Q^T), with the square Q that `geqrf` describes by input and tau."""
    linalg.matrices(input.value, "ormqr")
    k = tau.shape[-1]
    if other.ndim < 2 or other.shape[-2 if left else -1] != input.shape[-2]:
        raise ValueError(f"ormqr: shapes {input.shape} and {other.shape}: they do not fit together; reshape them")
    forward = transpose is left  # H1 first
    x = reflected(other if left else swap(other), input, tau, range(k) if forward else range(k - 1, -1, -1))
    return x if left else swap(x)


# ---- the old names of qr and svd -----------------------------------------------------------------------------------


@takes_out
def old_qr(input: Any, some: bool = True) -> Qr:
    """(Q, R): `linalg.qr`, "reduced" for `some`, else "complete"."""
    return Qr(*qr(input, "reduced" if some else "complete"))


@takes_out
def old_svd(input: Any, some: bool = True, compute_uv: bool = True) -> OldSvd:
    """(U, S, V) with input = U diag(S) V^T: V, where `linalg.svd` gives its transpose. `some`: only the first
    min(n, m) columns; not `compute_uv`: zeros in place of U and V.
    """
    if not compute_uv:
        n, m = input.shape[-2:]
        U, V = (engine.box._of(np.zeros((*input.shape[:-2], k, k), input.dtype)) for k in (n, m))
        return OldSvd(U, linalg.svdvals(input), V)
    U, S, Vh = svd(input, not some)
    return OldSvd(U, S, swap(Vh))


__all__ = [
    "cholesky_ex", "cholesky_inverse", "cholesky_solve", "geqrf", "householder_product", "inv_ex", "ldl_factor",
    "ldl_factor_ex", "ldl_solve", "lu", "lu_factor", "lu_factor_ex", "lu_solve", "lu_unpack", "ormqr", "solve_ex",
    "triangular_solve",
]  # fmt: skip

"""Linear algebra: inverses, determinants, solutions and decompositions of matrices, the last two axes of an array.

A decomposition has several results and one derivative: its op gives them as one array (`packed`), so that the rule gets
their gradients together; `picograd.linalg` takes them apart. `called`: the name for errors.

The rules are those of M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), and for the decompositions of J. Townsend, "Differentiating the singular value decomposition"
(2016) and M. Seeger et al., "Auto-differentiating linear algebra" (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .nested import nested
from .primitive import Array, primitive

Shape = tuple[int, ...]


class LinAlgError(RuntimeError):
    """A matrix that has no such inverse, solution or decomposition."""


def swap(x: Array) -> Array:
    """The transpose of each matrix."""
    return np.swapaxes(x, -1, -2)


def column(g: Array) -> Array:
    """A number for each matrix, in a shape that broadcasts over it."""
    return np.expand_dims(g, (-2, -1))


def matrices(x: Array, op: str) -> None:
    """Raise unless x holds matrices of floats."""
    if x.ndim < 2:
        raise ValueError(f"{op}: shape {x.shape}: it takes matrices, of at least 2 dimensions; reshape or unsqueeze it")
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"{op}: a Tensor of {x.dtype}: it takes float32 and float64; convert it with float()")


def squares(x: Array, op: str) -> None:
    """Raise unless x holds square matrices of floats."""
    matrices(x, op)
    if x.shape[-1] != x.shape[-2]:
        raise ValueError(f"{op}: shape {x.shape}: it takes square matrices; make the last two sizes equal")


def tried(op: str, why: str, function: Any, *args: Any) -> Any:
    """NumPy's function; LinAlgError if the matrix is not one for it."""
    try:
        return function(*args)
    except np.linalg.LinAlgError:
        raise LinAlgError(f"{op}: shape {args[0].shape}: {why}; check the input") from None


# ---- inverses and determinants -------------------------------------------------------------------------------------


@primitive(np.linalg.inv)
def inv(x: Array) -> Array:
    """The inverse of each matrix."""
    squares(x, "inv")
    return tried("inv", "a matrix is singular", np.linalg.inv, x)


inv.rule(x=lambda g, out: -(swap(out) @ g @ swap(out)))


@primitive(np.linalg.pinv)
def pinv(x: Array, rcond: float | None = None, hermitian: bool = False) -> Array:
    """The pseudo-inverse of each matrix: singular values below rcond times the largest count as 0.

    `hermitian`: only the lower triangle is read; the gradient is that of the whole matrix, as PyTorch's.
    """
    matrices(x, "pinv")
    return np.linalg.pinv(x, np.finfo(x.dtype).eps * max(x.shape[-2:]) if rcond is None else rcond, hermitian)


def pinv_x(g: Array, x: Array, out: Array) -> Array:
    """From dP = -P dA P + P P^T dA^T (1 - A P) + (1 - P A) dA^T P^T P (Golub and Pereyra, 1973)"""
    gt, pt = swap(g), swap(out)
    left, right = gt @ out @ pt, pt @ out @ gt
    return -(pt @ g @ pt) + (left - x @ (out @ left)) + (right - (right @ out) @ x)


pinv.rule(x=pinv_x)


@primitive(np.linalg.det)
def det(x: Array, called: str = "det") -> Array:
    """The determinant of each matrix."""
    squares(x, called)
    return np.linalg.det(x)


@primitive()
def cofactors(x: Array) -> Array:
    """The derivative of the determinant: det(x) x^-T, also where x is singular."""
    u, s, vh = np.linalg.svd(x)
    n = s.shape[-1]
    # det(u) det(vh) u diag(the product of all other singular values) vh
    rest = np.where(np.eye(n, dtype=bool), s.dtype.type(1), s[..., None, :]).prod(-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return (u * (rest * sign[..., None])[..., None, :]) @ vh


def cofactors_x(g: Array, x: Array) -> Array:
    """det(x) (<g, x^-T> x^-T - x^-T g^T x^-T)"""
    inverse = swap(np.linalg.inv(x))
    inner = np.sum(g * inverse, axis=(-2, -1), keepdims=True)
    return column(np.linalg.det(x)) * (inner * inverse - inverse @ swap(g) @ inverse)


cofactors.rule(x=cofactors_x)
det.rule(x=lambda g, x: column(g) * nested(cofactors)(x))


@primitive()
def logabsdet(x: Array, called: str = "slogdet") -> Array:
    """log |det x| of each matrix; -inf where it is singular."""
    squares(x, called)
    return np.linalg.slogdet(x)[1]


logabsdet.rule(x=lambda g, x: column(g) * swap(np.linalg.inv(x)))


@primitive()
def det_sign(x: Array, called: str = "slogdet") -> Array:
    """The sign of det x; 0 where it is singular."""
    squares(x, called)
    return np.linalg.slogdet(x)[0]


@primitive(np.linalg.solve)
def solve(x: Array, y: Array) -> Array:
    """The solution z of x z = y: x (..., n, n), y (..., n, k)."""
    squares(x, "solve")
    if y.ndim < 2 or x.shape[-1] != y.shape[-2]:
        raise ValueError(
            f"solve: shapes {x.shape} and {y.shape}: the right side needs a row for each row of the matrix; reshape it"
        )
    return tried("solve", "a matrix is singular", np.linalg.solve, x, y)


solve.rule(
    x=lambda g, x, out: -(np.linalg.solve(swap(x), g) @ swap(out)),
    y=lambda g, x: np.linalg.solve(swap(x), g),
)


@primitive(np.linalg.cholesky)
def cholesky(x: Array) -> Array:
    """The lower triangular L with L L^T = x, of symmetric positive definite matrices; only lower triangles are read."""
    squares(x, "cholesky")
    return tried("cholesky", "a matrix is not positive definite", np.linalg.cholesky, x)


def cholesky_x(g: Array, out: Array) -> Array:
    """L^-T F(L^T g) L^-1, symmetric; F takes the lower triangle, half of the diagonal."""
    inner = swap(out) @ g
    half = (np.tril(inner) + np.tril(inner, -1)) / 2
    right = np.linalg.solve(swap(out), swap(np.linalg.solve(swap(out), swap(half))))
    return (right + swap(right)) / 2


cholesky.rule(x=cholesky_x)


# ---- decompositions ------------------------------------------------------------------------------------------------


def packed(*parts: Array) -> Array:
    """Matrices (..., n, m) as one array (..., the elements of all)."""
    return np.concatenate([p.reshape((*p.shape[:-2], p.shape[-2] * p.shape[-1])) for p in parts], -1)


def unpacked(x: Array, shapes: Sequence[tuple[int, int]]) -> list[Array]:
    """The matrices of these shapes that `packed` has put into one array."""
    parts, start = [], 0
    for n, m in shapes:
        parts.append(x[..., start : start + n * m].reshape((*x.shape[:-1], n, m)))
        start += n * m
    return parts


def svd_shapes(x_shape: Shape) -> list[tuple[int, int]]:
    """Of U, S as a row and V^T, for k = min(n, m)."""
    n, m = x_shape[-2:]
    k = min(n, m)
    return [(n, k), (1, k), (k, m)]


@primitive()
def svd(x: Array, called: str = "svd") -> Array:
    """U, S and V^T with x = U diag(S) V^T, packed; S descending, k = min(n, m) columns in U and V."""
    matrices(x, called)
    u, s, vh = tried(called, "it does not converge", np.linalg.svd, x, False)
    return packed(u, s[..., None, :], vh)


def inverse_or_zero(x: Array) -> Array:
    """1 / x, and 0 on the diagonal, where x is 0."""
    eye = np.eye(x.shape[-1], dtype=x.dtype)
    return (1 - eye) / (x + eye)


def svd_x(g: Array, out: Array, x_shape: Shape) -> Array:
    """U (sym(U^T gU) S + S sym(V^T gV) + gS) V^T and what lies outside of the spaces of U and V (Townsend)"""
    u, s, vh = unpacked(out, svd_shapes(x_shape))
    gu, gs, gvh = unpacked(g, svd_shapes(x_shape))
    v, gv = swap(vh), swap(gvh)
    f = inverse_or_zero(s * s - swap(s * s))  # f[i, j] = 1 / (s[j]^2 - s[i]^2)
    by_u, by_v = f * (swap(u) @ gu), f * (vh @ gv)
    by_u, by_v = by_u + swap(by_u), by_v + swap(by_v)
    eye = np.eye(s.shape[-1], dtype=s.dtype)
    result = u @ (by_u * s + swap(s) * by_v + eye * gs) @ vh
    n, m = x_shape[-2:]
    if n > m:
        result = result + ((gu - u @ (swap(u) @ gu)) / s) @ vh
    if m > n:
        result = result + (u / s) @ (swap(gv - v @ (vh @ gv)))
    return result


svd.rule(x=svd_x)


@primitive()
def svdvals(x: Array, called: str = "svdvals") -> Array:
    """The singular values of each matrix alone, descending: their derivative exists where that of U and V doesn't."""
    matrices(x, called)
    return np.linalg.svd(x, compute_uv=False)


def svdvals_x(g: Array, x: Array, x_shape: Shape) -> Array:
    """U diag(g) V^T"""
    u, _, vh = unpacked(nested(svd)(x, "svdvals"), svd_shapes(x_shape))
    return (u * np.expand_dims(g, -2)) @ vh


svdvals.rule(x=svdvals_x)


def eigh_shapes(x_shape: Shape) -> list[tuple[int, int]]:
    """Of the eigenvalues as a row and the eigenvectors."""
    return [(1, x_shape[-1]), (x_shape[-1], x_shape[-1])]


@primitive()
def eigh(x: Array, uplo: str = "L") -> Array:
    """w and V with x = V diag(w) V^T for symmetric x, packed; w ascending. `uplo`: which triangle is read."""
    squares(x, "eigh")
    w, v = tried("eigh", "it does not converge", np.linalg.eigh, x, uplo)
    return packed(w[..., None, :], v)


def eigh_x(g: Array, out: Array, x_shape: Shape) -> Array:
    """V (diag(gw) + F (V^T gV)) V^T with F[i, j] = 1 / (w[j] - w[i])"""
    w, v = unpacked(out, eigh_shapes(x_shape))
    gw, gv = unpacked(g, eigh_shapes(x_shape))
    inner = np.eye(w.shape[-1], dtype=w.dtype) * gw + inverse_or_zero(w - swap(w)) * (swap(v) @ gv)
    result = v @ inner @ swap(v)
    return (result + swap(result)) / 2


eigh.rule(x=eigh_x)


def qr_shapes(x_shape: Shape) -> list[tuple[int, int]]:
    """Of Q and R, for n >= m."""
    n, m = x_shape[-2:]
    return [(n, m), (m, m)]


@primitive()
def qr(x: Array, called: str = "qr") -> Array:
    """Q and R with x = Q R, packed, for matrices that are not wider than high: Q (n, m), R (m, m) upper triangular."""
    matrices(x, called)
    return packed(*np.linalg.qr(x))


def qr_x(g: Array, out: Array, x_shape: Shape) -> Array:
    """(gQ + Q C(M)) R^-T with M = R gR^T - gQ^T Q; C copies the lower triangle to the upper (Seeger et al.)"""
    q, r = unpacked(out, qr_shapes(x_shape))
    gq, gr = unpacked(g, qr_shapes(x_shape))
    inner = r @ swap(gr) - swap(gq) @ q
    symmetric = np.tril(inner) + swap(np.tril(inner, -1))
    return swap(np.linalg.solve(r, swap(gq + q @ symmetric)))


qr.rule(x=qr_x)

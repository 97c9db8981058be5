"""Linear algebra as `torch.linalg` names it; `picograd.linalg` shows it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..ops import layout, linalg, movement, reduction
from ..ops.out import takes_out
from .products import vector_product as cross
from .reduction import vector_norm


class Det(NamedTuple):
    """The sign of a determinant and the logarithm of its size."""

    sign: Any
    logabsdet: Any


class Svd(NamedTuple):
    """A = U diag(S) Vh"""

    U: Any
    S: Any
    Vh: Any


class Eigh(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


class Qr(NamedTuple):
    """A = Q R"""

    Q: Any
    R: Any


@takes_out
def inv(A: Any) -> Any:
    """The inverse of each matrix."""
    return linalg.inv(A)


@takes_out
def det(A: Any) -> Any:
    """The determinant of each matrix."""
    return linalg.det(A)


@takes_out
def slogdet(A: Any) -> Any:
    """(sign, logabsdet) of each determinant, for those that are too small or large for a float."""
    return Det(linalg.det_sign(A), linalg.logabsdet(A))


@takes_out
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A X = B (or, not `left`, X A = B): A (.., n, n), B (.., n, k), or (.., n) for one vector each."""
    vector = B.ndim == 1 or (B.ndim + 1 == A.ndim and B.shape == A.shape[:-1])
    if vector:
        B = movement.unsqueeze(B, -1)
    X = linalg.solve(A, B) if left or vector else swap(linalg.solve(swap(A), swap(B)))
    return movement.squeeze(X, -1) if vector else X


def swap(x: Any) -> Any:
    """The transpose of each matrix."""
    return movement.swapaxes(x, -1, -2)


@takes_out
def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """X with A X = B (or X A = B) for triangular A, of which only that triangle is read; `unitriangular`: with ones
    on its diagonal, whatever stands there.
    """
    linalg.squares(A.value, "solve_triangular")
    A = layout.triu(A, int(unitriangular)) if upper else layout.tril(A, -int(unitriangular))
    if unitriangular:
        A = A + np.eye(A.shape[-1], dtype=A.dtype)
    return linalg.solve(A, B) if left else swap(linalg.solve(swap(A), swap(B)))


@takes_out
def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The lower triangular L with L L^T = A (or the upper U with U^T U = A), for symmetric positive definite A."""
    return swap(linalg.cholesky(swap(A))) if upper else linalg.cholesky(A)


@takes_out
def svd(A: Any, full_matrices: bool = True) -> Any:
    """(U, S, Vh) with A = U diag(S) Vh, S descending. `full_matrices`: U and Vh square; the columns that this adds
    have no gradient.
    """
    u, s, vh = linalg.unpacked(linalg.svd(A), linalg.svd_shapes(A.shape))
    if full_matrices and A.shape[-1] != A.shape[-2]:
        whole_u, _, whole_vh = np.linalg.svd(A.value)
        k = s.shape[-1]
        if A.shape[-2] > k:
            u = movement.concatenate([u, whole_u[..., k:]], -1)
        else:
            vh = movement.concatenate([vh, whole_vh[..., k:, :]], -2)
    return Svd(u, movement.squeeze(s, -2), vh)


@takes_out
def svdvals(A: Any) -> Any:
    """The singular values of each matrix, descending."""
    return linalg.svdvals(A)


@takes_out
def eigh(A: Any, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of symmetric matrices, ascending, the vectors as columns; one triangle is read."""
    if UPLO.upper() not in ("L", "U"):
        raise ValueError(f"eigh: UPLO {UPLO!r}: there is no such triangle; give 'L' or 'U'")
    w, v = linalg.unpacked(linalg.eigh(A, UPLO.upper()), linalg.eigh_shapes(A.shape))
    return Eigh(movement.squeeze(w, -2), v)


@takes_out
def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, ascending."""
    return eigh(A, UPLO).eigenvalues


@takes_out
def qr(A: Any, mode: Any = "reduced") -> Any:
    """(Q, R) with A = Q R, the columns of Q orthonormal, R upper triangular. `mode`: "reduced"; "complete", with Q
    square; "r", with Q left empty. Without gradient for the last two, if A is not square.
    """
    linalg.matrices(A.value, "qr")
    n, m = A.shape[-2:]
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr: mode {mode!r}: there is none such; give 'reduced', 'complete' or 'r'")
    if mode == "r" or (mode == "complete" and n > m):
        if A.requires_grad:
            raise RuntimeError(
                f"qr: mode {mode!r} for shape {A.shape} with gradient: it has none; use 'reduced', or detach()"
            )
        parts: Any = np.linalg.qr(A.value, mode)
        whole = (np.empty(0, A.dtype), parts) if mode == "r" else parts
        return Qr(*(engine.box._of(part) for part in whole))
    q, r = linalg.unpacked(linalg.qr(A[..., :n]), linalg.qr_shapes((*A.shape[:-1], min(n, m))))
    if m > n:  # A = [X, Y] = Q [R, Q^T Y]
        r = movement.concatenate([r, swap(q) @ A[..., n:]], -1)
    return Qr(q, r)


@takes_out
def pinv(A: Any, rtol: Any = None, *, atol: Any = None, rcond: Any = None, hermitian: bool = False) -> Any:
    """The pseudo-inverse of each matrix; singular values up to max(atol, rtol times the largest) count as 0."""
    rtol = rtol if rcond is None else rcond
    plain = [v.value if isinstance(v, engine.box) else v for v in (rtol, atol)]
    linalg.matrices(A.value, "pinv")
    if plain[1] is None:
        return linalg.pinv(A, plain[0], hermitian)
    if A.numel() == 0:
        return swap(A)
    largest = np.linalg.svd(A.value, compute_uv=False)[..., 0]
    relative = 0.0 if plain[0] is None else plain[0]
    share = np.maximum(relative, np.divide(plain[1], largest, out=np.full(largest.shape, np.inf), where=largest > 0))
    return linalg.pinv(A, share.astype(A.dtype), hermitian)


# ---- norms ---------------------------------------------------------------------------------------------------------


@takes_out
def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of each matrix: "fro" of its elements, "nuc" the sum and 2 (-2) the largest (smallest) of its singular
    values, inf (-inf) the largest (smallest) sum of |elements| of a row, 1 (-1) of a column.
    """
    x = A if dtype is None else A.to(dtype)
    linalg.matrices(x.value, "matrix_norm")
    over = reduction.axes(dim, x.ndim, "matrix_norm")
    if len(over) != 2:
        raise ValueError(f"matrix_norm: axes {dim}: it takes the two of a matrix; use vector_norm for others")
    known = ("fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf"))
    if ord not in known:
        raise ValueError(f"matrix_norm: ord {ord!r}: there is none such; give one of {', '.join(map(str, known))}")
    if ord == "fro":
        return vector_norm(x, 2, over, keepdim)
    x = movement.movedim(x, over, (-2, -1))
    if ord in ("nuc", 2, -2):
        s = svdvals(x)
        out = s.sum(-1) if ord == "nuc" else outermost(s, ord > 0)
    else:
        sums = abs(x).sum(-2 if ord in (1, -1) else -1)
        out = outermost(sums, ord > 0)
    return movement.unsqueeze(out, sorted(over)) if keepdim else out


def outermost(x: Any, largest: bool) -> Any:
    """The largest (smallest) element along the last axis; of none of them, the largest norm is 0."""
    if largest and not x.shape[-1]:
        return x.sum(-1)
    return x.amax(-1) if largest else x.amin(-1)


@takes_out
def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """`vector_norm` over one axis, over all, or if `ord` is None over any; else `matrix_norm`."""
    axes = [dim] if isinstance(dim, int) else dim
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if isinstance(ord, str) or (axes is not None and len(axes) == 2) or (axes is None and A.ndim == 2):
        if axes is None and A.ndim != 2:
            raise ValueError(f"norm: ord {ord!r} of shape {A.shape}: it is one of matrices; name the two axes with dim")
        return matrix_norm(A, ord, (0, 1) if axes is None else tuple(axes), keepdim, dtype=dtype)
    if axes is None and A.ndim != 1:
        raise ValueError(f"norm: ord {ord!r} of shape {A.shape}: of a vector or a matrix? name the axes with dim")
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


__all__ = [
    "cholesky", "cross", "det", "eigh", "eigvalsh", "inv", "matrix_norm", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_triangular", "svd", "svdvals", "vector_norm",
]  # fmt: skip

"""Linear systems: A x = b, and the triangular factor of a positive definite matrix. Leading axes are a batch."""

from __future__ import annotations

import numpy as np

from .contraction import swap
from .primitive import Array, primitive


@primitive(np.linalg.solve)
def solve(a: Array, b: Array) -> Array:
    """x with a x = b: (..., n, n), (..., n, k) -> (..., n, k)"""
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != a.shape[-2] or a.shape[-1] != b.shape[-2]:
        raise ValueError(
            f"solve: shapes {a.shape} and {b.shape}: it takes (..., n, n) and (..., n, k); reshape or unsqueeze them"
        )
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError as error:
        raise RuntimeError(f"solve: shape {a.shape}: {error}; check that the rows are independent") from None


# d(a x) = 0: with h = a^-T g the gradient of b is h, that of a is -h x^T.
solve.rule(
    a=lambda g, a, out: -np.linalg.solve(swap(a), g) @ swap(out),
    b=lambda g, a: np.linalg.solve(swap(a), g),
)


@primitive(np.linalg.cholesky)
def cholesky(a: Array) -> Array:
    """The lower triangular L with L L^T = a, for a symmetric and positive definite: (..., n, n) -> (..., n, n)"""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"cholesky: shape {a.shape}: it takes square matrices, (..., n, n); check the input")
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        raise RuntimeError(
            f"cholesky: shape {a.shape}: a matrix is not positive definite; add a small multiple of the identity"
        ) from None


def cholesky_a(g: Array, out: Array) -> Array:
    """L^-T phi(L^T g) L^-1, made symmetric; phi: the lower triangle with half of the diagonal (Murray 2016)"""
    n = out.shape[-1]
    half = np.tri(n, dtype=out.dtype) - np.eye(n, dtype=out.dtype) / 2
    inner = swap(out) @ (g * np.tri(n, dtype=out.dtype)) * half
    inner = np.linalg.solve(swap(out), swap(np.linalg.solve(swap(out), swap(inner))))
    return (inner + swap(inner)) / 2


cholesky.rule(a=cholesky_a)

"""Linear systems: A x = b, and the triangular factor of a positive definite matrix. Leading axes are a batch."""

from __future__ import annotations

import numpy as np

from .linalg import swap  # and so after linalg, whose `solve` and `cholesky` NumPy's calls don't mean, but these
from .primitive import Array, primitive


def at_least_single(x: Array) -> Array:
    """x, in float32 if it is shorter: NumPy solves no others"""
    return x.astype(np.float32) if x.dtype.itemsize < 4 else x


@primitive(np.linalg.solve, floating=True)
def solve(a: Array, b: Array) -> Array:
    """x with a x = b: (..., n, n), (..., n, k) -> (..., n, k)"""
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != a.shape[-2] or a.shape[-1] != b.shape[-2]:
        raise ValueError(
            f"solve: shapes {a.shape} and {b.shape}: it takes (..., n, n) and (..., n, k); reshape or unsqueeze them"
        )
    try:
        return np.linalg.solve(at_least_single(a), at_least_single(b)).astype(a.dtype, copy=False)
    except np.linalg.LinAlgError as error:
        raise RuntimeError(f"solve: shape {a.shape}: {error}; check that the rows are independent") from None


def solved(a: Array, b: Array) -> Array:
    """`solve` within a rule: recorded for Tensors, the formula alone for arrays."""
    return solve(a, b) if hasattr(a, "node") or hasattr(b, "node") else solve.primitive.forward(a, b)


# d(a x) = 0: with h = a^-T g the gradient of b is h, that of a is -h x^T.
solve.rule(
    a=lambda g, a, out: -solved(swap(a), g) @ swap(out),
    b=lambda g, a: solved(swap(a), g),
)


@primitive(np.linalg.cholesky, floating=True)
def cholesky(a: Array) -> Array:
    """The lower triangular L with L L^T = a, for a symmetric and positive definite: (..., n, n) -> (..., n, n)"""
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"cholesky: shape {a.shape}: it takes square matrices, (..., n, n); check the input")
    try:
        return np.linalg.cholesky(at_least_single(a)).astype(a.dtype, copy=False)
    except np.linalg.LinAlgError:
        raise RuntimeError(
            f"cholesky: shape {a.shape}: a matrix is not positive definite; add a small multiple of the identity"
        ) from None


def cholesky_a(g: Array, out: Array) -> Array:
    """L^-T phi(L^T g) L^-1, made symmetric; phi: the lower triangle with half of the diagonal (Murray 2016)"""
    n = out.shape[-1]
    half = np.tri(n, dtype=out.dtype) - np.eye(n, dtype=out.dtype) / 2
    inner = swap(out) @ (g * np.tri(n, dtype=out.dtype)) * half
    inner = solved(swap(out), swap(solved(swap(out), swap(inner))))
    return (inner + swap(inner)) / 2


cholesky.rule(a=cholesky_a)

"""Functions of matrices that are composed of products, inverses and singular values, as PyTorch names them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..ops import contraction, elementwise, factorisation, layout, linalg, movement, reduction, scan
from ..ops.out import takes_out
from .factorisation import inv_ex, plain
from .linalg import eigvalsh, inv, matrix_norm, pinv, solve, svdvals, vector_norm


class Lstsq(NamedTuple):
    """The solution, the sums of squares that it leaves, and the rank and the singular values of the matrix."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


@takes_out
def matrix_exp(A: Any) -> Any:
    """The sum of A^k / k! over k >= 0, of each square matrix."""
    return factorisation.matrix_exp(A)


@takes_out
def matrix_power(A: Any, n: int) -> Any:
    """A A .. A, n times; for n < 0 of the inverse, for n = 0 the identity. By repeated squaring."""
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ValueError(f"matrix_power: shape {A.shape}: it takes square matrices; make the last two sizes equal")
    if not isinstance(n, int | np.integer):
        raise TypeError(f"matrix_power: n = {n!r}: it is no whole number; give an int")
    if n == 0:
        return np.where(np.zeros(A.shape, bool), A, np.eye(A.shape[-1], dtype=A.dtype))  # a gradient of zeros
    if n < 0:
        return matrix_power(inv(A), -n)
    result, square = None, A
    while True:
        if n % 2:
            result = square if result is None else result @ square
        n //= 2
        if not n:
            return movement.clone(result) if result is A else result
        square = square @ square


@takes_out
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """How many singular values of each matrix are larger than max(atol, rtol times the largest). rtol: max(n, m) times
    the dtype's precision if no tolerance is given, else 0. `tol` is atol by its old name.
    """
    linalg.matrices(A.value, "matrix_rank")
    atol = tol if atol is None else atol
    if rtol is None:
        rtol = 0.0 if atol is not None else np.finfo(A.dtype).eps * max(A.shape[-2:])
    x = A.detach()
    s = abs(eigvalsh(x)).value if hermitian else svdvals(x).value
    largest = s.max(-1, initial=0)
    limit = np.maximum(0.0 if atol is None else plain(atol), plain(rtol) * largest)
    return engine.box._of(np.asarray((s > np.asarray(limit)[..., None]).sum(-1)))


@takes_out
def cond(A: Any, p: Any = None) -> Any:
    """The condition of each matrix: the largest singular value by the smallest (p None or 2; -2: the reverse), else
    `matrix_norm(A, p)` times that of the inverse, for square matrices; infinite for a singular one.
    """
    linalg.matrices(A.value, "cond")
    if p in (None, 2, -2):
        s = svdvals(A)
        if not s.shape[-1]:
            return s.sum(-1)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    linalg.squares(A.value, "cond")
    if not A.shape[-1]:
        return A.sum((-2, -1))
    inverse, info = inv_ex(A)
    result = matrix_norm(A, p) * matrix_norm(inverse, p)
    return np.where(info.value == 0, result, np.asarray(np.inf, A.dtype)) if info.value.any() else result


@takes_out
def logdet(A: Any) -> Any:
    """The logarithm of each determinant; nan where it is negative, -inf where it is 0."""
    result = linalg.logabsdet(A, "logdet")
    negative = linalg.det_sign(A.detach(), "logdet").value < 0
    return np.where(negative, np.asarray(np.nan, A.dtype), result) if negative.any() else result


@takes_out
def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: str | None = None) -> Lstsq:
    """(solution, residuals, rank, singular_values): the X with the smallest |A X - B|, and of those the smallest.

    A (.., n, m), B (.., n, k) or (.., n); X = pinv(A) B, where singular values below `rcond` times the largest count as
    0. residuals: the sums of squares in the columns of A X - B, if n > m and A has full rank, else empty. `driver`:
    "gels" takes full rank for granted, and gives no rank; "gelsd" and "gelss" give the singular values; "gelsy".
    """
    linalg.matrices(A.value, "lstsq")
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise ValueError(f"lstsq: driver {driver!r}: there is none such; give 'gels', 'gelsy', 'gelsd' or 'gelss'")
    vector = B.ndim == A.ndim - 1
    right = movement.unsqueeze(B, -1) if vector else B
    n, m = A.shape[-2:]
    if right.ndim < 2 or right.shape[-2] != n:
        raise ValueError(f"lstsq: shapes {A.shape} and {B.shape}: the right side needs a row for each row; reshape it")
    share = np.finfo(A.dtype).eps * max(n, m) if rcond is None else plain(rcond)
    X = pinv(A, None if driver == "gels" else share) @ right
    s = svdvals(A.detach()).value
    rank = (s > share * s.max(-1, initial=0)[..., None]).sum(-1)
    residuals = singular_values = engine.box._of(np.empty(0, A.dtype))
    if n > m and (driver == "gels" or np.all(rank == m)):
        residuals = ((A @ X - right) ** 2).sum(-2)
    if driver in ("gelsd", "gelss"):
        singular_values = engine.box._of(s)
    ranks = engine.box._of(np.empty(0, np.int64) if driver == "gels" else np.asarray(rank))
    return Lstsq(movement.squeeze(X, -1) if vector else X, residuals, ranks, singular_values)


@takes_out
def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of two or more matrices, in the order that costs least; the first and the last may be vectors."""
    chain = list(tensors)
    if len(chain) < 2:
        raise ValueError(f"multi_dot: {len(chain)} Tensors: it takes at least two; give more")
    first, last = chain[0].ndim == 1, chain[-1].ndim == 1
    if first:
        chain[0] = chain[0].unsqueeze(0)
    if last:
        chain[-1] = chain[-1].unsqueeze(-1)
    shapes = [x.shape for x in chain]
    if any(len(s) != 2 for s in shapes) or any(a[1] != b[0] for a, b in pairwise(shapes)):
        raise ValueError(
            f"multi_dot: shapes {' '.join(str(x.shape) for x in tensors)}: they are no chain of matrices; the columns "
            f"of each must be as many as the rows of the next"
        )
    result = product(chain, splits([s[0] for s in shapes] + [shapes[-1][1]]), 0, len(chain) - 1)
    return result.reshape(result.shape[first : 2 - last])


def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices, in the order that takes the fewest multiplications."""
    return multi_dot(matrices)


def splits(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where to divide each part i..j of a chain of matrices (sizes[i], sizes[i + 1]): cheapest by dynamic programming
    (T. H. Cormen et al., Introduction to Algorithms, chapter 15).
    """
    n = len(sizes) - 1
    cost, best = {(i, i): 0 for i in range(n)}, {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            costs = [cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)]
            cost[i, j] = min(costs)
            best[i, j] = i + costs.index(cost[i, j])
    return best


def product(chain: list[Any], best: dict[tuple[int, int], int], i: int, j: int) -> Any:
    """The product of chain[i] to chain[j]."""
    if i == j:
        return chain[i]
    return product(chain, best, i, best[i, j]) @ product(chain, best, best[i, j] + 1, j)


@takes_out
def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse of the map from the last axes of A to its first `ind`: `tensordot(tensorinv(A, ind), B, ind)` solves
    `tensordot(A, X) = B`. The products of the sizes must be equal.
    """
    if not isinstance(ind, int) or ind <= 0:
        raise ValueError(f"tensorinv: ind = {ind}: it says how many of the first axes; give 1 or more")
    first, last = A.shape[:ind], A.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise ValueError(f"tensorinv: shape {A.shape}, ind {ind}: no square map; make the sizes fit")
    n = math.prod(last)
    return inv(A.reshape((n, n))).reshape((*last, *first))


@takes_out
def tensorsolve(A: Any, B: Any, dims: Sequence[int] | None = None) -> Any:
    """X with `tensordot(A, X, X.ndim) = B`; `dims`: the axes of A that are first moved to its end."""
    if dims is not None:
        ends = range(-len(dims), 0)
        A = movement.movedim(A, tuple(dims), tuple(ends))
    shape = A.shape[B.ndim :]
    n = math.prod(shape)
    if math.prod(A.shape) != n * n or B.numel() != n:
        raise ValueError(f"tensorsolve: shapes {A.shape} and {B.shape}: no square map; make the sizes fit")
    return solve(A.reshape((n, n)), B.reshape((n,))).reshape(shape)


@takes_out
def vandermonde(x: Any, N: int | None = None) -> Any:
    """The powers 0 to N - 1 of each element, along a new last axis (N: as many as the last axis has elements)."""
    if not x.ndim and N is None:
        raise ValueError("vander: a 0-d Tensor without N: it has no size to take for it; give N")
    x = x if x.ndim else x.reshape((1,))
    N = x.shape[-1] if N is None else N
    if N < 1:
        raise ValueError(f"vander: N = {N}: there must be a column; give 1 or more")
    dtype = np.int64 if x.dtype.kind in "iub" else x.dtype
    ones = np.ones((*x.shape, 1), dtype)
    if N == 1:
        return engine.box._of(ones)
    repeated = movement.broadcast_to(movement.unsqueeze(x, -1), (*x.shape, N - 1))
    return movement.concatenate([ones, scan.cumprod(repeated, -1)], -1)


def old_vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of the elements of a vector as rows: (n,) -> (n, N), the highest first unless `increasing`."""
    if x.ndim != 1:
        raise ValueError(f"vander: shape {x.shape}: it takes a vector; reshape it, or use linalg.vander")
    if N == 0 or x.shape[-1] == 0:
        return engine.box._of(np.empty((x.shape[0], N or 0), x.dtype))
    powers = vandermonde(x, N)
    return powers if increasing else powers.flip(-1)


@takes_out
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sum of x y along an axis."""
    return elementwise.mul(x, y).sum(dim)


@takes_out
def matmul(input: Any, other: Any) -> Any:
    """The product of matrices: `picograd.matmul`."""
    return contraction.matmul(input, other)


@takes_out
def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonal of each matrix, as the last axis. A view."""
    return layout.diagonal(A, offset, dim1, dim2)


@takes_out
def nuclear_norm(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum of the singular values, of each matrix on the axes `dim`, or of the one matrix."""
    if dim is None and input.ndim != 2:
        raise ValueError(f"nuclear_norm: shape {input.shape}: it takes a matrix; name the two axes with dim")
    return matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim)


@takes_out
def frobenius_norm(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The root of the sum of squares, over one axis, over two, or over all."""
    over = reduction.axes(None if dim is None or dim == () else dim, input.ndim, "frobenius_norm")
    if dim is not None and dim != () and len(over) > 2:
        raise ValueError(f"frobenius_norm: axes {dim}: it takes one or two; use linalg.vector_norm for more")
    return vector_norm(input, 2, over, keepdim)


__all__ = [
    "cond", "diagonal", "frobenius_norm", "logdet", "lstsq", "matmul", "matrix_exp", "matrix_power", "matrix_rank",
    "multi_dot", "nuclear_norm", "tensorinv", "tensorsolve", "vecdot",
]  # fmt: skip

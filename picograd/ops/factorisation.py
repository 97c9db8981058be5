"""LU, which NumPy's linear algebra doesn't show, and the exponential of a matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .linalg import matrices, squares, swap
from .nested import nested
from .primitive import Array, primitive

Shape = tuple[int, ...]

BLOCK = 32  # columns that are eliminated one by one before the rest follows in one matrix product


def eliminated(x: Array, pivoting: bool = True) -> tuple[Array, Array]:
    """L and U of each matrix in one (LAPACK's compact form), and the pivots: the row, from 0, that each row is
    exchanged with.

    Gauss's elimination by blocks of columns. A column whose pivot is 0 is left as it is, as LAPACK does.
    """
    n, m = x.shape[-2:]
    out = x.reshape(math.prod(x.shape[:-2]), n, m).copy()
    every, k = np.arange(len(out)), min(n, m)
    pivots = np.broadcast_to(np.arange(k, dtype=np.int32), (len(out), k)).copy()
    for start in range(0, k, BLOCK):
        stop = min(start + BLOCK, k)
        for j in range(start, stop):
            if pivoting and len(out):
                pivots[:, j] = chosen = j + np.abs(out[:, j:, j]).argmax(1)
                out[every, chosen], out[:, j] = out[:, j].copy(), out[every, chosen]
            pivot = out[:, j, j, None]
            out[:, j + 1 :, j] /= np.where(pivot == 0, 1, pivot)
            out[:, j + 1 :, j + 1 : stop] -= out[:, j + 1 :, j, None] * out[:, j, None, j + 1 : stop]
        if stop < m:
            lower = np.tril(out[:, start:stop, start:stop], -1) + np.eye(stop - start, dtype=x.dtype)
            out[:, start:stop, stop:] = np.linalg.solve(lower, out[:, start:stop, stop:])
            out[:, stop:, stop:] -= out[:, stop:, start:stop] @ out[:, start:stop, stop:]
    return out.reshape(x.shape), pivots.reshape(*x.shape[:-2], k)


def order_of(pivots: Array, n: int) -> Array:
    """Which of n rows stands in which place after the exchanges, one after the other, of these rows (from 0)."""
    batch = pivots.shape[:-1]
    swaps = pivots.reshape(math.prod(batch), pivots.shape[-1])
    order = np.broadcast_to(np.arange(n), (len(swaps), n)).copy()
    every = np.arange(len(swaps))
    for j, chosen in enumerate(swaps.T):
        order[every, chosen], order[:, j] = order[:, j].copy(), order[every, chosen]
    return order.reshape(*batch, n)


@primitive()
def lu(x: Array) -> Array:
    """L and U with x = L U, in one matrix: U on and above the diagonal, L below it, whose diagonal is 1.

    The rows are taken in the order that they have; pivoting has put them in it.
    """
    matrices(x, "lu")
    return eliminated(x, False)[0]


def lu_x(g: Array, out: Array, x_shape: Shape) -> Array:
    """L^-T (tril(L^T gL, -1) + triu(gU U^T)) U^-T for square x.

    If x = [x1, x2] is wider than high, U2 = L^-1 x2, and if x = [x1; x2] is higher than wide, L2 = x2 U^-1.
    """
    n, m = x_shape[-2:]
    k = min(n, m)
    square = out[..., :k, :k]
    lower, upper = np.tril(square, -1) + np.eye(k, dtype=out.dtype), np.triu(square)
    g_lower, g_upper = np.tril(g[..., :k, :k], -1), np.triu(g[..., :k, :k])
    if m > n:
        rest = np.linalg.solve(swap(lower), g[..., k:])
        g_lower = g_lower - rest @ swap(out[..., k:])
    if n > m:
        rest = swap(np.linalg.solve(upper, swap(g[..., k:, :])))
        g_upper = g_upper - swap(out[..., k:, :]) @ rest
    inner = np.tril(swap(lower) @ g_lower, -1) + np.triu(g_upper @ swap(upper))
    first = swap(np.linalg.solve(upper, swap(np.linalg.solve(swap(lower), inner))))
    return first if n == m else np.concatenate([first, rest], -1 if m > n else -2)


lu.rule(x=lu_x)


# The order of the Pade approximation, and up to which norm of the matrix it is exact to the rounding of the dtype.
PADE = {np.dtype(np.float32): (7, 3.925724783138660), np.dtype(np.float64): (13, 5.371920351148152)}


@primitive()
def matrix_exp(x: Array) -> Array:
    """The sum of x^k / k! over k >= 0, of each square matrix.

    Scaling and squaring, exp(x) = exp(x / 2^s)^(2^s), with a Pade approximation of the first (N. J. Higham, "The
    scaling and squaring method for the matrix exponential revisited", 2005).
    """
    squares(x, "matrix_exp")
    if not x.size:
        return x.copy()
    m, limit = PADE[x.dtype]
    norm = np.abs(x).sum(-2).max(-1)
    times = np.maximum(0, np.ceil(np.log2(np.where(norm > 0, norm, 1) / limit)))
    times = np.where(np.isfinite(times), times, 0).astype(int)
    y = x * np.exp2(-times).astype(x.dtype)[..., None, None]
    b = [math.factorial(2 * m - j) / math.factorial(m - j) / math.factorial(j) for j in range(m + 1)]
    b = [c / b[-1] for c in b]
    squared, power = y @ y, np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    odd, even = b[1] * power, b[0] * power
    for j in range(2, m + 1, 2):
        power = power @ squared
        even = even + b[j] * power
        if j < m:
            odd = odd + b[j + 1] * power
    odd = y @ odd
    out: Array = np.asarray(np.linalg.solve(even - odd, even + odd))
    with np.errstate(all="ignore"):  # what overflows is infinite, as the exponential of a number
        for k in range(times.max(initial=0)):
            out = np.where((times > k)[..., None, None], out @ out, out)
    return out


def matrix_exp_x(g: Array, x: Array) -> Array:
    """The upper right block of exp([[x^T, g], [0, x^T]]) (R. Mathias, 1996)"""
    n, xt = x.shape[-1], swap(x)
    upper, lower = np.concatenate([xt, g], -1), np.concatenate([np.zeros(x.shape, x.dtype), xt], -1)
    return nested(matrix_exp)(np.concatenate([upper, lower], -2))[..., :n, n:]


matrix_exp.rule(x=matrix_exp_x)


def symmetric_factors(x: Array) -> tuple[Any, Any]:
    """LD and pivots of one symmetric matrix with x = P L D L^T P^T, D with blocks of 1 and 2, as LAPACK's sytrf gives
    them for its lower triangle (J. R. Bunch and L. Kaufman, 1977).

    A pivot p > 0 says that the row was exchanged with row p (from 1); a pair of equal pivots -p < 0, that D has a block
    of 2 there and that its second row was exchanged with row p.
    """
    a, n = np.tril(x), len(x)
    pivots = np.zeros(n, np.int32)
    share = (1 + math.sqrt(17)) / 8  # keeps the growth of the elements smallest
    k = 0
    while k < n:
        size, chosen = 1, k
        diagonal = abs(a[k, k])
        below = np.abs(a[k + 1 :, k])
        largest = below.max(initial=0)
        if max(diagonal, largest) > 0 and diagonal < share * largest:
            row = k + 1 + int(below.argmax())
            others = max(np.abs(a[row, k:row]).max(initial=0), np.abs(a[row + 1 :, row]).max(initial=0))
            if diagonal * others < share * largest * largest:
                chosen = row
                size = 1 if abs(a[row, row]) >= share * others else 2
        at = k + size - 1
        if chosen != at:
            exchange(a, at, chosen)
            if size == 2:
                a[at, k], a[chosen, k] = a[chosen, k], a[at, k]
        rest = slice(k + size, n)
        block = a[k : k + size, k : k + size]
        block = np.tril(block) + np.tril(block, -1).T
        columns = a[rest, k : k + size].copy()
        if np.any(block) and columns.size:
            factor = columns / block if size == 1 else np.linalg.solve(block, columns.T).T
            a[rest, rest] -= np.tril(factor @ columns.T)
            a[rest, k : k + size] = factor
        pivots[k : k + size] = (chosen + 1) * (1 if size == 1 else -1)
        k += size
    return a, pivots


def exchange(a: Array, at: int, chosen: int) -> None:
    """Exchange rows and columns at < chosen of what is left of a symmetric matrix, of which a holds the lower half."""
    below, between = slice(chosen + 1, None), slice(at + 1, chosen)
    a[below, at], a[below, chosen] = a[below, chosen].copy(), a[below, at].copy()
    a[between, at], a[chosen, between] = a[chosen, between].copy(), a[between, at].copy()
    a[at, at], a[chosen, chosen] = a[chosen, chosen], a[at, at]


def from_symmetric_factors(a: Array, pivots: Array) -> Array:
    """The symmetric matrix with these LD and pivots."""
    n = len(a)
    left, middle, k = np.eye(n, dtype=a.dtype), np.zeros_like(a), 0  # the product of all P L, and D
    while k < n:
        size = 1 if pivots[k] > 0 else 2
        at, chosen = k + size - 1, abs(int(pivots[k])) - 1
        left[:, [at, chosen]] = left[:, [chosen, at]]
        block, rest = slice(k, k + size), slice(k + size, n)
        left[:, block] += left[:, rest] @ a[rest, block]
        middle[block, block] = np.tril(a[block, block]) + np.tril(a[block, block], -1).T
        k += size
    return left @ middle @ left.T

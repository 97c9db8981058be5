"""Orthogonal polynomials by their three-term recurrences, P[k + 1] = (a x + b) P[k] - c P[k - 1] (A&S chapter 22)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .nested import nested
from .primitive import Array, primitive

# The family -> P[1] as (slope, constant), and (a, b, c) that lead from k and k - 1 to k + 1.
FAMILIES: dict[str, tuple[tuple[float, float], Callable[[int], tuple[float, float, float]]]] = {
    "chebyshev_polynomial_t": ((1, 0), lambda k: (2, 0, 1)),
    "chebyshev_polynomial_u": ((2, 0), lambda k: (2, 0, 1)),
    "chebyshev_polynomial_v": ((2, -1), lambda k: (2, 0, 1)),
    "chebyshev_polynomial_w": ((2, 1), lambda k: (2, 0, 1)),
    "shifted_chebyshev_polynomial_t": ((2, -1), lambda k: (4, -2, 1)),
    "shifted_chebyshev_polynomial_u": ((4, -2), lambda k: (4, -2, 1)),
    "shifted_chebyshev_polynomial_v": ((4, -3), lambda k: (4, -2, 1)),
    "shifted_chebyshev_polynomial_w": ((4, -1), lambda k: (4, -2, 1)),
    "hermite_polynomial_h": ((2, 0), lambda k: (2, 0, 2 * k)),
    "hermite_polynomial_he": ((1, 0), lambda k: (1, 0, k)),
    "laguerre_polynomial_l": ((-1, 1), lambda k: (-1 / (k + 1), (2 * k + 1) / (k + 1), k / (k + 1))),
    "legendre_polynomial_p": ((1, 0), lambda k: ((2 * k + 1) / (k + 1), 0, k / (k + 1))),
}


HIGHEST = 10_000  # the degree up to which the recurrence is followed


def values(x: Any, n: Any, family: str, order: int) -> Any:
    """The derivative of this order (0: P[n] itself) of P[n] at x, in float64. 0 for n < 0, nan for n > 10000."""
    (slope, constant), step = FAMILIES[family]
    x, n = np.broadcast_arrays(x, np.trunc(n))
    x = np.where(n > HIGHEST, np.nan, x)
    n = np.where(n <= HIGHEST, n, -1)
    zero = np.zeros(x.shape)
    before = [np.ones(x.shape), *[zero] * order]  # P[0] and its derivatives
    now = [slope * x + constant, *[zero + slope] * (order > 0), *[zero] * (order - 1)]
    out = np.where(n == 0, before[order], np.where(n == 1, now[order], zero))
    for k in range(1, int(np.max(n, initial=0))):
        a, b, c = step(k)
        # the product rule of (a x + b) P
        after = [(a * x + b) * now[d] + (d * a * now[d - 1] if d else 0) - c * before[d] for d in range(order + 1)]
        before, now = now, after
        out = np.where(n == k + 1, now[order], out)
    return np.where(np.isnan(x), x, out)


@primitive(floating=True)
def orthogonal(x: Array, n: Array, family: str, order: int = 0) -> Array:
    """The derivative of this order of the n-th polynomial of a family, broadcast over x and n."""
    with np.errstate(all="ignore"):
        return values(x.astype(np.float64), n.astype(np.float64), family, order).astype(x.dtype, copy=False)


def orthogonal_x(g: Array, x: Array, n: Any, family: str, order: int) -> Array:
    """The next derivative."""
    return g * nested(orthogonal)(x, n, family, order + 1)


def orthogonal_n(g: Array) -> Array:
    """Not there."""
    raise NotImplementedError("orthogonal: a gradient in n, the degree: it is a whole number; detach() it")


orthogonal.rule(x=orthogonal_x, n=orthogonal_n)

"""The error function, which NumPy lacks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import engine
from ..kernels.coefficients import ERF, ERF_LIMIT
from ..kernels.threads import share
from .primitive import Array, primitive

# float64: W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), 631-637.
# Highest power first. erf(x) = x P(x^2) / Q(x^2) for |x| < 0.46875;
SMALL = (
    (
        1.85777706184603153e-1,
        3.16112374387056560e0,
        1.13864154151050156e2,
        3.77485237685302021e2,
        3.20937758913846947e3,
    ),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
# 1 - erf(x) = e^(-x^2) P(x) / Q(x) up to 4;
MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
# 1 - erf(x) = e^(-x^2) / x (1/sqrt(pi) - P(1/x^2) / (x^2 Q(1/x^2))) beyond.
LARGE = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip

# Elements at a time: few enough for the cache, many enough that calls cost little (measured); half are worth a thread.
BLOCK = 1 << 18


def polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Horner's scheme, highest power first, in one array."""
    out = x * coefficients[0]
    for c in coefficients[1:-1]:
        out += c
        out *= x
    out += coefficients[-1]
    return out


def single(x: Array, out: Array) -> None:
    """erf in float32: tanh(x p(x^2))."""
    p = polynomial(ERF, np.minimum(x * x, x.dtype.type(ERF_LIMIT)))
    p *= x
    np.tanh(p, out=out)


def double(x: Array, out: Array) -> None:
    """erf in float64, to its rounding."""
    size = np.abs(x)
    small, large = size < 0.46875, size > 4
    middle = ~(small | large)
    t = x[small] ** 2
    out[small] = size[small] * polynomial(SMALL[0], t) / polynomial(SMALL[1], t)
    t = size[middle]
    out[middle] = 1 - np.exp(-t * t) * polynomial(MIDDLE[0], t) / polynomial(MIDDLE[1], t)
    t = np.minimum(size[large], 7)  # erf(6) is 1 already
    s = 1 / (t * t)
    rest = s * polynomial(LARGE[0], s) / polynomial(LARGE[1], s)
    out[large] = 1 - np.exp(-t * t) / t * (1 / math.sqrt(math.pi) - rest)
    np.copysign(out, x, out=out)


def in_blocks(f: Callable[..., None], *arrays: Array) -> Array:
    """A new array that an elementwise f(*arrays, out) writes, a block at a time: its temporaries stay in the cache."""
    out = np.empty_like(arrays[0], order="C")
    if out.size <= BLOCK:
        f(*arrays, out)
        return out
    flat = [x.reshape(-1) for x in (*arrays, out)]

    def part(first: int, last: int) -> None:
        for start in range(first, last, BLOCK):
            f(*[x[start : min(start + BLOCK, last)] for x in flat])

    share(part, out.size, BLOCK // 2)
    return out


def erf_values(x: Array) -> Array:
    """erf of an array."""
    if x.dtype == np.float64:
        return in_blocks(double, x)
    return in_blocks(single, x.astype(np.float32, copy=False)).astype(x.dtype, copy=False)


@primitive(floating=True)
def erf(x: Array) -> Array:
    """2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x"""
    return erf_values(np.atleast_1d(x)).reshape(x.shape)


erf.rule(x=lambda g, x: g * (2 / math.sqrt(math.pi) * np.exp(-x * x)))


def erf_of(x: Any) -> Any:
    """erf in a rule, where x may be an array or a Tensor: NumPy has no function that would tell them apart."""
    return erf(x) if isinstance(x, engine.box) else erf_values(x)

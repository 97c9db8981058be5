"""The logarithm of the gamma function and its derivatives, in float64 to its rounding, given in the input's dtype.

"A&S" is Abramowitz and Stegun, Handbook of Mathematical Functions (1964), the source of the series.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .nested import nested
from .precise import doubled, piecewise
from .primitive import Array, primitive
from .special import polynomial

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)  # B2, B4, ...
LARGE = 10.0  # where the asymptotic series begin


def on(x: Any, op: Any, *options: Any) -> Any:
    """op(*options, x) within a rule: recorded for a Tensor, the formula alone for an array."""
    return op(*options, x) if hasattr(x, "node") else op.primitive.forward(*options, x)


def zeta(s: Any, x: Any) -> Any:
    """Hurwitz's zeta function, the sum of (x + k)^-s over k >= 0, for s > 1, whole where x < 0.

    The terms up to x + k = 10, then the integral of the rest with Euler and Maclaurin's correction (A&S 23.1.30).
    """
    s = s * 1.0
    steps = int(LARGE - min(np.floor(np.min(x)), 0))
    total = np.zeros(np.broadcast_shapes(np.shape(s), x.shape))
    for k in range(steps):
        total += (x + k) ** -s
    y = x + steps
    total += y ** (1.0 - s) / (s - 1) + y**-s / 2
    rising = s  # s (s + 1) ... (s + 2k - 2)
    for k, b in enumerate(BERNOULLI, 1):
        total += b / math.factorial(2 * k) * rising * y ** (1.0 - s - 2 * k)
        rising = rising * (s + 2 * k - 1) * (s + 2 * k)
    return total


# (-1)^k (zeta(k) - 1) / k for k = 32, 31, ... 2; Riemann's zeta(k) - 1 is the sum from 2^-k on.
ABOUT_TWO = [(-1) ** k * float(zeta(k, np.array(2.0))) / k for k in range(32, 1, -1)]
EULER = 0.57721566490153286061


def lgamma_about_two(z: Any) -> Any:
    """log gamma(2 + z) for |z| <= 0.5 (A&S 6.1.33): relatively exact also at its root"""
    return z * (1 - EULER + z * polynomial(ABOUT_TWO, z))


def lgamma_about_one(z: Any) -> Any:
    """log gamma(1 + z) for |z| <= 0.5"""
    return lgamma_about_two(z) - np.log1p(z)


def lgamma_middle(x: Any) -> Any:
    """log gamma for 1.5 < x < 10: gamma(x) = (x - 1)(x - 2) ... gamma(2 + z), |z| <= 0.5"""
    product = np.ones_like(x)
    for _ in range(8):
        above = x > 2.5
        x = np.where(above, x - 1, x)
        product *= np.where(above, x, 1)
    return np.log(product) + lgamma_about_two(x - 2)


def lgamma_large(x: Any) -> Any:
    """log gamma for x >= 10: Stirling's series (A&S 6.1.40)"""
    series = polynomial([b / (2 * k * (2 * k - 1)) for k, b in enumerate(BERNOULLI, 1)][::-1], x**-2.0) / x
    return np.where(np.isinf(x), np.inf, (x - 0.5) * np.log(x) - x + 0.5 * math.log(2 * math.pi) + series)


def sin_pi(x: Any) -> Any:
    """sin(pi x), exact for large x: x is first brought within 1/2 of 0"""
    whole = np.round(x)
    return np.sin(math.pi * (x - whole)) * np.where(whole % 2 == 0, 1, -1)


def lgamma_negative(x: Any) -> Any:
    """log |gamma(x)| for x < -0.5 by Euler's reflection, gamma(x) gamma(1 - x) = pi / sin(pi x) (A&S 6.1.17)"""
    return np.where(x == np.floor(x), np.inf, np.log(math.pi / np.abs(sin_pi(x))) - lgamma_double(1 - x))


def lgamma_double(x: Any) -> Any:
    """log |gamma(x)| in float64"""
    return piecewise(
        x,
        [
            (x >= LARGE, lgamma_large),
            ((x > 1.5) & (x < LARGE), lgamma_middle),
            ((x > 0.5) & (x <= 1.5), lambda x: lgamma_about_one(x - 1)),
            ((x >= -0.5) & (x <= 0.5), lambda x: lgamma_about_one(x) - np.log(np.abs(x))),
            (x < -0.5, lgamma_negative),
        ],
    )


@primitive(floating=True)
def lgamma(x: Array) -> Array:
    """log |gamma(x)|; infinite at 0, -1, -2, ..."""
    return doubled(lgamma_double, x)


def lgamma_x(g: Array, x: Array) -> Array:
    """digamma(x)"""
    return g * on(x, digamma)


lgamma.rule(x=lgamma_x)


def digamma_positive(x: Any) -> Any:
    """psi for x > 0: psi(x) = psi(x + 1) - 1 / x up to 10, then the asymptotic series (A&S 6.3.18)"""
    total = np.zeros_like(x)
    for _ in range(int(LARGE)):
        below = x < LARGE
        total -= np.where(below, 1 / x, 0)
        x = np.where(below, x + 1, x)
    series = polynomial([*[b / (2 * k) for k, b in enumerate(BERNOULLI, 1)][::-1], 0.0], x**-2.0)
    return total + np.log(x) - 0.5 / x - series


def digamma_negative(x: Any) -> Any:
    """psi for x < 0 by reflection (A&S 6.3.7)"""
    rest = digamma_positive(1 - x) - math.pi / np.tan(math.pi * (x - np.round(x)))
    return np.where(x == np.floor(x), np.nan, rest)


def digamma_double(x: Any) -> Any:
    """The derivative of log gamma in float64"""
    zero = (x == 0, lambda x: np.copysign(np.inf, -x))
    return piecewise(x, [(x > 0, digamma_positive), zero, (x < 0, digamma_negative)])


@primitive(floating=True)
def digamma(x: Array) -> Array:
    """psi(x), the derivative of lgamma; infinite at 0, nan at -1, -2, ..."""
    return doubled(digamma_double, x)


def digamma_x(g: Array, x: Array) -> Array:
    """polygamma(1, x)"""
    return g * on(x, polygamma, 1)


digamma.rule(x=digamma_x)


def trigamma_double(x: Any) -> Any:
    """The derivative of psi in float64; for x < 0 by reflection (A&S 6.4.7)"""
    return piecewise(
        x, [(x >= 0, lambda x: zeta(2, x)), (x < 0, lambda x: (math.pi / sin_pi(x)) ** 2 - zeta(2, 1 - x))]
    )


@primitive(floating=True)
def polygamma(n: int, x: Array) -> Array:
    """The n-th derivative of psi: (-1)^(n + 1) n! zeta(n + 1, x). For n > 1 it is nan where x < -1000."""
    if n < 0:
        raise ValueError(f"polygamma: n = {n}: there is no such derivative; give 0 or more")
    if n == 0:
        return doubled(digamma_double, x)
    if n == 1:
        return doubled(trigamma_double, x)
    factor = (-1) ** (n + 1) * math.factorial(n)
    return doubled(lambda x: piecewise(x, [(x >= -1000, lambda x: factor * zeta(n + 1, x))]), x)


def polygamma_x(g: Array, n: int, x: Array) -> Array:
    """polygamma(n + 1, x)"""
    return g * on(x, polygamma, n + 1)


polygamma.rule(x=polygamma_x)


def zeta_double(s: Any, x: Any) -> Any:
    """zeta in float64, on arrays of one shape: infinite for s = 1 and for x = 0, -1, ..., nan for s < 1."""
    out = np.where(s == 1, np.inf, np.full(x.shape, np.nan))
    pole = (s > 1) & (x <= 0) & (x == np.floor(x))
    out[pole] = np.inf
    there = (s > 1) & ~pole & (x >= -1000) & ((x > 0) | (s == np.floor(s)))
    if there.any():
        out[there] = zeta(s[there], x[there])
    return out


@primitive(floating=True)
def zeta_(x: Array, y: Array) -> Array:
    """Hurwitz's zeta function, the sum of (y + k)^-x over k >= 0, for x > 1; nan where y < -1000. No gradient in x."""
    s, q = np.broadcast_arrays(np.atleast_1d(x).astype(np.float64), np.atleast_1d(y).astype(np.float64))
    with np.errstate(all="ignore"):
        return zeta_double(s, q).astype(x.dtype).reshape(np.broadcast_shapes(x.shape, y.shape))


def zeta_x(g: Array) -> Array:
    """Not there, as in PyTorch."""
    raise NotImplementedError("zeta: a gradient in x, the exponent: there is none, as in PyTorch; detach() it")


zeta_.rule(x=zeta_x, y=lambda g, x, y: -(g * x * nested(zeta_)(x + 1, y)))

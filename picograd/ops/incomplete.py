"""The incomplete gamma functions, and how a sample of the gamma distribution moves with its shape.

With the density p(t) = t^(a - 1) e^-t / gamma(a), P(a, x) is the integral of p from 0 to x and Q(a, x) that from x on.
Where neither is a short series, the integral is computed by Gauss and Legendre's rule, after a substitution that makes
its integrand fall off from the end at x: with t = x e^-s or t = x e^s

    P(a, x) = x p(x) integral of exp(-a s + x (1 - e^-s)) ds,    Q(a, x) = x p(x) integral of exp(a s - x (e^s - 1)) ds

over s > 0. The integrand is smooth, of one sign and of the shape of e^-s or e^(-s^2), for any size of a and x, which is
what makes few nodes enough.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from .gamma import BERNOULLI, digamma_double, lgamma, lgamma_about_one, lgamma_double
from .nested import nested
from .primitive import Array, primitive
from .special import polynomial

MANY = 10.0  # the shape from which on the integrals take over from the series for P
CUT = 38.0  # e^-38 of the integrand's beginning is where an integral may end
NODES = 32


@cache
def rule_of_gauss() -> tuple[list[float], list[float]]:
    """The nodes and weights of Gauss and Legendre's rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return list((nodes + 1) / 2), list(weights / 2)


def below(a: Any, x: Any, s: Any) -> Any:
    """a s - x (1 - e^-s), by how much the logarithm of the integrand of P has fallen at s."""
    return a * s + x * np.expm1(-s)


def above(a: Any, x: Any, s: Any) -> Any:
    """x (e^s - 1) - a s, the same for Q."""
    return x * np.expm1(s) - a * s


def end_of(a: Any, x: Any, fall: Any, sign: int) -> Any:
    """The s at which the integrand has fallen by `CUT`: `fall` is convex, so that Newton's steps come from above."""
    s = np.sqrt(2 * CUT / np.maximum(a, x))
    for _ in range(8):
        s = s - (fall(a, x, s) - CUT) / (sign * (x * np.exp(sign * s) - a))
    return s


def integral(a: Any, x: Any, sign: int, start: Any = 1.0, slope: float = 0.0) -> Any:
    """The integral of (start + slope s) times the integrand of P (sign -1: x <= a, about) or of Q (sign 1) over s."""
    fall = below if sign < 0 else above
    end = end_of(a, x, fall, sign)
    total = np.zeros_like(x)
    for node, weight in zip(*rule_of_gauss(), strict=True):
        s = node * end
        total += weight * (start + slope * s) * np.exp(-fall(a, x, s))
    return total * end


def standard_gamma_grad(alpha: Array, sample: Array) -> Array:
    """How a sample of Gamma(alpha, 1) moves with alpha when the uniform number behind it stays: dx / da.

    From P(a, x) = u for fixed u: dx / da = -(dP / da) / p(x) (Figurnov, Mohamed, Mnih, "Implicit reparameterization
    gradients", 2018), here as the integral of (psi(a) - log t) p(t) / p(x) up to x, or that of its negative from x on:
    the one over which the integrand keeps its sign. For small a and x it is the derivative of the series

        P(a, x) = x p(x) / a * (1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ...).

    `alpha` and `sample` broadcast; computed in float64 (to about 1e-12 of the result), given in the sample's dtype.
    """
    sample = np.asarray(sample)
    if sample.dtype.kind != "f":
        raise TypeError(
            f"standard_gamma_grad: samples of {sample.dtype}: they are no floats; convert them with float()"
        )
    a, x = np.broadcast_arrays(np.asarray(alpha, np.float64), sample.astype(np.float64))
    a, x = np.atleast_1d(a), np.atleast_1d(x)
    out = np.zeros(a.shape)  # of a sample of 0
    with np.errstate(all="ignore"):
        series = (a < MANY) & (x <= a + 1)
        left = ~series & (a >= MANY) & (np.log(x) <= digamma_double(a))
        parts = (series, series_grad), (left, left_grad), (~series & ~left, right_grad)
        for where, part in parts:
            where = where & (x > 0)
            if where.any():
                out[where] = part(a[where], x[where])
    return out.reshape(np.broadcast_shapes(np.shape(alpha), sample.shape)).astype(sample.dtype)


def left_grad(a: Any, x: Any) -> Any:
    """dx / da from the integral below x"""
    return x * integral(a, x, -1, digamma_double(a) - np.log(x), 1.0)


def right_grad(a: Any, x: Any) -> Any:
    """dx / da from the integral above x"""
    return x * integral(a, x, 1, np.log(x) - digamma_double(a), 1.0)


def series_grad(a: Any, x: Any) -> Any:
    """dx / da from the derivative of the series of P, whose n-th term has the factor psi(a + 1) - psi(a + n + 1)"""
    term, harmonic, n = np.ones_like(x), np.zeros_like(x), 0
    total, weighted = np.ones_like(x), np.zeros_like(x)
    while np.any(term * (1 + harmonic) > 1e-17 * total):
        n += 1
        term = term * x / (a + n)
        harmonic = harmonic + 1 / (a + n)
        total += term
        weighted += term * harmonic
    return x / a * (weighted + total * (digamma_double(a + 1) - np.log(x)))


# ---- P and Q -------------------------------------------------------------------------------------------------------


def density(a: Any, x: Any) -> Any:
    """x p(x) = x^a e^-x / gamma(a); for large a by Stirling's series, as its factors are large and nearly cancel."""
    u = (x - a) / a
    series = polynomial([b / (2 * k * (2 * k - 1)) for k, b in enumerate(BERNOULLI, 1)][::-1], a**-2.0) / a
    log = np.where(u < -0.5, np.log(x / a), np.log1p(np.maximum(u, -0.5)))
    large = np.exp(a * (log - u) - series) * np.sqrt(a / (2 * math.pi))
    return np.where(a >= MANY, large, np.exp(a * np.log(x) - x - lgamma_double(a)))


def series_p(a: Any, x: Any) -> Any:
    """P by its series, for x <= a + 1"""
    term = total = np.ones_like(x)
    n = 0
    while np.any(term > 1e-17 * total):
        n += 1
        term = term * x / (a + n)
        total = total + term
    return density(a, x) / a * total


def series_q(a: Any, x: Any) -> Any:
    """Q for x <= 1.1 and a < 1, 1 - x^a / gamma(1 + a) (1 + a sum of (-x)^n / (n! (a + n))): exact where it is small"""
    power = a * np.log(x) - np.where(a > 0.5, lgamma_double(1 + a), lgamma_about_one(np.minimum(a, 0.5)))
    term, total = np.ones_like(x), np.zeros_like(x)
    for n in range(1, 22):
        term = term * -x / n
        total += term / (a + n)
    return -np.expm1(power) - np.exp(power) * a * total


def p_and_q(a: Any, x: Any, upper: bool) -> Any:
    """P or Q in float64, on arrays of one shape: whichever of the two is exact, or 1 minus the other."""
    small = a < MANY
    left = np.where(small, x <= a + 1, np.log(x) <= digamma_double(np.where(small, MANY, a)))
    short = (a < 1) & (x <= 1.1)
    tail = (a < 1) & (x > 1.1)
    inside = (a > 0) & (x > 0) & (a < np.inf) & (x < np.inf)
    out = np.full(a.shape, np.nan)  # outside of a >= 0 and x >= 0, and at the limits that depend on the path
    out[((x == 0) & (a > 0)) | ((a == np.inf) & (x >= 0) & (x < np.inf))] = float(upper)
    out[((a == 0) & (x > 0)) | ((x == np.inf) & (a >= 0) & (a < np.inf))] = float(not upper)
    of_q = [(short, series_q)] if upper else []
    right = tail & upper | ~left
    pieces = [
        *[(inside & where, True, part) for where, part in of_q],
        (inside & right, True, lambda a, x: density(a, x) * integral(a, x, 1)),
        (inside & left & small, False, series_p),
        (inside & left & ~small, False, lambda a, x: density(a, x) * integral(a, x, -1)),
    ]
    for where, is_q, part in reversed(pieces):  # the first that applies counts
        if where.any():
            value = part(a[where], x[where])
            out[where] = value if is_q is upper else 1 - value
    return out


def incomplete(a: Array, x: Array, upper: bool) -> Array:
    """P or Q, computed in float64 and given in the inputs' dtype."""
    with np.errstate(all="ignore"):
        b, y = np.broadcast_arrays(np.atleast_1d(a).astype(np.float64), np.atleast_1d(x).astype(np.float64))
        return p_and_q(b, y, upper).astype(a.dtype).reshape(np.broadcast_shapes(a.shape, x.shape))


@primitive(floating=True)
def gammainc(x: Array, y: Array) -> Array:
    """P(x, y), the lower incomplete gamma function of the shape x at y, divided by gamma(x): from 0 at 0 to 1."""
    return incomplete(x, y, False)


@primitive(floating=True)
def gammaincc(x: Array, y: Array) -> Array:
    """Q(x, y) = 1 - P(x, y), without loss where it is small."""
    return incomplete(x, y, True)


@primitive()
def gammainc_shape(x: Array, y: Array) -> Array:
    """The derivative of P(x, y) in the shape x."""
    with np.errstate(all="ignore"):
        b, z = np.broadcast_arrays(np.atleast_1d(x).astype(np.float64), np.atleast_1d(y).astype(np.float64))
        slope = -density(b, z) / z * standard_gamma_grad(b, z)
        slope = np.where((b > 0) & (z > 0) & (z < np.inf), slope, np.where((b >= 0) & (z >= 0), 0, np.nan))
        return slope.astype(x.dtype).reshape(np.broadcast_shapes(x.shape, y.shape))


def no_more(g: Array) -> Array:
    """Not there."""
    raise NotImplementedError(
        "gammainc: a second derivative in the shape: there is none, and in PyTorch not even the first; detach() it"
    )


gammainc_shape.rule(x=no_more, y=no_more)


def slope_in_y(x: Any, y: Any) -> Any:
    """p(y) of the shape x"""
    return np.exp((x - 1) * np.log(y) - y - nested(lgamma)(x))


gammainc.rule(x=lambda g, x, y: g * nested(gammainc_shape)(x, y), y=lambda g, x, y: g * slope_in_y(x, y))
gammaincc.rule(x=lambda g, x, y: -(g * nested(gammainc_shape)(x, y)), y=lambda g, x, y: -(g * slope_in_y(x, y)))

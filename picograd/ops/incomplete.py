"""The incomplete gamma functions, and how a sample of the gamma distribution moves with its shape.

With the density p(t) = t^(a - 1) e^-t / gamma(a), P(a, x) is the integral of p from 0 to x and Q(a, x) that from x on.
Where neither is a short series, the integral is computed by Gauss and Legendre's rule, after a substitution that makes
its integrand fall off from the end at x: with t = x e^-s or t = x e^s

    P(a, x) = x p(x) integral of exp(-a s + x (1 - e^-s)) ds,    Q(a, x) = x p(x) integral of exp(a s - x (e^s - 1)) ds

over s > 0. The integrand is smooth, of one sign and of the shape of e^-s or e^(-s^2), for any size of a and x, which is
what makes few nodes enough.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .gamma import digamma_double
from .primitive import Array

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

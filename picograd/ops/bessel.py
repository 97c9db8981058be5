"""Bessel functions of the orders 0 and 1, and Airy's, in float64 to about its rounding, given in the input's dtype.

No table of coefficients: near 0 power series of positive terms; far away the asymptotic series; between them integrals
of smooth functions over a period or over a line, for which the trapezoidal rule is exact after a few points
(L. N. Trefethen and J. A. C. Weideman, "The exponentially convergent trapezoidal rule", 2014). "A&S" is Abramowitz and
Stegun, Handbook of Mathematical Functions (1964).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .nested import nested
from .precise import doubled, piecewise
from .primitive import Array, primitive
from .special import polynomial

Piece = tuple[Any, Callable[[Any], Any]]  # where a formula holds, and the formula

EULER = 0.57721566490153286061
FAR = 25.0  # from where on the asymptotic series are exact: their smallest term is e^(-2 x)

# ---- J and Y -------------------------------------------------------------------------------------------------------


@cache
def circle() -> tuple[list[float], list[float], list[float]]:
    """For points t on a quarter of the circle: sin t, their weights in the mean over the circle, and those of Y.

    J0(x) is the mean of cos(x sin t), J_2k(x) that of cos(2 k t) cos(x sin t) (A&S 9.1.20), and by Neumann's series
    Y0(x) = 2 / pi (log(x / 2) + gamma) J0(x) - 4 / pi sum of (-1)^k J_2k(x) / k (A&S 9.1.88), which is the mean of
    cos(x sin t) with one more weight. Up to x = 25 the terms beyond k = 32 are below the rounding.
    """
    quarter = 32
    t = np.arange(quarter + 1) * (math.pi / 2 / quarter)
    weight = np.full(quarter + 1, 1 / quarter)
    weight[[0, -1]] /= 2
    k = np.arange(1, 33)
    of_y = (-4 / math.pi * (-1.0) ** k / k * np.cos(2 * k * t[:, None])).sum(1)
    return list(np.sin(t)), list(weight), list(weight * of_y)


def near(x: Any, second: bool) -> tuple[Any, Any]:
    """J0 and J1, or Y0 and Y1, for 0 <= x <= 25."""
    sines, weights, of_y = circle()
    zero, one, more_zero, more_one = (np.zeros_like(x) for _ in range(4))
    for s, weight, extra in zip(sines, weights, of_y, strict=True):
        cosine, sine = np.cos(x * s), np.sin(x * s)
        zero += weight * cosine
        one += weight * s * sine
        if second:
            more_zero += extra * cosine
            more_one += extra * s * sine
    if not second:
        return zero, one
    log = 2 / math.pi * (np.log(x / 2) + EULER)
    return log * zero + more_zero, log * one - 2 / math.pi * zero / x + more_one  # Y1 is -dY0 / dx


def hankel(x: Any, order: int, second: bool) -> Any:
    """J or Y for x >= 25: sqrt(2 / (pi x)) (P cos(c) - Q sin(c)), c = x - (order / 2 + 1 / 4) pi (A&S 9.2.5, 9.2.6)"""
    terms, a = [1.0], 1.0
    for k in range(1, 22):
        a *= (4 * order * order - (2 * k - 1) ** 2) / (k * 8)
        terms.append(a)
    signs = [(-1) ** (k // 2) for k in range(22)]
    s = 1 / x
    p = polynomial([signs[k] * terms[k] for k in range(20, -1, -2)], s * s)
    q = s * polynomial([signs[k] * terms[k] for k in range(21, 0, -2)], s * s)
    # cos and sin of c from those of x: c itself would lose what is after the point of a large x.
    cosine, sine = np.cos(x), np.sin(x)
    if order == 0:
        cosine, sine = (cosine + sine) / math.sqrt(2), (sine - cosine) / math.sqrt(2)
    else:
        cosine, sine = (sine - cosine) / math.sqrt(2), -(sine + cosine) / math.sqrt(2)
    wave = p * sine + q * cosine if second else p * cosine - q * sine
    return np.where(np.isinf(x), 0, np.sqrt(2 / math.pi / x) * wave)


def first_kind(order: int) -> Callable[[Any], Any]:
    """J of this order in float64."""

    def formula(x: Any) -> Any:
        size = np.abs(x)
        result = piecewise(
            size, [(size <= FAR, lambda x: near(x, False)[order]), (size > FAR, lambda x: hankel(x, order, False))]
        )
        return result if order == 0 else result * np.sign(x)

    return formula


def second_kind(order: int) -> Callable[[Any], Any]:
    """Y of this order in float64: -inf at 0, nan below."""

    def formula(x: Any) -> Any:
        return piecewise(
            x,
            [
                (x == 0, lambda x: x - np.inf),
                ((x > 0) & (x <= FAR), lambda x: near(x, True)[order]),
                (x > FAR, lambda x: hankel(x, order, True)),
            ],
        )

    return formula


def over(y: Any, x: Any, at_zero: float) -> Any:
    """y / x, and its limit where x is 0."""
    zero = x == 0
    return np.where(zero, at_zero, y / np.where(zero, 1, x))


@primitive(floating=True)
def bessel_j0(x: Array) -> Array:
    """Bessel's function of the first kind, order 0."""
    return doubled(first_kind(0), x)


@primitive(floating=True)
def bessel_j1(x: Array) -> Array:
    """Bessel's function of the first kind, order 1."""
    return doubled(first_kind(1), x)


@primitive(floating=True)
def bessel_y0(x: Array) -> Array:
    """Bessel's function of the second kind, order 0; -inf at 0, nan below."""
    return doubled(second_kind(0), x)


@primitive(floating=True)
def bessel_y1(x: Array) -> Array:
    """Bessel's function of the second kind, order 1; -inf at 0, nan below."""
    return doubled(second_kind(1), x)


bessel_j0.rule(x=lambda g, x: -(g * nested(bessel_j1)(x)))
bessel_j1.rule(x=lambda g, x, out: g * (nested(bessel_j0)(x) - over(out, x, 0.5)))
bessel_y0.rule(x=lambda g, x: -(g * nested(bessel_y1)(x)))
bessel_y1.rule(x=lambda g, x, out: g * (nested(bessel_y0)(x) - out / x))


@primitive(floating=True)
def spherical_bessel_j0(x: Array) -> Array:
    """sin(x) / x, and 1 at 0"""
    return doubled(lambda x: np.where(np.isinf(x), 0, over(np.sin(x), x, 1.0)), x)


def spherical_j1_double(x: Any) -> Any:
    """sin(x) / x^2 - cos(x) / x; near 0 its power series, as the terms cancel (A&S 10.1.2)"""
    series = [(-1) ** k / (2**k * math.factorial(k) * math.prod(range(3, 2 * k + 4, 2))) for k in range(11)]
    small = np.abs(x) < 1.5
    return piecewise(
        x,
        [(small, lambda x: x * polynomial(series[::-1], x * x)), (~small, lambda x: (np.sin(x) / x - np.cos(x)) / x)],
    )


@primitive(floating=True)
def spherical_bessel_j1(x: Array) -> Array:
    """sin(x) / x^2 - cos(x) / x, and 0 at 0: minus the derivative of that of order 0."""
    return doubled(spherical_j1_double, x)


spherical_bessel_j0.rule(x=lambda g, x: -(g * nested(spherical_bessel_j1)(x)))
spherical_bessel_j1.rule(x=lambda g, x, out: g * (nested(spherical_bessel_j0)(x) - 2 * over(out, x, 1 / 3)))


# ---- I and K -------------------------------------------------------------------------------------------------------


def modified_series(order: int, harmonic: bool) -> list[float]:
    """The coefficients of (x / 2)^(2 k), highest first: 1 / (k! (k + order)!), times the digammas of both in K."""
    digamma = [-EULER + sum(1 / j for j in range(1, k + 1)) for k in range(48)]
    return [
        (digamma[k] + digamma[k + order] if harmonic else 1.0) / (math.factorial(k) * math.factorial(k + order))
        for k in range(45 if not harmonic else 16, -1, -1)
    ]


def modified(order: int, scaled: bool) -> Callable[[Any], Any]:
    """I of this order, for `scaled` times e^-|x|, in float64: the power series up to 20 (A&S 9.6.10), then the
    asymptotic one (A&S 9.7.1).
    """
    series = modified_series(order, False)
    terms, a = [1.0], 1.0
    for k in range(1, 25):
        a *= -(4 * order * order - (2 * k - 1) ** 2) / (k * 8)
        terms.append(a)

    def small(x: Any) -> Any:
        y = (x / 2) ** order * polynomial(series, x * x / 4)
        return y * np.exp(-x) if scaled else y

    def large(x: Any) -> Any:
        x = x if scaled else np.minimum(x, 720)  # beyond, it is infinite
        y = polynomial(terms[::-1], 1 / x) / np.sqrt(2 * math.pi * x)
        return y if scaled else np.exp(x / 2) * y * np.exp(x / 2)

    def formula(x: Any) -> Any:
        size = np.abs(x)
        result = piecewise(size, [(size <= 20, small), (size > 20, large)])
        return result if order == 0 else result * np.sign(x)

    return formula


POINTS = 32


def descent(x: Any, order: float, scaled: bool) -> Any:
    """K(x), the integral of exp(-x cosh t) cosh(order t) over t > 0 (A&S 9.6.24), up to where exp(-x (cosh t - 1)) is
    e^-40, by the trapezoidal rule.
    """
    step = np.arccosh(1 + 40 / x) / POINTS
    total = np.full_like(x, 0.5)
    for k in range(1, POINTS + 1):
        t = k * step
        total += np.exp(-2 * x * np.sinh(t / 2) ** 2) * np.cosh(order * t)
    total *= step
    return total if scaled else total * np.exp(-x)


def modified_second(order: int, scaled: bool) -> Callable[[Any], Any]:
    """K of this order, for `scaled` times e^x, in float64: the power series up to 1 (A&S 9.6.11), then the integral."""
    series, of_log = modified_series(order, True), modified_series(order, False)[-17:]

    def small(x: Any) -> Any:
        y = x * x / 4
        power = (x / 2) ** order
        result = power * (polynomial(series, y) / 2 - np.log(x / 2) * polynomial(of_log, y)) * (-1) ** order
        result = result + 1 / x if order else result
        return result * np.exp(x) if scaled else result

    def formula(x: Any) -> Any:
        pieces: list[Piece] = [
            (x == 0, lambda x: x + np.inf),
            ((x > 0) & (x <= 1), small),
            ((x > 1) & (x < np.inf), lambda x: descent(x, order, scaled)),
            (x == np.inf, np.zeros_like),
        ]
        return piecewise(x, pieces)

    return formula


@primitive(np.i0, floating=True)
def i0(x: Array) -> Array:
    """The modified Bessel function of the first kind, order 0."""
    return doubled(modified(0, False), x)


@primitive(floating=True)
def i1(x: Array) -> Array:
    """The modified Bessel function of the first kind, order 1."""
    return doubled(modified(1, False), x)


@primitive(floating=True)
def i0e(x: Array) -> Array:
    """e^-|x| I0(x)"""
    return doubled(modified(0, True), x)


@primitive(floating=True)
def i1e(x: Array) -> Array:
    """e^-|x| I1(x)"""
    return doubled(modified(1, True), x)


i0.rule(x=lambda g, x: g * nested(i1)(x))
i1.rule(x=lambda g, x, out: g * (nested(i0)(x) - over(out, x, 0.5)))
i0e.rule(x=lambda g, x, out: g * (nested(i1e)(x) - np.sign(x) * out))
i1e.rule(x=lambda g, x, out: g * (nested(i0e)(x) - np.sign(x) * out - over(out, x, 0.5)))


@primitive(floating=True)
def modified_bessel_k0(x: Array) -> Array:
    """The modified Bessel function of the second kind, order 0; infinite at 0, nan below."""
    return doubled(modified_second(0, False), x)


@primitive(floating=True)
def modified_bessel_k1(x: Array) -> Array:
    """The modified Bessel function of the second kind, order 1; infinite at 0, nan below."""
    return doubled(modified_second(1, False), x)


@primitive(floating=True)
def scaled_modified_bessel_k0(x: Array) -> Array:
    """e^x K0(x)"""
    return doubled(modified_second(0, True), x)


@primitive(floating=True)
def scaled_modified_bessel_k1(x: Array) -> Array:
    """e^x K1(x)"""
    return doubled(modified_second(1, True), x)


modified_bessel_k0.rule(x=lambda g, x: -(g * nested(modified_bessel_k1)(x)))
modified_bessel_k1.rule(x=lambda g, x, out: -(g * (nested(modified_bessel_k0)(x) + out / x)))
scaled_modified_bessel_k0.rule(x=lambda g, x, out: g * (out - nested(scaled_modified_bessel_k1)(x)))
scaled_modified_bessel_k1.rule(x=lambda g, x, out: g * (out - nested(scaled_modified_bessel_k0)(x) - out / x))


# ---- Airy ----------------------------------------------------------------------------------------------------------

# Ai is computed of K of the order 1 / 3 and its derivative of that of the order 2 / 3, both of z = 2 / 3 |x|^(3 / 2).


def airy_series(x: Any, derivative: bool) -> Any:
    """Ai for |x| <= 1: c1 (1 + x^3 / 3! + ..) - c2 (x + 2 x^4 / 4! + ..) (A&S 10.4.2)"""
    first, second = [1.0], [1.0]  # of x^(3 k) and x^(3 k + 1)
    for k in range(1, 9):
        first.append(first[-1] / ((3 * k - 1) * 3 * k))
        second.append(second[-1] / (3 * k * (3 * k + 1)))
    c1, c2 = 1 / (3 ** (2 / 3) * math.gamma(2 / 3)), 1 / (3 ** (1 / 3) * math.gamma(1 / 3))
    if derivative:
        falling = [3 * k * c for k, c in enumerate(first)][1:]
        rising = [(3 * k + 1) * c for k, c in enumerate(second)]
        return c1 * x * x * polynomial(falling[::-1], x**3) - c2 * polynomial(rising[::-1], x**3)
    return c1 * polynomial(first[::-1], x**3) - c2 * x * polynomial(second[::-1], x**3)


def airy_decaying(x: Any, derivative: bool) -> Any:
    """For x > 1, Ai = sqrt(x / 3) / pi K(z) and Ai' = -x / sqrt(3) / pi K(z) (A&S 10.4.14, 10.4.16)"""
    z = 2 / 3 * x**1.5
    if derivative:
        return -x / math.sqrt(3) / math.pi * descent(z, 2 / 3, False)
    return np.sqrt(x / 3) / math.pi * descent(z, 1 / 3, False)


def airy_waves(x: Any, derivative: bool) -> Any:
    """For x < -1, Ai = 2 Re(e^(i pi / 3) Ai(|x| e^(i pi / 3))) (A&S 10.4.7), where K(i z) of the order v is half the
    integral of exp(-i z cosh t - v t) along t = s - i pi / 2 tanh s, on which it falls off both ways.
    """
    order, size = 2 / 3 if derivative else 1 / 3, np.abs(x)
    z = 2 / 3 * size**1.5
    c = 40 / z  # z sinh(s) tanh(s) is 40 at the ends
    step = np.arccosh((c + np.sqrt(c * c + 4)) / 2) / 40
    total = np.zeros(x.shape, complex)
    for k in range(-40, 41):
        s = k * step
        t = s - 0.5j * math.pi * np.tanh(s)
        total += np.exp(-2j * z * np.sinh(t / 2) ** 2 - order * t) * (1 - 0.5j * math.pi / np.cosh(s) ** 2)
    total *= step / math.pi * np.exp(-1j * z)
    return -size / math.sqrt(3) * total.real if derivative else -np.sqrt(size / 3) * total.imag


def airy(derivative: bool) -> Callable[[Any], Any]:
    """Ai or its derivative in float64."""

    def formula(x: Any) -> Any:
        pieces: list[Piece] = [
            (np.abs(x) <= 1, lambda x: airy_series(x, derivative)),
            ((x > 1) & (x <= 110), lambda x: airy_decaying(x, derivative)),
            (x > 110, np.zeros_like),  # below the smallest number
            ((x < -1) & (x > -np.inf), lambda x: airy_waves(x, derivative)),
            (x == -np.inf, lambda x: np.full_like(x, np.nan if derivative else 0)),
        ]
        return piecewise(x, pieces)

    return formula


@primitive(floating=True)
def airy_ai(x: Array) -> Array:
    """Airy's function Ai, the solution of y'' = x y that falls off for large x."""
    return doubled(airy(False), x)


@primitive(floating=True)
def airy_ai_derivative(x: Array) -> Array:
    """The derivative of Airy's function."""
    return doubled(airy(True), x)


airy_ai.rule(x=lambda g, x: g * nested(airy_ai_derivative)(x))
airy_ai_derivative.rule(x=lambda g, x: g * (x * nested(airy_ai)(x)))

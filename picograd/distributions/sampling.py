"""Draws of the gamma family with a gradient to their shapes.

A draw x has the cdf F(x; a) = u for a uniform u. With u held, x moves with the shape a as dx / da = -(dF / da) / F'(x)
(Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", 2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function
from ..ops.gamma import digamma_double
from ..ops.incomplete import standard_gamma_grad
from ..random import rng_of
from ..tensor import Tensor


class Slope(Function):
    """dx / da as a Tensor that says, when it is differentiated itself, that there is no formula for that."""

    @staticmethod
    def forward(ctx: Any, formula: Any, *args: Tensor) -> Tensor:
        """formula of the arrays"""
        return Tensor._of(formula(*(x.value for x in args)))

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Not there"""
        raise NotImplementedError(
            "rsample: a second derivative by the shape of the gamma family: there is no formula for it; differentiate "
            "once, or detach() the draws"
        )


class StandardGamma(Function):
    """Draws of Gamma(a, 1) for each a of `concentration`"""

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        """Draws, never 0, of which the density may be infinite"""
        a = concentration.value
        x = np.asarray(rng_of(None).standard_gamma(a.astype(np.float64)), a.dtype)
        draws = Tensor._of(np.maximum(x, np.finfo(a.dtype).tiny))
        ctx.save_for_backward(concentration, draws)
        return draws

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """g dx / da"""
        concentration, draws = ctx.saved_tensors
        return g * Slope.apply(standard_gamma_grad, concentration, draws)


class DirichletDraws(Function):
    """Draws of Dirichlet(a) for each row a of `concentration`: Gamma(a, 1), divided by their sum"""

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        """Draws, none of whose parts is 0 or 1"""
        a = concentration.value
        parts = np.asarray(rng_of(None).standard_gamma(a.astype(np.float64)))
        parts = np.maximum(parts, np.finfo(np.float64).tiny)
        info = np.finfo(a.dtype)
        x = np.asarray(parts / parts.sum(-1, keepdims=True), a.dtype)
        draws = Tensor._of(np.clip(x, info.tiny, 1 - info.epsneg))
        ctx.save_for_backward(concentration, draws)
        return draws

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """s_k (g_k - sum_i x_i g_i), where s_k (1 - x_k) is dx_k / da_k and x_i, i not k, give way in proportion"""
        concentration, x = ctx.saved_tensors
        slope = Slope.apply(dirichlet_grad, x, concentration, concentration.sum(-1, keepdims=True))
        return slope * (g - (x * g).sum(-1, keepdims=True))


def dirichlet_grad(x: Any, a: Any, total: Any) -> Any:
    """(dx / da) / (1 - x) for a part x with shape a of rows whose shapes have the sum `total`

    The part is Beta(a, b), b = total - a (Jankowiak and Obermeyer, "Pathwise derivatives beyond the
    reparameterization trick", 2018). With the continued fraction K of the incomplete beta function (Abramowitz and
    Stegun, 26.5.8), which converges fast below the mean, and for 1 - x above it:

        F = x^a (1 - x)^b K(a, b, x) / (a B(a, b)) = 1 - x^a (1 - x)^b K(b, a, 1 - x) / (b B(a, b))
    """
    dtype = x.dtype
    x, a, total = (np.atleast_1d(v) for v in np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (x, a, total))))
    b = total - a
    out = np.empty(x.shape)
    low = x < (a + 1) / (total + 2)
    with np.errstate(all="ignore"):
        score = np.log(x) - digamma_double(a) + digamma_double(total)
        for where, first in ((low, True), (~low, False)):
            if where.any():
                p, q, y = (a, b, x) if first else (b, a, 1 - x)
                p, q, y = p[where], q[where], y[where]
                fraction, change = beta_fraction(p, q, y, first)
                bracket = score[where] + change / fraction - (1 / p if first else 0)
                out[where] = (-1 if first else 1) * x[where] / p * fraction * bracket
    return out.astype(dtype)


def beta_fraction(p: Any, q: Any, x: Any, first: bool) -> tuple[Any, Any]:
    """K(p, q, x) = 1 / (1 + e_1 / (1 + e_2 / ...)), evaluated from its end, and its derivative by p (`first`) or by q

    e_2m+1 = -(p + m) (p + q + m) x / ((p + 2m) (p + 2m + 1)), e_2m = m (q - m) x / ((p + 2m - 1) (p + 2m)).
    """
    depth = int(24 + 2.5 * np.sqrt(np.maximum(p, q).max()))  # measured: exact for shapes from 1e-3 to 1e6
    value, change = np.ones_like(x), np.zeros_like(x)
    for k in range(2 * depth, 0, -1):
        m = k // 2
        if k % 2:
            factor = -x / ((p + 2 * m) * (p + 2 * m + 1))
            e = factor * (p + m) * (p + q + m)
            by_p = e * (1 / (p + m) + 1 / (p + q + m) - 1 / (p + 2 * m) - 1 / (p + 2 * m + 1))
            by_q = factor * (p + m)
        else:
            factor = m * x / ((p + 2 * m - 1) * (p + 2 * m))
            e = factor * (q - m)
            by_p = -e * (1 / (p + 2 * m - 1) + 1 / (p + 2 * m))
            by_q = factor
        change = ((by_p if first else by_q) - e * change / value) / value
        value = 1 + e / value
    return 1 / value, -change / value**2


def standard_gamma(concentration: Tensor) -> Tensor:
    """Draws of Gamma(a, 1) for each a, with a gradient to them."""
    draws: Tensor = StandardGamma.apply(concentration)
    return draws


def dirichlet(concentration: Tensor) -> Tensor:
    """Draws of Dirichlet(a) for each row a, with a gradient to them."""
    draws: Tensor = DirichletDraws.apply(concentration)
    return draws

"""The special functions of `torch.special` that are composed of others, or take PyTorch's arguments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import engine
from ..ops import gamma, orthogonal
from ..ops.out import takes_out


@takes_out
def mvlgamma(input: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension p, log(pi) p (p - 1) / 4 + the sum of
    lgamma(x - j / 2) over j < p.
    """
    if not isinstance(p, int | np.integer) or p < 1:
        raise ValueError(f"mvlgamma: p = {p!r}: it is a number of dimensions; give 1 or more")
    total = gamma.lgamma(input)
    for j in range(1, p):
        total = total + gamma.lgamma(input - j / 2)
    return total + math.log(math.pi) * (p * (p - 1) / 4)


@takes_out
def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma."""
    return gamma.polygamma(n, input)


def polygamma_method(self: Any, n: int) -> Any:
    """The n-th derivative of digamma of the Tensor."""
    return gamma.polygamma(n, self)


def polynomial(family: str) -> Any:
    """The function of x and n of a family of orthogonal polynomials."""

    @takes_out
    def call(input: Any, n: Any) -> Any:
        x = input if isinstance(input, engine.box) else engine.box._constant(input)
        return orthogonal.orthogonal(x, n, family)

    name = family.replace("_", " ")
    call.__name__ = call.__qualname__ = family
    call.__doc__ = f"The {name} of the degree n at x, by its recurrence; 0 for n < 0. x and n broadcast."
    return call


chebyshev_polynomial_t, chebyshev_polynomial_u, chebyshev_polynomial_v, chebyshev_polynomial_w = (
    polynomial(f"chebyshev_polynomial_{kind}") for kind in "tuvw"
)
(
    shifted_chebyshev_polynomial_t,
    shifted_chebyshev_polynomial_u,
    shifted_chebyshev_polynomial_v,
    shifted_chebyshev_polynomial_w,
) = (polynomial(f"shifted_chebyshev_polynomial_{kind}") for kind in "tuvw")
hermite_polynomial_h, hermite_polynomial_he = polynomial("hermite_polynomial_h"), polynomial("hermite_polynomial_he")
laguerre_polynomial_l = polynomial("laguerre_polynomial_l")
legendre_polynomial_p = polynomial("legendre_polynomial_p")


__all__ = [
    "chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
    "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p", "mvlgamma",
    "polygamma", "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
]  # fmt: skip

"""The normal distribution of angles."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..ops.elementwise import where
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution
from .utils import broadcast_all, lazy_property

# The modified Bessel functions I0 and I1 (Abramowitz and Stegun, 9.8.1 to 9.8.4), to about 2e-7: for x < 3.75 in powers
# of (x / 3.75)^2, I1 divided by x; beyond in powers of 3.75 / x, multiplied by sqrt(x) e^-x.
SMALL = (
    (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813),
    (0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411),
)
LARGE = (
    (0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537, -0.01647633, 0.00392377),
    (0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967, -0.02895312, 0.01787654, -0.00420059),
)


def series(coefficients: tuple[float, ...], x: Any) -> Any:
    """c0 + c1 x + c2 x^2 + ..."""
    result: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        result = result * x + c
    return result


def log_bessel(x: Any, order: int) -> Any:
    """log I0(x) or log I1(x) for x > 0"""
    near = x < 3.75
    low, high = where(near, x, 1.0), where(near, 3.75, x)
    small = series(SMALL[order], (low / 3.75) ** 2)
    small = (low * small if order else small).log()
    return where(near, small, high - 0.5 * high.log() + series(LARGE[order], 3.75 / high).log())


class VonMises(Distribution):
    """density e^(concentration cos(x - loc)) / (2 pi I0(concentration)) of an angle x, I0 a modified Bessel function"""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    loc: Tensor
    concentration: Tensor

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """loc, as a direction"""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @lazy_property
    def variance(self) -> Any:
        """1 - I1 / I0, the circular variance"""
        return 1 - (log_bessel(self.concentration, 1) - log_bessel(self.concentration, 0)).exp()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Angles from -pi to pi"""
        loc, concentration = (x.value.astype(np.float64) for x in (self.loc, self.concentration))
        draws = loc + np.asarray(rng_of(None).vonmises(0.0, concentration, self._extended_shape(sample_shape)))
        return Tensor._of(np.asarray((draws + math.pi) % (2 * math.pi) - math.pi, self._dtype))

    def log_prob(self, value: Any) -> Tensor:
        """concentration cos(x - loc) - log(2 pi I0(concentration))"""
        x = self._checked(value)
        result: Tensor = (
            self.concentration * (x - self.loc).cos() - math.log(2 * math.pi) - log_bessel(self.concentration, 0)
        )
        return result

"""The normal distribution of angles."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..ops.bessel import i0e, i1e
from ..random import rng_of
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import Distribution
from .utils import broadcast_all, lazy_property


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
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Angles from -pi to pi"""
        loc, concentration = (x.value.astype(np.float64) for x in (self.loc, self.concentration))
        draws = loc + np.asarray(rng_of(None).vonmises(0.0, concentration, self._extended_shape(sample_shape)))
        return Tensor._of(np.asarray((draws + math.pi) % (2 * math.pi) - math.pi, self._dtype))

    def log_prob(self, value: Any) -> Tensor:
        """concentration cos(x - loc) - log(2 pi I0(concentration))"""
        away = (self._checked(value) - self.loc).cos() - 1  # with e^-concentration I0, which does not overflow
        result: Tensor = self.concentration * away - math.log(2 * math.pi) - i0e(self.concentration).log()
        return result

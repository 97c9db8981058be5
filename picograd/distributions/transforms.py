"""Invertible functions of draws: y = t(x), x = t.inv(y), and log |dy/dx|, which changes the density."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functions import expand as expanded
from ..ops.loss import softplus
from ..ops.precise import log1p
from ..tensor import Tensor
from . import constraints
from .constraints import Constraint
from .distribution import total


class Transform:
    """An invertible function. `event_dim`: how many of the last axes it takes together."""

    event_dim = 0
    codomain: Constraint = constraints.real
    sign = 1  # of the derivative, for cdf

    def __call__(self, x: Tensor) -> Tensor:
        """y = t(x)"""
        raise NotImplementedError(f"{type(self).__name__}: __call__: it is missing; write y = t(x)")

    def inverse(self, y: Tensor) -> Tensor:
        """x for which t(x) = y"""
        raise NotImplementedError(f"{type(self).__name__}: inverse: it is missing; write x = t^-1(y)")

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Any:
        """log |dy/dx|"""
        raise NotImplementedError(f"{type(self).__name__}: log_abs_det_jacobian: it is missing; write log |dy/dx|")

    @property
    def inv(self) -> Transform:
        """The inverse as a Transform."""
        return Inverse(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Inverse(Transform):
    """x = t^-1(y) for a Transform t"""

    def __init__(self, original: Transform) -> None:
        self._original, self.event_dim = original, original.event_dim

    def __call__(self, x: Tensor) -> Tensor:
        """t^-1(x)"""
        return self._original.inverse(x)

    def inverse(self, y: Tensor) -> Tensor:
        """t(y)"""
        return self._original(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Any:
        """-log |dx/dy|"""
        return -self._original.log_abs_det_jacobian(y, x)

    @property
    def sign(self) -> Any:  # type: ignore[override]
        """That of the original"""
        return self._original.sign

    @property
    def inv(self) -> Transform:
        """The original."""
        return self._original


class ExpTransform(Transform):
    """y = e^x"""

    codomain = constraints.positive

    def __call__(self, x: Tensor) -> Tensor:
        """e^x"""
        return x.exp()

    def inverse(self, y: Tensor) -> Tensor:
        """log y"""
        return y.log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Any:
        """x"""
        return x


class AffineTransform(Transform):
    """y = loc + scale x"""

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0) -> None:
        self.loc, self.scale, self.event_dim = loc, scale, event_dim

    def __call__(self, x: Tensor) -> Tensor:
        """loc + scale x"""
        result: Tensor = x * self.scale + self.loc
        return result

    def inverse(self, y: Tensor) -> Tensor:
        """(y - loc) / scale"""
        result: Tensor = (y - self.loc) / self.scale
        return result

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Any:
        """log |scale|, summed over the event"""
        if isinstance(self.scale, Tensor):
            slope = expanded(abs(self.scale).log(), np.broadcast_shapes(x.shape, self.scale.shape))
        else:
            slope = Tensor._of(np.full(x.shape, math.log(abs(self.scale)), x.dtype))
        return total(slope, self.event_dim)

    @property
    def sign(self) -> Any:  # type: ignore[override]
        """That of the scale"""
        return self.scale.sign() if isinstance(self.scale, Tensor) else math.copysign(1, self.scale)


class SigmoidTransform(Transform):
    """y = 1 / (1 + e^-x), kept within the open interval (0, 1)"""

    codomain = constraints.unit_interval

    def __call__(self, x: Tensor) -> Tensor:
        """sigmoid x"""
        info = np.finfo(x.dtype)
        return x.sigmoid().clamp(float(info.tiny), float(1 - info.epsneg))

    def inverse(self, y: Tensor) -> Tensor:
        """log(y / (1 - y))"""
        info = np.finfo(y.dtype)
        y = y.clamp(float(info.tiny), float(1 - info.epsneg))
        return y.log() - log1p(-y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Any:
        """log(y (1 - y))"""
        return -softplus(-x) - softplus(x)


class TanhTransform(Transform):
    """y = tanh x"""

    codomain = constraints.interval(-1, 1)

    def __call__(self, x: Tensor) -> Tensor:
        """tanh x"""
        return x.tanh()

    def inverse(self, y: Tensor) -> Tensor:
        """log((1 + y) / (1 - y)) / 2"""
        return (log1p(y) - log1p(-y)) / 2

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Any:
        """log(1 - y^2) = 2 (log 2 - x - log(1 + e^-2x)), which is exact also where y is nearly 1"""
        return 2 * (math.log(2) - x - softplus(-2 * x))


class ComposeTransform(Transform):
    """One after the other: the first of `parts` is applied first"""

    def __init__(self, parts: Sequence[Transform]) -> None:
        self.parts = list(parts)
        self.event_dim = max((part.event_dim for part in parts), default=0)
        if parts:
            self.codomain = parts[-1].codomain

    def __call__(self, x: Tensor) -> Tensor:
        """t_n(... t_1(x))"""
        for part in self.parts:
            x = part(x)
        return x

    def inverse(self, y: Tensor) -> Tensor:
        """t_1^-1(... t_n^-1(y))"""
        for part in reversed(self.parts):
            y = part.inverse(y)
        return y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Any:
        """The sum of those of the parts"""
        result: Any = 0.0
        for part in self.parts:
            after = part(x)
            result = result + total(part.log_abs_det_jacobian(x, after), self.event_dim - part.event_dim)
            x = after
        return result

    @property
    def sign(self) -> Any:  # type: ignore[override]
        """The product of those of the parts"""
        result: Any = 1
        for part in self.parts:
            result = result * part.sign
        return result


def alike(s: Any, t: Any) -> bool:
    """Whether two transforms (or their attributes) are the same function, as far as their attributes tell."""
    if isinstance(s, Transform):
        mine, yours = vars(s), vars(t)
        return type(s) is type(t) and mine.keys() == yours.keys() and all(alike(mine[k], yours[k]) for k in mine)
    if isinstance(s, list):
        return len(s) == len(t) and all(alike(a, b) for a, b in zip(s, t, strict=True))
    return s is t or bool(np.array_equal(s, t))


identity_transform = ComposeTransform([])

"""Activations as modules. With `inplace` the result is the input Tensor itself, which then has the new value."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from . import init
from .functions import activation as F
from .module import Module
from .parameter import Parameter, dtype_of

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


class _Activation(Module):
    """An activation without parameters; `_options` are what it is made with, as its repr shows them."""

    _options: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """The options."""
        shown = [f"{name}={getattr(self, name)!r}" for name in self._options]
        return ", ".join([*shown, "inplace=True"] if getattr(self, "inplace", False) else shown)


class ReLU(_Activation):
    """max(x, 0)"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """max(x, 0)"""
        return F.relu(input, self.inplace)


class LeakyReLU(_Activation):
    """x where x > 0, else negative_slope * x"""

    _options = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Any) -> Any:
        """x where x > 0, else negative_slope * x"""
        return F.leaky_relu(input, self.negative_slope, inplace=self.inplace)


class ELU(_Activation):
    """x where x > 0, else alpha (e^x - 1)"""

    _options = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Any) -> Any:
        """x where x > 0, else alpha (e^x - 1)"""
        return F.elu(input, self.alpha, inplace=self.inplace)


class SiLU(_Activation):
    """x sigmoid(x)"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """x sigmoid(x)"""
        return F.silu(input, inplace=self.inplace)


class Hardtanh(_Activation):
    """min(max(x, min_val), max_val)"""

    _options: tuple[str, ...] = ("min_val", "max_val")

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        for old, value in (("min", min_value), ("max", max_value)):
            if value is not None:
                warnings.warn(
                    f"keyword argument `{old}_value` is deprecated and renamed to `{old}_val`",
                    FutureWarning,
                    stacklevel=2,
                )
        min_val, max_val = min_val if min_value is None else min_value, max_val if max_value is None else max_value
        if not min_val < max_val:
            raise ValueError(f"Hardtanh: min_val {min_val}, max_val {max_val}: the first must be smaller; swap them")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Any) -> Any:
        """min(max(x, min_val), max_val)"""
        return F.hardtanh(input, self.min_val, self.max_val, inplace=self.inplace)


class ReLU6(Hardtanh):
    """min(max(x, 0), 6)"""

    _options = ()

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class Softplus(_Activation):
    """log(1 + e^(beta x)) / beta; x itself where beta x > threshold"""

    _options = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Any) -> Any:
        """log(1 + e^(beta x)) / beta"""
        return F.softplus(input, self.beta, self.threshold)


class LogSigmoid(_Activation):
    """log(1 / (1 + e^-x))"""

    def forward(self, input: Any) -> Any:
        """log(1 / (1 + e^-x))"""
        return F.logsigmoid(input)


class Sigmoid(_Activation):
    """1 / (1 + e^-x)"""

    def forward(self, input: Any) -> Any:
        """1 / (1 + e^-x)"""
        return F.sigmoid(input)


class Tanh(_Activation):
    """(e^x - e^-x) / (e^x + e^-x)"""

    def forward(self, input: Any) -> Any:
        """(e^x - e^-x) / (e^x + e^-x)"""
        return F.tanh(input)


class Softmax(_Activation):
    """e^x / sum(e^x) along the axis `dim`"""

    _options = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """e^x / sum(e^x)"""
        return F.softmax(input, self.dim)


class LogSoftmax(_Activation):
    """x - log(sum(e^x)) along the axis `dim`"""

    _options = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """x - log(sum(e^x))"""
        return F.log_softmax(input, self.dim)


class GELU(_Activation):
    """x P(x) with the standard normal distribution P; approximate="tanh": P made of a tanh"""

    _options = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """x P(x) with the standard normal distribution P; approximate="tanh": P made of a tanh"""
        return F.gelu(input, self.approximate)


class SELU(_Activation):
    """scale * elu(x, alpha), with the two numbers that keep mean 0 and variance 1 from layer to layer"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """scale * elu(x, alpha), with the two numbers that keep mean 0 and variance 1 from layer to layer"""
        return F.selu(input, inplace=self.inplace)


class CELU(_Activation):
    """max(x, 0) + min(alpha (e^(x / alpha) - 1), 0)"""

    _options = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Any) -> Any:
        """max(x, 0) + min(alpha (e^(x / alpha) - 1), 0)"""
        return F.celu(input, self.alpha, inplace=self.inplace)


class Mish(_Activation):
    """x tanh(log(1 + e^x))"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """x tanh(log(1 + e^x))"""
        return F.mish(input, inplace=self.inplace)


class Hardswish(_Activation):
    """x min(max(x + 3, 0), 6) / 6"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """x min(max(x + 3, 0), 6) / 6"""
        return F.hardswish(input, inplace=self.inplace)


class Hardsigmoid(_Activation):
    """min(max(x + 3, 0), 6) / 6"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """min(max(x + 3, 0), 6) / 6"""
        return F.hardsigmoid(input, inplace=self.inplace)


class _Shrink(_Activation):
    def extra_repr(self) -> str:
        """The bound."""
        return str(self.lambd)


class Hardshrink(_Shrink):
    """x where |x| > lambd, else 0"""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """x where |x| > lambd, else 0"""
        return F.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """x - lambd above lambd, x + lambd below -lambd, else 0"""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """x - lambd above lambd, x + lambd below -lambd, else 0"""
        return F.softshrink(input, self.lambd)


class Softsign(_Activation):
    """x / (1 + |x|)"""

    def forward(self, input: Any) -> Any:
        """x / (1 + |x|)"""
        return F.softsign(input)


class Tanhshrink(_Activation):
    """x - tanh x"""

    def forward(self, input: Any) -> Any:
        """x - tanh x"""
        return F.tanhshrink(input)


class GLU(_Activation):
    """a sigmoid(b), where a and b are the two halves of x along `dim`"""

    _options = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """a sigmoid(b), where a and b are the two halves of x along `dim`"""
        return F.glu(input, self.dim)


class Threshold(_Activation):
    """x where x > threshold, else value"""

    _options = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Any) -> Any:
        """x where x > threshold, else value"""
        return F.threshold(input, self.threshold, self.value, inplace=self.inplace)


class Softmin(_Activation):
    """softmax(-x) along the axis `dim`"""

    _options = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """softmax(-x)"""
        return F.softmin(input, self.dim)


class Softmax2d(Module):
    """softmax over the channels: (N, C, H, W) or (C, H, W) -> same"""

    def forward(self, input: Any) -> Any:
        """softmax(x) along C"""
        if np.ndim(input) not in (3, 4):
            raise ValueError(f"Softmax2d: input {np.shape(input)}: expected 3D or 4D input; unsqueeze or reshape it")
        return F.softmax(input, -3)


class RReLU(_Activation):
    """x where x > 0, else a x; a is drawn from [lower, upper] for each element in training, else their mean"""

    _options = ("lower", "upper")

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Any) -> Any:
        """x where x > 0, else a x"""
        return F.rrelu(input, self.lower, self.upper, self.training, inplace=self.inplace)


class PReLU(Module):
    """x where x > 0, else weight * x; `weight` (num_parameters,), one or one for each channel, begins as `init`."""

    weight: Parameter

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(np.empty(num_parameters, dtype_of("PReLU", dtype, device)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The weight as in the beginning."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        """x where x > 0, else weight * x"""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """The size."""
        return f"num_parameters={self.num_parameters}"

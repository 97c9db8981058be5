"""Activations as modules. `inplace` is accepted everywhere and changes nothing: the result is a new Tensor."""

from __future__ import annotations

from typing import Any

from . import functional as F
from .module import Module


class _Activation(Module):
    """An activation without parameters; `_options` are what it is made with, as its repr shows them."""

    _options: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """The options."""
        shown = [f"{name}={getattr(self, name)}" for name in self._options]
        return ", ".join([*shown, "inplace=True"] if getattr(self, "inplace", False) else shown)


class ReLU(_Activation):
    """max(x, 0)"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """max(x, 0)"""
        return F.relu(input)


class ReLU6(_Activation):
    """min(max(x, 0), 6)"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """min(max(x, 0), 6)"""
        return F.relu6(input)


class LeakyReLU(_Activation):
    """x where x > 0, else negative_slope * x"""

    _options = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Any) -> Any:
        """x where x > 0, else negative_slope * x"""
        return F.leaky_relu(input, self.negative_slope)


class ELU(_Activation):
    """x where x > 0, else alpha (e^x - 1)"""

    _options = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Any) -> Any:
        """x where x > 0, else alpha (e^x - 1)"""
        return F.elu(input, self.alpha)


class SiLU(_Activation):
    """x sigmoid(x)"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """x sigmoid(x)"""
        return F.silu(input)


class Hardtanh(_Activation):
    """min(max(x, min_val), max_val)"""

    _options = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if not min_val < max_val:
            raise ValueError(f"Hardtanh: min_val {min_val}, max_val {max_val}: the first must be smaller; swap them")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Any) -> Any:
        """min(max(x, min_val), max_val)"""
        return F.hardtanh(input, self.min_val, self.max_val)


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

"""Fractional max pooling as layers."""

from __future__ import annotations

from typing import Any

from .functions import fractional as F
from .functions.sizes import each
from .module import Module

__all__ = ["FractionalMaxPool2d", "FractionalMaxPool3d"]


class _FractionalMaxPool(Module):
    _axes = 0
    _function: Any

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        name, axes = type(self).__name__, self._axes
        if (output_size is None) == (output_ratio is None):
            raise ValueError(
                f"{name}: output_size={output_size}, output_ratio={output_ratio}: requires specifying either an "
                f"output size, or a pooling ratio; give one of them"
            )
        self.kernel_size = each(name, "kernel_size", kernel_size, axes, 1)
        self.output_size = None if output_size is None else each(name, "output_size", output_size, axes, 1)
        ratio = output_ratio
        if ratio is not None:
            ratio = tuple(ratio) if isinstance(ratio, tuple | list) else (ratio,) * axes
            if not all(0 < share < 1 for share in ratio):
                raise ValueError(f"{name}: output_ratio={ratio}: output_ratio must be between 0 and 1; change it")
        self.output_ratio, self.return_indices = ratio, return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input: Any) -> Any:
        """(N, C, *size) -> (N, C, *output_size)"""
        return self._function(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest element of each window, the windows at random places: (N, C, H, W) -> (N, C, *output_size).

    See `functional.fractional_max_pool2d`.
    """

    _axes = 2
    _function = staticmethod(F.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """`FractionalMaxPool2d` in three dimensions: (N, C, D, H, W) -> (N, C, *output_size)."""

    _axes = 3
    _function = staticmethod(F.fractional_max_pool3d)

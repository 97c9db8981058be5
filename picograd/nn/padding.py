"""Padding layers: a border of a number, or of the input's own elements, in one, two and three dimensions."""

from __future__ import annotations

from typing import Any

from .functions.padding import pad
from .functions.sizes import each
from .module import Module


class _Pad(Module):
    """A border: `padding` is a number for all sides or (left, right, top, bottom, front, back); negative cuts off."""

    _axes = 0
    _mode = "constant"

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = each(type(self).__name__, "padding", padding, 2 * self._axes)

    def forward(self, input: Any) -> Any:
        """The input within its border."""
        return pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """The widths."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        """The input within its border."""
        return pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The widths and the number."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The widths."""
        return f"{self.padding}"


class ConstantPad1d(_ConstantPad):
    """A border of `value`: (N, C, L) -> (N, C, L')."""

    _axes = 1


class ConstantPad2d(_ConstantPad):
    """A border of `value`: (N, C, H, W) -> (N, C, H', W')."""

    _axes = 2


class ConstantPad3d(_ConstantPad):
    """A border of `value`: (N, C, D, H, W) -> (N, C, D', H', W')."""

    _axes = 3


class ZeroPad1d(_ZeroPad):
    """A border of zeros: (N, C, L) -> (N, C, L')."""

    _axes = 1


class ZeroPad2d(_ZeroPad):
    """A border of zeros: (N, C, H, W) -> (N, C, H', W')."""

    _axes = 2


class ZeroPad3d(_ZeroPad):
    """A border of zeros: (N, C, D, H, W) -> (N, C, D', H', W')."""

    _axes = 3


class ReflectionPad1d(_Pad):
    """A border that mirrors the input at its edge elements: (N, C, L) -> (N, C, L')."""

    _axes, _mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """A border that mirrors the input at its edge elements: (N, C, H, W) -> (N, C, H', W')."""

    _axes, _mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """A border that mirrors the input at its edge elements: (N, C, D, H, W) -> (N, C, D', H', W')."""

    _axes, _mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """A border that repeats the edge elements: (N, C, L) -> (N, C, L')."""

    _axes, _mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """A border that repeats the edge elements: (N, C, H, W) -> (N, C, H', W')."""

    _axes, _mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """A border that repeats the edge elements: (N, C, D, H, W) -> (N, C, D', H', W')."""

    _axes, _mode = 3, "replicate"


class CircularPad1d(_Pad):
    """A border that goes on at the other side: (N, C, L) -> (N, C, L')."""

    _axes, _mode = 1, "circular"


class CircularPad2d(_Pad):
    """A border that goes on at the other side: (N, C, H, W) -> (N, C, H', W')."""

    _axes, _mode = 2, "circular"


class CircularPad3d(_Pad):
    """A border that goes on at the other side: (N, C, D, H, W) -> (N, C, D', H', W')."""

    _axes, _mode = 3, "circular"

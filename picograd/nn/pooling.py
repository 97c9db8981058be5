"""Pooling layers: the largest element, the mean or the p-norm of windows, in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .functions import adaptive_pooling as A
from .functions import pooling as F
from .functions.sizes import each
from .module import Module


class _Pool(Module):
    """A pooling function and its arguments; `_shown` are those that the repr names."""

    _function: Callable[..., Any]
    _axes = 0
    _shown: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """The arguments."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in self._shown)


# ---- the largest element -------------------------------------------------------------------------------------------


class _MaxPoolNd(_Pool):
    _shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Any) -> Any:
        """The largest elements, and with return_indices where they were."""
        return self._function(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class MaxPool1d(_MaxPoolNd):
    """The largest element of each window: (N, C, L) -> (N, C, (L + 2 padding - span) // stride + 1).

    span = dilation (kernel_size - 1) + 1; outside of the input there is -infinity. With ceil_mode a last window that
    reaches beyond the end counts too. `stride` is kernel_size unless given.
    """

    _axes, _function = 1, staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPoolNd):
    """`MaxPool1d` in two dimensions: (N, C, H, W) -> (N, C, H', W')."""

    _axes, _function = 2, staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPoolNd):
    """`MaxPool1d` in three dimensions: (N, C, D, H, W) -> (N, C, D', H', W')."""

    _axes, _function = 3, staticmethod(F.max_pool3d)


class _MaxUnpoolNd(_Pool):
    _shown = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name, axes = type(self).__name__, self._axes
        self.kernel_size = each(name, "kernel_size", kernel_size, axes, 1)
        self.stride = self.kernel_size if stride is None else each(name, "stride", stride, axes, 1)
        self.padding = each(name, "padding", padding, axes, 0)

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        """Each element where the pooling found it, 0 elsewhere."""
        return self._function(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpoolNd):
    """What `MaxPool1d` leaves of its input: each element where it was, 0 elsewhere. (N, C, L') -> (N, C, L)."""

    _axes, _function = 1, staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpoolNd):
    """What `MaxPool2d` leaves of its input: (N, C, H', W') -> (N, C, H, W)."""

    _axes, _function = 2, staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpoolNd):
    """What `MaxPool3d` leaves of its input: (N, C, D', H', W') -> (N, C, D, H, W)."""

    _axes, _function = 3, staticmethod(F.max_unpool3d)


# ---- means and norms -----------------------------------------------------------------------------------------------


class AvgPool1d(_Pool):
    """The mean of each window: (N, C, L) -> (N, C, (L + 2 padding - kernel_size) // stride + 1).

    The zeros of the padding count as elements unless count_include_pad is False. With ceil_mode a last window that
    reaches beyond the end counts too. `stride` is kernel_size unless given.
    """

    _axes, _shown = 1, ("kernel_size", "stride", "padding")

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = each("AvgPool1d", "kernel_size", kernel_size, 1, 1)
        self.stride = self.kernel_size if stride is None else each("AvgPool1d", "stride", stride, 1, 1)
        self.padding = each("AvgPool1d", "padding", padding, 1, 0)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Any) -> Any:
        """The means."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _AvgPoolNd(_Pool):
    _shown = ("kernel_size", "stride", "padding")

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Any) -> Any:
        """The means, or the sums over divisor_override."""
        return self._function(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip


class AvgPool2d(_AvgPoolNd):
    """`AvgPool1d` in two dimensions: (N, C, H, W) -> (N, C, H', W'); divisor_override in place of the count."""

    _axes, _function = 2, staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPoolNd):
    """`AvgPool1d` in three dimensions: (N, C, D, H, W) -> (N, C, D', H', W'). divisor_override: see `AvgPool2d`."""

    _axes, _function = 3, staticmethod(F.avg_pool3d)


class _LPPoolNd(_Pool):
    _shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input: Any) -> Any:
        """The norms."""
        return self._function(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPoolNd):
    """The p-norm of each window, (sum x^p)^(1/p) for p = norm_type: (N, C, L) -> (N, C, L')."""

    _axes, _function = 1, staticmethod(F.lp_pool1d)


class LPPool2d(_LPPoolNd):
    """The p-norm of each window, (sum x^p)^(1/p) for p = norm_type: (N, C, H, W) -> (N, C, H', W')."""

    _axes, _function = 2, staticmethod(F.lp_pool2d)


class LPPool3d(_LPPoolNd):
    """The p-norm of each window, (sum x^p)^(1/p) for p = norm_type: (N, C, D, H, W) -> (N, C, D', H', W')."""

    _axes, _function = 3, staticmethod(F.lp_pool3d)


# ---- a number of windows -------------------------------------------------------------------------------------------


class _AdaptiveAvgPoolNd(_Pool):
    _shown = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        """The means."""
        return self._function(input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The means of output_size windows: (N, C, L) -> (N, C, output_size).

    Window i goes from floor(i L / output_size) to ceil((i + 1) L / output_size).
    """

    _axes, _function = 1, staticmethod(A.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """`AdaptiveAvgPool1d` in two dimensions; None keeps a size: (N, C, H, W) -> (N, C, *output_size)."""

    _axes, _function = 2, staticmethod(A.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """`AdaptiveAvgPool1d` in three dimensions; None keeps a size: (N, C, D, H, W) -> (N, C, *output_size)."""

    _axes, _function = 3, staticmethod(A.adaptive_avg_pool3d)


class _AdaptiveMaxPoolNd(_Pool):
    _shown = ("output_size",)

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Any) -> Any:
        """The largest elements, and with return_indices where they were."""
        return self._function(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest elements of output_size windows, those of `AdaptiveAvgPool1d`: (N, C, L) -> (N, C, output_size)."""

    _axes, _function = 1, staticmethod(A.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """`AdaptiveMaxPool1d` in two dimensions; None keeps a size: (N, C, H, W) -> (N, C, *output_size)."""

    _axes, _function = 2, staticmethod(A.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """`AdaptiveMaxPool1d` in three dimensions; None keeps a size: (N, C, D, H, W) -> (N, C, *output_size)."""

    _axes, _function = 3, staticmethod(A.adaptive_max_pool3d)

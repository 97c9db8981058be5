"""Convolution layers and their transposes, in one, two and three dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops.windows import span
from . import init
from .functions import conv as F
from .functions.padding import pad
from .functions.sizes import each
from .module import Module
from .parameter import Parameter, dtype_of

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all of them have in common: weight, bias and the numbers that say how the kernel goes over the input.

    `weight` (out_channels, in_channels/groups, *kernel), for a transpose (in_channels, out_channels/groups, *kernel),
    and `bias` (out_channels,) are drawn from the uniform distribution on [-1/sqrt(n), 1/sqrt(n)], where n is the
    number of elements of weight[0].
    """

    weight: Parameter
    bias: Parameter | None
    padding: Any  # numbers, or for a convolution also "same" or "valid"
    _axes = 0
    _function: Callable[..., Any]
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        transposed: bool,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if not self._axes:  # a class of someone's own
            self._axes = len(kernel_size)
        name, axes = type(self).__name__, self._axes
        self.transposed = transposed
        if groups <= 0 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: in_channels={in_channels}, out_channels={out_channels}, groups={groups}: in_channels and "
                f"out_channels must be divisible by groups, a positive integer; change one of them"
            )
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"{name}: padding={padding!r}: Invalid padding string; give 'same', 'valid' or numbers")
        if padding_mode not in PADDING_MODES or (self.transposed and padding_mode != "zeros"):
            raise ValueError(
                f"{name}: padding_mode={padding_mode!r}: it must be one of "
                f"{'zeros, the only one for a transpose' if self.transposed else ', '.join(PADDING_MODES)}; change it"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = each(name, "kernel_size", kernel_size, axes, 1)
        self.stride, self.dilation = each(name, "stride", stride, axes, 1), each(name, "dilation", dilation, axes, 1)
        self.padding = padding if isinstance(padding, str) else each(name, "padding", padding, axes, 0)
        if self.padding == "same" and set(self.stride) != {1}:
            raise ValueError(
                f"{name}: padding='same', stride={self.stride}: it is not supported for strided convolutions; "
                f"use stride 1 or give numbers"
            )
        self.output_padding = each(name, "output_padding", output_padding, axes, 0)
        self.padding_mode = padding_mode
        # As `pad` wants it; for what programs write in place of `_conv_forward`.
        self._reversed_padding_repeated_twice = [n for pair in reversed(self._pairs()) for n in pair]
        shape = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        dtype = dtype_of(name, dtype, device)
        self.weight = Parameter(np.empty((*shape, *self.kernel_size), dtype))
        self.register_parameter("bias", Parameter(np.empty(out_channels, dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights and biases."""
        n = math.prod(self.weight.shape[1:])
        if n:
            init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # this a gives the bound 1/sqrt(n)
            if self.bias is not None:
                init.uniform_(self.bias, -1 / math.sqrt(n), 1 / math.sqrt(n))

    def _bordered(self, input: Any) -> tuple[Any, Any]:
        """The input and the padding that the function is to add: none where another mode than zeros has added it."""
        if self.padding_mode == "zeros" or self.padding == "valid":
            return input, self.padding
        return pad(input, self._reversed_padding_repeated_twice, self.padding_mode), 0

    def _pairs(self) -> list[tuple[int, int]]:
        """How much lies before and after the input, along each axis."""
        if self.padding == "valid":
            return [(0, 0)] * self._axes
        if isinstance(self.padding, str):  # "same"
            both = [r - 1 for r in span(self.kernel_size, self.dilation)]
            return [(n // 2, n - n // 2) for n in both]
        return [(n, n) for n in self.padding]

    def extra_repr(self) -> str:
        """The numbers that are not the usual ones."""
        shown = [f"{self.in_channels}, {self.out_channels}", f"kernel_size={self.kernel_size}", f"stride={self.stride}"]
        usual: dict[str, int] = {"padding": 0, "dilation": 1, "output_padding": 0}
        shown += [
            f"{name}={value}"
            for name, number in usual.items()
            if (value := getattr(self, name)) != (number,) * self._axes
        ]
        shown += [f"groups={self.groups}"] if self.groups != 1 else []
        shown += ["bias=False"] if self.bias is None else []
        shown += [f"padding_mode={self.padding_mode}"] if self.padding_mode != "zeros" else []
        return ", ".join(shown)

    def _describe(self) -> str:
        return f"{self._get_name()} {self.in_channels} -> {self.out_channels}"


class _Conv(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            False,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Any) -> Any:
        """The convolution of the input with the weight."""
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        """The same with a weight computed elsewhere, for layers built on this one."""
        x, padding = self._bordered(input)
        return self._function(x, weight, bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(_Conv):
    """y[n, o, p] = bias[o] + sum over c, t of weight[o, c, t] x[n, c, p stride + t dilation - padding].

    (N, in_channels, L) -> (N, out_channels, (L + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1), and the
    same without N. `padding_mode` says what lies around the input: zeros, or its own elements (see functional.pad).
    """

    _axes = 1
    _function = staticmethod(F.conv1d)


class Conv2d(_Conv):
    """`Conv1d` in two dimensions: (N, in_channels, H, W) -> (N, out_channels, H', W')."""

    _axes = 2
    _function = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """`Conv1d` in three dimensions: (N, in_channels, D, H, W) -> (N, out_channels, D', H', W')."""

    _axes = 3
    _function = staticmethod(F.conv3d)


class _ConvTransposeNd(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, True, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Any, output_size: Any = None) -> Any:
        """The transposed convolution, of size `output_size` if that is given."""
        more = self._output_padding(input, output_size)
        return self._function(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )

    def _output_padding(
        self,
        input: Any,
        output_size: Any,
        stride: Any = None,
        padding: Any = None,
        kernel_size: Any = None,
        num_spatial_dims: int | None = None,
        dilation: Any = None,
    ) -> Any:
        """The output padding that leads to `output_size`, the layer's own for None; so are the other numbers."""
        if output_size is None:
            return self.output_padding
        stride, padding = stride or self.stride, self.padding if padding is None else padding
        axes = num_spatial_dims or self._axes
        name, wanted = type(self).__name__, tuple(output_size)
        if len(wanted) == input.ndim:
            wanted = wanted[input.ndim - axes :]
        if len(wanted) != axes:
            raise ValueError(
                f"{name}: output_size={tuple(output_size)} for an input of shape {input.shape}: it must have "
                f"{axes} or {input.ndim} numbers; give one for each axis"
            )
        size, reach = input.shape[input.ndim - axes :], span(kernel_size or self.kernel_size, dilation or self.dilation)
        least = tuple((n - 1) * s - 2 * p + r for n, s, p, r in zip(size, stride, padding, reach, strict=True))
        more = tuple(m - n for m, n in zip(wanted, least, strict=True))
        if any(not 0 <= m < s for m, s in zip(more, stride, strict=True)):
            most = tuple(n + s - 1 for n, s in zip(least, stride, strict=True))
            raise ValueError(
                f"{name}: output_size={wanted} for an input of shape {input.shape}: valid sizes range from {least} to "
                f"{most}; give one of these"
            )
        return more


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of `Conv1d`.

    Each x[n, c, p] adds weight[c, o, t] x[n, c, p] to y[n, o, p stride + t dilation - padding]. (N, in_channels, L) ->
    (N, out_channels, (L - 1) stride - 2 padding + dilation (kernel_size - 1) + 1 + output_padding); the same without N.
    """

    _axes = 1
    _function = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """`ConvTranspose1d` in two dimensions: (N, in_channels, H, W) -> (N, out_channels, H', W')."""

    _axes = 2
    _function = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """`ConvTranspose1d` in three dimensions: (N, in_channels, D, H, W) -> (N, out_channels, D', H', W')."""

    _axes = 3
    _function = staticmethod(F.conv_transpose3d)

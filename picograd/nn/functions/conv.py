"""Convolutions and their transposes: sizes understood, mistakes told, the op called."""

from __future__ import annotations

from typing import Any

from ...ops import convolution
from ...ops.resampling import pad
from ...ops.windows import span
from ...tensor import Tensor
from .sizes import Shape, batched, each, unbatched


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Input (N, C, L) or (C, L), weight (O, C/groups, k), bias (O,) -> (N, O, (L + 2 padding - span) // stride + 1).

    y[o, p] = bias[o] + sum over c, t of weight[o, c, t] x[c, p stride + t dilation - padding], where x is 0 outside of
    its size and span = (k - 1) dilation + 1. `padding` may be "valid" (none) or "same" (the result is as long as x).
    """
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Input (N, C, H, W) or (C, H, W), weight (O, C/groups, kH, kW), bias (O,) -> (N, O, H', W'). See `conv1d`."""
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Input (N, C, D, H, W) or (C, D, H, W), weight (O, C/groups, kD, kH, kW), bias (O,) -> (N, O, D', H', W')."""
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def _conv(
    op: str, axes: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """`conv1d` for any number of axes."""
    x, has_batch = batched(op, input, axes)
    w, b = _weights(op, axes, x, weight, bias, groups, by_input=False)
    stride, dilation = each(op, "stride", stride, axes, 1), each(op, "dilation", dilation, axes, 1)
    reach = span(w.shape[2:], dilation)
    if isinstance(padding, str):
        x, padding = _named_padding(op, x, padding, stride, reach)
    padding = each(op, "padding", padding, axes, 0)
    channels = w.shape[1] * groups
    if x.shape[1] != channels:
        raise ValueError(
            f"{op}: input {x.shape} and weight {w.shape}: with {groups} groups the weight expects {channels} channels, "
            f"but the input has {x.shape[1]}; make the input's second size {channels}"
        )
    if any(n + 2 * p < r for n, p, r in zip(x.shape[2:], padding, reach, strict=True)):
        raise ValueError(
            f"{op}: input {x.shape} and weight {w.shape}: the kernel reaches over {reach}, but the input with its "
            f"padding {padding} is smaller; give a larger input, more padding or a smaller kernel"
        )
    return unbatched(convolution.conv(x, w, b, stride, padding, dilation, groups), has_batch)


def _weights(op: str, axes: int, x: Any, weight: Any, bias: Any, groups: int, by_input: bool) -> tuple[Any, Any]:
    """Weight and bias, checked; `by_input`: the first axis of the weight counts the input's channels."""
    w, b = Tensor._constant(weight), None if bias is None else Tensor._constant(bias)
    if w.ndim != axes + 2:
        raise ValueError(
            f"{op}: weight {w.shape}: it must have {axes + 2} dimensions; "
            f"give {'(in, out/groups' if by_input else '(out, in/groups'}, *kernel)"
        )
    if not isinstance(groups, int) or groups <= 0:
        raise ValueError(f"{op}: groups={groups!r}: non-positive groups is not supported; give a positive number")
    if w.shape[0] % groups or 0 in w.shape[2:]:
        raise ValueError(
            f"{op}: weight {w.shape}, groups={groups}: the first size must be divisible by groups and the kernel not "
            f"empty; change one of them"
        )
    if {w.dtype, x.dtype if b is None else b.dtype} != {x.dtype}:
        raise TypeError(
            f"{op}: input of {x.dtype}, weight of {w.dtype}{'' if b is None else f', bias of {b.dtype}'}: "
            f"they should be the same; convert the input or the layer"
        )
    channels = w.shape[1] * groups if by_input else w.shape[0]
    if b is not None and b.shape != (channels,):
        raise ValueError(
            f"{op}: weight {w.shape} and bias {b.shape}: the bias must have one element for each of the {channels} "
            f"channels of the result; give shape ({channels},)"
        )
    return w, b


def _named_padding(op: str, x: Any, padding: str, stride: Shape, reach: Shape) -> tuple[Any, Shape]:
    """The padding that a word stands for; what "same" needs more on the right is put around x at once."""
    if padding == "valid":
        return x, (0,) * len(reach)
    if padding != "same":
        raise ValueError(f"{op}: padding={padding!r}: there is no such padding; give numbers, 'same' or 'valid'")
    if set(stride) != {1}:
        raise ValueError(f"{op}: padding='same', stride={stride}: same is not supported for strides; use stride 1")
    if any((r - 1) % 2 for r in reach):
        x = pad(x, [(0, 0), (0, 0), *((0, (r - 1) % 2) for r in reach)])
    return x, tuple((r - 1) // 2 for r in reach)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Input (N, C, L) or (C, L), weight (C, O/groups, k), bias (O,) -> (N, O, L').

    The gradient of `conv1d` with respect to its input, as a function: each x[c, p] adds weight[c, o, t] x[c, p] to
    y[o, p stride + t dilation - padding]. L' = (L - 1) stride - 2 padding + (k - 1) dilation + 1 + output_padding.
    """
    return _transposed("conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Input (N, C, H, W) or (C, H, W), weight (C, O/groups, kH, kW) -> (N, O, H', W'). See `conv_transpose1d`."""
    return _transposed("conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Input (N, C, D, H, W) or (C, D, H, W), weight (C, O/groups, kD, kH, kW) -> (N, O, D', H', W')."""
    return _transposed("conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _transposed(
    op: str,
    axes: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    """`conv_transpose1d` for any number of axes."""
    x, has_batch = batched(op, input, axes)
    w, b = _weights(op, axes, x, weight, bias, groups, by_input=True)
    stride, dilation = each(op, "stride", stride, axes, 1), each(op, "dilation", dilation, axes, 1)
    padding, more = each(op, "padding", padding, axes, 0), each(op, "output_padding", output_padding, axes, 0)
    if x.shape[1] != w.shape[0]:
        raise ValueError(
            f"{op}: input {x.shape} and weight {w.shape}: the weight expects {w.shape[0]} channels, but the input has "
            f"{x.shape[1]}; make the input's second size {w.shape[0]}"
        )
    if any(m >= max(s, d) for m, s, d in zip(more, stride, dilation, strict=True)):
        raise ValueError(
            f"{op}: output_padding={more}, stride={stride}, dilation={dilation}: output padding must be smaller than "
            f"either stride or dilation; it only chooses among sizes that give the same input size"
        )
    size = tuple(
        (n - 1) * s - 2 * p + r + m
        for n, s, p, r, m in zip(x.shape[2:], stride, padding, span(w.shape[2:], dilation), more, strict=True)
    )
    if 0 in x.shape[2:] or min(size) <= 0:
        raise ValueError(
            f"{op}: input {x.shape} and weight {w.shape}: the result would have size {size}; "
            f"give a larger input or less padding"
        )
    return unbatched(convolution.conv_transpose(x, w, b, size, stride, padding, dilation, groups), has_batch)


def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """`conv1d` with time first: (T, N, C), weight (K, C, O), bias (O,) -> (T + 2 pad - K + 1, N, O)."""
    x, w = Tensor._constant(input), Tensor._constant(weight)
    if x.ndim != 3 or w.ndim != 3:
        raise ValueError(
            f"conv_tbc: input {x.shape}, weight {w.shape}: Input must have 3 dims: time, batch, in_channel, and the "
            f"weight kernel, in_channel, out_channel; reshape them"
        )
    return conv1d(x.permute(1, 2, 0), w.permute(2, 1, 0), bias, padding=pad).permute(2, 0, 1)

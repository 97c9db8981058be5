"""Normalisation: batch, layer, group, instance, root mean square, local response; and vectors to length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import functions
from ...dtypes import finfo
from ...memory import wrote
from ...ops import contraction, distance, elementwise, movement, normalisation
from ...tensor import Tensor

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "normalize",
    "rms_norm",
]


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias for each channel C of (N, C, ...).

    In training mean and var are those of the batch, and running_mean and running_var (C,) move towards them by
    `momentum` (var with n - 1 in the denominator); otherwise these are used.
    """
    if np.shape(input) == (0,):
        return Tensor._constant(input) * 1.0  # nothing, of no channels
    x = _channels("batch_norm", input, (running_mean, running_var, weight, bias))
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"batch_norm: eps={eps}: eps must be positive during training, and never negative; raise it")
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError(
                f"batch_norm: input {x.shape}, training=False: running_mean and running_var must be defined in "
                f"evaluation mode; give both"
            )
        return _by_statistics(x, running_mean, running_var, weight, bias, eps)
    n = x.numel() // x.shape[1] if x.shape[1] else 0
    if n == 1:
        raise ValueError(
            f"batch_norm: input {x.shape}: Expected more than 1 value per channel when training; "
            f"give a larger batch, or call eval() first"
        )
    over = (0, *range(2, x.ndim))
    kept: list[Any] = []
    weight, bias = _per_channel(weight, x.ndim), _per_channel(bias, x.ndim)
    out = normalisation.normalise(x, weight, bias, over, eps, kept)
    if not n:
        return out  # no batch, no statistics
    mean, scale = (m.reshape(-1) for m in kept)
    var = 1 / (scale * scale) - eps
    _move(running_mean, mean, momentum)
    _move(running_var, var * (n / max(n - 1, 1)), momentum)
    return out


def _channels(op: str, input: Any, per_channel: Sequence[Any]) -> Any:
    """The input as a Tensor, checked: it must have channels, and each of the others one number a channel."""
    x = Tensor._constant(input)
    if x.ndim < 2:
        raise ValueError(f"{op}: input {x.shape}: it needs an axis of channels after the batch's; give (N, C, ...)")
    names = ("running_mean", "running_var", "weight", "bias")
    for name, value in zip(names, per_channel, strict=True):
        if value is not None and np.shape(value) != x.shape[1:2]:
            raise ValueError(
                f"{op}: input {x.shape} and {name} {np.shape(value)}: it must have one number for each of the "
                f"{x.shape[1]} channels; make the layer fit, or move the channels to axis 1"
            )
    return x


def _per_channel(v: Any, ndim: int) -> Any:
    """(C,) -> (C, 1, ..., 1), which broadcasts to (N, C, ...)."""
    return v if v is None or ndim == 2 else Tensor._constant(v).reshape((-1,) + (1,) * (ndim - 2))


def _by_statistics(x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Any:
    """x normalised with mean and var (C,) that are constants."""
    scale: Any = Tensor._of(1 / np.sqrt(np.asarray(var, x.dtype) + x.dtype.type(eps)))
    if weight is not None:
        scale = weight * scale
    shift = -np.asarray(mean, x.dtype) * scale
    if bias is not None:
        shift = shift + bias
    return x * _per_channel(scale, x.ndim) + _per_channel(shift, x.ndim)


def _move(running: Any, value: Any, momentum: float) -> None:
    """running <- (1 - momentum) running + momentum value, in place."""
    if running is not None:
        running.value[...] = (1 - momentum) * running.value + momentum * value
        wrote(running.value, "batch_norm")


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias over the last axes, whose sizes are `normalized_shape`."""
    x, over = _last_axes("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    return normalisation.normalise(x, weight, bias, over, eps, [])


def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """x / sqrt(mean(x^2) + eps) * weight over the last axes; eps None: the smallest step of x's dtype."""
    x, over = _last_axes("rms_norm", input, normalized_shape, weight=weight)
    return normalisation.rms_norm(x, weight, over, finfo(x.dtype).eps if eps is None else eps, [])


def _last_axes(op: str, input: Any, normalized_shape: Sequence[int], **parameters: Any) -> tuple[Any, tuple[int, ...]]:
    """The input as a Tensor and the axes that are normalised, checked."""
    x = Tensor._constant(input)
    shape = functions.as_shape((normalized_shape,))
    if not shape or x.shape[x.ndim - len(shape) :] != shape or len(shape) > x.ndim:
        raise ValueError(
            f"{op}: input {x.shape} and normalized_shape {shape}: the input's last sizes must be those; "
            f"make the layer fit, or move the axes to the end"
        )
    for name, value in parameters.items():
        if value is not None and (value.shape if isinstance(value, Tensor) else np.shape(value)) != shape:
            raise ValueError(
                f"{op}: {name} {np.shape(value)} and normalized_shape {shape}: they must be equal; reshape the {name}"
            )
    return x, tuple(range(x.ndim - len(shape), x.ndim))


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias; mean and var over each sample's groups of C / num_groups channels.

    `weight` and `bias` are (C,), the input (N, C, ...).
    """
    x = _channels("group_norm", input, (None, None, weight, bias))
    channels = x.shape[1]
    if num_groups <= 0 or channels % num_groups:
        raise ValueError(
            f"group_norm: input {x.shape}, num_groups={num_groups}: Expected number of channels in input to be "
            f"divisible by num_groups; choose a divisor of {channels}"
        )
    grouped = (num_groups, channels // num_groups)
    ones = (1,) * (x.ndim - 2)
    y = x.reshape((x.shape[0], *grouped, *x.shape[2:]))  # (N, G, C/G, ...)
    weight, bias = (None if v is None else Tensor._constant(v).reshape((*grouped, *ones)) for v in (weight, bias))
    return normalisation.normalise(y, weight, bias, tuple(range(2, y.ndim)), eps, []).reshape(x.shape)


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias for each channel of each sample of (N, C, ...).

    Running statistics move by `momentum` towards the means over the samples; without use_input_stats they are used.
    """
    x = _channels("instance_norm", input, (running_mean, running_var, weight, bias))
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise ValueError(
                f"instance_norm: input {x.shape}, use_input_stats=False: Expected running_mean and running_var to be "
                f"defined when use_input_stats is false; give both"
            )
        return _by_statistics(x, running_mean, running_var, weight, bias, eps)
    n = contraction.size(x.shape[2:])
    if n == 1:
        raise ValueError(
            f"instance_norm: input {x.shape}: Expected more than 1 spatial element when training; give a larger input"
        )
    kept: list[Any] = []
    weight, bias = _per_channel(weight, x.ndim), _per_channel(bias, x.ndim)
    out = normalisation.normalise(x, weight, bias, tuple(range(2, x.ndim)), eps, kept)
    mean, scale = (m.reshape(x.shape[:2]) for m in kept)
    if running_mean is not None:
        _move(running_mean, mean.mean(axis=0), momentum)
    if running_var is not None:
        _move(running_var, (1 / (scale * scale) - eps).mean(axis=0) * (n / (n - 1)), momentum)
    return out


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """x / (k + alpha / size * sum of x^2 over `size` neighbouring channels)^beta, for (N, C, ...)."""
    x = Tensor._constant(input)
    if x.ndim < 3:
        raise ValueError(f"local_response_norm: input {x.shape}: Expected 3D or higher dimensionality; unsqueeze it")
    if not x.numel():
        return x
    before, channels = size // 2, x.shape[1]
    shape = (x.shape[0], size - 1, *x.shape[2:])
    around = Tensor._of(np.zeros(shape, x.dtype))
    padded = movement.concatenate([around[:, :before], elementwise.square(x), around[:, before:]], 1)
    total = padded[:, :channels]
    for start in range(1, size):
        total = total + padded[:, start : start + channels]
    if x.dtype.kind in "iub":  # PyTorch's mean of integers is one
        return x / (total // size * alpha + k) ** beta
    return x / (total * (alpha / size) + k) ** beta


def cross_map_lrn2d(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """`local_response_norm` of (N, C, H, W) as the layer CrossMapLRN2d computes it.

    The window of channel c are the channels nearer than r = (size + 1) // 2, and from channel r on channel 0 counts,
    too: PyTorch's running sum never lets go of it.
    """
    x = Tensor._constant(input)
    if x.ndim != 4:
        raise ValueError(f"CrossMapLRN2d: input {x.shape}: Expected input to be 4D, (N, C, H, W); reshape it")
    square, channels = elementwise.square(x), x.shape[1]
    reach = min((size - 1) // 2 + 1, channels)
    around = Tensor._of(np.zeros((x.shape[0], reach - 1, *x.shape[2:]), x.dtype))
    padded = movement.concatenate([around, square, around], 1)
    total = square[:, :1] * (np.arange(channels) >= reach).reshape(-1, 1, 1).astype(x.dtype)
    for start in range(2 * reach - 1):
        total = total + padded[:, start : start + channels]
    return x * (total * (alpha / size) + k) ** -beta


def normalize(input: Any, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """x / max(|x|_p, eps): vectors along `dim` become vectors of length 1."""
    x = Tensor._constant(input)
    result = x / elementwise.clamp(distance.p_norm(x, p, dim, True), min=eps)
    return result if out is None else out.copy_(result)

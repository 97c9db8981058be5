"""The gradients of convolutions as functions: of the input, and of the weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.gradient import grad as gradient
from ..tensor import Tensor
from .functions import conv

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _pulled_back(axes: int, x: Any, weight: Any, grad_output: Any, wanted: int, options: tuple[Any, ...]) -> Any:
    """The gradient of the input (wanted 0) or the weight (1), for a gradient of the output."""
    given = Tensor._constant(grad_output)
    pair = [Tensor._of(np.zeros(v, given.dtype)) if isinstance(v, tuple) else Tensor._constant(v) for v in (x, weight)]
    pair[wanted] = pair[wanted].detach().requires_grad_()
    stride, padding, dilation, groups = options
    function: Any = (conv.conv1d, conv.conv2d, conv.conv3d)[axes - 1]
    out = function(*pair, None, stride, padding, dilation, groups)
    create = given.requires_grad or pair[1 - wanted].requires_grad
    return gradient(out, pair[wanted], given, create_graph=create)[0]


def conv1d_input(
    input_size: Any,
    weight: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The gradient of `conv1d` with respect to its input, of shape `input_size`."""
    return _pulled_back(1, tuple(input_size), weight, grad_output, 0, (stride, padding, dilation, groups))


def conv1d_weight(
    input: Any,
    weight_size: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The gradient of `conv1d` with respect to its weight, of shape `weight_size`."""
    return _pulled_back(1, input, tuple(weight_size), grad_output, 1, (stride, padding, dilation, groups))


def conv2d_input(
    input_size: Any,
    weight: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The gradient of `conv2d` with respect to its input, of shape `input_size`."""
    return _pulled_back(2, tuple(input_size), weight, grad_output, 0, (stride, padding, dilation, groups))


def conv2d_weight(
    input: Any,
    weight_size: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The gradient of `conv2d` with respect to its weight, of shape `weight_size`."""
    return _pulled_back(2, input, tuple(weight_size), grad_output, 1, (stride, padding, dilation, groups))


def conv3d_input(
    input_size: Any,
    weight: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The gradient of `conv3d` with respect to its input, of shape `input_size`."""
    return _pulled_back(3, tuple(input_size), weight, grad_output, 0, (stride, padding, dilation, groups))


def conv3d_weight(
    input: Any,
    weight_size: Any,
    grad_output: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The gradient of `conv3d` with respect to its weight, of shape `weight_size`."""
    return _pulled_back(3, input, tuple(weight_size), grad_output, 1, (stride, padding, dilation, groups))

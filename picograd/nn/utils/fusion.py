"""A batch norm in evaluation taken into the layer before it: one layer that computes the same."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import numpy as np

from ...tensor import Tensor
from ..module import Module
from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

M = TypeVar("M", bound=Module)


def fuse_conv_bn_eval(conv: M, bn: Any, transpose: bool = False) -> M:
    """A copy of the convolution that computes bn(conv(x)), both being in evaluation. `transpose`: a transposed one."""
    return _fused("fuse_conv_bn_eval", conv, bn, fuse_conv_bn_weights, transpose)


def fuse_linear_bn_eval(linear: M, bn: Any) -> M:
    """A copy of the linear layer that computes bn(linear(x)), both being in evaluation."""
    layer: Any = linear
    if layer.out_features != bn.num_features and bn.num_features != 1:
        raise ValueError(
            f"fuse_linear_bn_eval: {layer.out_features} out_features, {bn.num_features} num_features: they must be "
            f"equal, or num_features 1; give the norm that comes after the layer"
        )
    return _fused("fuse_linear_bn_eval", linear, bn, fuse_linear_bn_weights)


def _fused(op: str, layer: M, bn: Any, fuse: Any, *more: Any) -> M:
    if layer.training or bn.training:
        raise RuntimeError(f"{op}: a layer in training: Fusion only for eval!; call eval() first")
    if bn.running_mean is None or bn.running_var is None:
        raise RuntimeError(f"{op}: a norm without running statistics: there is nothing to take over; track them")
    result: Any = copy.deepcopy(layer)
    result.weight, result.bias = fuse(
        result.weight, result.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, *more
    )
    return result  # type: ignore[no-any-return]


def fuse_conv_bn_weights(
    conv_w: Any, conv_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any, transpose: bool = False
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the one layer: w s and (b - mean) s + bias with s = scale / sqrt(var + eps)."""
    axes = conv_w.ndim - 2
    shape = (1, -1, *(1,) * axes) if transpose else (-1, 1, *(1,) * axes)
    return _weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape)


def fuse_linear_bn_weights(
    linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any = None
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the one layer: w s and (b - mean) s + bias with s = scale / sqrt(var + eps)."""
    return _weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, (-1, 1))


def _weights(
    w: Any, b: Any, mean: Any, var: Any, eps: float, scale: Any, shift: Any, shape: Any
) -> tuple[Parameter, Parameter]:
    def array(x: Any, otherwise: float) -> Any:
        return np.asarray(otherwise, var.dtype) if x is None else np.asarray(x)

    s = array(scale, 1.0) / np.sqrt(array(var, 1.0) + np.asarray(eps, var.dtype))
    weight = np.asarray(w) * np.broadcast_to(s, np.shape(mean)).reshape(shape)
    bias = (array(b, 0.0) - array(mean, 0.0)) * s + array(shift, 0.0)
    grads = [isinstance(x, Tensor) and x.requires_grad for x in (w, b)]
    return (
        Parameter(weight.astype(w.dtype, copy=False), grads[0]),
        Parameter(bias.astype(w.dtype, copy=False), grads[1]),
    )

"""The functions of nn that PyTorch has at its top, too, with the arguments that they have there.

Most are `nn.functional`'s own. Where the order differs (`torch.batch_norm`, `torch.embedding`), where a reduction or a
mode is a number, and where there is more than one result, the function is here: a thin shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import functions
from ..tensor import Tensor
from . import functional as F
from . import recurrent
from .functional import (
    adaptive_avg_pool1d,
    avg_pool1d,
    bilinear,
    celu,
    celu_,
    channel_shuffle,
    conv1d,
    conv2d,
    conv3d,
    conv_tbc,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    cosine_similarity,
    hardshrink,
    max_pool1d,
    max_pool1d_with_indices,
    max_pool2d,
    max_pool3d,
    pairwise_distance,
    pdist,
    pixel_shuffle,
    pixel_unshuffle,
    prelu,
    rms_norm,
    rrelu,
    rrelu_,
    selu,
    selu_,
    threshold,
    threshold_,
)
from .functions.dropout import _by_channel
from .module import Module
from .utils.rnn import PackedSequence

REDUCTIONS = ("none", "mean", "sum")  # PyTorch's numbers for them
SAMPLING = ("bilinear", "nearest", "bicubic")
OUTSIDE = ("zeros", "border", "reflection")


def numbered(names: Sequence[str], number: int, op: str) -> str:
    """The name that a number stands for."""
    if not 0 <= number < len(names):
        raise ValueError(
            f"{op}: number {number}: it stands for nothing; give 0 to {len(names) - 1}: {', '.join(names)}"
        )
    return names[number]


# ---- normalisation, embedding, padding -----------------------------------------------------------------------------


def batch_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float,
    eps: float, cudnn_enabled: bool = True,
) -> Any:  # fmt: skip
    """`nn.functional.batch_norm`, weight and bias first. `cudnn_enabled` has no effect."""
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: bool, momentum: float,
    eps: float, cudnn_enabled: bool = True,
) -> Any:  # fmt: skip
    """`nn.functional.instance_norm`, weight and bias first. `cudnn_enabled` has no effect."""
    return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def layer_norm(
    input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-05,
    cudnn_enable: bool = True,
) -> Any:  # fmt: skip
    """`nn.functional.layer_norm`. `cudnn_enable` has no effect."""
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-05, cudnn_enabled: bool = True
) -> Any:
    """`nn.functional.group_norm`. `cudnn_enabled` has no effect."""
    return F.group_norm(input, num_groups, weight, bias, eps)


def moments(x: Any, axes: tuple[int, ...], keepdim: bool, eps: float) -> tuple[Any, Any]:
    """The mean over the axes, and 1 / sqrt(variance + eps)."""
    return x.mean(axes, keepdim), (x.var(axes, correction=0, keepdim=keepdim) + eps).rsqrt()


def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    """(layer_norm, mean, 1 / standard deviation)"""
    axes = tuple(range(-len(functions.as_shape((normalized_shape,))), 0))
    return (F.layer_norm(input, normalized_shape, weight, bias, eps), *moments(input, axes, True, eps))


def native_group_norm(
    input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Any, Any, Any]:
    """(group_norm, mean, 1 / standard deviation), the last two (N, group)"""
    out = F.group_norm(input.reshape(N, C, HxW), group, weight, bias, eps).reshape(input.shape)
    return (out, *moments(input.reshape(N, group, -1), (2,), False, eps))


def native_batch_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float
) -> tuple[Any, Any, Any]:
    """(batch_norm, mean, 1 / standard deviation), the last two of the batch (C,); without elements if not `training`"""
    out = F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        empty = Tensor._of(np.empty(0, input.dtype))
        return out, empty, empty
    return (out, *moments(input, (0, *range(2, input.ndim)), False, eps))


def norm_except_dim(v: Any, pow: float = 2, dim: int = 0) -> Any:
    """The norm of each slice along an axis (of all together for -1), in a shape that broadcasts."""
    return functions.norm(v, pow, None if dim == -1 else tuple(k for k in range(v.ndim) if k != dim), dim != -1)


def embedding(
    weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Any:
    """`nn.functional.embedding`, the weights first; padding_idx -1 is none."""
    return F.embedding(indices, weight, None if padding_idx < 0 else padding_idx, None, 2.0, scale_grad_by_freq, sparse)


def embedding_renorm_(input: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """The weights themselves, after their rows that `indices` names were scaled down to a norm of max_norm."""
    F.embedding(indices, input, max_norm=max_norm, norm_type=norm_type)
    return input


def constant_pad_nd(input: Any, pad: Sequence[int], value: float = 0) -> Any:
    """`nn.functional.pad` with a constant."""
    return F.pad(input, pad, value=value)


# ---- dropout -------------------------------------------------------------------------------------------------------


def dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.dropout`"""
    return F.dropout(input, p, train)


def dropout_(input: Any, p: float, train: bool) -> Any:
    """`dropout` of the Tensor itself"""
    return F.dropout(input, p, train, True)


def alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.alpha_dropout`"""
    return F.alpha_dropout(input, p, train)


def alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """`alpha_dropout` of the Tensor itself"""
    return F.alpha_dropout(input, p, train, True)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """Dropout of whole channels: (N, C, ...) -> (N, C, ...)"""
    return _by_channel("feature_dropout", input, p, train, False, 1)


def feature_dropout_(input: Any, p: float, train: bool) -> Any:
    """`feature_dropout` of the Tensor itself"""
    return _by_channel("feature_dropout", input, p, train, True, 1)


def feature_alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.feature_alpha_dropout`"""
    return F.feature_alpha_dropout(input, p, train)


def feature_alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """`feature_alpha_dropout` of the Tensor itself"""
    return F.feature_alpha_dropout(input, p, train, True)


def native_dropout(input: Any, p: float, train: bool | None = True) -> tuple[Any, Any]:
    """(dropout, what was kept as bools)"""
    kept = F.dropout(Tensor._of(np.ones(input.shape, input.dtype)), p, train is not False)
    return input * kept, kept.bool()


# ---- convolution, pooling, grids -----------------------------------------------------------------------------------


def convolution(
    input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: bool,
    output_padding: Any, groups: int,
) -> Any:  # fmt: skip
    """The convolution (the transposed one) of as many axes as the weight has."""
    n = weight.ndim - 2
    if not 1 <= n <= 3:
        raise ValueError(f"convolution: weight {weight.shape}: it takes 3 to 5 axes, (out, in, ...); reshape it")
    if transposed:
        function = (conv_transpose1d, conv_transpose2d, conv_transpose3d)[n - 1]
        return function(input, weight, bias, stride, padding, output_padding, groups, dilation)
    return (conv1d, conv2d, conv3d)[n - 1](input, weight, bias, stride, padding, dilation, groups)


def adaptive_max_pool1d(input: Any, output_size: Any) -> Any:
    """(`nn.functional.adaptive_max_pool1d`, where the elements are)"""
    return F.adaptive_max_pool1d(input, output_size, True)


def affine_grid_generator(theta: Any, size: Sequence[int], align_corners: bool) -> Any:
    """`nn.functional.affine_grid`"""
    return F.affine_grid(theta, size, align_corners)


def grid_sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """`nn.functional.grid_sample`; 0, 1, 2 are bilinear, nearest, bicubic, and zeros, border, reflection."""
    mode, outside = (
        numbered(SAMPLING, interpolation_mode, "grid_sampler"), numbered(OUTSIDE, padding_mode, "grid_sampler")
    )  # fmt: skip
    return F.grid_sample(input, grid, mode, outside, align_corners)


grid_sampler_2d = grid_sampler_3d = grid_sampler
native_channel_shuffle = channel_shuffle


# ---- losses: reduction 0, 1, 2 is none, mean, sum; PyTorch's default here is 0, though its signatures say 1 ---------


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: int = 0
) -> Any:
    """`nn.functional.binary_cross_entropy_with_logits`"""
    kind = numbered(REDUCTIONS, reduction, "binary_cross_entropy_with_logits")
    return F.binary_cross_entropy_with_logits(input, target, weight, reduction=kind, pos_weight=pos_weight)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = 0) -> Any:
    """`nn.functional.cosine_embedding_loss`"""
    kind = numbered(REDUCTIONS, reduction, "cosine_embedding_loss")
    return F.cosine_embedding_loss(input1, input2, target, margin, reduction=kind)


def ctc_loss(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: int = 0,
    zero_infinity: bool = False,
) -> Any:  # fmt: skip
    """`nn.functional.ctc_loss`"""
    kind = numbered(REDUCTIONS, reduction, "ctc_loss")
    return F.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, kind, zero_infinity)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: int = 0) -> Any:
    """`nn.functional.hinge_embedding_loss`"""
    kind = numbered(REDUCTIONS, reduction, "hinge_embedding_loss")
    return F.hinge_embedding_loss(input, target, margin, reduction=kind)


def kl_div(input: Any, target: Any, reduction: int = 0, *, log_target: bool = False) -> Any:
    """`nn.functional.kl_div`"""
    return F.kl_div(input, target, reduction=numbered(REDUCTIONS, reduction, "kl_div"), log_target=log_target)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = 0) -> Any:
    """`nn.functional.margin_ranking_loss`"""
    kind = numbered(REDUCTIONS, reduction, "margin_ranking_loss")
    return F.margin_ranking_loss(input1, input2, target, margin, reduction=kind)


def poisson_nll_loss(input: Any, target: Any, log_input: bool, full: bool, eps: float, reduction: int) -> Any:
    """`nn.functional.poisson_nll_loss`"""
    kind = numbered(REDUCTIONS, reduction, "poisson_nll_loss")
    return F.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=kind)


def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2.0, eps: float = 1e-06,
    swap: bool = False, reduction: int = 0,
) -> Any:  # fmt: skip
    """`nn.functional.triplet_margin_loss`"""
    kind = numbered(REDUCTIONS, reduction, "triplet_margin_loss")
    return F.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction=kind)


# ---- recurrent networks --------------------------------------------------------------------------------------------

CLASSES: dict[str, Any] = {
    "LSTM": recurrent.LSTM, "GRU": recurrent.GRU, "RNN_TANH": recurrent.RNN, "RNN_RELU": recurrent.RNN
}  # fmt: skip


def network(mode: str, input: Any, hx: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Layers with the weights given, on (T, N, I): (input, hx, params, has_biases, ..., batch_first), or on packed
    data: (data, batch_sizes, hx, params, has_biases, ...).
    """
    batch_sizes = None
    if isinstance(args[0], Tensor) or (mode == "LSTM" and isinstance(args[0], tuple | list) and len(args) == 7 and
                                       isinstance(args[1], tuple | list)):  # fmt: skip
        batch_sizes, hx, args = hx, args[0], (*args[1:], False)
    params, biases, num_layers, dropout, train, bidirectional, batch_first = args
    layer = CLASSES[mode].__new__(CLASSES[mode])
    Module.__init__(layer)
    layer.mode, layer.num_layers, layer.bidirectional, layer.batch_first = mode, num_layers, bidirectional, batch_first
    layer.dropout, layer.training, layer.bias = dropout, train, biases
    layer._directions = 2 if bidirectional else 1
    each = len(params) // (num_layers * layer._directions)
    layer.hidden_size = params[1].shape[0] // recurrent.GATES[mode]
    layer.input_size, layer._width = params[0].shape[1], params[1].shape[1]
    layer.proj_size = layer._width if each % 2 else 0
    kinds = ["weight_ih", "weight_hh", *["bias_ih", "bias_hh"] * bool(biases), *["weight_hr"] * (each % 2)]
    suffixes = [s for k in range(num_layers) for s in layer._suffixes(k)]
    names = [kind + suffix for suffix in suffixes for kind in kinds]
    layer._parameters.update(zip(names, params, strict=True))
    given = input
    if batch_sizes is not None:
        given = PackedSequence(input, batch_sizes)
    out, last = layer.forward(given, tuple(hx) if mode == "LSTM" else hx)
    return (out.data if batch_sizes is not None else out, *(last if mode == "LSTM" else (last,)))


def lstm(input: Any, hx: Any, *args: Any) -> tuple[Any, ...]:
    """(output, h, c) of an LSTM: `lstm(input, (h, c), params, has_biases, num_layers, dropout, train, bidirectional,
    batch_first)`, `params` in the order of `nn.LSTM.all_weights`; packed: `lstm(data, batch_sizes, hx, params, ...)`.
    """
    return network("LSTM", input, hx, args)


def gru(input: Any, hx: Any, *args: Any) -> tuple[Any, ...]:
    """(output, h) of a GRU, called as `lstm`."""
    return network("GRU", input, hx, args)


def rnn_tanh(input: Any, hx: Any, *args: Any) -> tuple[Any, ...]:
    """(output, h) of an RNN with tanh, called as `lstm`."""
    return network("RNN_TANH", input, hx, args)


def rnn_relu(input: Any, hx: Any, *args: Any) -> tuple[Any, ...]:
    """(output, h) of an RNN with relu, called as `lstm`."""
    return network("RNN_RELU", input, hx, args)


def cell(mode: str, input: Any, states: tuple[Any, ...], w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple[Any, ...]:
    """The new states after one step, with the weights given."""
    step = recurrent.RNNCellBase.__new__(recurrent.RNNCellBase)
    Module.__init__(step)
    step._mode, step.input_size, step.hidden_size = mode, w_ih.shape[1], w_hh.shape[1]
    step._parameters.update({"weight_ih": w_ih, "weight_hh": w_hh, "bias_ih": b_ih, "bias_hh": b_hh})
    return step._step(input, states)


def lstm_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> tuple[Any, ...]:
    """(h', c') from (h, c): see `nn.LSTMCell`."""
    return cell("LSTM", input, tuple(hx), w_ih, w_hh, b_ih, b_hh)


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """h' from h: see `nn.GRUCell`."""
    return cell("GRU", input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """h' from h, with tanh: see `nn.RNNCell`."""
    return cell("RNN_TANH", input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """h' from h, with relu: see `nn.RNNCell`."""
    return cell("RNN_RELU", input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_max_pool1d",
    "affine_grid_generator",
    "alpha_dropout",
    "alpha_dropout_",
    "avg_pool1d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
    "channel_shuffle",
    "constant_pad_nd",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_tbc",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "convolution",
    "cosine_embedding_loss",
    "cosine_similarity",
    "ctc_loss",
    "dropout",
    "dropout_",
    "embedding",
    "embedding_renorm_",
    "feature_alpha_dropout",
    "feature_alpha_dropout_",
    "feature_dropout",
    "feature_dropout_",
    "grid_sampler",
    "grid_sampler_2d",
    "grid_sampler_3d",
    "group_norm",
    "gru",
    "gru_cell",
    "hardshrink",
    "hinge_embedding_loss",
    "instance_norm",
    "kl_div",
    "layer_norm",
    "lstm",
    "lstm_cell",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool3d",
    "native_batch_norm",
    "native_channel_shuffle",
    "native_dropout",
    "native_group_norm",
    "native_layer_norm",
    "norm_except_dim",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "rms_norm",
    "rnn_relu",
    "rnn_relu_cell",
    "rnn_tanh",
    "rnn_tanh_cell",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
]

"""Layers that normalise: batch, instance, layer, group, root mean square, local response.

`weight` begins as ones, `bias` as zeros, running_mean as zeros and running_var as ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functions import as_shape
from ..memory import wrote
from ..tensor import Tensor
from .functions import norm as F
from .module import Module
from .parameter import Parameter, dtype_of

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "CrossMapLRN2d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
    "SyncBatchNorm",
]


class _Norm(Module):
    """What these layers share: a scale and a shift of some shape."""

    weight: Parameter | None
    bias: Parameter | None

    def _affine(self, shape: tuple[int, ...], weight: bool, bias: bool, dtype: Any) -> None:
        self.register_parameter("weight", Parameter(np.ones(shape, dtype)) if weight else None)
        self.register_parameter("bias", Parameter(np.zeros(shape, dtype)) if bias else None)

    def reset_parameters(self) -> None:
        """Ones and zeros again."""
        for parameter, value in ((self._parameters.get("weight"), 1), (self._parameters.get("bias"), 0)):
            if parameter is not None:
                parameter.value.fill(value)
                wrote(parameter.value, "reset_parameters")


class _NormBase(_Norm):
    """A layer with one scale and shift for each channel, and running statistics of the channels."""

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    _version = 2  # the first had no num_batches_tracked
    _ndims: tuple[int, ...] = ()  # what inputs may have

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        dtype = dtype_of(self._get_name(), dtype, device)
        self._affine((num_features,), affine, affine and bias, dtype)
        kinds = (np.zeros(num_features, dtype), np.ones(num_features, dtype), np.array(0))
        for name, value in zip(("running_mean", "running_var", "num_batches_tracked"), kinds, strict=True):
            self.register_buffer(name, Tensor._of(value) if track_running_stats else None)

    def reset_running_stats(self) -> None:
        """Means 0, variances 1, no batches seen."""
        for tensor, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
            if tensor is not None:
                tensor.value.fill(value)
                wrote(tensor.value, "reset_running_stats")

    def reset_parameters(self) -> None:
        """Scale, shift and statistics as in the beginning."""
        self.reset_running_stats()
        super().reset_parameters()

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: dict[str, Any], *more: Any) -> None:
        path = prefix + "num_batches_tracked"
        if (local_metadata.get("version") or 1) < 2 and self.track_running_stats and path not in state_dict:
            state_dict[path] = np.array(0) if self.num_batches_tracked is None else self.num_batches_tracked.value
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *more)

    def _check_input_dim(self, input: Any) -> None:
        ndim, name = np.ndim(input), self._get_name()
        if self._ndims and ndim not in self._ndims:
            wanted = " or ".join(f"{n}D" for n in self._ndims)
            raise ValueError(f"{name}: input {np.shape(input)}: expected {wanted} input (got {ndim}D input)")

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    """(x - mean) / sqrt(var + eps) * weight + bias for each channel: (N, C, ...) -> (N, C, ...).

    In training mean and var are the batch's, and the running ones move towards them by `momentum` (None: they are the
    averages over all batches); in evaluation the running ones are used.
    """

    def forward(self, input: Any) -> Any:
        """(N, C, ...) -> (N, C, ...)"""
        self._check_input_dim(input)
        seen = self.num_batches_tracked if self.training and self.track_running_stats else None
        momentum = self.momentum
        if momentum is None:
            momentum = 0.0 if seen is None else 1 / (float(seen.value) + 1)
        by_batch = self.training or (self.running_mean is None and self.running_var is None)
        tracked = not self.training or self.track_running_stats
        mean, var = (self.running_mean, self.running_var) if tracked else (None, None)
        out = F.batch_norm(input, mean, var, self.weight, self.bias, by_batch, momentum, self.eps)
        if seen is not None:
            seen.value += 1
        return out


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L): (x - mean) / sqrt(var + eps) * weight + bias for each channel.

    In training mean and var are the batch's, and the running ones move towards them by `momentum` (None: they are the
    averages over all batches); in evaluation the running ones are used.
    """

    _ndims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (N, C, H, W): (x - mean) / sqrt(var + eps) * weight + bias for each channel.

    In training mean and var are the batch's, and the running ones move towards them by `momentum` (None: they are the
    averages over all batches); in evaluation the running ones are used.
    """

    _ndims = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (N, C, D, H, W): (x - mean) / sqrt(var + eps) * weight + bias for each channel.

    In training mean and var are the batch's, and the running ones move towards them by `momentum` (None: they are the
    averages over all batches); in evaluation the running ones are used.
    """

    _ndims = (5,)


class SyncBatchNorm(_BatchNorm):
    """BatchNorm for any number of axes; over several processes there is nothing to synchronise here."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Any) -> None:
        if np.ndim(input) < 2:
            raise ValueError(
                f"SyncBatchNorm: input {np.shape(input)}: expected at least 2D input (got {np.ndim(input)}D input)"
            )

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """The module with a SyncBatchNorm, of the same parameters and statistics, for each BatchNorm in it."""
        result = module
        if isinstance(module, _BatchNorm):
            result = cls(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                process_group, bias=module.bias is not None,
            )  # fmt: skip
            result.__dict__.update({name: module.__dict__[name] for name in ("_parameters", "_buffers")})
            result.training = module.training
        for name, child in list(module.named_children()):
            result.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return result


class _InstanceNorm(_NormBase):
    """(x - mean) / sqrt(var + eps) * weight + bias for each channel of each sample: (N, C, ...) or (C, ...) -> same.

    With track_running_stats evaluation uses running statistics, as BatchNorm does.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Any) -> Any:
        """(N, C, ...) -> (N, C, ...); (C, ...) -> (C, ...)"""
        self._check_input_dim(input)
        x = Tensor._constant(input)
        single = x.ndim == self._ndims[0]
        if x.shape[0 if single else 1] != self.num_features and self.affine:
            raise ValueError(
                f"{self._get_name()}: input {x.shape}: expected input's size at dim={0 if single else 1} to match "
                f"num_features ({self.num_features}); make the layer fit"
            )
        x = x.unsqueeze(0) if single else x
        momentum = 0.0 if self.momentum is None else self.momentum
        by_input = self.training or not self.track_running_stats
        mean, var = self.running_mean, self.running_var
        out = F.instance_norm(x, mean, var, self.weight, self.bias, by_input, momentum, self.eps)
        return out.squeeze(0) if single else out


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L) or (C, L): (x - mean) / sqrt(var + eps) * weight + bias.

    mean and var are those of each channel of each sample; with track_running_stats evaluation uses running ones.
    """

    _ndims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (N, C, H, W) or (C, H, W): (x - mean) / sqrt(var + eps) * weight + bias.

    mean and var are those of each channel of each sample; with track_running_stats evaluation uses running ones.
    """

    _ndims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (N, C, D, H, W) or (C, D, H, W): (x - mean) / sqrt(var + eps) * weight + bias.

    mean and var are those of each channel of each sample; with track_running_stats evaluation uses running ones.
    """

    _ndims = (4, 5)


class LayerNorm(_Norm):
    """(x - mean) / sqrt(var + eps) * weight + bias over the last axes, whose sizes are `normalized_shape`."""

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = as_shape((normalized_shape,))
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._affine(
            self.normalized_shape, elementwise_affine, elementwise_affine and bias, dtype_of("LayerNorm", dtype, device)
        )

    def forward(self, input: Any) -> Any:
        """(..., *normalized_shape) -> same"""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(_Norm):
    """x / sqrt(mean(x^2) + eps) * weight over the last axes; eps None: the smallest step of the input's dtype."""

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = as_shape((normalized_shape,))
        self.eps, self.elementwise_affine = eps, elementwise_affine
        weight = np.ones(self.normalized_shape, dtype_of(self._get_name(), dtype, device))
        self.register_parameter("weight", Parameter(weight) if elementwise_affine else None)

    def forward(self, x: Any) -> Any:
        """(..., *normalized_shape) -> same"""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(_Norm):
    """(x - mean) / sqrt(var + eps) * weight + bias over groups of C / num_groups channels: (N, C, ...) -> same."""

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: {num_channels} channels in {num_groups} groups: num_channels must be divisible by "
                f"num_groups; choose a divisor"
            )
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._affine((num_channels,), affine, affine and bias, dtype_of("GroupNorm", dtype, device))

    def forward(self, input: Any) -> Any:
        """(N, C, ...) -> (N, C, ...)"""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """x / (k + alpha / size * sum of x^2 over `size` neighbouring channels)^beta: (N, C, ...) -> same."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        """(N, C, ...) -> (N, C, ...)"""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Module):
    """Local response norm of (N, C, H, W), an older form; see `LocalResponseNorm`.

    As PyTorch's: a window reaches equally far to both sides, and channel 0 stays in the sum of later channels.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> same"""
        return F.cross_map_lrn2d(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"

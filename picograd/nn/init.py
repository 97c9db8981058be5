"""Initial values: each function writes into the Tensor that it is given, unrecorded, and returns it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..memory import wrote
from ..random import Generator, rng_of
from ..tensor import Tensor

LINEAR = {"linear", *(f"conv{way}{n}d" for way in ("", "_transpose") for n in (1, 2, 3)), "sigmoid"}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much the standard deviation of weights is to be raised to make up for what the nonlinearity takes away.

    `param`: the negative slope of "leaky_relu".
    """
    if nonlinearity in LINEAR:
        return 1
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"calculate_gain: negative_slope {param} not a valid number; give an int or float")
        return math.sqrt(2 / (1 + slope**2))
    gains = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity not in gains:
        raise ValueError(
            f"calculate_gain: Unsupported nonlinearity {nonlinearity!r}; "
            f"give one of {', '.join(sorted({*LINEAR, *gains, 'leaky_relu'}))}"
        )
    return gains[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output of the layer depends on, and how many outputs an input acts on.

    The layout is (out, in, *kernel).
    """
    if tensor.ndim < 2:
        raise ValueError(
            f"init: a Tensor of shape {tensor.shape}: Fan in and fan out can not be computed for tensor with fewer "
            f"than 2 dimensions; use uniform_ or normal_"
        )
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _fan(tensor: Tensor, mode: str) -> int:
    """The fan that `mode` names."""
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"init: Mode {mode} not supported; give 'fan_in' or 'fan_out'")
    return _calculate_fan_in_and_fan_out(tensor)[mode.lower() == "fan_out"]


def _write(tensor: Tensor, values: Any, by: str) -> Tensor:
    """Copy `values` (broadcast) into the Tensor's memory."""
    np.copyto(tensor.value, values, casting="unsafe")
    wrote(tensor.value, by)
    return tensor


def _draw(draw: Callable[..., Any], tensor: Tensor, scale: float, shift: float, by: str) -> Tensor:
    """draw(...) * scale + shift into the Tensor's memory, drawn in float32 unless the Tensor is float64."""
    value = tensor.value
    dtype = np.float64 if value.dtype == np.float64 else np.float32
    # Straight into it where that can be: a second array of the size of a layer stays with the process.
    own = value.dtype == dtype and value.flags.c_contiguous
    values = draw(dtype=dtype, out=value) if own else np.asarray(draw(value.shape, dtype))
    values *= scale
    values += shift
    if not own:
        return _write(tensor, values, by)
    wrote(value, by)
    return tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draws from the uniform distribution on [a, b)."""
    return _draw(rng_of(generator).random, tensor, b - a, a, "uniform_")


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draws from the normal distribution."""
    return _draw(rng_of(generator).standard_normal, tensor, std, mean, "normal_")


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Draws from the normal distribution, those outside [a, b] drawn again."""
    if not a < b:
        raise ValueError(f"trunc_normal_: a {a}, b {b}: the first must be smaller; swap them")
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=2,
        )
    rng = rng_of(generator)
    low, high = (a - mean) / std, (b - mean) / std  # in deviations from the mean
    likely = math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)) > 0.6
    peak = min(max(0.0, low), high)
    values = np.empty(tensor.value.size)
    pending = np.arange(values.size)
    while pending.size:
        if likely:
            z = rng.standard_normal(pending.size)
            taken = (z >= low) & (z <= high)
        else:  # uniform draws, each kept with a probability proportional to its density: few are lost in the tails
            z = rng.uniform(low, high, pending.size)
            taken = np.log1p(-rng.random(pending.size)) < (peak * peak - z * z) / 2
        values[pending[taken]] = z[taken]
        pending = pending[~taken]
    values = np.clip(values * std + mean, a, b).reshape(tensor.shape)  # rounding may step over a bound
    return _write(tensor, values, "trunc_normal_")


def constant_(tensor: Tensor, val: float) -> Tensor:
    """`val` everywhere."""
    return _write(tensor, val, "constant_")


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return _write(tensor, 1, "ones_")


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return _write(tensor, 0, "zeros_")


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix: as many inputs as possible pass through unchanged."""
    if tensor.ndim != 2:
        raise ValueError(f"eye_: a Tensor of shape {tensor.shape}: Only tensors with 2 dimensions are supported")
    return _write(tensor, np.eye(tensor.shape[0], tensor.shape[1]), "eye_")


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution's weight (out, in, *kernel) that passes on as many channels as possible unchanged."""
    if tensor.ndim not in (3, 4, 5) or tensor.shape[0] % groups:
        raise ValueError(
            f"dirac_: a Tensor of shape {tensor.shape}, groups {groups}: Only tensors with 3, 4, or 5 dimensions are "
            f"supported, with a first size that groups divides"
        )
    values = np.zeros(tensor.shape, tensor.dtype)
    out_channels, middle = tensor.shape[0] // groups, tuple(n // 2 for n in tensor.shape[2:])
    for group in range(groups):
        for channel in range(min(out_channels, tensor.shape[1])):
            values[(group * out_channels + channel, channel, *middle)] = 1
    return _write(tensor, values, "dirac_")


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform draws with the standard deviation gain sqrt(2 / (fan_in + fan_out)) (Glorot & Bengio 2010)."""
    bound = gain * math.sqrt(6 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal draws with the standard deviation gain sqrt(2 / (fan_in + fan_out)) (Glorot & Bengio 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor))), generator)


def _kaiming(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    """gain / sqrt(fan), the standard deviation of He et al. 2015; None for a Tensor without elements."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    return calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Uniform draws with the standard deviation gain / sqrt(fan) (He et al. 2015); `a`: leaky_relu's slope."""
    std = _kaiming(tensor, a, mode, nonlinearity)
    if std is None:
        return tensor
    bound = math.sqrt(3) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal draws with the standard deviation gain / sqrt(fan) (He et al. 2015); `a`: leaky_relu's slope."""
    std = _kaiming(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0.0, std, generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """A random matrix (first size, all others) with orthonormal rows or columns, times gain (Saxe et al. 2013)."""
    if tensor.ndim < 2:
        raise ValueError(
            f"orthogonal_: a Tensor of shape {tensor.shape}: Only tensors with 2 or more dimensions are supported"
        )
    if not tensor.value.size:
        return tensor
    rows, columns = tensor.shape[0], tensor.value.size // tensor.shape[0]
    draws = rng_of(generator).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draws)
    q *= np.sign(np.diag(r))  # makes q uniformly distributed
    return _write(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape), "orthogonal_")


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Normal draws with `sparsity` of each column set to 0."""
    if tensor.ndim != 2:
        raise ValueError(f"sparse_: a Tensor of shape {tensor.shape}: Only tensors with 2 dimensions are supported")
    normal_(tensor, 0.0, std, generator)
    rows, columns = tensor.shape
    order = rng_of(generator).permuted(np.tile(np.arange(rows)[:, None], columns), axis=0)
    np.put_along_axis(tensor.value, order[: math.ceil(sparsity * rows)], 0, axis=0)
    return tensor


# ---- what PyTorch's own code and older programs call ---------------------------------------------------------------


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """The fan that `mode`, "fan_in" or "fan_out", names."""
    return _fan(tensor, mode)


def _no_grad_uniform_(tensor: Tensor, a: float, b: float, generator: Generator | None = None) -> Tensor:
    return uniform_(tensor, a, b, generator)


def _no_grad_normal_(tensor: Tensor, mean: float, std: float, generator: Generator | None = None) -> Tensor:
    return normal_(tensor, mean, std, generator)


def _no_grad_trunc_normal_(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Generator | None = None
) -> Tensor:
    return trunc_normal_(tensor, mean, std, a, b, generator)


def _no_grad_fill_(tensor: Tensor, val: float) -> Tensor:
    return constant_(tensor, val)


def _no_grad_zero_(tensor: Tensor) -> Tensor:
    return zeros_(tensor)


def _make_deprecate(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function under its older name, without underscore: it warns."""
    new = function.__name__
    old = new[:-1]

    def deprecated_init(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    deprecated_init.__name__ = deprecated_init.__qualname__ = old
    deprecated_init.__doc__ = f"`{new}`, by its older name; it warns."
    return deprecated_init


uniform, normal = _make_deprecate(uniform_), _make_deprecate(normal_)
constant, eye, dirac = _make_deprecate(constant_), _make_deprecate(eye_), _make_deprecate(dirac_)
xavier_uniform, xavier_normal = _make_deprecate(xavier_uniform_), _make_deprecate(xavier_normal_)
kaiming_uniform, kaiming_normal = _make_deprecate(kaiming_uniform_), _make_deprecate(kaiming_normal_)
orthogonal, sparse = _make_deprecate(orthogonal_), _make_deprecate(sparse_)

"""Dropout: some elements, or whole channels, at random become 0, or what self-normalising networks have in its place.

p is rounded to 1 / 65536. With `inplace` the result is the input Tensor itself, which then has the new value.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...inplace import overwrite
from ...ops import contraction
from ...ops.dropout import dropout as masked
from ...random import default_generator
from ...tensor import Tensor

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]

SELU_BOUND = 1.7580993408473766  # the limit of -selu(x), for x to -infinity


def check_probability(p: float, op: str) -> None:
    """Raise unless p is a probability."""
    if not 0 <= p <= 1:
        raise ValueError(f"{op}: p={p}: dropout probability has to be between 0 and 1; give the share that becomes 0")


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element 0 with probability p, else x / (1 - p); x itself unless `training`."""
    check_probability(p, "dropout")
    if not training or p == 0:
        return input
    if inplace:
        return overwrite(input, "dropout_", dropout, p)
    x = Tensor._constant(input)
    bits, threshold = drawn(x.value.shape, p)
    return masked(x, bits, threshold, 1 / (1 - p) if p < 1 else 1.0)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each channel of (N, C, L) or (C, L) as a whole 0 with probability p, else x / (1 - p)."""
    if np.ndim(input) not in (2, 3):
        raise ValueError(
            f"dropout1d: input {np.shape(input)}: Expected 2D or 3D input, (C, L) or (N, C, L); reshape it"
        )
    return _by_channel("dropout1d", input, p, training, inplace, 0 if np.ndim(input) == 2 else 1)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each channel of (N, C, H, W) as a whole 0 with probability p, else x / (1 - p).

    Three axes are (N, C, L), as in PyTorch, with a warning.
    """
    if np.ndim(input) != 4:
        warnings.warn(f"dropout2d: input {np.shape(input)}: it is taken as (N, C, ...), not as (C, H, W)", stacklevel=2)
    return _by_channel("dropout2d", input, p, training, inplace, 1)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each channel of (N, C, D, H, W) or (C, D, H, W) as a whole 0 with probability p, else x / (1 - p)."""
    if np.ndim(input) not in (4, 5):
        warnings.warn(f"dropout3d: input {np.shape(input)}: expected 4 or 5 axes; its first are N and C", stacklevel=2)
    return _by_channel("dropout3d", input, p, training, inplace, 0 if np.ndim(input) == 4 else 1)


def _by_channel(op: str, input: Any, p: float, training: bool, inplace: bool, channel: int) -> Any:
    """Dropout of all that lies behind the axis `channel` at once."""
    check_probability(p, op)
    if not training or p == 0:
        return input
    if inplace:
        return overwrite(input, f"{op}_", lambda x: _by_channel(op, x, p, True, False, channel))
    x = Tensor._constant(input)
    return x * dropout_mask(_up_to(op, x, channel), p, _dtype(x))


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Each element at selu's lower bound with probability p; shifted and scaled so that mean and variance stay.

    y = a x + a b p for what is kept and a b p - a b for the rest, b = 1.7581, a = 1 / sqrt((b^2 p + 1)(1 - p))
    (Klambauer et al. 2017).
    """
    return _self_normalising("alpha_dropout", input, p, training, inplace, whole=False)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """`alpha_dropout` of whole channels: (N, C, ...) -> (N, C, ...)."""
    return _self_normalising("feature_alpha_dropout", input, p, training, inplace, whole=True)


def _self_normalising(op: str, input: Any, p: float, training: bool, inplace: bool, whole: bool) -> Any:
    """`alpha_dropout`, of channels if `whole`."""
    check_probability(p, op)
    if not training or p == 0:
        return input
    if inplace:
        return overwrite(input, f"{op}_", lambda x: _self_normalising(op, x, p, True, False, whole))
    x = Tensor._constant(input)
    if p == 1:
        return x * 0.0
    kept = dropout_mask(_up_to(op, x, 1) if whole else x.shape, p, _dtype(x)) != 0
    a = 1 / math.sqrt((SELU_BOUND**2 * p + 1) * (1 - p))
    shift = a * SELU_BOUND * p
    dtype = _dtype(x)
    return x * np.where(kept, dtype(a), dtype(0)) + np.where(kept, dtype(shift), dtype(shift - a * SELU_BOUND))


def _dtype(x: Any) -> Any:
    """The dtype of a mask for x."""
    return x.dtype.type if x.dtype.kind in "fV" else np.float32


def _up_to(op: str, x: Any, axis: int) -> tuple[int, ...]:
    """The shape of x with 1 for each axis behind that of the channels."""
    if x.ndim <= axis:
        raise ValueError(
            f"{op}: input {x.shape}: Feature dropout requires at least 2 dimensions in the input, (N, C, ...); "
            f"unsqueeze it, or use dropout"
        )
    return (*x.shape[: axis + 1], *(1,) * (x.ndim - axis - 1))


def dropout_mask(shape: tuple[int, ...], p: float, dtype: Any) -> np.ndarray[Any, Any]:
    """0 with probability p, else 1 / (1 - p)."""
    bits, threshold = drawn(shape, p)
    mask: np.ndarray[Any, Any] = (bits >= threshold).astype(dtype)
    if p < 1:
        mask *= dtype(1 / (1 - p))
    return mask


def drawn(shape: tuple[int, ...], p: float) -> tuple[np.ndarray[Any, Any], int]:
    """Random whole numbers of 8 or 16 bits, and the one below which they are with probability p."""
    bits: type[np.unsignedinteger[Any]] = np.uint8 if (p * 256).is_integer() else np.uint16
    width = np.dtype(bits).itemsize
    size = contraction.size(shape)
    # Raw words from the bit generator, 8 or 4 elements each: a tenth of the time of floats from the generator.
    words = default_generator.rng.bit_generator.random_raw(-(-size * width // 8))
    return words.view(bits)[:size].reshape(shape), round(p * 256**width)

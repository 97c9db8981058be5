"""Discrete Fourier transforms and the modulus, on complex numbers as pairs of real ones along the last axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from .nested import nested
from .primitive import Array, primitive

# norm -> what it is for the transform back: which of the two carries the factor 1 / n.
ADJOINT = {"backward": "forward", "ortho": "ortho", "forward": "backward"}


def resized(x: Any, n: int, axis: int) -> Any:
    """x cut to n elements along an axis, or filled up with zeros."""
    size = x.shape[axis]
    if size > n:
        return x[(*(slice(None),) * axis, slice(0, n))]
    if size < n:
        return np.concatenate([x, np.zeros((*x.shape[:axis], n - size, *x.shape[axis + 1 :]), x.dtype)], axis)
    return x


@primitive()
def dft(x: Array, n: int, axis: int, norm: str, inverse: bool) -> Array:
    """y[k] = the sum of x[j] e^(-2 pi i j k / n), with + for `inverse`, over n elements along an axis (x is cut to n,
    or filled up with zeros); x (..., 2) real and imaginary parts, y as x. `norm`: "forward" gives the transform and
    "backward" the inverse a factor 1 / n, "ortho" both its root.
    """
    z = x[..., 0] + x.dtype.type(1) * x[..., 1] * np.complex64(1j)
    y = (np.fft.ifft if inverse else np.fft.fft)(z, n, axis, norm)  # type: ignore[arg-type]
    return np.stack([y.real, y.imag], -1).astype(x.dtype, copy=False)


def dft_x(g: Array, x_shape: tuple[int, ...], n: int, axis: int, norm: str, inverse: bool) -> Array:
    """The transform back with the same factor: the conjugate transpose of the matrix, as for real and imaginary parts
    together.
    """
    return resized(nested(dft)(g, n, axis, ADJOINT[norm], not inverse), x_shape[axis], axis)


dft.rule(x=dft_x)


@primitive()
def modulus(x: Array, y: Array) -> Array:
    """|x + i y|, whose gradient is 0 where it is 0."""
    return np.hypot(x, y)


def share(part: Any, out: Any) -> Any:
    """part / out, and 0 where out is 0"""
    return np.where(out == 0, 0 * out, part / np.where(out == 0, 0 * out + 1, out))


modulus.rule(x=lambda g, x, out: g * share(x, out), y=lambda g, y, out: g * share(y, out))

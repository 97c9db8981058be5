"""Discrete Fourier transforms, as `torch.fft` has them, with gradients. Complex Tensors: `picograd/complex_numbers.py`.

`norm`: "backward" (the default) gives the inverse transforms the factor 1 / n, "forward" the others, "ortho" both its
root.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..complex_numbers import Complex, as_complex
from ..dtypes import as_dtype
from ..making.creation import made
from ..ops import fourier, movement
from ..ops.layout import roll
from ..ops.out import takes_out
from ..tensor import Tensor

Dims = int | Sequence[int] | None


def transformed(z: Complex, n: int | None, dim: int, norm: str | None, inverse: bool, op: str) -> Complex:
    """The transform along one axis."""
    axis = movement.one_axis(dim, z.ndim, op)
    n = z.shape[axis] if n is None else n
    if n < 1:
        raise ValueError(
            f"{op}: {n} elements along axis {dim} of shape {tuple(z.shape)}: there must be one; give n >= 1"
        )
    norm = norm or "backward"
    if norm not in fourier.ADJOINT:
        raise ValueError(f"{op}: norm {norm!r}: there is none such; give 'backward', 'ortho' or 'forward'")
    pair = movement.stack([z.real, z.imag], -1)
    out = fourier.dft(pair, n, axis, norm, inverse)
    return Complex(out[..., 0], out[..., 1])


def fft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Complex:
    """y[k] = the sum of x[j] e^(-2 pi i j k / n) along an axis, which is first cut to n, or filled up with zeros."""
    return transformed(as_complex(input), n, dim, norm, False, "fft")


def ifft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Complex:
    """The inverse of `fft`."""
    return transformed(as_complex(input), n, dim, norm, True, "ifft")


def real_only(x: Any, op: str) -> None:
    """Raise for complex input."""
    if isinstance(x, Complex):
        raise TypeError(f"{op}: a complex Tensor of shape {tuple(x.shape)}: it takes real numbers; use fft")


def half(z: Complex, n: int, dim: int) -> Complex:
    """The first n // 2 + 1 elements along an axis."""
    return z.narrow(dim, 0, n // 2 + 1)  # type: ignore[no-any-return]


def rfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Complex:
    """The first n // 2 + 1 elements of `fft` of real numbers: the others are their conjugates."""
    real_only(input, "rfft")
    z = transformed(as_complex(input), n, dim, norm, False, "rfft")
    return half(z, z.shape[dim], dim)


def whole(z: Complex, n: int | None, dim: int, op: str) -> Complex:
    """All n elements (default: 2 (m - 1)) of a spectrum whose first n // 2 + 1 are those of z, or zeros."""
    axis = movement.one_axis(dim, z.ndim, op)
    n = 2 * (z.shape[axis] - 1) if n is None else n
    if n < 1:
        raise ValueError(
            f"{op}: {n} elements along axis {dim} of shape {tuple(z.shape)}: there must be one; give n >= 1"
        )
    m = n // 2 + 1
    parts = [fourier.resized(part, m, axis) for part in (z.real, z.imag)]
    mirrored = np.arange((n - 1) // 2, 0, -1)
    back = [part[(*(slice(None),) * axis, mirrored)] for part in parts]
    return Complex(movement.concatenate([parts[0], back[0]], axis), movement.concatenate([parts[1], -back[1]], axis))


def irfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `rfft`: n real numbers (default: 2 (m - 1)) from the m first elements of their spectrum."""
    return transformed(whole(as_complex(input), n, dim, "irfft"), None, dim, norm, True, "irfft").real


BACK = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def hfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The real `fft` of a signal of which half is given, the rest being its conjugate."""
    return transformed(
        whole(as_complex(input).conj(), n, dim, "hfft"), None, dim, BACK.get(norm, norm), True, "hfft"
    ).real


def ihfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Complex:
    """The inverse of `hfft`."""
    real_only(input, "ihfft")
    return rfft(input, n, dim, BACK.get(norm, norm)).conj()


def axes_of(x: Any, s: Any, dim: Dims, op: str) -> list[tuple[int, int | None]]:
    """The axes and their sizes (None or -1: as they are)."""
    if dim is None:
        dims = list(range(x.ndim)) if s is None else list(range(x.ndim - len(s), x.ndim))
    else:
        dims = [dim] if isinstance(dim, int) else list(dim)
    sizes = [None] * len(dims) if s is None else [None if n == -1 else n for n in ([s] if isinstance(s, int) else s)]
    if len(sizes) != len(dims):
        raise ValueError(f"{op}: sizes {s} along {dim}: one for each axis; give as many")
    return list(zip(dims, sizes, strict=True))


def fftn(input: Any, s: Any = None, dim: Dims = None, norm: str | None = None) -> Complex:
    """`fft` along several axes (default: all, or the last of as many sizes as there are in s)."""
    z = as_complex(input)
    for axis, n in axes_of(z, s, dim, "fftn"):
        z = transformed(z, n, axis, norm, False, "fftn")
    return z


def ifftn(input: Any, s: Any = None, dim: Dims = None, norm: str | None = None) -> Complex:
    """The inverse of `fftn`."""
    z = as_complex(input)
    for axis, n in axes_of(z, s, dim, "ifftn"):
        z = transformed(z, n, axis, norm, True, "ifftn")
    return z


def rfftn(input: Any, s: Any = None, dim: Dims = None, norm: str | None = None) -> Complex:
    """`rfft` along the last of several axes, then `fft` along the others."""
    real_only(input, "rfftn")
    *others, (last, n) = axes_of(input, s, dim, "rfftn")
    z = rfft(input, n, last, norm)
    for axis, n in others:
        z = transformed(z, n, axis, norm, False, "rfftn")
    return z


def irfftn(input: Any, s: Any = None, dim: Dims = None, norm: str | None = None) -> Tensor:
    """The inverse of `rfftn`."""
    z = as_complex(input)
    *others, (last, n) = axes_of(z, s, dim, "irfftn")
    for axis, m in others:
        z = transformed(z, m, axis, norm, True, "irfftn")
    return irfft(z, n, last, norm)


def fft2(input: Any, s: Any = None, dim: Dims = (-2, -1), norm: str | None = None) -> Complex:
    """`fft` along two axes."""
    return fftn(input, s, dim, norm)


def ifft2(input: Any, s: Any = None, dim: Dims = (-2, -1), norm: str | None = None) -> Complex:
    """The inverse of `fft2`."""
    return ifftn(input, s, dim, norm)


def rfft2(input: Any, s: Any = None, dim: Dims = (-2, -1), norm: str | None = None) -> Complex:
    """`rfft` along two axes."""
    return rfftn(input, s, dim, norm)


def irfft2(input: Any, s: Any = None, dim: Dims = (-2, -1), norm: str | None = None) -> Tensor:
    """The inverse of `rfft2`."""
    return irfftn(input, s, dim, norm)


def hfftn(input: Any, s: Any = None, dim: Dims = None, norm: str | None = None) -> Tensor:
    """`fft` along several axes, then `hfft` along the last."""
    z = as_complex(input)
    *others, (last, n) = axes_of(z, s, dim, "hfftn")
    for axis, m in others:
        z = transformed(z, m, axis, norm, False, "hfftn")
    return hfft(z, n, last, norm)


def ihfftn(input: Any, s: Any = None, dim: Dims = None, norm: str | None = None) -> Complex:
    """The inverse of `hfftn`."""
    *others, (last, n) = axes_of(input, s, dim, "ihfftn")
    z = ihfft(input, n, last, norm)
    for axis, m in others:
        z = transformed(z, m, axis, norm, True, "ihfftn")
    return z


def hfft2(input: Any, s: Any = None, dim: Dims = (-2, -1), norm: str | None = None) -> Tensor:
    """`hfftn` along two axes."""
    return hfftn(input, s, dim, norm)


def ihfft2(input: Any, s: Any = None, dim: Dims = (-2, -1), norm: str | None = None) -> Complex:
    """The inverse of `hfft2`."""
    return ihfftn(input, s, dim, norm)


@takes_out
def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies of the elements of `fft`, for samples d apart: 0, 1, .., -2, -1 over n d."""
    return made(np.fft.fftfreq(n, d).astype(np.float32 if dtype is None else as_dtype(dtype, "fftfreq")), requires_grad)


@takes_out
def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies of the elements of `rfft`."""
    kind = np.float32 if dtype is None else as_dtype(dtype, "rfftfreq")
    return made(np.fft.rfftfreq(n, d).astype(kind), requires_grad)


def shifted(input: Any, dim: Dims, sign: int) -> Any:
    """Rolled by half of the size along each axis."""
    dims = list(range(input.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    sizes = [input.shape[k] for k in dims]
    return roll(input, tuple(n // 2 if sign > 0 else -(n // 2) for n in sizes), tuple(dims))


def fftshift(input: Any, dim: Dims = None) -> Any:
    """The frequency 0 in the middle."""
    return shifted(input, dim, 1)


def ifftshift(input: Any, dim: Dims = None) -> Any:
    """The inverse of `fftshift`."""
    return shifted(input, dim, -1)


__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift",
    "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip

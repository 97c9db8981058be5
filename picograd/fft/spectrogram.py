"""The short-time Fourier transform of signals and its inverse, as PyTorch has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..complex_numbers import Complex, as_complex, view_as_real
from ..functions import index_add
from ..tensor import Tensor
from . import fft, ifft, irfft, rfft


def weights(window: Any, win_length: int | None, n_fft: int, dtype: Any, op: str) -> Any:
    """The window, with zeros on both sides up to n_fft; ones without one."""
    length = n_fft if win_length is None else win_length
    if not 0 < length <= n_fft or (window is not None and tuple(window.shape) != (length,)):
        raise ValueError(
            f"{op}: a window of {length if window is None else tuple(window.shape)} samples for n_fft {n_fft}, "
            f"win_length {length}: it has win_length samples, at most n_fft; make them fit"
        )
    before = (n_fft - length) // 2
    if window is None:
        whole = np.zeros(n_fft, dtype)
        whole[before : before + length] = 1
        return Tensor._of(whole)
    padded = np.concatenate([np.zeros(before, dtype), window, np.zeros(n_fft - length - before, dtype)])
    return padded if isinstance(padded, Tensor) else Tensor._of(padded)


def extended(x: Any, n: int, mode: str) -> Any:
    """The signal with n samples more on both sides: its reflection, its end, zeros or its other end."""
    length = x.shape[-1]
    if mode == "constant":
        zeros = np.zeros((*x.shape[:-1], n), x.dtype)
        return np.concatenate([zeros, x, zeros], -1)
    k = np.arange(-n, length + n)
    if mode == "reflect" and n < length:
        k = np.abs(k)
        k = np.where(k >= length, 2 * (length - 1) - k, k)
    elif mode == "replicate":
        k = np.clip(k, 0, length - 1)
    elif mode == "circular" and n <= length:
        k = k % length
    else:
        raise ValueError(
            f"stft: pad_mode {mode!r} for {n} samples on both sides of {length}: it can't be done; give 'reflect' for "
            f"a longer signal, 'replicate', 'circular' or 'constant'"
        )
    return x[..., k]


def stft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Any:
    """The spectra of a signal in pieces, `hop_length` (default n_fft // 4) apart: (.., L) to (.., F, T) complex.

    Each piece of n_fft samples is weighted with the window. `center`: the piece t is about the sample t hop_length, and
    the signal is extended by n_fft // 2 samples on both sides. `onesided` (default: for a real signal): only the first
    F = n_fft // 2 + 1 frequencies. `return_complex=False`: (.., F, T, 2) real. `normalized`: times n_fft^-0.5.
    """
    if input.ndim not in (1, 2):
        raise ValueError(f"stft: shape {tuple(input.shape)}: it takes (L,) or (N, L); reshape it")
    real = not isinstance(input, Complex)
    if align_to_window:
        raise ValueError("stft: align_to_window=True: only windows in the middle of n_fft are here; leave it away")
    if return_complex is None and real and not isinstance(window, Complex):
        raise ValueError("stft: return_complex was not given: a real signal needs it; give return_complex=True")
    hop = n_fft // 4 if hop_length is None else hop_length
    if not n_fft > 0 or hop < 1:
        raise ValueError(f"stft: n_fft {n_fft}, hop_length {hop}: both must be positive; give other ones")
    x = extended(input, n_fft // 2, pad_mode) if center else input
    if x.shape[-1] < n_fft:
        raise ValueError(f"stft: n_fft {n_fft} for {x.shape[-1]} samples: they fill no piece; give a smaller n_fft")
    part = x.real if isinstance(x, Complex) else x
    frames = x.unfold(-1, n_fft, hop) * weights(window, win_length, n_fft, part.dtype, "stft")  # (.., T, n_fft)
    one = real if onesided is None else onesided
    out = (rfft if one else fft)(frames, norm="ortho" if normalized else None).transpose(-1, -2)
    return out if return_complex or return_complex is None else view_as_real(out)


def istft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    """The inverse of `stft`: (.., F, T) complex -> (.., L). The pieces are weighted once more and added, and the sum is
    divided by that of the squares of the weights (D. W. Griffin and J. S. Lim, 1984).
    """
    z = as_complex(input)
    if z.ndim not in (2, 3):
        raise ValueError(f"istft: shape {tuple(z.shape)}: it takes (F, T) or (N, F, T); reshape it")
    hop = n_fft // 4 if hop_length is None else hop_length
    one = z.shape[-2] != n_fft if onesided is None else onesided
    if z.shape[-2] != (n_fft // 2 + 1 if one else n_fft):
        raise ValueError(f"istft: {z.shape[-2]} frequencies for n_fft {n_fft}: they do not fit; give stft's n_fft")
    window = weights(window, win_length, n_fft, z.real.dtype, "istft")
    norm = "ortho" if normalized else None
    spectra = z.transpose(-1, -2)  # (.., T, F)
    pieces = irfft(spectra, n_fft, norm=norm) if one else ifft(spectra, norm=norm)
    count = z.shape[-1]
    total = n_fft + hop * (count - 1)
    places = (np.arange(count)[:, None] * hop + np.arange(n_fft)).reshape(-1)
    envelope = np.bincount(places, np.tile(np.asarray(window.value) ** 2, count), total).astype(z.real.dtype)
    start = n_fft // 2 if center else 0
    stop = total - start if length is None else start + length

    def added(part: Any) -> Any:
        """The signal of the pieces."""
        weighted = (part * window).reshape((*part.shape[:-2], count * n_fft))
        zeros = Tensor._of(np.zeros((*part.shape[:-2], total), z.real.dtype))
        y = index_add(zeros, -1, Tensor._of(places), weighted)[..., start:stop] / below
        missing = 0 if length is None else length - y.shape[-1]
        return np.concatenate([y, np.zeros((*y.shape[:-1], missing), y.dtype)], -1) if missing > 0 else y

    below = envelope[start:stop]
    if np.abs(below).min(initial=1) < 1e-11:
        raise RuntimeError(f"istft: hop_length {hop}: a sample is under no window; give windows that overlap")
    if isinstance(pieces, Complex):
        result = Complex(added(pieces.real), added(pieces.imag))
        return result if return_complex else result.real
    return added(pieces)


__all__ = ["istft", "stft"]

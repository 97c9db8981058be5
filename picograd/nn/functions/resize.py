"""Images of another size: interpolation, and channels exchanged for pixels."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ops import pooling as windows_ops
from ...ops.resampling import Taps, resample
from ...ops.windows import count
from ...tensor import Tensor
from .adaptive_pooling import mean_over
from .sizes import batched, each, unbatched

LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}  # the same by another name: one axis after the other
INTERPOLATION = {"nearest": 0, "nearest-exact": 0, "area": 0, "bicubic": 2, **LINEAR}  # the axes it needs; 0: any


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """The input (N, C, *sizes) in another size: `size`, or its own times `scale_factor`.

    Pixel p of the result lies at q = scale (p + 1/2) - 1/2 of the input, or with align_corners, where the centres of
    the corner pixels stay in place, at q = p (n - 1) / (m - 1) for n pixels becoming m; scale is 1 / scale_factor, or
    n / m if size is given or recompute_scale_factor. Modes: "nearest" (pixel floor(scale p)), "nearest-exact" (the one
    nearest to q), "linear", "bilinear", "trilinear" (between the neighbours), "bicubic" (four neighbours along each
    axis, Keys 1981, a = -0.75), "area" (the mean over adaptive windows). antialias, for "bilinear" and "bicubic":
    a smaller result is a weighted mean of all that it covers.
    """
    x = Tensor._constant(input)
    axes = x.ndim - 2
    if mode not in INTERPOLATION:
        raise NotImplementedError(f"interpolate: mode={mode!r}: unknown; give one of {', '.join(INTERPOLATION)}")
    if axes not in (1, 2, 3) or INTERPOLATION[mode] not in (0, axes):
        raise NotImplementedError(
            f"interpolate: input {x.shape}, mode={mode!r}: Input Error: Only 3D, 4D and 5D input (N, C, *sizes) are "
            f"supported, and linear, bilinear and bicubic, trilinear for 1, 2, 3 sizes; choose another mode"
        )
    smooth = mode in LINEAR or mode == "bicubic"
    if align_corners is not None and not smooth:
        raise ValueError(
            f"interpolate: mode={mode!r}, align_corners={align_corners}: it can only be set with the linear and cubic "
            f"modes; leave it out"
        )
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(
            f"interpolate: mode={mode!r}, antialias=True: it is for bilinear and bicubic only; leave it out"
        )
    out, scales = _new_size(x, size, scale_factor, recompute_scale_factor)
    if mode == "area":
        return mean_over("interpolate", axes, x, out)
    if 0 in x.shape[1:] or min(out) < 1:
        raise ValueError(
            f"interpolate: input {x.shape} to {out}: Input and output sizes should be greater than 0; check them"
        )
    if smooth and x.dtype.kind not in "fV":
        raise TypeError(f"interpolate: input of {x.dtype}, mode={mode!r}: it must be floats; convert it with float()")
    for axis, (n, m, scale) in enumerate(zip(x.shape[2:], out, scales, strict=True), 2):
        if align_corners:
            scale = (n - 1) / (m - 1) if m > 1 else 0.0
        if not smooth:
            taps = _nearest(n, m, scale, 0.5 if mode == "nearest-exact" else 0.0)
        elif antialias:
            taps = _covered(n, m, scale, *ANTIALIAS[mode], offset=0.0 if align_corners else 0.5)
        else:
            taps = (_linear if mode in LINEAR else _cubic)(n, m, scale, bool(align_corners))
        if not (n == m and np.array_equal(taps[0][0], np.arange(n)) and taps[1] is None):
            x = resample(x, *taps, axis)
    return x if x is not input else x.clone()


def _new_size(x: Any, size: Any, scale_factor: Any, recompute: bool | None) -> tuple[tuple[int, ...], list[float]]:
    """The sizes of the result, and how far apart its pixels are in those of the input."""
    axes = x.ndim - 2
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"interpolate: size={size}, scale_factor={scale_factor}: either size or scale_factor should be defined, "
            f"and only one of them; give one"
        )
    given = size if size is not None else scale_factor
    values = tuple(given) if isinstance(given, tuple | list) else (given,) * axes
    if len(values) != axes:
        raise ValueError(
            f"interpolate: input {x.shape}, {'size' if scale_factor is None else 'scale_factor'}={given}: it must have "
            f"{axes} numbers; give one for each size of the input"
        )
    if size is not None:
        if recompute:
            raise ValueError("interpolate: size and recompute_scale_factor: it is for scale_factor only; leave it out")
        out = each("interpolate", "size", values, axes)
    else:
        out = tuple(math.floor(n * float(f)) for n, f in zip(x.shape[2:], values, strict=True))
    if size is not None or recompute:
        return out, [n / m if m else 0.0 for n, m in zip(x.shape[2:], out, strict=True)]
    return out, [1 / float(f) if f > 0 else 0.0 for f in values]


def _nearest(n: int, m: int, scale: float, shift: float) -> Taps:
    # In float32, as PyTorch: a product that falls on a whole number must do so in the same way.
    places = np.floor((np.arange(m, dtype=np.float32) + np.float32(shift)) * np.float32(scale)).astype(np.int64)
    return places.clip(0, n - 1).reshape(1, m), None


def _positions(m: int, scale: float, align_corners: bool) -> np.ndarray[Any, Any]:
    """q for each pixel of the result."""
    pixels = np.arange(m, dtype=np.float64)
    return pixels * scale if align_corners else (pixels + 0.5) * scale - 0.5


def _linear(n: int, m: int, scale: float, align_corners: bool) -> Taps:
    """The neighbours on both sides, weighted 1 - t and t for a position t behind the first."""
    q = _positions(m, scale, align_corners).clip(0, n - 1)
    first = np.minimum(q.astype(np.int64), n - 1)
    t = q - first
    return np.stack([first, np.minimum(first + 1, n - 1)]), np.stack([1 - t, t])


def _cubic(n: int, m: int, scale: float, align_corners: bool) -> Taps:
    """Two neighbours on each side; beyond the edge the edge pixel is repeated."""
    q = _positions(m, scale, align_corners)
    first = np.floor(q)
    places = first.astype(np.int64) + np.arange(-1, 3).reshape(4, 1)
    return places.clip(0, n - 1), keys(q - places, -0.75)


def keys(distance: Any, a: float) -> Any:
    """Keys' cubic kernel: (a+2)|d|^3 - (a+3)|d|^2 + 1 up to 1, a|d|^3 - 5a|d|^2 + 8a|d| - 4a up to 2, then 0."""
    d = np.abs(distance)
    near, far = ((a + 2) * d - (a + 3)) * d * d + 1, ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def _triangle(distance: Any) -> Any:
    return np.maximum(1 - np.abs(distance), 0)


ANTIALIAS: dict[str, tuple[Callable[[Any], Any], int]] = {  # the filter, and how far it reaches
    "bilinear": (_triangle, 1),
    "bicubic": (lambda distance: keys(distance, -0.5), 2),
}


def _covered(n: int, m: int, scale: float, filter_: Callable[[Any], Any], reach: int, offset: float) -> Taps:
    """All pixels under the filter, which is stretched by the scale where that makes the image smaller."""
    stretch = max(scale, 1.0)
    centre = scale * (np.arange(m) + 0.5)
    first = np.maximum((centre - reach * stretch + 0.5).astype(np.int64), 0)
    end = np.minimum((centre + reach * stretch + 0.5).astype(np.int64), n)
    places = first + np.arange(int((end - first).max(initial=1))).reshape(-1, 1)
    weights = np.where(places < end, filter_((places - centre + 0.5) / stretch), 0.0)
    return np.minimum(places, n - 1), weights / weights.sum(0)


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: Any = None
) -> Any:
    """`interpolate`, by its older name."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate(mode="nearest")`, by its older name."""
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate(mode="bilinear", align_corners=True)`, by its older name."""
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor, "bilinear", True)


# ---- channels and pixels -------------------------------------------------------------------------------------------


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels become pixels: (..., C r r, H, W) -> (..., C, H r, W r) for r = upscale_factor."""
    x, r = Tensor._constant(input), upscale_factor
    _check_factor("pixel_shuffle", x, "upscale_factor", r)
    *batch, channels, h, w = x.shape
    if channels % (r * r):
        raise ValueError(
            f"pixel_shuffle: input {x.shape}, upscale_factor={r}: its channel dimension must be divisible by the "
            f"square of upscale_factor; change one of them"
        )
    n, parts = len(batch), x.reshape(*batch, channels // (r * r), r, r, h, w)
    pixels = parts.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2)  # (..., C, H, r, W, r)
    return pixels.reshape(*batch, channels // (r * r), h * r, w * r).contiguous()


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Pixels become channels: (..., C, H r, W r) -> (..., C r r, H, W) for r = downscale_factor."""
    x, r = Tensor._constant(input), downscale_factor
    _check_factor("pixel_unshuffle", x, "downscale_factor", r)
    *batch, channels, h, w = x.shape
    if h % r or w % r:
        raise ValueError(
            f"pixel_unshuffle: input {x.shape}, downscale_factor={r}: height and width must be divisible by it; "
            f"change one of them"
        )
    n, parts = len(batch), x.reshape(*batch, channels, h // r, r, w // r, r)
    pixels = parts.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3)  # (..., C, r, r, H, W)
    return pixels.reshape(*batch, channels * r * r, h // r, w // r).contiguous()


def _check_factor(op: str, x: Any, name: str, factor: int) -> None:
    if x.ndim < 3 or not isinstance(factor, int | np.integer) or factor <= 0:
        raise ValueError(
            f"{op}: input {x.shape}, {name}={factor!r}: it expects at least 3 dimensions and a positive whole factor; "
            f"give (..., C, H, W)"
        )


def channel_shuffle(input: Any, groups: int) -> Any:
    """The channels of each group dealt out: (N, C, *size), channel (g, k) of (groups, C/groups) becomes (k, g)."""
    x = Tensor._constant(input)
    if x.ndim < 3 or not isinstance(groups, int | np.integer) or groups <= 0 or x.shape[1] % groups:
        raise ValueError(
            f"channel_shuffle: input {x.shape}, groups={groups!r}: it expects at least 3 dimensions, and number of "
            f"channels must be divisible by groups, which is positive; change one of them"
        )
    parts = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
    return parts.transpose(1, 2).reshape(*x.shape).contiguous()


native_channel_shuffle = channel_shuffle


# ---- windows as columns --------------------------------------------------------------------------------------------


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The windows of images as columns: (N, C, H, W) -> (N, C kH kW, number of windows). What a convolution takes."""
    x, has_batch = batched("unfold", input, 2)
    kernel, steps, border, spread = _window("unfold", kernel_size, stride, padding, dilation)
    out = count(x.shape[2:], kernel, steps, border, spread)
    if 0 in x.shape[1:] or min(out) < 1:
        raise ValueError(
            f"unfold: input {x.shape}, kernel_size={kernel}: with padding {border} and dilation {spread} there would "
            f"be {out} windows; give a larger input, more padding or a smaller kernel"
        )
    return unbatched(windows_ops.unfold(x, kernel, steps, border, spread), has_batch)


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Columns put back where they came from and added up: (N, C kH kW, windows) -> (N, C, *output_size)."""
    y, has_batch = batched("fold", input, 1)
    size = each("fold", "output_size", output_size, 2, 1)
    kernel, steps, border, spread = _window("fold", kernel_size, stride, padding, dilation)
    out = count(size, kernel, steps, border, spread)
    if y.shape[1] % math.prod(kernel) or min(out) < 1 or y.shape[2] != math.prod(out) or not y.shape[1]:
        raise ValueError(
            f"fold: input {y.shape}, output_size={size}, kernel_size={kernel}: the second size must be divisible by "
            f"{math.prod(kernel)}, the elements of a window, and the third the number of windows, {out[0]} x {out[1]}; "
            f"give what unfold returns for that size"
        )
    return unbatched(windows_ops.fold(y, size, kernel, steps, border, spread), has_batch)


def _window(op: str, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """Kernel, stride, padding, dilation as pairs."""
    kernel, steps = each(op, "kernel_size", kernel_size, 2, 1), each(op, "stride", stride, 2, 1)
    return kernel, steps, each(op, "padding", padding, 2, 0), each(op, "dilation", dilation, 2, 1)

"""Borders: a number, or the input's own elements mirrored, repeated or carried on from the other side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...ops import resampling
from ...tensor import Tensor

MODES = ("constant", "reflect", "replicate", "circular")


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """`pad` = (left, right, top, bottom, ...): so many elements before and after, last axis first. Negative: cut off.

    "constant": `value` (0), on any axes. The others on the last one, two or three axes of an input with one or two
    more: "reflect" mirrors at the edge element, "replicate" repeats it, "circular" goes on at the other side.
    """
    x, widths = Tensor._constant(input), [int(n) for n in pad]
    if len(widths) % 2 or len(widths) > 2 * x.ndim:
        raise ValueError(
            f"pad: input {x.shape}, pad={tuple(widths)}: Padding length must be divisible by 2 and at most twice the "
            f"number of dimensions of the input; give (before, after) for each axis, the last one first"
        )
    if mode not in MODES:
        raise ValueError(f"pad: mode={mode!r}: Unrecognised padding mode; give one of {', '.join(MODES)}")
    pairs = [(0, 0)] * (x.ndim - len(widths) // 2) + list(zip(widths[0::2], widths[1::2], strict=True))[::-1]
    if mode == "constant":
        if any(n + a + b < 0 or -a > n or -b > n for n, (a, b) in zip(x.shape, pairs, strict=True)):
            raise ValueError(
                f"pad: input {x.shape}, pad={tuple(widths)}: it cuts off more than there is and resulted in a negative "
                f"output size; give smaller negative numbers"
            )
        return resampling.pad(x, pairs, 0 if value is None else value)
    if value:
        raise ValueError(
            f"pad: mode={mode!r}, value={value}: Padding mode doesn't take in value argument; leave it out"
        )
    axes = len(widths) // 2
    if not 1 <= axes <= 3 or x.ndim not in (axes + 1, axes + 2):
        raise NotImplementedError(
            f"pad: input {x.shape}, pad={tuple(widths)}, mode={mode!r}: Only 2D, 3D, 4D, 5D padding with non-constant "
            f"padding are supported; give 2 numbers for each of the last axes of an input with one or two more axes"
        )
    if 0 in x.shape[x.ndim - axes - 1 :]:
        raise ValueError(f"pad: input {x.shape}, mode={mode!r}: there is nothing to repeat; give non-empty images")
    for axis, (before, after) in enumerate(pairs):
        if before or after:
            x = resampling.resample(x, _places(mode, x.shape, axis, before, after), None, axis)
    return x


def _places(mode: str, shape: tuple[int, ...], axis: int, before: int, after: int) -> np.ndarray[Any, Any]:
    """Which elements of the axis the result takes, (1, before + n + after)."""
    n = shape[axis]
    limit = {"reflect": n - 1, "circular": n + min(before, 0) + min(after, 0)}.get(mode, max(before, after))
    if max(before, after) > limit or n + before + after <= 0:
        raise ValueError(
            f"pad: input {shape}, axis {axis} of {n} elements, padding {(before, after)}: Padding size should be "
            f"{'less than the corresponding input dimension' if mode == 'reflect' else 'no more than its size'} "
            f"for mode {mode!r}; give less padding"
        )
    places = np.arange(-before, n + after)
    if mode == "reflect":
        places = n - 1 - np.abs(n - 1 - np.abs(places))
    elif mode == "replicate":
        places = places.clip(0, n - 1)
    else:  # what is cut off does not come round again
        start, end = max(-before, 0), n - max(-after, 0)
        places = start + (places - start) % (end - start)
    return places.reshape(1, -1)

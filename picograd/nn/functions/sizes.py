"""What spatial functions have in common: sizes given as a number or a tuple, and inputs without a batch axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor

Shape = tuple[int, ...]


def each(op: str, name: str, value: Any, axes: int, least: int | None = None) -> Shape:
    """`value` for each of the axes: a number is for all of them, a tuple has one for each (or one for all)."""
    values = tuple(value) if isinstance(value, tuple | list | np.ndarray) else (value,)
    if len(values) == 1:
        values = values * axes
    if len(values) != axes or not all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in values):
        raise TypeError(
            f"{op}: {name}={value!r}: it must be a whole number or a tuple of {axes}; give one for each axis"
        )
    if least is not None and min(values, default=least) < least:
        raise ValueError(f"{op}: {name}={value!r}: it must be at least {least}; give larger numbers")
    return tuple(int(n) for n in values)


def batched(op: str, input: Any, axes: int) -> tuple[Any, bool]:
    """The input with a batch axis, and whether it had one: (C, *size) or (N, C, *size), with `axes` sizes."""
    x = Tensor._constant(input)
    if x.ndim not in (axes + 1, axes + 2):
        letters = "LHWD"[0] if axes == 1 else {2: "H, W", 3: "D, H, W"}.get(axes, "...")
        raise ValueError(
            f"{op}: input {x.shape}: Expected {axes + 1}D (unbatched) or {axes + 2}D (batched) input; "
            f"reshape it to (C, {letters}) or (N, C, {letters})"
        )
    has_batch = x.ndim == axes + 2
    return (x if has_batch else x.unsqueeze(0)), has_batch


def unbatched(x: Any, has_batch: bool) -> Any:
    """The result in the form of the input: without batch axis where that had none."""
    return x if has_batch else x.squeeze(0)


def some_channels(op: str, x: Any, batch_too: bool = False) -> None:
    """Raise if an axis other than the batch's is empty."""
    if 0 in x.shape[0 if batch_too else 1 :]:
        raise ValueError(
            f"{op}: input {x.shape}: Expected an input with non-zero size for non-batch dimensions; "
            f"check where it comes from"
        )

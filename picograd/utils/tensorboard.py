"""`SummaryWriter`: curves for TensorBoard, written by the package tensorboardX, which must be installed."""

from __future__ import annotations

import functools
from typing import Any

from ..tensor import Tensor

try:
    import tensorboardX as _writers
except ImportError:
    raise ImportError(
        "SummaryWriter: it writes through a package that is not installed: pip install tensorboardX"
    ) from None


def plain(x: Any) -> Any:
    """Tensors as arrays, in lists and dicts too."""
    if isinstance(x, Tensor):
        return x.value
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return type(x)(map(plain, x)) if isinstance(x, list | tuple) else x


class SummaryWriter(_writers.SummaryWriter):  # type: ignore[misc]
    """tensorboardX's, whose methods take Tensors as well: `add_scalar(tag, value, step)`, `add_image`, ..."""

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if not name.startswith("add_"):
            return method

        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            return method(*map(plain, args), **plain(kwargs))

        return call

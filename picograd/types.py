"""Names of types for annotations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, Any

from .devices import device
from .ops.promotion import DType
from .size import Size as Size
from .tensor import Tensor as Tensor

Number = int | float | bool
Device = device | str | int | None
FileLike = str | os.PathLike[str] | IO[bytes]
Storage = Any
_TensorOrTensors = Tensor | Sequence[Tensor]
_dtype = DType
_device = device
_size = Size | list[int] | tuple[int, ...]
_int, _float, _bool = int, float, bool

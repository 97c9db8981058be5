"""What stands around training: `data` feeds it, `checkpoint` trades time for memory; `einops`, hooks, small tools."""

import importlib as _importlib
from typing import Any as _Any

from picograd import left_out as _left_out
from picograd.utils import checkpoint, data
from picograd.utils.swap import set_module, swap_tensors

_ROOMS = ("_pytree", "dlpack", "einops", "hooks")  # opened when they are first used


def __getattr__(name: str) -> _Any:
    if name in _ROOMS:
        return _importlib.import_module(f"{__name__}.{name}")
    return _left_out.missing(__name__)(name)


__all__ = ["checkpoint", "data", "set_module", "swap_tensors"]

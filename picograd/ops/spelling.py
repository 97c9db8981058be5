"""Both spellings of an argument, PyTorch's and NumPy's, for functions written with PyTorch's; the one place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

SPELLINGS = {"axis": "dim", "keepdims": "keepdim"}  # NumPy's -> PyTorch's


def both_spellings(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which has `dim` and perhaps `keepdim`, called with `axis` and `keepdims` as well."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not SPELLINGS.keys().isdisjoint(kwargs):
            for other, own in SPELLINGS.items():
                if other in kwargs:
                    if own in kwargs:
                        name = function.__name__.rstrip("_")
                        raise TypeError(f"{name}: {own} and {other}: they are one argument; give only one of them")
                    kwargs[own] = kwargs.pop(other)
        return function(*args, **kwargs)

    return call

"""The families of ops that few programs need: they are imported by whoever uses them."""

from __future__ import annotations

import importlib
from functools import cache

LATER = [
    "attention", "bessel", "convolution", "dropout", "embedding", "factorisation", "fourier", "gamma", "incomplete",
    "linalg", "loss", "normal", "normalisation", "orthogonal", "pooling", "recurrent", "resampling", "system",
    "windows",
]  # fmt: skip


def family(name: str) -> object:
    """The module of a family."""
    return importlib.import_module(f".{name}", __package__)


@cache
def every_family() -> None:
    """Import them all: afterwards `by_name` has every op, and every function of NumPy's that has an op finds it."""
    for name in LATER:
        family(name)

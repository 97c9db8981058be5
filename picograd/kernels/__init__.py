"""Kernels: faster texts of some definitions, written in Python that Numba compiles.

A definition says that it has one, and in which file:

    @definition("numba_activation", least=2048)
    def gelu_values(x):
        ...plain NumPy...

and `numba_activation.py` has a function of the same name and signature. It is called in place of the definition where
Numba is installed and the first argument is an array of at least `least` elements; for what it is not made for (other
dtypes or layouts, say) it returns `NotImplemented`, and the definition runs. Nothing else knows which one ran: both
give the same numbers up to the rounding of their dtype. The file, and Numba with it, is imported at the first such
call. PICOGRAD_KERNELS=0 in the environment switches all kernels off, `disabled()` for a while.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from . import blas as blas  # for what it does when it is imported

Function = TypeVar("Function", bound=Callable[..., Any])
ndarray, FLOAT32 = np.ndarray, np.dtype(np.float32)

definitions: dict[str, Callable[..., Any]] = {}  # "file.name" -> the definition, for the table of tests


class Switch:
    """Whether kernels are used."""

    on = os.environ.get("PICOGRAD_KERNELS", "1") != "0" and importlib.util.find_spec("numba") is not None


switch = Switch()


def definition(file: str, least: int) -> Callable[[Function], Function]:
    """A function on arrays for which `file` holds a kernel, worth its call from `least` elements on (measured)."""

    def decorate(function: Function) -> Function:
        kernel: Any = None

        def either(x: Any, *rest: Any) -> Any:
            nonlocal kernel
            if x.dtype != FLOAT32:  # no kernel is for others: Numba need not be imported
                return function(x, *rest)
            if kernel is None:
                kernel = getattr(opened(file), function.__name__, function)
            result = kernel(x, *rest)
            return function(x, *rest) if result is NotImplemented else result

        def call(x: Any, *rest: Any) -> Any:
            if type(x) is ndarray and x.size >= least and switch.on:
                return either(x, *rest)
            return function(x, *rest)

        # The same for one argument or two: small arrays are waiting, and a list of arguments takes its time.

        def call_of_one(x: Any) -> Any:
            if type(x) is ndarray and x.size >= least and switch.on:
                return either(x)
            return function(x)

        def call_of_two(x: Any, y: Any) -> Any:
            if type(x) is ndarray and x.size >= least and switch.on:
                return either(x, y)
            return function(x, y)

        definitions[f"{file}.{function.__name__}"] = function
        calls: dict[int, Any] = {1: call_of_one, 2: call_of_two}
        chosen = call if function.__defaults__ else calls.get(function.__code__.co_argcount, call)
        result: Any = functools.wraps(function)(chosen)
        return result  # type: ignore[no-any-return]

    return decorate


def opened(file: str) -> Any:
    """The module of kernels `file`; None, and no kernels from then on, where Numba can't be imported."""
    try:
        return importlib.import_module(f"{__name__}.{file}")
    except ImportError as error:
        switch.on = False
        warnings.warn(
            f"kernels: Numba is installed but can't be imported ({error}): NumPy alone computes", stacklevel=3
        )
        return None


@contextmanager
def disabled() -> Iterator[None]:
    """Definitions only, within the block."""
    before, switch.on = switch.on, False
    try:
        yield
    finally:
        switch.on = before

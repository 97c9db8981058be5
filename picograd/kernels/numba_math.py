"""How kernels are compiled, and the functions of mathematics that they use: written so that the compiler makes vectors.

The compiler knows no vector form of the system's exp and tanh; these are arithmetic, which it turns into instructions
on eight or sixteen elements at a time. All are float32, to within two units of its last place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numba import float32
from numba.core import event

from .coefficients import ERF, ERF_LIMIT, TANH

Function = TypeVar("Function", bound=Callable[..., Any])
single = np.float32
FLOAT32 = np.dtype(np.float32)
ROW, MATRIX = float32[::1], float32[:, ::1]  # arrays row by row in memory


class Notice(event.Listener):  # type: ignore[misc]
    """Says, once, why the first run takes longer."""

    said = False

    def on_start(self, event: Any) -> None:
        """A function is about to be compiled."""
        if not self.said and str(event.data["dispatcher"].__module__).startswith(__package__):
            self.said = True
            print("picograd: compiling kernels for this machine; the next start finds them on disk", file=sys.stderr)

    def on_end(self, event: Any) -> None:
        """It was compiled."""


event.register("numba:compile", Notice())


def jit(function: Function) -> Function:
    """A compiled loop over arrays. Sums may be added up in another order, several elements at a time.

    It lets go of the interpreter's lock, divides by zero as NumPy does, and is kept on disk. Numba looks at the date of
    the file that the function is in, not of those that it calls functions from.
    """
    return compiled(function, {"reassoc", "contract", "nsz"})


def jit_for(signature: Any) -> Callable[[Function], Function]:
    """The same for arguments of just these types: one text for arrays in any layout, where others have one for each."""
    return lambda function: compiled(function, {"reassoc", "contract", "nsz"}, signature)


def strict(function: Function) -> Function:
    """A compiled loop whose sums stay in the order in which they are written."""
    return compiled(function, {"contract"})


def scalar(function: Function) -> Function:
    """A function of numbers, as strict, that only compiled functions call: there is no way in from Python."""
    return compiled(function, {"contract"}, no_cpython_wrapper=True)


def inner(function: Function) -> Function:
    """A loop over arrays that only compiled functions call: without a way in from Python there is less to compile."""
    return compiled(function, {"reassoc", "contract", "nsz"}, no_cpython_wrapper=True)


def inner_for(signature: Any) -> Callable[[Function], Function]:
    """The same for arguments of just these types; others, as columns of a matrix by rows, are turned into these."""
    return lambda function: compiled(function, {"reassoc", "contract", "nsz"}, signature, no_cpython_wrapper=True)


def compiled(function: Function, freedom: set[str], signature: Any = None, **options: bool) -> Function:
    """The function, compiled at its first call; `freedom`: what the compiler may change in its arithmetic."""
    options |= {"nogil": True, "cache": True, "no_cfunc_wrapper": True}  # no way in from C: it is one more to compile
    result: Function = numba.njit(signature, error_model="numpy", fastmath=freedom, **options)(function)
    return result


def fits(*arrays: Any) -> bool:
    """Whether these are float32, row by row in memory, writable, and of one shape: what kernels are made for."""
    shape = arrays[0].shape
    for x in arrays:  # small arrays are waiting: no generator, and what is nearly always so is asked first
        if type(x) is not np.ndarray or x.shape != shape or not x.flags.carray:
            return False
        if x.dtype is not FLOAT32 and x.dtype != FLOAT32:  # unpickled arrays have a dtype of their own
            return False
    return True


LOG2_E = single(1.4426950408889634)
LN2_HIGH, LN2_LOW = single(0.693359375), single(-2.12194440e-4)  # ln 2 in two parts: n LN2_HIGH is exact
LOWEST, HIGHEST = single(-87), single(89)


@scalar
def exp(x: Any) -> Any:
    """e^x = 2^n e^r with x = n ln 2 + r, |r| <= ln 2 / 2, and Taylor's polynomial for e^r; 0 below 2e-38."""
    x = LOWEST if x < LOWEST else HIGHEST if x > HIGHEST else x  # nan stays
    n = np.floor(x * LOG2_E + single(0.5))
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    p = single(1 / 120) + r * (single(1 / 720) + r * single(1 / 5040))
    p = single(1) + r * (single(1) + r * (single(1 / 2) + r * (single(1 / 6) + r * (single(1 / 24) + r * p))))
    # The bits of a float32 are 2^23 (exponent + 127). 2^128 is none, so half of it; 2^-127 is 0 so.
    half = np.int32((np.int32(n) + np.int32(126)) << np.int32(23)).view(np.float32)
    return p * half * single(2)


T5, T4, T3, T2, T1, T0 = map(single, TANH)


@scalar
def tanh(x: Any) -> Any:
    """1 - 2 / (e^2x + 1); for small x, where that cancels, a polynomial."""
    size = abs(x)
    t = x * x
    small = x * (T0 + t * (T1 + t * (T2 + t * (T3 + t * (T4 + t * T5)))))
    large = single(1) - single(2) / (exp(size + size) + single(1))
    return small if size < single(0.625) else np.copysign(large, x)


@scalar
def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x)"""
    return single(1) / (single(1) + exp(-x))


E6, E5, E4, E3, E2, E1, E0 = map(single, ERF)
LIMIT = single(ERF_LIMIT)


@scalar
def erf(x: Any) -> Any:
    """tanh(x p(x^2)), with the polynomial of the definition."""
    t = x * x
    t = LIMIT if t > LIMIT else t
    return tanh(x * (E0 + t * (E1 + t * (E2 + t * (E3 + t * (E4 + t * (E5 + t * E6)))))))


@scalar
def ordered(bits: Any) -> Any:
    """The bits of a float as an integer that is in order with it, and back: those of negative numbers run backwards."""
    return np.int32(bits ^ (np.int32(bits >> np.int32(31)) & np.int32(0x7FFFFFFF)))


NARROW = 32  # elements of a row, below which integers don't pay


@scalar
def largest(row: Any) -> Any:
    """The largest element; any other if there are nan among them.

    Found among integers: of these the compiler compares many at a time, of floats one after another.
    """
    if row.size < NARROW:
        top = row[0]
        for j in range(row.size):
            top = row[j] if row[j] > top else top
        return top
    most = np.int32(-0x80000000)
    for j in range(row.size):
        here = ordered(np.float32(row[j]).view(np.int32))
        most = here if here > most else most
    return np.int32(ordered(most)).view(np.float32)

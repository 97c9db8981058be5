"""Updates of optimizers: one pass over parameters, gradients and state."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, float32, int64, types, void
from numba.extending import intrinsic

from .numba_math import FLOAT32, ROW, fits, jit_for, strict
from .numba_parts import loop_for, share_loop

GRAIN = 1 << 16  # elements whose update is worth a second thread


def adam_of_many(constants: Any, together: Any) -> Any:
    """m + (1 - beta1) (h - m), beta2 v + (1 - beta2) h^2, stay p - rate m / (sqrt(v) + epsilon)

    with h = sign g + decay p, for all these (p, g, m, v).
    """
    if constants.dtype != FLOAT32:
        return NotImplemented
    table = np.empty((len(together), 5), np.int64)
    try:
        for k, (p, g, m, v) in enumerate(together):
            note(table, k, p, g, m, v)
    except (TypeError, ValueError):  # other arrays, or more of them
        return NotImplemented
    share_loop(adam_loop, sum(arrays[0].size for arrays in together), GRAIN, table, constants)
    return None


@jit_for(void(int64[:, ::1], int64, ROW, ROW, ROW, ROW))
def note(table: Any, k: int, p: Any, g: Any, m: Any, v: Any) -> None:
    """Where these arrays are, and how long."""
    row = table[k]
    row[0], row[1], row[2], row[3] = p.ctypes.data, g.ctypes.data, m.ctypes.data, v.ctypes.data
    row[4] = p.size


@intrinsic  # type: ignore[untyped-decorator]
def floats(typing_context: Any, address: Any) -> Any:
    """A pointer to the float32 at an address."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(float32)(int64), code


@loop_for(void(int64, int64, int64[:, ::1], ROW))
def adam_loop(start: int, stop: int, table: Any, constants: Any) -> None:
    """The formula of `adam_of_many` for some of the elements, counted through all arrays one after another."""
    for k in range(table.shape[0]):
        size = table[k, 4]
        first, last = max(start, 0), min(stop, size)
        if first < last:
            p, g = carray(floats(table[k, 0]), size), carray(floats(table[k, 1]), size)
            m, v = carray(floats(table[k, 2]), size), carray(floats(table[k, 3]), size)
            adam_part(p[first:last], g[first:last], m[first:last], v[first:last], constants)
        start, stop = start - size, stop - size


@strict  # an element's new value must not depend on where in the array it is
def adam_part(p: Any, g: Any, m: Any, v: Any, constants: Any) -> None:
    """The formula of `adam_of_many` for one array."""
    new1, keep2, new2, rate, epsilon, sign, decay, stay = constants
    for i in range(p.size):
        h = sign * g[i] + decay * p[i]
        a = m[i] + new1 * (h - m[i])
        b = keep2 * v[i] + new2 * h * h
        # Written at the end only: with a load behind a store the loop takes twice as long.
        m[i], v[i], p[i] = a, b, stay * p[i] - rate * a / (np.sqrt(b) + epsilon)


def sgd(p: Any, g: Any, b: Any, nesterov: bool, constants: Any) -> Any:
    """keep b + new h, p - lr (that, or h + momentum that), with h = sign g + decay p"""
    if b is None or not fits(p, g, b):  # without momentum NumPy has two passes
        return NotImplemented
    sgd_loop(p, g, b, nesterov, constants)
    return None


@strict
def sgd_loop(p: Any, g: Any, b: Any, nesterov: bool, constants: Any) -> None:
    """The formula of `sgd`."""
    lr, momentum, keep, new, sign, decay = constants
    for i in range(p.size):
        h = sign * g[i] + decay * p[i]
        a = keep * b[i] + new * h
        b[i], p[i] = a, p[i] - lr * (h + momentum * a if nesterov else a)

"""Updates of optimizers: one pass over parameters, gradients and state."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numba_math import fits, strict


def adam(p: Any, g: Any, m: Any, v: Any, v_max: Any, constants: Any) -> Any:
    """m + (1 - beta1) (h - m), beta2 v + (1 - beta2) h^2, stay p - rate m / (sqrt(v) + epsilon)

    with h = sign g + decay p.
    """
    if v_max is not None or not fits(p, g, m, v):
        return NotImplemented
    adam_loop(p, g, m, v, constants)
    return None


@strict  # an element's new value must not depend on where in the array it is
def adam_loop(p: Any, g: Any, m: Any, v: Any, constants: Any) -> None:
    """The formula of `adam`."""
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

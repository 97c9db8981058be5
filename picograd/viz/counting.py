"""How many multiply-adds an op takes, from its arguments and its result: of all that multiplies matrices.

A multiply-add is one product and its addition to a sum: half of what is elsewhere counted as FLOPs. What works element
by element (biases, activations, normalisation) is not counted, as in the tables that people know. An op that multiplies
and has no formula here, such as a decomposition or an op of the user's, is named as not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ..ops.primitive import Primitive

Shapes = list[tuple[int, ...]]


def multiply_adds(op: Any, out: Any, args: tuple[Any, ...]) -> int | None:
    """Those of a call of `op` with these arguments and the array `out` as its result; None if they are not counted.

    A Function has none of its own: the ops that it is made of are counted one by one.
    """
    count = COUNTS.get(op.name) if is_ours(op) else None
    if count is not None:
        return int(count(out.shape, *args))
    return 0 if not isinstance(op, Primitive) or (is_ours(op) and is_free(op)) else None


def is_ours(op: Any) -> bool:
    """Whether it is an op of picograd's, and not one of the user's that is called alike."""
    return isinstance(op, Primitive) and op.forward.__module__.startswith(OPS)


def is_free(op: Primitive) -> bool:
    """Whether an op of picograd's works element by element, sums, moves or looks up: there is nothing to count."""
    return op.forward.__module__.removeprefix(OPS) in FREE or op.name in FREE


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a Tensor or of anything that makes an array."""
    return tuple(getattr(x, "shape", None) or np.shape(x))


def rows_by_columns(out: tuple[int, ...], x: Any, *_: Any) -> int:
    """A product sums, for each number of the result, over the last axis of x."""
    shape = shape_of(x)
    return prod(out) * (shape[-1] if shape else 0)


def einsum(_: tuple[int, ...], operands: Any, subscripts: str = "") -> int:
    """Two operands: each combination of all indices is one; of more, the factors are multiplied one by one."""
    size = {
        index: length
        for names, operand in zip(subscripts.split("->")[0].split(","), operands, strict=True)
        for index, length in zip(names, shape_of(operand), strict=True)
    }
    return prod(size.values()) * (len(operands) - 1)


def conv(out: tuple[int, ...], x: Any, w: Any, *_: Any) -> int:
    """Each number of the result is a sum over a window: C / groups channels, the kernel."""
    return prod(out) * prod(shape_of(w)[1:])


def conv_transpose(_: tuple[int, ...], y: Any, w: Any, *__: Any) -> int:
    """Each number of the input is multiplied by a kernel for each of the C / groups channels."""
    return prod(shape_of(y)) * prod(shape_of(w)[1:])


def conv_weight(out: tuple[int, ...], y: Any, x: Any, *_: Any) -> int:
    """The gradient of a kernel: each number of it is a sum over the examples and the places of y (N, O, *places)."""
    shape = shape_of(y)
    return prod(out) * shape[0] * prod(shape[2:])


def attention(out: tuple[int, ...], q: Any, k: Any, *_: Any) -> int:
    """q k^T and the product of the weights with v: (..., L, E), (..., S, E), (..., S, V)."""
    return prod(out[:-1]) * shape_of(k)[-2] * (shape_of(q)[-1] + out[-1])


def recurrent(_: tuple[int, ...], x: Any, h: Any, weight_ih: Any, weight: Any, *__: Any) -> int:
    """V x and W h in each of T steps for N sequences."""
    return prod(shape_of(x)[:2]) * (prod(shape_of(weight_ih)) + prod(shape_of(weight)))


def lstm(
    out: tuple[int, ...], x: Any, h: Any, c: Any, weight_ih: Any, weight: Any, bias: Any = None,
    projection: Any = None, *__: Any,
) -> int:  # fmt: skip
    """The same, and the projection of the state."""
    projected = 0 if projection is None else prod(shape_of(x)[:2]) * prod(shape_of(projection))
    return recurrent(out, x, h, weight_ih, weight) + projected


COUNTS: dict[str, Callable[..., int]] = {
    "matmul": rows_by_columns,
    "dot": rows_by_columns,
    "linear": rows_by_columns,
    "einsum": einsum,
    "conv": conv,
    "conv_transpose": conv_transpose,
    "conv_weight": conv_weight,
    "attention": attention,
    "rnn": recurrent,
    "gru": recurrent,
    "lstm": lstm,
}

OPS = "picograd.ops."
# The families of ops, by their file, in which nothing is counted; and one op of another file.
FREE = {
    "activation", "arithmetic", "bessel", "distance", "dropout", "elementwise", "embedding", "exponential", "gamma",
    "incomplete", "indexing", "layout", "loss", "movement", "normal", "normalisation", "orthogonal", "pooling",
    "precise", "reduction", "resampling", "rounding", "scan", "scatter", "search", "selection", "special",
    "statistics", "trigonometry", "modulus",
}  # fmt: skip

"""Vectors of WIDTH float32 as values: for loops that the compiler makes none of, as those over the rows of a tile.

Their arithmetic is written as that of numbers, `a * b + 1`. They are read from memory and put there by hand.
"""

from __future__ import annotations

import operator
from typing import Any, ClassVar

from llvmlite import ir
from numba import float32, types
from numba.core import cgutils
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from .numba_math import LN2_HIGH, LN2_LOW, LOG2_E, inner_for, single
from .numba_product import SPREAD, VECTOR, WIDTH

SIDE = WIDTH // 2  # of a square that is turned in registers
NUMBER, INTEGERS = ir.FloatType(), ir.VectorType(ir.IntType(32), WIDTH)
NOTHING, LANES = ir.Constant(VECTOR, ir.Undefined), ir.Constant(INTEGERS, list(range(WIDTH)))
FIRST = ir.Constant(ir.IntType(32), 0)


class Vector(types.Type):  # type: ignore[misc]
    """The type of vectors."""


vector = Vector("vector")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    """How a vector lies in registers."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)


def spread(builder: Any, value: Any) -> Any:
    """A number as a vector of that number; a vector as it is."""
    if value.type == VECTOR:
        return value
    return builder.shuffle_vector(builder.insert_element(NOTHING, value, FIRST), NOTHING, SPREAD)


def arithmetic(symbol: Any, instruction: str) -> None:
    """Let the operator of Python be that instruction, where one of its sides is a vector."""
    sides = [(vector, vector), (vector, float32), (float32, vector)]

    class Template(ConcreteTemplate):  # type: ignore[misc]
        cases: ClassVar = [signature(vector, *pair) for pair in sides]

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return getattr(builder, instruction)(*(spread(builder, x) for x in arguments), flags=["contract", "nsz"])

    infer_global(symbol)(Template)
    for pair in sides:
        lower_builtin(symbol, *pair)(code)


for symbol, instruction in {"add": "fadd", "sub": "fsub", "mul": "fmul", "truediv": "fdiv"}.items():
    arithmetic(getattr(operator, symbol), instruction)
arithmetic(operator.iadd, "fadd")


def place(context: Any, builder: Any, kind: Any, x: Any, i: Any, j: Any, target: Any = VECTOR) -> Any:
    """The address of x[i, j:]."""
    array = context.make_array(kind)(context, builder, x)
    start = builder.bitcast(array.data, ir.IntType(8).as_pointer())
    row = builder.gep(start, [builder.mul(builder.extract_value(array.strides, 0), i)])
    return builder.bitcast(builder.gep(builder.bitcast(row, NUMBER.as_pointer()), [j]), target.as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def at(typing_context: Any, x: Any, i: Any, j: Any) -> Any:
    """x[i, j : j + WIDTH]"""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(place(context, builder, x, *arguments), align=4)

    return vector(x, types.int64, types.int64), code


@intrinsic  # type: ignore[untyped-decorator]
def put(typing_context: Any, x: Any, i: Any, j: Any, value: Any) -> Any:
    """x[i, j : j + WIDTH] = value, a vector or a number"""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *where, value = arguments
        builder.store(spread(builder, value), place(context, builder, x, *where), align=4)
        return context.get_dummy_value()

    return types.void(x, types.int64, types.int64, value), code


@intrinsic  # type: ignore[untyped-decorator]
def at_least(typing_context: Any, x: Any, low: Any) -> Any:
    """x, or `low` where x is less; nan stays."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, low = (spread(builder, value) for value in arguments)
        return builder.select(builder.fcmp_ordered("<", x, low), low, x)

    return vector(x, low), code


@intrinsic  # type: ignore[untyped-decorator]
def without(typing_context: Any, x: Any, lanes: Any, value: Any) -> Any:
    """x with another value in the first lanes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, lanes, value = arguments
        number = builder.insert_element(ir.Constant(INTEGERS, ir.Undefined), builder.trunc(lanes, FIRST.type), FIRST)
        bound = builder.shuffle_vector(number, ir.Constant(INTEGERS, ir.Undefined), SPREAD)
        return builder.select(builder.icmp_signed("<", LANES, bound), spread(builder, value), x)

    return vector(x, types.int64, value), code


@intrinsic  # type: ignore[untyped-decorator]
def toward_zero(typing_context: Any, x: Any) -> Any:
    """Whole numbers, without what is behind the point."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.sitofp(builder.fptosi(arguments[0], INTEGERS), VECTOR)

    return vector(x), code


@intrinsic  # type: ignore[untyped-decorator]
def power_of_two(typing_context: Any, n: Any) -> Any:
    """2^n for whole numbers -127 <= n < 128, where 2^-127 is 0: the bits of a float32 are 2^23 (exponent + 127)."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bias, digits = (ir.Constant(INTEGERS, [x] * WIDTH) for x in (127, 23))
        return builder.bitcast(builder.shl(builder.add(builder.fptosi(arguments[0], INTEGERS), bias), digits), VECTOR)

    return vector(n), code


C = [single(x) for x in (1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040)]
C0, C2, C3, C4, C5, C6, C7 = C
HALF, LOWEST = single(0.5), single(-88)


@inner_for(vector(vector))
def exp_below(x: Any) -> Any:
    """e^x for x <= 0, as `numba_math.exp`; 0 below 1e-38."""
    x = at_least(x, LOWEST)
    n = toward_zero(x * LOG2_E - HALF)
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    p = C4 + r * (C5 + r * (C6 + r * C7))
    return (C0 + r * (C0 + r * (C2 + r * (C3 + r * p)))) * power_of_two(n)


@intrinsic  # type: ignore[untyped-decorator]
def turn(typing_context: Any, x: Any, i: Any, j: Any, factor: Any, out: Any) -> Any:
    """out[j + s, i + r] = x[i + r, j + s] factor, r, s < SIDE: a square; the rows of x and out number by number.

    Bit by bit of r and s: blocks beside the diagonal change places, of one number, then of two by two, four by four.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, i, j, factor, out = arguments
        kind, order = ir.VectorType(NUMBER, SIDE), ir.VectorType(ir.IntType(32), SIDE)
        nothing = ir.Constant(kind, ir.Undefined)
        factors = builder.insert_element(nothing, factor, FIRST)
        factors = builder.shuffle_vector(factors, nothing, ir.Constant(order, [0] * SIDE))
        further = [ir.Constant(i.type, r) for r in range(SIDE)]
        types = signature.args
        places = [place(context, builder, types[0], x, builder.add(i, r), j, kind) for r in further]
        rows = [builder.fmul(builder.load(p, align=4), factors) for p in places]
        span = 1
        while span < SIDE:
            upper = ir.Constant(order, [s - span + SIDE if s & span else s for s in range(SIDE)])
            lower = ir.Constant(order, [s + SIDE if s & span else s + span for s in range(SIDE)])
            for r in range(SIDE):
                if not r & span:
                    pair = rows[r], rows[r + span]
                    rows[r], rows[r + span] = (builder.shuffle_vector(*pair, half) for half in (upper, lower))
            span *= 2
        for s, row in zip(further, rows, strict=True):
            builder.store(row, place(context, builder, types[4], out, builder.add(j, s), i, kind), align=4)
        return context.get_dummy_value()

    return types.void(x, types.int64, types.int64, factor, out), code


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(typing_context: Any, x: Any, i: Any, j: Any) -> Any:
    """Let x[i, j] be on its way into the second-level cache."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        i, j = arguments[1:]
        address = place(context, builder, x, arguments[0], i, j, ir.IntType(8))
        kind = ir.FunctionType(ir.VoidType(), [address.type, *[FIRST.type] * 3])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [address, *(ir.Constant(FIRST.type, n) for n in (0, 2, 1))])  # to read; that cache; data
        return context.get_dummy_value()

    return types.void(x, types.int64, types.int64), code

"""A matrix product of few rows with the same matrix again and again, for walks through time; and its tiles, for others.

NumPy's product lays that matrix out anew each time, which takes half as long as the product of so few rows. Here it is
laid out once, in panels of some columns, and a tile of the result stays in the processor's registers while it is
added up.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .numba_math import inner

# A tile is two vectors wide and half as many rows high as the processor has registers for four of its six parts.
WIDE = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
ROWS, WIDTH = (8, 32) if WIDE else (4, 16)
NOTHING = np.zeros((ROWS, WIDTH), np.float32)  # what a tile begins with where it is all of a sum

NUMBER, PLACE = ir.FloatType(), ir.IntType(64)
VECTOR = ir.VectorType(NUMBER, WIDTH)
SPREAD = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)


def panels_of(*matrices: Any) -> Any:
    """(K, J) -> (P, K, WIDTH): P groups of columns, zeros behind the last one; of matrices below each other."""
    columns = matrices[0].shape[1]
    whole, rest = divmod(columns, WIDTH)
    panels = np.empty((whole + (rest > 0), sum(map(len, matrices)), WIDTH), np.float32)
    start = 0
    for matrix in matrices:
        depth = len(matrix)
        part = panels[:, start : start + depth]
        part[:whole] = matrix[:, : whole * WIDTH].reshape((depth, whole, WIDTH)).swapaxes(0, 1)
        if rest:
            part[whole, :, :rest] = matrix[:, whole * WIDTH :]
            part[whole, :, rest:] = 0
        start += depth
    return panels


@inner
def multiply(x: Any, panels: Any, out: Any) -> None:
    """out = x M: (N, K), M (K, J) as panels -> (N, J), where N and J are those of whole tiles."""
    for p in range(panels.shape[0]):
        for n in range(0, x.shape[0], ROWS):
            tile(x, n, panels[p], 0, 0, x.shape[1], NOTHING, out, n, p * WIDTH)


@intrinsic  # type: ignore[untyped-decorator]
def tile(
    typing_context: Any, x: Any, i: Any, y: Any, j: Any, first: Any, stop: Any, begin: Any, out: Any, m: Any, n: Any
) -> Any:  # fmt: skip
    """out[m + r, n + s] = begin[r, s] + the sum of x[i + r, k] y[k, j + s] for first <= k < stop, r < ROWS, s < WIDTH.

    Instructions for the compiler one by one: from loops over arrays it doesn't see that all sums can stay in registers.
    Places, not parts of the arrays: each x[i:j] is much for it to compile.
    """

    def instructions(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, y, begin, out = (context.make_array(signature.args[a])(context, builder, arguments[a]) for a in (0, 2, 6, 7))
        i, j, first, stop, m, n = (
            context.cast(builder, arguments[a], signature.args[a], types.int64) for a in (1, 3, 4, 5, 8, 9)
        )

        def further(address: Any, step: Any, times: Any, kind: Any = NUMBER) -> Any:
            """The address so many steps of bytes further on, of a number or a vector."""
            start = builder.bitcast(address, ir.IntType(8).as_pointer())
            return builder.bitcast(builder.gep(start, [builder.mul(step, times)]), kind.as_pointer())

        row_step, number_step = (builder.extract_value(x.strides, axis) for axis in range(2))
        y_step, begin_step, out_step = (builder.extract_value(z.strides, 0) for z in (y, begin, out))
        corner = further(x.data, row_step, i)
        rows = [further(corner, row_step, PLACE(r)) for r in range(ROWS)]
        panel = builder.gep(y.data, [j])
        target = builder.gep(further(out.data, out_step, m), [n])
        firsts = [builder.load(further(begin.data, begin_step, PLACE(r), VECTOR), align=4) for r in range(ROWS)]
        before = builder.block
        loop, after = builder.append_basic_block("loop"), builder.append_basic_block("after")
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(PLACE)
        sums = [builder.phi(VECTOR) for _ in rows]
        vector = builder.load(further(panel, y_step, k, VECTOR), align=4)
        for start, sum_before, total in zip(rows, firsts, sums, strict=True):
            number = builder.load(further(start, number_step, k))
            single = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.IntType(32)(0))
            factor = builder.shuffle_vector(single, ir.Constant(VECTOR, ir.Undefined), SPREAD)
            product = builder.fmul(factor, vector, flags=["contract"])
            total.add_incoming(sum_before, before)
            total.add_incoming(builder.fadd(total, product, flags=["contract"]), loop)
        following = builder.add(k, PLACE(1))
        k.add_incoming(first, before)
        k.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, stop), loop, after)
        builder.position_at_end(after)
        for r, total in enumerate(sums):
            builder.store(total.incomings[1][0], further(target, out_step, PLACE(r), VECTOR), align=4)
        return context.get_dummy_value()

    return types.void(x, i, y, j, first, stop, begin, out, m, n), instructions

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
            tile(x[n : n + ROWS], panels[p], NOTHING, out[n : n + ROWS, p * WIDTH :])


@intrinsic  # type: ignore[untyped-decorator]
def tile(typing_context: Any, x: Any, panel: Any, begin: Any, out: Any) -> Any:
    """out = begin + x M: (ROWS, K), (K, WIDTH) -> (ROWS, WIDTH).

    Instructions for the compiler one by one: from loops over arrays it doesn't see that all sums can stay in registers.
    """

    def instructions(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, panel, begin, out = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
        )

        def further(address: Any, step: Any, times: Any, kind: Any = NUMBER) -> Any:
            """The address so many steps of bytes further on, of a number or a vector."""
            start = builder.bitcast(address, ir.IntType(8).as_pointer())
            return builder.bitcast(builder.gep(start, [builder.mul(step, times)]), kind.as_pointer())

        row_step, number_step = (builder.extract_value(x.strides, axis) for axis in range(2))
        panel_step, begin_step, out_step = (builder.extract_value(y.strides, 0) for y in (panel, begin, out))
        rows = [further(x.data, row_step, PLACE(r)) for r in range(ROWS)]
        firsts = [builder.load(further(begin.data, begin_step, PLACE(r), VECTOR), align=4) for r in range(ROWS)]
        depth = builder.extract_value(x.shape, 1)
        before = builder.block
        loop, after = builder.append_basic_block("loop"), builder.append_basic_block("after")
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(PLACE)
        sums = [builder.phi(VECTOR) for _ in rows]
        vector = builder.load(further(panel.data, panel_step, k, VECTOR), align=4)
        for start, first, total in zip(rows, firsts, sums, strict=True):
            number = builder.load(further(start, number_step, k))
            single = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.IntType(32)(0))
            factor = builder.shuffle_vector(single, ir.Constant(VECTOR, ir.Undefined), SPREAD)
            product = builder.fmul(factor, vector, flags=["contract"])
            total.add_incoming(first, before)
            total.add_incoming(builder.fadd(total, product, flags=["contract"]), loop)
        following = builder.add(k, PLACE(1))
        k.add_incoming(PLACE(0), before)
        k.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
        builder.position_at_end(after)
        for r, total in enumerate(sums):
            builder.store(total.incomings[1][0], further(out.data, out_step, PLACE(r), VECTOR), align=4)
        return context.get_dummy_value()

    return types.void(x, panel, begin, out), instructions

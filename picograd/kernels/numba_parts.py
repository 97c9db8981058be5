"""A compiled loop in parts on all cores, without a step in Python on the way.

`threads.share` takes any function, which a worker can only call with the interpreter's lock: it waits until the giver
lets go of it, and begins some 25 us later. Here all that is between the call and the last part is compiled, as it is
for OpenBLAS's products, and a worker begins within 1 us.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from zlib import crc32

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import int64, types, void
from numba.core import cgutils
from numba.extending import intrinsic

from .numba_math import fits, inner_for, jit_for
from .numba_pool import (
    BUSY,
    COMPILED,
    DATA,
    FUNCTION,
    INT,
    SIZE,
    SLOTS,
    WORKERS,
    call,
    crowded,
    give,
    load,
    store,
    swap,
    the_desk,
    wait,
)
from .threads import MOST, parts_of

RANGE = 24  # bytes that say what a part is: where it starts and stops, and where the loop's arguments are
FAILED = 16  # from which byte on they are 0 when it failed
RUN = "picograd_run"  # the name of an address, for compiled code


class Loop:
    """A loop over arrays of just these types. It is compiled when it is first used."""

    def __init__(self, text: Any, signature: Any) -> None:
        self.text, self.signature = text, signature


def loop_for(signature: Any) -> Callable[[Any], Loop]:
    """The loop with this text."""
    return lambda text: Loop(text, signature)


def share_loop(loop: Loop, n: int, grain: int, *arguments: Any) -> None:
    """loop(start, stop, *arguments) for parts of range(n) as those of `threads.share`."""
    in_parts(loop, 0)(n, parts_of(n, grain), *arguments)


def share_slices(loop: Loop, grain: int, arrays: Any, *constants: Any) -> None:
    """loop(*arrays, *constants) for parts of the arrays' rows: the loop sees each array as x[start:stop]."""
    n = len(arrays[0])
    in_parts(loop, len(arrays))(n, parts_of(n, grain), *arrays, *constants)


def each(loop: Loop, grain: int, *arrays: Any) -> Any:
    """A new array, which loop(*arrays, new array) writes element by element; all flat, in parts on all cores."""
    if not fits(*arrays):
        return NotImplemented
    out = np.empty_like(arrays[0])
    share_slices(loop, grain, [x.reshape(-1) for x in (*arrays, out)])
    return out


@cache
def in_parts(loop: Loop, slices: int) -> Any:
    """The compiled function of n, the number of parts, and a loop's arguments, of which the first are sliced.

    It knows the loop by its address only, so that the loop is compiled once. Its text is made here, as if it stood in
    this file: so Numba finds it on the disk until this file changes.
    """
    own, skipped = loop.text, 0 if slices else 2
    (code,) = inner_for(loop.signature)(own).overloads.values()
    name = f"{own.__module__.rpartition('.')[2]}_{own.__name__}_{crc32(str(loop.signature).encode()):x}"
    llvmlite.binding.add_symbol(name, code.library.get_pointer_to_function(code.fndesc.llvm_func_name))
    llvmlite.binding.add_symbol(RUN, run.address)
    names = ", ".join(own.__code__.co_varnames[skipped : own.__code__.co_argcount])
    text = f"def {name}(n, parts, {names}): spread({name!r}, {slices}, n, parts, ({names},))"
    module: dict[str, Any] = {"spread": spread, "__name__": __name__}
    exec(compile(text, __file__, "exec"), module)
    return jit_for(void(int64, int64, *loop.signature.args[skipped:]))(module[name])


@numba.cfunc(int64(*[int64] * 5), cache=True)  # type: ignore[untyped-decorator]
def run(function: int, arguments: int, n: int, parts: int, ranges: int) -> int:
    """A C function's parts side by side, or one after another where the pool is in use; `ranges`: memory for these.

    How many of them failed.
    """
    desk = the_desk()
    for k in range(parts):
        place = ranges + k * RANGE
        store(place, n * k // parts)
        store(place + 8, n * (k + 1) // parts)
        store(place + FAILED, arguments)
    if parts > 1:
        crowded(desk)
    if parts > 1 and parts <= load(desk + WORKERS) + 1 and swap(desk + BUSY, 0, COMPILED):
        store(desk + FUNCTION, function)
        store(desk + DATA, ranges)
        store(desk + SIZE, RANGE)
        give(desk, COMPILED, parts - 1)
        call(function, load(desk + SLOTS), ranges, 0)
        wait(desk, parts - 1)
        store(desk + BUSY, 0)
    else:
        for k in range(parts):
            call(function, 0, ranges + k * RANGE, 0)
    failed = 0
    for k in range(parts):
        failed += load(ranges + k * RANGE + FAILED) == 0
    return failed


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def spread(typing_context: Any, loop: Any, slices: Any, n: Any, parts: Any, arguments: Any) -> Any:
    """loop(start, stop, *arguments), or loop(*arguments), the first `slices` of them from start to stop, in parts."""
    kinds, name, sliced = tuple(arguments), loop.literal_value, slices.literal_value

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        packed = cgutils.pack_struct(builder, cgutils.unpack_tuple(builder, values[4]))
        memory = cgutils.alloca_once_value(builder, packed)
        ranges = cgutils.alloca_once(builder, INT, MOST * RANGE // 8)
        function = part(context, builder.module, name, kinds, memory.type, sliced)
        start = ir.Function(builder.module, ir.FunctionType(INT, [INT] * 5), RUN)
        function, memory, ranges = (builder.ptrtoint(x, INT) for x in (function, memory, ranges))
        failed = builder.call(start, [function, memory, *values[2:4], ranges])
        with cgutils.if_unlikely(builder, builder.icmp_signed("!=", failed, INT(0))):
            message = f"{name}: there is no memory for a part of the loop; free some, or use fewer threads"
            context.call_conv.return_user_exc(builder, MemoryError, (message,))
        return context.get_dummy_value()

    return types.void(loop, slices, n, parts, arguments), code


def part(context: Any, module: Any, name: str, kinds: Any, memory: Any, slices: int) -> Any:
    """The C function of one part: function(any number, the address of start, stop and the arguments' address, 0)."""
    function = ir.Function(module, ir.FunctionType(INT, [INT] * 3), module.get_unique_name("part"))
    function.linkage = "internal"
    builder = ir.IRBuilder(function.append_basic_block())
    place = builder.inttoptr(function.args[1], INT.as_pointer())
    places = [builder.gep(place, [INT(k)]) for k in range(3)]
    start, stop, address = map(builder.load, places)
    values = cgutils.unpack_tuple(builder, builder.load(builder.inttoptr(address, memory)))
    for k in range(slices):
        values[k] = rows(context, builder, kinds[k], values[k], start, stop)
    if not slices:
        kinds, values = (int64, int64, *kinds), [start, stop, *values]
    loop = ir.Function(module, context.call_conv.get_function_type(types.void, kinds), name)
    status, _ = context.call_conv.call_function(builder, loop, types.void, kinds, values)
    with cgutils.if_unlikely(builder, status.is_error):  # the only error of a loop: its arrays find no memory
        builder.store(INT(0), places[2])
    builder.ret(INT(0))
    return function


def rows(context: Any, builder: Any, kind: Any, value: Any, start: Any, stop: Any) -> Any:
    """The array value[start:stop]."""
    array = context.make_array(kind)(context, builder, value)
    skipped = builder.mul(builder.extract_value(array.strides, 0), start)
    first = builder.gep(builder.bitcast(array.data, ir.IntType(8).as_pointer()), [skipped])
    array.data = builder.bitcast(first, array.data.type)
    array.shape = builder.insert_value(array.shape, builder.sub(stop, start), 0)
    sizes = cgutils.unpack_tuple(builder, array.shape)
    array.nitems = sizes[0]
    for size in sizes[1:]:
        array.nitems = builder.mul(array.nitems, size)
    return array._getvalue()

"""Parameters as arrays of one dimension: so that an update formula is written once, and runs at the speed of memory.

Two things cost time in an update on NumPy: a formula of a dozen calls goes through memory a dozen times, and each call
costs a third of a microsecond however small the array is. Against the first the arrays are taken in blocks that stay
in the cache from the first call to the last, against the second small parameters are copied together into one array,
updated at once and copied back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from picograd.kernels.threads import share
from picograd.lines import Spot
from picograd.memory import owner, wrote_all
from picograd.tensor import Tensor

Array = np.ndarray[Any, Any]

# Measured for Adam on 1.3 M float32 elements, a megabyte of second-level cache for each core: blocks of 64, 128, 256
# and 512 KiB take 1.7, 1.6, 1.4 and 1.6 ms. Smaller blocks pay for calls, larger for memory.
BLOCK_BYTES = 2**18
# Copying costs about 1 ns an element, the calls of an update on its own about 8 us.
SMALL = 2**13
GRAIN = 2**16  # elements whose update is worth a second thread


class Flat:
    """Parameters that are updated as one: of one group and dtype, after the same number of steps.

    `p`, `g` and `state` are arrays (n,). For a large parameter that lies row by row they are its own memory; otherwise
    `p` and `g` are copies, filled by `load` and written back by `store`. The arrays in `states`, the optimizer's
    records by parameter, become views of `state`; one that is not there yet starts as `slots` says. `numbers` are
    those of the state that all these parameters have in common, arrays ().
    """

    def __init__(
        self,
        params: list[Tensor],
        states: list[dict[str, Any]],
        slots: Mapping[str, float],
        numbers: dict[str, Array],
        steps: int,
        counted: bool,
    ) -> None:
        self.params, self.values = params, [p.value for p in params]
        self.owners = [owner(value) for value in self.values]
        self.steps, self.count = steps, np.array(steps, np.float32)  # PyTorch keeps a step as float32 too
        first, self.size = self.values[0], sum(value.size for value in self.values)
        self.dtype, self.copied = first.dtype, len(params) > 1 or not first.flags.c_contiguous
        self.computed_in = scratch_dtype(first.dtype)
        if self.copied:
            self.p, self.g = np.empty((2, self.size), self.dtype)
            self.p_pieces, self.g_pieces = self._pieces(self.p), self._pieces(self.g)
        else:
            self.p = first.reshape(-1)
        self.state = [self._join([state.get(slot) for state in states], first) for slot, first in slots.items()]
        self.numbers = numbers
        for state in states:
            for name, array in (({"step": self.count} if counted else {}) | numbers).items():
                point(state, name, array)
        for slot, flat in zip(slots, self.state, strict=True):
            for state, piece in zip(states, self._pieces(flat), strict=True):
                point(state, slot, piece)
        self.tensors = [tensor for state in states for tensor in state.values()]

    def _pieces(self, flat: Array) -> list[Array]:
        """Views of `flat` (n,) in the shapes of the parameters."""
        ends = np.cumsum([value.size for value in self.values])
        return [flat[end - value.size : end].reshape(value.shape) for end, value in zip(ends, self.values, strict=True)]

    def _join(self, tensors: list[Tensor | None], first: float) -> Array:
        """One array (n,) with the elements of `tensors`, `first` for None; the memory of a single one if it serves."""
        only = tensors[0]
        if len(tensors) == 1 and only is not None:
            array = only.value
            if array.flags.c_contiguous and array.flags.writeable and array.dtype == self.dtype:
                return array.reshape(-1)
        flat = np.full(self.size, first, self.dtype)
        for piece, tensor in zip(self._pieces(flat), tensors, strict=True):
            if tensor is not None:
                piece[...] = tensor.value
        return flat

    def load(self) -> None:
        """Take the parameters and their gradients, whose shapes must agree."""
        if not self.copied:
            self.g = np.asarray(self.params[0]._grad).ravel()  # row by row, as kernels want it
            return
        for p_piece, g_piece, p in zip(self.p_pieces, self.g_pieces, self.params, strict=True):
            p_piece[...] = p.value
            g_piece[...] = p._grad

    def number(self, x: Any) -> Array:
        """A constant of the formula: an array (), as NumPy takes longer to convert a Python number in every call.

        In float32 for parameters of half precision, so that products are computed in float32. Of a list of constants it
        makes an array (n,).
        """
        return np.array(x, self.computed_in)

    def arrays(self) -> tuple[Array, ...]:
        """p, g and the state."""
        return self.p, self.g, *self.state

    def store(self, by: str, spot: Spot | None, numbers: Mapping[str, float]) -> None:
        """Put the parameters back, note that `by` wrote them at `spot`, and take over the `numbers` of the state."""
        if self.copied:
            for value, piece in zip(self.values, self.p_pieces, strict=True):
                value[...] = piece
        else:
            del self.g  # or the gradient would stay in memory beside the next one
        wrote_all(self.owners, by, spot)
        self.steps += 1
        self.count.fill(self.steps)
        for name, number in numbers.items():
            self.numbers[name].fill(number)


def share_parts(jobs: list[tuple[tuple[Array, ...], Callable[..., None]]]) -> None:
    """Each job of its arrays (n,), in parts on all cores, of the elements of all jobs one after another."""

    def part(start: int, stop: int) -> None:
        for arrays, job in jobs:
            size = arrays[0].size
            if start < size and stop > 0:
                first, last = max(start, 0), min(stop, size)
                job(*(arrays if last - first == size else [array[first:last] for array in arrays]))
            start, stop = start - size, stop - size

    share(part, sum(arrays[0].size for arrays, _ in jobs), GRAIN)


def blocks(dtype: Any, p: Array, g: Array, *state: Any) -> Iterator[Any]:
    """(p, g, t, d, *state) block by block: `t` and `d`, of that dtype, are for the update to compute in."""
    length = min(p.size, BLOCK_BYTES // p.itemsize)
    t, d = np.empty(length, dtype), np.empty(length, dtype)
    if length == p.size:
        yield p, g, t, d, *state
        return
    for start in range(0, p.size, length):
        part = slice(start, start + length)
        now = p[part]
        rest = (None if array is None else array[part] for array in state)
        yield now, g[part], t[: now.size], d[: now.size], *rest


def scratch_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which parameters of `dtype` are updated: at least float32."""
    return np.result_type(dtype, np.float32)


def point(state: dict[str, Any], name: str, array: Array) -> None:
    """Let the Tensor state[name] have `array` for its memory; whoever holds the Tensor goes on seeing it."""
    tensor = state.get(name)
    if tensor is None:
        state[name] = Tensor._of(array)
    else:
        tensor.value = array

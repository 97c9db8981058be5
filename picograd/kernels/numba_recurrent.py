"""Recurrent layers: the walk through time and back, one thread for a part of the sequences.

Sequences don't depend on each other, so that the threads meet at the end of the walk only. A step is one product with
the matrix of the layer (see numba_product.py) and a few loops over the rows of its result, which is still in the cache.
Each loop writes one array: the compiler has to prove that no two of them overlap, and gives up if there are many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .numba_math import inner, jit, sigmoid, single, tanh
from .numba_product import ROWS, WIDTH, multiply, panels_of
from .threads import share

ONE = single(1)
STEPS = 2  # from that many on it pays to lay out the matrix
SEQUENCES, SMALL = 3, 1 << 15  # fewer leave tiles nearly empty, which costs more where the weight has more elements


def made_for(gates: Any, h: Any, weight: Any, *others: Any) -> bool:
    """Whether a walk with these gates is for these kernels.

    float32, row by row in memory (None among the others: not given), and of sizes that fit: nothing else looks at them.
    """
    return (
        len(gates) >= STEPS
        and (len(h) >= SEQUENCES or weight.size <= SMALL)
        and gates.shape[1:] == (len(h), len(weight))
        and weight.shape[1:] == h.shape[1:]
        and all(
            a is None or (type(a) is np.ndarray and a.dtype == np.float32 and a.flags.c_contiguous)
            for a in (gates, h, *others)
        )
    )


def running(active: Any, x: Any) -> Any:
    """(T, N), 1 where a sequence runs."""
    return np.ones(x.shape[:2], np.float32) if active is None else active.reshape(x.shape[:2])


def arriving(gates: Any, x: Any, number: Any, weight: Any, bias: Any) -> Any:
    """What comes to the gates from the input, W x + b, as rows, and the number of a step's row for a sequence.

    Of different rows x (U, I) with their numbers. Where there are none, the rows are the bias alone, and a step
    multiplies its own x, which is given back: the product of all steps would leave the cache.
    """
    if number is not None:
        rows = x.dot(weight.T)
        return rows if bias is None else rows + bias, number, np.empty((*number.shape, 0), np.float32)
    rows = np.zeros((1, len(weight)), np.float32) if bias is None else bias.reshape(1, -1)
    return rows, np.zeros(gates.shape[:2], np.int64), np.ascontiguousarray(x)


def in_parts(loop: Callable[..., None], panels: Any, state: Any, *arrays: Any) -> None:
    """loop(before, sums, panels, start, stop, *arrays) over all sequences: whole tiles for each thread.

    `before`: memory for what a step multiplies, at first the state with zeros in front; `sums`: for the product.
    """
    tiles = -(-len(state) // ROWS)
    before = np.zeros((tiles * ROWS, panels.shape[1]), np.float32)
    before[: len(state), panels.shape[1] - state.shape[1] :] = state
    sums = np.empty((len(before), len(panels) * WIDTH), np.float32)

    def part(start: int, stop: int) -> None:
        rows = slice(start * ROWS, stop * ROWS)
        loop(before[rows], sums[rows], panels, rows.start, min(rows.stop, len(state)), *arrays)

    share(part, tiles, 1)


# ---- loops over a row ----------------------------------------------------------------------------------------------


@inner
def copy(x: Any, out: Any) -> None:
    """x. An assignment to a slice would do as well, but takes two seconds to compile: it can say what doesn't fit."""
    for j in range(out.size):
        out[j] = x[j]


@inner
def add_sigmoid(x: Any, y: Any, out: Any) -> None:
    """sigmoid(x + y)"""
    for j in range(out.size):
        out[j] = sigmoid(x[j] + y[j])


@inner
def add_tanh(x: Any, y: Any, out: Any) -> None:
    """tanh(x + y)"""
    for j in range(out.size):
        out[j] = tanh(x[j] + y[j])


@inner
def add(x: Any, out: Any) -> None:
    """out + x"""
    for j in range(out.size):
        out[j] += x[j]


@inner
def through_sigmoid(g: Any, factor: Any, s: Any, out: Any) -> None:
    """g times a factor times the slope of s = sigmoid(..)"""
    for j in range(out.size):
        out[j] = g[j] * factor[j] * (s[j] * (ONE - s[j]))


@inner
def through_tanh(g: Any, factor: Any, t: Any, out: Any) -> None:
    """g times a factor times the slope of t = tanh(..)"""
    for j in range(out.size):
        out[j] = g[j] * factor[j] * (ONE - t[j] * t[j])


# ---- LSTM ----------------------------------------------------------------------------------------------------------


def lstm_walk(
    gates: Any,
    x: Any,
    number: Any,
    weight_ih: Any,
    bias: Any,
    h: Any,
    c: Any,
    weight: Any,
    projection: Any,
    active: Any,
) -> Any:
    """c' = f c + i g and h' = o tanh(c'); i, f, o = sigmoid(x + W h), g = tanh(x + W h)"""
    if projection is not None or h.shape != c.shape or not made_for(gates, h, weight, c, active, bias):
        return NotImplemented
    steps, (count, size) = len(gates), c.shape
    out, cells = np.empty((steps + 1) * c.size, np.float32), np.empty((steps, count, size), np.float32)
    states = out[: cells.size].reshape(cells.shape)
    rows, number, x = arriving(gates, x, number, weight_ih, bias)
    panels = panels_of(weight_ih.T, weight.T) if x.size else panels_of(weight.T)
    runs = running(active, gates)
    in_parts(lstm_steps, panels, h, rows, number, x, c, runs, gates, cells, states)
    out[cells.size :] = cells[-1].reshape(-1)
    return out, cells


@jit
def lstm_steps(
    before: Any, sums: Any, panels: Any, start: int, stop: int, rows: Any, number: Any, x: Any, c: Any, runs: Any,
    gates: Any, cells: Any, states: Any,
) -> None:  # fmt: skip
    """The walk of the sequences from `start` to `stop`."""
    width, size = x.shape[2], c.shape[1]
    for t in range(number.shape[0]):
        for n in range(stop - start):
            copy(x[t, start + n], before[n, :width])
        multiply(before, panels, sums)
        for n in range(stop - start):
            xs, ys, out = rows[number[t, start + n]], sums[n], gates[t, start + n]
            add_sigmoid(xs[: 2 * size], ys[: 2 * size], out[: 2 * size])
            add_tanh(xs[2 * size : 3 * size], ys[2 * size : 3 * size], out[2 * size : 3 * size])
            add_sigmoid(xs[3 * size :], ys[3 * size : 4 * size], out[3 * size :])
            previous = cells[t - 1, start + n] if t > 0 else c[start + n]
            if runs[t, start + n] == 0:
                copy(previous, cells[t, start + n])
            else:
                new_cell(out, previous, cells[t, start + n])
                new_state(out[3 * size :], cells[t, start + n], before[n, width:])
            copy(before[n, width:], states[t, start + n])


@inner
def new_cell(gates: Any, c: Any, out: Any) -> None:
    """f c + i g"""
    i, f, g = gates[: c.size], gates[c.size : 2 * c.size], gates[2 * c.size : 3 * c.size]
    for j in range(c.size):
        out[j] = f[j] * c[j] + i[j] * g[j]


@inner
def new_state(o: Any, c: Any, out: Any) -> None:
    """o tanh(c)"""
    for j in range(out.size):
        out[j] = o[j] * tanh(c[j])


def lstm_return(g: Any, dc: Any, gates: Any, cells: Any, c: Any, weight: Any, projection: Any, active: Any) -> Any:
    """The gradients of x, h and c from those of all h' (g) and of the last c' (dc)."""
    if projection is not None or not made_for(gates, c, weight, g, dc, cells, active):
        return NotImplemented
    d, dh, dc = np.empty_like(gates), np.zeros_like(c), dc.copy()
    panels, runs = panels_of(weight), running(active, g)
    in_parts(lstm_steps_back, panels, c[:, :0], g, dc, gates, cells, c, runs, d, dh)
    return d, dh, dc, None


@jit
def lstm_steps_back(
    rows: Any, sums: Any, panels: Any, start: int, stop: int, g: Any, dc: Any, gates: Any, cells: Any, c: Any,
    runs: Any, d: Any, dh: Any,
) -> None:  # fmt: skip
    """The way back of the sequences from `start` to `stop`; dc is that of the last c' at first."""
    size = c.shape[1]
    for t in range(g.shape[0] - 1, -1, -1):
        for n in range(stop - start):
            up, over, out, bounded = dh[start + n], dc[start + n], rows[n], sums[n, :size]
            add(g[t, start + n], up)
            if runs[t, start + n] == 0:
                rows[n] = 0
            else:
                gate = gates[t, start + n]
                i, f, o = gate[:size], gate[size : 2 * size], gate[3 * size :]
                tanhs(cells[t, start + n], bounded)
                into_cell(up, o, bounded, over)
                through_sigmoid(up, bounded, o, out[3 * size :])
                through_sigmoid(over, gate[2 * size : 3 * size], i, out[:size])
                through_sigmoid(over, cells[t - 1, start + n] if t > 0 else c[start + n], f, out[size : 2 * size])
                through_tanh(over, i, gate[2 * size : 3 * size], out[2 * size : 3 * size])
                scale(f, over)
            copy(out, d[t, start + n])
        multiply(rows, panels, sums)
        for n in range(stop - start):
            if runs[t, start + n] != 0:
                copy(sums[n, :size], dh[start + n])


@inner
def tanhs(x: Any, out: Any) -> None:
    """tanh(x)"""
    for j in range(out.size):
        out[j] = tanh(x[j])


@inner
def into_cell(dh: Any, o: Any, bounded: Any, dc: Any) -> None:
    """dc + the gradient that comes through h = o tanh(c)"""
    for j in range(dc.size):
        dc[j] += dh[j] * o[j] * (ONE - bounded[j] * bounded[j])


@inner
def scale(factor: Any, x: Any) -> None:
    """x times a factor"""
    for j in range(x.size):
        x[j] *= factor[j]


# ---- GRU -----------------------------------------------------------------------------------------------------------


def gru_walk(
    gates: Any, x: Any, number: Any, weight_ih: Any, bias: Any, h: Any, weight: Any, bias_hh: Any, active: Any
) -> Any:
    """h' = n + z (h - n); r, z = sigmoid(x + y) and n = tanh(x + r y), where y = W h + b"""
    if not made_for(gates, h, weight, bias, bias_hh, active):
        return NotImplemented
    out, ys = (np.empty((len(gates), *h.shape), np.float32) for _ in range(2))
    if number is None:  # as r takes part in y alone, a step can't multiply x and h at once
        number, x = np.arange(x.shape[0] * x.shape[1]).reshape(x.shape[:2]), x.reshape(-1, x.shape[2])
    rows, number, _ = arriving(gates, x, number, weight_ih, bias)
    panels, runs = panels_of(weight.T), running(active, gates)
    bias_hh = np.zeros(len(weight), np.float32) if bias_hh is None else bias_hh
    in_parts(gru_steps, panels, h, rows, number, bias_hh, runs, gates, ys, out)
    return out, ys


@jit
def gru_steps(
    before: Any, sums: Any, panels: Any, start: int, stop: int, rows: Any, number: Any, bias: Any, runs: Any,
    gates: Any, ys: Any, out: Any,
) -> None:  # fmt: skip
    """The walk of the sequences from `start` to `stop`."""
    size = out.shape[2]
    for t in range(number.shape[0]):
        multiply(before, panels, sums)
        for n in range(stop - start):
            xs, y, gate = rows[number[t, start + n]], sums[n, : 3 * size], gates[t, start + n]
            add(bias, y)
            add_sigmoid(xs[: 2 * size], y[: 2 * size], gate[: 2 * size])
            add_product_tanh(xs[2 * size :], gate[:size], y[2 * size :], gate[2 * size :])
            copy(y[2 * size :], ys[t, start + n])
            if runs[t, start + n] != 0:
                between(gate[2 * size :], gate[size : 2 * size], before[n])
            copy(before[n], out[t, start + n])


@inner
def add_product_tanh(x: Any, r: Any, y: Any, out: Any) -> None:
    """tanh(x + r y)"""
    for j in range(out.size):
        out[j] = tanh(x[j] + r[j] * y[j])


@inner
def between(n: Any, z: Any, h: Any) -> None:
    """n + z (h - n)"""
    for j in range(h.size):
        h[j] = n[j] + z[j] * (h[j] - n[j])


def gru_return(g: Any, h: Any, out: Any, gates: Any, ys: Any, weight: Any, active: Any) -> Any:
    """The gradients of x, of W h + b and of h."""
    if not made_for(gates, h, weight, g, out, ys, active):
        return NotImplemented
    d, e, dh = np.empty_like(gates), np.empty_like(gates), np.zeros_like(h)
    panels, runs = panels_of(weight), running(active, g)
    in_parts(gru_steps_back, panels, h[:, :0], g, h, out, gates, ys, runs, d, e, dh)
    return d, e, dh


@jit
def gru_steps_back(
    rows: Any, sums: Any, panels: Any, start: int, stop: int, g: Any, h: Any, states: Any, gates: Any, ys: Any,
    runs: Any, d: Any, e: Any, dh: Any,
) -> None:  # fmt: skip
    """The way back of the sequences from `start` to `stop`."""
    size = h.shape[1]
    for t in range(g.shape[0] - 1, -1, -1):
        for n in range(stop - start):
            up, out = dh[start + n], d[t, start + n]
            add(g[t, start + n], up)
            if runs[t, start + n] == 0:
                out[:] = 0
                rows[n] = 0
            else:
                gate = gates[t, start + n]
                r, z, new = gate[:size], gate[size : 2 * size], gate[2 * size :]
                into_new(up, z, new, out[2 * size :])
                into_update(up, states[t - 1, start + n] if t > 0 else h[start + n], new, z, out[size : 2 * size])
                through_sigmoid(out[2 * size :], ys[t, start + n], r, out[:size])
                copy(out[: 2 * size], rows[n, : 2 * size])
                copy(out[2 * size :], rows[n, 2 * size :])
                scale(r, rows[n, 2 * size :])
                scale(z, up)
            copy(rows[n], e[t, start + n])
        multiply(rows, panels, sums)
        for n in range(stop - start):
            if runs[t, start + n] != 0:
                add(sums[n, :size], dh[start + n])


@inner
def into_new(g: Any, z: Any, n: Any, out: Any) -> None:
    """The gradient of n's argument."""
    for j in range(out.size):
        out[j] = g[j] * (ONE - z[j]) * (ONE - n[j] * n[j])


@inner
def into_update(g: Any, h: Any, n: Any, z: Any, out: Any) -> None:
    """The gradient of z's argument."""
    for j in range(out.size):
        out[j] = g[j] * (h[j] - n[j]) * (z[j] * (ONE - z[j]))


# ---- RNN -----------------------------------------------------------------------------------------------------------


def rnn_walk(
    out: Any, x: Any, number: Any, weight_ih: Any, bias: Any, h: Any, weight: Any, relu: Any, active: Any
) -> Any:
    """h' = tanh(x + W h), or max(x + W h, 0)"""
    if not made_for(out, h, weight, active, bias):
        return NotImplemented
    rows, number, x = arriving(out, x, number, weight_ih, bias)
    panels = panels_of(weight_ih.T, weight.T) if x.size else panels_of(weight.T)
    runs = running(active, out)
    in_parts(rnn_steps, panels, h, rows, number, x, relu, runs, out)
    return None


@jit
def rnn_steps(
    before: Any, sums: Any, panels: Any, start: int, stop: int, rows: Any, number: Any, x: Any, relu: Any, runs: Any,
    out: Any,
) -> None:  # fmt: skip
    """The walk of the sequences from `start` to `stop`."""
    width = x.shape[2]
    for t in range(number.shape[0]):
        for n in range(stop - start):
            copy(x[t, start + n], before[n, :width])
        multiply(before, panels, sums)
        for n in range(stop - start):
            if runs[t, start + n] != 0:
                if relu:
                    add_relu(rows[number[t, start + n]], sums[n], before[n, width:])
                else:
                    add_tanh(rows[number[t, start + n]], sums[n], before[n, width:])
            copy(before[n, width:], out[t, start + n])


@inner
def add_relu(x: Any, y: Any, out: Any) -> None:
    """max(x + y, 0)"""
    for j in range(out.size):
        a = x[j] + y[j]
        out[j] = single(0) if a < 0 else a  # nan stays


def rnn_return(g: Any, h: Any, out: Any, weight: Any, relu: Any, active: Any) -> Any:
    """The gradients of x and h."""
    if not made_for(g, h, weight, out, active):
        return NotImplemented
    d, dh, panels, runs = np.empty_like(out), np.zeros_like(h), panels_of(weight), running(active, g)
    in_parts(rnn_steps_back, panels, h[:, :0], g, out, relu, runs, d, dh)
    return d, dh


@jit
def rnn_steps_back(
    rows: Any, sums: Any, panels: Any, start: int, stop: int, g: Any, states: Any, relu: Any, runs: Any, d: Any, dh: Any
) -> None:
    """The way back of the sequences from `start` to `stop`."""
    size = dh.shape[1]
    for t in range(g.shape[0] - 1, -1, -1):
        for n in range(stop - start):
            up = dh[start + n]
            add(g[t, start + n], up)
            if runs[t, start + n] == 0:
                rows[n] = 0
            elif relu:
                through_relu(up, states[t, start + n], rows[n])
            else:
                through_tanh_alone(up, states[t, start + n], rows[n])
            copy(rows[n], d[t, start + n])
        multiply(rows, panels, sums)
        for n in range(stop - start):
            if runs[t, start + n] != 0:
                copy(sums[n, :size], dh[start + n])


@inner
def through_relu(g: Any, out: Any, d: Any) -> None:
    """g where max(.., 0) is above 0"""
    for j in range(d.size):
        d[j] = g[j] if out[j] > 0 else g[j] * single(0)


@inner
def through_tanh_alone(g: Any, t: Any, out: Any) -> None:
    """g times the slope of t = tanh(..)"""
    for j in range(out.size):
        out[j] = g[j] * (ONE - t[j] * t[j])

"""Recurrent layers: one direction of one layer over all time steps, as one op each.

T time steps, N sequences, I numbers in the input, H in the state, G = H rows of each weight (3 H for a GRU, 4 H for an
LSTM). `active` (T, N, 1), 1 or 0, says which sequences are still running at a step; the state of the others stays.

Each op has a step, the formula, in operators: where the gradient itself is recorded, it comes from that. On arrays
there are a walk through time and a way back, which write into arrays for all steps and have kernels. All rules of an op
need the same way back: the first one goes it and leaves the result in `kept`, a list that belongs to the call.

Text has few different characters: where the inputs are few different rows again and again, a product with the input's
weight is computed for these alone (`distinct`), and so is the gradient of that weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import engine
from ..kernels import definition
from ..kernels.threads import share
from .contraction import flat, linear_bias
from .movement import clone
from .primitive import Array, primitive
from .repeated import distinct, gradients_of, products_of

Step = Callable[..., Any]
LEAST = 1 << 12  # elements of the gates from which on the kernels pay


def over_time(step: Step, inputs: tuple[Any, ...], state: Sequence[Any], active: Any, *rest: Any) -> list[Any]:
    """The states after each step, in operators. `inputs`: x, the input's weight and its bias, or None."""
    x, weight, bias = inputs
    x = x @ weight.T if bias is None else x @ weight.T + bias
    states = []
    for t in range(len(x)):
        new = step(x[t], *state, *rest)
        if active is not None:
            new = tuple(s + active[t] * (n - s) for n, s in zip(new, state, strict=True))
        state = new
        states.append(state)
    return states


def in_parts(walk: Callable[[int, int], None], steps: int, count: int, width: int) -> None:
    """walk(start, stop) over all sequences, which don't depend on each other: each thread goes all the way with some.

    The parts of a step, so many numbers wide, should be long enough that threads don't wait for the interpreter.
    """
    share(walk, count, max(8, (1 << 13) // max(width, 1)) if steps > 1 else count + 1)


def shared(g: Array, inputs: Sequence[Any], kept: Any, back: Callable[[], Any], formula: Step, place: int) -> Array:
    """The gradient of inputs[place]: from `back`, once for all of them, or recorded, from the formula.

    `back` gives a gradient, or a function that computes it, for each input.
    """
    if any(isinstance(x, engine.box) for x in inputs):
        return recorded(g, inputs, formula, place)
    if kept and len(kept) == 2 and kept[1][0] is g:
        gradients = kept[1][1]
    else:
        gradients = back()
        if kept is not None:
            kept[1:] = [(g, gradients)]
    gradient = gradients[place]
    return gradient() if callable(gradient) else gradient


def recorded(g: Any, inputs: Sequence[Any], formula: Step, place: int) -> Any:
    """The gradient of inputs[place] as a Tensor with a graph: that of the formula, computed op by op."""
    copies: list[Any] = [
        clone(x) if isinstance(x, engine.box) else x for x in inputs
    ]  # so that a way round them does not count
    out, target = formula(*copies), copies[place].node
    ((_, h),) = engine.walk({out.node: g}, create_graph=True, retain_graph=True, inputs={target})
    return h


def product_gradient(d: Array, first: Array, states: Array) -> Array:
    """The gradient of W in h W^T over all steps: (T, N, G) and the h before each, (N, H) and (T, N, H) -> (G, H)."""
    out = flat(d[1:]).T.dot(flat(states[:-1]))
    if np.any(first):  # mostly the first states are zeros
        out += d[0].T.dot(first)
    return out


# ---- RNN -----------------------------------------------------------------------------------------------------------


def rnn_step(x: Array, h: Array, weight: Array, relu: bool) -> Any:
    """h' = tanh(x + W h), or max(x + W h, 0)"""
    a = x + h @ weight.T
    return (np.maximum(a, 0) if relu else np.tanh(a),)


def rnn_formula(inputs: Any, h: Array, weight: Array, relu: bool, active: Any) -> Any:
    """All states, stacked."""
    return np.stack([s[0] for s in over_time(rnn_step, inputs, (h,), active, weight, relu)])


@definition("numba_recurrent", least=LEAST)
def rnn_walk(
    out: Any, x: Any, number: Any, weight_ih: Any, bias: Any, h: Any, weight: Any, relu: Any, active: Any
) -> Any:
    """All states, written into `out`: see rnn_step; x and its number: see `distinct`."""
    columns, products = np.ascontiguousarray(weight.T), products_of(x, number, weight_ih, bias)

    def walk(start: int, stop: int) -> None:
        part, state = slice(start, stop), h[start:stop]
        for t in range(len(out)):
            new = np.dot(state, columns, out=out[t, part])
            new += products(t, part)
            np.maximum(new, 0, out=new) if relu else np.tanh(new, out=new)
            if active is not None:
                new[:] = state + active[t, part] * (new - state)
            state = new

    in_parts(walk, len(out), len(h), out.shape[-1])


@primitive(indexed=True)
def rnn(
    x: Array, h: Array, weight_ih: Array, weight: Array, bias: Array = None, relu: bool = False, active: Any = None,
    kept: Any = None,
) -> Array:  # fmt: skip
    """h_t = tanh(V x_t + b + W h_t-1) or, with `relu`, max(.., 0).

    (T, N, I), (N, H), (H, I), (H, H), (H,) -> (T, N, H).
    """
    rows, out = distinct(x, len(weight)), np.empty((*x.shape[:2], len(weight)), x.dtype)
    rnn_walk(out, *rows, weight_ih, bias, h, weight, relu, active)
    if kept is not None:
        kept.append(rows)
    return out


@definition("numba_recurrent", least=LEAST)
def rnn_return(g: Any, h: Any, out: Any, weight: Any, relu: Any, active: Any) -> Any:
    """The gradients of x and h."""
    d, dh = np.empty_like(out, order="C"), np.zeros_like(h, order="C")

    def walk(start: int, stop: int) -> None:
        part = slice(start, stop)
        for t in range(len(g) - 1, -1, -1):
            up, new, slope = dh[part], d[t, part], out[t, part]
            up += g[t, part]
            np.multiply(up, slope > 0 if relu else 1 - slope * slope, out=new)
            if active is None:
                np.dot(new, weight, out=up)
            else:
                new *= active[t, part]
                up *= 1 - active[t, part]
                up += new.dot(weight)

    in_parts(walk, len(g), len(h), g.shape[-1])
    return d, dh


def rnn_rule(place: int) -> Any:
    """The rule of one input."""

    def rule(
        g: Array, x: Array, h: Array, weight_ih: Array, weight: Array, bias: Array, relu: bool, active: Any, kept: Any,
        out: Array,
    ) -> Array:  # fmt: skip
        def back() -> Any:
            d, dh = rnn_return(g, h, out, weight, relu, active)
            rows = kept[0] if kept else distinct(x, len(weight))
            dx, dv, db = gradients_of(d, rows, weight_ih)
            return dx, dh, dv, product_gradient(d, h, out), db

        def formula(x: Any, h: Any, v: Any, w: Any, b: Any) -> Any:
            return rnn_formula((x, v, b), h, w, relu, active)

        return shared(g, (x, h, weight_ih, weight, bias), kept, back, formula, place)

    return rule


rnn.rule(x=rnn_rule(0), h=rnn_rule(1), weight_ih=rnn_rule(2), weight=rnn_rule(3), bias=rnn_rule(4))


# ---- GRU -----------------------------------------------------------------------------------------------------------


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), as a tanh: one function of NumPy that can't overflow."""
    return np.tanh(x * 0.5) * 0.5 + 0.5


def gru_step(x: Array, h: Array, weight: Array, bias_hh: Array) -> Any:
    """h' = n + z (h - n), with r and z = sigmoid(x + W h + b) and n = tanh(x + r (W h + b))"""
    size = h.shape[-1]
    y = h @ weight.T
    if bias_hh is not None:
        y = y + bias_hh
    gates = sigmoid(x[:, : 2 * size] + y[:, : 2 * size])  # (N, 2 H): r, z
    n = np.tanh(x[:, 2 * size :] + gates[:, :size] * y[:, 2 * size :])
    return (n + gates[:, size:] * (h - n),)


def gru_formula(inputs: Any, h: Array, weight: Array, bias_hh: Array, active: Any) -> Any:
    """All states, stacked."""
    return np.stack([s[0] for s in over_time(gru_step, inputs, (h,), active, weight, bias_hh)])


@definition("numba_recurrent", least=LEAST)
def gru_walk(
    gates: Any, x: Any, number: Any, weight_ih: Any, bias: Any, h: Any, weight: Any, bias_hh: Any, active: Any
) -> Any:
    """All states and the last third of W h + b (T, N, H); writes the gates r, z, n (T, N, 3 H): see gru_step."""
    size = h.shape[-1]
    out, ys = (np.empty((*gates.shape[:2], size), x.dtype) for _ in range(2))
    columns, products = np.ascontiguousarray(weight.T), products_of(x, number, weight_ih, bias)

    def walk(start: int, stop: int) -> None:
        part, state = slice(start, stop), h[start:stop]
        for t in range(len(gates)):
            gate, inputs = np.dot(state, columns, out=gates[t, part]), products(t, part)
            if bias_hh is not None:
                gate += bias_hh
            both, n = gate[:, : 2 * size], gate[:, 2 * size :]
            ys[t, part] = n
            both += inputs[:, : 2 * size]
            both *= 0.5  # the sigmoid
            np.tanh(both, out=both)
            both *= 0.5
            both += 0.5
            n *= both[:, :size]
            n += inputs[:, 2 * size :]
            np.tanh(n, out=n)
            new = np.subtract(state, n, out=out[t, part])
            new *= both[:, size:]
            new += n
            if active is not None:
                new[:] = state + active[t, part] * (new - state)
            state = new

    in_parts(walk, len(gates), len(h), gates.shape[-1])
    return out, ys


def gru_all(x: Array, h: Array, weight_ih: Array, weight: Array, bias: Any, bias_hh: Any, active: Any) -> Any:
    """All states, and what the way back needs: the inputs' rows, the gates, and what r is multiplied with."""
    rows, gates = distinct(x, len(weight)), np.empty((*x.shape[:2], len(weight)), x.dtype)
    out, ys = gru_walk(gates, *rows, weight_ih, bias, h, weight, bias_hh, active)
    return out, rows, gates, ys


@primitive(indexed=True)
def gru(
    x: Array, h: Array, weight_ih: Array, weight: Array, bias: Array = None, bias_hh: Array = None, active: Any = None,
    kept: Any = None,
) -> Array:  # fmt: skip
    """h_t = (1 - z) n + z h_t-1, see gru_step.

    (T, N, I), (N, H), (3 H, I), (3 H, H), (3 H,), (3 H,) -> (T, N, H).
    """
    out, *rest = gru_all(x, h, weight_ih, weight, bias, bias_hh, active)
    if kept is not None:
        kept.append(rest)
    return out


@definition("numba_recurrent", least=LEAST)
def gru_return(g: Any, h: Any, out: Any, gates: Any, ys: Any, weight: Any, active: Any) -> Any:
    """The gradients of x, of W h + b and of h."""
    size = h.shape[-1]
    d, e, dh = np.empty_like(gates, order="C"), np.empty_like(gates, order="C"), np.zeros_like(h, order="C")

    def walk(start: int, stop: int) -> None:
        part = slice(start, stop)
        for t in range(len(g) - 1, -1, -1):
            up, new, through = dh[part], d[t, part], e[t, part]
            r, z, n = (gates[t, part, k * size : (k + 1) * size] for k in range(3))
            up += g[t, part]
            run = up if active is None else up * active[t, part]
            dr, dz, dn = (new[:, k * size : (k + 1) * size] for k in range(3))
            np.multiply(run, (1 - z) * (1 - n * n), out=dn)
            np.multiply(run, ((out[t - 1, part] if t else h[part]) - n) * (z * (1 - z)), out=dz)
            np.multiply(dn, ys[t, part] * (r * (1 - r)), out=dr)
            through[:] = new
            through[:, 2 * size :] *= r
            back = through.dot(weight)
            back += run * z
            if active is not None:
                back += up * (1 - active[t, part])
            up[:] = back

    in_parts(walk, len(g), len(h), gates.shape[-1])
    return d, e, dh


def gru_rule(place: int) -> Any:
    """The rule of one input."""

    def rule(
        g: Array, x: Array, h: Array, weight_ih: Array, weight: Array, bias: Array, bias_hh: Array, active: Any,
        kept: Any, out: Array,
    ) -> Array:  # fmt: skip
        inputs = (x, h, weight_ih, weight, bias, bias_hh)

        def back() -> Any:
            rows, gates, ys = kept[0] if kept else gru_all(*inputs, active)[1:]
            d, e, dh = gru_return(g, h, out, gates, ys, weight, active)
            dx, dv, db = gradients_of(d, rows, weight_ih)
            return dx, dh, dv, product_gradient(e, h, out), db, lambda: linear_bias(flat(e))

        def formula(x: Any, h: Any, v: Any, w: Any, b: Any, b_hh: Any) -> Any:
            return gru_formula((x, v, b), h, w, b_hh, active)

        return shared(g, inputs, kept, back, formula, place)

    return rule


gru.rule(x=gru_rule(0), h=gru_rule(1), weight_ih=gru_rule(2), weight=gru_rule(3), bias=gru_rule(4), bias_hh=gru_rule(5))


# ---- LSTM ----------------------------------------------------------------------------------------------------------


def lstm_step(x: Array, h: Array, c: Array, weight: Array, projection: Array) -> Any:
    """c' = f c + i g and h' = o tanh(c'), projected; i, f, o = sigmoid(x + W h), g = tanh(x + W h)"""
    size = c.shape[-1]
    i, f, g, o = ((x + h @ weight.T)[:, k * size : (k + 1) * size] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h if projection is None else h @ projection.T, c


def lstm_formula(inputs: Any, h: Array, c: Array, weight: Array, projection: Array, active: Any) -> Any:
    """All h and the last c, flat."""
    states = over_time(lstm_step, inputs, (h, c), active, weight, projection)
    return np.concatenate([np.stack([s[0] for s in states]).reshape(-1), states[-1][1].reshape(-1)])


@definition("numba_recurrent", least=LEAST)
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
    """All h and the last c, flat; all c (T, N, H); writes all gates i, f, g, o (T, N, 4 H): see lstm_step.

    `half` (4 H,) is 1/2 for i, f and o, 1 for g: sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, so that one call does all four.
    """
    size, steps = c.shape[-1], len(gates)
    out, cells = np.empty(steps * h.size + c.size, x.dtype), np.empty((steps, *c.shape), x.dtype)
    states, last = split(out, (steps, *h.shape), c.shape)
    columns, products = np.ascontiguousarray(weight.T), products_of(x, number, weight_ih, bias)
    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), size)
    rest = 1 - half

    def walk(start: int, stop: int) -> None:
        part, state, previous = slice(start, stop), h[start:stop], c[start:stop]
        for t in range(steps):
            gate, new, cell = gates[t, part], states[t, part], cells[t, part]
            np.dot(state, columns, out=gate)
            gate += products(t, part)
            gate *= half
            np.tanh(gate, out=gate)
            gate *= half
            gate += rest
            i, f, g, o = (gate[:, k * size : (k + 1) * size] for k in range(4))
            np.multiply(f, previous, out=cell)
            cell += i * g
            bounded = np.tanh(cell)
            bounded *= o
            new[:] = bounded if projection is None else bounded.dot(projection.T)
            if active is not None:
                new[:] = state + active[t, part] * (new - state)
                cell[:] = previous + active[t, part] * (cell - previous)
            state, previous = new, cell

    in_parts(walk, steps, len(h), gates.shape[-1])
    last[:] = cells[-1]
    return out, cells


def split(flat: Any, states: tuple[int, ...], cell: tuple[int, ...]) -> tuple[Any, Any]:
    """All h and the last c, of which `flat` is one behind the other."""
    end = math.prod(states)
    return flat[:end].reshape(states), flat[end:].reshape(cell)


def lstm_all(
    x: Array, h: Array, c: Array, weight_ih: Array, weight: Array, bias: Any, projection: Any, active: Any
) -> Any:
    """All h and the last c, flat, and what the way back needs: the inputs' rows, the gates and all c."""
    rows, gates = distinct(x, len(weight)), np.empty((*x.shape[:2], len(weight)), x.dtype)
    out, cells = lstm_walk(gates, *rows, weight_ih, bias, h, c, weight, projection, active)
    return out, rows, gates, cells


@primitive(indexed=True)
def lstm(
    x: Array, h: Array, c: Array, weight_ih: Array, weight: Array, bias: Array = None, projection: Array = None,
    active: Any = None, kept: Any = None,
) -> Array:  # fmt: skip
    """All h_t and the last c_t, flat: see lstm_step.

    (T, N, I), (N, P), (N, H), (4 H, I), (4 H, P), (4 H,), (P, H) -> (T N P + N H,), where P is H without a projection.
    """
    out, *rest = lstm_all(x, h, c, weight_ih, weight, bias, projection, active)
    if kept is not None:
        kept.append(rest)
    return out


@definition("numba_recurrent", least=LEAST)
def lstm_return(g: Any, dc: Any, gates: Any, cells: Any, c: Any, weight: Any, projection: Any, active: Any) -> Any:
    """The gradients of x, h and c from those of all h' (g) and of the last c' (dc); and of what is projected."""
    size = c.shape[-1]
    d, dh, dc = np.empty_like(gates, order="C"), np.zeros_like(g[0], order="C"), dc.copy(order="C")
    projected: Any = None if projection is None else np.empty_like(g, order="C")

    def walk(start: int, stop: int) -> None:
        part = slice(start, stop)
        for t in range(len(g) - 1, -1, -1):
            up, over, new, gate = dh[part], dc[part], d[t, part], gates[t, part]
            i, f, h, o = (gate[:, k * size : (k + 1) * size] for k in range(4))
            up += g[t, part]
            run = up if active is None else up * active[t, part]
            if projection is not None:
                projected[t, part] = run
            to_h = run if projection is None else run.dot(projection)
            bounded = np.tanh(cells[t, part])
            through = to_h * o
            through *= 1 - bounded * bounded
            through += over if active is None else over * active[t, part]
            np.subtract(1, gate, out=new)  # the slopes of the gates with respect to their arguments,
            new *= gate
            new[:, 2 * size : 3 * size] = 1 - h * h
            # times what comes to the gates from c (i, f, g) or o tanh(c) (o).
            for k, factor in enumerate((h, cells[t - 1, part] if t else c[part], i)):
                new[:, k * size : (k + 1) * size] *= through * factor
            new[:, 3 * size :] *= to_h * bounded
            through *= f
            if active is None:
                np.dot(new, weight, out=up)
                over[:] = through
            else:
                up[:] = new.dot(weight) + up * (1 - active[t, part])
                over[:] = through + over * (1 - active[t, part])

    in_parts(walk, len(g), len(c), gates.shape[-1])
    return d, dh, dc, projected


def lstm_rule(place: int) -> Any:
    """The rule of one input."""

    def rule(
        g: Array, x: Array, h: Array, c: Array, weight_ih: Array, weight: Array, bias: Array, projection: Array,
        active: Any, kept: Any, out: Array,
    ) -> Array:  # fmt: skip
        inputs = (x, h, c, weight_ih, weight, bias, projection)

        def back() -> Any:
            rows, gates, cells = kept[0] if kept else lstm_all(*inputs, active)[1:]
            shape = (len(x), *h.shape)
            states, (up, last) = split(out, shape, c.shape)[0], split(g, shape, c.shape)
            d, dh, dc, projected = lstm_return(up, last, gates, cells, c, weight, projection, active)
            dx, dv, db = gradients_of(d, rows, weight_ih)
            dp = None
            if projection is not None:
                dp = flat(projected).T.dot(flat(gates[..., 3 * c.shape[-1] :] * np.tanh(cells)))
            return dx, dh, dc, dv, product_gradient(d, h, states), db, dp

        def formula(x: Any, h: Any, c: Any, v: Any, w: Any, b: Any, p: Any) -> Any:
            return lstm_formula((x, v, b), h, c, w, p, active)

        return shared(g, inputs, kept, back, formula, place)

    return rule


lstm.rule(
    x=lstm_rule(0), h=lstm_rule(1), c=lstm_rule(2), weight_ih=lstm_rule(3), weight=lstm_rule(4), bias=lstm_rule(5),
    projection=lstm_rule(6),
)  # fmt: skip

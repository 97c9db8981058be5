"""Recurrent layers: one direction of one layer over all time steps, as one op each.

T time steps, N sequences, H numbers in the state. `x` holds the input products of all steps, x W_ih^T + b_ih, computed
before in one matrix product: (T, N, H), with 3 H for a GRU and 4 H for an LSTM. `active` (T, N, 1), 1 or 0, says which
sequences are still running at a step; the state of the others stays.

Each op has a step, the formula, and a way back through time, which goes over arrays only. Where the gradient itself is
recorded, it comes from the formula instead. All rules of an op need the same walk through time: the first one walks and
leaves the result in `kept`, a list that belongs to the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import engine
from .contraction import flat
from .movement import clone
from .primitive import Array, primitive

Step = Callable[..., Any]


def over_time(step: Step, x: Array, state: Sequence[Any], active: Any, *rest: Any) -> tuple[list[Any], list[Any]]:
    """The states after each step, and what else the step returns, as two lists."""
    states, extras = [], []
    for t in range(len(x)):
        new, extra = step(x[t], *state, *rest)
        if active is not None:
            new = tuple(s + active[t] * (n - s) for n, s in zip(new, state, strict=True))
        state = new
        states.append(state)
        extras.append(extra)
    return states, extras


def shared(g: Array, inputs: Sequence[Any], kept: Any, back: Callable[[], Any], formula: Step, place: int) -> Array:
    """The gradient of inputs[place]: from `back`, once for all of them, or recorded, from the formula."""
    if any(isinstance(x, engine.box) for x in inputs):
        return recorded(g, inputs, formula, place)
    if kept and len(kept) == 2 and kept[1][0] is g:
        return kept[1][1][place]
    gradients = back()
    if kept is not None:
        kept[1:] = [(g, gradients)]
    return gradients[place]


def recorded(g: Any, inputs: Sequence[Any], formula: Step, place: int) -> Any:
    """The gradient of inputs[place] as a Tensor with a graph: that of the formula, computed op by op."""
    copies: list[Any] = [
        clone(x) if isinstance(x, engine.box) else x for x in inputs
    ]  # so that a way round them does not count
    out, target = formula(*copies), copies[place].node
    ((_, h),) = engine.walk({out.node: g}, create_graph=True, retain_graph=True, inputs={target})
    return h


def before(first: Array, states: Array) -> Array:
    """The state before each step: (N, H) and (T, N, H) -> (T, N, H)."""
    return np.concatenate([first[None], states[:-1]])


def product_gradient(d: Array, h: Array) -> Array:
    """The gradient of W in h W^T over all steps: (T, N, G), (T, N, H) -> (G, H)."""
    return flat(d).T.dot(flat(h))


# ---- RNN -----------------------------------------------------------------------------------------------------------


def rnn_step(x: Array, h: Array, weight: Array, relu: bool) -> Any:
    """h' = tanh(x + W h), or max(x + W h, 0)"""
    a = x + h @ weight.T
    return (np.maximum(a, 0) if relu else np.tanh(a),), None


def rnn_formula(x: Array, h: Array, weight: Array, relu: bool, active: Any) -> Any:
    """All states, stacked."""
    return np.stack([s[0] for s in over_time(rnn_step, x, (h,), active, weight, relu)[0]])


@primitive()
def rnn(x: Array, h: Array, weight: Array, relu: bool = False, active: Any = None, kept: Any = None) -> Array:
    """h_t = tanh(x_t + W h_t-1) or, with `relu`, max(.., 0): (T, N, H), (N, H), (H, H) -> (T, N, H)."""
    if kept is not None:
        kept.append(None)
    return rnn_formula(x, h, weight, relu, active)


def rnn_back(g: Array, h: Array, weight: Array, relu: bool, active: Any, out: Array) -> Any:
    """The gradients of x, h and weight."""
    slope = (out > 0).astype(out.dtype) if relu else 1 - out * out
    if active is not None:
        slope *= active
    d, dh = np.empty_like(out), np.zeros_like(h)
    for t in range(len(g) - 1, -1, -1):
        dh = g[t] + dh
        np.multiply(dh, slope[t], out=d[t])
        back = d[t].dot(weight)
        dh = back if active is None else back + dh * (1 - active[t])
    return d, dh, product_gradient(d, before(h, out))


def rnn_rule(place: int) -> Any:
    """The rule of one input."""

    def rule(g: Array, x: Array, h: Array, weight: Array, relu: bool, active: Any, kept: Any, out: Array) -> Array:
        return shared(
            g, (x, h, weight), kept, lambda: rnn_back(g, h, weight, relu, active, out),
            lambda x, h, weight: rnn_formula(x, h, weight, relu, active), place,
        )  # fmt: skip

    return rule


rnn.rule(x=rnn_rule(0), h=rnn_rule(1), weight=rnn_rule(2))


# ---- GRU -----------------------------------------------------------------------------------------------------------


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), as a tanh: one function of NumPy that can't overflow."""
    return np.tanh(x * 0.5) * 0.5 + 0.5


def gru_step(x: Array, h: Array, weight: Array, bias: Array) -> Any:
    """h' = n + z (h - n), with r and z = sigmoid(x + W h + b) and n = tanh(x + r (W h + b))"""
    size = h.shape[-1]
    y = h @ weight.T
    if bias is not None:
        y = y + bias
    gates = sigmoid(x[:, : 2 * size] + y[:, : 2 * size])  # (N, 2 H): r, z
    y = y[:, 2 * size :]
    n = np.tanh(x[:, 2 * size :] + gates[:, :size] * y)
    return (n + gates[:, size:] * (h - n),), (gates, n, y)


def gru_formula(x: Array, h: Array, weight: Array, bias: Array, active: Any, kept: Any = None) -> Any:
    """All states, stacked; gates, n and y of all steps go into `kept`."""
    states, extras = over_time(gru_step, x, (h,), active, weight, bias)
    if kept is not None:
        kept.append([np.stack(parts) for parts in zip(*extras, strict=True)])
    return np.stack([s[0] for s in states])


@primitive()
def gru(x: Array, h: Array, weight: Array, bias: Array = None, active: Any = None, kept: Any = None) -> Array:
    """h_t = (1 - z) n + z h_t-1 (see gru_step): (T, N, 3 H), (N, H), (3 H, H), (3 H,) -> (T, N, H)."""
    return gru_formula(x, h, weight, bias, active, kept)


def gru_back(g: Array, x: Array, h: Array, weight: Array, bias: Any, active: Any, kept: Any, out: Array) -> Any:
    """The gradients of x, h, weight and bias."""
    if not kept:
        gru_formula(x, h, weight, bias, active, kept := [])
    gates, n, y = kept[0]
    size, previous = h.shape[-1], before(h, out)
    r, z = gates[..., :size], gates[..., size:]
    to_n = (1 - z) * (1 - n * n)  # dh -> the argument of n, of z and (by way of n's) of r
    to_z = (previous - n) * (z * (1 - z))
    to_r = y * (r * (1 - r))
    d, dh = np.empty_like(x), np.zeros_like(h)
    e = np.empty_like(h, shape=(len(h), 3 * size))  # the gradient of W h + b
    for t in range(len(g) - 1, -1, -1):
        dh = g[t] + dh
        run = dh if active is None else dh * active[t]
        dn = np.multiply(run, to_n[t], out=d[t, :, 2 * size :])
        np.multiply(run, to_z[t], out=d[t, :, size : 2 * size])
        np.multiply(dn, to_r[t], out=d[t, :, :size])
        e[:, : 2 * size] = d[t, :, : 2 * size]
        np.multiply(dn, r[t], out=e[:, 2 * size :])
        back = e.dot(weight) + run * z[t]
        dh = back if active is None else back + dh * (1 - active[t])
    de = d.copy()
    de[..., 2 * size :] *= r
    return d, dh, product_gradient(de, previous), flat(de).sum(axis=0)


def gru_rule(place: int) -> Any:
    """The rule of one input."""

    def rule(g: Array, x: Array, h: Array, weight: Array, bias: Array, active: Any, kept: Any, out: Array) -> Array:
        return shared(
            g, (x, h, weight, bias), kept, lambda: gru_back(g, x, h, weight, bias, active, kept, out),
            lambda x, h, weight, bias: gru_formula(x, h, weight, bias, active), place,
        )  # fmt: skip

    return rule


gru.rule(x=gru_rule(0), h=gru_rule(1), weight=gru_rule(2), bias=gru_rule(3))


# ---- LSTM ----------------------------------------------------------------------------------------------------------


def lstm_step(x: Array, h: Array, c: Array, weight: Array, projection: Array, half: Array) -> Any:
    """c' = f c + i g and h' = o tanh(c'), projected; i, f, o = sigmoid(x + W h), g = tanh(x + W h)

    `half` (4 H,) is 1/2 for i, f and o, 1 for g: sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, so that one call does all four.
    """
    size = c.shape[-1]
    gates = np.tanh((x + h @ weight.T) * half) * half + (1 - half)  # (N, 4 H): i, f, g, o
    i, f, g, o = (gates[:, k * size : (k + 1) * size] for k in range(4))
    c = f * c + i * g
    h = o * np.tanh(c)
    return (h if projection is None else h @ projection.T, c), gates


def lstm_formula(x: Array, h: Array, c: Array, weight: Array, projection: Array, active: Any, kept: Any = None) -> Any:
    """All states, h and c side by side; the gates of all steps go into `kept`."""
    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), c.shape[-1])
    states, extras = over_time(lstm_step, x, (h, c), active, weight, projection, half)
    if kept is not None:
        kept.append(np.stack(extras))
    return np.concatenate([np.stack([s[0] for s in states]), np.stack([s[1] for s in states])], axis=-1)


@primitive()
def lstm(
    x: Array, h: Array, c: Array, weight: Array, projection: Array = None, active: Any = None, kept: Any = None
) -> Array:
    """h_t and c_t side by side (see lstm_step): (T, N, 4 H), (N, P), (N, H), (4 H, P), (P, H) -> (T, N, P + H).

    P is H without a projection.
    """
    return lstm_formula(x, h, c, weight, projection, active, kept)


def lstm_back(
    grad: Array, x: Array, h: Array, c: Array, weight: Array, projection: Array, active: Any, kept: Any, out: Array
) -> Any:
    """The gradients of x, h, c, weight and projection."""
    if not kept:
        lstm_formula(x, h, c, weight, projection, active, kept := [])
    gates, width, size = kept[0], h.shape[-1], c.shape[-1]
    i, f, g, o = (gates[..., k * size : (k + 1) * size] for k in range(4))
    previous = before(c, out[..., width:])
    bounded = np.tanh(f * previous + i * g)
    to_c = o * (1 - bounded * bounded)
    slopes = (1 - gates) * gates  # of the gates with respect to their arguments,
    slopes[..., 2 * size : 3 * size] = 1 - g * g
    # times what the gradient of c (i, f, g) or of o tanh(c) (o) is multiplied by on its way to each.
    for k, factor in enumerate((g, previous, i, bounded)):
        slopes[..., k * size : (k + 1) * size] *= factor
    d, dh, dc = np.empty_like(x), np.zeros_like(h), np.zeros_like(c)
    projected = np.empty_like(out[..., :width])
    for t in range(len(grad) - 1, -1, -1):
        dh, dc = grad[t, :, :width] + dh, grad[t, :, width:] + dc
        run_h, run_c = (dh, dc) if active is None else (dh * active[t], dc * active[t])
        projected[t] = run_h
        to_h = run_h if projection is None else run_h.dot(projection)
        run_c = run_c + to_h * to_c[t]
        d4, slope = d[t].reshape(-1, 4, size), slopes[t].reshape(-1, 4, size)
        np.multiply(slope[:, :3], run_c[:, None], out=d4[:, :3])
        np.multiply(slope[:, 3], to_h, out=d4[:, 3])
        back, run_c = d[t].dot(weight), run_c * f[t]
        dh = back if active is None else back + dh * (1 - active[t])
        dc = run_c if active is None else run_c + dc * (1 - active[t])
    dw = product_gradient(d, before(h, out[..., :width]))
    return d, dh, dc, dw, None if projection is None else product_gradient(projected, o * bounded)


def lstm_rule(place: int) -> Any:
    """The rule of one input."""

    def rule(
        g: Array, x: Array, h: Array, c: Array, weight: Array, projection: Array, active: Any, kept: Any, out: Array
    ) -> Array:
        inputs = (x, h, c, weight, projection)
        return shared(
            g, inputs, kept, lambda: lstm_back(g, *inputs, active, kept, out),
            lambda x, h, c, w, p: lstm_formula(x, h, c, w, p, active), place,
        )  # fmt: skip

    return rule


lstm.rule(x=lstm_rule(0), h=lstm_rule(1), c=lstm_rule(2), weight=lstm_rule(3), projection=lstm_rule(4))

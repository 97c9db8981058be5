"""Recurrent networks: RNN, LSTM, GRU over sequences, and the cells of one step.

T time steps, N sequences, H numbers in the state, D directions. All weights and biases are drawn from the uniform
distribution on [-1/sqrt(H), 1/sqrt(H)].
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import functions
from ..ops import indexing
from ..ops import recurrent as ops
from ..tensor import Tensor
from . import init
from .functions import dropout as F
from .module import Module
from .parameter import Parameter, dtype_of
from .utils.rnn import PackedSequence

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "GRU": 3, "LSTM": 4}


def _one_layer(mode: str, x: Any, state: tuple[Any, ...], weights: tuple[Any, ...], active: Any) -> tuple[Any, Any]:
    """The states of one direction of one layer (T, N, P), and the last state, a tuple of (N, P) and (N, H).

    `weights`: weight_ih, weight_hh, bias_ih, bias_hh (None without) and weight_hr (None without projection).
    """
    weight_ih, weight_hh, bias_ih, bias_hh, weight_hr = weights
    if mode == "GRU":
        out = ops.gru(x, state[0], weight_ih, weight_hh, bias_ih, bias_hh, active, [])
        return out, (out[-1],)
    bias = None if bias_ih is None else bias_ih + bias_hh
    if mode == "LSTM":
        flat = ops.lstm(x, *state, weight_ih, weight_hh, bias, weight_hr, active, [])
        out, last = ops.split(flat, (len(x), *state[0].shape), state[1].shape)
        return out, (out[-1], last)
    out = ops.rnn(x, state[0], weight_ih, weight_hh, bias, mode == "RNN_RELU", active, [])
    return out, (out[-1],)


def apply_permutation(tensor: Any, permutation: Any, dim: int = 1) -> Any:
    """The Tensor with the places along `dim` in another order."""
    return functions.index_select(tensor, dim, permutation)


class RNNBase(Module):
    """Layers of one kind of recurrent network: (T, N, input_size) -> (T, N, D H) and the last state of each layer.

    With batch_first (N, T, ...), unbatched (T, ...); a PackedSequence gives one. `dropout` acts between the layers.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = self._get_name()
        dtype = dtype_of(name, dtype, device)
        F.check_probability(dropout, name)
        if hidden_size <= 0 or num_layers <= 0:
            raise ValueError(
                f"{name}: hidden_size={hidden_size}, num_layers={num_layers}: they must be greater than zero"
            )
        if not 0 <= proj_size < hidden_size or (proj_size and mode != "LSTM"):
            raise ValueError(
                f"{name}: proj_size={proj_size}, hidden_size={hidden_size}: proj_size has to be smaller than "
                f"hidden_size, and is for LSTM only"
            )
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        self._directions = 2 if bidirectional else 1
        self._width = proj_size or hidden_size  # of h
        rows = GATES[mode] * hidden_size
        for layer in range(num_layers):
            columns = input_size if layer == 0 else self._width * self._directions
            for suffix in self._suffixes(layer):
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (rows, columns),
                    "weight_hh": (rows, self._width),
                    "bias_ih": (rows,),
                    "bias_hh": (rows,),
                    "weight_hr": (proj_size, hidden_size),
                }
                for kind, shape in shapes.items():
                    if (bias or "bias" not in kind) and (proj_size or kind != "weight_hr"):
                        values = np.empty(shape, dtype)
                        self.register_parameter(kind + suffix, Parameter(values))
        self.reset_parameters()

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: self._directions]

    def _weights(self, suffix: str) -> tuple[Any, ...]:
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        # As attributes: a weight may be computed from others, by weight_norm for instance.
        return tuple(getattr(self, kind + suffix, None) for kind in kinds)

    @property
    def all_weights(self) -> list[list[Any]]:
        """For each layer and direction, its parameters."""
        layers = [self._suffixes(layer) for layer in range(self.num_layers)]
        return [[w for w in self._weights(suffix) if w is not None] for suffixes in layers for suffix in suffixes]

    @property
    def _all_weights(self) -> list[list[str]]:
        """The same as names."""
        kinds = ["weight_ih", "weight_hh", *["bias_ih", "bias_hh"] * self.bias, *["weight_hr"] * bool(self.proj_size)]
        layers = [self._suffixes(layer) for layer in range(self.num_layers)]
        return [[kind + suffix for kind in kinds] for suffixes in layers for suffix in suffixes]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name) for name in self._flat_weights_names]

    def reset_parameters(self) -> None:
        """Draw all weights and biases anew."""
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing to do: that is for GPUs."""

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The output of the last layer at each step, and the last states: (D num_layers, N, H), for LSTM two of them.

        hx: the states before the first step, in the same shape; zeros if not given.
        """
        if isinstance(input, PackedSequence):
            return self._packed(input, hx)
        x = Tensor._constant(input)
        self._check_input(x)
        batched = x.ndim == 3
        axis = 0 if self.batch_first else 1
        x = x.unsqueeze(axis) if not batched else x
        state = self._states(hx, x.shape[axis], x.dtype, batched)
        out, last = self._layers(x.swapaxes(0, 1) if self.batch_first else x, state, None)
        out = out.swapaxes(0, 1) if self.batch_first else out
        if not batched:
            out, last = out.squeeze(axis), tuple(s.squeeze(1) for s in last)
        return out, last if self.mode == "LSTM" else last[0]

    def _packed(self, input: PackedSequence, hx: Any) -> tuple[Any, Any]:
        """The same for a packed sequence: padded here, with a mask of the sequences that still run."""
        sizes = np.asarray(input.batch_sizes)
        data = Tensor._constant(input.data)
        self._check_input(data.unsqueeze(1))
        n = int(sizes[0])
        places = input.places()
        padded = indexing.put(data, places, (len(sizes), n, *data.shape[1:]))
        state = self._states(hx, n, data.dtype, True)
        if input.sorted_indices is not None:
            state = tuple(s[:, np.asarray(input.sorted_indices)] for s in state)
        active = (sizes[:, None] > np.arange(n)).astype(data.dtype)[..., None]  # (T, N, 1)
        out, last = self._layers(padded, state, None if active.all() else active)
        if input.unsorted_indices is not None:
            last = tuple(s[:, np.asarray(input.unsorted_indices)] for s in last)
        return input._replace(data=out[places]), last if self.mode == "LSTM" else last[0]

    def _check_input(self, x: Any) -> None:
        if x.ndim not in (2, 3) or x.shape[-1] != self.input_size:
            raise ValueError(
                f"{self._get_name()}: input {x.shape}: Expected 2D (unbatched) or 3D input whose last size is "
                f"input_size, {self.input_size}; reshape it or make the layer fit"
            )
        if not x.shape[(1 if self.batch_first else 0) if x.ndim == 3 else 0]:
            raise ValueError(f"{self._get_name()}: input {x.shape}: Expected sequence length to be larger than 0")

    def _states(self, hx: Any, n: int, dtype: Any, batched: bool) -> tuple[Any, ...]:
        """The first states (D num_layers, N, H), checked; zeros for None."""
        widths = (self._width, self.hidden_size) if self.mode == "LSTM" else (self._width,)
        layers = self.num_layers * self._directions
        if hx is None:
            return tuple(Tensor._of(np.zeros((layers, n, width), dtype)) for width in widths)
        given = tuple(hx) if self.mode == "LSTM" else (hx,)
        states = []
        for state, width in zip(given, widths, strict=True):
            expected = (layers, n, width) if batched else (layers, width)
            if np.shape(state) != expected:
                raise ValueError(
                    f"{self._get_name()}: hx {np.shape(state)}: Expected hidden size {expected}, that is "
                    f"(D num_layers, N, H); reshape it"
                )
            states.append(Tensor._constant(state) if batched else state.unsqueeze(1))
        return tuple(states)

    def _layers(self, x: Any, state: tuple[Any, ...], active: Any) -> tuple[Any, tuple[Any, ...]]:
        """All layers on (T, N, input_size): the last one's output and the last states."""
        last: list[tuple[Any, ...]] = []
        for layer in range(self.num_layers):
            outs = []
            for back, suffix in enumerate(self._suffixes(layer)):
                order = slice(None, None, -1 if back else 1)
                first = tuple(s[len(last)] for s in state)
                running = None if active is None else active[order]
                out, end = _one_layer(self.mode, x[order] if back else x, first, self._weights(suffix), running)
                outs.append(out[order] if back else out)
                last.append(end)
            x = functions.cat(outs, -1) if len(outs) > 1 else outs[0]
            if layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout, self.training)
        return x, tuple(np.stack(parts) for parts in zip(*last, strict=True))

    def extra_repr(self) -> str:
        """The sizes and options."""
        shown = [f"{self.input_size}, {self.hidden_size}"]
        defaults = {
            "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False
        }  # fmt: skip
        shown += [f"{k}={getattr(self, k)}" for k, default in defaults.items() if getattr(self, k) != default]
        return ", ".join(shown)


class RNN(RNNBase):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_t-1 + b_hh), or max(.., 0) with nonlinearity="relu"."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNN: nonlinearity={nonlinearity!r}: Unknown nonlinearity; give 'tanh' or 'relu'")
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first, dropout,
            bidirectional, 0, device, dtype,
        )  # fmt: skip
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """c_t = f c_t-1 + i g, h_t = o tanh(c_t); i, f, o = sigmoid(..), g = tanh(W_ih x_t + b_ih + W_hh h_t-1 + b_hh).

    The state is (h, c). With proj_size h is projected by weight_hr (proj_size, H).
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device,
            dtype,
        )  # fmt: skip


class GRU(RNNBase):
    """h_t = (1 - z) n + z h_t-1; r, z = sigmoid(..), n = tanh(W_in x_t + b_in + r (W_hn h_t-1 + b_hn))"""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype
        )


class RNNCellBase(Module):
    """One step of a recurrent network: (N, input_size) and the state (N, H) -> the new state; unbatched without N."""

    weight_ih: Parameter
    weight_hh: Parameter
    _mode = ""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        dtype = dtype_of(self._get_name(), dtype, device)
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, input_size), "weight_hh": (rows, hidden_size), "bias_ih": (rows,), "bias_hh": (rows,)
        }  # fmt: skip
        for name, shape in shapes.items():
            values = np.empty(shape, dtype)
            self.register_parameter(name, Parameter(values) if bias or "bias" not in name else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and biases anew."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _step(self, input: Any, states: Any) -> tuple[Any, ...]:
        """The new states."""
        x = Tensor._constant(input)
        name, batch = self._get_name(), x.shape[:-1]
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            raise ValueError(
                f"{name}: input {x.shape}: Expected input to be 1D or 2D, and its last size input_size, "
                f"{self.input_size}; reshape it or make the cell fit"
            )
        size = (*batch, self.hidden_size)
        if states is None:
            states = [Tensor._of(np.zeros(size, x.dtype))] * (2 if self._mode == "LSTM" else 1)
        for state in states:
            if np.shape(state) != size:
                raise ValueError(f"{name}: input {x.shape}, hx {np.shape(state)}: hx must be {size}; reshape it")
        states = tuple(Tensor._constant(s).reshape((-1, self.hidden_size)) for s in states)
        own = self._parameters
        weights = (own["weight_ih"], own["weight_hh"], own["bias_ih"], own["bias_hh"], None)
        _, last = _one_layer(self._mode, x.reshape((1, -1, self.input_size)), states, weights, None)
        return tuple(s.reshape(size) for s in last)

    def extra_repr(self) -> str:
        """The sizes and options."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(RNNCellBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(.., 0) with nonlinearity="relu"."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(N, input_size), (N, H) -> (N, H)"""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"RNNCell: nonlinearity={self.nonlinearity!r}: Unknown nonlinearity; use tanh or relu")
        self._mode = f"RNN_{self.nonlinearity.upper()}"
        return self._step(input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """(h', c') from (h, c): c' = f c + i g, h' = o tanh(c')"""

    _mode = "LSTM"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, ...]:
        """(N, input_size), (h, c) of (N, H) -> (h', c')"""
        return self._step(input, hx)


class GRUCell(RNNCellBase):
    """h' = (1 - z) n + z h"""

    _mode = "GRU"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(N, input_size), (N, H) -> (N, H)"""
        return self._step(input, None if hx is None else (hx,))[0]

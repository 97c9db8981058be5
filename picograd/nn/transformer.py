"""The Transformer: layers of attention and of two linear maps, with residual connections and layer norm.

N sequences of L positions with E = d_model features: (L, N, E), or (N, L, E) with batch_first.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops.attention import causal_mask
from ..tensor import Tensor
from . import functional, init
from .container import ModuleList
from .dropout import Dropout
from .functions.activation import gelu
from .linear import Linear
from .module import Module
from .multihead import MultiheadAttention
from .norm import LayerNorm
from .parameter import dtype_of

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

Activation = str | Callable[[Any], Any]


class _Layer(Module):
    """What encoder and decoder layers share: steps that are added to what comes in, each with its layer norm."""

    def _step(self, x: Any, step: Callable[[Any], Any], norm: Module) -> Any:
        """x + step(norm(x)) with norm_first, else norm(x + step(x))"""
        return x + step(norm(x)) if self.norm_first else norm(x + step(x))

    def _widened(self, x: Any) -> Any:
        """linear2(dropout(activation(linear1(x))))"""
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


def _get_activation_fn(activation: Activation) -> Callable[[Any], Any]:
    """The function of that name, or the function that is given."""
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise ValueError(f"Transformer: activation {activation!r}: activation should be relu/gelu, or a function")
    return functional.relu if activation == "relu" else gelu


class TransformerEncoderLayer(_Layer):
    """norm1(x + self_attn(x)), then norm2(x + linear2(activation(linear1(x)))): (L, N, E) -> (L, N, E).

    With norm_first the norms come before the attention and the linear maps instead: x + self_attn(norm1(x)).
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias=bias, batch_first=batch_first, device=device, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        self.activation = _get_activation_fn(activation)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """(L, N, E) -> (L, N, E)"""
        x = self._step(src, lambda x: self._sa_block(x, src_mask, src_key_padding_mask, is_causal), self.norm1)
        return self._step(x, self._ff_block, self.norm2)

    def _sa_block(self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        """The attention to itself; a subclass may have its own."""
        return self.dropout1(self.self_attn(x, x, x, key_padding_mask, False, attn_mask, is_causal=is_causal)[0])

    def _ff_block(self, x: Any) -> Any:
        """The linear maps; a subclass may have its own."""
        return self.dropout2(self._widened(x))


class TransformerDecoderLayer(_Layer):
    """As the encoder's layer, with attention to `memory` (S, N, E), an encoder's result, between the two steps."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        for name in ("self_attn", "multihead_attn"):
            attention = MultiheadAttention(
                d_model, nhead, dropout, bias=bias, batch_first=batch_first, device=device, dtype=dtype
            )
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        for number in (1, 2, 3):
            setattr(self, f"norm{number}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        self.dropout1, self.dropout2, self.dropout3 = Dropout(dropout), Dropout(dropout), Dropout(dropout)
        self.activation = _get_activation_fn(activation)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """(L, N, E) and memory (S, N, E) -> (L, N, E)"""
        x = self._step(tgt, lambda x: self._sa_block(x, tgt_mask, tgt_key_padding_mask, tgt_is_causal), self.norm1)
        memory_masks = (memory_mask, memory_key_padding_mask, memory_is_causal)
        x = self._step(x, lambda x: self._mha_block(x, memory, *memory_masks), self.norm2)
        return self._step(x, self._ff_block, self.norm3)

    def _sa_block(self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        """The attention to itself; a subclass may have its own."""
        return self.dropout1(self.self_attn(x, x, x, key_padding_mask, False, attn_mask, is_causal=is_causal)[0])

    def _mha_block(self, x: Any, mem: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        """The attention to the memory; a subclass may have its own."""
        out, _ = self.multihead_attn(x, mem, mem, key_padding_mask, False, attn_mask, is_causal=is_causal)
        return self.dropout2(out)

    def _ff_block(self, x: Any) -> Any:
        """The linear maps; a subclass may have its own."""
        return self.dropout3(self._widened(x))


def _get_clones(module: Module, N: int) -> ModuleList:
    """N copies of the module."""
    return ModuleList([copy.deepcopy(module) for _ in range(N)])


class TransformerEncoder(Module):
    """num_layers copies of a layer in a row, then `norm`. The last two arguments are accepted and change nothing."""

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers, self.num_layers, self.norm = _get_clones(encoder_layer, num_layers), num_layers, norm
        self.enable_nested_tensor, self.use_nested_tensor, self.mask_check = enable_nested_tensor, False, mask_check

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Any:
        """(L, N, E) -> (L, N, E)"""
        x = src
        for layer in self.layers:
            x = layer(x, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=bool(is_causal))
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Module):
    """num_layers copies of a layer in a row, each looking at the same memory, then `norm`."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers, self.num_layers, self.norm = _get_clones(decoder_layer, num_layers), num_layers, norm

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """(L, N, E) and memory (S, N, E) -> (L, N, E)"""
        x = tgt
        for layer in self.layers:
            x = layer(
                x, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=bool(tgt_is_causal),
                memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return x if self.norm is None else self.norm(x)


class Transformer(Module):
    """An encoder and a decoder that looks at the encoder's result: src (S, N, E), tgt (L, N, E) -> (L, N, E).

    Matrices are drawn from Xavier's uniform distribution.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        options = (dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(d_model, nhead, *options), num_encoder_layers, norm()
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(d_model, nhead, *options), num_decoder_layers, norm()
        )
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """src (S, N, E), tgt (L, N, E) -> (L, N, E)"""
        axis = 0 if self.batch_first else 1
        shapes = np.shape(src), np.shape(tgt)
        single = len(shapes[0]) == 2
        if shapes[0][-1] != self.d_model or shapes[1][-1] != self.d_model:
            raise ValueError(
                f"Transformer: src {shapes[0]}, tgt {shapes[1]}: the feature number of src and tgt must be equal to "
                f"d_model, {self.d_model}; make the model fit"
            )
        if not single and shapes[0][axis] != shapes[1][axis]:
            raise ValueError(
                f"Transformer: src {shapes[0]}, tgt {shapes[1]}: the batch number of src and tgt must be equal "
                f"(axis {axis}); check batch_first"
            )
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        return self.decoder(
            tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
            tgt_is_causal, memory_is_causal,
        )  # fmt: skip

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """(sz, sz): -inf where the key comes after the query, else 0."""
        return Tensor._of(causal_mask(sz, sz, dtype_of("Transformer", dtype, device)).copy())

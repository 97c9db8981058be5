"""Tables of vectors as layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..memory import wrote
from ..tensor import Tensor
from . import init
from .functions import embedding as F
from .module import Module
from .parameter import Parameter, dtype_of

__all__ = ["Embedding", "EmbeddingBag"]


class _Table(Module):
    """A table `weight` (num_embeddings, embedding_dim), drawn from the standard normal distribution."""

    weight: Parameter

    def _fill(self, rows: int, width: int, padding_idx: int | None, weight: Any, dtype: Any, freeze: bool) -> None:
        name = self._get_name()
        if padding_idx is not None and not -rows <= padding_idx < rows:
            raise ValueError(
                f"{name}: padding_idx={padding_idx} with {rows} rows: Padding_idx must be within num_embeddings"
            )
        self.num_embeddings, self.embedding_dim = rows, width
        self.padding_idx = None if padding_idx is None else padding_idx % rows
        if weight is not None and np.shape(weight) != (rows, width):
            raise ValueError(
                f"{name}: weight {np.shape(weight)} for {rows} rows of {width}: Shape of weight does not match "
                f"num_embeddings and embedding_dim; make them fit"
            )
        values = np.empty((rows, width), dtype) if weight is None else weight
        self.weight = Parameter(values, requires_grad=not freeze)
        if weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table anew; the row padding_idx becomes 0."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.value[self.padding_idx] = 0
            wrote(self.weight.value, "reset_parameters")

    def extra_repr(self) -> str:
        """The sizes and options."""
        shown = [f"{self.num_embeddings}, {self.embedding_dim}"]
        defaults = {"padding_idx": None, "max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False}
        shown += [f"{k}={getattr(self, k)}" for k, default in defaults.items() if getattr(self, k) != default]
        return ", ".join(shown)


class Embedding(_Table):
    """weight[input]: numbers (...) -> (..., embedding_dim). See `functional.embedding` for the options."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self._fill(num_embeddings, embedding_dim, padding_idx, _weight, dtype_of("Embedding", dtype, device), _freeze)

    def forward(self, input: Any) -> Any:
        """(...) -> (..., D)"""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, **options: Any) -> Embedding:
        """A layer around a given table (V, D), which no optimizer changes unless freeze=False."""
        rows, width = _table_shape("Embedding", embeddings)
        return cls(rows, width, _weight=embeddings, _freeze=freeze, **options)


class EmbeddingBag(_Table):
    """The sum, mean or maximum of the rows of each bag: numbers (B, n) -> (B, D). See `functional.embedding_bag`."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.mode, self.include_last_offset = mode, include_last_offset
        dtype = dtype_of("EmbeddingBag", dtype, device)
        self._fill(num_embeddings, embedding_dim, padding_idx, _weight, dtype, freeze=False)

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        """(B, n) -> (B, D), or (n,) and offsets (B,) -> (B, D)"""
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode,
            self.sparse, per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, **options: Any) -> EmbeddingBag:
        """A layer around a given table (V, D), which no optimizer changes unless freeze=False."""
        rows, width = _table_shape("EmbeddingBag", embeddings)
        bag = cls(rows, width, _weight=embeddings, **options)
        bag.weight.requires_grad = not freeze
        return bag

    def extra_repr(self) -> str:
        """The sizes and options."""
        return f"{super().extra_repr()}, mode={self.mode!r}"


def _table_shape(name: str, embeddings: Any) -> tuple[int, ...]:
    shape = Tensor._constant(embeddings).shape
    if len(shape) != 2:
        raise ValueError(f"{name}: embeddings {shape}: Embeddings parameter is expected to be 2-dimensional")
    return shape

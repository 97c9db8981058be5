"""A softmax over many classes that computes the rare ones only where they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import functions
from ..ops import activation
from ..tensor import Tensor
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """log p(y | x), and its mean's negative as loss, for classes sorted by frequency (Grave et al. 2017).

    The `head` knows the classes below cutoffs[0] and one number for each further cluster of classes; the i-th cluster's
    own classes are computed through div_value^i times fewer features, for those samples that belong to it.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        bounds = list(cutoffs)
        ascending = bounds == sorted(set(bounds))
        if (
            not bounds
            or not ascending
            or bounds[0] <= 0
            or bounds[-1] > n_classes - 1
            or any(int(c) != c for c in bounds)
        ):
            raise ValueError(
                f"AdaptiveLogSoftmaxWithLoss: cutoffs {bounds} for {n_classes} classes: cutoffs should be a sequence "
                f"of unique, positive integers sorted in an increasing order, each between 1 and n_classes-1; change "
                f"them"
            )
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*bounds, n_classes]
        self.shortlist_size, self.n_clusters = bounds[0], len(bounds)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, device=device, dtype=dtype)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            narrow = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, narrow, bias=False, device=device, dtype=dtype),
                    Linear(narrow, self.cutoffs[i + 1] - self.cutoffs[i], bias=False, device=device, dtype=dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for first, second in self.tail:
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> _ASMoutput:
        """(N, in_features), (N,) -> log-probabilities (N,) and loss (); or (in_features,), () -> (), ()"""
        x, labels = Tensor._constant(input_), np.asarray(target_)
        single = x.ndim == 1
        if labels.shape != x.shape[:-1] or x.ndim not in (1, 2):
            raise RuntimeError(
                f"AdaptiveLogSoftmaxWithLoss: input {x.shape} and target {labels.shape}: Input and target should have "
                f"the same size in the batch dimension, (N, {self.in_features}) and (N,); reshape them"
            )
        if labels.size and not 0 <= labels.min() <= labels.max() < self.n_classes:
            raise RuntimeError(
                f"AdaptiveLogSoftmaxWithLoss: labels from {labels.min()} to {labels.max()}: Target values should be in "
                f"[0, {self.n_classes - 1}]; check them"
            )
        x, labels = (x.unsqueeze(0), labels.reshape(1)) if single else (x, labels)
        cluster = np.searchsorted(self.cutoffs, labels, side="right")  # 0: in the shortlist
        place = np.where(cluster == 0, labels, self.shortlist_size + cluster - 1)
        output = self._log_softmax(self.head(x)).gather(1, place[:, None]).squeeze(1)
        for i, tail in enumerate(self.tail):
            rows = np.flatnonzero(cluster == i + 1)
            if rows.size:
                own = self._log_softmax(tail(x[rows])).gather(1, (labels[rows] - self.cutoffs[i])[:, None])
                output = functions.index_add(output, 0, rows, own.squeeze(1))
        loss = (-output).mean()
        return _ASMoutput(output.squeeze(0) if single else output, loss)

    @staticmethod
    def _log_softmax(x: Any) -> Any:
        return activation.log_softmax(x, 1)

    def log_prob(self, input: Any) -> Any:
        """The log-probabilities of all classes: (N, in_features) -> (N, n_classes)"""
        head = self._log_softmax(self.head(input))
        parts = [head[:, : self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            k = self.shortlist_size + i
            parts.append(self._log_softmax(tail(input)) + head[:, k : k + 1])
        return functions.cat(parts, 1)

    def predict(self, input: Any) -> Any:
        """The most probable class: (N, in_features) -> (N,)"""
        best = self.head(input).argmax(1)
        rest = np.flatnonzero(best.value >= self.shortlist_size)
        if rest.size:
            best.value[rest] = self.log_prob(Tensor._constant(input)[rest]).argmax(1).value
        return best

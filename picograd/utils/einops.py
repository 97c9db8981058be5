"""einops as layers: `Rearrange`, `Reduce`, `EinMix`, as in `einops.layers.torch`. einops is to be installed.

    from picograd.utils.einops import Rearrange
    nn.Sequential(Rearrange("b (h p1) (w p2) -> b (h w) (p1 p2)", p1=4, p2=4), nn.Linear(16, 32))

The functions (`einops.rearrange` and others) work on Tensors as they are: `making/einops_bridge.py`.
"""

from __future__ import annotations

from typing import Any

from picograd.functions import einsum
from picograd.nn import Module, Parameter
from picograd.tensor import Tensor

try:
    from einops.layers import RearrangeMixin, ReduceMixin
    from einops.layers._einmix import _EinmixMixin
except ImportError as error:
    raise ImportError(
        "picograd.utils.einops: einops is not installed: its layers need it; pip install einops"
    ) from error

__all__ = ["EinMix", "Rearrange", "Reduce"]


class Rearrange(RearrangeMixin, Module):  # type: ignore[misc, unused-ignore]
    """`einops.rearrange(x, pattern, **axes_lengths)` as a layer: axes split, merged and put in another order."""

    def forward(self, input: Any) -> Any:
        """x in its new form."""
        return self._apply_recipe(input)  # type: ignore[no-untyped-call, unused-ignore]


class Reduce(ReduceMixin, Module):  # type: ignore[misc, unused-ignore]
    """`einops.reduce(x, pattern, reduction, **axes_lengths)` as a layer: min, max, sum, mean or prod over axes."""

    def forward(self, input: Any) -> Any:
        """x without the axes that are not in the result."""
        return self._apply_recipe(input)  # type: ignore[no-untyped-call, unused-ignore]


class EinMix(_EinmixMixin, Module):  # type: ignore[misc, unused-ignore]
    """An einsum of the input with a weight of its own, plus a bias: a linear layer along any axes.

        EinMix("b (head c_in) -> b (head c_out)", weight_shape="head c_in c_out", bias_shape="head c_out", ...)

    `weight` is drawn from U(-sqrt(3 / n), sqrt(3 / n)) for n numbers that are summed up, `bias` from U(-b, b), both as
    in einops.
    """

    def _create_parameters(self, weight_shape: Any, weight_bound: float, bias_shape: Any, bias_bound: float) -> None:
        self.weight = Parameter(Tensor.zeros(*weight_shape, requires_grad=False).uniform_(-weight_bound, weight_bound))
        self.bias: Any = None
        if bias_shape is not None:
            self.bias = Parameter(Tensor.zeros(*bias_shape, requires_grad=False).uniform_(-bias_bound, bias_bound))

    def _create_rearrange_layers(self, before: Any, before_lengths: Any, after: Any, after_lengths: Any) -> None:
        self.pre_rearrange = None if before is None else Rearrange(before, **before_lengths)
        self.post_rearrange = None if after is None else Rearrange(after, **after_lengths)

    def forward(self, input: Any) -> Any:
        """The sum of products, plus the bias."""
        if self.pre_rearrange is not None:
            input = self.pre_rearrange(input)
        result = einsum(self.einsum_pattern, input, self.weight)
        if self.bias is not None:
            result = result + self.bias
        return result if self.post_rearrange is None else self.post_rearrange(result)

"""Exponential families: entropy and divergence from the derivative of the log normalizer."""

from __future__ import annotations

from typing import Any

from ..autograd import enable_grad, grad
from ..tensor import Tensor
from .distribution import Distribution
from .utils import total


class ExponentialFamily(Distribution):
    """Distributions with the density e^(t(x) . theta - F(theta) + k(x))

    `_natural_params` is theta, `_log_normalizer(*theta)` is F, `_mean_carrier_measure` the expected value of k. A class
    that defines them has its entropy, and its divergence from another of the class, without a formula of their own
    (Nielsen and Nock, "Entropies and cross-entropies of exponential families", 2010).
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        self._missing("_natural_params")

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        self._missing("_log_normalizer")

    _mean_carrier_measure: Any = property(lambda self: self._missing("entropy"))

    def _expected(self) -> tuple[tuple[Tensor, ...], Tensor, tuple[Tensor, ...]]:
        """theta, F(theta) and the gradient of F there, which is the expected value of t(x)."""
        with enable_grad():
            theta = tuple(x if x.requires_grad else x.detach().requires_grad_() for x in self._natural_params)
            normalizer = self._log_normalizer(*theta)
            slopes = grad(normalizer.sum(), theta, create_graph=True)
        return theta, normalizer, slopes

    def entropy(self) -> Tensor:
        """F(theta) - theta . F'(theta) - E k(x)"""
        theta, normalizer, slopes = self._expected()
        result: Any = normalizer - self._mean_carrier_measure
        for x, slope in zip(theta, slopes, strict=True):
            result = result - total(x * slope, x.ndim - len(self._batch_shape))
        return self._plain(result)

    def _plain(self, result: Any) -> Tensor:
        """A result without gradient, if the parameters have none."""
        plain = not any(x.requires_grad for x in self._natural_params)
        found: Tensor = result.detach() if plain else result
        return found


__all__ = ["ExponentialFamily"]

"""A weight divided by its largest singular value, so that the layer stretches nothing by more than 1."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from ... import left_out
from ...memory import wrote
from ...random import rng_of
from ...recording import no_grad
from ...tensor import Tensor
from ..module import Module, RemovableHandle
from ..parameter import Parameter
from .weight_norm import _hook, _plain

M = TypeVar("M", bound=Module)

__all__ = ["remove_spectral_norm", "spectral_norm"]


def _unit(x: Any, eps: float) -> Any:
    return x / max(float(np.linalg.norm(x)), eps)


class SpectralNorm:
    """The hook that computes weight = W / (u^T W v) before each forward.

    u and v, buffers of the module, come nearer to the singular vectors by n_power_iterations in each forward of
    training: v = W^T u / |W^T u|, u = W v / |W v|.
    """

    handle: RemovableHandle

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"spectral_norm: n_power_iterations={n_power_iterations}: Expected n_power_iterations to be positive"
            )
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def matrix(self, weight: Any) -> Any:
        """The weight with the axis `dim` as rows, all others as columns."""
        order = (self.dim, *(k for k in range(weight.ndim) if k != self.dim))
        return weight.permute(order).reshape((weight.shape[self.dim], -1))

    def iterate(self, w: Any, u: Any, v: Any) -> None:
        """The power iteration, in place."""
        for _ in range(self.n_power_iterations):
            v[...] = _unit(w.T @ u, self.eps)
            u[...] = _unit(w @ v, self.eps)
        wrote(u, "spectral_norm")
        wrote(v, "spectral_norm")

    def weight(self, module: Module, iterate: bool) -> Any:
        """W / (u^T W v)"""
        weight, u, v = (getattr(module, self.name + part) for part in ("_orig", "_u", "_v"))
        matrix = self.matrix(weight)
        if iterate:
            self.iterate(matrix.value, u.value, v.value)
        return weight / (Tensor._of(u.value.copy()) @ (matrix @ Tensor._of(v.value.copy())))

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.weight(module, module.training))


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Replace the parameter `name` by name_orig, of which it is W / (its largest singular value); returns the module.

    `dim`: the axis of the outputs, 0, or 1 in transposed convolutions.
    """
    weight = _plain("spectral_norm", module, name, SpectralNorm)
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    matrix = hook.matrix(weight.detach()).value
    draws = [rng_of(None).standard_normal(n).astype(matrix.dtype) for n in matrix.shape]
    u, v = (_unit(x, eps) for x in draws)
    del module._parameters[name]
    module.register_parameter(name + "_orig", Parameter(weight.value))
    setattr(module, name, weight.detach())
    module.register_buffer(name + "_u", Tensor._of(u))
    module.register_buffer(name + "_v", Tensor._of(v))
    hook.handle = module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Make the parameter `name` one again, with its present value; returns the module."""
    hook = _hook("remove_spectral_norm", module, name, SpectralNorm)
    with no_grad():
        weight = hook.weight(module, False).value
    del module._parameters[name + "_orig"], module._buffers[name + "_u"], module._buffers[name + "_v"]
    delattr(module, name)
    module.register_parameter(name, Parameter(weight))
    hook.handle.remove()
    return module


__getattr__ = left_out.missing(__name__)

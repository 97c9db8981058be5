"""Parametrizations that are used often: weights of length 1, of largest singular value 1, orthogonal ones."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ... import functions
from ...functions import factorisation, linalg, matrices
from ...memory import wrote
from ...ops import distance, movement
from ...random import rng_of
from ...tensor import Tensor
from ..functions.norm import normalize
from ..module import Module
from . import parametrize

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

Array = np.ndarray[Any, Any]
MAPS = ("matrix_exp", "cayley", "householder")


def _tensor(op: str, module: Any, name: str) -> Tensor:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(
            f"{op}: {name!r}: Module {type(module).__name__} has no parameter or buffer with name {name!r}; "
            f"give another name"
        )
    return weight


# ---- weight norm ---------------------------------------------------------------------------------------------------


class _WeightNorm(Module):
    """(g, v) -> g v / |v|; g has one number for each slice along `dim`."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def _length(self, v: Tensor) -> Any:
        if self.dim == -1:
            return distance.p_norm(v)
        dim = self.dim % v.ndim
        return distance.p_norm(v, 2.0, tuple(k for k in range(v.ndim) if k != dim), True)

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """g v / |v|"""
        return weight_v * (weight_g / self._length(weight_v))

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """(|w|, w)"""
        return self._length(weight), weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """A weight as its length times its direction, g v / |v|: original0 and original1 (Salimans & Kingma 2016).

    `dim`: the axis along which each slice has a length of its own; None: one length for all. Returns the module. A
    state_dict with name_g and name_v, as the older `nn.utils.weight_norm` has them, loads, too.
    """
    _tensor("weight_norm", module, name)
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    older = {"_g": "original0", "_v": "original1"}

    def translate(state_dict: Any, prefix: str, *_: Any) -> None:
        for end, new in older.items():
            if prefix + name + end in state_dict:
                state_dict[f"{prefix}parametrizations.{name}.{new}"] = state_dict.pop(prefix + name + end)

    module._register_load_state_dict_pre_hook(translate)
    return module


# ---- spectral norm -------------------------------------------------------------------------------------------------


class _SpectralNorm(Module):
    """w -> w / sigma, its largest singular value as a power iteration has it: u = W v / |W v|, v = W^T u / |W^T u|.

    The vectors are buffers, and get nearer in each call in training.
    """

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if not -weight.ndim <= dim < max(weight.ndim, 1):
            raise IndexError(
                f"spectral_norm: dim {dim} for a weight {weight.shape}: Dimension out of range, expected to be in "
                f"range of [-{weight.ndim}, {weight.ndim - 1}]; give another"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"spectral_norm: n_power_iterations={n_power_iterations}: Expected n_power_iterations to be positive; "
                f"give 1"
            )
        self.dim, self.eps = dim % max(weight.ndim, 1), eps
        if weight.ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._matrix(weight.detach()).value
            for name, n in zip(("_u", "_v"), matrix.shape, strict=True):
                vector = rng_of(None).standard_normal(n).astype(matrix.dtype)
                self.register_buffer(name, Tensor._of(vector / max(np.linalg.norm(vector), eps)))
            self._power_method(matrix, 15)

    def _matrix(self, weight: Any) -> Any:
        """The weight with the axis `dim` as rows, all others as columns."""
        return movement.movedim(weight, self.dim, 0).reshape(weight.shape[self.dim], -1)

    def _power_method(self, matrix: Array, steps: int) -> None:
        u, v = self._u.value, self._v.value
        for _ in range(steps):
            for target, product in ((u, matrix @ v), (v, None)):
                x = matrix.T @ u if product is None else product
                target[...] = x / max(np.linalg.norm(x), self.eps)
        wrote(u, "spectral_norm")
        wrote(v, "spectral_norm")

    def forward(self, weight: Any) -> Any:
        """w / (u^T W v)"""
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._power_method(matrix.value, self.n_power_iterations)
        u, v = self._u.value.copy(), self._v.value.copy()  # the gradient needs them as they are now
        return weight / (Tensor._of(u) @ (matrix @ Tensor._of(v)))

    def right_inverse(self, value: Any) -> Any:
        """The value: it counts as one that has the norm already."""
        return value


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """A weight divided by its largest singular value (Miyato et al. 2018); returns the module.

    `dim`: the axis of the outputs, 0, or 1 in transposed convolutions.
    """
    weight = _tensor("spectral_norm", module, name)
    if dim is None:
        dim = 1 if "ConvTranspose" in parametrize.type_before_parametrizations(module).__name__ else 0
    return parametrize.register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))


# ---- orthogonal ----------------------------------------------------------------------------------------------------


def _qr(x: Array) -> Array:
    """The orthogonal factor of x = Q R with the diagonal of R positive."""
    q, r = np.linalg.qr(x)
    sign = np.sign(np.diagonal(r, axis1=-2, axis2=-1))
    return np.asarray(q * np.where(sign == 0, 1, sign)[..., None, :])


class _Orthogonal(Module):
    """x -> a matrix with orthonormal columns, or rows if it is wider than high; times `base` in the trivialization."""

    base: Tensor | None

    def __init__(self, weight: Tensor, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        super().__init__()
        self.shape, self.orthogonal_map, self.trivialized = weight.shape, orthogonal_map, use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        """(..., n, k) -> (..., n, k)"""
        wide = X.shape[-2] < X.shape[-1]
        X = X.mT if wide else X
        n, k = X.shape[-2:]  # n >= k
        if self.orthogonal_map == "householder":
            A = functions.tril(X, -1)
            tau = 2.0 / ((A * A).sum(-2) + 1.0)
            sign = np.trunc(np.diagonal(X.value, axis1=-2, axis2=-1))  # 1 or -1; it is not trained
            Q = factorisation.householder_product(A, tau) * Tensor._of(sign[..., None, :].astype(X.dtype))
        else:
            X = functions.tril(X)
            if n != k:
                X = functions.cat([X, Tensor._of(np.zeros((*X.shape[:-1], n - k), X.dtype))], -1)
            A = X - X.mT
            if self.orthogonal_map == "matrix_exp":
                Q = matrices.matrix_exp(A)
            else:
                one = Tensor._of(np.eye(n, dtype=X.dtype))
                Q = linalg.solve(one - A * 0.5, one + A * 0.5)
            Q = Q[..., :k] if n != k else Q
        if self.trivialized and self.base is not None:
            Q = self.base @ Q
        return Q.mT if wide else Q

    def right_inverse(self, Q: Any) -> Any:
        """The x that forward makes Q of (of what is nearest to it, where Q is not orthogonal)."""
        if Q.shape != self.shape:
            raise ValueError(
                f"orthogonal: a tensor {Q.shape} for {self.shape}: Expected a matrix or batch of matrices of the same "
                f"shape; give one"
            )
        start = np.asarray(Q)
        x = np.swapaxes(start, -1, -2) if start.shape[-2] < start.shape[-1] else start
        n, k = x.shape[-2:]
        if not self.trivialized:
            return Tensor._of(self._householder(x) if x is start else np.swapaxes(self._householder(x), -1, -2))
        if n == k:
            gram = np.swapaxes(x, -1, -2) @ x
            near = np.abs(gram - np.eye(k)).max(initial=0) < 10 * k * np.finfo(x.dtype).eps
            full = x.copy() if near else _qr(x)
        else:
            more = rng_of(None).standard_normal((*x.shape[:-1], n - k)).astype(x.dtype)
            full = _qr(np.concatenate([x, more], -1))
        self.base = Tensor._of(full.astype(x.dtype, copy=False))
        # Minus the identity: the householder map needs its diagonal, and makes the identity of it.
        return Tensor._of(np.broadcast_to(-np.eye(*start.shape[-2:], dtype=x.dtype), start.shape).copy())

    def _householder(self, x: Array) -> Array:
        """The reflections that make x, below a diagonal of signs."""
        if self.orthogonal_map != "householder":
            self._not_invertible()
        a, tau = (np.array(np.asarray(part)) for part in factorisation.geqrf(Tensor._of(x)))
        k = x.shape[-1]
        diagonal = np.sign(a[..., range(k), range(k)])
        a[..., range(k), range(k)] = np.where(tau == 0, -diagonal, diagonal)
        return a

    def _not_invertible(self) -> NoReturn:
        raise NotImplementedError(
            f"orthogonal: {self.orthogonal_map} without trivialization: It is not possible to assign to the matrix "
            f"exponential or the Cayley parametrizations when use_trivialization=False; use householder"
        )


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """A weight that stays orthogonal, Q^T Q = 1 (Q Q^T = 1 if it is wider than high); returns the module.

    The maps, of A = X - X^T with X lower triangular: "matrix_exp": e^A; "cayley": (1 - A/2)^-1 (1 + A/2);
    "householder": a product of reflections. use_trivialization: times a fixed matrix, so that what is trained begins
    at the identity (Lezcano-Casado 2019).
    """
    weight = _tensor("orthogonal", module, name)
    if weight.ndim < 2:
        raise ValueError(
            f"orthogonal: a tensor {weight.shape}: Expected a matrix or batch of matrices; give one of 2 axes or more"
        )
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    if orthogonal_map not in MAPS:
        raise ValueError(
            f"orthogonal: orthogonal_map={orthogonal_map!r}: orthogonal_map has to be one of {', '.join(MAPS)}; "
            f"choose one"
        )
    map_ = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, map_, unsafe=True)

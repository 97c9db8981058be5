"""Transforms of vectors and matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functions import cat, softmax, tril
from ..ops.layout import diag_embed
from ..ops.loss import softplus
from ..ops.system import cholesky
from ..tensor import Tensor
from . import constraints
from .scalar_transforms import clipped_sigmoid
from .transform import Shape, Transform
from .utils import tril_matrix_to_vec, vec_to_tril_matrix


def enough(op: str, shape: Sequence[int], axes: int) -> Shape:
    """The shape, if it has so many axes."""
    if len(shape) < axes:
        raise ValueError(f"{op}: shape {tuple(shape)}: it takes {axes} axes or more; reshape it")
    return tuple(shape)


class ReshapeTransform(Transform):
    """The last axes, of shape `in_shape`, in the shape `out_shape`"""

    bijective = True

    def __init__(self, in_shape: Sequence[int], out_shape: Sequence[int], cache_size: int = 0) -> None:
        self.in_shape, self.out_shape = tuple(in_shape), tuple(out_shape)
        if math.prod(in_shape) != math.prod(out_shape):
            raise ValueError(
                f"ReshapeTransform: {self.in_shape} and {self.out_shape}: they have different numbers of elements; "
                f"change one of them"
            )
        super().__init__(cache_size)

    @constraints.dependent_property
    def domain(self) -> Any:
        """All arrays of in_shape"""
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self) -> Any:
        """All arrays of out_shape"""
        return constraints.independent(constraints.real, len(self.out_shape))

    def _call(self, x: Any) -> Any:
        return x.reshape(self.forward_shape(x.shape))

    def _inverse(self, y: Any) -> Any:
        return y.reshape(self.inverse_shape(y.shape))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """0"""
        return Tensor._of(np.zeros(x.shape[: x.ndim - len(self.in_shape)], x.dtype))

    def _exchanged(self, shape: Sequence[int], old: Shape, new: Shape) -> Shape:
        cut = len(enough("ReshapeTransform", shape, len(old))) - len(old)
        if tuple(shape[cut:]) != old:
            raise ValueError(f"ReshapeTransform: shape {tuple(shape)}: it must end in {old}; reshape it")
        return (*shape[:cut], *new)

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """in_shape becomes out_shape"""
        return self._exchanged(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Sequence[int]) -> Shape:
        """out_shape becomes in_shape"""
        return self._exchanged(shape, self.out_shape, self.in_shape)


class SoftmaxTransform(Transform):
    """y = softmax(x) over the last axis, which is not invertible: `inv` gives log y"""

    domain = constraints.real_vector
    codomain = constraints.simplex

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SoftmaxTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return softmax(x, -1)

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """The same"""
        return enough("SoftmaxTransform", shape, 1)

    inverse_shape = forward_shape


def remaining(k: int, dtype: Any) -> Any:
    """k, k - 1, ... 1: among how many parts the rest of the stick is shared"""
    return np.arange(k, 0, -1).astype(dtype)


class StickBreakingTransform(Transform):
    """k numbers become k + 1 parts of a stick of length 1: each breaks off sigmoid(x_i - log(k - i)) of what is left

    x = 0 gives equal parts (Carpenter et al., "Stan", 2017).
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StickBreakingTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        z = clipped_sigmoid(x - np.log(remaining(x.shape[-1], x.dtype)))
        one = Tensor._of(np.ones((*x.shape[:-1], 1), x.dtype))
        return cat([z, one], -1) * cat([one, (1 - z).cumprod(-1)], -1)

    def _inverse(self, y: Any) -> Any:
        parts = y[..., :-1]
        left = (1 - parts.cumsum(-1)).clamp(min=float(np.finfo(y.dtype).tiny))
        return parts.log() - left.log() + np.log(remaining(parts.shape[-1], y.dtype))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """sum of log(1 - z_i) + log y_i, z_i = sigmoid(x_i - log(k - i))"""
        x = x - np.log(remaining(x.shape[-1], x.dtype))
        return (-softplus(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """One part more"""
        *batch, k = enough("StickBreakingTransform", shape, 1)
        return (*batch, k + 1)

    def inverse_shape(self, shape: Sequence[int]) -> Shape:
        """One part less"""
        *batch, k = enough("StickBreakingTransform", shape, 1)
        return (*batch, k - 1)


# ---- of matrices ---------------------------------------------------------------------------------------------------


def diagonal(matrix: Any) -> Any:
    """The diagonal of each matrix: (..., n, n) -> (..., n)"""
    return matrix.diagonal(0, -2, -1)


class LowerCholeskyTransform(Transform):
    """A matrix without what is above its diagonal, and with the exponentials of what is on it"""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LowerCholeskyTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return tril(x, -1) + diag_embed(diagonal(x).exp())

    def _inverse(self, y: Any) -> Any:
        return tril(y, -1) + diag_embed(diagonal(y).log())


class PositiveDefiniteTransform(Transform):
    """L L^T for the L of LowerCholeskyTransform"""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PositiveDefiniteTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        lower = LowerCholeskyTransform()(x)
        return lower @ lower.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(cholesky(y))


class CorrCholeskyTransform(Transform):
    """n (n - 1) / 2 numbers become the factor of an n x n correlation matrix: a lower triangle with rows of length 1

    tanh x are the partial correlations; in each row they break off parts of a length of 1 (Lewandowski, Kurowicka and
    Joe, "Generating random correlation matrices based on vines and extended onion method", 2009).
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Any) -> Any:
        eps = float(np.finfo(x.dtype).eps)
        r = vec_to_tril_matrix(x.tanh().clamp(-1 + eps, 1 - eps), -1)
        left = (1 - r * r).sqrt().cumprod(-1)
        one = Tensor._of(np.ones((*left.shape[:-1], 1), x.dtype))
        return (r + np.eye(r.shape[-1], dtype=x.dtype)) * cat([one, left[..., :-1]], -1)

    def _inverse(self, y: Any) -> Any:
        left = 1 - (y * y).cumsum(-1)
        one = Tensor._of(np.ones((*left.shape[:-1], 1), y.dtype))
        before = tril_matrix_to_vec(cat([one, left[..., :-1]], -1), -1)
        t = tril_matrix_to_vec(y, -1) / before.sqrt()
        return (t.log1p() - (-t).log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any, intermediates: Any = None) -> Any:
        """sum of log(what is left in a row) / 2 and of log(1 - tanh^2 x); `intermediates` has no effect"""
        n = y.shape[-1]
        left = tril_matrix_to_vec(1 - (y * y).cumsum(-1), -2) if n > 1 else y[..., 0, :0]
        tanh = 2 * (math.log(2.0) - x - softplus(-2 * x))
        return 0.5 * left.log().sum(-1) + tanh.sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> Shape:
        """(..., n (n - 1) / 2) -> (..., n, n)"""
        *batch, k = enough("CorrCholeskyTransform", shape, 1)
        n = round((0.25 + 2 * k) ** 0.5 + 0.5)
        if n * (n - 1) // 2 != k:
            raise ValueError(
                f"CorrCholeskyTransform: shape {tuple(shape)}: no triangle below a diagonal has {k} elements; "
                f"give n (n - 1) / 2"
            )
        return (*batch, n, n)

    def inverse_shape(self, shape: Sequence[int]) -> Shape:
        """(..., n, n) -> (..., n (n - 1) / 2)"""
        *batch, m, n = enough("CorrCholeskyTransform", shape, 2)
        if m != n:
            raise ValueError(f"CorrCholeskyTransform: shape {tuple(shape)}: the matrices are not square; reshape them")
        return (*batch, n * (n - 1) // 2)

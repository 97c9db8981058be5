"""Products with vectors, and chains and sums of products."""

from __future__ import annotations

from typing import Any

from ..ops import contraction, elementwise, movement, reduction
from ..ops.out import takes_out
from .arithmetic import old_order
from .products import bmm, dimensions, mm, mv, outer, plus


@takes_out
@old_order(3, "beta", "alpha")
def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha mat vec: (n,) (n, k) (k,) -> (n,)"""
    return plus("addmv", input, mv(mat, vec), beta, alpha)


@takes_out
@old_order(3, "beta", "alpha")
def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha vec1 vec2^T: (n, m) (n,) (m,) -> (n, m)"""
    product = outer(vec1, vec2)
    if product.dtype == bool and input.dtype == bool:
        return elementwise.logical_or(
            elementwise.logical_and(input, bool(beta)), elementwise.logical_and(product, bool(alpha))
        )
    return plus("addr", input, product, beta, alpha)


@takes_out
@old_order(3, "beta", "alpha")
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha the sum of the products batch1_i batch2_i: (n, m) (b, n, k) (b, k, m) -> (n, m)"""
    dimensions("addbmm", (batch1, 3), (batch2, 3))
    b, n, k = batch1.shape
    if (b, k) != batch2.shape[:2]:
        return bmm(batch1, batch2)  # which says what is wrong
    left = movement.permute(batch1, (1, 0, 2)).reshape(n, b * k)  # one product of long rows is the sum
    return plus("addbmm", input, mm(left, batch2.reshape(b * k, batch2.shape[2])), beta, alpha)


@takes_out
def dot(input: Any, tensor: Any) -> Any:
    """The sum of products of two vectors' elements; of larger arrays as NumPy's `dot`."""
    return contraction.dot(input, tensor)


@takes_out
def vdot(input: Any, other: Any) -> Any:
    """The sum of products of two vectors' elements."""
    return contraction.dot(input, other)


def sum_to_size(input: Any, *size: Any) -> Any:
    """The sum over axes that `size` lacks or has 1 for: what undoes a broadcast from there."""
    from .shape import as_shape

    shape = as_shape(size)
    extra = input.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, input.shape[extra:], strict=False)):
        raise ValueError(
            f"sum_to_size: shape {input.shape} to {shape}: it does not broadcast back; give sizes that are equal or 1"
        )
    axes = [k for k, m in enumerate(input.shape) if k < extra or (shape[k - extra] == 1 and m != 1)]
    return reduction.sum_(input, tuple(axes), True).reshape(shape) if axes else input

"""Products of vectors and matrices under PyTorch's names, each with the shapes that it takes."""

from __future__ import annotations

from typing import Any

from .. import engine
from ..ops import contraction, distance, layout, movement
from ..ops.out import takes_out
from ..ops.spelling import both_spellings
from .arithmetic import is_whole, old_order, scaled
from .indexing import together


def dimensions(op: str, *expected: tuple[Any, int]) -> None:
    """Raise unless each Tensor has its number of dimensions, and all have one dtype."""
    if any(x.ndim != n for x, n in expected):
        raise ValueError(
            f"{op}: shapes {' and '.join(str(x.shape) for x, _ in expected)}: it takes "
            f"{' and '.join(f'{n}-d' for _, n in expected)}; use matmul for others, or reshape"
        )
    if len({x.dtype for x, _ in expected}) > 1:
        raise TypeError(
            f"{op}: {' and '.join(str(x.dtype) for x, _ in expected)}: they must be equal; convert one of them"
        )


@takes_out
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices: (n, k) (k, m) -> (n, m)."""
    dimensions("mm", (input, 2), (mat2, 2))
    return contraction.matmul(input, mat2)


@takes_out
def bmm(input: Any, mat2: Any) -> Any:
    """The products of two stacks of matrices: (b, n, k) (b, k, m) -> (b, n, m)."""
    dimensions("bmm", (input, 3), (mat2, 3))
    if input.shape[0] != mat2.shape[0]:
        raise ValueError(f"bmm: shapes {input.shape} and {mat2.shape}: as many matrices in both; use matmul otherwise")
    return contraction.matmul(input, mat2)


@takes_out
def mv(input: Any, vec: Any) -> Any:
    """The product of a matrix and a vector: (n, k) (k,) -> (n,)."""
    dimensions("mv", (input, 2), (vec, 1))
    return contraction.matmul(input, vec)


@takes_out
def outer(input: Any, vec2: Any) -> Any:
    """All products of the elements of two vectors: (n,) (m,) -> (n, m)."""
    if input.ndim != 1 or vec2.ndim != 1:
        raise ValueError(f"outer: shapes {input.shape} and {vec2.shape}: it takes vectors; reshape them")
    return movement.unsqueeze(input, 1) * vec2


@takes_out
def inner(input: Any, other: Any) -> Any:
    """The sum of products over the last axis of both: (.., k) (.., k) -> (.., ..)."""
    if not input.ndim or not other.ndim:
        return input * other
    return tensordot(input, other, ([-1], [-1]))


@takes_out
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sum of products over the last `dims` axes of a and the first of b, or over the axes (of a, of b)."""
    if isinstance(dims, engine.box):
        dims = dims.tolist()
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.ndim, b.ndim):
            raise ValueError(f"tensordot: {dims} axes of {a.shape} and {b.shape}: there are not so many; give fewer")
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    over_a, over_b = (
        [movement.one_axis(k, x.ndim, "tensordot") for k in axes] for x, axes in zip((a, b), dims, strict=True)
    )
    sizes = [(a.shape[j], b.shape[k]) for j, k in zip(over_a, over_b, strict=False)]
    if len(over_a) != len(over_b) or any(n != m and 1 not in (n, m) for n, m in sizes):
        raise ValueError(
            f"tensordot: shapes {a.shape} and {b.shape} over axes {over_a} and {over_b}: their sizes must be equal; "
            f"name others"
        )
    for j, k in zip(over_a, over_b, strict=True):  # PyTorch sums over the other where one has size 1
        if a.shape[j] != b.shape[k]:
            if a.shape[j] == 1:
                b = b.sum(k, keepdims=True)
            else:
                a = a.sum(j, keepdims=True)
    rest_a, rest_b = ([k for k in range(x.ndim) if k not in over] for x, over in ((a, over_a), (b, over_b)))
    out = tuple(a.shape[k] for k in rest_a) + tuple(b.shape[k] for k in rest_b)
    k = contraction.size(tuple(a.shape[j] for j in over_a))
    left = movement.permute(a, (*rest_a, *over_a)).reshape((contraction.size(tuple(a.shape[j] for j in rest_a)), k))
    right = movement.permute(b, (*over_b, *rest_b)).reshape((k, contraction.size(tuple(b.shape[j] for j in rest_b))))
    return contraction.matmul(left, right).reshape(out)


def plus(op: str, input: Any, product: Any, beta: Any, alpha: Any) -> Any:
    """beta input + alpha product, in the product's shape"""
    try:
        input = movement.broadcast_to(input, product.shape)
    except ValueError:
        raise ValueError(
            f"{op}: input {input.shape} and product {product.shape}: the first must broadcast to the second; reshape it"
        ) from None
    if is_whole(product):
        beta, alpha = int(beta), int(alpha)  # as PyTorch does here, though not in add
    product = scaled(product, alpha, op)
    return product if beta == 0 else scaled(input, beta, op) + product  # 0: not even nan counts


@takes_out
@old_order(3, "beta", "alpha")
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha mat1 mat2, of matrices"""
    return plus("addmm", input, mm(mat1, mat2), beta, alpha)


@takes_out
@old_order(3, "beta", "alpha")
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha batch1 batch2, of stacks of matrices"""
    return plus("baddbmm", input, bmm(batch1, batch2), beta, alpha)


@both_spellings
@takes_out
def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """The vector product along an axis of size 3 (None: the first such)."""
    if dim is None:
        shape = together("cross", input.shape, other.shape)
        dim = next((k - len(shape) for k, n in enumerate(shape) if n == 3), None)
        if dim is None:
            raise ValueError(f"cross: shapes {input.shape} and {other.shape}: no axis has size 3; it takes 3-d vectors")
    return vector_product(input, other, dim)


def vector_product(input: Any, other: Any, dim: int = -1) -> Any:
    """(x1 y2 - x2 y1, x2 y0 - x0 y2, x0 y1 - x1 y0) along an axis of size 3."""
    if input.ndim != other.ndim:
        raise ValueError(
            f"cross: shapes {input.shape} and {other.shape}: they must have as many axes; unsqueeze one of them"
        )
    k = movement.one_axis(dim, input.ndim, "cross")
    if input.shape[k] != 3 or other.shape[k] != 3:
        raise ValueError(f"cross: shapes {input.shape} and {other.shape}: axis {dim} must have size 3; name another")
    x1, x2 = layout.roll(input, -1, k), layout.roll(input, -2, k)
    y1, y2 = layout.roll(other, -1, k), layout.roll(other, -2, k)
    return x1 * y2 - x2 * y1


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "") -> Any:
    """The distance of each row of x1 from each row of x2: (.., n, d) (.., m, d) -> (.., n, m), as a norm of order p."""
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise ValueError(f"cdist: shapes {x1.shape} and {x2.shape}: it takes rows of one length; reshape them")
    if p < 0:
        raise ValueError(f"cdist: p {p}: an order can't be negative; give 0 or more")
    return distance.p_norm(movement.unsqueeze(x1, -2) - movement.unsqueeze(x2, -3), float(p), -1)

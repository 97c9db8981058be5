"""Reductions as PyTorch writes them: values with their indices, means with their deviations, norms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..ops import activation, distance, elementwise, indexing, movement, reduction, scan, statistics
from ..ops.out import takes_out, takes_own_out
from ..ops.spelling import both_spellings


class Extreme(NamedTuple):
    """The largest or smallest elements along an axis, and where they are."""

    values: Any
    indices: Any


@takes_out
def max_(
    input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, axis: Any = None, keepdims: bool = False
) -> Any:
    """The largest element; with `dim` as PyTorch (values, indices) along it, with NumPy's `axis` the values alone.

    With another Tensor in place of `dim`: the larger one element by element. The gradient of `max(dim)` goes to the
    element at the index, that of `max()` is shared among equal elements.
    """
    dim = other if dim is None else dim
    return extreme(input, dim, keepdim, axis, keepdims, reduction.amax, reduction.argmax, elementwise.maximum)


@takes_out
def min_(
    input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, axis: Any = None, keepdims: bool = False
) -> Any:
    """The smallest element; otherwise as `max`."""
    dim = other if dim is None else dim
    return extreme(input, dim, keepdim, axis, keepdims, reduction.amin, reduction.argmin, elementwise.minimum)


def extreme(x: Any, dim: Any, keepdim: bool, axis: Any, keepdims: bool, over: Any, where: Any, between: Any) -> Any:
    """What `max` and `min` have in common."""
    if isinstance(dim, engine.box):
        return between(x, dim)
    keepdim = keepdim or keepdims
    if dim is None:
        return over(x, axis=axis, keepdims=keepdim)
    indices = where(x, axis=dim, keepdims=True)
    if not x.ndim:
        return Extreme(movement.clone(x), indices)
    values = indexing.gather(x, indices, dim % x.ndim)
    return Extreme(values, indices) if keepdim else Extreme(values.squeeze(dim), indices.squeeze(dim))


@takes_out
def softmax(input: Any, dim: int | None = None, dtype: Any = None, *, axis: int | None = None) -> Any:
    """e^x / sum(e^x) along an axis (default: the last); `dtype`: that of the computation and the result."""
    return activation.softmax(input if dtype is None else input.to(dtype), chosen_axis(dim, axis))


@takes_out
def log_softmax(input: Any, dim: int | None = None, dtype: Any = None, *, axis: int | None = None) -> Any:
    """x - log(sum(e^x)) along an axis (default: the last); `dtype`: that of the computation and the result."""
    return activation.log_softmax(input if dtype is None else input.to(dtype), chosen_axis(dim, axis))


def chosen_axis(dim: int | None, axis: int | None) -> int:
    """The axis from its two spellings, the last one if neither is given."""
    return dim if dim is not None else axis if axis is not None else -1


# ---- spread and middle ---------------------------------------------------------------------------------------------


@takes_out
def var(input: Any, *args: Any, **options: Any) -> Any:
    """sum((x - mean)^2) / (count - correction): `var(dim, correction=1, keepdim=False)`, or `var(unbiased)`."""
    return reduction.var(input, *corrected(args), **with_correction(options))


@takes_out
def std(input: Any, *args: Any, **options: Any) -> Any:
    """The square root of `var`."""
    return reduction.std(input, *corrected(args), **with_correction(options))


def corrected(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of `var`, also where the first is `unbiased`."""
    return (None, *args) if args and isinstance(args[0], bool) else args


def with_correction(options: dict[str, Any]) -> dict[str, Any]:
    """The options of `var`; correction None is 1."""
    return {k: 1 if k == "correction" and v is None else v for k, v in options.items()}


def var_mean(input: Any, *args: Any, **options: Any) -> tuple[Any, Any]:
    """`var` and `mean`."""
    return var(input, *args, **options), mean_of(input, args, options)


def std_mean(input: Any, *args: Any, **options: Any) -> tuple[Any, Any]:
    """`std` and `mean`."""
    return std(input, *args, **options), mean_of(input, args, options)


def mean_of(x: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The mean that belongs to a call of `var`."""
    dim, _, keepdim = (*corrected(args), None, None, None)[:3]
    return reduction.mean(
        x,
        options.get("dim", options.get("axis", dim)),
        bool(options.get("keepdim", options.get("keepdims", keepdim))),
    )


@both_spellings
@takes_out
def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of what is not nan."""
    input = input if dtype is None else input.to(dtype)
    reduction.floats_only(input.value, "nanmean")
    count = reduction.sum_(elementwise.eq(input, input), dim, keepdim)
    return statistics.nansum(input, dim, keepdim) / count


class MinMax(NamedTuple):
    """The smallest and the largest elements."""

    min: Any
    max: Any


@both_spellings
@takes_own_out
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """(min, max) over one axis, or all. Equal elements share the gradient."""
    return MinMax(reduction.amin(input, dim, keepdim), reduction.amax(input, dim, keepdim))


@takes_out
def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """sum(|x|^p)^(1/p) over the axes; "fro" is p = 2. "nuc": the sum of a matrix's singular values."""
    x = input if dtype is None else input.to(dtype)
    if p == "nuc":
        from .linalg import matrix_norm

        return matrix_norm(x, "nuc", (0, 1) if dim is None else dim, keepdim)
    if isinstance(p, str) and p != "fro":
        raise ValueError(f"norm: p {p!r}: there is none such; give a number, 'fro' or 'nuc'")
    return vector_norm(x, 2.0 if p == "fro" or p is None else p, dim, keepdim)


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """sum(|x|^ord)^(1/ord) over the axes; inf: the largest |x|, -inf: the smallest, 0: how many are not 0."""
    x = x if dtype is None else x.to(dtype)
    reduction.floats_only(x.value, "vector_norm")
    over = reduction.axes(None if dim == () else dim, x.ndim, "vector_norm")
    if x.numel() == 0 and (ord < 0 or ord == float("inf")) and any(x.shape[k] == 0 for k in over):
        raise ValueError(f"vector_norm: shape {x.shape}, ord {ord}: it has no value for no elements; check the input")
    return distance.p_norm(x, float(ord), over if x.ndim else None, keepdim)


# ---- scans ---------------------------------------------------------------------------------------------------------


@both_spellings
@takes_own_out
def cummax(input: Any, dim: int) -> Any:
    """(values, indices): the largest element so far along an axis, and where it is; of equal ones the last."""
    return so_far(input, dim, True, "cummax")


@both_spellings
@takes_own_out
def cummin(input: Any, dim: int) -> Any:
    """(values, indices): the smallest element so far along an axis, and where it is; of equal ones the last."""
    return so_far(input, dim, False, "cummin")


def so_far(x: Any, dim: int, largest: bool, op: str) -> Any:
    """What `cummax` and `cummin` have in common."""
    axis = scan.scanned(dim, x.ndim, op)
    if not x.ndim:
        return Extreme(movement.clone(x), engine.box._of(np.zeros((), np.int64)))
    indices = scan.running(x.value, axis, largest) if x.numel() else np.zeros(x.shape, np.int64)
    return Extreme(indexing.gather(x, indices, axis), engine.box._of(indices))


@both_spellings
@takes_out
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """out[k] = x[k + 1] - x[k] along an axis, n times over; after `prepend` and `append` are joined to it."""
    if not input.ndim:
        raise ValueError("diff: a 0-d Tensor: it has no neighbours; reshape it to (1,)")
    axis = movement.one_axis(dim, input.ndim, "diff")
    if n < 0:
        raise ValueError(f"diff: {n} times: there can't be a negative number; give 0 or more")
    if n == 0:
        return movement.clone(input)
    parts = [p for p in (prepend, input, append) if p is not None]
    x = movement.concatenate(parts, axis) if len(parts) > 1 else movement.clone(input)
    at = (slice(None),) * axis
    for _ in range(min(n, x.shape[axis])):
        later, earlier = x[(*at, slice(1, None))], x[(*at, slice(None, -1))]
        x = elementwise.ne(later, earlier) if x.dtype == bool else later - earlier
    return x

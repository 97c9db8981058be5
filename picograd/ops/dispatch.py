"""NumPy as the caller: `np.tanh(t)`, `array * t`, `np.sum(t, axis=0)` on a Tensor run the op that stands for them.

NumPy asks the arguments of its functions whether they want to handle the call (NEP 13 for ufuncs, NEP 18 for the
rest). A function without an op is computed on the plain arrays if that loses no gradient, and refused otherwise.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .. import engine
from ..recording import switch
from . import contraction, elementwise, indexing, reduction
from .families import every_family
from .primitive import by_numpy

REDUCED = {
    np.add: reduction.sum_,
    np.maximum: reduction.amax,
    np.minimum: reduction.amin,
    np.logical_and: reduction.all_,
    np.logical_or: reduction.any_,
}


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
    """NEP 13: what NumPy calls when a Tensor is given to a ufunc."""
    if out is not None or kwargs.get("where", True) is not True:
        return plain(ufunc if method == "__call__" else getattr(ufunc, method), inputs, {"out": out, **kwargs})
    if method == "__call__" and not kwargs and (op := op_of(ufunc)) is not None:
        return op(*inputs)
    if method == "reduce" and ufunc in REDUCED:
        return REDUCED[ufunc](inputs[0], axis=kwargs.get("axis", 0), keepdims=kwargs.get("keepdims", False))
    return plain(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs)


def array_function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NEP 18: what NumPy calls when a Tensor is given to one of its other functions."""
    op = TABLE.get(function) or op_of(function)
    return plain(function, args, kwargs) if op is None else op(*args, **kwargs)


def op_of(function: Any) -> Any:
    """The op that stands for NumPy's function; before there is said to be none, all families are imported."""
    op = by_numpy.get(function)
    if op is None and function not in GRADIENT_FREE:
        every_family()
        op = by_numpy.get(function)
    return op


def plain(function: Any, args: Any, kwargs: Any) -> Any:
    """`function` on the Tensors' arrays, its arrays as Tensors again; TypeError if a gradient would be lost."""
    lost: list[Any] = []
    args = unwrapped(tuple(args), lost)
    kwargs = {k: unwrapped(v, lost) for k, v in kwargs.items() if v is not None}
    name = f"np.{function.__name__}"
    if lost and function not in GRADIENT_FREE:
        raise TypeError(
            f"{name}: a Tensor of shape {lost[0].shape} that requires a gradient: there is no rule for this function; "
            f"give it t.value for the result without gradient"
        )
    result = function(*args, **kwargs)
    return engine.box._of(result) if isinstance(result, np.ndarray) else result


def unwrapped(x: Any, lost: list[Any]) -> Any:
    """The array of a Tensor, in lists and tuples too; a Tensor whose gradient is lost goes to `lost`."""
    if isinstance(x, engine.box):
        if x.node is not None and switch.on:
            lost.append(x)
        return x.value
    if isinstance(x, list | tuple):
        return type(x)(unwrapped(m, lost) for m in x)
    return x


# Functions whose result says something about the array, or is piecewise constant: nothing is lost.
GRADIENT_FREE = {
    np.shape, np.ndim, np.size, np.array_equal, np.allclose, np.isclose, np.array_repr, np.array_str, np.array2string,
    np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.floor, np.ceil, np.rint, np.round, np.trunc,
    np.count_nonzero, np.nonzero, np.argsort, np.argwhere, np.result_type, np.may_share_memory, np.shares_memory,
    np.iscomplexobj, np.isrealobj, np.copyto, np.searchsorted, np.unique, np.signbit,
}  # fmt: skip


def _einsum(subscripts: str, *operands: Any, **options: Any) -> Any:
    return einsum(subscripts, *operands)


def einsum(equation: str, *operands: Any) -> Any:
    """Einstein's sum of products over the named indices: `einsum("bij,bjk->bik", x, y)`; `...` stands for the rest."""
    if not isinstance(equation, str):  # einsum(x, [0, 1], y, [1, 2], [0, 2]): numbers name the indices
        given = (equation, *operands)
        names = ["".join("..." if k is Ellipsis else chr(97 + k) for k in sub) for sub in (*given[1::2], *given[-1:])]
        inputs = names[: len(given) // 2]
        equation = ",".join(inputs) + ("->" + names[-1] if len(given) % 2 else "")
        operands = given[: len(given) // 2 * 2 : 2]
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    return contraction.einsum(operands, contraction.spell_out(equation, [np.ndim(x) for x in operands]))


def _var(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return reduction.var(x, axis, ddof, keepdims)  # NumPy divides by n, PyTorch by n - 1


def _std(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return reduction.std(x, axis, ddof, keepdims)


def _where(condition: Any, *branches: Any) -> Any:
    if isinstance(condition, engine.box):
        condition = condition.value
    return elementwise.where(condition, *branches) if branches else np.nonzero(condition)


def _take(x: Any, indices: Any, axis: int | None = None) -> Any:
    if axis is None:
        return indexing.getitem(x.reshape(-1), np.asarray(indices))
    return indexing.getitem(x, (slice(None),) * (axis % x.ndim) + (np.asarray(indices),))


def _take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        x, axis = x.reshape(-1), 0
    k, indices = axis % x.ndim, np.asarray(indices)
    # NumPy's broadcasts the indices along the other axes, PyTorch's gather takes them as they are.
    return indexing.gather(x, np.broadcast_to(indices, (*x.shape[:k], indices.shape[k], *x.shape[k + 1 :])), k)


TABLE: dict[Any, Any] = {
    np.einsum: _einsum,
    np.var: _var,
    np.std: _std,
    np.where: _where,
    np.take: _take,
    np.take_along_axis: _take_along_axis,
    np.clip: lambda x, a_min=None, a_max=None: elementwise.clamp(x, a_min, a_max),
    np.ravel: lambda x: x.reshape(-1),
    np.split: lambda x, sections, axis=0: split_at(x, sections, axis),
    np.vstack: lambda xs: np.concatenate([x if x.ndim > 1 else x.reshape(1, -1) for x in xs]),
    np.hstack: lambda xs: np.concatenate(xs, axis=0 if xs[0].ndim == 1 else 1),
}


def split_at(x: Any, sections: Any, axis: int) -> list[Any]:
    """np.split: into `sections` equal parts, or before each of the positions."""
    n = x.shape[axis]
    if isinstance(sections, int):
        if n % sections:
            raise ValueError(
                f"split: {n} elements into {sections} parts: they are not equal; use torch's x.split(size)"
            )
        sections = range(n // sections, n, n // sections)
    bounds = [0, *sections, n]
    at = (slice(None),) * (axis % x.ndim)
    return [x[(*at, slice(a, b))] for a, b in pairwise(bounds)]

"""Contractions: products summed over shared axes."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from ..engine import ones
from ..kernels import definition
from .primitive import Array, Arrays, primitive

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # string's are the same, and it costs half a ms

MANY = 1 << 14  # elements of a factor from which on a kernel for matrix products pays


def swap(x: Array) -> Array:
    """The transpose of each matrix: the last two axes exchanged."""
    return x.swapaxes(-1, -2)


@primitive(np.matmul)
def matmul(x: Array, y: Array) -> Array:
    """The matrix product x @ y: (..., n, k) @ (..., k, m) -> (..., n, m), leading axes broadcast.

    A vector on the left is a row, on the right a column: (k,) @ (..., k, m) -> (..., m); (..., k) @ (k,) -> (...,).
    """
    try:
        # np.dot is the same for matrices, with half of the overhead.
        if x.ndim == y.ndim == 2:
            return x.dot(y) if x.size < MANY else product(x, y, None)
        if y.ndim == 2 and x.ndim > 2:  # one product, not one for each matrix in x
            check_contracted("matmul", x, y)
            return product(flat(x), y, None).reshape((*x.shape[:-1], y.shape[1]))
        out = np.matmul(x, y)
    except ValueError:
        check_contracted("matmul", x, y)
        raise
    return out if out.dtype is x.dtype else out.astype(x.dtype)  # NumPy's product of bfloat16 is float32


def matmul_x(g: Array, y: Array) -> Array:
    """g y^T"""
    if g.ndim == y.ndim == 2:
        return g.dot(y.T)
    if y.ndim == 1:  # a column: (..., n, k) @ (k,) -> (..., n), or (k,) @ (k,) -> ()
        return np.expand_dims(g, -1) * y if g.ndim else g * y
    if y.ndim == 2 and g.ndim > 2:
        return product(flat(g), y.T, None).reshape((*g.shape[:-1], y.shape[0]))
    # x was a row, (k,) @ (..., k, m) -> (..., m), if the result has an axis less than y
    return (y @ np.expand_dims(g, -1)).squeeze(-1) if g.ndim < y.ndim else g @ swap(y)


def matmul_y(g: Array, x: Array, y_shape: tuple[int, ...]) -> Array:
    """x^T g"""
    if g.ndim == x.ndim == 2:
        return np.dot(x.T, g)  # not x.T.dot: an array's method would take a recorded g for an array
    if x.ndim == 1:
        return np.expand_dims(x, -1) * np.expand_dims(g, -2) if g.ndim else g * x
    if len(y_shape) == 2 and g.ndim > 2:
        return np.dot(flat(x).T, flat(g)) if type(g) is not np.ndarray else product(flat(x).T, flat(g), None)
    return (np.expand_dims(g, -2) @ x).squeeze(-2) if g.ndim < x.ndim else swap(x) @ g


matmul.rule(x=matmul_x, y=matmul_y)


@primitive(np.dot)
def dot(x: Array, y: Array) -> Array:
    """np.dot: the sum of products over the last axis of x and the last but one (or only) axis of y.

    (n, k) . (k, m) -> (n, m); (k,) . (k,) -> (); in general (..., k) . (..., k, m) -> (..., ..., m).
    """
    if x.ndim and y.ndim:
        check_contracted("dot", x, y)
    return x.dot(y)


def dot_x(g: Array, y: Array, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> Array:
    """g y^T"""
    if not x_shape or not y_shape:
        return g * y
    if len(y_shape) == 1:
        return np.expand_dims(g, -1) * y
    columns = contracted_first(y)
    return g.reshape((size(x_shape[:-1]), columns.shape[1])).dot(columns.T).reshape(x_shape)


def dot_y(g: Array, x: Array, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> Array:
    """x^T g"""
    if not x_shape or not y_shape:
        return g * x
    rows = flat(x).T  # (k, rest of x)
    if len(y_shape) == 1:
        return np.dot(rows, g.reshape((rows.shape[1],)))
    h = np.dot(rows, g.reshape((rows.shape[1], size(y_shape[:-2]) * y_shape[-1])))  # (k, rest of y)
    if len(y_shape) == 2:
        return h
    return np.swapaxes(h.reshape((y_shape[-2], size(y_shape[:-2]), y_shape[-1])), 0, 1).reshape(y_shape)


def contracted_first(y: Array) -> Array:
    """(..., k, m) -> (k, rest): the axis that dot sums over in front, the others in one."""
    return y if y.ndim == 2 else np.moveaxis(y, -2, 0).reshape((y.shape[-2], size(y.shape[:-2]) * y.shape[-1]))


def flat(x: Array) -> Array:
    """(..., n) -> (N, n)"""
    return x if x.ndim == 2 else x.reshape((size(x.shape[:-1]), x.shape[-1]))  # not -1: unknown where n is 0


def size(shape: tuple[int, ...]) -> int:
    """The number of elements of a shape."""
    return math.prod(shape)


dot.rule(x=dot_x, y=dot_y)


def check_contracted(op: str, x: Array, y: Array) -> None:
    """Raise unless the axes that are multiplied and summed have the same size."""
    if x.ndim == 0 or y.ndim == 0:
        raise ValueError(f"{op}: shapes {x.shape} and {y.shape}: a 0-d Tensor has no axis to sum over; use *")
    k, also_k = x.shape[-1], y.shape[-2] if y.ndim > 1 else y.shape[0]
    if k != also_k:
        raise ValueError(
            f"{op}: shapes {x.shape} and {y.shape}: the last axis of the first has {k} elements and the "
            f"{'last but one' if y.ndim > 1 else 'only'} axis of the second {also_k}; transpose or reshape one of them"
        )


@primitive()
def linear(x: Array, weight: Array, bias: Array = None) -> Array:
    """x W^T + b: (..., in) , (out, in), (out,) -> (..., out). One op, so that the sum is added in place."""
    # Nearly always so; lengths are asked for in a tenth of the time of shapes.
    plain = bias is not None and x.ndim == weight.ndim == 2 and bias.ndim == 1 and len(bias) == len(weight)
    if not plain or x.size >= MANY:
        return linear_of_any(x, weight, bias)
    try:
        out = x.dot(weight.T)
    except ValueError:
        check_linear(x, weight, bias)
        raise
    own = out[0] if len(x) == 1 else out  # of one shape with the bias: half of the time
    own += bias  # the product is ours: no second array
    return out


def linear_of_any(x: Array, weight: Array, bias: Array) -> Array:
    """The formula of `linear` for arrays of any shape."""
    check_linear(x, weight, bias)
    shape = x.shape[:-1] + weight.shape[:-1]
    if x.size >= MANY and weight.ndim == 2:
        return product(flat(x), weight.T, bias).reshape(shape)
    out = x.dot(weight.T) if x.ndim < 3 else flat(x).dot(weight.T).reshape(shape)
    if bias is not None:
        out += bias
    return out


def check_linear(x: Array, weight: Array, bias: Array) -> None:
    """Raise unless input, weight and bias (None, or a single number too) go together."""
    if weight.ndim not in (1, 2) or not x.ndim or x.shape[-1] != weight.shape[-1]:
        raise ValueError(
            f"linear: input {x.shape} and weight {weight.shape}: the last axis of the input must be the last of the "
            f"weight, (out_features, in_features); reshape the input or make the layer fit"
        )
    if bias is not None and bias.shape != weight.shape[:-1] and bias.shape != ():
        raise ValueError(
            f"linear: weight {weight.shape} and bias {bias.shape}: the bias must have one element for each row of "
            f"the weight, {weight.shape[:-1]}; make them fit"
        )


@definition("numba_linear", least=MANY)
def product(x: Any, y: Any, bias: Any) -> Any:
    """x y + bias: (M, K), (K, N), (N,) -> (M, N)"""
    out = x.dot(y)
    if bias is not None:
        out += bias
    return out


def linear_x(g: Array, weight: Array) -> Array:
    """g W"""
    if weight.ndim == 1:
        return np.expand_dims(g, -1) * weight
    if type(g) is np.ndarray and g.size >= MANY:
        return product(flat(g), weight, None).reshape((*g.shape[:-1], weight.shape[-1]))
    # A matrix product is what BLAS does fast; dot of more axes goes another way.
    return g.dot(weight) if g.ndim < 3 else flat(g).dot(weight).reshape((*g.shape[:-1], weight.shape[-1]))


def linear_weight(g: Array, x: Array, weight_shape: tuple[int, ...]) -> Array:
    """g^T x"""
    if len(weight_shape) == 1:
        return g.reshape((size(g.shape),)).dot(flat(x))
    return product(flat(g).T, flat(x), None) if type(g) is np.ndarray and g.size >= MANY else flat(g).T.dot(flat(x))


def linear_bias(g: Array) -> Array:
    """The sum of g over all axes but the last: of an array as a product with ones, five times faster than NumPy's."""
    return ones(size(g.shape[:-1]), g.dtype).dot(flat(g)) if type(g) is np.ndarray and g.ndim > 1 else g


linear.rule(
    x=linear_x,
    weight=linear_weight,
    bias=linear_bias,
)


# ---- Einstein's sum ------------------------------------------------------------------------------------------------


def summed(subscripts: str, *operands: Array) -> Array:
    """np.einsum; the sum of products of two large arrays of floats as a matrix product, which BLAS computes."""
    if len(operands) == 2 and all(type(x) is np.ndarray and x.dtype.kind == "f" for x in operands):
        x, y = operands
        plan = as_matrices(subscripts) if x.size * y.size > 4096 else None
        if plan is not None and all(x.shape[i] == y.shape[j] for i, j in plan[0]):
            _, order_x, order_y, (batch, left, inner), back = plan
            x, y = x.transpose(order_x), y.transpose(order_y)  # (batch, left, inner) and (batch, inner, right)
            rows, columns = x.shape[batch : batch + left], y.shape[batch + inner :]
            shape = x.shape[:batch]
            n, k, m = size(rows), size(y.shape[batch : batch + inner]), size(columns)
            product = x.reshape((*shape, n, k)) @ y.reshape((*shape, k, m))
            return product.reshape((*shape, *rows, *columns)).transpose(back)
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)


@cache
def as_matrices(subscripts: str) -> Any:
    """How to compute a sum of products of two arrays as a matrix product; None if it is none.

    Which axes have one size, the order of the axes of each (batch, left, inner and batch, inner, right), how many of
    each there are, and the order of the result's.
    """
    inputs, out = subscripts.split("->")
    a, b = inputs.split(",")
    shared = [c for c in a if c in b]
    batch, inner = [c for c in shared if c in out], [c for c in shared if c not in out]
    left, right = [c for c in a if c not in b], [c for c in b if c not in a]
    once = len(set(a)) == len(a) and len(set(b)) == len(b)
    if not once or not inner or not left or not right or not set(left + right) <= set(out):
        return None  # a product of elements, or a sum over one of them alone: no matrix product
    result = [*batch, *left, *right]
    return (
        [(a.index(c), b.index(c)) for c in shared],
        [a.index(c) for c in (*batch, *left, *inner)],
        [b.index(c) for c in (*batch, *inner, *right)],
        (len(batch), len(left), len(inner)),
        [result.index(c) for c in out],
    )


@primitive()
def einsum(operands: Arrays, subscripts: str = "") -> Array:
    """The sum of products over the indices that `subscripts` names, "ij,jk->ik"; all indices spelled out."""
    out = summed(subscripts, *operands)
    return out.copy() if len(operands) == 1 and out.base is not None else out  # of one operand it may be a view


def einsum_operand(g: Array, operands: Arrays, i: int, subscripts: str, operands_shape: Any) -> Array:
    """The sum of products of g with the other operands, back in the indices of operand i."""
    inputs, out = subscripts.split("->")
    names = inputs.split(",")
    mine, shape = names[i], operands_shape[i]
    others = [k for k in range(len(names)) if k != i]
    reachable = set(out).union(*(names[k] for k in others))
    unique = list(dict.fromkeys(mine))
    present = "".join(c for c in unique if c in reachable)
    h = summed(",".join([out, *(names[k] for k in others)]) + "->" + present, g, *(operands[k] for k in others))
    # An index of this operand alone was summed over: its gradient repeats along it.
    for k, c in enumerate(unique):
        if c not in reachable:
            h = np.expand_dims(h, k)
    sizes = [
        max(n for name, s in zip(names, operands_shape, strict=True) for d, n in zip(name, s, strict=True) if d == c)
        for c in unique
    ]
    h = np.broadcast_to(h, tuple(sizes))
    # A repeated index took the diagonal: only the diagonal has a gradient.
    for k, c in enumerate(mine):
        if c in mine[:k]:
            first = mine.index(c)
            eye = np.eye(shape[k], dtype=h.dtype)
            place = [1] * (h.ndim + 1)
            place[first], place[k] = shape[k], shape[k]
            h = np.expand_dims(h, k) * eye.reshape(place)
    return h


einsum.rule(operands=einsum_operand)


def spell_out(subscripts: str, ndims: list[int]) -> str:
    """`subscripts` with every index named: "..." replaced by letters, the output made explicit."""
    text = subscripts.replace(" ", "")
    inputs, arrow, out = text.partition("->")
    names = inputs.split(",")
    unknown = set(text.replace("...", "").replace("->", "")) - set(LETTERS + ",")
    if unknown:
        raise ValueError(
            f"einsum: {subscripts!r}: {', '.join(sorted(unknown))} names no axis; use letters, commas and an arrow"
        )
    indices = out.replace("...", "")
    if set(indices) - set(inputs) or len(set(indices)) < len(indices):
        raise ValueError(
            f"einsum: {subscripts!r}: each letter of the output must be once in it and also in an input; "
            f"change what stands after ->"
        )
    if len(names) != len(ndims):
        raise ValueError(
            f"einsum: {subscripts!r} with {len(ndims)} operands: it names {len(names)}; give one term for each operand"
        )
    spare = [c for c in LETTERS if c not in text]
    hidden = [ndim - len(name.replace("...", "")) for name, ndim in zip(names, ndims, strict=True)]
    for name, ndim, extra in zip(names, ndims, hidden, strict=True):
        if extra < 0 or (extra and "..." not in name):
            raise ValueError(
                f"einsum: {name!r} in {subscripts!r}: it names {len(name.replace('...', ''))} axes of an operand "
                f"with {ndim}; name each axis, or use ... for the rest"
            )
    width = max([n for name, n in zip(names, hidden, strict=True) if "..." in name], default=0)
    letters = "".join(spare[:width])
    names = [name.replace("...", letters[width - n :]) for name, n in zip(names, hidden, strict=True)]
    if arrow:
        out = out.replace("...", letters)
    else:
        every = "".join(names)
        out = letters + "".join(sorted(c for c in set(every) - set(letters) if every.count(c) == 1))
    return ",".join(names) + "->" + out

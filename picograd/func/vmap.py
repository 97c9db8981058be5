"""vmap: a function of one sample as a function of a batch.

It is a loop over the batch and a stack of the results: the same numbers and derivatives as PyTorch's, not its speed.
Where speed matters write the batch into the operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import numpy as np

from ..autograd.joint import record
from ..engine import current
from ..ops import movement
from ..random import default_generator
from ..recording import switch
from ..tensor import Tensor
from .tree import leaves, rebuilt


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The function that applies `func` to each slice of its arguments and stacks the results.

    `in_dims`: along which axis each argument is sliced, None for one that is given whole; one for all, a tuple with
    one for each argument, or nested like the arguments. Keyword arguments are given whole. `out_dims`: at which axis
    results are stacked. `randomness`: random numbers inside func are an "error", "different" in each slice, or the
    "same". `chunk_size` has no effect: one slice at a time is the smallest chunk.
    """
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"vmap: chunk_size {chunk_size}: it counts slices; give 1 or more, or None")
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"vmap: randomness {randomness!r}: it is unknown; give 'error', 'different' or 'same'")

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        dims = list(broadcast(in_dims, args, "in_dims"))
        values = list(leaves(args))
        size = batch_size(values, dims)
        state = default_generator.get_state()
        results = []
        parts = [None if d is None else slices_of(x, d) for x, d in zip(values, dims, strict=True)]
        for k in range(size):
            if randomness == "same":
                default_generator.set_state(state)
            slices = (x if part is None else part(k) for x, part in zip(values, parts, strict=True))
            results.append(func(*rebuilt(args, slices), **kwargs))
            if randomness == "error" and not same_state(state, default_generator.get_state()):
                default_generator.set_state(state)
                raise RuntimeError(
                    "vmap: random numbers inside the function: it is not said whether slices share them; "
                    "pass randomness='different' or 'same'"
                )
        return stacked(results, out_dims)

    return wrapper


def broadcast(dims: Any, tree: Any, what: str) -> Iterator[Any]:
    """An axis for each leaf of `tree`, from one for all, or a structure that begins like it."""
    if dims is None or isinstance(dims, int):
        yield from (dims for _ in leaves(tree))
        return
    fits = isinstance(tree, dict | tuple | list) and isinstance(dims, dict | tuple | list) and len(dims) == len(tree)
    if not fits or isinstance(dims, dict) != isinstance(tree, dict):
        raise ValueError(
            f"vmap: {what} {dims}: it doesn't fit the {len(tree) if hasattr(tree, '__len__') else 1} values that it is "
            f"for; give a number, None, or a tuple with one for each"
        )
    pairs = ((dims[key], tree[key]) for key in tree) if isinstance(tree, dict) else zip(dims, tree, strict=True)
    for part, branch in pairs:
        yield from broadcast(part, branch, what)


def batch_size(values: list[Any], dims: list[Any]) -> int:
    """How many slices there are: the same along each of the axes."""
    sizes = set()
    for x, d in zip(values, dims, strict=True):
        if d is None:
            continue
        if not isinstance(x, Tensor) or not -x.ndim <= d < x.ndim:
            what = f"shape {x.shape}" if isinstance(x, Tensor) else f"a {type(x).__name__}"
            raise ValueError(f"vmap: in_dims {d} for {what}: there is no such axis; give None to pass it whole")
        sizes.add(x.shape[d])
    if len(sizes) != 1:
        found = f"sizes {sorted(sizes)}" if sizes else "no axis"
        raise ValueError(f"vmap: {found} to map over: there must be one size; check in_dims and the shapes")
    return int(sizes.pop())


def slices_of(x: Tensor, d: int) -> Callable[[int], Any]:
    """The function that gives the k-th slice of x along axis d.

    Where x has a gradient the slices are the outputs of one function: its backward is one stack, recorded or not. Each
    slice by itself would send back a gradient of the whole shape, and all of them the square of it.
    """
    if x.node is None or not switch.on:
        return lambda k: x[(slice(None),) * (d % x.ndim) + (k,)]
    node = current(x)
    assert node is not None
    rows = np.moveaxis(x.value, d, 0)

    def backward(gradients: list[Any], saved: tuple[Any, ...], hidden: Any) -> list[Any]:
        if hidden is None:
            whole = np.zeros(rows.shape, rows.dtype)
            for k, g in enumerate(gradients):
                if g is not None:
                    whole[k] = g
            return [np.moveaxis(whole, 0, d)]
        nothing = Tensor._of(np.zeros(rows.shape[1:], rows.dtype))
        return [movement.stack([nothing if g is None else g for g in gradients], d)]

    made = record("vmap", [np.array(row) for row in rows], [(node, x.shape, x.dtype)], backward)
    return lambda k: made[k]


def same_state(a: Any, b: Any) -> bool:
    """Whether two states of a generator are the same."""
    if isinstance(a, dict):
        return all(same_state(a[key], b[key]) for key in a)
    return bool(np.array_equal(a, b))


def stacked(results: list[Any], out_dims: Any) -> Any:
    """The results of the slices, stacked leaf by leaf."""
    if not results:
        raise ValueError("vmap: a batch of 0: there is no slice to see the results' form by; give at least one sample")
    dims = list(broadcast(out_dims, results[0], "out_dims"))
    columns = zip(*(list(leaves(r)) for r in results), strict=True)
    joined = []
    for parts, d in zip(columns, dims, strict=True):
        if not all(isinstance(part, Tensor) for part in parts):
            raise ValueError(
                f"vmap: the function returned a {type(parts[0]).__name__}: results must be Tensors; return those"
            )
        joined.append(parts[0] if d is None else movement.stack(parts, d))
    return rebuilt(results[0], iter(joined))

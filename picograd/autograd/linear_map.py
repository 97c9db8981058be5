"""A function's derivative as a linear map: pulled back (vjp) and pushed forward (jvp), on recorded results."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..engine import Freed, Node, current, sources
from ..ops import movement
from ..tensor import Tensor
from .gradient import grad


def fresh(x: Tensor) -> Tensor:
    """x at a place of its own in the graph: gradients with respect to the result are not those of x elsewhere."""
    if x.node is not None:
        return movement.clone(x)
    result = x.detach()
    result.requires_grad = True
    return result


def depends_outside(tensors: Sequence[Tensor], own: Sequence[Tensor], start: int) -> bool:
    """Whether the graph of `tensors` leads to something older than the time `start`, other than through `own`."""
    seen: set[Node | None] = {current(x) for x in own}
    order = [node for x in tensors if (node := current(x)) is not None]
    for node in order:  # grows while it is gone through
        if node in seen:
            continue
        seen.add(node)
        if node.birth > start:  # the clock counts down
            return True
        if not isinstance(node.edges, Freed):
            order.extend(sources(node))
    return False


def zeros_like(x: Tensor) -> Tensor:
    """Zeros in the shape and dtype of x, without gradient."""
    return Tensor._of(np.zeros_like(x.value))


def pull(
    outs: Sequence[Tensor], ins: Sequence[Tensor], seeds: Sequence[Tensor], *, create_graph: bool = False
) -> list[Tensor | None]:
    """The gradient of each input for these gradients of the outputs; None where nothing depends. The graph stays."""
    recorded = [(y, v) for y, v in zip(outs, seeds, strict=True) if y.node is not None]
    if not recorded:
        return [None] * len(ins)
    ys, vs = zip(*recorded, strict=True)
    return list(grad(ys, ins, vs, retain_graph=True, create_graph=create_graph, allow_unused=True))


class Forward(threading.local):
    """Whether this thread is in a pull that is to be differentiated, with zeros for gradients: forward mode."""

    mode = False


forward = Forward()


@contextmanager
def pushing() -> Iterator[None]:
    """A pull within this block is for forward mode: a Function may answer it with its own `jvp`."""
    before, forward.mode = forward.mode, True
    try:
        yield
    finally:
        forward.mode = before


class Push:
    """Derivatives of outputs along tangents of the inputs: `push(tangents)`.

    The gradient g(u) of the inputs is linear in the gradient u of the outputs; so the derivative of g(u) . t with
    respect to u is the derivative of the outputs along t, whatever u is.
    """

    def __init__(self, outs: Sequence[Tensor], ins: Sequence[Tensor]) -> None:
        self.outs = outs
        self.seeds = [fresh(zeros_like(y)) for y in outs]
        with pushing():
            self.gradients = pull(outs, ins, self.seeds, create_graph=True)

    def __call__(self, tangents: Sequence[Tensor], *, create_graph: bool = False) -> list[Tensor | None]:
        """The tangent of each output; None where it depends on no input."""
        terms = [(g * t).sum() for g, t in zip(self.gradients, tangents, strict=True) if g is not None]
        terms = [term for term in terms if term.node is not None]
        ones = [Tensor._of(np.ones_like(term.value)) for term in terms]
        return pull(terms, self.seeds, ones, create_graph=create_graph)


def basis(x: Tensor) -> list[Tensor]:
    """A Tensor like x for each of its elements: 1 there and 0 elsewhere."""
    rows = np.eye(x.numel(), dtype=x.dtype)
    return [Tensor._of(row.reshape(x.shape)) for row in rows]


def rows(
    outs: Sequence[Tensor], ins: Sequence[Tensor], *, create_graph: bool = False
) -> list[list[tuple[Tensor | None, ...]]]:
    """For each output and each of its elements: the gradients of the inputs."""
    return [[tuple(pull([y], ins, [v], create_graph=create_graph)) for v in basis(y)] for y in outs]


def assembled(parts: Sequence[Any], y: Tensor, x: Tensor) -> Tensor:
    """The Jacobian of y by x, shape (*y.shape, *x.shape), from its rows; None stands for zeros."""
    shape = (*y.shape, *x.shape)
    if all(part is None for part in parts):
        return Tensor._of(np.zeros(shape, x.dtype))
    return movement.reshape(movement.stack([zeros_like(x) if part is None else part for part in parts], 0), shape)


def assembled_columns(parts: Sequence[Any], y: Tensor, x: Tensor) -> Tensor:
    """The same from its columns: the tangents of y along each element of x."""
    shape = (*y.shape, *x.shape)
    if all(part is None for part in parts):
        return Tensor._of(np.zeros(shape, y.dtype))
    return movement.reshape(movement.stack([zeros_like(y) if part is None else part for part in parts], -1), shape)

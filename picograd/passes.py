"""The backward pass as it is asked for: from several Tensors, to some inputs only, recorded itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import engine
from .engine import Node, deposit, walk
from .recording import enable_grad, no_grad

if TYPE_CHECKING:
    from .tensor import Tensor


def seeded(tensors: Sequence[Tensor], gradients: Sequence[Any], op: str, create_graph: bool) -> dict[Node, Any]:
    """The nodes that a pass starts at, with their incoming gradients: arrays, Tensors with `create_graph`."""
    roots: dict[Node, Any] = {}
    for tensor, gradient in zip(tensors, gradients, strict=True):
        node = tensor._start()
        g: Any = tensor._seed(gradient, op)
        if create_graph:
            g = gradient if isinstance(gradient, engine.box) else engine.box._of(g)
        roots[node] = roots[node] + g if node in roots else g
    return roots


def pass_back(
    tensors: Sequence[Tensor], gradients: Sequence[Any], retain_graph: bool | None, create_graph: bool, inputs: Any
) -> None:
    """Add to the `grad` of every held Tensor that `tensors` come from, or of `inputs` only."""
    retain = create_graph if retain_graph is None else bool(retain_graph)
    targets = None if inputs is None else [inputs] if isinstance(inputs, engine.box) else list(inputs)
    if targets is not None and not targets:
        raise RuntimeError("backward: inputs is empty: there is nothing to compute; leave it out to reach everything")
    with enable_grad() if create_graph else no_grad():
        roots = seeded(tensors, gradients, "backward", create_graph)
        if targets is None:
            deposit(walk(roots, retain_graph=retain, create_graph=create_graph))
            return
        nodes = {x._start(): x for x in targets}
        reached = walk(roots, retain_graph=retain, create_graph=create_graph, inputs=set(nodes))
        deposit((nodes[node], g) for node, g in reached)

"""`grad`: gradients as Tensors, of any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import walk
from ..ops import movement
from ..passes import seeded
from ..recording import enable_grad, no_grad
from ..tensor import Tensor, handle


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` (summed) with respect to `inputs`, as a tuple of Tensors; no `grad` is touched.

    `grad_outputs`: the incoming gradient of each output, in its shape; scalars need none. With `create_graph` the
    result has a graph itself and can be differentiated again. An input on which nothing depends is an error, None with
    `allow_unused`, zeros with `materialize_grads`. With `is_grads_batched` each of `grad_outputs` has one more axis in
    front, and so have the results: one gradient for each slice. `inputs` and `outputs` may be `graph.GradientEdge`s.
    `only_inputs` is accepted and changes nothing: no `grad` is touched in any case.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "grad: materialize_grads=True with allow_unused=False: zeros in place of None and an error in place of "
            "None; leave allow_unused out"
        )
    if is_grads_batched:
        return batched(
            outputs, inputs, grad_outputs, retain_graph, create_graph,
            allow_unused=allow_unused, materialize_grads=materialize_grads,
        )  # fmt: skip
    outputs, inputs = at_edges(outputs), at_edges(inputs)
    outs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    ins = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    given = [grad_outputs] if grad_outputs is None or isinstance(outputs, Tensor) else list(grad_outputs)
    if isinstance(outputs, Tensor) and isinstance(grad_outputs, list | tuple) and len(grad_outputs) == 1:
        given = list(grad_outputs)
    seeds = given if grad_outputs is not None else [None] * len(outs)
    if len(seeds) != len(outs):
        raise ValueError(
            f"grad: {len(seeds)} grad_outputs for {len(outs)} outputs: each output needs its own; give as many"
        )
    for k, x in enumerate(ins):
        if x.node is None:
            raise RuntimeError(
                f"grad: input {k} of shape {x.shape} does not require a gradient: nothing was recorded for it; "
                f"set requires_grad=True before computing"
            )
    with enable_grad() if create_graph else no_grad():
        roots = seeded(outs, seeds, "grad", create_graph)
        nodes = [x._start() for x in ins]
        reached = dict(
            walk(
                roots,
                retain_graph=create_graph if retain_graph is None else retain_graph,
                create_graph=create_graph,
                inputs=set(nodes),
            )
        )
    result: list[Any] = []
    for k, (x, node) in enumerate(zip(ins, nodes, strict=True)):
        if node in reached:
            g = reached[node]
            result.append(g if isinstance(g, Tensor) else Tensor._of(np.array(g)))
        elif materialize_grads:
            result.append(Tensor._of(np.zeros_like(x.value)))
        elif allow_unused:
            result.append(None)
        else:
            raise RuntimeError(
                f"grad: input {k} of shape {x.shape}: no output depends on it; leave it out, or pass allow_unused=True"
            )
    return tuple(result)


def batched(
    outputs: Any, inputs: Any, grad_outputs: Any, retain_graph: bool | None, create_graph: bool, **options: Any
) -> tuple[Any, ...]:
    """`grad` for each slice of the incoming gradients along their first axis, stacked."""
    seeds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs or ())
    sizes = {g.shape[0] if g is not None and g.ndim else -1 for g in seeds}
    if len(sizes) != 1 or -1 in sizes:
        raise ValueError(
            f"grad: is_grads_batched=True and grad_outputs of shape {', '.join(str(np.shape(g)) for g in seeds)}: they "
            f"need one first axis of the same size; give a Tensor (B, *output.shape) for each output"
        )
    (size,) = sizes
    rows = []
    for k in range(size):
        retain = True if k < size - 1 else retain_graph
        rows.append(grad(outputs, inputs, [g[k] for g in seeds], retain, create_graph, **options))
    columns = zip(*rows, strict=True)
    return tuple(None if parts[0] is None else movement.stack(parts) for parts in columns)


def at_edges(tensors: Any) -> Any:
    """The Tensors, one for each place in the graph among them."""
    if hasattr(tensors, "output_nr") and not isinstance(tensors, Tensor):
        held: Tensor | None = tensors.node.tensor()
        return handle(tensors.node) if held is None else held
    if isinstance(tensors, Tensor):
        return tensors
    return [at_edges(x) for x in tensors]

"""`grad`: gradients as Tensors, of any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import Node, walk
from ..recording import enable_grad, no_grad
from ..tensor import Tensor


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` (summed) with respect to `inputs`, as a tuple of Tensors; no `grad` is touched.

    `grad_outputs`: the incoming gradient of each output, in its shape; scalars need none. With `create_graph` the
    result has a graph itself and can be differentiated again. An input on which nothing depends is an error, None with
    `allow_unused`, zeros with `materialize_grads`.
    """
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
    roots: dict[Node, Any] = {}
    with enable_grad() if create_graph else no_grad():
        for out, seed in zip(outs, seeds, strict=True):
            node = out._start()
            g: Any = out._seed(seed, "grad")
            if create_graph:
                g = seed if isinstance(seed, Tensor) else Tensor._of(g)
            roots[node] = roots[node] + g if node in roots else g
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
            result.append(Tensor(x.value * 0, requires_grad=False))
        elif allow_unused:
            result.append(None)
        else:
            raise RuntimeError(
                f"grad: input {k} of shape {x.shape}: no output depends on it; leave it out, or pass allow_unused=True"
            )
    return tuple(result)

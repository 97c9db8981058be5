"""`backward` of several Tensors at once, and `Variable`, PyTorch's old name of a Tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..passes import pass_back
from ..tensor import Tensor


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """The backward pass from several Tensors at once: adds to `grad` of every held Tensor that they come from.

    `grad_tensors`: the incoming gradient of each, in its shape; scalars need none. `inputs`: only to the `grad` of
    these. `retain_graph` and `create_graph` as in `Tensor.backward`; `grad_variables` is an old name of `grad_tensors`.
    """
    outs = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if grad_variables is not None:
        if grad_tensors is not None:
            raise RuntimeError(
                "backward: grad_tensors and grad_variables: they are the same thing; give grad_tensors alone"
            )
        grad_tensors = grad_variables
    single = grad_tensors is None or isinstance(grad_tensors, Tensor)
    seeds = [grad_tensors] * (len(outs) if grad_tensors is None else 1) if single else list(grad_tensors)
    if len(seeds) != len(outs):
        raise RuntimeError(
            f"backward: {len(seeds)} grad_tensors for {len(outs)} tensors: each needs its own; give as many"
        )
    pass_back(outs, seeds, retain_graph, create_graph, inputs)


class _AnyTensor(type):
    """Every Tensor is an instance of Variable."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)

    def __call__(cls, data: Any = (), requires_grad: bool = False, volatile: bool = False) -> Tensor:
        source = data if isinstance(data, Tensor) else Tensor(data, requires_grad=False)
        result = source.detach()
        result.requires_grad = requires_grad
        return result


class Variable(metaclass=_AnyTensor):
    """PyTorch's old name: `Variable(data, requires_grad=False)` is a Tensor that shares the data's memory.

    `volatile` has no effect, as in PyTorch since 0.4.
    """

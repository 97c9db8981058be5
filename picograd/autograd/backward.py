"""`backward` of several Tensors at once, and `Variable`, PyTorch's old name of a Tensor."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ContextDecorator
from typing import Any

from ..engine import Node, deposit, walk
from ..recording import switch, turn
from ..tensor import Tensor


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """The backward pass from several Tensors at once: adds to `grad` of every held Tensor that they come from.

    `grad_tensors`: the incoming gradient of each, in its shape; scalars need none. `inputs`: only to the `grad` of
    these.
    """
    if create_graph:
        raise RuntimeError(
            "backward: create_graph=True: `grad` is an array and can't be differentiated; "
            "use autograd.grad(..., create_graph=True), which returns Tensors"
        )
    outs = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    single = grad_tensors is None or isinstance(grad_tensors, Tensor)
    seeds = [grad_tensors] * (len(outs) if grad_tensors is None else 1) if single else list(grad_tensors)
    if len(seeds) != len(outs):
        raise RuntimeError(
            f"backward: {len(seeds)} grad_tensors for {len(outs)} tensors: each needs its own; give as many"
        )
    roots: dict[Node, Any] = {}
    for out, seed in zip(outs, seeds, strict=True):
        node, g = out._start(), out._seed(seed, "backward")
        roots[node] = roots[node] + g if node in roots else g
    if inputs is None:
        deposit(walk(roots, retain_graph=bool(retain_graph)))
        return
    targets = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not targets:
        raise RuntimeError("backward: inputs is empty: there is nothing to compute; leave it out to reach everything")
    nodes = {x._start(): x for x in targets}
    reached = walk(roots, retain_graph=bool(retain_graph), inputs=set(nodes))
    deposit((nodes[node], g) for node, g in reached)


class _AnyTensor(type):
    """Every Tensor is an instance of Variable."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)

    def __call__(cls, data: Any, requires_grad: bool = False) -> Tensor:
        source = data if isinstance(data, Tensor) else Tensor(data, requires_grad=False)
        result = source.detach()
        result.requires_grad = requires_grad
        return result


class Variable(metaclass=_AnyTensor):
    """PyTorch's old name: `Variable(data, requires_grad=False)` is a Tensor that shares the data's memory."""


class inference_mode(ContextDecorator):
    """`no_grad` under PyTorch's other name; `inference_mode(False)` changes nothing."""

    def __new__(cls, mode: Any = True) -> Any:
        """A block, or the decorated function if it is given one."""
        self = super().__new__(cls)
        if callable(mode):  # @inference_mode without brackets
            self.__init__(True)  # type: ignore[misc]
            return self(mode)
        return self

    def __init__(self, mode: bool = True) -> None:
        self._on = mode
        self._before: list[bool] = []

    def _recreate_cm(self) -> inference_mode:
        return type(self)(self._on)

    def __enter__(self) -> inference_mode:
        self._before.append(switch.on)
        turn(switch.on and not self._on)
        return self

    def __exit__(self, *exception: object) -> None:
        turn(self._before.pop())

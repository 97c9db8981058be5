"""The graph as programs reach into it: nodes, and hooks on what is saved (`torch.autograd.graph`).

`tensor.grad_fn` is a `Node`: `next_functions` leads to the nodes of its inputs, `name()`, `metadata`, `register_hook`
and `register_prehook` are as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from .. import left_out
from ..engine import Edge, Edges, Node, current
from ..memory import wrote
from ..tensor import Tensor
from ..watching import turn, watch
from ..watching.inspection import Hook

__getattr__ = left_out.missing(__name__)

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]

Pack = Callable[[Any], Any]


class Packed(Edges):
    """Edges whose saved arrays are kept in another form: hooks on what is saved have packed them."""

    def __init__(self, edges: Iterable[Edge], pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
        self.unpack = unpack
        packs: dict[int, Any] = {}

        def packed(value: Any) -> Any:
            if isinstance(value, list):
                return [packed(member) for member in value]
            if not isinstance(value, np.ndarray):
                return value
            if id(value) not in packs:
                packs[id(value)] = PackedArray(pack(Tensor._of(value)))
            return packs[id(value)]

        self.edges = [(parent, rule, tuple(map(packed, saved)), like) for parent, rule, saved, like in edges]
        self.parents = [edge[0] for edge in self.edges]

    def __iter__(self) -> Iterator[Edge]:
        arrays: dict[PackedArray, Any] = {}

        def unpacked(value: Any) -> Any:
            if isinstance(value, list):
                return [unpacked(member) for member in value]
            if not isinstance(value, PackedArray):
                return value
            if value not in arrays:
                tensor = self.unpack(value.content)
                if not isinstance(tensor, Tensor):
                    raise TypeError(
                        f"saved_tensors_hooks: the unpack hook returned a {type(tensor).__name__}: the rule needs a "
                        f"Tensor; return one"
                    )
                arrays[value] = tensor.value
            return arrays[value]

        for parent, rule, saved, like in self.edges:
            yield parent, rule, tuple(map(unpacked, saved)), like


class PackedArray:
    """What a pack hook made of an array."""

    def __init__(self, content: Any) -> None:
        self.content = content


class Packer:
    """Packs what each new node has saved."""

    def __init__(self, pack: Pack, unpack: Pack) -> None:
        self.pack, self.unpack = pack, unpack

    def __call__(self, op: Any, result: Any, args: tuple[Any, ...]) -> None:
        """Pack what a result's node has saved, once."""
        node = result.node
        if node is not None and node.op is op and isinstance(node.edges, tuple):
            node.edges = Packed(node.edges, self.pack, self.unpack)


_refusals: list[str] = []  # messages of the blocks in which hooks are disabled


class saved_tensors_hooks:
    """In this block, what rules will need is kept as `pack_hook(tensor)`; a backward pass gets it by `unpack_hook`.

        with saved_tensors_hooks(lambda x: x.to(float16), lambda x: x.to(float32)):
            y = model(x)

    Of nested blocks the innermost counts. That what is saved is overwritten is noticed no more: it may be a copy.
    """

    def __init__(self, pack_hook: Pack, unpack_hook: Pack) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook
        self._before: list[Any] = []

    def __enter__(self) -> None:
        if _refusals:
            raise RuntimeError(_refusals[-1])
        self._before.append(watch.watchers)
        others = tuple(watcher for watcher in watch.watchers if not isinstance(watcher, Packer))
        turn((*others, Packer(self.pack_hook, self.unpack_hook)))

    def __exit__(self, *exception: object) -> None:
        turn(self._before.pop())


class save_on_cpu(saved_tensors_hooks):
    """Nothing to do: everything is in the CPU's memory. `pin_memory` and `device_type` have no effect."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda x: x, lambda x: x)


class allow_mutation_on_saved_tensors(saved_tensors_hooks):
    """In this block rules keep copies of what they need: the originals may be overwritten, gradients stay right."""

    def __init__(self) -> None:
        super().__init__(lambda x: Tensor._of(np.array(x.value)), lambda x: x)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """In this block, to enter `saved_tensors_hooks` is a RuntimeError with this message."""
    _refusals.append(error_message)
    try:
        yield
    finally:
        _refusals.pop()


class GradientEdge(NamedTuple):
    """A place in the graph to which a gradient goes: `autograd.grad` takes it for a Tensor."""

    node: Node
    output_nr: int = 0
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The place in the graph of a Tensor with a gradient."""
    node = current(tensor)
    if node is None:
        raise RuntimeError(
            f"get_gradient_edge: a Tensor of shape {tensor.shape} without gradient: it has no place in a graph; "
            f"set requires_grad=True first"
        )
    return GradientEdge(node)


def increment_version(tensor: Any) -> None:
    """Note that the memory of a Tensor, or of each of several, was written behind picograd's back."""
    for x in [tensor] if isinstance(tensor, Tensor) else tensor:
        wrote(x.value, "increment_version")


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable[[Any], None], *, mode: str = "all") -> Hooks:
    """Call `fn` in each backward pass with the gradients of `tensors`, once all have come; mode "any": with the first.

    A pass that reaches only some of them doesn't call it ("all").
    """
    if mode not in ("all", "any"):
        raise ValueError(f"register_multi_grad_hook: mode {mode!r}: it is unknown; give 'all' or 'any'")
    arrived: dict[int, Any] = {}

    def hook_of(k: int) -> Callable[[Any], None]:
        def hook(g: Any) -> None:
            if k in arrived:  # the last pass didn't reach all: this is another
                arrived.clear()
            arrived[k] = g
            if mode == "any" and len(arrived) == 1:
                fn(g)
            if len(arrived) == len(tensors):
                gradients = [arrived[i] for i in range(len(tensors))]
                arrived.clear()
                if mode == "all":
                    fn(gradients)

        return hook

    return Hooks([x.register_hook(hook_of(k)) for k, x in enumerate(tensors)])


class Hooks:
    """Several hooks' registration; `remove()` takes all away."""

    def __init__(self, hooks: Sequence[Hook]) -> None:
        self._hooks = hooks

    def remove(self) -> None:
        """Take the hooks away."""
        for hook in self._hooks:
            hook.remove()

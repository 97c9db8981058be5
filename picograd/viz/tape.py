"""Recording: what a block computes is kept with the module calls that it happened in, so that it can be drawn later.

A backward pass frees the graph, and of what nobody holds nothing is left to draw. A tape holds it: the results (and so
their gradients, which the engine gives to every Tensor that is held), where they came from, and in which module.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np

from ..autograd.graph import Packed
from ..engine import Node
from ..nn.hooks import RemovableHandle, everywhere
from ..nn.module import Module
from ..tensor import Tensor
from ..watching import turn, watch


class Call(NamedTuple):
    """One call of a module: its path in the model, its class, and which call of the tape it is."""

    path: str
    kind: str
    number: int


class Seen(NamedTuple):
    """What a tape knows of a node."""

    result: Any  # the Tensor; None for a node that has none
    calls: tuple[Call, ...]  # that it happened in, the outermost first
    edges: tuple[tuple[Node, str], ...]  # the nodes of its inputs, and what the op calls them
    constants: tuple[tuple[str, Any], ...]  # inputs without gradient: (what the op calls it, the array or number)


KEPT = (np.ndarray, np.generic, int, float)  # what is kept of an op's arguments


class Tape:
    """What `record` gives: it holds what was computed in its block."""

    def __init__(self, model: Module | None = None) -> None:
        if model is not None and not isinstance(model, Module):
            raise TypeError(
                f"record: a {type(model).__name__} as the model: the boxes of a picture are modules; give a Module, or "
                f"None"
            )
        self.seen: dict[Node, Seen] = {}
        self.inputs: list[Tensor] = []  # what the modules were given from outside
        self.model = model
        self._paths = {} if model is None else {id(module): path for path, module in model.named_modules()}
        self._calls: list[Call] = []
        self._count = 0
        self._thread = 0
        self._handles: tuple[RemovableHandle, ...] = ()

    def __enter__(self) -> Tape:
        if self._handles:
            raise RuntimeError("record: the tape is recording already; make another with viz.record()")
        self._thread = threading.get_ident()
        self._handles = (
            RemovableHandle(everywhere.forward_pre, self._enter),
            RemovableHandle(everywhere.forward, self._leave, extra=(everywhere.always_called,)),
        )
        turn((*watch.watchers, self._look))
        return self

    def __exit__(self, *exception: object) -> None:
        turn(tuple(watcher for watcher in watch.watchers if watcher != self._look))
        for handle in self._handles:
            handle.remove()
        self._handles = ()
        self._calls.clear()

    def _of_this(self, module: Module) -> bool:
        """Whether the call of a module belongs to the block, and the module to the model."""
        return threading.get_ident() == self._thread and (self.model is None or id(module) in self._paths)

    def _enter(self, module: Module, args: Any) -> None:
        if self._of_this(module):
            if not self._calls:
                self.inputs += [x for x in args if isinstance(x, Tensor) and (x.node is None or x.is_leaf)]
            self._count += 1
            path = self._paths.get(id(module), type(module).__name__)
            self._calls.append(Call(path, type(module).__name__, self._count))

    def _leave(self, module: Module, args: Any, result: Any) -> None:
        if self._of_this(module) and self._calls:
            self._calls.pop()

    def _look(self, op: Any, result: Any, args: tuple[Any, ...]) -> None:
        """Keep a result and where it came from."""
        node = result.node
        if node is None or node.op is None or node in self.seen:
            return
        names = getattr(op, "parameters", ())
        arrays = [x.value if isinstance(x, Tensor) and x.node is None else x for x in args]
        constants = tuple((name, x) for name, x in zip(names, arrays, strict=False) if isinstance(x, KEPT))
        tensor = result if isinstance(result, Tensor) else None
        edges = tuple((parent, getattr(op, "input_of", {}).get(rule, "")) for parent, rule, *_ in edges_of(node))
        self.seen[node] = Seen(tensor, tuple(self._calls), edges, constants)
        node._notes()["tape"] = self  # so that it lives as long as any of its results


def record(model: Module | None = None) -> Tape:
    """A block in which everything that is computed is kept, to be drawn after the backward pass.

        with viz.record(model) as tape:
            loss = F.cross_entropy(model(x), y)
            loss.backward()
        viz.draw(loss, model)  # with all values, gradients and modules

    It costs the memory of all results for as long as the tape or one of them is held.
    """
    return Tape(model)


def edges_of(node: Node) -> Any:
    """The edges of a node, with what hooks have packed as it is."""
    return node.edges.edges if isinstance(node.edges, Packed) else node.edges


def tape_of(node: Node) -> Tape | None:
    """The tape that has recorded a node, if there is one."""
    tape: Tape | None = getattr(node, "notes", {}).get("tape")
    return tape

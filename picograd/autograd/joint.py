"""One place in the graph for a function that has several outputs and one backward for all of its inputs.

The outputs' nodes point at a hidden node, and that at the inputs:

    x --+                  +-- Output y
        |-- edge -- Joint --|
    w --+                  +-- Output z

An Output sends its gradient on as an `Arrival`. Arrivals add up at the hidden node, which comes next on the walk, and
the first of its rules that asks computes the gradients of all inputs. The engine knows nothing of it: a hidden node
is a node, an Arrival something that can be added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

import numpy as np

from ..engine import Freed, Node, Rule, settle
from ..inplace import NOBODY
from ..memory import tick
from ..tensor import Tensor
from ..watching import show, watch

# (gradients of the outputs, None where none came; the saved values; the hidden node) -> the gradients of the inputs
Backward = Callable[[list[Any], tuple[Any, ...], "Node | None"], Sequence[Any]]


class Arrival:
    """The gradients that have arrived at the outputs of one call, and, once asked for, those of its inputs."""

    __slots__ = ("gradients", "results")

    def __init__(self, gradients: dict[int, Any]) -> None:
        self.gradients = gradients  # number of the output -> its gradient
        self.results: Sequence[Any] | None = None

    def __add__(self, other: Arrival) -> Arrival:
        both = dict(self.gradients)
        for k, g in other.gradients.items():
            both[k] = both[k] + g if k in both else g
        return Arrival(both)


class Output(Node):
    """The node of an output. What it was computed from are the inputs: the hidden node between is not shown."""

    __slots__ = ()

    @property
    def parents(self) -> list[Node]:
        """The nodes of the inputs."""
        found = super().parents
        return found if isinstance(self.edges, Freed) else [parent for hidden in found for parent in hidden.parents]

    def rules(self, g: Any) -> list[Any]:
        """The gradients of the inputs for a gradient `g` of this output alone."""
        return [h for hidden, rule, *_ in self.edges for h in hidden.rules(rule(g))]


class Call:
    """What the engine asks an op about, for one recorded call: its name, and what each rule takes after g."""

    series = None

    def __init__(self, name: str) -> None:
        self.name = name
        self.wants: dict[Rule, tuple[str, ...]] = {}
        self.input_of: dict[Rule, str] = {}
        self.senders: dict[int, Rule] = {}

    def sender(self, k: int) -> Rule:
        """The rule of output k: sends its gradient to the hidden node."""
        if k not in self.senders:

            def rule(g: Any) -> Arrival:
                return Arrival({k: g})

            self.senders[k], self.wants[rule], self.input_of[rule] = rule, (), ""
        return self.senders[k]


class Inputs:
    """The edges' rules of a hidden node: `rule(k)` gives the gradient of the k-th recorded input."""

    def __init__(self, name: str, backward: Backward, outputs: int, likes: Sequence[tuple[Any, Any]]) -> None:
        self.name, self.backward, self.outputs, self.likes = name, backward, outputs, likes

    def rule(self, k: int) -> Rule:
        """The rule of input k: computes the gradients of all inputs when it is the first to be asked."""

        def rule(g: Arrival, hidden: Any, *saved: Any) -> Any:
            if g.results is None:
                arrived = [g.gradients.get(i) for i in range(self.outputs)]
                g.results = self.backward(arrived, saved, getattr(hidden, "node", None))
            return self.fitting(k, g.results[k])

        return rule

    def fitting(self, k: int, h: Any) -> Any:
        """The gradient of input k in its shape and dtype; None for none."""
        if h is None:
            return None
        shape, dtype = self.likes[k]
        try:
            fits = np.broadcast_shapes(shape, h.shape) == h.shape
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"{self.name}: backward returned a gradient of shape {tuple(h.shape)} for an input of shape {shape}: "
                f"they must be equal, or broadcast; return one in the input's shape"
            )
        return settle(h, (shape, dtype or h.dtype))


def record(
    name: str,
    values: Sequence[np.ndarray[Any, Any] | None],
    inputs: Sequence[tuple[Node, tuple[int, ...], Any]],
    backward: Backward,
    saved: Sequence[np.ndarray[Any, Any]] = (),
    wants: Sequence[str] = (),
    arguments: tuple[Any, ...] = (),
) -> list[Tensor | None]:
    """A Tensor for each value, recorded; None stays None, for an output without gradient.

    `inputs`: (node, shape, dtype) of those that have a gradient; dtype None: `backward` gives the right one. `saved`:
    arrays that `backward` gets, checked for having been overwritten; with create_graph as Tensors: one whose name in
    `wants` is the number of an input stands where that input stood. `arguments`: of the call, for those that watch.
    """
    rules = Inputs(name, backward, len(values), [(shape, dtype) for _, shape, dtype in inputs])
    call = Call(name)
    hidden = Node()
    edges = []
    kept = (None, *saved)  # the first is for nothing but to be given the hidden node, as "out"
    for k, (node, shape, dtype) in enumerate(inputs):
        rule = rules.rule(k)
        call.wants[rule], call.input_of[rule] = ("out", *wants), str(k)
        like: Any = (shape, dtype) if dtype else ()
        edges.append((node, rule, kept, like))
    hidden.op, hidden.edges, hidden.shape, hidden.hooks = call, tuple(edges), (), None
    hidden.birth, hidden.tensor = tick(), NOBODY
    made = [None if value is None else output(hidden, k, value) for k, value in enumerate(values)]
    if watch.on:
        show(call, HiddenResult(hidden), ())
        for tensor in made:
            if tensor is not None:
                show(call, tensor, arguments)
    return made


class HiddenResult:
    """What those that watch are shown of the hidden node: it is the one that keeps something."""

    value = np.empty(0)

    def __init__(self, node: Node) -> None:
        self.node = node


def output(hidden: Node, k: int, value: np.ndarray[Any, Any]) -> Tensor:
    """A Tensor for the k-th output of the call that `hidden` stands for."""
    tensor = Tensor._of(value)
    tensor.node = node = Output()
    node.op, node.edges, node.shape, node.hooks = (
        hidden.op,
        ((hidden, hidden.op.sender(k), (), None),),
        value.shape,
        None,
    )
    node.birth, node.tensor = tick(), ref(tensor)
    return tensor

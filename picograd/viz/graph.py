"""From a Tensor to a plain graph: a record for each value, with all that a picture says of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..autograd.joint import Output
from ..engine import Freed, Node
from ..memory import overwritten_since
from ..nn.module import Module
from ..nn.parameter import Parameter
from ..ops.primitive import Primitive
from ..tensor import Tensor
from .figures import short
from .tape import Call, Seen, edges_of, tape_of


class Link(NamedTuple):
    """An input of an op: where it comes from, what the op calls it, and whether a gradient goes back."""

    source: Vertex
    name: str
    differentiable: bool


@dataclass(eq=False, slots=True)
class Vertex:
    """A value in the graph: the result of an op, a leaf, a constant; or what stands for several of them."""

    kind: str  # "op", "leaf", "constant", "more" (several that are not shown), "module" (one that is closed)
    op: str = ""
    name: str = ""  # the user's name, or the module's
    shape: tuple[int, ...] | None = None
    node: Node | None = None
    calls: tuple[Call, ...] = ()  # of modules that it happened in, the outermost first
    inputs: list[Link] = field(default_factory=list)
    options: str = ""
    value: Any = None  # an array, if it is known
    gradient: Any = None
    parameter: bool = False  # whether it is a parameter or a buffer of a module
    freed: bool = False  # a backward pass has freed what is behind it
    count: int = 1  # how many values it stands for
    arguments: dict[str, Any] = field(default_factory=dict)  # of the op, as far as its rules have kept them
    unknown: list[str] = field(default_factory=list)  # inputs without gradient that no rule has kept

    @property
    def label(self) -> str:
        """What it is called: by the user, or by its op."""
        return self.name or self.op or "leaf"


@dataclass(slots=True)
class Graph:
    """All values that a Tensor was computed from, the oldest first, and itself."""

    vertices: list[Vertex]
    root: Vertex
    freed: bool  # whether a backward pass has freed a part, which nobody has recorded
    model: Module | None


def collect(
    z: Any, model: Module | None = None, names: Mapping[str, Any] | None = None, what: str = "draw", values: bool = True
) -> Graph:
    """The graph of a Tensor. `names`: Tensors by name; whatever else is in it is ignored, so that locals() will do.

    `values`: whether to find values that nobody holds.
    """
    if not isinstance(z, Tensor):
        raise TypeError(
            f"{what}: a {type(z).__name__}: only a Tensor has a graph; give one that was computed, such as a loss"
        )
    if model is not None and not isinstance(model, Module):
        raise TypeError(f"{what}: a {type(model).__name__} as the model: a Module gives names; give one, or names={{}}")
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"{what}: a {type(names).__name__} as the names: they are Tensors by name; give {{'x': x}}")
    if z.node is None:
        raise RuntimeError(
            f"{what}: a Tensor of shape {z.shape} without a graph: nothing that it was computed from requires a "
            f"gradient, or it was computed under no_grad; make an input with requires_grad=True"
        )
    return Collector(model, names or {}).graph(z._start(), values)


class Collector:
    """Goes through the nodes and makes their records."""

    def __init__(self, model: Module | None, names: Mapping[str, Any]) -> None:
        self.model = model
        self.vertices: dict[Node, Vertex] = {}
        self.constants: dict[int, Vertex] = {}  # id of an array -> its record
        self.by_node: dict[Node, str] = {}
        self.by_array: dict[int, str] = {}
        members = [] if model is None else [*model.named_parameters(), *model.named_buffers()]
        self.members = {id(x) for _, x in members}
        for name, x in (*members, *names.items()):
            if isinstance(x, Tensor) and not str(name).startswith("_"):
                self.name(x, str(name))

    def name(self, x: Tensor, name: str) -> None:
        """Give a Tensor a name, if it has none."""
        self.by_array.setdefault(id(x.value), name)
        if x.node is not None:
            self.by_node.setdefault(x.node, name)

    def graph(self, start: Node, values: bool = True) -> Graph:
        """The graph that ends at a node."""
        tape = tape_of(start)
        seen = tape.seen if tape else {}
        for x in tape.inputs if tape else ():
            self.name(x, "input")
        todo, freed = [start], False
        self.vertices[start] = self.vertex(start, seen)
        while todo:
            node = todo.pop()
            vertex = self.vertices[node]
            for parent, name in self.edges(vertex, node, seen):
                if parent not in self.vertices:
                    self.vertices[parent] = self.vertex(parent, seen)
                    todo.append(parent)
                vertex.inputs.append(Link(self.vertices[parent], name, True))
            freed = freed or vertex.freed
            for name, array in self.constants_of(vertex, node, seen):
                vertex.inputs.append(Link(self.constant(array), name, False))
            vertex.inputs.sort(key=lambda link: place(node, link.name))
        ordered = sorted(self.vertices.values(), key=lambda v: v.node.birth if v.node else 0, reverse=True)
        ordered = merged(ordered)
        if values:
            find_values(ordered)
        for vertex in ordered:
            if vertex.unknown and not vertex.freed:
                vertex.options = ", ".join(
                    filter(None, (vertex.options, *map(partial(constant_of, vertex), vertex.unknown)))
                )
        return Graph([*self.constants.values(), *ordered], self.vertices[start], freed, self.model)

    def vertex(self, node: Node, seen: Mapping[Node, Seen]) -> Vertex:
        """The record of a node, its inputs aside."""
        held = node.tensor()
        known = seen.get(node)
        result = known.result if known else held
        vertex = Vertex("leaf" if node.op is None else "op", shape=node.shape, node=node)
        vertex.op = "" if node.op is None else node.op.name
        vertex.name = self.by_node.get(node, "")
        vertex.parameter = node.op is None and (id(held) in self.members or isinstance(held, Parameter))
        vertex.calls = known.calls if known else ()
        for tensor in (result, held):
            if tensor is not None and tensor.node is node and vertex.value is None:
                vertex.value = getattr(tensor, "value", None)  # a Tensor that was dropped has none
                vertex.gradient = tensor._grad
        return vertex

    def edges(self, vertex: Vertex, node: Node, seen: Mapping[Node, Seen]) -> tuple[tuple[Node, str], ...]:
        """The nodes of the inputs and what the op calls them."""
        if node in seen:
            return seen[node].edges
        if isinstance(node.edges, Freed):
            vertex.freed = True
            return tuple((parent, "") for parent in node.edges.parents)
        return tuple((parent, getattr(node.op, "input_of", {}).get(rule, "")) for parent, rule, *_ in edges_of(node))

    def constants_of(self, vertex: Vertex, node: Node, seen: Mapping[Node, Seen]) -> list[tuple[str, Any]]:
        """(what the op calls it, array) of the inputs without gradient, as far as a rule has kept them.

        Numbers and options become text on the way: `vertex.options`.
        """
        op = node.op
        found: dict[str, Any] = dict(seen[node].constants) if node in seen else {}
        if isinstance(op, Primitive) and not isinstance(node.edges, Freed):
            for _, rule, saved, _ in edges_of(node):
                vertex.arguments.update(
                    (name, value)
                    for name, value in zip(op.wants[rule], saved, strict=True)
                    if not (isinstance(value, np.ndarray) and overwritten_since(value, node.birth))
                )
        if not isinstance(op, Primitive) or op.series:
            return [(name, array) for name, array in found.items() if is_array(array)]
        inputs = {op.parameters[k] for k in op.inputs}
        differentiable = {link.name for link in vertex.inputs}
        options = []
        for name, default in zip(op.parameters, op.defaults, strict=True):
            value = found.get(name, vertex.arguments.get(name))
            if name in differentiable or value is None:
                if name in inputs - differentiable and default is inspect.Parameter.empty:
                    vertex.unknown.append(name)
                continue
            if name in inputs and is_array(value):
                found[name] = value
            elif name in inputs or (type(value) in (int, float, bool, str, tuple) and value != default):
                found.pop(name, None)
                if not is_usual(name, value):
                    options.append(f"{name} = {short(value) if name in inputs else option(value)}")
            elif id(value) in self.by_array:
                found[name] = value
        vertex.options = ", ".join(options)
        return [
            (name, value)
            for name, value in found.items()
            if is_array(value) and (name in inputs or id(value) in self.by_array)
        ]

    def constant(self, array: np.ndarray[Any, Any]) -> Vertex:
        """The record of an array without gradient: one, wherever it is used."""
        if id(array) not in self.constants:
            name = self.by_array.get(id(array), "")
            self.constants[id(array)] = Vertex("constant", "constant", name, array.shape, value=array)
        return self.constants[id(array)]


INTERNAL = {"total", "kept", "windows", "active", "drop", "threshold"}  # what callers of ops have computed
USUAL = {"padding": 0, "stride": 1, "dilation": 1, "groups": 1}


def is_array(value: Any) -> bool:
    """Whether it is an array, and not a number in the form of one."""
    return isinstance(value, np.ndarray) and value.ndim > 0


def is_usual(name: str, value: Any) -> bool:
    """Whether an option goes without saying."""
    return name in INTERNAL or (name in USUAL and bool(np.all(np.equal(value, USUAL[name]))))


def option(value: Any) -> str:
    """An option as it is written: slices as in an index, fractions in three digits."""
    if isinstance(value, tuple):
        return f"({', '.join(map(option, value))})"
    if isinstance(value, slice):
        start, stop, step = ("" if x is None else str(x) for x in (value.start, value.stop, value.step))
        return f"{start}:{stop}{f':{step}' if step else ''}"
    return "…" if value is ... else short(value) if isinstance(value, float) else str(value)


def place(node: Node, name: str) -> int:
    """Where an input stands among the op's."""
    parameters = getattr(node.op, "parameters", ())
    return parameters.index(name) if name in parameters else len(parameters)


def merged(ordered: list[Vertex]) -> list[Vertex]:
    """The records with one for a function that has several outputs and one backward: its node is a hidden one.

    Where just one of the outputs is in the graph, it takes the hidden one's place.
    """
    hidden: dict[Vertex, list[Vertex]] = {}
    for vertex in ordered:
        if isinstance(vertex.node, Output) and vertex.inputs and not vertex.freed:
            hidden.setdefault(vertex.inputs[0].source, []).append(vertex)
    gone = set()
    for vertex, outputs in hidden.items():
        if len(outputs) == 1:
            outputs[0].inputs = vertex.inputs
            gone.add(vertex)
        else:
            vertex.shape = None
            for k, output in enumerate(outputs):
                output.op = f"output {k + 1}"
                vertex.calls = output.calls
    return [vertex for vertex in ordered if vertex not in gone]


MOST = 5_000_000  # elements of the inputs of all ops that are computed anew for a picture


def find_values(ordered: list[Vertex]) -> None:
    """Find the values that nobody holds: a rule has kept it, or the op's inputs are known and it costs little."""
    for vertex in ordered:
        arguments = vertex.arguments
        for link in vertex.inputs:
            if link.source.value is None and link.name in arguments:
                link.source.value = arguments[link.name]
    room = MOST
    for vertex in ordered:
        arguments = vertex.arguments
        if vertex.value is None:
            vertex.value = arguments.get("out")
        op = vertex.node.op if vertex.node else None
        if vertex.value is not None or not isinstance(op, Primitive) or op.series:
            continue
        known = arguments | {link.name: link.source.value for link in vertex.inputs if link.source.value is not None}
        known = {"dtype": None, "shape": vertex.shape} | known  # reductions are rarely given one, reshape always is
        size = sum(x.size for x in known.values() if isinstance(x, np.ndarray))
        if all(name in known for name in op.parameters) and size <= room:
            room -= size
            with suppress(TypeError, ValueError, AttributeError), np.errstate(all="ignore"):
                vertex.value = np.asarray(op.forward(*(known[name] for name in op.parameters)))


# Where the rules keep nothing: the input without gradient from the result and the other input.
INVERSE: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("add", "x"): lambda out, y: out - y,
    ("add", "y"): lambda out, x: out - x,
    ("sub", "x"): lambda out, y: out + y,
    ("sub", "y"): lambda out, x: x - out,
}


def constant_of(vertex: Vertex, name: str) -> str:
    """An input that no rule has kept, in words: "y = 2" where it is a number that the result tells, else that it is."""
    inverse = INVERSE.get((vertex.op, name))
    other = next((link.source.value for link in vertex.inputs), None)
    if inverse is not None and vertex.value is not None and other is not None and np.size(vertex.value):
        out = np.asarray(vertex.value)
        found = inverse(out.astype(np.float64), np.asarray(other, np.float64))
        rounding = np.finfo(out.dtype).eps * max(np.abs(out).max(), np.abs(other).max())
        number = float(np.median(found))
        if np.abs(found - number).max() <= rounding <= 1e-4 * abs(number):
            return f"{name} = {short(number)}"
    return f"{name}: a constant"

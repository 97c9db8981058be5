"""In which module each op happened, where nobody has recorded it: from the parameters, and from what is in between.

A module that has parameters is where they are used. One that has none is known by its place in a Sequential, or by
being the only one around that makes these ops: `Trial` finds out which by calling it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import prod
from typing import NamedTuple

import numpy as np

from ..nn import Sequential
from ..nn.module import Module
from ..random import default_generator
from ..recording import enable_grad
from ..tensor import Tensor
from ..watching import turn, watch
from .graph import Graph, Vertex
from .tape import Call

# Ops that make of parameters what is still a parameter: a bias as a column, two biases as one.
ARRANGING = {"add", "getitem", "mul", "permute", "reshape", "squeeze", "swapaxes", "unsqueeze"}


def infer(graph: Graph, model: Module) -> None:
    """Guess in which module each op happened: where its parameters are from; for the ops between, what is around."""
    modules = dict(model.named_modules())
    owners: dict[object, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        owners.setdefault(parameter.node, []).append(name.rpartition(".")[0])
    ops = [vertex for vertex in graph.vertices if vertex.kind == "op"]
    # Where a value comes from that is made of parameters alone, as a reshaped weight.
    origin = {v: owners[v.node] for v in graph.vertices if v.kind == "leaf" and v.node in owners}
    found: dict[Vertex, str] = {}
    for vertex in ops:
        sources = [link.source for link in vertex.inputs]
        of_parameters = [origin[source] for source in sources if source in origin]
        if not of_parameters:
            continue
        # A product with statistics in the shape of the parameter, as of a batch norm in evaluation, is one still.
        everything = len(of_parameters) == len([s for s in sources if s.kind != "constant"]) and (
            len(of_parameters) == len(sources) or vertex.shape == sources[0].shape == sources[-1].shape
        )
        of_parameters = [origin[s] for s in sources if s in origin and s.kind == "leaf"] or of_parameters
        # Tied weights are of several modules: the one that is called like the op.
        paths = [
            next((path for path in known if type(modules[path]).__name__.lower() == vertex.op), known[0])
            for known in of_parameters
        ]
        found[vertex] = common(paths)
        if everything and vertex.op in ARRANGING:
            origin[vertex] = [found[vertex]]
    between(ops, found)
    without_parameters(ops, found, model)
    for vertex, path in found.items():
        steps = path.split(".") if path else []
        paths = [".".join(steps[: k + 1]) for k in range(len(steps))]
        vertex.calls = tuple(Call(path, type(modules[path]).__name__, 0) for path in paths)


def between(ops: list[Vertex], found: dict[Vertex, str]) -> None:
    """Find the place of the ops that use no parameter: what the ops before and after have in common.

    One that joins the result of a module with an input of the same module, as a residual connection does, is of it.
    """
    following = [""] * len(ops)
    path = ""
    for k in reversed(range(len(ops))):
        following[k] = path = found.get(ops[k], path)
    before = ""
    used: dict[str, set[Vertex]] = {}  # path of a module -> what it has taken from outside and what it has made
    for vertex, after in zip(ops, following, strict=True):
        if vertex not in found:
            found[vertex] = common([before, after])
            sources = {link.source for link in vertex.inputs if link.source.kind == "op"}
            for path in outer(before) if len(sources) > 1 else ():
                made = {source for source in sources if inside(found.get(source, ""), path)}
                if len(path) > len(found[vertex]) and made and sources - made <= used.get(path, set()):
                    found[vertex] = path
                    break
        before = found[vertex]
        for path in outer(before):
            used.setdefault(path, set()).update(link.source for link in vertex.inputs)


def outer(path: str) -> Iterator[str]:
    """The path of a module, and those of the modules around it but the outermost."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def inside(path: str, outer: str) -> bool:
    """Whether a module is another or within it."""
    return path == outer or path.startswith(f"{outer}.")


def common(paths: list[str]) -> str:
    """The path of the innermost module that has them all in it."""
    split = [path.split(".") for path in paths]
    shared = []
    for steps in zip(*split, strict=False):
        if len(set(steps)) > 1:
            break
        shared.append(steps[0])
    return ".".join(shared)


# ---- modules without parameters ------------------------------------------------------------------------------------


class Made(NamedTuple):
    """What a module makes of an input: the names of its ops, and the shape of its output."""

    ops: list[str]
    shape: tuple[int, ...]


class Trial:
    """What modules make of zeros: the library's own, without parameters and buffers, of which calls leave no trace."""

    room = 2_000_000  # elements of all that is tried

    def __init__(self) -> None:
        self.known: dict[tuple[Module, tuple[int, ...]], Made | None] = {}

    def __call__(self, module: Module, shape: tuple[int, ...] | None) -> Made | None:
        """The ops that `module` makes of an input of this shape; None if it can't be known."""
        if shape is None:
            return None
        if (module, shape) not in self.known:
            self.known[module, shape] = None
            if type(module).__module__.startswith("picograd.nn.") and next(module.buffers(), None) is None:
                one = self.made(module, (1, *shape[1:])) if len(shape) > 1 else None
                if one is not None and one.shape[:1] == (1,):  # an example for all
                    self.known[module, shape] = one._replace(shape=(shape[0], *one.shape[1:]))
                else:
                    self.known[module, shape] = self.made(module, shape)
        return self.known[module, shape]

    def made(self, module: Module, shape: tuple[int, ...]) -> Made | None:
        """The same, by a call of its forward; random numbers and those that watch the ops don't notice."""
        self.room -= prod(shape)
        if self.room < 0:
            return None
        state, watchers = default_generator.get_state(), watch.watchers
        turn(())
        try:
            with enable_grad(), np.errstate(all="ignore"):
                given = Tensor(np.zeros(shape, np.float32), requires_grad=True).clone()  # it may be written to
                first = given.node
                out = module.forward(given)
        except Exception:  # it isn't made for this shape
            return None
        finally:
            turn(watchers)
            default_generator.set_state(state)
        if not isinstance(out, Tensor) or out.node is None:
            return None
        nodes = [out.node] if out.node is not first else []
        for node in nodes:  # grows while it is gone through
            nodes += [p for p in node.parents if p.op is not None and p is not first and p not in nodes]
        nodes.sort(key=lambda node: node.birth, reverse=True)  # the oldest first
        return Made([node.op.name for node in nodes], tuple(out.shape))


def without_parameters(ops: list[Vertex], found: dict[Vertex, str], model: Module) -> None:
    """Find the ops of modules that have no parameters, as far as there is no doubt."""
    trial = Trial()
    modules = dict(model.named_modules())
    path_of = {module: path for path, module in modules.items()}
    sequences: set[Module] = set()  # Sequentials, and what is in them
    for path, module in modules.items():
        if type(module).forward is not Sequential.forward:
            alone(ops, found, path, module, trial)
        elif module not in sequences:
            sequences.update(module.modules())
            leaves = list(leaves_of(module))
            in_sequence(ops, found, leaves, [path_of[leaf] for leaf in leaves], trial)


def alone(ops: list[Vertex], found: dict[Vertex, str], path: str, module: Module, trial: Trial) -> None:
    """Find the ops right in a module that just one of those within it makes."""
    inner = [(name, child) for name, child in module._modules.items() if child is not None and is_bare(child)]
    for k, vertex in enumerate(ops if inner else ()):
        if found[vertex] != path:
            continue
        fitting = []
        for name, child in inner:
            made = trial(child, input_shape(vertex))
            stretch = ops[k : k + len(made.ops)] if made is not None else []
            if made and stretch and fits(stretch, made) and all(found[op] == path for op in stretch):
                fitting.append((name, stretch))
        if len(fitting) == 1:
            name, stretch = fitting[0]
            found.update(dict.fromkeys(stretch, f"{path}.{name}" if path else name))


def leaves_of(module: Module) -> Iterator[Module]:
    """The modules that a Sequential calls, one after the other, those of Sequentials within it in their places."""
    for inner in module._modules.values():
        if inner is not None:
            yield from leaves_of(inner) if type(inner).forward is Sequential.forward else (inner,)


def in_sequence(
    ops: list[Vertex], found: dict[Vertex, str], leaves: list[Module], paths: list[str], trial: Trial
) -> None:
    """Find the ops between those whose module in a sequence is known: they are of the modules between."""
    place = {path: k for k, (path, leaf) in enumerate(zip(paths, leaves, strict=True)) if not is_bare(leaf)}
    known = [(-1, -1)]  # (number of the op, of the module that it is in)
    for number, vertex in enumerate(ops):
        known += [(number, place[path]) for path in outer(found[vertex]) if path in place]
    for (before, start), (after, end) in pairwise([*known, (len(ops), len(leaves))]):
        stretch, parts = ops[before + 1 : after], leaves[start + 1 : end]
        if len(known) == 1 or not stretch or not parts:
            continue
        # Before the first that is known, there may be others before the sequence, and after the last, behind it.
        firsts = range(max(len(stretch) - 20, 0), len(stretch)) if start < 0 else (0,)
        ways = [
            (first, way)
            for first in firsts
            for way in splits(stretch[first:], parts, input_shape(stretch[first]), trial, after == len(ops))
        ]
        if len(ways) != 1:
            continue
        at, way = ways[0]
        for path, length in zip(paths[start + 1 : end], way, strict=True):
            found.update(dict.fromkeys(stretch[at : at + length], path))
            at += length


def splits(
    ops: list[Vertex], modules: list[Module], shape: tuple[int, ...] | None, trial: Trial, more: bool
) -> list[list[int]]:
    """All ways in which these ops may be the modules' in turn: how many of them each has.

    `shape`: of what the first is given; `more`: whether some ops may remain.
    """
    if not modules:
        return [[]] if more or not ops else []
    made = trial(modules[0], shape)
    if made is None:  # anything, for a module of the user's
        lengths: Iterable[int] = range(len(ops) + 1)
    else:
        lengths = [len(made.ops)] if not made.ops or fits(ops, made) else []
    return [
        [n, *rest]
        for n in lengths
        for rest in splits(ops[n:], modules[1:], ops[n - 1].shape if n else shape, trial, more)
    ]


def input_shape(vertex: Vertex) -> tuple[int, ...] | None:
    """The shape of an op's first input."""
    return vertex.inputs[0].source.shape if vertex.inputs else None


def fits(ops: list[Vertex], made: Made) -> bool:
    """Whether the first of these ops are what a module makes."""
    n = len(made.ops)
    return n <= len(ops) and [op.op for op in ops[:n]] == made.ops and ops[n - 1].shape == made.shape


def is_bare(module: Module) -> bool:
    """Whether a module has no parameters, nor have those in it."""
    return next(module.parameters(), None) is None

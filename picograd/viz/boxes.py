"""Which module an op belongs to, and the boxes that follow from it: a tree of what happened in what.

The ops stand in the order in which they happened, and each call of a module is a stretch of it: boxes never
overlap, and between boxes, as between ops, all arrows go forward.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..nn.module import Module
from .graph import Graph, Vertex
from .tape import Call


@dataclass(eq=False, slots=True)
class Box:
    """What happened in one call of a module, or in one of several equal stretches of the graph."""

    call: Call | None  # None: the whole graph, or a stretch that repeats
    items: list[Vertex | Box] = field(default_factory=list)
    title: str = ""
    times: int = 1

    @property
    def path(self) -> str:
        """The module's path."""
        return self.call.path if self.call else ""


def boxes(graph: Graph) -> Box:
    """The tree of the graph's ops; leaves and constants are not yet in it."""
    ops = [vertex for vertex in graph.vertices if vertex.kind == "op"]
    if graph.model is not None and not any(vertex.calls for vertex in ops):
        infer(graph, graph.model)
    root = Box(None)
    open_boxes = [root]
    for vertex in ops:
        depth = 0
        while depth < min(len(vertex.calls), len(open_boxes) - 1) and vertex.calls[depth] == open_boxes[depth + 1].call:
            depth += 1
        del open_boxes[depth + 1 :]
        for call in vertex.calls[depth:]:
            box = Box(call)
            open_boxes[-1].items.append(box)
            open_boxes.append(box)
        open_boxes[-1].items.append(vertex)
    return root


def title_of(box: Box, outer: str) -> tuple[str, str]:
    """The name of a module within the box around it, and its class; a number alone says too little."""
    path, kind = (box.call.path, box.call.kind) if box.call else ("", "")
    inner = path.removeprefix(f"{outer}.") if outer else path
    if inner[:1].isdigit():
        inner = path
    return (inner or kind), (kind if inner and inner != kind else "")


# ---- without a recording -------------------------------------------------------------------------------------------


# Ops that make of parameters what is still a parameter: a bias as a column, two biases as one.
ARRANGING = {"add", "expand", "getitem", "permute", "reshape", "squeeze", "swapaxes", "unsqueeze"}


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
        everything = len(of_parameters) == len(sources)
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
            path = before
            while path and len(path) > len(found[vertex]):
                made = {source for source in sources if inside(found.get(source, ""), path)}
                if made and len(sources) > 1 and sources - made <= used.get(path, set()):
                    found[vertex] = path
                    break
                path = path.rpartition(".")[0]
        before = path = found[vertex]
        while path:
            used.setdefault(path, set()).update(link.source for link in vertex.inputs)
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

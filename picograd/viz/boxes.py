"""Which module an op belongs to, and the boxes that follow from it: a tree of what happened in what.

The ops stand in the order in which they happened, and each call of a module is a stretch of it: boxes never
overlap, and between boxes, as between ops, all arrows go forward.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .graph import Graph, Vertex
from .inference import infer
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

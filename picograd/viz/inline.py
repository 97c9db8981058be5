"""The graph in what a notebook shows of a Tensor: a picture where that takes no time to speak of, else a sentence.

The names in it are those of the notebook's own variables, and the boxes are the modules of the Module among them that
the graph has most parameters of.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import islice
from math import prod
from typing import Any

from ..engine import Freed, Node
from ..nn.module import Module
from ..tensor import Tensor
from .picture import draw
from .tape import Seen, tape_of

MOST_NODES = 600  # more of them are not drawn,
MOST_ELEMENTS = 1_000_000  # and with more elements in all their values, these and the gradients are not shown
OPEN = 12  # nodes up to which the picture is open


def graph_html(x: Tensor) -> str:
    """The picture of the graph of `x` in a part of the page that opens; a sentence if it can't be drawn."""
    try:
        return graph_part(x)
    except Exception as error:  # of a rule, for instance: whoever looks at a Tensor is to see it nevertheless
        return note(f"its graph can't be drawn: {escape(str(error))}")


def graph_part(x: Tensor) -> str:
    """The same; any error of a rule is raised."""
    start = x._start()
    tape = tape_of(start)
    if isinstance(start.edges, Freed) and tape is None:
        return note(f"a backward pass has freed the graph behind {start.op.name}")
    nodes = list(islice(nodes_behind(start, {} if tape is None else tape.seen), MOST_NODES + 1))
    if len(nodes) > MOST_NODES:
        return note(f"a graph of more than {MOST_NODES} nodes: picograd.viz.draw(...) draws it")
    names = {name: value for name, value in dict(vars(sys.modules["__main__"])).items() if not name.startswith("_")}
    small = sum(prod(node.shape) for node in nodes) <= MOST_ELEMENTS
    picture = draw(x, model_of(nodes, names.values()), names, values=small, gradients=small, theme="auto")
    opened = ' open=""' if len(picture.scene.cards()) <= OPEN else ""
    words = f"graph: {len(nodes)} nodes" + ("" if small else ", too large to show their numbers here")
    summary = f'<summary style="opacity:.75">{words}</summary>'
    return f'<details style="margin-top:.3em"{opened}>{summary}{picture.part}</details>'


def note(text: str) -> str:
    """A line in the style of the others."""
    return f'<div style="opacity:.75">{text}</div>'


def nodes_behind(start: Node, seen: Mapping[Node, Seen]) -> Iterator[Node]:
    """The nodes of a graph, from its end back."""
    found = {start}
    todo = [start]
    for node in todo:  # grows while it is gone through
        yield node
        for parent in [parent for parent, _ in seen[node].edges] if node in seen else node.parents:
            if parent not in found:
                found.add(parent)
                todo.append(parent)


def model_of(nodes: Iterable[Node], values: Iterable[Any]) -> Module | None:
    """The Module among these values that has most parameters in the graph; of those with as many, the largest."""
    leaves = {node for node in nodes if node.op is None}
    best, most = None, (0, 0)
    for value in values:
        if isinstance(value, Module):
            used = sum(parameter.node in leaves for parameter in value.parameters())
            size = (used, sum(1 for _ in value.modules()))
            if used and size > most:
                best, most = value, size
    return best

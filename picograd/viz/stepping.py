"""The backward pass one node at a time: the engine's walk, held up after each node.

The rules are called in the same order with the same arguments, and gradients are summed in the same order, so that the
results are those of `backward()` bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

import numpy as np

from .. import memory
from ..delayed import Indexed
from ..engine import Hooked, Node, intact, run_hooks, selected, settle
from ..watching import watch
from ..watching.anomaly import Checks


class Sent(NamedTuple):
    """What a node has sent along one edge."""

    parent: Node
    name: str  # what the op calls the input
    rule: Callable[..., Any]
    saved: tuple[Any, ...]  # what the rule was given after g
    gradient: Any  # in the input's shape; None for none
    undone: bool  # whether a sum has undone a broadcast


class Passed(NamedTuple):
    """A node that the pass has been at."""

    node: Node
    gradient: Any
    sent: list[Sent]


def one_by_one(gradients: Mapping[Node, Any], hooks: bool = True) -> Iterator[Passed]:
    """Carry `gradients` back through the graph, and stop after each node. Nothing is freed, nothing deposited.

    Without `hooks` those of the user are not called: for a pass that is to leave no traces.
    """
    pending = dict(gradients)
    heap = [(node.birth, node) for node in pending]
    heapify(heap)
    buffers: set[Node] = set()
    invalid: set[Any] = set()
    checks = Checks() if watch.anomaly else None
    while heap:
        node = heappop(heap)[1]
        g = pending.pop(node)
        edges: Any = node.edges
        sent: list[Sent] = []
        # As in the engine: a derivative may be infinite, and `invalid` notes whether there was a 0 * inf.
        with np.errstate(all="ignore", invalid="call", call=lambda *what: invalid.add(what)):
            if hooks and node.hooks is not None:
                g = run_hooks(node, g)
                if getattr(node, "notes", {}).get("after"):
                    edges = Hooked(node, g, False)
            if edges and node.birth > memory.last_write and type(edges) is not Hooked:
                edges = intact(node)
            for parent, rule, saved, like in edges:
                apply = rule if checks is None else checks.checked(rule, node, parent)
                h = apply(g, *saved)
                if invalid and getattr(node.op, "selects", False):
                    h = selected(h, rule(np.ones_like(g), *saved))
                name = getattr(node.op, "input_of", {}).get(rule, "")
                if like is not None and type(h) is Indexed:
                    if parent not in pending:
                        pending[parent] = np.zeros(*like)
                        heappush(heap, (parent.birth, parent))
                    elif parent not in buffers:
                        pending[parent] = np.array(pending[parent])
                    buffers.add(parent)
                    h.add(pending[parent], h.g)
                    sent.append(Sent(parent, name, rule, saved, settle(h, like), False))
                    continue
                shape = getattr(h, "shape", None)
                if like is not None and h is not None:
                    h = settle(h, like)
                sent.append(Sent(parent, name, rule, saved, h, getattr(h, "shape", None) != shape))
                if h is None:
                    continue
                if parent not in pending:
                    pending[parent] = h
                    heappush(heap, (parent.birth, parent))
                elif parent in buffers:
                    pending[parent] += h
                else:
                    pending[parent] = pending[parent] + h
                    if type(h) is np.ndarray:
                        buffers.add(parent)
        yield Passed(node, g, sent)

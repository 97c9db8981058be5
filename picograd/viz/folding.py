"""What makes a long graph short: equal stretches are drawn once, modules are closed, and the middle is left out.

Ops stand in the order in which they happened, so a loop is a sequence that repeats. A stretch is equal to another when
the ops, their shapes and the kinds of their inputs are. Whatever is not shown has a representative that is, and arrows
go from representative to representative.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np

from .boxes import Box, boxes, title_of
from .graph import Graph, Link, Vertex

LONGEST = 64  # the longest stretch that is looked for in long graphs
ENDS = 2  # of a chain of equal ops, how many are shown at either end
EDGES = 30  # of a graph that is too large nevertheless, how many are shown at either end
LEAVES = 8  # how many leaves of its own an op is shown with


@dataclass(slots=True)
class Drawing:
    """What is to be drawn: a tree of boxes with the records in them, and the arrows between these."""

    root: Box
    arrows: list[tuple[Vertex, Vertex, bool]]  # from, to, and whether a gradient comes back
    representative: dict[Vertex, Vertex]  # of every record in the graph


def drawing(graph: Graph, fold: bool = True, depth: int | None = None, most: int = 160) -> Drawing:
    """The graph, shortened to about `most` records. `depth`: how many modules within modules are open."""
    root = boxes(graph)
    stands_for: dict[Vertex, Vertex] = {}
    if fold:
        for box in inner_first(root):
            fold_repeats(box, stands_for)
    if depth is not None:
        close(root, depth, stands_for)
    if fold:
        levels = 20
        while count(root) > most and levels >= 1:
            levels -= 1
            close(root, levels, stands_for)
        if count(root) > most:
            shorten(root, stands_for)
    return placed(graph, root, stands_for, fold)


def inner_first(root: Box) -> list[Box]:
    """All boxes, those within others before these."""
    order = [root]
    for box in order:  # grows while it is gone through
        order += [item for item in box.items if isinstance(item, Box)]
    return order[::-1]


def ops_in(item: Vertex | Box) -> Iterator[Vertex]:
    """The ops of a box, in their order; of one that stands for several, those of the first."""
    if isinstance(item, Box):
        for inner in item.items:
            yield from ops_in(inner)
    else:
        yield item


def count(root: Box) -> int:
    """How many ops are shown."""
    return sum(1 for _ in ops_in(root))


# ---- repeats -------------------------------------------------------------------------------------------------------


def signature(item: Vertex | Box) -> Hashable:
    """Equal for stretches that may be drawn as one."""
    if isinstance(item, Box):
        return (item.call and item.call.kind, item.times, tuple(map(signature, item.items)))
    inputs = tuple(link.source.shape if link.source.parameter else () for link in item.inputs)
    return (item.kind, item.op, item.shape, item.count, inputs)


def fold_repeats(box: Box, stands_for: dict[Vertex, Vertex]) -> None:
    """Put one stretch in the place of equal ones that follow each other directly in a box."""
    numbers: dict[Hashable, int] = {}
    sequence = np.array([numbers.setdefault(signature(item), len(numbers)) for item in box.items], int)
    folded: list[Vertex | Box] = []
    start = 0
    for at, period, times in repeats(sequence, box.items):
        folded += box.items[start:at]
        start = at + period * times
        stretch = box.items[at:start]
        if period == 1 and isinstance(stretch[0], Vertex):
            folded += chain(stretch, stands_for)
        else:
            folded.append(once(stretch, period, times, box, stands_for))
    box.items = folded + box.items[start:]


def repeats(
    sequence: np.ndarray[tuple[int], np.dtype[np.int_]], items: list[Vertex | Box]
) -> Iterator[tuple[int, int, int]]:
    """(start, length, times) of the stretches that repeat in a sequence, each as much of it as it can be."""
    n = len(sequence)
    runs = []  # runs[p - 1][i]: how long the sequence from i on equals itself p further on
    for period in range(1, min(n // 2, max(LONGEST, 500_000 // max(n, 1))) + 1):
        differs = np.flatnonzero(np.append(sequence[:-period] != sequence[period:], True))
        starts = np.arange(n - period)
        runs.append(differs[np.searchsorted(differs, starts)] - starts)
    i = 0
    while i < n:
        found = []
        for k, run in enumerate(runs[: n - i]):
            period = k + 1
            times = int(run[i]) // period + 1 if i < len(run) else 1
            if times >= least(period, items[i]):
                found.append((-times * period, period, times))
        for _, period, times in sorted(found)[:4]:
            times = alike(items[i : i + period * times], period)
            if times >= least(period, items[i]):
                yield i, period, times
                i += period * times
                break
        else:
            i += 1


def least(period: int, item: Vertex | Box) -> int:
    """How often a stretch has to repeat to be worth it: a chain of single ops keeps its ends."""
    return 2 * ENDS + 2 if period == 1 and isinstance(item, Vertex) else 3


def alike(items: list[Vertex | Box], period: int) -> int:
    """How many stretches at the beginning are alike in what each op takes: the same from the stretch before, or itself.

    In the first, what later ones take from the one before is from outside.
    """
    stretches = [[op for item in items[k : k + period] for op in ops_in(item)] for k in range(0, len(items), period)]
    length = len(stretches[0])
    place = {op: k for k, op in enumerate(op for stretch in stretches for op in stretch)}
    for k in range(1, len(stretches)):
        for one, other in zip(stretches[k - 1], stretches[k], strict=True):
            for a, b in zip(one.inputs, other.inputs, strict=True):
                before, after = place.get(a.source), place.get(b.source)
                if before is None and (after is None or (k == 1 and after < length)):
                    continue
                if a.source is not b.source and (before is None or after is None or after - before != length):
                    return k
    return len(stretches)


def chain(ops: list[Vertex | Box], stands_for: dict[Vertex, Vertex]) -> list[Vertex | Box]:
    """Equal ops that follow each other: the first, the last, and how many are between."""
    between = [op for op in ops[ENDS:-ENDS] if isinstance(op, Vertex)]
    more = Vertex("more", between[0].op, shape=between[0].shape, count=sum(op.count for op in between))
    stands_for.update(dict.fromkeys(between, more))
    return [*ops[:ENDS], more, *ops[-ENDS:]]


def once(
    stretch: list[Vertex | Box], period: int, times: int, around: Box, stands_for: dict[Vertex, Vertex]
) -> Vertex | Box:
    """The first of equal stretches, for all of them."""
    first = stretch[:period]
    shown = [op for item in first for op in ops_in(item)]
    for k in range(1, times):
        hidden = [op for item in stretch[k * period : (k + 1) * period] for op in ops_in(item)]
        for mine, other in zip(shown, hidden, strict=True):
            stands_for[other] = mine
            for a, b in zip(mine.inputs, other.inputs, strict=True):
                if (
                    b.source.kind in ("leaf", "constant")
                    and a.source.kind == b.source.kind
                    and a.source is not b.source
                ):
                    stands_for.setdefault(b.source, a.source)
    title = titles_of(first[0], stretch[-period], around)
    box = first[0]
    if period == 1 and isinstance(box, Box):
        box.title = title
        box.times *= times
        return box
    return Box(None, first, title or "repeated", times)


def titles_of(first: Vertex | Box, last: Vertex | Box, around: Box) -> str:
    """What equal modules are called, the first and the last: "blocks.0 … blocks.3"; nothing where it is one module."""
    if not isinstance(first, Box) or not isinstance(last, Box) or first.path == last.path:
        return ""
    return f"{title_of(first, around.path)[0]} … {title_of(last, around.path)[0]}"


# ---- what is closed and left out -----------------------------------------------------------------------------------


def close(box: Box, depth: int, stands_for: dict[Vertex, Vertex]) -> None:
    """Draw the modules that are deeper than `depth` as one record each."""
    for k, item in enumerate(box.items):
        if not isinstance(item, Box):
            continue
        if depth >= 1 or item.call is None:
            close(item, depth - (item.call is not None), stands_for)
            continue
        ops = list(ops_in(item))
        name, kind = title_of(item, box.path)
        closed = Vertex("module", kind or name, item.title or name, ops[-1].shape, ops[-1].node, count=len(ops))
        closed.options = f"× {item.times}" if item.times > 1 else ""
        closed.value, closed.gradient = ops[-1].value, ops[-1].gradient
        stands_for.update(dict.fromkeys(ops, closed))
        box.items[k] = closed


def shorten(box: Box, stands_for: dict[Vertex, Vertex]) -> None:
    """Leave out the middle of the longest box."""
    longest = max(inner_first(box), key=lambda inner: len(inner.items))
    middle = [op for item in longest.items[EDGES:-EDGES] for op in ops_in(item)]
    if middle:
        more = Vertex("more", "op", count=sum(op.count for op in middle))
        stands_for.update(dict.fromkeys(middle, more))
        longest.items[EDGES:-EDGES] = [more]


# ---- leaves and arrows ---------------------------------------------------------------------------------------------


def placed(graph: Graph, root: Box, stands_for: dict[Vertex, Vertex], fold: bool) -> Drawing:
    """The leaves in the boxes where they are used, and the arrows between what is shown."""
    shown = {vertex: k for k, vertex in enumerate(ops_in(root))}

    def final(vertex: Vertex) -> Vertex:
        while vertex in stands_for:
            vertex = stands_for[vertex]
        return vertex

    used: dict[Vertex, set[Vertex]] = {}  # leaf -> the ops that are shown in the place of those that use it
    straight: dict[Vertex, set[Vertex]] = {}  # the same for those that are shown themselves
    links: list[tuple[Link, Vertex]] = []
    for vertex in graph.vertices:
        target = final(vertex)
        for link in vertex.inputs:
            links.append((link, target))
            if link.source.kind in ("leaf", "constant"):
                used.setdefault(link.source, set()).add(target)
                if target is vertex:
                    straight.setdefault(link.source, set()).add(target)
    for leaf, users in used.items():
        if leaf in stands_for and leaf in straight:
            del stands_for[leaf]  # it is shown where it is used
        elif leaf not in stands_for and len(users) == 1 and next(iter(users)).kind in ("more", "module"):
            stands_for[leaf] = next(iter(users))
    leaves = [leaf for leaf in used if leaf not in stands_for]
    if graph.root.kind == "leaf":
        leaves = [graph.root]
    if fold:
        leaves = few(leaves, used, shown, stands_for)
    put_leaves(root, leaves, used)
    arrows: dict[tuple[Vertex, Vertex], bool] = {}
    for link, target in links:
        source = final(link.source)
        # From one stretch to the next there is no arrow where both are drawn as one: it would go back.
        if source is target or (source in shown and shown[source] >= shown[target]):
            continue
        arrows[source, target] = arrows.get((source, target), False) or link.differentiable
    representative = {vertex: final(vertex) for vertex in graph.vertices}
    return Drawing(root, [(a, b, gradient) for (a, b), gradient in arrows.items()], representative)


def few(
    leaves: list[Vertex], used: dict[Vertex, set[Vertex]], shown: dict[Vertex, int], stands_for: dict[Vertex, Vertex]
) -> list[Vertex]:
    """The leaves, with one record for those of an op that are too many."""
    own: dict[Vertex, list[Vertex]] = {op: [] for op in shown}
    for leaf in leaves:
        if len(used.get(leaf, ())) == 1 and next(iter(used[leaf])) in own:
            own[next(iter(used[leaf]))].append(leaf)
    gone: set[Vertex] = set()
    more: list[Vertex] = []
    for op, of_op in own.items():
        if len(of_op) > LEAVES:
            rest = of_op[LEAVES // 2 :]
            more.append(Vertex("more", "leaf", count=len(rest)))
            used[more[-1]] = {op}
            stands_for.update(dict.fromkeys(rest, more[-1]))
            gone.update(rest)
    return [*(leaf for leaf in leaves if leaf not in gone), *more]


def put_leaves(root: Box, leaves: list[Vertex], used: dict[Vertex, set[Vertex]]) -> None:
    """Put each leaf into the innermost box that has all its users in it; what has a name of the user's, outside."""
    trails: dict[Vertex, list[Box]] = {}  # op -> the boxes around it, the outermost first
    todo = [(root, [root])]
    for box, trail in todo:  # grows while it is gone through
        for item in box.items:
            if isinstance(item, Box):
                todo.append((item, [*trail, item]))
            else:
                trails[item] = trail
    for leaf in leaves:
        around = [trails[user] for user in used.get(leaf, ()) if user in trails] or [[root]]
        if leaf.name and not leaf.parameter:
            around = [[root]]
        depth = 0
        while all(len(trail) > depth + 1 and trail[depth + 1] is around[0][depth + 1] for trail in around):
            depth += 1
        around[0][depth].items.append(leaf)

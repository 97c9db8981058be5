"""A layered layout: ranks, an order with few crossings, coordinates, and edges that go round the cards.

A box is laid out by itself, then stands as one item in the layout of what is around it. An edge that crosses its border
does so at a port, which is an item of the box's first or last layer. In this file `u` runs along the layers and `v`
across them, from input to output; "down" makes them x and y, "right" y and x.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .cards import PAD, TITLE, Card, widen
from .text import width_of

GAP, LAYER_GAP = 22.0, 34.0  # between cards in a layer, and between layers
PORT_GAP = 14.0  # between a box's border and what is next to it, where edges cross it
LANE = 18.0  # the room of an edge that passes a layer
BESIDE, STACKED = 40.0, 7.0  # between an op and its parameters beside it, and between these
HEADER = 26.0  # of a box: its title
MARGIN = 12.0


@dataclass(eq=False, slots=True)
class Cluster:
    """An op's card with the parameters that only it uses in a stack beside it: they take no layer of their own."""

    card: Card
    beside: list[Edge]  # from each of them to the card
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0

    def __post_init__(self) -> None:
        stack = [edge.source for edge in self.beside]
        for card in stack:
            widen(card, max(card.width for card in stack))
        self.width = self.card.width + BESIDE + stack[0].width
        self.height = max(self.card.height, self.stack_height)

    @property
    def stack_height(self) -> float:
        """The height of the parameters' stack."""
        return sum(edge.source.height for edge in self.beside) + STACKED * (len(self.beside) - 1)

    def arrange(self, frame: Frame) -> None:
        """Put the cards where the cluster is."""
        card = self.card
        card.x, card.y = self.x, self.y + (self.height - card.height) / 2
        y = self.y + (self.height - self.stack_height) / 2
        left, right = card.x + card.width, card.x + card.width + BESIDE
        offsets = spread(len(self.beside), card.height)
        for edge, offset in zip(self.beside, offsets, strict=True):
            edge.source.x, edge.source.y = right, y
            start, end = y + edge.source.height / 2, card.y + card.height / 2 + offset
            points = [(right, start), (left, end)]
            edge.parts = [(frame, [(u - frame.x, v - frame.y) for u, v in points])]
            y += edge.source.height + STACKED


@dataclass(eq=False, slots=True)
class Frame:
    """A box: cards and other frames in it."""

    title: str
    kind: str
    times: int
    items: list[Card | Cluster | Frame] = field(default_factory=list)
    title_x: float = PAD
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0
    is_root: bool = False
    ports: dict[tuple[Edge, bool], float] = field(default_factory=dict)  # (edge, whether it comes in) -> u

    @property
    def title_width(self) -> float:
        """The room that the title takes."""
        words = [(self.title, TITLE, True), (self.kind, TITLE - 2, False), (f"× {self.times}", TITLE, True)]
        return sum(width_of(text, size, bold) + 10 for text, size, bold in words[: 3 if self.times > 1 else 2])


Item = Card | Cluster | Frame


@dataclass(eq=False, slots=True)
class Edge:
    """An arrow from card to card, and the points that it goes through: straight along v at each, curved between."""

    source: Card
    target: Card
    gradient: bool
    sideways: bool = False  # from a card beside its target
    parts: list[tuple[Frame, list[tuple[float, float]]]] = field(default_factory=list)

    @property
    def points(self) -> list[tuple[float, float]]:
        """All points, in the coordinates of the picture."""
        return [(frame.x + x, frame.y + y) for frame, part in self.parts for x, y in part]


@dataclass(eq=False, slots=True)
class Slot:
    """A place in a layer: of an item, of a port, or of an edge that passes."""

    rank: int
    breadth: float  # along u
    item: Item | None = None
    u: float = 0.0
    before: list[Line] = field(default_factory=list)
    after: list[Line] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Line:
    """A piece of an edge from one layer to the next; the offsets are from the middle of its slots."""

    edge: Edge
    start: Slot
    end: Slot
    start_offset: float = 0.0
    end_offset: float = 0.0

    @property
    def weight(self) -> float:
        """How much it should be straight: more where it only passes."""
        return (1.0, 3.0, 8.0)[(self.start.item is None) + (self.end.item is None)]


def lay_out(root: Frame, edges: list[Edge], direction: str) -> None:
    """Give everything in the root its place, and the edges their points."""
    trails: dict[Card, list[Frame]] = {}  # card -> the frames around it, the outermost first
    item_of: dict[Card, Item] = {}
    order: list[tuple[Frame, list[Frame]]] = [(root, [root])]
    for frame, trail in order:  # grows while it is gone through
        for item in frame.items:
            if isinstance(item, Frame):
                order.append((item, [*trail, item]))
            else:
                card = item.card if isinstance(item, Cluster) else item
                trails[card], item_of[card] = trail, item
    edges = [edge for edge in edges if not edge.sideways]
    local: dict[Frame, list[tuple[Edge, Item | None, Item | None]]] = {frame: [] for frame, _ in order}
    for edge in edges:
        a, b = trails[edge.source], trails[edge.target]
        first, last = [*a, item_of[edge.source]], [*b, item_of[edge.target]]
        shared = shared_length(a, b)
        for depth in range(len(a) - 1, shared - 1, -1):  # out of the boxes of the source
            local[a[depth]].append((edge, first[depth + 1], None))
        local[a[shared - 1]].append((edge, first[shared], last[shared]))
        for depth in range(shared, len(b)):  # into those of the target
            local[b[depth]].append((edge, None, last[depth + 1]))
    routes: dict[tuple[Frame, Edge], list[tuple[float, float]]] = {}
    for frame, _ in reversed(order):
        Layers(frame, local[frame], direction == "down").place(routes)
    for frame, _ in order:  # from places within frames to places in the picture
        for item in frame.items:
            item.x, item.y = item.x + frame.x, item.y + frame.y
            if isinstance(item, Cluster):
                item.arrange(frame)
    for edge in edges:
        a, b = trails[edge.source], trails[edge.target]
        shared = shared_length(a, b)
        edge.parts = [(frame, routes[frame, edge]) for frame in (*a[: shared - 1 : -1], a[shared - 1], *b[shared:])]


def shared_length(a: list[Frame], b: list[Frame]) -> int:
    """How many frames are around both of two cards."""
    return sum(1 for one, other in zip(a, b, strict=False) if one is other)


class Layers:
    """The layout of one frame."""

    def __init__(self, frame: Frame, edges: list[tuple[Edge, Item | None, Item | None]], down: bool) -> None:
        self.frame, self.edges, self.down = frame, edges, down
        self.slots: dict[Item, Slot] = {}
        self.layers: list[list[Slot]] = []
        self.chains: dict[Edge, list[Line]] = {}

    def place(self, routes: dict[tuple[Frame, Edge], list[tuple[float, float]]]) -> None:
        """Find the places within the frame, its size, its ports, and the routes of the edges in it."""
        self.make_slots()
        self.order()
        self.set_offsets()
        self.set_u()
        self.finish(routes)

    def size(self, item: Item) -> tuple[float, float]:
        """How large an item is along u and along v."""
        return (item.width, item.height) if self.down else (item.height, item.width)

    # ---- ranks -----------------------------------------------------------------------------------------------------

    def ranks(self) -> dict[Item, int]:
        """The layer of each item: one after those that it comes from, leaves directly before where they are used."""
        after: dict[Item, list[Item]] = {item: [] for item in self.frame.items}
        before: dict[Item, list[Item]] = {item: [] for item in self.frame.items}
        for _, a, b in self.edges:
            if a is not None and b is not None:
                after[a].append(b)
                before[b].append(a)
        waiting = {item: len(before[item]) for item in self.frame.items}
        order = [item for item in self.frame.items if not waiting[item]]
        for item in order:  # grows while it is gone through
            for b in after[item]:
                waiting[b] -= 1
                if not waiting[b]:
                    order.append(b)
        rank: dict[Item, int] = {}
        for item in order:
            rank[item] = max((rank[a] + 1 for a in before[item]), default=0)
        entering = {b for _, a, b in self.edges if a is None and b is not None}
        for item in reversed(order):
            if after[item] and len(before[item]) < len(after[item]) + (not before[item] and item not in entering):
                rank[item] = max(rank[item], min(rank[b] for b in after[item]) - 1)
        return rank

    def make_slots(self) -> None:
        """The layers with their slots, not yet in order; edges as chains of lines from layer to layer."""
        rank = self.ranks()
        # Layers of ports at either end, if there are ports.
        into = any(a is None for _, a, _ in self.edges)
        last = max(rank.values(), default=0) + into
        out = any(b is None for _, _, b in self.edges)
        self.layers = [[] for _ in range(last + 1 + out)]
        self.into, self.out = into, out
        for item in self.frame.items:
            self.slots[item] = Slot(rank[item] + into, self.size(item)[0], item)
            self.layers[rank[item] + into].append(self.slots[item])
        for edge, a, b in self.edges:
            start = self.slots[a] if a is not None else self.passing(0)
            end = self.slots[b] if b is not None else self.passing(last + 1)
            chain = [start, *(self.passing(k) for k in range(start.rank + 1, end.rank)), end]
            self.chains[edge] = [Line(edge, first, second) for first, second in pairwise(chain)]
            for line in self.chains[edge]:
                line.start.after.append(line)
                line.end.before.append(line)

    def passing(self, rank: int) -> Slot:
        """A new slot for an edge that passes a layer, or ends in one as a port."""
        slot = Slot(rank, LANE)
        self.layers[rank].append(slot)
        return slot

    # ---- order -----------------------------------------------------------------------------------------------------

    def order(self) -> None:
        """Few crossings: each slot goes where its neighbours in the layer before, then after, are; repeatedly."""
        self.start_order()
        best, fewest = [list(layer) for layer in self.layers], self.crossings()
        for sweep in range(12):
            if not fewest:
                break
            down = sweep % 2 == 0
            for layer in self.layers[1:] if down else self.layers[-2::-1]:
                sort_by_neighbours(layer, self.positions(), down)
            crossings = self.crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def start_order(self) -> None:
        """From the last layer back, each op's inputs from left to right as it takes them."""
        placed: dict[Slot, float] = {slot: float(k) for k, slot in enumerate(self.layers[-1])} if self.layers else {}
        for layer in self.layers[-2::-1]:
            wish = {}
            for k, slot in enumerate(layer):
                places = [placed[line.end] + line.end.before.index(line) / 1000 for line in slot.after]
                wish[slot] = min(places) if places else float(k)
            layer.sort(key=lambda slot: wish[slot])
            placed.update((slot, float(k)) for k, slot in enumerate(layer))

    def positions(self) -> dict[Slot, int]:
        """The number of each slot in its layer."""
        return {slot: k for layer in self.layers for k, slot in enumerate(layer)}

    def crossings(self) -> int:
        """How often lines cross."""
        position = self.positions()
        total = 0
        for layer in self.layers:
            ends: list[int] = []
            for slot in layer:
                here = sorted(position[line.end] for line in slot.after)
                total += sum(1 for k in here for other in ends if other > k)
                ends += here
        return total

    # ---- coordinates -----------------------------------------------------------------------------------------------

    def set_offsets(self) -> None:
        """Where lines meet an item: at a frame's ports, else side by side in the order in which they come."""
        position = self.positions()
        for slot in self.slots.values():
            item = slot.item
            if isinstance(item, Frame):
                for line in slot.before:
                    line.end_offset = item.ports[line.edge, True] - slot.breadth / 2
                for line in slot.after:
                    line.start_offset = item.ports[line.edge, False] - slot.breadth / 2
                continue
            aside, breadth = (0.0, slot.breadth)
            if isinstance(item, Cluster):
                breadth = item.card.width
                aside = (breadth - item.width) / 2
            slot.before.sort(key=lambda line: (position[line.start], line.start_offset))
            for line, offset in zip(slot.before, spread(len(slot.before), breadth), strict=True):
                line.end_offset = aside + offset
            slot.after.sort(key=lambda line: (position[line.end], line.end_offset))
            for line, offset in zip(slot.after, spread(len(slot.after), breadth), strict=True):
                line.start_offset = aside + offset

    def set_u(self) -> None:
        """Each slot as near to its neighbours as the order allows, in sweeps over the layers."""
        for layer in self.layers:
            settle(layer, [0.0] * len(layer), [1.0] * len(layer))
        sweeps = 24 if sum(map(len, self.layers)) > 400 else 100
        for sweep in range(sweeps):
            both = sweep >= 8
            for layer in self.layers if sweep % 2 == 0 else self.layers[::-1]:
                wishes, weights = [], []
                for slot in layer:
                    lines = [(line.start.u + line.start_offset - line.end_offset, line.weight) for line in slot.before]
                    if sweep % 2 == 0 and not both and lines:
                        after = []
                    else:
                        after = [(line.end.u + line.end_offset - line.start_offset, line.weight) for line in slot.after]
                    if sweep % 2 == 1 and not both and after:
                        lines = []
                    pulls = [*lines, *after]
                    weight = sum(w for _, w in pulls)
                    wishes.append(sum(u * w for u, w in pulls) / weight if weight else slot.u)
                    weights.append(weight or 0.01)
                settle(layer, wishes, weights)
        self.straighten()

    def straighten(self) -> None:
        """Bends in few places: each slot exactly under the one before it, unless more pulls it elsewhere."""
        for _ in range(6):
            for layer in self.layers:
                wishes, weights = [], []
                for slot in layer:
                    pulls = [
                        (line.start.u + line.start_offset - line.end_offset, line.weight * 1.01) for line in slot.before
                    ]
                    pulls += [(line.end.u + line.end_offset - line.start_offset, line.weight) for line in slot.after]
                    wishes.append(median(pulls) if pulls else slot.u)
                    weights.append(sum(weight for _, weight in pulls) or 0.01)
                settle(layer, wishes, weights)

    # ---- the result ------------------------------------------------------------------------------------------------

    def finish(self, routes: dict[tuple[Frame, Edge], list[tuple[float, float]]]) -> None:
        """Set places, sizes, ports and routes, in the frame's own coordinates."""
        frame, down = self.frame, self.down
        margin = MARGIN if not frame.is_root else 0.0
        header = 0.0 if frame.is_root else HEADER
        u0, v0 = (margin, header + margin / 2) if down else (header + margin / 2, margin)
        slots = [slot for layer in self.layers for slot in layer]
        left = min((slot.u - slot.breadth / 2 for slot in slots), default=0.0)
        right = max((slot.u + slot.breadth / 2 for slot in slots), default=0.0)
        shift = u0 - left
        for slot in slots:
            slot.u += shift
        title = self.title_room(right + shift + margin) if down and not frame.is_root else 0.0
        v = v0
        spans: list[tuple[float, float]] = []
        for k, layer in enumerate(self.layers):
            depth = max((self.size(slot.item)[1] for slot in layer if slot.item is not None), default=0.0)
            port_layer = (k == 0 and self.into) or (k == len(self.layers) - 1 and self.out)
            if port_layer and k == 0:
                spans.append((0.0, v - margin / 2))
                v = v - margin / 2 + self.gap_after(layer) - LAYER_GAP + PORT_GAP
                continue
            if port_layer:
                v -= LAYER_GAP - PORT_GAP
                spans.append((v, v))
                continue
            spans.append((v, v + depth))
            v += depth + (self.gap_after(layer) if k < len(self.layers) - 1 else 0.0)
        end = v + (0.0 if self.out else margin)
        if self.out:
            spans[-1] = (end, end)
        for k, layer in enumerate(self.layers):
            top, bottom = spans[k]
            for slot in layer:
                if slot.item is not None:
                    self.put(slot.item, slot, top, bottom)
        breadth = right - left + title + u0 + margin
        frame.width, frame.height = (breadth, end) if down else (max(end, frame.title_width + 2 * PAD), breadth)
        if not down and self.out:
            spans[-1] = (frame.width, frame.width)
        for edge, lines in self.chains.items():
            points = self.points(lines, spans)
            if lines[0].start.item is None:
                frame.ports[edge, True] = lines[0].start.u
            if lines[-1].end.item is None:
                frame.ports[edge, False] = lines[-1].end.u
            routes[frame, edge] = points if down else [(y, x) for x, y in points]

    def title_room(self, breadth: float) -> float:
        """Set where the title stands, so that no edge goes through it; how much broader the frame has to be for it."""
        frame = self.frame
        ports = sorted(slot.u for slot in self.layers[0]) if self.into else []
        walls = [0.0, *ports, breadth]
        for start, end in pairwise(walls):
            if end - start >= frame.title_width + 2 * PAD:
                frame.title_x = start + PAD
                return 0.0
        frame.title_x = walls[-2] + PAD
        return walls[-2] + frame.title_width + 2 * PAD - breadth

    def gap_after(self, layer: list[Slot]) -> float:
        """The room to the next layer: more where lines go far to the side."""
        lines = [line for slot in layer for line in slot.after]
        far = [abs(line.start.u + line.start_offset - line.end.u - line.end_offset) for line in lines]
        return LAYER_GAP + min(34.0, max(far, default=0.0) * 0.1)

    def put(self, item: Item, slot: Slot, top: float, bottom: float) -> None:
        """Set an item's place; leaves stand at the end of their layer, next to where they are used."""
        depth = self.size(item)[1]
        at_end = isinstance(item, Card) and not slot.before
        v = bottom - depth if at_end else top + (bottom - top - depth) / 2
        u = slot.u - slot.breadth / 2
        item.x, item.y = (u, v) if self.down else (v, u)

    def points(self, lines: list[Line], spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """The points of an edge within the frame, as (u, v)."""
        points: list[tuple[float, float]] = []
        for line in lines:
            for slot, offset, leaving in ((line.start, line.start_offset, True), (line.end, line.end_offset, False)):
                top, bottom = spans[slot.rank]
                u = slot.u + offset
                if slot.item is not None:
                    edge_of_item = slot.item.y if self.down else slot.item.x
                    depth = self.size(slot.item)[1]
                    if isinstance(slot.item, Cluster):  # the lines end at the card
                        edge_of_item += (depth - slot.item.card.height) / 2
                        depth = slot.item.card.height
                    ends = [(u, edge_of_item + depth), (u, bottom)] if leaving else [(u, top), (u, edge_of_item)]
                else:
                    ends = [(u, bottom)] if leaving else [(u, top)]
                points += ends
        return distinct(points)


def distinct(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points without those that are where the one before is; the ends stay."""
    kept = points[:1]
    for u, v in points[1:]:
        if abs(u - kept[-1][0]) > 0.01 or abs(v - kept[-1][1]) > 0.01:
            kept.append((u, v))
    return kept


def spread(count: int, breadth: float) -> list[float]:
    """Offsets of `count` lines along an item that is so broad."""
    step = min(26.0, (breadth - 2 * PAD) / max(count, 1))
    return [(k - (count - 1) / 2) * step for k in range(count)]


def sort_by_neighbours(layer: list[Slot], position: dict[Slot, int], down: bool) -> None:
    """Sort a layer by the mean position of each slot's neighbours in the layer before it, or after it."""
    wish: dict[Slot, Any] = {}
    for slot in layer:
        places = [position[line.start] for line in slot.before] if down else [position[line.end] for line in slot.after]
        wish[slot] = sum(places) / len(places) if places else float(position[slot])
    layer.sort(key=lambda slot: wish[slot])


def median(pulls: list[tuple[float, float]]) -> float:
    """The weighted median of (place, weight)."""
    pulls = sorted(pulls)
    half, so_far = sum(weight for _, weight in pulls) / 2, 0.0
    for place, weight in pulls:
        so_far += weight
        if so_far >= half:
            return place
    return pulls[-1][0]


def settle(layer: list[Slot], wishes: list[float], weights: list[float]) -> None:
    """Put the slots of a layer where they wish to be, as near as the order and the gaps allow.

    The least weighted sum of squares: neighbours that would overlap are pooled into one that wishes their mean.
    """
    starts: list[float] = []  # of each slot, if the first stood at 0
    at = 0.0
    for k, slot in enumerate(layer):
        if k:
            before = layer[k - 1]
            lanes = (before.item is None) + (slot.item is None)
            at += before.breadth / 2 + (GAP, GAP / 2, 0.0)[lanes] + slot.breadth / 2
        starts.append(at)
    pools: list[tuple[float, float, int]] = []  # (wish of the first, weight, how many)
    for wish, weight, start in zip(wishes, weights, starts, strict=True):
        pool = (wish - start, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            other = pools.pop()
            total = other[1] + pool[1]
            pool = ((other[0] * other[1] + pool[0] * pool[1]) / total, total, other[2] + pool[2])
        pools.append(pool)
    k = 0
    for wish, _, count in pools:
        for _ in range(count):
            layer[k].u = wish + starts[k]
            k += 1

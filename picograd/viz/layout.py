"""A layered layout: ranks, an order with few crossings, coordinates, and edges that go round the cards.

A box is laid out by itself, then stands as one item in the layout of what is around it. An edge that crosses its border
does so at a port, which is an item of the box's first or last layer. In this file `u` runs along the layers and `v`
across them, from input to output; "down" makes them x and y, "right" y and x.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .cards import PAD, Card
from .items import Cluster, Edge, Frame, Item, spread
from .spacing import Line, Slot, set_u

LAYER_GAP = 34.0  # between layers
PORT_GAP = 14.0  # between a box's border and what is next to it, where edges cross it
LANE = 18.0  # the room of an edge that passes a layer
HEADER = 26.0  # of a box: its title
MARGIN = 12.0


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
        set_u(self.layers)
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
                places = [
                    placed[line.end] + (within(line.end, line, True) or line.end.before.index(line) / 1000)
                    for line in slot.after
                ]
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
            before: list[tuple[float, float]] = []  # (start, end) of the lines
            for slot in layer:
                here = sorted(
                    (position[slot] + within(slot, line, False), position[line.end] + within(line.end, line, True))
                    for line in slot.after
                )
                for k, (start, end) in enumerate(here):
                    total += sum(1 for _, other in before if other > end)
                    if isinstance(slot.item, Frame):
                        total += sum(1 for first, other in here[:k] if first < start and other > end)
                before += here
        return total

    # ---- coordinates -----------------------------------------------------------------------------------------------

    def set_offsets(self) -> None:
        """Where lines meet an item: at a frame's ports, else side by side in the order in which they come."""
        position = self.positions()
        for item, slot in self.slots.items():
            if isinstance(item, Frame):
                for line in slot.before:
                    line.end_offset = item.ports[line.edge, True] - slot.breadth / 2
                for line in slot.after:
                    line.start_offset = item.ports[line.edge, False] - slot.breadth / 2
        for item, slot in self.slots.items():
            if isinstance(item, Frame):
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
        far = [abs(line.bend) for line in lines]
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


def within(slot: Slot, line: Line, comes_in: bool) -> float:
    """Where a line meets a frame, from 0 to 1: at its port. On a card, lines stand in the order that suits them: 0."""
    if not isinstance(slot.item, Frame):
        return 0.0
    return slot.item.ports[line.edge, comes_in] / max(slot.breadth, 1.0) * 0.9


def sort_by_neighbours(layer: list[Slot], position: dict[Slot, int], down: bool) -> None:
    """Sort a layer by the mean position of each slot's neighbours in the layer before it, or after it."""
    wish: dict[Slot, Any] = {}
    for slot in layer:
        if down:
            places = [position[line.start] + within(line.start, line, False) for line in slot.before]
        else:
            places = [position[line.end] + within(line.end, line, True) for line in slot.after]
        wish[slot] = sum(places) / len(places) if places else float(position[slot])
    layer.sort(key=lambda slot: wish[slot])

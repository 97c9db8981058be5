"""Places within layers whose order is settled: as straight as the order and the gaps allow."""

from __future__ import annotations

from dataclasses import dataclass, field

from .items import Edge, Item

GAP = 22.0  # between cards in a layer


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

    @property
    def bend(self) -> float:
        """How far it goes to the side."""
        return self.end.u + self.end_offset - self.start.u - self.start_offset


def set_u(layers: list[list[Slot]]) -> None:
    """Each slot as near to its neighbours as the order allows, in sweeps over the layers; then straight lines."""
    for layer in layers:
        settle(layer, [0.0] * len(layer), [1.0] * len(layer))
    sweeps = 24 if sum(map(len, layers)) > 400 else 100
    for sweep in range(sweeps):
        both = sweep >= 8
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wishes, weights = [], []
            for slot in layer:
                before, after = pulls(slot)
                if not both and sweep % 2 == 0 and before:
                    after = []
                if not both and sweep % 2 == 1 and after:
                    before = []
                weight = sum(w for _, w in (*before, *after))
                wishes.append(sum(u * w for u, w in (*before, *after)) / weight if weight else slot.u)
                weights.append(weight or 0.01)
            settle(layer, wishes, weights)
    straighten(layers)


def pulls(slot: Slot) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(where it would be straight, weight) for each line from the layer before, and for each to the one after."""
    before = [(line.start.u + line.start_offset - line.end_offset, line.weight) for line in slot.before]
    after = [(line.end.u + line.end_offset - line.start_offset, line.weight) for line in slot.after]
    return before, after


def straighten(layers: list[list[Slot]]) -> None:
    """Bends in few places: each slot exactly under the one before it, or over the one after it.

    Which of the two has fewer and shorter bends is found out by trying both, each from where the other ended.
    """
    best: list[float] = []
    least = 0.0
    slots = [slot for layer in layers for slot in layer]
    for attempt in range(4):
        down = attempt % 2 == 0
        for _ in range(6):
            for layer in layers if down else layers[::-1]:
                wishes, weights = [], []
                for slot in layer:
                    before, after = pulls(slot)
                    first, second = (before, after) if down else (after, before)
                    pulling = [*((u, w * 1.01) for u, w in first), *second]
                    wishes.append(median(pulling) if pulling else slot.u)
                    weights.append(sum(weight for _, weight in pulling) or 0.01)
                settle(layer, wishes, weights)
        far = [abs(line.bend) for slot in slots for line in slot.after if abs(line.bend) > 0.5]
        cost = len(far) + sum(far) / 200
        if not best or cost < least:
            best, least = [slot.u for slot in slots], cost
    for slot, u in zip(slots, best, strict=True):
        slot.u = u


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

"""What a layout puts in place: frames, clusters, cards, and the edges between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .cards import PAD, TITLE, Card, widen
from .text import width_of

BESIDE, STACKED = 40.0, 7.0  # between an op and its parameters beside it, and between these


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


def spread(count: int, breadth: float) -> list[float]:
    """Offsets of `count` lines along an item that is so broad."""
    step = min(26.0, (breadth - 2 * PAD) / max(count, 1))
    return [(k - (count - 1) / 2) * step for k in range(count)]

"""What a card says: name and shape, value and gradient, laid out in lines within a rectangle that they fit into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .figures import brief, finite, is_small, rows_of, size_of, statistics
from .graph import Vertex
from .text import shortened, width_of

PAD = 11.0
TITLE, SMALL = 13.0, 11.0  # sizes of the fonts
LINE = 15.0
MOST = 230.0  # the widest that a name or an option may make a card


class Text(NamedTuple):
    """A piece of text; x and y of its anchor on the base line, relative to the card."""

    x: float
    y: float
    text: str
    role: str  # "title", "plain", "muted", "gradient", "bad"
    size: float = SMALL
    anchor: str = "start"

    @property
    def bold(self) -> bool:
        """Whether it is in bold letters."""
        return self.role in ("title", "bad", "times")

    @property
    def width(self) -> float:
        """As `width_of` says."""
        return width_of(self.text, self.size, self.bold)


@dataclass(eq=False, slots=True)
class Card:
    """A rectangle for a record, and the texts in it."""

    vertex: Vertex
    kind: str  # of the record; "result" for the Tensor that the graph ends at
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0
    texts: list[Text] = field(default_factory=list)
    rule: float | None = None  # the height of the line between title and numbers


def card_of(vertex: Vertex, detail: str, is_result: bool = False, path: str = "") -> Card:
    """The card of a record. `detail`: "full", "brief" or "none" of the numbers; `path`: of the module around it."""
    card = Card(vertex, "result" if is_result else vertex.kind)
    head(card, path)
    if detail != "none" and vertex.kind in ("op", "leaf", "constant"):
        columns = [("value", vertex.value, "plain"), ("gradient", vertex.gradient, "gradient")]
        known = [column for column in columns if column[1] is not None]
        if known and detail == "full":
            in_columns(card, known)
        elif known:
            in_lines(card, known)
    card.height += PAD - 3
    widen(card, card.width)
    return card


def head(card: Card, path: str) -> None:
    """The name, and beside it the shape; below, what else there is to say."""
    vertex = card.vertex
    name = vertex.label.removeprefix(f"{path}.") if path else vertex.label
    more = ""
    if vertex.kind == "more":
        name = f"… {vertex.count:,} more"
        more = vertex.op
    elif vertex.kind == "module":
        name = f"{vertex.label} {vertex.options}".strip()
        more = f"{vertex.op}, {vertex.count} op{'s' * (vertex.count > 1)}"
    elif vertex.kind == "op":
        more = f"{vertex.op}  {vertex.options}".strip() if vertex.name else vertex.options
    elif vertex.kind == "constant" and vertex.name:
        more = "constant"
    name = shortened(name, TITLE, MOST, bold=True)
    size = "" if vertex.shape is None else size_of(vertex.shape)
    title = Text(PAD, PAD + 9, name, "title", TITLE)
    card.texts.append(title)
    card.width = PAD + title.width + PAD
    if size:
        shape = Text(0, PAD + 9, size, "muted", SMALL, "end")
        card.width += 14 + shape.width
        card.texts.append(shape)
    card.height = PAD + 13
    notes = in_two_lines(more) if more else []
    if vertex.freed:
        notes.append("what it came from is freed")
    for note in notes:
        text = Text(PAD, card.height + 11, shortened(note, SMALL, MOST), "muted")
        card.width = max(card.width, PAD + text.width + PAD)
        card.texts.append(text)
        card.height += LINE


def in_two_lines(text: str) -> list[str]:
    """A text that is too long for a line in two, broken at a comma."""
    if width_of(text, SMALL) <= MOST:
        return [text]
    cut = len(text)
    while cut > 0 and width_of(text[: cut + 1], SMALL) > MOST:
        cut = text.rfind(", ", 0, cut)
    return [text] if cut <= 0 else [text[: cut + 1], text[cut + 2 :]]


def widen(card: Card, width: float) -> None:
    """Make the card at least that wide; what stands at its right edge stays there."""
    edges = (0.0, card.width - PAD)  # 0: it has no place yet
    card.width = max(card.width, width)
    card.texts = [t._replace(x=card.width - PAD) if t.anchor == "end" and t.x in edges else t for t in card.texts]


def in_lines(card: Card, known: list[tuple[str, Any, str]]) -> None:
    """A line each for value and gradient."""
    lines = [(caption, *brief(array), role) for caption, array, role in known]
    caption_width = max(width_of(caption, SMALL) for caption, *_ in lines)
    number_width = max(width_of(text.replace("-", "−"), SMALL, bad) for _, text, bad, _ in lines)
    widen(card, PAD + caption_width + 12 + number_width + PAD)
    card.rule = card.height + 3
    card.height += 6
    for caption, text, bad, role in lines:
        y = card.height + 11
        card.texts.append(Text(PAD, y, caption, "muted" if role == "plain" else role))
        text = text.replace("-", "−").replace("e−", "e-")
        card.texts.append(Text(card.width - PAD, y, text, "bad" if bad else role, SMALL, "end"))
        card.height += LINE


def in_columns(card: Card, known: list[tuple[str, Any, str]]) -> None:
    """Value and gradient side by side: the numbers themselves, or statistics in words."""
    blocks = [block(caption, array, role) for caption, array, role in known]
    gap = 22.0
    widen(card, 2 * PAD + sum(width for _, width, _ in blocks) + gap * (len(blocks) - 1))
    card.rule = card.height + 3
    top = card.height + 6
    left = PAD
    room = (card.width - 2 * PAD - sum(width for _, width, _ in blocks)) / max(len(blocks) - 1, 1)
    for texts, width, _ in blocks:
        card.texts += [text._replace(x=text.x + left, y=text.y + top) for text in texts]
        left += width + room
    card.height = top + max(height for *_, height in blocks)


def block(caption: str, array: Any, role: str) -> tuple[list[Text], float, float]:
    """The texts of a value or a gradient, their width and their height."""
    texts = [Text(0, 11, caption, "muted" if role == "plain" else role)]
    y, width = LINE, texts[0].width
    if is_small(array):
        rows = [[x.replace("-", "−").replace("e−", "e-") for x in row] for row in rows_of(array)]
        bad = "bad" if not finite(array) else role
        widths = [max(width_of(row[k], SMALL, bad == "bad") for row in rows) for k in range(len(rows[0]))]
        for row in rows:
            x = 0.0
            for text, column in zip(row, widths, strict=True):
                x += column
                is_bad = text.strip("−") in ("nan", "inf")
                texts.append(Text(x, y + 11, text, "bad" if is_bad else role, SMALL, "end"))
                x += 9
            width = max(width, x - 9)
            y += LINE
        return texts, width, y
    lines = [(what, number.replace("-", "−").replace("e−", "e-")) for what, number in statistics(array)]
    left = max(width_of(what, SMALL, True) for what, _ in lines) + 9
    for what, number in lines:
        line_role = "bad" if what in ("nan", "inf") else role
        if not what:
            texts.append(Text(0, y + 11, number, line_role))
            width = max(width, texts[-1].width)
        else:
            texts.append(Text(0, y + 11, what, "muted" if line_role == "plain" else line_role))
            number_width = width_of(number, SMALL, line_role == "bad")
            texts.append(Text(left, y + 11, number, line_role))
            width = max(width, left + number_width)
        y += LINE
    return texts, width, y

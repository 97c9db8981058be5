"""The drawing: cards, boxes, arrows and a legend as SVG."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from .cards import PAD, SMALL, TITLE, Card, Text
from .figures import size_of
from .items import Cluster, Edge, Frame
from .text import FONT, width_of

MARGIN = 14.0
APART = 3.2  # half of the distance between an arrow forward and its gradient's back
HEAD, HEAD_BREADTH = 7.0, 3.6  # of arrows

# role -> (on a light page, on a dark one). They are told apart by people who see few colours, too: blue, vermilion,
# bluish green (Okabe and Ito's), grey.
COLOURS = {
    "paper": ("#ffffff", "#0f161d"), "paper-edge": ("#e1e7ed", "#26323e"),
    "card": ("#ffffff", "#18222c"), "card-edge": ("#c3ced9", "#3a4a59"),
    "leaf-card": ("#f1faf6", "#13291f"), "result-card": ("#eef6fc", "#132839"), "now-card": ("#fff3e8", "#3a2716"),
    "title": ("#16212c", "#f0f4f8"), "plain": ("#24313d", "#d5dee7"), "muted": ("#5f6e7c", "#94a4b3"),
    "gradient": ("#b54a00", "#ff9d57"), "bad": ("#b0003a", "#ff7aa2"),
    "forward": ("#5d7c9a", "#7fa3c6"), "backward": ("#d55e00", "#f0883e"),
    "op": ("#0072b2", "#56b4e9"), "leaf": ("#009e73", "#2cc295"), "constant": ("#9aa5b0", "#75828f"),
    "module": ("#4a78a5", "#7fa9d3"),
}  # fmt: skip
LIGHT = {role: light for role, (light, _) in COLOURS.items()}
DARK = {role: dark for role, (_, dark) in COLOURS.items()}
VARIABLES = {role: f"var(--picograd-{role})" for role in COLOURS}


@dataclass(slots=True)
class Scene:
    """What is drawn, with places."""

    root: Frame
    edges: list[Edge]
    direction: str
    legend: bool = True
    statistics: bool = False  # whether some card says "mean ± standard deviation"
    freed: bool = False
    states: dict[Card, str] = field(default_factory=dict)  # "done", "now", "waiting" while a pass is under way

    def frames(self) -> list[Frame]:
        """All boxes, outer ones first, without the root."""
        order = [self.root]
        for frame in order:  # grows while it is gone through
            order += [item for item in frame.items if isinstance(item, Frame)]
        return order[1:]

    def cards(self) -> list[Card]:
        """All cards."""
        items = [item for frame in (self.root, *self.frames()) for item in frame.items]
        clusters = [[item.card, *(edge.source for edge in item.beside)] for item in items if isinstance(item, Cluster)]
        return [*(item for item in items if isinstance(item, Card)), *(card for group in clusters for card in group)]


def render(scene: Scene, theme: str, width: float | None = None, shrinks: bool = True) -> str:
    """The SVG text. `theme`: as `style` says. `shrinks`: where it is too wide."""
    legend = legend_rows(scene, max(scene.root.width, 460.0)) if scene.legend else []
    ends = [start + SWATCH + width_of(text, SMALL) for row in legend for _, text, start in row]
    full_width = max(scene.root.width, 40.0, *ends) + 2 * MARGIN
    full_height = scene.root.height + 2 * MARGIN + (len(legend) * ROW + 12 if legend else 0)
    left = (full_width - scene.root.width) / 2
    names = {card: str(k) for k, card in enumerate(scene.cards())}
    shrinking = ' style="max-width:100%;height:auto"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n(full_width)} {n(full_height)}" '
        f'width="{n(width or full_width)}" height="{n(full_height * (width or full_width) / full_width)}" '
        f'class="picograd-{theme}" role="img" font-family="{FONT}"{shrinking if shrinks else ""}>',
        f"<title>Computation graph of {len(names)} nodes</title>",
        f"<style>{style(theme)}</style>",
        f'<rect class="paper" x="0.5" y="0.5" width="{n(full_width - 1)}" height="{n(full_height - 1)}" rx="10"/>',
        f'<g transform="translate({n(left)} {n(MARGIN)})">',
    ]
    for depth, frame in enumerate(scene.frames()):
        parts.append(box(frame, depth))
    parts += [arrow(scene, edge, names) for edge in scene.edges]
    parts += [drawn_card(scene, card, names[card]) for card in scene.cards()]
    parts.append("</g>")
    if legend:
        parts.append(drawn_legend(legend, scene.root.height + 2 * MARGIN + 6))
    parts.append("</svg>\n")
    return "\n".join(parts)


def n(x: float) -> str:
    """A coordinate, in tenths."""
    return f"{x:.1f}".removesuffix(".0")


# Where notebooks and pages say that they are light or dark: JupyterLab, VS Code, Colab.
LIGHT_PAGE = '[data-jp-theme-light="true"],[data-vscode-theme-kind$="light"],[theme="light"]'
DARK_PAGE = '[data-jp-theme-light="false"],[data-vscode-theme-kind$="dark"],[theme="dark"]'


def style(theme: str) -> str:
    """The style sheet; every rule holds in pictures of this theme only, as a page may have several pictures.

    "auto" is for files and asks the reader's system; "page" is for a part of a page, and looks what that is like.
    """
    within = f".picograd-{theme}"
    if theme == "auto":
        return f"{rules(within, LIGHT)} @media (prefers-color-scheme: dark) {{ {rules(within, DARK)} }}"
    if theme != "page":
        return rules(within, DARK if theme == "dark" else LIGHT)
    light, dark = (
        "".join(f"--picograd-{role}:{colour};" for role, colour in colours.items()) for colours in (LIGHT, DARK)
    )
    return (
        f"{within}{{{light}}} :is({DARK_PAGE}) {within}{{{dark}}} @media (prefers-color-scheme: dark) "
        f"{{ :root:not(:is({LIGHT_PAGE}),:has({LIGHT_PAGE})) {within}{{{dark}}} }} {rules(within, VARIABLES)}"
    )


def rules(within: str, colour: dict[str, str]) -> str:
    """The rules for one set of colours."""
    text = [f".{role}{{fill:{colour[role]}}}" for role in ("title", "plain", "muted", "gradient", "bad")]
    text += [f".bar-{kind}{{fill:{colour[kind]}}}" for kind in ("op", "module")]
    text += [
        f".times{{fill:{colour['op']}}}",
        f".paper{{fill:{colour['paper']};stroke:{colour['paper-edge']}}}",
        f".card{{fill:{colour['card']};stroke:{colour['card-edge']}}}",
        f".card-leaf{{fill:{colour['leaf-card']};stroke:{colour['leaf']}}}",
        f".card-result{{fill:{colour['result-card']};stroke:{colour['op']};stroke-width:1.8}}",
        f".card-constant,.card-more{{fill:{colour['card']};stroke:{colour['constant']};stroke-dasharray:4 3}}",
        f".card-now{{fill:{colour['now-card']};stroke:{colour['backward']};stroke-width:2.4}}",
        f".rule{{stroke:{colour['card-edge']};stroke-width:0.8}}",
        f".box{{fill:{colour['module']};fill-opacity:0.07;stroke:{colour['module']};stroke-opacity:0.45}}",
        f".sheet{{fill:{colour['paper']};stroke:{colour['module']};stroke-opacity:0.45}}",
        f".forward{{stroke:{colour['forward']};stroke-width:1.5;fill:none}}",
        f".forward-head{{fill:{colour['forward']}}}",
        f".backward{{stroke:{colour['backward']};stroke-width:1.5;stroke-dasharray:5 3;fill:none}}",
        f".backward-head{{fill:{colour['backward']}}}",
    ]
    return " ".join(f"{within} {selector}" for selector in (part.replace(",.", f",{within} .") for part in text))


# ---- parts ---------------------------------------------------------------------------------------------------------


def text_at(text: Text, x: float = 0.0, y: float = 0.0) -> str:
    """A text element."""
    weight = ' font-weight="bold"' if text.bold else ""
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    return (
        f'<text class="{text.role}" x="{n(x + text.x)}" y="{n(y + text.y)}" font-size="{n(text.size)}"{weight}{anchor}'
        f' xml:space="preserve">{escape(text.text)}</text>'
    )


def box(frame: Frame, depth: int) -> str:
    """A module, or a stretch that repeats: a stack of sheets if it stands for several."""
    x, y, width, height = frame.x, frame.y, frame.width, frame.height
    size = f'width="{n(width)}" height="{n(height)}" rx="9"'
    parts = ['<g class="boxes">']
    if frame.times > 1:
        parts += [f'<rect class="sheet" x="{n(x + d)}" y="{n(y + d)}" {size}/>' for d in (6, 3, 0)]
    parts.append(f'<rect class="box" x="{n(x)}" y="{n(y)}" {size}/>')
    at = frame.title_x
    times = f"× {frame.times}" if frame.times > 1 else ""
    for word, role, font_size in (
        (frame.title, "title", TITLE - 1),
        (frame.kind, "muted", SMALL),
        (times, "times", TITLE),
    ):
        if word:
            text = Text(at, 18, word, role, font_size)
            parts.append(text_at(text, x, y))
            at += text.width + 8
    return "".join([*parts, "</g>"])


def arrow(scene: Scene, edge: Edge, names: dict[Card, str]) -> str:
    """The arrow of the value forward, and beside it the one of the gradient back."""
    down = scene.direction == "down" and not edge.sideways
    points = edge.points
    apart = APART if edge.gradient else 0.0
    parts = [f'<g class="edge" data-from="{names[edge.source]}" data-to="{names[edge.target]}">']
    parts.append(one_arrow(points, "forward", -apart, down))
    state = scene.states.get(edge.target)
    if edge.gradient:
        faint = ' opacity="0.18"' if state == "waiting" else ""
        parts.append(f"<g{faint}>{one_arrow(points[::-1], 'backward', apart, down)}</g>")
    return "".join([*parts, "</g>"])


def one_arrow(points: list[tuple[float, float]], role: str, shift: float, down: bool) -> str:
    """A line through the points, beside them by `shift`, with a head at its end."""
    along = [(u, v) for u, v in points] if down else [(u, v) for v, u in points]
    sign = 1.0 if along[-1][1] >= along[0][1] else -1.0
    tip = along[-1]
    path = curve(along, shift, sign)
    path[-1][1][-1] = (tip[0] + shift, tip[1] - sign * HEAD)

    def xy(u: float, v: float) -> str:
        return f"{n(u)} {n(v)}" if down else f"{n(v)} {n(u)}"

    line = "".join(letter + " ".join(xy(u, v) for u, v in stations) for letter, stations in path)
    u, v = tip[0] + shift, tip[1]
    base = v - sign * HEAD
    head = f"M{xy(u, v)}L{xy(u - HEAD_BREADTH, base)} {xy(u + HEAD_BREADTH, base)}Z"
    return f'<path class="{role}" d="{line}"/><path class="{role}-head" d="{head}"/>'


Stations = list[tuple[str, list[tuple[float, float]]]]


def curve(points: list[tuple[float, float]], shift: float, sign: float) -> Stations:
    """The pieces of a path: straight where u stays, otherwise an S; two that are beside each other stay apart in it."""
    pieces: Stations = [("M", [(points[0][0] + shift, points[0][1])])]
    for (u0, v0), (u1, v1) in pairwise(points):
        if abs(u1 - u0) < 0.05:
            pieces.append(("L", [(u1 + shift, v1)]))
            continue
        steep = min(1.0, abs(u1 - u0) / max(abs(v1 - v0), 1.0))
        middle = (v0 + v1) / 2 - 1.5 * (shift if (u1 > u0) == (sign > 0) else -shift) * steep
        pieces.append(("C", [(u0 + shift, middle), (u1 + shift, middle), (u1 + shift, v1)]))
    return pieces


def drawn_card(scene: Scene, card: Card, name: str) -> str:
    """A record's card."""
    state = scene.states.get(card, "done")
    faint = ' opacity="0.45"' if state == "waiting" else ""
    kind = "now" if state == "now" else card.kind
    extra = f" card-{kind}" if kind in ("leaf", "result", "constant", "more", "now") else ""
    size = f'width="{n(card.width)}" height="{n(card.height)}"'
    parts = [
        f'<g class="node" data-id="{name}" transform="translate({n(card.x)} {n(card.y)})"{faint}>',
        f"<title>{escape(tooltip(card))}</title>",
        f'<rect class="card{extra}" {size} rx="6"/>',
    ]
    if card.kind in ("op", "module"):
        parts.append(f'<rect class="bar-{card.kind}" x="0" y="5" width="3.5" height="{n(card.height - 10)}" rx="1.5"/>')
    if card.rule is not None:
        parts.append(f'<path class="rule" d="M{n(PAD)} {n(card.rule)}H{n(card.width - PAD)}"/>')
    parts += [text_at(text) for text in card.texts if not (text.role == "gradient" and state == "waiting")]
    return "".join([*parts, "</g>"])


def tooltip(card: Card) -> str:
    """What shows when the mouse is on a card: what was shortened in it."""
    vertex = card.vertex
    words = [vertex.name, vertex.op, vertex.options, "" if vertex.shape is None else size_of(vertex.shape)]
    if vertex.calls:
        words.append(f"in {vertex.calls[-1].path or vertex.calls[-1].kind}")
    return ", ".join(word for word in words if word)


# ---- the legend ----------------------------------------------------------------------------------------------------

Entry = tuple[str, str, float]  # (what is drawn, text, where it begins)
SWATCH, ROW, BETWEEN = 32.0, 19.0, 20.0  # the room of what is drawn, of a row, and between columns


def legend_rows(scene: Scene, room: float) -> list[list[Entry]]:
    """The legend: only what is in the picture, in as many columns as there is room for."""
    kinds = {card.kind for card in scene.cards()}
    texts = {
        "leaf": "leaf: gets a gradient",
        "op": "op and its result",
        "result": "where the graph ends",
        "constant": "constant: no gradient",
        "more": "not shown one by one",
        "module": "module, closed",
    }
    entries = [(kind, text) for kind, text in texts.items() if kind in kinds]
    frames = scene.frames()
    if any(frame.times == 1 or frame.kind for frame in frames):
        entries.append(("box", "module"))
    if any(frame.times > 1 for frame in frames):
        entries.append(("sheet", "× n: equal parts, the first is shown"))
    entries.append(("forward", "values go forward"))
    if any(edge.gradient for edge in scene.edges):
        entries.append(("backward", "gradients come back, and add up"))
    if scene.statistics:
        entries.append(("±", "mean ± standard deviation"))
    ends = [SWATCH + width_of(text, SMALL) for _, text in entries]
    for columns in range(len(entries), 0, -1):
        widths = [max(ends[k::columns]) + BETWEEN for k in range(columns)]
        if sum(widths) - BETWEEN <= room:
            break
    starts = [sum(widths[:k]) for k in range(columns)]
    rows = [
        [(kind, text, start) for (kind, text), start in zip(entries[k : k + columns], starts, strict=False)]
        for k in range(0, len(entries), columns)
    ]
    if scene.freed:
        rows.append([("", "A backward pass has freed this graph: draw it before, or record it (viz.record).", -SWATCH)])
    return rows


def drawn_legend(rows: list[list[Entry]], top: float) -> str:
    """The legend's elements."""
    parts = ['<g class="legend">']
    for k, row in enumerate(rows):
        y = top + k * ROW
        for kind, text, start in row:
            parts.append(swatch(kind, MARGIN + start, y))
            parts.append(text_at(Text(MARGIN + start + SWATCH, y + 11, text, "muted")))
    return "".join([*parts, "</g>"])


def swatch(kind: str, x: float, y: float) -> str:
    """A small picture of what an entry is about."""
    if not kind:
        return ""
    if kind == "±":
        return text_at(Text(x + 12, y + 11, kind, "muted", anchor="middle"))
    if kind in ("forward", "backward"):
        points = [(x, y + 7), (x + 24, y + 7)]
        return one_arrow(points if kind == "forward" else points[::-1], kind, 0.0, down=False)
    size = f'x="{n(x)}" y="{n(y)}" width="24" height="13" rx="3"'
    if kind == "sheet":
        below = f'<rect class="sheet" x="{n(x + 3)}" y="{n(y + 3)}" width="22" height="11" rx="3"/>'
        return f'{below}<rect class="sheet" {size}/>'
    if kind == "box":
        return f'<rect class="box" {size}/>'
    extra = f" card-{kind}" if kind in ("leaf", "result", "constant", "more") else ""
    bar = f'<rect class="bar-{kind}" x="{n(x)}" y="{n(y + 2)}" width="3.5" height="9" rx="1.5"/>'
    return f'<rect class="card{extra}" {size}/>' + (bar if kind in ("op", "module") else "")

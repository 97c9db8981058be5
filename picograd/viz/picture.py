"""`draw`: from a Tensor to a picture of its graph."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..engine import Node
from ..nn.module import Module
from ..recording import no_grad
from ..tensor import Tensor
from .boxes import Box, title_of
from .cards import Card, card_of
from .figures import is_small
from .folding import Drawing, drawing
from .graph import Graph, Vertex, collect
from .items import Cluster, Edge, Frame
from .layout import lay_out
from .stepping import one_by_one
from .svg import Scene, render

DIRECTIONS, DETAILS, THEMES = ("down", "right"), ("full", "brief", "none"), ("auto", "light", "dark")


class Picture:
    """A picture of a graph: a notebook shows it, `svg` is its text, `save` writes it to a file."""

    def __init__(self, scene: Scene, theme: str = "auto", width: float | None = None) -> None:
        self.scene, self.theme, self.width = scene, theme, width

    @property
    def svg(self) -> str:
        """The picture as SVG."""
        return render(self.scene, self.theme, self.width)

    @property
    def part(self) -> str:
        """The picture as a part of a page of HTML: light or dark as the page is, if the theme is "auto"."""
        return render(self.scene, "page" if self.theme == "auto" else self.theme, self.width)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        cards = self.scene.cards()
        return f"Picture of {len(cards)} nodes and {len(self.scene.edges)} edges; save('graph.svg') writes it to a file"

    def save(self, path: str | os.PathLike[str], scale: float = 2.0) -> Path:
        """Write the picture to a file, whole or not at all: .svg, or .png with `scale` pixels for each of SVG's.

        PNG needs the package cairosvg.
        """
        path = Path(path)
        if not scale > 0:
            raise ValueError(f"save: scale {scale!r}: it is how many pixels stand for one of SVG's; give 1 or 2")
        if path.suffix == ".svg":
            content = self.svg.encode()
        elif path.suffix == ".png":
            theme = "light" if self.theme == "auto" else self.theme
            content = png(render(self.scene, theme, self.width, shrinks=False), path, scale)
        else:
            raise ValueError(f"save: {path.name}: the ending says the format; give .svg or .png")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"save: {path}: there is no folder {path.parent}; make it, or give another")
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            partial.write_bytes(content)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        return path


def png(svg: str, path: Path, scale: float) -> bytes:
    """The picture in pixels."""
    try:
        from cairosvg import svg2png
    except (ImportError, OSError):  # OSError: the package is there, the library cairo isn't
        raise ImportError(
            f"save: {path.name}: a PNG needs the package cairosvg, which is not installed: "
            f"install picograd-dl[png], or save it as .svg"
        ) from None
    content: bytes = svg2png(bytestring=svg.encode(), scale=scale)
    return content


def draw(
    z: Tensor,
    model: Module | None = None,
    names: Mapping[str, Any] | None = None,
    *,
    direction: str | None = None,
    detail: str | None = None,
    fold: bool = True,
    depth: int | None = None,
    values: bool = True,
    gradients: bool = True,
    theme: str = "auto",
    legend: bool = True,
    width: float | None = None,
) -> Picture:
    """A picture of the graph that ends at `z`: what it was computed from, and how the gradient comes back.

    `model` gives the parameters their names and groups the ops of each module in a box. `names`: names of other
    Tensors, {"x": x}, or locals(). `direction`: "down" or "right" (default: right for short graphs). `detail` of the
    numbers: "full" (small arrays whole, of large ones statistics), "brief" (a line each) or "none" (default: by how
    much is drawn). `fold`: whether what repeats is drawn once. `depth`: how many modules within modules are open.
    `values`, `gradients`: whether they are shown. `theme`: "light", "dark" or "auto", as the page that the picture is
    on. `width`: in pixels.

    The gradients are those that z.backward() would give, if z is a scalar and its graph is whole; nothing is changed
    for that. After a backward pass, they are what the Tensors hold that are still there: draw before it, or `record`.

    Raises TypeError for what is no Tensor, RuntimeError for one without a graph.
    """
    options = ("direction", direction, DIRECTIONS), ("detail", detail, DETAILS), ("theme", theme, THEMES)
    for what, option, known in options:
        if option not in known and not (option is None and what != "theme"):
            raise ValueError(f"draw: {what} {option!r}: it is unknown; give one of {', '.join(map(repr, known))}")
    if depth is not None and (not isinstance(depth, int) or depth < 0):
        raise ValueError(f"draw: depth {depth!r}: it is how many modules within modules are open; give 0 or more")
    if width is not None and not width > 0:
        raise ValueError(f"draw: width {width!r}: there must be room for the picture; give pixels, or None")
    graph = collect(z, model, names, values=values)
    plan = drawing(graph, fold, depth)
    if gradients and not graph.freed:
        find_gradients(z, plan)
    scene = arranged(graph, plan, direction, detail, values, gradients)
    scene.legend = legend
    return Picture(scene, theme, width)


def find_gradients(z: Tensor, plan: Drawing, gradient: Any = None) -> None:
    """Set the gradients of what is shown: those that z.backward(gradient) would give."""
    if z.value.size != 1 and gradient is None:
        return
    start: Node = z._start()
    try:
        with no_grad():
            going = one_by_one({start: z._seed(gradient, "draw")}, hooks=False)
            set_gradients(plan, ((node, g) for node, g, _ in going))
    except RuntimeError:
        # A second pass over what is freed further back, or memory that was overwritten: the Tensors' own must do.
        return


def set_gradients(plan: Drawing, gradients: Iterable[tuple[Node, Any]]) -> None:
    """Set the gradients of what is shown to these, as far as they come."""
    nodes = {vertex.node: vertex for vertex in plan.representative.values() if vertex.node is not None}
    for node, g in gradients:
        if node in nodes and getattr(g, "shape", None) == node.shape:  # not that of several outputs
            nodes[node].gradient = g


def arranged(
    graph: Graph, plan: Drawing, direction: str | None, detail: str | None, values: bool, gradients: bool
) -> Scene:
    """Cards and frames for what is to be drawn, in their places."""
    count = len(set(plan.representative.values()))
    detail = detail or ("full" if count <= 9 else "brief" if count <= 90 else "none")
    cards: dict[Vertex, Card] = {}

    def framed(box: Box, around: str) -> Frame:
        title, kind = title_of(box, around)
        frame = Frame(box.title or title, kind, box.times, is_root=box is plan.root)
        path = box.path or around
        for item in box.items:
            if isinstance(item, Box):
                frame.items.append(framed(item, path))
                continue
            if not values:
                item.value = None
            if not gradients:
                item.gradient = None
            is_result = plan.representative.get(graph.root) is item and item.kind == "op"
            cards[item] = card_of(item, detail, is_result, path)
            frame.items.append(cards[item])
        return frame

    root = framed(plan.root, "")
    edges = [Edge(cards[a], cards[b], gradient and gradients) for a, b, gradient in plan.arrows]
    direction = direction or ("right" if layers(plan) <= 4 and len(root.items) == len(cards) else "down")
    if direction == "down":
        put_beside(root, edges)
    lay_out(root, edges, direction)
    arrays = [array for vertex in cards for array in (vertex.value, vertex.gradient) if array is not None]
    statistics = detail == "brief" and any(re.search("±", text.text) for card in cards.values() for text in card.texts)
    return Scene(root, edges, direction, statistics=statistics and not all(map(is_small, arrays)), freed=graph.freed)


def put_beside(root: Frame, edges: list[Edge]) -> None:
    """Put the parameters and constants that one op uses beside its card, if the op has another input as well."""
    into: dict[Card, list[Edge]] = {}
    users: dict[Card, int] = {}
    for edge in edges:
        into.setdefault(edge.target, []).append(edge)
        users[edge.source] = users.get(edge.source, 0) + 1
    frames = [root]
    for frame in frames:  # grows while it is gone through
        frames += [item for item in frame.items if isinstance(item, Frame)]
        for card in [item for item in frame.items if isinstance(item, Card)]:
            incoming = into.get(card, [])
            beside = [
                edge
                for edge in incoming
                if edge.source in frame.items and users[edge.source] == 1 and is_aside(edge.source.vertex)
            ]
            if len(beside) == len(incoming):
                beside = beside[1:]
            if beside:
                for edge in beside:
                    edge.sideways = True
                    frame.items.remove(edge.source)
                frame.items[frame.items.index(card)] = Cluster(card, beside)


def is_aside(vertex: Vertex) -> bool:
    """Whether it may stand beside the op that uses it: what the op has of its own, not what flows through it."""
    return vertex.parameter or vertex.kind == "constant" or (vertex.kind == "more" and vertex.op == "leaf")


def layers(plan: Drawing) -> int:
    """How many arrows follow each other at most."""
    rank: dict[Vertex, int] = {}
    position = {item: k for k, item in enumerate(plan.representative.values())}
    for a, b, _ in sorted(plan.arrows, key=lambda arrow: position.get(arrow[1], 0)):
        rank[b] = max(rank.get(b, 1), rank.get(a, 1) + 1)
    return max(rank.values(), default=1)

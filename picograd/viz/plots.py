"""How curves and histograms look. They need matplotlib, which is imported when something is drawn."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

INK, GREY, PALE, BLUE, RED = "#1a1a2e", "#9295a5", "#e4e6ee", "#2563d9", "#d3263f"


def figure_of(who: str, size: tuple[float, float]) -> Any:
    """A white figure of a size in inches. Raises ImportError in one sentence without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(f"{who}: it draws with a package that is not installed: pip install matplotlib") from None
    figure: Any = Figure(figsize=size, layout="constrained", facecolor="white")
    # A notebook knows how to show a figure only once pyplot was imported there; this one it can ask.
    figure._repr_png_ = partial(png_of, figure)
    return figure


def png_of(figure: Any) -> bytes:
    """The figure in pixels."""
    content = BytesIO()
    figure.savefig(content, format="png", dpi=96)
    return content.getvalue()


def save(figure: Any, path: Any, dpi: int, who: str) -> None:
    """Write the figure to a file, if a path is given. Raises an error of a sentence where that can't be."""
    if path is None:
        return
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{who}: {path}: there is no folder {path.parent}; make it, or give another")
    known = figure.canvas.get_supported_filetypes()
    if path.suffix.removeprefix(".") not in known:
        raise ValueError(f"{who}: {path.name}: the ending says the format; give one of .{', .'.join(sorted(known))}")
    figure.savefig(path, dpi=dpi)


def plain(axes: Any, title: str, xlabel: str = "", size: int = 12) -> None:
    """A title at the left, a pale grid, no frame."""
    axes.set_title(title, loc="left", color=INK, fontsize=size, fontweight="bold")
    axes.set_xlabel(xlabel, color=INK)
    axes.grid(axis="y", color=PALE)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    axes.tick_params(which="both", length=0, labelcolor=INK)


def legend(axes: Any) -> None:
    """The legend without a frame."""
    axes.legend(labelcolor=INK, frameon=False, borderaxespad=0, fontsize=9)

"""How curves and histograms look. They need matplotlib, which is imported when something is drawn."""

from __future__ import annotations

from typing import Any

INK, GREY, PALE, BLUE, RED = "#1a1a2e", "#9295a5", "#e4e6ee", "#2563d9", "#d3263f"


def figure_of(who: str, size: tuple[float, float]) -> Any:
    """A white figure of a size in inches. Raises ImportError in one sentence without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(f"{who}: it draws with a package that is not installed: pip install matplotlib") from None
    return Figure(figsize=size, layout="constrained", facecolor="white")


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

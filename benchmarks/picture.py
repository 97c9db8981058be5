"""The figures as pictures: bars of the training steps, and four panels of how their cost grows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from measures import CONTESTANTS
from report import Rows, best_torch

COLOURS = {  # picograd's dark, the others' light
    "picograd-numpy": "#5b8ec9",
    "picograd-kernels": "#0b3c7d",
    "torch": "#f5c6aa",
    "torch-fused": "#ee4c2c",
    "torch-compile": "#b5651d",
    "jax": "#8bc48a",
}
AXES = {
    "batch": "examples in a batch",
    "width": "units in a layer",
    "depth": "hidden layers",
    "sequence": "tokens in a sequence, attention",
}


def draw(figures: dict[str, Rows], file: Path) -> list[str]:
    """Draw what was measured; returns a sentence for each picture, or for what stands in the way."""
    try:
        import matplotlib
    except ImportError:
        return ["No picture: matplotlib is not installed (pip install matplotlib)."]
    matplotlib.use("Agg")
    written = []
    steps = {name: rows["step"] for name, rows in figures.items() if "step" in rows}
    if steps:
        bars(steps, file)
        written.append(f"The training steps are drawn in {file}.")
    if "growth" in figures:
        target = file.with_stem(f"{file.stem}-growth") if steps else file
        curves(figures["growth"], target)
        written.append(f"The growth is drawn in {target}.")
    return written or ["No picture: neither training steps nor growth were measured."]


def bars(steps: Rows, file: Path) -> None:
    """A group of bars for each network: times over the best of PyTorch's."""
    import matplotlib.pyplot as plt

    present = [c for c in COLOURS if any(c in row for row in steps.values())]
    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    width = 0.8 / len(present)
    for k, contestant in enumerate(present):
        for place, row in enumerate(steps.values()):
            if contestant not in row:
                continue
            unit = row[best_torch(row) or "picograd-numpy"]["median"]
            cell = {what: row[contestant][what] / unit for what in ("median", "min", "max")}
            spread = [[cell["median"] - cell["min"]], [cell["max"] - cell["median"]]]
            where = place + (k - (len(present) - 1) / 2) * width
            bar = axes.bar(where, cell["median"], width * 0.9, yerr=spread, color=COLOURS[contestant], ecolor="#888888")
            if place == 0:
                bar.set_label(CONTESTANTS[contestant].title)
    axes.axhline(1, color="#888888", linewidth=0.8, linestyle="--")
    axes.set_xticks(range(len(steps)), list(steps))
    axes.set_ylabel("time of a training step\n(PyTorch's best mode is 1)")
    figure.legend(frameon=False, ncols=3, loc="outside upper center")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=150)
    plt.close(figure)


def curves(rows: Rows, file: Path) -> None:
    """Four panels, both axes logarithmic: medians as lines, the spread of the rounds as bands."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
    for axes, (axis, title) in zip(panels.flat, AXES.items(), strict=True):
        points = {int(what.split()[1]): row for what, row in rows.items() if what.startswith(f"{axis} ")}
        for contestant in (c for c in COLOURS if any(c in row for row in points.values())):
            sizes = [size for size, row in points.items() if contestant in row]
            cells: list[dict[str, Any]] = [points[size][contestant] for size in sizes]
            median, low, high = ([1e3 * cell[what] for cell in cells] for what in ("median", "min", "max"))
            title_of = CONTESTANTS[contestant].title
            axes.plot(sizes, median, "o-", markersize=3, color=COLOURS[contestant], label=title_of)
            axes.fill_between(sizes, low, high, color=COLOURS[contestant], alpha=0.2, linewidth=0)
        axes.set_xscale("log", base=2)
        axes.set_xticks(list(points), [str(size) for size in points])
        axes.set_yscale("log")
        axes.set_xlabel(title)
        axes.set_ylabel("ms a step")
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), frameon=False, ncols=3, loc="outside upper center")
    figure.savefig(file, dpi=150)
    plt.close(figure)

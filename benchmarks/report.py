"""The figures as tables, as JSON, as a picture."""

from __future__ import annotations

import math
import statistics
from typing import Any

from measures import CONTESTANTS, MEASURES, OWN, TORCH

Rounds = dict[str, dict[str, dict[str, Any]]]  # measure -> what -> contestant -> {"unit": ..., "rounds": [...]}
Rows = dict[str, dict[str, Any]]  # what -> {"unit", contestant -> {"median", "min", "max"}, "ratio" -> ...}

SCALES = {"s": (("s", 1.0), ("ms", 1e3), ("us", 1e6)), "MB": (("MB", 1.0),), "1/s": (("1/s", 1.0),)}


def add(rounds: Rounds, measure: str, contestant: str, figures: dict[str, tuple[float, str]]) -> None:
    """Put down a round of a contestant."""
    for what, (number, unit) in figures.items():
        cell = rounds.setdefault(measure, {}).setdefault(what, {}).setdefault(contestant, {"unit": unit, "rounds": []})
        cell["rounds"].append(number)


def summary(rounds: dict[str, dict[str, Any]]) -> Rows:
    """Medians, spreads and ratios of a measure."""
    rows: Rows = {}
    for what, cells in rounds.items():
        row: dict[str, Any] = {"unit": next(iter(cells.values()))["unit"]}
        for contestant in (c for c in CONTESTANTS if c in cells):
            r = cells[contestant]["rounds"]
            row[contestant] = {"median": statistics.median(r), "min": min(r), "max": max(r), "rounds": r}
        row["ratio"] = ratios(row)
        rows[what] = row
    return rows


def best_torch(row: dict[str, Any]) -> str | None:
    """The PyTorch mode that is best in a row."""
    modes = [mode for mode in TORCH if mode in row]
    sign = -1 if row["unit"] == "1/s" else 1
    return min(modes, key=lambda mode: sign * row[mode]["median"]) if modes else None


def ratios(row: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What picograd takes for what the others take: below 1 it is the better one, whatever the unit."""
    found: dict[str, dict[str, float]] = {}
    others = {"torch": best_torch(row), "jax": "jax", "numpy": "numpy"}
    for own in (variant for variant in OWN if variant in row):
        for name, other in others.items():
            if other in row and row[own]["median"] and row[other]["median"]:
                ratio = row[own]["median"] / row[other]["median"]
                found.setdefault(own, {})[name] = 1 / ratio if row["unit"] == "1/s" else ratio
    return found


def in_unit(unit: str, *numbers: float) -> tuple[list[str], str]:
    """Numbers with three digits or more, in the unit that suits the first of them."""
    name, scale = SCALES[unit][0]
    for finer in SCALES[unit][1:]:
        if abs(numbers[0]) * scale < 1:
            name, scale = finer
    return [f"{n * scale:.{2 if abs(n * scale) < 100 else 0}f}" for n in numbers], name


def tables(rounds: Rounds) -> list[str]:
    """Everything that was measured, as lines of text."""
    lines: list[str] = []
    for measure in (m for m in MEASURES if m in rounds):
        rows = summary(rounds[measure])
        lines += ["", f"{measure}: {MEASURES[measure].title}"]
        lines += grid(rows, MEASURES[measure].mean) if MEASURES[measure].grid else details(rows)
    return lines + overview(rounds)


def details(rows: Rows) -> list[str]:
    """A line for each contestant: median, lowest and highest round, ratios."""
    lines = []
    for what, row in rows.items():
        lines.append(f"  {what}")
        for contestant in (c for c in CONTESTANTS if c in row):
            (median, low, high), unit = in_unit(row["unit"], *(row[contestant][k] for k in ("median", "min", "max")))
            line = f"    {CONTESTANTS[contestant].title:24}{median:>10} {unit:4}{low:>9} - {high:<9}"
            line += "".join(f"  {r:.3f} of {of}" for of, r in named_ratios(row, contestant))
            lines.append(line.rstrip())
    return lines


def named_ratios(row: dict[str, Any], contestant: str) -> list[tuple[str, float]]:
    """A contestant's ratios, with the titles of those that it is compared with."""
    titles = {other: CONTESTANTS[other].title for other in ("jax", "numpy")}
    if best := best_torch(row):
        titles["torch"] = CONTESTANTS[best].title
    return [(titles[other], ratio) for other, ratio in row["ratio"].get(contestant, {}).items()]


def grid(rows: Rows, mean: bool) -> list[str]:
    """A line for each row: the medians of all, the ratios to PyTorch's best mode."""
    present = [c for c in CONTESTANTS if any(c in row for row in rows.values())]
    own = [c for c in present if c in OWN]
    width = max(26, *map(len, rows)) + 2
    lines = [" " * width + "".join(f"{c:>18}" for c in present) + "".join(f"{c[9:] + '/torch':>16}" for c in own)]
    for what, row in rows.items():
        line = f"{what:{width}}"
        for contestant in present:
            cell = ""
            if contestant in row:
                (number,), unit = in_unit(row["unit"], row[contestant]["median"])
                cell = f"{number} {unit:2}"
            line += f"{cell:>18}"
        for contestant in own:
            ratio = row["ratio"].get(contestant, {}).get("torch")
            line += f"{'' if ratio is None else f'{ratio:.3f}':>16}"
        lines.append(line.rstrip())
    for title, group in groups(rows).items() if mean else ():
        means = [geometric_mean(group, contestant, "torch") for contestant in own]
        if any(means):
            line = f"{title:{width}}" + " " * 18 * len(present)
            lines.append(line + "".join(f"{'' if m is None else f'{m:.3f}':>16}" for m in means))
    return lines


def groups(rows: Rows) -> dict[str, Rows]:
    """What is averaged: the times, but not the parts of one that is there as a whole; if sizes are named, each size."""
    times = {what: row for what, row in rows.items() if ", only " not in what}
    found: dict[str, Rows] = {}
    for what, row in times.items():
        for size in (part for part in what.split(", ") if part.replace(" ", "").isdigit()):
            found.setdefault(f"geometric mean, {size}", {})[what] = row
    return {**found, "geometric mean": times}


def geometric_mean(rows: Rows, contestant: str, other: str) -> float | None:
    """Of a contestant's ratios in all rows that have one."""
    found = [row["ratio"].get(contestant, {}).get(other) for row in rows.values()]
    logs = [math.log(ratio) for ratio in found if ratio]
    return math.exp(statistics.fmean(logs)) if logs else None


def overview(rounds: Rounds) -> list[str]:
    """The training steps' ratios, a line for each network."""
    steps = {m: summary(rounds[m])["step"] for m in MEASURES if "step" in rounds.get(m, {})}
    columns = [(own, other) for own in OWN for other in ("torch", "jax")]
    columns = [(own, other) for own, other in columns if any(other in r["ratio"].get(own, {}) for r in steps.values())]
    if not columns:
        return []
    titles = {"torch": "PyTorch's best", "jax": "JAX"}
    lines = ["", "A training step's time, picograd's for the other's (below 1 picograd is the faster one)"]
    lines.append(" " * 16 + "".join(f"{own[9:] + ' / ' + titles[other]:>26}" for own, other in columns))
    for name, row in steps.items():
        cells = [row["ratio"].get(own, {}).get(other) for own, other in columns]
        lines.append(f"{name:16}" + "".join(f"{'' if c is None else f'{c:.3f}':>26}" for c in cells))
    means = [geometric_mean(steps, own, other) for own, other in columns]
    return [*lines, f"{'geometric mean':16}" + "".join(f"{'' if m is None else f'{m:.3f}':>26}" for m in means)]

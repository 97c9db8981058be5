"""Arrays in few words: the numbers themselves where they are few, statistics where they are many."""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS, COLUMNS = 4, 6  # up to this many numbers are shown themselves


def short(x: Any) -> str:
    """A number in three digits: 2.3026 -> 2.3, 0.00012345 -> 1.23e-4, 3.0 -> 3."""
    if isinstance(x, bool | np.bool):
        return str(bool(x))
    text = f"{float(x):.3g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def numeric(values: Any) -> np.ndarray[Any, Any] | None:
    """The array in a dtype of NumPy's own (float32 for bfloat16); None if it holds no real numbers."""
    array: np.ndarray[Any, Any] = np.asarray(values)
    if array.dtype.kind in "biuf":
        return array
    try:
        return array.astype(np.float32) if array.dtype.kind == "V" else None
    except (TypeError, ValueError):
        return None


def is_small(array: Any) -> bool:
    """Whether its numbers are few enough to be shown."""
    shape = np.shape(array)
    rows, columns = (1, *shape)[-2:] if shape else (1, 1)
    return len(shape) <= 2 and 0 < rows <= ROWS and 0 < columns <= COLUMNS


def rows_of(array: Any) -> list[list[str]]:
    """The numbers of a small array as text, row by row."""
    array = numeric(array)
    if array is None:
        return [["?"]]
    return [[short(x) for x in row] for row in array.reshape(-1, array.shape[-1] if array.ndim else 1)]


def statistics(array: Any) -> list[tuple[str, str]]:
    """(what, number) of a large array: mean, std, min, max, and how many are nan, infinite, or 0 if all are."""
    array = numeric(array)
    if array is None:
        return [("", "not real numbers")]
    if not array.size:
        return [("", "no elements")]
    nan, inf = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    rest = array if not nan + inf else array[np.isfinite(array)]
    words: list[tuple[str, str]] = []
    if rest.size:
        mean, deviation = rest.mean(dtype=np.float64), rest.std(dtype=np.float64)
        words = [("mean", short(mean)), ("std", short(deviation))]
        words += [("min", short(rest.min())), ("max", short(rest.max()))]
        if not rest.any():
            words = [("", f"all {array.size:,} are 0" if rest is array else "the others are 0")]
    for what, count in (("nan", nan), ("inf", inf)):
        if count:
            words.insert(0, (what, f"{count:,} of {array.size:,}"))
    return words


def brief(array: Any) -> tuple[str, bool]:
    """An array in some 20 letters, and whether something isn't finite: "0.02 ± 0.98", "0 to 9", "nan: 2 of 30"."""
    if is_small(array) and np.size(array) <= 3:
        return "  ".join(x for row in rows_of(array) for x in row), not finite(array)
    whole = np.asarray(array)
    if whole.dtype.kind in "biu" and whole.size:  # class numbers, tokens, masks: their mean says nothing
        return f"{short(whole.min())} to {short(whole.max())}", False
    words = dict(statistics(array))
    for what in ("nan", "inf"):
        if what in words:
            return f"{what}: {words[what]}", True
    return (words[""] if "" in words else f"{words['mean']} ± {words['std']}"), False


def finite(array: Any) -> bool:
    """Whether there is no nan and no inf in it."""
    array = numeric(array)
    return array is None or bool(np.isfinite(array).all())


def in_words(array: Any) -> str:
    """An array in a line of plain text: [[1 2] [3 4]], or shape (64, 10), mean 0.1, std 1, min -3, max 3."""
    array = np.asarray(array)
    if is_small(array) and array.size <= 12:
        rows = [" ".join(row) for row in rows_of(array)]
        if not array.ndim:
            return rows[0]
        return f"[{rows[0]}]" if array.ndim == 1 else f"[{' '.join(f'[{row}]' for row in rows)}]"
    words = ", ".join(f"{what} {number}".strip() for what, number in statistics(array))
    return f"shape {array.shape}: {words}"


def size_of(shape: tuple[int, ...]) -> str:
    """A shape as people write it: 64 × 10; "scalar" for ()."""
    return " × ".join(f"{n:,}" for n in shape) if shape else "scalar"

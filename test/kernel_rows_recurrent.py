from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from kernel_rows import Calls, Row, normal

# Steps, sequences, numbers in the state: whole tiles of a product, and not.
SIZES = [(6, 32, 32), (5, 13, 50)]


def running(steps: int, count: int) -> np.ndarray:
    """Sequences that end one after the other."""
    ends = np.linspace(1, steps, count)
    return (ends > np.arange(steps)[:, None]).astype(np.float32)[..., None]


def for_sizes(call: Callable[..., tuple[Any, ...]]) -> Row:
    """The row of `call(draw, steps, count, size, active)`."""

    def row(rng: np.random.Generator) -> Calls:
        def draw(*shape: int) -> np.ndarray:
            return normal(rng, *shape)

        return [call(draw, *size, active) for size in SIZES for active in (None, running(*size[:2]))]

    return row


def slope(draw: Any, *shape: int) -> np.ndarray:
    """A matrix that keeps states small."""
    return draw(*shape) / np.float32(np.sqrt(shape[-1]))


def gates(draw: Any, *shape: int) -> np.ndarray:
    """Results of sigmoid and tanh."""
    return 1 / (1 + np.exp(-draw(*shape)))


INPUTS = 24  # numbers of an input


def inputs(draw: Any, t: int, n: int, rows: int) -> tuple[Any, ...]:
    """Memory for what a walk writes; inputs, of which few are different or all; the input's weight; a bias or none."""
    out, weight = np.zeros((t, n, rows), np.float32), slope(draw, rows, INPUTS)
    if n == 32:
        return out, draw(7, INPUTS), np.arange(t * n).reshape(t, n) % 7, weight, draw(rows)
    return out, draw(t, n, INPUTS), None, weight, None


ROWS: dict[str, Row] = {
    "numba_recurrent.rnn_walk": for_sizes(
        lambda draw, t, n, h, active: (
            *inputs(draw, t, n, h), draw(n, h), slope(draw, h, h), n == 32, active
        )
    ),
    "numba_recurrent.rnn_return": for_sizes(
        lambda draw, t, n, h, active: (
            draw(t, n, h), draw(n, h), np.tanh(draw(t, n, h)), slope(draw, h, h), n == 32, active
        )
    ),
    "numba_recurrent.gru_walk": for_sizes(
        lambda draw, t, n, h, active: (
            *inputs(draw, t, n, 3 * h), draw(n, h), slope(draw, 3 * h, h),
            None if n == 32 else draw(3 * h), active,
        )
    ),
    "numba_recurrent.gru_return": for_sizes(
        lambda draw, t, n, h, active: (
            draw(t, n, h), draw(n, h), draw(t, n, h), gates(draw, t, n, 3 * h), draw(t, n, h), slope(draw, 3 * h, h),
            active,
        )
    ),
    "numba_recurrent.lstm_walk": for_sizes(
        lambda draw, t, n, h, active: (
            *inputs(draw, t, n, 4 * h), draw(n, h), draw(n, h), slope(draw, 4 * h, h), None, active
        )
    ),
    "numba_recurrent.lstm_return": for_sizes(
        lambda draw, t, n, h, active: (
            draw(t, n, h), draw(n, h), gates(draw, t, n, 4 * h), draw(t, n, h), draw(n, h), slope(draw, 4 * h, h),
            None, active,
        )
    ),
}  # fmt: skip

"""Anomaly mode as programs turn it on: `with detect_anomaly():`, `set_detect_anomaly(True)`."""

from __future__ import annotations

from contextlib import ContextDecorator

from ..watching import watch
from ..watching.anomaly import turn_anomaly


class detect_anomaly(ContextDecorator):
    """In this block (or decorated function) the first op that makes a nan or inf is an error, forward or backward.

        with autograd.detect_anomaly():
            loss = criterion(model(x), y)
            loss.backward()

    The message names the op, its line in your code, the path of the module around it and its inputs' statistics. A
    backward pass that starts at a nan or inf is an error too, and says where that came from. The error about an
    overwritten value shows the lines of both ops.

    The -inf of a logarithm at 0 is let pass, and so is what comes in, such as a mask of -inf: they are errors once a
    nan comes of them, or the loss. An infinite derivative is one when it becomes a nan or reaches a leaf. With
    `check_inf=False` only nan are looked for, as in PyTorch; with `check_nan=False` values are not looked at, only
    lines kept. It makes every op several times slower; for this thread only.
    """

    def __init__(self, check_nan: bool = True, *, check_inf: bool = True) -> None:
        self._checks = check_nan, check_inf
        self._before: list[tuple[bool, bool, bool]] = []

    def _recreate_cm(self) -> detect_anomaly:
        check_nan, check_inf = self._checks
        return type(self)(check_nan, check_inf=check_inf)

    def __enter__(self) -> None:
        self._before.append((watch.anomaly, watch.check_nan, watch.check_inf))
        turn_anomaly(True, *self._checks)

    def __exit__(self, *exception: object) -> None:
        turn_anomaly(*self._before.pop())


class set_detect_anomaly(ContextDecorator):
    """Turn anomaly mode on or off, for good or for a block: `set_detect_anomaly(True)`."""

    def __init__(self, mode: bool, check_nan: bool = True, *, check_inf: bool = True) -> None:
        self._before = watch.anomaly, watch.check_nan, watch.check_inf
        turn_anomaly(bool(mode), check_nan, check_inf)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        turn_anomaly(*self._before)


def set_anomaly_enabled(mode: bool, check_nan: bool = True, *, check_inf: bool = True) -> None:
    """Turn anomaly mode of this thread on or off, for good."""
    turn_anomaly(bool(mode), check_nan, check_inf)


def is_anomaly_enabled() -> bool:
    """Whether this thread is in anomaly mode."""
    return watch.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode, if it is on, looks for nan."""
    return watch.check_nan

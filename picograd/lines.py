"""Where in the user's code we are: the line for messages, and the modules that are being called."""

from __future__ import annotations

import itertools
import os
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple

PACKAGE = os.path.dirname(__file__) + os.sep
MODULE_CALL = os.path.join(PACKAGE, "nn", "module.py"), "__call__"  # the frame of a module's call


class Line(NamedTuple):
    """A line of a file; printed as file:line."""

    file: str
    number: int

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


class Place(NamedTuple):
    """A line, and the modules within whose calls it was reached, the outermost first."""

    line: Line | None
    modules: tuple[Any, ...]

    def __str__(self) -> str:
        inside = f"in {described(self.modules)}" if self.modules else ""
        return " ".join(text for text in (f"at {self.line}" if self.line else "", inside) if text)


def outside() -> FrameType | None:
    """The innermost frame that is not picograd's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame


def user_line() -> Line | None:
    """The line outside picograd that is being executed; None if there is none (a thread of ours)."""
    frame = outside()
    return None if frame is None else Line(frame.f_code.co_filename, frame.f_lineno)


# A place in code as cheap as it can be had: which of its lines that is takes a search.
Spot = tuple[CodeType, int]


def user_spot() -> Spot | None:
    """What outside picograd is being executed, for `line_at`, which finds the line if it is asked for."""
    frame = outside()
    return None if frame is None else (frame.f_code, frame.f_lasti)


def line_at(spot: Spot | None) -> Line | None:
    """The line of a spot."""
    if spot is None:
        return None
    code, at = spot
    lines = [number for start, end, number in code.co_lines() if start <= at < end and number is not None]
    return Line(code.co_filename, lines[0] if lines else code.co_firstlineno)


def user_place() -> Place:
    """The line outside picograd that is being executed, and the modules around it."""
    modules: list[Any] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if (code.co_filename, code.co_name) == MODULE_CALL:
            modules.append(frame.f_locals["self"])
        frame = frame.f_back
    return Place(user_line(), tuple(reversed(modules)))


def described(modules: tuple[Any, ...]) -> str:
    """The path of the last of these modules, each of which is called within the one before: `fc2 (Linear 8 -> 2)`."""
    names = [
        next((name for name, part in outer.named_modules() if part is inner), "")
        for outer, inner in itertools.pairwise(modules)
    ]
    path = ".".join(name for name in names if name)
    return f"{path} ({modules[-1]._describe()})" if path else str(modules[-1]._describe())

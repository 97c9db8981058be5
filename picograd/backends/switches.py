"""What the libraries' rooms share: a block in which some switches of a room have other values."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def set_flags(room: str, **values: Any) -> dict[str, Any]:
    """Set these switches of a room (None: leave it as it is); returns what they were."""
    switches = vars(sys.modules[room])
    before = {name: switches[name] for name, value in values.items() if value is not None}
    switches.update({name: values[name] for name in before})
    return before


@contextmanager
def flags_of(room: str, **values: Any) -> Iterator[None]:
    """A block in which switches of a room have these values; what was before comes back in any case."""
    before = set_flags(room, **values)
    try:
        yield
    finally:
        set_flags(room, **before)

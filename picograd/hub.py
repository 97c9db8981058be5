"""Models by name from the network: left out; where files would be kept is told."""

from __future__ import annotations

import os
from pathlib import Path

from . import left_out

_directory: str | None = None


def get_dir() -> str:
    """The folder for what is downloaded: $TORCH_HOME/hub, or ~/.cache/torch/hub."""
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    return _directory or os.path.join(os.environ.get("TORCH_HOME", os.path.join(cache, "torch")), "hub")


def set_dir(d: str) -> None:
    """Choose that folder."""
    global _directory
    _directory = os.path.expanduser(str(d))


__getattr__ = left_out.missing(__name__)

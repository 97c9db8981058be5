"""Files that hold what was trained: `save` and `load`, as safetensors, never as pickle."""

from picograd.io.checkpoint import load, save

__all__ = ["load", "save"]

"""What stands around training: `data` feeds it, `checkpoint` trades time for memory."""

from picograd.utils import checkpoint, data

__all__ = ["checkpoint", "data"]

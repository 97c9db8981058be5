"""What stands around training: `picograd.utils.data` feeds it."""

from picograd.utils import data

__all__ = ["data"]

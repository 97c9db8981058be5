"""PyTorch's fast path of attention without gradients, which is not needed here."""

from .. import left_out

_fastpath = True


def get_fastpath_enabled() -> bool:
    """Whether it may be taken."""
    return _fastpath


def set_fastpath_enabled(value: bool) -> None:
    """Allow or forbid it: no effect here."""
    global _fastpath
    _fastpath = bool(value)


__getattr__ = left_out.missing(__name__)

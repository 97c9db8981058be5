"""NNPACK, which is not here."""

from .. import left_out


def is_available() -> bool:
    """Whether NNPACK is here: no."""
    return False


__getattr__ = left_out.missing(__name__)

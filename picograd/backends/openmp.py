"""OpenMP, which picograd does not use."""

from .. import left_out


def is_available() -> bool:
    """Whether the library uses OpenMP: no."""
    return False


__getattr__ = left_out.missing(__name__)

"""Apple's GPUs: there is none."""

from .. import left_out


def is_available() -> bool:
    """Whether there is such a GPU: no."""
    return False


def is_built() -> bool:
    """Whether the library was built for one: no."""
    return False


def is_macos_or_newer(major: int, minor: int) -> bool:
    """Whether the system is this macOS, or a newer one: not asked, as there is no use for its GPU."""
    return False


__getattr__ = left_out.missing(__name__)

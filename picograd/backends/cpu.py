"""What the CPU can do."""

from .. import left_out


def get_cpu_capability() -> str:
    """The widest vector instructions that the library was built for: NumPy chooses its own, so "DEFAULT"."""
    return "DEFAULT"


__getattr__ = left_out.missing(__name__)

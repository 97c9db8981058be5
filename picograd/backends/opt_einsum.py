"""opt_einsum, which plans long products; NumPy has the same plan built in, and einsum uses that."""

from .. import left_out

enabled: bool = True
strategy: str = "auto"


def is_available() -> bool:
    """Whether opt_einsum is used: no."""
    return False


__getattr__ = left_out.missing(__name__)

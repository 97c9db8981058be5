"""What programs use of PyTorch's compiler by its inner name: see `compiler`."""

from types import SimpleNamespace

from . import left_out
from .compiler import allow_in_graph, disable, is_compiling, reset

__all__ = ["allow_in_graph", "config", "disable", "is_compiling", "mark_dynamic", "reset"]

# Its switches can be set, with no effect.
config = SimpleNamespace(suppress_errors=False, verbose=False, cache_size_limit=8, recompile_limit=8)


def mark_dynamic(t: object, index: object, **bounds: object) -> None:
    """Mark axes of a Tensor whose size will change: of no concern here."""


__getattr__ = left_out.missing(__name__)

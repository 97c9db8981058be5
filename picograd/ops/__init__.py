"""The ops: formula and derivative side by side, one file a family."""

from . import activation, contraction, dispatch, elementwise, indexing, movement, promotion, reduction
from .primitive import Array, Arrays, Operation, Primitive, by_name, primitive

__all__ = [
    "Array",
    "Arrays",
    "Operation",
    "Primitive",
    "activation",
    "by_name",
    "contraction",
    "dispatch",
    "elementwise",
    "indexing",
    "movement",
    "primitive",
    "promotion",
    "reduction",
]

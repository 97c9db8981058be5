"""The ops: formula and derivative side by side, one file a family.

Those that most programs need are imported here, the others (`families.py`) by whoever uses them.
"""

from . import (
    activation,
    arithmetic,
    contraction,
    dispatch,
    distance,
    elementwise,
    exponential,
    indexing,
    layout,
    movement,
    nested,
    precise,
    promotion,
    reduction,
    rounding,
    scan,
    scatter,
    search,
    selection,
    special,
    statistics,
    trigonometry,
)
from .families import LATER, every_family, family
from .primitive import Array, Arrays, Operation, Primitive, by_name, primitive


def __getattr__(name: str) -> object:
    if name in LATER:
        return family(name)
    raise AttributeError(f"{__name__} has no attribute {name!r}")


__all__ = [
    "Array",
    "Arrays",
    "Operation",
    "Primitive",
    "activation",
    "arithmetic",
    "by_name",
    "contraction",
    "dispatch",
    "distance",
    "elementwise",
    "every_family",
    "exponential",
    "indexing",
    "layout",
    "movement",
    "nested",
    "precise",
    "primitive",
    "promotion",
    "reduction",
    "rounding",
    "scan",
    "scatter",
    "search",
    "selection",
    "special",
    "statistics",
    "trigonometry",
]

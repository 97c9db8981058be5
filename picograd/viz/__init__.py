"""Pictures and numbers to look at: graphs and the gradient in them, networks, trainings, Tensors.

`draw` shows the graph that a Tensor came from, `explain` and `steps` the backward pass through it; `summary` a network,
`Progress` and `watch` a training, `show` a Tensor. The latter are imported when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import later
from .explain import Step, Steps, explain, steps
from .picture import Picture, draw
from .tape import Tape, record

if TYPE_CHECKING:
    from .display import Shown, show
    from .histograms import TrainingWarning, Watch, watch
    from .history import History, Progress, curves
    from .layers import Summary, summary

__all__ = [
    "History",
    "Picture",
    "Progress",
    "Shown",
    "Step",
    "Steps",
    "Summary",
    "Tape",
    "TrainingWarning",
    "Watch",
    "curves",
    "draw",
    "explain",
    "record",
    "show",
    "steps",
    "summary",
    "watch",
]

ROOMS = {
    "viz.display": "Shown show",
    "viz.histograms": "TrainingWarning Watch watch",
    "viz.history": "History Progress curves",
    "viz.layers": "Summary summary",
}


def _missing(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__getattr__ = later.names(__name__, later.table(ROOMS), _missing)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Pictures and numbers to look at: graphs and the gradient in them, summaries of networks, training as it runs.

`draw` shows the graph that a Tensor came from, `explain` and `steps` the backward pass through it.
"""

from __future__ import annotations

from .explain import Step, Steps, explain, steps
from .picture import Picture, draw
from .summary import Summary, summary
from .tape import Tape, record

__all__ = ["Picture", "Step", "Steps", "Summary", "Tape", "draw", "explain", "record", "steps", "summary"]

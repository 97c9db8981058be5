"""An op as a rule calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import engine
from .primitive import Operation


def nested(op: Operation) -> Callable[..., Any]:
    """The op where an argument is a Tensor (derivatives of derivatives), its plain forward where all are arrays.

    So a rule that is itself an op reads like one of `np.*`: the same text runs on arrays and on Tensors.
    """
    forward = op.primitive.forward

    def call(*args: Any) -> Any:
        recorded = any(isinstance(argument, engine.box) for argument in args)
        return op(*args) if recorded else forward(*args)

    return call

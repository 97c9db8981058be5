"""Forward mode as PyTorch spells it: dual numbers, a value and its derivative along a direction.

    with dual_level():
        x = make_dual(primal, tangent)
        value, derivative = unpack_dual(f(x))

What is between is recorded as usual, and the derivative is computed when it is asked for, by differentiating the
backward pass (`linear_map.Push`): the numbers of forward mode at the cost of two backward passes for each result that
is unpacked. So it needs recording: within `no_grad` a result has no tangent, whereas PyTorch's has.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import NamedTuple

from ..memory import tick
from ..ops.promotion import kind
from ..recording import enable_grad, switch, turn
from ..tensor import Tensor
from .linear_map import Push, depends_outside, fresh

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(NamedTuple):
    """A value and its derivative; None where it depends on no dual number."""

    primal: Tensor
    tangent: Tensor | None


class Level:
    """The dual numbers that were made within one `dual_level`, and whether recording was on before it."""

    def __init__(self) -> None:
        self.start = tick()
        self.duals: list[tuple[Tensor, Tensor]] = []
        self.recording = switch.on


_levels: list[Level] = []


def enter_dual_level() -> int:
    """Begin a level; its number. Recording is on within it, until `no_grad` says otherwise."""
    if _levels:
        raise RuntimeError(
            "enter_dual_level: a level within a level: nested forward mode has no meaning in this interface; "
            "use func.jvp for derivatives of derivatives"
        )
    _levels.append(Level())
    turn(True)
    return len(_levels) - 1


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: its dual numbers lose their tangents."""
    if not _levels or level not in (None, -1, len(_levels) - 1):
        raise RuntimeError(
            f"exit_dual_level: level {level}: it is not the one that was entered last; leave levels in turn"
        )
    turn(_levels.pop().recording)


class dual_level(ContextDecorator):
    """A block within which dual numbers are made and used."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exception: object) -> None:
        exit_dual_level()


def innermost(op: str) -> Level:
    """The level that was entered last."""
    if not _levels:
        raise RuntimeError(f"{op}: outside a level: dual numbers live within one; use it in `with dual_level():`")
    return _levels[-1]


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """The value of `tensor` with the direction `tangent`, of the same shape, along which results are differentiated."""
    here = innermost("make_dual")
    if kind(tensor.dtype) < 2:
        raise ValueError(
            f"make_dual: a Tensor of {tensor.dtype}: only floats have a derivative; convert it with float() first"
        )
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            f"make_dual: a tangent of shape {tangent.shape} for a Tensor of shape {tensor.shape}: they must be equal; "
            f"give one in that shape"
        )
    with enable_grad():
        dual = fresh(tensor)
    here.duals.append((dual, tangent.to(tensor.dtype)))
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """(value, derivative) of a result of dual numbers: along all their tangents at once."""
    here = innermost("unpack_dual")
    for dual, tangent in here.duals:
        if dual is tensor:
            return UnpackedDualTensor(tensor if not tensor.is_leaf else tensor.detach(), tangent)
    if tensor.node is None or not here.duals:
        return UnpackedDualTensor(tensor, None)
    ins, tangents = [dual for dual, _ in here.duals], [tangent for _, tangent in here.duals]
    nested = depends_outside([tensor], ins, here.start) or any(t.node is not None for t in tangents)
    with enable_grad():
        (derivative,) = Push([tensor], ins)(tangents, create_graph=nested)
    return UnpackedDualTensor(tensor if nested else tensor.detach(), derivative)

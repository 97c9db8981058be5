"""Optimizers that look at a parameter as a whole: at its rows and columns, or its norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from picograd.lines import user_spot
from picograd.memory import wrote
from picograd.tensor import Tensor

from .flat import scratch_dtype
from .optimizer import Array, Optimizer


class Whole(Optimizer):
    """An optimizer that moves one parameter after the other; a subclass has `_update`, the formula for one of them."""

    def _update(self, group: dict[str, Any]) -> Callable[[Array, Array, dict[str, Any]], None]:
        """The formula with this group's settings: update(p, g, state) writes `p` and the state, not `g`."""
        raise NotImplementedError

    def _move(self) -> None:
        moves: list[tuple[Tensor, Callable[[Array, Array, dict[str, Any]], None]]] = []
        for group in self.param_groups:
            update = self._update(group)
            moves += [(p, update) for p in group["params"] if p._grad is not None]
        for p, _ in moves:
            self._check_fit(p)
            for name, tensor in self.state[p].items():
                if tensor.shape != self._shape(p, name):
                    advice = "make a new optimizer after changing a parameter's shape"
                    raise self._unfit(p, name, tensor.value, advice)
        spot = user_spot()
        with np.errstate(all="ignore"):
            for p, update in moves:
                computed_in = scratch_dtype(p.dtype)
                value = p.value.astype(computed_in, copy=False)
                update(value, np.asarray(p._grad, computed_in), self.state[p])
                if value is not p.value:
                    p.value[...] = value
                wrote(p.value, f"{self._name}.step", spot=spot)

    def _shape(self, p: Tensor, name: str) -> tuple[int, ...] | None:
        return () if name == "step" else p.shape


def slot(state: dict[str, Any], name: str, shape: tuple[int, ...], dtype: Any) -> Array:
    """The state's array of this name; zeros if it is not there yet."""
    if name not in state:
        state[name] = Tensor._of(np.zeros(shape, dtype))
    array: Array = state[name].value
    return array

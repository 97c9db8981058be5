"""Optimizers whose formula is the same for every element: written once, run over flat arrays at the speed of memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from picograd.lines import user_spot
from picograd.tensor import Tensor

from .flat import SMALL, Array, Flat, blocks, share_parts
from .optimizer import Optimizer

Number = Callable[[Any], Array]
Update = Callable[..., None]


class Elementwise(Optimizer):
    """An optimizer that is a formula for one element of a parameter, its gradient and its state.

    A subclass has `_slots`, the names of its state arrays, `_first`, how they begin, and `_update`, the formula. If the
    state has numbers besides, one for a parameter, their names are in `_numbers`; "step" in `_names` counts the steps.
    """

    _numbers: ClassVar[tuple[str, ...]] = ()
    _whole: ClassVar[bool] = False  # whether the formula takes all arrays at once, as update([(p, g, *state), ...])

    def _prepare(self) -> None:
        self._flats: list[tuple[dict[str, Any], Flat]] = []
        self._layout: list[Any] = []  # what `_flats` was made from

    # ---- what an optimizer defines ---------------------------------------------------------------------------------

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The names of the state arrays, each in the shape of its parameter, that this group's settings ask for."""
        raise NotImplementedError

    def _first(self, group: dict[str, Any], name: str) -> float:
        """What this state array is filled with, or this number is, before the first step."""
        return 0.0

    def _update(self, group: dict[str, Any], step: int, number: Number, numbers: dict[str, Any]) -> Update:
        """The formula at step number `step` (from 1), with the constants in it made by `number`.

        A function update(p, g, t, d, *state) on arrays (n,): it writes `p` and the state arrays, in the order of
        `_slots`, and may compute in `t` and `d`; the gradient `g` is not its own, unless it was computed in `d`.
        `numbers` are those of the state, NumPy's scalars, to be replaced here by what they are after the step.
        """
        raise NotImplementedError

    # ---- the step --------------------------------------------------------------------------------------------------

    def _move(self) -> None:
        # All that can fail comes before the first write; so NumPy must not raise in the middle of it either.
        moves: list[tuple[list[Flat], Update, dict[str, Any]]] = []
        for group, flats in self._alike(self._arrange()):
            flat = flats[0]
            numbers: dict[str, Any] = {name: array[()] for name, array in flat.numbers.items()}
            moves.append((flats, self._update(group, flat.steps + 1, flat.number, numbers), numbers))
        for flats, *_ in moves:
            for flat in flats:
                flat.load()
        with np.errstate(all="ignore"):
            if self._whole:
                for flats, update, _ in moves:
                    update([flat.arrays() for flat in flats])
            else:
                share_parts([(flat.arrays(), by_blocks(update, flat)) for (flat,), update, _ in moves])
        spot = user_spot()
        for flats, _, numbers in moves:
            for flat in flats:
                flat.store(f"{self._name}.step", spot, numbers)

    def _alike(self, arranged: list[tuple[dict[str, Any], Flat]]) -> list[tuple[dict[str, Any], list[Flat]]]:
        """Each group with its flat arrays that are updated with the same constants, if the formula takes several."""
        if not self._whole:
            return [(group, [flat]) for group, flat in arranged]
        alike: dict[Any, tuple[dict[str, Any], list[Flat]]] = {}
        for group, flat in arranged:
            alike.setdefault((id(group), flat.steps, flat.computed_in), (group, []))[1].append(flat)
        return list(alike.values())

    def _shape(self, p: Tensor, name: str) -> tuple[int, ...] | None:
        return () if name == "step" or name in self._numbers else p.shape

    def _arrange(self) -> list[tuple[dict[str, Any], Flat]]:
        """Each group with its parameters to be moved as flat arrays: those of the last step while nothing changed."""
        if self._seen() != self._layout:
            self._layout = []
            self._flats = [(group, flat) for group in self.param_groups for flat in self._flatten(group)]
            self._layout = self._seen()
        return self._flats

    def _seen(self) -> list[Any]:
        """What the flat arrays depend on: parameters with a gradient, their memory and their state, by identity.

        Compared with that of the last step; what was seen then is alive in `_flats`, so that no id stands for another.
        """
        seen: list[Any] = []
        state = self.state
        for group in self.param_groups:
            seen.append(self._slots(group))
            for p in group["params"]:
                g = p._grad
                if g is not None:
                    value = p.value
                    if g.shape != value.shape or (g.dtype is not value.dtype and g.dtype != value.dtype):
                        self._check_fit(p)
                    seen.append(id(p))
                    seen.append(id(value))
                    seen.extend(map(id, state[p].values()))
        return seen

    def _flatten(self, group: dict[str, Any]) -> list[Flat]:
        """The parameters of `group` that have a gradient: the large ones each on its own, small ones together."""
        slots, together = self._slots(group), defaultdict[Any, list[Tensor]](list)
        first = {name: self._first(group, name) for name in (*slots, *self._numbers)}
        for p in group["params"]:
            if p._grad is None:
                continue
            self._check_fit(p)
            state = self.state[p]
            for slot in slots:
                if state.get(slot) is not None and state[slot].shape != p.value.shape:
                    raise self._unfit(
                        p, slot, state[slot].value, "make a new optimizer after changing a parameter's shape"
                    )
            age = steps_of(state), *(self._number(state, name, first[name]) for name in self._numbers)
            together[(p.value.dtype, age) if p.value.size < SMALL else (p, age)].append(p)
        counted = "step" in self._names
        return [
            Flat(
                params,
                [self.state[p] for p in params],
                {slot: first[slot] for slot in slots},
                {name: np.array(x, dtype) for name, (x, dtype) in zip(self._numbers, numbers, strict=True)},
                steps,
                counted,
            )
            for (_, (steps, *numbers)), params in together.items()
        ]

    @staticmethod
    def _number(state: dict[str, Any], name: str, first: float) -> tuple[float, np.dtype[Any]]:
        """A number of the state and its dtype: float32 if it begins here, as PyTorch's."""
        return (float(state[name]), state[name].dtype) if name in state else (first, np.dtype(np.float32))


def by_blocks(update: Update, flat: Flat) -> Update:
    """The formula for arrays of any length."""

    def whole(*arrays: Array) -> None:
        for block in blocks(flat.computed_in, *arrays):
            update(*block)

    return whole


def steps_of(state: dict[str, Any]) -> int:
    """How many steps made this state; for an optimizer that does not count them, 1 if there were any."""
    return int(state["step"].item()) if "step" in state else int(any(value is not None for value in state.values()))

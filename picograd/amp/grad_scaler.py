"""`GradScaler`: a loss is multiplied by a large number before the backward pass, the gradients divided by it after.

That keeps small gradients of float16 from becoming zero (Micikevicius et al., "Mixed Precision Training", 2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..devices import device as any_device
from ..tensor import Tensor


class GradScaler:
    """Scales losses, unscales gradients, skips a step if one of them is infinite or nan, and adapts the scale.

    Where none was, the scale grows by `growth_factor` after `growth_interval` steps in a row; where one was, it shrinks
    by `backoff_factor`. It works for `device="cpu"`. For a device that is not here, as the default "cuda", it is
    switched off, as in PyTorch: `scale` returns what it is given, `step` calls the optimizer's, `update` does nothing.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled and any_device(device).type == "cpu"
        if self._enabled and not (growth_factor > 1 and backoff_factor < 1):
            raise ValueError(
                f"GradScaler: growth_factor={growth_factor}, backoff_factor={backoff_factor}: the first must be above "
                f"1 and the second below; change them"
            )
        self._scale, self._growth_tracker = float(init_scale), 0
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._found: dict[int, bool] = {}  # of each optimizer whose gradients are unscaled: was one not finite?
        self._stepped: set[int] = set()

    def scale(self, outputs: Any) -> Any:
        """The loss, or a list or tuple of them, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * self._scale
        if isinstance(outputs, list | tuple):
            return type(outputs)(self.scale(output) for output in outputs)
        raise ValueError(f"scale: a {type(outputs).__name__}: outputs must be Tensors; give one, or a list of them")

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the scale, to clip them for instance; once a step."""
        if not self._enabled:
            return
        if id(optimizer) in self._found:
            raise RuntimeError(
                "unscale_: an optimizer for the second time: its gradients are unscaled; call update() after each step"
            )
        finite = True
        for parameter in parameters_of(optimizer):
            gradient = parameter._grad
            if gradient is not None:
                np.divide(gradient, gradient.dtype.type(self._scale), out=gradient)
                finite = finite and bool(np.isfinite(gradient).all())
        self._found[id(optimizer)] = not finite

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's step, unless a gradient is infinite or nan; returns what that returns, or None."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("step: a closure: it would compute other gradients than were unscaled; leave it out")
        if id(optimizer) in self._stepped:
            raise RuntimeError("step: an optimizer for the second time: call update() after each")
        if id(optimizer) not in self._found:
            self.unscale_(optimizer)
        self._stepped.add(id(optimizer))
        return None if self._found[id(optimizer)] else optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Adapt the scale to what the last steps found, or set it."""
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._found:
            raise RuntimeError("update: no gradients were unscaled since the last: call step() first")
        elif any(self._found.values()):
            self._scale, self._growth_tracker = self._scale * self._backoff_factor, 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._scale, self._growth_tracker = self._scale * self._growth_factor, 0
        self._found.clear()
        self._stepped.clear()

    def is_enabled(self) -> bool:
        """Whether it does anything."""
        return self._enabled

    def get_scale(self) -> float:
        """The scale; 1 if it is switched off."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by to grow."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by to grow."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by to shrink."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by to shrink."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many good steps in a row the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set after how many good steps in a row the scale grows."""
        self._growth_interval = new_interval

    def state_dict(self) -> dict[str, Any]:
        """The scale and what it depends on; empty if it is switched off."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale, "growth_factor": self._growth_factor, "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval, "_growth_tracker": self._growth_tracker,
        }  # fmt: skip

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`; nothing if it is switched off."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "load_state_dict: an empty state: its scaler was switched off; give another, or leave it out"
            )
        self._scale, self._growth_tracker = float(state_dict["scale"]), int(state_dict["_growth_tracker"])
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]


def parameters_of(optimizer: Any) -> Iterator[Tensor]:
    """The parameters that an optimizer changes."""
    for group in optimizer.param_groups:
        yield from group["params"]

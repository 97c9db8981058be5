"""einops works on Tensors: `rearrange(t, "b (h d) n -> b h d n", h=4)`, gradients included.

einops asks, of each framework that is imported, a class that says how to reshape, reduce and so on there. It finds
these classes among the subclasses of its own base class, so ours must be made when einops is there, and picograd
doesn't import it: if it is not there yet, the class is made right after it has been imported.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from .. import functions
from ..later import opened
from ..ops import movement
from ..ops.promotion import kind
from ..tensor import Tensor
from . import creation

MODULE = "einops._backends"


def teach(backends: Any) -> None:
    """Make einops's class of ways for Tensors; `backends` is its module of such classes."""

    class PicogradBackend(backends.AbstractBackend):  # type: ignore[misc, unused-ignore]
        framework_name = "picograd"

        def is_appropriate_type(self, tensor: Any) -> bool:
            return isinstance(tensor, Tensor)

        def from_numpy(self, x: Any) -> Any:
            return creation.from_numpy(x)

        def to_numpy(self, x: Any) -> Any:
            return x.value

        def arange(self, start: int, stop: int) -> Any:
            return creation.arange(start, stop)

        def reduce(self, x: Any, operation: str, axes: Any) -> Any:
            axes = tuple(axes)
            if operation in ("min", "max"):
                return getattr(x, f"a{operation}")(axes)
            if operation in ("sum", "mean"):
                return getattr(x, operation)(axes)
            for axis in sorted(axes, reverse=True):  # any, all, prod: one axis at a time, the last first
                x = getattr(x, operation)(axis)
            return x

        def transpose(self, x: Any, axes: Any) -> Any:
            return functions.permute(x, *axes)

        def stack_on_zeroth_dimension(self, tensors: Any) -> Any:
            return movement.stack(tensors)

        def add_axis(self, x: Any, new_position: int) -> Any:
            return movement.unsqueeze(x, new_position)

        def add_axes(self, x: Any, n_axes: int, pos2len: dict[int, int]) -> Any:
            sizes = [-1] * n_axes
            for position, length in pos2len.items():
                x, sizes[position] = movement.unsqueeze(x, position), length
            return functions.expand(x, *sizes)

        def tile(self, x: Any, repeats: Any) -> Any:
            return x.repeat(*repeats)

        def concat(self, tensors: Any, axis: int) -> Any:
            return functions.cat(tensors, axis)

        def is_float_type(self, x: Any) -> bool:
            return kind(x.dtype) >= 2

        def layers(self) -> Any:
            return opened("utils.einops")

        def einsum(self, pattern: str, *x: Any) -> Any:
            return functions.einsum(pattern, *x)

    backends.PicogradBackend = PicogradBackend  # a class that nobody holds is none of the subclasses for long


class Teacher:
    """Loads one module as it is always loaded, teaches it, and is gone."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The module's own specification, with this loader in front of its own."""
        if name != MODULE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            self._loader, spec.loader = spec.loader, self  # type: ignore[assignment]
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the module's own loader."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """As the module's own loader, and then the lesson."""
        self._loader.exec_module(module)
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        teach(module)


if MODULE in sys.modules:
    teach(sys.modules[MODULE])
else:
    sys.meta_path.insert(0, Teacher())

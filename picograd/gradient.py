"""What `t.grad` is: an array that has a Tensor's methods, so that programs written for either find what they look for.

It is made when somebody looks at a gradient; the engine and the optimizers work on plain arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

box: Any = None  # the class of Tensors, which is built on this; tensor.py sets it


class Gradient(np.ndarray[Any, Any]):
    """An array whose other names are a Tensor's: `g.norm()`, `g.clone()`, `g.mul_(0.5)`, `g.data.clamp_(-1, 1)`.

    Whatever an array has is as NumPy has it: `g.size`, `g.max(axis)`, `g.std()`; `g.data` and `g.view(2, 3)` alone are
    PyTorch's, as they would mean little here. The Tensor's methods give Tensors on the same memory, without a graph, so
    that those in place write into the gradient; arithmetic gives arrays.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.data, name)

    @property
    def data(self) -> Any:
        """The same memory as a Tensor; assigning copies the elements."""
        return box._of(super().view(np.ndarray))

    @data.setter
    def data(self, value: Any) -> None:
        self[...] = value

    def view(self, *args: Any, **kwargs: Any) -> Any:
        """In another shape, `view(-1)`; with a dtype or a class, NumPy's `view`."""
        sizes = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
        if sizes and all(isinstance(size, int) for size in sizes):
            return self.reshape(sizes)
        return super().view(*args, **kwargs)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if return_scalar else array.view(Gradient)

    def __repr__(self) -> str:
        return repr(super().view(np.ndarray))

    def _repr_html_(self) -> Any:
        """What a notebook shows, as of a Tensor."""
        return box._repr_html_(self)

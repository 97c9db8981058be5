"""Methods that fill or reshape a Tensor's own memory: random draws, diagonals, other sizes, Python functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import functions
from ..random import Generator, rng_of


class Filling:
    """What a Tensor is filled with. `self` is a Tensor: this class is one of those that it is built on."""

    __slots__ = ()

    _copy: Any

    # ---- random draws ----------------------------------------------------------------------------------------------

    def normal_(self: Any, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Fill with draws from the normal distribution."""
        allowed(std >= 0, "normal_", f"std {std}", "a standard deviation can't be negative; give 0 or more")
        return self._copy("normal_", rng_of(generator).normal(mean, std, self.shape))

    def log_normal_(self: Any, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Any:
        """Fill with e^z of normal draws z of this mean and deviation."""
        allowed(std > 0, "log_normal_", f"std {std}", "a deviation must be positive; give another")
        return self._copy("log_normal_", rng_of(generator).lognormal(mean, std, self.shape))

    def uniform_(self: Any, a: float = 0.0, b: float = 1.0, *, generator: Generator | None = None, **to: Any) -> Any:
        """Fill with draws from the uniform distribution on [a, b), PyTorch's `from` and `to`."""
        a, b = to.pop("from", a), to.pop("to", b)
        allowed(a <= b and not to, "uniform_", f"from {a} to {b}", "the first must not be larger; give from and to")
        return self._copy("uniform_", rng_of(generator).uniform(a, b, self.shape))

    def bernoulli_(self: Any, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
        """Fill with 1 with probability p (a number, or a Tensor that broadcasts), else 0."""
        chance = np.asarray(p)
        allowed(bool(((chance >= 0) & (chance <= 1)).all()), "bernoulli_", f"p {p}", "it is a probability; give 0 to 1")
        return self._copy("bernoulli_", rng_of(generator).random(self.shape) < chance)

    def exponential_(self: Any, lambd: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Fill with draws of density lambd e^(-lambd x)."""
        allowed(lambd > 0, "exponential_", f"lambd {lambd}", "a rate must be positive; give another")
        return self._copy("exponential_", rng_of(generator).exponential(1 / lambd, self.shape))

    def geometric_(self: Any, p: float, *, generator: Generator | None = None) -> Any:
        """Fill with how many trials of probability p it takes to succeed: 1, 2, ..."""
        allowed(0 < p < 1, "geometric_", f"p {p}", "it is a probability between 0 and 1; give another")
        return self._copy("geometric_", rng_of(generator).geometric(p, self.shape))

    def cauchy_(self: Any, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Fill with draws of density 1 / (pi sigma (1 + ((x - median) / sigma)^2))."""
        allowed(sigma > 0, "cauchy_", f"sigma {sigma}", "a scale must be positive; give another")
        return self._copy("cauchy_", median + sigma * rng_of(generator).standard_cauchy(self.shape))

    def random_(self: Any, *bounds: int, generator: Generator | None = None, **named: Any) -> Any:
        """Fill with whole numbers: `random_(to)` below to, `random_(from, to)`; without bounds all that the dtype has.

        Of a float dtype those that it can hold exactly.
        """
        low, high = (0, None) if not bounds else (0, bounds[0]) if len(bounds) == 1 else bounds
        low, high = named.pop("from", low), named.pop("to", high)
        if high is None:
            kind = self.dtype.kind
            exact = 2 ** (np.finfo(self.dtype).nmant + 1) if kind == "f" else 1
            high = exact + 1 if kind in "fb" else int(np.iinfo(self.dtype).max)
        allowed(low < high and not named, "random_", f"from {low} to {high}", "the first must be smaller; give others")
        return self._copy("random_", rng_of(generator).integers(low, high, self.shape))

    bernoulli, multinomial = functions.bernoulli, functions.multinomial

    # ---- parts -----------------------------------------------------------------------------------------------------

    def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
        """Set the main diagonal to a number; `wrap`: of a matrix with more rows than columns, again below it."""
        allowed(self.ndim >= 2, "fill_diagonal_", f"shape {self.shape}", "it takes 2 dimensions or more; reshape it")
        allowed(
            self.ndim == 2 or len(set(self.shape)) == 1, "fill_diagonal_", f"shape {self.shape}",
            "of more than 2 dimensions all must be equal; take a part",
        )  # fmt: skip
        n = min(self.shape)
        k = np.arange(n)
        index: tuple[Any, ...] = (k,) * self.ndim
        if wrap and self.ndim == 2 and self.shape[0] > self.shape[1]:
            rows = np.arange(self.shape[0])
            k = rows % (self.shape[1] + 1)
            index = (rows[k < self.shape[1]], k[k < self.shape[1]])
        self[index] = fill_value
        return self

    # ---- other sizes -----------------------------------------------------------------------------------------------

    def resize_(self: Any, *size: Any, memory_format: Any = None) -> Any:
        """Take another shape: the elements stay in their order in memory, new ones behind them are 0.

        RuntimeError for a Tensor with a gradient, which has the old shape.
        """
        shape = functions.as_shape(size)
        if self.node is not None:
            raise RuntimeError(
                f"resize_: a Tensor that requires a gradient, shape {self.shape}: its gradient has that shape; "
                f"detach() it first"
            )
        n = math.prod(shape)
        kept = self.value.reshape(-1)[:n]
        if n > kept.size:
            kept = np.concatenate([kept, np.zeros(n - kept.size, self.dtype)])
        self.data = kept.reshape(shape)
        return self

    def new_empty_strided(
        self: Any, size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Any:
        """Memory of the Tensor's dtype in which neighbours along each axis lie `stride` elements apart."""
        shape, steps = functions.as_shape((size,)), functions.as_shape((stride,))
        last = sum((n - 1) * step for n, step in zip(shape, steps, strict=False)) if math.prod(shape) else -1
        memory = self.new_zeros(last + 1, dtype=dtype, device=device)
        return memory.as_strided(shape, steps).detach().requires_grad_(requires_grad)

    def resize(self: Any, *size: Any) -> Any:
        """The same elements in another shape of as many."""
        return self.reshape(*size)

    def resize_as(self: Any, tensor: Any) -> Any:
        """The same elements in the shape of another Tensor, of as many."""
        return self.reshape(tensor.shape)

    def resize_as_(self: Any, the_template: Any, *, memory_format: Any = None) -> Any:
        """`resize_` to the shape of another Tensor."""
        return self.resize_(the_template.shape)

    def set_(self: Any, source: Any = None) -> Any:
        """Look into the memory of another Tensor from now on; into none without one."""
        if self.node is not None and not self.is_leaf:
            raise RuntimeError(f"set_: a result of {self.node.op.name}: it has a history; detach() it first")
        found = getattr(source, "dtype", type(source).__name__)
        if source is not None and found != self.dtype:
            raise TypeError(f"set_: {found} for a Tensor of {self.dtype}: they must be equal; convert it first")
        self.data = np.empty(0, self.dtype) if source is None else source
        return self

    # ---- Python functions ------------------------------------------------------------------------------------------

    def apply_(self: Any, callable: Callable[[Any], Any]) -> Any:
        """Replace each element x by callable(x): slow, a call for each."""
        return self.map_(self, lambda x, _: callable(x))

    def map_(self: Any, tensor: Any, callable: Callable[[Any, Any], Any]) -> Any:
        """Replace each element x by callable(x, y) for the element y of another Tensor: slow, a call for each."""
        allowed(self.node is None, "map_", "a Tensor that requires a gradient", "a function has none; detach() it")
        padded = (1,) * (self.ndim - tensor.ndim) + tensor.shape
        fits = len(padded) == self.ndim and all(n in (1, m) for n, m in zip(padded, self.shape, strict=True))
        allowed(fits, "map_", f"shapes {self.shape} and {tensor.shape}", "they must be equal; expand the second")
        other = np.broadcast_to(tensor.value, self.shape)
        new = [callable(x, y) for x, y in zip(self.value.ravel().tolist(), other.ravel().tolist(), strict=True)]
        return self._copy("map_", np.asarray(new, self.dtype).reshape(self.shape))

    def map2_(self: Any, x: Any, y: Any, callable: Callable[[Any, Any, Any], Any]) -> Any:
        """The same for two other Tensors."""
        first, second = (np.broadcast_to(t.value, self.shape).ravel().tolist() for t in (x, y))
        pairs = iter(zip(first, second, strict=True))
        return self.map_(self, lambda own, _: callable(own, *next(pairs)))


def allowed(condition: bool, op: str, what: str, problem: str) -> None:
    """Raise unless the condition holds."""
    if not condition:
        raise ValueError(f"{op}: {what}: {problem}")

"""What distributions have in common: shapes, validation, expanding, and the densities' and draws' small helpers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn, Self

import numpy as np

from ..functions import expand as expanded
from ..ops import promotion
from ..ops.promotion import kind
from ..random import rng_of
from ..recording import no_grad
from ..tensor import Tensor
from .constraints import Constraint

Shape = tuple[int, ...]


class Distribution:
    """A batch of distributions: `batch_shape` counts the distributions, `event_shape` the numbers of one draw.

    `sample(shape)` draws Tensors of shape (*shape, *batch_shape, *event_shape), `rsample` the same with a gradient to
    the parameters, and `log_prob(value)` is the logarithm of the density or probability, of shape
    (*shape, *batch_shape). With `validate_args` parameters and values are checked against their constraints.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    has_rsample = False
    _validate_args = __debug__

    def __init__(
        self,
        parameters: dict[str, Tensor],
        batch_shape: Shape = (),
        event_shape: Shape = (),
        validate_args: bool | None = None,
    ) -> None:
        self._parameters, self._batch_shape, self._event_shape = parameters, tuple(batch_shape), tuple(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        for name, x in parameters.items():
            setattr(self, name, x)
        if self._validate_args:
            for name, x in parameters.items():
                constraint = self.arg_constraints.get(name)
                if constraint is not None:
                    self._require(constraint, x, f"parameter {name}")

    def _require(self, constraint: Constraint, x: Tensor, what: str) -> None:
        right = constraint.holds(x.value)
        if not np.all(right):
            wrong = x.value[~right].ravel()[:3] if constraint.event_dim == 0 else x.value[~right][:1]
            raise ValueError(
                f"{type(self).__name__}: {what} of shape {x.shape}: it must be {constraint}, found "
                f"{' '.join(str(wrong.tolist()).split())}; change it, or pass validate_args=False"
            )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions made from now on check parameters and values."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: {value!r}: it is True or False; give one of them")
        Distribution._validate_args = value

    @property
    def batch_shape(self) -> Shape:
        """The shape of the distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Shape:
        """The shape of one draw."""
        return self._event_shape

    @property
    def support(self) -> Constraint:
        """Where values may lie."""
        self._missing("support")

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        self._missing("mean")

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        self._missing("variance")

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws, without gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws with a gradient to the parameters."""
        self._missing("rsample")

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density (of the probability, if discrete) at a value."""
        self._missing("log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a draw up to the value."""
        self._missing("cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The value at which `cdf` is `value`."""
        self._missing("icdf")

    def entropy(self) -> Tensor:
        """The expected value of -log_prob."""
        self._missing("entropy")

    def perplexity(self) -> Tensor:
        """e^entropy"""
        return self.entropy().exp()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values along a new first axis."""
        self._missing("enumerate_support")

    def expand(self, batch_shape: Sequence[int]) -> Self:
        """The same distributions, broadcast to another batch shape."""
        parameters = {}
        for name, x in self._parameters.items():
            constraint = self.arg_constraints.get(name)
            own = constraint.event_dim if constraint is not None else 0
            parameters[name] = expanded(x, (*batch_shape, *x.shape[x.ndim - own :]))
        other = type(self)(**parameters, **self._options(), validate_args=False)
        other._validate_args = self._validate_args
        return other

    def _options(self) -> dict[str, Any]:
        """The arguments of __init__ that are no Tensors."""
        return {}

    def _missing(self, what: str) -> NoReturn:
        raise NotImplementedError(
            f"{type(self).__name__}: {what}: there is no formula for it here; use another distribution or estimate it "
            f"from samples"
        )

    def _extended(self, sample_shape: Sequence[int]) -> Shape:
        """The shape of draws."""
        shape = (sample_shape,) if isinstance(sample_shape, int) else tuple(sample_shape)
        return (*shape, *self._batch_shape, *self._event_shape)

    @property
    def _dtype(self) -> Any:
        return next(iter(self._parameters.values())).dtype

    def _uniform(self, sample_shape: Sequence[int]) -> Tensor:
        """Draws from the open interval (0, 1)."""
        u = rng_of(None).random(self._extended(sample_shape))
        info = np.finfo(self._dtype)
        return Tensor._of(np.asarray(np.clip(u, info.tiny, 1 - info.epsneg).astype(self._dtype)))

    def _checked(self, value: Tensor) -> Tensor:
        """A value to compute the probability of, in the dtype of the parameters if it holds whole numbers."""
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{type(self).__name__}: a {type(value).__name__} as value: it must be a Tensor; wrap it in tensor()"
            )
        if self._validate_args:
            expected = (*self._batch_shape, *self._event_shape)
            own = len(self._event_shape)
            try:
                fits = value.shape[value.ndim - own :] == self._event_shape if own else True
                np.broadcast_shapes(value.shape, expected)
            except ValueError:
                fits = False
            if not fits:
                raise ValueError(
                    f"{type(self).__name__}: a value of shape {value.shape}: it does not broadcast with batch "
                    f"{self._batch_shape} and event {self._event_shape}; reshape it"
                )
            try:
                support = self.support
            except NotImplementedError:
                return value
            self._require(support, value, "value")
        return value if kind(value.dtype) >= 2 else value.to(self._dtype)

    def __repr__(self) -> str:
        shown = (f"{k}: {x.item() if x.numel() == 1 else x.shape}" for k, x in self._parameters.items())
        return f"{type(self).__name__}({', '.join(shown)})"


def broadcast_all(*values: Any) -> list[Tensor]:
    """Numbers, arrays and Tensors as Tensors of one shape and one float dtype."""
    dtypes = [x.dtype for x in values if isinstance(x, Tensor | np.ndarray) and kind(x.dtype) == 2]
    dtype = np.result_type(*dtypes) if dtypes else promotion.default_dtype
    tensors = [x.to(dtype) if isinstance(x, Tensor) else Tensor._of(np.asarray(x, dtype)) for x in values]
    try:
        shape = np.broadcast_shapes(*(x.shape for x in tensors))
    except ValueError:
        raise ValueError(
            f"parameters: shapes {', '.join(str(x.shape) for x in tensors)}: they do not broadcast together; "
            f"reshape one of them"
        ) from None
    return [x if x.shape == shape else expanded(x, shape) for x in tensors]


def one_of(name: str, **given: Any) -> str:
    """The name of the one argument that is not None."""
    named = [key for key, value in given.items() if value is not None]
    if len(named) != 1:
        raise ValueError(
            f"{name}: {' and '.join(named) or 'nothing'} given: it takes exactly one of {', '.join(given)}; give one"
        )
    return named[0]


def total(x: Tensor, dims: int) -> Tensor:
    """The sum over the last `dims` axes."""
    result: Tensor = x.sum(tuple(range(-dims, 0))) if dims else x
    return result

"""What distributions have in common: shapes, validation, expanding."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn, Self

import numpy as np

from ..functions import expand as expanded
from ..ops.promotion import kind
from ..recording import no_grad
from ..size import Size
from ..tensor import Tensor
from .constraints import Constraint, dependent_property, is_dependent
from .utils import _uniform, lazy_property

Shape = tuple[int, ...]


def shape_of(sample_shape: Any) -> Shape:
    """A sample_shape as a tuple: a number is a shape too."""
    return (int(sample_shape),) if isinstance(sample_shape, int | np.integer) else tuple(sample_shape)


class Distribution:
    """A batch of distributions: `batch_shape` counts the distributions, `event_shape` the numbers of one draw.

    `sample(shape)` draws Tensors of shape (*shape, *batch_shape, *event_shape), `rsample` the same with a gradient to
    the parameters, and `log_prob(value)` is the logarithm of the density or probability, of shape
    (*shape, *batch_shape). With `validate_args` parameters and values are checked against their constraints.

    Your own: set the parameters as attributes, name their constraints in `arg_constraints`, and call
    `super().__init__(batch_shape, event_shape, validate_args=...)`, which checks them.
    """

    arg_constraints: ClassVar[Any] = {}  # name of a parameter -> its Constraint
    support: Any = dependent_property(lambda self: self._missing("support"))
    has_rsample: bool = False
    has_enumerate_support: bool = False
    _validate_args = __debug__

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self.arg_constraints.items():
                unasked = isinstance(getattr(type(self), name, None), lazy_property) and name not in self.__dict__
                if not (is_dependent(constraint) or unasked):
                    self._require(constraint, getattr(self, name), f"parameter {name}")

    def _require(self, constraint: Constraint, x: Any, what: str) -> None:
        """ValueError, with what is wrong, unless x lies where the constraint says."""
        right = np.asarray(constraint.check(x).value)
        if not right.all():
            value, own = x.value, constraint.event_dim
            try:
                value = np.broadcast_to(value, (*right.shape, *value.shape[value.ndim - own :]))[~right]
            except ValueError:  # a constraint of many parts: show where it begins
                own = value.ndim
            wrong = value[:1] if own else value[:3]
            raise ValueError(
                f"{type(self).__name__}: {what} of shape {x.shape}: it must be {constraint.words}, found "
                f"{' '.join(str(wrong.tolist()).split())}; change it, or pass validate_args=False"
            )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions made from now on check parameters and values."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: {value!r}: it is True or False; give one of them")
        Distribution._validate_args = value

    @property
    def batch_shape(self) -> Size:
        """The shape of the distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw."""
        return self._event_shape

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        self._missing("mean")

    @property
    def mode(self) -> Tensor:
        """The value at which the density or probability is highest."""
        self._missing("mode")

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        self._missing("variance")

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draws with a gradient to the parameters."""
        self._missing("rsample")

    def sample_n(self, n: int) -> Tensor:
        """sample((n,)); PyTorch has declared it out of date."""
        warnings.warn("sample_n(n): it is out of date; write sample((n,))", FutureWarning, stacklevel=2)
        return self.sample((n,))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density (of the probability, if discrete) at a value."""
        self._missing("log_prob")

    def cdf(self, value: Any) -> Tensor:
        """The probability of a draw up to the value."""
        self._missing("cdf")

    def icdf(self, value: Any) -> Tensor:
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

    # ---- other batches ---------------------------------------------------------------------------------------------

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        """The same distributions, broadcast to another batch shape; nothing is checked again.

        Parameters are expanded as Tensors (their constraints say how many of their axes are the event's), distributions
        within this one likewise.
        """
        new: Self = self._get_checked_instance(type(self), _instance)
        batch = Size(batch_shape)
        for name, x in vars(self).items():
            constraint = self.arg_constraints.get(name)
            if name in vars(new):
                continue
            if constraint is not None and isinstance(x, Tensor):
                own = 0 if is_dependent(constraint) else constraint.event_dim
                vars(new)[name] = expanded(x, (*batch, *x.shape[x.ndim - own :]))
            elif isinstance(x, Distribution) and name.startswith("_"):  # a helper with a batch of the same shape
                vars(new)[name] = x.expand((*batch, *x.batch_shape[len(self._batch_shape) :]))
            elif not isinstance(getattr(type(self), name, None), lazy_property):
                vars(new)[name] = x
        new._batch_shape = batch
        return new

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """An empty object of the same class, for `expand` to fill, unless there is one already."""
        return object.__new__(type(self)) if _instance is None else _instance

    def _missing(self, what: str) -> NoReturn:
        raise NotImplementedError(
            f"{type(self).__name__}: {what}: there is no formula for it here; use another distribution or estimate it "
            f"from samples"
        )

    # ---- values and draws ------------------------------------------------------------------------------------------

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        """The shape of draws."""
        return Size((*shape_of(sample_shape), *self._batch_shape, *self._event_shape))

    @property
    def _dtype(self) -> Any:
        """The dtype of the parameters."""
        given = (vars(self).get(name) for name in self.arg_constraints)
        return next(x.dtype for x in given if isinstance(x, Tensor))

    def _uniform(self, sample_shape: Any) -> Tensor:
        """Draws from the open interval (0, 1), in the shape of draws of this."""
        return _uniform(self._extended_shape(sample_shape), self._dtype)

    def _validate_sample(self, value: Any) -> None:
        """ValueError, with what is wrong, unless value is a Tensor that fits the shapes and lies in the support."""
        if not isinstance(value, Tensor):
            raise ValueError(
                f"{type(self).__name__}: a {type(value).__name__} as value: it must be a Tensor; wrap it in tensor()"
            )
        own = len(self._event_shape)
        try:
            fits = value.shape[value.ndim - own :] == self._event_shape if own else True
            np.broadcast_shapes(value.shape, (*self._batch_shape, *self._event_shape))
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
            return
        self._require(support, value, "value")

    def _checked(self, value: Any) -> Any:
        """A value to compute the probability of: checked, and in the dtype of the parameters if it isn't a float."""
        if self._validate_args:
            self._validate_sample(value)
        if not isinstance(value, Tensor):
            return Tensor._of(np.asarray(value, self._dtype))
        return value if kind(value.dtype) >= 2 else value.to(self._dtype)

    def _told(self, name: str) -> bool:
        """Whether a parameter is a property that costs nothing to show: that of a distribution within this one"""
        return isinstance(getattr(type(self), name, None), property)

    def __repr__(self) -> str:
        told = (name for name in self.arg_constraints if name in vars(self) or self._told(name))
        given = ((name, getattr(self, name)) for name in told)
        shown = (f"{k}: {x.shape if x.numel() != 1 else x if x.ndim else x.item()}" for k, x in given)
        return f"{type(self).__name__}({', '.join(shown)})"


__all__ = ["Distribution"]

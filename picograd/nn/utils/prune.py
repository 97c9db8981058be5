"""Pruning: some elements of a parameter, those that matter least, are set to 0 and kept there by a mask.

The parameter `name` becomes name_orig, beside it stands the buffer name_mask, and before each forward the attribute
`name` is computed as their product. Pruning again removes a part of what is left.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...random import rng_of
from ...tensor import Tensor

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]


class BasePruningMethod(ABC):
    """What finds the mask of a parameter. A subclass defines `compute_mask`, and PRUNING_TYPE.

    "unstructured": of the elements; "structured": of the channels along self.dim; "global": of everything, also what
    was pruned before.
    """

    _tensor_name: str
    PRUNING_TYPE: str = "unstructured"

    def __call__(self, module: Any, inputs: Any) -> None:
        """The hook before each forward: the parameter is masked."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask, 1 for what stays, of importances `t`; what `default_mask` has left out stays out."""

    def apply_mask(self, module: Any) -> Any:
        """name_orig * name_mask"""
        if not hasattr(self, "_tensor_name"):
            raise AssertionError(f"Module {module} has to be pruned")
        original = getattr(module, self._tensor_name + "_orig")
        return original * getattr(module, self._tensor_name + "_mask").detach().type(original.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prune the parameter `name` by cls(*args, **kwargs), in addition to what was done before; returns the method.

        importance_scores: what decides in place of the parameter's own values, in its shape.
        """
        before = [
            (number, hook)
            for number, hook in module._forward_pre_hooks.items()
            if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
        ]
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        if not before and module._parameters.get(name) is None:
            raise AttributeError(
                f"prune: {name!r}: {type(module).__name__} has no such parameter; "
                f"it has {', '.join(module._parameters) or 'none'}"
            )
        weight = getattr(module, name)
        scores = weight if importance_scores is None else importance_scores
        if tuple(scores.shape) != tuple(weight.shape):
            raise ValueError(
                f"prune: importance_scores {tuple(scores.shape)} for a parameter {tuple(weight.shape)}: they should "
                f"have the same shape; give one number for each element"
            )
        if before:
            old = before[0][1]
            container = old if isinstance(old, PruningContainer) else PruningContainer(old)
            container.add_pruning_method(method)
            mask = container.compute_mask(scores.detach(), getattr(module, name + "_mask").detach().clone())
            del module._forward_pre_hooks[before[0][0]]
            method = container
        else:
            mask = method.compute_mask(scores.detach(), Tensor._of(np.ones_like(weight.value)))
            del module._parameters[name]
            module.register_parameter(name + "_orig", weight)
        module.register_buffer(name + "_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """t with what this method prunes set to 0; nothing is registered anywhere."""
        scores = t if importance_scores is None else importance_scores
        if tuple(scores.shape) != tuple(t.shape):
            raise ValueError(
                f"prune: importance_scores {tuple(scores.shape)} for a tensor {tuple(t.shape)}: they should have the "
                f"same shape; give one number for each element"
            )
        default = Tensor._of(np.ones_like(t.value)) if default_mask is None else default_mask
        return t * self.compute_mask(scores.detach(), default).type(t.dtype)

    def remove(self, module: Any) -> None:
        """Make the pruned values the parameter's own: the mask and the hook's part are gone."""
        name = self._tensor_name
        weight = self.apply_mask(module)
        original = module._parameters.pop(name + "_orig")
        module._buffers.pop(name + "_mask")
        if hasattr(module, name):
            delattr(module, name)
        original.data = weight.detach()
        module.register_parameter(name, original)


class PruningContainer(BasePruningMethod):
    """Several methods for one parameter, one after the other, each on what the others have left."""

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[Any, ...] = ()
        for k, method in enumerate(args):
            if k == 0 and isinstance(method, BasePruningMethod):
                self._tensor_name = method._tensor_name
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add one at the end."""
        if method is not None and not isinstance(method, BasePruningMethod):
            raise TypeError(
                f"PruningContainer: {type(method).__name__}: it is not a BasePruningMethod subclass; give one"
            )
        if method is not None and method._tensor_name != self._tensor_name:
            raise ValueError(
                f"PruningContainer: a method for {method._tensor_name!r}: Can only add pruning methods acting on the "
                f"parameter named {self._tensor_name!r}; use a container for each"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: Any) -> Any:
        return self._pruning_methods[index]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask of the last method, applied to what `default_mask` has left."""
        method = self._pruning_methods[-1]
        mask = np.array(np.asarray(default_mask), t.dtype)
        at: Any
        if method.PRUNING_TYPE == "unstructured":
            at = mask == 1
        elif method.PRUNING_TYPE == "structured":
            axis = method.dim % t.ndim
            kept = mask.sum(axis=tuple(k for k in range(t.ndim) if k != axis)) != 0
            at = (slice(None),) * axis + (kept,)
        elif method.PRUNING_TYPE == "global":
            at = ...
        else:
            raise ValueError(
                f"prune: PRUNING_TYPE {method.PRUNING_TYPE!r}: Unrecognized PRUNING_TYPE; give unstructured, "
                f"structured or global"
            )
        part = method.compute_mask(Tensor._of(np.asarray(t)[at]), default_mask=Tensor._of(mask[at]))
        mask[at] = np.asarray(part)
        return Tensor._of(mask)


class Identity(BasePruningMethod):
    """Prunes nothing, but makes the mask."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask as it is."""
        return default_mask

    @classmethod
    def apply(cls, module: Any, name: str) -> Any:  # type: ignore[override]
        """Give the parameter a mask of ones."""
        return super().apply(module, name)


class _ByAmount(BasePruningMethod):
    """A method that prunes so many: a share (float) of the elements or channels, or a number (int)."""

    def __init__(self, amount: Any) -> None:
        _check_amount(amount)
        self.amount = amount


class RandomUnstructured(_ByAmount):
    """Prunes elements at random."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """0 at `amount` random places."""
        draws = rng_of(None).random(t.shape)
        return _without(draws, _number(self.amount, draws.size), default_mask)

    @classmethod
    def apply(cls, module: Any, name: str, amount: Any) -> Any:  # type: ignore[override]
        """Prune the parameter of that name."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(_ByAmount):
    """Prunes the elements of smallest absolute value."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """0 where |t| is smallest."""
        return _without(np.abs(np.asarray(t)), _number(self.amount, t.numel()), default_mask)

    @classmethod
    def apply(cls, module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:  # type: ignore[override]
        """Prune the parameter of that name."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class RandomStructured(_ByAmount):
    """Prunes channels along `dim` at random."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """0 in `amount` random channels."""
        _check_structured("RandomStructured", t, self.dim)
        draws = rng_of(None).random(t.shape[self.dim])
        return _without_channels(draws, self.amount, self.dim, default_mask)

    @classmethod
    def apply(cls, module: Any, name: str, amount: Any, dim: int = -1) -> Any:  # type: ignore[override]
        """Prune the parameter of that name."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_ByAmount):
    """Prunes the channels along `dim` whose n-norm is smallest."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, n: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.n, self.dim = n, dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """0 in the channels of smallest norm."""
        _check_structured("LnStructured", t, self.dim)
        return _without_channels(_channel_norms(np.asarray(t), self.n, self.dim), self.amount, self.dim, default_mask)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None
    ) -> Any:
        """Prune the parameter of that name."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes what a mask says."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask, and what was left out before."""
        if tuple(np.shape(self.mask)) != tuple(default_mask.shape):
            raise ValueError(
                f"custom_from_mask: mask {tuple(np.shape(self.mask))} for a parameter {tuple(default_mask.shape)}: "
                f"they should have the same shape; give one number for each element"
            )
        return default_mask * Tensor._of(np.asarray(self.mask).astype(default_mask.dtype))

    @classmethod
    def apply(cls, module: Any, name: str, mask: Any) -> Any:  # type: ignore[override]
        """Prune the parameter of that name."""
        return super().apply(module, name, mask=mask)


# ---- one call for each method --------------------------------------------------------------------------------------


def identity(module: Any, name: str) -> Any:
    """Give the parameter a mask of ones, without pruning anything; returns the module."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """Prune a share (float) or number (int) of the parameter's elements at random; returns the module."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:
    """Prune the elements of smallest absolute value (or score); returns the module."""
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: Any, dim: int) -> Any:
    """Prune channels along `dim` at random; returns the module."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None) -> Any:
    """Prune the channels along `dim` whose n-norm is smallest; returns the module."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Any) -> Any:
    """Prune where `mask` is 0; returns the module."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any) -> None:
    """Prune several parameters as if they were one vector: those that matter least of all of them.

    parameters: (module, name) pairs; pruning_method: a class such as L1Unstructured; importance_scores: a dictionary
    of such pairs; kwargs: what the method takes, such as amount.
    """
    places = list(parameters)
    given = {} if importance_scores is None else importance_scores
    if not isinstance(given, dict):
        raise TypeError(
            f"global_unstructured: importance_scores of {type(given).__name__}: it must be a dictionary of "
            f"(module, name) pairs; give one"
        )
    scores = [np.asarray(given.get((module, name), getattr(module, name))) for module, name in places]
    masks = [
        np.asarray(getattr(module, name + "_mask", np.ones_like(s)))
        for (module, name), s in zip(places, scores, strict=True)
    ]
    container = PruningContainer()
    container._tensor_name = "temp"
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f'global_unstructured: a method of type {method.PRUNING_TYPE!r}: Only "unstructured" PRUNING_TYPE is '
            f"supported; choose another"
        )
    container.add_pruning_method(method)
    flat = np.concatenate([s.reshape(-1) for s in scores])
    whole = np.asarray(
        container.compute_mask(Tensor._of(flat), Tensor._of(np.concatenate([m.reshape(-1) for m in masks])))
    )
    start = 0
    for (module, name), s in zip(places, scores, strict=True):
        custom_from_mask(module, name, mask=Tensor._of(whole[start : start + s.size].reshape(s.shape)))
        start += s.size


def remove(module: Any, name: str) -> Any:
    """Make the pruned values the parameter's own, for good; returns the module."""
    for number, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(
        f"remove: {name!r} of {type(module).__name__}: Parameter has to be pruned before pruning can be removed; "
        f"give another name"
    )


def is_pruned(module: Any) -> bool:
    """Whether a parameter in the module, or in one below, is pruned."""
    return any(
        isinstance(hook, BasePruningMethod) for part in module.modules() for hook in part._forward_pre_hooks.values()
    )


# ---- amounts and masks ---------------------------------------------------------------------------------------------


def _check_amount(amount: Any) -> None:
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise TypeError(f"prune: amount={amount!r}: Must be of type int or float; give a share or a number")
    if amount < 0 or (isinstance(amount, float) and amount > 1):
        raise ValueError(
            f"prune: amount={amount}: it should either be a float in the range [0.0, 1.0] or a non-negative integer; "
            f"change it"
        )


def _number(amount: Any, size: int) -> int:
    """How many of `size` are to be pruned."""
    if isinstance(amount, int) and amount > size:
        raise ValueError(
            f"prune: amount={amount} of {size}: it should be smaller than the number of parameters to prune; reduce it"
        )
    return amount if isinstance(amount, int) else round(amount * size)


def _without(importance: Any, number: int, default_mask: Any) -> Any:
    """The mask with 0 at the `number` places of smallest importance."""
    mask = np.array(np.asarray(default_mask))
    places = np.argsort(importance, axis=None, kind="stable")[:number]
    mask.reshape(-1)[places] = 0
    return Tensor._of(mask)


def _without_channels(importance: Any, amount: Any, dim: int, default_mask: Any) -> Any:
    """The mask with 0 in the channels of smallest importance."""
    number = _number(amount, importance.size)
    mask = np.array(np.asarray(default_mask))
    mask[(slice(None),) * (dim % mask.ndim) + (np.argsort(importance, kind="stable")[:number],)] = 0
    return Tensor._of(mask)


def _channel_norms(x: Any, n: Any, dim: int) -> Any:
    """The n-norm of each channel; "fro" and 2 alike, infinities the largest and smallest absolute value."""
    rows = np.moveaxis(x, dim, 0).reshape(x.shape[dim], -1)
    order = 2 if n == "fro" else math.inf if n == "inf" else n
    return np.linalg.norm(rows, order, axis=1)


def _check_structured(op: str, t: Any, dim: int) -> None:
    if t.ndim <= 1:
        raise ValueError(
            f"{op}: a tensor {tuple(t.shape)}: Structured pruning can only be applied to multidimensional tensors; use "
            f"an unstructured method"
        )
    if not -t.ndim <= dim < t.ndim:
        raise IndexError(
            f"{op}: dim {dim} for a tensor {tuple(t.shape)}: Invalid index; give one from 0 to {t.ndim - 1}"
        )

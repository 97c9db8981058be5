"""From a list of items to one batch: every field of the items is stacked along a new first axis."""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picograd.tensor import Tensor

NUMERIC_KINDS = "biufc"  # the array kinds that a Tensor can hold: bool, int, unsigned, float, complex


def default_collate(batch: Sequence[Any]) -> Any:
    """Stacks B items into one batch.

    | items are | the batch is |
    |---|---|
    | Tensors or arrays of one shape (...) | a Tensor (B, ...) of their dtype |
    | floats; ints; bools; NumPy scalars | a Tensor (B,): float64; int64; bool; their dtype |
    | strings or bytes | the list itself |
    | tuples, lists of one length | a list of batches, one a field |
    | named tuples, mappings | the same type, a batch in each field |

    A batch is data: it has no gradient, whether or not an item has. Raises ValueError for an empty batch, RuntimeError
    for items that do not fit together and TypeError for items that cannot be stacked.
    """
    if len(batch) == 0:
        raise ValueError("default_collate: an empty batch: there is nothing to stack; give at least one item")
    first = batch[0]
    if isinstance(first, Tensor | np.ndarray | np.number | np.bool_):
        arrays = [item.value if isinstance(item, Tensor) else item for item in batch]
        return Tensor._of(_stack_arrays(arrays))
    if isinstance(first, float | int):
        return Tensor._of(_number_array(batch, floating=isinstance(first, float)))
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return _rebuilt_mapping(first, {key: default_collate(_column(batch, key)) for key in first})
    if isinstance(first, Sequence):
        return _collate_sequences(batch)
    raise _unknown_type(type(first).__name__)


def default_convert(data: Any) -> Any:
    """Makes a Tensor of every array in one item, however deep, and leaves the rest as it is.

    An array shares its memory with the Tensor, a NumPy scalar becomes a Tensor of shape (), a tuple becomes a
    list; arrays of strings or objects stay arrays.
    """
    if isinstance(data, np.ndarray | np.generic):
        return Tensor._of(np.asarray(data)) if data.dtype.kind in NUMERIC_KINDS else data
    if isinstance(data, Tensor | str | bytes):
        return data
    if isinstance(data, Mapping):
        return _rebuilt_mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, Sequence):
        return _rebuilt_sequence(data, [default_convert(value) for value in data])
    return data


def _stack_arrays(arrays: Sequence[Any]) -> NDArray[Any]:
    """Arrays or scalars of shape (...) to one array (B, ...)."""
    shape = np.shape(arrays[0])
    for index, array in enumerate(arrays):
        if np.shape(array) != shape:
            raise RuntimeError(
                f"default_collate: item 0 has shape {shape}, item {index} of the batch has shape {np.shape(array)}: "
                "items of one batch need one shape; pad them, or give DataLoader a collate_fn"
            )
    stacked: NDArray[Any] = np.stack(arrays)
    if stacked.dtype.kind not in NUMERIC_KINDS:
        raise _unknown_type(f"{stacked.dtype} array")
    return stacked


def _number_array(numbers: Sequence[Any], floating: bool) -> NDArray[Any]:
    """Python numbers to an array (B,)."""
    if not all(isinstance(number, float | int | np.number | np.bool_) for number in numbers):
        raise _mixed_types(numbers)  # checked here: NumPy would make None a nan
    array = np.array(numbers, dtype=np.float64 if floating else None)
    if array.dtype.kind not in NUMERIC_KINDS:
        raise ValueError(f"default_collate: ints up to {max(numbers)}: they do not fit into 64 bits; give floats")
    # as PyTorch: what starts with an int and goes on with a float is of the default dtype
    return array.astype(np.float32) if not floating and array.dtype == np.float64 else array


def _column(batch: Sequence[Any], key: Any) -> list[Any]:
    """One field of every mapping in the batch."""
    for index, item in enumerate(batch):
        if key not in item:
            raise RuntimeError(
                f"default_collate: item 0 has the key {key!r}, item {index} of the batch has {list(item)}: items of "
                "one batch need the same keys; add the key, or give DataLoader a collate_fn"
            )
    return [item[key] for item in batch]


def _collate_sequences(batch: Sequence[Any]) -> Any:
    first = batch[0]
    for index, item in enumerate(batch):
        if not isinstance(item, Sequence):
            raise _mixed_types(batch)
        if len(item) != len(first):
            raise RuntimeError(
                f"default_collate: item 0 has {len(first)} fields, item {index} of the batch has {len(item)}: items "
                "of one batch need as many fields each; pad them, or give DataLoader a collate_fn"
            )
    return _rebuilt_sequence(first, [default_collate(field) for field in zip(*batch, strict=True)])


def _rebuilt_mapping(like: Mapping[Any, Any], fields: dict[Any, Any]) -> Any:
    """A mapping of the type of `like`; what a subclass carries besides its items (a default) comes along."""
    try:
        if isinstance(like, MutableMapping):
            clone = copy.copy(like)
            clone.update(fields)
            return clone
        return type(like)(fields)  # type: ignore[call-arg]
    except TypeError:  # a type that cannot be made from a dict
        return fields


def _rebuilt_sequence(like: Sequence[Any], fields: list[Any]) -> Any:
    """A sequence of the type of `like`, save that a plain tuple becomes a list, as in PyTorch."""
    if isinstance(like, tuple):
        return type(like)(*fields) if hasattr(like, "_fields") else fields
    try:
        if isinstance(like, MutableSequence):
            clone = copy.copy(like)
            clone[:] = fields
            return clone
        return type(like)(fields)  # type: ignore[call-arg]
    except TypeError:  # a type that cannot be made from a list, like range
        return fields


def _mixed_types(batch: Sequence[Any]) -> TypeError:
    names = sorted({type(item).__name__ for item in batch})
    return TypeError(
        f"default_collate: items of types {', '.join(names)}: one field of a batch needs one type; convert them "
        "in the dataset, or give DataLoader a collate_fn"
    )


def _unknown_type(name: str) -> TypeError:
    return TypeError(
        f"default_collate: items of type {name}: only tensors, arrays, numbers, strings, and tuples, lists or "
        "mappings of them can be stacked; convert them in the dataset, or give DataLoader a collate_fn"
    )

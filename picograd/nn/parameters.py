"""Lists and dictionaries of parameters that a module finds."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn, Self

from ..tensor import Tensor
from .module import Module
from .parameter import Parameter

__all__ = ["ParameterDict", "ParameterList"]


def described(key: Any, value: Any, dtype: str) -> str:
    """A line of the repr."""
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"  ({key}): {kind} containing: [{dtype} of size {'x'.join(map(str, value.shape))}]"


class _Parameters(Module):
    """What both have in common: a Tensor becomes a Parameter, anything else is kept as it is."""

    def _put(self, name: str, value: Any) -> None:
        setattr(
            self, name, Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value
        )

    def forward(self, *args: Any, **kwargs: Any) -> NoReturn:
        """An error: it computes nothing."""
        raise RuntimeError(f"{self._get_name()}: it should not be called: it only holds parameters; use its elements")


class ParameterList(_Parameters):
    """A list whose Parameters are found, under the names "0", "1", ...; a Tensor that is put in becomes one."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        self.extend(values or ())

    def _at(self, index: Any) -> str:
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(
                f"ParameterList: index {place} is out of range: it has {len(self)} elements; give one from "
                f"{-len(self)} to {len(self) - 1}"
            )
        return str(place % len(self))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, self._at(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        self._put(self._at(index), value)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, str(k)) for k in range(self._size))

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def append(self, value: Any) -> Self:
        """Add an element at the end."""
        self._size += 1
        self._put(str(self._size - 1), value)
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add elements at the end."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                f"ParameterList.extend: a {type(values).__name__}: it should be called with an iterable; give a list"
            )
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        """The elements, one a line."""
        return "\n".join(described(k, value, str(getattr(value, "dtype", ""))) for k, value in enumerate(self))


class ParameterDict(_Parameters):
    """A dictionary, in order of insertion, whose Parameters are found; a Tensor that is put in becomes one."""

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        self.update(parameters or {})

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"ParameterDict: key {key!r}: a {type(key).__name__} is no name; give a string")
        self._put(key, value)
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._keys))

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __or__(self, other: Mapping[str, Any]) -> Self:
        result = self.copy()
        result.update(other)
        return result

    def __ror__(self, other: Mapping[str, Any]) -> Self:
        result = type(self)(other)
        result.update(self)
        return result

    def __ior__(self, other: Mapping[str, Any]) -> Self:
        self.update(other)
        return self

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The elements."""
        return (self[key] for key in self._keys)

    def items(self) -> Iterable[tuple[str, Any]]:
        """(name, element) for each."""
        return ((key, self[key]) for key in self._keys)

    def get(self, key: str, default: Any = None) -> Any:
        """The element of that name, `default` if there is none."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The element of that name; if there is none, `default` becomes it."""
        if key not in self._keys:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take an element out, and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last element out, and return it with its name."""
        if not self._keys:
            raise KeyError("popitem: the ParameterDict is empty")
        key = list(self._keys)[-1]
        return key, self.pop(key)

    def clear(self) -> None:
        """Take all elements out."""
        for key in list(self._keys):
            del self[key]

    def copy(self) -> Self:
        """Another ParameterDict of the same elements."""
        return type(self)(dict(self.items()))

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> Self:
        """Another ParameterDict with `default` under each of these names."""
        return type(self)(dict.fromkeys(keys, default))

    def update(self, parameters: Any) -> None:
        """Put in the elements of a dictionary, or of (name, element) pairs.

        An OrderedDict, a ParameterDict and pairs keep their order; a plain dictionary is sorted, as in PyTorch.
        """
        pairs = parameters.items() if hasattr(parameters, "items") else parameters
        if isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict):
            pairs = sorted(pairs)
        for key, value in list(pairs):
            self[key] = value

    def extra_repr(self) -> str:
        """The elements, one a line."""
        return "\n".join(described(key, v, v.type() if isinstance(v, Tensor) else "") for key, v in self.items())

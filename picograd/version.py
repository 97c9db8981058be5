"""The version of picograd, and of what PyTorch is built with: none of that is here."""

from __future__ import annotations

import re
from typing import Any


class Version(str):
    """A version: a string that is compared as numbers, with strings and with tuples: `"0.10" > "0.9"`."""

    __slots__ = ()

    def _key(self, other: Any) -> Any:
        """The numbers of both, equally long; None if the other is no version."""
        if isinstance(other, str):
            other = [int(n) for n in re.match(r"\s*v?((?:\d+\.?)*)", other)[1].split(".") if n]  # type: ignore[index]
        elif not (isinstance(other, tuple | list) and all(isinstance(n, int) for n in other)):
            return None
        mine = [int(n) for n in re.findall(r"\d+", self)[:3]]
        length = max(len(mine), len(other))
        return [[*numbers, *(0,) * (length - len(numbers))] for numbers in (mine, other)]

    def __lt__(self, other: Any) -> Any:
        key = self._key(other)
        return NotImplemented if key is None else key[0] < key[1]

    def __le__(self, other: Any) -> Any:
        key = self._key(other)
        return NotImplemented if key is None else key[0] <= key[1]

    def __gt__(self, other: Any) -> Any:
        key = self._key(other)
        return NotImplemented if key is None else key[0] > key[1]

    def __ge__(self, other: Any) -> Any:
        key = self._key(other)
        return NotImplemented if key is None else key[0] >= key[1]

    def __eq__(self, other: object) -> bool:
        key = self._key(other)
        return key is not None and key[0] == key[1]

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


# Programs ask for features by PyTorch's version: first comes that whose names picograd has, then its own.
__version__ = Version("2.13.0+picograd.0.1.0")
debug = False
cuda: str | None = None
hip: str | None = None
rocm: str | None = None
xpu: str | None = None
git_version: str | None = None

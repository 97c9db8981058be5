"""Small helpers that layers written for PyTorch import from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

__all__ = ["consume_prefix_in_state_dict_if_present"]


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """A function that makes a tuple: of what can be gone through as it is, of anything else n times that."""

    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, n))

    parse.__name__ = name
    return parse


_single, _pair = _ntuple(1, "_single"), _ntuple(2, "_pair")
_triple, _quadruple = _ntuple(3, "_triple"), _ntuple(4, "_quadruple")


def _reverse_repeat_tuple(t: Sequence[Any], n: int) -> tuple[Any, ...]:
    """(a, b), 2 -> (b, b, a, a): sizes of a kernel's axes as `pad` wants them."""
    return tuple(x for x in reversed(t) for _ in range(n))


def _list_with_default(out_size: Any, defaults: list[int]) -> Any:
    """The sizes asked for, those of `defaults` where they are None."""
    if isinstance(out_size, int):
        return out_size
    if len(defaults) <= len(out_size):
        raise ValueError(
            f"output_size: {len(out_size)} sizes for an input of {len(defaults)} axes: the input must have more axes; "
            f"give fewer sizes"
        )
    last = defaults[-len(out_size) :]
    return [d if size is None else size for size, d in zip(out_size, last, strict=True)]


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take a prefix, such as DataParallel's "module.", off all paths of a state_dict, in place and in order."""
    for path in list(state_dict):
        state_dict[path.removeprefix(prefix)] = state_dict.pop(path)
    metadata = getattr(state_dict, "_metadata", None)
    for path in list(metadata or ()):
        if path and path == prefix.rstrip("."):
            metadata.setdefault("", metadata.pop(path))  # type: ignore[union-attr]
        elif path.startswith(prefix):
            metadata[path.removeprefix(prefix)] = metadata.pop(path)  # type: ignore[index, union-attr]

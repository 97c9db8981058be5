"""Tensors in nested tuples, lists and dicts, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> Iterator[Any]:
    """Everything that is no tuple, list or dict, in order."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, tuple | list):
        for part in tree:
            yield from leaves(part)
    else:
        yield tree


def rebuilt(tree: Any, values: Iterator[Any]) -> Any:
    """The same structure with the next of `values` in place of each leaf."""
    if isinstance(tree, dict):
        return type(tree)((key, rebuilt(part, values)) for key, part in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(rebuilt(part, values) for part in tree))
    if isinstance(tree, tuple | list):
        return type(tree)(rebuilt(part, values) for part in tree)
    return next(values)


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same structure with function(leaf) in place of each leaf."""
    return rebuilt(tree, map(function, leaves(tree)))

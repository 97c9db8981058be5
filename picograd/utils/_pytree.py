"""Nested tuples, lists and dicts taken apart and put together again: what programs use of PyTorch's `_pytree`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from picograd.func.tree import leaves, mapped, rebuilt

__all__ = ["TreeSpec", "tree_all", "tree_any", "tree_flatten", "tree_leaves", "tree_map", "tree_map_", "tree_map_only",
           "tree_structure", "tree_unflatten"]  # fmt: skip

PyTree = Any


class TreeSpec:
    """The structure of a nest, without its leaves."""

    def __init__(self, tree: Any) -> None:
        self.tree = mapped(lambda leaf: None, tree)
        self.num_leaves = sum(1 for _ in leaves(tree))

    def unflatten(self, values: Any) -> Any:
        """The nest with these leaves."""
        members = list(values)
        if len(members) != self.num_leaves:
            raise ValueError(
                f"tree_unflatten: {len(members)} leaves for a structure of {self.num_leaves}: each place needs one; "
                f"give as many"
            )
        return rebuilt(self.tree, iter(members))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TreeSpec) and same(self.tree, other.tree)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"TreeSpec({mapped(lambda leaf: '*', self.tree)})"


def same(a: Any, b: Any) -> bool:
    """Whether two structures are the same, in type and in keys."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    return True


def tree_flatten(tree: PyTree, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a nest, and its structure."""
    if is_leaf is not None:
        held: list[Any] = []
        spec = TreeSpec(_cut(tree, is_leaf, held))
        return held, spec
    return list(leaves(tree)), TreeSpec(tree)


def _cut(tree: Any, is_leaf: Callable[[Any], bool], held: list[Any]) -> Any:
    """The nest with None for what counts as a leaf, which is put into `held`."""
    if is_leaf(tree) or not isinstance(tree, tuple | list | dict):
        held.append(tree)
        return None
    if isinstance(tree, dict):
        return type(tree)((key, _cut(part, is_leaf, held)) for key, part in tree.items())
    parts = [_cut(part, is_leaf, held) for part in tree]
    return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)


def tree_unflatten(leaves: Any, treespec: TreeSpec) -> PyTree:
    """The nest of that structure with these leaves."""
    return treespec.unflatten(leaves)


def tree_leaves(tree: PyTree, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves of a nest."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: PyTree, is_leaf: Callable[[Any], bool] | None = None) -> TreeSpec:
    """The structure of a nest."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(
    func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: Callable[[Any], bool] | None = None
) -> PyTree:
    """func(leaf, ...) in place of each leaf; of several nests of one structure, leaf by leaf."""
    members, spec = tree_flatten(tree, is_leaf)
    columns = [members, *(tree_leaves(rest, is_leaf) for rest in rests)]
    if len({len(column) for column in columns}) > 1:
        raise ValueError(
            f"tree_map: nests of {', '.join(str(len(column)) for column in columns)} leaves: they need one structure; "
            f"give nests that are alike"
        )
    return spec.unflatten(map(func, *columns))


def tree_map_(
    func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: Callable[[Any], bool] | None = None
) -> PyTree:
    """Call func for each leaf, for what it does; returns the nest."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def tree_map_only(
    type_or_types: Any, func: Callable[[Any], Any], tree: PyTree, is_leaf: Callable[[Any], bool] | None = None
) -> PyTree:
    """`tree_map` of the leaves of these types; others stay as they are."""
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, type_or_types) else leaf, tree, is_leaf=is_leaf)


def tree_any(pred: Callable[[Any], bool], tree: PyTree, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether `pred` holds for some leaf."""
    return any(map(pred, tree_leaves(tree, is_leaf)))


def tree_all(pred: Callable[[Any], bool], tree: PyTree, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether `pred` holds for every leaf."""
    return all(map(pred, tree_leaves(tree, is_leaf)))

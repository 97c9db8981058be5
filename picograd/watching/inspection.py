"""A node as programs look at it: PyTorch's names of what it is, where it leads, and hooks on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..memory import tick


class Inspectable:
    """The outside of a `Node`."""

    __slots__ = ()

    op: Any
    notes: dict[str, Any]
    hooks: Any
    tensor: Any
    edges: Any
    parents: Any

    def name(self) -> str:
        """PyTorch's way to name it: "MulBackward0" for a result of mul, "AccumulateGrad" for a leaf."""
        if self.op is None:
            return "AccumulateGrad"
        words = self.op.name if self.op.name[:1].isupper() else "".join(map(str.capitalize, self.op.name.split("_")))
        return f"{words}Backward" if self.op.name[:1].isupper() else f"{words}Backward0"

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """(node, 0) of each input of the op, (None, 0) for one without gradient; empty for a leaf."""
        op = self.op
        if not getattr(op, "inputs", None) or op.series or not isinstance(self.edges, tuple):
            return tuple((parent, 0) for parent in self.parents)
        found = {op.input_of[rule]: parent for parent, rule, *_ in self.edges}
        return tuple((found.get(op.parameters[k]), 0) for k in op.inputs)

    @property
    def variable(self) -> Any:
        """The leaf itself; only a leaf's node has it."""
        if self.op is not None:
            raise AttributeError(f"{self.name()} has no attribute 'variable': only the node of a leaf has")
        return self.tensor()

    @property
    def metadata(self) -> dict[str, Any]:
        """A dict for notes of your own, kept with the node."""
        metadata: dict[str, Any] = self._notes().setdefault("metadata", {})
        return metadata

    def _notes(self) -> dict[str, Any]:
        if not hasattr(self, "notes"):
            self.notes = {}  # type: ignore[misc]
        return self.notes

    def register_prehook(self, hook: Callable[[tuple[Any, ...]], Any]) -> Hook:
        """Call `hook((gradient,))` before the node's rules; a tuple that it returns replaces the gradient."""

        def before(g: Any) -> Any:
            new = hook((g,))
            return new[0] if isinstance(new, tuple | list) else new

        return Hook(self, before)

    def register_hook(self, hook: Callable[[tuple[Any, ...], tuple[Any, ...]], Any]) -> Hook:
        """Call `hook(gradients of the inputs, (gradient,))` after the node's rules.

        A tuple that it returns replaces the gradients of the inputs. Not on a leaf, which has no inputs.
        """
        if self.op is None:
            raise RuntimeError(
                "register_hook: the node of a leaf: it has no inputs; use the Tensor's register_hook, or "
                "register_post_accumulate_grad_hook"
            )
        self.hooks = {} if self.hooks is None else self.hooks
        return Hook(self, hook, self._notes().setdefault("after", {}))


class Hook:
    """A hook's registration; `remove()`, or the end of a `with` block, takes it away."""

    def __init__(self, node: Any, hook: Callable[..., Any], hooks: dict[int, Any] | None = None) -> None:
        if hooks is None:
            node.hooks = {} if node.hooks is None else node.hooks
            hooks = node.hooks
        self.id, self._hooks = tick(), hooks
        self._hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Hook:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

"""`compile` and what goes with it: picograd runs a program as it is written, so they stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import left_out


def compile(
    model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None, backend: Any = "inductor",
    mode: str | None = None, options: dict[str, Any] | None = None, disable: bool = False,
) -> Any:  # fmt: skip
    """The function or module itself, whatever the options; without one, a decorator that does the same."""
    return (lambda model: model) if model is None else model


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """Decorate what must not be compiled: nothing is, so it stays as it is."""
    return (lambda fn: fn) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """Mark a function as one that may be compiled without a look into it: it stays as it is."""
    return fn


def assume_constant_result(fn: Any) -> Any:
    """Mark a function as one that always gives the same: it stays as it is."""
    return fn


def is_compiling() -> bool:
    """Whether this is being compiled: no."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def reset() -> None:
    """Forget what was compiled: nothing was."""


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """The compilers: none."""
    return []


def cudagraph_mark_step_begin() -> None:
    """Mark the beginning of a training step for a GPU's recorded work: nothing is recorded."""


class set_stance:
    """How what was compiled behaves, as a call, a block or a decorator: nothing was compiled."""

    def __init__(
        self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend: Any = None
    ) -> None:
        self.stance = stance

    def __call__(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return fn

    def __enter__(self) -> None: ...

    def __exit__(self, *exception: object) -> None: ...


__getattr__ = left_out.missing(__name__)

"""Checkpointing: memory for time. What lies between a segment's inputs and outputs is computed again in backward."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from .. import left_out
from ..autograd.joint import record
from ..engine import Freed, Node, sources, walk
from ..memory import tick
from ..random import default_generator
from ..recording import enable_grad, switch
from ..tensor import Tensor

__getattr__ = left_out.missing(__name__)


class CheckpointError(RuntimeError):
    """What a backward pass raises where a checkpointed function does something else the second time."""


def noop_context_fn() -> tuple[Any, Any]:
    """No context around the forward, none around the recomputation."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    preserve_rng_state: bool = True,
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """function(*args, **kwargs), whose inner values are not kept: a backward pass computes them again.

    `preserve_rng_state`: the second time with the same random numbers. `context_fn` gives two contexts, one for each
    time. `determinism_check="none"` allows the second time to give other shapes. `use_reentrant` is accepted and
    changes nothing: gradients reach what the function closes over, and may be differentiated, in any case. Neither do
    `debug`, as an error names the shapes anyway, and `early_stop`: the function is run to its end.
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"checkpoint: determinism_check {determinism_check!r}: it is unknown; give 'default' or 'none'"
        )
    first, again = context_fn()
    if not switch.on:
        with first:
            return function(*args, **kwargs)
    state = default_generator.get_state() if preserve_rng_state else None
    start = tick()
    with first:
        result = function(*args, **kwargs)
    several = isinstance(result, tuple | list)
    outs = list(result) if several else [result]
    known = [y for y in outs if isinstance(y, Tensor) and y.node is not None and y.node.birth < start]
    border = older_than(start, [y.node for y in known if y.node is not None])
    if not known or not border:
        return result
    shapes = [y.shape for y in known]

    def backward(gradients: list[Any], saved: tuple[Any, ...], hidden: Node | None) -> list[Any]:
        with again, enable_grad(), random_numbers(state):
            repeated = function(*args, **kwargs)
        every = list(repeated) if isinstance(repeated, tuple | list) else [repeated]
        found = [y for y, wanted in zip(every, is_known, strict=False) if wanted]
        if determinism_check == "default" and [getattr(y, "shape", None) for y in found] != shapes:
            raise CheckpointError(
                f"checkpoint: outputs of shape {shapes} at first and {[getattr(y, 'shape', None) for y in found]} in "
                f"backward: the function must do the same both times; take out what makes it differ"
            )
        seeds: dict[Node, Any] = {}
        for y, g in zip(found, gradients, strict=True):
            if g is not None and y.node is not None:
                seeds[y.node] = seeds[y.node] + g if y.node in seeds else g
        with stopped_at(border):
            reached = dict(walk(seeds, create_graph=hidden is not None, retain_graph=True, inputs=set(border)))
        return [reached.get(node) for node in border]

    is_known = [any(y is k for k in known) for y in outs]
    inputs = [(node, node.shape, None) for node in border]
    arrays = [x.value for x in (*args, *kwargs.values()) if isinstance(x, Tensor)]
    made = iter(record("checkpoint", [y.value for y in known], inputs, backward, arrays, [""] * len(arrays)))
    results = [next(made) if wanted else y for y, wanted in zip(outs, is_known, strict=True)]
    return type(result)(results) if several else results[0]


def older_than(start: int, nodes: Sequence[Node]) -> list[Node]:
    """The first nodes on the way back from `nodes` that were there before the time `start`: a segment's inputs."""
    order, seen = list(nodes), set(nodes)
    border = []
    for node in order:  # grows while it is gone through
        if node.birth > start:  # the clock counts down
            border.append(node)
        elif not isinstance(node.edges, Freed):
            for parent in sources(node):
                if parent not in seen:
                    seen.add(parent)
                    order.append(parent)
    return border


@contextmanager
def stopped_at(border: Sequence[Node]) -> Iterator[None]:
    """A walk within this block ends at these nodes: what lies behind them is the business of the walk around it."""
    edges = [node.edges for node in border]
    try:
        for node in border:
            node.edges = ()
        yield
    finally:
        for node, own in zip(border, edges, strict=True):
            node.edges = own


@contextmanager
def random_numbers(state: Any) -> Iterator[None]:
    """Random numbers from this state of the library's generator on, which afterwards goes on from where it is."""
    if state is None:
        yield
        return
    now = default_generator.get_state()
    default_generator.set_state(state)
    try:
        yield
    finally:
        default_generator.set_state(now)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """The functions (or a Sequential's modules) one after the other, in parts: all but the last are checkpointed."""
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    if not 1 <= segments <= len(steps):
        raise ValueError(
            f"checkpoint_sequential: {segments} segments of {len(steps)} functions: each needs at least one; "
            f"give 1 to {len(steps)}"
        )
    size = len(steps) // segments

    def run(part: Sequence[Callable[..., Any]]) -> Callable[[Any], Any]:
        def forward(x: Any) -> Any:
            for step in part:
                x = step(x)
            return x

        return forward

    last = size * (segments - 1)
    for begin in range(0, last, size):
        input = checkpoint(run(steps[begin : begin + size]), input, use_reentrant=use_reentrant, **kwargs)
    return run(steps[last:])(input)


# ---- the other names of `torch.utils.checkpoint` --------------------------------------------------------------------


class CheckpointFunction:
    """`checkpoint` in the form of a Function: `apply(function, preserve_rng_state, *args)`."""

    @staticmethod
    def apply(run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        """checkpoint(run_function, *args)."""
        return checkpoint(run_function, *args, preserve_rng_state=preserve_rng_state)


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The Tensors among the inputs without their history, but requiring a gradient as they did."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            f"detach_variable: a {type(inputs).__name__}: it takes the arguments of a call; give a tuple of them"
        )
    return tuple(x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs)


def check_backward_validity(inputs: Any) -> None:
    """Warn if no input requires a gradient, in which case only what a function closes over gets one."""
    if not any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
        warnings.warn(
            "checkpoint: no input requires a gradient: only what the function closes over gets one; "
            "set requires_grad=True on an input if it should have one",
            stacklevel=2,
        )


def get_device_states(*args: Any) -> tuple[list[Any], list[Any]]:
    """The GPUs that the arguments are on, and their generators' states: none, as there is the CPU only."""
    return [], []


def set_device_states(devices: Any, states: Any, *, device_type: Any = None) -> None:
    """Nothing to do: there are no GPUs."""


class set_checkpoint_early_stop(nullcontext[None]):
    """No effect: a checkpointed function is run to its end in backward. A block, as in PyTorch."""

    def __init__(self, enable: bool) -> None:
        super().__init__()
        self.enable = enable


class set_checkpoint_debug_enabled(nullcontext[None]):
    """No effect: an error names the shapes anyway. A block, as in PyTorch."""

    def __init__(self, enabled: bool | None) -> None:
        super().__init__()
        self.enabled = enabled

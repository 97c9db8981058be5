"""Function: an op of your own, with a forward and a backward written on Tensors, as in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from weakref import ref

import numpy as np

from ..engine import Node, attach, current
from ..inplace import take_history, viewed
from ..memory import wrote
from ..ops.promotion import kind
from ..recording import enable_grad, no_grad, switch
from ..tensor import Tensor
from .joint import Call, output, record
from .linear_map import forward


class FunctionCtx:
    """What a forward leaves for its backward: saved Tensors, notes about the outputs, and attributes of your own."""

    needs_input_grad: tuple[bool, ...]  # of each argument of apply: whether its gradient is wanted

    def __init__(self) -> None:
        self._inputs: list[Node] = []
        self._to_save: tuple[Any, ...] = ()
        self._to_save_forward: tuple[Any, ...] = ()
        self._saved: tuple[Any, ...] | None = None  # while backward runs
        self._without_gradient: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._zeros = True

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep Tensors (or None) for backward, where they are `saved_tensors`. Writing into one is then an error."""
        self._to_save = self._checked("save_for_backward", tensors)

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep Tensors (or None) for jvp, where they are `saved_tensors`; without it jvp gets those for backward."""
        self._to_save_forward = self._checked("save_for_forward", tensors)

    @staticmethod
    def _checked(op: str, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
        for k, x in enumerate(tensors):
            if x is not None and not isinstance(x, Tensor):
                raise TypeError(
                    f"{op}: a {type(x).__name__} as argument {k}: it takes Tensors and None; "
                    f"keep anything else as an attribute, ctx.name = value"
                )
        return tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` was given; within backward."""
        if self._saved is None:
            raise RuntimeError(
                "saved_tensors: read outside backward: they are there while backward runs; use them there"
            )
        return self._saved

    saved_variables = saved_tensors  # PyTorch's old name

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """These outputs have no gradient; backward still gets an argument for each (zeros, or None)."""
        self._without_gradient = outputs

    def mark_dirty(self, *inputs: Tensor) -> None:
        """Forward writes into the memory of these inputs, and returns them."""
        for x in inputs:
            if x.node is not None and (x.is_leaf or viewed(x) is not None):
                raise RuntimeError(
                    f"mark_dirty: {'a leaf' if x.is_leaf else 'a view'} that requires a gradient, shape {x.shape}: "
                    f"its history would be lost; clone() it before it is written"
                )
        self._dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True, as it is at first) or None for an output that no gradient came to."""
        self._zeros = value


class Function:
    """An op of your own: `forward(ctx, ...)` computes it, `backward(ctx, *gradients)` gives each argument's gradient.

        class Exp(Function):
            @staticmethod
            def forward(ctx, x):
                y = x.exp()
                ctx.save_for_backward(y)
                return y

            @staticmethod
            def backward(ctx, g):
                (y,) = ctx.saved_tensors
                return g * y

        y = Exp.apply(x)

    Both are given Tensors and return Tensors, backward also None for an argument without gradient. A forward without
    ctx goes with `setup_context(ctx, inputs, output)`. If backward is written in Tensor operations it can be
    differentiated itself. Forward runs unrecorded. `jvp(ctx, *tangents)`, the derivative of the outputs along tangents
    of the arguments, is what forward mode asks; without it forward mode differentiates backward. `vmap` and
    `generate_vmap_rule` have no effect: `func.vmap` calls apply for each slice.
    """

    generate_vmap_rule = False

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs: `forward(ctx, ...)`, or `forward(...)` with `setup_context`."""
        raise NotImplementedError("Function.forward: it is missing; write it in your class, as a static method")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Save what backward needs; only with a forward that takes no ctx."""
        raise NotImplementedError("Function.setup_context: it is missing; write it, or a forward that takes ctx")

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """From the gradients of the outputs compute those of the arguments."""
        raise NotImplementedError("Function.backward: it is missing; write it in your class, as a static method")

    @staticmethod
    def vjp(ctx: Any, *gradients: Any) -> Any:
        """Another name of `backward`: write one of the two."""
        raise NotImplementedError("Function.vjp: it is missing; write backward in your class, as a static method")

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        """From tangents of the arguments (None for one without) compute those of the outputs."""
        raise NotImplementedError("Function.jvp: it is missing; write it in your class, or a backward")

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """Never called: `func.vmap` calls apply for each slice."""
        raise NotImplementedError("Function.vmap: it is never called; use func.vmap, which calls apply for each slice")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """forward(...) on these arguments, recorded."""
        ctx = FunctionCtx()
        nodes = [current(x) if switch.on else None for x in args]
        ctx.needs_input_grad = tuple(isinstance(x, Tensor) and x.node is not None for x in args)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                result = cls.forward(ctx, *args)
            else:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
        several = isinstance(result, tuple | list)
        outs = finish(cls, ctx, args, nodes, list(result) if several else [result])
        return type(result)(outs) if several else outs[0]


def finish(cls: Any, ctx: FunctionCtx, args: Any, nodes: list[Node | None], outs: list[Any]) -> list[Any]:
    """The outputs of a forward, recorded if an argument has a node."""
    for x in ctx._dirty:
        if not any(x is out for out in outs):
            raise RuntimeError(
                f"{cls.__name__}: an input of shape {x.shape} marked dirty: it is not among the outputs; return it"
            )
        wrote(x.value, cls.__name__, recorded=True)
    # The graph keeps the arrays: a node that held its own Tensor would not die.
    saved = (*ctx._to_save, *ctx._to_save_forward)
    count, ctx._to_save, ctx._to_save_forward = len(ctx._to_save), (), ()
    inputs = [(node, x.shape, x.dtype) for node, x in zip(nodes, args, strict=True) if node is not None]
    if not inputs:
        return outs
    ctx._inputs = [node for node, *_ in inputs]
    values = [value_of(out, ctx, args) for out in outs]
    given = [x for x, node in zip(args, nodes, strict=True) if node is not None]
    run = Run(cls, ctx, [node is not None for node in nodes], outs, values, saved, count)
    wants = [next((str(k) for k, x in enumerate(given) if x is s), "") for s in saved]
    run.saved_inputs = {k: int(name) for k, name in enumerate(wants) if name}
    wants = ["" if k in run.saved_outputs else name for k, name in enumerate(wants)]
    arrays = [NOTHING if x is None else x.value for x in saved]
    result: list[Any] = record(cls.__name__, values, inputs, run, arrays, wants, args)
    for k, (out, tensor) in enumerate(zip(outs, result, strict=True)):
        if tensor is None:
            result[k] = out.detach() if isinstance(out, Tensor) else out
        elif any(out is x for x in ctx._dirty):
            take_history(out, tensor)
            result[k] = out
        if tensor is not None:
            run.holders[k] = ref(result[k])
    ctx._dirty = ctx._without_gradient = ()
    return result


NOTHING = np.empty(0)


def value_of(out: Any, ctx: FunctionCtx, args: Any) -> np.ndarray[Any, Any] | None:
    """The array of an output, in memory of its own unless marked dirty; None if it has no gradient."""
    if not isinstance(out, Tensor) or kind(out.dtype) < 2 or any(out is x for x in ctx._without_gradient):
        return None
    if any(out is x for x in ctx._dirty):
        return out.value
    # What looked into an argument would take over its history, past this function, once either is written in place.
    shared = any(isinstance(x, Tensor) and np.may_share_memory(x.value, out.value) for x in args)
    return out.value.copy() if shared else out.value


class Run:
    """The backward of one call: from arrays, or Tensors when it is recorded itself, to Tensors and back."""

    def __init__(
        self, cls: Any, ctx: FunctionCtx, wanted: list[bool], outs: list[Any], values: list[Any], saved: Any, count: int
    ) -> None:
        self.cls, self.ctx, self.wanted, self.count = cls, ctx, wanted, count  # so many are saved for backward
        self.has_jvp = cls.jvp is not Function.jvp
        self.pull_back = cls.backward if cls.backward is not Function.backward else cls.vjp
        if self.pull_back is Function.vjp:
            self.pull_back = cls.backward  # which says that it is missing
        self.likes = [(x.shape, x.dtype) if isinstance(x, Tensor) else None for x in outs]
        self.absent = [k for k, x in enumerate(saved) if x is None]
        # Place among the saved -> number of the output that it is. An output that is an input unchanged counts as that.
        self.saved_outputs = {
            k: i
            for k, x in enumerate(saved)
            for i, out in enumerate(outs)
            if x is out and values[i] is not None and (x.node is None or any(x is y for y in ctx._dirty))
        }
        self.saved_inputs: dict[int, int] = {}  # place among the saved -> number of the input, of those with a node
        self.holders: dict[int, ref[Tensor]] = {}

    def __call__(self, gradients: list[Any], saved: tuple[Any, ...], hidden: Node | None) -> list[Any]:
        """The gradients of the inputs that want one; `hidden`: the node of this call, if backward is recorded."""
        ctx = self.ctx
        if forward.mode and self.has_jvp and hidden is not None:
            return self.for_forward(gradients, saved, hidden)
        arrived = [self.tensor(g, like) for g, like in zip(gradients, self.likes, strict=True)]
        ctx._saved = tuple(self.restored(k, x, hidden) for k, x in enumerate(saved[: self.count]))
        try:
            if hidden is None:
                with no_grad():
                    result = self.pull_back(ctx, *arrived)
            else:
                result = self.pull_back(ctx, *arrived)
        finally:
            ctx._saved = None
        results = list(result) if isinstance(result, tuple | list) else [result]
        count = len(self.wanted)
        if len(results) < count or any(h is not None for h in results[count:]):
            raise RuntimeError(
                f"{self.cls.__name__}: backward returned {len(results)} gradients for {count} arguments: "
                f"each needs one; return as many, None for an argument without gradient"
            )
        for h in results:
            if h is not None and not isinstance(h, Tensor):
                raise TypeError(
                    f"{self.cls.__name__}: backward returned a {type(h).__name__}: it is no gradient; "
                    f"return Tensors, and None for an argument without gradient"
                )
        chosen = [h for h, wanted in zip(results, self.wanted, strict=False) if wanted]
        return [h if h is None or hidden is not None else h.value for h in chosen]

    def for_forward(self, gradients: list[Any], saved: tuple[Any, ...], hidden: Node) -> list[Any]:
        """The gradients of the inputs as forward mode needs them: zeros, whose derivative by those of the outputs is
        the function's own jvp. For J^T u is linear in u, and its derivative by u, pulled back along t, is J t.
        """
        ctx, own = self.ctx, self.ctx._inputs
        arrived = [k for k, g in enumerate(gradients) if g is not None and g.node is not None]
        start = self.count if len(saved) > self.count else 0
        kept = tuple(self.restored(start + k, x, hidden) for k, x in enumerate(saved[start:]))

        def push(tangents: list[Any], again: tuple[Any, ...], hidden: Node | None) -> list[Any]:
            given = iter(tangents)
            along = [self.tensor(next(given), None) if wanted else None for wanted in self.wanted]
            ctx._saved = kept
            try:
                with enable_grad() if hidden is not None else no_grad():
                    result = self.cls.jvp(ctx, *along)
            finally:
                ctx._saved = None
            pushed = list(result) if isinstance(result, tuple | list) else [result]
            if len(pushed) != len(self.likes):
                raise RuntimeError(
                    f"{self.cls.__name__}: jvp returned {len(pushed)} tangents for {len(self.likes)} outputs: each "
                    f"needs one; return as many, None for an output without"
                )
            chosen = [pushed[k] for k in arrived]
            return [h if h is None or hidden is not None else h.value for h in chosen]

        shapes = [node.shape for node in own]
        inputs = [(gradients[k].node, gradients[k].shape, gradients[k].dtype) for k in arrived]
        dtype = gradients[arrived[0]].dtype
        return list(record(f"{self.cls.__name__}.jvp", [np.zeros(shape, dtype) for shape in shapes], inputs, push))

    def tensor(self, g: Any, like: Any) -> Any:
        """A gradient as a Tensor; for one that did not come zeros, or None."""
        if g is None and self.ctx._zeros and like is not None:
            return Tensor._of(np.zeros(*like))
        return g if g is None or isinstance(g, Tensor) else Tensor._of(g)

    def restored(self, k: int, x: Any, hidden: Node | None) -> Any:
        """What was saved, as a Tensor that stands where it stood in the graph: an input always, so that backward can
        differentiate what it computes anew from it; an output if backward is recorded.
        """
        if k in self.absent:
            return None
        if hidden is None and k in self.saved_inputs:
            made = Tensor._of(x)
            made.node = self.ctx._inputs[self.saved_inputs[k]]
            return made
        if hidden is None or k not in self.saved_outputs:
            return x if isinstance(x, Tensor) else Tensor._of(x)
        i = self.saved_outputs[k]
        held = self.holders[i]()
        made = output(hidden, i, x)
        if held is not None and held.node is not None:
            made.node = held.node
        return made


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a backward that is not written in Tensor operations: to differentiate it is an error, not a wrong zero.

    @staticmethod
    @once_differentiable
    def backward(ctx, g): ...
    """

    def refuse(g: Any) -> Any:
        raise RuntimeError(
            "once_differentiable: a second derivative: this backward can't be differentiated; "
            "write it in Tensor operations and drop the decorator"
        )

    @wraps(backward)
    def wrapper(ctx: FunctionCtx, *gradients: Any) -> Any:
        with no_grad():
            result = backward(ctx, *gradients)
        sources = [*ctx._inputs, *(g.node for g in gradients if g is not None and g.node is not None)]
        if not switch.on:
            return result
        call = Call(backward.__qualname__)
        call.wants[refuse], call.input_of[refuse] = (), ""

        def guarded(h: Any) -> Any:
            return h if h is None else attach(call, h.value, tuple((node, refuse, (), None) for node in sources))

        return tuple(map(guarded, result)) if isinstance(result, tuple | list) else guarded(result)

    return wrapper


class InplaceFunction(Function):
    """A Function that remembers whether it works in place: `self.inplace`."""

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

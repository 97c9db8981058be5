"""Functions that turn a function into its derivative: grad, vjp, jvp, jacrev, jacfwd, hessian.

They nest: `grad(grad(f))` is the second derivative. Arguments and results may be nested tuples, lists and dicts of
Tensors. A result has a graph only if f used something from outside that has one, or recording code surrounds the call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ..autograd.linear_map import (
    Push,
    assembled,
    assembled_columns,
    basis,
    depends_outside,
    fresh,
    pull,
    rows,
    zeros_like,
)
from ..memory import tick
from ..ops.promotion import kind
from ..recording import enable_grad, switch
from ..tensor import Tensor
from .tree import leaves, mapped, rebuilt

Argnums = int | tuple[int, ...]


class Traced:
    """One recorded call of a function: the chosen arguments at fresh places, the results, and what is around it."""

    def __init__(self, op: str, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Any, argnums: Argnums) -> None:
        numbers = argnums if isinstance(argnums, tuple) else (argnums,)
        for n in numbers:
            if not -len(args) <= n < len(args):
                raise RuntimeError(
                    f"{op}: argnums {argnums} of {len(args)} arguments: there is no such positional argument; "
                    f"give a number below {len(args)}"
                )
        chosen = tuple(args[n] for n in numbers)
        self.start = tick()
        around = switch.on
        with enable_grad():
            self.inputs = mapped(lambda x: fresh(checked(op, x)), chosen)
            filled = list(args)
            for n, x in zip(numbers, self.inputs, strict=True):
                filled[n] = x
            self.result = func(*filled, **kwargs)
        self.ins = list(leaves(self.inputs))
        self.one = not isinstance(argnums, tuple)
        outs = [y for y in leaves(self.result) if isinstance(y, Tensor)]
        # Nothing outside can ask for a derivative of these derivatives unless the function has used it.
        self.nested = around and (
            any(y.node is not None for y in leaves(chosen)) or depends_outside(outs, self.ins, self.start)
        )

    def in_form(self, values: list[Any]) -> Any:
        """One value for each input, in the structure of the chosen arguments."""
        result = rebuilt(self.inputs, iter(values))
        return result[0] if self.one else result

    def seen_outside(self, tree: Any) -> Any:
        """Results as the caller gets them: without history unless it leads outside."""
        return tree if self.nested else mapped(lambda y: y.detach() if isinstance(y, Tensor) else y, tree)


def checked(op: str, x: Any) -> Tensor:
    """x, if it is a Tensor that can be differentiated."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{op}: a {type(x).__name__} to be differentiated by: it must be a Tensor; wrap it in tensor()")
    if kind(x.dtype) < 2:
        raise TypeError(
            f"{op}: a Tensor of {x.dtype} to be differentiated by: only floats can be; convert it with float()"
        )
    return x


def present(values: list[Any], like: list[Tensor]) -> list[Tensor]:
    """The values, zeros for None."""
    return [zeros_like(x) if v is None else v for v, x in zip(values, like, strict=True)]


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that gives (gradient, value) of `func`: `value_and_grad` in PyTorch's order."""

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = Traced("grad", func, args, kwargs, argnums)
        out = call.result
        if has_aux:
            if not (isinstance(out, tuple) and len(out) == 2):
                raise RuntimeError(
                    f"grad: the function returned {type(out).__name__}: with has_aux=True it must be (output, aux); "
                    f"return both"
                )
            out = out[0]
        if not isinstance(out, Tensor) or out.ndim:
            raise RuntimeError(
                f"grad: the function returned {f'shape {out.shape}' if isinstance(out, Tensor) else type(out).__name__}"
                f": it must be a scalar Tensor; sum() or mean() it"
            )
        found = pull([out], call.ins, [Tensor._of(np.ones_like(out.value))], create_graph=call.nested)
        return call.in_form(present(found, call.ins)), call.seen_outside(call.result)

    return wrapper


def value_and_grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that gives (value, gradient) of `func`."""
    both = grad_and_value(func, argnums, has_aux)

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return value, gradient

    return wrapper


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of `func`, which returns a scalar (with `has_aux`: and something else, which is passed on).

        grad(torch.sin)(x), grad(loss, argnums=(0, 2))(weights, batch, biases)

    `argnums`: by which arguments; each may be a nested structure of Tensors, and so is its gradient.
    """
    both = grad_and_value(func, argnums, has_aux)

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return wrapper


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """(func(*primals), pullback) and with `has_aux` also what else func returned.

    `pullback(cotangents)` gives a tuple, the gradient of each primal for these gradients of the results.
    """
    call = Traced("vjp", func, primals, {}, tuple(range(len(primals))))
    result, aux = call.result if has_aux else (call.result, None)
    outs = list(leaves(result))

    def pullback(cotangents: Any) -> Any:
        seeds = matching("vjp", cotangents, outs, "cotangent")
        nested = call.nested or (switch.on and any(v.node is not None for v in seeds))
        return call.in_form(present(pull(outs, call.ins, seeds, create_graph=nested), call.ins))

    shown = call.seen_outside(result)
    return (shown, pullback, call.seen_outside(aux)) if has_aux else (shown, pullback)


def matching(op: str, tree: Any, like: list[Tensor], what: str) -> list[Tensor]:
    """The leaves of a tree of vectors, one for each of `like` and in its shape."""
    values = list(leaves(tree))
    if [x.shape for x in values] != [x.shape for x in like]:
        raise RuntimeError(
            f"{op}: {what} of shape {', '.join(str(x.shape) for x in values)} where "
            f"{', '.join(str(x.shape) for x in like)} is expected: they must be equal; give one in that form"
        )
    return [v.to(x.dtype) for v, x in zip(values, like, strict=True)]


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """(func(*primals), its derivative along the tangents), and with `has_aux` also what else func returned.

    With `strict` a result that depends on no primal is an error in place of zeros.
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise RuntimeError(
            f"jvp: primals {type(primals).__name__} and tangents {type(tangents).__name__}: they must be tuples; "
            f"give (x,) and (t,)"
        )
    call = Traced("jvp", func, primals, {}, tuple(range(len(primals))))
    result, aux = call.result if has_aux else (call.result, None)
    outs = list(leaves(result))
    along = matching("jvp", tangents, call.ins, "tangent")
    nested = call.nested or (switch.on and any(t.node is not None for t in along))
    with enable_grad():
        pushed = Push(outs, call.ins)(along, create_graph=nested)
    if strict and any(part is None for part in pushed):
        raise RuntimeError(
            f"jvp: result {pushed.index(None)} of the function: it depends on no primal, and strict=True; "
            f"check the function, or pass strict=False for zeros"
        )
    derivative = rebuilt(result, iter(present(pushed, outs)))
    shown = call.seen_outside(result)
    return (shown, derivative, call.seen_outside(aux)) if has_aux else (shown, derivative)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """(func(*primals), pushforward): `pushforward(*tangents)` gives the derivative along them, as often as is wished.

    The function runs once.
    """
    call = Traced("linearize", func, primals, {}, tuple(range(len(primals))))
    outs = list(leaves(call.result))
    with enable_grad():
        push = Push(outs, call.ins)

    def pushforward(*tangents: Any) -> Any:
        along = matching("linearize", tangents, call.ins, "tangent")
        nested = call.nested or (switch.on and any(t.node is not None for t in along))
        with enable_grad():
            pushed = push(along, create_graph=nested)
        return rebuilt(call.result, iter(present(pushed, outs)))

    return call.seen_outside(call.result), pushforward


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """`func` itself: writes into Tensors are recorded as they are, and need not be removed."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize: remove {remove!r}: it is unknown; give 'mutations' or 'mutations_and_views'"
        )
    return func


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """The Tensor itself: transforms wrap nothing."""
    return tensor


def jacrev(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """The Jacobian of `func`, one backward pass for each element of the result: (*result.shape, *argument.shape).

    `chunk_size` and `_preallocate_and_copy` have no effect: one row at a time is computed in any case.
    """

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = Traced("jacrev", func, args, kwargs, argnums)
        result, aux = call.result if has_aux else (call.result, None)
        outs = list(leaves(result))
        with enable_grad():
            blocks = [
                call.in_form([assembled([row[j] for row in part], y, x) for j, x in enumerate(call.ins)])
                for part, y in zip(rows(outs, call.ins, create_graph=call.nested), outs, strict=True)
            ]
        jacobian = rebuilt(result, iter(blocks))
        return (jacobian, call.seen_outside(aux)) if has_aux else jacobian

    return wrapper


def jacfwd(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """The Jacobian of `func`, one push for each element of the arguments: the numbers of `jacrev`.

    `randomness` has no effect: the function runs once, so all columns share its random numbers.
    """

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = Traced("jacfwd", func, args, kwargs, argnums)
        result, aux = call.result if has_aux else (call.result, None)
        outs = list(leaves(result))
        with enable_grad():
            push = Push(outs, call.ins)
            zeros = [zeros_like(x) for x in call.ins]
            columns = [
                [push([*zeros[:j], e, *zeros[j + 1 :]], create_graph=call.nested) for e in basis(x)]
                for j, x in enumerate(call.ins)
            ]
            blocks = [
                call.in_form(
                    [assembled_columns([c[i] for c in columns[j]], y, x) for j, x in enumerate(call.ins)],
                )
                for i, y in enumerate(outs)
            ]
        jacobian = rebuilt(result, iter(blocks))
        return (jacobian, call.seen_outside(aux)) if has_aux else jacobian

    return wrapper


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The second derivatives of `func`: the Jacobian of its Jacobian."""
    return jacrev(jacrev(func, argnums), argnums)

"""Jacobians, Hessians and products with them, of functions of Tensors: PyTorch's `autograd.functional`.

Inputs and outputs are a Tensor or a tuple of Tensors; results come in the same form. With `create_graph` they can be
differentiated; with `strict` an output that doesn't depend on an input is an error instead of zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..recording import enable_grad
from ..tensor import Tensor
from .linear_map import Push, assembled, assembled_columns, basis, fresh, pull, rows, zeros_like

Tensors = Tensor | Sequence[Tensor]


def as_tuple(value: Any, op: str, what: str) -> tuple[Tensor, ...]:
    """A Tensor or a sequence of them as a tuple."""
    result = tuple(value) if isinstance(value, tuple | list) else (value,)
    for x in result:
        if not isinstance(x, Tensor):
            raise TypeError(f"{op}: a {type(x).__name__} among the {what}: it must be a Tensor or a tuple of Tensors")
    return result


def recorded(op: str, func: Callable[..., Any], inputs: Tensors, create_graph: bool) -> tuple[Any, Any, Any]:
    """The inputs at fresh places, func's result, and that as a tuple."""
    ins = tuple(fresh(x if create_graph else x.detach()) for x in as_tuple(inputs, op, "inputs"))
    with enable_grad():
        result = func(*ins)
    return ins, result, as_tuple(result, op, f"results of {getattr(func, '__name__', 'func')}")


def same_form(results: Sequence[Any], like: Any) -> Any:
    """The results as a tuple if `like` is several, else the one."""
    return tuple(results) if isinstance(like, tuple | list) else results[0]


def released(tensors: Sequence[Tensor], create_graph: bool) -> list[Tensor]:
    """The Tensors, without history unless it is wanted."""
    return list(tensors) if create_graph else [x.detach() for x in tensors]


def filled(op: str, parts: Sequence[Any], like: Sequence[Tensor], strict: bool, what: str) -> list[Tensor]:
    """The parts, zeros for None; with `strict` None is an error."""
    for k, part in enumerate(parts):
        if part is None and strict:
            raise RuntimeError(
                f"{op}: {what} {k}: it is independent of the other side, and strict=True; "
                f"check the function, or pass strict=False for zeros"
            )
    return [zeros_like(x) if part is None else part for part, x in zip(parts, like, strict=True)]


def vectors(op: str, v: Any, like: Sequence[Tensor], what: str) -> list[Tensor]:
    """The vector of a product, one Tensor for each of `like`; 1 for a single scalar if not given."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"{op}: no v for {what} of shape {', '.join(str(x.shape) for x in like)}: only for one scalar it is 1; "
                f"give v in the same shape"
            )
        return [Tensor._of(np.ones_like(like[0].value))]
    given = as_tuple(v, op, "v")
    if [x.shape for x in given] != [x.shape for x in like]:
        raise RuntimeError(
            f"{op}: v of shape {', '.join(str(x.shape) for x in given)} for {what} of shape "
            f"{', '.join(str(x.shape) for x in like)}: they must be equal; reshape v"
        )
    return [x.to(y.dtype) for x, y in zip(given, like, strict=True)]


def vjp(
    func: Callable[..., Any], inputs: Tensors, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(func(*inputs), v^T J): the gradient of the inputs for a gradient `v` of the outputs."""
    ins, result, outs = recorded("vjp", func, inputs, create_graph)
    seeds = vectors("vjp", v, outs, "outputs")
    gradients = filled("vjp", pull(outs, ins, seeds, create_graph=create_graph), ins, strict, "input")
    return same_form(released(outs, create_graph), result), same_form(released(gradients, create_graph), inputs)


def jvp(
    func: Callable[..., Any], inputs: Tensors, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(func(*inputs), J v): the derivative of the outputs along `v`."""
    ins, result, outs = recorded("jvp", func, inputs, create_graph)
    tangents = vectors("jvp", v, ins, "inputs")
    with enable_grad():
        pushed = Push(outs, ins)(tangents, create_graph=create_graph)
    derivatives = filled("jvp", pushed, outs, strict, "output")
    return same_form(released(outs, create_graph), result), same_form(released(derivatives, create_graph), result)


def jacobian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """J: for each output and input a Tensor of shape (*output.shape, *input.shape).

    `strategy`: "reverse-mode" goes through the outputs' elements, "forward-mode" through the inputs'; the numbers are
    the same. `vectorize` is accepted and changes nothing.
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(
            f"jacobian: strategy {strategy!r}: it is unknown; give 'reverse-mode' (few outputs) or 'forward-mode'"
        )
    ins, result, outs = recorded("jacobian", func, inputs, create_graph)
    if strategy == "reverse-mode":
        parts = rows(outs, ins, create_graph=create_graph)
        table = [
            [[row[j] for row in parts[i]] for j in range(len(ins))] for i in range(len(outs))
        ]  # output, input, element of the output
        join = assembled
    else:
        with enable_grad():
            push = Push(outs, ins)
            columns = [
                [
                    push([e if k == j else zeros_like(other) for k, other in enumerate(ins)], create_graph=create_graph)
                    for e in basis(x)
                ]
                for j, x in enumerate(ins)
            ]
        table = [[[column[i] for column in columns[j]] for j in range(len(ins))] for i in range(len(outs))]
        join = assembled_columns
    for i, blocks in enumerate(table):
        for j, block in enumerate(blocks):
            if strict and block and all(part is None for part in block):
                raise RuntimeError(
                    f"jacobian: output {i} and input {j}: the output is independent of the input, and strict=True; "
                    f"check the function, or pass strict=False for zeros"
                )
    with enable_grad():
        whole = [
            same_form(released([join(block, y, x) for block, x in zip(blocks, ins, strict=True)], create_graph), inputs)
            for blocks, y in zip(table, outs, strict=True)
        ]
    return same_form(whole, result)


def scalar(op: str, func: Callable[..., Any]) -> Callable[..., Tensor]:
    """func, checked to return one number."""

    def checked(*args: Any) -> Tensor:
        out = func(*args)
        if not isinstance(out, Tensor) or out.numel() != 1:
            raise RuntimeError(
                f"{op}: {getattr(func, '__name__', 'func')} returned "
                f"{f'shape {out.shape}' if isinstance(out, Tensor) else type(out).__name__}: it must be one number; "
                f"sum() it"
            )
        return out.reshape(())  # type: ignore[no-any-return]

    return checked


def gradient_of(op: str, func: Callable[..., Any], strict: bool) -> Callable[..., tuple[Tensor, ...]]:
    """The function that gives the gradients of func, recorded."""

    def gradient(*args: Tensor) -> tuple[Tensor, ...]:
        out = scalar(op, func)(*args)
        found = pull([out], args, [Tensor._of(np.ones_like(out.value))], create_graph=True)
        return tuple(filled(op, found, args, strict, "input"))

    return gradient


def hessian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a scalar function: for each two inputs a Tensor (*a.shape, *b.shape)."""
    blocks = jacobian(
        gradient_of("hessian", func, strict), tuple(as_tuple(inputs, "hessian", "inputs")), create_graph, strict,
        vectorize, outer_jacobian_strategy,
    )  # fmt: skip
    return blocks if isinstance(inputs, tuple | list) else blocks[0][0]


def hvp(
    func: Callable[..., Any], inputs: Tensors, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(func(*inputs), H v) for a scalar function with Hessian H."""
    return product("hvp", func, inputs, v, create_graph, strict)


def vhp(
    func: Callable[..., Any], inputs: Tensors, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(func(*inputs), v^T H) for a scalar function with Hessian H, which is symmetric: the same as `hvp`."""
    return product("vhp", func, inputs, v, create_graph, strict)


def product(
    op: str, func: Callable[..., Any], inputs: Tensors, v: Any, create_graph: bool, strict: bool
) -> tuple[Any, Any]:
    """The Hessian's product with v: the gradient of (gradient . v)."""
    ins, _, outs = recorded(op, scalar(op, func), inputs, create_graph)
    tangents = vectors(op, v, ins, "inputs")
    with enable_grad():
        gradients = pull(outs, ins, [Tensor._of(np.ones_like(outs[0].value))], create_graph=True)
        filled(op, gradients, ins, strict, "input")
        present = [(g, t) for g, t in zip(gradients, tangents, strict=True) if g is not None]
        found = pull([g for g, _ in present], ins, [t for _, t in present], create_graph=create_graph)
    products = filled(op, found, ins, strict, "input")
    return released(outs, create_graph)[0], same_form(released(products, create_graph), inputs)

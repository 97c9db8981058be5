"""Are the derivatives right? `gradcheck` compares rules with finite differences, `gradgradcheck` their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor
from .gradient import grad


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare the gradients of func(*inputs) with central differences, element by element.

    `inputs`: float64 Tensors (others are passed on as they are); `func` returns a Tensor or several. The outputs are
    projected on fixed random numbers, so that one backward pass checks all of them. Returns True, or raises
    RuntimeError that names the input, the index and both numbers (returns False with raise_exception=False).
    A derivative is refused as proof if both sides are zero everywhere.
    """
    args = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [k for k, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError("gradcheck: no input requires a gradient: there is nothing to check; set requires_grad=True")
    for k in checked:
        if args[k].dtype != np.float64:
            raise ValueError(
                f"gradcheck: input {k} is {args[k].dtype}: finite differences need float64; convert it with double()"
            )
    weights: list[np.ndarray[Any, Any]] = []

    def projected() -> Any:
        result = func(*args)
        outs = [result] if isinstance(result, Tensor) else [y for y in result if isinstance(y, Tensor)]
        outs = [y for y in outs if y.dtype == np.float64]
        if not weights:
            rng = np.random.default_rng(0)
            weights.extend(rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1.0, 1.0], y.shape) for y in outs)
        total = (outs[0] * weights[0]).sum()
        for y, w in zip(outs[1:], weights[1:], strict=True):
            total = total + (y * w).sum()
        return total

    problem = None
    total = projected()
    if not total.requires_grad:
        problem = "the result has no graph: no rule was recorded"
        gradients: Sequence[Any] = [None] * len(checked)
    else:
        gradients = grad(total, [args[k] for k in checked], allow_unused=True)
    largest = 0.0
    for k, g in zip(checked, gradients, strict=True):
        if problem is not None:
            break
        value = args[k].value
        analytic = np.zeros_like(value) if g is None else g.value
        for index in np.ndindex(value.shape):
            kept = value[index]
            value[index] = kept + eps
            above = projected().value
            value[index] = kept - eps
            below = projected().value
            value[index] = kept
            numeric = (above - below) / (2 * eps)
            largest = max(largest, abs(numeric), abs(analytic[index]))
            if not abs(analytic[index] - numeric) <= atol + rtol * abs(numeric):
                problem = (
                    f"input {k} at {index}: the rule gives {analytic[index]:.8g}, "
                    f"central differences give {numeric:.8g}"
                )
                break
    if problem is None and largest == 0 and any(args[k].value.size for k in checked):
        problem = "every derivative is zero: that proves nothing; choose inputs at which the result changes"
    if problem is not None and raise_exception:
        raise RuntimeError(f"gradcheck: {getattr(func, '__name__', 'func')}: {problem}")
    return problem is None


def gradgradcheck(
    func: Callable[..., Any], inputs: Tensor | Sequence[Any], grad_outputs: Any = None, **options: Any
) -> bool:
    """`gradcheck` of the gradients of func(*inputs): are the rules themselves differentiated rightly?

    `grad_outputs`: the incoming gradient, random numbers if not given; its own derivative is checked too.
    """
    args = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [k for k, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    result = func(*args)
    outs = [result] if isinstance(result, Tensor) else [y for y in result if isinstance(y, Tensor)]
    wanted = [k for k, y in enumerate(outs) if y.requires_grad]
    if grad_outputs is None:
        rng = np.random.default_rng(1)
        seeds = [Tensor(rng.uniform(0.5, 1.5, outs[k].shape)) for k in wanted]
    else:
        seeds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)

    def gradients(*both: Any) -> list[Any]:
        result = func(*both[: len(args)])
        outs = [result] if isinstance(result, Tensor) else [y for y in result if isinstance(y, Tensor)]
        found = grad(
            [outs[k] for k in wanted], [both[k] for k in checked], list(both[len(args) :]),
            create_graph=True, allow_unused=True,
        )  # fmt: skip
        return [g for g in found if g is not None]

    gradients.__name__ = f"the gradient of {getattr(func, '__name__', 'func')}"
    return gradcheck(gradients, [*args, *seeds], **options)

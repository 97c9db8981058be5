"""Are the derivatives right? `gradcheck` compares rules with finite differences, `gradgradcheck` their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..recording import enable_grad
from ..tensor import Tensor
from .gradient import grad
from .linear_map import Push


class GradcheckError(RuntimeError):
    """What `gradcheck` raises where a derivative is wrong."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the gradients of func(*inputs) with central differences, element by element.

    `inputs`: float64 Tensors (others are passed on as they are); `func` returns a Tensor or several. The outputs are
    projected on fixed random numbers, so that one backward pass checks all of them. Returns True, or raises
    GradcheckError that names the input, the index and both numbers (returns False with raise_exception=False).
    A derivative is refused as proof if both sides are zero everywhere.

    `fast_mode` compares along one random direction instead of each element. `nondet_tol`: by how much a second
    backward pass may differ from the first. `check_grad_dtypes`: gradients must have their input's dtype.
    `check_forward_ad` compares the derivative along a direction (`jvp`), too; `check_backward_ad=False` only that.
    `check_undefined_grad`, `check_batched_grad`, `check_batched_forward_grad` and `masked` have no effect: there is no
    batched pass and no sparse gradient.
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
    check = Check(func, args, checked, eps, atol, rtol)
    if not check.total().requires_grad:
        problem: str | None = "the result has no graph: no rule was recorded"
    else:
        problem = None
        if check_backward_ad:
            problem = check.backward(fast_mode, nondet_tol, check_grad_dtypes)
        if check_forward_ad and problem is None:
            problem = check.forward()
        if problem is None and check.largest == 0 and any(args[k].value.size for k in checked):
            problem = "every derivative is zero: that proves nothing; choose inputs at which the result changes"
    if problem is not None and raise_exception:
        raise GradcheckError(f"gradcheck: {getattr(func, '__name__', 'func')}: {problem}")
    return problem is None


class Check:
    """A function at its inputs, projected on one number: total = sum over the outputs of (output * random weight)."""

    def __init__(
        self, func: Callable[..., Any], args: list[Any], checked: list[int], eps: float, atol: float, rtol: float
    ) -> None:
        self.func, self.args, self.checked, self.eps, self.atol, self.rtol = func, args, checked, eps, atol, rtol
        self.weights: list[np.ndarray[Any, Any]] = []
        self.largest = 0.0  # derivative seen
        self.rng = np.random.default_rng(0)

    def outputs(self) -> list[Tensor]:
        """What the function returns, as far as it is float64."""
        result = self.func(*self.args)
        outs = [result] if isinstance(result, Tensor) else [y for y in result if isinstance(y, Tensor)]
        return [y for y in outs if y.dtype == np.float64]

    def total(self) -> Any:
        """The projected result."""
        outs = self.outputs()
        if not self.weights:
            rng = self.rng
            self.weights.extend(rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1.0, 1.0], y.shape) for y in outs)
        total = (outs[0] * self.weights[0]).sum()
        for y, w in zip(outs[1:], self.weights[1:], strict=True):
            total = total + (y * w).sum()
        return total

    def difference(self, k: int, step: np.ndarray[Any, Any]) -> float:
        """The central difference of the total as input k moves by `step` and back."""
        value = self.args[k].value
        kept = value.copy()
        try:
            value[...] = kept + step
            above = self.total().value
            value[...] = kept - step
            below = self.total().value
        finally:
            value[...] = kept
        return float(above - below) / (2 * self.eps)

    def agree(self, analytic: float, numeric: float) -> bool:
        """Whether two derivatives are the same within the tolerance."""
        self.largest = max(self.largest, abs(numeric), abs(analytic))
        return bool(abs(analytic - numeric) <= self.atol + self.rtol * abs(numeric))

    def backward(self, fast: bool, nondet_tol: float, dtypes: bool) -> str | None:
        """What is wrong with the gradients, or None."""
        tensors = [self.args[k] for k in self.checked]
        gradients = grad(self.total(), tensors, allow_unused=True)
        for k, g, again in zip(self.checked, gradients, grad(self.total(), tensors, allow_unused=True), strict=True):
            if g is None:
                continue
            if dtypes and g.dtype != self.args[k].dtype:
                return f"input {k} is {self.args[k].dtype}: its gradient is {g.dtype}"
            apart = np.abs(g.value - again.value).max(initial=0)
            if apart > nondet_tol:
                return f"input {k}: two backward passes differ by {apart:.3g}, more than nondet_tol={nondet_tol}"
        for k, g in zip(self.checked, gradients, strict=True):
            value = self.args[k].value
            analytic = np.zeros_like(value) if g is None else g.value
            if fast:
                along = self.rng.standard_normal(value.shape)
                along /= max(float(np.linalg.norm(along)), 1e-300)
                rule, numeric = float((analytic * along).sum()), self.difference(k, self.eps * along)
                if not self.agree(rule, numeric):
                    return f"input {k} along a direction: the rule gives {rule:.8g}, differences give {numeric:.8g}"
                continue
            for index in np.ndindex(value.shape):
                step = np.zeros_like(value)
                step[index] = self.eps
                numeric = self.difference(k, step)
                if not self.agree(float(analytic[index]), numeric):
                    return (
                        f"input {k} at {index}: the rule gives {analytic[index]:.8g}, "
                        f"central differences give {numeric:.8g}"
                    )
        return None

    def forward(self) -> str | None:
        """What is wrong with the derivatives along a random direction of each input, or None."""
        tensors = [self.args[k] for k in self.checked]
        with enable_grad():
            outs = [y for y in self.outputs() if y.requires_grad]
            push = Push([(y * w).sum() for y, w in zip(outs, self.weights, strict=False)], tensors)
        for k, x in zip(self.checked, tensors, strict=True):
            along = self.rng.standard_normal(x.shape)
            directions = [Tensor._of(along if y is x else np.zeros_like(y.value)) for y in tensors]
            pushed = sum(float(d.item()) for d in push(directions) if d is not None)
            numeric = self.difference(k, self.eps * along)
            if not self.agree(pushed, numeric):
                return f"input {k}: forward mode gives {pushed:.8g} along a direction, differences give {numeric:.8g}"
        return None


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """`gradcheck` of the gradients of func(*inputs): are the rules themselves differentiated rightly?

    `grad_outputs`: the incoming gradient, random numbers if not given (`gen_non_contig_grad_outputs`: in memory with
    gaps); its own derivative is checked too. `check_fwd_over_rev` and `check_rev_over_rev`: forward mode of the
    gradients, their gradients. The other options are those of `gradcheck`.
    """
    args = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [k for k, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    result = func(*args)
    outs = [result] if isinstance(result, Tensor) else [y for y in result if isinstance(y, Tensor)]
    wanted = [k for k, y in enumerate(outs) if y.requires_grad]
    if grad_outputs is None:
        rng = np.random.default_rng(1)
        spread = 2 if gen_non_contig_grad_outputs else 1
        seeds = [Tensor(rng.uniform(0.5, 1.5, (*outs[k].shape, spread))[..., 0]) for k in wanted]
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
    return gradcheck(
        gradients, [*args, *seeds], eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_grad_dtypes=check_grad_dtypes, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev, fast_mode=fast_mode,
    )  # fmt: skip

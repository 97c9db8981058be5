"""L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from picograd.memory import wrote
from picograd.recording import enable_grad
from picograd.tensor import Tensor

from .flat import scratch_dtype
from .line_search import Point, strong_wolfe
from .optimizer import Array, Optimizer, Params
from .settings import at_least_zero, refuse


class LBFGS(Optimizer):
    """Newton's method with an inverse Hessian made of the last `history_size` steps, on all parameters as one vector.

        d_k = -H_k g_k,    x_{k+1} = x_k + t_k d_k
        s_k = x_{k+1} - x_k,    y_k = g_{k+1} - g_k,    rho_k = 1 / (y_k s_k)
        H_{k+1} = (1 - rho_k s_k y_k^T) H_k (1 - rho_k y_k s_k^T) + rho_k s_k s_k^T,   from  (y s / y y) 1

    One `step(closure)` makes up to `max_iter` of these; the closure computes loss and gradients anew and is called up
    to `max_eval` times (default: 1.25 max_iter). `t` is `lr` (in the first one at most lr / |g|_1), or with
    `line_search_fn="strong_wolfe"` what the search finds. A step ends early where no gradient is above
    `tolerance_grad`, or where neither x nor the loss moves by more than `tolerance_change`.

    Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989. State, with the first
    parameter: `func_evals`, `n_iter`, `d`, `t`, `old_dirs` (y), `old_stps` (s), `ro`, `H_diag`, `prev_flat_grad`,
    `prev_loss`. Raises ValueError for settings out of range or several groups, TypeError for unknown settings,
    RuntimeError for another line search. If the closure raises, parameters and state are as before.
    """

    def __init__(
        self,
        params: Params,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
        **unknown: Any,
    ) -> None:
        refuse(self, unknown)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)

    def _check(self, settings: dict[str, Any]) -> None:
        at_least_zero(self, settings, "lr")
        if settings["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError(
                f"LBFGS: line_search_fn {settings['line_search_fn']!r}: there is none such; give 'strong_wolfe' or None"
            )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take in the parameters; a second group raises ValueError."""
        if self.param_groups:
            raise ValueError(
                "LBFGS: a second parameter group: it moves all parameters as one vector; give them in one group"
            )
        super().add_param_group(param_group)

    # ---- all parameters as one vector ------------------------------------------------------------------------------

    def _vector(self, arrays: list[Array]) -> Array:
        dtype = scratch_dtype(np.result_type(*arrays))
        return np.concatenate([array.reshape(-1) for array in arrays], dtype=dtype)

    def _values(self) -> Array:
        return self._vector([p.value for p in self._parameters()])

    def _gradient(self) -> Array:
        for p in self._parameters():
            self._check_fit(p)
        return self._vector([np.asarray(p.grad) for p in self._parameters()])

    def _place(self, x: Array) -> None:
        """Write the vector `x` into the parameters."""
        start = 0
        for p in self._parameters():
            p.value[...] = x[start : start + p.value.size].reshape(p.value.shape)
            wrote(p.value, "LBFGS.step")
            start += p.value.size

    # ---- the step --------------------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Go on until `max_iter`, `max_eval` or a tolerance is reached; returns the loss at the start."""
        if closure is None:
            raise TypeError("LBFGS.step: no closure: the loss is needed at several points; give a function for it")
        closure = enable_grad()(closure)
        first = closure()
        loss, g = float(first), self._gradient()
        group, state = self.param_groups[0], dict(self.state[self._parameters()[0]])
        state["func_evals"] = state.get("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        if np.abs(g).max(initial=0) > group["tolerance_grad"]:
            x = self._values()
            try:
                with np.errstate(all="ignore"):
                    self._search(closure, x, loss, g, group, state)
            except BaseException:
                self._place(x)
                raise
        self.state[self._parameters()[0]].update(state)
        return first

    def _search(
        self,
        closure: Callable[[], Any],
        x: Array,
        loss: float,
        g: Array,
        group: dict[str, Any],
        state: dict[str, Any],
    ) -> None:
        """The iterations from `x`, where the loss is `loss` and its gradient `g`; they end in the parameters."""
        lr, tolerance, evaluations = float(group["lr"]), group["tolerance_change"], 1
        history = History(state, group["history_size"])
        d, t = history.d, history.t

        def evaluate(x: Array) -> tuple[float, Array]:
            self._place(x)
            return float(closure()), self._gradient()

        for k in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                history = History({}, group["history_size"])
                d = -g
                t = min(1.0, 1.0 / np.abs(g).sum()) * lr
            else:
                history.add(g - history.gradient, d * t)
                d, t = history.direction(g), lr
            history.gradient, history.loss = g, loss
            slope = g @ d
            if slope > -tolerance:
                break
            if group["line_search_fn"] is None:
                x = self._values() + t * d  # a closure may move the parameters, back into bounds for instance
                if k < group["max_iter"]:  # nobody asks for the loss at the end
                    loss, g = evaluate(x)
                    evaluations += 1
                else:
                    self._place(x)
            else:
                start, most = Point(0, loss, g, slope), group["max_eval"] - evaluations
                found, more = strong_wolfe(lambda way, x=x: evaluate(x + way), start, t, d, most)  # type: ignore[misc]
                t, loss, g = found.t, found.loss, found.gradient
                evaluations += more
                x = x + t * d
                self._place(x)
            if k == group["max_iter"] or evaluations >= group["max_eval"]:
                break
            if np.abs(g).max() <= group["tolerance_grad"] or np.abs(d * t).max() <= tolerance:
                break
            if abs(loss - history.loss) < tolerance:
                break
        state["func_evals"] += evaluations - 1
        history.d, history.t = d, t
        state.update(history.entries())


class History:
    """The inverse Hessian as the steps s and changes of gradient y that it is made of, the latest last."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self.size = size
        self.ys, self.steps = ([y.value for y in state.get(name, ())] for name in ("old_dirs", "old_stps"))
        self.rho, self.scale = [float(rho) for rho in state.get("ro", ())], float(state.get("H_diag", 1))
        none = Tensor._of(np.zeros(0))
        self.d, self.gradient = (state.get(name, none).value for name in ("d", "prev_flat_grad"))
        self.t, self.loss = float(state.get("t", 0)), float(state.get("prev_loss", 0))

    def entries(self) -> dict[str, Any]:
        """What the optimizer's state keeps of it."""
        return {
            "d": Tensor._of(self.d),
            "t": float(self.t),
            "old_dirs": [Tensor._of(y) for y in self.ys],
            "old_stps": [Tensor._of(s) for s in self.steps],
            "ro": self.rho,
            "H_diag": self.scale,
            "prev_flat_grad": Tensor._of(self.gradient),
            "prev_loss": self.loss,
        }

    def add(self, y: Array, s: Array) -> None:
        """Take in a step `s` that changed the gradient by `y`, unless it says nothing of a minimum; drop the oldest."""
        ys = y @ s
        if ys <= 1e-10:
            return
        self.ys.append(y)
        self.steps.append(s)
        self.rho.append(float(1.0 / ys))
        if len(self.ys) > self.size:
            del self.ys[0], self.steps[0], self.rho[0]
        self.scale = float(ys / (y @ y))

    def direction(self, g: Array) -> Array:
        """-H g, in two passes through the history."""
        q, alphas = -g, []
        for y, s, rho in zip(self.ys[::-1], self.steps[::-1], self.rho[::-1], strict=True):
            alphas.append((s @ q) * rho)
            q -= alphas[-1] * y
        q *= self.scale
        for y, s, rho, alpha in zip(self.ys, self.steps, self.rho, alphas[::-1], strict=True):
            q += (alpha - (y @ q) * rho) * s
        return q

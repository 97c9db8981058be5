"""The table of ops: one row an op and case. test_ops.py turns each row into a dozen tests.

A row's first text is what is compared with PyTorch: it runs with `m` as picograd and as torch. Further texts, after a
semicolon, are other spellings of the same (method, NumPy's call, axis for dim): they must give the same. `op` holds the
primitives by name, for those without a public function.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from picograd import ops

# ---- inputs --------------------------------------------------------------------------------------------------------

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Input:
    """How to draw one input: its shape and where its elements lie. Only reals have a gradient."""

    shape: Shape
    draw: Callable[[np.random.Generator, Shape], np.ndarray]
    is_real: bool = True

    def array(self, rng: np.random.Generator, shape: Shape | None = None) -> np.ndarray:
        return np.asarray(self.draw(rng, self.shape if shape is None else shape))


def real(*shape: int) -> Input:
    return Input(shape, lambda rng, s: rng.standard_normal(s))


def between(low: float, high: float, *shape: int) -> Input:
    return Input(shape, lambda rng, s: rng.uniform(low, high, s))


def positive(*shape: int) -> Input:
    return between(0.5, 2.0, *shape)


def apart(*shape: int, shift: float = 0.12) -> Input:
    """Numbers 0.3 apart from each other and none at 0, nor equal to those of another shift: for kinks and maxima."""

    def draw(rng: np.random.Generator, s: Shape) -> np.ndarray:
        n = int(np.prod(s))
        return (rng.permutation(n) - n // 2).reshape(s) * 0.3 + shift

    return Input(shape, draw)


def tied(*shape: int) -> Input:
    """Small whole numbers, most of them several times."""
    return Input(shape, lambda rng, s: rng.integers(0, 2, s).astype(float))


def special(*shape: int) -> Input:
    """nan, infinities and zeros among the numbers."""
    return Input(shape, lambda rng, s: rng.choice([np.nan, np.inf, -np.inf, 0.0, 1.5, -2.0], s))


def far(*shape: int) -> Input:
    """Numbers at which a naive formula overflows, among moderate ones."""
    return Input(shape, lambda rng, s: rng.choice([-1000.0, -100.0, -3.0, 0.0, 0.5, 100.0, 1000.0], s))


def whole(low: int, high: int, *shape: int) -> Input:
    return Input(shape, lambda rng, s: rng.integers(low, high, s), is_real=False)


def truth(*shape: int) -> Input:
    """Bools, of which some hold and some don't."""

    def draw(rng: np.random.Generator, s: Shape) -> np.ndarray:
        n = int(np.prod(s))
        return rng.permutation(np.arange(n) % 2 == 0).reshape(s)

    return Input(shape, draw, is_real=False)


# ---- rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One case of one op: its spellings, its inputs, and what holds for it."""

    name: str  # of the primitive
    forms: tuple[str, ...]
    inputs: dict[str, Input]
    torch: str | None  # PyTorch's text; None: it has no such function
    gradient: bool = True  # whether its result has one
    flat: bool = False  # its derivative is 0 everywhere: finite differences prove nothing
    kinked: bool = False  # drawn at a kink or at nan: compared with PyTorch, not with finite differences
    shapes: tuple[Shape, ...] = ()  # shapes that all real inputs may have as well
    half: bool = True  # whether it takes float16

    @property
    def id(self) -> str:
        shapes = ",".join("x".join(map(str, i.shape)) or "()" for i in self.inputs.values())
        return f"{self.name}: {self.forms[0]} [{shapes}]"

    @property
    def reals(self) -> list[str]:
        return [name for name, i in self.inputs.items() if i.is_real]

    def draw(self, seed: int = 0, shape: Shape | None = None) -> dict[str, np.ndarray]:
        """Fresh arrays for the inputs, float64 the real ones; `shape` in place of the shape of the real ones."""
        rng = np.random.default_rng(seed)
        return {name: i.array(rng, shape if i.is_real else None) for name, i in self.inputs.items()}


def assigned(x: Any, index: Any, value: Any) -> Any:
    """A copy of x after `x[index] = value`."""
    x = x.clone()
    x[index] = value
    return x


@cache
def compiled(text: str) -> CodeType:
    return compile(text, text, "eval")


def evaluate(text: str, module: Any, inputs: dict[str, Any]) -> list[Any]:
    """The results of a row's text on these inputs, as a list (most have one)."""
    scope = {"m": module, "np": np, "op": ops.by_name, "assigned": assigned, **inputs}
    result = eval(compiled(text), scope)
    return list(result) if isinstance(result, tuple | list) else [result]


def row(name: str, text: str, torch: str | None = "", **options: Any) -> Row:
    """A row; keywords that hold an Input are inputs."""
    inputs = {key: value for key, value in options.items() if isinstance(value, Input)}
    rest = {key: value for key, value in options.items() if key not in inputs}
    forms = tuple(form.strip() for form in text.split("; "))
    return Row(name, forms, inputs, forms[0] if torch == "" else torch, **rest)


ANY = ((), (0,), (2, 0, 3), (1,), (2, 1, 3))  # shapes for elementwise ops


def unary(name: str, text: str, x: Input, **options: Any) -> Row:
    return row(name, text, x=x, shapes=ANY, **options)


def binary(name: str, text: str, x: Input, y: Input, **options: Any) -> list[Row]:
    """A row for equal shapes and one for each way to broadcast."""
    pairs = [((3, 4), (3, 4)), ((3, 1), (4,)), ((4,), (2, 3, 4)), ((2, 3), ()), ((), (2, 3))]
    texts = [text] + [text.split("; ")[0]] * (len(pairs) - 1)
    return [
        row(name, t, x=Input(a, x.draw), y=Input(b, y.draw), shapes=ANY if a == b else (), **options)
        for t, (a, b) in zip(texts, pairs, strict=True)
    ]


ELEMENTWISE = [
    unary("neg", "-x; m.neg(x); x.neg(); x.negative(); np.negative(x)", real(3, 4)),
    unary("abs", "m.abs(x); abs(x); x.abs(); np.abs(x); np.fabs(x)", apart(3, 4)),
    unary("abs", "m.abs(x)", tied(3, 4), kinked=True),
    unary("sign", "m.sign(x); x.sign(); np.sign(x)", apart(3, 4), flat=True),
    unary("exp", "m.exp(x); x.exp(); np.exp(x)", real(3, 4)),
    unary("log", "m.log(x); x.log(); np.log(x)", positive(3, 4)),
    unary("log", "m.log(x)", special(3, 4), kinked=True),
    unary("sqrt", "m.sqrt(x); x.sqrt(); np.sqrt(x)", positive(3, 4)),
    unary("sqrt", "m.sqrt(x)", between(-2, -1, 3, 4), kinked=True),
    unary("square", "m.square(x); x.square(); np.square(x)", real(3, 4)),
    unary("sin", "m.sin(x); x.sin(); np.sin(x)", real(3, 4)),
    unary("cos", "m.cos(x); x.cos(); np.cos(x)", real(3, 4)),
    unary("tanh", "m.tanh(x); x.tanh(); np.tanh(x)", real(3, 4)),
    unary("tanh", "m.tanh(x)", far(3, 4), kinked=True),
    unary("sigmoid", "m.sigmoid(x); x.sigmoid()", real(3, 4)),
    unary("sigmoid", "m.sigmoid(x)", far(3, 4), kinked=True),
    unary("relu", "m.relu(x); x.relu()", apart(3, 4)),
    unary("relu", "m.relu(x)", tied(3, 4), kinked=True),
    unary("leaky_relu", "op['leaky_relu'](x)", apart(3, 4), torch="m.nn.functional.leaky_relu(x)"),
    unary("leaky_relu", "op['leaky_relu'](x, 0.3); op['leaky_relu'](x, negative_slope=0.3)", apart(3, 4),
          torch="m.nn.functional.leaky_relu(x, 0.3)"),
    unary("clamp", "m.clamp(x, -0.4, 0.7); x.clamp(min=-0.4, max=0.7); x.clip(-0.4, 0.7); np.clip(x, -0.4, 0.7)",
          apart(3, 4)),
    unary("clamp", "m.clamp(x, min=-0.4); x.clamp(-0.4)", apart(3, 4)),
    unary("clamp", "m.clamp(x, max=0.7); x.clamp(None, 0.7)", apart(3, 4)),
    unary("clamp", "m.clamp(x, 0, 1)", tied(3, 4), kinked=True),
    row("clamp", "m.clamp(x, y, z); x.clamp(y, max=z); x.clamp(min=y, max=z); np.clip(x, y, z)",
        x=apart(3, 4), y=between(-1, -0.5, 4), z=between(0.5, 1, 3, 1)),
    row("clamp", "m.clamp(x, y, z)", x=tied(4, 4), y=tied(4, 4), z=tied(4), kinked=True),
    row("clamp", "m.clamp(x, max=y)", x=apart(3, 4), y=between(-0.05, 0.05, 3, 4)),
    unary("clone", "m.clone(x); x.clone(); np.copy(x)", real(3, 4)),
    *binary("add", "x + y; m.add(x, y); x.add(y); np.add(x, y)", real(), real()),
    *binary("sub", "x - y; m.sub(x, y); x.sub(y); x.subtract(y); np.subtract(x, y)", real(), real()),
    *binary("mul", "x * y; m.mul(x, y); x.mul(y); x.multiply(y); np.multiply(x, y)", real(), real()),
    *binary("div", "x / y; m.div(x, y); x.div(y); x.divide(y); x.true_divide(y); np.divide(x, y)",
            real(), positive()),
    *binary("pow", "x ** y; m.pow(x, y); x.pow(y); np.power(x, y)", positive(), real()),
    *binary("maximum", "m.maximum(x, y); x.maximum(y); x.max(y); m.max(x, y); np.maximum(x, y)",
            apart(), apart(shift=0.22)),
    *binary("minimum", "m.minimum(x, y); x.minimum(y); x.min(y); m.min(x, y); np.minimum(x, y)",
            apart(), apart(shift=0.22)),
    row("maximum", "m.maximum(x, y)", x=tied(4, 4), y=tied(4, 4), kinked=True),
    row("minimum", "m.minimum(x, y)", x=tied(4, 4), y=tied(4, 4), kinked=True),
    unary("add", "x + 2; 2 + x; x + 2.0; m.add(x, 2)", real(3, 4)),
    unary("sub", "2.5 - x; -(x - 2.5)", real(3, 4)),
    unary("div", "2.5 / x", positive(3, 4)),
    unary("pow", "x ** 2; x.pow(2); x * x", real(3, 4)),
    unary("pow", "x ** 3", real(3, 4)),
    unary("pow", "x ** -1.5", positive(3, 4)),
    unary("pow", "x ** 1", real(3, 4)),
    unary("pow", "x ** 0", real(3, 4), flat=True),
    unary("pow", "2.5 ** x", real(3, 4)),
    row("pow", "x ** 2", x=tied(3, 4), kinked=True),
    row("pow", "x ** y", x=tied(4, 4), y=tied(4, 4), kinked=True),
    row("where", "m.where(c, x, y); x.where(c, y); np.where(c, x, y)", c=truth(3, 4), x=real(3, 4), y=real(3, 4)),
    row("where", "m.where(c, x, y)", c=truth(3, 1), x=real(4), y=real(2, 1, 1)),
    row("where", "m.where(x > 0, x, 0.0); np.where(x > 0, x, 0.0)", x=apart(3, 4), shapes=ANY),
    row("where", "m.masked_fill(x, c, -2.0); x.masked_fill(c, -2.0)", c=truth(4), x=real(3, 4)),
]  # fmt: skip

LOGIC = [
    *binary("eq", "x == y; m.eq(x, y); x.eq(y); np.equal(x, y)", tied(), tied(), gradient=False),
    *binary("ne", "x != y; m.ne(x, y); x.ne(y); np.not_equal(x, y)", tied(), tied(), gradient=False),
    *binary("lt", "x < y; m.lt(x, y); x.lt(y); x.less(y); np.less(x, y)", tied(), tied(), gradient=False),
    *binary("le", "x <= y; m.le(x, y); x.le(y); x.less_equal(y); np.less_equal(x, y)", tied(), tied(),
            gradient=False),
    *binary("gt", "x > y; m.gt(x, y); x.gt(y); x.greater(y); np.greater(x, y)", tied(), tied(), gradient=False),
    *binary("ge", "x >= y; m.ge(x, y); x.ge(y); x.greater_equal(y); np.greater_equal(x, y)", tied(), tied(),
            gradient=False),
    *binary("logical_and", "m.logical_and(x, y); x.logical_and(y); np.logical_and(x, y)", tied(), tied(),
            gradient=False),
    *binary("logical_or", "m.logical_or(x, y); x.logical_or(y); np.logical_or(x, y)", tied(), tied(),
            gradient=False),
    unary("logical_not", "m.logical_not(x); x.logical_not(); np.logical_not(x)", tied(3, 4), gradient=False),
    unary("isnan", "m.isnan(x); x.isnan(); np.isnan(x)", special(3, 4), gradient=False),
    unary("isinf", "m.isinf(x); x.isinf(); np.isinf(x)", special(3, 4), gradient=False),
    unary("isfinite", "m.isfinite(x); x.isfinite(); np.isfinite(x)", special(3, 4), gradient=False),
    *[row(name, f"x {sign} y; np.{name}(x, y)", x=kind, y=kind, gradient=False)
      for name, sign in (("bitwise_and", "&"), ("bitwise_or", "|"), ("bitwise_xor", "^"))
      for kind in (whole(0, 9, 3, 4), truth(3, 4))],
    row("bitwise_not", "~x; np.bitwise_not(x)", x=whole(0, 9, 3, 4), gradient=False),
    row("bitwise_not", "~x; np.logical_not(x)", x=truth(3, 4), gradient=False),
]  # fmt: skip


def reductions(name: str, x: Input, numpy: str = "", **options: Any) -> list[Row]:
    """Rows of a reduction that takes axis None, a number or several, and keepdims."""
    cube = Input((2, 3, 4), x.draw)
    np_name = numpy or name
    calls = [
        f"m.{name}(x); x.{name}(); x.{name}(axis=None); np.{np_name}(x)",
        f"m.{name}(x, dim=1); x.{name}(1); x.{name}(axis=1); m.{name}(x, axis=-2); np.{np_name}(x, axis=1)",
        f"m.{name}(x, dim=-1); x.{name}(-1); x.{name}(axis=(-1,)); np.{np_name}(x, -1)",
        f"m.{name}(x, dim=(0, 2)); x.{name}((0, -1)); x.{name}(axis=(2, 0)); np.{np_name}(x, axis=(0, 2))",
        f"m.{name}(x, dim=1, keepdim=True); x.{name}(dim=1, keepdim=True); x.{name}(axis=1, keepdims=True)"
        f"; x.{name}(1, keepdims=True); np.{np_name}(x, axis=1, keepdims=True)",
        f"m.{name}(x, dim=(0, 1), keepdim=True); x.{name}((1, 0), keepdims=True)",
    ]
    calls = ["; ".join(f for f in c.split("; ") if numpy is not None or "np." not in f) for c in calls]
    others = [((), calls[0]), ((), f"m.{name}(x, dim=-1)"), ((1, 1), f"m.{name}(x, dim=0)")]
    return [row(name, c, x=cube, **options) for c in calls] + [
        row(name, c, x=Input(s, x.draw), **options) for s, c in others
    ]


REDUCTION = [
    *reductions("sum", real()),
    row("sum", "m.sum(x)", x=real(0)),
    row("sum", "m.sum(x, dim=1)", x=real(2, 0, 3)),
    *reductions("mean", real()),
    row("mean", "m.mean(x)", x=real(0), kinked=True),
    row("mean", "m.mean(x, dim=0)", x=real(2, 0, 3)),
    *[r for r in reductions("var", real(), numpy=None) if r.inputs["x"].shape == (2, 3, 4)],
    *[r for r in reductions("std", real(), numpy=None) if r.inputs["x"].shape == (2, 3, 4)],
    *[row(name, f"m.{name}(x, dim=1, correction=0); x.{name}(1, 0); x.{name}(dim=1, unbiased=False)"
          f"; x.{name}(axis=1, ddof=0); np.{name}(x, axis=1); np.{name}(x, 1, ddof=0)", x=real(2, 3, 4))
      for name in ("var", "std")],
    row("var", "m.var(x, dim=(0, 1), correction=2, keepdim=True)", x=real(2, 3, 4)),
    *reductions("amax", apart()),
    *reductions("amin", apart()),
    row("amax", "m.amax(x, dim=1); x.amax(1)", x=tied(3, 4), kinked=True),
    row("amin", "m.amin(x, dim=1); x.amin(1)", x=tied(3, 4), kinked=True),
    row("amax", "m.max(x); x.max(); np.max(x)", x=tied(3, 4), kinked=True),
    row("amax", "m.max(x); x.max(); x.max(axis=None)", x=apart(3, 4)),
    row("amin", "m.min(x); x.min(); np.min(x)", x=apart(3, 4)),
    row("amax", "m.amax(x, dim=0)", x=real(2, 0, 3)),
    *[row("gather", f"m.{name}(x, dim=1); m.{name}(x, 1); x.{name}(-2); x.{name}(dim=1)", x=x, **kinked)
      for name in ("max", "min") for x, kinked in ((apart(2, 3, 4), {}), (tied(2, 3, 4), {"kinked": True}))],
    *[row("gather", f"m.{name}(x, dim=0, keepdim=True); x.{name}(0, True)", x=apart(3, 4)) for name in ("max", "min")],
    *[row("gather", f"m.{name}(x, 0)", x=apart()) for name in ("max", "min")],
    *[row(f"a{name}", f"x.{name}(axis=1); np.{name}(x, axis=1); np.a{name}(x, 1)", torch=f"m.a{name}(x, 1)",
          x=apart(2, 3, 4)) for name in ("max", "min")],
    *[r for r in reductions("logsumexp", real(), numpy=None) if "dim" in r.forms[0]],
    row("logsumexp", "m.logsumexp(x, 1)", x=between(900, 1100, 3, 4)),
    row("logsumexp", "m.logsumexp(x, 1)", x=special(6, 2), kinked=True),
    row("logsumexp", "x.logsumexp(); x.logsumexp(axis=None)", torch="m.logsumexp(x, (0, 1))", x=real(3, 4)),
    row("logsumexp", "m.logsumexp(x, 0)", x=real(0, 3)),
    *[row(name, text.replace("arg", name), x=kind(3, 4), gradient=False)
      for name in ("argmax", "argmin")
      for kind in (apart, tied)
      for text in ("m.arg(x); x.arg(); np.arg(x)",
                   "m.arg(x, dim=1); x.arg(1); x.arg(axis=-1); np.arg(x, axis=1)",
                   "m.arg(x, 0, keepdim=True); x.arg(0, keepdims=True); np.arg(x, 0, keepdims=True)")],
    *[row(name, text.replace("some", name), x=x, gradient=False)
      for name in ("any", "all")
      for x in (tied(3, 2), truth(3, 2), whole(0, 2, 3, 2), real(0, 2))
      for text in ("m.some(x); x.some(); np.some(x)",
                   "m.some(x, dim=1); x.some(1); x.some(axis=-1); np.some(x, axis=1)",
                   "m.some(x, dim=0, keepdim=True); x.some(0, keepdims=True); np.some(x, 0, keepdims=True)")],
    *[row(name, text.replace("soft", name), x=x, shapes=shapes)
      for name in ("softmax", "log_softmax")
      for x, text, shapes in (
          (real(3, 4), "m.soft(x, dim=1); x.soft(1); x.soft(); x.soft(axis=-1); m.soft(x, axis=1)", ((2, 0),)),
          (real(2, 3, 4), "m.soft(x, 1); x.soft(-2)", ((2, 1, 2),)),
          (between(900, 1100, 3, 4), "m.soft(x, 0)", ()),
          (real(1), "m.soft(x, -1)", ()))],
    row("softmax", "m.softmax(x, 0)", x=real(), flat=True),
    row("log_softmax", "m.log_softmax(x, 0)", x=real(), flat=True),
]  # fmt: skip
# The softmax of one element is 1 whatever it is.
REDUCTION = [
    Row(**{**vars(r), "flat": True}) if r.name.endswith("softmax") and r.inputs["x"].shape == (1,) else r
    for r in REDUCTION
]

CONTRACTION = [
    *[row("matmul", "x @ y; m.matmul(x, y); x.matmul(y); np.matmul(x, y)", x=real(*a), y=real(*b))
      for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)),
                   ((3,), (5, 3, 2)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((2, 2, 3), (2, 3, 4)),
                   ((2, 1, 2, 3), (2, 3, 2)), ((1, 2, 3), (2, 3, 2)), ((2, 3, 1, 2), (1, 1, 2, 2)),
                   ((1, 2, 2, 3), (2, 1, 3, 2)), ((2, 1, 2, 3), (3,)), ((1, 1), (1, 1)), ((2, 2), (2, 2)),
                   ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3), (3, 0)), ((0, 2, 3), (3, 2)), ((0,), (0,)))],
    *[row("dot", "m.dot(x, y); x.dot(y); np.dot(x, y)", torch=reference, x=real(*a), y=real(*b))
      for a, b, reference in (
          ((3,), (3,), "m.dot(x, y)"), ((2, 3), (3,), "x @ y"), ((3,), (3, 2), "x @ y"), ((2, 3), (3, 4), "x @ y"),
          ((2, 3, 4), (4,), "x @ y"), ((4,), (2, 4, 3), "m.tensordot(x, y, ([0], [1]))"),
          ((2, 3), (2, 3, 4), "m.tensordot(x, y, ([1], [1]))"), ((2, 2, 3), (3, 4), "x @ y"),
          ((2, 2, 3), (2, 3, 2), "m.tensordot(x, y, ([2], [1]))"),
          ((2, 3), (2, 1, 3, 2), "m.tensordot(x, y, ([1], [2]))"),
          ((), (2, 3), "x * y"), ((2, 3), (), "x * y"), ((), (), "x * y"), ((0,), (0,), "x @ y"),
          ((2, 0), (0, 3), "x @ y"), ((0, 3), (3, 2), "x @ y"))],
    *[row("linear", "op['linear'](x, w, b); x @ w.T + b", torch="m.nn.functional.linear(x, w, b)",
          x=real(*x), w=real(4, 3), b=real(4))
      for x in ((3,), (2, 3), (2, 2, 3), (2, 1, 2, 3), (0, 3), (2, 0, 3))],
    row("linear", "op['linear'](x, w); op['linear'](x, w, None)", torch="m.nn.functional.linear(x, w)",
        x=real(2, 3), w=real(4, 3)),
    row("linear", "op['linear'](x, w)", torch="m.nn.functional.linear(x, w)", x=real(2, 2, 3), w=real(4, 3)),
    row("linear", "op['linear'](x, w)", torch="m.nn.functional.linear(x, w)", x=real(2, 2, 3), w=real(3)),
    row("linear", "op['linear'](x, w, b)", torch="m.nn.functional.linear(x, w) + b", x=real(2, 3), w=real(3), b=real()),
    *[row("einsum", f"m.einsum({s!r}, x); np.einsum({s!r}, x)", x=real(*shape))
      for s, shape in (("ij->ji", (2, 3)), ("ij->i", (2, 3)), ("ij->", (2, 3)), ("ii", (3, 3)), ("ii->i", (3, 3)),
                       ("iji->j", (2, 3, 2)), ("iij->ij", (2, 2, 3)), ("iii->i", (3, 3, 3)), ("ij->ij", (2, 3)),
                       ("...ij->...ji", (2, 3, 4)), ("ijk->ik", (2, 3, 2)), ("ba", (2, 3)), ("...", (2, 3)),
                       ("i...->...", (2, 3)))],
    *[row("einsum", f"m.einsum({s!r}, x, y); m.einsum({s!r}, [x, y]); np.einsum({s!r}, x, y)",
          x=real(*a), y=real(*b))
      for s, a, b in (("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
                      ("i,j->ij", (2,), (3,)), ("i,i->", (3,), (3,)), ("i,i", (3,), (3,)), ("ij,ij->i", (2, 3), (2, 3)),
                      ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)), ("...i,...i->...", (2, 3), (3,)),
                      ("ij,kj->ik", (2, 3), (4, 3)), ("ij,k->i", (2, 3), (2,)), ("ii,ij->j", (2, 2), (2, 3)),
                      ("i...,i->...", (2, 3), (2,)), (" ij , jk -> ik ", (2, 3), (3, 2)), ("ij,j->ij", (2, 3), (1,)),
                      ("ij,jk->ik", (2, 0), (0, 3)), ("b...,b...->b...", (2, 3), (2, 3)))],
    row("einsum", "m.einsum('ij,jk,kl->il', x, y, z); np.einsum('ij,jk,kl->il', x, y, z)",
        x=real(2, 3), y=real(3, 2), z=real(2, 4)),
    row("einsum", "m.einsum('bn,anm,bm->ba', x, y, z)", x=real(2, 3), y=real(2, 3, 2), z=real(2, 2)),
    row("einsum", "m.einsum('i,,j->ij', x, y, z)", x=real(2), y=real(), z=real(3)),
]  # fmt: skip

MOVEMENT = [
    row("reshape", "m.reshape(x, (3, 4)); x.reshape(3, 4); x.reshape((3, -1)); x.view(3, 4); x.reshape([3, 4])"
        "; np.reshape(x, (3, 4))", x=real(2, 6)),
    row("reshape", "m.reshape(x, (-1,)); x.reshape(-1); x.flatten(); m.flatten(x); np.ravel(x)", x=real(2, 3, 2)),
    row("reshape", "m.reshape(x, ()); x.reshape(()); x.view(())", x=real(1, 1)),
    row("reshape", "m.reshape(x, (1, 1)); x.reshape(1, 1)", x=real()),
    row("reshape", "m.reshape(x, (3, 0)); x.reshape(3, 0)", x=real(0, 2)),
    row("reshape", "m.flatten(x, 1); x.flatten(start_dim=1); x.flatten(1, -1)", x=real(2, 3, 2)),
    row("reshape", "m.flatten(x, 0, 1); x.flatten(end_dim=1)", x=real(2, 3, 2)),
    row("reshape", "m.flatten(x); x.flatten()", x=real()),
    row("reshape", "m.unflatten(x, 1, (2, 3)); x.unflatten(-1, (2, -1)); x.unflatten(1, [2, 3])", x=real(2, 6)),
    row("permute", "m.permute(x, (2, 0, 1)); x.permute(2, 0, 1); x.permute((-1, 0, 1)); x.permute(dims=(2, 0, 1))"
        "; np.transpose(x, (2, 0, 1)); x.transpose((2, 0, 1))", x=real(2, 3, 4)),
    row("permute", "m.t(x); x.t(); x.T; np.transpose(x); x.transpose(); x.transpose(None); np.permute_dims(x)",
        x=real(2, 3)),
    row("permute", "m.t(x); x.t()", x=real(3)),
    row("permute", "m.permute(x, ()); x.permute(())", x=real()),
    row("swapaxes", "m.transpose(x, 0, 2); x.transpose(0, 2); x.transpose(-3, -1); m.swapaxes(x, 0, 2)"
        "; x.swapaxes(2, 0); x.swapdims(0, -1); np.swapaxes(x, 0, 2); x.transpose(dim0=0, dim1=2)", x=real(2, 3, 4)),
    row("swapaxes", "x.mT; x.transpose(-1, -2)", x=real(2, 3, 4)),
    row("swapaxes", "m.transpose(x, 0, 0)", x=real()),
    row("movedim", "m.movedim(x, 0, 2); x.movedim(0, -1); x.moveaxis(0, 2); x.movedim(source=0, destination=2)"
        "; np.moveaxis(x, 0, 2)", x=real(2, 3, 4)),
    row("movedim", "m.movedim(x, (0, 1), (1, 2)); x.movedim((0, 1), (1, 2)); np.moveaxis(x, (0, 1), (1, 2))",
        x=real(2, 3, 4)),
    row("broadcast_to", "m.broadcast_to(x, (2, 3, 4)); x.expand(2, 3, 4); x.expand((2, -1, 4)); x.expand(2, 3, -1)"
        "; x.broadcast_to((2, 3, 4)); np.broadcast_to(x, (2, 3, 4))", x=real(3, 4)),
    row("broadcast_to", "x.expand(3, 4); x.expand(3, -1); m.broadcast_to(x, (3, 4))", x=real(1, 4)),
    row("broadcast_to", "x.expand(3, -1, 2)", x=real(2, 1)),
    row("broadcast_to", "x.expand(2, 3); m.broadcast_to(x, (2, 3))", x=real()),
    row("broadcast_to", "x.expand(0, 3)", x=real(1, 3), flat=True),
    row("squeeze", "m.squeeze(x); x.squeeze(); np.squeeze(x)", x=real(1, 3, 1, 2)),
    row("squeeze", "m.squeeze(x, 0); x.squeeze(0); x.squeeze(dim=-4); x.squeeze(axis=0); np.squeeze(x, 0)",
        x=real(1, 3, 1, 2)),
    row("squeeze", "m.squeeze(x, (0, 1, 2)); x.squeeze((0, 2))", x=real(1, 3, 1, 2)),
    row("squeeze", "m.squeeze(x, 1); x.squeeze(1)", x=real(1, 3)),
    row("squeeze", "m.squeeze(x, 0)", x=real()),
    row("unsqueeze", "m.unsqueeze(x, 1); x.unsqueeze(1); x.unsqueeze(dim=-2); x.unsqueeze(axis=1)"
        "; np.expand_dims(x, 1); x[:, None]", x=real(2, 3)),
    row("unsqueeze", "m.unsqueeze(x, -1); x.unsqueeze(0)", x=real()),
    row("unsqueeze", "np.expand_dims(x, (0, 2))", torch="x[None, :, None]", x=real(3)),
    row("flip", "m.flip(x, (0, 2)); x.flip((0, -1)); x.flip(dims=(0, 2)); x.flip(0, 2); np.flip(x, (0, 2))",
        x=real(2, 3, 4)),
    row("flip", "m.flip(x, (1,)); x.flip(1); np.flip(x, 1)", x=real(2, 3)),
    row("flip", "x.flip(); np.flip(x)", torch="m.flip(x, (0, 1))", x=real(2, 3)),
    row("flip", "m.flip(x, (1,))", x=real(2, 0)),
    row("concatenate", "m.cat((x, y)); m.cat([x, y], 0); m.cat([x, y], dim=0); m.concatenate([x, y], axis=0)"
        "; m.concatenate((x, y), dim=0); np.concatenate([x, y]); np.vstack([x, y]); m.cat(tensors=[x, y])",
        x=real(2, 3), y=real(1, 3)),
    row("concatenate", "m.cat([x, y], 1); m.cat([x, y], -1); m.cat([x, y], axis=1); np.concatenate([x, y], 1)"
        "; np.hstack([x, y])", x=real(2, 3), y=real(2, 2)),
    row("concatenate", "m.cat([x, y])", x=real(0), y=real(2, 3)),
    row("concatenate", "m.cat([x, y], 1)", x=real(2, 0), y=real(2, 3)),
    row("concatenate", "m.cat([x, y, x], 1)", x=real(2, 1, 2), y=real(2, 3, 2)),
    row("stack", "m.stack((x, y)); m.stack([x, y], 0); np.stack([x, y]); m.stack([x, y], axis=-3)",
        x=real(2, 3), y=real(2, 3)),
    row("stack", "m.stack([x, y], 1); m.stack([x, y], dim=-2); m.stack([x, y], axis=1); np.stack([x, y], axis=1)",
        x=real(2, 3), y=real(2, 3)),
    row("stack", "m.stack([x, y, x], -1)", x=real(2), y=real(2)),
    row("stack", "m.stack([x, y]); np.stack([x, y])", x=real(), y=real()),
    row("getitem", "m.split(x, 2); x.split(2); x.split([2, 2, 1]); x.split(split_size=2); m.split(x, 2, dim=0)"
        "; np.split(x, [2, 4])", x=real(5, 2)),
    row("getitem", "m.split(x, [1, 2], 1); x.split((1, 2), dim=-1); np.split(x, [1], 1)", x=real(2, 3)),
    row("getitem", "m.chunk(x, 3); x.chunk(3); x.chunk(chunks=3, dim=0)", x=real(7, 2)),
    row("getitem", "m.chunk(x, 2, 1); x.chunk(2, -1); np.split(x, 2, axis=1)", x=real(2, 4)),
    row("getitem", "m.unbind(x); x.unbind(); x.unbind(0); tuple(x)", x=real(2, 3)),
    row("getitem", "m.unbind(x, 1); x.unbind(-1); x.unbind(dim=1)", x=real(2, 3)),
    row("astype", "x.float(); x.type(m.float32); x.to(m.float32); x.to(dtype=m.float32)", x=real(2, 3), kinked=True),
    row("astype", "x.double(); x.to(m.float64); x.clone()", x=real(2, 3)),
    row("clone", "x.contiguous() * 1; x * 1", x=real(2, 3)),
]  # fmt: skip

INDEX = [
    *[row("getitem", f"x[{index}]", x=real(4, 3, 2))
      for index in ("1", "-1", "1:3", "::2", "1:1", "...", "..., 0", "None", ":, None", "1, ..., None",
                    "1:, 0, None, ::1", "()", "0, 1, 1", "[0, 0, 2]", "[0, 2], [1, 1]", ":, [0, 0, 2]", "0, [1, 1, 2]",
                    "[0, 1], :, [1, 1]", "np.array([0, 0, 1])", "[True, False, True, True]", "None, [0, 0]")],
    row("getitem", "x[()]; x[...]", x=real()),
    row("getitem", "x[None]; x.reshape(1)", x=real()),
    row("getitem", "x[1:2, 5:]", x=real(4, 3), flat=True),
    row("getitem", "x[::-1]; m.flip(x, (0,)); np.flip(x, 0)", torch="m.flip(x, (0,))", x=real(4, 3)),
    row("getitem", "x[i]", x=real(4, 3), i=whole(-4, 4, 6)),
    row("getitem", "x[i]", x=real(4, 3), i=whole(0, 4, 2, 3)),
    row("getitem", "x[i, j]", x=real(4, 3), i=whole(0, 4, 5), j=whole(0, 3, 5)),
    row("getitem", "x[i, j]", x=real(4, 3), i=whole(0, 4, 2, 1), j=whole(0, 3, 3)),
    row("getitem", "x[:, i]", x=real(2, 3, 2), i=whole(0, 3, 4)),
    row("getitem", "x[i, :, j]", x=real(2, 3, 2), i=whole(0, 2, 3), j=whole(0, 2, 3)),
    row("getitem", "x[i, 1:, None]", x=real(3, 3), i=whole(0, 3, 2)),
    row("getitem", "x[i]", x=real(3, 2), i=whole(0, 3)),
    row("getitem", "x[c]", x=real(4, 3), c=truth(4, 3)),
    row("getitem", "x[c]", x=real(4, 3), c=truth(4)),
    row("getitem", "x[:, c]", x=real(3, 4), c=truth(4)),
    row("getitem", "x[c, 1]", x=real(4, 3), c=truth(4)),
    row("getitem", "x[c, i]", x=real(4, 3), c=truth(4), i=whole(0, 3, 2)),
    row("getitem", "x[x > 0]", x=apart(3, 4)),
    row("getitem", "x[i]", x=real(3), i=whole(0, 3, 0), flat=True),
    row("getitem", "m.index_select(x, 1, i); x.index_select(1, i); x.index_select(dim=-1, index=i)"
        "; np.take(x, i, axis=1); x[:, i]", x=real(2, 3), i=whole(0, 3, 5)),
    row("getitem", "np.take(x, i)", torch="m.take(x, i)", x=real(2, 3), i=whole(0, 6, 2, 2)),
    row("gather", "m.gather(x, 1, i); x.gather(1, i); x.gather(-1, i); x.gather(dim=1, index=i)"
        "; np.take_along_axis(x, i, 1); x.gather(index=i, dim=1)", x=real(3, 4), i=whole(0, 4, 3, 5)),
    row("gather", "m.gather(x, 0, i); x.gather(0, i); np.take_along_axis(x, i, 0)", x=real(3, 4), i=whole(0, 3, 2, 4)),
    row("gather", "m.gather(x, 1, i)", x=real(3, 4), i=whole(0, 4, 2, 3)),  # fewer rows than x
    row("gather", "m.gather(x, 2, i)", x=real(2, 3, 4), i=whole(0, 4, 2, 3, 1)),
    row("put", "op['put'](x, i, (4, 3))", torch="m.zeros(4, 3, dtype=x.dtype).index_put((i,), x, accumulate=True)",
        x=real(6, 3), i=whole(0, 4, 6)),
    row("put", "op['put'](x, (slice(1, 3), None), (4, 3))", x=real(2, 1, 3),
        torch="m.zeros(4, 3, dtype=x.dtype).slice_scatter(x[:, 0], 0, 1, 3)"),
    *[row("setitem", f"assigned(x, {index}, y); op['setitem'](x, y, {index})", x=real(4, 3), y=real(*shape), **more)
      for index, shape, more in (
          ("1", (3,), {}), ("slice(1, 3)", (2, 3), {}), ("slice(1, 3)", (1,), {}), ("(slice(None), 0)", (4,), {}),
          ("...", (), {}), ("(0, 1)", (), {}), ("[0, 2]", (2, 3), {}), ("([0, 2], [1, 1])", (2,), {}),
          ("i", (2, 3), {"i": Input((2,), lambda rng, s: np.array([3, 1]), is_real=False)}),
          ("c", (), {"c": truth(4, 3)}), ("c", (2, 3), {"c": truth(4)}), ("(slice(None), c)", (4, 2), {"c": truth(3)}),
          ("slice(2, 2)", (3,), {}))],
    row("setitem", "assigned(x, c, 2.0); x.masked_fill(c, 2.0)", x=real(4, 3), c=truth(4, 3)),
]  # fmt: skip

ROWS: list[Row] = ELEMENTWISE + LOGIC + REDUCTION + CONTRACTION + MOVEMENT + INDEX


# Public names that are no ops, and where their tests are.
NOT_OPS = {
    "test_tensor.py": """
        Tensor FloatTensor tensor as_tensor from_numpy zeros ones empty full zeros_like ones_like empty_like full_like
        arange linspace eye random rand randn randint randperm rand_like randn_like normal bernoulli multinomial
        Generator default_generator manual_seed seed initial_seed value base parents grad backward requires_grad
        requires_grad_ is_leaf grad_fn retain_grad register_hook detach data shape dtype ndim device is_cuda
        itemsize nbytes dim size numel nelement element_size is_floating_point is_contiguous item tolist numpy cpu
        half int bool long astype zero_grad new_zeros new_ones new_full new_tensor tril_indices triu_indices
        float16 float32 float64 int8 int16 int32 int64 uint8 double short pi e inf nan float
        """,
    "test_inplace.py": "node",
    "test_engine.py": "autograd no_grad enable_grad set_grad_enabled is_grad_enabled",
    "test_imports.py": """engine delayed kernels memory recording ops functions making methods tensor random inplace
        nn func optim utils datasets io viz distributions left_out devices dtypes size storage""",
    "test_io.py": "save load",
    "test_function.py": "inference_mode",
}


# Mistakes, on x (2, 3) with gradient, y (4, 5), v (3,), s (), integers i (2,) and bools c (2,): the error, and how it
# begins. That it has our form is checked for all.
BAD: list[tuple[str, type[Exception], str]] = [
    *[(f"x {sign} y", ValueError, rf"{name}: shapes \(2, 3\) and \(4, 5\): they do not broadcast together; ")
      for sign, name in (("+", "add"), ("-", "sub"), ("*", "mul"), ("/", "div"), ("**", "pow"), ("<", "lt"),
                         ("==", "eq"))],
    ("m.maximum(x, y)", ValueError, r"maximum: shapes \(2, 3\) and \(4, 5\): "),
    ("m.where(c, x, y)", ValueError, r"where: shapes \(2, 3\) and \(4, 5\): "),
    ("m.where(c, x, x)", ValueError, r"where: shapes .*\(2, 3\)"),
    ("x.masked_fill(c, 0)", ValueError, r"(where|masked_fill): shapes .*\(2, 3\)"),
    ("m.clamp(x)", ValueError, r"clamp: neither min nor max: "),
    ("-c", TypeError, r"neg: a bool Tensor: "),
    ("c - c", TypeError, r"sub: "),
    ("x & x", TypeError, r"bitwise_and: "),
    ("~x", TypeError, r"bitwise_not: "),
    ("x + 'one'", TypeError, r"(Tensor: a str: it is no array of numbers; |add: )"),
    ("m.exp('one')", TypeError, r"Tensor: a str: it is no array of numbers; "),
    ("x @ x", ValueError, r"matmul: shapes \(2, 3\) and \(2, 3\): the last axis of the first has 3 elements"),
    ("x @ s", ValueError, r"matmul: shapes \(2, 3\) and \(\): a 0-d Tensor"),
    ("x @ 2.0", ValueError, r"matmul: shapes \(2, 3\) and \(\): a 0-d Tensor"),
    ("m.ones(2, 3, 4) @ m.ones(5, 4, 3)", ValueError, r"matmul: shapes \(2, 3, 4\) and \(5, 4, 3\): .*broadcast"),
    ("x.dot(y)", ValueError, r"dot: shapes \(2, 3\) and \(4, 5\): the last axis of the first has 3"),
    ("op['linear'](x, y)", ValueError, r"linear: input \(2, 3\) and weight \(4, 5\): "),
    ("op['linear'](x, x, m.ones(3))", ValueError, r"linear: weight \(2, 3\) and bias \(3,\): "),
    ("op['linear'](s, x)", ValueError, r"linear: input \(\) and weight \(2, 3\): "),
    ("m.einsum('ij,jk->ik', x, y)", ValueError, r"einsum: .*\(2, 3\) and \(4, 5\): "),
    ("m.einsum('ij,jk->ik', x)", ValueError, r"einsum: 'ij,jk->ik' with 1 operands?: "),
    ("m.einsum('ijk->i', x)", ValueError, r"einsum: 'ijk' in 'ijk->i': it names 3 axes"),
    ("m.einsum('i->i', x)", ValueError, r"einsum: 'i' in 'i->i': it names 1 axes"),
    ("m.einsum('ij->ik', x)", ValueError, r"einsum: .*'ij->ik'"),
    ("m.einsum('ij->ijj', x)", ValueError, r"einsum: .*'ij->ijj'"),
    ("m.einsum('i1->i', x)", ValueError, r"einsum: .*'i1->i'"),
    ("m.einsum('ii->i', x)", ValueError, r"einsum: .*\(2, 3\)"),
    *[(f"m.{name}(x, 2)", IndexError, rf"{shown}: axis 2 of a Tensor with 2 dimensions: there is no such axis; ")
      for name, shown in (("sum", "sum"), ("mean", "mean"), ("var", "var"), ("std", "std"), ("amax", "amax"),
                          ("amin", "amin"), ("logsumexp", "logsumexp"), ("argmax", "argmax"), ("argmin", "argmin"),
                          ("any", "any"), ("all", "all"), ("flip", "flip"), ("squeeze", "squeeze"))],
    ("x.max(2)", IndexError, r"(arg|a)?max: axis 2 of a Tensor with 2 dimensions: "),
    ("x.sum(-3)", IndexError, r"sum: axis -3 of a Tensor with 2 dimensions: "),
    ("x.sum((0, 0))", ValueError, r"sum: axis \(0, 0\): an axis appears twice; "),
    ("x.sum('rows')", TypeError, r"sum: "),
    ("x.sum(1.5)", TypeError, r"sum: "),
    ("i.mean()", TypeError, r"mean: a Tensor of int64: "),
    ("i.std()", TypeError, r"std: a Tensor of int64: "),
    ("m.zeros(0, 3).amax(0)", IndexError, r"amax: shape \(0, 3\), axis 0: "),
    ("m.zeros(0).max()", IndexError, r"amax: shape \(0,\), axis None: "),
    ("m.zeros(0).argmin()", IndexError, r"argmin: shape \(0,\), axis None: "),
    *[(f"m.{name}(x, 2)", IndexError, rf"{name}: axis 2 of 2 dimensions: there is no such axis; ")
      for name in ("softmax", "log_softmax", "unbind")],
    ("x.reshape(4, 2)", ValueError, r"reshape: \(2, 3\) to \(4, 2\): 6 elements do not fill that shape; "),
    ("x.view(-1, -1)", ValueError, r"reshape: \(2, 3\) to \(-1, -1\): "),
    ("x.reshape(-1, 4)", ValueError, r"reshape: \(2, 3\) to \(-1, 4\): "),
    ("x.reshape('one')", TypeError, r"shape: str: a size is a whole number; "),
    ("x.flatten(1, 0)", ValueError, r"flatten: from axis 1 to axis 0: "),
    ("x.flatten(2)", IndexError, r"flatten: axis 2 of 2 dimensions: "),
    ("x.unflatten(1, (2, 2))", ValueError, r"(reshape|unflatten): \(2, 3\) to \(2, 2, 2\): "),
    ("x.permute(0, 0)", ValueError, r"permute: axes \(0, 0\) of shape \(2, 3\): "),
    ("x.permute(0)", ValueError, r"permute: axes \(0,\) of shape \(2, 3\): "),
    ("x.permute(0, 2)", (ValueError, IndexError), r"permute: axes \(0, 2\) of shape \(2, 3\): "),
    ("x.transpose(0, 2)", IndexError, r"transpose: axis 2 of 2 dimensions: "),
    ("x.swapaxes(0, 2)", IndexError, r"(transpose|swapaxes): axis 2 of 2 dimensions: "),
    ("x.movedim(0, 2)", IndexError, r"movedim: from 0 to 2 of shape \(2, 3\): "),
    ("x.movedim((0, 1), 0)", ValueError, r"movedim: "),
    ("m.ones(2, 2, 2).t()", ValueError, r"t: shape \(2, 2, 2\): "),
    ("x.expand(4, 3)", ValueError, r"broadcast_to: \(2, 3\) to \(4, 3\): "),
    ("x.expand(3)", ValueError, r"broadcast_to: \(2, 3\) to \(3,\): "),
    ("x.expand(-1, 2, 3)", ValueError, r"broadcast_to: \(2, 3\) to \(-1, 2, 3\): "),
    ("x.unsqueeze(3)", IndexError, r"unsqueeze: axis 3 of 3 dimensions: "),
    ("m.cat([x, y])", ValueError, r"concatenate: shapes \(2, 3\), \(4, 5\) along axis 0: "),
    ("m.cat([x, v])", ValueError, r"concatenate: shapes \(2, 3\), \(3,\) along axis 0: "),
    ("m.cat([])", ValueError, r"concatenate: an empty sequence: "),
    ("m.cat([x, x], 2)", IndexError, r"concatenate: axis 2 of 2 dimensions: "),
    ("m.cat([s, s])", (ValueError, IndexError), r"concatenate: "),
    ("m.cat(x, x)", TypeError, r"concatenate: a Tensor as axis: "),
    ("m.stack(x, x)", TypeError, r"stack: a Tensor as axis: "),
    ("m.stack([x, y])", ValueError, r"stack: shapes \(2, 3\), \(4, 5\): "),
    ("m.stack([])", ValueError, r"stack: an empty sequence: "),
    ("m.stack([x, x], 3)", IndexError, r"stack: axis 3 of 3 dimensions: "),
    ("x.split(0)", ValueError, r"split: parts of 0 elements: "),
    ("x.split([1, 2])", ValueError, r"split: sizes \[1, 2\] of 2 elements: "),
    ("x.split(1, 2)", IndexError, r"split: axis 2 of 2 dimensions: "),
    ("np.split(x, 2, 1)", ValueError, r"split: 3 elements into 2 parts: "),
    ("x.chunk(0)", ValueError, r"chunk: 0 parts: "),
    ("x.chunk(2, 5)", IndexError, r"(chunk|split): axis 5 of 2 dimensions: "),
    ("s.unbind()", IndexError, r"unbind: "),
    ("x[2]", IndexError, r"x\[index\]: shape \(2, 3\): "),
    ("x[0, 0, 0]", IndexError, r"x\[index\]: shape \(2, 3\): "),
    ("x[0.5]", IndexError, r"x\[index\]: "),
    ("x['rows']", (IndexError, TypeError), r"x\[index\]: "),
    ("x[v]", IndexError, r"x\[index\]: an index of float32: "),
    ("x[[0.5, 1.0]]", IndexError, r"x\[index\]: "),
    ("x[:, c]", IndexError, r"x\[index\]: shape \(2, 3\): "),
    ("x[np.array([0, 7])]", IndexError, r"x\[index\]: shape \(2, 3\): "),
    ("s[0]", IndexError, r"x\[index\]: shape \(\): "),
    ("assigned(x, 2, 1.0)", IndexError, r"x\[index\] = value: shape \(2, 3\): "),
    ("assigned(x, 0, y)", ValueError, r"x\[index\] = value: value \(4, 5\) into \(3,\): "),
    ("assigned(x, 0, [1.0, 2.0])", ValueError, r"x\[index\] = value: value \(2,\) into \(3,\): "),
    ("m.gather(x, 2, i)", IndexError, r"gather: axis 2 of 2 dimensions: "),
    ("m.gather(x, 1, i)", (ValueError, IndexError), r"gather: "),
    ("m.gather(x, 1, m.tensor([[3]]))", IndexError, r"gather: shape \(2, 3\)"),
    ("m.gather(x, 1, v)", (IndexError, TypeError), r"gather: "),
    ("m.index_select(x, 2, i)", IndexError, r"index_select: axis 2 of 2 dimensions: "),
    ("m.index_select(x, 1, m.tensor([3]))", IndexError, r"(x\[index\]|index_select): "),
    # calls
    ("m.sum(x, dimension=0)", TypeError, r"sum: argument 'dimension': it is unknown; "),
    ("m.sum(x, 0, axis=0)", TypeError, r"sum: argument 'axis': it is given twice; "),
    ("m.amax(x, 0, True, 1)", TypeError, r"amax: 4 arguments: it takes at most 3; "),
    ("m.movedim(x, 0)", TypeError, r"movedim: argument 'destination': it is missing; "),
    ("m.sum()", TypeError, r"sum: argument 'x': it is missing; "),
    ("op['leaky_relu'](x.detach(), negative_slope=x)", TypeError, r"leaky_relu: "),  # the gradient of x would be lost
    # arithmetic, reductions
    ("m.add(i, i, alpha=0.5)", TypeError, r"add: alpha 0.5 for integers: "),
    ("m.div(x, y, rounding_mode='up')", ValueError, r"div: rounding_mode 'up': "),
    ("i // 0", ZeroDivisionError, r"floor_divide: a int64 divisor: "),
    ("i % 0", ZeroDivisionError, r"remainder: a int64 divisor: "),
    ("m.round(c)", TypeError, r"round: a bool Tensor: "),
    ("m.isclose(x, x, rtol=-1.0)", ValueError, r"isclose: rtol -1.0, atol 1e-08: "),
    ("m.cumsum(x, 2)", IndexError, r"cumsum: axis 2 of 2 dimensions: "),
    ("x.median(2)", IndexError, r"median: axis 2 of 2 dimensions: "),
    ("m.zeros(0, 3).median(0)", IndexError, r"median: shape \(0, 3\), axis 0: "),
    ("x.quantile(1.5)", ValueError, r"quantile: q 1.5, "),
    ("x.norm('frob')", ValueError, r"norm: p 'frob': "),
    ("i.nanmean()", TypeError, r"nanmean: a Tensor of int64: "),
    ("m.diff(s)", ValueError, r"diff: a 0-d Tensor: "),
    # movement
    ("m.tril(v)", ValueError, r"tril: shape \(3,\): "),
    ("x.repeat(2)", ValueError, r"repeat: \(2,\) times for shape \(2, 3\): "),
    ("x.repeat_interleave(i, 1)", ValueError, r"repeat_interleave: \(2,\) repeats of 3 slices: "),
    ("x.narrow(1, 2, 2)", IndexError, r"narrow: 2 slices from 2 of 3: "),
    ("x.roll((1, 2), 0)", ValueError, r"roll: shifts \(1, 2\) along 0: "),
    ("m.diag(m.ones(2, 2, 2))", ValueError, r"diag: shape \(2, 2, 2\): "),
    ("x.diagonal(0, 1, 1)", ValueError, r"diagonal: axes 1 and 1 of shape \(2, 3\): "),
    ("x.unfold(1, 4, 1)", ValueError, r"unfold: windows of 4 elements, 1 apart, along axis 1 of \(2, 3\): "),
    ("x.tensor_split(0)", ValueError, r"tensor_split: 0 parts: "),
    ("m.meshgrid(v, indexing='yx')", ValueError, r"meshgrid: indexing 'yx': "),
    # scatter, sort
    ("x.scatter(1, v, 1.0)", TypeError, r"scatter: an index of float32: "),
    ("x.scatter(1, i, 1.0)", IndexError, r"scatter: index \(2,\) for shape \(2, 3\), axis 1: "),
    ("x.scatter_add(1, m.tensor([[3]]), y)", IndexError, r"scatter_add: shape \(2, 3\) and index \(1, 1\): "),
    ("x.scatter_add(1, m.tensor([[0]]), y.double())", TypeError, r"scatter_add: a source of float64 "),
    ("x.scatter_reduce(1, m.tensor([[0]]), y, 'max')", ValueError, r"scatter_reduce: reduce 'max': "),
    ("x.index_add(0, i, y)", ValueError, r"index_add: source \(4, 5\) of float32 for 2 slices of \(2, 3\), float32: "),
    ("x.masked_fill(c, v)", ValueError, r"masked_fill: a value of shape \(3,\): "),
    ("x.masked_select(v)", TypeError, r"masked_select: a mask of float32: "),
    ("x.topk(4)", ValueError, r"topk: 4 of 3 elements along axis 1: "),
    ("x.kthvalue(0)", ValueError, r"kthvalue: number 0 of 3 elements: "),
    ("x.sort(2)", IndexError, r"sort: axis 2 of 2 dimensions: "),
    ("m.searchsorted(v, x, side='up')", ValueError, r"searchsorted: side 'up', right False: "),
    ("m.bucketize(x, y)", ValueError, r"bucketize: boundaries \(4, 5\): "),
    # linear algebra
    ("m.mm(x, v)", ValueError, r"mm: shapes \(2, 3\) and \(3,\): it takes 2-d and 2-d; "),
    ("m.mm(x, x.double())", TypeError, r"mm: float32 and float64: "),
    ("m.addmm(y, x, x.T)", ValueError, r"addmm: input \(4, 5\) and product \(2, 2\): "),
    ("m.tensordot(x, y, 1)", ValueError, r"tensordot: shapes \(2, 3\) and \(4, 5\) over axes \[1\] and \[0\]: "),
    ("m.cross(x, y)", ValueError, r"cross: shapes \(2, 3\) and \(4, 5\): they do not broadcast together; "),
    ("m.cdist(x, y)", ValueError, r"cdist: shapes \(2, 3\) and \(4, 5\): "),
    ("m.broadcast_tensors(x, y)", ValueError, r"broadcast_tensors: shapes \(2, 3\) and \(4, 5\): "),
    ("x.masked_select(c)", ValueError, r"masked_select: shapes \(2, 3\) and \(2,\): "),
    ("m.trace(v)", ValueError, r"trace: shape \(3,\): "),
    ("m.linalg.inv(x)", ValueError, r"inv: shape \(2, 3\): it takes square matrices; "),
    ("m.linalg.inv(m.zeros(2, 2))", RuntimeError, r"inv: shape \(2, 2\): a matrix is singular; "),
    ("m.linalg.det(m.ones(2, 2).half())", TypeError, r"det: a Tensor of float16: "),
    ("m.linalg.cholesky(-m.eye(2))", RuntimeError, r"cholesky: shape \(2, 2\): a matrix is not positive definite; "),
    ("m.linalg.solve(m.eye(2), v)", ValueError, r"solve: shapes \(2, 2\) and \(3, 1\): "),
    ("m.linalg.qr(x, 'full')", ValueError, r"qr: mode 'full': "),
    ("m.linalg.matrix_norm(x, 3)", ValueError, r"matrix_norm: ord 3: "),
    ("m.linalg.norm(m.ones(2, 2, 2), 'fro')", ValueError, r"norm: ord 'fro' of shape \(2, 2, 2\): "),
    ("y.unsqueeze_(5)", IndexError, r"unsqueeze: axis 5 of 3 dimensions: "),
    ("x.squeeze_()", RuntimeError, r"squeeze_: a leaf that requires a gradient, shape \(2, 3\): "),
    ("m.linspace(0, 1, -1)", ValueError, r"linspace: -1 steps: "),
    # gradients
    ("m.tensor([1, 2], requires_grad=True)", TypeError, r"requires_grad: a Tensor of int64: "),
    ("m.Tensor(np.array([1, 2]), requires_grad=True)", TypeError, r"requires_grad: a Tensor of int64: "),
    ("i.requires_grad_()", TypeError, r"requires_grad: a Tensor of int64: "),
    ("c.requires_grad_()", TypeError, r"requires_grad: a Tensor of bool: "),
    ("(x * 2).requires_grad_(False)", RuntimeError, r"requires_grad: a result of mul: "),
    ("x.backward()", RuntimeError, r"backward: a Tensor of shape \(2, 3\): only a scalar has a gradient of its own; "),
    ("y.backward()", RuntimeError, r"backward: a Tensor of shape \(4, 5\) without a graph: "),
    ("y.sum().backward()", RuntimeError, r"backward: a Tensor of shape \(\) without a graph: "),
    ("x.backward(v)", ValueError, r"backward: gradient of shape \(3,\) for a Tensor of shape \(2, 3\): "),
    ("setattr(x, 'grad', np.ones(3))", ValueError, r"grad: shape \(3,\) for a Tensor of shape \(2, 3\): "),
    ("y.register_hook(print)", RuntimeError, r"register_hook: a Tensor of shape \(4, 5\) without gradient: "),
    ("[h := (z := x * 2).register_hook(lambda g: g.sum()), z.sum().backward()]", ValueError,
     r"register_hook: the hook returned shape \(\) for a gradient of shape \(2, 3\): "),
    ("m.autograd.grad(x.sum(), y)", RuntimeError, r"grad: input 0 of shape \(4, 5\) does not require a gradient: "),
    ("m.autograd.grad(x.sum(), m.Tensor.ones(2))", RuntimeError, r"grad: input 0 of shape \(2,\): no output depends"),
    ("m.autograd.grad([x.sum()], [x], [s, s])", ValueError, r"grad: 2 grad_outputs for 1 outputs: "),
    ("m.autograd.grad(x * 2, x)", RuntimeError, r"grad: a Tensor of shape \(2, 3\): only a scalar"),
    ("m.autograd.grad(x * 2, x, v)", ValueError, r"grad: gradient of shape \(3,\) for a Tensor of shape \(2, 3\): "),
    ("m.autograd.grad(x * 2, x, v, create_graph=True)", ValueError, r"grad: gradient of shape \(3,\) for "),
    ("m.autograd.grad(y.sum(), x)", RuntimeError, r"(grad|backward): a Tensor of shape \(\) without a graph: "),
    ("m.autograd.gradcheck(m.exp, y)", ValueError, r"gradcheck: no input requires a gradient: "),
    ("m.autograd.gradcheck(m.exp, x)", ValueError, r"gradcheck: input 0 is float32: "),
    ("[z := x.exp(), z.sum().backward(), z.sum().backward()]", RuntimeError,
     r"backward: a second pass over a graph whose saved values were freed by the first: "),
    ("np.linalg.eig(x)", TypeError, r"np.eig: a Tensor of shape \(2, 3\) that requires a gradient: "),
    ("np.unwrap(x)", TypeError, r"np.unwrap: a Tensor of shape \(2, 3\) that requires a gradient: "),
    # in place
    ("x.add_(1)", RuntimeError, r"add_: a leaf that requires a gradient, shape \(2, 3\): "),
    ("x[0].mul_(2)", RuntimeError, r"mul_: a view of a leaf that requires a gradient, shape \(2, 3\): "),
    ("x.__setitem__(0, 1.0)", RuntimeError, r"x\[index\] = value: a leaf that requires a gradient, "),
    ("y.add_(m.ones(2, 4, 5))", ValueError, r"add_: shapes \(4, 5\) and \(2, 4, 5\): "),
    ("y.add_(x)", ValueError, r"add_?: shapes \(4, 5\) and \(2, 3\): "),
    ("i.add_(0.5)", TypeError, r"add_: a float32 result into a int64 Tensor: "),
    ("y.copy_(x)", ValueError, r"(copy_|broadcast_to): \(2, 3\)"),
    ("v.expand(2, 3).add_(1)", RuntimeError, r"add_: shape \(2, 3\): its memory can't be written"),
    ("[z := x * 1, w := z.exp(), z.exp_(), w.mul_(2), w.sum().backward()]", RuntimeError,
     r"backward: exp saved an array of shape \(2, 3\) for its gradient and mul_ overwrote it since \(at .*:1\): "),
    # Tensors as what they are not
    ("bool(x)", ValueError, r"bool: shape \(2, 3\): "),
    ("x.item()", ValueError, r"item: shape \(2, 3\): it has 6 elements, not one; "),
    ("float(x)", ValueError, r"(item|float): shape \(2, 3\): "),
    ("range(v[0])", TypeError, r"index: a Tensor of float32: "),
    ("len(s)", TypeError, r"len: a 0-d Tensor: "),
    ("list(s)", TypeError, r"iter: a 0-d Tensor: "),
    ("x.size(2)", IndexError, r"size: axis 2 of 2 dimensions: "),
    # making Tensors
    ("m.Tensor('one')", TypeError, r"Tensor: a str: it is no array of numbers; "),
    ("m.Tensor([[1.0], [1.0, 2.0]])", ValueError, r"Tensor: "),
    ("m.tensor(None)", TypeError, r"Tensor: a NoneType: it is no array of numbers; "),
    ("m.from_numpy([1.0])", TypeError, r"from_numpy: a list: "),
    ("m.zeros(-1)", ValueError, r"shape: \(-1,\): "),
    ("m.zeros(2.5)", TypeError, r"shape: float: "),
    ("m.arange(0, 1, 0)", ValueError, r"arange: "),
    ("m.normal(0.0, -1.0, (2,))", ValueError, r"normal: "),
    ("m.multinomial(m.ones(2), 3)", ValueError, r"multinomial: 3 samples of shape \(2,\): "),
]  # fmt: skip


def called(text: str) -> tuple[set[str], set[str]]:
    """The functions of picograd and the attributes of Tensors that a text mentions."""
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)]
    of_module = {node.attr for node in found if isinstance(node.value, ast.Name) and node.value.id == "m"}
    of_tensor = {node.attr for node in found if not (isinstance(node.value, ast.Name) and node.value.id in ("m", "np"))}
    return of_module, of_tensor

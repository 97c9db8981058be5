"""What an op is: a forward function on arrays and one rule (vector-Jacobian product) for each input.

    @primitive(np.multiply)
    def mul(x: Array, y: Array) -> Array:
        return x * y
    mul.rule(x=lambda g, y: g * y,
             y=lambda g, x: g * x)

The parameters annotated `Array` are the inputs that can have a gradient (`Arrays`: a sequence of them). A rule takes
the incoming gradient `g` and names what it needs, and only that is kept for it: an input (`y`), the result (`out`),
any other argument (`axis`), the shape of an input (`x_shape`), and for a sequence of inputs which one it is (`i`).
It returns a new array, `g`, or a view of `g`; the engine sums over broadcast axes, accumulates, and casts.

A rule is written in operators and `np.*`, so the same text runs on arrays and, when derivatives of derivatives are
wanted, on Tensors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from ..engine import Rule
from .calls import binary, general, ternary, unary

if TYPE_CHECKING:
    from ..tensor import Tensor

# An array or a Tensor, and a sequence of them: what is annotated so is an input that can have a gradient.
Array = Annotated[Any, "input"]
Arrays = Annotated[Sequence[Any], "inputs"]

by_name: dict[str, Operation] = {}  # every op, for the table of tests
by_numpy: dict[Any, Operation] = {}  # NumPy's function -> ours, for NumPy's dispatch

# The spellings that PyTorch and NumPy use for the same argument.
SPELLINGS = {
    "size": "shape",
    "dim": "axis",
    "dims": "axis",
    "keepdim": "keepdims",
    "unbiased": "correction",
    "ddof": "correction",
}


class Operation(Protocol):
    """An op as the rest of the house sees it: a function of Tensors, arrays and numbers that gives a Tensor."""

    primitive: Primitive
    __name__: str

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """The op's result, recorded if an input has a gradient."""
        ...

    def rule(self, **rules: Rule) -> None:
        """Register the rule of each input."""
        ...


class Shapes(list[tuple[int, ...]]):
    """The shapes of a sequence of inputs."""

    def start(self, i: int, axis: int) -> int:
        """Where the i-th begins when they are joined along the axis."""
        if not hasattr(self, "_starts"):
            self._axis, self._starts = axis, [0, *accumulate(shape[axis] for shape in self)]
        return self._starts[i] if axis == self._axis else sum(shape[axis] for shape in self[:i])


def parameters_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The parameters of a function and their defaults.

    A plain function says them itself: asking `inspect` for all the ops and rules took a sixth of `import picograd`.
    """
    function = getattr(function, "__wrapped__", function)  # the definition where there is a kernel
    code = getattr(function, "__code__", None)
    if code is None or code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return {name: p.default for name, p in inspect.signature(function).parameters.items()}
    names = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    return dict(zip(names, (*(inspect.Parameter.empty,) * (len(names) - len(defaults)), *defaults), strict=True))


@cache
def compiled(text: str) -> Callable[..., tuple[Any, ...]]:
    """The function of this text; many ops want the same kept."""
    return eval(text, {"Shapes": Shapes})  # type: ignore[no-any-return]


class Primitive:
    """The definition of an op: its forward, its inputs, its rules, and what each rule wants kept."""

    def __init__(
        self,
        forward: Callable[..., Any],
        floating: bool = False,
        view: bool = False,
        indexed: bool = False,
        selects: bool = False,
    ) -> None:
        parameters = parameters_of(forward)
        self.forward, self.name = forward, forward.__name__.rstrip("_")
        self.floating, self.view, self.indexed, self.selects = floating, view, indexed, selects
        self.parameters = list(parameters)
        self.defaults = list(parameters.values())
        kinds = [forward.__annotations__.get(name) for name in parameters]
        # Text where they are not evaluated: "Array", or "ops.Array".
        kinds = [kind.rpartition(".")[2] if isinstance(kind, str) else kind for kind in kinds]
        self.inputs = [k for k, kind in enumerate(kinds) if kind in (Array, Arrays, "Array", "Arrays")]
        if not self.inputs:
            raise TypeError(
                f"primitive: {self.name}({', '.join(parameters)}): no parameter is annotated as an input of the op; "
                f"write `{next(iter(parameters), 'x')}: Array` for each that is one (from picograd.ops import Array)"
            )
        arrays = [name for name, kind in zip(parameters, kinds, strict=True) if kind in (Arrays, "Arrays")]
        self.series = arrays[0] if arrays else None  # the parameter that takes a sequence of inputs
        # PyTorch's names of the inputs; ours are those of the formula.
        names = ["tensors"] if self.series else ["input", "other"]
        self.spellings = SPELLINGS | dict(zip(names, (self.parameters[k] for k in self.inputs), strict=False))
        # What a rule may name, and the expression that it stands for in a call of the forward.
        self.known = {name: name for name in (*self.parameters, "out", "i")}
        for name in (self.parameters[k] for k in self.inputs):
            series = name == self.series
            self.known[f"{name}_shape"] = f"Shapes(x.shape for x in {name})" if series else f"{name}.shape"
        self.rules: dict[str, Rule] = {}  # input -> rule
        self.wants: dict[Rule, tuple[str, ...]] = {}  # rule -> the names that it takes after g
        self.input_of: dict[Rule, str] = {}  # rule -> input
        self.keep: dict[str, Callable[..., tuple[Any, ...]] | None] = {}  # input -> what to keep of a call

    def add_rules(self, rules: dict[str, Rule]) -> None:
        """Register the rules, and find from their parameters what the graph has to keep."""
        for name, rule in rules.items():
            g, *wants = parameters_of(rule)
            if g != "g" or not {name, *wants} <= self.known.keys():
                raise TypeError(
                    f"{self.name}.rule: the rule for {name} takes ({', '.join((g, *wants))}): it wants too much; "
                    f"it takes g first and may then name any of {', '.join(self.known)}"
                )
            self.rules[name], self.wants[rule], self.input_of[rule] = rule, tuple(wants), name
            self.keep[name] = self.keeper(wants)

    def keeper(self, wants: list[str]) -> Callable[..., tuple[Any, ...]] | None:
        """A function of a call's arguments, its result and i that gives what a rule wants; None if it wants nothing.

        It is on the path of every op: compiled from the names, it costs a quarter of picking them from a list.
        """
        if not wants:
            return None
        kept = ", ".join(self.known[name] for name in wants)
        return compiled(f"lambda {', '.join(self.parameters)}, out, i=None: ({kept},)")

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """The arguments of a call, one for each parameter of the forward, defaults filled in."""
        if len(args) > len(self.parameters):
            raise TypeError(
                f"{self.name}: {len(args)} arguments: it takes at most {len(self.parameters)}; "
                f"call it as {self.name}{inspect.signature(self.forward)}"
            )
        frame = [*args, *self.defaults[len(args) :]]
        for key, value in kwargs.items():
            name = key if key in self.parameters else self.spellings.get(key)
            if name not in self.parameters or self.parameters.index(name) < len(args):
                problem = "given twice" if name in self.parameters else "unknown"
                raise TypeError(
                    f"{self.name}: argument {key!r}: it is {problem}; "
                    f"call it as {self.name}{inspect.signature(self.forward)}"
                )
            frame[self.parameters.index(name)] = value
        for name, value in zip(self.parameters, frame, strict=True):
            if value is inspect.Parameter.empty:
                raise TypeError(
                    f"{self.name}: argument {name!r}: it is missing; "
                    f"call it as {self.name}{inspect.signature(self.forward)}"
                )
        return frame


def primitive(
    *numpy_names: Any, floating: bool = False, view: bool = False, indexed: bool = False, selects: bool = False
) -> Callable[[Callable[..., Any]], Operation]:
    """Make an op of a forward function on arrays. `numpy_names`: NumPy's functions that it stands for.

    `floating`: integer input becomes the default dtype, float32, as in PyTorch, not float64. `view`: the result may
    share the input's memory. `indexed`: a rule may return `Indexed`, a gradient at some positions only, or a
    `Product`. `selects`: the rules pass a gradient on or drop it, and what is dropped is 0 even if it was
    infinite. An op without rules gives results without gradient.
    """

    def decorate(forward: Callable[..., Any]) -> Operation:
        op = Primitive(forward, floating, view, indexed, selects)
        every = len(op.parameters) == len(op.inputs) and not (op.series or view)  # no options: the lean ways apply
        if every and len(op.inputs) == 1:
            call: Any = unary(op)
        elif every and len(op.inputs) == 2:
            call = binary(op)
        elif every and len(op.inputs) == 3:
            call = ternary(op)
        else:
            call = general(op)
        call.__doc__, call.__module__ = forward.__doc__, forward.__module__
        call.__name__ = call.__qualname__ = forward.__name__
        call.__wrapped__ = forward  # its signature and its source are what help() shows
        call.primitive = op
        by_name[op.name] = call
        by_numpy.update(dict.fromkeys(numpy_names, call))
        return call  # type: ignore[no-any-return]

    return decorate

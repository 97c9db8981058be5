"""The rule of an op as text: its own source, with the names and the numbers of the case at hand put in."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

# What a rule's formula doesn't say by itself.
WORDS = {
    "abs": "the slope is 1 or -1, the sign of the input",
    "add": "a sum passes the gradient on to both",
    "attention": "back through softmax(q k' scale) v",
    "broadcast_to": "what was repeated gets the sum of its copies' gradients",
    "concatenate": "each part gets its piece of the gradient",
    "conv": "a convolution's gradient is a convolution, with the kernel turned round",
    "cross_entropy": "softmax(x) minus the target, over the number of examples",
    "dot": "a matrix product sends back matrix products: g y' and x' g",
    "embedding": "each row gets the sum of the gradients of the places where it was looked up",
    "getitem": "the elements that were taken get the gradient, the others 0",
    "linear": "x W' + b: g W to x, g' x to the weight, g summed over the examples to the bias",
    "lstm": "back through time, step by step",
    "matmul": "a matrix product sends back matrix products: g y' and x' g",
    "max": "the largest elements get the gradient, the others 0",
    "max_pool": "the largest element of each window gets the gradient, the others 0",
    "mean": "each element had a part of 1/n in the mean",
    "mse_loss": "twice the difference, over the number of elements",
    "mul": "each factor gets the gradient times the other one",
    "normalise": "back through (x - mean) / deviation, which depend on x themselves",
    "permute": "the gradient with its axes put back",
    "relu": "the gradient where the input was positive, 0 elsewhere",
    "reshape": "the gradient in the input's shape",
    "sub": "a difference passes the gradient on, with a minus to what was subtracted",
    "sum": "each element had a part of 1 in the sum",
    "swapaxes": "the gradient with its axes put back",
    "tanh": "the slope of tanh is 1 - tanh^2",
    "where": "each element's gradient goes where the element came from",
}


# The same for the rules whose source is longer than their idea: (op, input) -> formula, for matrices.
SHORT = {
    ("dot", "x"): "g @ y.T",
    ("dot", "y"): "x.T @ g",
    ("linear", "x"): "g @ weight",
    ("linear", "weight"): "g.T @ x",
    ("matmul", "x"): "g @ y.T",
    ("matmul", "y"): "x.T @ g",
    ("mean", "x"): "g / n",
    ("relu", "x"): "g where x > 0",
    ("sum", "x"): "g for each element",
}
LONGEST = 60  # letters of a formula that still helps


class Formula(NamedTuple):
    """A rule as text: what it names besides g, and its expression."""

    wants: tuple[str, ...]
    expression: str

    def text(self, names: Mapping[str, str]) -> str:
        """The expression, with names or numbers in the place of names."""
        if not names:
            return self.expression
        # Not the name of an attribute, of a function or of a keyword argument.
        whole = rf"(?<![\w.])({'|'.join(map(re.escape, names))})(?!\w|\(|=[^=])"
        return re.sub(whole, lambda match: names[match[1]], self.expression)


@cache
def sources_of(file: str) -> dict[int, list[ast.Lambda | ast.FunctionDef]]:
    """The functions in a file, by the line that they begin at."""
    found: dict[int, list[ast.Lambda | ast.FunctionDef]] = {}
    try:
        with open(file, encoding="utf-8") as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError):
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda | ast.FunctionDef):
            decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
            found.setdefault(min(part.lineno for part in (node, *decorators)), []).append(node)
    return found


def formula_of(rule: Callable[..., Any], op: Any) -> Formula | None:
    """The expression that a rule of an op returns, if it is one, a short one, and its source is there."""
    short = SHORT.get((op.name, op.input_of.get(rule, "")))
    if short is not None:
        return Formula(op.wants[rule], short)
    formula = written(rule)
    return formula if formula is None or len(formula.expression) <= LONGEST else None


def written(rule: Callable[..., Any]) -> Formula | None:
    """The expression that a rule returns, from its source."""
    rule = inspect.unwrap(rule)
    code = getattr(rule, "__code__", None)
    if code is None:
        return None
    names = code.co_varnames[: code.co_argcount]
    columns = {column for *_, column, _ in code.co_positions() if column is not None}
    for node in sources_of(code.co_filename).get(code.co_firstlineno, []):
        if tuple(argument.arg for argument in node.args.args) != names:
            continue
        if isinstance(node, ast.FunctionDef):
            last = node.body[-1]
            if len(node.body) - isinstance(node.body[0], ast.Expr) == 1 and isinstance(last, ast.Return) and last.value:
                return Formula(names[1:], ast.unparse(last.value))
        elif node.body.col_offset in columns:  # there may be two on a line
            return Formula(names[1:], ast.unparse(node.body))
    return None

"""Every row of the table of ops against every check of the harness; and the harness against wrong rules."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import ALONE, WITH_PEER, check_gradcheck, check_gradgradcheck, check_memory
from table import BAD, NOT_OPS, ROWS, Row, called, evaluate, real, row

import picograd
from picograd import Tensor, left_out, ops
from picograd.ops import Array, primitive

# The rows of other families stand in tables of their own.
FAMILIES = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("table_*.py"))]
ALL = [*ROWS, *(row for family in FAMILIES for row in family.ROWS)]
# What is no op, as (the file that tests it, its names): from the main table and from the families'.
ELSEWHERE = [item for table in (NOT_OPS, *(getattr(family, "NOT_OPS", {}) for family in FAMILIES))
             for item in table.items()]  # fmt: skip
by_id = {"argvalues": ALL, "ids": [row.id for row in ALL]}


def check_name(check: Any) -> str:
    return check.__name__.removeprefix("check_")


@pytest.mark.parametrize("row", **by_id)
@pytest.mark.parametrize("check", WITH_PEER, ids=check_name)
def test_against_pytorch(check: Any, row: Row, torch: Any) -> None:
    if row.torch is not None:
        check(row, torch)


@pytest.mark.parametrize("row", **by_id)
@pytest.mark.parametrize("check", ALONE, ids=check_name)
def test_alone(check: Any, row: Row) -> None:
    check(row)


# ---- nothing is left out -------------------------------------------------------------------------------------------


def test_every_primitive_has_a_row() -> None:
    assert set(ops.by_name) == {row.name for row in ALL}


def test_every_public_function_and_method_has_a_row_or_a_test() -> None:
    texts = [called(form) for row in ALL for form in row.forms]
    elsewhere = {name for _, names in ELSEWHERE for name in names.split()}
    # A room that is left out becomes an attribute of the package when a test imports it.
    functions = {name for name in dir(picograd) if not name.startswith("_")} - set(left_out.ROOMS)
    assert functions - set().union(*(of_module for of_module, _ in texts)) - elsewhere == set()
    methods = {name for name in dir(Tensor) if not name.startswith("_") and ("Tensor", name) not in left_out.REASONS}
    in_place = {name for name in methods if name.endswith("_")}  # test_tensor.py goes through all of them
    assert methods - in_place - set().union(*(of_tensor for _, of_tensor in texts)) - elsewhere == set()


@pytest.mark.parametrize(("file", "names"), ELSEWHERE, ids=[file for file, _ in ELSEWHERE])
def test_what_is_said_to_be_tested_elsewhere_is(file: str, names: str) -> None:
    words = set(re.findall(r"\w+", (Path(__file__).parent / file).read_text()))
    assert set(names.split()) - words == set()


# ---- users' mistakes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "error", "message"), BAD, ids=[text for text, *_ in BAD])
def test_mistakes(text: str, error: type[Exception], message: str) -> None:
    """One sentence: <op>: <what came>: <what is wrong>; <what to do>."""
    x, y = picograd.ones(2, 3, requires_grad=True), picograd.ones(4, 5)
    i, c = picograd.tensor([0, 1]), picograd.tensor([True, False])
    with pytest.raises(error, match=message) as caught:
        evaluate(text, picograd, {"x": x, "y": y, "i": i, "c": c, "v": picograd.ones(3), "s": picograd.ones(())})
    assert re.fullmatch(r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]", str(caught.value)), str(caught.value)


# ---- a wrong rule is caught ----------------------------------------------------------------------------------------


def wrote_into_g(g: Any, x: Any) -> Any:
    g *= 2 * x
    return g


def constant(x: Any) -> Any:
    """The array without its history: a rule that uses it has the right value and a wrong derivative."""
    return x.value if isinstance(x, Tensor) else x


def cubed(x: Array) -> Array:
    return x * x * x


def squared(x: Array) -> Array:
    return x * x


WRONG: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]] = {
    "factor": (squared, lambda g, x: g * x, check_gradcheck),
    "zero": (squared, lambda g: g * 0, check_gradcheck),
    "sign": (squared, lambda g, x: -2 * g * x, check_gradcheck),
    "missing term": (lambda x: x * x + np.sin(x), lambda g, x: g * 2 * x, check_gradcheck),
    "ignores g": (squared, lambda g, x: 2 * x, check_gradcheck),
    "one element": (squared, lambda g, x: np.where(np.arange(4) == 3, 2.01, 2) * g * x, check_gradcheck),
    "second order": (cubed, lambda g, x: g * 3 * constant(x) ** 2, check_gradgradcheck),
    "derivative of g lost": (squared, lambda g, x: constant(g) * 2 * x, check_gradgradcheck),
    "writes into g": (squared, wrote_into_g, check_memory),
    "gives its saved input away": (lambda x: x + 0, lambda g, x: x, check_memory),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_rule_is_caught(fault: str, registry: Any) -> None:
    formula, rule, check = WRONG[fault]

    def wrong(x: Array) -> Array:
        return formula(x)

    primitive()(wrong).rule(x=rule)
    with pytest.raises((AssertionError, RuntimeError, ValueError), match=r"gradcheck: .*input|saved input|read-only"):
        check(row("wrong", "op['wrong'](x)", x=real(3, 4)))


@pytest.mark.parametrize("check", [*ALONE], ids=check_name)
def test_a_right_rule_passes(check: Any, registry: Any) -> None:
    def right(x: Array) -> Array:
        return squared(x)

    primitive()(right).rule(x=lambda g, x: g * 2 * x)
    check(row("right", "op['right'](x)", x=real(3, 4)))


def test_a_wrong_rule_is_caught_by_the_peer(torch: Any, registry: Any) -> None:
    def wrong(x: Array) -> Array:
        return np.tanh(x)

    primitive()(wrong).rule(x=lambda g, out: g * (1 - out))
    for check in WITH_PEER[:2]:
        with pytest.raises(AssertionError, match="gradient of x"):
            check(row("wrong", "op['wrong'](x)", torch="m.tanh(x)", x=real(3, 4)), torch)


def test_a_rule_that_names_what_there_is_not_is_refused(registry: Any) -> None:
    with pytest.raises(TypeError, match=r"squared.rule: the rule for x takes \(g, y\): .*; it takes g first"):
        primitive()(squared).rule(x=lambda g, y: g)


def test_a_function_without_annotated_inputs_is_refused(registry: Any) -> None:
    def plain(x: float, n: int) -> float:
        return x * n

    with pytest.raises(TypeError, match=r"primitive: plain\(x, n\): no parameter is annotated .*; write `x: Array`"):
        primitive()(plain)

    def dotted(x: ops.Array) -> ops.Array:
        return x * 2

    primitive()(dotted).rule(x=lambda g: g * 2)
    assert ops.by_name["dotted"](3.0) == 6


def test_rules_are_calculus_only() -> None:
    """No rule reaches for `.value` or asks whether it is given a Tensor: the same text runs on both."""
    for operation in ops.by_name.values():
        for rule in operation.primitive.rules.values():
            source = inspect.getsource(rule)
            assert ".value" not in source and "isinstance" not in source, source

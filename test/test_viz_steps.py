"""The backward pass step by step: against `backward()`, and in words.

`viz.stepping` goes the same way as `engine.walk`, but can be held up after each node (a walk that could be would be
slower for all). Whatever the engine's walk learns, these tests ask of it.
"""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from harness import cast, cotangents, tensors
from table import evaluate
from test_viz import GRAPHS, SVG, Both, two_ops

import picograd
import picograd.nn as nn
from picograd import Tensor, viz
from picograd.engine import walk
from picograd.viz.stepping import one_by_one

FAMILIES = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("table*.py"))]


@pytest.fixture(autouse=True)
def seed():
    picograd.manual_seed(0)


# ---- the same as backward ------------------------------------------------------------------------------------------


def several_uses():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    y = x[0] * x[1] + x[0].exp() + x.sum(axis=0) * 0.1
    return (y * y).sum(), None, {"x": x}


def infinite():
    x = Tensor([0.0, 4.0, -1.0])
    return (picograd.sqrt(x.relu()).clamp(max=1.5) * x).sum(), None, {"x": x}


def function():
    x = Tensor([1.0, 2.0])
    a, b = Both.apply(x)
    return (a * b).sum() + a.mean(), None, {"x": x}


def hooked():
    x = Tensor([1.0, 2.0])
    y = x * 3
    y.register_hook(lambda g: g * 2)
    y.grad_fn.register_hook(lambda ins, outs: (ins[0] + 1,))
    return (y * y).sum(), None, {"x": x, "y": y}


def packed():
    x = Tensor([1.0, 2.0])
    with picograd.autograd.graph.saved_tensors_hooks(lambda t: t.value * 2, lambda a: Tensor(a / 2)):
        return (x.exp() * x).sum(), None, {"x": x}


def of_two_dtypes():
    x, y = Tensor(np.ones((3, 2), np.float32)), Tensor(np.arange(2.0))
    return (x * y).sum() + x.mean().double(), None, {"x": x, "y": y}


def checkpointed():
    x = Tensor([1.0, 2.0])
    return picograd.utils.checkpoint.checkpoint(lambda x: (x * x).tanh(), x, use_reentrant=False).sum(), None, {"x": x}


def overwritten_result():
    x = Tensor(np.arange(16.0).reshape(1, 1, 4, 4))
    y = nn.functional.max_pool2d(x, 2)
    z = (y * 2).sum()
    with picograd.no_grad():
        y.zero_()
    return z, None, {"x": x}


MORE = [packed, of_two_dtypes, checkpointed, overwritten_result]


@pytest.mark.parametrize("graph", [*GRAPHS, several_uses, infinite, function, hooked, *MORE])
def test_steps_give_what_backward_gives(graph):
    picograd.manual_seed(0)
    z, model, names = graph()
    leaves = [*(model.parameters() if model else ()), *(x for x in names.values() if x.requires_grad)]
    z.backward(retain_graph=True)
    expected = [x._grad.copy() for x in leaves]
    for x in leaves:
        x._grad = None
    z._grad = None
    steps = list(viz.steps(z, retain_graph=True, model=model, names=names))
    assert [x._grad.tobytes() for x in leaves] == [g.tobytes() for g in expected]
    for x in leaves:
        x._grad = None
    list(viz.steps(z, model=model, names=names))
    assert [x._grad.tobytes() for x in leaves] == [g.tobytes() for g in expected]
    with pytest.raises(RuntimeError, match="second pass"):
        z.backward()
    assert steps[0].gradient == 1 and all(str(step) for step in steps)


def gradients(outs, seeds, going):
    starts = {y._start(): g for y, g in zip(outs, seeds, strict=True)}
    if going is walk:
        return {x.node: g for x, g in walk(starts, retain_graph=True)}
    return {node: g for node, g, _ in going(starts) if node.tensor() is not None}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_steps_give_what_the_walk_gives_for_every_op(dtype):
    rows = [row for table in FAMILIES for row in table.ROWS if row.gradient]
    assert len(rows) > 1000
    for row in rows:
        leaves = tensors(cast(row.draw(), row, np.dtype(dtype)), row)
        with np.errstate(all="ignore"):
            outs = [y * y + y for y in evaluate(row.forms[0], picograd, leaves) if y.requires_grad]  # each value twice
        if len({y._start() for y in outs}) < len(outs) or not outs:
            continue
        seeds = cotangents([y.value for y in outs])
        once, steps = (gradients(outs, seeds, going) for going in (walk, one_by_one))
        assert once.keys() == steps.keys()
        for node, g in once.items():
            assert np.asarray(g).tobytes() == np.asarray(steps[node]).tobytes(), row.id
            assert g.dtype == steps[node].dtype, row.id


def test_steps_refuse_what_the_walk_refuses():
    def overwritten():
        x = Tensor([1.0, 2.0])
        y = x.exp()
        z = y.sum()
        with picograd.no_grad():
            y.zero_()
        return z

    def undefined():
        return (Tensor([0.0]) / picograd.zeros(1)).sum()

    for graph, watched in ((overwritten, False), (undefined, True)):
        said = []
        for run in (Tensor.backward, lambda z: list(viz.steps(z))):
            with picograd.autograd.set_detect_anomaly(False):
                z = graph()
            with picograd.autograd.set_detect_anomaly(watched), pytest.raises(RuntimeError) as error:
                run(z)
            said.append(str(error.value).replace("steps", "backward"))
        assert said[0] == said[1]


# ---- one after the other -------------------------------------------------------------------------------------------


def test_nothing_is_deposited_before_the_last_step():
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    z = (x * y).sum()
    steps = viz.steps(z, names={"x": x, "y": y, "z": z})
    first = next(steps)
    assert (first.name, first.op, first.number, repr(first)) == ("z", "sum", 1, "Step 1: z")
    (name, g), = first.sent  # fmt: skip
    assert name == "mul" and g.tolist() == [1, 1] and first.node is z.node
    second = next(steps)
    assert [(name, g.tolist()) for name, g in second.sent] == [("x", [3, 4]), ("y", [1, 2])]
    assert x._grad is y._grad is z._grad is None
    assert [step.name for step in steps] == ["y", "x"]
    assert x.grad.tolist() == [3, 4] and z.grad == 1
    with pytest.raises(RuntimeError, match="second pass"):
        viz.steps(z)


def test_a_gradient_to_start_from():
    x = Tensor([1.0, 2.0])
    list(viz.steps(x * 3, np.array([1.0, 10.0])))
    assert x.grad.tolist() == [3, 30]
    with pytest.raises(RuntimeError, match=r"steps: a Tensor of shape \(2,\): only a scalar"):
        viz.steps(x * 3)


def test_the_picture_of_a_step_shows_how_far_the_gradient_has_come():
    z, _, names = two_ops()
    pictures = [step.picture.svg for step in viz.steps(z, names=names)]
    assert len(pictures) == 4
    for k, svg in enumerate(pictures):
        root = ElementTree.fromstring(svg)
        assert len(root.findall(f".//{SVG}rect[@class='card card-now']")) == 1
        groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == "node"]
        assert sum(group.get("opacity") is not None for group in groups) == 3 - k
        places = [group.get("transform") for group in groups]
        assert k == 0 or places == before  # noqa: F821
        before = places  # noqa: F841


def test_the_picture_of_a_step_after_the_pass_is_the_same():
    z, _, names = two_ops()
    during = [step.picture.svg for step in viz.steps(z, names=names)]
    z, _, names = two_ops()
    assert [step.picture.svg for step in list(viz.steps(z, names=names))] == during


def test_pictures_show_what_hooks_have_made_of_a_gradient():
    x = Tensor([1.0, 2.0])
    calls = []
    x.register_hook(lambda g: calls.append(g) or g * 100)
    z = (x * 3).sum()
    *_, last = (step.picture.svg for step in viz.steps(z, names={"x": x}))
    words = ["".join(text.itertext()) for text in ElementTree.fromstring(last).iter(f"{SVG}text")]
    assert words.count("300") == 2 and len(calls) == 1


EXPLAINED = """\
z = 11; g: the gradient of z at each node, from the last back
1. z = sum, scalar: g = dz/dz = 1
   each element had a part of 1 in the sum
   dz/dmul = g for each element = 1 for each element = [1 1]
2. mul, 2 elements: g = dz/dmul = [1 1]
   each factor gets the gradient times the other one
   dz/dx = g * y = [1 1] * [3 4] = [3 4]
   dz/dy = g * x = [1 1] * [1 2] = [1 2]
3. y, a leaf: dz/dy = [1 2]
4. x, a leaf: dz/dx = [3 4]
"""


def test_explain_tells_the_chain_rule_with_numbers(capsys):
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    z = (x * y).sum()
    text = io.StringIO()
    viz.explain(z, names={"x": x, "y": y, "z": z}, file=text)
    assert text.getvalue() == EXPLAINED
    viz.explain(z, names={"x": x, "y": y, "z": z})
    assert capsys.readouterr().out == EXPLAINED
    assert x._grad is None
    z.backward()  # nothing was freed
    assert x.grad.tolist() == [3, 4]


@pytest.mark.parametrize("graph", [*GRAPHS, several_uses, function])
def test_explain_ends_with_the_gradients_of_backward(graph):
    z, model, names = graph()
    text = io.StringIO()
    viz.explain(z, model=model, names=names, file=text)
    z.backward()
    leaves = {**(dict(model.named_parameters()) if model else {}), **{n: x for n, x in names.items() if x.is_leaf}}
    for name, x in leaves.items():
        if x.requires_grad:
            line = next(line for line in text.getvalue().splitlines() if f". {name}, a leaf" in line)
            assert line.endswith(f"= {viz.figures.in_words(np.asarray(x.grad))}")


def test_explain_sums_where_a_value_was_used_twice_or_broadcast():
    x, b = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([1.0, 1.0])
    text = io.StringIO()
    viz.explain((x * x + b).sum(), names={"x": x, "b": b}, file=text)
    assert text.getvalue().count("dsum/dx += g * x") == 2
    assert "dsum/db = g = [[1 1] [1 1]] = [2 2], summed where it was broadcast" in text.getvalue()

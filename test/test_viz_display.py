"""What a Tensor says of itself: repr of a large one, `show`, and what a notebook shows."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import picograd
from picograd import Tensor, nn
from picograd.ops.primitive import Array, by_name, primitive
from picograd.viz import show
from picograd.viz.display import BLOCKS, html, pooled, statistics, strip

# ---- text -----------------------------------------------------------------------------------------------------------


def test_the_repr_of_a_large_tensor_has_statistics_and_a_strip() -> None:
    x = Tensor(np.linspace(-1, 1, 4800, dtype=np.float32).reshape(48, 100))
    lines = repr(x * 2).splitlines()
    assert lines[0].startswith("Tensor([[-2.    , ") and "..." in repr(x) and lines[-3].endswith("]], op=mul)")
    assert lines[-2] == "  (48, 100), float32, cpu, op mul: min -2, mean -3.179e-09, max 2, std 1.155" or re.match(
        r"  \(48, 100\), float32, cpu, op mul: min -2, mean \S+, max 2, std 1\.155$", lines[-2]
    )
    assert lines[-1] == "  " + "".join(block * 6 for block in BLOCKS) + "  ▁ -1.96 to █ 1.96"


def test_a_small_repr_is_as_it_was() -> None:
    assert repr(Tensor([1.0, 2.0])) == "Tensor([1., 2.], requires_grad=True)"
    assert "mean" not in repr(picograd.zeros(10, 100))  # all elements are there
    picograd.set_printoptions(threshold=4)
    try:
        assert repr(picograd.arange(10)) == "Tensor([0, 1, 2, ..., 7, 8, 9])"
    finally:
        picograd.set_printoptions(profile="default")


def test_what_is_not_finite_is_said_in_words() -> None:
    x = picograd.randn(30, 50)
    x[0, :3] = np.nan
    x[1, 1], x[2, 2], x[29, 49] = np.inf, -np.inf, -np.inf
    said = repr(x).splitlines()[-2]
    assert said.endswith("; 3 nan, 1 inf, 2 -inf") and "nan" not in said.split(";")[0]
    assert repr(x).splitlines()[-1].count("!") == 4
    assert show(picograd.full((2,), np.nan)).__repr__() == "Tensor (2,), float32, cpu: 2 nan"


def test_show_of_all_kinds() -> None:
    weight = nn.Parameter(picograd.ones(2, 3))
    weight.sum().backward()
    assert repr(show(weight)) == "Parameter (2, 3), float32, cpu, requires grad: min 1, mean 1, max 1, std 0"
    assert repr(show(weight.grad)) == "Gradient (2, 3), float32: min 1, mean 1, max 1, std 0"
    assert repr(show(picograd.tensor(3.5))) == "Tensor (), float32, cpu: 3.5"
    assert repr(show(picograd.zeros(0, 3))) == "Tensor (0, 3), float32, cpu: no elements"
    assert repr(show(picograd.tensor([True, False]))) == "Tensor (2,), bool, cpu: 1 of 2 True"
    assert repr(show(np.arange(4))) == "ndarray (4,), int64: min 0, mean 1.5, max 3, std 1.118"
    assert repr(show(picograd.ones(2, dtype=picograd.bfloat16))).startswith("Tensor (2,), bfloat16, cpu: min 1")
    assert "complex64" in repr(show(picograd.complex(picograd.ones(2), picograd.ones(2))))


@pytest.mark.parametrize("x", [None, "abc", [[1], [2, 3]], np.array([None, "a"], object), nn.Linear(1, 1)])
def test_show_of_what_holds_no_numbers(x: Any) -> None:
    with pytest.raises(TypeError, match=rf"show: a {type(x).__name__}: it shows numbers; give a Tensor or an array"):
        show(x)


def test_strips() -> None:
    assert strip(np.ones(100)) == "" and strip(np.full(3, np.nan)) == "!!!"
    assert strip(np.array([0.0, 1.0, np.inf, 2.0])) == "▁▄!█  ▁ 0 to █ 2".replace("▄", "▅")
    matrix = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(pooled(matrix, 3, 2), [[0.5, 2.5], [4.5, 6.5], [8.5, 10.5]])
    np.testing.assert_array_equal(pooled(matrix, 1, 1), [[5.5]])
    assert statistics(np.array([2, 4], np.uint8)) == ["min 2", "mean 3", "max 4", "std 1"]


# ---- notebooks ------------------------------------------------------------------------------------------------------


def whole(x: Any) -> ElementTree.Element:
    return ElementTree.fromstring(x._repr_html_().replace("&nbsp;", " "))


def tree(x: Any) -> ElementTree.Element:
    """What is shown of the Tensor itself."""
    root = whole(x)
    for part in root.findall("details"):
        if "graph" in (part.findtext("summary") or ""):
            root.remove(part)
    return root


def text(x: Any) -> str:
    return "".join(tree(x).itertext())


def test_few_numbers_are_a_table() -> None:
    x = Tensor([[1.0, -2.5], [np.nan, 0.0]])
    cells = [cell.text for cell in tree(x * 1).iter("td")]
    assert cells == ["1", "-2.5", "nan", "0"]
    assert re.match(
        r"Tensor \(2, 2\) · float32 · cpu · op mulmin -2\.5 · mean -0\.5 · max 1 · std 1\.47\d 1 nan", text(x * 1)
    )
    assert tree(x * 1).find(".//{*}svg") is None
    assert [cell.text for cell in tree(picograd.tensor([True, False])).iter("td")] == ["True", "False"]


@pytest.mark.parametrize(
    ("shape", "size", "note"),
    [
        ((300, 500), (448, 168), "a block is the mean of 12.5 x 7.81 elements"),
        ((20, 30), (360, 240), ""),
        ((1000,), (448, 7), "a block is the mean of 15.6 elements"),
        ((8, 3, 5, 5), (536, 128), "the first 12 of 24 matrices"),
    ],
)
def test_many_are_a_heat_map(shape: tuple[int, ...], size: tuple[int, int], note: str) -> None:
    root = tree(picograd.randn(*shape))
    (svg,) = root.iter("{http://www.w3.org/2000/svg}svg")
    assert (int(svg.attrib["width"]), int(svg.attrib["height"])) == size
    squares = sum(path.attrib["d"].count("M") for path in svg)
    colors = {path.attrib["fill"] for path in svg}
    assert 300 * (len(shape) < 4) * (len(shape) > 1) <= squares <= 24 * 64 and 10 < len(colors) <= 25
    if note:
        assert note in "".join(root.itertext())
    assert len(picograd.randn(*shape)._repr_html_()) < 50_000


def test_colours_show_the_sign_and_what_is_not_finite() -> None:
    x = picograd.zeros(20, 20)
    x[:, 10:] = 1
    x[0, 0], x[5, 5] = np.nan, -1
    fills = {
        path.attrib["fill"]: path.attrib["d"].count("M")
        for path in next(tree(x).iter("{http://www.w3.org/2000/svg}svg"))
    }
    assert fills == {"#f7f7f7": 198, "#b2222d": 200, "#000000": 1, "#2152af": 1}


def test_parameters_gradients_and_subclasses() -> None:
    weight = nn.Parameter(picograd.randn(3, 4))
    (weight * 2).sum().backward()
    assert text(weight).startswith("Parameter (3, 4) · float32 · cpu · requires grad")
    assert text(weight).endswith("gradient: min 2 · mean 2 · max 2 · std 0")
    assert text(weight.grad).startswith("Gradient (3, 4) · float32min 2")

    class Odd(Tensor):
        pass

    Odd.__name__ = "<b>&"
    assert "&lt;b&gt;&amp;" in html(Odd([1.0]))
    assert text(nn.LazyLinear(3).weight) == "<UninitializedParameter>"
    assert text(picograd.complex(picograd.ones(2), picograd.ones(2))).startswith("Complex (2,) · complex64")
    assert "no elements" in text(picograd.zeros(0, 3)) and "3.5" in text(picograd.tensor(3.5))
    assert show(weight)._repr_html_() == weight._repr_html_()


# ---- the graph of a Tensor in a notebook -----------------------------------------------------------------------------


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The notebook's variables."""
    module = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    return vars(module)


def graph(x: Any) -> tuple[str, bool, list[str]]:
    """The line above the picture, whether it is open, and the texts in it."""
    (details,) = (part for part in whole(x).findall("details") if "graph" in (part.findtext("summary") or ""))
    svg = details.find("{*}svg")
    assert svg is not None
    return details.findtext("summary") or "", "open" in details.attrib, ["".join(t.itertext()) for t in svg.iter()]


def test_a_result_shows_its_graph_with_the_notebooks_names(variables: dict[str, Any]) -> None:
    x, y = Tensor.eye(3), Tensor([[2.0, 0, -2.0]])
    variables.update(x=x, y=y, z=y.dot(x).sum(), __name__="no name", _hidden=x)
    line, opened, words = graph(variables["z"])
    assert line == "graph: 4 nodes" and opened and {"x", "y", "z", "dot", "gradient"} <= set(words)
    assert "<details" not in x._repr_html_()  # a leaf has none
    assert x._grad is None and "_hidden" not in words
    html_text = variables["z"]._repr_html_()
    assert "picograd-page" in html_text and 'data-jp-theme-light="false"' in html_text


def test_the_model_is_the_one_that_the_graph_is_of(variables: dict[str, Any]) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 2)))
    variables.update(other=nn.Linear(3, 4), part=model[2], model=model, text="x")
    line, _, words = graph(model(picograd.ones(2, 3)))
    assert line == "graph: 7 nodes" and {"0", "Linear", "1", "ReLU", "weight"} <= set(words)


def test_long_graphs_are_closed_larger_ones_without_numbers_the_largest_in_words(variables: dict[str, Any]) -> None:
    x = Tensor([1.0, 2.0])
    z = sum(((x * k).tanh() for k in range(30)), x).sum()
    assert graph(z)[:2] == ("graph: 92 nodes", True)  # few, when what repeats is folded
    for op in ("exp", "tanh", "sin", "cos", "exp", "sigmoid", "abs", "square", "sin", "neg"):
        z = getattr(z, op)()
    assert graph(z)[:2] == ("graph: 102 nodes", False)
    for _ in range(300):
        z = (z * 2).tanh()
    assert "a graph of more than 600 nodes: picograd.viz.draw(...) draws it" in text(z)
    big = Tensor(np.ones((1000, 600), np.float32))
    line, _, words = graph((big * big).sum())
    assert line == "graph: 3 nodes, too large to show their numbers here" and "gradient" not in words


def test_what_can_not_be_drawn_is_said(variables: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    x = Tensor([1.0, 2.0])
    z = (x * x).sum()
    z.backward()
    assert "a backward pass has freed the graph behind sum" in text(z)

    monkeypatch.setitem(by_name, "broken", by_name["relu"])  # and goes again

    @primitive()
    def broken(x: Array) -> Array:
        return x * 1

    def rule(g: Any) -> Any:
        raise KeyError("<oh>")

    broken.rule(x=rule)
    assert "its graph can't be drawn: '<oh>'" in text(broken(x).sum())


def test_looking_changes_nothing() -> None:
    x = Tensor([[1.0, np.inf], [2.0, 3.0]])
    before = x.value.copy()
    with np.errstate(all="raise"):
        x._repr_html_()
        repr(show(x))
    assert np.array_equal(x.value, before) and x.is_leaf and x._version == 0


def test_import_picograd_opens_nothing_of_it() -> None:
    code = "import sys, picograd; assert not [n for n in sys.modules if 'viz' in n]; assert picograd.Tensor._repr_html_"
    subprocess.run([sys.executable, "-c", code], check=True)

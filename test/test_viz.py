"""Pictures of graphs, parsed."""

from __future__ import annotations

import gc
import importlib.util
import io
import re
import sys
import weakref
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import picograd
import picograd.nn as nn
import picograd.nn.functional as F
from picograd import Tensor, viz
from picograd.autograd import Function
from picograd.viz.cards import PAD
from picograd.viz.items import Frame
from picograd.viz.layout import HEADER
from picograd.viz.text import width_of
from picograd.watching import watch

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"


# ---- the graphs ----------------------------------------------------------------------------------------------------


def two_ops():
    x, y = Tensor.eye(3), Tensor([[2.0, 0, -2.0]])
    z = y.dot(x).sum()
    return z, None, {"x": x, "y": y, "z": z}


def mlp():
    model = nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 5))
    x, target = picograd.randn(8, 20), picograd.arange(8) % 5
    return F.cross_entropy(model(x), target), model, {"x": x, "target": target}


def cnn():
    layers = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 10)]
    model = nn.Sequential(*layers)
    return F.cross_entropy(model(picograd.randn(2, 1, 8, 8)), picograd.tensor([1, 2])), model, {}


def lstm_steps():
    model = nn.ModuleDict({"cell": nn.LSTMCell(3, 4), "head": nn.Linear(4, 1)})
    state = None
    for x in picograd.randn(6, 2, 3):
        state = model["cell"](x, state)
    return model["head"](state[0]).square().mean(), model, {}


def block():
    model = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
    return model(picograd.randn(2, 3, 8)).square().mean(), model, {}


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attention(h, h, h, need_weights=False)[0]
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class GPT(nn.Module):
    def __init__(self, layers=4, width=8):
        super().__init__()
        self.character, self.place = nn.Embedding(10, width), nn.Embedding(16, width)
        self.blocks = nn.ModuleList([Block(width) for _ in range(layers)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10, bias=False)
        self.head.weight = self.character.weight

    def forward(self, x):
        x = self.character(x) + self.place(picograd.arange(x.shape[1]))
        for one in self.blocks:
            x = one(x)
        return self.head(self.norm(x))


def gpt():
    model = GPT()
    x = picograd.randint(0, 10, (2, 6))
    return F.cross_entropy(model(x).flatten(0, 1), x.flatten()), model, {"text": x}


def loop():
    a = Tensor([1.0, 2.0])
    z = a
    for _ in range(20):
        z = (z * 1.01).tanh() + a
    return z.sum(), None, {"a": a}


def diamond():
    x = Tensor([0.5, 1.5])
    a, b = x.exp(), x * x
    return (a * b - x / b).sum(), None, {"x": x}


GRAPHS = [two_ops, mlp, cnn, lstm_steps, block, gpt, loop, diamond]


@pytest.fixture(autouse=True)
def seed():
    picograd.manual_seed(0)


# ---- what a picture is made of -------------------------------------------------------------------------------------


def parsed(picture):
    root = ElementTree.fromstring(picture.svg)
    assert root.tag == f"{SVG}svg"
    return root


def nodes_of(root):
    """data-id -> ((left, top, right, bottom), the texts in it)."""
    nodes = {}
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "node":
            x, y = map(float, re.findall(r"[-\d.]+", group.get("transform")))
            rect = group.find(f"{SVG}rect")
            assert group.get("data-id") not in nodes
            box = (x, y, x + float(rect.get("width")), y + float(rect.get("height")))
            nodes[group.get("data-id")] = box, group.findall(f"{SVG}text")
    return nodes


def words_of(root):
    return [[text.text for text in texts] for _, texts in nodes_of(root).values()]


def titles_of(root):
    return [["".join(text.itertext()) for text in group.iter(f"{SVG}text")] for group in root.iter(f"{SVG}g")
            if group.get("class") == "boxes"]  # fmt: skip


def points_of(path):
    """Points along a path of M, L and C."""
    points = []
    for letter, numbers in re.findall(r"([MLC])([^MLCZ]*)", path):
        values = np.array(numbers.split(), float).reshape(-1, 2)
        if letter == "C":
            t = np.linspace(0, 1, 25)[1:, None]
            a, (b, c, d) = points[-1], values
            points += list((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d)
        else:
            for value in values:
                start = points[-1] if points and letter == "L" else value
                points += list(start + np.linspace(0, 1, 20)[:, None] * (value - start))
    return np.array(points)


def overlap(a, b, by=0.5):
    return a[0] + by < b[2] and b[0] + by < a[2] and a[1] + by < b[3] and b[1] + by < a[3]


def contains(a, b):
    return a[0] <= b[0] and a[1] <= b[1] and a[2] >= b[2] and a[3] >= b[3]


def on_border(box, point, by):
    left, top, right, bottom = box
    x, y = point
    inside = left - by <= x <= right + by and top - by <= y <= bottom + by
    return inside and min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) <= by


def frame_rect(item):
    return (item.x, item.y, item.x + item.width, item.y + item.height)


@pytest.mark.parametrize("direction", ["down", "right"])
@pytest.mark.parametrize("detail", ["full", "brief", "none"])
@pytest.mark.parametrize("graph", GRAPHS)
def test_a_picture_is_well_made(graph, detail, direction):
    z, model, names = graph()
    picture = viz.draw(z, model, names, detail=detail, direction=direction)
    root = parsed(picture)
    nodes = nodes_of(root)
    assert len(nodes) == len(picture.scene.cards())
    rects = [box for box, _ in nodes.values()]
    for k, a in enumerate(rects):
        assert not any(overlap(a, b) for b in rects[:k])
    # Boxes hold what is theirs, and nothing else is in them.
    frames = picture.scene.frames()
    for frame in frames:
        inner = {id(item) for item in within(frame)}
        for item in (*frames, *picture.scene.cards()):
            if item is frame:
                continue
            if id(item) in inner:
                assert contains(frame_rect(frame), frame_rect(item))
            else:
                assert not overlap(frame_rect(frame), frame_rect(item)) or contains(frame_rect(item), frame_rect(frame))
    # Texts fit.
    for (left, _, right, bottom), texts in nodes.values():
        for text in texts:
            x, size = float(text.get("x")), float(text.get("font-size"))
            width = width_of(text.text, size, text.get("font-weight") == "bold")
            start = x - width if text.get("text-anchor") == "end" else x
            assert start >= PAD - 1 and start + width <= right - left - PAD + 1, text.text
            assert 0 < float(text.get("y")) < bottom
    for frame in frames:
        assert frame.title_x + frame.title_width - 10 <= frame.width
    # Edges go from border to border, and round whatever is between.
    edges = [group for group in root.iter(f"{SVG}g") if group.get("class") == "edge"]
    assert len(edges) == len(picture.scene.edges)
    title_rects = [(f.x + f.title_x, f.y + 6, f.x + f.title_x + f.title_width - 10, f.y + HEADER - 6) for f in frames]
    for group in edges:
        start, end = nodes[group.get("data-from")][0], nodes[group.get("data-to")][0]
        for path in group.iter(f"{SVG}path"):
            role = path.get("class")
            points = points_of(path.get("d"))
            if role.endswith("-head"):
                assert on_border(end if role.startswith("forward") else start, points[0], 0.3)
                continue
            assert on_border(start if role == "forward" else end, points[0], 0.3)
            for rect in rects:
                left, top, right, bottom = rect
                x, y = points.T
                inside = (x > left + 1) & (x < right - 1) & (y > top + 1) & (y < bottom - 1)
                assert not inside.any(), "an edge goes through a node"
            for left, top, right, bottom in title_rects:
                x, y = points.T
                assert not ((x > left) & (x < right) & (y > top) & (y < bottom)).any(), "an edge goes through a title"


def within(frame):
    """Everything in a frame."""
    for item in frame.items:
        yield item
        if isinstance(item, Frame):
            yield from within(item)
        elif hasattr(item, "beside"):
            yield item.card
            yield from (edge.source for edge in item.beside)


def test_every_value_is_there_once():
    z, _, names = diamond()
    words = [words[0] for words in words_of(parsed(viz.draw(z, names=names)))]
    assert sorted(words) == ["div", "exp", "mul", "mul", "sub", "sum", "x"]


def test_numbers_of_small_arrays_and_statistics_of_large_ones():
    z, _, names = two_ops()
    words = {words[0]: words[1:] for words in words_of(parsed(viz.draw(z, names=names)))}
    assert words["y"] == ["1 × 3", "value", "2", "0", "−2", "gradient", "1", "1", "1"]
    assert words["x"][-9:] == ["2", "2", "2", "0", "0", "0", "−2", "−2", "−2"]
    assert words["dot"] == ["1 × 3", "value", "2", "0", "−2", "gradient", "1", "1", "1"]  # nobody holds it
    assert words["z"] == ["scalar", "sum", "value", "0", "gradient", "1"]
    x = Tensor(np.arange(100.0))
    x.value[3], x.value[4] = np.nan, np.inf
    words = words_of(parsed(viz.draw((x * x).sum(), names={"x": x}, detail="full")))
    assert next(w for w in words if w[0] == "x")[:7] == ["x", "100", "value", "inf", "1 of 100", "nan", "1 of 100"]
    assert any("nan: 1 of 100" in words for words in words_of(parsed(viz.draw((x * x).sum(), detail="brief"))))


def test_a_model_gives_names_and_boxes_with_and_without_a_recording():
    z, model, names = mlp()
    root = parsed(viz.draw(z, model, names))
    assert titles_of(root) == [["0", "Linear"], ["1", "ReLU"], ["2", "Linear"]]
    assert sum(words[0] in ("weight", "bias", "x", "target") for words in words_of(root)) == 6
    with viz.record(model) as tape:
        z = F.cross_entropy(model(names["x"]), names["target"])
    root = parsed(viz.draw(z, model, names))
    assert titles_of(root) == [["Sequential"], ["0", "Linear"], ["1", "ReLU"], ["2", "Linear"]]
    assert tape.seen


def test_leaves_without_a_model_have_their_own_boxes_and_no_names():
    z, _, _ = mlp()
    root = parsed(viz.draw(z))
    assert titles_of(root) == [] and sum(words[0] == "leaf" for words in words_of(root)) == 4


class Tutorial(nn.Module):
    """As tutorials write them: one ReLU and one pool for all."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.fc = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 8, 3), nn.Linear(8, 10)
        self.relu, self.pool, self.flat, self.drop = nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.2)

    def forward(self, x):
        x = self.pool(self.relu(self.conv1(x)))
        x = self.pool(self.relu(self.conv2(x)))
        return self.fc(self.drop(self.flat(x)))


class Double(nn.Module):
    def forward(self, x):
        return (x * 2).tanh()


def in_place():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(144, 8), nn.ReLU(inplace=True), nn.Dropout(0.5, inplace=True), nn.ReLU()
    )


def nested(inner):
    first = nn.Sequential(nn.Flatten(), nn.Linear(144, 8), inner, nn.Dropout())
    return nn.Sequential(first, nn.Sequential(nn.Linear(8, 8), nn.GELU()), nn.Linear(8, 4), nn.Softmax(1))


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (Tutorial, 12),
        (lambda: nested(Double()), 12),
        (lambda: nested(nn.Identity()), 12),
        (in_place, 12),
        (lambda: cnn()[1], 8),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_modules_without_parameters_have_boxes_as_in_a_recording(make, size, training):
    model = make().train(training)
    x = Tensor(np.random.default_rng(0).normal(size=(2, 1, size, size)).astype(np.float32))
    state = picograd.get_rng_state()
    z = model(x).sum()
    picograd.set_rng_state(state)
    found = titles_of(parsed(viz.draw(z, model)))
    assert np.array_equal(picograd.get_rng_state().value, state.value)
    with viz.record(model):
        z = model(x).sum()
        recorded = titles_of(parsed(viz.draw(z, model)))
    whole = [type(model).__name__]
    assert sorted(found) == sorted(title for title in recorded if title != whole)
    kinds = {title[-1] for title in found}
    assert kinds & {"Flatten", "GELU", "ReLU"} and ("Dropout" in kinds) <= training


def test_a_module_is_not_guessed_where_it_is_not_known():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.fc = nn.ReLU(), nn.ReLU(), nn.Linear(3, 3)

        def forward(self, x):
            return self.first(self.fc(self.second(x)))

    model = Two()
    assert titles_of(parsed(viz.draw(model(Tensor([[1.0, 2.0, 3.0]])).sum(), model))) == [["fc", "Linear"]]
    sequence = nn.Sequential(nn.Linear(3, 3), Double(), Double(), nn.Linear(3, 3))  # which has which ops?
    titles = titles_of(parsed(viz.draw(sequence(Tensor([[1.0, 2.0, 3.0]])).sum(), sequence)))
    assert titles == [["0", "Linear"], ["3", "Linear"]]


@pytest.mark.parametrize("recorded", [False, True])
def test_equal_modules_are_drawn_once(recorded):
    z, model, names = gpt()
    if recorded:
        with viz.record(model) as tape:
            x = names["text"]
            z = F.cross_entropy(model(x).flatten(0, 1), x.flatten())
        assert z.node in tape.seen
    titles = titles_of(parsed(viz.draw(z, model, names)))
    assert any(title[1:] == ["Block", "× 4"] and title[0] == "blocks.0 … blocks.3" for title in titles), titles
    assert sum("up" in title for title in titles) == 1
    unfolded = titles_of(parsed(viz.draw(z, model, names, fold=False)))
    assert sum("up" in title for title in unfolded) == 4


def test_a_thousand_layers_are_one():
    model = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(1000)])
    root = parsed(viz.draw(model(picograd.randn(2, 4)).sum(), model))
    assert titles_of(root) == [["0 … 999", "Sequential", "× 1000"], ["0.0", "Linear"], ["0.1", "Tanh"]]


def test_a_loop_is_drawn_once_and_a_chain_keeps_its_ends():
    z, _, names = loop()
    root = parsed(viz.draw(z, names=names))
    assert titles_of(root) == [["repeated", "× 20"]]
    assert sorted(words[0] for words in words_of(root)) == ["a", "add", "mul", "sum", "tanh"]
    x = Tensor([1.0])
    for _ in range(100):
        x = x * 1.5
    words = [words[0] for words in words_of(parsed(viz.draw(x)))]
    assert sorted(words) == ["leaf", "mul", "mul", "mul", "mul", "… 96 more"]


def test_what_only_looks_like_a_loop_is_not_folded():
    x = Tensor([1.0])
    a = x.tanh()
    b = (a + x).tanh()
    c = (a + b).tanh()
    d = (a + c).tanh()
    e = (b + d).tanh()  # takes from two before
    assert sum(words[0] == "tanh" for words in words_of(parsed(viz.draw(e)))) >= 3


def test_large_graphs_are_drawn_in_seconds_and_a_deep_one_without_recursion():
    rng = np.random.default_rng(0)
    tensors = [Tensor(rng.normal(size=3)) for _ in range(10)]
    for k in range(10_000):
        a, b = tensors[rng.integers(max(len(tensors) - 10, 0), len(tensors))], tensors[rng.integers(len(tensors))]
        tensors.append(a + b if k % 3 else (a * b).tanh())
    picture = viz.draw(tensors[-1].sum() + tensors[-2].sum())
    assert len(picture.scene.cards()) < 200
    assert any("more" in words[0] for words in words_of(parsed(picture)))
    x = Tensor([1.0])
    for _ in range(100_000):
        x = x * 1.0
    assert len(nodes_of(parsed(viz.draw(x)))) == 6


def test_many_leaves_of_one_op_are_few_in_the_picture():
    words = words_of(parsed(viz.draw(picograd.stack([Tensor([float(k)]) for k in range(1000)]).sum())))
    assert sum(word[0] == "leaf" for word in words) == 4 and any("… 996 more" in word for word in words)


def test_depth_closes_modules():
    z, model, names = gpt()
    root = parsed(viz.draw(z, model, names, depth=0))
    assert titles_of(root) == []
    assert any(word[0] == "blocks × 4" or word[0].startswith("blocks") for word in words_of(root))


def test_names_are_escaped():
    x = Tensor([1.0])
    name = """<script>&"'"""
    root = parsed(viz.draw((x * 2).sum(), names={name: x}))
    assert any(words[0] == name for words in words_of(root)) and root.find(f".//{SVG}script") is None


def test_whole_numbers_are_a_range_and_the_legend_is_in_columns():
    z, model, names = mlp()
    picture = viz.draw(z, model, names)
    root = parsed(picture)
    assert ["target", "8", "constant", "value", "0 to 4"] in words_of(root)
    legend = next(group for group in root.iter(f"{SVG}g") if group.get("class") == "legend")
    texts = [text for text in legend.iter(f"{SVG}text") if text.text != "±"]
    places = [float(text.get("x")) for text in texts]
    assert len(texts) == 8 and places == places[:2] * 4
    assert all(float(t.get("x")) + width_of(t.text, 11) <= float(root.get("width")) for t in texts)


def test_chains_beside_each_other_are_straight():
    z, model, names = lstm_steps()
    bent = [edge for edge in viz.draw(z, model, names).scene.edges if edge.source.vertex.op == edge.target.vertex.op]
    assert len(bent) >= 2
    for edge in bent:
        assert max(x for x, _ in edge.points) - min(x for x, _ in edge.points) < 0.5


def test_lines_into_a_box_do_not_cross_on_their_way():
    z, model, names = gpt()
    edges = viz.draw(z, model, names, depth=2).scene.edges
    sources = [edge.source for edge in edges]
    first = next(edge.source for edge in edges if edge.source.vertex.op == "add" and sources.count(edge.source) == 2)
    (a, b) = sorted((edge.points for edge in edges if edge.source is first), key=lambda points: points[0][0])
    assert a[-2][0] < b[-2][0]


def test_names_may_be_locals():
    x = Tensor([1.0])
    _hidden, other = x, 3
    words = words_of(parsed(viz.draw(x * other, names=locals())))
    assert "x" in [word[0] for word in words] and "_hidden" not in str(words)


def test_constants_and_options_are_named():
    x, mask = Tensor([[1.0, 2.0]]), picograd.tensor([[0.0, 1.0]])
    words = words_of(parsed(viz.draw((x * mask).sum(axis=1).sum(), names={"mask": mask})))
    assert next(w for w in words if w[0] == "mask")[:3] == ["mask", "1 × 2", "constant"]
    assert any("axis = 1" in word for word in words)
    assert any("y = 3" in word for word in words_of(parsed(viz.draw(x * 3))))


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: x + 2, "y = 2"),
        (lambda x: 0.1 - x, "x = 0.1"),
        (lambda x: (x + 2) * x, "y = 2"),
        (lambda x: (x + 2).sum(), "y: a constant"),  # nobody knows the sum before it was summed
        (lambda x: x + 1e-9, "y: a constant"),  # lost in rounding
        (lambda x: x - picograd.tensor([1.0, 5.0]), "y: a constant"),
        (lambda x: picograd.where(picograd.tensor([True, False]), x, 0.0), "y: a constant"),
    ],
)
def test_a_constant_that_no_rule_has_kept_is_said(function, said):
    x = Tensor([1.0, 2.0])
    assert any(said in word for word in words_of(parsed(viz.draw(function(x)))))
    with viz.record():  # the tape lives as long as its results
        z = function(x)
    assert not any("y: a constant" in word for word in words_of(parsed(viz.draw(z))))


# ---- before and after the backward pass ----------------------------------------------------------------------------


def test_drawing_changes_nothing():
    z, model, names = mlp()
    called = []
    z.register_hook(called.append)
    viz.draw(z, model, names)
    assert all(p._grad is None for p in model.parameters()) and not called
    z.backward()
    assert called and all(p._grad is not None for p in model.parameters())


def test_after_a_backward_pass_what_is_known_is_drawn():
    z, model, _ = mlp()
    z.backward()
    root = parsed(viz.draw(z, model))
    assert "what it came from is freed" in str(words_of(root))
    assert "viz.record" in "".join(root.itertext())


def test_a_recording_has_everything_after_the_backward_pass():
    z, model, names = mlp()
    with viz.record(model) as tape:
        z = F.cross_entropy(model(names["x"]), names["target"])
        before = words_of(parsed(viz.draw(z, model, names)))
        z.backward()
    assert words_of(parsed(viz.draw(z, model, names))) == before
    assert "viz.record" not in viz.draw(z, model, names).svg
    assert len(tape.seen) == 4


def test_a_recording_ends_after_an_error_and_others_go_on():
    model = nn.Linear(2, 2)
    with picograd.autograd.detect_anomaly(), pytest.raises(ValueError, match="linear"), viz.record(model):
        model(picograd.randn(3, 5))
    assert not watch.on and not nn.hooks.everywhere
    tape = viz.record(model)
    with tape:
        with pytest.raises(RuntimeError, match="recording already"), tape:
            pass
        z = model(picograd.randn(3, 2)).sum()
        assert tape.seen[z.node].calls == ()
    assert not watch.on


def test_a_recording_lives_as_long_as_its_results():
    with viz.record() as tape:
        z = (Tensor([1.0]) * 2).sum()
    tape = weakref.ref(tape)
    gc.collect()
    assert tape() is not None
    assert len(viz.draw(z).scene.cards()) == 3
    del z
    gc.collect()
    assert tape() is None


def test_a_second_call_of_a_module_is_another_box():
    model = nn.Linear(2, 2)
    with viz.record(model):
        z = model(model(picograd.randn(3, 2)).tanh()).sum()
        assert titles_of(parsed(viz.draw(z, model))) == [["Linear"], ["Linear"]]


def test_a_value_that_was_overwritten_is_not_shown_and_the_picture_is_drawn_nevertheless():
    a = Tensor([1.0, 2.0])
    b = a.exp()
    z = b.sum()
    b.value[:] = 50
    picograd.autograd.graph.increment_version(b)
    words = {word[0]: word[1:] for word in words_of(parsed(viz.draw(z, names={"a": a})))}
    assert "gradient" not in words["a"]  # exp's rule needs what it made
    with pytest.raises(RuntimeError, match="overwrote"):
        viz.explain(z, file=io.StringIO())


class Both(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, g, h):
        return 2 * g + 3 * h


def test_a_function_of_several_outputs():
    x = Tensor([1.0, 2.0])
    a, b = Both.apply(x)
    words = [word[0] for word in words_of(parsed(viz.draw((a * b).sum(), names={"x": x})))]
    assert sorted(words) == ["Both", "mul", "output 1", "output 2", "sum", "x"]
    words = [word[0] for word in words_of(parsed(viz.draw(a.sum(), names={"x": x})))]
    assert sorted(words) == ["Both", "sum", "x"]


# ---- options, files, errors ----------------------------------------------------------------------------------------


def test_options_change_the_picture():
    z, model, names = mlp()
    plain = viz.draw(z, model, names).svg
    for option in (
        {"direction": "right"}, {"detail": "full"}, {"detail": "none"}, {"values": False}, {"gradients": False},
        {"theme": "dark"}, {"theme": "light"}, {"legend": False}, {"width": 300}, {"depth": 0},
    ):  # fmt: skip
        assert viz.draw(z, model, names, **option).svg != plain, option
    assert 'width="300"' in viz.draw(z, model, names, width=300).svg
    assert "prefers-color-scheme" in plain and "prefers-color-scheme" not in viz.draw(z, theme="dark").svg
    assert "backward" not in re.sub("<style>.*</style>", "", viz.draw(z, gradients=False).svg)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"direction": "up"}, r"draw: direction 'up': it is unknown; give one of 'down', 'right'"),
        ({"detail": "all"}, r"draw: detail 'all': it is unknown; give one of 'full', 'brief', 'none'"),
        ({"depth": -1}, r"draw: depth -1: it is how many modules .*; give 0 or more"),
        ({"depth": "all"}, r"draw: depth 'all': it is how many modules"),
        ({"width": 0}, r"draw: width 0: there must be room .*; give pixels"),
        ({"theme": "blue"}, r"draw: theme 'blue': it is unknown; give one of 'auto', 'light', 'dark'"),
    ],
)
def test_unknown_options(option, message):
    with pytest.raises(ValueError, match=message):
        viz.draw(Tensor([1.0]) * 2, **option)


@pytest.mark.parametrize("function", [viz.draw, viz.explain, viz.steps])
def test_what_has_no_graph(function):
    with pytest.raises(TypeError, match=r": a float: only a Tensor has a graph; give one"):
        function(3.0)
    with pytest.raises(TypeError, match=r": a ndarray: only a Tensor has a graph"):
        function(np.ones(3))
    with pytest.raises(RuntimeError, match=r": a Tensor of shape \(2,\) without a graph: .*requires_grad=True"):
        function(picograd.tensor([1.0, 2.0]))
    with pytest.raises(TypeError, match=r": a dict as the model: a Module gives names; give one"):
        function(Tensor([1.0]), model={})
    with pytest.raises(TypeError, match=r": a list as the names: they are Tensors by name; give {'x': x}"):
        function(Tensor([1.0]), names=["x"])
    with pytest.raises(TypeError, match=r"record: a dict as the model"):
        viz.record({})


def test_a_leaf_alone_is_a_graph():
    assert len(nodes_of(parsed(viz.draw(Tensor([1.0]))))) == 1


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    picture = viz.draw(Tensor([1.0]) * 2)
    assert picture.save(tmp_path / "a.svg").read_text(encoding="utf-8") == picture.svg == picture._repr_svg_()
    with pytest.raises(ValueError, match=r"save: scale 0: it is how many pixels .*; give 1 or 2"):
        picture.save(tmp_path / "a.png", scale=0)
    with pytest.raises(ValueError, match=r"save: a.jpg: the ending says the format; give .svg or .png"):
        picture.save(tmp_path / "a.jpg")
    with pytest.raises(FileNotFoundError, match=r"save: .*a\.svg: there is no folder .*nowhere; make it"):
        picture.save(tmp_path / "nowhere" / "a.svg")
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    with pytest.raises(ImportError, match=r"save: a.png: a PNG needs the package cairosvg, which is not installed"):
        picture.save(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError):
        picture.save(tmp_path / "nowhere" / "a.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]
    assert "Picture of 2 nodes and 1 edges" in repr(picture)


def test_png(tmp_path):
    pytest.importorskip("cairosvg", exc_type=(ImportError, OSError))
    from PIL import Image

    z, model, names = mlp()
    picture = viz.draw(z, model, names)
    width = float(parsed(picture).get("width"))
    with Image.open(picture.save(tmp_path / "a.png")) as image:
        assert abs(image.width - 2 * width) <= 2
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    assert (255, 255, 255) in colours and len(colours) > 100


def test_the_picture_in_the_readme_is_what_its_example_draws():
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)
    assert pictures.first_example().svg == (ROOT / "docs" / "images" / "graph.svg").read_text(encoding="utf-8")
    assert "docs/images/graph.svg" in (ROOT / "README.md").read_text(encoding="utf-8")

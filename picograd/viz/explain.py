"""The backward pass told step by step: which op, its rule, the numbers, and how far the gradient has come."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import numpy as np

from ..engine import FREED, Freed, Node, deposit
from ..nn.module import Module
from ..recording import no_grad
from ..tensor import Tensor
from .figures import in_words, is_small, size_of
from .folding import Drawing, drawing
from .formulas import WORDS, formula_of
from .graph import Graph, Vertex, collect
from .picture import Picture, arranged, find_gradients, set_gradients
from .stepping import Passed, Sent, one_by_one
from .svg import Scene


class Step:
    """One node of a backward pass: its gradient, and what it has sent to each of its inputs.

    `name`: of the value; `op`: that made it ("" for a leaf); `gradient`: an array; `sent`: (name of the input,
    gradient) for each. `str(step)` says it in words, `picture` shows how far the gradient has come.
    """

    def __init__(self, pass_back: Steps, passed: Passed, number: int) -> None:
        self._pass, self._passed, self.number = pass_back, passed, number
        self.node = passed.node
        self.name = pass_back.name(passed.node)
        self.op: str = "" if passed.node.op is None else passed.node.op.name
        self.gradient = pass_back.array(passed)
        self.sent = [(pass_back.name(sent.parent), sent.gradient) for sent in passed.sent if is_array(sent.gradient)]

    @property
    def picture(self) -> Picture:
        """The graph, with the gradients of the nodes that the pass has come to; this one's is marked."""
        return self._pass.picture(self.number)

    def _repr_svg_(self) -> str:
        return self.picture.svg

    def __str__(self) -> str:
        z, passed = self._pass.of, self._passed
        head = f"{self.number}. {self.name}"
        if not self.op:
            return f"{head}, a leaf: {derivative(z, self.name)} = {in_words(self.gradient)}"
        op = "" if self.name.rstrip("0123456789") == self.op else f" = {self.op}"
        shape = shape_in_words(self.node.shape)
        lines = [f"{head}{op}, {shape}: g = {derivative(z, self.name)} = {words_for(self.gradient)}"]
        if self.op in WORDS:
            lines.append(f"   {WORDS[self.op]}")
        lines += [f"   {self._pass.told(self, sent)}" for sent in passed.sent if is_array(sent.gradient)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Step {self.number}: {self.name}"


class Steps:
    """A backward pass that goes on by one node whenever the next step is asked for: what `steps` gives."""

    def __init__(
        self,
        z: Tensor,
        gradient: Any,
        model: Module | None,
        names: Mapping[str, Any] | None,
        retain_graph: bool,
        dry: bool = False,
    ) -> None:
        self._graph: Graph = collect(z, model, names, "explain" if dry else "steps")
        self._z, self._retain, self._dry = z, retain_graph, dry
        self._start: Node = z._start()
        self._seed = z._seed(gradient, "explain" if dry else "steps")
        if self._graph.freed and isinstance(self._start.edges, Freed):
            iter(self._start.edges)  # says that it is freed
        self._vertices = {vertex.node: vertex for vertex in self._graph.vertices if vertex.node is not None}
        self._names = names_of(self._graph)
        self.of = self._names[self._graph.root]
        self._reached: dict[Node, Any] = {}  # node -> its gradient, in the order of the pass
        self._over = False
        self._hooked = any(node.hooks for node in self._vertices)
        self._scene: tuple[Drawing, Scene] | None = None
        self._steps = self._run()

    def __iter__(self) -> Iterator[Step]:
        return self

    def __next__(self) -> Step:
        return next(self._steps)

    def _run(self) -> Iterator[Step]:
        """The steps; after the last, gradients are deposited and the graph is freed, as `backward` does."""
        reached: list[tuple[Any, Any]] = []
        going = one_by_one({self._start: self._seed}, hooks=not self._dry)
        number = 0
        while True:
            with no_grad():
                passed = next(going, None)
            if passed is None:
                break
            tensor = passed.node.tensor()
            if tensor is not None:
                reached.append((tensor, passed.gradient))
            self._reached[passed.node] = passed.gradient
            number += passed.node in self._vertices
            if passed.node in self._vertices:
                yield Step(self, passed, number)
        if self._dry:
            return
        deposit(reached)
        self._over = True
        if not self._retain:
            for node in self._reached:
                if node.edges:
                    node.edges = FREED if node.tensor() is None else Freed(tuple(node.parents))

    def name(self, node: Node) -> str:
        """What the value of a node is called."""
        vertex = self._vertices.get(node)
        return self._names[vertex] if vertex is not None else node.op.name

    def array(self, passed: Passed) -> Any:
        """The gradient of a node as an array."""
        return passed.gradient if is_array(passed.gradient) else np.zeros(passed.node.shape)

    def told(self, step: Step, sent: Sent) -> str:
        """One edge in words: d/dx = the rule = with numbers = the result."""
        parent = self.name(sent.parent)
        left = f"{derivative(self.of, parent)} {'+=' if self.uses(sent.parent) > 1 else '='} "
        result = in_words(sent.gradient) + (", summed where it was broadcast" if sent.undone else "")
        op = step.node.op
        formula = formula_of(sent.rule, op)
        if formula is None:
            return left + result
        wants = dict(zip(formula.wants, sent.saved, strict=False))
        inputs = self._vertices[step.node].inputs
        called = {link.name: self._names[link.source] for link in inputs if link.name and is_named(link.source)}
        values = {link.name: link.source.value for link in inputs if link.source.value is not None}
        count = {"n": str(np.size(sent.gradient) // max(np.size(step.gradient), 1))}
        text = formula.text(called | {"out": step.name} | count)
        numbers = {"g": step.gradient} | values | {w: x for w, x in wants.items() if w in op.parameters or w == "out"}
        used = {name: x for name, x in numbers.items() if formula.text({name: ""}) != formula.expression}
        parts = [text]
        if is_small(sent.gradient) and all(is_number_or_small(x) for x in used.values()):
            words = {name: in_words(x) for name, x in used.items() if is_array(x)}
            parts.append(formula.text(words | count))
        return left + " = ".join(dict.fromkeys([*parts, result]))

    def uses(self, node: Node) -> int:
        """How many edges lead to a node."""
        if not hasattr(self, "_uses"):
            self._uses = Counter(
                link.source.node for vertex in self._graph.vertices for link in vertex.inputs if link.differentiable
            )
        return self._uses[node]

    def picture(self, number: int) -> Picture:
        """The graph after `number` steps. The layout is that of the whole pass, so that nothing moves."""
        if self._scene is None or self._hooked:
            plan = drawing(self._graph)
            if not self._over:  # then the graph may be freed, and all gradients are known
                find_gradients(self._z, plan, self._seed)
            set_gradients(plan, self._reached.items())  # as the user's hooks have left them
            self._scene = plan, arranged(self._graph, plan, None, None, True, True)
        plan, scene = self._scene
        order = [node for node in self._reached if node in self._vertices]
        shown = {plan.representative[self._vertices[node]] for node in order[:number]}
        now = plan.representative[self._vertices[order[number - 1]]]
        states = {card: state(card.vertex, now, shown) for card in scene.cards()}
        copy = Scene(scene.root, scene.edges, scene.direction, True, scene.statistics, scene.freed, states)
        return Picture(copy)


def derivative(z: str, x: str) -> str:
    """dz/dx, with room around names that are no plain ones."""
    return f"d{z}/d{x}" if z.isidentifier() and x.isidentifier() else f"d {z} / d {x}"


def is_array(g: Any) -> bool:
    """Whether it is a gradient that can be shown: not one of several outputs, and not none."""
    return isinstance(g, np.ndarray | np.generic)


def is_number_or_small(x: Any) -> bool:
    """Whether it can be put into a formula."""
    return not isinstance(x, np.ndarray) or (is_small(x) and x.size <= 12)


def is_named(vertex: Vertex) -> bool:
    """Whether it has a name that says more than the op's for its input."""
    return bool(vertex.name) or vertex.kind == "op"


def state(vertex: Vertex, now: Vertex, passed: set[Vertex]) -> str:
    """What a card shows of a pass that is under way."""
    if vertex is now:
        return "now"
    return "done" if vertex in passed or vertex.kind == "constant" else "waiting"


def shape_in_words(shape: tuple[int, ...]) -> str:
    """A shape within a sentence."""
    return size_of(shape).replace("×", "x") if len(shape) != 1 else f"{shape[0]} elements"


def words_for(g: Any) -> str:
    """A gradient within a line that says its shape already."""
    return in_words(g).removeprefix(f"shape {np.shape(g)}: ")


def names_of(graph: Graph) -> dict[Vertex, str]:
    """A name for each value: the user's, or its op's with a number where there are several."""
    plain = Counter(vertex.label for vertex in graph.vertices if not vertex.name)
    seen: Counter[str] = Counter()
    names = {}
    for vertex in graph.vertices:
        label = vertex.label
        if not vertex.name and plain[label] > 1:
            seen[label] += 1
            label = f"{label}{seen[label]}"
        names[vertex] = label
    return names


def steps(
    z: Tensor,
    gradient: Any = None,
    retain_graph: bool = False,
    *,
    model: Module | None = None,
    names: Mapping[str, Any] | None = None,
) -> Steps:
    """`z.backward()`, one node at a time.

        for step in viz.steps(z, names={"x": x, "y": y}):
            print(step)  # or display(step.picture), in a notebook

    The results are those of `z.backward(gradient, retain_graph)` bit for bit: after the last step each Tensor has its
    `grad`; before that, nothing has changed.
    """
    return Steps(z, gradient, model, names, retain_graph)


def explain(
    z: Tensor,
    gradient: Any = None,
    *,
    model: Module | None = None,
    names: Mapping[str, Any] | None = None,
    file: TextIO | None = None,
) -> None:
    """Print what `z.backward()` would do, step by step, with the rules and the numbers; nothing is changed.

    `file`: where to (default: the terminal). `model`, `names`: as for `draw`.
    """
    stream = file or sys.stdout
    going = Steps(z, gradient, model, names, retain_graph=True, dry=True)
    print(
        f"{going.of} = {in_words(z.value)}; g: the gradient of {going.of} at each node, from the last back", file=stream
    )
    for step in going:
        print(step, file=stream)

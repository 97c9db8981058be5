"""The engine: what a forward pass leaves behind, and the backward pass over it. It knows no operation by name.

A `Node` stands for one computed value. It points at the nodes of the inputs, never the other way round, so there are
no cycles: what nobody needs any more is freed at once. The array itself is not kept; an edge keeps just those arrays
that its rule names.

    x = Tensor(...)                          edge = (parent, rule, saved, like)
    y = tanh(x)      Tensor y -> Node y --edge--> Node x <- Tensor x
                                rule: g, out -> g (1 - out out),  saved: (out,)

`backward` walks from the youngest node to the oldest, which is a reversed topological order because a value is always
younger than what it was computed from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from . import memory
from .delayed import Indexed, Parts, Product
from .gradient import Gradient
from .kernels import definition
from .memory import overwritten_since, owner, rebased, tick
from .watching import watch
from .watching.anomaly import Checks, described
from .watching.inspection import Inspectable

if TYPE_CHECKING:
    from .lines import Line
    from .tensor import Tensor

Rule = Callable[..., Any]
# What an input looked like, where it looks unlike the output: (shape, dtype); None where it looks the same. () where
# the rule has seen to it, and may give None for no gradient.
Like = tuple[tuple[int, ...], np.dtype[Any]] | None
SETTLED: Any = ()
Edge = tuple["Node", Rule, tuple[Any, ...], Like]

ndarray = np.ndarray
box: Any = None  # the class of Tensors, which is built on this; `ops.calls.adopt` sets it


# ---- the graph -----------------------------------------------------------------------------------------------------


class Node(Inspectable):
    """One value in the graph: the op that made it, an edge to each input that has a gradient, and who holds it."""

    __slots__ = ("birth", "edges", "hooks", "notes", "op", "place", "shape", "tensor")

    birth: int  # its time on the clock; smaller is younger
    edges: Iterable[Edge]  # empty for a leaf
    hooks: dict[int, Callable[[Any], Any]] | None
    notes: dict[str, Any]  # hooks behind the rules and the user's notes, if there are any
    op: Any  # the Primitive that made it, None for a leaf
    place: Any  # where in the user's code it was made; set in anomaly mode only
    shape: tuple[int, ...]
    tensor: ref[Tensor]  # dead when nobody holds the Tensor

    @property
    def parents(self) -> list[Node]:
        """The nodes it was computed from, each once, in the order of the op's inputs."""
        edges = self.edges
        return list(dict.fromkeys(edges.parents if isinstance(edges, Edges) else (edge[0] for edge in edges)))

    def rules(self, g: Any) -> list[Any]:
        """The gradients that a gradient `g` of this node sends along its edges, each in its input's shape."""
        return [settle(rule(g, *saved), like) for _, rule, saved, like in self.edges]


def leaf(tensor: Tensor) -> Node:
    """A node without inputs, for a Tensor that is to have a gradient."""
    node = Node()
    node.op, node.edges, node.shape = None, (), tensor.value.shape
    node.birth, node.tensor, node.hooks = tick(), ref(tensor), None
    return node


def current(tensor: Any) -> Node | None:
    """The node of `tensor` (None for what is no Tensor), renewed if its memory was written through another Tensor."""
    if not isinstance(tensor, box):
        return None
    if tensor.node is not None or hasattr(tensor, "base"):
        time = rebased.get(id(owner(tensor.value)))
        if time is not None and (tensor.node is None or tensor.node.birth > time):
            tensor._renew()
    node: Node | None = tensor.node
    return node


class Edges:
    """Edges in another form than that of a tuple: going through it gives them; `parents` is where they lead."""

    parents: Sequence[Node]


class Freed(Edges):
    """What stands for the edges of a node that a backward pass has been through: its saved arrays are gone."""

    def __init__(self, parents: tuple[Node, ...] = ()) -> None:
        self.parents = parents

    def __iter__(self) -> Iterator[Edge]:
        raise RuntimeError(
            "backward: a second pass over a graph whose saved values were freed by the first: they are gone; "
            "give the first pass retain_graph=True, or compute the result anew"
        )


FREED = Freed()


class Hooked:
    """The edges of a node that has hooks behind its rules: they are computed all together when the first is asked."""

    def __init__(self, node: Node, g: Any, create_graph: bool) -> None:
        self.node, self.g, self.create_graph = node, g, create_graph

    def __iter__(self) -> Iterator[Edge]:
        node, g = self.node, self.g
        edges = list(intact(node) if node.birth > memory.last_write else node.edges)
        gradients: tuple[Any, ...] = tuple(
            settle(rule(g, *(recorded(node, rule, saved) if self.create_graph and saved else saved)), like)
            for _, rule, saved, like in edges
        )
        for hook in tuple(node.notes["after"].values()):
            new = hook(gradients, (g,))
            if new is not None:
                gradients = tuple(new) if isinstance(new, tuple | list) else (new,)
                gradients = tuple(h.value if isinstance(h, box) and not self.create_graph else h for h in gradients)
        if [None if h is None else h.shape for h in gradients] != [edge[0].shape for edge in edges]:
            raise ValueError(
                f"register_hook: a hook of {node.name()} returned shapes {[np.shape(h) for h in gradients]} for inputs "
                f"of shape {[edge[0].shape for edge in edges]}: they must be equal; return a gradient for each"
            )
        for (parent, *_), h in zip(edges, gradients, strict=True):
            yield parent, lambda g, h=h: h, (), SETTLED


# ---- the backward pass ---------------------------------------------------------------------------------------------


def walk(
    gradients: Mapping[Node, Any],
    *,
    retain_graph: bool = False,
    create_graph: bool = False,
    inputs: Collection[Node] | None = None,
) -> list[tuple[Any, Any]]:
    """Carry `gradients` of some nodes back through the graph, youngest node first.

    Returns (Tensor, gradient) for each Tensor on the way that someone holds; with `inputs` (node, gradient) for those
    nodes only, and nothing is computed that does not lead to them. Gradients are arrays; with `create_graph` they are
    Tensors, and the rules are recorded. Without `retain_graph` the nodes passed lose what they saved.
    """
    pending = dict(gradients)  # node -> the sum of what has arrived so far
    heap = [(node.birth, node) for node in pending]
    heapify(heap)
    buffers: set[Node] = set()  # nodes whose sum is an array of our own, into which we may add
    targets = inputs or ()
    through = None if inputs is None else leading_to(inputs, pending)
    checks = Checks() if watch.anomaly else None
    special = through is not None or create_graph or checks is not None
    reached: list[tuple[Any, Any]] = []

    # A derivative may be infinite, as PyTorch's: no warning. NumPy notes in `invalid` that a product was 0 * inf.
    invalid: set[Any] = set()
    with np.errstate(all="ignore", invalid="call", call=lambda *what: invalid.add(what)):
        while heap:
            node = heappop(heap)[1]
            g = pending.pop(node)
            if type(g) is Parts:
                g = g.whole()
            edges = node.edges
            if node.hooks is not None:
                g = run_hooks(node, g)
                if getattr(node, "notes", {}).get("after"):
                    edges = Hooked(node, g, create_graph)
            tensor = node.tensor()
            if through is None:
                if tensor is not None:
                    reached.append((tensor, g))
            else:
                if node in targets:
                    reached.append((node, g))
                if node not in through:
                    continue
            if edges and node.birth > memory.last_write and type(edges) is not Hooked:
                edges = intact(node)
            for parent, rule, saved, like in edges:
                if special:
                    if through is not None and parent not in through and parent not in targets:
                        continue
                    if create_graph and saved:
                        saved = recorded(node, rule, saved)
                    if checks is not None:
                        rule = checks.checked(rule, node, parent)
                # Unpacking a tuple into a call costs more than the rest of this loop: the frequent cases go without.
                if not saved:
                    h = rule(g)
                elif len(saved) == 1:
                    h = rule(g, saved[0])
                else:
                    h = rule(g, *saved)
                if invalid and getattr(node.op, "selects", False):
                    h = selected(h, rule(np.ones_like(g), *saved))
                if like is not None and not (type(h) is ndarray and like and h.shape == like[0] and h.dtype is like[1]):
                    if type(h) is Indexed and not create_graph:
                        known = pending.get(parent)
                        if known is None:
                            pending[parent] = np.zeros(*like) if h.part is None else Parts(like, h)
                            if parent.edges or parent.hooks is not None:
                                heappush(heap, (parent.birth, parent))
                            if h.part is not None:
                                continue
                        elif type(known) is Parts:
                            if known.take(h):
                                continue
                            pending[parent] = known.whole()
                        elif parent not in buffers:
                            pending[parent] = np.array(known)
                        buffers.add(parent)
                        h.add(pending[parent], h.g)
                        continue
                    if type(h) is Product and not special and parent not in pending and h.waits_for(parent):
                        pending[parent] = h
                        heappush(heap, (parent.birth, parent))
                        continue
                    if h is None:  # a Function's backward may give no gradient
                        continue
                    h = settle(h, like)
                if parent not in pending:
                    pending[parent] = h
                    if parent.edges or parent.hooks is not None:
                        heappush(heap, (parent.birth, parent))
                elif parent in buffers:
                    if type(h) is ndarray and h.size >= MANY:
                        add_to(pending[parent], h)
                    else:
                        pending[parent] += h
                else:
                    many = type(h) is ndarray and h.size >= MANY
                    pending[parent] = sum_of(pending[parent], h) if many else pending[parent] + h
                    if type(h) is np.ndarray:  # NumPy's scalars and Tensors can't be added to in place
                        buffers.add(parent)

            if edges and not retain_graph:
                node.edges = FREED if tensor is None else Freed(tuple(node.parents))
    for node, g in pending.items():  # leaves: there is nothing behind them, so they didn't go through the heap
        if type(g) is Parts:
            g = g.whole()
        tensor = node.tensor()
        if through is not None:
            reached.append((node, g))
        elif tensor is not None:
            reached.append((tensor, g))
    return reached


MANY = 1 << 16  # elements from which on a kernel for sums pays


@definition("numba_arithmetic", least=MANY)
def sum_of(x: Any, y: Any) -> Any:
    """x + y"""
    return x + y


@definition("numba_arithmetic", least=MANY)
def add_to(x: Any, y: Any) -> Any:
    """x, after x += y"""
    x += y
    return x


def selected(h: Any, share: Any) -> Any:
    """h, but 0 where an op that selects passes nothing on (its share is 0), though 0 * inf is nan."""
    return np.where(share == 0, np.zeros((), h.dtype), h)


def settle(h: Any, like: Like) -> Any:
    """A rule's result in the shape and dtype of the input that it belongs to.

    This is the one place where broadcasting is undone. With F the broadcast of an input x to the shape of the output,
    an op f(F(x)) sends back the VJP of F applied to h: the sum of h over every axis along which F repeated x.
    """
    if type(h) is Indexed:
        h = h.dense(h.g)
    elif type(h) is Product:
        h = np.asarray(h)
    if not like or h is None:
        return h
    shape, dtype = like
    if h.shape != shape:
        added = h.ndim - len(shape)
        if type(h) is ndarray and h.shape[added:] == shape and shape and h.size and h.dtype.char in "fd":
            rows = h.reshape((math.prod(h.shape[:added]), -1))  # the sum over rows as a product: a quarter of the time
            return ones(len(rows), h.dtype).dot(rows).reshape(shape)
        stretched = (added + k for k, n in enumerate(shape) if n == 1 and h.shape[added + k] != 1)
        h = h.sum(axis=(*range(added), *stretched), keepdims=True).reshape(shape)
    return h if h.dtype == dtype else h.astype(dtype)


@lru_cache(8)
def ones(n: int, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """n ones. The last few are kept."""
    return np.ones(n, dtype)


def sources(node: Node) -> list[Node]:
    """The nodes that the edges of `node` lead to. Raises RuntimeError if they were freed."""
    edges = node.edges
    if isinstance(edges, Edges) and not isinstance(edges, Freed):
        return list(edges.parents)
    return [edge[0] for edge in edges]


def leading_to(inputs: Collection[Node], roots: Iterable[Node]) -> set[Node]:
    """The nodes between `roots` and `inputs`: those that have a gradient to pass on in the direction of the inputs."""
    order = list(dict.fromkeys(roots))
    seen = set(order)
    for node in order:  # grows while it is gone through
        if isinstance(node.edges, Freed) and node in inputs:
            continue  # no need to look behind it
        for parent in sources(node):
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    through: set[Node] = set()
    for node in sorted(order, key=lambda node: node.birth, reverse=True):  # oldest first
        if not isinstance(node.edges, Freed) and any(p in through or p in inputs for p in sources(node)):
            through.add(node)
    return through


def run_hooks(node: Node, g: Any) -> Any:
    """The gradient `g` after the node's hooks; one that returns something replaces it."""
    for hook in tuple((node.hooks or {}).values()):
        new = hook(g.view(Gradient) if type(g) is np.ndarray else g)
        if new is not None:
            value = new if isinstance(g, box) else new.value if isinstance(new, box) else np.asarray(new)
            if value.shape != g.shape:
                raise ValueError(
                    f"register_hook: the hook returned shape {value.shape} for a gradient of shape {g.shape}: "
                    f"they must be equal; return None or a gradient of the same shape"
                )
            g = value
    return g


def intact(node: Node) -> Iterable[Edge]:
    """The edges of `node`. Raises RuntimeError if an array that it saved for its rules was overwritten since.

    A result that was overwritten is computed anew where the rule keeps all that it was computed from (max pooling).
    """
    if isinstance(node.edges, Edges):
        return node.edges  # freed, or packed by hooks, whose business it is then
    edges = []
    for parent, rule, saved, like in node.edges:
        for k, array in enumerate(saved):
            write = overwritten_since(array, node.birth) if isinstance(array, np.ndarray) else None
            if write is not None:
                wants = node.op.wants.get(rule, ())
                parameters = getattr(node.op, "parameters", ("",))
                if not set(parameters) <= set(wants) or wants[k] != "out":
                    raise overwritten(node, array, *write)
                arguments = dict(zip(wants, saved, strict=True))
                out = np.asarray(node.op.forward(*(arguments[name] for name in parameters)))
                saved = (*saved[:k], out, *saved[k + 1 :])
        edges.append((parent, rule, saved, like))
    return edges


def overwritten(node: Node, array: np.ndarray[Any, Any], by: str, line: Line | None) -> RuntimeError:
    """The error about an array that `node` saved and that was overwritten since."""
    kept_at = getattr(node, "place", None)
    return RuntimeError(
        f"backward: {node.op.name} saved an array of shape {array.shape} for its gradient"
        f"{f' ({described(node)})' if kept_at else ''} and {by} overwrote it since"
        f"{f' (at {line})' if line else ''}: the gradient would be wrong; use the form that makes a new "
        f"Tensor (x = x + y instead of x += y), or clone() before writing"
        f"{'' if kept_at else f' (in autograd.detect_anomaly() this says at which line {node.op.name} is)'}"
    )


def recorded(node: Node, rule: Rule, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """What `node` saved for `rule`, as Tensors that stand where they stood in the graph: for derivatives of rules."""
    op = node.op
    places: dict[Any, Edge] = {}  # input (or its number, for an op that takes a sequence of them) -> its edge
    for edge in node.edges:
        wants = op.wants[edge[1]]
        places[edge[2][wants.index("i")] if "i" in wants else op.input_of[edge[1]]] = edge

    def tensor(array: Any, edge: Edge | None) -> Any:
        if edge is None or not isinstance(array, np.ndarray):
            return array
        parent, _, _, like = edge
        cast = like is not None and like[1] != array.dtype  # the op cast this input: its derivative casts back
        result = box._of(array.astype(like[1]) if like and cast else array)
        result.node = parent
        return result.astype(array.dtype) if cast else result

    result: list[Any] = []
    for name, value in zip(op.wants[rule], saved, strict=True):
        if name == "out":
            out = box._of(value)
            out.node = node
            result.append(out)
        elif name == op.series:
            result.append([tensor(array, places.get(i)) for i, array in enumerate(value)])
        else:
            result.append(tensor(value, places.get(name)))
    return tuple(result)


def attach(op: Any, value: np.ndarray[Any, Any], edges: tuple[Edge, ...]) -> Tensor:
    """A new Tensor around `value`, recorded as the result of `op` with these edges."""
    tensor: Tensor = box._of(value)
    tensor.node = node = Node()
    node.op, node.edges, node.shape = op, edges, value.shape
    node.birth, node.tensor, node.hooks = tick(), ref(tensor), None
    return tensor


def deposit(reached: Iterable[tuple[Tensor, Any]]) -> None:
    """Add each gradient to its Tensor's `grad`, which owns its memory: no two share an array.

    A gradient that has a graph itself (create_graph) is kept with it, as a `Recorded` array.
    """
    taken: set[int] = set()
    hooked: list[tuple[Tensor, dict[int, Any]]] = []
    for tensor, g in reached:
        like = getattr(tensor, "value", g)  # a Tensor that was dropped has none
        node = tensor.node
        if (
            type(g) is ndarray and tensor._grad is None and g.base is None and id(g) not in taken
            and g.shape == like.shape and g.dtype is like.dtype and (node is None or node.hooks is None)
        ):  # fmt: skip
            taken.add(id(g))  # the frequent case
            tensor._grad = g
            continue
        if g.shape != like.shape:
            raise AssertionError(f"a rule sent a gradient of shape {g.shape} to a Tensor of shape {tensor.shape}")
        before = tensor._grad
        if isinstance(g, box):
            g = Recorded.of(g if before is None else Recorded.tensor_of(before) + g, taken)
        elif before is None and type(g) is ndarray:
            if g.base is not None or id(g) in taken:
                g = g.copy()
        elif before is not None:  # not in place: whoever holds the old gradient keeps it
            g = (before if type(before) is ndarray else np.asarray(before)) + g
        if type(g) is not ndarray and type(g) is not Recorded:  # NumPy's scalars
            g = np.array(g)
        if g.dtype is not like.dtype and type(g) is ndarray:  # of bfloat16, whose rules compute in float32
            g = g.astype(like.dtype, copy=False)
        taken.add(id(g))
        tensor._grad = g
        if node is not None and node.hooks is not None and "accumulated" in getattr(node, "notes", ()):
            hooked.append((tensor, node.notes["accumulated"]))
    for tensor, hooks in hooked:
        for hook in tuple(hooks.values()):
            hook(tensor)


class Recorded(np.ndarray[Any, Any]):
    """The array of a gradient that was computed with create_graph, and the Tensor with its graph: `tensor`."""

    tensor: Tensor

    @classmethod
    def of(cls, tensor: Tensor, taken: set[int]) -> Recorded:
        """The array of `tensor`, in memory of its own."""
        if tensor.value.base is not None or id(tensor.value) in taken:
            node, tensor = tensor.node, box._of(tensor.value.copy())
            tensor.node = node
        taken.add(id(tensor.value))
        array = tensor.value.view(cls)
        array.tensor = tensor
        return array

    @staticmethod
    def tensor_of(array: Any) -> Any:
        """The Tensor that the array is a gradient of, with its graph; one without graph for any other array."""
        tensor = getattr(array, "tensor", None)
        return box._of(np.asarray(array)) if tensor is None else tensor

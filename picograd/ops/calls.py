"""What a call of an op does: it computes on arrays, and notes in the graph how the result came about.

An op of one, two or three inputs and no options has a lean way of its own, as small arrays are waiting; `general` takes
any op.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from .. import engine, recording
from ..engine import Edge, Node, Rule, attach, current
from ..memory import owner, rebased, tick
from ..recording import switch
from ..watching import watch, watched
from . import promotion
from .out import into
from .promotion import ComplexMet, constant, is_bfloat16, narrowed, promote, promote_two, widened

if TYPE_CHECKING:
    from .primitive import Primitive

new: Any = object.__new__
missing: Any = inspect.Parameter.empty
ndarray, asarray = np.ndarray, np.asarray
box: Any = None  # the class of Tensors; `adopt` sets it
on_complex: Any = None  # the op on complex numbers, of its name, arguments and keywords; `adopt_complex` sets it


def adopt(tensor: type) -> None:
    """Make `tensor` the class that ops take and give: tensor.py, which builds on the ops, ties the knot with this."""
    global box
    box = engine.box = tensor


def adopt_complex(op: Callable[..., Any]) -> None:
    """Make `op(name, args, kwargs)` what computes the op of this name where complex numbers are among its inputs."""
    global on_complex
    on_complex = op


def unary(op: Primitive) -> Callable[..., Any]:
    """A recording function for an op of one input and no options."""
    forward, floating = op.forward, op.floating
    rule: Any = None
    keep: Any = None
    keeps_out = False

    def call(input: Any, *, out: Any = None) -> Any:
        if out is not None:
            return into(out, call(input), op.name)
        try:
            x, parent = input.value, input.node
        except AttributeError:
            return call(box._constant(input))
        except ComplexMet:
            return on_complex(op.name, (input,), {})
        if rebased:
            if watch.on:
                return watched(op, call, input)
            parent = current(input)
        if parent is None and floating and x.dtype.kind in "iub":
            x = x.astype(promotion.default_dtype)
        try:
            out = forward(x)
        except (TypeError, ValueError) as error:
            out = in_float32(op, error, x)
        if type(out) is not ndarray:  # NumPy gives scalars where a 0-d array comes in
            out = asarray(out)
        result = new(box)
        result.value = out
        result._grad = None
        if parent is None or rule is None or (recording.paused and not switch.on):
            result.node = None
            return result
        result.node = node = Node()
        node.op = op
        node.edges = ((parent, rule, (out,) if keeps_out else keep(x, out) if keep else (), None),)
        node.shape = out.shape
        node.birth = tick()
        node.tensor = ref(result)
        node.hooks = None
        return result

    def add_rules(**rules: Rule) -> None:
        nonlocal rule, keep, keeps_out
        op.add_rules(rules)
        (rule,), (keep,) = op.rules.values(), op.keep.values()
        keeps_out = op.wants[rule] == ("out",)  # the most frequent wish, without a call

    call.rule = add_rules  # type: ignore[attr-defined]
    return call


def binary(op: Primitive) -> Callable[..., Any]:
    """A recording function for an op of two inputs and no options."""
    forward, floating = op.forward, op.floating
    first, second = op.parameters
    rule_x: Any = None
    rule_y: Any = None
    keep_x: Any = None
    keep_y: Any = None
    crossed = False  # whether each input's rule wants just the other input, as a product's do

    def call(input: Any, other: Any, *, out: Any = None) -> Any:
        if out is not None:
            return into(out, call(input, other), op.name)
        try:
            if isinstance(input, box):
                x, px = input.value, input.node
            else:
                x, px = constant(input), None
            if isinstance(other, box):
                y, py = other.value, other.node
            else:
                y, py = (other if type(other) is float else constant(other)), None
        except ComplexMet:
            return on_complex(op.name, (input, other), {})
        if rebased:
            if watch.on:
                return watched(op, call, input, other)
            px, py = current(input), current(other)
        if type(x) is type(y) is ndarray and x.dtype is y.dtype and not (floating and x.dtype.kind in "iub"):
            u, v = x, y
        elif type(y) is float and type(x) is ndarray and x.dtype.kind == "f":
            u, v = x, asarray(y, x.dtype)
        else:
            try:
                u, v = promote_two(x, y, floating)
            except ComplexMet:
                return on_complex(op.name, (input, other), {})
        try:
            out = forward(u, v)
        except (ValueError, TypeError) as error:
            out = in_float32(op, error, u, v)
        if type(out) is not ndarray:
            out = asarray(out)
        result = new(box)
        result.value = out
        result._grad = None
        if (px is None and py is None) or rule_x is None or (recording.paused and not switch.on):
            result.node = None
            return result
        shape = out.shape
        if px is not None:
            like = None if x is u and px.shape == shape else (px.shape, x.dtype)
            edge_x: Edge = (px, rule_x, (v,) if crossed else keep_x(u, v, out) if keep_x else (), like)
        if py is not None:
            like = None if y is v and py.shape == shape else (py.shape, y.dtype)
            edge_y: Edge = (py, rule_y, (u,) if crossed else keep_y(u, v, out) if keep_y else (), like)
        result.node = node = Node()
        node.op = op
        node.edges = (edge_x,) if py is None else (edge_y,) if px is None else (edge_x, edge_y)
        node.shape = shape
        node.birth = tick()
        node.tensor = ref(result)
        node.hooks = None
        return result

    def add_rules(**rules: Rule) -> None:
        nonlocal rule_x, rule_y, keep_x, keep_y, crossed
        op.add_rules(rules)
        rule_x, rule_y = op.rules[first], op.rules[second]
        keep_x, keep_y = op.keep[first], op.keep[second]
        crossed = (op.wants[rule_x], op.wants[rule_y]) == ((second,), (first,))

    call.rule = add_rules  # type: ignore[attr-defined]
    return call


def ternary(op: Primitive) -> Callable[..., Any]:
    """A recording function for an op of three inputs and no options: quick for Tensors of one dtype of floats.

    The third input may be None.
    """
    forward = op.forward
    first, second, third = op.parameters
    rule_x: Any = None
    rule_y: Any = None
    rule_z: Any = None
    keep_x: Any = None
    keep_y: Any = None
    keep_z: Any = None
    any_call = general(op)

    def call(a: Any = missing, b: Any = missing, c: Any = missing, /, **kwargs: Any) -> Any:
        if kwargs or rebased or c is missing:
            return any_call(*(x for x in (a, b, c) if x is not missing), **kwargs)
        z: Any = None
        pz: Any = None
        try:
            x, px, y, py = a.value, a.node, b.value, b.node
            if c is not None:
                z, pz = c.value, c.node
        except AttributeError:  # not all are Tensors
            return any_call(a, b, c)
        except ComplexMet:
            return on_complex(op.name, (a, b, c), {})
        dtype = x.dtype
        if dtype is not y.dtype or dtype.kind != "f" or (z is not None and dtype is not z.dtype):
            return any_call(a, b, c)
        try:
            out = forward(x, y, z)
        except (ValueError, TypeError) as error:
            raise explained(op, error, x, y, z) from None
        if type(out) is not ndarray:
            out = asarray(out)
        result = new(box)
        result.value = out
        result._grad = None
        if (px is py is pz is None) or (recording.paused and not switch.on):
            result.node = None
            return result
        edges: list[Edge] = []
        if px is not None:
            edges.append((px, rule_x, keep_x(x, y, z, out) if keep_x else (), (x.shape, dtype)))
        if py is not None:
            edges.append((py, rule_y, keep_y(x, y, z, out) if keep_y else (), (y.shape, dtype)))
        if pz is not None:
            edges.append((pz, rule_z, keep_z(x, y, z, out) if keep_z else (), (z.shape, dtype)))
        result.node = node = Node()
        node.op = op
        node.edges = tuple(edges)
        node.shape = out.shape
        node.birth = tick()
        node.tensor = ref(result)
        node.hooks = None
        return result

    def add_rules(**rules: Rule) -> None:
        nonlocal rule_x, rule_y, rule_z, keep_x, keep_y, keep_z
        op.add_rules(rules)
        rule_x, rule_y, rule_z = op.rules[first], op.rules[second], op.rules[third]
        keep_x, keep_y, keep_z = op.keep[first], op.keep[second], op.keep[third]

    call.rule = add_rules  # type: ignore[attr-defined]
    return call


def general(op: Primitive) -> Callable[..., Any]:
    """A recording function for any op: options, keywords, any number of inputs."""
    forward, inputs, parameters, rules, defaults = op.forward, op.inputs, op.parameters, op.rules, op.defaults
    needed = defaults.count(inspect.Parameter.empty)
    mixes = len(inputs) > 1 or op.floating
    widens = not op.view and "dtype" not in parameters  # these take bfloat16 as it is

    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            return into(out, call(*args, **kwargs), op.name)
        if rebased and watch.on:
            return watched(op, call, *args, **kwargs)
        if kwargs or not needed <= len(args) <= len(defaults):
            frame = op.bind(args, kwargs)
        else:
            frame = [*args, *defaults[len(args) :]]
        if op.series is not None:
            return series(frame)
        viewed = frame[0]
        nodes: dict[int, Any] = {}  # place of the input -> its node
        try:
            for k, argument in enumerate(frame):
                if isinstance(argument, box):
                    frame[k] = argument.value
                    node = current(argument) if rebased else argument.node
                    if node is not None and k in inputs:
                        nodes[k] = node
                    elif node is not None and switch.on:
                        raise TypeError(
                            f"{op.name}: {parameters[k]} is a Tensor that requires a gradient: the op has none for it; "
                            f"give it as a number or array, or detach() it"
                        )
                elif k in inputs and argument is not None:
                    frame[k] = constant(argument) if len(inputs) > 1 else box._constant(argument).value
            before = frame
            if mixes and not alike(frame, inputs):
                frame = frame.copy()
                for k, value in zip(inputs, promote([frame[k] for k in inputs], op.floating), strict=True):
                    frame[k] = value
        except ComplexMet:
            return on_complex(op.name, args, kwargs)
        leading = frame[inputs[0]]
        half = widens and type(leading) is ndarray and leading.dtype.kind == "V"  # bfloat16, without a call
        if half:
            frame = widened(frame, inputs)
        try:
            out = forward(*frame)
        except ComplexMet:
            return on_complex(op.name, args, kwargs)
        except (ValueError, TypeError) as error:
            raise explained(op, error, *(frame[k] for k in inputs)) from None
        if type(out) is not ndarray:
            out = asarray(out)
        if half:
            out = narrowed(out, leading)
        result = new(box)
        result.value, result.node, result._grad = out, None, None
        if op.view and isinstance(viewed, box):
            result.base = base_of(result, viewed)
        if not nodes or not rules or (recording.paused and not switch.on):
            return result
        edges = []
        for k, parent in nodes.items():
            name, x = parameters[k], before[k]
            if name in rules:
                same = x is frame[k] and x.shape == out.shape and x.dtype is out.dtype
                like = None if same and not op.indexed else (x.shape, x.dtype)
                keep = op.keep[name]
                edges.append((parent, rules[name], keep(*frame, out) if keep else (), like))
        result.node = node = Node()
        node.op, node.edges, node.shape = op, tuple(edges), out.shape
        node.birth, node.tensor, node.hooks = tick(), ref(result), None
        return result

    def series(frame: list[Any]) -> Any:
        """The same for an op whose one parameter takes a sequence of inputs."""
        at = inputs[0]
        members = [m if isinstance(m, box) else box._constant(m) for m in frame[at]]
        if not members:
            raise ValueError(f"{op.name}: an empty sequence: there is nothing to work on; give at least one Tensor")
        try:
            values = promote([m.value for m in members], op.floating)
        except ComplexMet:
            return on_complex(op.name, tuple(frame), {})
        leading = values[0]
        if is_bfloat16(leading):
            values = widened(values, range(len(values)))
        frame[at] = list(values)
        try:
            out = np.asarray(forward(*frame))
        except (ValueError, TypeError) as error:
            raise explained(op, error, *values) from None
        if is_bfloat16(leading):
            out = narrowed(out, leading)
        name = op.series or ""
        nodes = [current(m) for m in members]
        if name not in rules or not switch.on or not any(nodes):
            return box._of(out)
        rule = rules[name]
        keep: Any = op.keep[name]
        # All that is kept is shared but for the number of the input: thousands of them may be joined.
        kept = keep(*frame, out) if keep else ()
        place = op.wants[rule].index("i") if "i" in op.wants[rule] else len(kept)
        before, after = kept[:place], kept[place + 1 :]
        edges: list[Any] = [
            (node, rule, (*before, i, *after) if place < len(kept) else kept, (m.value.shape, m.value.dtype))
            for i, (m, node) in enumerate(zip(members, nodes, strict=True))
            if node is not None
        ]
        return attach(op, out, tuple(edges))

    def add_rules(**rules: Rule) -> None:
        op.add_rules(rules)

    call.rule = add_rules  # type: ignore[attr-defined]
    return call


def alike(frame: list[Any], inputs: list[int]) -> bool:
    """Whether the inputs are arrays of floats of one dtype, or None: then there is nothing to promote."""
    dtype = None
    for k in inputs:
        x = frame[k]
        if x is None:
            continue
        if type(x) is not ndarray:
            return False
        if dtype is None:
            dtype = x.dtype
            if dtype.kind != "f":
                return False
        elif x.dtype is not dtype:
            return False
    return True


def base_of(result: Any, viewed: Any) -> ref[Any]:
    """The Tensor at the end of a chain of views: that which `viewed` looks into if it is a view, else `viewed`."""
    base: ref[Any] = getattr(viewed, "base", None) or ref(viewed)
    root = base()
    return base if root is not None and owner(root.value) is owner(result.value) else ref(viewed)


def in_float32(op: Primitive, error: ValueError | TypeError, *inputs: Any) -> Any:
    """The result of an op that NumPy refused, if it was for bfloat16; otherwise the error, explained."""
    if not is_bfloat16(inputs[0]):
        try:
            own = isinstance(error, ValueError) and len(inputs) == 1
            raise error if own else explained(op, error, *inputs) from None
        finally:
            del error  # a cycle otherwise: the error holds this frame, and so the inputs
    return narrowed(np.asarray(op.forward(*widened(inputs, range(len(inputs))))), inputs[0])


def explained(op: Primitive, error: ValueError | TypeError, *inputs: Any) -> ValueError | TypeError:
    """NumPy's error as ours: with the op, what came, and the way out."""
    if "; " in str(error):
        return error  # the op has said it itself
    if isinstance(error, TypeError):
        dtypes = " and ".join(str(getattr(x, "dtype", type(x).__name__)) for x in inputs if x is not None)
        return TypeError(f"{op.name}: {dtypes}: {error}; convert the input, with float() or long() for instance")
    shapes = " and ".join(str(np.shape(x)) for x in inputs if x is not None)
    if "broadcast" in str(error):
        return ValueError(
            f"{op.name}: shapes {shapes}: they do not broadcast together; from the right, "
            f"each pair of sizes must be equal or one of them 1 (reshape or unsqueeze one of them)"
        )
    return ValueError(f"{op.name}: shapes {shapes}: {error}; reshape or transpose the inputs so that they fit")

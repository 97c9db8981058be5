"""`summary(model, x)`: a table of a network's layers, what comes out of each, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from ..autograd import enable_grad
from ..memory import owner
from ..nn import Module
from ..nn.parameter import is_lazy
from ..random import default_generator
from ..tensor import Tensor
from ..watching import turn, watch
from .counting import multiply_adds

WIDEST = 42  # characters of a layer before its last options are left out


@dataclass
class Row:
    """A layer: its own numbers, without those of the layers in it, so that the columns add up to the totals."""

    path: str
    name: str  # as the layer above calls it
    text: str  # what it is
    depth: int
    calls: int = 0
    output: Any = None  # the shapes of what came out of the first call
    parameters: int = 0
    frozen: int = 0
    parameter_bytes: int = 0
    buffer_bytes: int = 0
    multiply_adds: int = 0
    uncounted: tuple[str, ...] = ()  # ops that multiply, but nobody knows how much
    kept: int = 0  # bytes that stay until the backward pass
    shared: bool = False  # whether it has parameters that were counted before
    same_as: str = ""  # for a module that stands in the table already: where

    def absorb(self, other: Row) -> None:
        """Add the numbers of a layer within."""
        for name in ("parameters", "frozen", "parameter_bytes", "buffer_bytes", "multiply_adds", "kept"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.uncounted = tuple(dict.fromkeys((*self.uncounted, *other.uncounted)))

    @property
    def label(self) -> str:
        """`fc1 (Linear 784 -> 800)`."""
        text = cut(self.text, WIDEST - len(self.name))
        return f"{self.name} ({text})" if self.name else text

    def cells(self, ran: bool) -> list[str]:
        """The columns after the layer's name."""
        if self.same_as:
            return [f"= {self.same_as}", "", "", ""] if ran else [f"= {self.same_as}"]
        parameters = f"{self.parameters:,}" if self.parameters else "shared" if self.shared else ""
        if self.frozen:
            parameters += " frozen" if self.frozen == self.parameters else f" ({self.frozen:,} frozen)"
        if not ran:
            return [parameters]
        times = f" x{self.calls}" if self.calls > 1 else ""
        output = f"{shapes(self.output)}{times}" if self.calls else "not called"
        products = " + ".join([scaled(self.multiply_adds)] * bool(self.multiply_adds) + ["?"] * bool(self.uncounted))
        return [output, parameters, products, bytes_text(self.kept)]


@dataclass
class Summary:
    """The table; printed, and in a notebook shown, as one. `rows` and the totals are there for programs."""

    rows: list[Row]
    ran: bool  # whether the network was called
    depth: int | None = None
    total: Row = field(init=False)

    def __post_init__(self) -> None:
        self.total = Row("", "", "", 0)
        for row in self.rows:
            self.total.absorb(row)

    parameters = property(lambda self: self.total.parameters, doc="How many numbers the parameters are, each once.")
    trainable = property(lambda self: self.total.parameters - self.total.frozen, doc="Those that have a gradient.")
    multiply_adds = property(lambda self: self.total.multiply_adds, doc="Of one forward pass.")
    kept_bytes = property(lambda self: self.total.kept, doc="Bytes that a forward pass keeps for the backward pass.")

    def shown(self) -> list[Row]:
        """The rows down to the depth, the deepest with the numbers of all that is within."""
        rows: list[Row] = []
        for row in self.rows:
            if self.depth is None or row.depth <= self.depth:
                rows.append(Row(**vars(row)))
            else:
                rows[-1].absorb(row)
        return rows

    def header(self) -> list[str]:
        """The names of the columns."""
        return ["layer", "output", "parameters", "multiply-adds", "kept"] if self.ran else ["layer", "parameters"]

    def sums(self) -> list[tuple[str, str]]:
        """What stands under the table."""
        total = self.total
        trained = f"{total.parameters - total.frozen:,} trainable, {total.frozen:,} frozen" if total.frozen else ""
        lines = [("parameters", f"{total.parameters:,}{f' ({trained})' if trained else ''}")]
        memory = f"{bytes_text(total.parameter_bytes) or '0 B'} parameters"
        if total.buffer_bytes:
            memory += f" + {bytes_text(total.buffer_bytes)} buffers"
        if self.ran:
            more = f", and those of {', '.join(total.uncounted)}, not counted" if total.uncounted else ""
            lines.append(("multiply-adds", f"{scaled(total.multiply_adds)} forward{more}"))
            memory += f" + {bytes_text(total.kept) or '0 B'} kept for the backward pass"
            together = total.parameter_bytes + total.buffer_bytes + total.kept
            memory += f" = {bytes_text(together) or '0 B'}"
        return [*lines, ("memory", memory)]

    def __str__(self) -> str:
        rows = self.shown()
        labels = ["  " * row.depth + row.label for row in rows]
        table = [self.header(), *([label, *row.cells(self.ran)] for label, row in zip(labels, rows, strict=True))]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        left = 2 if self.ran else 1  # names and shapes are text, the rest numbers

        def line(cells: list[str]) -> str:
            aligned = (
                c.ljust(w) if k < left else c.rjust(w) for k, (c, w) in enumerate(zip(cells, widths, strict=True))
            )
            return "   ".join(aligned).rstrip()

        sums = [f"{name:<13}   {text}" for name, text in self.sums()]
        rule = "-" * max(sum(widths) + 3 * (len(widths) - 1), *map(len, sums))
        return "\n".join([line(table[0]), rule, *map(line, table[1:]), rule, *sums])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same as a table of HTML."""
        number = 'style="text-align:right;white-space:nowrap;padding:.2em .7em;font-variant-numeric:tabular-nums"'
        text = 'style="text-align:left;white-space:nowrap;padding:.2em .7em"'
        left = 2 if self.ran else 1
        heads = "".join(f"<th {text if k < left else number}>{name}</th>" for k, name in enumerate(self.header()))
        body = []
        for row in self.shown():
            indent = f'style="text-align:left;white-space:nowrap;padding:.2em .7em .2em {0.7 + 1.2 * row.depth:.1f}em"'
            name = f"<b>{escape(row.name)}</b> " if row.name else ""
            what = f'<span style="opacity:.65">{escape(cut(row.text, WIDEST))}</span>'
            cells = "".join(
                f"<td {text if k < left else number}>{escape(cell)}</td>"
                for k, cell in enumerate(row.cells(self.ran), start=1)
            )
            body.append(f"<tr><td {indent}>{name}{what}</td>{cells}</tr>")
        sums = "".join(f"<div><b>{name}</b> {escape(words)}</div>" for name, words in self.sums())
        table = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody>"
        return (
            f'<table style="border-collapse:collapse">{table}</table>'
            f'<div style="font-size:90%;line-height:1.5;padding:.3em .7em">{sums}</div>'
        )


def summary(model: Module, *inputs: Any, depth: int | None = None, **keywords: Any) -> Summary:
    """A table of the layers of `model`: what comes out of each, parameters, multiply-adds, memory.

        print(summary(model, (64, 1, 28, 28)))

    `inputs`: what the model is called with: Tensors and whatever else its forward takes; a tuple of whole numbers is a
    shape, and stands for random numbers in it, also within a dict or tuple. Without any, the model is not called and
    the table has the parameters only. `depth`: how many levels below the model are shown; what lies deeper is added up.
    `keywords` go to forward.

    Each number counts once and where it belongs: a layer's row has its own parameters, multiply-adds (products and
    additions of matrix products, convolutions, attention and recurrence; `counting.py` has the formulas) and the bytes
    that its ops keep for the backward pass; shared parameters and memory are counted at their first use. The model is
    called once in evaluation mode; its mode, buffers, hooks and the random numbers are afterwards as they were.
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary: a {type(model).__name__}: it is no Module; give a network")
    if depth is not None and depth < 0:
        raise ValueError(f"summary: depth {depth}: it can't be negative; give 0 for the network as a whole")
    lazy = [path for path, parameter in model.named_parameters() if is_lazy(parameter)]
    if lazy:
        raise ValueError(f"summary: {lazy[0]} has no shape yet; call the network once before")
    rows, owners = table_of(model)
    if inputs or keywords:
        given = [example(x, k) for k, x in enumerate(inputs)]
        try:
            with Trace(model, owners), unchanged(model), enable_grad():
                model(*given, **keywords)
        except TypeError as error:
            if any(a is not b for a, b in zip(inputs, given, strict=True)):
                error.args = (f"{error} (a shape is random float32 numbers: give a Tensor where it takes others)",)
            raise
    return Summary(rows, bool(inputs or keywords), depth)


def example(x: Any, place: int) -> Any:
    """The input that is meant: random numbers for a shape, a Tensor for an array; the same within a dict or tuple."""
    if isinstance(x, dict):
        return {key: example(value, place) for key, value in x.items()}
    if isinstance(x, tuple) and any(isinstance(member, tuple | np.ndarray) for member in x):
        return tuple(example(member, place) for member in x)
    if isinstance(x, tuple) and x and all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in x):
        if min(x) < 0:
            raise ValueError(f"summary: input {place}: {x} is no shape; give sizes from 0 on")
        return Tensor._of(np.random.default_rng(0).standard_normal(x, np.float32))
    return Tensor._of(x) if isinstance(x, np.ndarray) else x


def table_of(model: Module) -> tuple[list[Row], dict[Module, Row]]:
    """A row for each place in the network, in the order of its repr, and for each module the row of its first place."""
    rows: list[Row] = []
    owners: dict[Module, Row] = {}
    counted: set[int] = set()

    def add(module: Module, path: str, name: str, depth: int) -> None:
        row = Row(path, name, module._describe(), depth)
        rows.append(row)
        if module in owners:
            row.same_as = owners[module].path or "the network"
            return
        owners[module] = row
        for parameter in module._parameters.values():
            if parameter is None:
                continue
            if id(parameter) in counted:
                row.shared = True
                continue
            counted.add(id(parameter))
            row.parameters += parameter.numel()
            row.frozen += 0 if parameter.requires_grad else parameter.numel()
            row.parameter_bytes += parameter.nbytes
        for buffer in module._buffers.values():
            if buffer is not None and id(buffer) not in counted:
                counted.add(id(buffer))
                row.buffer_bytes += buffer.nbytes
        for child, inner in module._modules.items():
            if inner is not None:
                add(inner, f"{path}.{child}" if path else child, child, depth + 1)

    add(model, "", "", 0)
    return rows, owners


class Trace:
    """While it is on, each call of a module is noted in its row, and what an op costs in that of the innermost call."""

    def __init__(self, model: Module, owners: dict[Module, Row]) -> None:
        self.owners = owners
        self.running: list[Row] = []
        self.outside = owners[model]
        # The memory that is there anyway, or counted already; held, so that no id is used twice.
        self.seen = {id(memory): memory for memory in (owner(x.value) for x in (*model.parameters(), *model.buffers()))}

    def __enter__(self) -> None:
        self.handles = []
        for module in self.owners:
            self.handles.append(module.register_forward_pre_hook(self.entered, prepend=True))
            self.handles.append(module.register_forward_hook(self.left, always_call=True))
        self.before = watch.watchers
        turn((*self.before, self.note))

    def __exit__(self, *exception: object) -> None:
        turn(self.before)
        for handle in self.handles:
            handle.remove()

    def entered(self, module: Module, args: Any) -> None:
        """A module is called."""
        self.running.append(self.owners[module])

    def left(self, module: Module, args: Any, output: Any) -> None:
        """A module's call is over."""
        row = self.owners[module]
        if row in self.running:
            del self.running[self.running.index(row) :]
        if not row.calls:
            row.output = list(output_shapes(output))
        row.calls += 1

    def note(self, op: Any, result: Any, args: tuple[Any, ...]) -> None:
        """An op has run."""
        row = self.running[-1] if self.running else self.outside
        products = multiply_adds(op, result.value, args)
        if products is not None:
            row.multiply_adds += products
        elif op.name not in row.uncounted:
            row.uncounted += (op.name,)
        if result.node is not None:
            for edge in result.node.edges:
                for array in saved_arrays(edge[2]):
                    memory = owner(array)
                    if id(memory) not in self.seen:
                        self.seen[id(memory)] = memory
                        row.kept += memory.nbytes


def saved_arrays(values: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays among what a rule keeps."""
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, list | tuple):
            yield from saved_arrays(value)


def output_shapes(output: Any) -> Iterator[tuple[int, ...]]:
    """The shapes of the Tensors in what a module returned."""
    if isinstance(output, Tensor):
        yield tuple(output.shape)
    elif isinstance(output, dict):
        yield from output_shapes(list(output.values()))
    elif isinstance(output, list | tuple):
        for part in output:
            yield from output_shapes(part)


@contextmanager
def unchanged(model: Module) -> Iterator[None]:
    """The model in evaluation mode; mode, buffers and random numbers come back, whatever happens."""
    modes = [(module, module.training) for module in model.modules()]
    buffers = [(module, dict(module._buffers)) for module in model.modules()]
    values = [(buffer, buffer.value, buffer.value.copy()) for buffer in model.buffers()]
    state = default_generator.get_state()
    try:
        model.eval()
        yield
    finally:
        default_generator.set_state(state)
        for module, registry in buffers:
            module._buffers.clear()
            module._buffers.update(registry)
        for buffer, array, copy in values:
            buffer.value = array
            if not np.array_equal(array, copy):
                array[...] = copy
        for module, mode in modes:
            module.training = mode


# ---- numbers in few characters -------------------------------------------------------------------------------------


def scaled(number: float) -> str:
    """`1.23 M`."""
    return with_unit(number, ("", " k", " M", " G", " T", " P"))


def bytes_text(number: float) -> str:
    """`1.23 MB`; nothing for 0."""
    return with_unit(number, (" B", " kB", " MB", " GB", " TB", " PB")) if number else ""


def with_unit(number: float, units: tuple[str, ...]) -> str:
    """Three digits and the unit, each a thousand times the one before."""
    power = 0
    while number >= 999.5 and power < len(units) - 1:
        number, power = number / 1000, power + 1
    digits = 0 if not power or number >= 99.95 else 1 if number >= 9.995 else 2
    return f"{number:.{digits}f}{units[power]}"


def shapes(found: list[tuple[int, ...]]) -> str:
    """`(64, 800)`; of several the first ones."""
    if not found:
        return "no Tensor"
    return str(found[0]) + (f" and {len(found) - 1} more" if len(found) > 1 else "")


def cut(text: str, width: int) -> str:
    """`LayerNorm (128,), eps=1e-05` in at most that many characters, if leaving out the last options is enough."""
    while len(text) > width and ", " in text:
        text = text.rpartition(", ")[0]
    return text

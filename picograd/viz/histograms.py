"""`watch(model)`: what goes through a network while it is trained, and a warning when something goes wrong in it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import recording
from ..nn import Module
from ..tensor import Tensor
from ..watching import turn
from ..watching import watch as watching
from .layers import cut
from .plots import BLUE, GREY, INK, figure_of, plain, save

Array = np.ndarray[Any, Any]

BINS = np.linspace(-12, 4, 65)  # of log10 |g|, for gradients
MOST = 10_000  # elements of an array that its histogram counts, evenly chosen
VANISHED = 1e-6  # of the largest layer's gradient, root mean square
EXPLODED = 100.0  # times the largest norm among the first samples
FIRST = 10  # so many samples
STEEP = 1e3  # norm of the gradient over that of the weights
IN_A_ROW = 5  # samples in which it must be so
SILENT = 20  # samples, and
SILENT_ROWS = 1000  # examples, in all of which a dead unit gives 0


class TrainingWarning(UserWarning):
    """Gradients that vanish or explode, units that are dead."""


@dataclass
class Activation:
    """What came out of a layer in a step."""

    step: int
    mean: float
    std: float
    zeros: float  # the share that is 0
    counts: Array
    edges: Array

    @classmethod
    def of(cls, step: int, x: Array) -> Activation:
        """The statistics of an array."""
        sample = x.reshape(-1)[:: max(1, x.size // MOST)].astype(np.float64)
        sample = sample[np.isfinite(sample)]
        counts, edges = np.histogram(sample, 40)
        with np.errstate(all="ignore"):
            return cls(step, float(x.mean()), float(x.std()), 1 - np.count_nonzero(x) / x.size, counts, edges)


@dataclass
class Slope:
    """The gradient of a layer's parameters in a step; those of several add up."""

    step: int
    size: int = 0
    squares: float = 0.0  # their sum
    zeros: int = 0  # among those counted
    bad: int = 0  # nan or inf
    counts: Any = 0  # how many have a log10 |g| in each of BINS

    def add(self, g: Array) -> None:
        """Those of one more parameter."""
        finite, squares = g.reshape(-1), squared_norm(g)
        if not np.isfinite(squares):
            finite = finite[np.isfinite(finite)].astype(np.float64)
            squares = squared_norm(finite)
        sample = np.abs(finite[:: max(1, finite.size // MOST)]).astype(np.float64)
        logs = np.log10(sample[sample > 0])
        width, last = BINS[1] - BINS[0], len(BINS) - 2
        places = np.clip((logs - BINS[0]) / width, 0, last).astype(int)
        self.size += g.size
        self.squares += squares
        self.zeros += sample.size - logs.size
        self.bad += g.size - finite.size
        self.counts = self.counts + np.bincount(places, minlength=last + 1)

    @property
    def rms(self) -> float:
        """Their root mean square."""
        return float(np.sqrt(self.squares / self.size)) if self.size else 0.0


def squared_norm(x: Array) -> float:
    """The sum of squares, which is not finite if an element isn't. In the array's own dtype where that is exact enough.

    A product of 10^6 float32 numbers with themselves takes a tenth of the time of a copy in float64.
    """
    flat = x.reshape(-1)
    with np.errstate(all="ignore"):
        squares = float(flat @ flat) if flat.dtype.char in "fd" else 0.0
        if 1e-20 < squares < np.inf:
            return squares
        wide = flat.astype(np.float64)
        return float(wide @ wide)


class Units:
    """Of the units behind a relu: in how many samples, and examples, in a row each has given nothing but 0."""

    def __init__(self, count: int) -> None:
        self.samples = np.zeros(count, int)
        self.rows = 0 * self.samples

    def add(self, x: Array) -> None:
        """One more batch."""
        axis = 1 if x.ndim >= 4 else x.ndim - 1  # channels of pictures, else the features
        active = x.any(axis=tuple(k for k in range(x.ndim) if k != axis))
        self.samples = np.where(active, 0, self.samples + 1)
        self.rows = np.where(active, 0, self.rows + x.size // max(x.shape[axis], 1))

    @property
    def dead(self) -> int:
        """How many units are dead."""
        return int(np.count_nonzero((self.samples >= SILENT) & (self.rows >= SILENT_ROWS)))


def watch(model: Module, every: int = 10, dead: float = 0.5, warn: bool = True) -> Watch:
    """Collect histograms of what the layers of `model` give and of their gradients, in each `every`-th training step.

        with viz.watch(model) as watched:          # or watched = viz.watch(model), and watched.close() in the end
            train(model)
        watched.plot("layers.png")

    A step begins with the first call of a layer in training mode after a backward pass; layers are the modules without
    others in them. It warns, once for a layer and in a sentence, when
    - a gradient is nan or inf;
    - gradients vanish: a layer's are below a millionth of the largest layer's, five samples in a row;
    - gradients explode: their norm is 100 times the largest of the first ten samples, or 1,000 times that of the
      weights, five samples in a row;
    - units are dead: more than the share `dead` of those behind a relu gave 0 for all of 20 samples and 1,000 examples.
    Layers in the same trouble share a sentence. `warn=False` collects only. A step that is looked at takes up to twice
    as long as the others, which cost next to nothing.
    """
    if not isinstance(model, Module):
        raise TypeError(f"watch: a {type(model).__name__}: it is no Module; give a network")
    if every < 1:
        raise ValueError(f"watch: every {every}: it must be a number of steps; give 1 or more")
    return Watch(model, every, dead, warn)


class Watch:
    """What `watch` returns: `activations` and `gradients`, by the layer's path a list of samples each."""

    def __init__(self, model: Module, every: int, dead: float, warn: bool) -> None:
        self.model, self.every, self.share, self.warns = model, every, dead, warn
        self.activations: dict[str, list[Activation]] = {}
        self.gradients: dict[str, list[Slope]] = {}
        self.units: dict[str, Units] = {}  # by the place of a relu
        self.step = 0  # training steps begun
        self.norms: list[float] = []  # of the whole gradient, sample by sample
        self.said: set[tuple[str, str]] = set()
        self.in_a_row: dict[str, int] = {}  # in how many samples in a row something was so
        self.names = {module: name for name, module in model.named_modules()}
        self.sampling = False  # whether the current step is looked at
        self.collecting = False  # whether its forward pass is running
        self.reached = False  # whether a backward pass has come to a parameter in this step
        self.fresh: dict[str, Slope] = {}  # gradients of the current sample, by the parameter's path
        self.outputs: list[tuple[Array, str]] = []  # of this step's layers, and their paths
        self.handles: list[Any] = [m.register_forward_hook(self.after_layer) for m in self.names if not m._modules]
        for path, parameter in model.named_parameters():
            if parameter.requires_grad:
                self.handles.append(parameter.register_post_accumulate_grad_hook(self.after_gradient(path)))

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Watch no longer; what was collected stays."""
        for handle in self.handles:
            handle.remove()
        self.handles.clear()
        self.rest()
        self.judge()

    # ---- collecting ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A training step has begun; that before is complete."""
        if self.sampling:
            self.judge()
        self.sampling = self.step % self.every == 0
        self.step += 1
        self.reached = False
        if self.sampling:
            self.collecting = True
            turn((*watching.watchers, self.after_op))

    def rest(self) -> None:
        """The forward pass of a step is over."""
        if self.collecting:
            self.collecting = False
            turn(tuple(watcher for watcher in watching.watchers if watcher != self.after_op))
            self.outputs.clear()

    def after_layer(self, module: Module, args: Any, output: Any) -> None:
        """A layer was called: note what came out."""
        if not module.training or not recording.switch.on:
            return self.rest()
        if self.reached or not self.step:
            self.begin()
        first = output[0] if isinstance(output, tuple) and output else output
        if not self.collecting or not isinstance(first, Tensor):
            return None
        x, path = first.value, self.names[module]
        if x.dtype.kind == "f" and x.size:
            samples = self.activations.setdefault(path, [])
            if not samples or samples[-1].step != self.step:
                samples.append(Activation.of(self.step, x))
            self.outputs.append((x, path))
        return None

    def after_op(self, op: Any, result: Any, args: tuple[Any, ...]) -> None:
        """An op has run: note which units a relu lets through."""
        if op.name != "relu" or not result.value.ndim or not result.value.size:
            return
        given = getattr(args[0], "value", None)
        path = next((path for x, path in reversed(self.outputs) if x is given), None)
        if path is None:  # of a sum, for instance: nobody's output
            return
        x = result.value
        count = x.shape[1 if x.ndim >= 4 else -1]
        units = self.units.get(path)
        if units is None or len(units.samples) != count:
            units = self.units[path] = Units(count)
        units.add(x)

    def after_gradient(self, path: str) -> Callable[[Any], None]:
        """A hook that notes a parameter's gradient; of several passes in a step the last, which is their sum."""

        def note(parameter: Any) -> None:
            self.reached = True
            self.rest()
            if self.sampling:
                slope = Slope(self.step)
                slope.add(np.asarray(parameter._grad))
                self.fresh[path] = slope

        return note

    # ---- judging ---------------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Add up the gradients of the last sample, and warn of what is wrong."""
        fresh, self.fresh = self.fresh, {}
        layers: dict[str, Slope] = {}
        for path, part in fresh.items():
            layer = layers.setdefault(path.rpartition(".")[0], Slope(part.step))
            for name in ("size", "squares", "zeros", "bad", "counts"):
                setattr(layer, name, getattr(layer, name) + getattr(part, name))
        for path, layer in layers.items():
            self.gradients.setdefault(path, []).append(layer)
        if layers:
            self.check_gradients(layers)
        found = [(path, units.dead, len(units.samples)) for path, units in self.units.items()]
        found = [(path, dead, count) for path, dead, count in found if dead > self.share * count]
        if found:
            path, dead, count = max(found, key=lambda one: one[1] / one[2])
            self.say(
                "dead", path, [path for path, *_ in found],
                f"{dead} of {count} units are dead: behind their relu they gave 0 in all of the last {SILENT} batches "
                f"looked at; a smaller learning rate, another initialisation or leaky_relu keeps them alive",
            )  # fmt: skip

    def check_gradients(self, layers: dict[str, Slope]) -> None:
        """Warn of gradients that are not finite, vanish or explode."""
        bad = [path for path, layer in layers.items() if layer.bad]
        if bad:
            layer = layers[bad[-1]]
            self.say(
                "bad", bad[-1], list(layers),
                f"{layer.bad:,} of {layer.size:,} elements of the gradient are nan or inf in step {layer.step}; "
                f"autograd.detect_anomaly() finds the op that makes the first",
            )  # fmt: skip
            return
        largest = max(layer.rms for layer in layers.values())
        gone = [path for path, layer in layers.items() if self.lasting(path, layer.rms < VANISHED * largest)]
        if gone:
            path = min(gone, key=lambda path: layers[path].rms)
            self.say(
                "vanish", path, gone,
                f"gradients vanish: {layers[path].rms:.2g} (root mean square), where the largest layer has "
                f"{largest:.2g}; normalisation, residual connections or another activation let them through",
            )  # fmt: skip
        norm = float(np.sqrt(sum(layer.squares for layer in layers.values())))
        weights = np.sqrt(sum(squared_norm(p.value) for p in self.model.parameters()))
        before = max(self.norms[:FIRST], default=0.0)
        grown = len(self.norms) >= FIRST and norm > EXPLODED * before > 0
        self.norms.append(norm)
        if self.lasting("explode", grown or norm > STEEP * weights > 0):
            path = max(layers, key=lambda path: layers[path].rms)
            against = f"{before:.2g} at most in the first {FIRST} samples" if grown else f"{weights:.2g} of the weights"
            self.say(
                "explode", path, list(layers),
                f"gradients explode: their norm is {norm:.2g}, against {against}, and here they are largest; a smaller "
                f"learning rate or nn.utils.clip_grad_norm_ keeps them in bounds",
            )  # fmt: skip

    def lasting(self, what: str, so: bool) -> bool:
        """Whether something has been so for enough samples in a row."""
        self.in_a_row[what] = self.in_a_row.get(what, 0) + 1 if so else 0
        return self.in_a_row[what] >= IN_A_ROW

    def say(self, what: str, worst: str, paths: list[str], sentence: str) -> None:
        """Warn, with the layer where it is worst, unless that was said of all these layers before."""
        new = {(what, path) for path in paths} - self.said
        if not self.warns or not new:
            return
        self.said |= new
        others = f" and {len(paths) - 1} more" if len(paths) > 1 and what in ("dead", "vanish") else ""
        warnings.warn(f"{self.describe(worst)}{others}: {sentence}", TrainingWarning, stacklevel=2)

    def describe(self, path: str) -> str:
        """`fc1 (Linear 784 -> 800)`."""
        module = self.model.get_submodule(path)
        return f"{path} ({module._describe()})" if path else module._describe()

    # ---- showing ---------------------------------------------------------------------------------------------------

    def layers(self) -> list[str]:
        """The paths of all layers of which there is a sample, in the network's order."""
        return [path for path in self.names.values() if path in self.activations or path in self.gradients]

    def __str__(self) -> str:
        rows = [("layer", "mean", "std", "zeros", "gradient", "dead")]
        for path in self.layers():
            a, g = self.activations.get(path, [None])[-1], self.gradients.get(path, [None])[-1]
            units = self.units.get(path)
            given = (f"{a.mean:.3g}", f"{a.std:.3g}", f"{a.zeros:.0%}") if a else ("", "", "")
            rows.append((
                cut(self.describe(path), 44), *given,
                f"{g.rms:.2e}" if g else "", f"{units.dead} of {len(units.samples)}" if units else "",
            ))  # fmt: skip
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "   ".join(
                c.rjust(w) if k else c.ljust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])

    def plot(self, path: Any = None, most: int = 16) -> Any:
        """Histograms of the last sample, grey those of the first: a matplotlib Figure, saved if a path is given.

        A row for each layer (`most` of them, evenly chosen): at the left what it gives, at the right how large its
        gradients are, as powers of ten.
        """
        paths = self.layers()
        if not paths:
            raise ValueError("watch.plot: no sample yet: there is nothing to draw; train for a step first")
        if len(paths) > most:
            paths = [paths[k] for k in np.linspace(0, len(paths) - 1, most).astype(int)]
        figure = figure_of("watch.plot", (10, 1.4 * len(paths) + 0.6))
        for k, layer in enumerate(paths):
            left, right = figure.add_subplot(len(paths), 2, 2 * k + 1), figure.add_subplot(len(paths), 2, 2 * k + 2)
            samples, slopes = self.activations.get(layer, []), self.gradients.get(layer, [])
            for end, look in ((0, FIRST_LOOK), (-1, LAST_LOOK)):
                if samples:
                    left.stairs(samples[end].counts / max(samples[end].counts.max(), 1), samples[end].edges, **look)
                if slopes:
                    right.stairs(slopes[end].counts / max(slopes[end].counts.max(), 1), BINS, **look)
            plain(left, cut(self.describe(layer), 44), size=9)
            plain(right, f"root mean square {slopes[-1].rms:.1e}" if slopes else "", size=9)
            right.title.set_fontweight("normal")
            right.set_xlim(BINS[0], BINS[-1])
            if not slopes:
                right.axis("off")
            for axes in (left, right):
                axes.set_yticks([])
                axes.set_ylim(bottom=0)
        figure.suptitle(f"activations, and log10 of the gradients: step {self.last_step()}, grey the first", color=INK)
        save(figure, path, 110, "watch.plot")
        return figure

    def last_step(self) -> int:
        """The step of the last sample."""
        return max(samples[-1].step for found in (self.activations, self.gradients) for samples in found.values())


FIRST_LOOK = {"color": GREY, "linewidth": 1}
LAST_LOOK = {"color": BLUE, "fill": True, "alpha": 0.75}

"""Single ops at growing sizes: forward alone, and forward with backward; beside them NumPy's own call.

python benchmarks/compare.py --only ops --ops softmax "Adam step"
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from measures import Contestant, Settings
from networks import library
from timing import Figures, steady_time

Array = npt.NDArray[Any]
Generator = np.random.Generator
Inputs = Callable[[Generator, int], list[Array]]

SIZES = (1, 100, 10**4, 10**6, 10**7)  # elements of the input
SQUARE = {1: 1, 100: 10, 10**4: 100, 10**6: 1000}  # as rows and columns
ROWS = {1: (1, 1), 100: (1, 100), 10**4: (100, 100), 10**6: (1000, 1000), 10**7: (10_000, 1000)}
IMAGES = {100: (1, 4, 5, 5), 10**4: (4, 4, 25, 25), 10**6: (25, 16, 50, 50), 10**7: (100, 40, 50, 50)}
HEADS = {100: (1, 1, 10, 10), 10**4: (1, 4, 50, 50), 10**6: (10, 4, 500, 50)}  # images, heads, length, width

SEQUENCES = {100: (5, 2, 10), 10**4: (10, 10, 100), 10**6: (64, 64, 256)}  # steps, sequences, width


@dataclass(frozen=True)
class Op:
    """An op in PyTorch's text, what goes in (floats receive gradients), the sizes; NumPy's call where there is one."""

    call: Callable[..., Any]
    inputs: Inputs
    sizes: tuple[int, ...] = SIZES
    numpy: Callable[..., Any] | None = None


def one(rng: Generator, n: int) -> list[Array]:
    return [rng.standard_normal(n, np.float32)]


def two(rng: Generator, n: int) -> list[Array]:
    return [rng.standard_normal(n, np.float32), rng.standard_normal(n, np.float32)]


def rows(rng: Generator, n: int) -> list[Array]:
    return [rng.standard_normal(ROWS[n], np.float32)]


def squares(rng: Generator, n: int) -> list[Array]:
    return [rng.standard_normal((SQUARE[n], SQUARE[n]), np.float32) for _ in range(2)]


def affine(rng: Generator, n: int) -> list[Array]:
    return [*squares(rng, n), rng.standard_normal(SQUARE[n], np.float32)]


def scores(rng: Generator, n: int) -> list[Array]:
    N, classes = ROWS[n]
    return [rng.standard_normal((N, classes), np.float32), rng.integers(0, classes, N)]


def normed(rng: Generator, n: int) -> list[Array]:
    return [*rows(rng, n), *(rng.standard_normal(ROWS[n][1], np.float32) for _ in range(2))]


def scaled(rng: Generator, n: int) -> list[Array]:
    return normed(rng, n)[:2]


def sequences(gates: int) -> Inputs:
    """For a recurrent layer with as many gates: T steps of N sequences of H numbers, states, and the parameters."""

    def inputs(rng: Generator, n: int) -> list[Array]:
        T, N, H = SEQUENCES[n]
        weights = [rng.uniform(-0.1, 0.1, shape) for shape in 2 * [(gates * H, H)] + 2 * [(gates * H,)]]
        return [rng.standard_normal((T, N, H), np.float32), *(w.astype(np.float32) for w in weights)]

    return inputs


def images(rng: Generator, n: int) -> list[Array]:
    return [rng.standard_normal(IMAGES[n], np.float32)]


def normed_images(rng: Generator, n: int) -> list[Array]:
    return [*images(rng, n), *(rng.standard_normal(IMAGES[n][1], np.float32) for _ in range(2))]


def kernels(rng: Generator, n: int) -> list[Array]:
    C = IMAGES[n][1]
    return [*images(rng, n), rng.standard_normal((C, C, 3, 3), np.float32), rng.standard_normal(C, np.float32)]


def depthwise_kernels(rng: Generator, n: int) -> list[Array]:
    C = IMAGES[n][1]
    return [*images(rng, n), rng.standard_normal((C, 1, 3, 3), np.float32), rng.standard_normal(C, np.float32)]


def heads(rng: Generator, n: int) -> list[Array]:
    return [rng.standard_normal(HEADS[n], np.float32) for _ in range(3)]


def looked_up(rng: Generator, n: int) -> list[Array]:
    """Rows of 100 out of a table of 1000: as many indices as make n elements."""
    return [rng.integers(0, 1000, n // 100), rng.standard_normal((1000, 100), np.float32)]


def chosen(rng: Generator, n: int) -> list[Array]:
    return [rng.standard_normal(n, np.float32), rng.integers(0, n, n)]


def batch_norm(lib: Any, x: Any, weight: Any, bias: Any) -> Any:
    return lib.F.batch_norm(x, None, None, weight, bias, training=True)


def depthwise(lib: Any, x: Any, weight: Any, bias: Any) -> Any:
    return lib.F.conv2d(x, weight, bias, padding=1, groups=x.shape[1])


def attention(lib: Any, q: Any, k: Any, v: Any) -> Any:
    return lib.F.scaled_dot_product_attention(q, k, v, is_causal=True)


def recurrent(name: str) -> Callable[..., Any]:
    """One layer, from states of zeros."""

    def call(lib: Any, x: Any, *parameters: Any) -> Any:
        state = lib.torch.zeros(1, x.shape[1], x.shape[2])
        states = (state, state) if name == "lstm" else state
        return getattr(lib.torch, name)(x, states, parameters, True, 1, 0.0, True, False, False)[0]

    return call


MATRICES = tuple(SQUARE)
OPS = {
    "add": Op(lambda lib, x, y: x + y, two, numpy=lambda x, y: x + y),
    "sub": Op(lambda lib, x, y: x - y, two, numpy=lambda x, y: x - y),
    "mul": Op(lambda lib, x, y: x * y, two, numpy=lambda x, y: x * y),
    "exp": Op(lambda lib, x: x.exp(), one, numpy=np.exp),
    "tanh": Op(lambda lib, x: x.tanh(), one, numpy=np.tanh),
    "sigmoid": Op(lambda lib, x: x.sigmoid(), one),
    "relu": Op(lambda lib, x: x.relu(), one, numpy=lambda x: np.maximum(x, 0)),
    "gelu": Op(lambda lib, x: lib.F.gelu(x), one),
    "gelu_tanh": Op(lambda lib, x: lib.F.gelu(x, approximate="tanh"), one),
    "silu": Op(lambda lib, x: lib.F.silu(x), one),
    "sum": Op(lambda lib, x: x.sum(), one, numpy=lambda x: x.sum()),
    "max": Op(lambda lib, x: x.max(), one, numpy=lambda x: x.max()),
    "mean of rows": Op(lambda lib, x: x.mean(1), rows, numpy=lambda x: x.mean(1)),
    "matmul": Op(lambda lib, x, y: x @ y, squares, MATRICES, numpy=lambda x, y: x @ y),
    "linear": Op(lambda lib, x, w, b: lib.F.linear(x, w, b), affine, MATRICES, numpy=lambda x, w, b: x @ w.T + b),
    "softmax": Op(lambda lib, x: x.softmax(1), rows),
    "log_softmax": Op(lambda lib, x: x.log_softmax(1), rows),
    "cross_entropy": Op(lambda lib, x, target: lib.F.cross_entropy(x, target), scores),
    "layer_norm": Op(lambda lib, x, w, b: lib.F.layer_norm(x, w.shape, w, b), normed, SIZES[1:]),
    "rms_norm": Op(lambda lib, x, w: lib.F.rms_norm(x, w.shape, w), scaled, SIZES[1:]),
    "batch_norm": Op(batch_norm, normed_images, SIZES[1:]),
    "attention": Op(attention, heads, tuple(HEADS)),
    "conv2d": Op(lambda lib, x, w, b: lib.F.conv2d(x, w, b, padding=1), kernels, SIZES[1:4]),
    "depthwise conv2d": Op(depthwise, depthwise_kernels, SIZES[1:4]),
    "max_pool2d": Op(lambda lib, x: lib.F.max_pool2d(x, 2), images, SIZES[1:]),
    "rnn": Op(recurrent("rnn_tanh"), sequences(1), tuple(SEQUENCES)),
    "gru": Op(recurrent("gru"), sequences(3), tuple(SEQUENCES)),
    "lstm": Op(recurrent("lstm"), sequences(4), tuple(SEQUENCES)),
    "embedding": Op(lambda lib, i, w: lib.F.embedding(i, w), looked_up, SIZES[1:], numpy=lambda i, w: w[i]),
    "indexing": Op(lambda lib, x, i: x[i], chosen, numpy=lambda x, i: x[i]),
    "cat": Op(lambda lib, x, y: lib.torch.cat([x, y]), two, numpy=lambda x, y: np.concatenate([x, y])),
    "transpose": Op(lambda lib, x: x.t().contiguous(), rows, numpy=lambda x: np.ascontiguousarray(x.T)),
    "dropout": Op(lambda lib, x: lib.F.dropout(x, 0.5), one),
}
OPTIMIZERS: dict[str, dict[str, float]] = {"SGD": {"momentum": 0.9}, "Adam": {}}
NAMES = (*OPS, *(f"{name} step" for name in OPTIMIZERS))


def ops(work: str, who: Contestant, settings: Settings) -> Figures:
    """Seconds of each op at each size; PyTorch's fused optimizers are a contestant of their own."""
    names = settings.ops or NAMES
    budget = 0.001 if settings.quick else 0.03
    figures: Figures = {}
    if who.library == "numpy":
        for name in (n for n in names if n in OPS):
            figures |= plain(name, OPS[name], budget, settings.quick)
        return figures
    lib = library(who.library)
    if who.variant != "fused":
        for name in (n for n in names if n in OPS):
            figures |= differentiated(lib, name, OPS[name], budget, settings.quick)
    for name in (n for n in OPTIMIZERS if f"{n} step" in names):
        figures |= steps(lib, name, who.variant, budget, settings.quick)
    return figures


def plain(name: str, op: Op, budget: float, quick: bool) -> Figures:
    """NumPy's own call."""
    figures: Figures = {}
    call = op.numpy
    if call is not None:
        for n in op.sizes[:2] if quick else op.sizes:
            inputs = op.inputs(np.random.default_rng(0), n)
            figures[label(name, n, "forward")] = (steady_time(partial(call, *inputs), budget), "s")
    return figures


def differentiated(lib: Any, name: str, op: Op, budget: float, quick: bool) -> Figures:
    """An op forward, with its graph recorded; and the same with the walk back, into gradients that are empty."""
    figures: Figures = {}
    for n in op.sizes[:2] if quick else op.sizes:
        inputs = [lib.torch.from_numpy(x) for x in op.inputs(np.random.default_rng(0), n)]
        leaves = [x.requires_grad_() for x in inputs if x.is_floating_point()]
        out = op.call(lib, *inputs)
        seed = lib.torch.from_numpy(np.full(tuple(out.shape), 0.5, np.float32))
        del out

        def there(inputs: list[Any] = inputs) -> None:
            op.call(lib, *inputs)

        def there_and_back(inputs: list[Any] = inputs, leaves: list[Any] = leaves, seed: Any = seed) -> None:
            for leaf in leaves:
                leaf.grad = None
            op.call(lib, *inputs).backward(seed)

        figures[label(name, n, "forward")] = (steady_time(there, budget), "s")
        figures[label(name, n, "with backward")] = (steady_time(there_and_back, budget), "s")
    return figures


def steps(lib: Any, name: str, variant: str, budget: float, quick: bool) -> Figures:
    """An optimizer's step on one parameter."""
    figures: Figures = {}
    for n in SIZES[:2] if quick else SIZES:
        rng = np.random.default_rng(0)
        parameter = lib.torch.from_numpy(rng.standard_normal(n, np.float32)).requires_grad_()
        parameter.grad = lib.torch.from_numpy(rng.standard_normal(n, np.float32))
        optimizer = getattr(lib.optim, name)(
            [parameter], lr=1e-3, **OPTIMIZERS[name], **({"fused": True} if variant == "fused" else {})
        )
        figures[label(f"{name} step", n)] = (steady_time(optimizer.step, budget), "s")
    return figures


def label(*parts: str | int) -> str:
    """A row's name: the op, the size, the direction."""
    return ", ".join(f"{part:,}".replace(",", " ") if isinstance(part, int) else part for part in parts)

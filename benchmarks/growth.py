"""How the cost of a training step grows: with the batch, the width, the depth, the length of a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np
from measures import Contestant, Settings
from networks import characters, every_position, gpt, library, make_optimizer
from timing import Figures, steady_time

BATCH, WIDTH, DEPTH = 64, 256, 2  # while one of them grows, the others are these
AXES = {  # what grows, and through which values
    "batch": [4**k for k in range(7)],
    "width": [2**k for k in range(4, 12)],
    "depth": [2**k for k in range(7)],
    "sequence": [2**k for k in range(4, 11)],
}


def growth(work: str, who: Contestant, settings: Settings) -> Figures:
    """Seconds of a training step along each axis."""
    lib, figures = library(who.library), Figures()
    for axis, sizes in AXES.items():
        for size in sizes[:2] if settings.quick else sizes:
            call = attention_step(lib, who, size) if axis == "sequence" else mlp_step(lib, who, **{axis: size})
            figures[f"{axis} {size}"] = (steady_time(call, 0.005 if settings.quick else 0.2), "s")
    return figures


def mlp_step(lib: Any, who: Contestant, batch: int = BATCH, width: int = WIDTH, depth: int = DEPTH) -> Any:
    """A step of 784-width-...-width-10 with as many hidden layers as it is deep."""
    nn, rng = lib.nn, np.random.default_rng(0)
    layers = [nn.Linear(784, width), nn.ReLU()]
    for _ in range(depth - 1):
        layers += [nn.Linear(width, width), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(width, 10))
    x = lib.torch.from_numpy(rng.random((batch, 784), np.float32))
    target = lib.torch.from_numpy(rng.integers(0, 10, batch))
    return step(lib, who, model, lambda: lib.F.cross_entropy(model(x), target))


def attention_step(lib: Any, who: Contestant, length: int) -> Any:
    """A step of a GPT of two layers, width 128, on two sequences."""
    model = gpt(lib, layers=2, context=length)
    tokens, target = (lib.torch.from_numpy(t) for t in characters(np.random.default_rng(0), 2, length))
    return step(lib, who, model, lambda: every_position(lib, model(tokens), target))


def step(lib: Any, who: Contestant, model: Any, loss: Any) -> Any:
    """A training step, to be called again and again."""
    optimizer = make_optimizer(lib, model, who.variant)

    def call() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return call

"""What the foundation costs: Adam's step alone, chains of small ops, a chain of a million."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
from measures import Contestant, Settings
from networks import library
from timing import Figures, clock, median_time, megabytes


def adam(work: str, who: Contestant, settings: Settings) -> Figures:
    """Adam's step alone: on the 1.3 M parameters of 784-800-800-10, and on the 354 of 2-16-16-2."""
    lib, figures = library(who.library), Figures()
    rng = np.random.default_rng(0)
    for name, widths, times in (("1.3 M", (784, 800, 800, 10), 150), ("354", (2, 16, 16, 2), 2000)):
        shapes = [shape for m, n in itertools.pairwise(widths) for shape in ((n, m), (n,))]
        params = [lib.torch.from_numpy(rng.standard_normal(shape, np.float32)) for shape in shapes]
        for p in params:
            p.requires_grad_()
            p.grad = lib.torch.from_numpy(rng.standard_normal(tuple(p.shape), np.float32))
        optimizer = lib.optim.Adam(params, **({"fused": True} if who.variant == "fused" else {}))
        figures[f"{name} parameters"] = (median_time(optimizer.step, 3 if settings.quick else times), "s")
    return figures


def small(work: str, who: Contestant, settings: Settings) -> Figures:
    """Small ops, 2 x 2 float32, forward and backward: per op of a chain of 100."""
    torch = library(who.library).torch

    def leaf(values: list[list[float]]) -> Any:
        return torch.from_numpy(np.array(values, np.float32)).requires_grad_()

    x, ones, turn = leaf([[0.5, 0.1], [0.2, 0.4]]), leaf([[1, 1], [1, 1]]), leaf([[0.8, 0.6], [-0.6, 0.8]])
    seed = torch.from_numpy(np.ones((2, 2), np.float32))
    links: dict[str, Callable[[Any], Any]] = {
        "add": lambda t: t + ones,
        "sub": lambda t: t - ones,
        "mul": lambda t: t * ones,
        "mul by a number": lambda t: t * 1.0,
        "tanh": lambda t: t.tanh(),
        "relu": lambda t: t.relu(),
        "exp of -t": lambda t: (t * -1.0).exp(),  # two ops a link: exp on its own overflows in a chain
        "sigmoid": lambda t: t.sigmoid(),
        "matmul": lambda t: t @ turn,
    }
    figures = Figures()
    for name, link in links.items():
        forward, backward, both = [], [], []
        length = 50 if name == "exp of -t" else 100
        for _ in range(22 if settings.quick else 120):
            x.grad = ones.grad = turn.grad = None
            begin = clock()
            t = x
            for _ in range(length):
                t = link(t)
            middle = clock()
            t.backward(seed)
            end = clock()
            forward.append((middle - begin) / 100)
            backward.append((end - middle) / 100)
            both.append((end - begin) / 100)
        del t
        for what, seconds in ((name, both), (f"{name}, only forward", forward), (f"{name}, only backward", backward)):
            figures[what] = (statistics.median(seconds[20:]), "s")
    return figures


def chain(work: str, who: Contestant, settings: Settings) -> Figures:
    """A chain of a million ops on 2 x 2: seconds to build it, walk it back and free it, and the memory it takes."""
    torch, length = library(who.library).torch, 1000 if settings.quick else 1_000_000
    x = torch.from_numpy(np.ones((2, 2), np.float32)).requires_grad_()
    seed = torch.from_numpy(np.ones((2, 2), np.float32))
    (x * 1.0).backward(seed)
    figures: Figures = {"memory before": (megabytes(), "MB")}

    def build() -> Any:
        t = x
        for _ in range(length):
            t = t * 1.0
        return t

    begin = clock()
    t = build()
    figures |= {"build": (clock() - begin, "s"), "memory, built": (megabytes(), "MB")}
    begin = clock()
    t.backward(seed)
    figures["walk back"] = (clock() - begin, "s")
    begin = clock()
    del t
    figures |= {"free": (clock() - begin, "s"), "memory, freed": (megabytes(), "MB")}
    t = build()
    begin = clock()
    del t
    figures |= {"free, not walked": (clock() - begin, "s"), "memory in the end": (megabytes(), "MB")}
    return figures

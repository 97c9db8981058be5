"""What is measured, and who takes part: two tables."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True)
class Contestant:
    """A library, and the way in which it is used."""

    title: str
    library: str
    variant: str = ""
    kernels: str = ""  # what PICOGRAD_KERNELS says in its process

    @property
    def installed(self) -> bool:
        needed = [self.library, *(["numba"] if self.variant == "kernels" else [])]
        return all(importlib.util.find_spec(package) for package in needed)


OWN = {
    "picograd-numpy": Contestant("picograd, NumPy alone", "picograd", "numpy", kernels="0"),
    "picograd-kernels": Contestant("picograd, kernels", "picograd", "kernels", kernels="1"),
}
TORCH = {  # the modes of PyTorch; the best of them in a row is what picograd is compared with
    "torch": Contestant("PyTorch", "torch"),
    "torch-fused": Contestant("PyTorch, fused Adam", "torch", "fused"),
    "torch-compile": Contestant("PyTorch, compiled", "torch", "compile"),
}
PEERS = {**TORCH, "jax": Contestant("JAX, compiled", "jax"), "numpy": Contestant("NumPy itself", "numpy")}
CONTESTANTS = {**OWN, **PEERS}
# A library's name as a package.
PACKAGES = {"picograd": "picograd-dl", "numpy": "numpy", "numba": "numba", "torch": "torch", "jax": "jax"}


@dataclass(frozen=True)
class Settings:
    """What the command line asks of a measurement."""

    threads: int = 2
    quick: bool = False  # a few repetitions: does it run?
    ops: tuple[str, ...] = ()  # none for all


@dataclass(frozen=True)
class Measure:
    """A function of a module here (for JAX of the module `..._jax`), who takes part in it, and how it is printed."""

    title: str
    module: str
    function: str
    contestants: tuple[str, ...]
    grid: bool = False  # a line a row, with medians only
    mean: bool = False  # under the grid the ratios' geometric mean, where the rows are of a kind


EVERYONE = (*OWN, *TORCH, "jax")
EAGER = (*OWN, "torch", "torch-fused")
PLAIN = (*OWN, "torch", "numpy")

MEASURES = {
    "tiny": Measure("2-16-16-2, ReLU, batch 100, cross entropy, Adam", "networks", "step", EVERYONE),
    "mlp": Measure("784-800-800-10, ReLU, dropout, batch 64, Adam", "networks", "step", EVERYONE),
    "cnn": Measure("two convolutions, two linear, dropout, batch 64 of 28 x 28, Adam", "networks", "step", EVERYONE),
    "gpt": Measure("4 layers, 4 heads, width 128, batch 12 x 64 tokens, Adam", "networks", "step", EVERYONE),
    "lstm": Measure("2 layers of 256, batch 32 x 64 tokens, Adam", "networks", "step", EVERYONE),
    "job": Measure("an epoch of MNIST, 784-800-800-10, batch 64, the test included", "program", "job", EAGER),
    "adam": Measure("Adam's step alone", "chains", "adam", EAGER),
    "small": Measure("small ops, 2 x 2, in a chain of 100", "chains", "small", (*OWN, "torch"), grid=True, mean=True),
    "chain": Measure("a chain of 1,000,000 ops", "chains", "chain", (*OWN, "torch"), grid=True),
    "ops": Measure("single ops, by elements", "ops", "ops", (*EAGER, "numpy"), grid=True, mean=True),
    "load": Measure("batches of 64 a second, out of 60,000 x 784, shuffled", "program", "load", PLAIN),
    "infer": Measure("a single example, no gradients", "networks", "latency", (*OWN, "torch", "torch-compile", "jax")),
    "memory": Measure(
        "the peak of memory in five training steps",
        "program",
        "memory",
        EAGER,
        grid=True,
    ),
    "import": Measure("the import in a fresh process, and the disk", "program", "imports", (*PLAIN, "jax"), grid=True),
    "growth": Measure("a training step as it grows", "growth", "growth", (*OWN, "torch-fused"), grid=True, mean=True),
}

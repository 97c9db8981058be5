"""Random numbers: one generator for the whole library, seeded by `manual_seed`, or your own `Generator`."""

from __future__ import annotations

from typing import Any

import numpy as np


class Generator:
    """A stream of random numbers with a seed: `rng` is the numpy.random.Generator that draws them."""

    def __init__(self, device: Any = "cpu") -> None:
        self.device = device
        self.seed()

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream anew from `seed` (any integer); the same seed gives the same numbers."""
        self._seed = int(seed)
        # SFC64 is NumPy's fastest bit generator. A seed may be negative in PyTorch, never in NumPy.
        self.rng = np.random.Generator(np.random.SFC64(self._seed % 2**64))
        return self

    def seed(self) -> int:
        """Start the stream anew from a seed that the operating system gives; returns it."""
        self.manual_seed(int(np.random.SeedSequence().entropy) % 2**63)  # type: ignore[arg-type]
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the stream started from."""
        return self._seed

    def get_state(self) -> dict[str, Any]:
        """Where the stream is now, to be given to `set_state`."""
        return {"seed": self._seed, "rng": self.rng.bit_generator.state}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go to where `get_state` was called."""
        self.manual_seed(state["seed"])
        self.rng.bit_generator.state = state["rng"]


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the library's generator: initial weights, dropout, shuffles and random tensors repeat."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Seed the library's generator from the operating system; returns the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the library's generator."""
    return default_generator.initial_seed()


def rng_of(generator: Generator | None) -> np.random.Generator:
    """The numpy generator to draw from: that of `generator`, or the library's."""
    return (default_generator if generator is None else generator).rng

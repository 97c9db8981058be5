"""Random numbers: one generator for the whole library, seeded by `manual_seed`, or your own `Generator`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from . import engine, left_out
from .devices import resolve

if TYPE_CHECKING:
    from .tensor import Tensor


class Generator:
    """A stream of random numbers with a seed: `rng` is the numpy.random.Generator that draws them.

    Raises RuntimeError for a device that is not here.
    """

    def __init__(self, device: Any = "cpu") -> None:
        self.device = resolve(device, "Generator")
        self.seed()

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream anew from `seed` (any integer); the same seed gives the same numbers."""
        self._seed = int(seed)
        vars(self).pop("rng", None)
        return self

    @cached_property
    def rng(self) -> np.random.Generator:
        """What draws. Made at the first draw: numpy.random is a fifth of what `import picograd` would cost."""
        # SFC64 is NumPy's fastest bit generator. A seed may be negative in PyTorch, never in NumPy.
        return np.random.Generator(np.random.SFC64(self._seed % 2**64))

    def seed(self) -> int:
        """Start the stream anew from a seed that the operating system gives; returns it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little") >> 1)
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the stream started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """Where the stream is now, to be given to `set_state`: a Tensor of bytes (64,)."""
        state: dict[str, Any] = self.rng.bit_generator.state  # type: ignore[assignment]
        words = [self._seed % 2**64, self._seed < 0, *state["state"]["state"], state["has_uint32"], state["uinteger"]]
        tensor: Tensor = engine.box._of(np.array(words, np.uint64).view(np.uint8))
        return tensor

    def set_state(self, new_state: Any) -> Generator:
        """Go to where `get_state` was called. Raises TypeError for what is no such state."""
        array = np.asarray(new_state)
        if array.dtype != np.uint8 or array.shape != (64,):
            raise TypeError(
                f"set_state: {array.dtype} of shape {array.shape}: a state is 64 bytes; give what get_state() returned"
            )
        seed, negative, *state, has_uint32, uinteger = (int(word) for word in array.copy().view(np.uint64))
        self.manual_seed(seed - 2**64 * negative)
        self.rng.bit_generator.state = {
            "bit_generator": "SFC64", "state": {"state": np.array(state, np.uint64)}, "has_uint32": has_uint32,
            "uinteger": uinteger,
        }  # fmt: skip
        return self

    def clone_state(self) -> Generator:
        """Another generator at the same place."""
        return Generator(self.device).set_state(self.get_state())

    def __getstate__(self) -> Any:
        return self.get_state().value

    def __setstate__(self, state: Any) -> None:
        self.device = resolve("cpu", "Generator")
        self.set_state(state)


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


def get_rng_state() -> Tensor:
    """Where the library's generator is, as a Tensor of bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Let the library's generator go on from where `get_rng_state` was called."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, device_type: str = "cpu", **names: Any) -> Iterator[None]:
    """A block that draws from the library's generator without moving it: afterwards it goes on from where it was.

    `enabled=False`: it moves. The generators of other `devices` are not here.
    """
    state = default_generator.get_state()
    try:
        yield
    finally:
        if enabled:
            default_generator.set_state(state)


def rng_of(generator: Generator | None) -> np.random.Generator:
    """The numpy generator to draw from: that of `generator`, or the library's."""
    return (default_generator if generator is None else generator).rng


__getattr__ = left_out.missing(__name__)

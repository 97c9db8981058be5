"""Where a Tensor is: `device`, and the one place that decides which devices there are.

picograd computes on the CPU. Every `device=` argument, `to(device)`, `cuda()` goes through `resolve`: what names the
CPU is accepted, anything else is refused in one sentence, never ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any, NoReturn

# The types of devices that PyTorch knows by name: a `device` of each can be made, if only to be compared.
KNOWN = """cpu cuda mps xpu meta hpu xla ipu mtia mkldnn opengl opencl ideep hip ve fpga maia lazy vulkan privateuseone
        """.split()  # noqa: SIM905


class device(ContextDecorator):
    """A device: its type and, where there are several of it, its index. `device("cpu")`, `device("cuda:1")`.

    A device can be named whether it is there or not; it must be there when something is to be put on it. As a
    context, `with device("cpu"):`, it is where new Tensors go.
    Raises RuntimeError for a type that nobody knows, or an index that is no number.
    """

    __slots__ = ("_before", "index", "type")

    type: str
    index: int | None

    def __init__(self, type: Any = None, index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index if index is None else index
        elif isinstance(type, int) and not isinstance(type, bool):
            type, index = "cuda", type
        elif isinstance(type, str):
            type, colon, number = type.partition(":")
            if colon and (index is not None or not (number.isascii() and number.isdigit())):
                raise RuntimeError(
                    f"device: {type + colon + number!r}{'' if index is None else f' and index {index}'}: the index is "
                    f"given once, as a whole number; write device('{type}:0') or device('{type}', 0)"
                )
            index = int(number) if colon else index
        if type not in KNOWN:
            raise RuntimeError(f"device: {type!r}: no device is called so; give 'cpu', or one of {', '.join(KNOWN)}")
        object.__setattr__(self, "type", type)
        object.__setattr__(self, "index", index)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"device: {name}: a device can't be changed; make a new one")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type={self.type!r}{'' if self.index is None else f', index={self.index}'})"

    def __reduce__(self) -> Any:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        resolve(self, "device")
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing to restore: there is one device."""


CPU = device("cpu")


def resolve(asked: Any, op: str) -> device:
    """The device that `op` is asked to use: the CPU for None and whatever names it.

    Raises RuntimeError for another device, TypeError for what is none.
    """
    if asked is None or asked is CPU:
        return CPU
    if not isinstance(asked, device | str | int) or isinstance(asked, bool):
        raise TypeError(f"{op}: device {asked!r}: a {type(asked).__name__} is no device; give 'cpu' or device('cpu')")
    asked = device(asked)
    if asked.type != "cpu":
        raise RuntimeError(
            f"{op}: device {str(asked)!r}: picograd computes on the CPU, which is the only device here; "
            f"use device='cpu', or choose with cuda.is_available()"
        )
    return CPU


def get_default_device() -> device:
    """Where new Tensors go: the CPU."""
    return CPU


def set_default_device(device: Any) -> None:
    """Choose where new Tensors go; the CPU is the only choice, anything else is an error."""
    resolve(device, "set_default_device")


# ---- what needs a device that is not here ---------------------------------------------------------------------------


def absent(path: str) -> NoReturn:
    """Raise the error of what needs an accelerator: `path` is its name, as "cuda.Stream"."""
    raise RuntimeError(
        f"{path}: picograd computes on the CPU: there is no such device here; ask "
        f"{path.partition('.')[0]}.is_available() before, or use 'cpu'"
    )


def refusing(path: str, what: str) -> Callable[..., NoReturn]:
    """A function that needs an accelerator, and says so when it is called."""

    def call(*args: Any, **kwargs: Any) -> NoReturn:
        absent(path)

    call.__name__ = call.__qualname__ = path.rpartition(".")[2]
    call.__doc__ = f"{what} Raises RuntimeError: there is no such device here."
    return call


class _AbsentType(type):
    """The class of Tensors on a device that is not here: nothing is an instance, and none can be made."""

    path: str

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise RuntimeError."""
        absent(cls.path)

    def __instancecheck__(cls, instance: Any) -> bool:
        return False


def absent_type(path: str, what: str = "Tensors on a device that is not here: none can be made.") -> Any:
    """A class of which nothing is an instance and none can be made, as "cuda.FloatTensor"."""
    name = path.rpartition(".")[2]
    return _AbsentType(name, (), {"path": path, "__doc__": what, "__module__": __name__})

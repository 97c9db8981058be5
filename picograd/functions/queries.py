"""Questions about Tensors and other things, as functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from .. import engine
from ..devices import device as any_device
from ..later import opened
from ..recording import is_grad_enabled
from ..storage import UntypedStorage

if TYPE_CHECKING:
    from ..tensor import Tensor


def is_inference_mode_enabled() -> bool:
    """Whether `inference_mode` is on: it is `no_grad` here, so whether nothing is recorded."""
    return not is_grad_enabled()


def is_tensor(obj: Any) -> TypeGuard[Tensor]:
    """Whether something is a Tensor."""
    return isinstance(obj, engine.box)


def is_storage(obj: Any) -> TypeGuard[UntypedStorage]:
    """Whether something is the memory of Tensors."""
    return isinstance(obj, UntypedStorage)


def typename(obj: Any) -> str:
    """The name of something's type: "torch.FloatTensor" for a Tensor, with its module otherwise."""
    if isinstance(obj, engine.box):
        return str(obj.type())
    kind = obj if isinstance(obj, type) or hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "builtins") else f"{module}.{kind.__qualname__}"


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.numel()


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are floats."""
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """Whether the elements are complex."""
    return input.is_complex()


def is_signed(input: Tensor) -> bool:
    """Whether the elements can be negative."""
    return input.is_signed()


def is_conj(input: Tensor) -> bool:
    """Whether the elements are yet to be conjugated: no."""
    return input.is_conj()


def is_neg(input: Tensor) -> bool:
    """Whether the elements are yet to be negated: no."""
    return input.is_neg()


def is_inference(input: Tensor) -> bool:
    """Whether it was made in `inference_mode`, and so can have no gradient: no, it can."""
    return input.is_inference()


def is_distributed(input: Tensor) -> bool:
    """Whether it lies on several machines: no."""
    return input.is_distributed()


def get_device(input: Tensor) -> int:
    """The index of the GPU: -1, as it is on the CPU."""
    return input.get_device()


def is_vulkan_available() -> bool:
    """Whether Vulkan can be computed with: no."""
    return False


def get_device_module(device: Any = None) -> Any:
    """The room of a device: `cpu`, or that of the name which is given, as `cuda`."""
    name = "cpu" if device is None else any_device(device).type
    if name not in ("cpu", "cuda", "mps", "xpu"):
        raise RuntimeError(f"get_device_module: {name!r}: there is no room for it; give 'cpu', 'cuda', 'mps' or 'xpu'")
    return opened(name)

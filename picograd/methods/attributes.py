"""What a Tensor says of itself beyond its elements: where it lies, how, and what it is not."""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from .. import engine, functions
from ..devices import resolve
from ..dtypes import as_dtype
from ..ops.promotion import from_data
from ..size import Size
from ..storage import TypedStorage, UntypedStorage, start_of
from . import layouts


class Attributes:
    """Attributes and methods of a Tensor; it has a `value`."""

    __slots__ = ()

    value: np.ndarray[Any, Any]

    # ---- where, and what it is not ---------------------------------------------------------------------------------

    is_cpu = True
    is_mps = is_xpu = is_xla = is_ipu = is_meta = is_mkldnn = is_mtia = is_maia = is_vulkan = False
    is_sparse = is_sparse_csr = is_quantized = is_nested = volatile = False
    name = None
    layout = layouts.strided

    def get_device(self) -> int:
        """The index of the GPU: -1, as it is on the CPU."""
        return -1

    def xpu(self, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Any:
        """On Intel's GPU. Raises RuntimeError: there is none here."""
        return resolve("xpu" if device is None else device, "xpu") and self

    def pin_memory(self, device: Any = None) -> Any:
        """Itself: memory is pinned for copies to a GPU."""
        return self

    def is_pinned(self, device: Any = None) -> bool:
        """Whether its memory is pinned: no."""
        return False

    def is_shared(self) -> bool:
        """Whether other processes see its memory: no."""
        return False

    def is_complex(self) -> bool:
        """Whether the elements are complex."""
        return bool(self.value.dtype.kind == "c")

    def cfloat(self) -> Any:
        """In complex64, with imaginary part 0."""
        return self.to(np.dtype(np.complex64))  # type: ignore[attr-defined]

    def cdouble(self) -> Any:
        """In complex128, with imaginary part 0."""
        return self.to(np.dtype(np.complex128))  # type: ignore[attr-defined]

    @property
    def imag(self) -> Any:
        """The imaginary part of a complex Tensor. Raises RuntimeError for a real one, as PyTorch does."""
        raise RuntimeError(f"imag: a Tensor of {self.value.dtype}: it is real; use zeros_like() for its imaginary part")

    def is_signed(self) -> bool:
        """Whether the elements can be negative."""
        return self.value.dtype.kind not in "ub"

    def is_conj(self) -> bool:
        """Whether the elements are yet to be conjugated: no."""
        return False

    def is_neg(self) -> bool:
        """Whether the elements are yet to be negated: no."""
        return False

    def is_inference(self) -> bool:
        """Whether it was made in `inference_mode`, and so can have no gradient: no, it can."""
        return False

    def is_distributed(self) -> bool:
        """Whether it lies on several machines: no."""
        return False

    def is_set_to(self, tensor: Any) -> bool:
        """Whether another Tensor is the same view of the same memory."""
        mine, theirs = self.value, tensor.value
        return (start_of(mine), mine.shape, mine.strides) == (start_of(theirs), theirs.shape, theirs.strides)

    def ndimension(self) -> int:
        """The number of axes."""
        return self.value.ndim

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
        """Itself, or in a dtype: every Tensor is dense."""
        return self if dtype is None else self.to(dtype)  # type: ignore[attr-defined]

    def as_subclass(self, cls: type) -> Any:
        """As an instance of a subclass of Tensor, with the same memory and history."""
        if not issubclass(cls, engine.box):
            raise TypeError(f"as_subclass: {cls.__name__}: it is no subclass of Tensor; give one")
        view = functions.view_as(self, self)
        twin: Any = object.__new__(cls)
        twin.value, twin.node, twin._grad = view.value, view.node, None
        if hasattr(view, "base"):
            twin.base = view.base
        if view.node is not None:
            view.node.tensor = ref(twin)
        return twin

    # ---- its memory ------------------------------------------------------------------------------------------------

    def data_ptr(self) -> int:
        """The address of the first element."""
        return start_of(self.value)

    def storage(self) -> TypedStorage:
        """The memory that it is a view of, as elements."""
        return TypedStorage(self.value)

    def untyped_storage(self) -> UntypedStorage:
        """The memory that it is a view of, as bytes."""
        return UntypedStorage(self.value)

    def dim_order(self) -> tuple[int, ...]:
        """The axes from the loosest to the densest in memory."""
        strides = self.value.strides
        return tuple(sorted(range(self.value.ndim), key=lambda axis: -abs(strides[axis])))

    # ---- others like it --------------------------------------------------------------------------------------------

    def new(self, *data: Any, device: Any = None) -> Any:
        """In the same dtype: of a list, an array or a Tensor, or zeros in a shape: `x.new(2, 3)`, `x.new([1, 2])`."""
        resolve(device, "new")
        first = data[0] if data else 0
        if len(data) > 1 or not data or isinstance(first, Size | int | np.integer):
            return engine.box._of(np.zeros(functions.as_shape(data or (0,)), self.value.dtype))
        if isinstance(first, engine.box):
            return first.detach().to(self.value.dtype)
        return engine.box._of(np.array(from_data(first, False), self.value.dtype))

    def new_empty(
        self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, layout: Any = None,
        pin_memory: bool = False,
    ) -> Any:  # fmt: skip
        """Unwritten memory in a shape and the Tensor's dtype."""
        resolve(device, "new_empty")
        layouts.dense(layout, "new_empty")
        array = np.empty(functions.as_shape(size), self.value.dtype if dtype is None else as_dtype(dtype, "new_empty"))
        return engine.box._of(array).requires_grad_(requires_grad)

    # ---- what NumPy and others ask for ----------------------------------------------

    def __dlpack__(self, **options: Any) -> Any:
        if self.node is not None:  # type: ignore[attr-defined]
            raise BufferError(
                "dlpack: a Tensor that requires a gradient: another library can't carry it; detach() it first"
            )
        return self.value.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.value.__dlpack_device__()

    def __complex__(self) -> complex:
        return complex(self.item())  # type: ignore[attr-defined]

    def __reversed__(self) -> Any:
        return functions.flip(self, 0) if self.value.ndim else self

    def __delitem__(self, index: Any) -> None:
        raise TypeError("del: an element of a Tensor: its shape is fixed; select the others, x[mask]")

"""The Tensor: a NumPy array that knows what it was computed from, and differentiates itself.

Its operators and methods are ops bound to names; they stand in the room `methods`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import numpy as np

from . import engine, functions, gradient, inplace, left_out
from .devices import CPU, device, resolve
from .engine import Freed, Node, Recorded, deposit, leaf, walk
from .gradient import Gradient
from .later import opened
from .memory import version
from .methods import layouts
from .methods.attributes import Attributes
from .methods.bound import Methods
from .methods.conversions import Conversions
from .ops import contraction, indexing, movement, promotion
from .ops.calls import adopt
from .ops.dispatch import array_function, array_ufunc
from .ops.promotion import DType, from_data, kind
from .passes import pass_back
from .random import Generator, rng_of
from .size import Size
from .watching import watch
from .watching.anomaly import check_start
from .watching.inspection import Hook


class Tensor(Methods, Attributes, Conversions):
    """An array (`value`), its place in the graph (`parents`, `_backward`), and its gradient (`grad`).

    `Tensor(data)` takes a float or nested lists (they become float32), an array (it keeps its dtype and its memory is
    shared) or a Tensor. It can be differentiated unless it holds integers or bools; `requires_grad=False` switches
    that off. Whole numbers are PyTorch's shape form: `Tensor(2, 3)` and `Tensor(5)` are float32 zeros of shape (2, 3)
    and (5,), without gradient.

        x = Tensor.eye(3); y = Tensor([[2.0, 0, -2.0]])
        z = y.dot(x).sum()
        z.backward()
        x.grad, y.grad

    Raises TypeError for data that is not numbers, and for integers that are asked to have a gradient.
    """

    # __dict__: programs set attributes of their own on Tensors.
    __slots__ = ("__dict__", "__weakref__", "_grad", "base", "node", "value")

    value: np.ndarray[Any, Any]
    node: Node | None  # None: no gradient
    _grad: np.ndarray[Any, Any] | None  # None: no backward pass has reached it since it was reset
    base: ref[Tensor]  # of a view: the Tensor that it looks into; otherwise not set

    def __init__(self, data: Any = (), *shape: int, requires_grad: bool | None = None, dtype: Any = None) -> None:
        if len(shape) == 1 and isinstance(shape[0], bool):  # Tensor(data, True)
            requires_grad, shape = shape[0], ()
        if shape or type(data) is int:
            data, requires_grad = np.zeros((data, *shape), promotion.default_dtype), bool(requires_grad)
        if isinstance(data, Tensor):
            data = data.value
        if type(data) is np.ndarray and data.dtype.kind != "c":
            value = data
        else:
            value = from_data(data, dtype is None)
            if not isinstance(data, np.generic | np.ndarray) and dtype is None:
                value = value.astype(promotion.default_dtype, copy=False)
        self.value = value if dtype is None else value.astype(dtype, copy=False)
        self._grad = None
        self.node = None
        if requires_grad or (requires_grad is None and kind(self.value.dtype) >= 2):
            self.requires_grad = True

    @classmethod
    def _of(cls, value: Any) -> Tensor:
        """A Tensor around an array, without gradient and without checks."""
        tensor: Tensor = object.__new__(Tensor)
        tensor.value, tensor.node, tensor._grad = value, None, None
        return tensor

    @classmethod
    def _constant(cls, data: Any) -> Tensor:
        """An operand that is no Tensor yet, as one without gradient."""
        return data if isinstance(data, Tensor) else cls._of(from_data(data))

    # ---- the graph -------------------------------------------------------------------------------------------------

    @property
    def parents(self) -> set[Tensor]:
        """The Tensors that this one was computed from, as far as they have a gradient; empty for a leaf.

        One that nobody holds is given a new handle, without a value unless a rule has kept it. After a backward pass
        has freed the graph, those that are still held.
        """
        if self.node is None:
            return set()
        freed = isinstance(self.node.edges, Freed)
        held = ((node, node.tensor()) for node in self.node.parents)
        return {handle(node) if t is None else t for node, t in held if not (freed and t is None)}

    @property
    def _backward(self) -> Callable[..., list[Any]]:
        """The rule at this node: from the gradient here (default: `grad`) to those of its inputs with a gradient."""
        node = self.node

        def rule(g: Any = None) -> list[Any]:
            return [] if node is None else node.rules(self.grad if g is None else g)

        return rule

    @property
    def grad(self) -> Any:
        """The gradient that backward passes have summed up here; zeros until one reaches it. An array of `shape`.

        The array has a Tensor's methods, too (`gradient.Gradient`). After `backward(create_graph=True)` it is a Tensor,
        which has a graph itself.
        """
        g = self._grad
        if g is None:
            return np.zeros_like(self.value).view(Gradient)
        if type(g) is np.ndarray:
            self._grad = g = g.view(Gradient)
        return Recorded.tensor_of(g) if type(g) is Recorded else g

    @grad.setter
    def grad(self, g: Any) -> None:
        if g is None:
            self._grad = None
            return
        array = np.array(g.value if isinstance(g, Tensor) else g, dtype=self.value.dtype)
        if array.shape != self.value.shape:
            raise ValueError(
                f"grad: shape {array.shape} for a Tensor of shape {self.value.shape}: they must be equal; "
                f"give a gradient of the Tensor's shape, or None to reset it"
            )
        self._grad = array

    @property
    def requires_grad(self) -> bool:
        """Whether a backward pass can reach this Tensor. Can be set on a leaf."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if wanted and self.node is None:
            if kind(self.value.dtype) < 2:
                raise TypeError(
                    f"requires_grad: a Tensor of {self.value.dtype}: only floats can be differentiated; "
                    f"convert it with float() first"
                )
            self.node = leaf(self)
        elif not wanted and self.node is not None:
            if not self.is_leaf:
                raise RuntimeError(
                    f"requires_grad: a result of {self.node.op.name}: only a leaf's can be switched off; use detach()"
                )
            self.node = None

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`; returns the Tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user, not by an op on something with a gradient."""
        return self.node is None or self.node.op is None

    @property
    def grad_fn(self) -> Node | None:
        """The node of the op that made it; None for a leaf."""
        return None if self.is_leaf else self.node

    def retain_grad(self) -> None:
        """Nothing to do: every Tensor that is held has its gradient after `backward`."""
        if self.node is None:
            raise RuntimeError(
                f"retain_grad: a Tensor of shape {self.shape} without gradient: no backward pass reaches it; "
                f"set requires_grad=True first"
            )

    @property
    def retains_grad(self) -> bool:
        """Whether it is a result with a gradient: that is kept for every Tensor which is held."""
        return not self.is_leaf

    @property
    def output_nr(self) -> int:
        """Which of its op's results it is: 0, as each has a node of its own."""
        return 0

    @property
    def _version(self) -> int:
        """How often the memory was written in place."""
        return version(self.value)

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        """The backward pass: adds to `grad` of every held Tensor that this one was computed from, and of itself.

        `gradient`: the gradient of whatever is to be differentiated with respect to this Tensor, in its shape; a
        scalar needs none (it is 1). `retain_graph` keeps what the rules saved, for another pass (default: as
        `create_graph`). With `create_graph` every `grad` that is reached becomes a Tensor with a graph of its own.
        `inputs`: add to the `grad` of these only.
        Raises RuntimeError without a graph, for a graph already freed, and for a non-scalar without `gradient`.
        """
        if create_graph or inputs is not None:
            pass_back([self], [gradient], retain_graph, create_graph, inputs)
        else:
            deposit(walk({self._start(): self._seed(gradient, "backward")}, retain_graph=bool(retain_graph)))

    def _start(self) -> Node:
        """The node that a backward pass from here starts at."""
        if self.node is None:
            raise RuntimeError(
                f"backward: a Tensor of shape {self.shape} without a graph: nothing that it was computed from requires "
                f"a gradient, or it was computed under no_grad; make an input with requires_grad=True"
            )
        node = engine.current(self)
        return node or self.node

    def _seed(self, gradient: Any, op: str) -> np.ndarray[Any, Any]:
        """The incoming gradient as an array of our own, in the Tensor's shape and dtype."""
        if watch.anomaly:
            check_start(self, gradient.value if isinstance(gradient, Tensor) else gradient)
        if gradient is None:
            if self.value.size != 1:
                raise RuntimeError(
                    f"{op}: a Tensor of shape {self.shape}: only a scalar has a gradient of its own; "
                    f"sum() or mean() it first, or give the incoming gradient"
                )
            return np.array(1, self.value.dtype) if not self.value.ndim else np.ones_like(self.value)
        g = np.array(gradient.value if isinstance(gradient, Tensor) else gradient, dtype=self.value.dtype)
        if g.shape != self.value.shape:
            raise ValueError(
                f"{op}: gradient of shape {g.shape} for a Tensor of shape {self.shape}: they must be equal; "
                f"broadcast the gradient first"
            )
        return g

    def register_hook(self, hook: Callable[[Any], Any]) -> Hook:
        """Call `hook(gradient)` in every backward pass that reaches this Tensor; what it returns replaces the gradient.

        The gradient is an array (a Tensor under create_graph=True). `remove()` on the result takes the hook away.
        """
        if self.node is None:
            raise RuntimeError(
                f"register_hook: a Tensor of shape {self.shape} without gradient: no backward pass reaches it; "
                f"set requires_grad=True first"
            )
        return Hook(self.node, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Hook:
        """Call `hook(tensor)` after each backward pass that has added to the `grad` of this leaf."""
        if self.node is None or not self.is_leaf:
            raise RuntimeError(
                f"register_post_accumulate_grad_hook: {'a result' if self.node else 'a Tensor without gradient'}, "
                f"shape {self.shape}: it is for leaves that require a gradient; use register_hook"
            )
        self.node.hooks = {} if self.node.hooks is None else self.node.hooks
        return Hook(self.node, hook, self.node._notes().setdefault("accumulated", {}))

    def detach(self) -> Tensor:
        """The same memory without history: no gradient flows through the result."""
        return Tensor._of(self.value)

    def detach_(self) -> Tensor:
        """Forget the history of this Tensor: it becomes a leaf without gradient."""
        self.node = None
        return self

    @property
    def data(self) -> Tensor:
        """`detach()`; assigning an array or Tensor replaces `value`."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        before = self.value.shape
        self.value = value.value if isinstance(value, Tensor) else np.asarray(value)
        if self.value.shape != before:
            self._grad = None
            if self.node is not None:
                self.node.shape = self.value.shape

    # ---- shape, dtype, conversion ----------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The size along each axis."""
        return Size(self.value.shape)

    @property
    def dtype(self) -> DType:
        """The type of the elements, as NumPy names it."""
        dtype: DType = self.value.dtype
        return dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def device(self) -> device:
        """Where the memory is: device("cpu")."""
        return CPU

    @property
    def is_cuda(self) -> bool:
        """Whether the memory is on a GPU."""
        return False

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.value.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.value.nbytes

    def dim(self) -> int:
        """The number of axes."""
        return self.ndim

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size along `dim`."""
        shape = self.shape
        if dim is None:
            return shape
        try:
            return tuple.__getitem__(shape, dim)
        except (IndexError, TypeError):
            return shape[movement.one_axis(dim, self.ndim, "size")]

    def numel(self) -> int:
        """The number of elements."""
        return contraction.size(self.shape)

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.value.itemsize

    def is_floating_point(self) -> bool:
        """Whether the elements are floats."""
        return self.value.dtype.kind in "fV"

    def is_contiguous(self, memory_format: Any = layouts.contiguous_format) -> bool:
        """Whether the elements lie row by row without gaps, or as `memory_format` says."""
        return layouts.lies(self.value, layouts.order(memory_format, self.ndim, "is_contiguous"))

    def item(self) -> Any:
        """The one element as a Python number."""
        if self.value.size != 1:
            raise ValueError(f"item: shape {self.shape}: it has {self.value.size} elements, not one; use tolist()")
        return self.value.item()

    def tolist(self) -> Any:
        """Nested lists of Python numbers; a number for a 0-d Tensor."""
        return self.value.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """`value`: the array itself, not a copy."""
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if copy:
            return np.array(self.value, dtype)
        return np.asarray(self.value, dtype)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.value.dtype.kind not in "iub":
            raise TypeError(f"index: a Tensor of {self.dtype}: only integers are positions; convert it with int()")
        return int(self.item())

    def __bool__(self) -> bool:
        if self.value.size != 1:
            raise ValueError(
                f"bool: shape {self.shape}: the truth of {self.value.size} elements is ambiguous; use any() or all()"
            )
        return bool(self.value)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len: a 0-d Tensor: it has no length; use item() for its number")
        return len(self.value)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("iter: a 0-d Tensor: there is nothing to go through; use item() for its number")
        return (self[k] for k in range(len(self)))

    def __contains__(self, element: Any) -> bool:
        return bool(np.any(self.value == (element.value if isinstance(element, Tensor) else element)))

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and self.value.size == 1 else str(self)

    def __repr__(self) -> str:
        printing, name = opened("methods.printing"), type(self).__name__
        notes = [printing.text(self.value, f"{name}(")]
        if self.value.size == 0:
            notes.append(f"shape={self.shape}")
        if self.dtype not in (np.float32, np.int64, np.bool_):
            notes.append(f"dtype={self.dtype}")
        if self.node is not None:
            notes.append("requires_grad=True" if self.is_leaf else f"op={self.node.op.name}")
        text = f"{name}({', '.join(notes)})"
        if self.value.size > printing.options["threshold"]:  # elements are left out: statistics stand in for them
            text += opened("viz.display").added_to_repr(self)
        return text

    __hash__ = object.__hash__

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                f"deepcopy: a result of {self.node.op.name if self.node else ''}: only leaves can be copied with "
                f"their gradient; use clone() or detach()"
            )
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return twin

    def __getstate__(self) -> Any:
        return self.value, self._grad, self.requires_grad, getattr(self, "__dict__", {})

    def __setstate__(self, state: Any) -> None:
        self.value, self._grad, requires_grad, attributes = state
        self.node = leaf(self) if requires_grad else None
        for name, value in attributes.items():
            setattr(self, name, value)

    # ---- NumPy's dispatch ------------------------------------------------------------------------------------------

    __array_priority__ = 1000
    __array_ufunc__ = array_ufunc
    __array_function__ = array_function

    @property
    def T(self) -> Tensor:
        """The axes reversed: the transpose of a matrix."""
        return movement.permute(self)

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged: the transpose of each matrix."""
        return movement.swapaxes(self, -1, -2)

    # ---- in place --------------------------------------------------------------------------------------------------

    def _renew(self) -> None:
        """Bring the history up to date, after the memory was written through another Tensor."""
        inplace.renew(self)

    def __setitem__(self, index: Any, value: Any) -> None:
        index = functions.plain_index(index)
        if type(index) is tuple and len(index) > 2 and (steps := functions.in_two_steps(index)):
            self[steps[0]][steps[1]] = value
        elif isinstance(value, Tensor):
            inplace.write(self, "x[index] = value", indexing.setitem, value.type(self.dtype), index)
        else:
            inplace.write(self, "x[index] = value", indexing.setitem, np.asarray(value, self.dtype), index)

    def copy_(self, source: Any, non_blocking: bool = False) -> Tensor:
        """Take over the elements of `source` (broadcast, cast)."""
        return self._copy("copy_", source)

    def _copy(self, name: str, source: Any) -> Tensor:
        value = source if isinstance(source, Tensor) else self._of(np.asarray(source, self.dtype))
        return inplace.write(self, name, lambda old, new: functions.expand(new.type(old.dtype), *old.shape), value)

    def fill_(self, value: Any) -> Tensor:
        """Set every element to `value`."""
        return self._copy("fill_", value)

    def zero_(self) -> Tensor:
        """Set every element to 0."""
        return self._copy("zero_", 0)

    def zero_grad(self) -> None:
        """Reset the gradient: zeros until a backward pass reaches this Tensor again."""
        self._grad = None

    # ---- others of the same dtype ----------------------------------------------------------------------------------

    def new_zeros(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Zeros of a shape, in the Tensor's dtype."""
        return self.new_full(functions.as_shape(size), 0, dtype=dtype, device=device, requires_grad=requires_grad)

    def new_ones(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Ones of a shape, in the Tensor's dtype."""
        return self.new_full(functions.as_shape(size), 1, dtype=dtype, device=device, requires_grad=requires_grad)

    def new_full(
        self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """`fill_value` everywhere in a shape, in the Tensor's dtype."""
        resolve(device, "new_full")
        array = np.full(functions.as_shape((size,)), fill_value, self.value.dtype if dtype is None else dtype)
        return Tensor._of(array).requires_grad_(requires_grad)

    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """A copy of `data` in the Tensor's dtype."""
        resolve(device, "new_tensor")
        data = data.value if isinstance(data, Tensor) else data
        return Tensor._of(np.array(data, self.value.dtype if dtype is None else dtype)).requires_grad_(requires_grad)

    # ---- leaves ----------------------------------------------------------------------------------------------------

    @staticmethod
    def zeros(*shape: Any, requires_grad: bool = True) -> Tensor:
        """A float32 leaf of zeros."""
        return Tensor(np.zeros(functions.as_shape(shape), promotion.default_dtype), requires_grad=requires_grad)

    @staticmethod
    def ones(*shape: Any, requires_grad: bool = True) -> Tensor:
        """A float32 leaf of ones."""
        return Tensor(np.ones(functions.as_shape(shape), promotion.default_dtype), requires_grad=requires_grad)

    @staticmethod
    def full(shape: Any, value: Any, requires_grad: bool = True) -> Tensor:
        """A float32 leaf that holds `value` everywhere."""
        return Tensor(
            np.full(functions.as_shape((shape,)), value, promotion.default_dtype), requires_grad=requires_grad
        )

    @staticmethod
    def eye(n: int, m: int | None = None, requires_grad: bool = True) -> Tensor:
        """A float32 leaf (n, m), ones on the diagonal."""
        return Tensor(np.eye(n, m, dtype=promotion.default_dtype), requires_grad=requires_grad)

    @staticmethod
    def arange(*bounds: Any, requires_grad: bool = True) -> Tensor:
        """A float32 leaf of the numbers from start (0) up to, not including, stop, in steps (1)."""
        return Tensor(np.arange(*bounds, dtype=promotion.default_dtype), requires_grad=requires_grad)

    @staticmethod
    def random(*shape: Any, generator: Generator | None = None, requires_grad: bool = True) -> Tensor:
        """A float32 leaf of draws from the uniform distribution on [0, 1)."""
        draws = rng_of(generator).random(functions.as_shape(shape), np.float32)
        return Tensor(np.asarray(draws, promotion.default_dtype), requires_grad=requires_grad)

    @staticmethod
    def randn(*shape: Any, generator: Generator | None = None, requires_grad: bool = True) -> Tensor:
        """A float32 leaf of draws from the standard normal distribution."""
        draws = rng_of(generator).standard_normal(functions.as_shape(shape), np.float32)
        return Tensor(np.asarray(draws, promotion.default_dtype), requires_grad=requires_grad)


class Dropped(Tensor):
    """A Tensor that nobody held, met again on a way through the graph: it has its place and shape, but no value."""

    __slots__ = ()

    @property
    def shape(self) -> Size:
        """The size along each axis."""
        return Size(self.node.shape if self.node else ())

    @property
    def value(self) -> Any:  # type: ignore[override]
        """Gone."""
        raise AttributeError(
            f"value: a result of shape {self.shape} that nobody held and no rule needed: it was freed; "
            f"keep a name for it when it is computed"
        )

    def _start(self) -> Node:
        assert self.node is not None
        return self.node

    def _seed(self, gradient: Any, op: str) -> np.ndarray[Any, Any]:
        if gradient is None and self.shape:
            raise RuntimeError(
                f"{op}: a result of shape {self.shape}: only a scalar has a gradient of its own; give the incoming one"
            )
        return np.ones(()) if gradient is None else np.array(gradient)

    def __repr__(self) -> str:
        op = self.node.op if self.node else None
        return f"Tensor(freed, shape={self.shape}, {f'op={op.name}' if op else 'requires_grad=True'})"


def handle(node: Node) -> Tensor:
    """A new Tensor for a node whose Tensor nobody held, with its value if a rule has kept it."""
    edges = () if isinstance(node.edges, Freed) else node.edges
    kept = [saved[node.op.wants[rule].index("out")] for _, rule, saved, _ in edges if "out" in node.op.wants[rule]]
    tensor: Tensor = object.__new__(Tensor if kept else Dropped)
    if kept:
        tensor.value = kept[0]
    tensor.node, tensor._grad = node, None
    node.tensor = ref(tensor)
    return tensor


for _name, _method in left_out.methods().items():
    if not hasattr(Tensor, _name):
        setattr(Tensor, _name, _method)

adopt(Tensor)
gradient.box = Tensor

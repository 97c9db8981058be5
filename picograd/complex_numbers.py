"""Complex numbers: a pair of real Tensors under the name of one.

Every op on them is composed of ops on the two parts, so that its gradient is that of real functions of real numbers:
what reaches a Tensor from which complex numbers are made is right by construction, in any order. This is PyTorch's
convention too (its gradient of z is that of the real part + i times that of the imaginary part).

What is not in the table here refuses complex numbers in one sentence. `docs/differences.md` says what they can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import functions
from .ops import by_name, elementwise, fourier, movement, trigonometry
from .ops.calls import adopt_complex
from .ops.promotion import ComplexMet, DType, plain_data
from .size import Size
from .tensor import Tensor


class Complex(Tensor):
    """x + i y for two real Tensors x and y of one shape and dtype."""

    __slots__ = ("_imag", "_real")

    _real: Tensor
    _imag: Tensor

    def __init__(self, real: Any, imag: Any) -> None:
        self._real, self._imag = real, imag
        self.node, self._grad = None, None

    @property
    def value(self) -> Any:  # type: ignore[override]
        """Refused: functions of real arrays reach for it."""
        raise ComplexMet(
            f"complex: a complex Tensor of shape {tuple(self.shape)}: this takes real numbers only; use its real and "
            f"imag parts, or abs()"
        )

    @property
    def real(self) -> Tensor:
        """The real part."""
        return self._real

    @property
    def imag(self) -> Tensor:
        """The imaginary part."""
        return self._imag

    def numpy(self, *, force: bool = False) -> Any:
        """The numbers as NumPy has them: a new array."""
        return self._real.value + self._imag.value * np.complex64(1j)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in (np.ndim, np.shape):
            return getattr(args[0], function.__name__)
        return super().__array_function__(function, types, args, kwargs)

    @property
    def shape(self) -> Size:
        """The size along each axis."""
        return self._real.shape

    @property
    def dtype(self) -> DType:
        """complex64 of float32 parts, complex128 of float64."""
        return np.dtype(np.complex128 if self._real.dtype == np.float64 else np.complex64)

    @property
    def requires_grad(self) -> bool:
        """Whether a part has a gradient."""
        return self._real.requires_grad or self._imag.requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        raise ComplexMet(
            f"requires_grad: a complex Tensor of shape {tuple(self.shape)}: its parts have gradients, not it; "
            f"make it of real Tensors that require one, with picograd.complex"
        )

    @property
    def is_leaf(self) -> bool:
        """Whether it has no history."""
        return not self.requires_grad

    def conj(self) -> Complex:
        """x - i y"""
        return Complex(self._real, -self._imag)

    conj_physical = conj

    def resolve_conj(self) -> Complex:
        """Itself: nothing is conjugated later."""
        return self

    def is_complex(self) -> bool:
        """True."""
        return True

    def is_floating_point(self) -> bool:
        """False."""
        return False

    def detach(self) -> Complex:
        """Without history."""
        return Complex(self._real.detach(), self._imag.detach())

    def contiguous(self, memory_format: Any = None) -> Complex:
        """With parts whose elements lie in order."""
        return Complex(self._real.contiguous(), self._imag.contiguous())

    def numel(self) -> int:
        """How many numbers."""
        return self._real.numel()

    def item(self) -> Any:
        """The one number."""
        return builtin_complex(self._real.item(), self._imag.item())

    def tolist(self) -> Any:
        """Nested lists of numbers."""
        return self.numpy().tolist()

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """In another complex dtype; itself for a device."""
        asked = [a for a in (*args, *kwargs.values()) if isinstance(a, np.dtype | type)]
        if not asked:
            self._real.to(*args, **kwargs)  # refuses what is no device
            return self
        return self.astype(asked[0])

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """In another complex dtype."""
        dtype = np.dtype(dtype)
        if dtype.kind != "c":
            raise TypeError(
                f"to: {self.dtype} to {dtype}: the imaginary part would be lost; use .real, or view_as_real"
            )
        part = np.float64 if dtype == np.complex128 else np.float32
        return Complex(self._real.to(part), self._imag.to(part))

    def backward(self, *args: Any, **kwargs: Any) -> None:
        """Refused: only a real number has a gradient."""
        raise ComplexMet(
            f"backward: a complex Tensor of shape {tuple(self.shape)}: only a real scalar has a gradient; take abs(), "
            f"real or imag first"
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        value = value if isinstance(value, Complex) or np.iscomplexobj(value) else complex_of(value)
        value = as_complex(value)
        self._real[index], self._imag[index] = value._real, value._imag

    def __repr__(self) -> str:
        return f"Complex({np.array2string(self.numpy(), precision=4, separator=', ')}, dtype={self.dtype})"

    def __complex__(self) -> Any:
        return self.item()

    def __len__(self) -> int:
        return len(self._real)


builtin_complex = complex_type = complex


def complex_of(x: Any) -> Complex:
    """A real Tensor or number as a complex one."""
    x = x if isinstance(x, Tensor) else Tensor._constant(x)
    if x.dtype.kind != "f":
        x = x.float()
    return Complex(x, Tensor._of(np.zeros(x.shape, x.dtype)))


def as_complex(x: Any) -> Complex:
    """A Tensor, array or number, real or complex, as a complex Tensor."""
    if isinstance(x, Complex):
        return x
    if isinstance(x, Tensor):
        return complex_of(x)
    if isinstance(x, int | float | complex_type) and not isinstance(x, np.generic):
        array = np.asarray(x, np.complex64)
    else:
        array = plain_data(x)
    if array.dtype.kind != "c":
        return complex_of(array)
    return Complex(Tensor._of(array.real.copy()), Tensor._of(array.imag.copy()))


# ---- the ops -------------------------------------------------------------------------------------------------------

Implementation = Callable[..., Any]


def parts(x: Any) -> tuple[Any, Any]:
    """The real and the imaginary part of an argument; of a real one itself and None."""
    if isinstance(x, Complex):
        return x._real, x._imag
    if isinstance(x, complex_type) and not isinstance(x, Tensor):
        return x.real, x.imag
    if isinstance(x, np.ndarray | np.generic) and np.iscomplexobj(x):
        return x.real.copy(), x.imag.copy()
    return x, None


def componentwise(op: Any) -> Implementation:
    """An op that is linear and does the same to both parts."""

    def call(*args: Any, **kwargs: Any) -> Complex:
        def part(x: Any, k: int) -> Any:
            if isinstance(x, list | tuple) and any(isinstance(m, Complex) for m in x):
                return type(x)([part(as_complex(m), k) for m in x])
            return (x._real, x._imag)[k] if isinstance(x, Complex) else x

        real, imag = (op(*(part(a, k) for a in args), **{key: part(a, k) for key, a in kwargs.items()}) for k in (0, 1))
        return Complex(real, imag)

    return call


def bilinear(op: Any) -> Implementation:
    """A product: (a + i b) (c + i d) = (a c - b d) + i (a d + b c)"""

    def call(x: Any, y: Any) -> Complex:
        (a, b), (c, d) = parts(x), parts(y)
        if d is None:
            return Complex(op(a, c), op(b, c))
        if b is None:
            return Complex(op(a, c), op(a, d))
        return Complex(op(a, c) - op(b, d), op(a, d) + op(b, c))

    return call


def added(op: Any) -> Implementation:
    """A sum or difference."""

    def call(x: Any, y: Any) -> Complex:
        x, y = as_complex(x), as_complex(y)
        return Complex(op(x._real, y._real), op(x._imag, y._imag))

    return call


product = bilinear(elementwise.mul)


def divided(x: Any, y: Any) -> Complex:
    """x conj(y) / |y|^2"""
    (a, b), (c, d) = parts(x), parts(y)
    if d is None:
        return Complex(a / c, b / c)
    size = c * c + d * d
    numerator = as_complex(product(x, Complex(*both(c, -d))))
    return Complex(numerator._real / size, numerator._imag / size)


def both(x: Any, y: Any) -> tuple[Tensor, Tensor]:
    """Two parts as Tensors."""
    return Tensor._constant(x), Tensor._constant(y)


def absolute(z: Complex) -> Tensor:
    """sqrt(x^2 + y^2), with the gradient 0 at 0"""
    return fourier.modulus(z._real, z._imag)


def argument(z: Complex) -> Tensor:
    """The angle, from -pi to pi."""
    return trigonometry.atan2(z._imag, z._real)


def exponential(z: Complex) -> Complex:
    """e^x (cos y + i sin y)"""
    size = elementwise.exp(z._real)
    return Complex(size * elementwise.cos(z._imag), size * elementwise.sin(z._imag))


def logarithm(z: Complex) -> Complex:
    """log |z| + i angle(z)"""
    return Complex(elementwise.log(absolute(z)), argument(z))


def root(z: Complex) -> Complex:
    """The root with a positive real part."""
    return polar(elementwise.sqrt(absolute(z)), argument(z) / 2)


def power(z: Any, n: Any) -> Any:
    """z z .. z for whole n, otherwise e^(n log z)"""
    if isinstance(n, int) and isinstance(z, Complex):
        if n == 0:
            return complex_of(z._real * 0 + 1)
        result = z
        for _ in range(abs(n) - 1):
            result = product(result, z)
        return result if n > 0 else divided(1.0, result)
    return exponential(product(logarithm(as_complex(z)), n))


def equal(x: Any, y: Any) -> Any:
    """Both parts equal."""
    x, y = as_complex(x), as_complex(y)
    return elementwise.logical_and(elementwise.eq(x._real, y._real), elementwise.eq(x._imag, y._imag))


def summed_products(operands: Any, subscripts: str) -> Complex:
    """einsum of one or two operands."""
    op = by_name["einsum"]
    if len(operands) == 1:
        return as_complex(componentwise(op)(operands, subscripts))
    if len(operands) > 2:
        raise ComplexMet(
            f"einsum: {len(operands)} operands, some complex: it takes two of such; contract them one after the other"
        )
    result: Complex = bilinear(lambda x, y: op([x, y], subscripts))(*operands)
    return result


def converted(x: Any, dtype: Any) -> Complex:
    """A real Tensor in a complex dtype."""
    part = np.float64 if np.dtype(dtype) == np.complex128 else np.float32
    return complex_of(movement.astype(x, part))


def chosen(condition: Any, x: Any, y: Any) -> Complex:
    """x where the condition holds, else y."""
    x, y = as_complex(x), as_complex(y)
    op = by_name["where"]
    return Complex(op(condition, x._real, y._real), op(condition, x._imag, y._imag))


def close(x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """|x - y| <= atol + rtol |y|"""
    x, y = as_complex(x).detach().numpy(), as_complex(y).detach().numpy()
    return Tensor._of(np.asarray(np.isclose(x, y, rtol, atol, equal_nan)))


# What does the same to both parts: sums and movement.
SAME = """broadcast_to clone concatenate cumsum diag_embed diagonal flip gather getitem mean movedim neg permute reshape
    roll squeeze stack sum swapaxes tile tril triu unsqueeze windows_of"""
TABLE: dict[str, Implementation] = {
    **{name: componentwise(by_name[name]) for name in SAME.split()},
    **{name: bilinear(by_name[name]) for name in ("mul", "matmul", "dot")},
    "add": added(elementwise.add), "sub": added(elementwise.sub), "div": divided, "abs": absolute, "angle": argument,
    "exp": exponential, "log": logarithm, "sqrt": root, "pow": power, "square": lambda z: product(z, z),
    "reciprocal": lambda z: divided(1.0, z), "eq": equal, "ne": lambda x, y: elementwise.logical_not(equal(x, y)),
    "einsum": summed_products, "where": chosen, "isclose": close, "astype": converted,
}  # fmt: skip


def on_complex(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The op of this name on complex numbers. Raises TypeError if there is none."""
    if name not in TABLE:
        which = next((a for a in args if isinstance(a, Complex)), None)
        what = "complex numbers" if which is None else f"a complex Tensor of shape {tuple(which.shape)}"
        raise TypeError(f"{name}: {what}: it takes real numbers only; use their real and imag parts, or abs()")
    return TABLE[name](*args, **kwargs)


adopt_complex(on_complex)


# ---- functions -----------------------------------------------------------------------------------------------------


def complex(real: Any, imag: Any) -> Complex:
    """real + i imag: two real Tensors of one dtype, float32 or float64, whose shapes broadcast."""
    if isinstance(real, Complex) or isinstance(imag, Complex) or real.dtype != imag.dtype or real.dtype.kind != "f":
        raise TypeError(
            f"complex: parts of {real.dtype} and {imag.dtype}: they must be equal floats; convert them with float()"
        )
    return Complex(*(movement.clone(part) for part in functions.broadcast_tensors(real, imag)))


def polar(abs: Any, angle: Any) -> Complex:
    """abs (cos(angle) + i sin(angle))"""
    return complex(abs * elementwise.cos(angle), abs * elementwise.sin(angle))


def view_as_complex(input: Any) -> Complex:
    """x[..., 0] + i x[..., 1]. Not a view: writing into it changes nothing else."""
    if isinstance(input, Complex) or not input.ndim or input.shape[-1] != 2 or input.dtype.kind != "f":
        raise ValueError(
            f"view_as_complex: shape {tuple(input.shape)} of {input.dtype}: its last axis must be the two parts of "
            f"floats; reshape it to (..., 2)"
        )
    return Complex(input[..., 0], input[..., 1])


def view_as_real(input: Any) -> Tensor:
    """The two parts along a new last axis. Not a view."""
    if not isinstance(input, Complex):
        raise TypeError(f"view_as_real: a Tensor of {input.dtype}: it takes complex numbers; it is real already")
    return movement.stack([input._real, input._imag], -1)


def real(input: Any) -> Tensor:
    """The real part; of a real Tensor itself."""
    return input._real if isinstance(input, Complex) else input


def imag(input: Any) -> Tensor:
    """The imaginary part of a complex Tensor."""
    if not isinstance(input, Complex):
        raise RuntimeError(f"imag: a Tensor of {input.dtype}: real numbers have none; use zeros_like")
    return input._imag


def conj(input: Any) -> Any:
    """x - i y; of a real Tensor itself."""
    return input.conj() if isinstance(input, Complex) else input


__all__ = ["Complex", "complex", "conj", "imag", "polar", "real", "view_as_complex", "view_as_real"]

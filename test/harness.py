"""What is checked of a row of the table: each check is a function that raises AssertionError where the row fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from table import Row, evaluate

import picograd
from picograd import Tensor
from picograd.autograd import gradcheck, gradgradcheck

Arrays = dict[str, np.ndarray]


# ---- running a text ------------------------------------------------------------------------------------------------


def close(ours: Any, theirs: Any, tolerance: float, what: str, scale: float = 0.0) -> None:
    """Equal shapes, differences below `tolerance` relative to the largest number (or to `scale`), nan where nan is."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, expected {theirs.shape}"
    finite = theirs[np.isfinite(theirs)] if theirs.dtype.kind == "f" else theirs
    largest = float(np.abs(finite).max(initial=scale)) if finite.dtype.kind != "b" else 1.0
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * largest, err_msg=what)


def tensors(arrays: Arrays, row: Row, requires_grad: bool = True) -> dict[str, Tensor]:
    """Leaves for the inputs; only real ones have a gradient."""
    wanted = {k: requires_grad and row.inputs[k].is_real and v.dtype.kind == "f" for k, v in arrays.items()}
    return {k: Tensor(v, requires_grad=wanted[k]) for k, v in arrays.items()}


def cotangents(values: list[np.ndarray], seed: int = 1) -> list[np.ndarray]:
    """A random incoming gradient for each result, none of whose elements is small."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(0.5, 1.5, v.shape) * rng.choice([-1, 1], v.shape)).astype(v.dtype) for v in values]


def forward(row: Row, text: str, arrays: Arrays) -> list[np.ndarray]:
    """The values that a text gives on Tensors without gradient."""
    return [y.value for y in evaluate(text, picograd, tensors(arrays, row, requires_grad=False))]


def backward(row: Row, text: str, arrays: Arrays, layout: Callable[[Any], Any] = np.asarray) -> list[np.ndarray]:
    """The gradients of the real inputs, for random cotangents; `layout` is applied to these."""
    leaves = tensors(arrays, row)
    outs = [y for y in evaluate(text, picograd, leaves) if y.requires_grad]
    for y, g in zip(outs, cotangents([y.value for y in outs]), strict=True):
        y.backward(layout(g), retain_graph=True)
    return [leaves[name].grad for name in row.reals]


def peer_tensors(torch: Any, row: Row, arrays: Arrays) -> dict[str, Any]:
    leaves = {k: torch.from_numpy(v.copy()) for k, v in arrays.items()}
    for name in row.reals if row.gradient else []:
        if leaves[name].is_floating_point():
            leaves[name].requires_grad_()
    return leaves


def peer(torch: Any, row: Row, arrays: Arrays) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """PyTorch's values, and its gradients of the real inputs for the same cotangents as `backward`'s."""
    leaves = peer_tensors(torch, row, arrays)
    outs = evaluate(row.torch or "", torch, leaves)
    values = [y.detach().numpy() for y in outs]
    with_graph = [k for k, y in enumerate(outs) if y.requires_grad]
    seeds = [torch.from_numpy(g) for g in cotangents([values[k] for k in with_graph])]
    if with_graph:
        torch.autograd.backward([outs[k] for k in with_graph], seeds)
    zeros = {name: np.zeros_like(arrays[name]) for name in row.reals}
    return values, [zeros[n] if leaves[n].grad is None else leaves[n].grad.numpy() for n in row.reals]


# ---- the checks ----------------------------------------------------------------------------------------------------


def cast(arrays: Arrays, row: Row, dtype: Any) -> Arrays:
    """The real inputs in another dtype."""
    return {k: v.astype(dtype) if row.inputs[k].is_real else v for k, v in arrays.items()}


def compare(torch: Any, row: Row, arrays: Arrays, tolerance: float) -> None:
    """Values and gradients of the row's first text against PyTorch's."""
    values, gradients = peer(torch, row, arrays)
    ours = forward(row, row.forms[0], arrays)
    assert len(ours) == len(values)
    for mine, theirs in zip(ours, values, strict=True):
        close(mine, theirs, tolerance, row.forms[0])
        assert mine.dtype == theirs.dtype, f"{row.forms[0]}: {mine.dtype}, PyTorch gives {theirs.dtype}"
    if row.gradient:
        for name, mine, theirs in zip(row.reals, backward(row, row.forms[0], arrays), gradients, strict=True):
            close(mine, theirs, tolerance, f"gradient of {name}")
            assert mine.dtype == arrays[name].dtype


def check_float64(row: Row, torch: Any) -> None:
    """Values and gradients against PyTorch in float64."""
    compare(torch, row, row.draw(), 1e-9)


def check_float32(row: Row, torch: Any) -> None:
    """Values and gradients against PyTorch in float32: the numbers and the dtypes."""
    compare(torch, row, cast(row.draw(), row, np.float32), 1e-5)


def check_shapes(row: Row, torch: Any) -> None:
    """0-d, empty and other shapes, where the op takes any."""
    for shape in row.shapes:
        compare(torch, row, row.draw(shape=shape), 1e-9)


# PyTorch's einsum sums such in int64, if there is no product.
ODD = {"einsum": [np.int32, np.uint8, np.bool_]}


def check_integers(row: Row, torch: Any) -> None:
    """Integer and bool input: PyTorch's dtype and numbers, where it takes them."""
    if not row.reals:
        return
    for dtype in (np.int64, np.int32, np.uint8, np.bool_):
        arrays = cast({k: np.abs(np.nan_to_num(v * 3, posinf=9, neginf=9)) for k, v in row.draw().items()}, row, dtype)
        if dtype in ODD.get(row.name, ()):
            continue
        try:
            values, _ = peer(torch, row, arrays)
        except (RuntimeError, TypeError, IndexError):
            continue
        for mine, theirs in zip(forward(row, row.forms[0], arrays), values, strict=True):
            assert mine.dtype == theirs.dtype, f"{row.forms[0]}, {dtype.__name__}: {mine.dtype}, not {theirs.dtype}"
            close(mine, theirs, 1e-5, f"{row.forms[0]} of {dtype.__name__}")


def check_float16(row: Row) -> None:
    """float16 in, float16 out (or what float64 also gives for indices and truth), and a float16 gradient."""
    if not row.half:
        return
    halves = cast(row.draw(), row, np.float16)
    doubles = cast(halves, row, np.float64)
    for mine, theirs in zip(forward(row, row.forms[0], halves), forward(row, row.forms[0], doubles), strict=True):
        if row.name != "astype" and row.reals:
            assert mine.dtype == (np.float16 if theirs.dtype == np.float64 else theirs.dtype)
        if not row.kinked:
            close(mine, theirs, 5e-3, row.forms[0])
    if row.gradient:
        assert {g.dtype for g in backward(row, row.forms[0], halves)} == {np.dtype(np.float16)}


def check_forms(row: Row) -> None:
    """Every spelling gives the same values and gradients; NumPy's own the same as NumPy does on arrays."""
    arrays = row.draw()
    values = forward(row, row.forms[0], arrays)
    gradients = backward(row, row.forms[0], arrays) if row.gradient else []
    for text in row.forms[1:]:
        for mine, first in zip(forward(row, text, arrays), values, strict=True):
            close(mine, first, 1e-12, text)
            assert mine.dtype == first.dtype
        for mine, first in zip(backward(row, text, arrays) if row.gradient else [], gradients, strict=True):
            close(mine, first, 1e-12, f"gradient by {text}")
        if text.startswith("np."):
            with np.errstate(all="ignore"):
                for mine, numpy in zip(values, evaluate(text, None, arrays), strict=True):
                    close(mine, numpy, 1e-9, f"{text} on arrays")


def check_gradcheck(row: Row) -> None:
    """The rules against finite differences."""
    proven(gradcheck, row)


def check_gradgradcheck(row: Row) -> None:
    """The rules' own derivatives against finite differences."""
    proven(gradgradcheck, row)


def proven(check: Callable[..., bool], row: Row) -> None:
    if not row.gradient or row.kinked:
        return
    arrays = row.draw(seed=2)
    leaves = tensors(arrays, row)

    def function(*reals: Tensor) -> tuple[Any, ...]:
        return tuple(evaluate(row.forms[0], picograd, {**leaves, **dict(zip(row.reals, reals, strict=True))}))

    function.__name__ = row.forms[0]
    results = function(*(leaves[name] for name in row.reals))
    flat = row.flat or any(x.numel() == 0 for x in (*leaves.values(), *results))
    try:
        large = (
            sum(leaves[name].numel() for name in row.reals) > 300
        )  # then along one direction, not element by element
        check(function, [leaves[name] for name in row.reals], fast_mode=large)
    except RuntimeError as error:
        if not (flat and "every derivative is zero" in str(error)):
            raise


def strided(array: np.ndarray) -> np.ndarray:
    """The same elements, every other one in memory."""
    wide = np.repeat(array, 2, axis=-1) if array.ndim else array
    return wide[..., ::2] if array.ndim else array


def reversed_(array: np.ndarray) -> np.ndarray:
    """The same elements, back to front in memory along every axis."""
    back = (..., *(slice(None, None, -1),) * array.ndim)
    return array[back].copy()[back]


def transposed(array: np.ndarray) -> np.ndarray:
    """The same elements, column by column in memory."""
    return array.copy(order="F")


LAYOUTS = (strided, reversed_, transposed)


def check_layouts(row: Row) -> None:
    """Inputs and gradients that are strided, reversed or transposed in memory."""
    arrays = row.draw()
    values = forward(row, row.forms[0], arrays)
    gradients = backward(row, row.forms[0], arrays) if row.gradient else []
    for layout in LAYOUTS:
        laid = {k: layout(v) for k, v in arrays.items()}
        for mine, plain in zip(forward(row, row.forms[0], laid), values, strict=True):
            close(mine, plain, 1e-12, layout.__name__)
        again = backward(row, row.forms[0], laid, layout) if row.gradient else []
        for mine, plain in zip(again, gradients, strict=True):
            close(mine, plain, 1e-12, f"gradient, {layout.__name__}")


def check_twice(row: Row, torch: Any) -> None:
    """The same Tensor in the place of every real input."""
    shapes = {row.inputs[name].shape for name in row.reals}
    if len(row.reals) < 2 or len(shapes) > 1 or not row.gradient:
        return
    arrays = row.draw()
    x = np.asarray(np.abs(arrays[row.reals[0]]) + 0.5)
    ours, theirs = Tensor(x), torch.from_numpy(x.copy()).requires_grad_()
    rest = {k: v for k, v in arrays.items() if k not in row.reals}
    outs = evaluate(row.forms[0], picograd, {k: Tensor(v) for k, v in rest.items()} | dict.fromkeys(row.reals, ours))
    peers = evaluate(
        row.torch or "", torch, {k: torch.from_numpy(v) for k, v in rest.items()} | dict.fromkeys(row.reals, theirs)
    )
    for y, z, g in zip(outs, peers, cotangents([y.value for y in outs]), strict=True):
        y.backward(g, retain_graph=True)
        z.backward(torch.from_numpy(g), retain_graph=True)
    close(ours.grad, theirs.grad.numpy(), 1e-9, "gradient of the one Tensor", scale=1.0)


def check_memory(row: Row) -> None:
    """Nothing is written into inputs, result or incoming gradient; rules give no saved array away; views say so."""
    arrays = row.draw()
    copies = {k: v.copy() for k, v in arrays.items()}
    for v in arrays.values():
        v.flags.writeable = False
    leaves = tensors(arrays, row)
    outs = evaluate(row.forms[0], picograd, leaves)
    for y in outs:
        if not hasattr(y, "base"):
            for name, x in leaves.items():
                assert y is x or not np.shares_memory(y.value, x.value), f"the result shares the memory of {name}"
    for y in outs:
        if not y.requires_grad or y.is_leaf:
            continue
        value = y.value.copy()
        y.value.flags.writeable = False
        (g,) = cotangents([value])
        g.flags.writeable = False
        with np.errstate(all="ignore"):  # as in a backward pass
            sent = y._backward(g)
        for h in sent:
            assert not np.shares_memory(h, y.value), "a rule returned the saved result"
            for name, x in leaves.items():
                assert not np.shares_memory(h, x.value), f"a rule returned the saved input {name}"
        y.backward(g, retain_graph=True)
        np.testing.assert_array_equal(y.value, value)
    for k, v in copies.items():
        np.testing.assert_array_equal(arrays[k], v)


WITH_PEER = [check_float64, check_float32, check_shapes, check_integers, check_twice]
ALONE = [check_forms, check_gradcheck, check_gradgradcheck, check_float16, check_layouts, check_memory]

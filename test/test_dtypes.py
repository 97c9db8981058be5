"""The dtypes: their names, classes and limits, the default, and what comes out where two meet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Size, Tensor

DTYPES = [
    "bool",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "short",
    "int",
    "long",
    "float16",
    "half",
    "float32",
    "float",
    "float64",
    "double",
    "bfloat16",
]
SENTENCE = r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]"


def same(ours: Any, theirs: Any) -> bool:
    return f"torch.{np.dtype(ours)}" == str(theirs)


@pytest.fixture
def _default() -> Iterator[None]:
    before = picograd.get_default_dtype()
    yield
    picograd.set_default_dtype(before)


@pytest.mark.parametrize("name", DTYPES)
def test_a_name_is_the_same_dtype(name: str, torch: Any) -> None:
    dtype = getattr(picograd, name)
    assert isinstance(dtype, picograd.dtype) and same(dtype, getattr(torch, name))
    assert picograd.zeros(2, dtype=dtype).dtype == dtype and picograd.tensor([1, 0], dtype=dtype).tolist() == [1, 0]


# ---- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_finfo(name: str, torch: Any) -> None:
    ours, theirs = picograd.finfo(getattr(picograd, name)), torch.finfo(getattr(torch, name))
    for key in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype"):
        assert getattr(ours, key) == getattr(theirs, key), key
    assert type(ours.max) is float and repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"])
def test_iinfo(name: str, torch: Any) -> None:
    ours, theirs = picograd.iinfo(getattr(picograd, name)), torch.iinfo(getattr(torch, name))
    for key in ("bits", "max", "min", "dtype"):
        assert getattr(ours, key) == getattr(theirs, key), key
    assert type(ours.max) is int and repr(ours) == f"iinfo(min={theirs.min}, max={theirs.max}, dtype={name})"


def test_limits_of_the_wrong_kind() -> None:
    assert picograd.finfo().dtype == "float32"
    with pytest.raises(TypeError, match=r"finfo: int64: it is not a dtype of floats; use iinfo\(\)"):
        picograd.finfo(picograd.int64)
    with pytest.raises(TypeError, match=r"iinfo: float32: it is not a dtype of integers; use finfo\(\)"):
        picograd.iinfo(picograd.float32)


# ---- where two meet ------------------------------------------------------------------------------------------------

COMMON = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]


@pytest.mark.parametrize("a", COMMON)
def test_promotion(a: str, torch: Any) -> None:
    for b in COMMON:
        one, two, their_one, their_two = (getattr(m, n) for m in (picograd, torch) for n in (a, b))
        assert same(picograd.promote_types(one, two), torch.promote_types(their_one, their_two)), b
        assert picograd.can_cast(one, two) is torch.can_cast(their_one, their_two), b
        for shape in ((2,), ()):
            ours = picograd.result_type(picograd.ones(2, dtype=one), picograd.ones(shape, dtype=two))
            theirs = torch.result_type(torch.ones(2, dtype=their_one), torch.ones(shape, dtype=their_two))
            assert same(ours, theirs), (b, shape)
            total = picograd.ones(2, dtype=one) + picograd.ones(shape, dtype=two)
            assert same(total.dtype, theirs) and total.tolist() == [2 - (a == b == "bool")] * 2
    for number in (True, 2, 2.5):
        ours = picograd.result_type(picograd.ones(2, dtype=getattr(picograd, a)), number)
        assert same(ours, torch.result_type(torch.ones(2, dtype=getattr(torch, a)), number)), number


# ---- the default ---------------------------------------------------------------------------------------------------

DEFAULT = [
    "m.zeros(2)", "m.ones(2)", "m.empty(2)", "m.full((2,), 1.5)", "m.tensor([1.5])", "m.tensor(2.0)", "m.rand(2)",
    "m.randn(2)", "m.arange(3.0)", "m.linspace(0, 1, 3)", "m.eye(2)", "m.Tensor([1, 2])", "m.Tensor(2, 3)",
    "m.tensor([1, 2]).exp()", "m.tensor([1, 2]) / 2", "m.tensor([1, 2]) * 1.5", "m.as_tensor([1.5])", "m.Tensor([1.5])",
    "m.normal(0.0, 1.0, (2,))", "m.nn.Linear(2, 2).weight", "m.nn.BatchNorm1d(2).running_mean",
    "m.tensor([1, 2]).sqrt()",
    "m.nn.LSTM(2, 2).weight_ih_l0", "m.nn.Embedding(2, 2).weight", "m.nn.Conv2d(1, 1, 1).bias",
    "m.nn.LayerNorm(2).bias",
]  # fmt: skip


@pytest.mark.parametrize("name", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("text", DEFAULT)
@pytest.mark.usefixtures("_default")
def test_the_default_dtype(text: str, name: str, torch: Any) -> None:
    picograd.set_default_dtype(getattr(picograd, name))
    assert picograd.get_default_dtype() == getattr(picograd, name)
    torch.set_default_dtype(getattr(torch, name))
    try:
        ours, theirs = eval(text, {"m": picograd}), eval(text, {"m": torch})
    finally:
        torch.set_default_dtype(torch.float32)
    assert same(ours.dtype, theirs.dtype)


@pytest.mark.usefixtures("_default")
def test_the_default_tensor_type() -> None:
    for kind in ("torch.DoubleTensor", picograd.DoubleTensor):
        picograd.set_default_dtype(picograd.float32)
        picograd.set_default_tensor_type(kind)
        assert picograd.zeros(2).dtype == np.float64
    with pytest.raises(
        RuntimeError, match=r"set_default_tensor_type: 'torch.cuda.FloatTensor': .*; use 'torch.FloatTensor'"
    ):
        picograd.set_default_tensor_type("torch.cuda.FloatTensor")
    with pytest.raises(TypeError, match=r"set_default_dtype: int64: only floats can be the default; "):
        picograd.set_default_dtype(picograd.int64)
    assert picograd.get_default_dtype() == np.float64


# ---- classes by dtype ----------------------------------------------------------------------------------------------

CLASSES = [
    "FloatTensor",
    "DoubleTensor",
    "HalfTensor",
    "BFloat16Tensor",
    "LongTensor",
    "IntTensor",
    "ShortTensor",
    "CharTensor",
    "ByteTensor",
    "BoolTensor",
]
MADE = ["C([1, 0])", "C([[1, 0], [1, 1]])", "C((1, 1))", "C(2, 3)", "C(4)", "C()", "C(x)", "C(x.shape)", "C(array)",
    "C([])",
        "C(m.Size([2, 1]))", "C(2, 0)"]  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_classes_make_tensors(name: str, torch: Any) -> None:
    for text in MADE:
        results = []
        for m in (picograd, torch):
            made = getattr(m, name)
            names = {"C": made, "m": m, "x": m.tensor([1, 0]).type(made), "array": np.array([1.0, 0.0])}
            results.append(eval(text, names))
        ours, theirs = results
        assert type(ours) is Tensor and same(ours.dtype, theirs.dtype) and ours.shape == theirs.shape, text
        assert not ours.requires_grad and ours.type() == theirs.type() and isinstance(ours, getattr(picograd, name))
        if text not in ("C(2, 3)", "C(4)", "C(x.shape)", "C(m.Size([2, 1]))"):  # those are not written in PyTorch
            assert ours.tolist() == theirs.tolist(), text


def test_classes_are_questions() -> None:
    x, y = picograd.zeros(2), picograd.zeros(2, dtype=picograd.int64)
    assert isinstance(x, picograd.FloatTensor) and not isinstance(x, picograd.LongTensor)
    assert isinstance(y, picograd.LongTensor) and not isinstance(np.zeros(2, np.float32), picograd.FloatTensor)
    assert picograd.LongTensor.dtype == np.int64 and "LongTensor" in repr(picograd.LongTensor)
    assert not np.shares_memory(picograd.DoubleTensor(a := np.ones(2)).value, a)
    assert np.shares_memory(picograd.FloatTensor(x).value, x.value)


@pytest.mark.parametrize(("text", "error", "words"), [
    ("m.LongTensor(m.zeros(2))", TypeError, "LongTensor: a Tensor of float32: it is not int64; convert it with x.type"),
    ("m.FloatTensor(2.5)", TypeError, r"FloatTensor: the number 2.5: it is neither a size nor a list; write \[2.5\]"),
    ("m.zeros(2).type('torch.cuda.FloatTensor')", RuntimeError, "type: 'torch.cuda.FloatTensor': picograd computes on"),
    ("m.zeros(2).type('NoTensor')", TypeError, "type: 'NoTensor': it is no dtype; give one, as float32 or int64"),
    ("m.zeros(2, dtype='no')", TypeError, "zeros: 'no': it is no dtype; give one, as float32 or int64"),
])  # fmt: skip
def test_mistakes(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        eval(text, {"m": picograd})
    assert re.fullmatch(SENTENCE, str(caught.value)), str(caught.value)


CONVERT = [
    "x.type('torch.DoubleTensor')", "x.type(m.LongTensor)", "x.type(m.float16)", "x.type_as(i)", "x.byte()", "x.char()",
    "x.short()", "x.bfloat16()", "x.bool()", "x.int()", "x.long()", "x.half()", "x.float()", "x.double()",
    "i.type_as(x)",
    "x.type('torch.BFloat16Tensor')", "i.type('torch.FloatTensor')",
]  # fmt: skip


@pytest.mark.parametrize("text", CONVERT)
def test_conversions(text: str, torch: Any) -> None:
    ours, theirs = (
        eval(text, {"m": m, "x": m.tensor([1.5, 2.75, 0.0]), "i": m.tensor([1, 2])}) for m in (picograd, torch)
    )
    assert same(ours.dtype, theirs.dtype) and ours.tolist() == theirs.tolist() and ours.type() == theirs.type()


# ---- Size ----------------------------------------------------------------------------------------------------------


def test_size(torch: Any) -> None:
    x, peer = picograd.zeros(2, 3, 4), torch.zeros(2, 3, 4)
    for text in (
        "x.shape",
        "x.size()",
        "x.shape[1:]",
        "x.shape[:0]",
        "x.shape + (5,)",
        "(5,) + x.shape",
        "x.shape * 2",
    ):
        ours, theirs = eval(text, {"x": x}), eval(text, {"x": peer})
        assert type(ours) is Size and ours == tuple(theirs) and ours.numel() == theirs.numel(), text
    n, *rest = x.shape
    assert (n, rest) == (2, [3, 4]) and x.shape[-1] == x.size(-1) == x.size(dim=2) == 4 and len(x.shape) == 3
    assert (
        x.shape == (2, 3, 4) and x.shape != (2, 3) and str(x.shape) == "(2, 3, 4)" and hash(x.shape) == hash((2, 3, 4))
    )
    assert picograd.ones(x.shape).shape == np.zeros(x.shape).shape and Size([2]) == torch.Size([2])


@pytest.mark.parametrize("make", [
    "m.tensor([0.9], dtype=m.float64)", "m.tensor(0.9, dtype=m.float64)", "m.as_tensor([0.9], dtype=m.float64)",
    "m.asarray([0.9], dtype=m.float64)", "m.full((1,), 0.9, dtype=m.float64)", "m.DoubleTensor([0.9])",
    "m.ones(1, dtype=m.float64).new_tensor([0.9])", "m.ones(1, dtype=m.float64).new([0.9])",
    "m.scalar_tensor(0.9, dtype=m.float64)", "m.tensor([0.9 + 0.3j], dtype=m.complex128)",
])  # fmt: skip
def test_numbers_are_exact_in_the_dtype_that_is_asked_for(make: str, torch: Any) -> None:
    ours, theirs = (eval(make, {"m": m}).tolist() for m in (picograd, torch))
    assert ours == theirs and ours in (0.9, [0.9], [0.9 + 0.3j])
    assert picograd.Tensor([0.9], dtype=picograd.float64).tolist() == [0.9]

"""What a Tensor says of itself, memory that comes from elsewhere, questions as functions, printing, random states."""

from __future__ import annotations

import array
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Generator, Tensor, nn

SENTENCE = r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]"

# Of x (2, 3), its transpose t, a row r, integers i, a bool b, and a scalar s.
SAID = [
    "x.is_cpu", "x.is_cuda", "x.is_mps", "x.is_xpu", "x.is_xla", "x.is_ipu", "x.is_meta", "x.is_mkldnn", "x.is_mtia",
    "x.is_maia", "x.is_vulkan", "x.is_sparse", "x.is_sparse_csr", "x.is_quantized", "x.is_nested", "x.volatile",
    "x.output_nr", "x.name", "x.get_device()", "x.is_pinned()", "x.is_shared()", "x.is_complex()",
    "x.is_signed()", "i.is_signed()", "b.is_signed()", "s.is_nonzero()", "x.is_conj()", "x.is_neg()",
    "x.is_inference()",
    "x.is_distributed()", "x.is_same_size(t)", "x.is_same_size(x + 1)", "x.is_set_to(x)", "x.is_set_to(x + 0)",
    "x.is_set_to(x.view(2, 3))", "x.ndimension()", "x.to_dense().shape", "x.stride()", "t.stride()", "x.stride(0)",
    "x.stride(-1)", "t.stride(dim=1)", "r.storage_offset()", "x.storage_offset()", "x.dim_order()", "t.dim_order()",
    "x.data_ptr() == x.view(-1).data_ptr()", "r.data_ptr() - x.data_ptr()", "x.untyped_storage().nbytes()",
    "r.untyped_storage().data_ptr() == x.data_ptr()", "t.untyped_storage().size()", "x.element_size()", "x.H.shape",
    "x.mH.shape", "x.mH.tolist()", "complex(s)", "list(reversed(r)) == [r[2], r[1], r[0]]", "x.new(2, 2).shape",
    "i.new([1.0, 2.0]).dtype.itemsize", "x.new(x).tolist()", "x.new().shape", "i.new_empty(2, 4).shape",
    "x.new(4).shape",
    "i.new_empty((2,), dtype=m.float64).element_size()", "x.resize_as_(m.zeros(3, 2)).tolist()",
    "x.resize_(2, 2).tolist()",
    "x.resize_(3).tolist()", "x.resize_((1, 6)).tolist()", "m.zeros(0).set_(x).tolist()", "m.zeros(2).set_().shape",
    "x.apply_(lambda v: v * 2 + 1).tolist()", "x.map_(x + 1, lambda a, b: a * b).tolist()", "x.pin_memory",
    "i.apply_(lambda v: v - 1).tolist()", "s.dim_order()", "s.stride()", "s.ndimension()", "x.__rdiv__(2).tolist()",
    "m.is_tensor(x)", "m.is_tensor(3)", "m.is_storage(x.untyped_storage())", "m.is_storage(x)", "m.typename(x)",
    "m.typename(i)", "m.typename(3)", "m.numel(x)", "m.is_floating_point(x)", "m.is_floating_point(i)",
    "m.is_complex(x)",
    "m.is_signed(i)", "m.is_nonzero(s)", "m.is_conj(x)", "m.is_neg(x)", "m.is_inference(x)", "m.is_distributed(x)",
    "m.is_same_size(x, t)", "m.get_device(x)", "m.zeros(2).layout == m.strided", "x.retains_grad",
    "(2 * g).retains_grad or True", "x.as_subclass(m.Tensor).tolist()",
]  # fmt: skip


def values(m: Any) -> dict[str, Any]:
    x = m.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    names = {"x": x, "t": x.t(), "r": x[1], "i": m.tensor([3, 4]), "b": m.tensor([True]), "s": m.tensor(2.5), "m": m}
    return names | {"g": m.ones(2, requires_grad=True)}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", SAID)
def test_a_tensor_says_what_pytorchs_says(text: str, torch: Any) -> None:
    if text == "x.pin_memory":  # without a GPU PyTorch can't
        x = picograd.zeros(2)
        assert x.pin_memory() is x and x.pin_memory("cuda") is x
        return
    ours, theirs = eval(text, values(picograd)), eval(text, values(torch))
    assert (ours == theirs and type(ours) is type(theirs)) or tuple(ours) == tuple(theirs)


def test_map2_takes_three() -> None:
    x = picograd.tensor([1.0, 2.0])
    assert x.map2_(x + 1, x * 10, lambda a, b, c: a + b + c) is x and x.tolist() == [13.0, 25.0]
    assert picograd.zeros(2).to_dense(picograd.float64).dtype == np.float64


def test_memory_that_is_resized_is_shared() -> None:
    x = picograd.arange(6.0)
    part = x.view(2, 3)
    part.resize_(2, 2).fill_(7.0)
    assert x.tolist() == [7, 7, 7, 7, 4, 5]
    part.resize_(3, 3)
    assert part.tolist() == [[7, 7, 7], [7, 0, 0], [0, 0, 0]]
    other = picograd.zeros(2).set_(x)
    assert np.shares_memory(other.value, x.value)


def test_storages() -> None:
    x = picograd.tensor([[1, 2], [3, 4]], dtype=picograd.int16)
    typed, untyped = x[1].storage(), x[1].untyped_storage()
    assert list(typed) == [1, 2, 3, 4] and typed[2] == 3 and typed[1:3] == [2, 3] and len(typed) == typed.size() == 4
    assert typed.element_size() == 2 and typed.dtype == np.int16 and typed.untyped().nbytes() == untyped.nbytes() == 8
    assert len(untyped) == 8 and untyped.tolist() == [1, 0, 2, 0, 3, 0, 4, 0] and not untyped.is_shared()
    assert untyped.device == picograd.device("cpu") and "8 bytes" in repr(untyped) and "int16" in repr(typed)


def test_as_a_subclass_the_history_stays() -> None:
    class Mine(Tensor):
        pass

    x = Tensor([1.0, 2.0])
    y = (x * 3).as_subclass(Mine)
    assert type(y) is Mine
    (y * y).sum().backward()
    assert x.grad.tolist() == [18.0, 36.0] and y.grad.tolist() == [6.0, 12.0]
    leaf = x.as_subclass(Mine)
    leaf.sum().backward()
    assert leaf.grad.tolist() == [1.0, 1.0]


MISTAKES = [
    ("x.xpu()", RuntimeError, "xpu: device 'xpu': picograd computes on the CPU"),
    ("x.resize_(3)", RuntimeError, r"resize_: a Tensor that requires a gradient, shape \(2,\): "),
    ("(x * 2).set_(x)", RuntimeError, "set_: a result of mul: it has a history; "),
    ("y.set_(m.zeros(2, dtype=m.float64))", TypeError, "set_: float64 for a Tensor of float32: they must be equal; "),
    ("y.set_([1])", TypeError, "set_: list for a Tensor of float32: they must be equal; "),
    ("x.apply_(abs)", ValueError, "map_: a Tensor that requires a gradient: "),
    ("y.map_(m.zeros(2, 2), max)", ValueError, r"map_: shapes \(2,\) and \(2, 2\): they must be equal; "),
    ("m.zeros(1, 2, 3).H", ValueError, r"H: shape \(1, 2, 3\): it takes a matrix; use mH"),
    ("x.__dlpack__()", BufferError, "dlpack: a Tensor that requires a gradient: "),
    ("y.__delitem__(0)", TypeError, "del: an element of a Tensor: its shape is fixed; "),
    ("y.as_subclass(int)", TypeError, "as_subclass: int: it is no subclass of Tensor; give one"),
    ("m.from_dlpack([1])", TypeError, "from_dlpack: a list: it has no __dlpack__; "),
    ("m.frombuffer(b'12345', dtype=m.int16)", ValueError, "frombuffer: 5 bytes, offset 0, count -1 of int16"),
    ("m.frombuffer(b'1234', dtype=m.int16, count=3)", ValueError, "frombuffer: 4 bytes, offset 0, count 3 of int16"),
    ("m.asarray([1.0], copy=False)", ValueError, "asarray: a list as float32, copy=False: that needs a copy; "),
    ("m.from_file('/no/such/file', size=2)", RuntimeError, "from_file: 2 elements of float32 from /no/such/file: "),
    ("m.set_printoptions(profile='long')", ValueError, "set_printoptions: profile 'long': it is none; give one of"),
    (
        "m.default_generator.set_state(m.zeros(3))",
        TypeError,
        r"set_state: float32 of shape \(3,\): a state is 64 bytes; ",
    ),
    ("m.Generator('cuda')", RuntimeError, "Generator: device 'cuda': picograd computes on the CPU"),
]


@pytest.mark.parametrize(("text", "error", "words"), MISTAKES, ids=[text for text, *_ in MISTAKES])
def test_mistakes(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        eval(text, {"m": picograd, "x": Tensor([1.0, 2.0]), "y": picograd.zeros(2)})
    assert re.fullmatch(SENTENCE, str(caught.value)), str(caught.value)


def test_names_at_the_top() -> None:
    x = Tensor([[1.0, 2.0]])
    assert not picograd.detach(x).requires_grad and picograd.legacy_contiguous_format is picograd.contiguous_format
    assert isinstance(x.storage(), picograd.TypedStorage) and isinstance(x.storage(), picograd.UntypedStorage)
    assert picograd.spmm(x, x.t()).item() == picograd.dsmm(x, x.t()).item() == 5.0  # of dense matrices, as PyTorch's
    assert not picograd.is_inference_mode_enabled()
    with picograd.inference_mode():
        assert picograd.is_inference_mode_enabled()
    wide = x.new_empty_strided((2, 3), (1, 2))
    assert wide.stride() == (1, 2) and wide.shape == (2, 3) and x.new_empty_strided((0, 2), (2, 1)).shape == (0, 2)


def test_complex_of_real(torch: Any) -> None:
    x, peer = picograd.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])
    assert x.cfloat().tolist() == peer.cfloat().tolist() and x.cdouble().tolist() == peer.cdouble().tolist()
    assert x.cfloat().dtype == picograd.complex64 and x.cdouble().dtype == picograd.complex128
    assert x.cfloat().imag.tolist() == [0.0, 0.0]
    with pytest.raises(RuntimeError, match=r"imag: a Tensor of float32: it is real; use zeros_like"):
        _ = x.imag


def test_transforms_as_methods() -> None:
    x = picograd.randn(64)
    spectrum = x.stft(16, window=picograd.hann_window(16), return_complex=True)
    back = spectrum.istft(16, window=picograd.hann_window(16), length=64)
    np.testing.assert_allclose(back.value, x.value, atol=1e-5)


# ---- memory from elsewhere -----------------------------------------------------------------------------------------


def test_dlpack(torch: Any) -> None:
    source = np.arange(3.0)
    x = picograd.from_dlpack(source)
    source[0] = 7.0
    assert x.tolist() == [7.0, 1.0, 2.0] and picograd.from_dlpack(x).tolist() == x.tolist()
    peer = torch.from_dlpack(picograd.ones(2))
    assert peer.tolist() == [1.0, 1.0] and picograd.from_dlpack(torch.zeros(2)).tolist() == [0.0, 0.0]
    assert picograd.to_dlpack(x) is not None and picograd.utils.dlpack.from_dlpack is picograd.from_dlpack
    assert not np.shares_memory(picograd.from_dlpack(source, copy=True).value, source)
    assert x.__dlpack_device__() == np.ones(1).__dlpack_device__()


BUFFERS: list[tuple[dict[str, Any], Any]] = [
    ({"dtype": "int16"}, [1, 2, 3, 4]), ({"dtype": "int16", "count": 2}, [1, 2]),
    ({"dtype": "int16", "offset": 4}, [3, 4]), ({"dtype": "int16", "count": 1, "offset": 2}, [2]),
    ({"dtype": "uint8", "count": 3}, [1, 0, 2]),
]  # fmt: skip


@pytest.mark.parametrize(("options", "expected"), BUFFERS)
def test_buffers(options: Any, expected: Any, torch: Any) -> None:
    buffer = array.array("h", [1, 2, 3, 4])
    for m in (picograd, torch):
        x = m.frombuffer(buffer, **{**options, "dtype": getattr(m, options["dtype"])})
        assert x.tolist() == expected
    assert picograd.frombuffer(np.ones(2), dtype=picograd.float64, requires_grad=True).requires_grad
    shared = picograd.frombuffer(buffer, dtype=picograd.int16)
    buffer[0] = 9
    assert shared[0].item() == 9


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    np.arange(4, dtype=np.float32).tofile(path)
    private = picograd.from_file(path, size=3)
    private.fill_(9.0)
    assert np.fromfile(path, np.float32).tolist() == [0, 1, 2, 3] and private.tolist() == [9, 9, 9]
    picograd.from_file(str(path), shared=True, size=6, dtype=picograd.float32).fill_(5.0)
    assert np.fromfile(path, np.float32).tolist() == [5.0] * 6
    picograd.from_file(tmp_path / "new", True, 2, dtype=picograd.int64).fill_(3)
    assert np.fromfile(tmp_path / "new", np.int64).tolist() == [3, 3]
    assert picograd.from_file(path).shape == (0,)


ARRAYS = ["m.asarray([1, 2.5])", "m.asarray(3)", "m.asarray(a)", "m.asarray(a, copy=True)",
    "m.asarray(a, dtype=m.float32)",
          "m.asarray(t)", "m.asarray(t, copy=True)", "m.asarray(g, requires_grad=False)",
          "m.asarray(t, requires_grad=True)",
          "m.asarray(2.5)",
          "m.asarray(g, requires_grad=True)", "m.asarray(t, dtype=m.float16)", "m.asarray(a, copy=False)",
          "m.asarray(t, copy=False)"]  # fmt: skip


@pytest.mark.parametrize("text", ARRAYS)
def test_asarray(text: str, torch: Any) -> None:
    seen = []
    for m in (picograd, torch):
        names = {"m": m, "a": np.ones(2), "t": m.ones(2), "g": m.ones(2, requires_grad=True)}
        x = eval(text, names)
        memory = x.detach().numpy()
        sources = [names["a"], names["t"].detach().numpy(), names["g"].detach().numpy()]
        shared = [np.shares_memory(memory, source) for source in sources]
        seen.append((str(x.dtype).split(".")[-1], x.tolist(), x.requires_grad, shared))
    assert seen[0] == seen[1]


def test_asarray_of_bytes() -> None:
    assert picograd.asarray(b"\x01\x02", dtype=picograd.uint8).tolist() == [1, 2]
    assert picograd.asarray(bytearray(8)).tolist() == [0.0, 0.0]
    x = Tensor([1.0])
    assert picograd.asarray(x) is x


# ---- printing ------------------------------------------------------------------------------------------------------


def test_print_options() -> None:
    x, before = picograd.tensor([1.0, 0.123456]), np.get_printoptions()
    try:
        picograd.set_printoptions(precision=2)
        assert repr(x) == "Tensor([1.  , 0.12])"
        picograd.set_printoptions(sci_mode=True)
        assert repr(x) == "Tensor([1.00e+00, 1.23e-01])"
        picograd.set_printoptions(sci_mode=False, precision=3)
        assert repr(x) == "Tensor([1.000, 0.123])"
        picograd.set_printoptions(threshold=3, edgeitems=1)
        assert repr(picograd.arange(5)) == "Tensor([0, ..., 4])"
        picograd.set_printoptions(linewidth=20)
        assert repr(picograd.arange(3)) == "Tensor([0, 1, 2])"
        assert max(map(len, repr(picograd.arange(30).view(3, 10)).splitlines())) <= 20
        picograd.set_printoptions(profile="full", threshold=float("inf"))
        assert "..." not in repr(picograd.arange(2000))
        picograd.set_printoptions(profile="short")
        assert repr(x) == "Tensor([1.  , 0.12])"
    finally:
        picograd.set_printoptions(profile="default")
    assert repr(x) == "Tensor([1.    , 0.1235])" and np.get_printoptions() == before
    assert repr(picograd.tensor([1.5], dtype=picograd.bfloat16)) == "Tensor([1.5], dtype=bfloat16)"


# ---- random states -------------------------------------------------------------------------------------------------


def test_states_are_tensors_of_bytes() -> None:
    assert isinstance(picograd.manual_seed(3), Generator) and picograd.default_generator.device.type == "cpu"
    state = picograd.get_rng_state()
    assert state.dtype == np.uint8 and state.shape == (64,)
    drawn = picograd.randn(3).tolist(), picograd.randint(9, (3,)).tolist()
    picograd.set_rng_state(state.clone())
    assert (picograd.randn(3).tolist(), picograd.randint(9, (3,)).tolist()) == drawn
    assert picograd.random.get_rng_state is picograd.get_rng_state
    for seed in (0, -7, 2**63 + 5):
        one = Generator("cpu").manual_seed(seed)
        picograd.rand(3, generator=one)
        for two in (one.clone_state(), pickle.loads(pickle.dumps(one)), Generator(picograd.device("cpu"))):
            two.set_state(one.get_state().value)
            assert two.initial_seed() == seed
            assert picograd.rand(4, generator=two).tolist() == picograd.rand(4, generator=one.clone_state()).tolist()


def test_fork() -> None:
    from picograd.random import fork_rng

    picograd.manual_seed(1)
    expected = picograd.rand(2).tolist()
    picograd.manual_seed(1)
    with fork_rng(devices=[]):
        inside = picograd.rand(2).tolist()
    assert inside == expected == picograd.rand(2).tolist()
    try:
        with fork_rng():
            picograd.manual_seed(9)
            raise KeyError
    except KeyError:
        pass
    assert picograd.initial_seed() == 1
    picograd.manual_seed(1)
    with fork_rng(enabled=False):
        picograd.rand(2)
    assert picograd.rand(2).tolist() != expected


def test_dropout_after_a_state_is_set() -> None:
    layer, x = nn.Dropout(0.5), picograd.ones(64)
    state = picograd.get_rng_state()
    first = layer(x).tolist()
    picograd.set_rng_state(state)
    assert layer(x).tolist() == first

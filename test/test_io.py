"""Checkpoints: what is saved comes back, other programs read it, and a failure leaves the old file."""

import argparse
import io
import json
import os
import subprocess
import sys
from collections import OrderedDict, defaultdict, namedtuple

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

import picograd as pg
from picograd.io import checkpoint, load, save
from picograd.io.nest import DTYPES
from picograd.random import default_generator
from picograd.tensor import Tensor

ARRAYS = {
    **{
        name: np.array([[0, 1, 2], [3, 4, 5]]).astype(name)
        for code, name in DTYPES.items()
        if code not in ("BF16", "F8_E4M3", "F8_E5M2")  # of ml_dtypes
    },
    "0-d": np.array(2.5, np.float32),
    "0-d bool": np.array(True),
    "empty": np.zeros((0, 3), np.float16),
    "empty behind": np.zeros((3, 0)),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "strided": np.arange(12)[::-2],
    "broadcast": np.broadcast_to(np.float32(3), (2, 2)),
    "big-endian": np.arange(3, dtype=">f4"),
    "nan": np.array([np.nan, np.inf, -0.0]),
    "five axes": np.arange(32, dtype=np.uint8).reshape(2, 2, 2, 2, 2),
}
PLAIN = {
    "none": None,
    "true": True,
    "false": False,
    "int": -7,
    "int beyond 64 bits": 2**128 + 1,
    "negative int beyond 64 bits": -(2**64),
    "uint64": 2**64 - 1,
    "float": 0.1,
    "inf": float("-inf"),
    "minus 0": -0.0,
    "text": "Grüße, 数字\n\0",
    "lone surrogate": "\ud800",
    "empty text": "",
    "list": [1, [2, []]],
    "tuple": (1, (2.5,), ()),
    "dict": {},
    "int keys": {0: {"step": 3}, 1: None, "0": 1},
    "other keys": {None: 1, True: 2, 2.5: 3},
    "keys like words": {"$tensor": "x", "$": {"$dict": []}},
    "dots and clashes": {"a.b": 1, "a": {"b": 2}, "": 3, "__metadata__": 4},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.safetensors"


def returned(obj, path):
    save(obj, path)
    return load(path)


def same(a, b):
    """Whether two nests are equal to the bit, in type and in order."""
    if isinstance(a, Tensor):
        return type(b) is Tensor and same(a.value, b.value) and a.requires_grad == b.requires_grad
    if isinstance(a, np.ndarray | np.generic):
        alike = type(a) is type(b) and a.shape == b.shape and a.dtype == b.dtype.newbyteorder("=")
        return alike and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return type(b) is dict and same(list(a.items()), list(b.items()))
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_survive(name, path):
    array = ARRAYS[name]
    plain = np.ascontiguousarray(array).reshape(array.shape).astype(array.dtype.newbyteorder("="))
    for nest in (lambda x: x, lambda x: {name: x}, lambda x: [{"a": (x, x)}]):
        loaded = returned(nest(array), path)
        assert same(nest(plain), loaded)
        assert same(nest(Tensor._of(plain)), returned(nest(Tensor._of(array)), path))
    loaded = returned(array, path)
    loaded[...] = 1  # memory of its own, that can be written
    other = safetensors.numpy.load_file(path)["object"]
    assert same(plain, other)


@pytest.mark.parametrize("name", PLAIN)
def test_plain_values_survive(name, path):
    for obj in (PLAIN[name], {"a": [PLAIN[name], np.arange(2)]}):
        assert same(obj, returned(obj, path))


def test_nan_survives(path):
    assert np.isnan(returned({"loss": float("nan")}, path)["loss"])


def test_numpy_scalars_keep_their_type(path):
    for scalar in (np.float32(0.1), np.float64(0.1), np.int8(-3), np.bool_(True), np.uint64(2**64 - 1)):
        assert same({"x": scalar}, returned({"x": scalar}, path))
    assert same("text", returned(np.str_("text"), path))


def test_clashing_names_keep_their_values(path):
    nest = {"a": {"b": np.arange(1)}, "a.b": np.arange(2), "__metadata__": np.arange(3), "\ud800": np.arange(4)}
    assert same(nest, returned(nest, path))
    assert sorted(safetensors.numpy.load_file(path)) == ["\\ud800", "__metadata__~2", "a.b", "a.b~2"]


def test_names_are_paths(path):
    nest = {"model": {"fc1.weight": Tensor.ones(2, 3)}, "optimizer": {"state": {0: {"step": Tensor.ones()}}}}
    save(nest, path)
    assert sorted(safetensors.numpy.load_file(path)) == ["model.fc1.weight", "optimizer.state.0.step"]


def test_subclasses_load_as_plain(path):
    point = namedtuple("point", "x y")(1, 2)
    assert same({"b": (1, 2), "a": 0}, returned(defaultdict(list, b=point, a=0), path))


def test_pytorchs_types_come_back(path):
    obj = OrderedDict(
        b=pg.float32, a=pg.device("cpu"), size=pg.Size([2, 3]), s={1, "x"}, f=frozenset([2.5]), raw=b"\0\xff",
        t=np.int8, **{"$odd": pg.bfloat16},
    )  # fmt: skip
    loaded = returned({"x": [obj]}, path)["x"][0]
    assert type(loaded) is OrderedDict and list(loaded) == list(obj) and loaded == obj
    assert [type(value) for value in loaded.values()][:6] == [type(value) for value in obj.values()][:6]


def test_tensor_keeps_requires_grad_and_no_graph(path):
    weight = Tensor.ones(2)
    loaded = returned({"leaf": weight, "result": weight * 2, "constant": pg.ones(2)}, path)
    assert [t.requires_grad for t in loaded.values()] == [True, False, False]
    loaded["leaf"].sum().backward()
    assert loaded["leaf"].grad.tolist() == [1, 1]


def test_shared_memory(path):
    weight = Tensor.random(3, 2)
    loaded = returned({"embedding": weight, "head": weight, "view": weight.T}, path)
    assert same(weight.value, loaded["embedding"].value)
    assert same(weight.value, loaded["head"].value)
    assert same(weight.value.T.copy(), loaded["view"].value)


# ---- other programs -------------------------------------------------------------------------------------------------


def test_pytorch_reads_a_state_dict(path, torch):
    import safetensors.torch

    save({"fc.weight": Tensor([[1, 2], [3, 4]]), "steps": pg.tensor(3)}, path)
    loaded = safetensors.torch.load_file(path)
    assert loaded["fc.weight"].tolist() == [[1, 2], [3, 4]]
    assert loaded["steps"].dtype == torch.int64
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata()["format"] == "pt"


def test_pytorchs_file_loads(path, torch):
    import safetensors.torch

    theirs = {
        "b": torch.randn(3, 4),
        "a": torch.tensor(3),
        "half": torch.ones(2, dtype=torch.float16),
        "mask": torch.tensor([True, False]),
        "none": torch.zeros(0, 5),
    }
    safetensors.torch.save_file(theirs, path, metadata={"author": "someone"})
    ours = load(path)
    assert set(ours) == set(theirs)
    assert all(same(Tensor._of(theirs[name].numpy()), ours[name]) for name in theirs)
    with safetensors.safe_open(path, "np") as file:
        assert list(ours) == list(file.offset_keys())  # in the file's order, the same each time


def without_ml_dtypes(path, then):
    """What a process that has no ml_dtypes prints after loading the file and doing `then` with what came."""
    code = f"""
import sys
sys.modules["ml_dtypes"] = None
from picograd.io import load
try:
    loaded = load({str(path)!r})
except ValueError as error:
    print(error)
else:
    {then}
"""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_bfloat16_without_ml_dtypes_widens(path):
    numbers = np.array([1.5, -3.0, 2.0**-130], np.float32)
    halves = (numbers.view(np.uint32) >> 16).astype(np.uint16)  # a bfloat16 is the upper half of a float32
    path.write_bytes(
        header_file({"x": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}, halves.tobytes()).getvalue()
    )
    printed = without_ml_dtypes(path, "print(loaded['x'].dtype, loaded['x'].tolist())")
    assert printed == f"float32 {numbers.tolist()}\n"


def test_bfloat16_with_ml_dtypes_survives(path):
    for dtype in (ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2):
        array = np.arange(6).reshape(2, 3).astype(dtype).T
        loaded = returned({"x": array}, path)["x"]
        assert loaded.dtype == dtype
        assert loaded.tobytes() == array.tobytes()


def test_pytorchs_bfloat16_loads(path, torch):
    import safetensors.torch

    theirs = torch.randn(3, 4).bfloat16()
    safetensors.torch.save_file({"x": theirs}, path)
    assert same(theirs.float().numpy(), load(path)["x"].value.astype(np.float32))


def test_arrays_are_aligned(path):
    save({"a": np.ones(3, np.uint8), "b": np.ones(3), "c": np.ones(1, np.float32)}, path)
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert length % 8 == 0
    assert [header[name]["data_offsets"][0] for name in "bca"] == [0, 24, 28]


# ---- exact resume ---------------------------------------------------------------------------------------------------


def test_random_state_resumes_to_the_bit(path):
    pg.manual_seed(-5)
    pg.rand(3)
    save({"random": default_generator.get_state(), "wide": np.random.PCG64(1).state}, path)
    wanted = pg.rand(5).tolist(), pg.randint(0, 9, (3,)).tolist(), pg.randperm(7).tolist()
    pg.manual_seed(1)
    loaded = load(path)
    default_generator.set_state(loaded["random"])
    assert (pg.rand(5).tolist(), pg.randint(0, 9, (3,)).tolist(), pg.randperm(7).tolist()) == wanted
    assert default_generator.initial_seed() == -5
    other = np.random.PCG64(2)
    other.state = loaded["wide"]  # integers of 128 bits
    assert other.random_raw() == np.random.PCG64(1).random_raw()


# ---- arguments ------------------------------------------------------------------------------------------------------


def test_file_objects(path):
    buffer = io.BytesIO()
    buffer.write(b"before")
    save({"x": np.arange(3), "n": 1}, buffer)
    buffer.seek(6)
    assert same({"x": np.arange(3), "n": 1}, load(buffer))
    with path.open("wb") as file:
        save([1], file)
    with path.open("rb") as file:
        assert load(file) == [1]


def test_pytorchs_arguments_have_no_effect(path):
    save({"x": 1}, str(path))
    for weights_only in (True, False):
        assert load(path, map_location="cpu", weights_only=weights_only, mmap=True) == {"x": 1}
    save({"x": 1}, path, None, 2, _use_new_zipfile_serialization=False)
    assert load(path, lambda storage, place: storage, encoding="latin1") == {"x": 1}
    assert load(path, "cuda:0") == {"x": 1}


# ---- errors ---------------------------------------------------------------------------------------------------------

DAMAGED = r"it is cut off or damaged \(.*\); save it again, or copy it again from where it came"

LOOP = []
LOOP.append({"again": LOOP})


@pytest.mark.parametrize(
    ("obj", "error", "words"),
    [
        ({"model": {"fc": object()}}, TypeError, r"save: model\.fc: a object can't be stored; save Tensors, arrays"),
        ({"a": [1, {object}]}, TypeError, r"save: a\.1\.element: a type can't be stored; save Tensors"),
        (
            {"args": argparse.Namespace(lr=1)},
            TypeError,
            r"save: args: a Namespace can't be stored; save vars\(\) of",
        ),
        (default_generator, TypeError, r"save: object: a Generator can't be stored; save what its get_state\(\) "),
        (pg.nn.Linear(1, 1), TypeError, r"a Linear can't be stored; save what its state_dict\(\) returns"),
        ({"x": 1j}, TypeError, r"save: x: a complex can't be stored"),
        ({"x": np.ma.array([1])}, TypeError, r"save: x: a MaskedArray can't be stored"),
        ({"x": np.array(["a"])}, TypeError, r"save: x: an array of <U1 can't be stored, as .*; convert it"),
        ({"x": np.array([None])}, TypeError, r"save: x: an array of object can't be stored"),
        ({"x": np.datetime64("2020-01-01")}, TypeError, r"save: x: an array of datetime64\[D\] can't be stored"),
        ({"x": {(1, 2): 3}}, TypeError, r"save: x: a dict with a key of type tuple can't be stored; use strings"),
        (LOOP, ValueError, r"save: 0\.again\.0\.again\.\.\.: the nest is deeper than 100 levels, or contains itself"),
    ],
)
def test_what_cannot_be_stored(obj, error, words, path):
    save("old", path)
    with pytest.raises(error, match=words):
        save(obj, path)
    assert load(path) == "old"
    assert os.listdir(path.parent) == [path.name]


def test_file_that_is_no_file():
    with pytest.raises(TypeError, match=r"save: a int as the file: it is neither a path nor a binary file; give a"):
        save({}, 3)
    with pytest.raises(TypeError, match=r"load: a NoneType as the file: it is neither a path nor a binary file"):
        load(None)


def test_paths_that_cannot_be(tmp_path):
    for name, error, words in (
        ("no", FileNotFoundError, r"load: \S+/no: there is no such file; check the path"),
        ("no/no", FileNotFoundError, r"load: \S+/no/no: there is no folder \S+/no; check the path"),
        (".", IsADirectoryError, r"load: \S+: it is a folder; give the path of a file in it"),
    ):
        with pytest.raises(error, match=words):
            load(tmp_path / name)
    with pytest.raises(
        FileNotFoundError, match=r"save: \S+/no/x: it can't be written \(No such.*\); make \S+/no first"
    ):
        save(1, tmp_path / "no" / "x")
    with pytest.raises(OSError, match=r"save: \S+: it can't be written \(Is a directory\)"):
        save(1, tmp_path)
    assert os.listdir(tmp_path) == []


def test_cut_off_files(path):
    """Cut off anywhere, a file is refused with a reason, never with a bare failure."""
    save({"a": np.arange(5), "b": [1.5]}, path)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"load: \S+: it is .*; "):
            load(path)
    path.write_bytes(content[:-3])
    with pytest.raises(ValueError, match=rf"load: \S+: {DAMAGED}"):
        load(path)
    path.write_bytes(content + b"123")
    with pytest.raises(ValueError, match=rf"load: \S+: {DAMAGED}"):
        load(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"it is empty; save it again"):
        load(path)


def test_flipped_bits(path):
    """A damaged header is refused, or read as something else; nothing but ValueError comes."""
    save({"a": np.arange(5), "b": [1.5, (2,)], "c": {0: np.ones((2, 2), np.float32)}}, path)
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(0)
    messages = []
    for _ in range(2000):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
        try:
            load(io.BytesIO(damaged))
        except ValueError as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert all(message.startswith("load: BytesIO: ") for message in messages)


def header_file(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return io.BytesIO(len(text).to_bytes(8, "little") + text + data)


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"{]", DAMAGED),
        (b"{" + b'"a":{' * 50000, DAMAGED),
        ({"a": 3}, DAMAGED),
        ({"a": {**ONE, "shape": [2]}}, DAMAGED),
        ({"a": {**ONE, "shape": [-1]}}, DAMAGED),
        ({"a": {**ONE, "shape": [1.0]}}, DAMAGED),
        ({"a": {**ONE, "data_offsets": [-4, 0]}}, DAMAGED),
        ({"a": {**ONE, "data_offsets": [0]}}, DAMAGED),
        ({"a": ONE, "b": ONE}, DAMAGED),
        ({"a": {**ONE, "dtype": "X4"}}, DAMAGED),
        (
            {"a": {**ONE, "dtype": "F8_E8M0", "shape": [4]}},
            r"a is of type F8_E8M0, which NumPy does not have; convert the file to float32",
        ),
        ({"a": ONE, "__metadata__": {"picograd": "1"}}, r"its metadata does not fit its arrays .*; save it again"),
        ({"a": ONE, "__metadata__": {"picograd": "1", "structure": "[1"}}, r"its metadata does not fit its arrays"),
        ({"a": ONE, "__metadata__": {"picograd": "1", "structure": '{"$no": 1}'}}, r"an unknown word \$no"),
        ({"a": ONE, "__metadata__": {"picograd": "9"}}, r"it is of version 9, .* reads version 1; update picograd"),
        ({"a": ONE, "__metadata__": 3}, DAMAGED),
    ],
)
def test_damaged_headers(header, words):
    with pytest.raises(ValueError, match=rf"^load: BytesIO: .*{words}.*"):
        load(header_file(header, b"\0\0\0\0"))


def test_a_huge_shape_takes_no_memory():
    with pytest.raises(ValueError, match=DAMAGED):
        load(header_file({"a": {"dtype": "U8", "shape": [10**15], "data_offsets": [0, 10**15]}}))


def test_float8_without_ml_dtypes(path):
    header = {"x": {"dtype": "F8_E5M2", "shape": [2], "data_offsets": [0, 2]}}
    path.write_bytes(header_file(header, b"\0\0").getvalue())
    assert "x is of type F8_E5M2, which NumPy does not have; install ml_dtypes" in without_ml_dtypes(path, "pass")


def test_files_of_other_kinds(path):
    with path.open("wb") as file:
        np.savez(file, x=np.ones(2))
    with pytest.raises(ValueError, match=r"it is a zip archive \(perhaps \.npz\).*; read it with np\.load"):
        load(path)
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(ValueError, match=r"it is a pointer of Git LFS .*; fetch the file \(git lfs pull\)"):
        load(path)
    for content in (b"abc", b"Just some text that is long enough.", b"\4\0\0\0\0\0\0\0text"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"it is not a safetensors file; give one that picograd\.save or"):
            load(path)


# ---- whole or not at all --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["write", "fsync", "replace"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_broken_off_save_leaves_the_old_file(moment, failure, path, monkeypatch):
    save({"x": np.arange(3)}, path)

    def breaks(*args):
        raise failure

    class Breaks(io.FileIO):
        def write(self, content):
            super().write(content[: len(content) // 2])
            raise failure

    if moment == "write":
        monkeypatch.setattr(checkpoint, "open", Breaks, raising=False)
    else:
        monkeypatch.setattr(os, moment, breaks)
    words = r"save: \S+: it can't be written \(No space left on device\); make room" if failure.args else None
    with pytest.raises(type(failure), match=words):
        save({"x": np.arange(9)}, path)
    monkeypatch.undo()
    assert same({"x": np.arange(3)}, load(path))
    assert os.listdir(path.parent) == [path.name]


def test_a_link_stays_a_link(path, tmp_path):
    save(1, path)
    link = tmp_path / "link"
    link.symlink_to(path)
    save(2, link)
    assert link.is_symlink()
    assert load(path) == 2


def test_too_long_a_header(path):
    with pytest.raises(ValueError, match=r"save: names and plain values that .*header too large\); make arrays of"):
        save("x" * 100_000_000, path)
    assert not path.exists()

"""Files of torch.save: what a checkpoint consists of is read, everything else is refused, and nothing is run."""

from __future__ import annotations

import argparse
import io
import pickle
import zipfile
from collections import OrderedDict, defaultdict
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import picograd
from picograd import Tensor, load, nn, optim


def written(torch: Any, obj: Any, zipped: bool = True) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(obj, file, _use_new_zipfile_serialization=zipped)
    file.seek(0)
    return file


BOTH = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before 1.6"])
DTYPES = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool"


@BOTH
@pytest.mark.parametrize("dtype", DTYPES.split())
def test_tensors_of_every_dtype(dtype: str, zipped: bool, torch: Any) -> None:
    values = [[0.0, 1.0, 2.5], [-1.0, 3.0, 100.0]]
    x = torch.tensor(values if "float" in dtype else [[0, 1, 2], [1, 3, 100]]).to(getattr(torch, dtype))
    cases = {"whole": x, "transposed": x.T, "part": x[1:, ::2], "zero-d": x[0, 1], "empty": x[:0], "twice": [x, x[0]]}
    loaded = load(written(torch, cases, zipped))
    for name, case in cases.items():
        if name != "twice":
            got = loaded[name]
            assert isinstance(got, Tensor) and str(got.dtype) == dtype and got.shape == tuple(case.shape)
            np.testing.assert_array_equal(got.value.astype(np.float64), case.double().numpy())
            assert not got.requires_grad
    whole, row = loaded["twice"]
    whole.value[0, 1] = 7  # memory that was shared is shared, and can be written
    assert row.value[1] == whole.value[0, 1]


@BOTH
def test_plain_values_and_containers(zipped: bool, torch: Any) -> None:
    point = {
        "none": None, "true": True, "int": -5, "wide": 2**70, "float": 0.1, "nan": float("inf"), "text": "Grüße",
        "list": [1, [2], ()], "tuple": (1, 2, 3, 4), "one": (1,), "set": {1, 2}, "bytes": b"\x00\xff", 3: {2.5: None},
        "ordered": OrderedDict(b=1, a=2), "complex": 1 + 2j, "default": defaultdict(list, a=[1]),
    }  # fmt: skip
    loaded = load(written(torch, point, zipped))
    assert loaded == point and type(loaded["ordered"]) is OrderedDict and type(loaded["default"]) is dict
    special = {
        "d": torch.float32,
        "size": torch.Size([1, 2]),
        "dev": torch.device("cuda:1"),
        "args": argparse.Namespace(lr=3),
    }
    loaded = load(written(torch, special, zipped))
    assert loaded["d"] == picograd.float32 and loaded["size"] == (1, 2) and loaded["dev"] == picograd.device("cuda:1")
    assert type(loaded["size"]) is picograd.Size and loaded["args"].lr == 3


@BOTH
def test_numpy_values(zipped: bool, torch: Any) -> None:
    array = np.arange(6.0).reshape(2, 3)
    obj = {"a": array, "f": np.asfortranarray(array), "again": array, "x": np.float32(0.5), "b": np.array([True])}
    obj["big"] = np.arange(2, dtype=">i4")
    loaded = load(written(torch, obj, zipped))
    for name, value in obj.items():
        np.testing.assert_array_equal(loaded[name], value)
        assert loaded[name].dtype == value.dtype
    assert type(loaded["x"]) is np.float32 and loaded["again"] is loaded["a"]


def test_unsigned_and_gradients(torch: Any) -> None:
    leaf = torch.tensor([1.0], requires_grad=True)
    loaded = load(
        written(torch, [torch.tensor([1, 65535], dtype=torch.uint16), leaf, torch.nn.Parameter(leaf.detach())])
    )
    assert loaded[0].value.tolist() == [1, 65535] and loaded[0].dtype == np.uint16
    assert loaded[1].requires_grad and loaded[1].is_leaf
    assert isinstance(loaded[2], nn.Parameter) and loaded[2].requires_grad


def net(m: Any) -> Any:
    return m.nn.Sequential(m.nn.Conv2d(1, 2, 3), m.nn.BatchNorm2d(2), m.nn.Flatten(), m.nn.Linear(8, 3))


@BOTH
def test_a_training_goes_on_here(zipped: bool, torch: Any, tmp_path: Any) -> None:
    """A checkpoint of PyTorch's, its optimizer included, is taken up, and the next steps are the same."""
    theirs, mine = net(torch), net(picograd)
    x = np.random.default_rng(0).standard_normal((5, 1, 4, 4)).astype(np.float32)

    def step(m: Any, model: Any, optimizer: Any) -> float:
        optimizer.zero_grad()
        loss = (model(m.tensor(x)) ** 2).mean()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    for name, options in (("Adam", {"lr": 0.01}), ("SGD", {"lr": 0.1, "momentum": 0.9}), ("AdamW", {"lr": 0.01})):
        their_optimizer = getattr(torch.optim, name)(theirs.parameters(), **options)
        for _ in range(2):
            step(torch, theirs, their_optimizer)
        path = tmp_path / "checkpoint.pth"
        state = {"epoch": 2, "model": theirs.state_dict(), "optimizer": their_optimizer.state_dict()}
        torch.save(state, path, _use_new_zipfile_serialization=zipped)
        loaded = load(path, map_location="cpu", weights_only=True)
        mine.load_state_dict(loaded["model"])
        my_optimizer = getattr(optim, name)(mine.parameters(), **options)
        my_optimizer.load_state_dict(loaded["optimizer"])
        assert loaded["epoch"] == 2
        for _ in range(3):
            np.testing.assert_allclose(
                step(picograd, mine, my_optimizer), step(torch, theirs, their_optimizer), rtol=1e-5
            )


def test_a_training_goes_on_there(torch: Any, tmp_path: Any) -> None:
    """The other way, through safetensors: PyTorch takes up our state_dict."""
    import safetensors.torch  # it imports PyTorch, without which the other tests here run

    theirs, mine = net(torch), net(picograd)
    path = tmp_path / "model.safetensors"
    picograd.save(mine.state_dict(), path)
    theirs.load_state_dict(safetensors.torch.load_file(path))
    x = np.random.default_rng(0).standard_normal((5, 1, 4, 4)).astype(np.float32)
    np.testing.assert_allclose(
        mine(picograd.tensor(x)).detach().numpy(), theirs(torch.tensor(x)).detach().numpy(), rtol=1e-5, atol=1e-6
    )
    safetensors.torch.save_file(theirs.state_dict(), path)
    mine.load_state_dict(picograd.load(path))


# ---- what is refused ------------------------------------------------------------------------------------------------


class Evil:
    ran = False

    def __reduce__(self) -> Any:
        return (setattr, (Evil, "ran", True))


class Plain:
    pass


def zipped_pickle(content: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    file.seek(0)
    return file


REFUSED = [
    (lambda torch: written(torch, {"x": Evil()}), "it names builtins.setattr"),
    (lambda torch: written(torch, Plain()), r"it names test_torch_files\.Plain"),
    (lambda torch: written(torch, torch.nn.Linear(1, 1)), r"it names torch\.nn\.modules\.linear\.Linear"),
    (lambda torch: written(torch, np.array(["a"])), r"it has an array of <U1"),
    (lambda torch: zipped_pickle(b"cos\nsystem\n(S'true'\ntR."), r"it names os\.system"),
    (lambda torch: zipped_pickle(b"ctorch\nTensor\n)R."), r"it calls torch\.Tensor, which is no function"),
    (lambda torch: zipped_pickle(b"I1\n)R."), "it calls a int"),
    (lambda torch: zipped_pickle(b"I1\nI2\na."), "it fills a int"),
    (lambda torch: zipped_pickle(b"I1\n}b."), "it sets the state of a int"),
    (lambda torch: zipped_pickle(b"(S'a'\nios\nsystem\n."), "it has the instruction INST"),
    (lambda torch: zipped_pickle(b"\x80\x02\x82\x01."), "it has the instruction EXT1"),
]


@pytest.mark.parametrize(("make", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_other_objects_are_refused(make: Any, words: str, torch: Any) -> None:
    message = rf"load: BytesIO: it was written by torch\.save and holds more than .*\({words}.*\), and nothing in"
    with pytest.raises(ValueError, match=message):
        load(make(torch))
    assert not Evil.ran


def test_damaged_files(torch: Any) -> None:
    whole = written(torch, {"x": torch.arange(100.0), "y": [1, (2,)]}).getvalue()
    cut = r"load: BytesIO: it is a pickle, .* or a file of torch\.save that is cut off; copy it again, or save it"
    with pytest.raises(ValueError, match=cut):
        load(io.BytesIO(whole[:-100]))
    flipped = bytearray(whole)
    flipped[whole.index(np.arange(100.0, dtype=np.float32).tobytes()) + 5] ^= 1
    with pytest.raises(ValueError, match=r"it was written by torch\.save and is damaged \(Bad CRC-32"):
        load(io.BytesIO(bytes(flipped)))
    old = written(torch, {"x": torch.arange(100.0)}, zipped=False).getvalue()
    for end in range(20, len(old), 7):
        with pytest.raises(ValueError, match=r"it was written by torch\.save and is damaged|holds more than"):
            load(io.BytesIO(old[:end]))
    with pytest.raises(ValueError, match="it is a pickle, which can run any code"):
        load(io.BytesIO(pickle.dumps({"x": 1}, 2)))


@pytest.mark.parametrize(
    "arguments", [(0, (101,), (1,)), (1, (100,), (1,)), (0, (2,), (-1,)), (-4, (2,), (1,)), (0, (51,), (2,))]
)
def test_a_tensor_beyond_its_memory(arguments: Any) -> None:
    from picograd.io.torch_file import Storage, tensor

    storage = Storage(bytearray(400), "torch.FloatStorage", "<")
    with pytest.raises(TypeError, match=r"a tensor of shape .* reaches beyond its memory"):
        tensor(storage, *arguments, False, None)


def test_random_bytes_never_do_harm(torch: Any) -> None:
    """Whatever one byte is changed to, the file is read as something or refused as damaged or as no checkpoint."""
    content = written(torch, {"x": torch.arange(3.0), "a": np.arange(2), "s": {1}}, zipped=False).getvalue()
    rng = np.random.default_rng(0)
    for _ in range(1500):
        changed = bytearray(content)
        changed[rng.integers(20, len(content))] = rng.integers(256)
        problem = ""
        try:
            load(io.BytesIO(bytes(changed)))
        except ValueError as error:
            problem = str(error)
        assert not problem or "it was written by torch.save" in problem


def test_bfloat16_without_ml_dtypes(torch: Any, monkeypatch: Any) -> None:
    import sys

    content = written(torch, torch.tensor([1.5, -2.0]).bfloat16())
    assert load(content).dtype == ml_dtypes.bfloat16
    content.seek(0)
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    loaded = load(content)
    assert loaded.dtype == np.float32 and loaded.tolist() == [1.5, -2.0]

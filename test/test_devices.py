"""Devices, layouts and memory formats: the CPU is accepted in every way it can be written, anything else refused."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, nn

SENTENCE = r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]"
NOT_HERE = r"device 'cuda(:\d)?': picograd computes on the CPU, which is the only device here; use device='cpu'"

NAMES: list[tuple[Any, ...]] = [
    ("cpu",),
    ("cuda",),
    ("cuda:1",),
    ("cuda", 0),
    ("cpu:0",),
    ("mps",),
    ("meta",),
    ("xpu:2",),
]


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_a_device_is_as_pytorchs(name: tuple[Any, ...], torch: Any) -> None:
    ours, theirs = picograd.device(*name), torch.device(*name)
    assert (ours.type, ours.index) == (theirs.type, theirs.index)
    assert str(ours) == str(theirs) and repr(ours) == repr(theirs) and f"{ours}" == f"{theirs}"


def test_devices_are_compared_and_copied() -> None:
    one, other = picograd.device("cuda:1"), picograd.device("cuda", 1)
    assert one == other and hash(one) == hash(other) and one == picograd.device(one) and one == picograd.device(1)
    assert one != picograd.device("cuda") and one != picograd.device("cpu:1") and one != "cuda:1"
    assert pickle.loads(pickle.dumps(one)) == one == copy.deepcopy(one)
    assert picograd.device(type="cpu") == picograd.get_default_device() and isinstance(one, picograd.device)
    with pytest.raises(AttributeError, match="device: index: a device can't be changed; "):
        one.index = 2


@pytest.mark.parametrize(
    "name", [("gpu",), ("cuda:",), ("cuda:x",), ("cuda:0", 1), ("cuda:-1",), (None,), (2.5,)], ids=str
)
def test_a_wrong_device_is_an_error(name: tuple[Any, ...]) -> None:
    with pytest.raises(RuntimeError, match=SENTENCE):
        picograd.device(*name)


# What takes a device. D stands for it.
TAKES = [
    "m.tensor([1.0], device=D)", "m.zeros(2, device=D)", "m.ones(2, 3, device=D)", "m.empty((2,), device=D)",
    "m.full((2,), 1.0, device=D)", "m.zeros_like(x, device=D)", "m.ones_like(x, device=D)", "m.empty_like(x, device=D)",
    "m.full_like(x, 2.0, device=D)", "m.arange(3, device=D)", "m.linspace(0, 1, 3, device=D)", "m.eye(2, device=D)",
    "m.tril_indices(2, 2, device=D)", "m.triu_indices(2, 2, device=D)", "m.rand(2, device=D)", "m.randn(2, device=D)",
    "m.randint(5, (2,), device=D)", "m.randperm(3, device=D)", "m.rand_like(x, device=D)", "m.randn_like(x, device=D)",
    "m.normal(0.0, 1.0, (2,), device=D)", "m.as_tensor([1.0], device=D)", "m.FloatTensor([1.0], device=D)",
    "m.LongTensor(2, 3, device=D)", "x.new_zeros(2, device=D)", "x.new_ones(2, device=D)",
    "x.new_full((2,), 1, device=D)",
    "x.new_tensor([1.0], device=D)", "x.to(D)", "x.to(device=D)", "x.to(D, m.float64)", "x.to(D, non_blocking=True)",
    "net.to(D)", "net.to(device=D)", "net.to(D, m.float64)", "m.set_default_device(D)",
]  # fmt: skip


def call(text: str, device: Any, module: Any = picograd) -> Any:
    x, net = module.ones(2), module.nn.Linear(2, 3)
    return eval(text, {"m": module, "x": x, "net": net, "D": device})


@pytest.mark.parametrize("text", TAKES)
def test_the_cpu_is_accepted_and_nothing_else(text: str, torch: Any) -> None:
    for device in ("cpu", picograd.device("cpu"), "cpu:0", None):
        result = call(text, device)
        assert getattr(result, "device", picograd.device("cpu")) == picograd.device("cpu")
    call(text, torch.device("cpu"), torch)
    torch.set_default_device(None)  # one that is set stays, and makes its l1_loss forget the weights
    for device in ("cuda", "cuda:0", picograd.device("cuda", 0)):
        with pytest.raises(RuntimeError, match=NOT_HERE) as caught:
            call(text, device)
        assert re.fullmatch(SENTENCE, str(caught.value)), str(caught.value)
    with pytest.raises(TypeError):
        call(text, 2.5)


@pytest.mark.parametrize("text", ["x.cuda()", "x.cuda(0)", "net.cuda()", "x.cuda('cuda:1')", "net.cuda(device=0)"])
def test_there_is_no_gpu(text: str) -> None:
    with pytest.raises(RuntimeError, match=NOT_HERE):
        call(text, None)


def test_a_device_as_a_context() -> None:
    with picograd.device("cpu") as device:
        assert picograd.zeros(2).device == device
    with pytest.raises(RuntimeError, match=NOT_HERE), picograd.device("cuda"):
        pass

    @picograd.device("cpu")
    def make() -> Tensor:
        return picograd.ones(2)

    assert make().tolist() == [1, 1]


def test_where_a_tensor_is() -> None:
    x = Tensor([1.0])
    assert isinstance(x.device, picograd.device) and x.device.type == "cpu" and x.device.index is None
    assert x.cpu() is x and not x.is_cuda and picograd.zeros(2, device=x.device).shape == (2,)


# ---- to ------------------------------------------------------------------------------------------------------------

FORMS = [
    "x.to(m.float64)", "x.to(m.float64, False, True)", "x.to('cpu', m.float64, False)", "x.to(y)",
        "x.to(y, copy=True)", "x.to(dtype=m.int64)",
        "x.to(device='cpu', dtype=m.float16, non_blocking=True, copy=False)",
    "x.to('cpu')", "x.to(m.device('cpu'))", "x.to(m.float64, memory_format=m.contiguous_format)", "x.to(m.bool)",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_forms_of_to(text: str, torch: Any) -> None:
    ours, theirs = (
        eval(text, {"m": m, "x": m.tensor([1.5, 0.0]), "y": m.tensor([1.0], dtype=m.float64)})
        for m in (picograd, torch)
    )
    assert str(theirs.dtype) == f"torch.{ours.dtype}" and ours.tolist() == theirs.tolist()


def test_to_copies_only_if_asked() -> None:
    x = picograd.tensor([1.0])
    assert x.to("cpu") is x and x.to(picograd.float32) is x and x.to(x) is x and x.to() is x
    for copied in (x.to("cpu", copy=True), x.to(picograd.float32, copy=True), x.to(x, False, True)):
        assert copied is not x and not np.shares_memory(copied.value, x.value)
    y = Tensor([2.0])
    y.to("cpu", copy=True).sum().backward()
    assert y.grad.tolist() == [1.0]


@pytest.mark.parametrize("text", ["x.to('cpu', 'cpu', False, False, 1)", "x.to(m.float32, dtype=m.float32)",
    "x.to(2.5)",
                                  "x.to(speed=1)", "net.to(m.int64)"])  # fmt: skip
def test_no_form_of_to(text: str) -> None:
    with pytest.raises(TypeError, match=SENTENCE):
        call(text, None)


def test_a_module_moves_with_its_tensors_staying() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    parameters = list(net.parameters())
    assert net.to("cpu") is net and net.to(picograd.float64) is net and net.to(picograd.zeros(1)) is net
    assert all(p is q for p, q in zip(parameters, net.parameters(), strict=True))
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float32)}
    assert net.type(picograd.DoubleTensor)[0].weight.dtype == np.float64
    assert net.to(device="cpu", dtype=picograd.float32)[1].running_mean.dtype == np.float32
    assert net[1].num_batches_tracked.dtype == np.float32  # type() takes integers along
    assert nn.Linear(2, 2).bfloat16().weight.dtype == picograd.bfloat16


# ---- layouts and memory formats ------------------------------------------------------------------------------------

CHANNELS_LAST = [
    "x.contiguous(memory_format=F)", "x.to(memory_format=F)", "m.zeros_like(x, memory_format=F)",
    "x.to(m.float64, memory_format=F)",
    "m.empty(2, 3, 4, 5, memory_format=F)", "conv.to(memory_format=F).weight",
]  # fmt: skip


@pytest.mark.parametrize("text", CHANNELS_LAST)
def test_channels_last_orders_the_memory(text: str, torch: Any) -> None:
    results = []
    for m in (picograd, torch):
        names = {"m": m, "x": m.ones(2, 3, 4, 5), "conv": m.nn.Conv2d(3, 4, 3), "F": m.channels_last}
        results.append(eval(text, names))
    ours, theirs = results
    assert ours.shape == theirs.shape and ours.is_contiguous(memory_format=picograd.channels_last)
    assert tuple(s // ours.itemsize for s in ours.value.strides) == theirs.stride()
    assert not ours.is_contiguous() and ours.contiguous().is_contiguous(memory_format=picograd.contiguous_format)


def test_memory_formats_have_gradients() -> None:
    x = Tensor(np.arange(120.0).reshape(1, 2, 3, 4, 5))
    y = x.contiguous(memory_format=picograd.channels_last_3d)
    assert y.is_contiguous(memory_format=picograd.channels_last_3d) and y.value.tolist() == x.value.tolist()
    assert y.contiguous(memory_format=picograd.channels_last_3d) is y
    (y * y).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * x.value)
    assert (
        x.contiguous(memory_format=picograd.contiguous_format) is x
        and x.to(memory_format=picograd.preserve_format) is x
    )


def test_layouts(torch: Any) -> None:
    assert picograd.zeros(2, layout=picograd.strided).shape == (2,) and isinstance(picograd.strided, picograd.layout)
    assert (
        isinstance(picograd.channels_last, picograd.memory_format) and repr(picograd.channels_last) == "channels_last"
    )
    assert str(torch.strided).endswith(repr(picograd.strided))
    for same in (picograd.strided, picograd.channels_last):
        assert pickle.loads(pickle.dumps(same)) is same
    with pytest.raises(RuntimeError, match=SENTENCE):
        picograd.zeros(2, layout="sparse")
    with pytest.raises(RuntimeError, match="contiguous: memory_format channels_last for 1 axes: it is one of 4 axes; "):
        picograd.zeros(2).contiguous(memory_format=picograd.channels_last)
    with pytest.raises(TypeError, match="contiguous: memory_format 'last': it is none; "):
        picograd.zeros(2).to(memory_format="last")

"""einops on Tensors: the functions as they are, and its layers, against NumPy and PyTorch."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import einops
import numpy as np
import pytest

import picograd
from picograd import Tensor, nn
from picograd.autograd import gradcheck
from picograd.utils import einops as layers

ROWS = {
    "rearrange": lambda x: einops.rearrange(x, "b (h d) n -> b h n d", h=2),
    "merge": lambda x: einops.rearrange(x, "b c n -> (n b) c"),
    "ellipsis": lambda x: einops.rearrange(x, "b ... -> ... b"),
    "one": lambda x: einops.rearrange(x, "b c n -> b 1 c n ()"),
    "list": lambda x: einops.rearrange([x, x * 2], "k b c n -> b (k c) n"),
    "sum": lambda x: einops.reduce(x, "b c n -> b", "sum"),
    "mean": lambda x: einops.reduce(x, "b (c k) n -> b c", "mean", k=2),
    "max": lambda x: einops.reduce(x, "b c (n k) -> b c n", "max", k=3),
    "min": lambda x: einops.reduce(x, "b c n -> ", "min"),
    "prod": lambda x: einops.reduce(x, "b c n -> c", "prod"),
    "repeat": lambda x: einops.repeat(x, "b c n -> b c (n k)", k=3),
    "repeat new": lambda x: einops.repeat(x, "b c n -> k b c n", k=2),
    "einsum": lambda x: einops.einsum(x, x, "b c n, d c n -> b d"),
    "pack": lambda x: einops.pack([x, x[:, 0]], "b * n")[0],
    "unpack": lambda x: einops.unpack(x, [[1], [3]], "b * n")[1],
}


@pytest.mark.parametrize("name", ROWS)
def test_functions(name: str) -> None:
    array = np.random.default_rng(0).uniform(0.5, 1.5, (2, 4, 3))
    x = Tensor(array)
    result = ROWS[name](x)
    assert isinstance(result, Tensor) and result.requires_grad
    np.testing.assert_allclose(result.value, ROWS[name](array), rtol=1e-12)
    assert gradcheck(ROWS[name], x)


def test_any_all_and_shapes() -> None:
    mask = picograd.tensor([[True, False], [True, True]])
    assert einops.reduce(mask, "a b -> a", "all").tolist() == [False, True]
    assert einops.reduce(mask, "a b -> a", "any").tolist() == [True, True]
    assert einops.parse_shape(picograd.ones(2, 3), "a _") == {"a": 2}
    assert einops.asnumpy(picograd.ones(2)).tolist() == [1, 1]
    with pytest.raises(NotImplementedError, match="reduce_mean is not available for non-floating tensors"):
        einops.reduce(picograd.arange(4), "a -> ", "mean")
    backend = einops._backends.get_backend(mask)
    assert backend.from_numpy(np.ones(2)).tolist() == [1, 1] and backend.arange(1, 3).tolist() == [1, 2]
    assert backend.tile(picograd.arange(2), (2,)).tolist() == [0, 1, 0, 1] and backend.layers() is layers


@pytest.mark.parametrize(
    "first", ["import einops, picograd", "import picograd, einops", "import picograd.func, einops.layers"]
)
def test_whichever_is_imported_first(first: str) -> None:
    code = f"""
import sys
{first}
assert "torch" not in sys.modules
from einops import rearrange
assert rearrange(picograd.ones(2, 3), "a b -> b a").shape == (3, 2)
assert not any("einops_bridge" in type(finder).__module__ for finder in sys.meta_path)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_as_pytorch_under_its_name() -> None:
    """Where picograd stands in for PyTorch as a module, einops takes its way for PyTorch, layers included."""
    code = """
import sys, picograd
sys.modules["torch"] = picograd
for room in ("nn",):
    sys.modules[f"torch.{room}"] = getattr(picograd, room)
import einops
from einops.layers.torch import EinMix, Rearrange, Reduce
x = picograd.randn(2, 4, 3, requires_grad=True)
net = picograd.nn.Sequential(Rearrange("b (h d) n -> b n h d", h=2), Reduce("b n h d -> b n h", "max"),
                             EinMix("b n h -> b n c", weight_shape="h c", bias_shape="c", h=2, c=5))
y = einops.repeat(einops.reduce(net(x), "b n c -> b c", "mean"), "b c -> b c k", k=2)
assert isinstance(net[0], picograd.nn.Module) and len(list(net.parameters())) == 2
y.sum().backward()
assert x.grad.any()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_picograd_alone_does_not_import_it() -> None:
    code = "import sys, picograd; assert not any(name.startswith('einops') for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def model(m: Any, room: Any) -> Any:
    return m.nn.Sequential(
        room.Rearrange("b (h d) n -> b n h d", h=2),
        room.EinMix("b n h d -> b n h e", weight_shape="h d e", bias_shape="h e", h=2, d=2, e=5),
        m.nn.Tanh(),
        room.EinMix("b n (h e) c -> b (n c) e", weight_shape="h e c", h=2, e=1, c=5),
        room.Reduce("b n e -> b e", "mean"),
    )


def test_layers_are_einops_layers_of_pytorch(torch: Any) -> None:
    import einops.layers.torch

    mine, theirs = model(picograd, layers), model(torch, einops.layers.torch)
    assert list(mine.state_dict()) == list(theirs.state_dict()) and repr(mine) == repr(theirs)
    bound = 3**0.5 / 2**0.5
    weight = mine[1].weight.value
    assert bound / 2 < np.abs(weight).max() <= bound and mine[3].bias is None
    mine.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).standard_normal((3, 4, 6)).astype(np.float32)
    expected = theirs(torch.tensor(x))
    result = mine(picograd.tensor(x))
    np.testing.assert_allclose(result.value, expected.detach().numpy(), rtol=1e-5, atol=1e-6)
    result.sum().backward()
    expected.sum().backward()
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_layers_name_their_mistakes() -> None:
    with pytest.raises(einops.EinopsError, match=r"0 \(Rearrange\): Shape mismatch, can't divide axis"):
        nn.Sequential(layers.Rearrange("a (b c) -> a b c", b=2))(picograd.ones(2, 3))


def test_without_einops(monkeypatch: Any) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "einops"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "picograd.utils.einops")
    with pytest.raises(ImportError, match=r"picograd.utils.einops: einops is not installed: its layers need it"):
        import picograd.utils.einops  # noqa: F401

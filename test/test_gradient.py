"""`t.grad`: an array for those who look for NumPy's names, with a Tensor's for programs written for PyTorch."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, optim


def reached(values: Any = ((1.0, 2.0), (3.0, 4.0))) -> Tensor:
    x = Tensor(np.array(values))
    (x * x).sum().backward()
    return x


def test_it_is_an_array() -> None:
    x = reached()
    g = x.grad
    assert isinstance(g, np.ndarray) and g is x.grad and g.size == 4 and g.dtype == np.float64
    assert repr(g) == repr(np.array([[2.0, 4.0], [6.0, 8.0]])) and str(g) == "[[2. 4.]\n [6. 8.]]"
    assert type(g.sum()) is np.float64 and type(g[0, 1]) is np.float64 and g.std() == np.std([2, 4, 6, 8])
    np.testing.assert_array_equal(g.max(axis=0), [6, 8])
    assert g.view(np.int64).dtype == np.int64 and type(g.view(np.ndarray)) is np.ndarray
    for again in (pickle.loads(pickle.dumps(g)), copy.deepcopy(g)):
        np.testing.assert_array_equal(again, g)
        assert again.norm().item() == g.norm().item()
    assert not Tensor.ones(2).grad.any() and isinstance(Tensor.ones(2).grad.norm(), Tensor)


def test_it_becomes_a_plain_array_where_a_tensor_is_made_of_it() -> None:
    x = reached()
    for made in (
        Tensor(x.grad),
        picograd.tensor(x.grad),
        picograd.as_tensor(x.grad),
        picograd.from_numpy(x.grad),
        x.grad * x,
        x * x.grad,
        x.grad.clone(),
        picograd.cat([x.grad, x.grad]),
        picograd.isinf(x.grad),
    ):
        assert type(made.value) is np.ndarray
    before = x.grad
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * before)


@pytest.mark.parametrize(
    "text",
    [
        "g.norm()",
        "g.data.norm(2)",
        "g.detach().cpu().numpy()",
        "g.clone()",
        "g.abs().max()",
        "g.pow(2).sum().sqrt()",
        "(g * 2).norm() + (g + g).abs().mean()",
        "g.add(x.data, alpha=0.5)",
        "g.view(-1)",
        "g.view(1, 4)",
        "g.view((4,))",
        "g.t()",
        "g.to(m.float32)",
        "g.unsqueeze(0).mean(dim=0)",
        "m.stack([g.norm(), g.norm()])",
        "m.cat([g.view(-1), g.view(-1)])",
        "m.norm(g.detach(), 2)",
        "m.zeros_like(g)",
        "x.data - 0.1 * g",
        "x.data.add_(g, alpha=-0.1)",
        "x.data.add_(-0.1, g)",
        "x.data.sub_(0.1, g)",
        "x.data.add_(-0.1 * g.norm(), g)",
        "x.data.addcmul_(0.5, g, g)",
        "x.data.addcdiv_(-0.5, g, x.data)",
        "g.mul_(0.5).add_(1)",
        "g.data.clamp_(-3, 3)",
        "g.zero_()",
    ],
)
def test_as_in_torch(torch: Any, text: str) -> None:
    x, y = reached(), torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64, requires_grad=True)
    (y * y).sum().backward()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the old order of arguments
        theirs = eval(text, {"g": y.grad, "x": y, "m": torch})
    ours = eval(text, {"g": x.grad, "x": x, "m": picograd})
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs.detach() if hasattr(theirs, "detach") else theirs))
    np.testing.assert_allclose(x.grad, y.grad.numpy())  # what was written, was written into it
    np.testing.assert_allclose(x.value, y.detach().numpy())


def test_flags_and_assignment() -> None:
    x = reached()
    assert not x.grad.is_sparse and not x.grad.requires_grad and x.grad.grad_fn is None and x.grad.numel() == 4
    x.grad.data = np.ones((2, 2))
    np.testing.assert_array_equal(x.grad, np.ones((2, 2)))
    x.grad /= 4
    np.testing.assert_array_equal(x.grad, np.full((2, 2), 0.25))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        x.grad.nothing  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute '_nothing'"):
        x.grad._nothing  # noqa: B018


def test_hooks_get_it() -> None:
    x = Tensor([1.0, 2.0])
    x.register_hook(lambda g: g.clamp(-1, 1))
    x.register_hook(lambda g: g * 3)
    x.register_hook(lambda g: None if g.norm() > 0 else g)
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [3, 3])


def test_an_optimizer_works_on_it_as_on_any_array() -> None:
    results = []
    for look in (False, True):
        large, small = reached(np.full((200, 200), 0.5)), reached()
        optimizer = optim.Adam([large, small], lr=0.1)
        if look:
            assert large.grad.norm() > 0 and small.grad.norm() > 0
        optimizer.step()
        assert type(large.value) is np.ndarray and type(optimizer.state[large]["exp_avg"].value) is np.ndarray
        results.append((large.value, small.value))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])

"""Normalisation against PyTorch: functions, layers, and the normalised weights of nn.utils."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from peer import check_twice, compare, compare_layer, fixed, leaves, real, refused

from picograd import Tensor, nn
from picograd.nn.norm import BatchNorm1d, BatchNorm2d, SyncBatchNorm
from picograd.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from picograd.nn.utils.weight_norm import remove_weight_norm, weight_norm

Inputs = dict[str, Any]
IMAGE: Inputs = {"x": real(3, 4, 2, 5), "w": real(4), "b": real(4)}
RUNNING: Inputs = {"mean": real(4), "var": real(4, low=0.5, high=2.0)}

FUNCTIONS: list[tuple[str, Inputs]] = [
    ("F.batch_norm(x, None, None, w, b, True)", IMAGE),
    ("F.batch_norm(x, None, None, training=True, eps=0.3)", {"x": real(5, 3)}),
    ("F.batch_norm(x, mean.detach(), var.detach(), w, b, True, 0.3)", IMAGE | RUNNING),
    ("F.batch_norm(x, mean.detach(), var.detach(), w, b)", IMAGE | RUNNING),
    ("F.batch_norm(x, mean.detach(), var.detach(), None, b, False, 0.3, 0.2)", IMAGE | RUNNING),
    ("F.layer_norm(x, (2, 5), w, b)", {"x": real(3, 2, 5), "w": real(2, 5), "b": real(2, 5)}),
    ("F.layer_norm(x, (5,), None, b, 0.2)", {"x": real(3, 2, 5), "b": real(5)}),
    ("F.layer_norm(x, (5,))", {"x": real(5)}),
    ("F.group_norm(x, 2, w, b)", IMAGE),
    ("F.group_norm(x, 4, w, None, 0.2)", IMAGE),
    ("F.instance_norm(x, weight=w, bias=b)", IMAGE),
    ("F.instance_norm(x, mean.detach(), var.detach(), momentum=0.3)", IMAGE | RUNNING),
    ("F.instance_norm(x, mean.detach(), var.detach(), w, b, False, eps=0.2)", IMAGE | RUNNING),
    ("F.rms_norm(x, (2, 5), w)", {"x": real(3, 2, 5), "w": real(2, 5)}),
    ("F.rms_norm(x, (5,), eps=0.2)", {"x": real(3, 5)}),
    ("F.local_response_norm(x, 3)", {"x": real(2, 5, 3)}),
    ("F.local_response_norm(x, 2, 0.5, 0.6, 2.0)", {"x": real(2, 5, 3, 2)}),
    ("F.normalize(x)", {"x": real(3, 4)}),
    ("F.normalize(x, p=3.0, dim=0)", {"x": real(3, 4)}),
    ("F.normalize(x, 1, -1, eps=4.0)", {"x": real(3, 2, 4)}),
    ("F.normalize(x * 0)", {"x": real(3, 4)}),
]


@pytest.mark.parametrize(("text", "inputs"), FUNCTIONS)
def test_functions(text: str, inputs: Inputs, torch: Any) -> None:
    compare(torch, text, inputs)


@pytest.mark.parametrize(
    ("text", "inputs"), [f for f in FUNCTIONS if "detach" not in f[0] and "* 0" not in f[0] and "eps=4" not in f[0]]
)
def test_second_derivatives(text: str, inputs: Inputs) -> None:
    check_twice(text, inputs)


LAYERS: list[tuple[str, Inputs]] = [
    ("nn.BatchNorm1d(4)", {"x": real(6, 4)}),
    ("nn.BatchNorm1d(4, momentum=None)", {"x": real(6, 4, 3)}),
    ("nn.BatchNorm1d(4, affine=False, track_running_stats=False)", {"x": real(6, 4)}),
    ("nn.BatchNorm2d(4, 0.1, 0.4)", IMAGE),
    ("nn.BatchNorm3d(2, affine=False)", {"x": real(2, 2, 3, 2, 2)}),
    ("nn.LayerNorm(5)", IMAGE),
    ("nn.LayerNorm((2, 5), eps=0.1, bias=False)", IMAGE),
    ("nn.LayerNorm(5, elementwise_affine=False)", IMAGE),
    ("nn.GroupNorm(2, 4, eps=0.1)", IMAGE),
    ("nn.GroupNorm(2, 4, affine=False)", IMAGE),
    ("nn.InstanceNorm1d(4)", {"x": real(2, 4, 5)}),
    ("nn.InstanceNorm1d(4, affine=True, track_running_stats=True)", {"x": real(4, 5)}),
    ("nn.InstanceNorm2d(4, 0.1, 0.4, True, True)", IMAGE),
    ("nn.InstanceNorm3d(2, affine=True)", {"x": real(2, 2, 3, 2, 2)}),
    ("nn.RMSNorm((2, 5))", IMAGE),
    ("nn.RMSNorm(5, eps=0.1, elementwise_affine=False)", IMAGE),
    ("nn.LocalResponseNorm(3, 0.1, 0.6, 2.0)", IMAGE),
]


@pytest.mark.parametrize(("make", "inputs"), LAYERS)
def test_layers(make: str, inputs: Inputs, torch: Any) -> None:
    compare_layer(torch, make, "net(x)", {"x": inputs["x"]}, modes=(True, True, False))


def test_sync_batch_norm_is_batch_norm() -> None:
    x = np.random.default_rng(0).standard_normal((4, 3, 2, 2)).astype(np.float32)
    a, b = SyncBatchNorm(3), BatchNorm2d(3)
    np.testing.assert_array_equal(a(Tensor(x)).value, b(Tensor(x)).value)


def test_reset_parameters_forgets_everything() -> None:
    layer = BatchNorm1d(3)
    layer(Tensor(np.ones((2, 3), np.float32) * [[1], [3]]))
    layer.weight.value += 1
    layer.reset_parameters()
    assert [t.value.tolist() for t in layer.state_dict().values()] == [[1] * 3, [0] * 3, [0] * 3, [1] * 3, 0]


def test_a_failed_batch_leaves_the_statistics() -> None:
    layer = BatchNorm1d(3)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        layer(Tensor(np.ones((1, 3), np.float32)))
    assert layer.num_batches_tracked.item() == 0


BAD: list[tuple[str, Any, str, Inputs]] = [
    ("F.batch_norm(x, None, None, w, training=True)", ValueError, r"input \(3, 2\) and weight \(4,\): it must have one",
     {"x": real(3, 2), "w": real(4)}),
    ("F.batch_norm(x, None, None, training=True)", ValueError, r"input \(3,\): it needs an axis", {"x": real(3)}),
    ("F.batch_norm(x, None, None, training=True)", ValueError, r"input \(1, 2\): Expected more", {"x": real(1, 2)}),
    ("F.batch_norm(x, None, None)", ValueError, r"input \(3, 2\), training=False: running_mean", {"x": real(3, 2)}),
    ("F.batch_norm(x, None, None, training=True, eps=0.0)", ValueError, r"eps=0.0: eps must", {"x": real(3, 2)}),
    ("F.layer_norm(x, (3,))", ValueError, r"input \(3, 2\) and normalized_shape \(3,\)", {"x": real(3, 2)}),
    ("F.layer_norm(x, (2,), w)", ValueError, r"weight \(3,\) and", {"x": real(3, 2), "w": real(3)}),
    ("F.rms_norm(x, (3,))", ValueError, r"input \(3, 2\) and normalized_shape \(3,\)", {"x": real(3, 2)}),
    ("F.group_norm(x, 2)", ValueError, r"input \(2, 3\), num_groups=2: Expected number of channels",
     {"x": real(2, 3)}),
    ("F.instance_norm(x)", ValueError, r"input \(2, 3, 1\): Expected more than 1 spatial", {"x": real(2, 3, 1)}),
    ("F.instance_norm(x, use_input_stats=False)", ValueError, r"running_mean and running_var", {"x": real(2, 3, 2)}),
    ("F.local_response_norm(x, 2)", ValueError, r"input \(2, 3\): Expected 3D", {"x": real(2, 3)}),
    ("nn.BatchNorm2d(3)(x)", ValueError, r"input \(2, 3\): expected 4D input \(got 2D", {"x": real(2, 3)}),
    ("nn.InstanceNorm1d(3, affine=True)(x)", ValueError, r"to match num_features \(3\)", {"x": real(2, 4, 5)}),
    ("nn.GroupNorm(2, 3)", ValueError, r"3 channels in 2 groups", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "message", "inputs"), BAD)
def test_mistakes(text: str, error: Any, message: str, inputs: Inputs) -> None:
    refused(text, error, message, inputs)


# ---- normalised weights --------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("options", [{}, {"dim": None}, {"dim": 1}])
def test_weight_norm(options: dict[str, Any], torch: Any) -> None:
    other = torch.nn.utils.weight_norm(torch.nn.Linear(4, 3), **options)
    net = weight_norm(nn.Linear(4, 3), **options)
    as_peer(net, other, torch)
    before = net(Tensor(np.ones((2, 4), np.float32))).value
    remove_weight_norm(net)
    np.testing.assert_allclose(net(Tensor(np.ones((2, 4), np.float32))).value, before, rtol=1e-6)
    assert sorted(net.state_dict()) == ["bias", "weight"]


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("options", [{}, {"n_power_iterations": 3, "dim": 1}])
def test_spectral_norm(options: dict[str, Any], torch: Any) -> None:
    torch.manual_seed(0)  # how near a few power iterations come depends on the weights
    other = torch.nn.utils.spectral_norm(torch.nn.Linear(4, 3), **options)
    net = spectral_norm(nn.Linear(4, 3), **options)
    as_peer(net, other, torch)
    remove_spectral_norm(net)
    assert np.linalg.svd(net.weight.value)[1][0] == pytest.approx(1, abs=0.3)
    assert sorted(net.state_dict()) == ["bias", "weight"]


def as_peer(net: Any, other: Any, torch: Any) -> None:
    """Equal states, results, and gradients, in training and after."""
    assert list(net.state_dict()) == list(other.state_dict())
    net.load_state_dict(other.state_dict())
    x = leaves({"x": np.random.default_rng(0).standard_normal((2, 4)).astype(np.float32)})["x"]
    for mode in (True, True, False):
        net.train(mode), other.train(mode)
        mine, his = net(x), other(torch.from_numpy(x.value))
        np.testing.assert_allclose(mine.value, his.detach().numpy(), rtol=1e-5, atol=1e-6)
    (mine * mine).sum().backward()
    (his * his).sum().backward()
    for (name, p), (_, q) in zip(net.named_parameters(), other.named_parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-4, atol=1e-5, err_msg=name)


def test_mistakes_with_normalised_weights() -> None:
    net = weight_norm(nn.Linear(2, 2))
    with pytest.raises(RuntimeError, match="cannot register two weight_norm hooks"):
        weight_norm(net)
    with pytest.raises(ValueError, match=r"weight_norm: 'gain' of a Linear: it has no such parameter"):
        weight_norm(net, "gain")
    with pytest.raises(ValueError, match=r"remove_spectral_norm: 'weight' of a Linear: it is not normalised"):
        remove_spectral_norm(net)
    with pytest.raises(ValueError, match="Expected n_power_iterations to be positive"):
        spectral_norm(nn.Linear(2, 2), n_power_iterations=0)


def test_fixed_values_of_batch_norm() -> None:
    x = leaves({"x": fixed([[1.0], [3.0]])(None)})["x"]
    layer = BatchNorm1d(1, eps=1e-12).double()
    assert layer(x).value.ravel() == pytest.approx([-1.0, 1.0])
    assert layer.running_mean.tolist() == pytest.approx([0.2])
    assert layer.running_var.tolist() == pytest.approx([0.9 + 0.1 * 2])  # n - 1 in the denominator

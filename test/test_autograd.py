"""What stands around the engine: anomaly mode, nodes, hooks, recorded gradients, forward mode, gradcheck, profiler."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, autograd, nn
from picograd.autograd import Function, detect_anomaly, grad, gradcheck, gradgradcheck, graph, no_grad
from picograd.autograd import forward_ad as fwAD


def close(mine: Any, theirs: Any) -> None:
    np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=2e-6, atol=1e-7)


# ---- overwritten values: both ops, and the lines of both ------------------------------------------------------------


def overwrite() -> Any:
    x = Tensor([1.0, 2.0, 3.0])
    y = x.exp()  # the op that keeps
    total = y.sum()
    y.add_(1)  # the op that writes
    return total


def line_of(comment: str) -> int:
    text = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(k for k, line in enumerate(text, 1) if line.endswith(f"# {comment}"))


def test_an_overwritten_value_names_the_line_of_the_write() -> None:
    with pytest.raises(RuntimeError) as caught:
        overwrite().backward()
    message = str(caught.value)
    assert "exp saved an array of shape (3,) for its gradient and add_ overwrote it since (at " in message
    assert f"test_autograd.py:{line_of('the op that writes')})" in message
    assert "in autograd.detect_anomaly() this says at which line exp is" in message


def test_in_anomaly_mode_it_names_both_lines() -> None:
    with detect_anomaly(), pytest.raises(RuntimeError) as caught:
        overwrite().backward()
    message = str(caught.value)
    assert f"gradient (at {__file__}:{line_of('the op that keeps')}) and add_ overwrote it since" in message
    assert f"test_autograd.py:{line_of('the op that writes')})" in message and "detect_anomaly" not in message


def test_an_optimizers_write_names_the_step() -> None:
    layer = nn.Linear(2, 2)
    optimizer = picograd.optim.SGD(layer.parameters(), lr=0.1)
    x = Tensor(np.ones((1, 2), np.float32))
    loss = (layer(x) ** 2).sum()
    loss.backward(retain_graph=True)
    optimizer.step()  # the step that writes
    with pytest.raises(RuntimeError, match=rf"SGD.step overwrote it since \(at .*:{line_of('the step that writes')}\)"):
        loss.backward()


# ---- anomaly mode ---------------------------------------------------------------------------------------------------


class Log(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.log()  # the log


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
        self.second = nn.Sequential(Log())

    def forward(self, x: Any) -> Any:
        return self.second(self.first(x) - 10)


def test_the_first_op_that_makes_a_nan_is_named() -> None:
    with detect_anomaly(), pytest.raises(RuntimeError) as caught:
        Net()(Tensor(np.ones((2, 3), np.float32)))
    message = str(caught.value)
    assert message.startswith("second.0 (Log): log: shape (2, 3) of float32 (min -")
    assert f": 6 of 6 values of the result are nan, at {__file__}:{line_of('the log')} in second.0 (Log); " in message


FORWARD_NANS = {
    "log": lambda x: x.log(),
    "sub": lambda x: (x * np.inf) - (x * np.inf),
    "div": lambda x: (x * 0) / (x * 0),
    "matmul": lambda x: (x * np.inf).reshape(1, 3) @ (x * 0).reshape(3, 1),
    "sqrt": lambda x: x.sqrt(),
}


@pytest.mark.parametrize("op", FORWARD_NANS)
@pytest.mark.parametrize("recording", [True, False])
def test_forward_nans(op: str, recording: bool) -> None:
    x = Tensor(np.array([-1.0, -2.0, -3.0]))
    with autograd.set_grad_enabled(recording), np.errstate(all="ignore"):
        assert np.isnan(FORWARD_NANS[op](x).value).any()
        with detect_anomaly(), pytest.raises(RuntimeError, match=rf"{op}: shape .* of the result are nan, at .*; look"):
            FORWARD_NANS[op](x)


def test_a_nan_that_came_in_is_nobodys_fault_and_a_loss_of_nan_is_noticed() -> None:
    x = Tensor(np.array([1.0, np.nan]))
    with detect_anomaly():
        loss = (x.exp() * 2).sum()
        assert np.isnan(loss.value)
        for run in (loss.backward, lambda: grad(loss, x), lambda: autograd.backward([loss])):
            with pytest.raises(RuntimeError, match=r"backward: the value of shape \(\) that it starts from: 1 of 1"):
                run()
        with pytest.raises(RuntimeError, match=r"the incoming gradient of shape \(3,\)"):
            (Tensor([1.0, 2.0, 3.0]) * 2).backward(np.array([1, np.nan, 3]))
    loss.backward()  # outside the mode it is as in PyTorch
    assert np.isfinite(x.grad[0])


def test_backward_nans() -> None:
    x = Tensor([0.0, 4.0])
    with detect_anomaly():
        y = (x.sqrt() * Tensor([0.0, 1.0], requires_grad=False)).sum()  # 0 * inf
        with pytest.raises(RuntimeError) as caught:
            y.backward()
    message = str(caught.value)
    assert message.startswith(f"backward: sqrt, at {__file__}:")
    assert "from the gradient shape (2,) of float32 (min 0, max 1, mean 0.5) and the saved shape (2,)" in message
    assert "it makes 1 nan in the gradient of an input of shape (2,); keep the input" in message
    assert not x.grad.any()


def test_backward_nans_inside_a_module_name_it() -> None:
    class Root(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.sqrt() * 0

    net = nn.Sequential(nn.Identity(), Root())
    with detect_anomaly():
        y = net(Tensor([0.0])).sum()
        with pytest.raises(RuntimeError, match=r"backward: sqrt, at .* in 1 \(Root\): from the gradient"):
            y.backward()


def test_nans_of_functions_are_found() -> None:
    class Bad(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return Tensor(np.sqrt(-x.value)) if x.value.min() > 5 else x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return Tensor(g.value * np.nan, requires_grad=False)

    with detect_anomaly(), np.errstate(all="ignore"):
        with pytest.raises(RuntimeError, match=r"Bad: shape \(1,\) of float32 .* of the result are nan"):
            Bad.apply(Tensor([6.0]))
        y = Bad.apply(Tensor([1.0]))
        with pytest.raises(RuntimeError, match="backward: Bad, at "):
            y.sum().backward()


FORWARD_INFS = {
    "exp": lambda x: (x * 1e4).exp(),
    "div": lambda x: x / (x - x),
    "mul": lambda x: (x * 1e30) * (x * 1e30),
    "sum": lambda x: (x * 1e38).sum(),
    "linear": lambda x: nn.functional.linear(x * 1e20, x[None] * 1e20),
    "lgamma": lambda x: (x - x).lgamma(),
}


@pytest.mark.parametrize("op", FORWARD_INFS)
def test_an_inf_is_found_where_it_starts(op: str) -> None:
    x = Tensor([1.0, 2.0, 3.0])
    with np.errstate(all="ignore"):
        words = rf"^{op}: shape .*min .*: \d of \d values of the result are inf, at .*test_autograd.py:\d+; keep"
        with detect_anomaly(), pytest.raises(RuntimeError, match=words):
            FORWARD_INFS[op](x)
        with detect_anomaly(check_inf=False):
            y = FORWARD_INFS[op](x)
            assert np.isinf(y.value).any()
        with detect_anomaly(), pytest.raises(RuntimeError, match=r"of the result are inf"):  # and with gradients off
            FORWARD_INFS[op](x.detach())


def test_an_inf_that_is_meant_is_let_pass() -> None:
    x = picograd.randn(2, 3, requires_grad=True)
    mask = picograd.tensor([[True, False, False], [False, True, True]])
    with detect_anomaly(), np.errstate(all="ignore"):
        for masked in (
            x.masked_fill(mask, float("-inf")),
            picograd.where(mask, -np.inf, x),
            x + picograd.zeros(2, 3).masked_fill(mask, -np.inf),
        ):
            assert np.isfinite(picograd.softmax(masked, -1).sum().item())
            picograd.softmax(masked, -1)[0, 1].backward()
        nn.functional.scaled_dot_product_attention(x, x, x, is_causal=False).sum().backward()
        probabilities = Tensor([0.0, 0.5, 0.5])
        assert picograd.special.xlogy(probabilities, probabilities).sum().item() < 0
        assert (probabilities.log().exp() * 2).sum().item() == 2.0  # -inf is a log-probability
        assert picograd.logsumexp(probabilities.detach().log(), 0).item() == pytest.approx(0)
        zeros = Tensor([-1.0, 4.0])
        zeros.clamp(min=0).sqrt().sum().backward()  # the derivative of sqrt at 0 is dropped by clamp
        np.testing.assert_allclose(zeros.grad, [0, 0.25])


def test_an_inf_that_is_let_pass_is_named_when_it_does_harm() -> None:
    class Entropy(nn.Module):
        def forward(self, p: Any) -> Any:
            return -(p * p.log()).sum()  # the entropy

    place = rf"{__file__}:{line_of('the entropy')} in 0 \(Entropy\)"
    with detect_anomaly(), np.errstate(all="ignore"):
        with pytest.raises(RuntimeError) as caught:
            nn.Sequential(Entropy())(Tensor([0.0, 1.0]))
        message = str(caught.value)
        assert "mul: " in message and re.search(rf"are nan, at {place} \(the inf was made by log, at {place}", message)
        loss = -Tensor([0.0, 1.0]).log().mean()  # the loss
        assert loss.item() == np.inf
        words = (
            r"^backward: the value of shape \(\) that it starts from: 1 of 1 elements are inf; look at where it comes "
        )
        with pytest.raises(RuntimeError, match=words + rf"from: log, at .*:{line_of('the loss')}, from shape \(2,\)"):
            loss.backward()


def test_a_nan_in_a_parameter_or_the_data_is_named() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.Linear(4, 2)))
    net[1][0].weight.value[1, 2] = np.nan
    with detect_anomaly():
        loss = net(picograd.randn(5, 3)).square().mean()
        with pytest.raises(
            RuntimeError, match=r"from: the parameter 1.0.weight of Sequential, shape \(2, 4\) of .* 1 nan"
        ):
            loss.backward()
    with detect_anomaly():
        loss = net[0](Tensor([[1.0, np.nan, np.inf]])).sum()
        with pytest.raises(
            RuntimeError, match=r"from: an input, shape \(1, 3\) of float32 \(.*, 1 nan, 1 inf\), which lin"
        ):
            loss.backward()


def test_an_infinite_gradient_is_an_error_at_a_leaf() -> None:
    class Root(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(picograd.zeros(2))

        def forward(self, x: Any) -> Any:
            return (self.weight * x).sqrt()  # the root

    net = nn.Sequential(nn.Sequential(Root()))
    with detect_anomaly():
        y = net(Tensor([1.0, 2.0], requires_grad=False)).sum()
        with pytest.raises(RuntimeError) as caught:
            y.backward()
        message = str(caught.value)
        assert message.startswith(
            f"backward: sqrt, at {__file__}:{line_of('the root')} in 0.0 (Root): from the gradient"
        )
        assert (
            "it makes 2 inf in the gradient of an input of shape (2,), which reaches a leaf of shape (2,); " in message
        )
        assert not net[0][0].weight.grad.any()
    with detect_anomaly(check_inf=False):
        net(Tensor([1.0, 2.0], requires_grad=False)).sum().backward()
        assert np.isinf(net[0][0].weight.grad).all()


def test_in_place_ops_are_looked_at() -> None:  # and NumPy doesn't warn besides
    for recording in (True, False):
        with autograd.set_grad_enabled(recording), detect_anomaly():
            with pytest.raises(RuntimeError, match=r"^sqrt.*are nan, at"):
                (Tensor([-1.0]) * 1).sqrt_()
            x = Tensor([1.0]) * 1
            with pytest.raises(RuntimeError, match=r"^div.*are inf, at"):
                x /= 0


def test_the_mode_is_of_a_thread_and_comes_back() -> None:
    assert not autograd.is_anomaly_enabled() and autograd.is_anomaly_check_nan_enabled()
    seen: list[Any] = []
    with detect_anomaly(check_nan=False):
        assert autograd.is_anomaly_enabled() and not autograd.is_anomaly_check_nan_enabled()
        with detect_anomaly():
            assert autograd.is_anomaly_check_nan_enabled()
        assert not autograd.is_anomaly_check_nan_enabled()
        assert np.isnan(Tensor(-1.0).sqrt().value)  # only lines are kept
        thread = threading.Thread(target=lambda: seen.append((autograd.is_anomaly_enabled(), Tensor(-1.0).sqrt())))
        thread.start()
        thread.join()
    assert not seen[0][0] and not autograd.is_anomaly_enabled()
    with pytest.raises(ZeroDivisionError), detect_anomaly():
        raise ZeroDivisionError
    assert not autograd.is_anomaly_enabled()
    autograd.set_detect_anomaly(True)
    assert autograd.is_anomaly_enabled()
    autograd.set_detect_anomaly(False)
    with autograd.set_detect_anomaly(True):
        assert autograd.is_anomaly_enabled()
    assert not autograd.is_anomaly_enabled()

    @detect_anomaly()
    def inside() -> bool:
        return autograd.is_anomaly_enabled()

    assert inside() and not autograd.is_anomaly_enabled()
    picograd.set_anomaly_enabled(True, check_nan=False)
    assert picograd.is_anomaly_enabled() and not picograd.is_anomaly_check_nan_enabled()
    picograd.set_anomaly_enabled(False)
    assert not picograd.is_anomaly_enabled() and picograd.is_anomaly_check_nan_enabled()


def test_anomaly_mode_changes_no_number() -> None:
    def step() -> Any:
        picograd.manual_seed(0)
        net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 2))
        loss = nn.functional.cross_entropy(net(picograd.randn(6, 4)), picograd.tensor([0, 1, 0, 1, 1, 0]))
        loss.backward()
        return [loss.value, *(p.grad for p in net.parameters())]

    plain = step()
    with detect_anomaly():
        watched = step()
    assert all(np.array_equal(a, b) for a, b in zip(plain, watched, strict=True))


# ---- nodes ----------------------------------------------------------------------------------------------------------


def walked(node: Any) -> list[str]:
    return [node.name(), *(name for parent, _ in node.next_functions if parent is not None for name in walked(parent))]


def test_the_graph_can_be_walked_as_in_pytorch(torch: Any) -> None:
    def names(module: Any) -> list[str]:
        x = module.tensor([1.0, 2.0], requires_grad=True)
        w = module.tensor([1.0, 2.0], requires_grad=True)
        return walked(((x * w).tanh() * module.tensor([3.0, 4.0])).exp().grad_fn)

    assert names(picograd) == [name.rpartition(":")[2] for name in names(torch)]


def test_next_functions_and_leaves() -> None:
    x, c = Tensor([1.0, 2.0]), picograd.tensor([3.0, 4.0])
    y = c * x
    assert y.grad_fn is not None and x.grad_fn is None
    assert [n for _, n in y.grad_fn.next_functions] == [0, 0]
    nothing, leaf = (node for node, _ in y.grad_fn.next_functions)
    assert nothing is None and leaf.name() == "AccumulateGrad" and leaf.variable is x and leaf.next_functions == ()
    assert repr(y.grad_fn).startswith("<MulBackward0 object at 0x")
    assert isinstance(y.grad_fn, graph.Node)
    y.grad_fn.metadata["note"] = 1
    assert y.grad_fn.metadata == {"note": 1}
    with pytest.raises(AttributeError, match="MulBackward0 has no attribute 'variable': only the node of a leaf has"):
        y.grad_fn.variable  # noqa: B018
    z = picograd.cat([x, c, x])
    assert [node is leaf for node, _ in z.grad_fn.next_functions] == [True]


def test_hooks_of_nodes(torch: Any) -> None:
    def run(module: Any) -> Any:
        x = module.tensor([1.0, 2.0], requires_grad=True)
        y = module.tensor([3.0, 5.0], requires_grad=True)
        z = x * y
        seen: list[Any] = []
        first = z.grad_fn.register_prehook(lambda g: (g[0] * 2,))
        z.grad_fn.register_hook(lambda ins, outs: seen.append([[float(v) for v in g] for g in (*ins, *outs)]))
        z.grad_fn.register_hook(lambda ins, outs: (ins[0] * 10, ins[1] + 1))
        z.sum().backward(retain_graph=True)
        first.remove()
        first.remove()
        z.sum().backward()
        return seen, x.grad.tolist(), y.grad.tolist()

    assert run(picograd) == run(torch)


def test_hooks_of_nodes_are_differentiated() -> None:
    x = Tensor([1.0, 2.0])
    y = x * x
    y.grad_fn.register_hook(lambda ins, outs: tuple(g * 3 for g in ins))
    (g,) = grad(y.sum(), x, create_graph=True)
    (h,) = grad(g.sum(), x)
    assert g.tolist() == [6, 12] and h.tolist() == [6, 6]


def test_mistakes_with_hooks() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 2
    with pytest.raises(RuntimeError, match="register_hook: the node of a leaf: it has no inputs; use the Tensor's"):
        x.node.register_hook(lambda ins, outs: None)
    y.grad_fn.register_hook(lambda ins, outs: (ins[0][:1],))
    with pytest.raises(
        ValueError, match=r"register_hook: a hook of MulBackward0 returned shapes \[\(1,\)\] for inputs"
    ):
        y.sum().backward()
    with pytest.raises(RuntimeError, match=r"retain_grad: a Tensor of shape .* without gradient: no backward pass"):
        picograd.ones(2).retain_grad()
    with pytest.raises(RuntimeError, match=r"register_post_accumulate_grad_hook: a result, shape .*: it is for leaves"):
        y.register_post_accumulate_grad_hook(lambda p: None)


def test_hooks_after_accumulation() -> None:
    layer = nn.Linear(2, 1)
    optimizers = {p: picograd.optim.SGD([p], lr=0.5) for p in layer.parameters()}
    seen: list[Any] = []

    def step(p: Any) -> None:
        seen.append(p.grad.copy())
        optimizers[p].step()
        p.grad = None

    hooks = [p.register_post_accumulate_grad_hook(step) for p in layer.parameters()]
    before = layer.weight.value.copy()
    x = picograd.ones(3, 2)
    layer(x).sum().backward()
    assert len(seen) == 2 and layer.weight._grad is None
    np.testing.assert_allclose(layer.weight.value, before - 0.5 * 3, rtol=1e-6)
    for hook in hooks:
        hook.remove()
    layer(x).sum().backward()
    assert len(seen) == 2 and layer.weight._grad is not None


def test_retains_grad_and_versions(torch: Any) -> None:
    def run(module: Any) -> Any:
        x = module.tensor([1.0, 2.0], requires_grad=True)
        y = x * 2
        y.retain_grad()
        found = [x.is_leaf, x.retains_grad, y.retains_grad, y.output_nr, y._version]
        z = y.detach()
        with module.no_grad():
            y.add_(1)
            y[0] = 3.0
        graph = module.autograd.graph
        graph.increment_version([z])
        return [*found, y._version, z._version, x._version]

    assert run(picograd) == run(torch)


# ---- hooks on what is saved -----------------------------------------------------------------------------------------


def test_saved_tensors_hooks() -> None:
    picograd.manual_seed(0)
    x, w = picograd.randn(3, 4, requires_grad=True), picograd.randn(4, 2, requires_grad=True)

    def loss() -> Any:
        return nn.functional.softmax((x @ w).tanh(), 1).square().sum()

    expected = grad(loss(), [x, w])
    packed: list[Any] = []

    def pack(t: Any) -> Any:
        assert isinstance(t, Tensor) and not t.requires_grad
        packed.append(t.shape)
        return t.value.astype(np.float64)

    with graph.saved_tensors_hooks(pack, lambda a: picograd.tensor(a, dtype=picograd.float32)):
        y = loss()
    assert (3, 4) in packed and (4, 2) in packed and len(packed) >= 5
    first = grad(y, [x, w], retain_graph=True)
    second = grad(y, [x, w], create_graph=True)
    for a, b, c in zip(expected, first, second, strict=True):
        close(b.value, a.value)
        close(c.value, a.value)
    count = len(packed)
    x.exp().sum().backward()
    assert len(packed) == count  # the block is over


def test_saved_tensors_hooks_of_functions_and_nested() -> None:
    x = Tensor([1.0, 2.0])
    with graph.saved_tensors_hooks(lambda t: 1 / 0, lambda t: t):  # noqa: SIM117
        with graph.saved_tensors_hooks(lambda t: (t.value * 1,), lambda a: Tensor._of(a[0])):
            y = Cube.apply(x)
    y.sum().backward()
    assert x.grad.tolist() == [3, 12]
    with graph.save_on_cpu(pin_memory=True):
        y = x.exp()
    close(grad(y.sum(), x)[0].value, np.exp(x.value))
    refused = pytest.raises(RuntimeError, match="not here")
    with graph.disable_saved_tensors_hooks("not here"), refused, graph.save_on_cpu():
        pass
    with graph.saved_tensors_hooks(lambda t: 3, lambda a: a):
        y = x.exp()
    with pytest.raises(TypeError, match="saved_tensors_hooks: the unpack hook returned a int: the rule needs a Tensor"):
        y.sum().backward()


def test_allow_mutation_on_saved_tensors() -> None:
    x = Tensor([1.0, 2.0])
    with graph.allow_mutation_on_saved_tensors():
        y = x.exp()
        z = (y * 2).sum()
        with no_grad():
            y.zero_()
    z.backward()
    close(x.grad, 2 * np.exp(x.value))


def test_multi_grad_hooks() -> None:
    x, y = Tensor([1.0]), Tensor([2.0])
    every: list[Any] = []
    first: list[Any] = []
    hooks = [
        graph.register_multi_grad_hook([x, y], every.append),
        graph.register_multi_grad_hook([x, y], first.append, mode="any"),
    ]
    (x * y).sum().backward()
    (x * 3).sum().backward()
    assert [[float(g[0]) for g in gs] for gs in every] == [[2, 1]] and len(first) == 2
    for hook in hooks:
        hook.remove()
    (x * y).sum().backward()
    assert len(every) == 1
    with pytest.raises(ValueError, match="register_multi_grad_hook: mode 'some': it is unknown; give 'all' or 'any'"):
        graph.register_multi_grad_hook([x], print, mode="some")


def test_gradient_edges() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 3
    edge = graph.get_gradient_edge(y)
    assert edge.node is y.grad_fn and edge.output_nr == 0
    z = (y * y).sum()
    assert grad(z, edge)[0].tolist() == [6, 12]
    assert grad(graph.get_gradient_edge((x * 2).sum()), [x], [Tensor(1.0)])[0].tolist() == [2, 2]
    with pytest.raises(RuntimeError, match=r"get_gradient_edge: a Tensor of shape .* without gradient: it has no"):
        graph.get_gradient_edge(picograd.ones(2))


# ---- gradients that are recorded themselves -------------------------------------------------------------------------


def penalised(module: Any) -> Any:
    """A gradient penalty by way of `grad`: what programs write."""
    x = module.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = module.tensor([[0.5], [-0.25]], requires_grad=True)
    loss = (x @ w).tanh().sum()
    loss.backward(create_graph=True)
    penalty = ((w.grad**2).sum() + w.grad.norm() + (x.grad.view(-1) * 2).sum()) * 0.1
    before = w.grad.detach().clone()
    w.grad = None
    x.grad = None
    (penalty + loss).backward()
    return penalty, before, w.grad, x.grad


@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
def test_backward_with_create_graph(torch: Any) -> None:
    for mine, theirs in zip(penalised(picograd), penalised(torch), strict=True):
        close(np.asarray(getattr(mine, "value", mine)), theirs.detach().numpy())


def test_recorded_gradients_accumulate_and_serve_optimizers() -> None:
    w = nn.Parameter(picograd.tensor([1.0, 2.0]))
    optimizer = picograd.optim.SGD([w], lr=0.1)
    (w**3).sum().backward(create_graph=True)
    assert isinstance(w.grad, Tensor) and w.grad.requires_grad
    first = w.grad
    (w**3).sum().backward(create_graph=True)
    assert w.grad.tolist() == [6, 24]
    close(grad(w.grad.sum(), w)[0].value, np.array([12.0, 24.0]))
    assert first.tolist() == [3, 12]
    (w * 1).sum().backward()
    assert isinstance(w.grad, np.ndarray) and w.grad.tolist() == [7, 25]
    w.grad = None
    (w**3).sum().backward(create_graph=True)
    nn.utils.clip_grad_norm_([w], 1.0)
    close(np.linalg.norm(np.asarray(w.grad)), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    assert not np.asarray(w.grad).any()


def test_recorded_gradients_leave_no_cycle() -> None:
    import gc
    from weakref import ref

    gc.collect()
    gc.disable()
    try:
        w = Tensor([1.0, 2.0])
        y = w**3
        y.sum().backward(create_graph=True)
        watched = [ref(w), ref(y)]
        del w, y
        assert [r() for r in watched] == [None, None]
    finally:
        gc.enable()


# ---- grad's other arguments -----------------------------------------------------------------------------------------


def test_grad_arguments(torch: Any) -> None:
    def run(m: Any) -> Any:
        x, unused = m.tensor([1.0, 2.0], requires_grad=True), m.tensor([5.0], requires_grad=True)
        y = x * x
        eye = m.eye(2)
        eye.requires_grad_(False)
        (j,) = m.autograd.grad(y, x, eye, is_grads_batched=True, retain_graph=True)
        both = m.autograd.grad(y.sum(), [x, unused], None, True, False, True, True)
        zeros = m.autograd.grad(y.sum(), [x, unused], materialize_grads=True)
        return [j, both[0], both[1] is None, *zeros]

    for mine, theirs in zip(run(picograd), run(torch), strict=True):
        close(np.asarray(mine), np.asarray(theirs))
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"grad: is_grads_batched=True and grad_outputs of shape .*: they need one"):
        grad(x * 2, x, Tensor(1.0), is_grads_batched=True)
    with pytest.raises(ValueError, match="grad: materialize_grads=True with allow_unused=False: zeros in place"):
        grad(x * 2, x, allow_unused=False, materialize_grads=True)


def test_backward_arguments() -> None:
    x, y = Tensor([1.0]), Tensor([2.0])
    z = (x * y).sum()
    z.backward(inputs=[x], retain_graph=True)
    assert x.grad.tolist() == [2] and y._grad is None
    autograd.backward(z, grad_variables=Tensor(3.0))
    assert x.grad.tolist() == [8] and y.grad.tolist() == [3]
    with pytest.raises(RuntimeError, match="backward: grad_tensors and grad_variables: they are the same thing"):
        autograd.backward(z, z, grad_variables=z)


# ---- Function: the rest ---------------------------------------------------------------------------------------------


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def vjp(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_variables
        return g * 3 * x**2


class Product(Function):
    """x y and x + y, with a jvp of its own (its backward can't be differentiated)."""

    calls = 0

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, k: int) -> Any:
        ctx.save_for_backward(x, y)
        ctx.save_for_forward(x, y, None)
        return x * y * k, x + y

    @staticmethod
    @autograd.once_differentiable
    def backward(ctx: Any, a: Any, b: Any) -> Any:
        x, y = ctx.saved_tensors
        return a * y * 2 + b, a * x * 2 + b, None

    @staticmethod
    def jvp(ctx: Any, s: Any, t: Any, _: Any) -> Any:
        Product.calls += 1
        x, y, nothing = ctx.saved_tensors
        assert nothing is None
        zero = 0 if s is None else s * y
        return (zero + (0 if t is None else x * t)) * 2, (0 if s is None else s) + (0 if t is None else t)


def test_function_by_vjp_and_saved_variables() -> None:
    x = Tensor(np.array([1.0, 2.0]))
    assert gradcheck(Cube.apply, x) and gradgradcheck(Cube.apply, x)
    assert Cube.apply(x).grad_fn.name() == "CubeBackward"
    with pytest.raises(TypeError, match="save_for_forward: a int as argument 0: it takes Tensors and None; keep"):
        autograd.FunctionCtx().save_for_forward(3)


def test_forward_mode_asks_a_functions_jvp() -> None:
    x, y = Tensor(np.array([1.0, 2.0])), Tensor(np.array([3.0, 5.0]))
    s, t = Tensor._of(np.array([1.0, -1.0])), Tensor._of(np.array([0.5, 2.0]))

    def f(x: Any, y: Any) -> Any:
        a, b = Product.apply(x.sin(), y, 2)
        return a * b.exp()

    def plain(x: Any, y: Any) -> Any:
        x = x.sin()
        return x * y * 2 * (x + y).exp()

    before = Product.calls
    mine, theirs = picograd.func.jvp(f, (x, y), (s, t)), picograd.func.jvp(plain, (x, y), (s, t))
    assert Product.calls > before
    for a, b in zip(mine, theirs, strict=True):
        close(a.value, b.value)
    only = picograd.func.jvp(lambda x: f(x, y.detach()), (x,), (s,))[1]
    close(only.value, picograd.func.jvp(lambda x: plain(x, y.detach()), (x,), (s,))[1].value)
    assert gradcheck(f, [x, y], check_forward_ad=True)


def test_a_function_without_backward_says_so() -> None:
    class Half(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x / 2

    y = Half.apply(Tensor([1.0]))
    with pytest.raises(NotImplementedError, match=r"Function.backward: it is missing"):
        y.sum().backward()
    with pytest.raises(NotImplementedError, match=r"Function.vmap: it is never called; use func.vmap"):
        Half.vmap(None, None)
    assert autograd.InplaceFunction(True).inplace


# ---- forward mode ---------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PyTorch's own, of its first dual number
def test_dual_numbers(torch: Any) -> None:
    def run(m: Any) -> Any:
        ad = m.autograd.forward_ad
        primal, tangent = m.tensor([1.0, 2.0, 3.0]), m.tensor([1.0, 0.5, -1.0])
        other = m.tensor([2.0, 0.5, 1.0])
        with m.no_grad(), ad.dual_level():
            x = ad.make_dual(primal, tangent)
            y = ad.make_dual(other, tangent * 2)
            out = (x * y).sin() + x.exp()
            value, derivative = ad.unpack_dual(out)
            again = ad.unpack_dual(x)
            return [value, derivative, *again, ad.unpack_dual(primal).tangent is None]

    for mine, theirs in zip(run(picograd), run(torch), strict=True):
        close(np.asarray(mine), np.asarray(theirs))


def test_dual_numbers_and_gradients() -> None:
    w = Tensor(np.array([0.5, 2.0]))
    with fwAD.dual_level():
        x = fwAD.make_dual(Tensor(np.array([1.0, 3.0])).detach(), picograd.ones(2))
        value, derivative = fwAD.unpack_dual(w * w * x**3)
    assert derivative is not None
    close(grad(derivative.sum(), w)[0].value, 6 * w.value * np.array([1.0, 9.0]))
    assert value.requires_grad


def test_mistakes_with_dual_numbers() -> None:
    x = picograd.ones(2)
    for call in (lambda: fwAD.make_dual(x, x), lambda: fwAD.unpack_dual(x)):
        with pytest.raises(RuntimeError, match="_dual: outside a level: dual numbers live within one; use it in"):
            call()
    with pytest.raises(RuntimeError, match="exit_dual_level: level None: it is not the one that was entered last"):
        fwAD.exit_dual_level()
    with fwAD.dual_level():
        with pytest.raises(RuntimeError, match="enter_dual_level: a level within a level"):
            fwAD.enter_dual_level()
        with pytest.raises(RuntimeError, match=r"make_dual: a tangent of shape \(3,\) for a Tensor of shape \(2,\)"):
            fwAD.make_dual(x, picograd.ones(3))
        with pytest.raises(ValueError, match="make_dual: a Tensor of int64: only floats have a derivative"):
            fwAD.make_dual(picograd.tensor([1]), picograd.tensor([1]))


# ---- gradcheck's other arguments ------------------------------------------------------------------------------------


class Wrong(Function):
    """x squared; `fault` says what is wrong with its backward."""

    fault = ""
    calls = 0

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        Wrong.calls += 1
        h = g * 2 * x
        return h + (1e-9 * Wrong.calls if Wrong.fault == "noise" else h if Wrong.fault == "factor" else 0)


@pytest.mark.parametrize(
    ("fault", "options", "message"),
    [
        ("factor", {}, r"input 0 at \(0,\): the rule gives -4.5.*, central differences give -2.2"),
        ("factor", {"fast_mode": True}, "input 0 along a direction: the rule gives"),
        ("factor", {"check_forward_ad": True, "check_backward_ad": False}, "input 0: forward mode gives"),
        ("noise", {}, "input 0: two backward passes differ by .*, more than nondet_tol=0.0"),
        ("noise", {"nondet_tol": 1e-6}, ""),
        ("", {"fast_mode": True, "check_forward_ad": True, "check_grad_dtypes": True}, ""),
    ],
)
def test_gradcheck_options(fault: str, options: Any, message: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(Wrong, "fault", fault)
    x = Tensor(np.array([1.0, 2.0]))
    if not message:
        assert gradcheck(Wrong.apply, x, **options)
        return
    with pytest.raises(autograd.GradcheckError, match=message):
        gradcheck(Wrong.apply, x, **options)
    assert not gradcheck(Wrong.apply, x, raise_exception=False, **options)


def test_gradgradcheck_options() -> None:
    x = Tensor(np.array([1.0, 2.0]))
    assert gradgradcheck(lambda x: x**3, x, gen_non_contig_grad_outputs=True, check_fwd_over_rev=True, fast_mode=True)


@pytest.mark.parametrize("name", ["gradcheck", "gradgradcheck", "grad", "backward"])
def test_signatures_are_pytorchs(name: str, torch: Any) -> None:
    import inspect

    mine = list(inspect.signature(getattr(autograd, name)).parameters)
    assert mine == list(inspect.signature(getattr(torch.autograd, name)).parameters)


# ---- the profiler, and names ----------------------------------------------------------------------------------------


def test_profile(tmp_path: Any) -> None:
    x = Tensor(np.ones((50, 50)))
    with autograd.profiler.profile(use_cuda=False) as prof, autograd.profiler.record_function("mine"):
        for _ in range(3):
            x.tanh().sum()
    x.exp()
    rows = {row.key: row for row in prof.key_averages()}
    assert rows["tanh"].count == 3 and rows["mine"].count == 1 and "exp" not in rows
    assert rows["mine"].cpu_time_total > rows["tanh"].cpu_time_total > rows["tanh"].cpu_time > 0
    table = prof.table(sort_by="cpu_time_total", row_limit=2).splitlines()
    assert len(table) == 3 and table[1].startswith("mine") and str(prof).count("\n") == len(rows) + 1
    assert prof.total_average().count == 7 and prof.self_cpu_time_total > 0
    prof.export_chrome_trace(str(tmp_path / "trace.json"))
    import json

    assert len(json.loads((tmp_path / "trace.json").read_text())["traceEvents"]) == 7
    with autograd.profiler.profile(enabled=False) as off, autograd.profiler.emit_nvtx():
        x.tanh()
    assert len(off.key_averages()) == 0
    with picograd.profiler.profile() as newer, autograd.profiler.record_function("block"):
        x.exp()
    assert {row.key for row in newer.key_averages()} == {"block", "exp"}
    assert autograd.profiler.record_function is picograd.profiler.record_function


def test_import_paths() -> None:
    from picograd.autograd.anomaly_mode import detect_anomaly as a
    from picograd.autograd.function import InplaceFunction
    from picograd.autograd.grad_mode import no_grad as b
    from picograd.autograd.gradcheck import gradcheck as c
    from picograd.autograd.profiler import record_function
    from picograd.autograd.variable import Variable

    assert (a, b, c, Variable) == (detect_anomaly, no_grad, gradcheck, autograd.Variable)
    assert InplaceFunction and record_function
    with autograd.set_multithreading_enabled(False):
        pass


def test_every_public_name_of_pytorchs_autograd_is_here(torch: Any) -> None:
    for path in ("autograd", "autograd.graph", "autograd.forward_ad", "autograd.functional", "autograd.profiler"):
        room: Any = picograd
        theirs: Any = torch
        for part in path.split("."):
            room, theirs = getattr(room, part), getattr(theirs, part)
        missing = [name for name in theirs.__all__ if not hasattr(room, name)]
        assert missing == [], path


def test_left_out() -> None:
    with pytest.raises(NotImplementedError, match=r"picograd.autograd.NestedIOFunction: .*"):
        autograd.NestedIOFunction()


def test_off_it_costs_no_entry() -> None:
    from picograd import memory

    assert -1 not in memory.rebased

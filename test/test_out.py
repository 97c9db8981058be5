"""`out=`: results written into Tensors that are there already, compared with PyTorch's."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import picograd

# The calls, with X in place of "out": `o` is a Tensor, `p` a pair of them.
ONE = re.findall(
    r"[a-z0-9_]+\(.*?out=\w\)",
    """
    exp(x, out=o) neg(x, out=o) sigmoid(x, out=o) abs(x, out=o) clamp(x, 0, 1, out=o) round(x, decimals=1, out=o)
    add(x, y, out=o) add(x, y, alpha=2, out=o) sub(x, 1, out=o) mul(x, y, out=o) div(x, y, out=o) pow(x, 2, out=o)
    maximum(x, y, out=o) atan2(x, y, out=o) lerp(x, y, 0.3, out=o) addcmul(x, y, y, value=2, out=o)
    matmul(x, y.T, out=o) mm(x, y.T, out=o) bmm(x[None], y.T[None], out=o) addmm(x[:, :3], x, y.T, out=o)
    mv(x, y[0], out=o) dot(x[0], y[0], out=o) outer(x[0], y[0], out=o) sum(x, 0, out=o) mean(x, 1, True, out=o)
    prod(x, 1, out=o) var(x, 1, out=o) std(x, 0, out=o) amax(x, 1, out=o) argmax(x, 1, out=i) logsumexp(x, 1, out=o)
    cumsum(x, 1, out=o) cumprod(x, 0, out=o) all(x > 0, out=b) cat([x, y], 1, out=o) cat((x, y), out=o)
    stack([x, y], dim=0, out=o) gather(x, 1, n, out=o) index_select(x, 0, n[0], out=o) where(x > 0, x, y, out=o)
    tril(x, out=o) gt(x, y, out=b) eq(x, y, out=b) logical_not(x, out=b) norm(x, 2, 1, out=o) softmax(x, 1, out=o)
    masked_select(x, x > 0, out=o) nonzero(x > 0, out=i) argsort(x, stable=True, out=i) quantile(x, 0.3, 1, out=o)
    scatter_add(x, 1, n, y, out=o) index_add(x, 0, n[0], y[:3], out=o)
""",
)
SEVERAL = re.findall(
    r"[a-z0-9_]+\(.*?out=\w\)",
    """
    max(x, 1, out=p) min(x, dim=0, out=p) sort(x, 1, out=p) topk(x, 2, out=p) kthvalue(x, 2, 1, out=p)
    median(x, 1, out=p) cummax(x, 1, out=p)
""",
)


def called(module: Any, text: str, **given: Any) -> Any:
    rng = np.random.default_rng(0)
    x, y = (module.tensor(rng.standard_normal((3, 4))) for _ in range(2))
    n = module.tensor([[0, 1, 1], [2, 0, 1], [0, 0, 1]])
    return eval("m." + text, {"m": module, "x": x, "y": y, "n": n, **given})


def targets(module: Any) -> dict[str, Any]:
    i, b = module.empty(0, dtype=module.int64), module.empty(0, dtype=module.bool)
    return {"o": module.empty(0, dtype=module.float64), "i": i, "b": b,
            "p": (module.empty(0, dtype=module.float64), module.empty(0, dtype=module.int64))}  # fmt: skip


@pytest.mark.parametrize("text", ONE, ids=str)
def test_one_result(text: str, torch: Any) -> None:
    ours, theirs = targets(picograd), targets(torch)
    result, expected = called(picograd, text, **ours), called(torch, text, **theirs)
    name = re.search(r"out=(\w)", text).group(1)  # type: ignore[union-attr]
    assert result is ours[name] and expected is theirs[name]
    np.testing.assert_allclose(result.value, expected.numpy(), rtol=1e-12)
    held = result.value
    held[...] = 0
    assert called(picograd, text, **ours) is result and result.value is held  # now into the memory that is there
    np.testing.assert_allclose(held, expected.numpy(), rtol=1e-12)


@pytest.mark.parametrize("text", SEVERAL, ids=str)
def test_several_results(text: str, torch: Any) -> None:
    ours, theirs = targets(picograd), targets(torch)
    result, expected = called(picograd, text, **ours), called(torch, text, **theirs)
    for mine, own, peer in zip(result, ours["p"], expected, strict=True):
        assert mine is own
        np.testing.assert_array_equal(mine.value, peer.numpy())
    assert result.values is ours["p"][0] and result.indices is ours["p"][1]


def test_the_result_is_cast_and_may_be_the_input(torch: Any) -> None:
    for m in (picograd, torch):
        x, o = m.ones(3), m.zeros(3, dtype=m.float64)
        assert m.add(x, 1, out=o) is o and o.tolist() == [2.0, 2.0, 2.0] and o.dtype == m.float64
        assert m.exp(x, out=x) is x and abs(x[0].item() - 2.71828) < 1e-5


def test_views_take_part() -> None:
    x = picograd.zeros(2, 3)
    picograd.add(picograd.ones(3), 1, out=x[1])
    assert x.tolist() == [[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]]


def test_what_a_rule_needs_is_not_overwritten_silently() -> None:
    x, w = picograd.ones(3), picograd.ones(3, requires_grad=True)
    loss = (w * x).sum()
    picograd.zeros_like(x)
    picograd.mul(x, 2, out=x)
    with pytest.raises(RuntimeError, match="mul overwrote it since"):
        loss.backward()


def test_mistakes() -> None:
    x, w = picograd.ones(3), picograd.ones(3, requires_grad=True)
    before = x.value.copy()
    for out, error, message in [
        (w, RuntimeError, r"add: out of shape \(3,\) where a Tensor requires a gradient: "),
        (picograd.ones(2), ValueError, r"add: result \(3,\) into out \(2,\): "),
        (picograd.ones(3).long(), TypeError, r"add: a float32 result into out of int64: "),
        (np.ones(3), TypeError, r"add: out is a ndarray: "),
        (picograd.ones(1).expand(3), RuntimeError, r"add: out of shape \(3,\): its memory can't be written; "),
    ]:
        with pytest.raises(error, match=message):
            picograd.add(x, 1, out=out)
    with pytest.raises(RuntimeError, match="where a Tensor requires a gradient"):
        picograd.exp(w, out=x)
    with pytest.raises(TypeError, match=r"max: out is a Tensor: there are 2 results; give a tuple of as many"):
        picograd.max(x, 0, out=x)
    with pytest.raises(ValueError, match=r"max: result \(\) into out \(2,\)"):
        picograd.max(x, 0, out=(x[0], picograd.ones(2).long()))
    np.testing.assert_array_equal(x.value, before)
    with picograd.no_grad():
        assert picograd.add(w, 1, out=w) is w and w.tolist() == [2.0, 2.0, 2.0]

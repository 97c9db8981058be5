"""`axis` and `keepdims`, NumPy's names, wherever PyTorch takes them in place of `dim` and `keepdim`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import picograd

REDUCTIONS = """
    m.aminmax(x, KEEP); m.median(x, KEEP); x.nanmedian(KEEP); x.mode(KEEP); m.nanmean(x, KEEP); m.kthvalue(x, 2, KEEP)
    x.quantile(0.3, KEEP); m.nanquantile(x, 0.3, KEEP); x.sum(KEEP); x.argmax(KEEP); x.amax(KEEP); x.logsumexp(KEEP)"""
OTHERS = """
    m.chunk(x, 2, AXIS); x.unbind(AXIS); m.topk(x, 2, AXIS); x.cummax(AXIS); x.cummin(AXIS); x.diff(AXIS)
    x.select(AXIS, index=1); x.narrow(AXIS, start=1, length=2); m.index_select(x, AXIS, index=i)
    x.renorm(2, AXIS, maxnorm=1); x.repeat_interleave(2, AXIS); m.take_along_dim(x, j, AXIS); x.tensor_split(2, AXIS)
    m.trapezoid(x, AXIS); m.cross(x[:, :3], x[:, 1:], AXIS)
    x.scatter_add(AXIS, index=j, src=x); x.scatter(AXIS, index=j, src=x); x.index_fill(AXIS, index=i, value=7.0)
    x.index_add(AXIS, index=i, source=x[:, :2]); x.index_copy(AXIS, index=i, source=x[:, :2])"""


def calls(text: str) -> list[str]:
    return [call.strip() for call in text.replace("\n", ";").split(";") if call.strip()]


def results(m: Any, call: str) -> list[Any]:
    order = np.arange(12).reshape(3, 4)
    known = {"m": m, "x": m.tensor(np.sin(order * 2.0)), "i": m.tensor([2, 0]), "j": m.tensor(order % 3)}
    found = eval(call, known)
    return [part.numpy() for part in (found if isinstance(found, tuple | list) else [found])]


@pytest.mark.parametrize("call", calls(REDUCTIONS) + calls(OTHERS))
def test_both_spellings_are_one_argument(call: str, torch: Any) -> None:
    spelled = [call.replace("KEEP", f"{a}=1, {k}=True").replace("AXIS", f"{a}=1")
               for a, k in (("dim", "keepdim"), ("axis", "keepdims"))]  # fmt: skip
    want = results(torch, spelled[1])
    assert "KEEP" not in call or want[0].shape == (3, 1)
    for found in (results(picograd, spelled[0]), results(picograd, spelled[1])):
        assert len(found) == len(want)
        for ours, theirs in zip(found, want, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("name", ["max", "min"])
def test_values_and_indices_keep_the_axis(name: str, torch: Any) -> None:
    for arguments in ("dim=1, keepdims=True", "dim=1, keepdim=True", "dim=1"):
        found, want = (results(m, f"x.{name}({arguments})") for m in (picograd, torch))
        for ours, theirs in zip(found, want, strict=True):
            assert ours.shape == theirs.shape
            np.testing.assert_array_equal(ours, theirs)


def test_one_argument_is_not_given_twice() -> None:
    x: Any = picograd.ones(3, 4)
    with pytest.raises(TypeError, match="median: dim and axis: they are one argument; give only one of them"):
        x.median(dim=1, axis=1)
    with pytest.raises(TypeError, match="kthvalue: keepdim and keepdims: they are one argument; "):
        x.kthvalue(1, keepdim=True, keepdims=True)

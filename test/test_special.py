"""Special functions: exact against mpmath's digits, right at the ends of their range, their mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from picograd import Tensor, ops
from picograd.autograd import gradcheck
from picograd.ops.incomplete import standard_gamma_grad

OP = ops.by_name


def call(name: str, *arguments: Any) -> Any:
    """The op's value on arrays and numbers."""
    return OP[name](*(np.asarray(a) if isinstance(a, float | list) else a for a in arguments)).value


# Figures with 20 digits, from mpmath at 40.
DIGITS = [
    ("erf", 0.3, 0.32862675945912741619),
    ("erf", 1e-10, 1.128379167095512615e-10),
    ("erf", 2.5, 0.99959304798255504106),
    ("erfc", 0.3, 0.67137324054087258381),
    ("erfc", 2.0, 0.0046777349810472658379),
    ("erfc", 5.0, 1.5374597944280348502e-12),
    ("erfc", 26.0, 5.6631924088561428465e-296),
    ("erfc", -1.5, 1.9661051464753107271),
    ("erfinv", 0.5, 0.47693627620446987338),
    ("erfinv", 0.999, 2.3267537655135244939),
    ("erfinv", 1e-12, 8.8622692545275799582e-13),
    ("lgamma", 0.5, 0.57236494292470008707),
    ("lgamma", 1e-5, 11.512919692895825626),
    ("lgamma", 3.5, 1.2009736023470742248),
    ("lgamma", 100.0, 359.13420536957539878),
    ("lgamma", -2.5, -0.056243716497674050673),
    ("digamma", 1.0, -0.57721566490153286061),
    ("digamma", 0.5, -1.9635100260214234794),
    ("digamma", 25.0, 3.1987425128519740085),
    ("digamma", -0.5, 0.036489973978576520559),
]


@pytest.mark.parametrize(("name", "x", "expected"), DIGITS)
def test_digits(name: str, x: float, expected: float) -> None:
    assert call(name, x) == pytest.approx(expected, rel=1e-13)


def test_lgamma_is_exact_at_its_roots() -> None:
    h = np.array([1e-3, 1e-6, -1e-6])
    for root, slope, curve in (
        (1.0, -0.57721566490153286061, 1.6449340668482264),
        (2.0, 0.42278433509846713939, 0.64493406684822643),
    ):
        x = root + h
        step = x - root  # what is left of h in x
        np.testing.assert_allclose(call("lgamma", x), step * (slope + step * (curve / 2)), 1e-6)
    assert call("lgamma", 1.0) == call("lgamma", 2.0) == 0


def test_identities() -> None:
    x = np.linspace(0.05, 40, 500)
    np.testing.assert_allclose(call("lgamma", x + 1), call("lgamma", x) + np.log(x), 1e-13, 1e-13)
    np.testing.assert_allclose(call("digamma", x + 1), call("digamma", x) + 1 / x, 1e-13, 1e-13)
    for n in (1, 2, 3):
        step = (-1) ** n * float(np.prod(range(1, n + 1))) / x ** (n + 1)
        np.testing.assert_allclose(call("polygamma", n, x + 1), call("polygamma", n, x) + step, 1e-9)
    u = np.linspace(-0.999, 0.999, 301)
    np.testing.assert_allclose(call("erf", call("erfinv", u)), u, 1e-13)
    np.testing.assert_allclose(call("erfc", u * 5), 1 - call("erf", u * 5), atol=1e-15)


ENDS: list[tuple[str, list[float], list[float]]] = [
    ("erfc", [np.inf, -np.inf, np.nan, 28.0, 0.0], [0, 2, np.nan, 0, 1]),
    ("erfinv", [1.0, -1.0, 1.5, np.nan, 0.0], [np.inf, -np.inf, np.nan, np.nan, 0]),
    ("lgamma", [0.0, -1.0, np.inf, np.nan, -np.inf], [np.inf, np.inf, np.inf, np.nan, np.inf]),
    ("digamma", [0.0, -0.0, -1.0, np.inf, np.nan], [-np.inf, np.inf, np.nan, np.inf, np.nan]),
    ("log1p", [-1.0, -2.0, np.inf], [-np.inf, np.nan, np.inf]),
    ("expm1", [np.inf, -np.inf, 1e4], [np.inf, -1, np.inf]),
]


@pytest.mark.parametrize(("name", "x", "expected"), ENDS, ids=[name for name, *_ in ENDS])
def test_ends(name: str, x: list[float], expected: list[float], torch: Any) -> None:
    np.testing.assert_array_equal(call(name, x), expected)
    np.testing.assert_array_equal(getattr(torch, name)(torch.tensor(x, dtype=torch.float64)).numpy(), expected)
    assert call(name, np.float32(x)).dtype == np.float32
    assert call(name, np.array(x[0])).shape == ()


def test_polygamma_at_its_ends(torch: Any) -> None:
    assert call("polygamma", 1, 0.0) == np.inf
    assert np.isnan(call("polygamma", 2, -2000.5))
    x = np.array([-3.3, -0.4, 0.2, 50.0])
    np.testing.assert_allclose(call("polygamma", 2, x), torch.polygamma(2, torch.from_numpy(x)).numpy(), 1e-9)
    np.testing.assert_allclose(call("polygamma", 1, x), torch.polygamma(1, torch.from_numpy(x)).numpy(), 1e-9)
    np.testing.assert_array_equal(call("polygamma", 0, x), call("digamma", x))


def test_integers_become_floats() -> None:
    for name in ("lgamma", "digamma", "erfc", "log1p", "expm1"):
        assert call(name, np.array([1, 2])).dtype == np.float32


MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: OP["polygamma"](-1, Tensor([1.0])), ValueError,
     r"polygamma: n = -1: there is no such derivative; give 0 or more"),
    (lambda: OP["solve"](Tensor(np.eye(3)), Tensor(np.ones(3))), ValueError,
     r"solve: shapes \(3, 3\) and \(3,\): it takes \(..., n, n\) and \(..., n, k\); reshape or unsqueeze them"),
    (lambda: OP["solve"](Tensor(np.zeros((2, 2))), Tensor(np.ones((2, 1)))), RuntimeError,
     r"solve: shape \(2, 2\): Singular matrix; check that the rows are independent"),
    (lambda: OP["cholesky"](Tensor(np.ones((2, 3)))), ValueError,
     r"cholesky: shape \(2, 3\): it takes square matrices, \(..., n, n\); check the input"),
    (lambda: OP["cholesky"](Tensor(-np.eye(2))), RuntimeError,
     r"cholesky: shape \(2, 2\): a matrix is not positive definite; add a small multiple of the identity"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
def test_mistakes(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_third_derivatives() -> None:
    x = Tensor(np.array([0.3, 1.7, 4.0]))
    assert gradcheck(lambda x: OP["polygamma"](2, x), [x])


# d x / d a of a gamma sample x of shape a, from mpmath: -(dP(a, x) / da) / p(x) with 80 digits.
MOVES = [
    (0.001, 1e-9, 2.0147693926261680803e-5),
    (0.1, 0.02, 0.71381395714382427891),
    (0.5, 1.51, 2.2456838885812291397),
    (3.0, 2.0, 0.85657142209780671741),
    (3.0, 9.0, 1.7397554120638797338),
    (9.9, 12.0, 1.1179450190039848634),
    (10.0, 2.0, 0.40853422166959552199),
    (30.0, 29.5, 0.99714678093033332969),
    (100.0, 120.0, 1.0957525107070082572),
    (1e4, 9900.0, 0.99499983265995214094),
]


def test_the_derivative_of_a_gamma_sample() -> None:
    a, x, expected = np.array(MOVES).T
    np.testing.assert_allclose(standard_gamma_grad(a, x), expected, 1e-12)
    out = standard_gamma_grad(np.float32([[2.0], [0.5]]), np.float32([0.0, 1.0, 3.0]))
    assert out.shape == (2, 3) and out.dtype == np.float32 and not out[:, 0].any()
    assert standard_gamma_grad(np.array(2.0), np.array(1.0)).shape == ()


def test_the_derivative_of_a_gamma_sample_against_pytorch(torch: Any) -> None:
    rng = np.random.default_rng(0)
    for a in (1e-3, 0.1, 1.0, 3.0, 50.0, 1e4):
        x = rng.gamma(a, size=2000)
        x = x[x > 1e-300]
        theirs = torch._standard_gamma_grad(torch.full((len(x),), a, dtype=torch.float64), torch.from_numpy(x)).numpy()
        mine = standard_gamma_grad(np.full(len(x), a), x)
        assert np.median(abs(mine / theirs - 1)) < 1e-4  # PyTorch's own is approximate, to 1e-3 here and there
        np.testing.assert_allclose(mine, theirs, 2e-2)


def test_the_derivative_of_a_gamma_sample_of_integers_is_refused() -> None:
    with pytest.raises(TypeError, match=r"standard_gamma_grad: samples of int64: .*; convert them with float\(\)"):
        standard_gamma_grad(np.array(2.0), np.array([1]))

"""Special functions: exact against mpmath's digits, right at the ends of their range, their mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import picograd
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
    ("bessel_j0", 0.25, 0.98443592929585270492),
    ("bessel_j0", 5.4, -0.041210101244991184393),
    ("bessel_j0", -12.5, 0.14688405470042110231),
    ("bessel_j0", 24.9, 0.083245968353015490053),
    ("bessel_j0", 100.0, 0.019985850304223122424),
    ("bessel_j1", 0.001, 0.00049999993750000261457),
    ("bessel_j1", 7.1, 0.025153274253910339982),
    ("bessel_j1", -12.5, 0.16548380461475971846),
    ("bessel_j1", 30.0, -0.11875106261662293652),
    ("bessel_y0", 1e-05, -7.4031602837019700805),
    ("bessel_y0", 0.5, -0.44451873350670655715),
    ("bessel_y0", 7.1, 0.0041817931917110628905),
    ("bessel_y0", 24.9, -0.13649918399676523538),
    ("bessel_y0", 60.0, 0.047358952209449399203),
    ("bessel_y1", 1e-05, -63661.97727536547995),
    ("bessel_y1", 0.5, -1.4714723926702430692),
    ("bessel_y1", 7.1, -0.29947887460095460781),
    ("bessel_y1", 24.0, 0.053059776121202168863),
    ("bessel_y1", 60.0, 0.091869609369866895264),
    ("i0", 0.3, 1.0226268793515969894),
    ("i0", 15.0, 339649.37329791387952),
    ("i0", -40.0, 14894774793419899.924),
    ("i1", 0.3, 0.15169384000359277459),
    ("i1", -15.0, -328124.92197020639673),
    ("i1", 40.0, 14707396163259352.739),
    ("i0e", 19.0, 0.092144657211718757775),
    ("i0e", -300.0, 0.023042558415085461794),
    ("i1e", 19.0, 0.089686056821614961777),
    ("i1e", -300.0, -0.023004122040268950902),
    ("modified_bessel_k0", 0.0001, 9.326271913450274873),
    ("modified_bessel_k0", 0.9, 0.48673030816290050567),
    ("modified_bessel_k0", 1.1, 0.36560239154318583529),
    ("modified_bessel_k0", 30.0, 2.1324774964630563712e-14),
    ("modified_bessel_k1", 0.0001, 9999.999508686404478),
    ("modified_bessel_k1", 0.9, 0.7165335787760190463),
    ("modified_bessel_k1", 1.1, 0.50976002716702697519),
    ("modified_bessel_k1", 30.0, 2.1677320018915494249e-14),
    ("scaled_modified_bessel_k0", 0.9, 1.1971633802518509633),
    ("scaled_modified_bessel_k0", 5.0, 0.54780756431351898687),
    ("scaled_modified_bessel_k0", 10000.0, 0.012532984717699285288),
    ("scaled_modified_bessel_k1", 0.9, 1.7623882196059197619),
    ("scaled_modified_bessel_k1", 5.0, 0.60027385878831258294),
    ("scaled_modified_bessel_k1", 10000.0, 0.012533611351270505734),
    ("airy_ai", 0.4, 0.25474235429567634084),
    ("airy_ai", -0.9, 0.5319599456109739149),
    ("airy_ai", 1.5, 0.071749497008105409674),
    ("airy_ai", 20.0, 1.6916728686705403136e-27),
    ("airy_ai", -1.5, 0.46425657774886940647),
    ("airy_ai", -30.0, -0.087968188456842162833),
    ("airy_ai_derivative", 0.4, -0.23583203441920821501),
    ("airy_ai_derivative", -0.9, -0.060910998002198825617),
    ("airy_ai_derivative", 1.5, -0.097382012842301319218),
    ("airy_ai_derivative", 20.0, -7.5863916257483549605e-27),
    ("airy_ai_derivative", -1.5, 0.30918696720241042042),
    ("airy_ai_derivative", -30.0, 1.2286206026374851347),
    ("spherical_bessel_j1", 0.001, 0.00033333330000000119742),
    ("spherical_bessel_j1", 1.4, 0.38137537241230757087),
    ("spherical_bessel_j1", 20.0, -0.018121739963850530167),
    ("erfcx", -3.0, 16205.988853999586625),
    ("erfcx", 0.2, 0.80901951990158073283),
    ("erfcx", 2.0, 0.25539567631050574387),
    ("erfcx", 50.0, 0.0112815362653237725),
    ("ndtr", -10.0, 7.619853024160526066e-24),
    ("ndtr", -1.0, 0.15865525393145705141),
    ("ndtr", 2.0, 0.9772498680518207928),
    ("log_ndtr", -50.0, -1254.8313611394199013),
    ("log_ndtr", -0.5, -1.1759117615936186089),
    ("log_ndtr", 8.0, -6.2209605742717860585e-16),
    ("ndtri", 0.3, -0.52440051270804081597),
    ("ndtri", 0.9999, 3.7190164854557083867),
]
DIGITS_OF_TWO = [
    ("gammainc", 0.5, 0.3, 0.56142197391900013648),
    ("gammainc", 20.1161, 25.3484, 0.87521551403779078181),
    ("gammainc", 100000.0, 99500.0, 0.056741823212792263085),
    ("gammainc", 0.001, 1e-08, 0.98231397935384693512),
    ("gammaincc", 0.001, 0.6, 0.00045467542194747302436),
    ("gammaincc", 1e-10, 0.449, 6.2675055429002037629e-11),
    ("gammaincc", 20.1161, 25.3484, 0.12478448596220921819),
    ("gammaincc", 0.3, 1.4, 0.048161123392728092308),
    ("gammaincc", 3.0, 40.0, 3.5728659287002263451e-15),
    ("gammaincc", 100000.0, 100500.0, 0.057103269976028711396),
    ("zeta", 1.5, 0.3, 8.2377616714597234206),
    ("zeta", 20.0, 2.5, 1.1008345466854143143e-8),
    ("zeta", 3.0, -4.5, 0.019804473760651021486),
    ("zeta", 1.001, 100.0, 995.41040268198094413),
]


@pytest.mark.parametrize(("name", "x", "expected"), DIGITS)
def test_digits(name: str, x: float, expected: float) -> None:
    # Where the function passes through 0 what counts is its size around.
    size = 1.0 if name.startswith(("bessel", "airy")) and abs(x) < 50 and abs(x) > 1 and abs(expected) > 1e-4 else 0.0
    assert call(name, x) == pytest.approx(expected, rel=1e-13, abs=1e-14 * size)


@pytest.mark.parametrize(("name", "x", "y", "expected"), DIGITS_OF_TWO)
def test_digits_of_two(name: str, x: float, y: float, expected: float) -> None:
    np.testing.assert_allclose(call(name, [x], [y]), [expected], 1e-12)


def test_ndtri_of_tiny() -> None:
    p = np.array([1e-300, 1e-100, 1e-16, 0.3])
    np.testing.assert_allclose(call("log_ndtr", call("ndtri", p)), np.log(p), 1e-13)
    np.testing.assert_array_equal(call("ndtri", [0.0, 1.0, 0.5, -0.1, 1.1, np.nan]),
                                  [-np.inf, np.inf, 0, np.nan, np.nan, np.nan])  # fmt: skip


def test_bessel_functions_where_their_formulas_meet() -> None:
    """Both sides of each border agree, and the Wronskians (A&S 9.1.16, 9.6.15) hold across all of them."""
    x = np.concatenate([np.linspace(0.02, 60, 700), [1 - 1e-9, 1 + 1e-9, 20 - 1e-9, 20 + 1e-9, 25 - 1e-9, 25 + 1e-9]])
    j0, j1, y0, y1 = (call(name, x) for name in ("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1"))
    np.testing.assert_allclose((j1 * y0 - j0 * y1) * x, 2 / np.pi, 1e-12)
    i0, i1 = call("i0e", x), call("i1e", x)
    k0, k1 = call("scaled_modified_bessel_k0", x), call("scaled_modified_bessel_k1", x)
    np.testing.assert_allclose((i0 * k1 + i1 * k0) * x, 1, 1e-13)
    for border in (-1.0, 1.0):
        for name in ("airy_ai", "airy_ai_derivative"):
            np.testing.assert_allclose(call(name, border - 1e-12), call(name, border + 1e-12), atol=1e-11)


MODIFIED = ["modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1"]
SHOWN = ["airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "spherical_bessel_j0", *MODIFIED]


@pytest.mark.parametrize("name", SHOWN)
def test_against_pytorch_where_it_is_exact(name: str, torch: Any) -> None:
    """PyTorch's J, Y and Ai have errors of 1e-6 at some arguments (5.4 and -2.5 for instance)."""
    x = np.linspace(0.05, 2.4, 60)
    theirs = getattr(torch.special, name)(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(getattr(picograd.special, name)(Tensor(x)).value, theirs, 1e-9, 1e-12)
    single = getattr(picograd.special, name)(Tensor(x.astype(np.float32)))
    assert single.dtype == np.float32
    assert getattr(picograd.special, name)(Tensor(np.arange(1, 4))).dtype == np.float32


def test_incomplete_gamma_at_its_ends(torch: Any) -> None:
    values = np.array([0.0, 1.0, 2.0, 20.0, np.inf, -1.0])
    a, x = (m.copy() for m in np.meshgrid(values, values))
    for name in ("gammainc", "gammaincc"):
        theirs = getattr(torch.special, name)(torch.from_numpy(a), torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(call(name, a, x), theirs, 1e-12)
        assert np.isnan(call(name, np.nan, 1.0)) and np.isnan(call(name, 1.0, np.nan))


def test_incomplete_gamma_has_a_gradient_in_its_shape() -> None:
    a, x = Tensor(np.array([0.3, 2.0, 12.0, 80.0])), Tensor(np.array([0.2, 3.0, 9.0, 85.0]))
    assert gradcheck(picograd.igamma, [a, x])
    assert gradcheck(picograd.igammac, [a, x])
    (g,) = picograd.autograd.grad(picograd.igamma(a, x).sum(), a, create_graph=True)
    with pytest.raises(NotImplementedError, match=r"gammainc: a second derivative in the shape: .*; detach\(\) it"):
        g.sum().backward()


def test_zeta_at_its_ends() -> None:
    np.testing.assert_array_equal(call("zeta", [1.0, 0.5, 2.0, 2.5, 3.0], [2.0, 2.0, -3.0, -1.5, -2000.5]),
                                  [np.inf, np.nan, np.inf, np.nan, np.nan])  # fmt: skip


def test_polynomials_at_their_ends() -> None:
    special = picograd.special
    assert special.legendre_polynomial_p(0.5, picograd.tensor([2, 0, -1])).tolist() == [-0.125, 1, 0]
    assert np.isnan(special.chebyshev_polynomial_t(picograd.tensor(np.nan), 0).item())
    assert np.isnan(special.hermite_polynomial_h(0.5, picograd.tensor([1e30, np.inf])).value).all()
    x = Tensor(np.linspace(-0.99, 0.99, 9))
    np.testing.assert_allclose(special.chebyshev_polynomial_t(x, 40).value, np.cos(40 * np.arccos(x.value)), atol=1e-12)


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
    (lambda: picograd.mvlgamma(Tensor([3.0]), 0), ValueError,
     r"mvlgamma: p = 0: it is a number of dimensions; give 1 or more"),
    (lambda: picograd.special.zeta(Tensor([3.0]), 2.0).sum().backward(), NotImplementedError,
     r"zeta: a gradient in x, the exponent: there is none, as in PyTorch; detach\(\) it"),
    (lambda: picograd.special.laguerre_polynomial_l(1.0, Tensor([3.0])).sum().backward(), NotImplementedError,
     r"orthogonal: a gradient in n, the degree: it is a whole number; detach\(\) it"),
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

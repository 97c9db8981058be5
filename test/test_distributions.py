"""Every distribution against PyTorch's: log_prob, entropy, moments, cdf, KL divergence, and draws."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor
from picograd import distributions as D
from picograd.autograd import gradcheck, gradgradcheck
from picograd.distributions import Distribution

rng = np.random.default_rng(0)


def real(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape)


def positive(*shape: int) -> np.ndarray:
    return rng.uniform(0.5, 2.5, shape)


def chance(*shape: int) -> np.ndarray:
    return rng.uniform(0.1, 0.9, shape)


def simplex(*shape: int) -> np.ndarray:
    x = positive(*shape)
    return x / x.sum(-1, keepdims=True)


def whole(low: int, high: int, *shape: int) -> np.ndarray:
    return rng.integers(low, high, shape).astype(float)


def one_hot(n: int, k: int) -> np.ndarray:
    return np.eye(k)[rng.integers(0, k, n)]


def triangular(n: int) -> np.ndarray:
    return np.tril(0.3 * real(n, n), -1) + np.diag(positive(n))


L = triangular(3)
A = L @ L.T


@dataclass
class Row:
    """A distribution from some arrays, a value of it, and a second set of arrays for KL."""

    name: str
    make: Callable[..., Any]  # (module of distributions, *tensors) -> Distribution
    inputs: tuple[np.ndarray, ...]
    value: np.ndarray
    others: tuple[np.ndarray, ...] | None = None  # inputs of q in KL(p || q)
    discrete: bool = False
    properties: tuple[str, ...] = ("mean", "variance", "stddev")
    entropy: bool = True
    cdf: bool = False


def kind(name: str, *keys: str, **options: Any) -> Callable[..., Any]:
    """The constructor of this name, the tensors given under these keywords."""
    return lambda m, *xs: getattr(m, name)(**dict(zip(keys, xs, strict=True)), **options)


ROWS = [
    Row(
        "Normal",
        kind("Normal", "loc", "scale"),
        (real(3), positive(2, 1)),
        real(2, 3),
        (real(2, 3), positive(3)),
        cdf=True,
    ),
    Row(
        "Laplace",
        kind("Laplace", "loc", "scale"),
        (real(3), positive(2, 1)),
        real(2, 3),
        (real(2, 3), positive(3)),
        cdf=True,
    ),
    Row("Gumbel", kind("Gumbel", "loc", "scale"), (real(3), positive(3)), real(2, 3), (real(3), positive(3)), cdf=True),
    Row(
        "Cauchy",
        kind("Cauchy", "loc", "scale"),
        (real(3), positive(3)),
        real(2, 3),
        (real(3), positive(3)),
        properties=(),
    ),
    Row(
        "Uniform",
        kind("Uniform", "low", "high"),
        (-positive(3), positive(3)),
        rng.uniform(-0.4, 0.4, (2, 3)),
        (-3 * np.ones(3), 3 * np.ones(3)),
        cdf=True,
    ),
    Row("Exponential", kind("Exponential", "rate"), (positive(3),), positive(2, 3), (positive(3),), cdf=True),
    Row("HalfNormal", kind("HalfNormal", "scale"), (positive(3),), positive(2, 3), (positive(3),), cdf=True),
    Row(
        "LogNormal",
        kind("LogNormal", "loc", "scale"),
        (real(3), positive(3)),
        positive(2, 3),
        (real(3), positive(3)),
        cdf=True,
    ),
    Row(
        "Gamma",
        kind("Gamma", "concentration", "rate"),
        (positive(3), positive(3)),
        positive(2, 3),
        (positive(3), positive(3)),
    ),
    Row("Chi2", kind("Chi2", "df"), (positive(3),), positive(2, 3), (positive(3),)),
    Row(
        "Beta",
        kind("Beta", "concentration1", "concentration0"),
        (positive(3), positive(3)),
        chance(2, 3),
        (positive(3), positive(3)),
    ),
    Row(
        "Dirichlet",
        kind("Dirichlet", "concentration"),
        (positive(2, 4),),
        simplex(3, 2, 4),
        (positive(2, 4),),
        properties=("mean", "variance"),
    ),
    Row("StudentT", kind("StudentT", "df", "loc", "scale"), (positive(3) + 2, real(3), positive(3)), real(2, 3)),
    Row("StudentT", kind("StudentT", "df"), (np.array([0.5, 1.5, 2.5]),), real(2, 3), properties=("mean", "variance")),
    Row("Bernoulli", kind("Bernoulli", "probs"), (chance(3),), whole(0, 2, 4, 3), (chance(3),), discrete=True),
    Row("Bernoulli", kind("Bernoulli", "logits"), (real(3),), whole(0, 2, 4, 3), (real(3),), discrete=True),
    Row("Geometric", kind("Geometric", "probs"), (chance(3),), whole(0, 6, 4, 3), (chance(3),), discrete=True),
    Row("Geometric", kind("Geometric", "logits"), (real(3),), whole(0, 6, 4, 3), (real(3),), discrete=True),
    Row(
        "Binomial",
        kind("Binomial", "probs", total_count=5),
        (chance(3),),
        whole(0, 6, 4, 3),
        (chance(3),),
        discrete=True,
    ),
    Row(
        "Binomial", kind("Binomial", "logits", total_count=5), (real(3),), whole(0, 6, 4, 3), (real(3),), discrete=True
    ),
    Row(
        "Poisson",
        kind("Poisson", "rate"),
        (positive(3),),
        whole(0, 6, 4, 3),
        (positive(3),),
        discrete=True,
        entropy=False,
    ),
    Row(
        "Categorical",
        kind("Categorical", "probs"),
        (positive(2, 4),),
        whole(0, 4, 3, 2),
        (positive(2, 4),),
        discrete=True,
        properties=(),
    ),
    Row(
        "Categorical",
        kind("Categorical", "logits"),
        (real(2, 4),),
        whole(0, 4, 3, 2),
        (real(2, 4),),
        discrete=True,
        properties=(),
    ),
    Row(
        "OneHotCategorical",
        kind("OneHotCategorical", "probs"),
        (positive(4),),
        one_hot(3, 4),
        (positive(4),),
        discrete=True,
    ),
    Row(
        "OneHotCategorical",
        kind("OneHotCategorical", "logits"),
        (real(3, 4),),
        one_hot(3, 4),
        (real(3, 4),),
        discrete=True,
    ),
    Row(
        "Multinomial",
        kind("Multinomial", "probs", total_count=6),
        (positive(3),),
        np.array([[1.0, 2, 3], [0, 6, 0]]),
        discrete=True,
    ),
    Row(
        "Multinomial",
        kind("Multinomial", "logits", total_count=6),
        (real(2, 3),),
        np.array([[1.0, 2, 3], [0, 6, 0]]),
        discrete=True,
    ),
    Row(
        "MultivariateNormal",
        kind("MultivariateNormal", "loc", "scale_tril"),
        (real(2, 3), L),
        real(2, 3),
        (real(3), triangular(3)),
        properties=(
            "mean",
            "variance",
            "covariance_matrix",
        ),
    ),
    Row(
        "MultivariateNormal",
        kind("MultivariateNormal", "loc", "covariance_matrix"),
        (real(3), A),
        real(2, 3),
        (real(2, 3), A + np.eye(3)),
        properties=("mean", "variance", "precision_matrix", "scale_tril"),
    ),
    Row(
        "MultivariateNormal",
        kind("MultivariateNormal", "loc", "precision_matrix"),
        (real(3), A),
        real(2, 3),
        properties=("mean", "variance", "covariance_matrix", "scale_tril"),
    ),
    Row(
        "Independent",
        lambda m, a, b: m.Independent(m.Normal(a, b), 1),
        (real(2, 3), positive(3)),
        real(2, 3),
        (real(3), positive(2, 3)),
    ),
    Row(
        "Independent",
        lambda m, p: m.Independent(m.Bernoulli(p), 2),
        (chance(2, 3),),
        whole(0, 2, 2, 3),
        (chance(2, 3),),
        discrete=True,
    ),
    Row(
        "MixtureSameFamily",
        lambda m, p, a, b: m.MixtureSameFamily(m.Categorical(p), m.Normal(a, b)),
        (positive(2, 4), real(2, 4), positive(2, 4)),
        real(3, 2),
        entropy=False,
    ),
    Row(
        "MixtureSameFamily",
        lambda m, p, a, b: m.MixtureSameFamily(m.Categorical(logits=p), m.Independent(m.Normal(a, b), 1)),
        (real(4), real(4, 3), positive(4, 3)),
        real(2, 3),
        entropy=False,
    ),
    Row(
        "RelaxedBernoulli",
        kind("RelaxedBernoulli", "temperature", "probs"),
        (np.array(0.7), chance(3)),
        chance(2, 3),
        properties=(),
        entropy=False,
    ),
    Row(
        "LogitRelaxedBernoulli",
        lambda m, x: getattr(m, "relaxed_bernoulli", m).LogitRelaxedBernoulli(
            *([Tensor(np.array(0.7))] if m is D else [x.new_tensor(0.7)]), logits=x
        ),
        (real(3),),
        real(2, 3),
        properties=(),
        entropy=False,
    ),
    Row(
        "RelaxedOneHotCategorical",
        kind("RelaxedOneHotCategorical", "temperature", "logits"),
        (np.array(0.7), real(4)),
        simplex(2, 4),
        properties=(),
        entropy=False,
    ),
    Row(
        "TransformedDistribution",
        lambda m, a, b, c, d: m.TransformedDistribution(
            m.Normal(a, b), [m.AffineTransform(c, d), m.SigmoidTransform()]
        ),
        (real(3), positive(3), real(3), -positive(3)),
        chance(2, 3),
        properties=(),
        entropy=False,
        cdf=True,
    ),
    Row(
        "TransformedDistribution",
        lambda m, a, b: m.TransformedDistribution(
            m.Independent(m.Normal(a, b), 1), [m.TanhTransform(), m.AffineTransform(1.0, 2.0)]
        ),
        (real(2, 3), positive(3)),
        2 * rng.uniform(-0.9, 0.9, (2, 3)) + 1,
        properties=(),
        entropy=False,
    ),
    Row(
        "TransformedDistribution",
        lambda m, a: m.TransformedDistribution(m.Exponential(a), m.ExpTransform().inv),
        (positive(3),),
        real(2, 3),
        (positive(3),),
        properties=(),
        entropy=False,
    ),
]
by_name = pytest.mark.parametrize("row", ROWS, ids=[f"{k} {row.name}" for k, row in enumerate(ROWS)])


@pytest.fixture(scope="module")
def peer() -> Any:
    return pytest.importorskip("torch")


def ours(row: Row, dtype: Any = np.float64, inputs: Any = None) -> tuple[Any, list[Tensor]]:
    leaves = [Tensor(x.astype(dtype)) for x in (row.inputs if inputs is None else inputs)]
    return row.make(D, *leaves), leaves


def theirs(row: Row, torch: Any, dtype: Any = np.float64, inputs: Any = None) -> tuple[Any, list[Any]]:
    leaves = [torch.from_numpy(x.astype(dtype)).requires_grad_() for x in (row.inputs if inputs is None else inputs)]
    return row.make(torch.distributions, *leaves), leaves


def same(torch: Any, row: Row, function: Callable[[Any, Any], Any], dtype: Any, inputs: Any = None) -> None:
    """function(distribution, module) and its gradients are PyTorch's."""
    tolerance = 1e-9 if dtype == np.float64 else 1e-5
    p, leaves = ours(row, dtype, inputs)
    q, peers = theirs(row, torch, dtype, inputs)
    y, z = function(p, picograd), function(q, torch)
    assert y.dtype == dtype
    scale = tolerance * max(1.0, float(np.nan_to_num(np.abs(z.detach().numpy()), posinf=0).max(initial=0)))
    np.testing.assert_allclose(y.value, z.detach().numpy(), tolerance, scale)
    assert y.requires_grad == z.requires_grad
    if not y.requires_grad:
        return
    g = np.random.default_rng(1).uniform(0.5, 1.5, y.shape).astype(dtype)
    y.backward(g)
    z.backward(torch.from_numpy(g))
    for x, u in zip(leaves, peers, strict=True):
        expected = np.zeros_like(x.value) if u.grad is None else u.grad.numpy()
        scale = 10 * tolerance * max(1.0, float(np.nan_to_num(np.abs(expected), posinf=0).max(initial=0)))
        np.testing.assert_allclose(x.grad, expected, 10 * tolerance, scale)


@by_name
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["64", "32"])
def test_log_prob(row: Row, dtype: Any, peer: Any) -> None:
    def log_prob(p: Any, module: Any) -> Any:
        value = row.value.astype(dtype)
        return p.log_prob(Tensor(value, requires_grad=False) if module is picograd else module.from_numpy(value))

    same(peer, row, log_prob, dtype)


@by_name
def test_moments_entropy_and_shapes(row: Row, peer: Any) -> None:
    p, q = ours(row)[0], theirs(row, peer)[0]
    assert p.batch_shape == tuple(q.batch_shape)
    assert p.event_shape == tuple(q.event_shape)
    for name in row.properties:
        same(peer, row, lambda d, m, name=name: getattr(d, name), np.float64)
    if row.entropy:
        # PyTorch computes a part of Multinomial's in float32: below it is held against the sum over all counts.
        for dtype in (np.float64, np.float32)[row.name == "Multinomial" :]:
            same(peer, row, lambda d, m: d.entropy(), dtype)
        p = ours(row)[0]
        np.testing.assert_allclose(p.perplexity().value, np.exp(p.entropy().value))


def test_entropy_of_a_multinomial() -> None:
    chances, n = np.array([0.2, 0.3, 0.5]), 6
    p = D.Multinomial(n, Tensor(chances))
    counts = np.array([(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)], float)
    log_prob = p.log_prob(Tensor(counts, requires_grad=False))
    assert log_prob.exp().sum().item() == pytest.approx(1, rel=1e-12)
    assert p.entropy().item() == pytest.approx(-(log_prob.exp() * log_prob).sum().item(), rel=1e-12)


@pytest.mark.parametrize("row", [row for row in ROWS if row.cdf], ids=lambda row: row.name)
def test_cdf_and_its_inverse(row: Row, peer: Any) -> None:
    same(peer, row, lambda d, m: d.cdf(m.tensor(row.value)), np.float64)
    p = ours(row)[0]
    level = Tensor(rng.uniform(0.05, 0.95, row.value.shape))
    np.testing.assert_allclose(p.cdf(p.icdf(level)).value, level.value, 1e-9)
    same(peer, row, lambda d, m: d.icdf(m.tensor(level.value)), np.float64)


@pytest.mark.parametrize("row", [row for row in ROWS if row.others], ids=lambda row: row.name)
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["64", "32"])
def test_kl(row: Row, dtype: Any, peer: Any) -> None:
    n = len(row.inputs)

    def divergence(m: Any) -> Callable[..., Any]:
        return lambda *xs: m.kl_divergence(row.make(m, *xs[:n]), row.make(m, *xs[n:]))

    pair = Row(row.name, lambda m, *xs: divergence(m)(*xs), (*row.inputs, *(row.others or ())), row.value)
    same(peer, pair, lambda result, m: result, dtype)


CROSSED = [
    ("Uniform", (-positive(3), positive(3)), "Normal", (real(3), positive(3))),
    ("Laplace", (real(3), positive(3)), "Normal", (real(3), positive(3))),
    ("Exponential", (positive(3),), "Gamma", (positive(3), positive(3))),
    ("Gamma", (positive(3), positive(3)), "Exponential", (positive(3),)),
    ("Uniform", (-positive(3), positive(3)), "Uniform", (np.array([-9.0, -0.1, -9]), np.array([9.0, 9, 0.1]))),
]


@pytest.mark.parametrize("names", CROSSED, ids=lambda names: f"{names[0]} {names[2]}")
def test_kl_of_two_kinds(names: Any, peer: Any) -> None:
    a, first, b, second = names
    expected = peer.distributions.kl_divergence(
        getattr(peer.distributions, a)(*map(peer.from_numpy, first)),
        getattr(peer.distributions, b)(*map(peer.from_numpy, second)),
    )
    found = D.kl_divergence(getattr(D, a)(*map(Tensor, first)), getattr(D, b)(*map(Tensor, second)))
    np.testing.assert_allclose(found.value, expected.numpy(), 1e-9)


def test_kl_of_binomials_with_other_counts() -> None:
    p, q = D.Binomial(5, Tensor([0.5])), D.Binomial(4, Tensor([0.5]))
    assert D.kl_divergence(p, q).item() == np.inf
    with pytest.raises(NotImplementedError, match=r"kl_divergence: two Binomials: q has more trials than p"):
        D.kl_divergence(q, p)


# ---- draws ---------------------------------------------------------------------------------------------------------


@by_name
def test_draws_have_the_moments(row: Row) -> None:
    p = ours(row)[0]
    picograd.manual_seed(3)
    draws = p.sample((20000,))
    assert draws.shape == (20000, *p.batch_shape, *p.event_shape)
    assert not draws.requires_grad
    if row.name not in ("Categorical",):
        assert draws.dtype == np.float64
    assert p.support.check(draws).all()
    assert p.sample().shape == (*p.batch_shape, *p.event_shape)
    p.log_prob(draws)
    if "mean" in row.properties and np.isfinite(p.variance.value).all():
        error = np.abs(draws.value.mean(0) - p.mean.value) / np.sqrt(p.variance.value)
        assert error.max() < 5 / np.sqrt(20000)
        if row.name != "StudentT":  # whose squares vary without bound
            np.testing.assert_allclose(draws.value.var(0), p.variance.value, 0.15)


@by_name
def test_draws_follow_the_density(row: Row) -> None:
    """The average of -log_prob over draws is the entropy."""
    if not row.entropy:
        return
    p = ours(row)[0]
    picograd.manual_seed(4)
    surprise = -p.log_prob(p.sample((20000,))).value
    np.testing.assert_allclose(surprise.mean(0), p.entropy().value, atol=6 * surprise.std(0).max() / np.sqrt(20000))


@by_name
def test_rsample_has_the_gradient_of_the_same_noise(row: Row) -> None:
    p, leaves = ours(row)
    without = ("Gamma", "Chi2", "Beta", "Dirichlet", "StudentT", "MixtureSameFamily")
    assert p.has_rsample == (not row.discrete and row.name not in without)
    if not p.has_rsample:
        with pytest.raises(NotImplementedError, match=rf"{type(p).__name__}: rsample: |Bernoulli: rsample: "):
            p.rsample()
        return

    def draw(*xs: Tensor) -> Tensor:
        picograd.manual_seed(5)
        return row.make(D, *xs).rsample((2,))

    assert draw(*leaves).requires_grad
    moving = [x for x in leaves if x.ndim]  # not the temperature
    fixed = [k for k, x in enumerate(leaves) if not any(x is m for m in moving)]
    if row.name == "MultivariateNormal":
        return  # below: a matrix must stay symmetric

    def of_moving(*xs: Tensor) -> Tensor:
        rest = iter(xs)
        return draw(*(leaves[k] if k in fixed else next(rest) for k in range(len(leaves))))

    assert gradcheck(of_moving, moving)


def test_rsample_of_a_multivariate_normal() -> None:
    loc, scale = Tensor(real(2, 3)), Tensor(triangular(3))

    def draw(loc: Tensor, x: Tensor) -> Tensor:
        picograd.manual_seed(5)
        return D.MultivariateNormal(loc, covariance_matrix=x @ x.mT, validate_args=False).rsample((2,))

    assert gradcheck(draw, [loc, scale])
    assert gradgradcheck(draw, [loc, scale])


def test_draws_come_from_the_librarys_generator() -> None:
    p = D.Normal(Tensor([0.0]), Tensor([1.0]))
    picograd.manual_seed(7)
    first = p.sample((3,))
    picograd.manual_seed(7)
    np.testing.assert_array_equal(p.sample((3,)).value, first.value)


# ---- the rest ------------------------------------------------------------------------------------------------------


@by_name
def test_expand(row: Row) -> None:
    p = ours(row)[0]
    q = p.expand((5, *p.batch_shape))
    assert type(q) is type(p)
    assert q.batch_shape == (5, *p.batch_shape)
    assert q.event_shape == p.event_shape
    assert q.sample((2,)).shape == (2, 5, *p.batch_shape, *p.event_shape)
    value = p.sample()
    np.testing.assert_allclose(q.log_prob(value).value, np.broadcast_to(p.log_prob(value).value, (5, *p.batch_shape)))


@pytest.mark.parametrize(
    "row",
    [r for r in ROWS if r.name in ("Bernoulli", "Binomial", "Categorical", "OneHotCategorical")],
    ids=lambda row: row.name,
)
def test_enumerate_support(row: Row, peer: Any) -> None:
    for expand in (True, False):
        np.testing.assert_array_equal(
            ours(row)[0].enumerate_support(expand).value, theirs(row, peer)[0].enumerate_support(expand).numpy()
        )
    p = ours(row)[0]
    np.testing.assert_allclose(p.log_prob(p.enumerate_support()).exp().value.sum(0), 1, 1e-9)


TRANSFORMS = [
    lambda m: m.ExpTransform(),
    lambda m: m.AffineTransform(1.0, -2.0),
    lambda m: m.SigmoidTransform(),
    lambda m: m.TanhTransform(),
    lambda m: m.ExpTransform().inv.inv,
    lambda m: m.ComposeTransform([m.AffineTransform(0.5, 2.0), m.TanhTransform(), m.AffineTransform(0.0, 3.0)]),
    lambda m: m.AffineTransform(1.0, 2.0, event_dim=1),
    lambda m: m.ComposeTransform([]),
]


@pytest.mark.parametrize("make", TRANSFORMS)
def test_transforms(make: Any, peer: Any) -> None:
    ours, theirs = make(D.transforms), make(peer.distributions.transforms)
    x = real(2, 3)
    y = ours(Tensor(x))
    np.testing.assert_allclose(y.value, theirs(peer.from_numpy(x)).numpy(), 1e-12)
    np.testing.assert_allclose(ours.inv(y).value, x, 1e-9)
    np.testing.assert_allclose(ours.inverse(y).value, x, 1e-9)
    if getattr(ours, "parts", True):
        expected = theirs.log_abs_det_jacobian(peer.from_numpy(x), theirs(peer.from_numpy(x))).numpy()
        np.testing.assert_allclose(ours.log_abs_det_jacobian(Tensor(x), y).value, expected, 1e-9)
        np.testing.assert_allclose(ours.inv.log_abs_det_jacobian(y, Tensor(x)).value, -expected, 1e-9)
        assert ours.inv.sign == ours.sign == theirs.sign


def test_numbers_and_extremes() -> None:
    assert D.Normal(0.0, 1.0).log_prob(Tensor(np.float32(0))).dtype == np.float32
    assert D.Normal(0, Tensor(np.ones(2))).loc.dtype == np.float64
    assert D.Bernoulli(Tensor([0.0, 1.0])).log_prob(Tensor([0.0, 1.0])).value == pytest.approx(0, abs=1e-6)
    assert D.Bernoulli(logits=Tensor([200.0])).log_prob(Tensor([0.0])).item() == -200
    assert D.Poisson(Tensor([0.0])).log_prob(Tensor([0.0])).item() == 0
    assert D.Geometric(Tensor([1.0])).log_prob(Tensor([0.0])).item() == 0
    assert D.Normal(0.0, 1.0, validate_args=False).log_prob(Tensor([np.nan])).isnan().all()
    assert D.HalfNormal(1.0, validate_args=False).log_prob(Tensor([-1.0])).item() == -np.inf
    with np.errstate(divide="ignore"):
        assert D.Uniform(0.0, 1.0, validate_args=False).log_prob(Tensor([2.0])).item() == -np.inf
    assert repr(D.Normal(0.0, Tensor([1.0, 2.0]))) == "Normal(loc: (2,), scale: (2,))"
    assert repr(D.Exponential(2.0)) == "Exponential(rate: 2.0)"
    for p in (D.Independent(D.Normal(Tensor([0.0]), 1.0), 1), D.LogNormal(0.0, 1.0)):
        assert "Normal(loc" in repr(p)
    mixture = D.MixtureSameFamily(D.Categorical(Tensor([0.5, 0.5])), D.Normal(Tensor([0.0, 1.0]), 1.0))
    assert "Categorical" in repr(mixture)
    assert mixture.cdf(Tensor([0.5])).item() == pytest.approx(0.5)


# The mistake, the error, and how its message begins.
BAD: list[tuple[str, type[Exception], str]] = [
    (
        "D.Normal(0.0, t(-1.0, 2.0))",
        ValueError,
        r"Normal: parameter scale of shape \(2,\): it must be more than 0, found \[-1.0\]; ",
    ),
    ("D.Normal(t(float('nan')), 1.0)", ValueError, r"Normal: parameter loc of shape \(1,\): it must be numbers"),
    (
        "D.Normal(t(1.0, 2.0), t(1.0, 2.0, 3.0))",
        ValueError,
        r"parameters: shapes \(2,\), \(3,\): they do not broadcast",
    ),
    ("D.Normal(0.0, 1.0).log_prob(t(float('nan')))", ValueError, r"Normal: value of shape \(1,\): it must be numbers"),
    ("D.Normal(0.0, 1.0).log_prob(1.0)", TypeError, r"Normal: a float as value: it must be a Tensor; "),
    (
        "D.Normal(t(0.0, 1.0), 1.0).log_prob(t(1.0, 2.0, 3.0))",
        ValueError,
        r"Normal: a value of shape \(3,\): it does not broadcast",
    ),
    (
        "D.Exponential(1.0).log_prob(t(-1.0))",
        ValueError,
        r"Exponential: value of shape \(1,\): it must be at least 0, found",
    ),
    ("D.Bernoulli(1.5)", ValueError, r"Bernoulli: parameter probs of shape \(\): it must be between 0 and 1, found"),
    ("D.Bernoulli()", ValueError, r"Bernoulli: nothing given: it takes exactly one of probs, logits; "),
    ("D.Bernoulli(0.5, logits=0.0)", ValueError, r"Bernoulli: probs and logits given: it takes exactly one"),
    (
        "D.Bernoulli(0.5).log_prob(t(0.5))",
        ValueError,
        r"Bernoulli: value of shape \(1,\): it must be whole numbers from 0 to 1",
    ),
    ("D.Geometric(t(0.0))", ValueError, r"Geometric: parameter probs of shape \(1,\): it must be more than 0"),
    ("D.Binomial(3, 0.5).log_prob(t(4.0))", ValueError, r"Binomial: value of shape \(1,\): it must be whole numbers"),
    (
        "D.Binomial(t(2.0, 3.0), 0.5).enumerate_support()",
        NotImplementedError,
        r"Binomial: total_count of shape \(2,\): ",
    ),
    ("D.Categorical(t(-1.0, 2.0))", ValueError, r"Categorical: parameter probs of shape \(2,\): it must be at least 0"),
    ("D.Categorical(t(0.0, 0.0))", ValueError, r"Categorical: probs of shape \(2,\): a row sums to 0; "),
    (
        "D.Categorical(logits=m.tensor(1.0))",
        ValueError,
        r"Categorical: logits of shape \(\): it needs an axis of categories; ",
    ),
    (
        "D.Categorical(t(0.5, 0.5)).log_prob(t(2.0))",
        ValueError,
        r"Categorical: value of shape \(1,\): it must be whole numbers from 0 to 1",
    ),
    (
        "D.OneHotCategorical(t(0.5, 0.5)).log_prob(t(1.0, 1.0))",
        ValueError,
        r"OneHotCategorical: value of shape \(2,\): it must be zeros with",
    ),
    (
        "D.OneHotCategorical(t(0.5, 0.5)).log_prob(t(1.0))",
        ValueError,
        r"OneHotCategorical: a value of shape \(1,\): it does not broadcast",
    ),
    (
        "D.Multinomial(3, t(0.5, 0.5)).log_prob(t(1.0, 1.0))",
        ValueError,
        r"Multinomial: value of shape \(2,\): it must be .* sum to 3",
    ),
    ("D.Multinomial(t(3.0), t(0.5, 0.5))", NotImplementedError, r"Multinomial: a Tensor as total_count: "),
    ("D.Uniform(1.0, 0.0)", ValueError, r"Uniform: low and high of shape \(\): low must be below high everywhere; "),
    ("D.Dirichlet(1.0)", ValueError, r"Dirichlet: concentration of shape \(\): "),
    (
        "D.Dirichlet(t(1.0, 1.0)).log_prob(t(0.5, 0.6))",
        ValueError,
        r"Dirichlet: value of shape \(2,\): it must be from 0 on, with rows that sum",
    ),
    (
        "D.MultivariateNormal(t(0.0, 0.0))",
        ValueError,
        r"MultivariateNormal: nothing given: it takes exactly one of cov",
    ),
    (
        "D.MultivariateNormal(t(0.0, 0.0), m.eye(3))",
        ValueError,
        r"MultivariateNormal: loc \(2,\) and covariance_matrix \(3, 3\): ",
    ),
    (
        "D.MultivariateNormal(t(0.0, 0.0), -m.eye(2))",
        ValueError,
        r"MultivariateNormal: parameter covariance_matrix of shape \(2, 2\): it must be symmetric",
    ),
    (
        "D.MultivariateNormal(t(0.0, 0.0), scale_tril=m.ones(2, 2))",
        ValueError,
        r"MultivariateNormal: parameter scale_tril of shape \(2, 2\): it must be lower",
    ),
    (
        "D.MultivariateNormal(t(0.0, 0.0), -m.eye(2), validate_args=False)",
        RuntimeError,
        r"cholesky: shape \(2, 2\): a matrix is not positive definite; ",
    ),
    (
        "D.Independent(D.Normal(0.0, 1.0), 1)",
        ValueError,
        r"Independent: 1 of the axes of batch \(\): there are only 0; ",
    ),
    (
        "D.MixtureSameFamily(D.Normal(0.0, 1.0), D.Normal(t(0.0), 1.0))",
        ValueError,
        r"MixtureSameFamily: a Normal as mixture distribution: ",
    ),
    (
        "D.MixtureSameFamily(D.Categorical(t(0.5, 0.5)), D.Normal(t(0.0), 1.0))",
        ValueError,
        r"MixtureSameFamily: 2 categories and components of batch \(1,\): ",
    ),
    (
        "D.TransformedDistribution(D.Normal(0.0, 1.0), [abs])",
        ValueError,
        r"TransformedDistribution: a builtin_function_or_method among the transforms: ",
    ),
    (
        "D.Gamma(1.0, 1.0).rsample()",
        NotImplementedError,
        r"Gamma: rsample: draws of the gamma family have no gradient here; ",
    ),
    ("D.Poisson(1.0).entropy()", NotImplementedError, r"Poisson: entropy: there is no formula for it here; "),
    ("D.Gamma(1.0, 1.0).cdf(t(1.0))", NotImplementedError, r"Gamma: cdf: "),
    ("D.Poisson(1.0).rsample()", NotImplementedError, r"Poisson: rsample: "),
    ("D.Transform()(t(1.0))", NotImplementedError, r"Transform: __call__: it is missing; "),
    ("D.Transform().inverse(t(1.0))", NotImplementedError, r"Transform: inverse: it is missing; "),
    (
        "D.Transform().log_abs_det_jacobian(t(1.0), t(1.0))",
        NotImplementedError,
        r"Transform: log_abs_det_jacobian: it is",
    ),
    (
        "D.kl_divergence(D.Normal(0.0, 1.0), D.Gamma(1.0, 1.0))",
        NotImplementedError,
        r"kl_divergence: Normal and Gamma: there is no formula",
    ),
    (
        "D.kl_divergence(D.Independent(D.Normal(t(0.0), 1.0), 1), D.Independent(D.Normal(t(0.0), 1.0), 0))",
        NotImplementedError,
        r"kl_divergence: Independent with 1 and 0 axes: ",
    ),
    (
        "D.kl_divergence(D.LogNormal(0.0, 1.0), D.TransformedDistribution(D.Normal(0.0, 1.0), []))",
        NotImplementedError,
        r"kl_divergence: TransformedDistribution with different transforms: ",
    ),
    ("D.register_kl(int, D.Normal)", TypeError, r"register_kl: <class 'int'>: it is no class of distributions; "),
    ("D.Distribution.set_default_validate_args(2)", ValueError, r"set_default_validate_args: 2: it is True or False; "),
]


@pytest.mark.parametrize(("text", "error", "message"), BAD, ids=[text for text, *_ in BAD])
def test_mistakes(text: str, error: type[Exception], message: str) -> None:
    scope = {"D": D, "m": picograd, "t": lambda *xs: picograd.tensor(xs)}
    with pytest.raises(error, match=message) as caught:
        eval(text, scope)
    assert str(caught.value).count("; ") >= 1 and "\n" not in str(caught.value)


def test_validation_can_be_switched_off() -> None:
    D.Normal(0.0, -1.0, validate_args=False)
    try:
        Distribution.set_default_validate_args(False)
        D.Normal(0.0, -1.0)
    finally:
        Distribution.set_default_validate_args(True)


def test_your_own_pair() -> None:
    class Mine(D.Normal):
        pass

    assert D.kl_divergence(Mine(0.0, 1.0), D.Normal(0.0, 1.0)).item() == 0  # that of the class that it derives from
    try:
        D.register_kl(Mine, Mine)(lambda p, q: "mine")
        assert D.kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)) == "mine"
    finally:
        del D.kl.FORMULAS[Mine, Mine]


def test_every_distribution_has_a_row() -> None:
    classes = {name for name in D.__all__ if inspect.isclass(getattr(D, name))}
    public = {name for name in classes if issubclass(getattr(D, name), Distribution)}
    assert public - {"Distribution"} == {row.name for row in ROWS}

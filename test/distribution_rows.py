"""A row for each distribution: how it is made, from what arrays, and a value of it. Shared by the tests of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from picograd import Tensor
from picograd import distributions as D

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


def correlation(n: int, k: int) -> np.ndarray:
    """Factors of correlation matrices."""
    x = np.tril(real(n, k, k), -1) + np.eye(k)
    return x / np.sqrt((x * x).sum(-1, keepdims=True))


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
    ),
    Row(
        "Laplace",
        kind("Laplace", "loc", "scale"),
        (real(3), positive(2, 1)),
        real(2, 3),
        (real(2, 3), positive(3)),
    ),
    Row("Gumbel", kind("Gumbel", "loc", "scale"), (real(3), positive(3)), real(2, 3), (real(3), positive(3))),
    Row(
        "Cauchy",
        kind("Cauchy", "loc", "scale"),
        (real(3), positive(3)),
        real(2, 3),
        (real(3), positive(3)),
    ),
    Row(
        "Uniform",
        kind("Uniform", "low", "high"),
        (-positive(3), positive(3)),
        rng.uniform(-0.4, 0.4, (2, 3)),
        (-3 * np.ones(3), 3 * np.ones(3)),
    ),
    Row("Exponential", kind("Exponential", "rate"), (positive(3),), positive(2, 3), (positive(3),)),
    Row("HalfNormal", kind("HalfNormal", "scale"), (positive(3),), positive(2, 3), (positive(3),)),
    Row(
        "LogNormal",
        kind("LogNormal", "loc", "scale"),
        (real(3), positive(3)),
        positive(2, 3),
        (real(3), positive(3)),
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
    ),
    Row("StudentT", kind("StudentT", "df", "loc", "scale"), (positive(3) + 2, real(3), positive(3)), real(2, 3)),
    Row("StudentT", kind("StudentT", "df"), (np.array([0.5, 1.5, 2.5]),), real(2, 3)),
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
    ),
    Row(
        "Categorical",
        kind("Categorical", "probs"),
        (positive(2, 4),),
        whole(0, 4, 3, 2),
        (positive(2, 4),),
        discrete=True,
    ),
    Row(
        "Categorical",
        kind("Categorical", "logits"),
        (real(2, 4),),
        whole(0, 4, 3, 2),
        (real(2, 4),),
        discrete=True,
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
        lambda m, loc, x: m.MultivariateNormal(loc, scale_tril=x.tril()),
        (real(2, 3), L),
        real(2, 3),
        (real(3), triangular(3)),
    ),
    Row(
        "MultivariateNormal",
        kind("MultivariateNormal", "loc", "covariance_matrix"),
        (real(3), A),
        real(2, 3),
        (real(2, 3), A + np.eye(3)),
    ),
    Row(
        "MultivariateNormal",
        kind("MultivariateNormal", "loc", "precision_matrix"),
        (real(3), A),
        real(2, 3),
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
    ),
    Row(
        "MixtureSameFamily",
        lambda m, p, a, b: m.MixtureSameFamily(m.Categorical(logits=p), m.Independent(m.Normal(a, b), 1)),
        (real(4), real(4, 3), positive(4, 3)),
        real(2, 3),
    ),
    Row(
        "RelaxedBernoulli",
        kind("RelaxedBernoulli", "temperature", "probs"),
        (np.array(0.7), chance(3)),
        chance(2, 3),
    ),
    Row(
        "LogitRelaxedBernoulli",
        lambda m, x: getattr(m, "relaxed_bernoulli", m).LogitRelaxedBernoulli(
            *([Tensor(np.array(0.7))] if m is D else [x.new_tensor(0.7)]), logits=x
        ),
        (real(3),),
        real(2, 3),
    ),
    Row(
        "RelaxedOneHotCategorical",
        kind("RelaxedOneHotCategorical", "temperature", "logits"),
        (np.array(0.7), real(4)),
        simplex(2, 4),
    ),
    Row(
        "TransformedDistribution",
        lambda m, a, b, c, d: m.TransformedDistribution(
            m.Normal(a, b), [m.AffineTransform(c, d), m.SigmoidTransform()]
        ),
        (real(3), positive(3), real(3), -positive(3)),
        chance(2, 3),
    ),
    Row(
        "TransformedDistribution",
        lambda m, a, b: m.TransformedDistribution(
            m.Independent(m.Normal(a, b), 1), [m.TanhTransform(), m.AffineTransform(1.0, 2.0)]
        ),
        (real(2, 3), positive(3)),
        2 * rng.uniform(-0.9, 0.9, (2, 3)) + 1,
    ),
    Row(
        "TransformedDistribution",
        lambda m, a: m.TransformedDistribution(m.Exponential(a), m.ExpTransform().inv),
        (positive(3),),
        real(2, 3),
        (positive(3),),
    ),
    Row("HalfCauchy", kind("HalfCauchy", "scale"), (positive(3),), positive(2, 3), (positive(3),)),
    Row(
        "FisherSnedecor",
        kind("FisherSnedecor", "df1", "df2"),
        (np.array([1.5, 3, 7]), np.array([3.5, 5, 9])),
        positive(2, 3),
    ),
    Row(
        "InverseGamma",
        kind("InverseGamma", "concentration", "rate"),
        (np.array([0.7, 1.5, 5.5]), positive(3)),
        positive(2, 3),
        (positive(3), positive(3)),
    ),
    Row(
        "Pareto",
        kind("Pareto", "scale", "alpha"),
        (positive(3), np.array([0.8, 1.6, 5.0])),
        positive(2, 3) + 2.5,
        (positive(3), positive(3)),
    ),
    Row("Weibull", kind("Weibull", "scale", "concentration"), (positive(3), positive(3) + 1), positive(2, 3)),
    Row(
        "Kumaraswamy", kind("Kumaraswamy", "concentration1", "concentration0"), (positive(3), positive(3)), chance(2, 3)
    ),
    Row(
        "GeneralizedPareto",
        kind("GeneralizedPareto", "loc", "scale", "concentration"),
        (real(3), positive(3), np.array([-0.3, 0.0, 0.2])),
        rng.uniform(2.8, 3.2, (2, 3)),
    ),
    Row(
        "ContinuousBernoulli",
        kind("ContinuousBernoulli", "probs"),
        (np.array([0.1, 0.4995, 0.6, 0.9]),),
        chance(2, 4),
        (chance(4),),
    ),
    Row(
        "ContinuousBernoulli",
        kind("ContinuousBernoulli", "logits"),
        (np.array([-2.0, 0.9, 1.7]),),
        chance(2, 3),
        (real(3),),
    ),
    Row("VonMises", kind("VonMises", "loc", "concentration"), (real(3), np.array([0.5, 3.0, 8.0])), real(2, 3)),
    Row(
        "NegativeBinomial",
        kind("NegativeBinomial", "total_count", "probs"),
        (np.array([0.5, 3.0, 5.0]), chance(3)),
        whole(0, 6, 4, 3),
        discrete=True,
    ),
    Row(
        "NegativeBinomial",
        kind("NegativeBinomial", "logits", total_count=4),
        (real(3),),
        whole(0, 6, 4, 3),
        discrete=True,
    ),
    Row(
        "OneHotCategoricalStraightThrough",
        kind("OneHotCategoricalStraightThrough", "probs"),
        (positive(2, 4),),
        one_hot(2, 4),
        (positive(2, 4),),
        discrete=True,
    ),
    Row(
        "LowRankMultivariateNormal",
        kind("LowRankMultivariateNormal", "loc", "cov_factor", "cov_diag"),
        (real(2, 4), real(4, 2), positive(4)),
        real(3, 2, 4),
        (real(4), real(2, 4, 2), positive(2, 4)),
    ),
    Row(
        "LogisticNormal",
        kind("LogisticNormal", "loc", "scale"),
        (real(2, 3), positive(3)),
        simplex(2, 4),
        (real(3), positive(3)),
    ),
    Row("LKJCholesky", kind("LKJCholesky", "concentration", dim=3), (positive(2),), correlation(2, 3)),
    Row(
        "Wishart",
        lambda m, df, x: m.Wishart(df, scale_tril=x.tril()),
        (np.array([4.5, 7.0]), L),
        np.stack([A, 2 * A]),
    ),
    Row("Wishart", kind("Wishart", "covariance_matrix", df=5.0), (A,), np.stack([A, 2 * A])),
    Row("Wishart", kind("Wishart", "precision_matrix", df=5.0), (A,), np.stack([A, 2 * A])),
]
by_name = pytest.mark.parametrize("row", ROWS, ids=[f"{k} {row.name}" for k, row in enumerate(ROWS)])


def ours(row: Row, dtype: Any = np.float64, inputs: Any = None) -> tuple[Any, list[Tensor]]:
    leaves = [Tensor(x.astype(dtype)) for x in (row.inputs if inputs is None else inputs)]
    return row.make(D, *leaves), leaves


def theirs(row: Row, torch: Any, dtype: Any = np.float64, inputs: Any = None) -> tuple[Any, list[Any]]:
    leaves = [torch.from_numpy(x.astype(dtype)).requires_grad_() for x in (row.inputs if inputs is None else inputs)]
    return row.make(torch.distributions, *leaves), leaves


def agree(
    torch: Any,
    ours: tuple[Any, list[Tensor]],
    theirs: tuple[Any, list[Any]],
    tolerance: float,
    masked: bool = False,
) -> None:
    """The results are equal, in dtype too, and so are the gradients of the leaves.

    `masked`: where PyTorch's gradient is nan, from 0 times the derivative of what is not taken, ours must be 0.
    """
    (y, leaves), (z, peers) = ours, theirs
    assert str(y.dtype) == str(z.dtype).removeprefix("torch.")
    value = z.detach().numpy()
    close(y.value, value, tolerance)
    if z.requires_grad:
        g = np.random.default_rng(1).uniform(0.5, 1.5, y.shape).astype(y.dtype)
        z.backward(torch.from_numpy(g))
        if y.requires_grad:
            y.backward(g)
        for x, u in zip(leaves, peers, strict=True):
            expected = np.zeros_like(x.value) if u.grad is None else u.grad.numpy()
            expected = np.where(np.isnan(expected), 0, expected) if masked else expected
            close(x.grad if y.requires_grad else np.zeros_like(x.value), expected, 10 * tolerance)
    else:
        assert not y.requires_grad


def close(found: Any, expected: Any, tolerance: float) -> None:
    """Equal to `tolerance` of the largest number."""
    size = float(np.abs(expected[np.isfinite(expected)]).max(initial=1.0))
    np.testing.assert_allclose(found, expected, tolerance, tolerance * size)

"""What is said of mistakes with distributions, and how the checks are switched off."""

from __future__ import annotations

import pytest

import picograd
from picograd import distributions as D

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
    ("D.Normal(0.0, 1.0).log_prob(1.0)", ValueError, r"Normal: a float as value: it must be a Tensor; "),
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
        r"Bernoulli: value of shape \(1,\): it must be 0 or 1, found",
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
        "D.Multinomial(3, t(0.5, 0.5)).log_prob(t(2.0, 2.0))",
        ValueError,
        r"Multinomial: value of shape \(2,\): it must be .* sum to at most 3",
    ),
    ("D.Multinomial(t(3.0), t(0.5, 0.5))", NotImplementedError, r"Multinomial: a Tensor as total_count: "),
    (
        "D.Uniform(1.0, 0.0)",
        ValueError,
        r"Uniform: parameter low of shape \(\): it must be less than 0, found \[1.0",
    ),
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
    ("D.Beta(1.0, 1.0).cdf(t(1.0))", NotImplementedError, r"Beta: cdf: "),
    ("D.Poisson(1.0).entropy()", NotImplementedError, r"Poisson: entropy: "),
    ("D.Distribution().log_prob(t(1.0))", NotImplementedError, r"Distribution: log_prob: there is no formula"),
    ("D.ExponentialFamily()._natural_params", NotImplementedError, r"ExponentialFamily: _natural_params: there is no"),
    ("D.Beta('a', 1.0)", ValueError, r"parameters: a str: it must be a Tensor or a number; "),
    (
        "D.Independent(D.Normal(t(0.0), 1.0), 1).enumerate_support()",
        NotImplementedError,
        r"Independent: enumerate",
    ),
    ("D.MixtureSameFamily(D.Categorical(t(0.5, 0.5)), 1)", ValueError, r"MixtureSameFamily: a int as components: "),
    (
        "D.MixtureSameFamily(D.Categorical(m.ones(2, 3)), D.Normal(m.zeros(4, 3), 1.0))",
        ValueError,
        r"MixtureSameFamily: batches \(2,\) of the mixture and \(4,\) of the components: they do not broadcast; ",
    ),
    (
        "D.LowRankMultivariateNormal(m.zeros(3), m.zeros(2, 1), m.ones(3))",
        ValueError,
        r"LowRankMultivariateNormal: loc \(3,\), factor \(2, 1\), diagonal \(3,\): it takes ",
    ),
    (
        "D.LowRankMultivariateNormal(m.zeros(2, 3), m.zeros(4, 3, 1), m.ones(3))",
        ValueError,
        r"LowRankMultivariateNormal: loc .*: their batches do not broadcast; ",
    ),
    ("D.Wishart(5.0, m.ones(2))", ValueError, r"Wishart: covariance_matrix \(2,\): it takes square matrices"),
    ("D.Wishart(1.0, m.eye(3))", ValueError, r"Wishart: df of shape \(\) and 3 x 3 matrices: it must be more than 2"),
    ("D.Wishart(3.0)", ValueError, r"Wishart: nothing given: it takes exactly one of covariance_matrix"),
    (
        "D.Wishart(4.0, -m.eye(3))",
        ValueError,
        r"Wishart: parameter covariance_matrix .*: it must be symmetric",
    ),
    ("D.LKJCholesky(1)", ValueError, r"LKJCholesky: dim 1: "),
    (
        "D.LKJCholesky(2).log_prob(m.ones(2, 2))",
        ValueError,
        r"LKJCholesky: value of shape \(2, 2\): it must be lower triangular, with a positive diagonal and rows of",
    ),
    ("D.Pareto(2.0, 1.0).log_prob(t(1.0))", ValueError, r"Pareto: value of shape \(1,\): it must be at least 2, found"),
    (
        "D.Pareto(t(2.0, 3.0), 1.0).log_prob(t(1.0))",
        ValueError,
        r"Pareto: value .* at least the bounds, found",
    ),
    (
        "D.NegativeBinomial(2, 1.0)",
        ValueError,
        r"NegativeBinomial: parameter probs .* and 1, the upper left out",
    ),
    (
        "D.TransformedDistribution(D.Normal(0.0, 1.0), D.SoftmaxTransform())",
        ValueError,
        r"TransformedDistribution: a base of shape \(\): the transforms take 1 axes; ",
    ),
    ("D.Poisson(1.0).rsample()", NotImplementedError, r"Poisson: rsample: "),
    ("D.Transform()(t(1.0))", NotImplementedError, r"Transform: _call: it is missing; "),
    ("D.Transform().inv(t(1.0))", NotImplementedError, r"Transform: _inverse: it is missing; "),
    (
        "D.Transform().log_abs_det_jacobian(t(1.0), t(1.0))",
        NotImplementedError,
        r"Transform: log_abs_det_jacobian: it is",
    ),
    (
        "D.kl_divergence(D.Normal(0.0, 1.0), D.Cauchy(1.0, 1.0))",
        NotImplementedError,
        r"kl_divergence: Normal and Cauchy: there is no formula",
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

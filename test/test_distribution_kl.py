"""kl_divergence: every pair for which PyTorch has a formula, values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from distribution_rows import ROWS, Row, agree, ours, real, theirs, triangular

from picograd import Tensor
from picograd import distributions as D
from picograd.autograd import gradcheck


@pytest.fixture(scope="module")
def peer() -> Any:
    return pytest.importorskip("torch")


# The parameters of some distributions of each class of single numbers: within and beyond the bounds of the others.
CASES: dict[str, list[tuple[float, ...]]] = {
    "Bernoulli": [(0.3,), (0.9,), (0.0,), (1.0,)],
    "Beta": [(1.5, 2.5), (0.7, 0.4)],
    "Binomial": [(3, 0.3), (3, 0.8)],
    "Cauchy": [(0.5, 1.5), (-1.0, 0.4)],
    "ContinuousBernoulli": [(0.3,), (0.5005,), (0.9,)],
    "Exponential": [(0.6,), (2.5,)],
    "Gamma": [(0.7, 1.3), (2.5, 0.4)],
    "Geometric": [(0.2,), (0.7,)],
    "Gumbel": [(0.5, 1.5), (-1.0, 0.7)],
    "HalfNormal": [(0.5,), (1.5,)],
    "Laplace": [(0.5, 1.5), (-1.0, 0.7)],
    "Normal": [(0.5, 1.5), (-1.0, 0.7)],
    "Pareto": [(0.7, 0.8), (1.2, 1.5), (0.3, 3.5)],
    "Poisson": [(0.7,), (3.5,)],
    "Uniform": [(0.2, 0.9), (-0.5, 1.5), (0.8, 2.5), (1.3, 1.8)],
}


def registered(peer: Any) -> set[tuple[str, str]]:
    return {(p.__name__, q.__name__) for p, q in peer.distributions.kl._KL_REGISTRY}


def test_the_pairs_are_those_of_pytorch(peer: Any) -> None:
    assert {(p.__name__, q.__name__) for p, q in D.kl.FORMULAS} == registered(peer)


PAIRS = sorted((p.__name__, q.__name__) for p, q in D.kl.FORMULAS if {p.__name__, q.__name__} <= CASES.keys())


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 2e-5)], ids=["64", "32"])
def test_single_numbers(first: str, second: str, dtype: Any, tolerance: float, peer: Any) -> None:
    crossed = [(a, b) for a in CASES[first] for b in CASES[second]]
    columns = [np.array(c, dtype) for part in zip(*crossed, strict=True) for c in zip(*part, strict=True)]
    n = len(CASES[first][0])
    leaves, peers = [Tensor(c) for c in columns], [peer.from_numpy(c.copy()).requires_grad_() for c in columns]

    def divergence(m: Any, xs: Any) -> Any:
        return m.kl_divergence(getattr(m, first)(*xs[:n]), getattr(m, second)(*xs[n:]))

    with np.errstate(all="ignore"):
        found, expected = divergence(D, leaves), divergence(peer.distributions, peers)
        agree(peer, (found, leaves), (expected, peers), tolerance, masked=True)


def divergence_of(row: Row) -> Row:
    """A row's divergence from another of its kind as a function of all arrays."""
    n = len(row.inputs)
    make: Callable[..., Any] = lambda m, *xs: m.kl_divergence(row.make(m, *xs[:n]), row.make(m, *xs[n:]))  # noqa: E731
    return Row(row.name, make, (*row.inputs, *(row.others or ())), row.value)


WITH_OTHERS = [row for row in ROWS if row.others]


@pytest.mark.parametrize("row", WITH_OTHERS, ids=[row.name for row in WITH_OTHERS])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-5)], ids=["64", "32"])
def test_two_of_a_kind(row: Row, dtype: Any, tolerance: float, peer: Any) -> None:
    pair = divergence_of(row)
    agree(peer, ours(pair, dtype), theirs(pair, peer, dtype), tolerance)


LOW, FULL = (real(2, 3), real(3, 2), np.array([0.5, 1.5, 0.8])), (real(3), triangular(3))


@pytest.mark.parametrize("turned", [False, True])
def test_normal_vectors_of_two_kinds(turned: bool, peer: Any) -> None:
    def divergence(m: Any, *xs: Any) -> Any:
        p, q = m.LowRankMultivariateNormal(*xs[:3]), m.MultivariateNormal(xs[3], scale_tril=xs[4].tril())
        return m.kl_divergence(q, p) if turned else m.kl_divergence(p, q)

    pair = Row("pair", divergence, (*LOW, *FULL), np.zeros(()))
    agree(peer, ours(pair), theirs(pair, peer), 1e-9)


def test_wishart(peer: Any) -> None:
    """By the general formula of exponential families; PyTorch's has no gradient to p, and errs for batches."""
    a, b = triangular(3), triangular(3)

    def divergence(m: Any, df: Any, x: Any, dg: Any, y: Any) -> Any:
        return m.kl_divergence(m.Wishart(df, scale_tril=x.tril()), m.Wishart(dg, scale_tril=y.tril()))

    given = (np.array(4.5), a, np.array(5.5), b)
    mine, leaves = [Tensor(x) for x in given], [peer.from_numpy(x).requires_grad_() for x in given]
    fixed = [*(x.detach() for x in mine[:2]), *mine[2:]]
    found, expected = divergence(D, *fixed), divergence(peer.distributions, *leaves)
    agree(peer, (found, mine[2:]), (expected, leaves[2:]), 1e-9)
    assert gradcheck(lambda *xs: divergence(D, *xs), mine)
    batch = divergence(D, Tensor(np.array([6.0, 4.5])), *mine[1:])
    np.testing.assert_allclose(batch[1].item(), found.item(), 1e-12)
    p, q = D.Wishart(4.5, scale_tril=Tensor(a)), D.Wishart(5.5, scale_tril=Tensor(b))
    draws = p.sample((20000,))
    sampled = (p.log_prob(draws) - q.log_prob(draws)).value
    assert sampled.mean() == pytest.approx(D.kl_divergence(p, q).item(), abs=5 * sampled.std() / np.sqrt(20000))


def test_general_formula_of_exponential_families(peer: Any) -> None:
    """It gives what the special ones do, also for classes that derive from one with a formula."""
    general = D.kl.FORMULAS[D.ExponentialFamily, D.ExponentialFamily]
    for name in ("Normal", "Exponential", "Gamma", "Beta", "Bernoulli", "Poisson", "Dirichlet", "ContinuousBernoulli"):
        row = next(row for row in ROWS if row.name == name and row.others)
        p, leaves = ours(row)
        q, others = ours(row, inputs=row.others)
        results = []
        for formula in (general, D.kl_divergence):
            result = formula(p, q)
            for x in (*leaves, *others):
                x.zero_grad()
            result.sum().backward()
            results.append([result.value, *(x.grad.copy() for x in (*leaves, *others))])
            p, q = row.make(D, *leaves), row.make(D, *others)
        for a, b in zip(*results, strict=True):
            np.testing.assert_allclose(a, b, 1e-7, 1e-9)
        plain = general(row.make(D, *(x.detach() for x in leaves)), row.make(D, *(x.detach() for x in others)))
        assert not plain.requires_grad


# The mistake, the error, and how its message begins.
BAD: list[tuple[str, type[Exception], str]] = [
    (
        "D.kl_divergence(D.Normal(0.0, 1.0), D.Cauchy(1.0, 1.0))",
        NotImplementedError,
        r"kl_divergence: Normal and Cauchy: there is no formula",
    ),
    (
        "D.kl_divergence(D.Binomial(4, 0.5), D.Binomial(5, 0.5))",
        NotImplementedError,
        r"kl_divergence: two Binomials: q has more trials than p: ",
    ),
    (
        "D.kl_divergence(D.Independent(D.Normal(z, 1.0), 1), D.Independent(D.Normal(z, 1.0), 0))",
        NotImplementedError,
        r"kl_divergence: Independent with 1 and 0 axes: ",
    ),
    (
        "D.kl_divergence(D.LogNormal(0.0, 1.0), D.TransformedDistribution(D.Normal(0.0, 1.0), []))",
        NotImplementedError,
        r"kl_divergence: TransformedDistribution with different transforms: ",
    ),
    (
        "D.kl_divergence(D.Normal(0.0, 1.0), D.Bernoulli(0.5))",
        NotImplementedError,
        r"kl_divergence: Normal and Bernoulli: the general formula is for two of one class only; ",
    ),
    (
        "D.kl_divergence(D.MultivariateNormal(z, e), D.LowRankMultivariateNormal(e[0, :2], e[:2, :1], e[0, :2] + 1))",
        ValueError,
        r"kl_divergence: events of shape \(3,\) and \(2,\): they must be equal; ",
    ),
    ("D.register_kl(int, D.Normal)", TypeError, r"register_kl: <class 'int'>: it is no class of distributions; "),
]


@pytest.mark.parametrize(("text", "error", "message"), BAD, ids=[text for text, *_ in BAD])
def test_mistakes(text: str, error: type[Exception], message: str) -> None:
    z, e = Tensor(np.zeros(3)), Tensor(np.eye(3))
    with pytest.raises(error, match=message) as caught:
        eval(text, {"D": D, "z": z, "e": e})
    assert str(caught.value).count("; ") >= 1 and "\n" not in str(caught.value)


def test_binomials_with_other_counts() -> None:
    assert D.kl_divergence(D.Binomial(5, Tensor([0.5])), D.Binomial(4, Tensor([0.5]))).item() == np.inf


def test_your_own_pair() -> None:
    class Mine(D.Normal):
        pass

    assert D.kl_divergence(Mine(0.0, 1.0), D.Normal(0.0, 1.0)).item() == 0  # that of the class that it derives from
    try:
        D.register_kl(Mine, Mine)(lambda p, q: "mine")
        assert D.kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)) == "mine"
        D.register_kl(Mine, D.Distribution)(lambda p, q: "nearer to p")
        with pytest.warns(RuntimeWarning, match="kl_divergence: Mine and Normal: two formulas fit; register one"):
            assert D.kl_divergence(Mine(0.0, 1.0), D.Normal(0.0, 1.0)) == "nearer to p"
    finally:
        del D.kl.FORMULAS[Mine, Mine]
        D.kl.FORMULAS.pop((Mine, D.Distribution), None)

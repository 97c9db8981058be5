"""Draws: their moments and distribution, their gradients, and where their random numbers come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from distribution_rows import ROWS, Row, agree, by_name, ours, positive, real, theirs, triangular

import picograd
from picograd import Tensor
from picograd import distributions as D
from picograd.autograd import grad, gradcheck, gradgradcheck
from picograd.distributions import sampling

N = 20000


@pytest.fixture(scope="module")
def peer() -> Any:
    return pytest.importorskip("torch")


@by_name
def test_shapes_and_support(row: Row) -> None:
    p = ours(row)[0]
    picograd.manual_seed(2)
    draws = p.sample((100,))
    assert draws.shape == (100, *p.batch_shape, *p.event_shape)
    assert not draws.requires_grad
    assert draws.dtype == (np.int64 if row.name == "Categorical" else np.float64)
    assert p.support.check(draws).all()
    assert p.sample().shape == (*p.batch_shape, *p.event_shape)
    assert p.sample(3).shape == (3, *p.batch_shape, *p.event_shape)
    assert np.isfinite(p.log_prob(draws).value).all()
    short = ours(row, np.float32)[0].sample((2,))
    assert short.dtype == (np.int64 if row.name == "Categorical" else np.float32)
    picograd.manual_seed(2)
    np.testing.assert_array_equal(p.sample((100,)).value, draws.value)  # they come from the library's generator


@by_name
def test_moments(row: Row) -> None:
    p = ours(row)[0]
    picograd.manual_seed(3)
    draws = p.sample((N,)).value
    try:
        mean, variance = p.mean.value, p.variance.value
    except NotImplementedError:
        return
    there = np.isfinite(variance) & np.isfinite(mean)
    if row.name == "VonMises":
        direction = np.exp(1j * draws).mean(0)
        np.testing.assert_allclose(np.angle(direction * np.exp(-1j * mean)), 0, atol=0.05)
        np.testing.assert_allclose(1 - np.abs(direction), variance, atol=0.01)
        return
    mean = np.where(there, mean, 0)
    error = np.abs(draws.mean(0) - mean)[there] / np.sqrt(variance[there])
    assert error.max(initial=0) < 5 / np.sqrt(N)
    spread = (draws - mean) ** 2
    if row.name not in ("StudentT", "InverseGamma", "FisherSnedecor", "Pareto"):  # whose squares vary without bound
        error = np.abs(spread.mean(0) - variance)[there] / spread.std(0)[there]
        assert error.max(initial=0) < 5 / np.sqrt(N)


@by_name
def test_draws_follow_the_density(row: Row) -> None:
    """The average of -log_prob over draws is the entropy."""
    p = ours(row)[0]
    try:
        entropy = p.entropy().value
    except NotImplementedError:
        return
    picograd.manual_seed(4)
    surprise = -p.log_prob(p.sample((N,))).value
    np.testing.assert_allclose(surprise.mean(0), entropy, atol=6 * surprise.std(0).max() / np.sqrt(N))


@by_name
def test_draws_follow_the_cdf(row: Row) -> None:
    """Kolmogorov and Smirnov: the largest distance between cdf and the share of draws up to a value."""
    p = ours(row)[0]
    if row.discrete or p.event_shape:
        return
    picograd.manual_seed(5)
    draws = np.sort(p.sample((N,)).value, 0)
    try:
        level = p.cdf(Tensor(draws, requires_grad=False)).value
    except NotImplementedError:
        return
    share = (np.arange(N) + 0.5).reshape(N, *(1,) * (draws.ndim - 1)) / N
    assert np.abs(level - share).max() < 2.1 / np.sqrt(N)  # more in 3 of 10,000


COUNTS = [row for row in ROWS if row.discrete]


@pytest.mark.parametrize("row", COUNTS, ids=[row.name for row in COUNTS])
def test_counts_follow_their_probabilities(row: Row) -> None:
    """Each of the first values is drawn as often as its probability says."""
    p = ours(row)[0]
    picograd.manual_seed(6)
    draws = p.sample((N,))
    if p.has_enumerate_support:
        values = p.enumerate_support()
    elif p.event_shape:  # the values that came first
        values = draws[:3]
    else:
        values = Tensor(np.arange(4.0).reshape(4, *(1,) * len(p.batch_shape)), requires_grad=False)
    chance = p.log_prob(values).exp().value
    same = draws.value[:, None] == values.value
    own = tuple(range(same.ndim - len(p.event_shape), same.ndim))
    share = same.all(own).mean(0) if own else same.mean(0)
    assert (np.abs(share - chance) < 5 * np.sqrt(chance * (1 - chance) / N) + 1e-12).all()


def test_correlations() -> None:
    """Each correlation r of LKJ(eta) in n variables is 2 x - 1 for x of Beta(a, a), a = eta + n / 2 - 1.

    PyTorch's draws are not so from the third variable on.
    """
    p = D.LKJCholesky(4, Tensor(np.array([1.0, 3.0])))
    picograd.manual_seed(7)
    factors = p.sample((N,)).value
    correlations = (factors @ np.swapaxes(factors, -1, -2))[..., *np.tril_indices(4, -1)]  # (N, 2, 6)
    a = np.array([2.0, 4.0])
    np.testing.assert_allclose(correlations.mean(0), 0, atol=0.02)
    np.testing.assert_allclose(correlations.var(0), np.broadcast_to(1 / (2 * a + 1), (6, 2)).T, 0.05)


def test_density_of_correlations() -> None:
    """It integrates to 1: for two variables the factor is given by one number."""
    r = np.linspace(-1, 1, 20001)[1:-1]
    lower = np.zeros((len(r), 2, 2))
    lower[:, 0, 0], lower[:, 1, 0], lower[:, 1, 1] = 1, r, np.sqrt(1 - r * r)
    density = D.LKJCholesky(2, 1.7).log_prob(Tensor(lower, requires_grad=False)).exp().value
    assert (density * (r[1] - r[0])).sum() == pytest.approx(1, abs=1e-4)


def test_rare_categories() -> None:
    """What has no chance is never drawn, wherever it stands."""
    chances = Tensor(np.array([[0.0, 0.3, 0.0, 0.7, 0.0], [0.2, 0.0, 0.8, 0.0, 0.0]]))
    draws = D.Categorical(chances).sample((N,)).value
    assert set(np.unique(draws[:, 0])) == {1, 3} and set(np.unique(draws[:, 1])) == {0, 2}
    assert D.Categorical(Tensor([2.0])).sample((3,)).tolist() == [0, 0, 0]
    assert D.Categorical(logits=Tensor([-np.inf, 0.0])).sample((9,)).tolist() == [1] * 9


# ---- gradients -----------------------------------------------------------------------------------------------------

# Whose draws hold a gamma draw: finite differences of the draws, the random numbers held, are not their derivative.
OF_GAMMA = ("Gamma", "Chi2", "Beta", "Dirichlet", "StudentT", "FisherSnedecor", "InverseGamma", "Wishart")


@by_name
def test_rsample_has_the_gradient_of_the_same_noise(row: Row) -> None:
    inputs = list(row.inputs)
    if row.name == "GeneralizedPareto":
        inputs[2] = inputs[2] + 0.01  # at 0 the derivative by the concentration is left out, as in PyTorch
    p, leaves = ours(row, inputs=inputs)
    if not p.has_rsample:
        with pytest.raises(NotImplementedError, match=r": rsample: "):
            p.rsample()
        return

    def draw(*xs: Tensor) -> Tensor:
        picograd.manual_seed(5)
        return row.make(D, *xs).rsample((2,))

    assert draw(*leaves).requires_grad
    np.testing.assert_array_equal(row.make(D, *leaves).sample((2,)).shape, draw(*leaves).shape)
    moving = [x for x in leaves if x.ndim]  # not the temperature
    fixed = [k for k, x in enumerate(leaves) if not any(x is m for m in moving)]
    if row.name in (*OF_GAMMA, "MultivariateNormal", "OneHotCategoricalStraightThrough"):
        return  # below

    def of_moving(*xs: Tensor) -> Tensor:
        rest = iter(xs)
        return draw(*(leaves[k] if k in fixed else next(rest) for k in range(len(leaves))))

    assert gradcheck(of_moving, moving)


def test_rsample_of_a_multivariate_normal() -> None:
    """Within which a covariance must stay symmetric."""
    loc, scale = Tensor(real(2, 3)), Tensor(triangular(3))

    def draw(loc: Tensor, x: Tensor) -> Tensor:
        picograd.manual_seed(5)
        return D.MultivariateNormal(loc, covariance_matrix=x @ x.mT, validate_args=False).rsample((2,))

    assert gradcheck(draw, [loc, scale])
    assert gradgradcheck(draw, [loc, scale])


def test_straight_through() -> None:
    logits = Tensor(real(2, 4))
    p = D.OneHotCategoricalStraightThrough(logits=logits)
    draws = p.rsample((3,))
    assert D.constraints.one_hot.check(draws.round()).all()
    g = real(3, 2, 4)
    draws.backward(g)
    (expected,) = grad(D.Categorical(logits=logits).probs, logits, Tensor(g.sum(0)))
    np.testing.assert_allclose(logits.grad, expected.value, 1e-12)


@pytest.fixture
def noise(monkeypatch: pytest.MonkeyPatch, peer: Any) -> list[Any]:
    """PyTorch is given the gamma, Dirichlet and normal draws that ours took, in order, with our slopes of the first."""
    taken: list[Any] = []

    def recorded(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            taken.append(result.value.copy())
            return result

        return call

    class Given(peer.autograd.Function):  # type: ignore[name-defined, misc]
        @staticmethod
        def forward(ctx: Any, a: Any, dirichlet: bool) -> Any:
            x = peer.from_numpy(taken.pop(0))
            ctx.save_for_backward(a, x)
            ctx.dirichlet = dirichlet
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            a, x = ctx.saved_tensors
            if not ctx.dirichlet:
                return g * peer.from_numpy(sampling.standard_gamma_grad(a.numpy(), x.numpy())), None
            total = a.sum(-1, keepdim=True).expand_as(a)
            slope = peer.from_numpy(sampling.dirichlet_grad(x.numpy(), a.numpy(), total.numpy()))
            return slope * (g - (x * g).sum(-1, True)), None

    for cls in (sampling.StandardGamma, sampling.DirichletDraws):
        monkeypatch.setattr(cls, "forward", staticmethod(recorded(cls.forward)))
    for room in (D.gamma, D.matrices):
        monkeypatch.setattr(room, "_standard_normal", recorded(room._standard_normal))
    m = peer.distributions
    monkeypatch.setattr(m.gamma, "_standard_gamma", lambda a: Given.apply(a, False))
    monkeypatch.setattr(m.dirichlet._Dirichlet, "apply", lambda a: Given.apply(a, True))
    monkeypatch.setattr(m.studentT, "_standard_normal", lambda *args, **kwargs: peer.from_numpy(taken.pop(0)))
    monkeypatch.setattr(peer, "randn", lambda *args, **kwargs: peer.from_numpy(taken.pop(0)))
    return taken


GAMMA_ROWS = [row for row in ROWS if row.name in OF_GAMMA]


@pytest.mark.parametrize("row", GAMMA_ROWS, ids=[row.name for row in GAMMA_ROWS])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-5)], ids=["64", "32"])
def test_gamma_family_against_pytorch(row: Row, dtype: Any, tolerance: float, noise: list[Any], peer: Any) -> None:
    (p, leaves), (q, peers) = ours(row, dtype), theirs(row, peer, dtype)
    picograd.manual_seed(8)
    if row.name == "Wishart":  # whose rsample draws again where PyTorch thinks, wrongly, that a draw is singular
        agree(peer, (p._bartlett((2,)), leaves), (q._bartlett_sampling((2,)), peers), 5 * tolerance)
    else:
        agree(peer, (p.rsample((2,)), leaves), (q.rsample((2,)), peers), tolerance)
    assert not noise


def test_slopes_are_near_those_of_pytorch(peer: Any) -> None:
    """Which has approximations, good to about 1e-3."""
    rng = np.random.default_rng(0)
    for size in (0.05, 1.0, 10.0, 1e3):
        a, b = size * rng.uniform(0.5, 2, (2, 500))
        x = np.clip(rng.beta(a, b), 1e-300, 1 - 1e-12)
        expected = peer._dirichlet_grad(*map(peer.from_numpy, (x, a, a + b))).numpy()
        np.testing.assert_allclose(sampling.dirichlet_grad(x, a, a + b), expected, 2e-3)


# x, a, b and (dx / da) / (1 - x) for x of Beta(a, b), from the derivative of the incomplete beta function in 40 digits.
SLOPES = [
    (0.3, 1.5, 2.5, 0.2689365143754386),
    (0.9, 1.5, 2.5, 0.46539371157238735),
    (1e-05, 0.05, 0.1, 0.003607218284192685),
    (0.999, 0.05, 0.1, 134.65120824071658),
    (0.5, 10, 8, 0.05454498907490803),
    (0.02, 0.7, 40, 0.033318297389596255),
    (0.97, 50, 0.6, 0.019775230062313506),
    (0.51, 1000, 1000, 0.0005051357684782749),
]


@pytest.mark.parametrize(("x", "a", "b", "slope"), SLOPES)
def test_slopes(x: float, a: float, b: float, slope: float) -> None:
    found = sampling.dirichlet_grad(*map(np.array, ([x], [a], [a + b])))
    np.testing.assert_allclose(found, [slope], 1e-11)


def test_a_gradient_of_the_expected_value() -> None:
    """The average over draws of the derivative of x^2 is the derivative of the average."""
    a = Tensor(np.array([0.4, 2.0, 20.0]))
    picograd.manual_seed(9)
    p = D.Gamma(a, 2.0)
    (p.rsample((N,)) ** 2).mean(0).sum().backward()
    np.testing.assert_allclose(a.grad, (2 * a.value + 1) / 4, 0.05)
    b = Tensor(positive(3))
    q = D.Dirichlet(b)
    (q.rsample((N,))[:, 0] ** 2).mean(0).backward()
    (expected,) = grad(q.variance[0] + q.mean[0] ** 2, b)
    np.testing.assert_allclose(b.grad, expected.value, 0.05, 0.005)


@pytest.mark.parametrize("name", ["Gamma", "Beta"])
def test_no_second_derivative(name: str) -> None:
    a = Tensor(np.array([1.5]))
    draws = getattr(D, name)(a, 2.0).rsample()
    (slope,) = grad(draws.sum(), a, create_graph=True)
    with pytest.raises(NotImplementedError, match=r"rsample: a second derivative by the shape of the gamma family: "):
        grad(slope.sum(), a)


def test_draws_never_leave_the_support() -> None:
    """Tiny shapes: draws that rounding would make 0 or 1."""
    a = Tensor(np.full((200, 3), 1e-3, np.float32))
    for p in (D.Gamma(a, 1.0), D.Dirichlet(a), D.Beta(a, a), D.FisherSnedecor(a, a), D.Pareto(1.0, 1 / a)):
        draws = p.rsample()
        assert p.support.check(draws).all() and draws.isfinite().all()
        assert p.log_prob(draws).isfinite().all()

"""Every distribution against PyTorch's: log_prob, entropy, moments, cdf; shapes, expanding, errors."""

from __future__ import annotations

import importlib
import inspect
from typing import Any, ClassVar

import numpy as np
import pytest
from distribution_rows import ROWS, Row, agree, by_name, ours, theirs

import picograd
from picograd import Tensor
from picograd import distributions as D
from picograd.autograd import gradcheck
from picograd.distributions import Distribution


@pytest.fixture(scope="module")
def peer() -> Any:
    return pytest.importorskip("torch")


DTYPES = pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-5)], ids=["64", "32"])
LEVEL = np.array([0.07, 0.4, 0.92]).reshape(3, 1, 1)


@by_name
@DTYPES
def test_log_prob(row: Row, dtype: Any, tolerance: float, peer: Any) -> None:
    if (row.name, "log_prob") in ELSEWHERE or (dtype == np.float64 and (row.name, "log_prob") in SHORT):
        return
    (p, leaves), (q, peers) = ours(row, dtype), theirs(row, peer, dtype)
    x = Tensor(row.value.astype(dtype), requires_grad=not row.discrete)
    y = peer.from_numpy(row.value.astype(dtype)).requires_grad_(not row.discrete)
    agree(peer, (p.log_prob(x), [*leaves, x]), (q.log_prob(y), [*peers, y]), tolerance)


# What PyTorch computes in float32, wrongly, or not in float64; each has a test of its own below.
ELSEWHERE = {
    ("Multinomial", "entropy"),
    ("Multinomial", "perplexity"),
    ("Kumaraswamy", "mode"),
    ("GeneralizedPareto", "log_prob"),
    ("GeneralizedPareto", "cdf"),
    ("Gamma", "cdf"),
    ("Chi2", "cdf"),
    ("InverseGamma", "cdf"),
}
# Whose Bessel functions PyTorch knows to 2e-7 only: compared in float32, and in float64 with NumPy's below.
SHORT = {("VonMises", "log_prob"), ("VonMises", "variance"), ("VonMises", "stddev")}
QUANTITIES = {
    "mean": lambda d, t: d.mean,
    "mode": lambda d, t: d.mode,
    "variance": lambda d, t: d.variance,
    "stddev": lambda d, t: d.stddev,
    "entropy": lambda d, t: d.entropy(),
    "perplexity": lambda d, t: d.perplexity(),
    "cdf": lambda d, t: d.cdf(t["value"]),
    "icdf": lambda d, t: d.icdf(t["level"]),
    "enumerate_support": lambda d, t: d.enumerate_support(),
    "one enumerate_support": lambda d, t: d.enumerate_support(False),
    **{
        name: lambda d, t, name=name: getattr(d, name)
        for name in ("probs", "logits", "covariance_matrix", "precision_matrix", "scale_tril")
    },
}


@pytest.mark.parametrize("quantity", QUANTITIES)
@by_name
@DTYPES
def test_quantities(row: Row, quantity: str, dtype: Any, tolerance: float, peer: Any) -> None:
    """What PyTorch has a formula for; what it has none for, or no such thing, we don't have either."""
    if (row.name, quantity) in ELSEWHERE or (dtype == np.float64 and (row.name, quantity) in SHORT):
        return
    formula = QUANTITIES[quantity]
    (p, leaves), (q, peers) = ours(row, dtype), theirs(row, peer, dtype)
    values = {"value": row.value.astype(dtype), "level": LEVEL.astype(dtype)}
    mine = {k: Tensor(v, requires_grad=not row.discrete) for k, v in values.items()}
    yours = {k: peer.from_numpy(v).requires_grad_(not row.discrete) for k, v in values.items()}
    try:
        expected = formula(q, yours)
    except (NotImplementedError, AttributeError) as error:
        with pytest.raises(type(error)):
            formula(p, mine)
        return
    tolerance *= 30 if quantity in ("precision_matrix", "perplexity") else 1  # condition numbers of that size
    agree(peer, (formula(p, mine), [*leaves, *mine.values()]), (expected, [*peers, *yours.values()]), tolerance)


@by_name
def test_shapes_and_what_is_there(row: Row, peer: Any) -> None:
    p, q = ours(row)[0], theirs(row, peer)[0]
    assert p.batch_shape == tuple(q.batch_shape)
    assert p.event_shape == tuple(q.event_shape)
    assert p.has_rsample == (q.has_rsample or row.name == "LogitRelaxedBernoulli")  # PyTorch's has one, and denies it
    assert p.has_enumerate_support == q.has_enumerate_support
    assert set(p.arg_constraints) == set(q.arg_constraints)
    for name, constraint in q.arg_constraints.items():
        assert type(p.arg_constraints[name]).__name__.replace("Independent", "") in repr(constraint).replace("_", "")
    assert p.support.event_dim == q.support.event_dim
    assert p.support.is_discrete == q.support.is_discrete
    value = np.concatenate([np.broadcast_to(row.value, (2, *row.value.shape)), -3.3 - row.value[None]])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(
            p.support.check(Tensor(value, requires_grad=False)).value, q.support.check(peer.from_numpy(value)).numpy()
        )


def test_von_mises() -> None:
    k, x = np.array([1e-3, 0.5, 3.0, 3.8, 50.0]), np.array([[0.0], [2.5], [-3.0]])
    p = D.VonMises(0.5, Tensor(k))
    exact = k * np.cos(x - 0.5) - np.log(2 * np.pi * np.i0(k))
    np.testing.assert_allclose(p.log_prob(Tensor(x)).value, exact, 1e-11)
    angle = 2 * np.pi * (np.arange(4000)[:, None] + 0.5) / 4000
    density = np.exp(k * (np.cos(angle) - 1))
    np.testing.assert_allclose(p.variance.value, 1 - (density * np.cos(angle)).sum(0) / density.sum(0), 1e-9)
    assert gradcheck(lambda loc, k, x: D.VonMises(loc, k).log_prob(x), [Tensor(k - k), Tensor(k), Tensor(x)])
    assert D.VonMises(0.0, 1e4).log_prob(picograd.tensor(0.0)).isfinite()


def test_generalized_pareto() -> None:
    """PyTorch's compares the concentration with a float32."""
    k, z = np.array([-0.3, 0.0, 0.2]), np.array([[0.5], [1.5]])
    p = D.GeneralizedPareto(1.0, 2.0, Tensor(k))
    x = Tensor(1 + 2 * z)
    powers = np.where(k == 0, np.exp(-z), (1 + k * z) ** -(1 / np.where(k == 0, 1, k)))  # 1 - cdf
    np.testing.assert_allclose(p.cdf(x).value, 1 - powers, 1e-12)
    np.testing.assert_allclose(p.log_survival_function(x).value, np.log(powers), 1e-12)
    np.testing.assert_allclose(p.log_cdf(x).value, np.log(1 - powers), 1e-12)
    p.cdf(x).sum(-1).sum().backward()
    np.testing.assert_allclose(p.log_prob(x).exp().sum(-1, keepdims=True).value, x.grad, 1e-12)  # the density
    flat = D.GeneralizedPareto(0.0, 2.0, -1.0)  # uniform
    np.testing.assert_allclose(flat.log_prob(Tensor([0.0, 1.0, 2.0])).value, -np.log(2), 1e-6)
    row = next(row for row in ROWS if row.name == "GeneralizedPareto")
    leaves = [*ours(row)[1], Tensor(row.value)]
    leaves[2] = Tensor(np.array([-0.3, 0.1, 0.2]))  # at 0 the derivative by the concentration is left out
    assert gradcheck(lambda *xs: D.GeneralizedPareto(*xs[:3]).log_prob(xs[3]), leaves)
    assert gradcheck(lambda *xs: D.GeneralizedPareto(*xs[:3]).cdf(xs[3]), leaves)


@pytest.mark.parametrize("name", ["Gamma", "Chi2", "InverseGamma"])
@DTYPES
def test_cdf_of_the_gamma_family(name: str, dtype: Any, tolerance: float, peer: Any) -> None:
    """PyTorch's has no gradient to the concentration."""
    row = next(row for row in ROWS if row.name == name)
    (_, leaves), (_, peers) = ours(row, dtype), theirs(row, peer, dtype)
    p = row.make(D, leaves[0].detach(), *leaves[1:])
    q = row.make(peer.distributions, peers[0].detach(), *peers[1:])
    x, y = Tensor(row.value.astype(dtype)), peer.from_numpy(row.value.astype(dtype)).requires_grad_()
    agree(peer, (p.cdf(x), [*leaves[1:], x]), (q.cdf(y), [*peers[1:], y]), tolerance)


def test_mode_of_kumaraswamy() -> None:
    """Where the derivative of the density is 0; PyTorch's formula gives nan."""
    p = D.Kumaraswamy(Tensor(np.array([2.0, 3.0, 1.5])), Tensor(np.array([3.0, 1.5, 4.0])))
    x = p.mode.detach().requires_grad_()
    p.log_prob(x).sum().backward()
    np.testing.assert_allclose(x.grad, 0, atol=1e-9)
    assert D.Kumaraswamy(Tensor([0.5, 2.0, 1.0]), Tensor([2.0, 0.5, 1.0])).mode.isnan().all()


def test_entropy_of_a_multinomial() -> None:
    """PyTorch computes a part of it in float32."""
    chances, n = np.array([0.2, 0.3, 0.5]), 6
    p = D.Multinomial(n, Tensor(chances))
    counts = np.array([(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)], float)
    log_prob = p.log_prob(Tensor(counts, requires_grad=False))
    assert log_prob.exp().sum().item() == pytest.approx(1, rel=1e-12)
    assert p.entropy().item() == pytest.approx(-(log_prob.exp() * log_prob).sum().item(), rel=1e-12)
    np.testing.assert_allclose(p.perplexity().value, np.exp(p.entropy().value))
    assert gradcheck(lambda x: D.Multinomial(n, x).entropy(), Tensor(chances))


@pytest.mark.parametrize("row", ROWS, ids=[f"{k} {row.name}" for k, row in enumerate(ROWS)])
def test_icdf_is_the_inverse_of_cdf(row: Row) -> None:
    p = ours(row)[0]
    try:
        x = p.icdf(Tensor(LEVEL, requires_grad=False))
        level = p.cdf(x).value
    except NotImplementedError:
        return
    np.testing.assert_allclose(level, np.broadcast_to(LEVEL, level.shape), 1e-9)


FAMILIES = [row for row in ROWS if issubclass(getattr(D, row.name), D.ExponentialFamily)]


@pytest.mark.parametrize("row", FAMILIES, ids=[row.name for row in FAMILIES])
def test_exponential_families(row: Row, peer: Any) -> None:
    """The general formulas give what the special ones do, gradients included."""
    (p, leaves), (q, _) = ours(row), theirs(row, peer)
    assert isinstance(q, peer.distributions.ExponentialFamily)
    for mine, yours in zip(p._natural_params, q._natural_params, strict=True):
        np.testing.assert_allclose(mine.value, yours.detach().numpy(), 1e-7)
    entropies = []
    for entropy in (D.ExponentialFamily.entropy, type(p).entropy):
        (p, leaves) = ours(row)
        try:
            result = entropy(p)
        except NotImplementedError:
            assert row.name in ("Beta", "Dirichlet", "Poisson")  # whose carrier measure has no simple mean
            return
        result.sum().backward()
        entropies.append([result.value, *(x.grad for x in leaves)])
    for general, special in zip(*entropies, strict=True):
        np.testing.assert_allclose(general, special, 1e-8, 1e-8)
    plain = D.ExponentialFamily.entropy(row.make(D, *(x.detach() for x in leaves)))
    assert not plain.requires_grad


# ---- the rest ------------------------------------------------------------------------------------------------------


@by_name
def test_expand(row: Row, peer: Any) -> None:
    p = ours(row)[0]
    q = p.expand((5, *p.batch_shape))
    assert type(q) is type(p)
    assert q.batch_shape == (5, *p.batch_shape)
    assert q.event_shape == p.event_shape
    assert q.sample((2,)).shape == (2, 5, *p.batch_shape, *p.event_shape)
    value = p.sample()
    np.testing.assert_allclose(
        q.log_prob(value).value, np.broadcast_to(p.log_prob(value).value, (5, *p.batch_shape)), 1e-9
    )
    try:
        variance = p.variance
    except NotImplementedError:
        return
    np.testing.assert_allclose(q.variance.value, np.broadcast_to(variance.value, q.variance.shape), 1e-9)


@pytest.mark.parametrize(
    "row",
    [r for r in ROWS if r.name in ("Bernoulli", "Binomial", "Categorical", "OneHotCategorical")],
    ids=lambda row: row.name,
)
def test_probabilities_sum_to_1(row: Row) -> None:
    p = ours(row)[0]
    np.testing.assert_allclose(p.log_prob(p.enumerate_support()).exp().value.sum(0), 1, 1e-9)


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
    assert repr(D.LogNormal(0.0, 1.0)) == "LogNormal(loc: 0.0, scale: 1.0)"
    assert repr(D.Independent(D.Normal(Tensor([0.0]), 1.0), 1)).startswith("Independent(Normal(loc: ")
    flow = D.TransformedDistribution(D.Normal(0.0, 1.0), [D.ExpTransform(), D.AffineTransform(0, 2).inv])
    assert (
        repr(flow)
        == "TransformedDistribution(Normal(loc: 0.0, scale: 1.0), [ExpTransform(), Inverse(AffineTransform())])"
    )
    mixture = D.MixtureSameFamily(D.Categorical(Tensor([0.5, 0.5])), D.Normal(Tensor([0.0, 1.0]), 1.0))
    assert "Categorical" in repr(mixture)
    assert mixture.cdf(Tensor([0.5])).item() == pytest.approx(0.5)


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
    assert public - {"Distribution", "ExponentialFamily"} == {row.name for row in ROWS}


def test_every_public_name_of_pytorch_is_here(peer: Any) -> None:
    for room in ("", ".constraints", ".transforms", ".utils", ".kl", ".constraint_registry"):
        theirs = importlib.import_module(f"torch.distributions{room}")
        mine = importlib.import_module(f"picograd.distributions{room}")
        assert {name for name in theirs.__all__ if not hasattr(mine, name)} == set()
        assert not room or room == ".utils" or set(theirs.__all__) >= set(getattr(mine, "__all__", ()))


def test_every_distribution_is_in_the_module_that_pytorch_puts_it_in(peer: Any) -> None:
    for name in peer.distributions.__all__:
        theirs = getattr(peer.distributions, name)
        if inspect.isclass(theirs):
            room = importlib.import_module(theirs.__module__.replace("torch", "picograd", 1))
            assert getattr(room, name) is getattr(D, name)
            assert getattr(D, theirs.__module__.rpartition(".")[2]) is room


def test_names_and_signatures_are_those_of_pytorch(peer: Any) -> None:
    """Of every class: its attributes, and the arguments of its methods in their order, with the same defaults."""
    for name in peer.distributions.__all__:
        theirs, mine = getattr(peer.distributions, name), getattr(D, name)
        if not inspect.isclass(theirs):
            continue
        of_an_object = {"mixture_distribution", "component_distribution"} if name == "MixtureSameFamily" else set()
        public = {key for key in dir(theirs) if not key.startswith("_")} - of_an_object
        assert public <= set(dir(mine))
        for key in (*public, "__init__"):
            function = inspect.getattr_static(theirs, key)
            if not inspect.isfunction(function):
                continue
            ours, expected = (inspect.signature(getattr(cls, key)).parameters for cls in (mine, theirs))
            assert list(ours) == list(expected), (name, key)
            for p, q in zip(ours.values(), expected.values(), strict=True):
                default = tuple(q.default) if isinstance(q.default, tuple) else q.default
                assert p.default == default, (name, key)


class Triangle(Distribution):
    """Written as for PyTorch: the sum of two uniform numbers, scaled."""

    arg_constraints: ClassVar[Any] = {"scale": D.constraints.positive}
    has_rsample = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        (self.scale,) = D.utils.broadcast_all(scale)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @D.constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        return D.constraints.interval(0.0, 2 * self.scale)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(Triangle, _instance)
        new.scale = self.scale.expand(batch_shape)
        super(Triangle, new).__init__(batch_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.scale * picograd.rand((2, *self._extended_shape(sample_shape))).sum(0)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        x = value / self.scale
        return (1 - (x - 1).abs()).log() - self.scale.log()


def test_a_distribution_of_your_own() -> None:
    p = Triangle(picograd.tensor([1.0, 3.0]))
    assert p.expand((4, 2)).sample((5,)).shape == (5, 4, 2)
    assert D.Independent(p, 1).log_prob(p.sample()).shape == ()
    assert D.TransformedDistribution(p, D.ExpTransform()).sample((3,)).shape == (3, 2)
    with pytest.raises(ValueError, match=r"Triangle: parameter scale of shape \(\): it must be more than 0"):
        Triangle(-1.0)
    with pytest.raises(ValueError, match=r"Triangle: value of shape \(\): it must be between the bounds, found"):
        p.log_prob(picograd.tensor(2.5))
    assert isinstance(Triangle.support, D.constraints.Constraint)
    assert D.constraints.is_dependent(Triangle.support)
    with pytest.raises(NotImplementedError, match="Triangle: mean: there is no formula for it here"):
        _ = p.mean
    with pytest.warns(FutureWarning, match=r"sample_n\(n\): it is out of date"):
        assert p.sample_n(3).shape == (3, 2)


def test_low_degrees_of_freedom_are_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"Wishart: df 2.5 and 3 x 3 matrices: draws are nearly singular below 3; "):
        D.Wishart(2.5, picograd.eye(3))

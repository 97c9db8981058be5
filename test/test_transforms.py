"""Transforms, constraints and the registries that lead from one to the other, against PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from distribution_rows import agree, chance, correlation, positive, real, simplex

import picograd
from picograd import Tensor
from picograd import distributions as D
from picograd.autograd import gradcheck
from picograd.distributions import constraints, transforms


@pytest.fixture(scope="module")
def peer() -> Any:
    return pytest.importorskip("torch")


def column(m: Any, *xs: float) -> Any:
    """A Tensor of the library whose transforms these are."""
    return picograd.tensor(xs, dtype=picograd.float64) if m is D else m.Normal(0.0, 1.0).loc.new_tensor(xs).double()


# How a transform is made, and an x for it.
TRANSFORMS: list[tuple[Any, np.ndarray]] = [
    (lambda m: m.ExpTransform(), real(2, 3)),
    (lambda m: m.AffineTransform(1.0, -2.0), real(2, 3)),
    (lambda m: m.AffineTransform(1.0, 2.0, event_dim=1), real(2, 3)),
    (lambda m: m.AffineTransform(column(m, 1, 2, 3), column(m, -1, 2, 3), event_dim=1), real(2, 3)),
    (lambda m: m.SigmoidTransform(), real(2, 3)),
    (lambda m: m.SoftplusTransform(), real(2, 3)),
    (lambda m: m.TanhTransform(), real(2, 3)),
    (lambda m: m.PowerTransform(column(m, 0.5, -2.0, 3.0)), positive(2, 3)),
    (lambda m: m.PowerTransform(2.0), positive(2, 3).astype(np.float32)),
    (lambda m: m.ExpTransform().inv, positive(2, 3)),
    (lambda m: m.ExpTransform().inv.inv, real(2, 3)),
    (
        lambda m: m.ComposeTransform([m.AffineTransform(0.5, 2.0), m.TanhTransform(), m.AffineTransform(0.0, 3.0)]),
        real(3),
    ),
    (lambda m: m.ComposeTransform([m.AffineTransform(0.5, 2.0), m.StickBreakingTransform()]), real(2, 3)),
    (lambda m: m.ComposeTransform([m.AffineTransform(0.5, 2.0), m.ExpTransform()]).inv, positive(2, 3)),
    (lambda m: m.ComposeTransform([]), real(2, 3)),
    (lambda m: m.IndependentTransform(m.ExpTransform(), 1), real(2, 3)),
    (lambda m: m.IndependentTransform(m.StickBreakingTransform(), 2), real(2, 3, 4)),
    (lambda m: m.ReshapeTransform((2, 3), (6,)), real(4, 2, 3)),
    (lambda m: m.StickBreakingTransform(), real(2, 3)),
    (lambda m: m.StickBreakingTransform().inv, simplex(2, 4)),
    (lambda m: m.CorrCholeskyTransform(), real(2, 6)),
    (lambda m: m.CorrCholeskyTransform(), real(1)),
    (lambda m: m.CorrCholeskyTransform().inv, correlation(2, 3)),
    (lambda m: m.CatTransform([m.ExpTransform(), m.AffineTransform(0.0, 3.0)], 1, [2, 1]), real(2, 3)),
    (
        lambda m: m.CatTransform([m.IndependentTransform(m.ExpTransform(), 1)] * 2, -1, [2, 1]),
        real(2, 3),
    ),
    (lambda m: m.CatTransform([m.ExpTransform(), m.TanhTransform()], 0), real(2, 3)),
    (lambda m: m.StackTransform([m.ExpTransform(), m.AffineTransform(0.0, 3.0), m.TanhTransform()], 1), real(2, 3)),
    (lambda m: m.CumulativeDistributionTransform(m.Normal(column(m, 0.5), column(m, 2.0))), real(2, 3)),
    (lambda m: m.CumulativeDistributionTransform(m.Laplace(column(m, 0.5), column(m, 2.0))).inv, chance(2, 3)),
]
# Those without a determinant, whose inverse gives one x of many.
OTHERS: list[tuple[Any, np.ndarray]] = [
    (lambda m: m.AbsTransform(), real(2, 3)),
    (lambda m: m.SoftmaxTransform(), real(2, 3)),
    (lambda m: m.LowerCholeskyTransform(), real(2, 3, 3)),
    (lambda m: m.PositiveDefiniteTransform(), real(2, 3, 3)),
]


def both(make: Any, peer: Any) -> tuple[Any, Any]:
    return make(D), make(peer.distributions)


def leaf(x: np.ndarray, torch: Any = None) -> Any:
    return Tensor(x.copy()) if torch is None else torch.from_numpy(x.copy()).requires_grad_()


@pytest.mark.parametrize(("make", "x"), [*TRANSFORMS, *OTHERS])
def test_there_and_back(make: Any, x: np.ndarray, peer: Any) -> None:
    t, u = both(make, peer)
    tolerance = 1e-9 if x.dtype == np.float64 else 1e-5
    mine, yours = leaf(x), leaf(x, peer)
    y, z = t(mine), u(yours)
    agree(peer, (y, [mine]), (z, [yours]), tolerance)
    mine, yours = leaf(y.value), leaf(y.value, peer)
    agree(peer, (t.inv(mine), [mine]), (u.inv(yours), [yours]), 10 * tolerance)
    if u.bijective:
        np.testing.assert_allclose(t.inv(y).value, x, 1e3 * tolerance)
    assert t.inv.inv == t
    assert t.inv.inv is t or "Inverse" in repr(t)
    assert t(t.inv(y)).shape == y.shape
    np.testing.assert_allclose(t(t.inv(y)).value, y.value, 1e3 * tolerance)


@pytest.mark.parametrize(("make", "x"), TRANSFORMS)
def test_determinants(make: Any, x: np.ndarray, peer: Any) -> None:
    t, u = both(make, peer)
    tolerance = 1e-9 if x.dtype == np.float64 else 1e-5
    mine, yours = leaf(x), leaf(x, peer)
    found, expected = t.log_abs_det_jacobian(mine, t(mine)), u.log_abs_det_jacobian(yours, u(yours))
    agree(peer, (found, [mine]), (expected, [yours]), 10 * tolerance)
    y = t(leaf(x)).detach()
    np.testing.assert_allclose(t.inv.log_abs_det_jacobian(y, leaf(x)).value, -found.value, tolerance)


@pytest.mark.parametrize(("make", "x"), [*TRANSFORMS, *OTHERS])
def test_what_a_transform_says_of_itself(make: Any, x: np.ndarray, peer: Any) -> None:
    t, u = both(make, peer)
    assert t.bijective == u.bijective
    for name in ("domain", "codomain"):
        assert getattr(t, name).event_dim == getattr(u, name).event_dim
        region, other = getattr(t, name), getattr(u, name)
        value = x if name == "domain" else t(leaf(x)).value
        np.testing.assert_array_equal(region.check(leaf(value)).value, other.check(peer.from_numpy(value)).numpy())
        assert region.check(leaf(value)).all()
    assert t.forward_shape((7, *x.shape)) == tuple(u.forward_shape(peer.Size((7, *x.shape))))
    shape = t(leaf(x)).shape
    assert t.inverse_shape(shape) == tuple(u.inverse_shape(peer.Size(shape)))
    for read in (lambda t: t.sign, lambda t: t.event_dim):
        try:
            expected = read(u)
        except (NotImplementedError, ValueError) as error:
            with pytest.raises(type(error)):
                read(t)
        else:
            np.testing.assert_array_equal(np.asarray(read(t)), np.asarray(expected))
    assert (t == t and t != transforms.AbsTransform()) or isinstance(t, transforms.AbsTransform)
    assert type(t).__name__.removeprefix("Inverse") in repr(t)


def test_equal_transforms() -> None:
    affine = transforms.AffineTransform
    assert affine(0, 1) == affine(0.0, Tensor([1.0, 1.0]))
    assert affine(0, 1) != affine(0, 2)
    assert affine(0, 1).inv == affine(0, 1).inv != affine(0, 2).inv
    assert transforms.ComposeTransform([affine(0, 1)]) == transforms.ComposeTransform([affine(0, 1)])
    assert transforms.PowerTransform(2.0) == transforms.PowerTransform(Tensor([2.0])) != transforms.PowerTransform(3.0)
    assert transforms.StickBreakingTransform() == transforms.StickBreakingTransform()
    assert len({transforms.ExpTransform(), transforms.ExpTransform()}) == 1


@pytest.mark.parametrize(("make", "x"), TRANSFORMS)
def test_cache(make: Any, x: np.ndarray) -> None:
    t = make(D).with_cache()
    given = Tensor(x)
    y = t(given)
    assert t(given) is y
    assert t.inv(y) is given
    other = t.inv(y.detach())
    assert other is not given
    assert t.with_cache(1) is t or isinstance(t, transforms.Transform)
    assert make(D).with_cache(0).inv(y) is not given or not getattr(t, "parts", True)


def test_a_cached_inverse_is_exact() -> None:
    """tanh x is 1 in float32 for x = 20: without the cache its inverse is infinite."""
    p = D.TransformedDistribution(D.Normal(20.0, 0.1), [D.TanhTransform(cache_size=1)])
    picograd.manual_seed(0)
    assert p.log_prob(p.rsample((3,))).isfinite().all()


def test_a_transform_of_your_own() -> None:
    class Square(transforms.Transform):
        domain = codomain = constraints.positive
        bijective, sign = True, 1

        def _call(self, x: Any) -> Any:
            return x**2

        def _inverse(self, y: Any) -> Any:
            return y.sqrt()

        def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
            return (2 * x).log()

    p = D.TransformedDistribution(D.Exponential(Tensor(np.array(1.5))), Square())
    q = D.TransformedDistribution(D.Exponential(Tensor(np.array(1.5))), transforms.PowerTransform(2.0))
    y = Tensor(positive(3))
    np.testing.assert_allclose(p.log_prob(y).value, q.log_prob(y).value, 1e-12)
    np.testing.assert_allclose(p.cdf(p.icdf(Tensor(chance(3)))).value.shape, (3,))
    assert p.sample((4,)).shape == (4,)


# ---- constraints ---------------------------------------------------------------------------------------------------

MATRICES = np.stack([np.eye(3), np.tril(np.ones((3, 3))), -np.eye(3), np.diag([1.0, 1, 0]), np.ones((3, 3))])
VALUES = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 2.5, np.nan, np.inf])
ROWS_OF_NUMBERS = np.array([[0.5, 0.5, 0.0], [1, 0, 0], [0, 2, 1], [1, 1, -1], [0.4, 0.4, 0.4]])
CONSTRAINTS: list[tuple[str, Any, np.ndarray]] = [
    *[(name, lambda c, name=name: getattr(c, name), VALUES)
      for name in ("real", "boolean", "positive", "nonnegative", "unit_interval", "nonnegative_integer",
                   "positive_integer")],
    *[(name, lambda c, name=name: getattr(c, name)(0.5), VALUES)
      for name in ("greater_than", "greater_than_eq", "less_than")],
    *[(name, lambda c, name=name: getattr(c, name)(-0.5, 2), VALUES) for name in ("interval", "half_open_interval")],
    ("integer_interval", lambda c: c.integer_interval(0, 2), VALUES),
    *[(name, lambda c, name=name: getattr(c, name), ROWS_OF_NUMBERS) for name in ("real_vector", "simplex", "one_hot")],
    ("multinomial", lambda c: c.multinomial(2), ROWS_OF_NUMBERS),
    *[(name, lambda c, name=name: getattr(c, name), MATRICES)
      for name in ("lower_triangular", "lower_cholesky", "corr_cholesky", "square", "symmetric",
                   "positive_semidefinite", "positive_definite")],
    ("square", lambda c: c.square, real(2, 3)),
    ("symmetric", lambda c: c.symmetric, real(2, 3)),
    ("independent", lambda c: c.independent(c.positive, 1), ROWS_OF_NUMBERS),
    ("cat", lambda c: c.cat([c.positive, c.boolean], 1, [1, 2]), ROWS_OF_NUMBERS),
    ("cat", lambda c: c.cat([c.positive, c.boolean, c.real], -1), ROWS_OF_NUMBERS),
    ("stack", lambda c: c.stack([c.positive, c.boolean, c.real], 1), ROWS_OF_NUMBERS),
    ("stack", lambda c: c.stack([c.real_vector] * 5, 0), ROWS_OF_NUMBERS),
    ("MixtureSameFamilyConstraint", lambda c: c.MixtureSameFamilyConstraint(c.positive), VALUES),
]  # fmt: skip


@pytest.mark.parametrize(("name", "make", "value"), CONSTRAINTS, ids=[name for name, *_ in CONSTRAINTS])
def test_constraints(name: str, make: Any, value: np.ndarray, peer: Any) -> None:
    mine, yours = make(constraints), make(peer.distributions.constraints)
    found = mine.check(Tensor(value, requires_grad=False))
    np.testing.assert_array_equal(found.value, yours.check(peer.from_numpy(value)).numpy())
    assert not found.all() or name in ("real_vector", "square", "stack")
    assert mine.event_dim == yours.event_dim
    assert mine.is_discrete == yours.is_discrete
    assert mine.words
    assert repr(mine).endswith(")")


def test_every_constraint_has_a_row() -> None:
    abstract = {"Constraint", "dependent", "dependent_property", "is_dependent"}
    assert set(constraints.__all__) - abstract == {name for name, *_ in CONSTRAINTS}


def test_bounds_may_be_tensors(peer: Any) -> None:
    region = constraints.interval(Tensor([0.0, 1.0]), Tensor([1.0, 2.0]))
    assert region.check(Tensor([0.5, 0.5])).tolist() == [True, False]
    assert region.words == "between the bounds"
    assert repr(constraints.greater_than(0.0)) == repr(peer.distributions.constraints.greater_than(0.0))


def test_what_is_not_known_of_a_class() -> None:
    unknown = constraints.dependent(event_dim=2)
    assert unknown.event_dim == 2
    with pytest.raises(NotImplementedError, match="dependent: is_discrete: it is not known of the class; "):
        _ = unknown.is_discrete
    with pytest.raises(ValueError, match="dependent: check: the constraint is not known of the class; ask an object"):
        unknown.check(Tensor([1.0]))
    with pytest.raises(NotImplementedError, match="Constraint: check: it is missing; write which elements"):
        constraints.Constraint().check(Tensor([1.0]))
    assert D.Pareto.support.event_dim == 0
    assert constraints.is_dependent(D.Pareto.support) and not constraints.is_dependent(D.Normal.support)


# ---- from a constraint to a transform ------------------------------------------------------------------------------

REACHED: list[tuple[Any, tuple[int, ...]]] = [
    (lambda c: c.real, (2, 3)),
    (lambda c: c.real_vector, (2, 3)),
    (lambda c: c.positive, (2, 3)),
    (lambda c: c.nonnegative, (2, 3)),
    (lambda c: c.greater_than(2.0), (2, 3)),
    (lambda c: c.greater_than_eq(-1.0), (2, 3)),
    (lambda c: c.less_than(-1.0), (2, 3)),
    (lambda c: c.unit_interval, (2, 3)),
    (lambda c: c.interval(-1.0, 3.0), (2, 3)),
    (lambda c: c.half_open_interval(-1.0, 3.0), (2, 3)),
    (lambda c: c.simplex, (2, 3)),
    (lambda c: c.corr_cholesky, (2, 3)),
    (lambda c: c.independent(c.positive, 1), (2, 3)),
    (lambda c: c.cat([c.positive, c.unit_interval], 1, [2, 1]), (2, 3)),
    (lambda c: c.stack([c.positive, c.unit_interval, c.real], 1), (2, 3)),
    (lambda c: c.lower_cholesky, (2, 3, 3)),
    (lambda c: c.positive_definite, (2, 3, 3)),
    (lambda c: c.positive_semidefinite, (2, 3, 3)),
]


@pytest.mark.parametrize(("make", "shape"), REACHED)
@pytest.mark.parametrize("registry", ["biject_to", "transform_to"])
def test_registries(make: Any, shape: tuple[int, ...], registry: str, peer: Any) -> None:
    x = real(*shape)
    mine, yours = make(constraints), make(peer.distributions.constraints)
    try:
        u = getattr(peer.distributions, registry)(yours)
    except NotImplementedError:
        with pytest.raises(NotImplementedError, match=r"no transform leads to it; register one, or use another"):
            getattr(D, registry)(mine)
        return
    t = getattr(D, registry)(mine)
    given, other = leaf(x), leaf(x, peer)
    agree(peer, (t(given), [given]), (u(other), [other]), 1e-9)
    assert mine.check(t(leaf(x))).all()
    assert gradcheck(t, leaf(x))


def test_a_registration_of_your_own() -> None:
    class Even(constraints.Constraint):
        def check(self, value: Any) -> Any:
            return value % 2 == 0

    registry = type(D.biject_to)()
    registry.register(Even)(lambda constraint: transforms.AffineTransform(0, 2))
    assert registry(Even()) == transforms.AffineTransform(0, 2)
    registry.register(Even(), lambda constraint: transforms.identity_transform)
    assert registry(Even()) is transforms.identity_transform
    with pytest.raises(TypeError, match=r"register: <class 'int'>: it is no constraint; give a Constraint"):
        registry.register(int, lambda constraint: transforms.identity_transform)
    assert Even().words == "in Even()"


# ---- triangles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("diag", [-2, -1, 0, 1])
def test_triangles(diag: int, peer: Any) -> None:
    x = real(2, 4, 4)
    mine, yours = leaf(x), leaf(x, peer)
    agree(
        peer,
        (D.utils.tril_matrix_to_vec(mine, diag), [mine]),
        (peer.distributions.utils.tril_matrix_to_vec(yours, diag), [yours]),
        1e-12,
    )
    v = D.utils.tril_matrix_to_vec(Tensor(x), diag).value
    mine, yours = leaf(v), leaf(v, peer)
    agree(
        peer,
        (D.utils.vec_to_tril_matrix(mine, diag), [mine]),
        (peer.distributions.utils.vec_to_tril_matrix(yours, diag), [yours]),
        1e-12,
    )


def test_chances_and_logits(peer: Any) -> None:
    ours, theirs = D.utils, peer.distributions.utils
    p = np.concatenate([simplex(2, 3), np.eye(3)])
    for binary in (False, True):
        x, y = leaf(p), leaf(p, peer)
        agree(peer, (ours.probs_to_logits(x, binary), [x]), (theirs.probs_to_logits(y, binary), [y]), 1e-9)
        x, y = leaf(np.log(p + 0.1)), leaf(np.log(p + 0.1), peer)
        agree(peer, (ours.logits_to_probs(x, binary), [x]), (theirs.logits_to_probs(y, binary), [y]), 1e-9)
    x, y = leaf(p), leaf(p, peer)
    agree(peer, (ours.clamp_probs(x), [x]), (theirs.clamp_probs(y), [y]), 1e-12)


# ---- mistakes: what is called, the error, and how its message begins -------------------------------------------------

BAD: list[tuple[str, type[Exception], str]] = [
    ("t.ExpTransform(cache_size=2)", ValueError, r"ExpTransform: cache_size 2: it keeps one pair or none; "),
    ("t.StickBreakingTransform().sign", NotImplementedError, r"StickBreakingTransform: sign: it neither rises nor "),
    (
        "t.CorrCholeskyTransform().event_dim",
        ValueError,
        r"CorrCholeskyTransform: event_dim: it is 1 before and 2",
    ),
    (
        "t.IndependentTransform(t.ExpTransform(), 2)(x)",
        ValueError,
        r"IndependentTransform: shape \(3,\): it takes 2",
    ),
    (
        "t.IndependentTransform(t.ExpTransform(), 2).inv(x)",
        ValueError,
        r"IndependentTransform: shape \(3,\): it takes",
    ),
    ("t.ReshapeTransform((2,), (3,))", ValueError, r"ReshapeTransform: \(2,\) and \(3,\): they have different numbers"),
    ("t.ReshapeTransform((2,), (1, 2))(x)", ValueError, r"ReshapeTransform: shape \(3,\): it must end in \(2,\); "),
    ("t.SoftmaxTransform().forward_shape(())", ValueError, r"SoftmaxTransform: shape \(\): it takes 1 axes or more; "),
    ("t.CorrCholeskyTransform().forward_shape((4,))", ValueError, r"CorrCholeskyTransform: shape \(4,\): no triangle"),
    ("t.CorrCholeskyTransform().inverse_shape((4, 3))", ValueError, r"CorrCholeskyTransform: shape \(4, 3\): the mat"),
    ("t.CatTransform([t.ExpTransform()], 0)(x)", ValueError, r"CatTransform: shape \(3,\): axis 0 must have 1; "),
    ("t.StackTransform([t.ExpTransform()], 1)(x)", ValueError, r"StackTransform: shape \(3,\): axis 1 must have 1; "),
    ("t.CatTransform([t.ExpTransform()], 0, [1, 2])", ValueError, r"CatTransform: 2 lengths for 1 transforms: "),
    ("t.StackTransform([1])", TypeError, r"StackTransform: \[1\]: each must be a Transform; "),
    ("c.cat([1])", TypeError, r"Cat: \[1\]: each must be a Constraint; "),
    ("c.cat([c.real], 0, [1, 2])", ValueError, r"cat: 2 lengths for 1 constraints: "),
    ("c.stack([c.real], 1).check(x)", ValueError, r"Stack: a value of shape \(3,\): it has no axis 1; "),
    ("c.independent(c.real, 2).check(x)", ValueError, r"independent: a value of shape \(3,\): it takes 2 axes; "),
    ("u.tril_matrix_to_vec(m.eye(3), 3)", ValueError, r"tril_matrix_to_vec: diag 3 of 3 x 3: "),
    ("u.vec_to_tril_matrix(m.zeros(4))", ValueError, r"vec_to_tril_matrix: 4 elements up to the diagonal 0: "),
]


@pytest.mark.parametrize(("text", "error", "message"), BAD, ids=[text for text, *_ in BAD])
def test_mistakes(text: str, error: type[Exception], message: str) -> None:
    scope = {"t": transforms, "c": constraints, "u": D.utils, "m": picograd, "x": picograd.ones(3)}
    with pytest.raises(error, match=message) as caught:
        eval(text, scope)
    assert str(caught.value).count("; ") >= 1 and "\n" not in str(caught.value)

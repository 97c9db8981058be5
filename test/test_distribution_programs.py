"""Small whole programs with distributions, against PyTorch with the same weights and the same draws."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor
from picograd import distributions as D


@pytest.fixture(scope="module")
def peer() -> Any:
    return pytest.importorskip("torch")


class Library:
    """The same program runs in both: its modules, and draws that come from one stream of NumPy's."""

    def __init__(self, torch: Any) -> None:
        self.torch, self.D, self.nn = torch, torch.distributions, torch.nn
        self.rng = np.random.default_rng(0)

    def tensor(self, x: Any) -> Any:
        return self.torch.tensor(np.asarray(x, np.float32))

    def normal(self, *shape: int) -> Any:
        return self.tensor(self.rng.standard_normal(shape))

    def uniform(self, *shape: int) -> Any:
        return self.tensor(self.rng.uniform(0.01, 0.99, shape))

    def linear(self, n: int, m: int) -> Any:
        layer = self.nn.Linear(n, m)
        with self.torch.no_grad():
            layer.weight.copy_(self.normal(m, n) / math.sqrt(n))
            layer.bias.copy_(0.1 * self.normal(m))
        return layer

    def gradients(self, loss: Any, *modules: Any) -> list[np.ndarray]:
        loss.backward()
        found = [p.grad for module in modules for p in module.parameters()]
        return [loss.detach().numpy(), *(g if isinstance(g, np.ndarray) else g.numpy() for g in found)]


def policy_gradient(lib: Library) -> list[np.ndarray]:
    """REINFORCE with a baseline, an entropy bonus, and actions as ints."""
    torch, nn = lib.torch, lib.nn
    policy = nn.Sequential(lib.linear(4, 8), nn.Tanh(), lib.linear(8, 3))
    value = lib.linear(4, 1)
    losses = []
    for step in range(5):
        state = lib.normal(4)
        p = lib.D.Categorical(logits=policy(state))
        action = torch.tensor(step % 3)
        assert 0 <= p.sample().item() < 3
        advantage = float(step) - value(state).squeeze()
        losses.append(-p.log_prob(action) * advantage.detach() - 0.01 * p.entropy() + advantage**2)
    return lib.gradients(torch.stack(losses).sum(), policy, value)


def clipped_policy(lib: Library) -> list[np.ndarray]:
    """PPO with Gaussian actions of two numbers, the old policy and the divergence from it."""
    torch, nn = lib.torch, lib.nn
    mean = lib.linear(4, 2)
    log_std = nn.Parameter(lib.normal(2))
    states, actions = lib.normal(16, 4), lib.normal(16, 2)
    old = lib.D.Independent(lib.D.Normal(mean(states).detach() + 0.1, torch.ones(2)), 1)
    new = lib.D.Independent(lib.D.Normal(mean(states), log_std.exp()), 1)
    ratio = (new.log_prob(actions) - old.log_prob(actions)).exp()
    advantage = lib.normal(16)
    gain = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
    loss = -gain.mean() + 0.1 * lib.D.kl_divergence(old, new).mean() - 0.01 * new.entropy().mean()
    found = lib.gradients(loss, mean)
    return [*found, log_std.grad if isinstance(log_std.grad, np.ndarray) else log_std.grad.numpy()]


def squashed_actor(lib: Library) -> list[np.ndarray]:
    """Soft actor critic: tanh of a normal number, with the density of the draw itself."""
    torch = lib.torch
    actor = lib.linear(4, 6)
    mean, log_std = actor(lib.normal(8, 4)).chunk(2, -1)
    base = lib.D.Normal(mean, log_std.clamp(-5, 2).exp())
    squashed = lib.D.TransformedDistribution(base, [lib.D.TanhTransform(cache_size=1)])
    tanh = squashed.transforms[0]
    action = tanh(mean + base.stddev * lib.normal(8, 3))
    log_prob = squashed.log_prob(action).sum(-1, keepdim=True)
    return lib.gradients((0.2 * log_prob - torch.sum(action, -1, keepdim=True)).mean(), actor)


def autoencoder(lib: Library) -> list[np.ndarray]:
    """A VAE with kl_divergence and a Bernoulli likelihood."""
    torch, nn = lib.torch, lib.nn
    encoder, decoder = lib.linear(6, 4), nn.Sequential(lib.linear(2, 8), nn.ReLU(), lib.linear(8, 6))
    x = (lib.uniform(10, 6) > 0.5).float()
    mean, spread = encoder(x).chunk(2, dim=-1)
    q = lib.D.Independent(lib.D.Normal(mean, nn.functional.softplus(spread)), 1)
    prior = lib.D.Independent(lib.D.Normal(torch.zeros(2), torch.ones(2)), 1)
    z = q.mean + q.base_dist.scale * lib.normal(10, 2)
    likelihood = lib.D.Independent(lib.D.Bernoulli(logits=decoder(z)), 1)
    bound = likelihood.log_prob(x) - lib.D.kl_divergence(q, prior)
    return lib.gradients(-bound.mean(), encoder, decoder)


def discrete_autoencoder(lib: Library) -> list[np.ndarray]:
    """Gumbel softmax latents with their own density, against a uniform prior."""
    torch, nn = lib.torch, lib.nn
    encoder, decoder = lib.linear(6, 5), lib.linear(5, 6)
    x = lib.normal(10, 6)
    q = lib.D.RelaxedOneHotCategorical(torch.tensor(0.7), logits=encoder(x))
    noise = -(-lib.uniform(10, 5).log()).log()
    z = nn.functional.softmax((q.logits + noise) / q.temperature, -1)
    prior = lib.D.OneHotCategorical(torch.ones(5) / 5)
    hard = lib.D.OneHotCategorical(logits=encoder(x))
    loss = (decoder(z) - x).pow(2).mean() + 0.1 * lib.D.kl_divergence(hard, prior).mean()
    return lib.gradients(loss + 0.01 * q.log_prob(z.detach()).mean(), encoder, decoder)


def flow(lib: Library) -> list[np.ndarray]:
    """Two affine couplings, written as a Transform of one's own, over a normal base; its likelihood of data."""
    torch, nn = lib.torch, lib.nn

    class Coupling(lib.D.Transform):  # type: ignore[name-defined, misc]
        domain = codomain = lib.D.constraints.real_vector
        bijective = True

        def __init__(self, net: Any, turned: bool) -> None:
            super().__init__(cache_size=1)
            self.net, self.turned = net, turned

        def parts(self, x: Any) -> Any:
            a, b = x[..., :2], x[..., 2:]
            a, b = (b, a) if self.turned else (a, b)
            shift, scale = self.net(a).chunk(2, -1)
            return a, b, shift, torch.tanh(scale)

        def joined(self, a: Any, b: Any) -> Any:
            return torch.cat([b, a] if self.turned else [a, b], -1)

        def _call(self, x: Any) -> Any:
            a, b, shift, scale = self.parts(x)
            return self.joined(a, b * scale.exp() + shift)

        def _inverse(self, y: Any) -> Any:
            a, b, shift, scale = self.parts(y)
            return self.joined(a, (b - shift) * (-scale).exp())

        def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
            return self.parts(x)[3].sum(-1)

    nets = [nn.Sequential(lib.linear(2, 8), nn.Tanh(), lib.linear(8, 4)) for _ in range(2)]
    base = lib.D.MultivariateNormal(torch.zeros(4), torch.eye(4))
    model = lib.D.TransformedDistribution(base, [Coupling(net, bool(k)) for k, net in enumerate(nets)])
    assert model.sample((3,)).shape == (3, 4)
    return lib.gradients(-model.log_prob(lib.normal(12, 4)).mean(), *nets)


def mixture(lib: Library) -> list[np.ndarray]:
    """A mixture density network, and a prior over its weights."""
    torch, nn = lib.torch, lib.nn
    net = nn.Sequential(lib.linear(3, 8), nn.Tanh(), lib.linear(8, 3 * 4))
    logits, mean, scale = net(lib.normal(10, 3)).chunk(3, -1)
    p = lib.D.MixtureSameFamily(lib.D.Categorical(logits=logits), lib.D.Normal(mean, nn.functional.softplus(scale)))
    prior = lib.D.Dirichlet(torch.full((4,), 1.5)).log_prob(torch.softmax(logits, -1))
    return lib.gradients(-(p.log_prob(lib.normal(10)) + 0.1 * prior + 0.1 * p.mean).mean(), net)


def gaussian_fit(lib: Library) -> list[np.ndarray]:
    """A full covariance fitted in unconstrained numbers, by transform_to."""
    nn = lib.nn
    loc, raw = nn.Parameter(lib.normal(3)), nn.Parameter(lib.normal(3, 3))
    module = nn.ParameterList([loc, raw])
    factor = lib.D.transform_to(lib.D.constraints.lower_cholesky)(raw)
    p = lib.D.MultivariateNormal(loc, scale_tril=factor)
    q = lib.D.MultivariateNormal(lib.tensor([0.0, 1, 2]), covariance_matrix=2 * lib.torch.eye(3))
    loss = -p.log_prob(lib.normal(20, 3)).mean() + lib.D.kl_divergence(p, q) - 0.1 * p.entropy()
    return lib.gradients(loss, module)


PROGRAMS = [
    policy_gradient,
    clipped_policy,
    squashed_actor,
    autoencoder,
    discrete_autoencoder,
    flow,
    mixture,
    gaussian_fit,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_program(program: Any, peer: Any) -> None:
    found, expected = program(Library(picograd)), program(Library(peer))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert np.abs(b).max() > 1e-4  # something is compared
        np.testing.assert_allclose(a, b, 1e-4, 1e-5 * np.abs(b).max())


def test_a_gamma_posterior_is_fitted_by_its_draws() -> None:
    """Maximizing the bound by gradients through gamma draws finds the posterior of a Poisson rate."""
    picograd.manual_seed(0)
    counts = picograd.tensor([3.0, 5.0, 4.0, 6.0])
    prior = D.Gamma(2.0, 1.0)
    raw = picograd.zeros(2, requires_grad=True)
    optimizer = picograd.optim.Adam([raw], lr=0.1)
    for _ in range(400):
        q = D.Gamma(*raw.exp())
        rate = q.rsample((64, 1))
        bound = D.Poisson(rate).log_prob(counts).sum(-1).mean() - D.kl_divergence(q, prior)
        optimizer.zero_grad()
        (-bound).backward()
        optimizer.step()
    found = D.Gamma(*raw.exp().detach())
    exact = D.Gamma(2.0 + 18, 1.0 + 4)
    assert found.mean.item() == pytest.approx(exact.mean.item(), rel=0.05)
    assert found.stddev.item() == pytest.approx(exact.stddev.item(), rel=0.2)


def test_copies() -> None:
    chances = picograd.tensor([0.0, 1.0])
    for p in (D.Normal(0.0, 1.0), D.LogNormal(0.0, 1.0), D.Categorical(logits=chances), D.Beta(1.0, 2.0)):
        q = copy.deepcopy(p)
        x = p.sample()
        assert q.log_prob(x).item() == p.log_prob(x).item()


def test_sizes_are_sizes() -> None:
    p = D.Independent(D.Normal(picograd.zeros(2, 3), 1.0), 1)
    assert p.batch_shape.numel() == 2 and p.event_shape.numel() == 3
    assert (p.batch_shape + p.event_shape).numel() == 6
    assert p.sample(picograd.Size([4])).shape == (4, 2, 3)
    assert D.Categorical(logits=picograd.zeros(2, 3)).param_shape == (2, 3)


def test_chances_by_way_of_super() -> None:
    class Straight(D.OneHotCategorical):
        @property
        def mode(self) -> Tensor:
            mode = picograd.nn.functional.one_hot(self.logits.argmax(-1), self.logits.shape[-1]).float()
            return mode.detach() + self.logits - self.logits.detach()

        def sample(self, sample_shape: Any = ()) -> Tensor:
            sample = super().sample(sample_shape)
            probs = super().probs
            while probs.ndim < sample.ndim:
                probs = probs[None]
            sample += probs - probs.detach()
            return sample

    logits = picograd.zeros(2, 3, requires_grad=True)
    draws = Straight(logits=logits).sample((5,))
    assert draws.shape == (5, 2, 3) and draws.requires_grad
    (draws[..., 0].sum() + Straight(logits=logits).mode.sum()).backward()
    assert np.abs(logits.grad).max() > 0.1


def test_one_factor_serves_all_samples() -> None:
    """The covariance is not repeated for each sample or location."""
    factor = Tensor(np.tril(np.ones((3, 3), np.float32)))
    p = D.MultivariateNormal(picograd.zeros(5000, 3), scale_tril=factor)
    assert p._unbroadcasted_scale_tril is factor
    assert p.scale_tril.shape == (5000, 3, 3) and p.batch_shape == (5000,)
    assert p.log_prob(p.sample((2,))).shape == (2, 5000)
    assert p.entropy().shape == p.variance.shape[:1] == (5000,)
    q = D.MultivariateNormal(picograd.zeros(3), scale_tril=factor)
    x = picograd.randn(7, 2, 3)
    each = [[q.log_prob(x[i, j]).item() for j in range(2)] for i in range(7)]
    np.testing.assert_allclose(q.log_prob(x).value, each, 1e-5)
    r = D.MultivariateNormal(picograd.zeros(3), scale_tril=factor * picograd.arange(1, 5).reshape(4, 1, 1, 1))
    assert r.batch_shape == (4, 1)
    assert r.log_prob(x[:4]).shape == (4, 2)
    assert r.expand((4, 2)).log_prob(x[:4]).shape == (4, 2)
    np.testing.assert_allclose(r.expand((4, 2)).log_prob(x[:4]).value, r.log_prob(x[:4]).value, 1e-5)

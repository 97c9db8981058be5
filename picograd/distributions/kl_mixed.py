"""Kullback and Leibler's divergence of two distributions of different kinds; importing this registers the formulas.

Most are -entropy(p) - E log q(x), with the moments of p in the logarithm of q's density.
"""

from __future__ import annotations

import math
from typing import Any

from ..ops.elementwise import where
from ..ops.gamma import digamma, lgamma
from ..ops.precise import log1p, xlogy
from ..ops.special import erf
from .bounded import ContinuousBernoulli, Exponential, Uniform
from .dirichlet import Beta, log_beta
from .discrete import Bernoulli, Binomial, Poisson
from .gamma import Gamma
from .kl import gamma, register_kl
from .location_scale import Gumbel, Laplace, Normal
from .transformed import Pareto
from .utils import filled

# KL(p || q) is infinite where p has values that q has not.
BEYOND: dict[type, tuple[type, ...]] = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}


def infinite(p: Any, q: Any) -> Any:
    """inf"""
    return filled(p.batch_shape, math.inf, p._dtype)


for narrow, others in BEYOND.items():
    for other in others:
        register_kl(narrow, other)(infinite)


def from_moments(p: Any, q: Any, mean: Any, variance: Any) -> Any:
    """-entropy(p) + log(scale sqrt(2 pi)) + E (x - loc)^2 / (2 scale^2) for a normal q"""
    away = (variance + (mean - q.loc) ** 2) / (2 * q.scale**2)
    return -p.entropy() + q.scale.log() + 0.5 * math.log(2 * math.pi) + away


def from_gamma(p: Any, q: Any, mean: Any, mean_log: Any) -> Any:
    """-entropy(p) + log gamma(b) - b log(s) - (b - 1) E log x + s E x for q = Gamma(b, s)"""
    b, s = q.concentration, q.rate
    return -p.entropy() + lgamma(b) - b * s.log() - (b - 1) * mean_log + s * mean


@register_kl(Beta, Normal)
@register_kl(ContinuousBernoulli, Normal)
@register_kl(Uniform, Normal)
@register_kl(Exponential, Normal)
@register_kl(Gamma, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Laplace, Normal)
def to_normal(p: Any, q: Any) -> Any:
    """By the mean and the variance of p"""
    return from_moments(p, q, p.mean, p.variance)


@register_kl(Pareto, Normal)
def pareto_normal(p: Any, q: Any) -> Any:
    """By the mean and the variance of p, which are infinite for alpha <= 2"""
    finite = p.alpha > 2
    alpha = where(finite, p.alpha, 3.0)
    mean = alpha * p.scale / (alpha - 1)
    result = from_moments(p, q, mean, mean**2 / (alpha * (alpha - 2)))
    return where(finite, result, math.inf)


@register_kl(Beta, Exponential)
@register_kl(ContinuousBernoulli, Exponential)
@register_kl(Gamma, Exponential)
def to_exponential(p: Any, q: Any) -> Any:
    """-entropy(p) - log(rate) + rate E x"""
    return -p.entropy() - q.rate.log() + q.rate * p.mean


@register_kl(Uniform, Exponential)
def uniform_exponential(p: Any, q: Any) -> Any:
    """The same, infinite if p reaches below 0"""
    return where(p.low < 0, math.inf, to_exponential(p, q))


@register_kl(Pareto, Exponential)
def pareto_exponential(p: Any, q: Any) -> Any:
    """The same, infinite for alpha <= 1"""
    finite = p.alpha > 1
    alpha = where(finite, p.alpha, 2.0)
    result = -p.entropy() - q.rate.log() + q.rate * (alpha * p.scale / (alpha - 1))
    return where(finite, result, math.inf)


@register_kl(Exponential, Gamma)
def exponential_gamma(p: Any, q: Any) -> Any:
    """An exponential distribution is Gamma(1, rate)"""
    return gamma(Gamma(1.0, p.rate, validate_args=False), q)


@register_kl(Beta, Gamma)
def beta_gamma(p: Any, q: Any) -> Any:
    """E log x = psi(a) - psi(a + b)"""
    a, b = p.concentration1, p.concentration0
    return from_gamma(p, q, p.mean, digamma(a) - digamma(a + b))


def mean_logarithm(low: Any, high: Any) -> Any:
    """E log x for x uniform between bounds: (high log(high) - low log(low)) / (high - low) - 1"""
    return (xlogy(high, high) - xlogy(low, low)) / (high - low) - 1


@register_kl(Uniform, Gamma)
def uniform_gamma(p: Any, q: Any) -> Any:
    """Infinite if p reaches below 0"""
    inside = p.low >= 0
    low, high = where(inside, p.low, 0.0), where(inside, p.high, 1.0)
    return where(inside, from_gamma(p, q, p.mean, mean_logarithm(low, high)), math.inf)


@register_kl(Pareto, Gamma)
def pareto_gamma(p: Any, q: Any) -> Any:
    """E log x = log(scale) + 1 / alpha; infinite for alpha <= 1"""
    finite = p.alpha > 1
    alpha = where(finite, p.alpha, 2.0)
    mean_log = p.scale.log() + p.alpha.reciprocal()
    return where(finite, from_gamma(p, q, alpha * p.scale / (alpha - 1), mean_log), math.inf)


def from_gumbel(p: Any, q: Any, mean: Any, mean_exp: Any) -> Any:
    """-entropy(p) + log(scale) + E z + E e^-z for z = (x - loc) / scale; mean_exp: E e^(-x / scale)"""
    return -p.entropy() + q.scale.log() + (mean - q.loc) / q.scale + (q.loc / q.scale).exp() * mean_exp


@register_kl(Normal, Gumbel)
def normal_gumbel(p: Any, q: Any) -> Any:
    """E e^(-x / s) = e^(-loc / s + (scale / s)^2 / 2)"""
    mean_exp = (-(p.loc - q.loc) / q.scale + 0.5 * (p.scale / q.scale) ** 2).exp()
    return -p.entropy() + q.scale.log() + (p.loc - q.loc) / q.scale + mean_exp


@register_kl(Exponential, Gumbel)
def exponential_gumbel(p: Any, q: Any) -> Any:
    """E e^(-x / s) = r s / (r s + 1)"""
    product = p.rate * q.scale
    return from_gumbel(p, q, p.mean, product / (product + 1))


@register_kl(Gamma, Gumbel)
def gamma_gumbel(p: Any, q: Any) -> Any:
    """E e^(-x / s) = (1 + 1 / (r s))^-a"""
    return from_gumbel(p, q, p.mean, (1 + 1 / (p.rate * q.scale)) ** -p.concentration)


@register_kl(Uniform, Gumbel)
def uniform_gumbel(p: Any, q: Any) -> Any:
    """E e^-z = scale (e^-z(low) - e^-z(high)) / (high - low)"""
    low, high = (p.low - q.loc) / q.scale, (p.high - q.loc) / q.scale
    mean_exp = ((-low).exp() - (-high).exp()) / (high - low)
    return -p.entropy() + q.scale.log() + (p.mean - q.loc) / q.scale + mean_exp


@register_kl(Normal, Laplace)
def normal_laplace(p: Any, q: Any) -> Any:
    """-entropy(p) + log(2 scale_q) + E |x - loc_q| / scale_q"""
    d = p.loc - q.loc
    z = d / p.scale
    away = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z**2).exp() + d * erf(math.sqrt(0.5) * z)
    return -p.entropy() + (2 * q.scale).log() + away / q.scale


@register_kl(Beta, Uniform)
def beta_uniform(p: Any, q: Any) -> Any:
    """-entropy(p) + log(width), infinite unless q covers 0 to 1"""
    return where((q.low > 0) | (q.high < 1), math.inf, -p.entropy() + (q.high - q.low).log())


@register_kl(ContinuousBernoulli, Uniform)
def continuous_bernoulli_uniform(p: Any, q: Any) -> Any:
    """The same; PyTorch gives inf also where the bounds are 0 or 1 themselves, and so does this"""
    return where((q.low >= 0) | (q.high <= 1), math.inf, -p.entropy() + (q.high - q.low).log())


@register_kl(Uniform, Beta)
def uniform_beta(p: Any, q: Any) -> Any:
    """-entropy(p) - (a - 1) E log x - (b - 1) E log(1 - x) + log B(a, b), infinite unless p lies within 0 to 1"""
    inside = (p.low >= 0) & (p.high <= 1)
    low, high = where(inside, p.low, 0.0), where(inside, p.high, 1.0)
    a, b = q.concentration1, q.concentration0
    logs = (a - 1) * mean_logarithm(low, high) + (b - 1) * mean_logarithm(1 - high, 1 - low)
    return where(inside, -p.entropy() - logs + log_beta(a, b), math.inf)


def from_continuous_bernoulli(p: Any, q: Any) -> Any:
    """-entropy(p) - E x logit - log(1 - probs) - log C"""
    return -p.entropy() - p.mean * q.logits - log1p(-q.probs) - q._log_norm()


@register_kl(Beta, ContinuousBernoulli)
def beta_continuous_bernoulli(p: Any, q: Any) -> Any:
    """By the mean of p"""
    return from_continuous_bernoulli(p, q)


@register_kl(Uniform, ContinuousBernoulli)
def uniform_continuous_bernoulli(p: Any, q: Any) -> Any:
    """By the mean of p, infinite unless p lies strictly within 0 to 1, as in PyTorch"""
    return where((p.high >= 1) | (p.low <= 0), math.inf, from_continuous_bernoulli(p, q))


@register_kl(Uniform, Pareto)
def uniform_pareto(p: Any, q: Any) -> Any:
    """-entropy(p) - log(alpha) - alpha log(scale) + (alpha + 1) E log x, infinite if p reaches below the scale"""
    inside = p.low >= q.scale
    low, high = where(inside, p.low, 1.0), where(inside, p.high, 2.0)
    result = -p.entropy() - q.alpha.log() - q.alpha * q.scale.log() + (q.alpha + 1) * mean_logarithm(low, high)
    return where(inside, result, math.inf)


@register_kl(Bernoulli, Poisson)
def bernoulli_poisson(p: Any, q: Any) -> Any:
    """-entropy(p) - p log(rate) + rate"""
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)

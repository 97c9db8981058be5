"""Kullback and Leibler's divergence, the expected value of log p(x) - log q(x) under p, for pairs with a formula."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import expand as expanded
from ..ops.elementwise import where
from ..ops.gamma import EULER, digamma, lgamma
from ..ops.loss import softplus
from ..ops.system import solve
from ..tensor import Tensor
from .categorical import Categorical, OneHotCategorical
from .continuous import Cauchy, Exponential, Gumbel, HalfNormal, Laplace, Normal, Uniform
from .discrete import Bernoulli, Binomial, Geometric, Poisson
from .distribution import Distribution, total
from .gamma import Beta, Dirichlet, Gamma, log_beta
from .independent import Independent
from .multivariate_normal import MultivariateNormal
from .transformed_distribution import TransformedDistribution
from .transforms import alike

FORMULAS: dict[tuple[type, type], Callable[[Any, Any], Tensor]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], Any]]:
    """Decorate the formula for two classes of distributions (and those derived from them)."""
    for given in (type_p, type_q):
        if not (isinstance(given, type) and issubclass(given, Distribution)):
            raise TypeError(
                f"register_kl: {given!r}: it is no class of distributions; give two subclasses of Distribution"
            )

    def decorate(formula: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        FORMULAS[type_p, type_q] = formula
        return formula

    return decorate


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """KL(p || q): the expected value of log p(x) - log q(x) for x drawn from p."""
    for a in type(p).__mro__:
        for b in type(q).__mro__:
            if (a, b) in FORMULAS:
                return FORMULAS[a, b](p, q)
    raise NotImplementedError(
        f"kl_divergence: {type(p).__name__} and {type(q).__name__}: there is no formula for this pair; "
        f"register one with register_kl, or estimate it from samples"
    )


@register_kl(Normal, Normal)
def normal_normal(p: Any, q: Any) -> Any:
    """(r + d^2 - 1 - log r) / 2, r = variance ratio, d = (loc_p - loc_q) / scale_q"""
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def half_normal(p: Any, q: Any) -> Any:
    """(r - 1 - log r) / 2"""
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio - 1 - ratio.log())


@register_kl(Laplace, Laplace)
def laplace(p: Any, q: Any) -> Any:
    """-log r + d + r e^(-d / r) - 1, r = scale_p / scale_q, d = |loc_p - loc_q| / scale_q"""
    ratio, d = p.scale / q.scale, abs(p.loc - q.loc) / q.scale
    return -ratio.log() + d + ratio * (-d / ratio).exp() - 1


@register_kl(Gumbel, Gumbel)
def gumbel(p: Any, q: Any) -> Any:
    """log(scale_q / scale_p) + Euler (r - 1) + d + e^(lgamma(r + 1) - d) - 1, r = scale_p / scale_q"""
    ratio, d = p.scale / q.scale, (p.loc - q.loc) / q.scale
    return -ratio.log() + EULER * (ratio - 1) + d + (lgamma(ratio + 1) - d).exp() - 1


@register_kl(Cauchy, Cauchy)
def cauchy(p: Any, q: Any) -> Any:
    """log(((scale_p + scale_q)^2 + (loc_p - loc_q)^2) / (4 scale_p scale_q))"""
    return ((p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2).log() - (4 * p.scale * q.scale).log()


@register_kl(Uniform, Uniform)
def uniform(p: Any, q: Any) -> Any:
    """log(width_q / width_p) if q covers p, else infinite"""
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return where((q.low > p.low) | (q.high < p.high), math.inf, result)


@register_kl(Uniform, Normal)
def uniform_normal(p: Any, q: Any) -> Any:
    """log(sqrt(2 pi) scale / width) + the mean of z^2 / 2 under p"""
    width, away = p.high - p.low, (p.high + p.low) / 2 - q.loc
    spread = (width**2 / 12 + away**2) / q.scale**2
    return 0.5 * spread + (math.sqrt(2 * math.pi) * q.scale / width).log()


@register_kl(Laplace, Normal)
def laplace_normal(p: Any, q: Any) -> Any:
    """(2 scale_p^2 + d^2) / (2 scale_q^2) - 1 + log(sqrt(pi / 2) scale_q / scale_p)"""
    spread = (p.scale**2 + 0.5 * (p.loc - q.loc) ** 2) / q.scale**2
    return spread - 1 + (q.scale / p.scale).log() + 0.5 * math.log(math.pi / 2)


@register_kl(Exponential, Exponential)
def exponential(p: Any, q: Any) -> Any:
    """r - log r - 1, r = rate_q / rate_p"""
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(Gamma, Gamma)
def gamma(p: Any, q: Any) -> Any:
    """Of Gamma(a, r) and Gamma(b, s): b log(r / s) + log gamma(b) - log gamma(a) + (a - b) psi(a) + (s - r) a / r"""
    a, b = p.concentration, q.concentration
    return b * (p.rate / q.rate).log() + lgamma(b) - lgamma(a) + (a - b) * digamma(a) + (q.rate - p.rate) * (a / p.rate)


@register_kl(Exponential, Gamma)
def exponential_gamma(p: Any, q: Any) -> Any:
    """An exponential distribution is Gamma(1, rate)"""
    return gamma(Gamma(1.0 + 0 * p.rate, p.rate, validate_args=False), q)


@register_kl(Gamma, Exponential)
def gamma_exponential(p: Any, q: Any) -> Any:
    """An exponential distribution is Gamma(1, rate)"""
    return gamma(p, Gamma(1.0 + 0 * q.rate, q.rate, validate_args=False))


@register_kl(Beta, Beta)
def beta(p: Any, q: Any) -> Any:
    """log B_q - log B_p + (a - c) psi(a) + (b - d) psi(b) - (a + b - c - d) psi(a + b)"""
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    norm = log_beta(c, d) - log_beta(a, b)
    return norm + (a - c) * digamma(a) + (b - d) * digamma(b) - (a + b - c - d) * digamma(a + b)


@register_kl(Dirichlet, Dirichlet)
def dirichlet(p: Any, q: Any) -> Any:
    """The same with K parts"""
    a, b = p.concentration, q.concentration
    norm = lgamma(a.sum(-1)) - lgamma(a).sum(-1) - lgamma(b.sum(-1)) + lgamma(b).sum(-1)
    return norm + ((a - b) * (digamma(a) - digamma(a.sum(-1, keepdims=True)))).sum(-1)


@register_kl(Bernoulli, Bernoulli)
def bernoulli(p: Any, q: Any) -> Any:
    """p (log p - log q) + (1 - p) (log(1 - p) - log(1 - q))"""
    yes = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    return yes + (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))


@register_kl(Binomial, Binomial)
def binomial(p: Any, q: Any) -> Any:
    """n times that of one trial; infinite if q has fewer trials, without a formula if it has more"""
    if (p.total_count.value < q.total_count.value).any():
        raise NotImplementedError(
            "kl_divergence: two Binomials: q has more trials than p: there is no formula; estimate it from samples"
        )
    return where(p.total_count > q.total_count, math.inf, p.total_count * bernoulli(p, q))


@register_kl(Geometric, Geometric)
def geometric(p: Any, q: Any) -> Any:
    """-entropy(p) - log(1 - q) / p - logit_q"""
    return -p.entropy() + softplus(q.logits) / p.probs - q.logits


@register_kl(Poisson, Poisson)
def poisson(p: Any, q: Any) -> Any:
    """r_p log(r_p / r_q) - (r_p - r_q)"""
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(OneHotCategorical, OneHotCategorical)
@register_kl(Categorical, Categorical)
def categorical(p: Any, q: Any) -> Any:
    """sum p (log p - log q)"""
    terms = where(q.probs == 0, math.inf, p.probs * (p.logits - q.logits))
    return where(p.probs == 0, 0.0, terms).sum(-1)


@register_kl(MultivariateNormal, MultivariateNormal)
def multivariate_normal(p: Any, q: Any) -> Any:
    """log det (L_q / L_p) + (|L_q^-1 L_p|^2 + |L_q^-1 (loc_p - loc_q)|^2 - n) / 2"""
    n = p.event_shape[0]
    shape = (*np.broadcast_shapes(p.batch_shape, q.batch_shape), n, n)
    spread = (solve(expanded(q._lower(), shape), expanded(p.scale_tril, shape)) ** 2).sum((-1, -2))
    away = (q._whitened(p.loc - q.loc) ** 2).sum(-1)
    return q._half_log_det() - p._half_log_det() + 0.5 * (spread + away - n)


@register_kl(Independent, Independent)
def independent(p: Any, q: Any) -> Any:
    """The sum over the axes of the event"""
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            f"kl_divergence: Independent with {p.reinterpreted_batch_ndims} and {q.reinterpreted_batch_ndims} axes: "
            f"there is a formula for equal ones only; make them equal"
        )
    return total(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def transformed(p: Any, q: Any) -> Any:
    """That of the bases: an invertible function of both changes nothing"""
    same = alike(p.transforms, q.transforms)
    if not same or p.event_shape != q.event_shape:
        raise NotImplementedError(
            "kl_divergence: TransformedDistribution with different transforms: there is no formula; "
            "estimate it from samples"
        )
    inner = len(p.event_shape) - len(p.base_dist.event_shape)
    return total(kl_divergence(p.base_dist, q.base_dist), inner)

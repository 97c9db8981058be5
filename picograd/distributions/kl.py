"""Kullback and Leibler's divergence, the expected value of log p(x) - log q(x) under p: `kl_divergence`, `register_kl`,
and the formulas for two distributions of one kind. Those for two kinds are in kl_mixed.py.

Sources: Gil, Alajaji and Linder, "Renyi divergence measures for commonly used univariate continuous distributions",
2013; Chyzak and Nielsen, "A closed-form formula for the Kullback-Leibler divergence between Cauchy distributions",
2019.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from ..ops.elementwise import where
from ..ops.gamma import digamma, lgamma
from ..ops.layout import diag_embed
from ..ops.loss import softplus
from ..ops.precise import log1p
from ..tensor import Tensor
from .bounded import ContinuousBernoulli, Exponential, Uniform
from .categorical import Categorical, OneHotCategorical
from .dirichlet import Beta, Dirichlet, log_beta
from .discrete import Bernoulli, Binomial, Geometric, Poisson
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .gamma import Gamma
from .independent import Independent
from .location_scale import Cauchy, Gumbel, Laplace, Normal
from .multivariate_normal import LowRankMultivariateNormal, MultivariateNormal, log_diagonal, spread, whitened
from .transformed import HalfNormal, Pareto
from .transformed_distribution import TransformedDistribution
from .utils import euler_constant, total

Formula = Callable[[Any, Any], Any]
FORMULAS: dict[tuple[type, type], Formula] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Formula], Formula]:
    """Decorate the formula for two classes of distributions (and those derived from them)."""
    for given in (type_p, type_q):
        if not (isinstance(given, type) and issubclass(given, Distribution)):
            raise TypeError(
                f"register_kl: {given!r}: it is no class of distributions; give two subclasses of Distribution"
            )

    def decorate(formula: Formula) -> Formula:
        FORMULAS[type_p, type_q] = formula
        return formula

    return decorate


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """KL(p || q): the expected value of log p(x) - log q(x) for x drawn from p.

    Of the formulas registered for classes that p and q derive from, the one nearest to p's class is taken, and of these
    the one nearest to q's; a RuntimeWarning says if the nearest to q's class is another.
    """
    mine, yours = type(p).__mro__, type(q).__mro__
    found = [
        (mine.index(a), yours.index(b), formula) for (a, b), formula in FORMULAS.items() if a in mine and b in yours
    ]
    if not found:
        raise NotImplementedError(
            f"kl_divergence: {type(p).__name__} and {type(q).__name__}: there is no formula for this pair; "
            f"register one with register_kl, or estimate it from samples"
        )
    *_, formula = min(found, key=lambda entry: entry[:2])
    *_, other = min(found, key=lambda entry: entry[1::-1])
    if formula is not other:
        warnings.warn(
            f"kl_divergence: {type(p).__name__} and {type(q).__name__}: two formulas fit; register one for the pair "
            f"itself",
            RuntimeWarning,
            stacklevel=2,
        )
    result: Tensor = formula(p, q)
    return result


# ---- locations and scales ------------------------------------------------------------------------------------------


@register_kl(Normal, Normal)
def normal(p: Any, q: Any) -> Any:
    """(r + d^2 - 1 - log r) / 2, r = variance ratio, d = (loc_p - loc_q) / scale_q"""
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def half_normal(p: Any, q: Any) -> Any:
    """That of the normal ones around 0"""
    return normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def laplace(p: Any, q: Any) -> Any:
    """-log r + d + r e^(-d / r) - 1, r = scale_p / scale_q, d = |loc_p - loc_q| / scale_q"""
    ratio, d = p.scale / q.scale, abs(p.loc - q.loc) / q.scale
    return -ratio.log() + d + ratio * (-d / ratio).exp() - 1


@register_kl(Gumbel, Gumbel)
def gumbel(p: Any, q: Any) -> Any:
    """log(scale_q / scale_p) + Euler (r - 1) + d + e^(lgamma(r + 1) - d) - 1, r = scale_p / scale_q"""
    ratio, d = p.scale / q.scale, (p.loc - q.loc) / q.scale
    return -ratio.log() + euler_constant * (ratio - 1) + d + (lgamma(ratio + 1) - d).exp() - 1


@register_kl(Cauchy, Cauchy)
def cauchy(p: Any, q: Any) -> Any:
    """log(((scale_p + scale_q)^2 + (loc_p - loc_q)^2) / (4 scale_p scale_q))"""
    return ((p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2).log() - (4 * p.scale * q.scale).log()


@register_kl(Uniform, Uniform)
def uniform(p: Any, q: Any) -> Any:
    """log(width_q / width_p) if q covers p, else infinite"""
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return where((q.low > p.low) | (q.high < p.high), math.inf, result)


# ---- positive numbers, and those within bounds ---------------------------------------------------------------------


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


@register_kl(Pareto, Pareto)
def pareto(p: Any, q: Any) -> Any:
    """alpha_q log(scale_p / scale_q) - log r + r - 1, r = alpha_q / alpha_p, if q covers p, else infinite"""
    ratio = q.alpha / p.alpha
    result = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return where(p.scale < q.scale, math.inf, result)


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


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def continuous_bernoulli(p: Any, q: Any) -> Any:
    """mean_p (logit_p - logit_q) + log C_p + log(1 - p) - log C_q - log(1 - q)"""
    norm = p._log_norm() + log1p(-p.probs) - q._log_norm() - log1p(-q.probs)
    return p.mean * (p.logits - q.logits) + norm


# ---- counts and categories -----------------------------------------------------------------------------------------


@register_kl(Bernoulli, Bernoulli)
def bernoulli(p: Any, q: Any) -> Any:
    """p (log p - log q) + (1 - p) (log(1 - p) - log(1 - q)); infinite where q excludes what p doesn't"""
    yes = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    no = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    yes = where(p.probs == 0, 0.0, where(q.probs == 0, math.inf, yes))
    return yes + where(p.probs == 1, 0.0, where(q.probs == 1, math.inf, no))


@register_kl(Binomial, Binomial)
def binomial(p: Any, q: Any) -> Any:
    """n times that of one trial; infinite if q has fewer trials, without a formula if it has more"""
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "kl_divergence: two Binomials: q has more trials than p: there is no formula; estimate it from samples"
        )
    each = p.probs * (p.logits - q.logits) + softplus(q.logits) - softplus(p.logits)
    return where(p.total_count > q.total_count, math.inf, p.total_count * each)


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


# ---- vectors -------------------------------------------------------------------------------------------------------


def same_events(p: Any, q: Any) -> None:
    """ValueError unless the draws have one shape."""
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"kl_divergence: events of shape {p.event_shape} and {q.event_shape}: they must be equal; reshape one"
        )


def squares(x: Any) -> Any:
    """The sum of squares of each matrix"""
    return (x**2).sum((-1, -2))


@register_kl(MultivariateNormal, MultivariateNormal)
def multivariate_normal(p: Any, q: Any) -> Any:
    """log det (L_q / L_p) + (|L_q^-1 L_p|^2 + |L_q^-1 (loc_p - loc_q)|^2 - n) / 2"""
    same_events(p, q)
    mine, yours = p._unbroadcasted_scale_tril, q._unbroadcasted_scale_tril
    away = squares(spread(yours, mine)) + (whitened(yours, p.loc - q.loc) ** 2).sum(-1)
    return log_diagonal(yours) - log_diagonal(mine) + 0.5 * (away - p.event_shape[0])


def inverse_spread(q: Any, factor: Any) -> Any:
    """trace(S_q^-1 F F^T) for the covariance S_q = W W^T + D of low rank: |D^(-1/2) F|^2 - |K^(-1/2) W^T D^-1 F|^2"""
    inner = q._scaled() @ factor
    root = q._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
    return squares(factor / root) - squares(spread(q._capacitance_tril, inner))


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def low_rank(p: Any, q: Any) -> Any:
    """(log det S_q - log det S_p + trace(S_q^-1 S_p) + (loc_q - loc_p)^T S_q^-1 (loc_q - loc_p) - n) / 2"""
    same_events(p, q)
    n, mine, yours = p.event_shape[0], p._unbroadcasted_cov_diag, q._unbroadcasted_cov_diag
    half = spread(q._capacitance_tril, q._scaled())  # S_q^-1 is D_q^-1 less half^T half
    own = (mine / yours).sum(-1) - squares(half * mine.sqrt().unsqueeze(-2))
    trace = own + inverse_spread(q, p._unbroadcasted_cov_factor)
    return 0.5 * (q._log_det() - p._log_det() + trace + q._mahalanobis(q.loc - p.loc) - n)


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def multivariate_normal_low_rank(p: Any, q: Any) -> Any:
    """The same"""
    same_events(p, q)
    factor = p._unbroadcasted_scale_tril
    log_det = q._log_det() - 2 * log_diagonal(factor)
    return 0.5 * (log_det + inverse_spread(q, factor) + q._mahalanobis(q.loc - p.loc) - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def low_rank_multivariate_normal(p: Any, q: Any) -> Any:
    """The same"""
    same_events(p, q)
    n, yours = p.event_shape[0], q._unbroadcasted_scale_tril
    diagonal = diag_embed(p._unbroadcasted_cov_diag.sqrt())
    trace = squares(spread(yours, p._unbroadcasted_cov_factor)) + squares(spread(yours, diagonal))
    away = (whitened(yours, q.loc - p.loc) ** 2).sum(-1)
    return 0.5 * (2 * log_diagonal(yours) - p._log_det() + trace + away - n)


# ---- made of others ------------------------------------------------------------------------------------------------


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
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError(
            "kl_divergence: TransformedDistribution with different transforms: there is no formula; "
            "estimate it from samples"
        )
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(ExponentialFamily, ExponentialFamily)
def exponential_family(p: Any, q: Any) -> Any:
    """F(theta_q) - F(theta_p) - (theta_q - theta_p) . F'(theta_p), of two of one class"""
    if type(p) is not type(q):
        raise NotImplementedError(
            f"kl_divergence: {type(p).__name__} and {type(q).__name__}: the general formula is for two of one class "
            f"only; register one with register_kl, or estimate it from samples"
        )
    mine, normalizer, slopes = p._expected()
    yours = q._natural_params
    result = q._log_normalizer(*yours) - normalizer
    for a, b, slope in zip(mine, yours, slopes, strict=True):
        result = result - total((b - a) * slope, a.ndim - len(p.batch_shape))
    recorded = any(x.requires_grad for x in (*p._natural_params, *yours))
    return result if recorded else result.detach()

"""MR-RAPS with empirical Bayes shrinkage of the effects on the exposure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.raps import raps
from latentmr.two_sample.methods.raps_loss import Loss, loss_of
from latentmr.two_sample.methods.raps_score import next_fall, pleiotropic_variance, profile_maximum
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["NormalMixture", "RapsShrinkage", "normal_mixture", "raps_shrinkage"]

#: Starting values of the likelihood: share of the wider component, and its excess spread.
STARTS = [(share, wide) for share in (0.05, 0.3) for wide in (0.5, 2.0)]
#: Minimum share and minimum standard deviation of a component, as in the R function.
LEAST_SHARE, LEAST_SD = 0.01, 0.01


@dataclass(frozen=True)
class NormalMixture:
    """Distribution of the standardised effects on the exposure: a mixture of normal distributions with mean 0.

    Parameters
    ----------
    share, sd : tuple of float
        Share and standard deviation of each component, the narrowest first.
    """

    share: tuple[float, ...]
    sd: tuple[float, ...]

    def posterior(self, z: Array, error: Array) -> tuple[Array, Array]:
        """Return the posterior mean of a standardised effect given its estimate ``z``, and its derivative by ``z``."""
        variance, own = np.array(self.sd)[:, None] ** 2, error**2
        total = variance + own
        log_mass = np.log(np.array(self.share))[:, None] - np.log(total) / 2 - z**2 / (2 * total)
        mass = np.exp(log_mass - log_mass.max(axis=0))
        mass /= mass.sum(axis=0)
        shrinkage = variance / total
        mean = (mass * shrinkage).sum(axis=0)
        # the mass of each component decreases with z by its own total variance
        change = -(mass * shrinkage / total).sum(axis=0) + mean * (mass / total).sum(axis=0)
        return z * mean, mean + z**2 * change


def normal_mixture(z: ArrayLike) -> NormalMixture:
    """Fit a mixture of two normal distributions to the effects behind z scores, by maximum likelihood.

    Each z score is an estimate of its effect with standard error 1.

    Parameters
    ----------
    z : array_like of dimension (p,)
        ``bx / sx``.

    Returns
    -------
    NormalMixture
        A mixture, with one component if a second adds nothing.

    Raises
    ------
    ValueError
        If z scores are not finite.

    References
    ----------
    Zhao, Chen, Wang & Small (2019) Int J Epidemiol 48:1478.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> fitted = normal_mixture(np.concatenate([rng.normal(0, 2, 3000), rng.normal(0, 9, 1000)]))
    >>> [round(each, 1) for each in fitted.sd], round(fitted.share[1], 1)
    ([1.7, 9.3], 0.2)
    """
    scores = np.atleast_1d(np.asarray(z, dtype=np.float64))
    if scores.ndim != 1 or not len(scores) or not np.isfinite(scores).all():
        raise ArgumentError(
            "z", "be finite scores, one for each variant", f"shape {scores.shape}", "drop variants without a score"
        )
    # sorted, so that the fit does not depend on the order of the variants
    squares = np.sort(scores**2)

    def loss(parameters: Array) -> tuple[float, Array]:
        share, log_sd = parameters[0], parameters[1:]
        total = np.exp(2 * log_sd) + 1
        logs = (
            np.log([1 - share, share])[:, None]
            - np.log(2 * np.pi * total)[:, None] / 2
            - squares / (2 * total[:, None])
        )
        top = logs.max(axis=0)
        mass = np.exp(logs - top)
        sums = mass.sum(axis=0)
        mass = mass / sums
        by_share = (mass[1] / share - mass[0] / (1 - share)).sum()
        by_total = (mass * (squares / total[:, None] - 1)).sum(axis=1) / (2 * total)
        return -float((np.log(sums) + top).sum()), -np.array([by_share, *(by_total * 2 * np.exp(2 * log_sd))])

    # a spread of z scores beyond their errors
    spread = float(np.sqrt(max(squares.mean() - 1, 0.1)))
    bounds = [(LEAST_SHARE, 1 - LEAST_SHARE), *[(np.log(LEAST_SD), np.log(1e3 * spread))] * 2]
    fits = [
        optimize.minimize(
            loss, [share, np.log(0.5 * spread), np.log((1 + wide) * spread)], jac=True, method="L-BFGS-B",
            bounds=bounds, options={"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-9},
        )
        for share, wide in STARTS
    ]  # fmt: skip
    lowest = min(float(fit.fun) for fit in fits)
    # the first of equally good fits
    best = next(fit.x for fit in fits if fit.fun <= lowest + 1e-7)
    shares, sds = np.array([1 - best[0], best[0]]), np.exp(best[1:])
    if abs(sds[0] - sds[1]) <= 1e-3 * max(sds):
        # one component suffices; the shares of two equal ones are arbitrary
        return NormalMixture((1.0,), (float(shares @ sds),))
    order = np.argsort(sds, kind="stable")
    return NormalMixture(tuple(float(shares[i]) for i in order), tuple(float(sds[i]) for i in order))


@dataclass(frozen=True, kw_only=True, repr=False)
class RapsShrinkage(Details):
    """Details of MR-RAPS with shrinkage.

    Parameters
    ----------
    tau2, tau2_se : float
        Variance of pleiotropic effects, and its standard error; 0 without overdispersion.
    prior_share_wide, prior_sd_narrow, prior_sd_wide : float or None
        Parameters of the mixture; None without shrinkage.
    residual : np.ndarray of dimension (p,)
        Standardised residuals; normal if the model holds.
    weight : np.ndarray of dimension (p,)
        Weights: effects on the exposure over their standard errors.
    """

    tau2: float
    tau2_se: float
    prior_share_wide: float | None = None
    prior_sd_narrow: float | None = None
    prior_sd_wide: float | None = None
    residual: Array
    weight: Array


def raps_shrinkage(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    loss: str = "huber",
    overdispersion: bool = True,
    shrinkage: bool = True,
    prior: NormalMixture | None = None,
    tuning: float | None = None,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the effect by MR-RAPS with empirical partially Bayes weights.

    The method is efficient with weak variants from the whole genome.

    It solves :math:`\sum \hat\gamma_j \psi(t_j) / \sqrt{v_j} = 0`, in which the effects on the exposure
    :math:`\hat\gamma_j` are shrunk to their posterior means under a mixture prior. The equation remains unbiased
    because they are independent of the residuals :math:`t_j`. It also solves
    :math:`\sum (t_j \psi(t_j) - \delta) / v_j = 0` for the variance of pleiotropic effects. Standard errors use the
    observed information. The assumptions are those of :func:`raps`. The method does not remove confounding of the
    variants with the outcome.

    If there are several roots, the one nearest to the effect of :func:`raps` is used (without overdispersion, nearest
    to the profile maximum of ``l2``), as in ``mr.raps::mr.raps.shrinkage``. The R function searches from random
    starting values, and returns the effect without overdispersion if it finds no root. This implementation searches a
    fixed grid.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    loss : str
        ``huber``, ``tukey`` or ``l2``.
    overdispersion : bool
        Whether to estimate a variance of pleiotropic effects.
    shrinkage : bool
        Whether to shrink effects on the exposure. If False, they are maximum-likelihood estimates, as in :func:`raps`.
    prior : NormalMixture, optional
        Prior distribution of ``bx / sx``; fitted to them by default.
    tuning : float, optional
        Constant of the loss; 1.345 (Huber) and 4.685 (Tukey) by default.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with a normal p value and details of class :class:`RapsShrinkage`.

    Raises
    ------
    ValueError
        If the associations are invalid, or variants are too weak for a root or a standard error.

    References
    ----------
    Zhao, Chen, Wang & Small (2019) Int J Epidemiol 48:1478.

    Examples
    --------
    >>> bx, by = [0.1, 0.2, 0.3, 0.05], [0.05, 0.11, 0.14, 0.03]
    >>> found = raps_shrinkage(bx, by, [0.01] * 4, [0.02] * 4, overdispersion=False)
    >>> round(found.beta, 2)
    0.49
    """
    kind = loss_of(loss, tuning)
    data = check_associations(bx, by, sx, sy)
    mixture = prior
    if shrinkage and mixture is None:
        mixture = normal_mixture(data.bx / data.sx)
    problem = _Problem(data, kind, mixture if shrinkage else None)
    if overdispersion:
        start = raps(data.bx, data.by, data.sx, data.sy, loss=loss, tuning=tuning).beta
    else:
        start = profile_maximum(data, loss_of("l2"))
    beta, tau2 = problem.root(start, overdispersion)
    variance = problem.variances(beta, tau2, overdispersion and tau2 > 0)
    gamma, v, t = problem.parts(beta, tau2)[:3]
    fitted = problem.prior
    details = RapsShrinkage(
        tau2=tau2,
        tau2_se=float(np.sqrt(variance[1])),
        prior_share_wide=None if fitted is None else fitted.share[-1],
        prior_sd_narrow=None if fitted is None else fitted.sd[0],
        prior_sd_wide=None if fitted is None else fitted.sd[-1],
        residual=t,
        weight=gamma * np.sqrt(1 / data.sx**2 + beta**2 / (data.sy**2 + tau2)),
    )
    return wald_estimate(
        f"MR-RAPS ({loss}{', overdispersed' if overdispersion else ''}{', shrinkage' if shrinkage else ''})",
        beta,
        float(np.sqrt(variance[0])),
        len(t),
        alpha=alpha,
        details=details,
    )


@dataclass(frozen=True)
class _Problem:
    data: Associations
    loss: Loss
    prior: NormalMixture | None

    def parts(self, beta: float, tau2: float) -> tuple[Array, Array, Array, Array, Array]:
        """Return effects on the exposure, variances, residuals, and derivatives of the first by effect and tau2."""
        data, own = self.data, self.data.sy**2 + tau2
        v = own + (beta * data.sx) ** 2
        t = (data.by - beta * data.bx) / np.sqrt(v)
        precision = 1 / data.sx**2 + beta**2 / own
        gamma = (data.bx / data.sx**2 + beta * data.by / own) / precision
        slope = np.ones_like(gamma)
        if self.prior is not None:
            shrunk, slope = self.prior.posterior(gamma / data.sx, np.sqrt(1 / precision) / data.sx)
            gamma = shrunk * data.sx
        return gamma, v, t, slope * data.by / own / precision, -slope * beta * data.by / own**2 / precision

    def score(self, beta: float, tau2: float) -> float:
        gamma, v, t = self.parts(beta, tau2)[:3]
        return float((gamma * self.loss.psi(t) / np.sqrt(v)).sum())

    def root(self, start: float, overdispersion: bool) -> tuple[float, float]:
        ones = np.ones(len(self.data.bx))

        def spare(betas: Array) -> Array:
            if overdispersion:
                return pleiotropic_variance(self.data, self.loss, betas, ones)
            return np.zeros(len(betas))

        def scores(betas: Array) -> Array:
            return np.array([self.score(b, t) for b, t in zip(betas, spare(betas), strict=True)])

        tau2 = float(spare(np.array([start]))[0])
        signal = (self.data.bx**2 + self.data.sx**2) / (self.data.sy**2 + tau2 + (start * self.data.sx) ** 2)
        beta = next_fall(scores, start, float(signal.sum() ** -0.5))
        return beta, float(spare(np.array([beta]))[0])

    def variances(self, beta: float, tau2: float, overdispersion: bool) -> tuple[float, float]:
        """Return the variances of the effect and of tau2 by the sandwich formula, with the observed information."""
        gamma, v, t, by_beta, by_tau2 = self.parts(beta, tau2)
        loss, psi = self.loss, self.loss.psi(t)
        noise = loss.c1 * float((gamma**2 / v).sum())
        information = float(((by_beta * psi - gamma * loss.delta * self.data.bx / np.sqrt(v)) / np.sqrt(v)).sum())
        if information >= 0 or noise <= 0:
            raise ArgumentError(
                "bx", "be stronger than its errors", "variants without a standard error", "take stronger ones"
            )
        if not overdispersion:
            return noise / information**2, 0.0
        cross = float((by_tau2 * psi / np.sqrt(v)).sum())
        own = (loss.delta + loss.c3) / 2 * float((v**-2).sum())
        of_tau2 = loss.c2 * float((v**-2).sum()) / own**2
        return (noise + cross**2 * of_tau2) / information**2, of_tau2

"""Correlations of variants with traits, from summary statistics."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["effective_n", "r_from_effects", "r_from_frequency", "r_from_log_odds", "r_from_p"]

#: Residual variance of the liability.
RESIDUAL = {"logit": np.pi**2 / 3, "probit": 1.0}
#: Ratio of the approximate to the true squared correlation, for the logistic approximation.
APPROXIMATION = 0.58


def r_from_p(p_value: ArrayLike, n: ArrayLike) -> Array:
    r"""Return the absolute correlation of a variant with a continuous trait from its two-sided p value.

    It is :math:`r^2 = F / (F + n - 2)` with the F statistic on 1 and n - 2 degrees of freedom that has exactly this p
    value. TwoSampleMR's ``get_r_from_pn`` uses n - 1, and a search for the smallest p values.

    Parameters
    ----------
    p_value : array_like of dimension (p,)
        P values above 0. Use :func:`r_from_effects` for p values that are too small to be represented.
    n : array_like
        Sample size, more than 2: one number, or one for each variant.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If a p value or sample size is out of range.

    Examples
    --------
    >>> r_from_p([1e-8, 0.5], 10_000).round(4)
    array([0.0573, 0.0067])
    """
    p = np.atleast_1d(np.asarray(p_value, dtype=np.float64))
    if not ((p > 0) & (p <= 1)).all():
        raise ArgumentError(
            "p_value",
            "be above 0 and not above 1",
            f"{p[~((p > 0) & (p <= 1))][0]:g}",
            "take r_from_effects, which needs effects and standard errors",
        )
    sizes = _sizes(n)
    t = stats.t.isf(p / 2, sizes - 2)
    return np.asarray(t / np.hypot(t, np.sqrt(sizes - 2)))


def r_from_effects(beta: ArrayLike, se: ArrayLike, n: ArrayLike) -> Array:
    """Return the signed correlation of a variant with a continuous trait, as TwoSampleMR's ``get_r_from_bsen``.

    Parameters
    ----------
    beta, se : array_like of dimension (p,)
        Effect and its standard error.
    n : array_like
        Sample size, more than 2: one number, or one for each variant.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If an effect is not finite, a standard error is not positive, or a sample size is not above 2.

    Examples
    --------
    >>> r_from_effects([0.1, -0.1], [0.02, 0.05], 10_000).round(3)
    array([ 0.05, -0.02])
    """
    effect, error = np.atleast_1d(*(np.asarray(each, dtype=np.float64) for each in (beta, se)))
    if not np.isfinite(effect).all():
        raise ArgumentError("beta", "be finite", "values that are not", "drop these variants")
    if not (error > 0).all():
        raise ArgumentError("se", "be positive", f"{error.min():g}", "drop these variants")
    t = effect / error
    return np.asarray(t / np.hypot(t, np.sqrt(_sizes(n) - 2)))


def r_from_frequency(beta: ArrayLike, frequency: ArrayLike) -> Array:
    r"""Return the correlation of a variant with a trait of unit variance: :math:`b \sqrt{2 f (1 - f)}`.

    Parameters
    ----------
    beta : array_like of dimension (p,)
        Effect in standard deviations of the trait.
    frequency : array_like of dimension (p,)
        Frequency of the allele, between 0 and 1.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If a frequency is out of range, or the trait cannot have unit variance.

    Examples
    --------
    >>> r_from_frequency([0.1], [0.5]).round(4)
    array([0.0707])
    """
    f = _share("frequency", frequency)
    r = np.asarray(beta, dtype=np.float64) * np.sqrt(2 * f * (1 - f))
    if not (np.abs(r) < 1).all():
        raise ArgumentError(
            "beta",
            "be in standard deviations of the trait",
            "an effect that explains all of it",
            "standardise the trait",
        )
    return np.asarray(r)


def r_from_log_odds(
    log_odds: ArrayLike,
    frequency: ArrayLike,
    cases: ArrayLike,
    controls: ArrayLike,
    prevalence: ArrayLike,
    *,
    model: str = "logit",
    corrected: bool = False,
) -> Array:
    r"""Return the signed correlation of a variant with the liability to a disease.

    The allele frequency in the population follows from that among cases and controls together, their numbers, the odds
    ratio and the prevalence. With it, :math:`r^2 = v / (v + e)` with :math:`v = f (1 - f) \log^2 OR` and residual
    variance :math:`e`. This is TwoSampleMR's ``get_r_from_lor`` (whose :math:`v` has no factor 2 for two alleles).

    Parameters
    ----------
    log_odds, frequency : array_like of dimension (p,)
        Log odds ratio per allele, and the frequency of that allele in the study.
    cases, controls, prevalence : array_like
        Numbers of cases and controls, and the share of cases in the population: one number, or one for each variant.
    model : str
        ``logit`` (:math:`e = \pi^2 / 3`) or ``probit`` (1).
    corrected : bool
        Whether to divide :math:`r^2` by 0.58 to correct the bias of the approximation.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If a share or a number is out of range.

    References
    ----------
    Lee, Goddard, Wray & Visscher (2012) Genet Epidemiol 36:214.

    Examples
    --------
    >>> r_from_log_odds([0.1, -0.2], [0.3, 0.4], 5_000, 5_000, 0.1).round(4)
    array([ 0.0251, -0.0543])
    """
    if model not in RESIDUAL:
        raise ArgumentError("model", "be logit or probit", f"{model!r}", "logit is usual")
    effect = np.atleast_1d(np.asarray(log_odds, dtype=np.float64))
    if not np.isfinite(effect).all():
        raise ArgumentError("log_odds", "be finite", "values that are not", "drop these variants")
    f, common = _share("frequency", frequency), _share("prevalence", prevalence)
    sick, well = _numbers(cases, controls)
    share, odds = sick / (sick + well), np.exp(effect)
    # share of all alleles that are effect alleles of cases: the root between 0 and 1, stable near an odds ratio of 1
    linear = 1 + (f + share) * (odds - 1)
    both = 2 * odds * f * share / (linear + np.sqrt(linear**2 - 4 * (odds - 1) * odds * f * share))
    population = common * both / share + (1 - common) * (f - both) / (1 - share)
    explained = effect**2 * population * (1 - population)
    r2 = explained / (explained + RESIDUAL[model]) / (APPROXIMATION if corrected else 1.0)
    return np.asarray(np.sign(effect) * np.sqrt(r2))


def effective_n(cases: ArrayLike, controls: ArrayLike) -> Array:
    """Return the size of a balanced study with the same information: the harmonic mean of cases and controls.

    Parameters
    ----------
    cases, controls : array_like
        Numbers above 0.

    Returns
    -------
    np.ndarray

    Raises
    ------
    ValueError
        If a number is not above 0.

    Notes
    -----
    This is TwoSampleMR's ``effective_n``. Other authors use the same name for twice this number, 4 / (1 / cases + 1 /
    controls).

    Examples
    --------
    >>> float(effective_n(1_000, 3_000))
    1500.0
    """
    sick, well = _numbers(cases, controls)
    return np.asarray(2 / (1 / sick + 1 / well))


def _sizes(n: ArrayLike) -> Array:
    sizes = np.asarray(n, dtype=np.float64)
    if not ((sizes > 2) & np.isfinite(sizes)).all():
        raise ArgumentError("n", "be above 2 individuals", f"{sizes.min():g}", "give the sample size of the study")
    return sizes


def _numbers(cases: ArrayLike, controls: ArrayLike) -> tuple[Array, Array]:
    out = []
    for name, values in (("cases", cases), ("controls", controls)):
        number = np.asarray(values, dtype=np.float64)
        if not ((number > 0) & np.isfinite(number)).all():
            raise ArgumentError(f"{name}", "be above 0", f"{number.min():g}", "give the numbers of the study")
        out.append(number)
    return out[0], out[1]


def _share(name: str, values: ArrayLike) -> Array:
    share = np.asarray(values, dtype=np.float64)
    wrong = ~((share > 0) & (share < 1))
    if wrong.any():
        raise ArgumentError(
            f"{name}",
            "be between 0 and 1",
            f"{np.atleast_1d(share)[np.atleast_1d(wrong)][0]:g}",
            "give shares, not percentages",
        )
    return share

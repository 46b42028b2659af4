"""Correlations of variants with traits, from tables of GWAS results."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["effective_n", "r_from_effects", "r_from_frequency", "r_from_log_odds", "r_from_p"]

#: Variance of the residual of the liability.
RESIDUAL = {"logit": np.pi**2 / 3, "probit": 1.0}
#: Share of the squared correlation that the logistic approximation is taken to give.
APPROXIMATION = 0.58


def r_from_p(p_value: ArrayLike, n: ArrayLike) -> Array:
    r"""Correlation of a variant with a continuous trait from its two-sided p value, without a sign.

    :math:`r^2 = F / (F + n - 2)` with the F statistic on 1 and n - 2 degrees of freedom that has this p value, exactly
    (TwoSampleMR's ``get_r_from_pn`` has n - 1 and, for the smallest p values, a search).

    Parameters
    ----------
    p_value : array_like of dimension (p,)
        Above 0; where it is too small to be written, take :func:`r_from_effects`.
    n : array_like
        People, more than 2; a number, or one for each variant.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If a p value or n cannot be.

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
            "take effects and their standard errors",
        )
    people = _people(n)
    t = stats.t.isf(p / 2, people - 2)
    return np.asarray(t / np.hypot(t, np.sqrt(people - 2)))


def r_from_effects(beta: ArrayLike, se: ArrayLike, n: ArrayLike) -> Array:
    """Signed correlation of a variant with a continuous trait: TwoSampleMR's ``get_r_from_bsen``.

    Parameters
    ----------
    beta, se : array_like of dimension (p,)
        Effect and its standard error.
    n : array_like
        People, more than 2; a number, or one for each variant.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If an effect is not finite, an error not positive, or n not above 2.

    Examples
    --------
    >>> r_from_effects([0.1, -0.1], [0.02, 0.05], 10_000).round(3)
    array([ 0.05, -0.02])
    """
    effect, error = np.atleast_1d(*(np.asarray(each, dtype=np.float64) for each in (beta, se)))
    if not np.isfinite(effect).all():
        raise ArgumentError("beta", "be finite", "values that are not", "leave such variants out")
    if not (error > 0).all():
        raise ArgumentError("se", "be positive", f"{error.min():g}", "leave such variants out")
    t = effect / error
    return np.asarray(t / np.hypot(t, np.sqrt(_people(n) - 2)))


def r_from_frequency(beta: ArrayLike, frequency: ArrayLike) -> Array:
    r"""Correlation of a variant with a trait of unit variance: :math:`b \sqrt{2 f (1 - f)}`.

    Parameters
    ----------
    beta : array_like of dimension (p,)
        Effect in standard deviations of the trait.
    frequency : array_like of dimension (p,)
        Of the allele, between 0 and 1.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If a frequency is none, or the trait cannot have unit variance.

    Examples
    --------
    >>> r_from_frequency([0.1], [0.5]).round(4)
    array([0.0707])
    """
    f = _share("frequency", frequency)
    r = np.asarray(beta, dtype=np.float64) * np.sqrt(2 * f * (1 - f))
    if not (np.abs(r) < 1).all():
        raise ArgumentError("beta", "be in standard deviations of the trait", "an effect that explains all of it")
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
    r"""Correlation of a variant with the liability to a disease, with the sign of its effect.

    The frequency in the population follows from that among cases and controls together, their numbers, the odds ratio
    and the prevalence; with it, :math:`r^2 = v / (v + e)` with :math:`v = f (1 - f) \log^2 OR` and residual variance
    :math:`e`. This is TwoSampleMR's ``get_r_from_lor`` (whose :math:`v` has no factor 2 for two alleles).

    Parameters
    ----------
    log_odds, frequency : array_like of dimension (p,)
        Log odds ratio per allele, and the frequency of that allele in the study.
    cases, controls, prevalence : array_like
        Numbers, and the share of cases in the population; a number, or one for each variant.
    model : str
        ``logit`` (:math:`e = \pi^2 / 3`) or ``probit`` (1).
    corrected : bool
        Whether :math:`r^2` is divided by 0.58, for the bias of the approximation.

    Returns
    -------
    np.ndarray of dimension (p,)

    Raises
    ------
    ValueError
        If a share or a number cannot be.

    References
    ----------
    Lee, Goddard, Wray & Visscher (2012) Genet Epidemiol 36:214.

    Examples
    --------
    >>> r_from_log_odds([0.1, -0.2], [0.3, 0.4], 5_000, 5_000, 0.1).round(4)
    array([ 0.0251, -0.0543])
    """
    if model not in RESIDUAL:
        raise ArgumentError("model", "be logit or probit", f"{model!r}")
    effect = np.atleast_1d(np.asarray(log_odds, dtype=np.float64))
    if not np.isfinite(effect).all():
        raise ArgumentError("log_odds", "be finite", "values that are not", "leave such variants out")
    f, common = _share("frequency", frequency), _share("prevalence", prevalence)
    sick, well = _numbers(cases, controls)
    share, odds = sick / (sick + well), np.exp(effect)
    # of all alleles, those that are counted and of a case: the root, stable near an odds ratio of 1, between 0 and 1
    linear = 1 + (f + share) * (odds - 1)
    both = 2 * odds * f * share / (linear + np.sqrt(linear**2 - 4 * (odds - 1) * odds * f * share))
    population = common * both / share + (1 - common) * (f - both) / (1 - share)
    explained = effect**2 * population * (1 - population)
    r2 = explained / (explained + RESIDUAL[model]) / (APPROXIMATION if corrected else 1.0)
    return np.asarray(np.sign(effect) * np.sqrt(r2))


def effective_n(cases: ArrayLike, controls: ArrayLike) -> Array:
    """People of a balanced study with the same information: the harmonic mean of cases and controls.

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
    TwoSampleMR's ``effective_n``. Twice this number, 4 / (1 / cases + 1 / controls), is often meant by the same words.

    Examples
    --------
    >>> float(effective_n(1_000, 3_000))
    1500.0
    """
    sick, well = _numbers(cases, controls)
    return np.asarray(2 / (1 / sick + 1 / well))


def _people(n: ArrayLike) -> Array:
    people = np.asarray(n, dtype=np.float64)
    if not ((people > 2) & np.isfinite(people)).all():
        raise ArgumentError("n", "be above 2 people", f"{people.min():g}")
    return people


def _numbers(cases: ArrayLike, controls: ArrayLike) -> tuple[Array, Array]:
    out = []
    for name, values in (("cases", cases), ("controls", controls)):
        number = np.asarray(values, dtype=np.float64)
        if not ((number > 0) & np.isfinite(number)).all():
            raise ArgumentError(f"{name}", "be above 0", f"{number.min():g}")
        out.append(number)
    return out[0], out[1]


def _share(name: str, values: ArrayLike) -> Array:
    share = np.asarray(values, dtype=np.float64)
    wrong = ~((share > 0) & (share < 1))
    if wrong.any():
        raise ArgumentError(f"{name}", "be between 0 and 1", f"{np.atleast_1d(share)[np.atleast_1d(wrong)][0]:g}")
    return share

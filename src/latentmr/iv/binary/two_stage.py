"""Effects on a 0/1 outcome by two-stage predictor substitution and residual inclusion."""

from __future__ import annotations

import numpy as np

from latentmr.arrays import rows_matched
from latentmr.errors import ArgumentError
from latentmr.iv.binary.estimate import MEASURES, BinaryEstimate, OutcomeEquation
from latentmr.iv.binary.glm import LINKS, Basis, independent_basis, newton, sandwich_meat
from latentmr.iv.binary.sampling import outcome_and_exposure, refuse_few, sampling_weights
from latentmr.iv.checks import cluster_codes, column_names, matrix, probability
from latentmr.linalg import RANK_TOLERANCE
from latentmr.typing import Array, ArrayLike

__all__ = ["binary_effects", "two_stage_predictor_substitution", "two_stage_residual_inclusion"]


def two_stage_predictor_substitution(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    link: str = "logit",
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
    case_control: bool = False,
    prevalence: float | None = None,
) -> BinaryEstimate:
    """Estimate an effect by two-stage predictor substitution, TSPS: the second stage uses the predicted exposure.

    The first stage is least squares of ``x`` on ``Z`` and ``C``. The second stage is a fit of ``y`` on the fitted
    exposure and ``C``. Robust (HC0) standard errors come from the stacked estimating equations of both stages, and so
    account for estimation of the first stage. The residuals of the second stage are assumed to have mean zero
    conditional on the instruments, as in 2SLS. ``link="identity"`` is 2SLS with HC0 errors.

    An odds ratio is conditional on ``C`` and not collapsible, and TSPS attenuates it because the fitted exposure leaves
    out part of the exposure. The risk ratio of ``link="log"`` does not have this problem if the exposure is normal
    given ``Z`` and ``C``, or if its effect is small.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments. Collinear instruments are reduced to an independent set.
    x, y : array of dimension (n,)
        One exposure, and the outcome, which is 0 or 1.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors of both stages. An intercept is always added.
    link : str
        ``logit``, ``probit``, ``identity``, ``log`` (additive residuals, as Poisson regression) or ``logmult``
        (multiplicative residuals).
    cluster : array of dimension (n,) or (n, 2), optional
        Cluster labels in one column, or in two columns for two-way clustering.
    alpha : float
        Significance level.
    case_control : bool
        Whether cases were sampled at another rate than controls. The first stage is then fitted in controls only, which
        represent a population in which the outcome is rare, and only the odds ratio is available.
    prevalence : float, optional
        Proportion of cases in the population of a case-control study. If it is given, both stages are weighted by the
        inverse of the sampling rates, and every link is allowed.

    Returns
    -------
    BinaryEstimate

    Raises
    ------
    ValueError
        If shapes or values are wrong, if no instrument remains, if there is separation or no solution, or if a
        case-control study without prevalence has another link than ``logit``.

    References
    ----------
    Terza, Basu and Rathouz (2008); Palmer et al. (2011); Bowden and Vansteelandt (2011) for case-control studies.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(4000, 2)), rng.normal(size=4000)
    >>> x = Z.sum(axis=1) + u
    >>> y = rng.uniform(size=4000) < np.exp(-3 + 0.2 * x)
    >>> found = two_stage_predictor_substitution(Z, x, y, link="log")
    >>> abs(found.beta - 0.2) < 3 * found.se
    True
    """
    return _two_stage("TSPS", Z, x, y, C, link, cluster, alpha, case_control, prevalence)


def two_stage_residual_inclusion(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    link: str = "logit",
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
    case_control: bool = False,
    prevalence: float | None = None,
) -> BinaryEstimate:
    """Estimate an effect by two-stage residual inclusion, TSRI (control function).

    It differs from :func:`two_stage_predictor_substitution` in that the second stage has the exposure itself and the
    residual of the first stage. The effect is therefore also conditional on the residual, which represents the
    confounders. The estimate is consistent if the confounders act through the residual on the scale of the link; for a
    binary exposure this does not hold in general.

    Parameters and result are those of :func:`two_stage_predictor_substitution`. ``coefficients`` includes that of the
    residual.

    Raises
    ------
    ValueError
        As for :func:`two_stage_predictor_substitution`, or if the first stage leaves no residual.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(4000, 2)), rng.normal(size=4000)
    >>> x = Z.sum(axis=1) + u
    >>> y = rng.logistic(size=4000) < 0.3 * x + u
    >>> found = two_stage_residual_inclusion(Z, x, y)
    >>> found.measure, abs(found.beta - 0.3) < 3 * found.se
    ('log odds ratio', True)
    """
    return _two_stage("TSRI", Z, x, y, C, link, cluster, alpha, case_control, prevalence)


def binary_effects(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    method: str = "TSPS",
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
    case_control: bool = False,
    prevalence: float | None = None,
) -> tuple[BinaryEstimate, ...]:
    """Estimate risk difference, risk ratio and odds ratio of one exposure: links ``identity``, ``log``, ``logit``.

    Parameters
    ----------
    Z, x, y, C, cluster, alpha, case_control, prevalence :
        As in :func:`two_stage_predictor_substitution`.
    method : str
        ``TSPS`` or ``TSRI``.

    Returns
    -------
    tuple of BinaryEstimate
        The three estimates; for a case-control study without prevalence only the odds ratio.

    Raises
    ------
    ValueError
        As for the two estimators.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=2000)
    >>> rows = binary_effects(z, z + rng.normal(size=2000), rng.uniform(size=2000) < 0.3)
    >>> [row.measure for row in rows]
    ['risk difference', 'log risk ratio', 'log odds ratio']
    """
    if method not in ("TSPS", "TSRI"):
        raise ArgumentError("method", "be TSPS or TSRI", f"{method!r}", "choose one of these")
    links = ("logit",) if case_control and prevalence is None else ("identity", "log", "logit")
    return tuple(_two_stage(method, Z, x, y, C, link, cluster, alpha, case_control, prevalence) for link in links)


def _two_stage(
    method: str,
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None,
    link: str,
    cluster: ArrayLike | None,
    alpha: float,
    case_control: bool,
    prevalence: float | None,
) -> BinaryEstimate:
    probability("alpha", alpha)
    if link not in LINKS:
        raise ArgumentError("link", f"be one of {', '.join(LINKS)}", f"{link!r}", "choose one of these")
    Z, x, y, C, cluster = rows_matched({"Z": Z, "x": x, "y": y, "C": C, "cluster": cluster}).values()
    exposure, outcome = outcome_and_exposure(x, y)
    n = len(outcome)
    candidates, regressors = matrix("Z", Z, n), matrix("C", C, n)
    codes = None if cluster is None else cluster_codes(cluster, n)
    first_weights, weights = sampling_weights(outcome, link, case_control, prevalence)
    c = regressors.shape[1]

    exogenous = np.hstack([regressors, candidates])
    first = independent_basis(exogenous, c, first_weights)
    instruments = first.map.shape[1] - first.rank_given
    refuse_few(instruments, candidates.shape[1], int((first_weights > 0).sum()), first.map.shape[1] + 1)
    exogenous -= first.mean
    mass = first_weights.sum()
    intercept = float(first_weights @ exposure / mass)
    alphas = first.map.T @ (exogenous.T @ (first_weights * (exposure - intercept)))
    fitted = intercept + exogenous @ (first.map @ alphas)
    residual = exposure - fitted
    total = float(first_weights @ (exposure - intercept) ** 2)
    if float(alphas[first.rank_given :] @ alphas[first.rank_given :]) <= RANK_TOLERANCE * total:
        raise ArgumentError("Z", "predict x given C", "instruments that do not", "give other instruments")
    substituted = method == "TSPS"
    if not substituted and float(first_weights @ residual**2) <= RANK_TOLERANCE * total:
        raise ArgumentError("Z and C", "leave a residual of x for TSRI", "a perfect first stage", "use TSPS")

    D = np.column_stack([regressors, fitted] if substituted else [regressors, exposure, residual])
    second = independent_basis(D, c, weights)
    Q = np.hstack([np.ones((n, 1)), (D - second.mean) @ second.map])
    fit = newton(Q, outcome, weights, link)
    T = _to_columns(second)
    coefficients = T @ fit.coefficients

    # Derivative of the second-stage equations with respect to the first-stage coefficients. The generated regressor is
    # held fixed as a weight of the residuals, which have mean zero conditional on the instruments; 2SLS does the same.
    generated, sign = (1 + c, 1.0) if substituted else (2 + c, -1.0)
    score, curved_Q = weights * fit.score, Q * (weights * fit.curvature)[:, None]
    bend = -sign * coefficients[generated] * np.vstack([curved_Q.sum(axis=0), first.map.T @ (exogenous.T @ curved_Q)])
    carried = bend[0] / mass + exogenous @ (first.map @ bend[1:])
    scores = Q * score[:, None] + (first_weights * residual)[:, None] * carried
    if case_control:
        # cases and controls were sampled separately: only the variation within each group is sampling error
        for status in (0.0, 1.0):
            scores[outcome == status] -= scores[outcome == status].mean(axis=0)
    inverse = T @ np.linalg.inv(curved_Q.T @ Q)
    errors = np.sqrt(np.maximum(np.diag(inverse @ sandwich_meat(scores, codes) @ inverse.T), 0.0))

    named = column_names(C)
    labels = ["intercept", *(named or [f"C{j + 1}" for j in range(c)]), "x", "residual"][: len(coefficients)]
    conditional = link in ("logit", "probit")
    return BinaryEstimate(
        method=method,
        instruments="Z",
        adjustment="covar" if c else "none",
        basis="linear",
        exposure=(column_names(x) or ["x"])[0],
        beta=float(coefficients[1 + c]),
        se=float(errors[1 + c]),
        se_type=("HC0" if codes is None else "cluster") + ", both stages",
        alpha=alpha,
        n=n,
        k=instruments,
        scale=MEASURES[link] + (", conditional" if conditional else ""),
        details=OutcomeEquation(
            link=link,
            measure=MEASURES[link],
            conditional=conditional,
            coefficients=dict(zip(labels, coefficients.tolist(), strict=True)),
            standard_errors=dict(zip(labels, errors.tolist(), strict=True)),
        ),
    )


def _to_columns(basis: Basis) -> Array:
    """Return the map from coefficients of intercept and centred basis to those of intercept and columns."""
    T = np.zeros((len(basis.mean) + 1, basis.map.shape[1] + 1))
    T[0, 0], T[0, 1:], T[1:, 1:] = 1.0, -basis.mean @ basis.map, basis.map
    return T

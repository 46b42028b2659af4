"""A 0/1 outcome and one exposure at the door, and what each person weighs by how people were sampled."""

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import column
from latentmr.typing import Array, ArrayLike

__all__ = ["outcome_and_exposure", "refuse_few", "sampling_weights"]


def outcome_and_exposure(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Check a 0/1 outcome and one exposure that vary.

    Parameters
    ----------
    x, y : array of dimension (n,)

    Returns
    -------
    np.ndarray of dimension (n,)
        The exposure.
    np.ndarray of dimension (n,)
        The outcome.

    Raises
    ------
    ValueError
        Another outcome than 0 and 1 with both present, several exposures, or a constant one.
    """
    outcome = column("y", y)
    other = np.unique(outcome[(outcome != 0) & (outcome != 1)])
    if len(other):
        raise ArgumentError("y", "be 0 or 1", f"{len(other)} other values, one of them {other[0]:g}", "recode it")
    if len(outcome) == 0 or outcome.min() == outcome.max():
        got = "no rows" if len(outcome) == 0 else f"only {outcome[0]:g}"
        raise ArgumentError("y", "have both 0 and 1", f"{got}", "check how cases are coded")
    if np.ndim(x) == 2 and np.shape(x)[1] > 1:
        raise ArgumentError(
            "x", "be one exposure", f"{np.shape(x)[1]} columns", "give one, and the others in C if exogenous"
        )
    exposure = column("x", x, len(outcome))
    if np.ptp(exposure) == 0:
        raise ArgumentError("x", "vary", f"{exposure[0]:g} in every row", "choose another exposure")
    return exposure, outcome


def refuse_few(instruments: int, given: int, rows: int, parameters: int) -> None:
    """Refuse a first stage without an instrument, or with as many coefficients as rows."""
    if instruments < 1:
        raise ArgumentError(
            "Z",
            "have an instrument for the one exposure that C and the intercept do not already span",
            f"{given} columns and none independent of those",
            "give other instruments",
        )
    if rows <= parameters + 2:
        raise ArgumentError(
            "Z and C",
            "have fewer columns than there are rows for the first stage",
            f"{parameters} coefficients for {rows} rows",
            "drop instruments",
        )


def sampling_weights(y: Array, link: str, case_control: bool, prevalence: float | None) -> tuple[Array, Array]:
    """Weights of the first and of the second stage."""
    ones = np.ones(len(y))
    if prevalence is not None:
        if not case_control:
            raise ArgumentError(
                "prevalence",
                "come with case_control=True",
                f"{prevalence:g} and case_control=False",
                "leave it out for a cohort",
            )
        if not 0 < prevalence < 1:
            raise ArgumentError("prevalence", "lie between 0 and 1", f"{prevalence:g}", "give a share, as 0.01 for 1 %")
        share = float(y.mean())
        both = np.where(y > 0, prevalence / share, (1 - prevalence) / (1 - share))
        return both, both
    if not case_control:
        return ones, ones
    if link != "logit":
        raise ArgumentError(
            "link",
            "be 'logit': case-control data give an odds ratio only",
            f"{link!r}",
            "give `prevalence` for risk differences and ratios",
        )
    return 1.0 - y, ones

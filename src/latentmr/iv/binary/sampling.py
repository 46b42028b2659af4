"""A 0/1 outcome and one exposure at the door, and what each person weighs by how people were sampled."""

import numpy as np

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
        raise ValueError(f"y must be 0 or 1. Got {len(other)} other values, one of them {other[0]:g}; recode it.")
    if len(outcome) == 0 or outcome.min() == outcome.max():
        got = "no rows" if len(outcome) == 0 else f"only {outcome[0]:g}"
        raise ValueError(f"y must have both 0 and 1. Got {got}; check how cases are coded.")
    if np.ndim(x) == 2 and np.shape(x)[1] > 1:
        raise ValueError(
            f"x must be one exposure. Got {np.shape(x)[1]} columns; give one, and the others in C if exogenous."
        )
    exposure = column("x", x, len(outcome))
    if np.ptp(exposure) == 0:
        raise ValueError(f"x must vary. Got {exposure[0]:g} in every row; choose another exposure.")
    return exposure, outcome


def refuse_few(instruments: int, given: int, rows: int, parameters: int) -> None:
    """Refuse a first stage without an instrument, or with as many coefficients as rows."""
    if instruments < 1:
        raise ValueError(
            "Z must have an instrument for the one exposure that C and the intercept do not already span. Got"
            f" {given} columns and none independent of those; give other instruments."
        )
    if rows <= parameters + 2:
        raise ValueError(
            f"Z and C must have fewer columns than there are rows for the first stage. Got {parameters} coefficients"
            f" for {rows} rows; drop instruments."
        )


def sampling_weights(y: Array, link: str, case_control: bool, prevalence: float | None) -> tuple[Array, Array]:
    """Weights of the first and of the second stage."""
    ones = np.ones(len(y))
    if prevalence is not None:
        if not case_control:
            raise ValueError(
                f"prevalence must come with case_control=True. Got {prevalence:g} and case_control=False; leave it out"
                " for a cohort."
            )
        if not 0 < prevalence < 1:
            raise ValueError(f"prevalence must lie between 0 and 1. Got {prevalence:g}; give a share, as 0.01 for 1 %.")
        share = float(y.mean())
        both = np.where(y > 0, prevalence / share, (1 - prevalence) / (1 - share))
        return both, both
    if not case_control:
        return ones, ones
    if link != "logit":
        raise ValueError(
            f"link must be 'logit': case-control data give an odds ratio only. Got {link!r}; give --prevalence for"
            " risk differences and ratios."
        )
    return 1.0 - y, ones

"""Check a 0/1 outcome and one exposure on input, and weight individuals by how they were sampled."""

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import column
from latentmr.typing import Array, ArrayLike

__all__ = ["outcome_and_exposure", "refuse_few", "sampling_weights"]


def outcome_and_exposure(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Check that the outcome is 0/1, that there is one exposure, and that both vary.

    Parameters
    ----------
    x, y : array of dimension (n,)
        Exposure and outcome.

    Returns
    -------
    np.ndarray of dimension (n,)
        The exposure.
    np.ndarray of dimension (n,)
        The outcome.

    Raises
    ------
    ValueError
        If the outcome has values other than 0 and 1 or lacks one of them, if there are several exposures, or if the
        exposure is constant.
    """
    outcome = column("y", y)
    other = np.unique(outcome[(outcome != 0) & (outcome != 1)])
    if len(other):
        raise ArgumentError(
            "y", "be 0 or 1", f"{len(other)} other values, for example {other[0]:g}", "recode the outcome"
        )
    if len(outcome) == 0 or outcome.min() == outcome.max():
        got = "no rows" if len(outcome) == 0 else f"only {outcome[0]:g}"
        raise ArgumentError("y", "have both values 0 and 1", f"{got}", "check how cases are coded")
    if np.ndim(x) == 2 and np.shape(x)[1] > 1:
        raise ArgumentError(
            "x", "be one exposure", f"{np.shape(x)[1]} columns", "give one exposure, and exogenous variables in `C`"
        )
    exposure = column("x", x, len(outcome))
    if np.ptp(exposure) == 0:
        raise ArgumentError("x", "vary", f"{exposure[0]:g} in every row", "give another exposure")
    return exposure, outcome


def refuse_few(instruments: int, given: int, rows: int, parameters: int) -> None:
    """Raise an error if the first stage has no instrument, or as many coefficients as rows."""
    if instruments < 1:
        raise ArgumentError(
            "Z",
            "have an instrument that is linearly independent of C and the intercept",
            f"{given} columns, none of which is",
            "give other instruments",
        )
    if rows <= parameters + 2:
        raise ArgumentError(
            "Z and C",
            "have fewer columns than there are rows for the first stage",
            f"{parameters} coefficients for {rows} rows",
            "use fewer instruments",
        )


def sampling_weights(y: Array, link: str, case_control: bool, prevalence: float | None) -> tuple[Array, Array]:
    """Return the weights of the first and of the second stage."""
    ones = np.ones(len(y))
    if prevalence is not None:
        if not case_control:
            raise ArgumentError(
                "prevalence",
                "be combined with `case_control` True",
                f"{prevalence:g} and `case_control` False",
                "leave `prevalence` out for a cohort",
            )
        if not 0 < prevalence < 1:
            raise ArgumentError(
                "prevalence", "lie between 0 and 1", f"{prevalence:g}", "give a proportion, such as 0.01 for 1 %"
            )
        share = float(y.mean())
        both = np.where(y > 0, prevalence / share, (1 - prevalence) / (1 - share))
        return both, both
    if not case_control:
        return ones, ones
    if link != "logit":
        raise ArgumentError(
            "link",
            "be 'logit', because case-control data alone identify only an odds ratio",
            f"{link!r}",
            "give `prevalence` for risk differences and ratios",
        )
    return 1.0 - y, ones

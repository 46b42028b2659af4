"""Estimates from each variant alone, and without each variant."""

from dataclasses import dataclass

import numpy as np

from latentmr.results.objects import TestResult
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.methods.correlations import r_from_effects
from latentmr.two_sample.methods.egger import egger
from latentmr.two_sample.methods.ivw import ivw
from latentmr.two_sample.methods.leave_one_out import leave_one_out
from latentmr.two_sample.methods.methods import METHODS
from latentmr.two_sample.methods.ratio import single_variants
from latentmr.two_sample.methods.steiger import steiger

__all__ = ["SingleVariant", "WithoutVariant", "direction_of", "single_variants_of", "without_variants"]

#: Significance level of the test of direction, and the sample size that it must exceed.
LEVEL, FEWEST = 0.01, 3
COLUMNS = ("beta", "se", "ci_low", "ci_high")


@dataclass(frozen=True)
class SingleVariant:
    """Wald ratio of one variant: a row of the table of single variants."""

    exposure: str
    id: str
    beta: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float


@dataclass(frozen=True)
class WithoutVariant:
    """Effect without one variant, or with all of them: a row of the leave-one-out table.

    Parameters
    ----------
    exposure : str
    without : str
        Id of the variant that is left out; ``none`` for the effect of all variants.
    beta, se, ci_low, ci_high : float
    """

    exposure: str
    without: str
    beta: float
    se: float
    ci_low: float
    ci_high: float


def single_variants_of(data: SummaryData, alpha: float) -> tuple[SingleVariant, ...]:
    """Return the Wald ratio of each variant that has an effect on the exposure."""
    rows = np.flatnonzero(data.BX[:, 0] != 0)
    found = single_variants(data.BX[rows, 0], data.by[rows], data.SX[rows, 0], data.sy[rows], alpha=alpha)
    columns = [getattr(found, name).tolist() for name in (*COLUMNS, "p_value")]
    ids = data.variants["id"].to_numpy()[rows].tolist()
    return tuple(SingleVariant(data.exposure_names[0], *row) for row in zip(ids, *columns, strict=True))


def without_variants(data: SummaryData, method: str, alpha: float) -> tuple[WithoutVariant, ...]:
    """Return the effect without each variant, followed by the effect of all variants.

    The table is empty if it cannot be computed.

    Parameters
    ----------
    data : SummaryData
        Effects of independent variants. The table is empty for variants with a correlation matrix.
    method : str
        Method of the primary estimate. IVW replaces a method that has no closed form.
    alpha : float

    Returns
    -------
    tuple of WithoutVariant
    """
    if data.p < 2 or data.correlation is not None:
        return ()
    options = METHODS[method if method in ("ivw", "ivw-fixed", "egger") else "ivw"].options
    function = egger if method == "egger" else ivw
    try:
        found = leave_one_out(data.BX[:, 0], data.by, data.SX[:, 0], data.sy, method=function, alpha=alpha, **options)
    except ValueError:  # only one variant has an effect on the exposure
        return ()
    columns = [[*getattr(found, name).tolist(), getattr(found.together[0], name)] for name in COLUMNS]
    ids = [*data.variants["id"].tolist(), "none"]
    return tuple(WithoutVariant(data.exposure_names[0], *row) for row in zip(ids, *columns, strict=True))


def direction_of(data: SummaryData) -> TestResult | None:
    """Test by Steiger's method whether variants explain more of the exposure than of the outcome.

    Parameters
    ----------
    data : SummaryData

    Returns
    -------
    TestResult or None
        None if the sample sizes are not known. It is also None for a binary outcome, because tables do not report its
        prevalence and numbers of cases.
    """
    n_x, n_y = data.n_exposure[0] if data.n_exposure else np.nan, data.n_outcome
    if data.binary or not (n_x > FEWEST and n_y > FEWEST):
        return None
    null = "variants explain as much of the outcome as of the exposure (Steiger)"
    try:
        found = steiger(
            r_from_effects(data.BX[:, 0], data.SX[:, 0], n_x), r_from_effects(data.by, data.sy, n_y), n_x, n_y
        )
    except ValueError as error:
        return TestResult("direction", null, "not applicable", str(error))
    sure = found.forward and found.p_value < LEVEL
    reason = (
        f"variants explain {100 * found.r2_exposure:.2g} % of the exposure and {100 * found.r2_outcome:.2g} % of the"
    )
    reason += " outcome" + ("" if sure else ": the outcome may cause the exposure")
    effect = found.r2_exposure - found.r2_outcome
    verdict = "pass" if sure else "warn"
    return TestResult("direction", null, verdict, reason, None, "normal", found.p_value, effect)

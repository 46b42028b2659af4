"""What each variant says, and what the estimate is without it."""

import numpy as np
import pandas as pd

from latentmr.results.objects import TestResult
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.methods.correlations import r_from_effects
from latentmr.two_sample.methods.leave_one_out import leave_one_out
from latentmr.two_sample.methods.methods import METHODS
from latentmr.two_sample.methods.ratio import single_variants
from latentmr.two_sample.methods.steiger import steiger

__all__ = ["direction_of", "left_out_table", "single_table"]

#: Level of the test of the direction, and people that it needs.
LEVEL, FEWEST_PEOPLE = 0.01, 3
COLUMNS = ("beta", "se", "ci_low", "ci_high", "p_value")


def single_table(data: SummaryData, alpha: float) -> pd.DataFrame:
    """Wald ratio of each variant: ``exposure, id, beta, se, ci_low, ci_high, p_value``; none where it has no effect."""
    rows = np.flatnonzero(data.BX[:, 0] != 0)
    found = single_variants(data.BX[rows, 0], data.by[rows], data.SX[rows, 0], data.sy[rows], alpha=alpha)
    frame = pd.DataFrame({name: getattr(found, name) for name in COLUMNS})
    frame.insert(0, "id", data.variants["id"].to_numpy()[rows])
    frame.insert(0, "exposure", data.exposure_names[0])
    return frame


def left_out_table(data: SummaryData, method: str, alpha: float) -> pd.DataFrame:
    """IVW without each variant, and at last with all (``none``); empty where that cannot be.

    Parameters
    ----------
    data : SummaryData
        Of independent variants: correlated ones are told to be so by their matrix, and have no such table.
    method : str
        The one to quote; where it is no closed form, IVW stands for it.
    alpha : float

    Returns
    -------
    pandas.DataFrame
        ``exposure, without, beta, se, ci_low, ci_high``.
    """
    columns = ["exposure", "without", *COLUMNS[:4]]
    if data.p < 2 or data.correlation is not None:
        return pd.DataFrame(columns=columns)
    chosen = METHODS[method if method in ("ivw", "ivw-fixed", "egger") else "ivw"]
    try:
        found = leave_one_out(
            data.BX[:, 0], data.by, data.SX[:, 0], data.sy, method=chosen.function, alpha=alpha, **chosen.options
        )
    except ValueError:  # one variant alone carries the effects on the exposure
        return pd.DataFrame(columns=columns)
    frame = pd.DataFrame({name: getattr(found, name) for name in COLUMNS[:4]})
    frame.insert(0, "without", data.variants["id"].to_numpy())
    together = {name: [getattr(found.together[0], name)] for name in COLUMNS[:4]}
    frame = pd.concat([frame, pd.DataFrame(together | {"without": ["none"]})], ignore_index=True)
    frame.insert(0, "exposure", data.exposure_names[0])
    return frame


def direction_of(data: SummaryData) -> TestResult | None:
    """Steiger's test that variants explain more of the exposure than of the outcome.

    Parameters
    ----------
    data : SummaryData

    Returns
    -------
    TestResult or None
        None where the sizes of the studies are not known, or the outcome is a disease, whose numbers of cases and
        prevalence a table does not tell.
    """
    n_x, n_y = data.n_exposure[0] if data.n_exposure else np.nan, data.n_outcome
    if data.binary or not (n_x > FEWEST_PEOPLE and n_y > FEWEST_PEOPLE):
        return None
    null = "variants explain as much of the outcome as of the exposure (Steiger)"
    try:
        found = steiger(
            r_from_effects(data.BX[:, 0], data.SX[:, 0], n_x), r_from_effects(data.by, data.sy, n_y), n_x, n_y
        )
    except ValueError as error:
        return TestResult("direction", null, "not applicable", str(error))
    sure = found.forward and found.p_value < LEVEL
    told = f"variants explain {100 * found.r2_exposure:.2g} % of the exposure and {100 * found.r2_outcome:.2g} % of the"
    told += " outcome" + ("" if sure else ": the outcome may act on the exposure")
    effect = found.r2_exposure - found.r2_outcome
    verdict = "pass" if sure else "warn"
    return TestResult("direction", null, verdict, told, None, "normal", found.p_value, effect)

"""A second learner on the same individuals: the linear learner, compared with a network."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from latentmr.analysis.clusters import whole_units
from latentmr.analysis.design import Design
from latentmr.analysis.estimation import EstimateTable
from latentmr.analysis.influence import influences
from latentmr.analysis.model_table import table_of_models
from latentmr.diagnose.second_opinion import SecondOpinion, learners
from latentmr.iv import gather, solve
from latentmr.learn import LinearLearner
from latentmr.linalg import agreement
from latentmr.results.objects import Estimate, TestResult
from latentmr.typing import Array

__all__ = ["second_opinion"]


def second_opinion(
    design: Design, table: EstimateTable, primary: list[Estimate], rows: NDArray[np.int64]
) -> TestResult:
    """Compare the instruments and estimate of a network with those of the linear learner, with the same ``k``.

    Parameters
    ----------
    design : Design
        Design on the network's instruments.
    table : EstimateTable
    primary : list of Estimate
    rows : np.ndarray of int
        Rows of the individuals whose instruments are compared.

    Returns
    -------
    TestResult
        ``learners``. It does not apply to a linear encoder, to the factor form, or to several exposures.
    """
    representation, data = design.representation, design.dataset
    if representation.form in ("factor", "stationary"):
        return learners(None, "the instruments are linear; if they are continuous, compare them with `learner` flow")
    if len(primary) > 1:
        return learners(None, "several exposures")
    try:
        other = LinearLearner(k=representation.k, form="stationary").fit(data)
        beside = Design(data, other)
        moments = gather(beside.blocks)
        fit = solve(replace(table_of_models(beside, moments)[0], C_error=None), moments)
    except ValueError as error:
        return learners(None, f"the instruments of the linear learner give no estimate: {error}")
    # all individuals are used, block by block, with only one number stored per individual
    own = solve(table.fixed_latents, table.moments)
    apart = influences(beside.blocks, [fit], moments)[:, 0] - influences(design.blocks, [own], table.moments)[:, 0]
    sums = np.bincount(whole_units(data, design.rows), weights=apart)
    opinion = SecondOpinion(
        difference=float(fit.beta[0] - table.fit.beta[0]),
        error=float(np.sqrt((sums**2).sum())),
        agreement=agreement(_instruments(design, rows), _instruments(beside, rows)),
        expected=(other.history.k_stationary or 0) >= representation.k,
    )
    return learners(opinion, "", primary[0])


def _instruments(design: Design, rows: NDArray[np.int64]) -> Array:
    data, encoder = design.dataset, design.representation.encoder
    return np.vstack([encoder.encode(G, data.A[chosen]) for chosen, G in data.blocks(rows)])

"""Rows for a 0/1 outcome: ratios next to the risk difference, and case-control sampling."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from latentmr.analysis.design import Design
from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.iv import BinaryEstimate, two_stage_predictor_substitution, two_stage_residual_inclusion
from latentmr.results.estimate import FIXED, Estimate

__all__ = ["Sampling", "binary_rows"]


@dataclass(frozen=True)
class Sampling:
    """How individuals were sampled.

    Parameters
    ----------
    case_control : bool
        Whether cases were sampled at another rate than controls.
    prevalence : float, optional
        Prevalence of cases in the population that was sampled.
    """

    case_control: bool = False
    prevalence: float | None = None

    def refuse_other(self, dataset: Dataset) -> None:
        """Raise an error if the data cannot come from this sampling."""
        if self.prevalence is not None and not self.case_control:
            raise ArgumentError(
                "prevalence",
                "come with `case_control`: in a cohort it is known from the data",
                f"{self.prevalence:g}",
                "add `case_control`, or leave `prevalence` out",
            )
        if self.prevalence is not None and not 0 < self.prevalence < 1:
            raise ArgumentError(
                "prevalence", "lie between 0 and 1", f"{self.prevalence:g}", "give the share of cases in the population"
            )
        if self.case_control and dataset.outcome_type != "binary":
            raise ArgumentError(
                "case_control",
                "come with a binary outcome",
                f"{dataset.outcome_name!r}, which is {dataset.outcome_type}",
                "leave `case_control` out, or name another `outcome`",
            )
        if self.case_control and len(dataset.exposure_names) > 1:
            raise ArgumentError(
                "case_control",
                "come with one exposure",
                f"{len(dataset.exposure_names)}",
                "name one `exposure` at a time",
            )


def binary_rows(design: Design, sampling: Sampling, alpha: float) -> tuple[list[Estimate], list[str]]:
    """Estimate ratios on the learned instruments, with the adjustment of the primary row.

    In a cohort these are the risk ratio (two-stage predictor substitution, log link) and the odds ratio (two-stage
    residual inclusion, logit link), next to the linear rows. In a case-control study the primary row is the odds ratio,
    with the first stage fitted in controls. If the prevalence is known, the rows are risk difference (primary), risk
    ratio and odds ratio, with individuals weighted by the inverse of their sampling rates.

    Parameters
    ----------
    design : Design
        Design of a data set with a binary outcome and one exposure.
    sampling : Sampling
    alpha : float
        Significance level.

    Returns
    -------
    list of Estimate
    list of str
        Rows that could not be estimated, with the reasons.
    """
    data = design.dataset
    latent = design.of_coordinates(design.representation.encoder.v_map())
    maps = [design.learned_basis(), np.hstack([design.pick("env", "C"), latent])]
    blocks = [[block @ part for part in maps] for block in design.blocks()]
    Z, C = (np.vstack([block[j] for block in blocks]) for j in range(2))
    x, y = data.X[design.rows, 0], data.y[design.rows]
    cluster = data.cluster[design.rows] if data.cluster.shape[1] else None
    jobs: list[tuple[str, Callable[..., BinaryEstimate]]] = [
        ("log", two_stage_predictor_substitution),
        ("logit", two_stage_residual_inclusion),
    ]
    if sampling.case_control:
        jobs = [("identity", two_stage_predictor_substitution), *jobs] if sampling.prevalence is not None else jobs[1:]
    rows: list[Estimate] = []
    notes = []
    for link, estimator in jobs:
        try:
            found = estimator(
                Z,
                x,
                y,
                C,
                link=link,
                cluster=cluster,
                alpha=alpha,
                case_control=sampling.case_control,
                prevalence=sampling.prevalence,
            )
        except ValueError as error:
            if sampling.case_control and not rows:
                raise
            notes.append(f"the effect with link {link} was not estimated: {error}")
            continue
        terms = ["env", "latent"] if latent.shape[1] else ["env"]
        rows.append(_row(found, design, terms, primary=sampling.case_control and not rows))
    if sampling.case_control:
        notes.append(
            "case-control sampling: rows on the linear scale are left out, since they ignore this sampling"
            + ("" if sampling.prevalence is not None else "; give `prevalence` for risk differences and risk ratios")
        )
    return rows, notes


def _row(found: BinaryEstimate, design: Design, terms: list[str], *, primary: bool) -> Estimate:
    data = design.dataset
    return replace(
        found,
        instruments="learned",
        adjustment="+".join([*(["covar"] if data.C.shape[1] else []), *terms]),
        basis="spline" if design.spline else "linear",
        exposure=data.exposure_names[0],
        se_type=f"{found.se_type}, {FIXED}",
        primary=primary,
    )

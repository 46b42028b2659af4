"""The whole job: learn, estimate, diagnose, judge."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from latentmr.analysis.design import Design
from latentmr.analysis.rows import table_of_models
from latentmr.analysis.verdict import judge
from latentmr.data import Dataset, FlowStep
from latentmr.diagnose import adjustment, linkage, overidentification, strength, variability
from latentmr.estimate import Fit, Moments, estimate_models, gather, solve
from latentmr.estimate.model import Model
from latentmr.learn import Learner, LinearLearner, Representation
from latentmr.results import Estimate, ReportData, TestResult, Verdict

__all__ = ["Analysis", "analyse"]

#: Called with the name of each stage as it begins.
OnStage = Callable[[str], None]


@dataclass(frozen=True)
class Analysis:
    """What an analysis found.

    Parameters
    ----------
    dataset : Dataset
    representation : Representation
    estimates : tuple of Estimate
        The primary one first.
    tests : tuple of TestResult
    verdict : Verdict
    notes : tuple of str
        Rows that could not be estimated, and why.
    """

    dataset: Dataset
    representation: Representation
    estimates: tuple[Estimate, ...]
    tests: tuple[TestResult, ...]
    verdict: Verdict
    notes: tuple[str, ...] = ()

    @property
    def primary(self) -> Estimate:
        """The estimate to quote; of the first exposure where there are several."""
        return next(estimate for estimate in self.estimates if estimate.primary)

    def to_frame(self) -> pd.DataFrame:
        """Return the table of estimates, as in ``estimates.tsv``."""
        return pd.DataFrame([estimate.to_dict() for estimate in self.estimates])

    def tests_frame(self) -> pd.DataFrame:
        """Return the table of tests, as in ``tests.tsv``."""
        return pd.DataFrame([test.to_dict() for test in self.tests])

    def answer(self) -> str:
        """Say the primary result in one sentence."""
        e = self.primary
        level = f"{100 * (1 - e.alpha):g} %"
        sets = (
            f"{level} Anderson-Rubin set {e.ci_ar}"
            if e.ci_ar is not None
            else "several exposures: no Anderson-Rubin set"
        )
        if self.verdict.level == "not identified":
            return f"The data cannot say how {e.exposure} changes {self.dataset.outcome_name} ({sets})."
        return (
            f"One unit of {e.exposure} changes {self.dataset.outcome_name} by {e.beta:.4g} ({level} Wald interval"
            f" {e.ci_low:.4g} to {e.ci_high:.4g}; {sets})."
        )

    def report(self, min_cell: int = 20, provenance: dict[str, object] | None = None) -> ReportData:
        """Collect what a report shows; counts under ``min_cell`` are shown as ``<min_cell``."""
        flow = self.dataset.flow

        def cell(count: int) -> int | str:
            return f"<{min_cell}" if 0 < count < min_cell else count

        def shown(step: FlowStep) -> dict[str, object]:
            # variants are not people; after a small step, what is left would give it away
            small = step.unit == "samples" and 0 < step.removed < min_cell
            return step.to_dict() | ({"removed": cell(step.removed), "remaining": "-"} if small else {})

        environments = [
            {key: value if isinstance(value, str) else cell(value) for key, value in row.items()}
            for row in self.dataset.counts_by_environment()
        ]
        tables = {
            "Estimates": [estimate.to_dict() for estimate in self.estimates],
            "Tests": [test.to_dict() for test in self.tests],
            "Samples and variants": [shown(step) for step in flow.steps],
            "Environments": environments,
        }
        title = f"{' and '.join(self.dataset.exposure_names)} on {self.dataset.outcome_name}"
        # statements that carry exact counts stay in run.json
        notes = (*flow.warnings, *self.notes) if min_cell <= 1 else self.notes
        return ReportData(title, self.answer(), self.verdict, tables, notes, dict(provenance or {}))

    def to_html(self, path: str | Path, min_cell: int = 20) -> None:
        """Write the report as one self-contained file.

        Parameters
        ----------
        path : str or Path
        min_cell : int
            Counts from 1 to one less are shown as ``<min_cell``.
        """
        from latentmr.report import write_html  # noqa: PLC0415  templates load only where a report is made

        write_html(path, self.report(min_cell))


def analyse(
    dataset: Dataset,
    learner: Learner | Representation | None = None,
    *,
    alpha: float = 0.05,
    on_stage: OnStage | None = None,
) -> Analysis:
    """Learn instruments, estimate the effect beside its foils, diagnose and judge.

    Parameters
    ----------
    dataset : Dataset
        With exposure and outcome.
    learner : Learner or Representation, optional
        A learner, or instruments learned before; :class:`LinearLearner` by default.
    alpha : float
        Significance level.
    on_stage : callable, optional
        Called with the name of each stage.

    Returns
    -------
    Analysis

    Raises
    ------
    ValueError
        Where the data do not support the job; the message says what to do.

    Examples
    --------
    >>> from latentmr.simulate import admixture
    >>> result = analyse(admixture(n=2000, p=20, seed=1).dataset)
    >>> result.primary.method, result.primary.instruments, result.verdict.level
    ('LIML', 'learned', 'caution')
    """
    say = on_stage or (lambda stage: None)
    _refuse_incomplete(dataset)
    if isinstance(learner, Representation):
        representation = learner
        representation.refuse_other(dataset)
    else:
        say("learning instruments")
        representation = (learner or LinearLearner()).fit(dataset)
    say("estimating")
    design = Design(dataset, representation)
    moments = gather(design.blocks)
    models, fits, notes = _solvable(table_of_models(design, moments), moments)
    notes += _lost_strength(representation)
    se_type = "cluster" if dataset.cluster.shape[1] else "HC1"
    cluster = dataset.cluster[design.rows] if dataset.cluster.shape[1] else None
    estimates = estimate_models(models, fits, moments, design.blocks, se_type=se_type, cluster=cluster, alpha=alpha)
    say("diagnosing")
    primary = [estimate for estimate in estimates if estimate.primary]
    tests = _tests(representation, estimates, primary, fits[0], alpha)
    verdict = judge(representation, primary, tests)
    return Analysis(dataset, representation, tuple(estimates), tuple(tests), verdict, tuple(notes))


def _refuse_incomplete(dataset: Dataset) -> None:
    if not dataset.exposure_names or not dataset.outcome_name:
        raise ValueError("dataset must have an exposure and an outcome. Got none; name both when reading the data.")
    if dataset.cluster.shape[1] > 1:
        raise ValueError(f"cluster must name one column. Got {', '.join(dataset.cluster_names)}; leave one.")


def _lost_strength(representation: Representation) -> list[str]:
    """Warn of a k under what the factor form offers: the learner is blind to x, so strength goes in proportion."""
    k, available = representation.k, int(representation.history.get("k_available", representation.k))
    if representation.form != "factor" or k >= available:
        return []
    return [
        f"{k} of {available} exogenous directions were kept, chosen without a look at the exposure: expect about"
        f" {100 * k / available:.0f} % of their strength. Leave out --k to keep all."
    ]


def _solvable(models: list[Model], moments: Moments) -> tuple[list[Model], list[Fit], list[str]]:
    """Solve the models; the first, primary one must have a solution, the others are left out with a note."""
    kept, fits, notes = [models[0]], [solve(models[0], moments)], []
    for model in models[1:]:
        try:
            fits.append(solve(model, moments))
            kept.append(model)
        except ValueError as error:
            notes.append(
                f"{model.method} on {model.instruments} (adjustment {model.adjustment}) was not estimated: {error}"
            )
    return kept, fits, notes


def _tests(
    representation: Representation, estimates: list[Estimate], primary: list[Estimate], fit: Fit, alpha: float
) -> list[TestResult]:
    history = representation.history
    adjusted = [e for e in estimates if e.instruments == "learned" and "latent" in e.adjustment.split("+")]
    pairs = zip(primary, adjusted, strict=True) if adjusted else [(primary[0], None)]
    moved = [adjustment(estimate, other) for estimate, other in pairs]
    stationary = None
    if "k_stationary" in history:
        stationary = (int(history["k_stationary"]), int(history["k_available"]))
    return [
        variability(history["variability"], alpha, stationary),
        linkage(history.get("linkage")),
        strength(primary[0], fit.df),
        overidentification(fit.kappa_liml, fit.k, len(fit.beta), fit.df, alpha),
        max(moved, key=lambda test: abs(test.effect or 0.0)),
    ]

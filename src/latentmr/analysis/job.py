"""The whole job: learn, estimate, diagnose, judge."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from latentmr.analysis.design import Design
from latentmr.analysis.diagnosis import PERMUTATIONS, diagnose, refuse_permutations
from latentmr.analysis.diagnosis_sample import SHARE, fold_of, learn_apart
from latentmr.analysis.estimation import estimate_table, refuse_draws
from latentmr.analysis.findings import AnalysisSettings, Findings
from latentmr.analysis.foils import invalid_instrument_rows, refuse_unknown_foils, summary_rows
from latentmr.analysis.learner_choice import AutoLearner, learner_for
from latentmr.analysis.learning_error import DRAWS
from latentmr.analysis.outcome_scale import Sampling, binary_rows
from latentmr.analysis.report_data import report_of
from latentmr.analysis.training_notes import notes_on_training
from latentmr.analysis.verdict import judge_analysis
from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.learn import Learner, Representation
from latentmr.learn.learner import Watch
from latentmr.results.answer import Units
from latentmr.results.report_data import ReportData
from latentmr.typing import Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Analysis", "analyse"]

#: Called with the name of each stage as it begins.
OnStage = Callable[[str], None]


class Analysis(Findings):
    """What an analysis found, and how it is shown.

    Its fields are those of :class:`~latentmr.analysis.findings.Findings`.
    """

    def report(
        self,
        min_cell: int = 20,
        provenance: Row | None = None,
        settings: Row | None = None,
    ) -> ReportData:
        """Collect what a report shows.

        Parameters
        ----------
        min_cell : int
            Counts of people from 1 to one less are shown as ``<min_cell``, and what would give them away is hidden.
        provenance : dict, optional
            How the run can be repeated.
        settings : dict, optional
            Facts beyond those that the analysis knows: quality filters, the column of environments.

        Returns
        -------
        ReportData
        """
        return report_of(self, min_cell, dict(provenance or {}), dict(settings or {}))

    def _repr_html_(self) -> str:
        """Answer, verdict and estimates, as a notebook shows them."""
        from latentmr.report import fragment_of  # noqa: PLC0415  templates load only where they are used

        return fragment_of(self)

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

    def figures(self, min_cell: int = 20) -> "dict[str, Figure]":
        """Draw the report's figures.

        Parameters
        ----------
        min_cell : int
            As for :meth:`report`.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            By name; those that there are data for.
        """
        from latentmr.report import drawings_of  # noqa: PLC0415

        return {name: drawing.figure for name, drawing in drawings_of(self.report(min_cell)).items()}


def analyse(
    dataset: Dataset,
    learner: Learner | AutoLearner | Representation | str | None = "auto",
    *,
    alpha: float = 0.05,
    bootstrap: int = DRAWS,
    seed: int = 0,
    case_control: bool = False,
    prevalence: float | None = None,
    foils: tuple[str, ...] = (),
    diagnosis: float = SHARE,
    permutations: int = PERMUTATIONS,
    units: Units | None = None,
    on_stage: OnStage | None = None,
    watch: Watch | None = None,
) -> Analysis:
    """Learn instruments, estimate the effect beside its foils, diagnose and judge.

    Parameters
    ----------
    dataset : Dataset
        With exposure and outcome.
    learner : str, Learner or Representation, optional
        ``auto`` takes the linear learner, in closed form, for allele counts and dosages, and the flow for continuous
        instruments. A learner by name: ``linear``, ``flow`` or ``autoencoder``; or an object with settings of its own,
        or instruments learned before.
    alpha : float
        Significance level.
    bootstrap : int
        Draws of the bootstrap of people within environments, by which errors and sets of the learned instruments
        count the learning; 0 leaves them as given the instruments.
    seed : int
        Of all that is random; a learner that is an object has its own.
    case_control : bool
        Whether cases of a binary outcome were sampled at another rate than controls: then the first stage is fitted in
        controls, and the odds ratio is the primary estimate.
    prevalence : float, optional
        Of cases in the population of a case-control study; with it the risk difference is the primary estimate.
    foils : tuple of str
        ``invalid`` adds sisVIVE, two-stage hard thresholding and the confidence-interval method on the genotypes;
        ``summary`` two-sample methods on the associations of each variant in these people.
    diagnosis : float
        Share of the people in learning, within environments, whom the learner does not see, and on whom its instruments
        are judged; instruments learned before bring their own.
    permutations : int
        Of each permutation test.
    units : Units, optional
        Of exposures and outcome, for sentences and tables.
    on_stage : callable, optional
        Called with the name of each stage.
    watch : callable, optional
        Called with the :class:`~latentmr.learn.Progress` of a learner with a network.

    Returns
    -------
    Analysis

    Raises
    ------
    ValueError
        Where the data do not support the job, or no learner has this name; the message says what to do.

    Examples
    --------
    >>> from latentmr.simulate import admixture
    >>> result = analyse(admixture(n=8000, p=40, seed=1).dataset)
    >>> result.primary.method, result.primary.instruments, result.verdict.level
    ('LIML', 'learned', 'credible')
    """
    say = on_stage or (lambda stage: None)
    _refuse_incomplete(dataset)
    probability("alpha", alpha)
    refuse_draws(bootstrap)
    sampling = Sampling(case_control, prevalence)
    sampling.refuse_other(dataset)
    refuse_unknown_foils(foils)
    refuse_permutations(permutations)
    (units or Units()).refuse_other(dataset)
    taken = ""
    if isinstance(learner, Representation):
        representation = learner
        representation.refuse_other(dataset)
    else:
        chosen, taken = learner_for(learner or "auto", dataset, seed)
        say("learning instruments")
        representation = learn_apart(chosen, dataset, diagnosis, seed, watch)
    dataset, fold = fold_of(representation, dataset)
    say("estimating")
    design = Design(dataset, representation)
    table = estimate_table(design, alpha=alpha, bootstrap=bootstrap, seed=seed, on_stage=say)
    estimates, notes = (
        table.estimates,
        [*filter(None, [taken]), *table.notes, *_lost_strength(representation), *notes_on_training(representation)],
    )
    linear = [estimate for estimate in estimates if estimate.primary]
    if dataset.outcome_type == "binary" and len(dataset.exposure_names) == 1:
        rows, more = binary_rows(design, sampling, alpha)
        notes += more
        estimates = rows if sampling.case_control else [*estimates, *rows]
    if "invalid" in foils:
        rows, more = invalid_instrument_rows(design, alpha, seed)
        estimates, notes = [*estimates, *rows], [*notes, *more]
    if "summary" in foils:
        rows, more = summary_rows(dataset, alpha, seed)
        estimates, notes = [*estimates, *rows], [*notes, *more]
    say("diagnosing")
    found = diagnose(
        design, table, linear, fold, alpha=alpha, permutations=permutations, bootstrap=bootstrap, seed=seed
    )
    if case_control and dataset.negative_control_names:
        notes.append("cases and controls were sampled apart, which alone can link instruments and placebos")
    return Analysis(
        dataset,
        representation,
        tuple(estimates),
        found.tests,
        judge_analysis(representation, linear, list(found.tests), fold.unseen),
        (*notes, *found.notes),
        found.by_environment,
        found.without,
        found.pairs,
        units or Units(),
        AnalysisSettings(alpha, bootstrap, permutations, seed, case_control, prevalence),
    )


def _refuse_incomplete(dataset: Dataset) -> None:
    if not dataset.exposure_names or not dataset.outcome_name:
        raise ArgumentError("dataset", "have an exposure and an outcome", "none", "name both when reading the data")
    if dataset.cluster.shape[1] > 2:
        raise ArgumentError("cluster", "name one or two columns", f"{', '.join(dataset.cluster_names)}", "leave two")


def _lost_strength(representation: Representation) -> list[str]:
    """Warn of a k under what the factor form offers: the learner is blind to x, so strength goes in proportion."""
    k, available = representation.k, representation.history.k_available or representation.k
    if representation.form != "factor" or k >= available:
        return []
    return [
        f"{k} of {available} exogenous directions were kept, chosen without a look at the exposure: expect about"
        f" {100 * k / available:.0f} % of their strength. Leave out `k` to keep all."
    ]

"""The one-sample analysis: learn instruments, estimate the effect, test, and state a verdict."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, overload

from latentmr.analysis.comparators import chosen_comparators, invalid_instrument_rows, summary_rows
from latentmr.analysis.design import Design
from latentmr.analysis.diagnosis import PERMUTATIONS, diagnose, refuse_permutations
from latentmr.analysis.diagnosis_sample import SHARE, diagnosis_sample_of, learn_apart
from latentmr.analysis.estimation import estimate_table, refuse_replicates
from latentmr.analysis.findings import AnalysisSettings, Findings
from latentmr.analysis.learner_choice import AutoLearner, learner_for
from latentmr.analysis.learning_error import REPLICATES
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

#: A function that is called with the name of each stage when it begins.
OnStage = Callable[[str], None]


class Analysis(Findings):
    """The results of a one-sample analysis.

    It prints its :meth:`summary`: the answer, the estimates, the verdict, and the tests that did not pass. The tables
    are in :meth:`to_frame` and :meth:`tests_frame`, the figures in :meth:`plot`, and the report in :meth:`to_html`.
    The fields are those of :class:`~latentmr.analysis.findings.Findings`.
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
            Smallest count of individuals that is shown. Smaller counts are shown as ``<min_cell``. Counts from which
            they could be derived are hidden.
        provenance : dict, optional
            How the run can be repeated.
        settings : dict, optional
            Further facts that only the caller knows: quality filters, the column of environments.

        Returns
        -------
        ReportData
        """
        return report_of(self, min_cell, dict(provenance or {}), dict(settings or {}))

    def _repr_html_(self) -> str:
        """Return answer, estimates, verdict and tests that did not pass as HTML, for a notebook."""
        from latentmr.report import fragment_of  # noqa: PLC0415  templates load only when they are used

        return fragment_of(self)

    def to_html(self, path: str | Path, min_cell: int = 20) -> None:
        """Write the report as one self-contained file.

        Parameters
        ----------
        path : str or Path
        min_cell : int
            Smallest count of individuals that is shown.
        """
        from latentmr.report import write_html  # noqa: PLC0415  templates load only when a report is made

        write_html(path, self.report(min_cell))

    def figures(self, min_cell: int = 20) -> "dict[str, Figure]":
        """Draw the figures of the report.

        Parameters
        ----------
        min_cell : int
            Smallest count of individuals that is shown.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            Figures by name, for which there are data.
        """
        from latentmr.report import drawings_of  # noqa: PLC0415

        return {name: drawing.figure for name, drawing in drawings_of(self.report(min_cell)).items()}

    @overload
    def plot(self, name: None = None, min_cell: int = 20) -> "dict[str, Figure]": ...
    @overload
    def plot(self, name: str, min_cell: int = 20) -> "Figure": ...
    def plot(self, name: str | None = None, min_cell: int = 20) -> "dict[str, Figure] | Figure":
        """Draw one figure of the report, or all of them.

        Parameters
        ----------
        name : str, optional
            Name of a figure, such as ``estimates``. By default all figures are drawn.
        min_cell : int
            Smallest count of individuals that is shown.

        Returns
        -------
        matplotlib.figure.Figure or dict of str to matplotlib.figure.Figure
            The figure of this name, or all figures by name.

        Raises
        ------
        ValueError
            If the report has no figure of this name. The message lists the names.
        """
        found = self.figures(min_cell)
        if name is None:
            return found
        if name not in found:
            raise ArgumentError(
                "name", "name a figure of the report", f"{name!r}", f"the figures are {', '.join(found) or 'none'}"
            )
        return found[name]


def analyse(
    dataset: Dataset,
    learner: Learner | AutoLearner | Representation | str | None = "auto",
    *,
    alpha: float = 0.05,
    bootstrap: int = REPLICATES,
    seed: int = 0,
    case_control: bool = False,
    prevalence: float | None = None,
    comparators: tuple[str, ...] = (),
    diagnosis: float = SHARE,
    permutations: int = PERMUTATIONS,
    units: Units | None = None,
    on_stage: OnStage | None = None,
    watch: Watch | None = None,
    foils: tuple[str, ...] | None = None,
) -> Analysis:
    """Learn instruments, estimate the effect next to comparators, test the assumptions, and state a verdict.

    Parameters
    ----------
    dataset : Dataset
        A data set with exposure and outcome.
    learner : str, Learner or Representation, optional
        Learner by name: ``auto``, ``linear``, ``flow`` or ``autoencoder``. ``auto`` uses the linear learner, in closed
        form, for allele counts and dosages, and the flow for continuous instruments. Alternatively a learner with
        settings of its own, or a representation that was learned before.
    alpha : float
        Significance level.
    bootstrap : int
        Bootstrap replicates of individuals within environments. With them, errors and sets on learned instruments
        account for estimation of the encoder. With 0 they treat the instruments as fixed.
    seed : int
        Random seed. A learner that is an object has a seed of its own.
    case_control : bool
        Whether cases of a binary outcome were sampled at another rate than controls. If so, the first stage is fitted
        in controls, and the odds ratio is the primary estimate.
    prevalence : float, optional
        Prevalence of cases in the population of a case-control study. With it the risk difference is the primary
        estimate.
    comparators : tuple of str
        Further methods to compare with. ``invalid`` adds sisVIVE, two-stage hard thresholding and the
        confidence-interval method on the genotypes. ``summary`` adds two-sample methods on the associations of each
        variant in these individuals.
    diagnosis : float
        Share of the individuals in learning, within environments, that is held out of learning. The instruments are
        tested in these individuals. A representation that was learned before has a diagnosis sample of its own.
    permutations : int
        Number of permutations of each permutation test.
    units : Units, optional
        Units of exposures and outcome, for sentences and tables.
    on_stage : callable, optional
        Function that is called with the name of each stage.
    watch : callable, optional
        Function that is called with the :class:`~latentmr.learn.Progress` of a learner with a network.
    foils : tuple of str, optional
        Former name of ``comparators``, deprecated.

    Returns
    -------
    Analysis

    Raises
    ------
    ValueError
        If the data do not support the analysis, or no learner has this name. The message states what to do.

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
    refuse_replicates(bootstrap)
    sampling = Sampling(case_control, prevalence)
    sampling.refuse_other(dataset)
    compared = chosen_comparators(comparators, foils)
    refuse_permutations(permutations)
    (units or Units()).refuse_other(dataset)
    choice = ""
    if isinstance(learner, Representation):
        representation = learner
        representation.refuse_other(dataset)
    else:
        chosen, choice = learner_for(learner or "auto", dataset, seed)
        say("learning instruments")
        representation = learn_apart(chosen, dataset, diagnosis, seed, watch)
    dataset, sample = diagnosis_sample_of(representation, dataset)
    say("estimating")
    design = Design(dataset, representation)
    table = estimate_table(design, alpha=alpha, bootstrap=bootstrap, seed=seed, on_stage=say)
    estimates, notes = (
        table.estimates,
        [*filter(None, [choice]), *table.notes, *_lost_strength(representation), *notes_on_training(representation)],
    )
    linear = [estimate for estimate in estimates if estimate.primary]
    if dataset.outcome_type == "binary" and len(dataset.exposure_names) == 1:
        rows, more = binary_rows(design, sampling, alpha)
        notes += more
        estimates = rows if sampling.case_control else [*estimates, *rows]
    if "invalid" in compared:
        rows, more = invalid_instrument_rows(design, alpha, seed)
        estimates, notes = [*estimates, *rows], [*notes, *more]
    if "summary" in compared:
        rows, more = summary_rows(dataset, alpha, seed)
        estimates, notes = [*estimates, *rows], [*notes, *more]
    say("diagnosing")
    found = diagnose(
        design, table, linear, sample, alpha=alpha, permutations=permutations, bootstrap=bootstrap, seed=seed
    )
    if case_control and dataset.negative_control_names:
        notes.append(
            "cases and controls were sampled at different rates, which alone can associate instruments with"
            " negative-control outcomes"
        )
    return Analysis(
        dataset,
        representation,
        tuple(estimates),
        found.tests,
        judge_analysis(representation, linear, list(found.tests), sample.unseen),
        (*notes, *found.notes),
        found.by_environment,
        found.without,
        found.pairs,
        units or Units(),
        AnalysisSettings(alpha, bootstrap, permutations, seed, case_control, prevalence),
        found.path,
    )


def _refuse_incomplete(dataset: Dataset) -> None:
    if not isinstance(dataset, Dataset):
        raise ArgumentError(
            "dataset", "be a Dataset", type(dataset).__name__, "read_plink, read_genotypes and from_arrays return one"
        )
    if not dataset.exposure_names or not dataset.outcome_name:
        raise ArgumentError(
            "dataset", "have an exposure and an outcome", _found(dataset), "name both when reading the data"
        )
    if dataset.cluster.shape[1] > 2:
        raise ArgumentError(
            "cluster", "name one or two columns", f"{', '.join(dataset.cluster_names)}", "keep two of them"
        )


def _found(dataset: Dataset) -> str:
    """Return what the data set has of exposure and outcome."""
    exposures, outcome = ", ".join(dataset.exposure_names), dataset.outcome_name
    return f"exposure {exposures or 'none'}, outcome {outcome or 'none'}" if exposures or outcome else "none"


def _lost_strength(representation: Representation) -> list[str]:
    """Warn if k is smaller than the factor form offers.

    The learner does not use the exposure, so that strength falls in proportion.
    """
    k, available = representation.k, representation.history.k_available or representation.k
    if representation.form != "factor" or k >= available:
        return []
    return [
        f"{k} of {available} exogenous directions were kept, and chosen without use of the exposure: expect about"
        f" {100 * k / available:.0f} % of their strength. Leave `k` out to keep all of them."
    ]

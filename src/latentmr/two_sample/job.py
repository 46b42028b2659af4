"""Two-sample MR on summary statistics: estimates by all methods, tests and verdict."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, overload
from warnings import warn

import numpy as np
import pandas as pd

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.results.answer import Units
from latentmr.results.estimates import Estimates
from latentmr.results.objects import ConfidenceSet, Estimate
from latentmr.results.report_data import ReportData
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.estimate_row import row_of
from latentmr.two_sample.findings import TwoSampleFindings
from latentmr.two_sample.methods import METHODS, SEVERAL, Settings
from latentmr.two_sample.methods.multivariable.strength import conditional_f
from latentmr.two_sample.methods.power import expected_error_of_variants, smallest_effect
from latentmr.two_sample.methods.raps import Raps
from latentmr.two_sample.methods.weak_instruments import anderson_rubin, conditional_likelihood_ratio
from latentmr.two_sample.report_data import RunFacts, association_rows, details_of, two_sample_report
from latentmr.two_sample.variant_tables import direction_of, single_variants_of, without_variants
from latentmr.two_sample.verdict import judge_two_sample, tests_of_one, tests_of_several
from latentmr.typing import Array, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TwoSampleAnalysis", "analyse_summary"]

#: Minimum number of replicates of bootstraps and simulated tests.
FEWEST = 100
#: Power for the smallest detectable effect.
POWER = 0.8
#: What IVW and its relatives are with one variant.
RATIO = "Wald ratio"


class TwoSampleAnalysis(TwoSampleFindings):
    """Results of two-sample methods, with their tables, figures and report.

    Its fields are those of :class:`~latentmr.two_sample.findings.TwoSampleFindings`. Printing it shows the text of
    :meth:`~latentmr.two_sample.findings.TwoSampleFindings.summary`.
    """

    def variants_frame(self) -> pd.DataFrame:
        """Return the kept variants with their contributions to the estimate, as in ``variants.tsv``."""
        return pd.DataFrame(association_rows(self))

    def details(self) -> dict[str, list[Row]]:
        """Return all numbers of each method, as in ``run.json``."""
        return details_of(self.effects)

    def report(
        self, provenance: Mapping[str, object] | None = None, settings: RunFacts | Mapping[str, object] | None = None
    ) -> ReportData:
        """Collect the contents of a report.

        Parameters
        ----------
        provenance : dict, optional
            What is needed to repeat the run.
        settings : RunFacts, optional
            Facts about the run that the analysis does not hold.

        Returns
        -------
        ReportData
        """
        if isinstance(settings, Mapping):
            warn("settings of a report are now latentmr.two_sample.RunFacts", DeprecationWarning, stacklevel=2)
            return two_sample_report(self, dict(provenance or {}), dict(settings))
        return two_sample_report(self, dict(provenance or {}), (settings or RunFacts()).to_dict())

    @overload
    def plot(self, name: str) -> "Figure": ...

    @overload
    def plot(self, name: None = None) -> "dict[str, Figure]": ...

    def plot(self, name: str | None = None) -> "Figure | dict[str, Figure]":
        """Draw the figures of the report.

        Parameters
        ----------
        name : str, optional
            Name of one figure, such as ``scatter``. By default all figures are drawn.

        Returns
        -------
        matplotlib.figure.Figure or dict of str to matplotlib.figure.Figure
            The figure of that name, or all figures by name.

        Raises
        ------
        ValueError
            If the report has no figure of that name. The message lists the names.
        """
        from latentmr.report import drawings_of  # noqa: PLC0415  drawing loads only when a figure is made
        from latentmr.two_sample.page import TWO_SAMPLE  # noqa: PLC0415

        figures = {each: drawing.figure for each, drawing in drawings_of(self.report(), TWO_SAMPLE).items()}
        if name is None:
            return figures
        if name not in figures:
            raise ArgumentError("name", f"be one of {', '.join(figures)}", f"{name!r}", "leave it out for all figures")
        return figures[name]

    def _repr_html_(self) -> str:
        """Return answer, verdict and estimates as HTML for a notebook."""
        from latentmr.report import fragment_of  # noqa: PLC0415  templates load only where they are used

        return fragment_of(self)

    def to_html(self, path: str | Path) -> None:
        """Write the report as one self-contained file.

        Parameters
        ----------
        path : str or Path
        """
        from latentmr.report import write_html  # noqa: PLC0415  templates load only where a report is made
        from latentmr.two_sample.page import TWO_SAMPLE  # noqa: PLC0415

        write_html(path, self.report(), TWO_SAMPLE)


def analyse_summary(
    data: SummaryData,
    methods: tuple[str, ...] = (),
    *,
    alpha: float = 0.05,
    draws: int = 1000,
    seed: int = 0,
    units: Units | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> TwoSampleAnalysis:
    """Estimate the effect of one exposure, or of several exposures jointly, by two-sample methods.

    The methods assume that all variants, most variants, or variants on average, affect the outcome through the exposure
    alone. None corrects for variants that are confounded with the outcome.

    Parameters
    ----------
    data : SummaryData
    methods : tuple of str
        Names from ``latentmr.two_sample.methods.METHODS`` (with several exposures ``SEVERAL``). The first one gives the
        primary estimate. By default all applicable methods are used, and IVW is primary.
    alpha : float
        Significance level.
    draws : int
        Number of bootstrap replicates and of simulations for simulated tests.
    seed : int
        Random seed.
    units : Units, optional
        Units of exposures and outcome, for sentences.
    on_stage : callable, optional
        Called with the name of each method when it starts.

    Returns
    -------
    TwoSampleAnalysis

    Raises
    ------
    ValueError
        If a method is not known, or the first one cannot be used.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bx = rng.uniform(0.05, 0.2, 20)
    >>> variants = pd.DataFrame({"id": [f"rs{i}" for i in range(20)], "effect_allele": "A", "other_allele": "G"})
    >>> by, s = 0.5 * bx + 0.01 * rng.normal(size=20), np.full(20, 0.01)
    >>> data = SummaryData(bx[:, None], s[:, None], by, s, variants, ("bmi",), "sbp")
    >>> result = analyse_summary(data, ("ivw", "egger"))
    >>> [row.method for row in result.estimates], result.verdict.level
    (['IVW (random effects)', 'MR-Egger'], 'caution')
    """
    probability("alpha", alpha)
    if draws < FEWEST:
        raise ArgumentError("draws", f"be at least {FEWEST}", f"{draws}", "1000 is usual")
    if seed < 0:
        raise ArgumentError("seed", "be a whole number from 0", f"{seed}", "0 is usual")
    units = units or Units()
    units.refuse_other(data)
    settings = Settings(alpha=alpha, draws=draws, seed=seed, n_exposure=data.n_exposure, n_outcome=data.n_outcome)
    effects, notes = _effects(data, methods, settings, on_stage or (lambda name: None))
    find = _of_one if data.m == 1 else _of_several
    return find(data, effects, notes, units, settings)


def _effects(
    data: SummaryData, methods: tuple[str, ...], settings: Settings, say: Callable[[str], None]
) -> tuple[dict[str, Estimates], list[str]]:
    """Return effects by every applicable method, and why other methods cannot be used."""
    known = METHODS if data.m == 1 else SEVERAL
    for name in methods:
        if name not in known:
            raise ArgumentError(
                "method", f"be among {', '.join(known)}", f"{name!r}", "leave it out for all applicable methods"
            )
    correlated = data.correlation is not None
    usual = tuple(name for name, method in known.items() if (method.correlated if correlated else method.default))
    alone = data.p == 1 and data.m == 1 and not methods
    chosen = usual[:1] if alone else methods or usual
    arrays = _of_the_exposure(data) if data.m == 1 else (data.BX, data.by, data.SX, data.sy)
    names = None if data.m == 1 else data.exposure_names
    effects, notes = {}, []
    for name in dict.fromkeys(chosen):
        say(known[name].label)
        try:
            effects[name] = known[name].estimates(*arrays, settings, data.correlation, names)
        except ValueError as error:
            if name == chosen[0]:
                raise
            notes.append(f"{known[name].label} was not estimated: {error}")
    if alone:
        notes.append(f"with one variant, every method gives the {RATIO} or needs more variants")
    return effects, notes


def _of_the_exposure(data: SummaryData) -> tuple[Array, Array, Array, Array]:
    return data.BX[:, 0], data.by, data.SX[:, 0], data.sy


def _of_one(
    data: SummaryData, effects: dict[str, Estimates], notes: list[str], units: Units, settings: Settings
) -> TwoSampleAnalysis:
    """Tabulate, test and judge the effects of a single exposure."""
    first = next(iter(effects))
    alone = {name: found.only() for name, found in effects.items()}
    without = without_variants(data, first, settings.alpha)
    ar, clr = _robust_sets(data, alone.get("raps"), settings.alpha)
    mean_f = float(np.mean((data.BX[:, 0] / data.SX[:, 0]) ** 2))
    rows = [
        row_of(
            effect,
            METHODS[name].label if data.p > 1 else RATIO if len(alone) == 1 else f"{METHODS[name].label} ({RATIO})",
            data,
            errors=METHODS[name].errors if data.p > 1 else "standard error of the outcome's association alone",
            primary=name == first,
            f_statistic=mean_f,
            ci_ar=ar if name == first else None,
            ci_clr=clr if name == first else None,
        )
        for name, effect in alone.items()
    ]
    tests = tests_of_one(data, alone, alone[first], without, direction_of(data))
    return TwoSampleAnalysis(
        data,
        tuple(rows),
        tuple(tests),
        judge_two_sample(tests, data.p, clr),
        effects,
        single_variants_of(data, settings.alpha),
        without,
        (*notes, _power(data, settings.alpha)),
        units,
        settings,
    )


def _power(data: SummaryData, alpha: float) -> str:
    """Say which effect the data have power to detect."""
    smallest = float(smallest_effect(expected_error_of_variants(data.BX[:, 0], data.sy), power=POWER, alpha=alpha))
    return (
        f"the data have {100 * POWER:g} % power to detect an effect of {smallest:.3g} per unit of"
        f" {data.exposure_names[0]} in either direction, if all variants are valid"
    )


def _robust_sets(
    data: SummaryData, raps: Estimate | None, alpha: float
) -> tuple[ConfidenceSet | None, ConfidenceSet | None]:
    """Return weak-instrument-robust sets that allow for the pleiotropic variance estimated by MR-RAPS."""
    found = None if raps is None else raps.details
    spread = max(0.0, found.tau2 or 0.0) if isinstance(found, Raps) else 0.0
    ar, clr = (
        test(*_of_the_exposure(data), correlation=data.correlation, overdispersion=spread, alpha=alpha).ci
        for test in (anderson_rubin, conditional_likelihood_ratio)
    )
    return ar, clr


def _of_several(
    data: SummaryData, effects: dict[str, Estimates], notes: list[str], units: Units, settings: Settings
) -> TwoSampleAnalysis:
    """Tabulate, test and judge the effects of several exposures."""
    first = next(iter(effects))
    strength = conditional_f(data.BX, data.SX)
    rows = [
        row_of(effect, SEVERAL[name].label, data, errors=SEVERAL[name].errors, primary=name == first, f_statistic=f)
        for name, found in effects.items()
        for effect, f in zip(found, strength, strict=True)
    ]
    tests = tests_of_several(data, effects[first], strength)
    verdict = judge_two_sample(tests, data.p, None)
    return TwoSampleAnalysis(
        data, tuple(rows), tuple(tests), verdict, effects, notes=tuple(notes), units=units, settings=settings
    )

"""Contents of the report of a two-sample analysis."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from latentmr import __version__
from latentmr.results.objects import Estimate
from latentmr.results.report_data import ReportData
from latentmr.two_sample.data.reading_notes import reading_rows
from latentmr.two_sample.findings import TwoSampleFindings
from latentmr.two_sample.methods.egger import Egger
from latentmr.two_sample.methods.presso import Presso
from latentmr.typing import Mask, Row

__all__ = ["RunFacts", "association_rows", "details_of", "two_sample_report"]

#: Methods whose lines are drawn in the scatter plot.
LINES = {
    "ivw": "IVW",
    "egger": "MR-Egger",
    "weighted-median": "weighted median",
    "weighted-mode": "weighted mode",
    "mv-ivw": "multivariable IVW",
}
#: Maximum number of dropped variants in a report; harmonised.tsv has all.
MOST_DROPPED = 1000


@dataclass(frozen=True)
class RunFacts:
    """Facts about a run that only the caller knows, for its report.

    Parameters
    ----------
    command : str
        Command that repeats the run.
    packages : mapping of str to str
        Versions of the packages it ran on.
    top : int, optional
        Maximum number of variants with a row in forest plots.
    p_value : float, optional
        Maximum p value of a variant for an exposure.
    clumped : bool, optional
        Whether variants were clumped with reference genotypes.
    clump_r2, clump_kb : float, optional
        Maximum squared correlation, and distance in kb, of clumping.
    """

    command: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    top: int | None = None
    p_value: float | None = None
    clumped: bool | None = None
    clump_r2: float | None = None
    clump_kb: float | None = None

    def to_dict(self) -> Row:
        """Return the known facts by name."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", {})}


def two_sample_report(analysis: TwoSampleFindings, provenance: Row, run: Row) -> ReportData:
    """Collect the contents of a report.

    Parameters
    ----------
    analysis : TwoSampleFindings
    provenance : dict
        What is needed to repeat the run.
    run : dict
        Facts that only the caller knows, as :meth:`RunFacts.to_dict` returns them.

    Returns
    -------
    ReportData
        A report whose ``facts["design"]`` is ``two-sample``.
    """
    data = analysis.data
    dropped = data.harmonised[~data.harmonised["keep"].to_numpy(dtype=bool)] if len(data.harmonised) else pd.DataFrame()
    tables = {
        "estimates": [estimate.to_dict() for estimate in analysis.estimates],
        "tests": [test.to_dict() for test in analysis.tests],
        "tables_read": reading_rows(data.readings),
        "individuals_and_variants": [step.to_dict() for step in data.flow.steps],
        "single_variants": [asdict(row) for row in analysis.single_variants],
        "leave_one_out": [asdict(row) for row in analysis.without_variants],
        "associations": association_rows(analysis),
        "variants_left_out": _rows(dropped[["exposure", "id", "keep", "drop_reason"]].head(MOST_DROPPED))
        if len(dropped)
        else [],
    }
    facts = {
        "design": "two-sample",
        "exposures": list(data.exposure_names),
        "outcome": data.outcome_name,
        "outcome_type": data.outcome_type,
        "exposure_units": ", ".join(analysis.units.exposures),
        "outcome_units": analysis.units.outcome,
        "variants": data.p,
        "n_exposure": [float(n) if np.isfinite(n) else None for n in data.n_exposure],
        "n_outcome": float(data.n_outcome) if np.isfinite(data.n_outcome) else None,
        "correlated": data.correlation is not None,
        "harmonisation": data.alignment,
        "method": analysis.primary.method,
        "version": __version__,
        "alpha": analysis.settings.alpha,
        "draws": analysis.settings.draws,
        "seed": analysis.settings.seed,
        "methods": list(analysis.effects),
    } | run
    return ReportData(
        title=f"{' and '.join(data.exposure_names)} on {data.outcome_name}",
        answer=analysis.answer(),
        verdict=analysis.verdict,
        tables={name: rows for name, rows in tables.items() if rows},
        notes=(*data.flow.notes, *data.flow.warnings, *analysis.notes),
        provenance=provenance,
        facts=facts,
        figures={"lines": _lines(analysis)},
        methods=_paragraph(analysis, facts),
    )


def association_rows(analysis: TwoSampleFindings) -> list[Row]:
    """Return the effects of each kept variant, with its weight and contribution to Cochran's Q."""
    data, rows = analysis.data, []
    outlier = _outliers(analysis)
    for j, exposure in enumerate(data.exposure_names):
        bx, weight = data.BX[:, j], (data.BX[:, j] / data.sy) ** 2
        beta = next(row.beta for row in analysis.estimates if row.exposure == exposure)
        q = ((data.by - beta * bx) / data.sy) ** 2
        for i, variant in enumerate(data.variants.itertuples()):
            rows.append(
                {
                    "exposure": exposure,
                    "id": variant.id,
                    "effect_allele": variant.effect_allele,
                    "other_allele": variant.other_allele,
                    "beta_exposure": float(bx[i]),
                    "se_exposure": float(data.SX[i, j]),
                    "beta_outcome": float(data.by[i]),
                    "se_outcome": float(data.sy[i]),
                    "weight": float(weight[i]),
                    "q": float(q[i]),
                    "outlier": None if outlier is None else bool(outlier[i]),
                }
            )
    return rows


def _outliers(analysis: TwoSampleFindings) -> Mask | None:
    found = [each.details for each in analysis.effects.get("presso", ())]
    return next((each.outlier for each in found if isinstance(each, Presso)), None)


def _lines(analysis: TwoSampleFindings) -> list[Row]:
    lines = []
    for name, label in LINES.items():
        for effect in analysis.effects.get(name, ()):
            intercept = effect.details.intercept if isinstance(effect.details, Egger) else 0.0
            exposure = effect.exposure or analysis.data.exposure_names[0]
            lines.append({"exposure": exposure, "method": label, "slope": effect.beta, "intercept": intercept})
    return lines


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _paragraph(analysis: TwoSampleFindings, facts: Row) -> str:
    """Describe in sentences what the run did."""
    data = analysis.data
    several = "multivariable " if data.m > 1 else ""
    sentences = [
        f"We estimated the effect of {' and '.join(data.exposure_names)} on {data.outcome_name} by two-sample"
        f" {several}Mendelian randomization on summary statistics (LatentMR {facts['version']}).",
        f"{data.p:,} variants were used" + (", with their correlations." if data.correlation is not None else "."),
        *([f"They were {data.alignment}."] if data.alignment else []),
    ]
    if facts.get("p_value", 1.0) < 1:
        sentences.append(f"Variants had p values of at most {facts['p_value']:g} for at least one exposure.")
    if facts.get("clumped") and data.correlation is None:
        sentences.append(
            f"They were clumped with reference genotypes (r2 at most {facts['clump_r2']:g} within"
            f" {facts['clump_kb']:,.0f} kb)."
        )
    others = [row.method for row in analysis.estimates if not row.primary]
    sentences.append(
        f"The primary estimate is by {analysis.primary.method}"
        + (f"; the other methods are {', '.join(dict.fromkeys(others))}." if others else ".")
    )
    sentences.append(
        f"Confidence intervals are at the {100 * (1 - facts['alpha']):g} % level. Bootstraps and simulated tests used"
        f" {facts['draws']:,} replicates (seed {facts['seed']})."
    )
    sentences.append("These methods assume that the variants are unconfounded with the outcome, which is not tested.")
    return " ".join(sentences)


def details_of(effects: Mapping[str, Iterable[Estimate]]) -> dict[str, list[Row]]:
    """Return all numbers of each method, and reasons for numbers that are missing, for ``run.json``."""
    return {
        name: [
            {
                "exposure": each.exposure,
                "beta": each.beta,
                "se": each.se,
                "ci_low": each.ci_low,
                "ci_high": each.ci_high,
            }
            | {"p_value": each.p_value, "set": None if each.ci is None else str(each.ci), "n_variants": each.k}
            | {"extra": {} if each.details is None else each.details.numbers() | each.details.texts()}
            for each in found
        ]
        for name, found in effects.items()
    }

"""The content of the report on an analysis: tables, facts and figures, with small counts suppressed."""

from dataclasses import asdict

import numpy as np

from latentmr import __version__
from latentmr.analysis.composition import composition_rows, learned_space
from latentmr.analysis.findings import Findings
from latentmr.analysis.methods_paragraph import methods_paragraph
from latentmr.analysis.suppression import HIDDEN, environment_rows, flow_rows, shown_count
from latentmr.analysis.training_notes import table_of_numbers, table_of_starts
from latentmr.data import Dataset
from latentmr.results.answer import Units, ratio_of
from latentmr.results.objects import ConfidenceSet, Estimate
from latentmr.results.report_data import ReportData
from latentmr.results.rounding import rounded, rounded_set
from latentmr.typing import Row

__all__ = ["effect_rows", "report_of"]

#: Maximum number of pairs of environments in a report, the most different first.
MOST_PAIRS = 20


def report_of(analysis: Findings, min_cell: int, provenance: Row, settings: Row) -> ReportData:
    """Collect what a report shows.

    Parameters
    ----------
    analysis : Findings
    min_cell : int
        Smallest count of individuals that is shown.
    provenance : dict
        How the run can be repeated.
    settings : dict
        Facts that only the caller knows: filters, the column of environments.

    Returns
    -------
    ReportData
    """
    dataset, representation = analysis.dataset, analysis.representation
    flow = flow_rows(dataset.flow.steps, min_cell)
    learning_known = not any(row["stage"] == "learning" and row["remaining"] == HIDDEN for row in flow)
    counts = np.bincount(dataset.env[dataset.in_estimation], minlength=dataset.n_env)
    large = {name for name, count in zip(dataset.env_names, counts, strict=True) if count >= min_cell}
    identified = analysis.verdict.level != "not identified"
    tables = {
        "estimates": [estimate.to_dict() for estimate in analysis.estimates],
        "tests": [test.to_dict() for test in analysis.tests],
        "effect_by_unit": effect_rows(dataset, analysis.estimates, analysis.units) if identified else [],
        "by_environment": [
            {"environment": e.name, "beta": e.beta, "se": e.se, "set": str(e.ci), "f_statistic": e.f_statistic}
            for e in analysis.by_environment
            if e.name in large
        ],
        "without_environment": [
            {"environment": w.name, "beta": w.beta, "se of the difference": w.se}
            for w in analysis.without
            if w.name in large
        ],
        "individuals_and_variants": flow,
        "environments": environment_rows(dataset, min_cell, learning=learning_known),
        "environment_pairs": [asdict(p) for p in analysis.pairs if {p.first, p.second} <= large][:MOST_PAIRS],
        "composition": composition_rows(dataset, representation, analysis.settings.seed),
        "number_of_instruments": table_of_numbers(representation),
        "starts": table_of_starts(representation),
    }
    figures: Row = {"space": learned_space(dataset, representation, min_cell, analysis.settings.seed)}
    if dataset.structure is not None:
        found = dataset.structure
        figures["scree"] = {"eigenvalues": [float(value) for value in found.scree], "taken": found.number}
        figures["path"] = [
            {"components": p.components, "beta": p.beta, "se": p.se, "taken": p.components == found.number}
            for p in analysis.path
        ]
    training = representation.history.training
    if training is not None and training.log:
        figures["training"] = [{name: float(value) for name, value in row.items()} for row in training.log]
    facts = _facts(analysis, min_cell) | settings
    # statements with exact counts are only in run.json
    notes = (*dataset.flow.warnings, *analysis.notes) if min_cell <= 1 else analysis.notes
    return ReportData(
        title=f"{' and '.join(dataset.exposure_names)} on {dataset.outcome_name}",
        answer=analysis.answer(),
        verdict=analysis.verdict,
        tables={name: rows for name, rows in tables.items() if rows},
        notes=notes,
        provenance=provenance,
        facts=facts,
        figures=figures,
        methods=methods_paragraph(facts),
    )


def _proxies(dataset: Dataset) -> list[str]:
    """Return the names of the auxiliary features, with the genome-wide components as one."""
    found = dataset.structure
    if found is None:
        return list(dataset.aux_names)
    names = list(dataset.aux_names[: len(dataset.aux_names) - len(found.names)])
    return [*names, f"{found.in_words} ({found.rule})"]


def _facts(analysis: Findings, min_cell: int) -> Row:
    dataset, representation, e = analysis.dataset, analysis.representation, analysis.primary
    used, aside = dataset.in_estimation, representation.history.diagnosis
    facts = {
        "exposures": list(dataset.exposure_names),
        "outcome": dataset.outcome_name,
        "outcome_type": dataset.outcome_type,
        "exposure_units": ", ".join(analysis.units.exposures),
        "outcome_units": analysis.units.outcome,
        "n": shown_count(int(used.sum()), min_cell),
        "n_env": dataset.n_env,
        "env_names": list(dataset.env_names),
        "variants": dataset.p,
        "kind": dataset.kind,
        "covariates": list(dataset.covariate_names),
        "aux": _proxies(dataset),
        "clusters": list(dataset.cluster_names),
        "placebos": list(dataset.negative_control_names),
        "learner": str(representation.learner["name"]),
        "form": representation.form,
        "k": representation.k,
        "route": analysis.verdict.route,
        "alpha": e.alpha,
        "method": e.method,
        "adjustment": e.adjustment,
        "se_type": e.se_type,
        "set_name": "conditional likelihood-ratio set"
        if e.ci_clr is not None
        else "subvector Anderson-Rubin set"
        if e.ci_ar is not None
        else "",
        "diagnosis": aside.share if aside is not None else 0.0,
        "exposure_sd": [float(f"{sd:.4g}") for sd in dataset.X[used].std(axis=0)],
        "min_cell": min_cell,
        "version": __version__,
    }
    if dataset.outcome_type == "binary":
        facts["n_cases"] = shown_count(int(dataset.y[used].sum()), min_cell)
    return facts | analysis.settings.to_dict()


def effect_rows(dataset: Dataset, estimates: tuple[Estimate, ...], units: Units) -> list[Row]:
    """Return the effects to quote per unit and per standard deviation of the exposure, and as ratios if they exist.

    Parameters
    ----------
    dataset : Dataset
    estimates : tuple of Estimate
        Estimates. Primary estimates and ratios on learned instruments become rows.
    units : Units

    Returns
    -------
    list of dict
        ``exposure, per, effect, interval, scale, method``. Intervals are the robust sets if they exist.
    """
    rows = []
    for e in estimates:
        if not e.primary and not (e.scale.startswith("log") and e.instruments == "learned"):
            continue
        column = dataset.X[dataset.in_estimation, dataset.exposure_names.index(e.exposure)]
        sd, unit = float(column.std()), units.of(e.exposure, dataset)
        for factor, per in ((1.0, unit or "unit"), (sd, f"standard deviation ({rounded(sd)}{' ' * bool(unit)}{unit})")):
            rows.append({"exposure": e.exposure, "per": per} | _scaled(e, factor, units.outcome))
    return rows


def _scaled(e: Estimate, factor: float, unit: str) -> Row:
    beta, se = factor * e.beta, factor * e.se
    if e.scale.startswith("log"):
        values = (float(np.exp(factor * value)) for value in (e.beta, e.ci_low, e.ci_high))
        ratio, low, high = map(rounded, values)
        return {"effect": ratio, "interval": f"{low} to {high}", "scale": f"{ratio_of(e)} ratio", "method": e.method}
    if e.robust_set is None:
        shown = f"{rounded(factor * e.ci_low, se)} to {rounded(factor * e.ci_high, se)}"
    else:
        ends = tuple((factor * low, factor * high) for low, high in e.robust_set.intervals)
        shown = rounded_set(ConfidenceSet(ends, e.alpha), se)
    return {"effect": f"{rounded(beta, se)} {unit}".strip(), "interval": shown, "scale": e.scale, "method": e.method}

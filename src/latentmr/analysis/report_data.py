"""What a report shows of an analysis: tables, facts and figures, suppressed already."""

from dataclasses import asdict
from typing import Any

import numpy as np

from latentmr import __version__
from latentmr.analysis.composition import composition_rows, learned_space
from latentmr.analysis.effects_by_unit import effect_rows
from latentmr.analysis.findings import Findings
from latentmr.analysis.methods_paragraph import methods_paragraph
from latentmr.analysis.suppression import HIDDEN, environment_rows, flow_rows, shown_count
from latentmr.analysis.training_notes import table_of_numbers, table_of_starts
from latentmr.results.report_data import ReportData

__all__ = ["report_data"]

#: Pairs of environments that a report shows, the most different first.
MOST_PAIRS = 20


def report_data(analysis: Findings, min_cell: int, provenance: dict[str, Any], settings: dict[str, Any]) -> ReportData:
    """Collect what a report shows.

    Parameters
    ----------
    analysis : Findings
    min_cell : int
        Smallest count of people that is shown.
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
        "composition": composition_rows(dataset, representation, analysis.settings["seed"]),
        "number_of_instruments": table_of_numbers(representation),
        "starts": table_of_starts(representation),
    }
    figures: dict[str, Any] = {"space": learned_space(dataset, representation, min_cell, analysis.settings["seed"])}
    training = representation.history.get("training", {}).get("log", [])
    if training:
        figures["training"] = [{name: float(value) for name, value in row.items()} for row in training]
    facts = _facts(analysis, min_cell) | settings
    # statements that carry exact counts stay in run.json
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


def _facts(analysis: Findings, min_cell: int) -> dict[str, Any]:
    dataset, representation, e = analysis.dataset, analysis.representation, analysis.primary
    used = dataset.in_estimation
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
        "aux": list(dataset.aux_names),
        "clusters": list(dataset.cluster_names),
        "placebos": list(dataset.placebo_names),
        "learner": str(representation.learner["name"]),
        "form": representation.form,
        "k": representation.k,
        "route": analysis.verdict.route,
        "alpha": e.alpha,
        "method": e.method,
        "se_type": e.se_type,
        "set_name": "conditional likelihood-ratio set"
        if e.ci_clr is not None
        else "subvector Anderson-Rubin set"
        if e.ci_ar is not None
        else "",
        "diagnosis": float(representation.history.get("diagnosis", {}).get("share", 0.0)),
        "exposure_sd": [float(f"{sd:.4g}") for sd in dataset.X[used].std(axis=0)],
        "min_cell": min_cell,
        "version": __version__,
    }
    if dataset.outcome_type == "binary":
        facts["n_cases"] = shown_count(int(dataset.y[used].sum()), min_cell)
    return facts | analysis.settings

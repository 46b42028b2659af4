"""The main job of ``run``, ``estimate`` and ``demo``, the commands that estimate an effect in a cohort."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from latentmr.analysis import Analysis, analyse
from latentmr.analysis.learner_choice import AutoLearner
from latentmr.cli.answer_screen import LINES, Answer, show_answer
from latentmr.cli.display import Screen, environments_line
from latentmr.cli.estimate_table import one_sample_table
from latentmr.cli.options import Applying, GenomeWide, Genotypes, Learning, Output, Phenotypes, Reporting
from latentmr.cli.output import kept_checkpoint, staged, write_instruments, write_json, write_table
from latentmr.cli.page import write_page
from latentmr.cli.provenance import Clock, describe_dataset, describe_inputs, provenance, shown_provenance
from latentmr.cli.reading import build_learner, checkpoint_of, input_files, read, require, unused_options
from latentmr.diagnose.levels import OF_ESTIMATES
from latentmr.errors import ArgumentError
from latentmr.learn import Learner, Representation
from latentmr.results.answer import Units
from latentmr.results.report_data import ReportData
from latentmr.typing import Row

__all__ = ["main_job"]

DEFAULT_OUT = Path("latentmr-out")


def main_job(
    genotypes: Genotypes,
    phenotypes: Phenotypes,
    how: Learning | Applying,
    reporting: Reporting,
    output: Output,
    *,
    genome: GenomeWide | None = None,
    truth: float | None = None,
    lines: int = LINES,
) -> Analysis:
    """Read the data, analyse them, write the results and show them.

    Parameters
    ----------
    genotypes, phenotypes, reporting, output
        Options.
    how : Learning or Applying
        How to learn instruments, or the saved model to use.
    genome : GenomeWide, optional
        How to compute genome-wide principal components; a saved model holds its own.
    truth : float, optional
        The true effect, if it is known; it is shown beside the estimates.
    lines : int
        Maximum number of lines to print.

    Returns
    -------
    Analysis
    """
    out = output.out or DEFAULT_OUT
    learner, model = _learner(how, phenotypes, output, out), how.model if isinstance(how, Applying) else None
    require(env=phenotypes.env, exposure=phenotypes.exposure, outcome=phenotypes.outcome)
    if reporting.min_cell < 1:
        raise ArgumentError("min_cell", "be at least 1", f"{reporting.min_cell}", "1 shows all counts")
    screen, clock = Screen(output.quiet, output.verbose), Clock()
    stages = 5 + (not isinstance(learner, Representation)) + (reporting.bootstrap > 0)
    with (
        kept_checkpoint(None if isinstance(learner, Representation) else checkpoint_of(learner)),
        staged(out) as folder,
        threadpool_limits(output.threads),
        screen.stages(clock, stages) as (stage, watch),
    ):
        stage("reading")
        inputs = describe_inputs(input_files(genotypes, phenotypes, model))
        wanted = learner.wanted if isinstance(learner, Representation) else None
        dataset = read(
            genotypes,
            phenotypes,
            wanted,
            genome=genome,
            seed=output.seed,
            threads=output.threads,
            progress=watch,
        )
        result = analyse(
            dataset,
            learner,
            alpha=reporting.alpha,
            bootstrap=reporting.bootstrap,
            seed=output.seed,
            case_control=phenotypes.case_control,
            prevalence=phenotypes.prevalence,
            comparators=tuple(reporting.comparators),
            diagnosis=how.diagnosis if isinstance(how, Learning) else 0.0,
            permutations=reporting.permutations,
            units=Units(tuple(reporting.exposure_units), reporting.outcome_units),
            on_stage=stage,
            watch=watch,
        )
        unused = unused_options(how, dataset) if isinstance(how, Learning) else ""
        result = replace(result, notes=(*result.notes, *filter(None, [unused])))
        stage("writing")
        settings = _settings(genotypes, phenotypes)
        with ThreadPoolExecutor(1) as pool:
            # the instruments of many individuals are written while the page is drawn
            path = folder / "instruments.parquet"
            instruments = pool.submit(write_instruments, path, result.representation, result.dataset)
            run = _write(folder, result, inputs, clock, settings, reporting, output)
            instruments.result()
    seconds = sum(run["seconds"].values())
    shown = Answer(
        result.answer(),
        one_sample_table(result.estimates, result.verdict, truth, OF_ESTIMATES),
        result.tests,
        result.verdict,
        result.dataset.flow,
        environments_line(result.dataset),
        result.notes,
        (f"{seconds:.1f} s, {run['peak_memory_mb']:,.0f} MB. Report: {out / 'report.html'}",),
    )
    show_answer(screen, shown, lines)
    return result


def _learner(
    how: Learning | Applying, phenotypes: Phenotypes, output: Output, out: Path
) -> Learner | AutoLearner | Representation:
    if isinstance(how, Learning):
        return build_learner(how, output, out)
    representation = Representation.load(how.model)
    representation.refuse_aux(phenotypes.aux)
    return representation


def _write(
    folder: Path,
    result: Analysis,
    inputs: list[Row],
    clock: Clock,
    settings: Row,
    reporting: Reporting,
    output: Output,
) -> Row:
    write_table(folder / "estimates.tsv", result.to_frame())
    write_table(folder / "tests.tsv", result.tests_frame())
    result.representation.save(folder)
    run = provenance(inputs, output.seed, output.threads, clock)
    learned, history = result.representation, result.representation.history
    model = {"learner": learned.learner, "k": learned.k, "form": history.form, "n_learning": history.n_learning}
    verdict = asdict(result.verdict)
    write_json(
        folder / "run.json",
        run
        | {"model": model, "verdict": verdict, "analysis_notes": result.notes}
        | {"by_environment": [asdict(effect) for effect in result.by_environment]}
        | {"without_environment": [asdict(row) for row in result.without]}
        | {"structure_path": [asdict(point) for point in result.path]}
        | {"environment_pairs": [asdict(pair) for pair in result.pairs]}
        | {"diagnosis": history.diagnosis and history.diagnosis.to_dict()}
        | {"k_curve": [row.to_dict() for row in history.k_curve or ()]}
        | describe_dataset(result.dataset),
    )
    shown = shown_provenance(run, inputs)
    settings = settings | {"command": shown["command"], "packages": run["packages"]}
    report = result.report(reporting.min_cell, shown, settings)
    write_json(folder / "report.json", asdict(report))
    # the page is rendered from the file, so that `latentmr report` makes the same one
    written = ReportData.from_dict(json.loads((folder / "report.json").read_text(encoding="utf-8")))
    write_page(folder, written, figures=reporting.figures)
    return run


def _settings(genotypes: Genotypes, phenotypes: Phenotypes) -> Row:
    """Return the settings of the report that only the command line knows."""
    filters: Row = {"MAF from": genotypes.maf, "missing calls of a variant to": genotypes.geno}
    filters["missing calls of an individual to"] = genotypes.mind
    asked = {
        "Hardy-Weinberg p value within environments from": genotypes.hwe,
        "ratio of variances of dosages from": genotypes.info,
        "kinship to": genotypes.max_kinship,
    }
    filters |= {name: value for name, value in asked.items() if value}
    return {"environment_column": phenotypes.env, "filters": filters}

"""``latentmr summary``: two-sample MR on GWAS summary statistics."""

import json
from dataclasses import asdict
from pathlib import Path

from threadpoolctl import threadpool_limits

from latentmr.cli.answer_screen import Answer, show_answer
from latentmr.cli.display import Screen
from latentmr.cli.estimate_table import two_sample_table
from latentmr.cli.options import Output, TwoSample
from latentmr.cli.options.two_sample import column_names, layouts
from latentmr.cli.output import staged, write_json, write_table
from latentmr.cli.page import write_page
from latentmr.cli.provenance import Clock, describe_inputs, provenance, shown_provenance
from latentmr.cli.reading import require
from latentmr.data import GenotypeFiles
from latentmr.data.genotypes.source import Progress
from latentmr.errors import ArgumentError
from latentmr.results.answer import Units
from latentmr.results.report_data import ReportData
from latentmr.two_sample import RunFacts, TwoSampleAnalysis, analyse_summary
from latentmr.two_sample.data import SummaryData, SummaryFiles, read_two_sample
from latentmr.typing import Row

__all__ = ["summarise"]

DEFAULT_OUT = Path("latentmr-summary")
KINDS = {"auto": None, "binary": True, "continuous": False}


def summarise(options: TwoSample, output: Output) -> None:
    """Read and harmonise the tables, estimate the effect, write the results and show them."""
    require(exposure_file=options.exposure_file, outcome_file=options.outcome_file)
    if options.outcome_type not in KINDS:
        raise ArgumentError(
            "outcome_type", "be auto, continuous or binary", f"{options.outcome_type!r}", "auto is usual"
        )
    if options.top < 1:
        raise ArgumentError("top", "be at least 1", f"{options.top}", "30 is usual")
    files, reference = _files(options), _reference(options, output.threads)
    screen, clock = Screen(output.quiet, output.verbose), Clock()
    out = output.out or DEFAULT_OUT
    with staged(out) as folder, threadpool_limits(output.threads), screen.stages(clock, 3) as (stage, watch):
        stage("reading")
        paths = [*map(Path, files.exposures), Path(files.outcome), *([options.ld] if options.ld else [])]
        inputs = describe_inputs(list(dict.fromkeys([*paths, *(reference.parts() if reference else [])])))
        data = _read(options, files, reference, watch)
        stage("estimating")
        result = analyse_summary(
            data,
            tuple(options.method),
            alpha=options.alpha,
            draws=options.draws,
            seed=output.seed,
            units=Units(tuple(options.exposure_units), options.outcome_units),
        )
        stage("writing")
        run = _write(folder, result, inputs, clock, options, output)
    shown = Answer(
        result.answer(),
        two_sample_table(result.estimates, result.verdict),
        result.tests,
        result.verdict,
        data.flow,
        notes=result.notes,
        end=(f"{sum(run['seconds'].values()):.1f} s. Report: {out / 'report.html'}",),
    )
    show_answer(screen, shown)


def _files(options: TwoSample) -> SummaryFiles:
    columns = [column_names(text, "--exposure-columns") for text in options.exposure_columns]
    of_outcome = column_names(options.outcome_columns, "--outcome-columns")
    forced = layouts(options.layout)
    if "exposure" in forced:
        columns = [each | {"layout": forced["exposure"]} for each in columns or [{}]]
    if "outcome" in forced:
        of_outcome |= {"layout": forced["outcome"]}
    return SummaryFiles(
        options.exposure_file,
        str(options.outcome_file),
        columns,
        of_outcome,
        options.exposure,
        options.outcome,
    )


def _reference(options: TwoSample, threads: int | None) -> GenotypeFiles | None:
    if options.ref_bfile is None and options.ref_pfile is None:
        return None
    if options.ref_bfile is not None and options.ref_pfile is not None:
        raise ArgumentError("ref_bfile", "be given without `ref_pfile`", "both", "give one of them")
    return GenotypeFiles(bfile=options.ref_bfile or (), pfile=options.ref_pfile or (), threads=threads)


def _read(options: TwoSample, files: SummaryFiles, reference: GenotypeFiles | None, watch: Progress) -> SummaryData:
    return read_two_sample(
        files,
        action=options.action,
        aligned=options.aligned,
        p_value=options.p_value,
        reference=reference,
        r2=options.clump_r2,
        kb=options.clump_kb,
        correlated=options.correlated,
        ld=options.ld,
        binary=KINDS[options.outcome_type],
        n_exposure=options.n_exposure,
        n_outcome=options.n_outcome,
        match=options.match,
        progress=watch,
    )


def _write(
    folder: Path,
    result: TwoSampleAnalysis,
    inputs: list[Row],
    clock: Clock,
    options: TwoSample,
    output: Output,
) -> Row:
    data = result.data
    write_table(folder / "harmonised.tsv", data.harmonised.assign(outcome=data.outcome_name))
    write_table(folder / "estimates.tsv", result.to_frame())
    write_table(folder / "tests.tsv", result.tests_frame())
    write_table(folder / "variants.tsv", result.variants_frame())
    run = provenance(inputs, output.seed, output.threads, clock)
    write_json(
        folder / "run.json",
        run
        | {"verdict": asdict(result.verdict), "analysis_notes": result.notes}
        | {"tables": [asdict(reading) for reading in data.readings]}
        | {"flow": [step.to_dict() for step in data.flow.steps]}
        | {"notes": data.flow.notes, "warnings": data.flow.warnings}
        | {"methods": result.details()},
    )
    facts = RunFacts(
        command=" ".join(run["command"]),
        packages=run["packages"],
        top=options.top,
        p_value=options.p_value,
        clumped=options.ref_bfile is not None or options.ref_pfile is not None,
        clump_r2=options.clump_r2,
        clump_kb=options.clump_kb,
    )
    report = result.report(shown_provenance(run, inputs), facts)
    write_json(folder / "report.json", asdict(report))
    # the page is rendered from the file, so that `latentmr report` makes the same one
    written = ReportData.from_dict(json.loads((folder / "report.json").read_text(encoding="utf-8")))
    write_page(folder, written, figures=options.figures)
    return run

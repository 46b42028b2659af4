"""``latentmr select``: selection of variants as instruments."""

from pathlib import Path

from threadpoolctl import threadpool_limits

from latentmr.cli.display import Screen
from latentmr.cli.options import Genotypes, Output, Phenotypes, Selecting
from latentmr.cli.options.two_sample import column_names
from latentmr.cli.output import staged, write_json, write_table
from latentmr.cli.provenance import Clock, describe_inputs, provenance
from latentmr.cli.reading import FILTERS, input_files, opened, refuse_filters, require
from latentmr.data import Plan
from latentmr.data.selected import ABOUT, PEOPLE, VARIANTS
from latentmr.data.selection import Selection, select_instruments
from latentmr.errors import ArgumentError

__all__ = ["select_variants"]

SHOWN = 10
#: Filters that need all variants in memory.
NOT_APPLIED = ("mind", "max_kinship", "memory")


def select_variants(genotypes: Genotypes, phenotypes: Phenotypes, selecting: Selecting, output: Output) -> None:
    """Select instruments in a discovery sample, or by a GWAS table, and clump them."""
    require(**({} if selecting.gwas else {"env": phenotypes.env, "exposure": phenotypes.exposure}))
    if genotypes.extract is not None or genotypes.selection is not None or genotypes.instruments is not None:
        raise ArgumentError(
            "extract, selection and instruments",
            "be left out of select, which writes such a list",
            "at least one of them",
            "leave them out",
        )
    if phenotypes.outcome or phenotypes.negative_control:
        raise ArgumentError(
            "outcome and negative_control",
            "be left out of select: instruments are selected without them",
            "at least one of them",
            "leave them out",
        )
    refuse_filters(genotypes, "select", NOT_APPLIED, "variants are read block by block, so use --remove instead")
    screen, clock = Screen(output.quiet, output.verbose), Clock()
    out = output.out or Path("latentmr-selection")
    columns = ("pheno", "env", "exposure", "covar", "id", "id_pair", "missing_codes", "categorical", "keep", "remove")
    filters = {name: getattr(genotypes, name) for name in FILTERS if name != "selection"}
    plan = Plan(
        **{name: getattr(phenotypes, name) for name in columns},
        **filters,
        allow_unmatched=phenotypes.allow_unmatched,
        outcome_blind=True,
    )
    with staged(out) as folder, threadpool_limits(output.threads), screen.stages(clock, 2) as (stage, watch):
        stage("reading")
        files = [*input_files(genotypes, phenotypes), *([selecting.gwas] if selecting.gwas else [])]
        inputs = describe_inputs(files)
        plan.codes.refuse_unknown(plan.columns())
        source = opened(genotypes, phenotypes.id_pair, output.threads)
        stage("selecting")
        found = select_instruments(
            source,
            plan,
            table=selecting.gwas,
            table_columns=column_names(selecting.gwas_columns, "--gwas-columns"),
            layout=selecting.layout or None,
            share=selecting.fold,
            p1=selecting.clump_p,
            r2=selecting.clump_r2,
            kb=selecting.clump_kb,
            seed=output.seed,
            progress=watch,
        )
        _write(folder, found, selecting)
        run = provenance(inputs, output.seed, output.threads, clock)
        flow = [step.to_dict() for step in found.flow.steps]
        write_json(folder / "run.json", run | {"flow": flow, "notes": list(found.flow.notes)})
    screen.flow(found.flow)
    chosen = found.instruments
    screen.line(
        f"{len(chosen):,} instruments, clumped from {len(found.candidates):,} variants with p <= {selecting.clump_p:g}",
        style="bold",
    )
    for row in chosen.head(SHOWN).itertuples():
        screen.line(f"  {row.id} (chromosome {row.chrom}, {row.pos}): p = {row.p_value:.2g}")
    if len(chosen) > SHOWN:
        screen.line(f"  and {len(chosen) - SHOWN:,} more in {out / 'instruments.tsv'}")
    if not selecting.gwas:
        screen.line(
            f"The discovery sample has {len(found.people):,} individuals: they are used in learning and excluded from"
            " estimation."
        )
    screen.command(f"Next: latentmr run --selection {out}, with --outcome and the other options of this command.")


def _write(folder: Path, found: Selection, selecting: Selecting) -> None:
    write_table(folder / "instruments.tsv", found.candidates)
    (folder / VARIANTS).write_text("".join(f"{name}\n" for name in found.instruments["id"]), "utf-8")
    if len(found.people):
        (folder / PEOPLE).write_text("".join(f"{name}\n" for name in found.people), "utf-8")
    about = {
        "by": "table" if selecting.gwas else "people",
        "table": str(selecting.gwas or ""),
        "n": len(found.people),
        "variants": len(found.instruments),
        "clump_p": selecting.clump_p,
        "clump_r2": selecting.clump_r2,
        "clump_kb": selecting.clump_kb,
    }
    write_json(folder / ABOUT, about)

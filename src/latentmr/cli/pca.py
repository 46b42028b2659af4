"""``latentmr pca``: genome-wide principal components, for use as auxiliary features."""

from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from latentmr.cli.display import Screen
from latentmr.cli.options import Components as Requested
from latentmr.cli.options import Genotypes, Output
from latentmr.cli.output import staged, write_json, write_table
from latentmr.cli.provenance import Clock, describe_inputs, provenance
from latentmr.cli.reading import input_files, opened, refuse_filters
from latentmr.data import Plan
from latentmr.data.genome.ld import reference_individuals
from latentmr.data.genome.loadings import load_components, save_components
from latentmr.data.genome.pca import Components, absent_variants, principal_components, project
from latentmr.data.genome.structure import population_structure
from latentmr.data.genome.thinning import thin
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.individuals import listed_individuals
from latentmr.data.ledger import Ledger
from latentmr.data.variant_filter import choose_variants, listed_variants
from latentmr.errors import ArgumentError
from latentmr.typing import Integers

__all__ = ["make_components"]

#: Angle to the exact component from which it is reported.
FAR = 0.01
#: Filters that need all genotypes in memory.
NOT_APPLIED = ("hwe", "info", "mind", "max_kinship", "memory")


def make_components(genotypes: Genotypes, components: Requested, output: Output) -> None:
    """Write principal components of all individuals, from these data or by the loadings of an earlier run."""
    if genotypes.instruments is not None or genotypes.selection is not None:
        raise ArgumentError(
            "instruments and selection",
            "be left out of pca: components are computed from the whole genome",
            "at least one of them",
            "leave them out",
        )
    if components.loadings is not None:
        refuse_filters(genotypes, "pca --loadings", ("maf", "geno"), "the loadings determine the variants")
    refuse_filters(genotypes, "pca", NOT_APPLIED, "filter the files first, or use --extract, --keep and --remove")
    screen, clock, ledger = Screen(output.quiet, output.verbose), Clock(), Ledger()
    out = output.out or Path("latentmr-pca")
    plan = Plan(
        keep=components.keep,
        remove=components.remove,
        extract=genotypes.extract,
        autosomes=genotypes.autosomes,
        id_pair=components.id_pair,
        allow_unmatched=components.allow_unmatched,
    )
    with staged(out) as folder, threadpool_limits(output.threads), screen.stages(clock, 3) as (stage, watch):
        stage("reading")
        inputs = describe_inputs(input_files(genotypes, None))
        listed = listed_variants(plan, None)
        source = opened(genotypes, components.id_pair, output.threads, listed)
        rows = listed_individuals(source, plan, ledger)
        if components.loadings is not None:
            stage("projecting")
            made = load_components(components.loadings)
            absent = absent_variants(source, made)
            scores = project(source, rows, made, progress=watch)
        else:
            columns, _ = choose_variants(source, plan, None, listed, ledger)
            stage("thinning")
            some = reference_individuals(rows, np.random.default_rng(output.seed))
            thinned = thin(
                source,
                some,
                columns,
                r2=components.thin_r2,
                kb=components.thin_kb,
                maf=genotypes.maf,
                geno=genotypes.geno,
                progress=watch,
            )
            reason = "in linkage disequilibrium with others, rare (maf), or with missing calls (geno)"
            ledger.step("variants", "filter", reason, len(columns) - len(thinned), len(thinned))
            stage("components")
            made, rule = _components(source, rows, thinned, components.pcs, output.seed, watch)
            scores = made.scores
            save_components(made, folder)
            names = [f"PC{i + 1}" for i in range(len(made.eigenvalues))]
            write_table(folder / "eigenvalues.tsv", pd.DataFrame({"component": names, "eigenvalue": made.eigenvalues}))
        names = [f"PC{i + 1}" for i in range(scores.shape[1])]
        ids = pd.DataFrame({"IID": source.samples[rows]})
        if components.id_pair:
            ids = ids["IID"].str.split(" ", n=1, expand=True).set_axis(["FID", "IID"], axis=1)
        write_table(folder / "pcs.tsv", pd.concat([ids, pd.DataFrame(scores, columns=names)], axis=1))
        run = provenance(inputs, output.seed, output.threads, clock)
        flow = [step.to_dict() for step in ledger.steps]
        write_json(folder / "run.json", run | {"flow": flow, "angles": made.angles.tolist()})
    screen.flow(ledger.close())
    if components.loadings is None:
        shown = ", ".join(f"{value:.3g}" for value in made.eigenvalues)
        screen.line(f"{len(names)} components{rule} of {len(rows):,} individuals; eigenvalues {shown}", style="bold")
    else:
        screen.line(f"{len(rows):,} individuals projected onto {len(names)} components.", style="bold")
        if absent:
            screen.line(
                f"Warning: {absent:,} of {len(made.variants):,} variants of the components are not in {source.path};"
                " their mean is used instead.",
                style="yellow",
            )
    far = [name for name, angle in zip(names, made.angles, strict=True) if angle > FAR]
    if far and components.loadings is None:
        screen.line(
            f"Warning: {', '.join(far)} did not converge: they hardly differ from the components that follow them.",
            style="yellow",
        )
    screen.command(f"Next: latentmr run --pheno {out / 'pcs.tsv'} {' '.join(f'--aux {name}' for name in names)} ...")


def _components(
    source: Source, rows: Integers, columns: Integers, number: str, seed: int, watch: Progress | None
) -> tuple[Components, str]:
    """Return the requested number of components, or as many as the data show, and the rule that found the number."""
    if number.isdecimal():
        return principal_components(source, rows, columns, int(number), seed=seed, progress=watch), ""
    if number != "auto":
        raise ArgumentError("pcs", "be a number or auto", f"{number!r}", "10 is usual")
    found = population_structure(source, rows, columns, seed=seed, progress=watch, groups=False)
    if not found.number:
        raise ArgumentError(
            "pcs",
            "find a component that differs from noise",
            f"none, {found.rule}",
            "give a number for components of noise",
        )
    return found.components, f" ({found.rule})"

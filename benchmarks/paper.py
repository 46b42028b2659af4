"""The paper's experiments and what is added to them: every number of docs/evidence/benchmark.md.

Usage: python benchmarks/paper.py [PART ...] [--quick] [--out benchmark] [--workers 2] [--shared ../shared]
       [--commands] [--document docs/evidence/benchmark.md]

Each part is one `latentmr benchmark`. ``--commands`` prints its command, and docs/evidence/benchmark.md quotes it. A
part that was stopped resumes. ``--quick`` takes fewer seeds, and finishes within half an hour on two cores.
Parts that draw on 1000 Genomes are skipped if the reference data are absent. ``--document`` runs nothing: it writes
the results in ``--out`` into the document, between its marks; parts that have not been run stay as they are.
"""

import argparse
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from claims import believed, claims, practice
from latentmr.benchmark import Source, read_table, run_benchmark, summarise, write_figures

COMPARATORS = ("ols", "2sls", "2sls:adjust=env", "2sls:adjust=hitpcs", "liml:adjust=hitpcs")
#: Today's practice: instruments from a GWAS, adjusted for a conventional number of genome-wide principal components.
PRACTICE = tuple(f"{name}:adjust=gpcs:10/20/50/auto" for name in ("2sls", "liml", "ivw", "egger", "median"))
#: The main job, its row without residual latents, and the same without genome-wide components.
LEARNED = ("linear", "linear:row=env", "linear:pcs=0")
#: All other variants of 1000 Genomes that are far from the instruments, as in a run on these files.
EVERY = "genome=20000"
#: Errors that account for estimation of the encoder take most of the time, and the estimate does not depend on them.
SIZES = "n=2000/8000/32000,n_env=2/4/8/16"


@dataclass(frozen=True)
class Part:
    """One benchmark.

    Parameters
    ----------
    scenarios, methods : tuple of str
    seeds, quick : int
        Draws in the full and in the quick version.
    population : str
        Column of populations in the reference data; empty if the scenario does not draw on them.
    """

    scenarios: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: int
    quick: int
    population: str = ""


PARTS = {
    "genomes": Part(
        ("semisynthetic",), (*COMPARATORS, *PRACTICE, "sisvive", "tsht", *LEARNED, "oracle"), 50, 4, "population"
    ),
    "genomes-flow": Part(("semisynthetic:pcs=0",), ("flow", "2sls", "oracle"), 10, 2, "population"),
    "genomes-4": Part(("semisynthetic",), (*COMPARATORS, *PRACTICE, *LEARNED, "oracle"), 50, 2, "super_population"),
    "confounders": Part(
        ("semisynthetic:confounder=local/site/assortative", "semisynthetic:admixed=1,confounder=ancestry/local"),
        ("2sls", "2sls:adjust=hitpcs", *PRACTICE, *LEARNED, "oracle"),
        20,
        1,
        "population",
    ),
    "individuals": Part((f"individuals:{EVERY}",), (*COMPARATORS, *PRACTICE, *LEARNED, "oracle"), 50, 5, "population"),
    "individuals-4": Part(
        (f"individuals:{EVERY}",), (*COMPARATORS, *PRACTICE, *LEARNED, "oracle"), 50, 5, "super_population"
    ),
    "coverage": Part(("semisynthetic", f"individuals:{EVERY}"), ("linear", "oracle"), 200, 5, "population"),
    "extensions": Part(
        ("linear", "admixture:n_env=20,p=30,fst=0.1", "weak:mixing=linear,f_statistic=5"),
        (
            "linear",
            "linear:estimator=2SLS",
            "linear:bootstrap=0",
            "linear:form=stationary",
            "linear:diagnosis=0",
            "oracle",
        ),
        100,
        15,
    ),
    "partial": Part(("partial",), ("flow:k=1/2/3", "linear", "2sls", "oracle"), 10, 2),
    "identification": Part(
        ("polynomial", "diffeomorphic"),
        (*COMPARATORS, "egger", "egger:adjust=env", "linear", "autoencoder", "flow", "oracle"),
        20,
        3,
    ),
    "size": Part((f"linear:{SIZES}", f"admixture:{SIZES},p=30"), ("linear:bootstrap=0", "oracle"), 100, 10),
    "history": Part(("coalescent:n=8000,p=50",), (*COMPARATORS, "linear", "oracle"), 20, 2),
    "mating": Part(("assortative",), (*COMPARATORS, "linear", "oracle"), 20, 3),
    "size-flow": Part((f"polynomial:{SIZES}", f"diffeomorphic:{SIZES}"), ("flow:bootstrap=0", "oracle"), 3, 0),
}
#: Figures of the document: the parts that they show, and which of a benchmark's figures.
FIGURES = {
    "benchmark_size": (("size", "size-flow"), "size"),
    "benchmark_genomes": (("genomes", "genomes-flow"), "estimates"),
    "benchmark_identification": (("identification",), "estimates"),
    "benchmark_recovery": (("identification",), "recovery"),
}
#: Columns of the document's tables: heading, column of the summary, its Monte Carlo error, format.
COLUMNS = (
    ("bias", "bias", "bias_mc", ".3f"),
    ("sd", "sd", "", ".3f"),
    ("RMSE", "rmse", "", ".3f"),
    ("RMSE / oracle", "rmse_to_oracle", "rmse_to_oracle_mc", ".2f"),
    ("median abs. error", "median_error", "", ".3f"),
    ("coverage of the set", "coverage", "coverage_mc", ".2f"),
    ("of the Wald interval", "wald_coverage", "wald_coverage_mc", ".2f"),
    ("R2", "r2", "", ".3f"),
    ("leak", "leak", "", ".3f"),
    ("credible", "credible", "", ".0%"),
    ("not identified", "not_identified", "", ".0%"),
    ("seconds", "seconds", "", ".3g"),
    ("MB", "peak_mb", "", ".0f"),
)


def source_of(part: Part, shared: Path) -> Source | None:
    folder = shared / "data" / "kg1_thin14k"
    return Source(folder / "kg1_thin14k", folder / "samples.tsv", part.population) if part.population else None


def command(name: str, part: Part, quick: bool, out: Path, shared: Path) -> str:
    words = ["latentmr", "benchmark"]
    for option, values in (("--scenario", part.scenarios), ("--method", part.methods)):
        words += [word for value in values for word in (option, value)]
    words += ["--seeds", str(part.quick if quick else part.seeds)]
    source = source_of(part, shared)
    if source is not None:
        words += ["--bfile", str(source.bfile), "--pheno", str(source.pheno), "--population", source.population]
    return shlex.join([*words, "--out", str(out / name)])


def markdown(summary: pd.DataFrame) -> str:
    """Return the summary as a table without empty columns."""
    shown = [column for column in COLUMNS if summary[column[1]].notna().any()]
    lines = ["| scenario | method | runs | " + " | ".join(heading for heading, *_ in shown) + " |"]
    lines.append("|" + "---|" * (3 + len(shown)))
    for row in summary.to_dict("records"):
        runs = str(row["runs"]) + (f" ({row['failed']} failed)" if row["failed"] else "")
        cells = []
        for _, name, error, form in shown:
            value = "" if pd.isna(row[name]) else format(row[name], form)
            spread = "" if not error or not value or pd.isna(row[error]) else f" ({format(row[error], form)})"
            cells.append(value + spread)
        lines.append(f"| {row['scenario']} | {row['method']} | {runs} | {' | '.join(cells)} |")
    return "\n".join(lines)


def document(path: Path, out: Path) -> None:
    """Write tables, commands, claims and figures of the parts that have been run into the document."""
    tables = {name: read_table(file) for name in PARTS if (file := out / name / "benchmark.tsv").is_file()}
    text = path.read_text(encoding="utf-8")
    blocks = {
        name: f"```sh\n{command(name, PARTS[name], False, Path('benchmark-full'), Path('../shared'))}\n```\n\n"
        + markdown(summarise(table))
        for name, table in tables.items()
    }
    blocks |= {"practice": practice(tables), "believed": believed(tables)}
    if len(tables) == len(PARTS):
        core_hours = sum(table["seconds"].sum() for table in tables.values()) / 3600
        rows = sum(map(len, tables.values()))
        blocks["cost"] = f"{rows:,} rows, {core_hours:.1f} hours of one core within the methods."
    # claims on parts that were not run again stay
    known = re.search(r"<!-- claims -->(.*?)<!-- end of claims -->", text, re.DOTALL)
    lines = {line.split(" | ")[0]: line for line in (known[1] if known else "").splitlines() if line.startswith("|")}
    lines |= {line.split(" | ")[0]: line for line in claims(tables).splitlines()}
    blocks["claims"] = "\n".join(lines.values())
    for name, block in blocks.items():
        marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(re.escape(marks[0]) + ".*?" + re.escape(marks[1]), re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{path} must have the marks {' and '.join(marks)}.")
        text = pattern.sub(lambda _, marks=marks, block=block: f"{marks[0]}\n\n{block}\n\n{marks[1]}", text)
    path.write_text(text, encoding="utf-8")
    for name, (parts, figure) in FIGURES.items():
        if not set(parts) <= set(tables):
            continue
        table = pd.concat([tables[part] for part in parts]).sort_values(
            "method", key=lambda method: method == "oracle", kind="stable", ignore_index=True
        )
        drawn = {made.stem: made for made in write_figures(out, table, summarise(table))}
        drawn[figure].replace(path.parent / f"{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[], help=f"any of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("benchmark"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--commands", action="store_true", help="print the commands, run nothing")
    parser.add_argument("--document", type=Path, help="write the results into this document, run nothing")
    options = parser.parse_args()
    if options.document:
        document(options.document, options.out)
        return
    for name in options.parts or PARTS:
        part = PARTS[name]
        seeds = part.quick if options.quick else part.seeds
        if not seeds:
            continue
        print(command(name, part, options.quick, options.out, options.shared), flush=True)
        source = source_of(part, options.shared)
        if options.commands:
            continue
        if source is not None and not source.pheno.is_file():
            print(f"skipped: no reference data in {options.shared}")
            continue
        found = run_benchmark(
            part.scenarios, part.methods, seeds, options.out / name, workers=options.workers, source=source
        )
        print(markdown(found.summary), flush=True)


if __name__ == "__main__":
    main()

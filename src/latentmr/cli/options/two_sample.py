"""Options of ``latentmr summary``."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from latentmr.errors import ArgumentError

__all__ = ["TwoSample", "column_names"]

_IN, _LINKED, _HOW, _OUT = "Tables of GWAS results", "Linked variants", "Methods", "Output"


@dataclass(frozen=True)
class TwoSample:
    """Tables of GWAS results, and what is made of them."""

    exposure_file: Annotated[
        list[Path],
        typer.Option(
            help="Table of effects on the exposure; may be repeated, for several exposures at once (multivariable MR)."
            " Columns of TwoSampleMR, GWAS-SSF, GWAS-VCF, REGENIE, PLINK 2, METAL and BOLT-LMM are known.",
            metavar="TABLE",
            rich_help_panel=_IN,
        ),
    ] = field(default_factory=list)
    outcome_file: Annotated[
        Path | None, typer.Option(help="Table of effects on the outcome.", metavar="TABLE", rich_help_panel=_IN)
    ] = None
    exposure_columns: Annotated[
        list[str],
        typer.Option(
            help="Names of columns, as beta=LDL_beta,se=LDL_se; of id, chrom, pos, effect_allele, other_allele, eaf,"
            " beta, odds_ratio, se, p_value, log10_p, n. Once, or once for each --exposure-file.",
            metavar="WHAT=COL,...",
            rich_help_panel=_IN,
        ),
    ] = field(default_factory=list)
    outcome_columns: Annotated[
        str, typer.Option(help="The same of the outcome.", metavar="WHAT=COL,...", rich_help_panel=_IN)
    ] = ""
    exposure: Annotated[
        list[str],
        typer.Option(help="Name of the exposure; once for each.", metavar="NAME", rich_help_panel=_IN),
    ] = field(default_factory=list)
    outcome: Annotated[str, typer.Option(help="Name of the outcome.", metavar="NAME", rich_help_panel=_IN)] = ""
    outcome_type: Annotated[
        str,
        typer.Option(
            help="continuous, binary (effects are log odds ratios), or auto: binary where the table has odds ratios.",
            rich_help_panel=_IN,
        ),
    ] = "auto"
    n_exposure: Annotated[
        list[float],
        typer.Option(help="People behind the exposure, if its table has no n; once for each.", rich_help_panel=_IN),
    ] = field(default_factory=list)
    n_outcome: Annotated[
        float | None, typer.Option(help="People behind the outcome, if its table has no n.", rich_help_panel=_IN)
    ] = None
    action: Annotated[
        int | None,
        typer.Option(
            help="Palindromic variants: 1 all tables are of one strand; 2 the frequency tells; 3 leave out. By default"
            " 2, or 1 where exposure and outcome are of one table.",
            rich_help_panel=_IN,
        ),
    ] = None
    aligned: Annotated[
        bool,
        typer.Option(
            "--aligned",
            help="Effects are of the same alleles already: join by id; alleles need not be named.",
            rich_help_panel=_IN,
        ),
    ] = False
    p_value: Annotated[
        float,
        typer.Option(help="Largest p value of a variant for an exposure, such as 5e-8.", rich_help_panel=_IN),
    ] = 1.0
    ref_bfile: Annotated[
        Path | None,
        typer.Option(
            help="PLINK 1 fileset of people of the same ancestry, path without suffix ({chr} for the chromosomes):"
            " variants are clumped by it.",
            metavar="P",
            rich_help_panel=_LINKED,
        ),
    ] = None
    ref_pfile: Annotated[
        Path | None, typer.Option(help="The same as a PLINK 2 fileset.", metavar="P", rich_help_panel=_LINKED)
    ] = None
    clump_r2: Annotated[
        float, typer.Option(help="Largest squared correlation of two variants.", rich_help_panel=_LINKED)
    ] = 0.001
    clump_kb: Annotated[
        float,
        typer.Option(help="Distance of independent variants, in thousand bases.", rich_help_panel=_LINKED),
    ] = 10_000.0
    correlated: Annotated[
        bool,
        typer.Option(
            "--correlated",
            help="Keep linked variants, with their correlations in the reference (methods that can).",
            rich_help_panel=_LINKED,
        ),
    ] = False
    ld: Annotated[
        Path | None,
        typer.Option(
            help="Square table of the variants' correlations r; names in its header, as rs1 or rs1_A_G (counts of A).",
            metavar="TABLE",
            rich_help_panel=_LINKED,
        ),
    ] = None
    method: Annotated[
        list[str],
        typer.Option(help="Method to use; may be repeated. All by default.", metavar="M", rich_help_panel=_HOW),
    ] = field(default_factory=list)
    draws: Annotated[int, typer.Option(help="Draws of bootstraps and simulated tests.", rich_help_panel=_HOW)] = 1000
    alpha: Annotated[float, typer.Option(help="Significance level.", rich_help_panel=_OUT)] = 0.05
    exposure_units: Annotated[
        list[str],
        typer.Option(help="Unit of the exposure, such as SD; once for each.", metavar="UNIT", rich_help_panel=_OUT),
    ] = field(default_factory=list)
    outcome_units: Annotated[
        str, typer.Option(help="Unit of the outcome, such as mmHg.", metavar="UNIT", rich_help_panel=_OUT)
    ] = ""
    top: Annotated[
        int,
        typer.Option(
            help="Variants in a row of their own in forest plots; the others share one.", rich_help_panel=_OUT
        ),
    ] = 30
    figures: Annotated[
        bool,
        typer.Option("--figures", help="Write the report's figures as PNG and SVG files too.", rich_help_panel=_OUT),
    ] = False


def column_names(text: str, option: str) -> dict[str, str]:
    """Names of columns by what they are, from ``beta=b,se=s``.

    Parameters
    ----------
    text : str
    option : str
        Where it came from, for messages.

    Raises
    ------
    ValueError
        Where a part has no name and column.

    Examples
    --------
    >>> column_names("beta=LDL_beta, se=LDL_se", "--exposure-columns")
    {'beta': 'LDL_beta', 'se': 'LDL_se'}
    """
    out = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        what, equals, column = part.partition("=")
        if not (what and equals and column):
            raise ArgumentError(f"{option}", "be of the form beta=COL,se=COL", f"{part!r}")
        out[what.strip()] = column.strip()
    return out

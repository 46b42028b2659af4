"""Options of ``latentmr summary``."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from latentmr.errors import ArgumentError

__all__ = ["TwoSample", "column_names", "layouts"]

_IN, _LINKED, _HOW, _OUT = "Tables of GWAS results", "Linkage disequilibrium", "Methods", "Output"


@dataclass(frozen=True)
class TwoSample:
    """Read these tables of GWAS results and estimate the effect from them."""

    exposure_file: Annotated[
        list[Path],
        typer.Option(
            help="Table of GWAS results for the exposure. Repeat the option for several exposures (multivariable MR)."
            " The layouts of the usual tools are recognised (docs/gwas_tables.md lists them).",
            metavar="TABLE",
            rich_help_panel=_IN,
        ),
    ] = field(default_factory=list)
    outcome_file: Annotated[
        Path | None,
        typer.Option(help="Table of GWAS results for the outcome.", metavar="TABLE", rich_help_panel=_IN),
    ] = None
    exposure_columns: Annotated[
        list[str],
        typer.Option(
            help="Columns of the exposure table, for example beta=LDL_beta,se=LDL_se; they replace those that are"
            " recognised. On the left: id, chrom, pos, effect_allele, other_allele, eaf, beta, odds_ratio, se,"
            " ci_lower, ci_upper, z, p_value, log10_p, ln_p or n; or study, a study of a GWAS-VCF file. Give it once,"
            " or once for each --exposure-file.",
            metavar="WHAT=COL,...",
            rich_help_panel=_IN,
        ),
    ] = field(default_factory=list)
    outcome_columns: Annotated[
        str,
        typer.Option(
            help="Columns of the outcome table, as in --exposure-columns.",
            metavar="WHAT=COL,...",
            rich_help_panel=_IN,
        ),
    ] = ""
    layout: Annotated[
        list[str],
        typer.Option(
            help="Layout of the tables, if it should not be recognised: for example saige, plink2, mungesumstats or"
            " pan-ukb:EUR, for all tables; or exposure=NAME and outcome=NAME.",
            metavar="[SIDE=]NAME",
            rich_help_panel=_IN,
        ),
    ] = field(default_factory=list)
    exposure: Annotated[
        list[str],
        typer.Option(help="Name of the exposure. Give it once for each exposure.", metavar="NAME", rich_help_panel=_IN),
    ] = field(default_factory=list)
    outcome: Annotated[str, typer.Option(help="Name of the outcome.", metavar="NAME", rich_help_panel=_IN)] = ""
    outcome_type: Annotated[
        str,
        typer.Option(
            help="Type of the outcome: continuous, binary (effects are log odds ratios) or auto (binary if the table"
            " has odds ratios).",
            rich_help_panel=_IN,
        ),
    ] = "auto"
    n_exposure: Annotated[
        list[float],
        typer.Option(
            help="Sample size of the exposure GWAS, if its table has no column n. Give it once for each exposure.",
            rich_help_panel=_IN,
        ),
    ] = field(default_factory=list)
    n_outcome: Annotated[
        float | None,
        typer.Option(help="Sample size of the outcome GWAS, if its table has no column n.", rich_help_panel=_IN),
    ] = None
    action: Annotated[
        int | None,
        typer.Option(
            help="Palindromic variants (A/T, C/G): 1 assume that all tables are reported on the forward strand; 2 infer"
            " the strand from the allele frequency; 3 exclude them. Default: 2, or 1 if exposure and outcome are in one"
            " table.",
            rich_help_panel=_IN,
        ),
    ] = None
    match: Annotated[
        str,
        typer.Option(
            help="Match of variants between tables: id, position (chromosome, position and alleles) or auto (by id, and"
            " by position if ids differ).",
            metavar="HOW",
            rich_help_panel=_IN,
        ),
    ] = "auto"
    aligned: Annotated[
        bool,
        typer.Option(
            "--aligned",
            help="The effects of all tables refer to the same alleles already: join the tables by id; no allele columns"
            " are needed.",
            rich_help_panel=_IN,
        ),
    ] = False
    p_value: Annotated[
        float,
        typer.Option(
            help="Maximum p value of a variant's association with an exposure, for example 5e-8. Default: 1 (all"
            " variants).",
            show_default=False,
            rich_help_panel=_IN,
        ),
    ] = 1.0
    ref_bfile: Annotated[
        Path | None,
        typer.Option(
            help="PLINK 1 fileset of reference individuals of the same ancestry, by which variants are clumped: path"
            " without suffix; {chr} stands for the chromosome number.",
            metavar="P",
            rich_help_panel=_LINKED,
        ),
    ] = None
    ref_pfile: Annotated[
        Path | None,
        typer.Option(
            help="PLINK 2 fileset of reference individuals, instead of --ref-bfile.",
            metavar="P",
            rich_help_panel=_LINKED,
        ),
    ] = None
    clump_r2: Annotated[
        float,
        typer.Option(help="Maximum squared correlation (r2) between two variants.", rich_help_panel=_LINKED),
    ] = 0.001
    clump_kb: Annotated[
        float,
        typer.Option(
            help="Clumping window in kilobases: variants farther apart are taken as independent.",
            rich_help_panel=_LINKED,
        ),
    ] = 10_000.0
    correlated: Annotated[
        bool,
        typer.Option(
            "--correlated",
            help="Keep variants in linkage disequilibrium and use their correlations in the reference (only the methods"
            " that allow it).",
            rich_help_panel=_LINKED,
        ),
    ] = False
    ld: Annotated[
        Path | None,
        typer.Option(
            help="Square table of the correlations r between variants. Its header names them as rs1 or rs1_A_G (A is"
            " the counted allele).",
            metavar="TABLE",
            rich_help_panel=_LINKED,
        ),
    ] = None
    method: Annotated[
        list[str],
        typer.Option(
            help="Method to use, for example ivw, egger or weighted-median; the first one gives the primary estimate."
            " May be repeated. Default: all.",
            metavar="M",
            rich_help_panel=_HOW,
        ),
    ] = field(default_factory=list)
    draws: Annotated[
        int,
        typer.Option(
            help="Number of bootstrap replicates and of simulations in simulated tests, from 100.", rich_help_panel=_HOW
        ),
    ] = 1000
    alpha: Annotated[
        float,
        typer.Option(
            help="Significance level, between 0 and 1; intervals have coverage 1 - alpha.", rich_help_panel=_OUT
        ),
    ] = 0.05
    exposure_units: Annotated[
        list[str],
        typer.Option(
            help="Unit of the exposure, for example SD. Give it once for each exposure.",
            metavar="UNIT",
            rich_help_panel=_OUT,
        ),
    ] = field(default_factory=list)
    outcome_units: Annotated[
        str, typer.Option(help="Unit of the outcome, for example mmHg.", metavar="UNIT", rich_help_panel=_OUT)
    ] = ""
    top: Annotated[
        int,
        typer.Option(
            help="Number of variants that have a row of their own in forest plots; the others share one row.",
            rich_help_panel=_OUT,
        ),
    ] = 30
    figures: Annotated[
        bool,
        typer.Option(
            "--figures", help="Also write the figures of the report as PNG and SVG files.", rich_help_panel=_OUT
        ),
    ] = False


def layouts(texts: list[str]) -> dict[str, str]:
    """Return the layout of the tables of each side, from ``NAME`` or ``exposure=NAME``.

    Parameters
    ----------
    texts : list of str

    Raises
    ------
    ArgumentError
        If a part names another side.

    Examples
    --------
    >>> layouts(["saige"]), layouts(["outcome=plink2"])
    ({'exposure': 'saige', 'outcome': 'saige'}, {'outcome': 'plink2'})
    """
    out: dict[str, str] = {}
    for text in texts:
        side, equals, name = text.partition("=")
        if equals and side not in ("exposure", "outcome"):
            raise ArgumentError(
                "layout", "be of the form NAME, exposure=NAME or outcome=NAME", f"{text!r}", "correct the side"
            )
        out |= {side: name} if equals else {"exposure": text, "outcome": text}
    return out


def column_names(text: str, option: str) -> dict[str, str]:
    """Return the column of each quantity, from ``beta=b,se=s``.

    Parameters
    ----------
    text : str
    option : str
        The option that the text came from, for messages.

    Raises
    ------
    ArgumentError
        If a part is not of the form ``quantity=column``.

    Examples
    --------
    >>> column_names("beta=LDL_beta, se=LDL_se", "--exposure-columns")
    {'beta': 'LDL_beta', 'se': 'LDL_se'}
    """
    out = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        what, equals, column = part.partition("=")
        if not (what and equals and column):
            raise ArgumentError(
                option, "be of the form beta=COL,se=COL", f"{part!r}", "write an equals sign between the two names"
            )
        out[what.strip()] = column.strip()
    return out

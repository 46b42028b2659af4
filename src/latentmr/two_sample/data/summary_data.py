"""Effects of variants on exposures and an outcome, aligned to the same alleles, as two-sample methods use them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.ledger import Flow
from latentmr.errors import ArgumentError
from latentmr.results.text import PrintsHtml
from latentmr.two_sample.data.listing import listed
from latentmr.typing import Array

__all__ = ["SummaryData"]

#: Maximum number of characters of the names in a representation.
MOST_NAMES = 200


@dataclass(frozen=True, repr=False)
class SummaryData(PrintsHtml):
    """Harmonised summary statistics of p variants, m exposures and an outcome.

    Parameters
    ----------
    BX, SX : np.ndarray of dimension (p, m)
        Effects on the exposures per effect allele, and their standard errors.
    by, sy : np.ndarray of dimension (p,)
        Effects on the outcome, and their standard errors.
    variants : pandas.DataFrame
        p rows with ``id, effect_allele, other_allele, eaf``, and further columns if any.
    exposure_names : tuple of str
    outcome_name : str
    correlation : np.ndarray of dimension (p, p), optional
        Correlations of effect-allele counts; None if variants are taken to be independent.
    n_exposure : tuple of float
        Sample size of each exposure (median over variants); NaN if not known.
    n_outcome : float
        Sample size of the outcome; NaN if not known.
    binary : bool
        Whether effects on the outcome are log odds ratios.
    alignment : str
        How effects were aligned to the same alleles.
    harmonised : pandas.DataFrame
        One row for each exposure and each variant that was read, with ``keep`` and ``drop_reason``.
    flow : Flow
        Counts of variants that were read and dropped.
    readings : tuple of TableReading
        What was recognised in each table; empty if effects do not come from tables.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or a standard error is not positive.

    Examples
    --------
    >>> variants = pd.DataFrame({"id": ["rs1", "rs2"], "effect_allele": ["A", "C"], "other_allele": ["G", "T"]})
    >>> data = SummaryData(np.ones((2, 1)), np.ones((2, 1)), np.ones(2), np.ones(2), variants, ("bmi",), "sbp")
    >>> data.p, data.m
    (2, 1)
    >>> print(data)
    SummaryData: 2 variants; exposure bmi, outcome sbp
    """

    BX: Array
    SX: Array
    by: Array
    sy: Array
    variants: pd.DataFrame
    exposure_names: tuple[str, ...]
    outcome_name: str
    correlation: Array | None = None
    n_exposure: tuple[float, ...] = ()
    n_outcome: float = float("nan")
    binary: bool = False
    alignment: str = ""
    harmonised: pd.DataFrame = field(default_factory=pd.DataFrame)
    flow: Flow = field(default_factory=Flow)
    readings: tuple[TableReading, ...] = ()

    def __post_init__(self) -> None:
        p, m = len(self.by), len(self.exposure_names)
        shapes = {"BX": (p, m), "SX": (p, m), "by": (p,), "sy": (p,)}
        for name, shape in shapes.items():
            values = getattr(self, name)
            if values.shape != shape:
                raise ArgumentError(
                    f"{name}", f"have shape {shape}", f"{values.shape}", f"Give one row for each of the {p} variants"
                )
            wrong = ~np.isfinite(values) | ((values <= 0) if name in ("SX", "sy") else False)
            if wrong.any():
                raise ArgumentError(
                    f"{name}",
                    "be finite" + (" and above 0" if name in ("SX", "sy") else ""),
                    f"{int(wrong.sum())} values that are not",
                    "drop these variants",
                )
        if len(self.variants) != p:
            raise ArgumentError(
                "variants",
                f"have a row for each of {p} variants",
                f"{len(self.variants)} rows",
                "Give one row for each row of BX",
            )
        if self.correlation is not None and self.correlation.shape != (p, p):
            raise ArgumentError(
                "correlation",
                f"have shape {(p, p)}",
                f"{self.correlation.shape}",
                "give a square matrix of the variants, or leave it out",
            )

    def __repr__(self) -> str:
        names = _cut(listed(self.exposure_names))
        several = "exposures" if self.m > 1 else "exposure"
        outcome = _cut(self.outcome_name)
        binary = " (log odds ratios)" if self.binary else ""
        variants = f"{self.p:,} variant{'' if self.p == 1 else 's'}"
        correlated = ", with correlations" if self.correlation is not None else ""
        aligned = f"; harmonised: {self.alignment}" if self.alignment else ""
        return f"SummaryData: {variants}{correlated}; {several} {names}, outcome {outcome}{binary}{aligned}"

    @property
    def p(self) -> int:
        """Number of variants."""
        return len(self.by)

    @property
    def m(self) -> int:
        """Number of exposures."""
        return len(self.exposure_names)

    @property
    def outcome_type(self) -> str:
        """Type of the outcome, ``binary`` or ``continuous``."""
        return "binary" if self.binary else "continuous"


def _cut(names: str) -> str:
    return names if len(names) <= MOST_NAMES else names[: MOST_NAMES - 3] + "..."

"""Effects of variants on exposures and an outcome, aligned to the same alleles: what two-sample methods take."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from latentmr.data.ledger import Flow
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["SummaryData"]


@dataclass(frozen=True)
class SummaryData:
    """Harmonised summary statistics of p variants, m exposures and an outcome.

    Parameters
    ----------
    BX, SX : np.ndarray of dimension (p, m)
        Effects on the exposures per effect allele, and their standard errors.
    by, sy : np.ndarray of dimension (p,)
        Effects on the outcome, and their standard errors.
    variants : pandas.DataFrame
        p rows: ``id, effect_allele, other_allele, eaf`` and perhaps more.
    exposure_names : tuple of str
    outcome_name : str
    correlation : np.ndarray of dimension (p, p), optional
        Of the counts of the effect alleles; None where variants are taken to be independent.
    n_exposure : tuple of float
        People behind each exposure (median over variants), NaN where not known.
    n_outcome : float
        The same of the outcome.
    binary : bool
        Whether effects on the outcome are logarithms of odds ratios.
    alignment : str
        How effects were brought to the same alleles.
    harmonised : pandas.DataFrame
        A row for each exposure and variant that was read, kept or not, with ``keep`` and ``drop_reason``.
    flow : Flow
        What was read and dropped.

    Raises
    ------
    ValueError
        Where shapes differ, a value is not finite, or an error is not positive.

    Examples
    --------
    >>> variants = pd.DataFrame({"id": ["rs1", "rs2"], "effect_allele": ["A", "C"], "other_allele": ["G", "T"]})
    >>> data = SummaryData(np.ones((2, 1)), np.ones((2, 1)), np.ones(2), np.ones(2), variants, ("bmi",), "sbp")
    >>> data.p, data.m
    (2, 1)
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

    def __post_init__(self) -> None:
        p, m = len(self.by), len(self.exposure_names)
        shapes = {"BX": (p, m), "SX": (p, m), "by": (p,), "sy": (p,)}
        for name, shape in shapes.items():
            values = getattr(self, name)
            if values.shape != shape:
                raise ArgumentError(
                    f"{name}", f"have shape {shape}", f"{values.shape}", f"give {p} variants a row each"
                )
            if not np.isfinite(values).all() or (name.startswith(("S", "s")) and (values <= 0).any()):
                raise ArgumentError(
                    f"{name}", "be finite, and above 0 for errors", "another", "leave such variants out"
                )
        if len(self.variants) != p:
            raise ArgumentError("variants", f"have a row for each of {p} variants", f"{len(self.variants)}")
        if self.correlation is not None and self.correlation.shape != (p, p):
            raise ArgumentError("correlation", f"have shape {(p, p)}", f"{self.correlation.shape}")

    @property
    def p(self) -> int:
        """Variants."""
        return len(self.by)

    @property
    def m(self) -> int:
        """Exposures."""
        return len(self.exposure_names)

    @property
    def outcome_type(self) -> str:
        """``binary`` or ``continuous``, as of a data set."""
        return "binary" if self.binary else "continuous"

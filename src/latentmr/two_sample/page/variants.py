"""Effects of variants on exposure and outcome, from the table of a report."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from latentmr.report.drawing import number
from latentmr.typing import Array, Integers, Mask, Row

__all__ = ["MOST_EXPOSURES", "Variants", "by_exposure", "given_the_others", "slope_of"]


#: Maximum number of exposures with their own drawings.
MOST_EXPOSURES = 6


@dataclass(frozen=True)
class Variants:
    """Variants of one exposure, coded for the allele that raises it.

    Parameters
    ----------
    exposure : str
    ids : tuple of str
    x, sx, y, sy : np.ndarray of dimension (p,)
        Effects on exposure and outcome, and their standard errors; ``x`` is not negative.
    weight, q : np.ndarray of dimension (p,)
        Inverse variance of the ratio (0 without a ratio), and contribution to Cochran's Q (0 if not known).
    outlier : np.ndarray of dimension (p,)
    sign : np.ndarray of dimension (p,)
        -1 if effects are for the other allele than in the table, else 1.
    """

    exposure: str
    ids: tuple[str, ...]
    x: Array
    sx: Array
    y: Array
    sy: Array
    weight: Array
    q: Array
    outlier: NDArray[np.bool_]
    sign: Array

    @property
    def ratio(self) -> Array:
        """Effects on the outcome per unit of the exposure; NaN without a ratio."""
        return np.divide(self.y, self.x, out=np.full(len(self.x), np.nan), where=self.weight > 0)

    def those(self, chosen: Mask | Integers) -> "Variants":
        """Return selected variants, by mask or position."""
        ids = tuple(np.array(self.ids, dtype=object)[chosen])
        arrays = (getattr(self, name)[chosen] for name in ("x", "sx", "y", "sy", "weight", "q", "outlier", "sign"))
        return Variants(self.exposure, ids, *arrays)

    @property
    def with_ratios(self) -> "Variants":
        """Variants whose effect on the exposure is not zero."""
        return self.those(self.weight > 0)


def by_exposure(rows: list[Row]) -> list[Variants]:
    """Split the table of associations by exposure.

    Parameters
    ----------
    rows : list of dict
        ``exposure, id, beta_exposure, se_exposure, beta_outcome, se_outcome, weight, q, outlier``.

    Returns
    -------
    list of Variants
        Variants in the order of the table, without those that lack an effect or its standard error.
    """
    out = []
    for exposure in dict.fromkeys(str(row["exposure"]) for row in rows):
        part = [row for row in rows if str(row["exposure"]) == exposure]
        x, sx, y, sy, weight, q = (
            np.array([number(row.get(name)) for row in part])
            for name in ("beta_exposure", "se_exposure", "beta_outcome", "se_outcome", "weight", "q")
        )
        known = np.isfinite(x) & np.isfinite(y) & (sy > 0)
        sign = np.where(x < 0, -1.0, 1.0)
        own = np.divide(x**2, sy**2, out=np.zeros(len(x)), where=known)
        weight = np.where(np.isfinite(weight) & (x != 0), weight, own)
        every = Variants(
            exposure,
            tuple(str(row["id"]) for row in part),
            sign * x,
            np.nan_to_num(sx),
            sign * y,
            sy,
            weight,
            np.nan_to_num(q),
            np.array([row.get("outlier") is True for row in part], dtype=bool),
            sign,
        )
        if known.any():
            out.append(every.those(known))
    return out


def given_the_others(groups: list[Variants], slopes: dict[str, float]) -> list[Variants]:
    """Subtract from the effects on the outcome what the other exposures explain.

    Parameters
    ----------
    groups : list of Variants
    slopes : dict of str to float
        Direct effect of each exposure.

    Returns
    -------
    list of Variants
        For each exposure, the variants that are known for all exposures.
    """
    common = set.intersection(*(set(each.ids) for each in groups))
    chosen = [each.those(np.array([name in common for name in each.ids], dtype=bool)) for each in groups]
    explained = [dict(zip(each.ids, slopes[each.exposure] * each.sign * each.x, strict=True)) for each in chosen]
    out = []
    for j, each in enumerate(chosen):
        by_others = [sum(part[name] for k, part in enumerate(explained) if k != j) for name in each.ids]
        out.append(replace(each, y=each.y - each.sign * np.array(by_others, dtype=np.float64)))
    return out


def slope_of(lines: list[Row], exposure: str, *words: str) -> float:
    """Return the slope of an exposure's first line whose method has one of these words; NaN if there is none."""
    for row in lines:
        if str(row.get("exposure")) == exposure and any(word in str(row.get("method")).lower() for word in words):
            return number(row.get("slope"))
    return float("nan")

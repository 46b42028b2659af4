"""Harmonisation of the effects of variants on exposure and outcome to the same effect allele."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.errors import ArgumentError
from latentmr.typing import Array, Mask

__all__ = ["ACTIONS", "COMPLEMENT", "UNKNOWN_FREQUENCY", "harmonise"]

#: Treatments of palindromic variants: 1 assumes that all are reported on the forward strand, 2 infers the strand from
#: allele frequencies where possible, 3 drops them.
ACTIONS = (1, 2, 3)
#: Allele frequencies within this distance of one half do not determine the strand.
TOLERANCE = 0.08
#: Reason for dropping a variant with one allele in a table, if a frequency is missing.
UNKNOWN_FREQUENCY = "one allele is not reported, and no frequency confirms the other"
#: Table for ``str.translate`` to the alleles of the other strand.
COMPLEMENT = str.maketrans("ACGT", "TGCA")
Words = NDArray[np.object_]


class _Side:
    """Alleles, effects and frequencies in one of the two studies."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.first: Words = _alleles(table["effect_allele"])
        self.second: Words = _alleles(table["other_allele"])
        self.beta: Array = table["beta"].to_numpy(dtype=np.float64, copy=True)
        self.eaf: Array = table["eaf"].to_numpy(dtype=np.float64, copy=True)

    def swap(self, rows: Mask) -> None:
        """Swap the effect allele and the other allele."""
        self.first[rows], self.second[rows] = self.second[rows], self.first[rows]
        self.turn(rows)

    def turn(self, rows: Mask) -> None:
        """Change the sign of the effect, as for the other allele."""
        self.beta[rows] *= -1
        self.eaf[rows] = 1 - self.eaf[rows]

    def flip(self, rows: Mask) -> None:
        """Replace the alleles by those on the other strand."""
        for alleles in (self.first, self.second):
            alleles[rows] = [None if each is None else each.translate(COMPLEMENT) for each in alleles[rows]]

    @property
    def single(self) -> Mask:
        """Whether only the effect allele is known, for each variant."""
        return np.array([each is None for each in self.second], dtype=bool)


def harmonise(exposure: pd.DataFrame, outcome: pd.DataFrame, action: int = 2) -> pd.DataFrame:
    """Harmonise the effects of variants on an exposure and an outcome to the same effect allele.

    Variants are matched by id. Alleles in the opposite order are swapped, and the effect changes its sign. Alleles on
    the other strand are replaced by their complements. Insertions and deletions named I and D receive the letters of
    the other study. If a study reports only the effect allele, the other study's alleles supply the missing one. The
    rules and their results are those of ``TwoSampleMR::harmonise_data`` (Hemani et al. 2018). Each variant that is
    dropped has a reason.

    Parameters
    ----------
    exposure, outcome : pandas.DataFrame
        ``id, effect_allele, other_allele, eaf, beta, se``, and further columns if any. Alleles and ``eaf`` may be
        missing.
    action : int
        Treatment of palindromic variants (A/T, C/G). 1 assumes that all are reported on the forward strand. 2 infers
        the strand from the allele frequency, and drops variants whose frequency lies between 0.42 and 0.58 or is not
        known. 3 drops all of them. With 2, the effect of a palindromic variant changes its sign if its frequencies lie
        on different sides of one half, also if the variant is dropped, as in the peer's table.

    Returns
    -------
    pandas.DataFrame
        One row for each id of the exposure, in its order: ``id, effect_allele, other_allele``,
        ``effect_allele_outcome, other_allele_outcome``, ``beta_exposure, se_exposure, eaf_exposure`` and the same
        columns of the outcome, ``palindromic``, ``ambiguous``, ``keep``, and ``drop_reason`` (empty if kept).

    Raises
    ------
    ValueError
        If the action is not known, or no variant is in both tables.

    References
    ----------
    Hemani et al. (2018) eLife 7:e34408. Hartwig et al. (2016) Int J Epidemiol 45:1717 (palindromic variants).

    Examples
    --------
    >>> columns = ["id", "effect_allele", "other_allele", "eaf", "beta", "se"]
    >>> one = pd.DataFrame([["rs1", "A", "G", 0.3, 0.1, 0.01], ["rs2", "A", "T", 0.5, 0.1, 0.01]], columns=columns)
    >>> two = pd.DataFrame([["rs1", "C", "T", 0.7, 0.2, 0.02], ["rs2", "A", "T", 0.5, 0.1, 0.01]], columns=columns)
    >>> harmonise(one, two)[["id", "beta_outcome", "keep", "drop_reason"]].values.tolist()
    [['rs1', -0.2, True, ''], ['rs2', 0.1, False, 'palindromic, and its frequency does not determine the strand']]
    """
    if action not in ACTIONS:
        raise ArgumentError("action", "be 1, 2 or 3", f"{action!r}", "2 is usual")
    pairs, reasons = _pair(exposure, outcome)
    one, two = exposure.iloc[pairs[0]], outcome.iloc[pairs[1]]
    A, B = _Side(one), _Side(two)
    bad = _letters(A, B) | _letters(B, A)
    palindromic = np.array([_complementary(a, b) for a, b in zip(A.first, A.second, strict=True)], dtype=bool)
    removed = np.zeros(len(one), dtype=bool)
    ambiguous = np.zeros(len(one), dtype=bool)
    _both_alleles(A, B, ~A.single & ~B.single, palindromic, removed, ambiguous, action)
    _one_allele(A, B, ~A.single & B.single, palindromic, removed, ambiguous)
    _one_allele(B, A, A.single & ~B.single, palindromic, removed, ambiguous)
    neither = A.single & B.single
    same = A.first == B.first
    removed |= neither & ~same
    ambiguous |= neither & same & ~_alike(A.eaf, B.eaf)
    removed |= bad
    frame = _frame(one, two, A, B)
    numbers = frame[["beta_exposure", "se_exposure", "beta_outcome", "se_outcome"]].to_numpy()
    lacking = ~np.isfinite(numbers).all(axis=1)
    doubtful = ambiguous & ~palindromic & (action > 1)
    drop = {
        "an effect or standard error is missing": lacking,
        "alleles differ between the studies": removed & ~lacking,
        "palindromic": palindromic & ~removed & ~lacking & (action == 3),
        "palindromic, and its frequency does not determine the strand": palindromic
        & ambiguous
        & ~removed
        & ~lacking
        & (action == 2),
        UNKNOWN_FREQUENCY: doubtful & ~removed & ~lacking & (np.isnan(A.eaf) | np.isnan(B.eaf)),
        "one allele is not reported, and frequencies disagree": doubtful & ~removed & ~lacking,
    }
    reason = np.select(list(drop.values()), list(drop), default="")
    frame = frame.assign(palindromic=palindromic, ambiguous=ambiguous, keep=reason == "", drop_reason=reason)
    return _with_the_absent(frame, exposure, reasons)


def _alleles(column: pd.Series) -> Words:
    return np.array([each.upper() if isinstance(each, str) else None for each in column], dtype=object)


def _pair(exposure: pd.DataFrame, outcome: pd.DataFrame) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], Words]:
    """Match the rows of the two tables, and say why a row of the first is not matched."""
    ids, others = pd.Index(exposure["id"]), pd.Index(outcome["id"])
    twice, twice_there = ids.duplicated(keep=False), others.duplicated(keep=False)
    there = np.append(np.flatnonzero(~twice_there), -1)[others[~twice_there].get_indexer(ids)]
    reasons = np.full(len(ids), "", dtype=object)
    reasons[there < 0] = "not in the outcome's table"
    reasons[ids.isin(others[twice_there])] = "more than one row in the outcome's table"
    reasons[twice] = "more than one row in the exposure's table"
    kept = np.flatnonzero(reasons == "")
    if not len(kept):
        first, other = (repr(each[0]) if len(each) else "no variants" for each in (ids, others))
        raise ArgumentError(
            "exposure and outcome",
            "share variants by id",
            f"no common id of {len(ids):,} exposure variants (such as {first}) and {len(others):,} outcome variants"
            f" (such as {other})",
            "Use the same kind of id in both tables, for example rs numbers",
        )
    return (kept, there[kept]), reasons


def _complementary(first: Any, second: Any) -> bool:
    return first is not None and second is not None and first in "ACGT" and first.translate(COMPLEMENT) == second


def _letters(side: _Side, other: _Side) -> Mask:
    """Give insertions and deletions named I and D the other study's letters, and mark those that cannot be resolved."""
    bad = np.zeros(len(side.first), dtype=bool)
    named = {("I", "D"), ("D", "I")}
    for i, (a, b, c, d) in enumerate(zip(side.first, side.second, other.first, other.second, strict=True)):
        if (a, b) not in named or (c, d) in named:
            continue
        if c is None or d is None or len(c) == len(d):
            bad[i] = True
            continue
        long, short = (c, d) if len(c) > len(d) else (d, c)
        side.first[i], side.second[i] = (long, short) if a == "I" else (short, long)
    return bad


def _both_alleles(
    A: _Side, B: _Side, rows: Mask, palindromic: Mask, removed: Mask, ambiguous: Mask, action: int
) -> None:
    """Harmonise variants whose two alleles are known in both studies."""

    def agree() -> Mask:
        return (A.first == B.first) & (A.second == B.second)

    def crossed() -> Mask:
        return (A.first == B.second) & (A.second == B.first)

    B.swap(rows & crossed())
    B.flip(rows & ~agree() & ~palindromic)
    B.swap(rows & crossed() & ~agree())
    removed |= rows & ~agree()
    here = rows & palindromic
    ambiguous |= here & (_middling(A.eaf) | _middling(B.eaf))
    if action == 2:
        opposite = ((A.eaf < 0.5) & (B.eaf > 0.5)) | ((A.eaf > 0.5) & (B.eaf < 0.5))
        B.turn(here & opposite & ~removed)


def _one_allele(known: _Side, other: _Side, rows: Mask, palindromic: Mask, removed: Mask, ambiguous: Mask) -> None:
    """Harmonise variants of which one study reports the effect allele alone, on the same strand."""
    palindromic[rows] = [_complementary(a, b) for a, b in zip(known.first[rows], known.second[rows], strict=True)]
    removed |= rows & palindromic
    straight, crossed = rows & (known.first == other.first), rows & (known.second == other.first)
    other.second[straight] = known.second[straight]
    other.second[crossed] = known.first[crossed]
    other.swap(crossed)
    ambiguous |= (straight | crossed) & ~_alike(known.eaf, other.eaf)
    removed |= rows & ~straight & ~crossed


def _middling(eaf: Array) -> Mask:
    """Return whether a frequency does not determine the strand, or is not known."""
    return np.isnan(eaf) | ((eaf > 0.5 - TOLERANCE) & (eaf < 0.5 + TOLERANCE))


def _alike(first: Array, second: Array) -> Mask:
    """Return whether both frequencies are clearly below or clearly above one half."""
    low, high = 0.5 - TOLERANCE, 0.5 + TOLERANCE
    return ((first < low) & (second < low)) | ((first > high) & (second > high))


def _frame(one: pd.DataFrame, two: pd.DataFrame, A: _Side, B: _Side) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": one["id"].to_numpy(dtype=object),
            "effect_allele": A.first,
            "other_allele": A.second,
            "effect_allele_outcome": B.first,
            "other_allele_outcome": B.second,
            "beta_exposure": A.beta,
            "se_exposure": one["se"].to_numpy(dtype=np.float64),
            "eaf_exposure": A.eaf,
            "beta_outcome": B.beta,
            "se_outcome": two["se"].to_numpy(dtype=np.float64),
            "eaf_outcome": B.eaf,
        }
    )


def _with_the_absent(frame: pd.DataFrame, exposure: pd.DataFrame, reasons: Words) -> pd.DataFrame:
    """Add the variants that are not matched, with the reason, and restore the order of the exposure's table."""
    gone = np.flatnonzero(reasons != "")
    rest = exposure.iloc[gone]
    absent = pd.DataFrame(
        {
            "id": rest["id"].to_numpy(dtype=object),
            "effect_allele": rest["effect_allele"].to_numpy(dtype=object),
            "other_allele": rest["other_allele"].to_numpy(dtype=object),
            "beta_exposure": rest["beta"].to_numpy(dtype=np.float64),
            "se_exposure": rest["se"].to_numpy(dtype=np.float64),
            "eaf_exposure": rest["eaf"].to_numpy(dtype=np.float64),
            "palindromic": False,
            "ambiguous": False,
            "keep": False,
            "drop_reason": reasons[gone],
        }
    ).reindex(columns=frame.columns)
    places = np.append(np.flatnonzero(reasons == ""), gone)
    both = pd.concat([each for each in (frame, absent) if len(each)], ignore_index=True)
    return both.iloc[np.argsort(places, kind="stable")].reset_index(drop=True)

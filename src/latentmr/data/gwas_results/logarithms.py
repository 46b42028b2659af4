"""Logarithms of p values: their base and sign, and p values below the smallest number from their digits."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import special

from latentmr.errors import ArgumentError

__all__ = ["minus_ln", "minus_ln_of_digits"]

LN10 = np.log(10)
#: Names that do not say the sign or the base of a logarithm.
UNCLEAR = ("logp", "log_p", "lp", "log10(p)", "neglogp", "neg_log_pvalue", "-logp", "nlogp", "mlogp")


def minus_ln(
    role: str, values: dict[str, NDArray[np.float64]], names: dict[str, str], path: str
) -> tuple[NDArray[np.float64], list[str]]:
    """Return minus the natural logarithm of p values from a column of logarithms.

    The sign is that of the values. Effects and standard errors show the base, and whether there are p values instead.

    Parameters
    ----------
    role : str
        ``log10_p`` or ``ln_p``.
    values, names : dict
        Numbers and columns by role.
    path : str
        Path, for messages.

    Returns
    -------
    np.ndarray, list of str
        The logarithms, and a note.

    Raises
    ------
    ValueError
        If values have both signs.
    """
    logs = values[role]
    known = logs[np.isfinite(logs)]
    below, above = int((known < 0).sum()), int((known > 0).sum())
    if below > 0.01 * len(known) and above > 0.01 * len(known):
        raise ArgumentError(
            f"column {names[role]!r}",
            "hold logarithms of p values, all of one sign",
            f"{below:,} values below 0 and {above:,} above 0 in {path}",
            "check the column, or name the one of p values",
        )
    size = np.where((logs < 0) == (below > above), np.abs(logs), np.nan) if below and above else np.abs(logs)
    base, expected = (LN10 if role == "log10_p" else 1.0), _expected(values)
    if expected is not None:
        fair = np.isfinite(size) & np.isfinite(expected) & (expected > 0.5) & (size > 0)
        if fair.sum() >= 3:
            apart = np.abs(np.log(size[fair]) + expected[fair]) / expected[fair]
            if np.nanmax(size) <= 1 and np.median(apart) < 0.2:
                with np.errstate(divide="ignore"):
                    logs = -np.log(size)
                return logs, [
                    f"{names[role]!r} holds p values and not their logarithms, as effects and standard errors show"
                ]
            ratio = float(np.median(expected[fair] / size[fair]))
            other = 1.0 if base == LN10 else LN10
            if abs(np.log(ratio / other)) < 0.2:
                kind = "natural" if other == 1.0 else "decimal"
                return size * other, [f"{names[role]!r} holds {kind} logarithms, as effects and standard errors show"]
    elif names[role].lower() in UNCLEAR and names[role].lower() != "mlogp":
        return size * base, [f"{names[role]!r} is taken as the decimal logarithm"]
    return size * base, []


def _expected(values: dict[str, NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """Return minus the natural logarithm of the p values that effects and standard errors give."""
    if "beta" not in values or "se" not in values:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(values["beta"] / values["se"])
        return np.asarray(-(special.log_ndtr(-z) + np.log(2)))


def minus_ln_of_digits(texts: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return minus the natural logarithm of p values written as 1.3e-412; NaN for other texts and for 0.

    Examples
    --------
    >>> minus_ln_of_digits(pa.chunked_array([["1e-400", "0", "0.5"]])).round(2).tolist()
    [921.03, nan, 0.69]
    """
    found = pc.extract_regex(texts, r"^\s*(?P<digits>[0-9]*[.,]?[0-9]+|[0-9]+\.)(?:[eE](?P<power>[+-]?[0-9]+))?\s*$")
    digits, power = pc.struct_field(found, "digits"), pc.struct_field(found, "power")
    numbers = pc.cast(pc.replace_substring(digits, ",", "."), pa.float64()).to_numpy()
    powers = pc.if_else(pc.equal(pc.fill_null(power, "0"), ""), "0", pc.fill_null(power, "0"))
    exponents = pc.cast(pc.replace_substring(powers, "+", ""), pa.float64()).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(numbers > 0, -(np.log(numbers) + exponents * LN10), np.nan))

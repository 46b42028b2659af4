"""Effects, standard errors and p values from what a table of GWAS results reports."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from latentmr.data.gwas_results.logarithms import minus_ln
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError

__all__ = ["Effects", "effects_of", "no_p_values"]

Numbers = NDArray[np.float64]
#: Half the width of a 95 % interval in standard errors.
WIDTH = 1.959963984540054
#: Share of values outside 0 to 1 from which a column does not hold p values; share of negative odds ratios likewise. Of
#: -log10 p values of variants without an effect, a tenth is above 1.
MOST, FEW = 0.5, 0.01
SEVERAL, TWENTIETH = 3, 0.05
#: Relative difference of two standard errors below which they agree.
CLOSE = 0.1


@dataclass(frozen=True, repr=False)
class Effects(Brief):
    """Effects of variants.

    Parameters
    ----------
    beta, se : np.ndarray of dimension (n,)
        Effects as differences or log ratios, and standard errors; NaN if unknown.
    p_value : np.ndarray of dimension (n,)
        Two-sided p values.
    notes : tuple of str
        What was computed from what.
    """

    beta: Numbers
    se: Numbers
    p_value: Numbers
    notes: tuple[str, ...] = field(default_factory=tuple)


def effects_of(values: dict[str, Numbers], names: dict[str, str], path: str, n_rows: int) -> Effects:
    """Compute effects, standard errors and p values.

    Parameters
    ----------
    values : dict of str to np.ndarray of dimension (n_rows,)
        Numbers by role: ``beta, odds_ratio, se, ci_lower, ci_upper, z, p_value, log10_p, ln_p, n, eaf`` as far as they
        are known; ``minus_ln_p`` if the digits of p values below the smallest number were read.
    names : dict of str to str
        Column of each role, for messages.
    path : str
        Path of the table, for messages.
    n_rows : int
        Number of rows.

    Returns
    -------
    Effects

    Raises
    ------
    ValueError
        If most p values lie outside 0 to 1, or odds ratios are negative.
    """
    notes: list[str] = []
    nothing = np.full(n_rows, np.nan)
    get = lambda role: values.get(role, nothing)  # noqa: E731
    _refuse_no_ratios(values, names, path)
    log_p, p_value = _p_values(values, names, path, notes)
    z = _z_of(log_p)
    ratio = get("odds_ratio")
    log_ratio = np.log(np.where(ratio > 0, ratio, np.nan))
    from_ratio = np.isnan(get("beta")) & np.isfinite(log_ratio)
    beta = np.where(from_ratio, log_ratio, get("beta"))
    lower, upper = get("ci_lower"), get("ci_upper")
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.where(
            (lower > 0) & (upper > 0), np.log(np.where(upper > 0, upper, 1.0) / np.where(lower > 0, lower, 1.0)), np.nan
        )
        width = np.where(from_ratio, logs, upper - lower) / (2 * WIDTH)
        width = np.where(width > 0, width, np.nan)
        se = get("se").copy()
        if from_ratio.any() and "se" in values:
            se = _se_of_logarithm(se, log_ratio, ratio, width, z, from_ratio, names, notes)
        z_given = get("z")
        beta, se = _from_z(beta, se, z_given, get("n"), get("eaf"), notes)
        by_z = np.abs(beta / z_given)
        by_p = np.abs(beta) / z
    for what, source in (
        ("their 95% intervals", width),
        ("z", np.where(by_z > 0, by_z, np.nan)),
        ("p values", by_p),
    ):
        fill = np.isnan(se) & np.isfinite(source) & np.isfinite(beta)
        if fill.any():
            se = np.where(fill, source, se)
            notes.append(f"{int(fill.sum()):,} standard errors are computed from {what}")
    ratio_z = beta / np.where(se > 0, se, np.nan)
    normal = 2 * special.ndtr(-np.abs(ratio_z))
    p_value = np.where(np.isnan(p_value), normal, p_value)
    return Effects(beta, se, p_value, tuple(notes))


def _refuse_no_ratios(values: dict[str, Numbers], names: dict[str, str], path: str) -> None:
    if "odds_ratio" not in values or "beta" in values:
        return
    known = values["odds_ratio"][np.isfinite(values["odds_ratio"])]
    below = int((known < 0).sum())
    if below > FEW * len(known):
        raise ArgumentError(
            f"column {names['odds_ratio']!r}",
            "hold odds ratios or hazard ratios, which are above 0",
            f"{below:,} of {len(known):,} values below 0 in {path}",
            "If they are logarithms, give the column as beta",
        )


def _p_values(
    values: dict[str, Numbers], names: dict[str, str], path: str, notes: list[str]
) -> tuple[Numbers | None, Numbers]:
    """Return minus the natural logarithm of p values, None if there are none, and p values."""
    if "p_value" not in values and "log10_p" not in values and "ln_p" not in values:
        return None, np.full(len(next(iter(values.values()))) if values else 0, np.nan)
    if "p_value" not in values:
        role = "log10_p" if "log10_p" in values else "ln_p"
        logs, note = minus_ln(role, values, names, path)
        notes.extend(note)
        return logs, np.exp(-logs)
    p_value = values["p_value"]
    known = p_value[np.isfinite(p_value)]
    outside = int(((known < 0) | (known > 1)).sum())
    if no_p_values(known):
        below = int((known < 0).sum())
        kind = "ln_p, if they are natural logarithms, or log10_p" if below else "log10_p"
        raise ArgumentError(
            f"column {names['p_value']!r}",
            "hold p values, from 0 to 1",
            f"{outside:,} of {len(known):,} values {'below 0' if below else 'above 1'} in {path}",
            f"If they are logarithms, give the column as {kind}",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = -np.log(p_value)
    if "minus_ln_p" in values:
        exact = values["minus_ln_p"]
        logs = np.where(np.isfinite(exact), exact, logs)
    if "log10_p" in values:
        exact, _ = minus_ln("log10_p", values, names, path)
        logs = np.where(np.isfinite(logs), logs, exact)
        p_value = np.where(np.isnan(p_value), np.exp(-exact), p_value)
    return logs, p_value


def no_p_values(values: Numbers) -> bool:
    """Return whether too many values lie outside 0 to 1 for p values.

    Parameters
    ----------
    values : np.ndarray
        Values that are not missing.

    Examples
    --------
    >>> no_p_values(np.array([0.1, 1.5])), no_p_values(np.array([0.1, 0.3, 1.5, 2.0, 3.0]))
    (False, True)
    """
    outside = int(((values < 0) | (values > 1)).sum())
    return outside > MOST * len(values) or (outside >= SEVERAL and outside > TWENTIETH * len(values))


def _z_of(logs: Numbers | None) -> Numbers:
    """Return the absolute normal deviate of two-sided p values; NaN for a p value of 0 or 1."""
    if logs is None:
        return np.array(np.nan)
    usable = np.isfinite(logs) & (logs > 0)
    return np.asarray(-special.ndtri_exp(np.where(usable, -logs, np.nan) - np.log(2)))


def _se_of_logarithm(
    se: Numbers, log_ratio: Numbers, ratio: Numbers, width: Numbers, z: Numbers, chosen: NDArray[np.bool_],
    names: dict[str, str], notes: list[str],
) -> Numbers:  # fmt: skip
    """Return standard errors of logarithms, divided by the ratio if intervals or p values say that they are of it."""
    expected = np.where(np.isfinite(width), width, np.abs(log_ratio) / z) * np.ones(len(se))
    known = chosen & np.isfinite(expected) & np.isfinite(se) & (se > 0) & (np.abs(log_ratio) > 0.02)
    if known.sum() < 3:
        return se
    of_log = np.abs(np.log(se[known] / expected[known]))
    of_ratio = np.abs(np.log(se[known] / ratio[known] / expected[known]))
    if np.median(of_ratio) < CLOSE and np.median(of_ratio) < 0.5 * np.median(of_log):
        notes.append(f"{names['se']!r} is the standard error of the ratio, and is divided by it")
        return np.where(chosen, se / ratio, se)
    return se


def _from_z(
    beta: Numbers, se: Numbers, z: Numbers, n: Numbers, eaf: Numbers, notes: list[str]
) -> tuple[Numbers, Numbers]:
    """Fill effects from z: with standard errors, or else with sample size and frequency (of a standardised trait)."""
    fill = np.isnan(beta) & np.isfinite(z) & np.isfinite(se)
    if fill.any():
        beta = np.where(fill, z * se, beta)
        notes.append(f"{int(fill.sum()):,} effects are z times the standard error")
    spread = 2 * eaf * (1 - eaf) * (n + z**2)
    both = np.isnan(beta) & np.isfinite(z) & (spread > 0)
    if both.any():
        scale = 1 / np.sqrt(np.where(both, spread, 1.0))
        beta, se = np.where(both, z * scale, beta), np.where(both, scale, se)
        notes.append(
            f"{int(both.sum()):,} effects are computed from z, sample size and allele frequency, in standard deviations"
            " of the trait"
        )
    return beta, se

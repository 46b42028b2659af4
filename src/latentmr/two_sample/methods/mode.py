"""Mode-based two-sample MR."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import check_associations, for_draws
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["Mode", "mode"]

#: Number of points of the density, and bandwidths that it extends beyond the ratios, without and with the margin of the
#: binning.
POINTS, REACH, MARGIN = 512, 3.0, 4.0
#: Minimum bandwidth, as a share of the largest ratio.
NARROWEST = 1e-8
#: Factor that turns the median absolute deviation of normal values into their standard deviation.
NORMAL_MAD = 1.4826
#: Maximum number of ratios or bins in memory, and number of rows whose modes are computed at once.
AT_ONCE, ROWS = 4_000_000, 64
#: Maximum number of inner points near one wide point: wide points are at most 7/3 as far apart.
ABOUT = 8


@dataclass(frozen=True, kw_only=True, repr=False)
class Mode(Details):
    """Details of mode estimators.

    Parameters
    ----------
    bandwidth : float
        Standard deviation of the kernel that smooths the ratios.
    draws : int
        Number of bootstrap replicates of its standard error.
    """

    bandwidth: float
    draws: int


def mode(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    weighting: str = "weighted",
    weights: str = "second",
    phi: float = 1.0,
    distribution: str = "normal",
    draws: int = 1000,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the mode of the variants' ratio estimates.

    The estimate is consistent if the largest group of variants with the same ratio is valid.

    The ratios are smoothed by a Gaussian kernel; the estimate maximises their density on the grid of 512 points of R's
    ``density``. The bandwidth is :math:`0.9 \phi \min(sd, mad) p^{-1/5}` (modified Silverman's rule). The standard
    error is the normalised median absolute deviation of modes of ratios drawn around their estimates. The method does
    not remove confounding of the variants with the outcome if the largest group is confounded.

    The default is TwoSampleMR's ``mr_weighted_mode``. ``weighting="simple"`` is its ``mr_simple_mode``; with
    ``weights="first"`` they are its ``_nome`` modes (no measurement error of ``bx``). MendelianRandomization's
    ``mr_mbe`` is the same: ``weights="second"`` is its ``stderror="delta"`` (its default is ``"simple"``), and
    ``weighting="simple"`` its ``"unweighted"``. TwoSampleMR's p value is by the t distribution, its interval by the
    normal one; here ``distribution`` is that of both.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least three variants.
    weighting : str
        ``simple``: equal weights. ``weighted``: inverse variances of the ratios.
    weights : str
        ``second``: standard errors of ratios that include the error of ``bx``. ``first``: standard errors without it.
        Bootstrap replicates use the same errors.
    phi : float
        Factor of the bandwidth, above 0.
    distribution : str
        ``normal``, or ``t`` with p - 1 degrees of freedom.
    draws : int
        Number of bootstrap replicates.
    seed : int
        Random seed.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with details of class :class:`Mode`.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Hartwig, Davey Smith & Bowden (2017) Int J Epidemiol 46:1985.

    Examples
    --------
    >>> bx, by = [0.1, 0.2, 0.3, 0.4, 0.2], [0.05, 0.1, 0.15, 0.2, 0.4]
    >>> found = mode(bx, by, [0.01] * 5, [0.02] * 5, phi=0.5)
    >>> round(found.beta, 2)
    0.5
    """
    if weighting not in ("simple", "weighted"):
        raise ArgumentError("weighting", "be simple or weighted", f"{weighting!r}", "weighted is usual")
    if weights not in ("first", "second"):
        raise ArgumentError("weights", "be first or second", f"{weights!r}", "second is usual")
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    if not 0 < phi < np.inf:
        raise ArgumentError("phi", "be above 0 and finite", f"{phi:g}", "1 is usual")
    if draws < 2:
        raise ArgumentError("draws", "be at least 2", f"{draws}", "1000 is usual")
    data = for_draws(check_associations(bx, by, sx, sy, fewest=3))
    if (data.bx == 0).any():
        raise ArgumentError("bx", "not be zero for ratios", "a zero", "leave the variant out")
    p, ratios = len(data.bx), data.by / data.bx
    errors = data.sy / np.abs(data.bx)
    if weights == "second":
        errors = np.hypot(errors, ratios * data.sx / data.bx)
    # relative to the smallest, so that the unit of the exposure does not matter
    mass = (errors.min() / errors) ** 2 if weighting == "weighted" else np.ones(p)
    mass = mass / mass.sum()
    bandwidth = _bandwidths(ratios[None], phi)
    return wald_estimate(
        f"{weighting} mode",
        _modes(ratios[None], mass, bandwidth)[0],
        _error(ratios, errors, mass, phi, draws, seed),
        p,
        df=p - 1 if distribution == "t" else np.inf,
        alpha=alpha,
        details=Mode(bandwidth=float(bandwidth[0]), draws=draws),
    )


def _error(ratios: Array, errors: Array, mass: Array, phi: float, draws: int, seed: int) -> float:
    """Return the spread of the modes of drawn ratios."""
    p = len(ratios)
    size = max(1, AT_ONCE // max(p, 2 * POINTS))
    starts = range(0, draws, size)
    seeds = np.random.SeedSequence(seed).spawn(len(starts))
    found = []
    for start, own in zip(starts, seeds, strict=True):
        drawn = ratios + errors * np.random.default_rng(own).standard_normal((min(size, draws - start), p))
        found.append(_modes(drawn, mass, _bandwidths(drawn, phi)))
    modes = np.concatenate(found)
    return float(NORMAL_MAD * np.median(np.abs(modes - np.median(modes))))


def _bandwidths(ratios: Array, phi: float) -> Array:
    """Return the bandwidth of each row of ratios."""
    mad = NORMAL_MAD * _medians(np.abs(ratios - _medians(ratios)[:, None]))
    spread = np.minimum(ratios.std(axis=1, ddof=1), mad)
    least = NARROWEST * np.abs(ratios).max(axis=1)
    return np.maximum(0.9 * phi * spread * ratios.shape[1] ** -0.2, np.where(least > 0, least, NARROWEST))


def _medians(rows: Array) -> Array:
    """Return the median of each row; sorting is faster than NumPy's median for short rows."""
    p, ordered = rows.shape[1], np.sort(rows, axis=1)
    return np.asarray((ordered[:, (p - 1) // 2] + ordered[:, p // 2]) / 2)


def _modes(ratios: Array, mass: Array, bandwidths: Array) -> Array:
    """Return the mode of each row."""
    starts = range(0, len(ratios), ROWS)
    return np.concatenate([_highest(ratios[i : i + ROWS], mass, bandwidths[i : i + ROWS]) for i in starts])


def _highest(ratios: Array, mass: Array, bandwidths: Array) -> Array:
    """Return the mode of each row, for few enough rows for the processor's cache.

    The computation follows ``density`` in R up to 4.3: linear binning on 512 points, convolution with the kernel by the
    fast Fourier transform, and linear interpolation to the 512 points within three bandwidths of the data. R transforms
    twice as many points. Half of them suffice here, because eleven bandwidths separate the data from those points on
    the circle.
    """
    rows, p = ratios.shape
    low, high = ratios.min(axis=1) - REACH * bandwidths, ratios.max(axis=1) + REACH * bandwidths
    wide, end = low - MARGIN * bandwidths, high + MARGIN * bandwidths
    step = (end - wide) / (POINTS - 1)
    place = (ratios - wide[:, None]) / step[:, None]
    below = np.minimum(place.astype(np.intp), POINTS - 2)
    share = place - below
    flat = (below + np.arange(0, POINTS * rows, POINTS)[:, None]).ravel()
    weights = np.broadcast_to(mass, (rows, p))
    bins = np.bincount(flat, ((1 - share) * weights).ravel(), POINTS * rows)
    bins += np.bincount(flat + 1, (share * weights).ravel(), POINTS * rows)
    # R's distances are slightly too short: the last of its 1024 points is placed at the full length
    distance = np.arange(POINTS // 2 + 1) * (2 * (POINTS - 1) / (2 * POINTS - 1))
    # the kernel's height does not change the mode; it is even, so a cosine transform suffices
    kernel = np.exp(-0.5 * (distance * (step / bandwidths)[:, None]) ** 2)
    spectrum = fft.rfft(bins.reshape(rows, POINTS), axis=1) * fft.dct(kernel, type=1, axis=1)
    density = np.maximum(fft.irfft(spectrum, axis=1), 0.0)
    return _between(density, wide, step, low, high)


def _between(density: Array, wide: Array, step: Array, low: Array, high: Array) -> Array:
    """Return the highest inner point of each row, by linear interpolation between the wide points."""
    spacing = (high - low) / (POINTS - 1)

    def near(row: Any, peak: Any) -> tuple[Array, Array]:
        """Return inner points near wide ones, and their heights."""
        row, start = row[:, None], wide[row] + (peak - 1) * step[row]
        first = np.ceil((start - low[row[:, 0]]) / spacing[row[:, 0]]).astype(np.intp) - 1
        inner = np.clip(first[:, None] + np.arange(ABOUT), 0, POINTS - 1) * spacing[row] + low[row]
        at = (inner - wide[row]) / step[row]
        left = np.minimum(at.astype(np.intp), POINTS - 2)
        before, after = density[row, left], density[row, left + 1]
        return inner, before + (at - left) * (after - before)

    # the highest inner point is next to a wide point that is at least as high
    least = near(np.arange(len(density)), density.argmax(axis=1))[1].max(axis=1)
    row, peak = np.divmod(np.flatnonzero(density >= least[:, None]), POINTS)
    inner, height = (each.ravel() for each in near(row, peak))
    # the first of equal ones
    order = np.lexsort((inner, -height, np.repeat(row, ABOUT)))
    return inner[order][np.searchsorted(np.repeat(row, ABOUT), np.arange(len(density)))]

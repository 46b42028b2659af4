"""Effects of variants on several exposures and an outcome: checks and results of multivariable methods."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from latentmr.arrays import numbers, rows_matched
from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Details
from latentmr.results.printing import ShortRepr
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array, ArrayLike

__all__ = ["Dispersion", "SeveralAssociations", "check_residuals", "check_several", "wald_of_several"]

#: Relative singular value of the weighted effects below which exposures count as collinear.
COLLINEAR = 1e-10


@dataclass(frozen=True, repr=False)
class SeveralAssociations(ShortRepr):
    """Checked effects of p variants on m exposures and the outcome.

    Parameters
    ----------
    BX, SX : np.ndarray of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : np.ndarray of dimension (p,)
        Effects on the outcome, and their standard errors.
    names : tuple of str
        Names of the exposures.
    exposure_correlation : np.ndarray of dimension (m, m)
        Correlations of the errors of a variant's effects on the exposures.
    correlation : np.ndarray of dimension (p, p), optional
        Correlations of the variants.
    """

    BX: Array
    by: Array
    SX: Array
    sy: Array
    names: tuple[str, ...]
    exposure_correlation: Array
    correlation: Array | None

    @property
    def p(self) -> int:
        """Number of variants."""
        return int(self.BX.shape[0])

    @property
    def m(self) -> int:
        """Number of exposures."""
        return int(self.BX.shape[1])

    @property
    def covariances(self) -> Array:
        """Covariance ``[p, m, m]`` of each variant's effects on the exposures."""
        return np.asarray(self.SX[:, :, None] * self.SX[:, None, :] * self.exposure_correlation)


def check_several(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    exposure_correlation: ArrayLike | None = None,
    correlation: ArrayLike | None = None,
    more: int = 1,
) -> SeveralAssociations:
    """Check effects of variants on several exposures and an outcome.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors.
    names : sequence of str, optional
        Names of the exposures; ``exposure 1`` and so on by default.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the errors of a variant's effects on the exposures; none by default (samples that do not
        overlap).
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants.
    more : int
        Minimum number of variants in excess of exposures.

    Returns
    -------
    SeveralAssociations

    Raises
    ------
    ValueError
        If dimensions differ, a value is not finite, a standard error is not positive, there are too few variants, or
        the exposures are collinear.
    """
    given = rows_matched({"BX": BX, "by": by, "SX": SX, "sy": sy})
    arrays = {name: numbers(name, value) for name, value in given.items()}
    effects, errors = arrays["BX"], arrays["SX"]
    if effects.ndim != 2 or effects.size == 0:
        raise ArgumentError(
            "BX",
            "have a row for each variant and a column for each exposure",
            f"shape {effects.shape}",
            "give a matrix",
        )
    p, m = effects.shape
    for name, values in arrays.items():
        wanted = (p, m) if name in ("BX", "SX") else (p,)
        if values.shape != wanted:
            raise ArgumentError(
                f"{name}", f"have shape {wanted}, as BX has {p} variants", f"shape {values.shape}", "match it to BX"
            )
        if not np.isfinite(values).all():
            raise ArgumentError(
                f"{name}",
                "be finite",
                f"{int((~np.isfinite(values)).sum())} values that are not",
                "drop these variants",
            )
        if name in ("SX", "sy") and (values <= 0).any():
            raise ArgumentError(f"{name}", "be positive", f"{values.min():g}", "drop these variants")
    if p < m + more:
        raise ArgumentError("BX", f"hold at least {m + more} variants for {m} exposures", f"{p}", "leave exposures out")
    if (np.abs(effects).max(axis=0) == 0).any() or _smallest_share(effects / arrays["sy"][:, None]) < COLLINEAR:
        raise ArgumentError(
            "BX", "have columns that are not collinear", "collinear exposures", "leave some exposures out"
        )
    labels = tuple(names) if names is not None else tuple(f"exposure {j + 1}" for j in range(m))
    if len(labels) != m or len(set(labels)) != m:
        raise ArgumentError(
            "names", f"name each of the {m} exposures once", f"{list(labels[:10])}", "give distinct names"
        )
    between = np.eye(m) if exposure_correlation is None else _correlation(exposure_correlation, m, "exposure", 0.0)
    return SeveralAssociations(
        effects,
        arrays["by"],
        errors,
        arrays["sy"],
        labels,
        between,
        None if correlation is None else _correlation(correlation, p, "variant", 1e-8),
    )


def _smallest_share(weighted: Array) -> float:
    values = np.linalg.svd(weighted / np.linalg.norm(weighted, axis=0), compute_uv=False)
    return float(values[-1] / values[0])


def _correlation(matrix: ArrayLike, size: int, of: str, least: float) -> Array:
    name = "exposure_correlation" if of == "exposure" else "correlation"
    values = np.asarray(matrix, dtype=np.float64)
    if values.shape != (size, size) or not np.allclose(values, values.T) or not np.allclose(np.diag(values), 1):
        raise ArgumentError(
            f"{name}",
            f"be a symmetric {size} x {size} matrix with ones on its diagonal",
            f"another matrix of shape {values.shape}",
            "give correlations",
        )
    if np.linalg.eigvalsh(values)[0] <= least:
        raise ArgumentError(f"{name}", "be positive definite", "a matrix that is not", f"leave one {of} out")
    return values


def check_residuals(se: Array) -> None:
    """Check that standard errors from residuals are not zero.

    Parameters
    ----------
    se : np.ndarray of dimension (m,)

    Raises
    ------
    ValueError
        If a standard error is zero, because there are no residuals.
    """
    if not (se > 0).all():
        raise ArgumentError(
            "by", "leave residuals, which give the standard errors", "a perfect fit", "take ivw with model='fixed'"
        )


def wald_of_several(
    method: str,
    data: SeveralAssociations,
    beta: Array,
    se: Array,
    *,
    df: float = np.inf,
    alpha: float = 0.05,
    details: Details | Sequence[Details] | None = None,
) -> Estimates:
    """Return each exposure's effect with a Wald interval and p value.

    Parameters
    ----------
    method : str
    data : SeveralAssociations
    beta, se : np.ndarray of dimension (m,)
    df, alpha : float
        See :func:`latentmr.two_sample.methods.wald_interval.wald_estimate`.
    details : Details or sequence of Details, optional
        Details of the method: the same for all exposures, or one for each.

    Returns
    -------
    Estimates
        One estimate for each exposure, in their order.
    """
    check_residuals(se)
    own = [details] * data.m if details is None or isinstance(details, Details) else details
    return Estimates(
        wald_estimate(method, beta[j], se[j], data.p, df=df, alpha=alpha, exposure=name, details=own[j])
        for j, name in enumerate(data.names)
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class Dispersion(Details):
    """Details of regressions without Q.

    Parameters
    ----------
    dispersion : float
        Residual standard error, or its robust counterpart.
    dispersed_se : float or None
        Standard error from the residuals even if their dispersion is below 1, as TwoSampleMR prints it; None for the
        robust regression.
    """

    dispersion: float
    dispersed_se: float | None = None

"""The k-class computed from moments: OLS, two-stage least squares, LIML and Fuller's modification."""

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.model import Model
from latentmr.iv.moments import Moments
from latentmr.linalg import RANK_TOLERANCE, partial_out, symmetric_root
from latentmr.results.printing import ShortRepr, counted, shown
from latentmr.typing import Array

__all__ = ["Fit", "solve"]


@dataclass(frozen=True, repr=False)
class Fit(ShortRepr):
    """A solved k-class model, with all that its standard errors and confidence sets need.

    Parameters
    ----------
    beta : np.ndarray of dimension (m,)
        Effects.
    kappa : float
        0 for OLS, 1 for 2SLS, the smallest root for LIML.
    kappa_liml : float
        LIML's root: ``(n - k - c) (kappa_liml - 1)`` is the Anderson-Rubin statistic at LIML. NaN for OLS.
    bread : np.ndarray of dimension (m, m)
        ``X' (I - kappa M_Z) X`` after partialling out ``C``.
    total, within : np.ndarray of dimension (m + 1, m + 1)
        Cross products of ``(X, y)`` given ``C``, and the part of these in the span of the instruments.
    k, df : int
        Number of independent instruments, and degrees of freedom ``n - k - c - 1``.
    n_regressors : int
        Number of exposures and exogenous regressors, with the intercept.
    residual : np.ndarray of dimension (q,)
        Map from the (centred) design to the structural residual.
    score : np.ndarray of dimension (q, m)
        Map to the instrumented exposures ``(I - kappa M_Z) X`` given ``C``.
    first_residual : np.ndarray of dimension (q, m)
        Map to the residuals of the first stage.
    orthonormal : np.ndarray of dimension (q, k)
        Map to the instruments given ``C``, orthonormalised.
    given : np.ndarray of dimension (q, m + 1)
        Map to ``(X, y)`` given the regressors (``C_error`` if the model has it). Its last column minus the effects
        times the other columns is ``residual``.
    cross : np.ndarray of dimension (k, m + 1)
        Products of the orthonormalised instruments with ``(X, y)``.
    """

    beta: Array
    kappa: float
    kappa_liml: float
    bread: Array
    total: Array
    within: Array
    k: int
    df: int
    n_regressors: int
    residual: Array
    score: Array
    first_residual: Array
    orthonormal: Array
    given: Array
    cross: Array

    def __repr__(self) -> str:
        effects = shown(tuple(self.beta.tolist())) if len(self.beta) != 1 else shown(float(self.beta[0]))
        return (
            f"Fit: effect {effects} (kappa {self.kappa:.6g}); {counted(self.k, 'instrument')},"
            f" {counted(len(self.beta), 'exposure')}, {self.df:,} degrees of freedom"
        )

    def squares(self, b: Array) -> tuple[float, float]:
        """Return two sums of squares of ``(X, y) b`` given the regressors: in the span of the instruments, and total.

        At LIML's ``b = (-beta, 1)`` the first over the difference of the two is ``kappa_liml - 1``.
        """
        return float(b @ self.within @ b), float(b @ self.total @ b)


def solve(model: Model, moments: Moments) -> Fit:
    """Solve one model from the moments of the design.

    The estimator is ``beta = [X'(I - kappa M_Z) X]^-1 X'(I - kappa M_Z) y`` after partialling out ``C`` and the
    intercept. LIML's ``kappa`` is the smallest root of ``det(W'W - kappa W'M_Z W)``, ``W = (X, y)`` (Anderson and
    Rubin, 1949). Fuller's is ``kappa - a / (n - k - c - 1)`` (Fuller, 1977). Collinear instruments and regressors are
    reduced to an independent set with the same span.

    Parameters
    ----------
    model : Model
        A model with at least as many independent instruments as exposures, unless it is OLS.
    moments : Moments
        Moments of the design that the model's maps refer to.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If there are fewer independent instruments than exposures, if the regressors explain an exposure entirely, if
        exposures or outcome are exact linear functions of each other, or if there are too few individuals.
    """
    m = model.X.shape[1]
    c, k_all = model.C.shape[1], model.Z.shape[1]
    maps = np.column_stack([model.C, model.Z, model.X, model.y])
    S = maps.T @ moments.S @ maps
    regressors = slice(0, c)
    swept, coefficients = partial_out(S, regressors)
    rank_c = _rank(S[regressors, regressors])
    zs, ws = slice(c, c + k_all), slice(c + k_all, c + k_all + m + 1)
    before = np.diag(S)
    _refuse_explained(model, before[ws], np.diag(swept)[ws])
    root = symmetric_root(swept[zs, zs], before[zs])
    half = root.T @ swept[zs, ws]
    total, within = swept[ws, ws], half.T @ half
    k = root.shape[1]
    df = moments.n - k - rank_c - 1
    _refuse_small(model, moments.n, k, m, df)
    _refuse_exact(model, total, within, m)

    kappa_liml = _smallest_root(total, total - within) if k else float("nan")
    kappa = _kappa(model, kappa_liml, df)
    moment = total - kappa * (total - within)
    bread = moment[:m, :m]
    beta = np.asarray(np.linalg.solve(bread, moment[:m, m]), dtype=np.float64)

    given_maps = maps - maps[:, regressors] @ coefficients
    orthonormal = given_maps[:, zs] @ root
    fitted = orthonormal @ half[:, :m]
    exposures = given_maps[:, c + k_all : c + k_all + m]
    given = given_maps[:, ws] if model.C_error is None else _given_map(model.C_error, model, moments)
    return Fit(
        beta=beta,
        kappa=kappa,
        kappa_liml=kappa_liml,
        bread=bread,
        total=total,
        within=within,
        k=k,
        df=df,
        n_regressors=m + rank_c + 1,
        residual=given @ np.append(-beta, 1.0),
        score=exposures - kappa * (exposures - fitted),
        first_residual=exposures - fitted,
        orthonormal=orthonormal,
        given=given,
        cross=half,
    )


def _given_map(C: Array, model: Model, moments: Moments) -> Array:
    maps = np.column_stack([C, model.X, model.y])
    swept = slice(0, C.shape[1])
    _, coefficients = partial_out(maps.T @ moments.S @ maps, swept)
    return (maps - maps[:, swept] @ coefficients)[:, swept.stop :]


def _kappa(model: Model, kappa_liml: float, df: int) -> float:
    if model.method == "k-class":
        return model.constant
    return {"OLS": 0.0, "2SLS": 1.0, "LIML": kappa_liml, "Fuller": kappa_liml - model.constant / df}[model.method]


def _rank(S: Array) -> int:
    return symmetric_root(S, np.diag(S)).shape[1]


def _smallest_root(total: Array, error: Array) -> float:
    """Return the smallest root of ``det(total - kappa error)``: infinite if the instruments explain everything."""
    chol = np.linalg.cholesky(total)
    inverse = np.linalg.inv(chol)
    largest = float(np.linalg.eigvalsh(inverse @ error @ inverse.T)[-1])
    return max(1.0, 1 / largest) if largest > 0 else float("inf")


def _refuse_explained(model: Model, before: Array, after: Array) -> None:
    for name, share in zip((*model.exposures, "outcome"), after / np.where(before > 0, before, 1.0), strict=True):
        if share < 1e-9:
            raise ArgumentError(
                f"{name}",
                f"vary given the covariates and environments (adjustment {model.adjustment})",
                "a variable that they explain entirely",
                "leave out the covariate that determines it",
            )


def _refuse_exact(model: Model, total: Array, within: Array, m: int) -> None:
    names = " and ".join(model.exposures)
    if _rank(total[:m, :m]) < m:
        raise ArgumentError(
            "exposures",
            f"be linearly independent given the covariates (adjustment {model.adjustment})",
            f"{names}, one of which is a linear function of the others",
            "leave it out",
        )
    if model.method != "OLS":
        if _rank(total) <= m:
            raise ArgumentError(
                "outcome",
                f"not be an exact linear function of {names} (adjustment {model.adjustment})",
                f"an exact linear function, so that {model.method} has no error to weigh",
                "check that they are not the same measurement",
            )
        if model.method in ("LIML", "Fuller") and _share(total - within, total) < RANK_TOLERANCE:
            raise ArgumentError(
                "Z",
                f"not explain {names} and the outcome entirely (adjustment {model.adjustment})",
                "instruments that explain them entirely",
                "take the exposure and the outcome out of the instruments",
            )


def _share(part: Array, total: Array) -> float:
    return float((np.diag(part) / np.diag(total)).max())


def _refuse_small(model: Model, n: int, k: int, m: int, df: int) -> None:
    if model.method != "OLS" and k < m:
        raise ArgumentError(
            "Z",
            (
                f"have at least as many independent instruments as exposures ({m}) given the"
                f" covariates (adjustment {model.adjustment})"
            ),
            f"{k}",
            "add variants or leave out covariates",
        )
    if df < 1:
        raise ArgumentError(
            "n",
            "exceed the number of instruments and regressors",
            f"{n} individuals for {k} instruments (adjustment {model.adjustment})",
            "use more individuals or fewer variants",
        )

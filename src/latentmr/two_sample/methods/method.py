"""Methods of the table of estimates: their labels, requirements and options."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods.wald_interval import ERRORS
from latentmr.typing import ArrayLike

__all__ = ["Method", "Option", "Settings"]


@dataclass(frozen=True)
class Settings:
    """Settings that all methods share.

    Parameters
    ----------
    alpha : float
        Significance level of intervals.
    draws : int
        Number of bootstrap replicates and of simulations for simulated tests.
    seed : int
        Random seed.
    n_exposure : tuple of float
        Sample size of each exposure; NaN if not known.
    n_outcome : float
        Sample size of the outcome; NaN if not known.
    """

    alpha: float = 0.05
    draws: int = 1000
    seed: int = 0
    n_exposure: tuple[float, ...] = ()
    n_outcome: float = float("nan")


#: Value of an option of a method.
Option = str | float | tuple[float, float] | tuple[Sequence[float], float]


@dataclass(frozen=True, repr=False)
class Method:
    """A method of the table of estimates.

    Parameters
    ----------
    label : str
        Name in the table.
    function : callable
        Function of ``bx, by, sx, sy`` (with several exposures ``BX, by, SX, sy``) and options.
    options : mapping of str to value
        Options that the table uses.
    needs : tuple of str
        Settings that the function needs: ``draws``, ``seed``, or sample sizes under one of the names of :func:`_need`.
    correlated : bool
        Whether it accepts correlated variants. If so, it is a default method for them.
    default : bool
        Whether it is a default method for independent variants.
    errors : str
        What its standard errors account for.
    """

    label: str
    function: Callable[..., Estimate | Estimates]
    options: Mapping[str, Option]
    needs: tuple[str, ...] = ()
    correlated: bool = False
    default: bool = True
    errors: str = ERRORS

    def __repr__(self) -> str:
        return f"Method({self.label!r})"

    def estimates(
        self,
        bx: ArrayLike,
        by: ArrayLike,
        sx: ArrayLike,
        sy: ArrayLike,
        settings: Settings,
        correlation: ArrayLike | None = None,
        names: Sequence[str] | None = None,
    ) -> Estimates:
        """Estimate by this method with its options in the table.

        Parameters
        ----------
        bx, by, sx, sy : array_like
            Arguments of the method, for one exposure or for several.
        settings : Settings
        correlation : array_like of dimension (p, p), optional
            Correlations of the variants.
        names : sequence of str, optional
            Names of the exposures, if there are several.

        Returns
        -------
        Estimates
            One estimate for each exposure.

        Raises
        ------
        ValueError
            If the data do not support the method. The message gives the reason.
        """
        given = dict(self.options) | {"alpha": settings.alpha}
        for need in self.needs:
            given |= _need(settings, need)
        more: dict[str, object] = {} if names is None else {"names": names}
        if correlation is not None:
            if not self.correlated:
                raise ArgumentError(
                    "correlation",
                    "be left out for this method",
                    "correlated variants",
                    "clump the variants, or take a method that accepts correlations",
                )
            more["correlation"] = correlation
        found = self.function(bx, by, sx, sy, **given, **more)
        return found if isinstance(found, Estimates) else Estimates([found])


def _need(settings: Settings, name: str) -> dict[str, Option]:
    """Return a setting under the name of the method's option."""
    if name in ("draws", "seed"):
        return {name: getattr(settings, name)}
    n_exposure, n_outcome = settings.n_exposure, settings.n_outcome
    if not n_exposure or not np.isfinite([*n_exposure, n_outcome]).all():
        raise ArgumentError(
            "sample sizes",
            "be known for this method",
            "none",
            "give tables with a column n, or `n_exposure` and `n_outcome`",
        )
    smallest = min(*n_exposure, n_outcome)  # as the paper of cML takes it
    values: dict[str, dict[str, Option]] = {
        "samples": {"samples": (n_exposure[0], n_outcome)},
        "samples_of_several": {"samples": (n_exposure, n_outcome)},
        "sample_size": {"sample_size": round(smallest)},
        "people": {"people": smallest},
    }
    return values[name]

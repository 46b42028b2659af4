"""A method of the table: what it is called, what it needs, and how it is run."""

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
    """What all methods share.

    Parameters
    ----------
    alpha : float
        Significance level of intervals.
    draws : int
        Number of bootstrap replicates and of simulations for simulated tests.
    seed : int
        Random seed.
    n_exposure : tuple of float
        People behind each exposure; NaN if not known.
    n_outcome : float
        The same of the outcome.
    """

    alpha: float = 0.05
    draws: int = 1000
    seed: int = 0
    n_exposure: tuple[float, ...] = ()
    n_outcome: float = float("nan")


#: A value of an option of a method.
Option = str | float | tuple[float, float] | tuple[Sequence[float], float]


@dataclass(frozen=True)
class Method:
    """A method of the table.

    Parameters
    ----------
    label : str
        Its name in the table.
    function : callable
        Takes ``bx, by, sx, sy`` (several exposures: ``BX, by, SX, sy``) and options.
    options : mapping of str to value
        Its options in the table.
    needs : tuple of str
        Settings that it takes: ``draws``, ``seed``, or the sizes of studies under one of the names of :func:`_need`.
    correlated : bool
        Whether it takes correlated variants: then it is in their table where no method is named.
    default : bool
        Whether it is in the table of uncorrelated variants where no method is named.
    errors : str
        What its errors allow for.
    """

    label: str
    function: Callable[..., Estimate | Estimates]
    options: Mapping[str, Option]
    needs: tuple[str, ...] = ()
    correlated: bool = False
    default: bool = True
    errors: str = ERRORS

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
        """Estimate by this method with its options of the table.

        Parameters
        ----------
        bx, by, sx, sy : array_like
            As the method takes them, of one exposure or of several.
        settings : Settings
        correlation : array_like of dimension (p, p), optional
            Correlations of the variants.
        names : sequence of str, optional
            Of several exposures.

        Returns
        -------
        Estimates
            One for each exposure.

        Raises
        ------
        ValueError
            If the data do not support it; the message says why.
        """
        given = dict(self.options) | {"alpha": settings.alpha}
        for need in self.needs:
            given |= _need(settings, need)
        more: dict[str, object] = {} if names is None else {"names": names}
        if correlation is not None:
            if not self.correlated:
                raise ArgumentError(
                    "correlation", "be left out for this method", "correlated variants", "clump them first"
                )
            more["correlation"] = correlation
        found = self.function(bx, by, sx, sy, **given, **more)
        return found if isinstance(found, Estimates) else Estimates([found])


def _need(settings: Settings, name: str) -> dict[str, Option]:
    """An option of a method, by the name that the method has for it."""
    if name in ("draws", "seed"):
        return {name: getattr(settings, name)}
    n_exposure, n_outcome = settings.n_exposure, settings.n_outcome
    if not n_exposure or not np.isfinite([*n_exposure, n_outcome]).all():
        raise ArgumentError(
            "sizes of the studies",
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

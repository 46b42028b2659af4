"""What comparators adjust for: environments, and principal components of the genome or of the instruments."""

import re

import numpy as np
from numpy.typing import NDArray

from latentmr.errors import ArgumentError
from latentmr.simulate import Simulated, refuse_number_of_components
from latentmr.typing import Array, Row

__all__ = ["adjustment", "compute_components", "refuse_unknown_adjustment"]

#: Number of principal components of the instruments (at most half the number of instruments).
N_PCS = 10
#: Adjustments without a number; ``pcs`` is the former name of ``hitpcs``.
NAMES = ("none", "env", "hitpcs", "pcs")


def adjustment(drawn: Simulated, G: Array, adjust: str) -> Array | None:
    """Return the columns that a comparator adjusts for.

    Parameters
    ----------
    drawn : Simulated
    G : np.ndarray of dimension (n, p)
        Instruments.
    adjust : str
        ``none``; ``env``: environment indicators; ``hitpcs`` or ``pcs``: these and ten principal components of the
        instruments themselves; ``gpcs:10`` or ``gpcs:auto``: these and genome-wide principal components, which leave
        out the instruments.

    Returns
    -------
    np.ndarray of dimension (n, c) or None
        None without adjustment.

    Raises
    ------
    ValueError
        If the scenario has no genome-wide variants for ``gpcs``.
    """
    if adjust == "none":
        return None
    env: NDArray[np.int64] = drawn.dataset.env
    dummies = (env[:, None] == np.arange(1, env.max() + 1)).astype(np.float64)
    if adjust == "env":
        return dummies
    if adjust in ("hitpcs", "pcs"):
        return np.hstack([dummies, _of_instruments(G)])
    number = _number(adjust)
    if drawn.genome is None:
        raise ArgumentError(
            "adjust",
            "be none, env or hitpcs, because this scenario has no variants besides the instruments",
            f"{adjust!r}",
            "use a scenario with a genome, such as semisynthetic",
        )
    return np.hstack([dummies, drawn.genome.components(number)])


def compute_components(drawn: Simulated, options: Row) -> None:
    """Compute the genome-wide components that the options of a method name, if any; the genome keeps them.

    Methods on the same data share them, so that their time is not that of the method which happens to be first.

    Parameters
    ----------
    drawn : Simulated
    options : dict
        Options of the method, of which ``adjust`` and ``pcs`` matter.
    """
    number = options.get("pcs") or _number(str(options.get("adjust")))
    if drawn.genome is not None and number:
        drawn.genome.components(number)


def refuse_unknown_adjustment(options: Row) -> None:
    """Reject an option ``adjust`` that :func:`adjustment` does not know.

    Raises
    ------
    ValueError
    """
    adjust = options.get("adjust", "none")
    if adjust in NAMES:
        return
    try:
        number = _number(str(adjust))
        refuse_number_of_components(number)
    except ValueError:
        number = 0
    if number == 0:
        raise ArgumentError(
            "adjust",
            "be one of none, env, hitpcs, gpcs:auto, or gpcs:N with N from 1 to 100",
            f"{adjust!r}",
            "use one of these",
        )


def _number(adjust: str) -> int | str:
    found = re.fullmatch(r"gpcs:(auto|\d+)", adjust)
    if found is None:
        return 0
    return found[1] if found[1] == "auto" else int(found[1])


def _of_instruments(G: Array) -> Array:
    sd = G.std(axis=0)
    unit = (G - G.mean(axis=0)) / np.where(sd > 0, sd, 1.0)
    _, vectors = np.linalg.eigh(unit.T @ unit)
    return np.asarray(unit @ vectors[:, ::-1][:, : min(N_PCS, G.shape[1] // 2)])

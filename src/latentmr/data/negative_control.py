"""Checks of negative-control outcomes: enough individuals have them, and they vary."""

import numpy as np
from numpy.typing import NDArray

from latentmr.errors import ArgumentError

__all__ = ["FEWEST", "refuse_poor_negative_controls"]

#: Fewest individuals in estimation with a value of a negative-control outcome.
FEWEST = 100


def refuse_poor_negative_controls(argument: str, N: NDArray[np.float64], names: tuple[str, ...]) -> None:
    """Refuse a negative-control outcome that few individuals have, or that does not vary.

    Parameters
    ----------
    argument : str
        Name of the argument in the message.
    N : np.ndarray of dimension (n, l)
        Values in the rows used in estimation; NaN if missing.
    names : tuple of str
        Names of the columns.
    """
    for name, values in zip(names, N.T, strict=True):
        known = values[np.isfinite(values)]
        if len(known) < FEWEST:
            raise ArgumentError(
                f"{argument}",
                f"be known for at least {FEWEST} individuals in estimation",
                f"{name!r} with {len(known)}",
                "choose another column",
            )
        if np.ptp(known) == 0:
            raise ArgumentError(
                f"{argument}",
                "vary",
                f"{name!r} with the one value {known[0]:g} in all {len(known)} individuals in estimation who have it",
                "choose another column",
            )

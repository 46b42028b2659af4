"""Placebo outcomes that can be tested: enough people, and some variation."""

import numpy as np
from numpy.typing import NDArray

from latentmr.errors import ArgumentError

__all__ = ["FEWEST", "refuse_poor_placebos"]

#: People in estimation who must have a placebo outcome.
FEWEST = 100


def refuse_poor_placebos(argument: str, P: NDArray[np.float64], names: tuple[str, ...]) -> None:
    """Refuse a placebo outcome that few people have, or that does not vary.

    Parameters
    ----------
    argument : str
        What the message calls it.
    P : np.ndarray of dimension (n, l)
        Rows in estimation; NaN where missing.
    names : tuple of str
        Of the columns.
    """
    for name, values in zip(names, P.T, strict=True):
        known = values[np.isfinite(values)]
        if len(known) < FEWEST:
            raise ArgumentError(
                f"{argument}",
                f"be known for at least {FEWEST} people in estimation",
                f"{name!r} with {len(known)}",
                "choose another column",
            )
        if np.ptp(known) == 0:
            raise ArgumentError(
                f"{argument}",
                "vary",
                f"{name!r} with the one value {known[0]:g} in all {len(known)} people in estimation who have it",
                "choose another column",
            )

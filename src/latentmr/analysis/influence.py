"""The influence of each individual on estimates, from which standard errors of their differences follow."""

from collections.abc import Sequence

import numpy as np

from latentmr.iv import Fit, Moments
from latentmr.iv.moments import Blocks
from latentmr.typing import Array

__all__ = ["influences"]


def influences(blocks: Blocks, fits: Sequence[Fit], moments: Moments) -> Array:
    """Return the influence of each individual on the effect of each fit, to first order, with a fixed encoder.

    Parameters
    ----------
    blocks : Blocks
        Rows of the design, read once.
    fits : sequence of Fit
        Fits with one exposure, whose residual is that of all regressors.
    moments : Moments
        Moments of the design.

    Returns
    -------
    np.ndarray of dimension (n, len(fits))
    """
    score = np.column_stack([fit.score[:, 0] / fit.bread[0, 0] for fit in fits])
    maps = np.hstack([score, np.column_stack([fit.residual for fit in fits])])
    parts = [(block - moments.mean) @ maps for block in blocks()]
    return np.vstack([part[:, : len(fits)] * part[:, len(fits) :] for part in parts])

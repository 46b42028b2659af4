"""What every scenario returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset

__all__ = ["Simulated", "Truth"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """What is known of simulated data.

    Parameters
    ----------
    beta : float
        Effect of the exposure on the outcome.
    Z : np.ndarray of dimension (n, d_z)
        Exogenous latents; no column where the genotypes have none apart from themselves.
    V : np.ndarray of dimension (n, d_v)
        Confounded latents; for admixture the ancestry proportions.
    """

    beta: float
    Z: Array
    V: Array


@dataclass(frozen=True)
class Simulated:
    """A data set and the truth that it was drawn from."""

    dataset: Dataset
    truth: Truth

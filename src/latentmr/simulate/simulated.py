"""What every scenario returns."""

from dataclasses import dataclass

from latentmr.data import Dataset
from latentmr.typing import Array

__all__ = ["Simulated", "Truth"]


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

"""Do the genotypes have a density? A column that repeats few values has none, and its likelihood no bound."""

import numpy as np

from latentmr.data import Dataset

__all__ = ["discrete_column"]

#: People whose values are counted.
LOOKED_AT = 2000
#: A continuous column that takes no more values among them is discrete.
FEW_VALUES = 10


def discrete_column(dataset: Dataset) -> tuple[str, int] | None:
    """The first column that varies over few values among some people in learning, and how many; None without one."""
    rows = np.flatnonzero(dataset.in_learning)[:: max(1, int(dataset.in_learning.sum()) // LOOKED_AT)]
    for name, column in zip(dataset.variants["id"], dataset.G[rows].T, strict=True):
        values = len(np.unique(column))
        if 1 < values <= FEW_VALUES < len(rows) // 2:
            return str(name), values
    return None

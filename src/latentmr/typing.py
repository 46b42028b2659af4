"""Types that signatures share: what functions take and return, by what it holds.

Functions take anything that NumPy makes an array of (:data:`ArrayLike`) and return the arrays below.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Array", "ArrayLike", "Codes", "Integers", "Mask", "Row", "Singles"]

#: Real numbers.
Array = NDArray[np.float64]
#: Real numbers in half the memory: features, genotypes as floats.
Singles = NDArray[np.float32]
#: Whole numbers: counts, positions of rows.
Integers = NDArray[np.int64]
#: Labels as numbers from 0 without gaps: environments, clusters.
Codes = NDArray[np.int64]
#: Truth of each element.
Mask = NDArray[np.bool_]
#: A row of a table by the names of its columns.
Row = dict[str, Any]

"""Types that signatures share, named by their content.

Functions accept anything that NumPy can convert to an array (:data:`ArrayLike`) and return the arrays below.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Array", "ArrayLike", "Codes", "Integers", "Mask", "Row", "Singles"]

#: Real numbers.
Array = NDArray[np.float64]
#: Real numbers in single precision: features, genotypes as floats.
Singles = NDArray[np.float32]
#: Integers: counts, positions of rows.
Integers = NDArray[np.int64]
#: Labels as integers from 0 without gaps: environments, clusters.
Codes = NDArray[np.int64]
#: A Boolean value for each element.
Mask = NDArray[np.bool_]
#: A row of a table by the names of its columns.
Row = dict[str, Any]

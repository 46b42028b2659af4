"""Regions of long-range linkage disequilibrium in the human genome, by genome build."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.chromosomes import chromosome_label
from latentmr.typing import Mask

__all__ = ["BUILDS", "in_long_range"]

#: Genome builds (NCBI 36 or hg18, GRCh37 or hg19, GRCh38 or hg38).
BUILDS = ("36", "37", "38")

#: Chromosome, first and last position in megabases. Builds 36 and 37: regions of Price et al. (2008), as listed by
#: Weale (2010). Build 38: those that could be converted, in both published conversions (Anderson et al. 2010), and
#: bounds of build 37 moved with their neighbours for the regions at centromeres, which could not.
REGIONS: dict[str, tuple[tuple[int, float, float], ...]] = {
    "36": (
        (1, 48.060567, 52.060567),
        (2, 85.941853, 100.407914),
        (2, 134.382738, 137.882738),
        (2, 182.882739, 189.882739),
        (3, 47.5, 50.0),
        (3, 83.5, 87.0),
        (3, 89.0, 97.5),
        (5, 44.5, 50.5),
        (5, 98.0, 100.5),
        (5, 129.0, 132.0),
        (5, 135.5, 138.5),
        (6, 25.5, 33.5),
        (6, 57.0, 64.0),
        (6, 140.0, 142.5),
        (7, 55.193285, 66.193285),
        (8, 8.0, 12.0),
        (8, 43.0, 50.0),
        (8, 112.0, 115.0),
        (10, 37.0, 43.0),
        (11, 46.0, 57.0),
        (11, 87.5, 90.5),
        (12, 33.0, 40.0),
        (12, 109.521663, 112.021663),
        (20, 32.0, 34.5),
    ),
    "37": (
        (1, 48.0, 52.0),
        (2, 86.0, 100.5),
        (2, 134.5, 138.0),
        (2, 183.0, 190.0),
        (3, 47.5, 50.0),
        (3, 83.5, 87.0),
        (3, 89.0, 97.5),
        (5, 44.5, 50.5),
        (5, 98.0, 100.5),
        (5, 129.0, 132.0),
        (5, 135.5, 138.5),
        (6, 25.0, 35.0),
        (6, 57.0, 64.0),
        (6, 140.0, 142.5),
        (7, 55.0, 66.0),
        (8, 7.0, 13.0),
        (8, 43.0, 50.0),
        (8, 112.0, 115.0),
        (10, 37.0, 43.0),
        (11, 46.0, 57.0),
        (11, 87.5, 90.5),
        (12, 33.0, 40.0),
        (12, 109.5, 112.0),
        (20, 32.0, 34.5),
    ),
    "38": (
        (1, 47.534328, 51.761740),
        (2, 85.919365, 100.517106),
        (2, 133.742429, 137.242430),
        (2, 182.135273, 189.427029),
        (3, 47.458510, 49.987563),
        (3, 83.368158, 86.950850),
        (3, 88.95, 97.8),
        (5, 44.464140, 51.168409),
        (5, 98.664296, 101.164296),
        (5, 129.636407, 132.664308),
        (5, 136.164311, 139.164311),
        (6, 24.999772, 35.032223),
        (6, 57.0, 63.3),
        (6, 139.637169, 142.178863),
        (7, 54.964812, 66.897578),
        (8, 7.142478, 13.142491),
        (8, 43.025699, 48.924888),
        (8, 110.918594, 113.987771),
        (10, 36.671065, 43.184546),
        (11, 45.95, 57.25),
        (11, 87.789108, 91.127184),
        (12, 32.955798, 41.319931),
        (12, 109.062195, 111.562196),
        (20, 33.412194, 36.438183),
    ),
}


def in_long_range(chromosomes: pd.Series, positions: NDArray[np.int64], build: str) -> Mask:
    """Return which variants lie in regions of long-range linkage disequilibrium.

    These regions (inversions, the HLA, centromeres, selective sweeps) are longer than any window of thinning, and can
    cause principal components of their own.

    Parameters
    ----------
    chromosomes : pandas.Series of str
        Chromosomes of p variants.
    positions : np.ndarray of int of dimension (p,)
        Positions in base pairs.
    build : str
        ``36``, ``37`` or ``38``; ``auto`` takes the regions of all three.

    Returns
    -------
    np.ndarray of bool of dimension (p,)

    References
    ----------
    Price et al. (2008) Am J Hum Genet 83:132. Weale (2010) Methods Mol Biol 628:341. Anderson et al. (2010) Nat Protoc
    5:1564.

    Examples
    --------
    >>> in_long_range(pd.Series(["chr6", "6", "7"]), np.array([30_000_000, 1_000_000, 30_000_000]), "auto")
    array([ True, False, False])
    """
    labels = {name: chromosome_label(str(name)) for name in chromosomes.unique()}
    named = chromosomes.map(labels).to_numpy()
    found = np.zeros(len(positions), dtype=bool)
    for each in BUILDS if build == "auto" else (build,):
        for chromosome, first, last in REGIONS[each]:
            found |= (named == str(chromosome)) & (positions >= first * 1e6) & (positions <= last * 1e6)
    return found

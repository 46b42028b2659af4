"""How laws differ and how variables depend: tests by permutation, and how well one thing tells another.

>>> import numpy as np
>>> import latentmr as lm
>>> rng = np.random.default_rng(0)
>>> x = rng.normal(size=300)
>>> lm.dependence.hsic_test(x, np.cos(x)).p_value
0.001

All that is named here is NumPy. The penalties of training, :mod:`latentmr.dependence.mmd` and
:mod:`latentmr.dependence.hsic`, are PyTorch, and load with the autoencoder alone.
"""

from latentmr.dependence.permutation import Permuted, hsic_test, mmd_test
from latentmr.dependence.prediction import area_under_curve, explained_shares

__all__ = ["Permuted", "area_under_curve", "explained_shares", "hsic_test", "mmd_test"]
